//! Reads proxy logs and says why the gateway answers 502, 503 and 504.
//!
//! ```text
//!   paths, globs, stdin                    patterns/*.toml
//!          │                                     │
//!       source   what can be opened, oldest      │
//!          │     first; bytes, decompressed      │
//!       format   a line → entry                  │
//!          │                                     │
//!          └──────────── scan ────────────── pattern   the catalogue and its classifier
//!                         │  bytes → records → entries → verdicts → events, pure, on all cores
//!                     aggregate   events in file order → requests → counts, mergeable
//!                         │
//!                     analysis    inputs → report: the entry points, for logs that end and for logs that go on
//!                         │
//!                      report ──── render → table, JSON, CSV, Markdown, HTML, metrics
//! ```
//!
//! # Layers
//!
//! A module names only what stands in the rows below its own (`tests/architecture.rs` keeps it so).
//!
//! | row | modules | what |
//! | --- | --- | --- |
//! | 6 | [`analysis`] | puts it together: inputs to report; [`analysis::live`] for logs that go on |
//! | 5 | [`aggregate`] | what is counted; joins evidence to requests; thresholds, sorting and cutting |
//! | 4 | [`scan`] | the driver: a slice of bytes to compact events |
//! | 3 | [`pattern`], [`render`] | the catalogue and its classifier; report to bytes |
//! | 2 | [`source`], [`format`](mod@format), [`report`] | where bytes come from; a line to an entry; the result as plain data |
//! | 1 | [`record`] | the vocabulary as types |
//! | 0 | [`time`], [`text`] | moments, zones, widths; bytes, escapes, and the one way out for untrusted text |
//!
//! The binary (`main.rs`, `cli/`) uses only what is public here, and alone reads the clock, the environment and the terminal.
//!
//! # Invariants
//!
//! 1. The same bytes give the same report, byte for byte, for any number of threads and any size of windows and pieces.
//! 2. Every line is accounted for exactly once: `totals.by_line` sums to `totals.lines`.
//! 3. Requests are joined by a fold in file order with bounded state; what is counted merges.
//! 4. Below the binary nothing reads the clock, the environment or the terminal; `now` and zones are arguments.
//! 5. No product knowledge stands in Rust beyond a format's syntax: messages, causes and advice are `patterns/*.toml`.
//! 6. Every pattern has examples that it wins; the embedded ones are proved by the function that proves a user's.
//! 7. Untrusted bytes leave only through [`text::safe`].
//! 8. Memory is bounded by caps, which act in file order, and say so in the report.
//! 9. A bad line, file or archive is a warning; everything readable is reported.
//! 10. What happened behind the proxy is shown beside failures and never counted as one; a request that several layers
//!     tell of counts once.
//!
//! # Example
//!
//! ```
//! use logscan502::{aggregate::Thresholds, analysis::{analyse, Options, Task}, pattern::Catalogue, scan::Filter, time::{Timestamp, Zone}};
//!
//! let catalogue = Catalogue::embedded();
//! let options = Options {
//!     filter: Filter::default(),
//!     thresholds: Thresholds { bucket: None, top: 5, causes: Vec::new() },
//!     log_zone: Zone::UTC,
//!     format: None,
//!     now: Timestamp::from_seconds(1_796_000_000),
//!     window: Options::WINDOW,
//!     piece: Options::PIECE,
//! };
//! let outcome = analyse(&Task::new(["sample-logs/alb".into()], &catalogue, options));
//! assert!(outcome.report.totals.failed > 0);
//! ```

pub mod aggregate;
pub mod analysis;
pub mod format;
pub mod pattern;
pub mod record;
pub mod render;
pub mod report;
pub mod scan;
pub mod source;
pub mod text;
pub mod time;
