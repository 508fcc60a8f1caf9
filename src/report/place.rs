//! Where and when: who was hit, where it burnt, where logs are silent, and where examples stand.

use serde::{Deserialize, Serialize};

use super::Count;
use crate::time::Timestamp;

/// Who was hit. Requests of causes that count as failed, those that were saved included; most first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Top {
    /// By upstream.
    pub upstreams: Vec<Count>,
    /// By host.
    pub hosts: Vec<Count>,
    /// By path.
    pub paths: Vec<Count>,
}

/// Failed requests by upstream and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heat {
    /// Width of a slot; slots align to the epoch.
    pub slot_seconds: i64,
    /// A row an upstream, most requests first; the last may be `other`, which stands for all further ones.
    pub rows: Vec<HeatRow>,
}

/// One upstream's course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeatRow {
    /// Its name, made safe; empty for requests of which the log names no upstream.
    pub upstream: String,
    /// Requests.
    pub requests: u64,
    /// The slots in which there were any, earliest first.
    pub slots: Vec<HeatSlot>,
}

/// Requests of one upstream in one slot of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeatSlot {
    /// Where it starts.
    pub start: Timestamp,
    /// Requests.
    pub requests: u64,
}

/// A stretch without responses: nobody asked, nothing answered, or a log is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Where the first bucket without responses starts.
    pub from: Timestamp,
    /// Where the last of them ends.
    pub to: Timestamp,
    /// Responses that a bucket usually has: the lower quartile.
    pub usual: u64,
}

/// Where a cause's example stands. Apart from the causes, which are the same however a log is cut into files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamplePlace {
    /// The cause.
    pub cause: String,
    /// The input.
    pub path: String,
    /// The line of that input on which it begins, counted from 1, after decompression.
    pub line: u64,
}
