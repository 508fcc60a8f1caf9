//! Counts by cause.

use std::collections::BTreeMap;

use crate::pattern::PatternIndex;
use crate::record::{Cause, Phase};
use crate::scan::{NameId, widened};
use crate::time::Timestamp;

/// What is counted of one cause.
#[derive(Clone, Debug, Default)]
pub(super) struct CauseTally {
    pub(super) evidence: u64,
    pub(super) requests: u64,
    /// Requests that are known to have ended well.
    pub(super) saved: u64,
    pub(super) times: Option<(Timestamp, Timestamp)>,
    pub(super) phases: BTreeMap<Phase, u64>,
    pub(super) patterns: BTreeMap<PatternIndex, u64>,
    /// Requests by upstream, host and path, by the id of the name.
    names: [Vec<u64>; 3],
}

impl CauseTally {
    /// Counts a request under its names.
    pub(super) fn request(&mut self, names: [NameId; 3]) {
        self.requests += 1;
        for (counts, name) in self.names.iter_mut().zip(names) {
            let at = name.0 as usize;
            if counts.len() <= at {
                counts.resize(at + 1, 0);
            }
            counts[at] += 1;
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
    pub(super) fn evidence(&mut self, pattern: PatternIndex, phase: Option<Phase>, at: Option<Timestamp>, entries: u64) {
        self.evidence += entries;
        *self.patterns.entry(pattern).or_default() += entries;
        if let Some(phase) = phase {
            *self.phases.entry(phase).or_default() += entries;
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
        for (phase, entries) in &other.phases {
            *self.phases.entry(*phase).or_default() += entries;
        }
        for (pattern, entries) in &other.patterns {
            *self.patterns.entry(*pattern).or_default() += entries;
        }
        for ((mine, theirs), map) in self.names.iter_mut().zip(&other.names).zip(maps) {
            for (at, requests) in theirs.iter().enumerate().filter(|(_, requests)| **requests > 0) {
                let id = map[at].0 as usize;
                if mine.len() <= id {
                    mine.resize(id + 1, 0);
                }
                mine[id] += requests;
            }
        }
    }

    /// Requests by name of one kind (upstream, host, path), without those that had none.
    pub(super) fn by_name(&self, kind: usize) -> impl Iterator<Item = (NameId, u64)> {
        let counts = self.names[kind].iter().enumerate().skip(1).filter(|(_, requests)| **requests > 0);
        #[allow(clippy::cast_possible_truncation, reason = "ids are u32")]
        counts.map(|(at, requests)| (NameId(at as u32), *requests))
    }
}

/// Counts of every cause.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    causes: BTreeMap<Cause, CauseTally>,
}

impl Tally {
    pub(super) fn cause(&mut self, cause: Cause) -> &mut CauseTally {
        self.causes.entry(cause).or_default()
    }

    pub(super) fn causes(&self) -> impl Iterator<Item = (Cause, &CauseTally)> {
        self.causes.iter().map(|(cause, tally)| (*cause, tally))
    }

    pub(super) fn absorb(&mut self, other: &Self, maps: &[Vec<NameId>; 3]) {
        for (cause, tally) in &other.causes {
            self.cause(*cause).absorb(tally, maps);
        }
    }

    /// Takes all times as so many seconds later.
    pub(super) fn shift(&mut self, seconds: i64) {
        for tally in self.causes.values_mut() {
            tally.times = tally.times.map(|(first, last)| (first.plus_seconds(seconds), last.plus_seconds(seconds)));
        }
    }

    /// Keeps only those causes.
    pub(super) fn retain(&mut self, keep: impl Fn(Cause) -> bool) {
        self.causes.retain(|cause, _| keep(*cause));
    }
}
