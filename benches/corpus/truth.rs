//! What a corpus holds, counted while it is made.

use std::collections::BTreeMap;
use std::fmt::Write;

/// What one line is, in the words of the report (`totals.by_line`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Line {
    /// It tells of a cause.
    Evidence,
    /// It tells what followed.
    Consequence,
    /// The client left.
    ClientAbort,
    /// It is of no interest.
    Ordinary,
    /// An error that no pattern can know.
    Unrecognised,
    /// No format understands it.
    Unparsed,
    /// It belongs to the record before it.
    Continuation,
    /// There is nothing on it.
    Blank,
}

impl Line {
    fn id(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Consequence => "consequence",
            Self::ClientAbort => "client_abort",
            Self::Ordinary => "ordinary",
            Self::Unrecognised => "unrecognised",
            Self::Unparsed => "unparsed",
            Self::Continuation => "continuation",
            Self::Blank => "blank",
        }
    }
}

/// Totals that a reader of the corpus has to find.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Truth {
    /// All lines.
    pub(crate) lines: u64,
    /// Lines by what they are; those without any are left out.
    pub(crate) by_line: BTreeMap<&'static str, u64>,
    /// Entries that are evidence, by cause.
    pub(crate) evidence: BTreeMap<&'static str, u64>,
    /// Failed requests, by cause.
    pub(crate) requests: BTreeMap<&'static str, u64>,
    /// Gateway responses, by status.
    pub(crate) statuses: BTreeMap<String, u64>,
    /// Answers.
    pub(crate) responses: u64,
}

impl Truth {
    /// Counts a line.
    pub(super) fn line(&mut self, line: Line) {
        self.lines += 1;
        *self.by_line.entry(line.id()).or_default() += 1;
    }

    /// Counts a piece of evidence.
    pub(super) fn evidence(&mut self, cause: &'static str) {
        *self.evidence.entry(cause).or_default() += 1;
    }

    /// Counts a request.
    pub(super) fn request(&mut self, cause: &'static str) {
        *self.requests.entry(cause).or_default() += 1;
    }

    /// Counts an answer.
    pub(super) fn response(&mut self, status: u16) {
        self.responses += 1;
        if matches!(status, 502..=504) {
            *self.statuses.entry(status.to_string()).or_default() += 1;
        }
    }

    /// As JSON, so that scripts can hold it against a report. By hand: the generator needs nothing but `std`.
    pub(crate) fn to_json(&self) -> String {
        let map = |name: &str, counts: &mut dyn Iterator<Item = (&str, u64)>| {
            let pairs: Vec<_> = counts.map(|(key, count)| format!("\"{key}\": {count}")).collect();
            format!("  \"{name}\": {{{}}},\n", pairs.join(", "))
        };
        let mut json = format!("{{\n  \"lines\": {},\n", self.lines);
        json += &map("by_line", &mut self.by_line.iter().map(|(key, count)| (*key, *count)));
        json += &map("evidence", &mut self.evidence.iter().map(|(key, count)| (*key, *count)));
        json += &map("requests", &mut self.requests.iter().map(|(key, count)| (*key, *count)));
        json += &map("statuses", &mut self.statuses.iter().map(|(key, count)| (key.as_str(), *count)));
        let _ = writeln!(json, "  \"responses\": {}\n}}", self.responses);
        json
    }
}
