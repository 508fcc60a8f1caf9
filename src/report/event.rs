//! What is told while a run goes on: one event a line of `-o ndjson`.

use serde::Serialize;

use super::Report;
use crate::time::Timestamp;

/// Something that changed, or the report at the end.
///
/// Each is an object whose key `event` says which: `caught-up`, `new-cause`, `begins`, `spreads`, `pool-empty`, `ends`,
/// `warning`, `report`. Times are RFC 3339 in UTC. Further keys and further events may be added.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// What lay in the logs before was read, without an event for what happened in it; from here on everything is news.
    CaughtUp {
        /// When it was told.
        at: Timestamp,
        /// Lines that were read.
        lines: u64,
        /// Requests in them that failed.
        failed: u64,
        /// The latest entry in them.
        last: Option<Timestamp>,
    },
    /// A cause that was not met in this run before.
    NewCause(Told),
    /// An incident begins: a cause is far above its usual level.
    Begins(Told),
    /// It hits a further upstream.
    Spreads(Told),
    /// Every upstream of a pool is out.
    PoolEmpty(Told),
    /// An incident is over.
    Ends(Told),
    /// Something that the reader must know.
    Warning {
        /// When it was told.
        at: Timestamp,
        /// The input it is about; empty when it is about the run.
        path: String,
        /// What.
        message: String,
    },
    /// The report: always the last event.
    Report {
        /// As `-o json` writes it.
        report: Box<Report>,
    },
}

/// A change of a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// When it was told, which is when the last line that it rests on was read.
    pub at: Timestamp,
    /// The log's time of the first line that it rests on; of the last one for `ends`.
    pub time: Option<Timestamp>,
    /// The cause.
    pub cause: String,
    /// What it says, in one line.
    pub title: String,
    /// The upstream or the pool, made safe; `None` where the log does not say.
    pub upstream: Option<String>,
    /// Lines of the incident so far that tell of the cause.
    pub evidence: u64,
    /// How many seconds the incident took; only of `ends`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
}
