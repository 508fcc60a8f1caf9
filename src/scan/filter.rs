//! Which entries count.

use std::ops::RangeInclusive;

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
    /// A status that one of these holds.
    pub statuses: Vec<RangeInclusive<u16>>,
    /// An upstream that one of these matches.
    pub upstreams: Vec<Pattern>,
    /// A host that one of these matches, in any case.
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
            && (self.statuses.is_empty() || entry.status.is_some_and(|status| self.statuses.iter().any(|statuses| statuses.contains(&status))))
            && matches(&self.upstreams, &entry.upstream, true)
            && matches(&self.hosts, &entry.host, false)
            && matches(&self.paths, &entry.path, true)
    }

    /// What it asks for, one text a field: `host shop.example or *.shop.example`.
    pub fn words(&self) -> Vec<String> {
        let one_of = |field: &str, values: Vec<String>| (!values.is_empty()).then(|| format!("{field} {}", values.join(" or ")));
        let globs = |patterns: &[Pattern]| patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect();
        let moment = |field: &str, at: Option<Timestamp>| at.map(|at| format!("{field} {}", at.to_rfc3339()));
        let words = [
            moment("since", self.since),
            moment("until", self.until),
            one_of("status", self.statuses.iter().map(statuses_in_words).collect()),
            one_of("upstream", globs(&self.upstreams)),
            one_of("host", globs(&self.hosts)),
            one_of("path", globs(&self.paths)),
        ];
        words.into_iter().flatten().collect()
    }

    fn in_time(&self, time: Option<Timestamp>) -> bool {
        let Some(time) = time else { return self.since.is_none() && self.until.is_none() };
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }
}

/// `502`, `5xx`, `502-504`.
fn statuses_in_words(statuses: &RangeInclusive<u16>) -> String {
    match (*statuses.start(), *statuses.end()) {
        (first, last) if first == last => first.to_string(),
        (first, last) if first % 100 == 0 && last == first + 99 => format!("{}xx", first / 100),
        (first, last) => format!("{first}-{last}"),
    }
}

fn matches(patterns: &[Pattern], value: &[u8], case_sensitive: bool) -> bool {
    let options = MatchOptions { case_sensitive, require_literal_separator: false, require_literal_leading_dot: false };
    patterns.is_empty() || (!value.is_empty() && patterns.iter().any(|pattern| pattern.matches_with(&String::from_utf8_lossy(value), options)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_in_any_case_and_nothing_else_is() {
        let pattern = |text: &str| vec![Pattern::new(text).unwrap()];
        let entry = Entry { host: b"Shop.Example"[..].into(), path: b"/Cart"[..].into(), ..Entry::default() };
        assert!(Filter { hosts: pattern("*.EXAMPLE"), ..Filter::default() }.passes(&entry));
        assert!(!Filter { paths: pattern("/cart"), ..Filter::default() }.passes(&entry));
    }

    #[test]
    fn a_filter_is_told_in_words() {
        let filter = Filter {
            since: Some(Timestamp::from_seconds(0)),
            statuses: vec![502..=502, 400..=499],
            hosts: vec![Pattern::new("*.a").unwrap(), Pattern::new("b").unwrap()],
            ..Filter::default()
        };
        assert_eq!(filter.words(), ["since 1970-01-01T00:00:00Z", "status 502 or 4xx", "host *.a or b"]);
        assert!(Filter::default().words().is_empty());
    }
}
