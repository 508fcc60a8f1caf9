//! Counts by cause.

use std::collections::BTreeMap;

use crate::pattern::PatternIndex;
use crate::record::{Cause, Phase};
use crate::scan::{NameId, Names, widened};
use crate::time::Timestamp;

/// What is counted of one cause.
#[derive(Clone, Debug, Default)]
pub(super) struct CauseTally {
    pub(super) evidence: u64,
    pub(super) requests: u64,
    /// Requests that are known to have ended well.
    pub(super) saved: u64,
    pub(super) times: Option<(Timestamp, Timestamp)>,
    /// Entries by phase, in the order of [`Phase::ALL`].
    phases: [u64; Phase::ALL.len()],
    /// Entries by pattern, by its index.
    patterns: Vec<u64>,
    /// Requests by upstream, host and path.
    names: [ByName; 3],
}

impl CauseTally {
    /// Counts a request under its names.
    #[inline]
    pub(super) fn request(&mut self, names: [NameId; 3]) {
        self.requests += 1;
        for (counts, name) in self.names.iter_mut().zip(names) {
            counts.add_one(name);
        }
    }

    /// Counts an entry that no pattern knows.
    pub(super) fn unpatterned(&mut self, at: Option<Timestamp>) {
        self.evidence += 1;
        if let Some(at) = at {
            self.times = Some(widened(self.times, at));
        }
    }

    /// Counts entries of a pattern.
    #[inline]
    pub(super) fn evidence(&mut self, pattern: PatternIndex, phase: Option<Phase>, at: Option<Timestamp>, entries: u64) {
        self.evidence += entries;
        add(&mut self.patterns, usize::from(pattern.0), entries);
        if let Some(phase) = phase {
            self.phases[phase as usize] += entries;
        }
        if let Some(at) = at {
            self.times = Some(widened(self.times, at));
        }
    }

    /// Adds the counts of `other`, whose names have the ids that `maps` says here.
    fn absorb(&mut self, other: &Self, maps: &[Vec<NameId>; 3]) {
        self.evidence += other.evidence;
        self.requests += other.requests;
        self.saved += other.saved;
        for at in other.times.iter().flat_map(|(first, last)| [first, last]) {
            self.times = Some(widened(self.times, *at));
        }
        for (mine, theirs) in self.phases.iter_mut().zip(other.phases) {
            *mine += theirs;
        }
        for (pattern, entries) in other.patterns.iter().enumerate() {
            add(&mut self.patterns, pattern, *entries);
        }
        for ((mine, theirs), map) in self.names.iter_mut().zip(&other.names).zip(maps) {
            for (name, requests) in theirs.counts() {
                mine.add(map[name.0 as usize], requests);
            }
        }
    }

    /// Entries by phase, phases that have none left out.
    pub(super) fn phases(&self) -> impl Iterator<Item = (Phase, u64)> {
        Phase::ALL.into_iter().zip(self.phases).filter(|(_, entries)| *entries > 0)
    }

    /// Entries of a phase.
    pub(super) fn at_phase(&self, phase: Phase) -> u64 {
        self.phases[phase as usize]
    }

    /// Entries by pattern, patterns that have none left out.
    pub(super) fn patterns(&self) -> impl Iterator<Item = (PatternIndex, u64)> {
        #[allow(clippy::cast_possible_truncation, reason = "a catalogue has at most 65,535 patterns")]
        self.patterns.iter().enumerate().filter(|(_, entries)| **entries > 0).map(|(at, entries)| (PatternIndex(at as u16), *entries))
    }

    /// Adds the requests of each name of one kind to its sum, of which there is one for each id.
    pub(super) fn add_to(&self, kind: usize, sums: &mut [u64]) {
        self.names[kind].add_to(sums);
    }

    /// Requests by name of one kind (upstream, host, path), without those that had none.
    pub(super) fn by_name(&self, kind: usize) -> impl Iterator<Item = (NameId, u64)> {
        self.names[kind].counts().filter(|(name, _)| *name != Names::NONE)
    }
}

/// Requests by the id of a name. Tens of thousands of names are counted in no order, so the counts are narrow, to stay in
/// a cache; what a count cannot hold is carried over.
#[derive(Clone, Debug, Default)]
struct ByName {
    counts: Vec<u8>,
    carried: BTreeMap<u32, u64>,
}

impl ByName {
    #[inline]
    fn add_one(&mut self, name: NameId) {
        match self.counts.get_mut(name.0 as usize).map(|count| (count.checked_add(1), count)) {
            Some((Some(more), count)) => *count = more,
            _ => self.add(name, 1),
        }
    }

    fn add(&mut self, name: NameId, requests: u64) {
        let at = name.0 as usize;
        if self.counts.len() <= at {
            self.counts.resize(at + 1, 0);
        }
        let sum = u64::from(self.counts[at]) + requests;
        self.counts[at] = u8::try_from(sum).unwrap_or_else(|_| {
            *self.carried.entry(name.0).or_default() += sum;
            0
        });
    }

    /// Adds each count to the sum of its name.
    fn add_to(&self, sums: &mut [u64]) {
        for (sum, requests) in sums.iter_mut().zip(&self.counts) {
            *sum += u64::from(*requests);
        }
        for (name, requests) in &self.carried {
            sums[*name as usize] += requests;
        }
    }

    fn counts(&self) -> impl Iterator<Item = (NameId, u64)> {
        let mut carried = self.carried.iter().peekable();
        let all = (0_u32..).zip(&self.counts).map(move |(name, count)| {
            let carried = carried.next_if(|(carried, _)| **carried == name).map_or(0, |(_, requests)| *requests);
            (NameId(name), u64::from(*count) + carried)
        });
        all.filter(|(_, requests)| *requests > 0)
    }
}

/// Adds to a count that may not be there yet.
fn add(counts: &mut Vec<u64>, at: usize, more: u64) {
    if counts.len() <= at {
        counts.resize(at + 1, 0);
    }
    counts[at] += more;
}

/// Counts of every cause.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// By [`Cause::index`]; `None` where there was nothing to count.
    causes: [Option<Box<CauseTally>>; Cause::ALL.len()],
}

impl Tally {
    #[inline]
    pub(super) fn cause(&mut self, cause: Cause) -> &mut CauseTally {
        self.causes[cause.index()].get_or_insert_default()
    }

    pub(super) fn causes(&self) -> impl Iterator<Item = (Cause, &CauseTally)> {
        Cause::ALL.into_iter().zip(&self.causes).filter_map(|(cause, tally)| Some((cause, tally.as_deref()?)))
    }

    pub(super) fn absorb(&mut self, other: &Self, maps: &[Vec<NameId>; 3]) {
        for (cause, tally) in other.causes() {
            self.cause(cause).absorb(tally, maps);
        }
    }

    /// Takes all times as so many seconds later.
    pub(super) fn shift(&mut self, seconds: i64) {
        for tally in self.causes.iter_mut().flatten() {
            tally.times = tally.times.map(|(first, last)| (first.plus_seconds(seconds), last.plus_seconds(seconds)));
        }
    }

    /// Keeps only those causes.
    pub(super) fn retain(&mut self, keep: impl Fn(Cause) -> bool) {
        for (cause, tally) in Cause::ALL.into_iter().zip(&mut self.causes) {
            if !keep(cause) {
                *tally = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_outgrows_its_place() {
        let mut counts = ByName::default();
        for requests in [u64::from(u8::MAX), 1, 5, u64::MAX / 4] {
            counts.add(NameId(3), requests);
        }
        (0..1_000).for_each(|_| counts.add_one(NameId(5)));
        assert_eq!(counts.counts().collect::<Vec<_>>(), [(NameId(3), 261 + u64::MAX / 4), (NameId(5), 1_000)]);
    }
}
