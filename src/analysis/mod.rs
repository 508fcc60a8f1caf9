//! Put together: inputs → report. The public entry.
//!
//! Logs of messages are read before logs of answers, so that of the answers only those need be kept that a failure may
//! belong to. Within each kind, logs that are read on one core each (compressed ones, small ones) go side by side; a large
//! plain one is cut into chunks that all cores read and scan.

mod batch;
mod chance;
mod chunks;
mod conveyor;
mod coverage;
pub mod diff;
pub mod explain;
mod filtered;
pub mod live;
mod pump;
mod recognise;
mod said;
pub mod suggest;
mod window;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::aggregate::{Thresholds, Unknowns};
use crate::format::FormatId;
use crate::pattern::Catalogue;
use crate::report::{Report, Warning};
use crate::scan::Filter;
use crate::source::Input;
use crate::time::{Timestamp, Zone};

pub use batch::analyse;

/// What a run is asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which entries count.
    pub filter: Filter,
    /// How the report is cut.
    pub thresholds: Thresholds,
    /// The zone of logs that bear none.
    pub log_zone: Zone,
    /// The format of every input; `None` looks at each.
    pub format: Option<FormatId>,
    /// The present moment: a stamp without a year is not later.
    pub now: Timestamp,
    /// Bytes that are scanned at a time; part of no result.
    pub window: usize,
    /// Bytes of a window that one worker takes; part of no result.
    pub piece: usize,
}

impl Options {
    /// Small enough that what is told of it stays in a cache until it is put together.
    pub const WINDOW: usize = 2 << 20;
    /// Small enough that it stays in a cache while it is scanned, large enough that to get it and to hand it on costs nothing.
    pub const PIECE: usize = 512 << 10;
}

/// Asks a run to end early.
#[derive(Clone, Debug, Default)]
pub struct Stop(pub Arc<AtomicBool>);

impl Stop {
    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How far a run is, for whoever watches it: bytes of files as they lie there, compressed or not. Streams have no end, and
/// are not in it. What is read a second time counts a second time.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<(AtomicU64, AtomicU64)>);

impl Progress {
    /// Bytes that were read.
    pub fn done(&self) -> u64 {
        self.0.0.load(Ordering::Relaxed)
    }

    /// Bytes that are to be read; 0 until that is known.
    pub fn all(&self) -> u64 {
        self.0.1.load(Ordering::Relaxed)
    }

    /// So many more were read.
    fn add(&self, bytes: u64) {
        self.0.0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// So many more are to be read.
    fn expect(&self, bytes: u64) {
        self.0.1.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The report.
    pub report: Report,
    /// Inputs that were read and understood, or were empty.
    pub read: usize,
    /// Inputs that could not be read or understood, wholly or in part.
    pub failed: usize,
    /// The run was asked to end before it had read everything.
    pub is_partial: bool,
    /// The inputs that were not read to their end because the run was asked to end, each with what became of it.
    pub unfinished: Vec<Warning>,
    /// One of the inputs was a stream, of which a part is all there is: the standard input, a pipe.
    pub reads_stream: bool,
    /// Messages that no pattern knows, with records to make patterns of.
    pub unknown: Unknowns,
}

/// What is to be analysed, and with what.
#[derive(Debug)]
pub struct Task<'c> {
    /// What the user named.
    pub inputs: Vec<Input>,
    /// The patterns.
    pub catalogue: &'c Catalogue,
    /// See there.
    pub options: Options,
    /// See there.
    pub stop: Stop,
    /// See there.
    pub progress: Progress,
}

impl Task<'_> {
    /// A task over paths, with nothing filtered; for callers of the library.
    pub fn new(paths: impl IntoIterator<Item = PathBuf>, catalogue: &Catalogue, options: Options) -> Task<'_> {
        Task { inputs: paths.into_iter().map(Input::from).collect(), catalogue, options, stop: Stop::default(), progress: Progress::default() }
    }
}
