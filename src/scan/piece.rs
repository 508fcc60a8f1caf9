//! What one slice of an input held.

use std::collections::BTreeMap;

use super::{Answered, Behind, Event, NameId, Names, Unknown};
use crate::format::FormatId;
use crate::pattern::PatternIndex;
use crate::report::ByLine;
use crate::time::Timestamp;

/// What a slice held.
#[derive(Debug, Default)]
pub struct Piece {
    /// Where its last complete record ended.
    pub end: usize,
    /// Lines and entries.
    pub counts: Counts,
    /// Messages that are joined to requests, in order, and which shard takes each.
    pub messages: Vec<Event>,
    /// See there.
    pub shards: Vec<u8>,
    /// Evidence that speaks of no request, in order.
    pub apart: Vec<Event>,
    /// Answers that matter, in order.
    pub answers: Vec<Answered>,
    /// The names that are new: upstreams, hosts, paths. Ids of the events are of these, or common ones.
    pub names: [Names; 3],
    /// Entries by second, runs of equal seconds together.
    pub seconds: Vec<Second>,
    /// Gateway statuses.
    pub statuses: BTreeMap<u16, u64>,
    /// The first record of each pattern.
    pub examples: BTreeMap<PatternIndex, Example>,
    /// What happened behind the proxy.
    pub behind: Behind,
    /// Messages that no pattern knows, by template.
    pub unknown: BTreeMap<String, Unknown>,
}

impl Piece {
    /// As if nothing had been in it, with the room that it has.
    pub(super) fn emptied(self) -> Self {
        let Self { mut messages, mut shards, mut apart, mut answers, mut names, mut seconds, .. } = self;
        messages.clear();
        shards.clear();
        apart.clear();
        answers.clear();
        seconds.clear();
        names.iter_mut().for_each(Names::clear);
        Self { messages, shards, apart, answers, names, seconds, ..Self::default() }
    }

    /// Gives its names the ids that they have in common with other pieces' names: for each kind, by the id of its own.
    pub(crate) fn rename(&mut self, maps: &[Vec<NameId>; 3]) {
        if self.names.iter().all(Names::is_empty) {
            return;
        }
        let answers = self.answers.iter_mut().map(|answer| &mut answer.event);
        for event in self.messages.iter_mut().chain(&mut self.apart).chain(answers) {
            for (id, map) in [&mut event.upstream, &mut event.host, &mut event.path].into_iter().zip(maps) {
                *id = id.common(map);
            }
        }
    }

    /// What may tell of a cause.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.messages.iter().chain(&self.apart).chain(self.answers.iter().map(|answer| &answer.event))
    }
}

/// Entries of one second that follow each other.
#[derive(Clone, Copy, Debug)]
pub struct Second {
    /// The earliest and the latest of them.
    pub times: (Timestamp, Timestamp),
    /// How many.
    pub entries: u32,
    /// Those that are answers.
    pub responses: u32,
    /// Those of them with a gateway status.
    pub gateway: u32,
}

/// Lines and entries of a slice.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Every line.
    pub by_line: ByLine,
    /// Records that a format understood.
    pub entries: u64,
    /// Answers.
    pub responses: u64,
    /// Entries by format.
    pub formats: [u64; FormatId::ALL.len()],
    /// Entries of what happened behind the proxy that a pattern knows.
    pub known: u64,
    /// The earliest and the latest time.
    pub times: Option<(Timestamp, Timestamp)>,
    /// Lines that were cut.
    pub long_lines: u64,
    /// Entries that were read in part.
    pub partial: u64,
}

impl Counts {
    /// Entries of formats that tell what happened behind the proxy.
    pub fn context(&self) -> u64 {
        FormatId::ALL.into_iter().filter(|format| format.is_context()).map(|format| self.formats[format.index()]).sum()
    }

    /// Adds the counts of another slice.
    pub fn add(&mut self, other: &Self) {
        self.by_line.add(&other.by_line);
        self.entries += other.entries;
        self.responses += other.responses;
        self.known += other.known;
        self.long_lines += other.long_lines;
        self.partial += other.partial;
        for (mine, theirs) in self.formats.iter_mut().zip(other.formats) {
            *mine += theirs;
        }
        for at in other.times.into_iter().flat_map(|(first, last)| [first, last]) {
            self.times = Some(widened(self.times, at));
        }
    }
}

/// A record that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Its bytes.
    pub record: Vec<u8>,
    /// Its place: the number of its input, how many lines stand before its piece, and where in the window it begins.
    pub order: (u32, u64, usize),
    /// The line on which it begins, counted from 1: in its piece while that is scanned, then in its input.
    pub line: u64,
}

/// The span with one more moment in it.
pub(crate) fn widened(span: Option<(Timestamp, Timestamp)>, at: Timestamp) -> (Timestamp, Timestamp) {
    span.map_or((at, at), |(first, last)| (first.min(at), last.max(at)))
}
