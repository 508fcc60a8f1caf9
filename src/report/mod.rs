//! The result, as plain data. JSON is this; every other output is a view of it.
//!
//! Nothing here computes, and nothing of a run's speed or moment is in it: the same input gives the same bytes. Fields may
//! be added; those that are here stay ([`SCHEMA`] is counted up when one changes its meaning).

mod around;
mod difference;
mod event;
mod place;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use difference::{Basis, Change, Confidence, Difference, Direction, Side};
pub use event::{Event, Told};

pub use place::{ExamplePlace, Gap, Heat, HeatRow, HeatSlot, Top};

use crate::time::Timestamp;

pub use around::{Context, Layer, MissingFiles, Offset, Silence};

/// The version of this shape.
pub const SCHEMA: u32 = 1;

/// What a run found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The run ended before it had read everything; `warnings` say what is missing.
    pub partial: bool,
    /// What was read, in order.
    pub inputs: Vec<InputReport>,
    /// What was asked for, one text a field (`host shop.example`), for people: no part of the JSON, which says the same for
    /// a filter that removes nothing as for none.
    #[serde(skip)]
    pub filter: Vec<String>,
    /// What the buckets cover; `None` when no entry had a time.
    pub span: Option<Span>,
    /// Sums.
    pub totals: Totals,
    /// Gateway responses by status.
    pub statuses: BTreeMap<String, u64>,
    /// Every cause with evidence or requests, worst first.
    pub causes: Vec<CauseReport>,
    /// Where the causes' examples stand.
    pub examples: Vec<ExamplePlace>,
    /// Every bucket of the span.
    pub buckets: Vec<Bucket>,
    /// Upstreams, hosts and paths of the requests that failed, over all causes.
    pub top: Top,
    /// Failed requests by upstream and time; `None` when none had a time.
    pub heat: Option<Heat>,
    /// Stretches in which access logs that are busy otherwise have no response.
    pub gaps: Vec<Gap>,
    /// Bursts.
    pub incidents: Vec<Incident>,
    /// What happened behind the proxy near any failure, gravest and nearest first; where nothing failed, what was gravest.
    pub context: Vec<Context>,
    /// Shapes that no single line reveals, most telling first.
    pub findings: Vec<Finding>,
    /// Error logs held against access logs, where both were read.
    pub reconciliation: Option<Reconciliation>,
    /// Failures that proxies behind each other tell of, each counted once.
    pub layers: Vec<Layer>,
    /// Clocks or zones of inputs that differ from those of others.
    pub offsets: Vec<Offset>,
    /// Files that a load balancer writes at fixed times and that are not among the inputs.
    pub missing_files: Vec<MissingFiles>,
    /// Requests that failed on paths where people sign in.
    pub sign_in: Vec<Count>,
    /// Error entries that no pattern knows, by template.
    pub unrecognised: Vec<Unrecognised>,
    /// What could not be read, and what was cut.
    pub warnings: Vec<Warning>,
}

/// One input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InputReport {
    /// As it was found; `-` for standard input.
    pub path: String,
    /// The ids of its formats, joined by `+`; empty when nothing was understood.
    pub format: String,
    /// Bytes after decompression.
    pub bytes: u64,
    /// Physical lines.
    pub lines: u64,
    /// Records that a format understood.
    pub entries: u64,
    /// Entries that are evidence.
    pub evidence: u64,
    /// Entries that tell what happened behind the proxy; they are never counted as failures.
    pub context: u64,
    /// The earliest entry.
    pub first: Option<Timestamp>,
    /// The latest entry.
    pub last: Option<Timestamp>,
    /// Stretches without an answer that are far longer than any other of this input, longest first.
    pub gaps: Vec<Silence>,
}

/// What the buckets cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The earliest entry.
    pub from: Timestamp,
    /// The latest entry.
    pub to: Timestamp,
    /// Width of a bucket.
    pub bucket_seconds: i64,
}

/// Sums over the inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Physical lines.
    pub lines: u64,
    /// Records that a format understood.
    pub entries: u64,
    /// Entries that tell of a cause.
    pub evidence: u64,
    /// Requests that failed, or of which an attempt did.
    pub requests: u64,
    /// Those of them that were not saved and that nobody intended.
    pub failed: u64,
    /// Answers in access logs.
    pub responses: u64,
    /// Those with a gateway status.
    pub gateway_responses: u64,
    /// Entries that tell that the client left.
    pub client_aborts: u64,
    /// Error entries that no pattern knows.
    pub unrecognised: u64,
    /// Lines that no format understood.
    pub unparsed: u64,
    /// Every line, by what it was.
    pub by_line: ByLine,
}

/// Every physical line exactly once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the names are the vocabulary's")]
pub struct ByLine {
    pub evidence: u64,
    pub consequence: u64,
    pub client_abort: u64,
    pub ordinary: u64,
    pub unrecognised: u64,
    pub unparsed: u64,
    pub continuation: u64,
    pub blank: u64,
    pub filtered: u64,
}

impl ByLine {
    /// Adds other lines.
    pub fn add(&mut self, other: &Self) {
        self.evidence += other.evidence;
        self.consequence += other.consequence;
        self.client_abort += other.client_abort;
        self.ordinary += other.ordinary;
        self.unrecognised += other.unrecognised;
        self.unparsed += other.unparsed;
        self.continuation += other.continuation;
        self.blank += other.blank;
        self.filtered += other.filtered;
    }

    /// All lines.
    pub const fn sum(&self) -> u64 {
        self.evidence
            + self.consequence
            + self.client_abort
            + self.ordinary
            + self.unrecognised
            + self.unparsed
            + self.continuation
            + self.blank
            + self.filtered
    }
}

/// One cause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CauseReport {
    /// Its id.
    pub id: String,
    /// What it says, in one line.
    pub title: String,
    /// What it means.
    pub meaning: String,
    /// Entries that tell of it.
    pub evidence: u64,
    /// Requests that failed by it.
    pub requests: u64,
    /// Its part of all requests, four decimals.
    pub share: f64,
    /// Its earliest entry.
    pub first: Option<Timestamp>,
    /// Its latest entry.
    pub last: Option<Timestamp>,
    /// Evidence by phase.
    pub phases: BTreeMap<String, u64>,
    /// Evidence by pattern, most first.
    pub patterns: Vec<PatternCount>,
    /// Requests by upstream, most first.
    pub upstreams: Vec<Count>,
    /// Requests by host, most first.
    pub hosts: Vec<Count>,
    /// Requests by path, most first.
    pub paths: Vec<Count>,
    /// Its first entry in file order, made safe.
    pub example: Option<String>,
    /// What to look at.
    pub checks: Vec<String>,
    /// What mends it.
    pub fixes: Vec<String>,
}

/// Evidence of one pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatternCount {
    /// The pattern.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Entries.
    pub evidence: u64,
}

/// Requests of one upstream, host or path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Its name, made safe.
    pub name: String,
    /// Requests.
    pub requests: u64,
}

/// A slice of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Where it starts.
    pub start: Timestamp,
    /// Answers in access logs.
    pub responses: u64,
    /// Those with a gateway status.
    pub gateway_responses: u64,
    /// Requests that failed, or of which an attempt did.
    pub requests: u64,
    /// Requests by cause.
    pub causes: BTreeMap<String, u64>,
    /// Entries by cause.
    pub evidence: BTreeMap<String, u64>,
}

/// A burst.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its first entry, to the bucket.
    pub start: Timestamp,
    /// The end of its last bucket.
    pub end: Timestamp,
    /// The cause.
    pub cause: String,
    /// Requests in it.
    pub requests: u64,
    /// Most requests in one bucket.
    pub peak: u64,
    /// Upstreams that were hit, most first.
    pub upstreams: Vec<String>,
    /// Paths that were hit, most first.
    pub paths: Vec<String>,
    /// How it came about: what failed first, how it spread, when the pool was empty.
    pub chain: Vec<Step>,
    /// What happened behind the proxy, from five minutes before it to its end, gravest and nearest first.
    #[serde(default)]
    pub context: Vec<Context>,
}

/// One step of an incident's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When, to the slot of time.
    pub at: Timestamp,
    /// `first`, `spread` or `pool-empty`.
    pub kind: String,
    /// The cause.
    pub cause: String,
    /// The upstream; empty when the log does not say.
    pub upstream: String,
    /// Requests that failed so in the incident's time.
    pub requests: u64,
}

/// A shape that no single line reveals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its id.
    pub id: String,
    /// What it most likely is.
    pub title: String,
    /// What speaks for it, in figures.
    pub evidence: Vec<String>,
    /// What it means, and what to be wary of.
    pub meaning: String,
    /// What to look at.
    pub checks: Vec<String>,
    /// What mends it.
    pub fixes: Vec<String>,
}

/// Error logs held against access logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reconciliation {
    /// Answers with a gateway status.
    pub gateway_responses: u64,
    /// Those that an error log explains.
    pub explained: u64,
    /// Those that none does.
    pub unexplained: u64,
    /// Requests of error logs that ended well.
    pub recovered: u64,
    /// Requests of error logs that ended otherwise: another error status, or a body that was cut.
    pub other: u64,
}

/// Error entries of one template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unrecognised {
    /// The message with its variable parts masked.
    pub template: String,
    /// How many.
    pub entries: u64,
    /// The earliest.
    pub first: Option<Timestamp>,
    /// The latest.
    pub last: Option<Timestamp>,
    /// One of them, made safe.
    pub example: String,
}

/// Something that the reader of the report must know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// The input it is about; empty when it is about the run.
    pub path: String,
    /// What.
    pub message: String,
}
