//! What a log holds: the totals on which generator, reference and program have to agree.

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
        }
    }
}

/// Totals. Of everything that is counted by name, names without a count are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// All lines.
    pub(crate) lines: u64,
    /// Lines by what they are.
    pub(crate) by_line: BTreeMap<String, u64>,
    /// Entries that are evidence, by cause.
    pub(crate) evidence: BTreeMap<String, u64>,
    /// Requests that failed, or of which an attempt did, by cause.
    pub(crate) requests: BTreeMap<String, u64>,
    /// Those of them that were not saved and that nobody intended.
    pub(crate) failed: u64,
    /// Gateway responses, by status.
    pub(crate) statuses: BTreeMap<String, u64>,
    /// Answers.
    pub(crate) responses: u64,
}

impl Counts {
    /// Counts a line.
    pub(crate) fn line(&mut self, line: Line) {
        self.lines += 1;
        add(&mut self.by_line, line.id());
    }

    /// Counts a piece of evidence.
    pub(crate) fn evidence(&mut self, cause: &str) {
        add(&mut self.evidence, cause);
    }

    /// Counts a request that failed in the end.
    pub(crate) fn request(&mut self, cause: &str) {
        add(&mut self.requests, cause);
        self.failed += u64::from(cause != "intentional");
    }

    /// Counts a request that a retry saved.
    pub(crate) fn saved_request(&mut self, cause: &str) {
        add(&mut self.requests, cause);
    }

    /// Counts an answer.
    pub(crate) fn response(&mut self, status: u16) {
        self.responses += 1;
        if matches!(status, 502..=504 | 520..=526 | 530) {
            add(&mut self.statuses, &status.to_string());
        }
    }

    /// As JSON, so that scripts can hold it against a report. By hand: the generator needs nothing but `std`.
    pub(crate) fn to_json(&self) -> String {
        let mut json = format!("{{\n  \"lines\": {},\n", self.lines);
        for (name, counts) in self.by_name() {
            let pairs: Vec<_> = counts.iter().map(|(key, count)| format!("\"{key}\": {count}")).collect();
            let _ = writeln!(json, "  \"{name}\": {{{}}},", pairs.join(", "));
        }
        let _ = writeln!(json, "  \"failed\": {},\n  \"responses\": {}\n}}", self.failed, self.responses);
        json
    }

    /// What differs from other counts, in words; empty when nothing does.
    pub(crate) fn differences(&self, mine: &str, other: &Self, theirs: &str) -> Vec<String> {
        let mut all = Vec::new();
        let mut compare = |what: &str, one: u64, two: u64| {
            if one != two {
                all.push(format!("{what}: {one} says {mine}, {two} says {theirs}"));
            }
        };
        compare("lines", self.lines, other.lines);
        compare("failed", self.failed, other.failed);
        compare("responses", self.responses, other.responses);
        for ((name, ours), (_, others)) in self.by_name().into_iter().zip(other.by_name()) {
            let mut keys: Vec<_> = ours.keys().chain(others.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                compare(&format!("{name} {key}"), ours.get(key).copied().unwrap_or(0), others.get(key).copied().unwrap_or(0));
            }
        }
        all
    }

    fn by_name(&self) -> [(&'static str, &BTreeMap<String, u64>); 4] {
        [("by_line", &self.by_line), ("evidence", &self.evidence), ("requests", &self.requests), ("statuses", &self.statuses)]
    }
}

fn add(counts: &mut BTreeMap<String, u64>, name: &str) {
    // A name is seen for the first time only once.
    if let Some(count) = counts.get_mut(name) {
        *count += 1;
    } else {
        counts.insert(name.to_owned(), 1);
    }
}
