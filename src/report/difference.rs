//! Two reports beside each other, as plain data.

use serde::Serialize;

use crate::time::Timestamp;

/// What changed from one report, `a`, to another, `b`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The version of this shape.
    pub schema: u32,
    /// The earlier report, or whatever the other is held against.
    pub a: Side,
    /// The later one.
    pub b: Side,
    /// By what counts were divided before they were compared.
    pub basis: Basis,
    /// A failure came up or became more frequent, and chance does not explain it.
    pub worse: bool,
    /// Failed requests of all causes.
    pub failed: Change,
    /// Requests by cause, most telling first.
    pub causes: Vec<Change>,
    /// Requests by upstream, of causes that count as failed.
    pub upstreams: Vec<Change>,
    /// Error entries that no pattern knows, by template.
    pub templates: Vec<Change>,
    /// What limits the comparison.
    pub notes: Vec<String>,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// What the user called it.
    pub name: String,
    /// The earliest entry; `None` when none had a time.
    pub from: Option<Timestamp>,
    /// The latest entry.
    pub to: Option<Timestamp>,
    /// Answers in access logs.
    pub responses: u64,
    /// Requests that failed.
    pub failed: u64,
}

/// What a rate is a rate of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Per response: both have access logs.
    Responses,
    /// Per hour from the first entry to the last.
    Hours,
    /// Nothing: one of the two has no times, or too little of them; counts are compared as they are.
    Counts,
}

/// How something changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// A cause's id, an upstream, a template.
    pub name: String,
    /// What it says, where that is more than the name.
    pub title: String,
    /// Which way it went, by its rate.
    pub direction: Direction,
    /// In the first report.
    pub a: u64,
    /// In the second one.
    pub b: u64,
    /// Per response or hour; `None` when counts are compared as they are.
    pub rate_a: Option<f64>,
    /// See there.
    pub rate_b: Option<f64>,
    /// How often chance alone makes a difference as great as this, were the two rates the same: two-sided, exact.
    pub p: f64,
    /// The same in a word.
    pub confidence: Confidence,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Only the second has it.
    New,
    /// It is more frequent in the second.
    Up,
    /// Only the first has it.
    Gone,
    /// It is less frequent in the second.
    Down,
    /// As frequent.
    Same,
}

/// How little chance explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// p below 0.001.
    Certain,
    /// p below 0.01.
    Likely,
    /// p below 0.05: too little to act upon.
    Unsure,
    /// Chance does as much.
    Chance,
}

impl Confidence {
    /// Whether to act upon it.
    pub fn is_clear(self) -> bool {
        self <= Self::Likely
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Unsure => "may be chance",
            Self::Chance => "likely chance",
        }
    }
}
