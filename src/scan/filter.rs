//! Which entries count.

use glob::{MatchOptions, Pattern};

use crate::record::Entry;
use crate::time::Timestamp;

/// Keeps only entries that pass. What lacks the field that is asked for does not.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// One of these statuses.
    pub statuses: Vec<u16>,
    /// An upstream that one of these matches.
    pub upstreams: Vec<Pattern>,
    /// A host that one of these matches.
    pub hosts: Vec<Pattern>,
    /// A path that one of these matches.
    pub paths: Vec<Pattern>,
}

impl Filter {
    /// Whether everything passes.
    pub fn is_open(&self) -> bool {
        self.since.is_none() && self.until.is_none() && self.statuses.is_empty() && self.upstreams.is_empty() && self.hosts.is_empty() && self.paths.is_empty()
    }

    /// Whether the entry counts.
    pub fn passes(&self, entry: &Entry<'_>) -> bool {
        self.in_time(entry.time)
            && (self.statuses.is_empty() || entry.status.is_some_and(|status| self.statuses.contains(&status)))
            && matches(&self.upstreams, &entry.upstream)
            && matches(&self.hosts, &entry.host)
            && matches(&self.paths, &entry.path)
    }

    fn in_time(&self, time: Option<Timestamp>) -> bool {
        let Some(time) = time else { return self.since.is_none() && self.until.is_none() };
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }
}

fn matches(patterns: &[Pattern], value: &[u8]) -> bool {
    let options = MatchOptions { case_sensitive: true, require_literal_separator: false, require_literal_leading_dot: false };
    patterns.is_empty() || (!value.is_empty() && patterns.iter().any(|pattern| pattern.matches_with(&String::from_utf8_lossy(value), options)))
}
