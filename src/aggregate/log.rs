//! The counts of one log, folded in file order.

use rayon::prelude::*;

use super::join::{SHARDS, Shard, shard_of};
use super::pairing::Answer;
use super::request::Request;
use super::totals::{Totals, absorb_unknown};
use crate::format::FormatId;
use crate::pattern::{Catalogue, Scope};
use crate::scan::{Counts, Event, Example, Kind, NO_TIME, NameId, Piece};
use crate::time::Width;

/// The counts of one log, and its open requests.
#[derive(Debug)]
pub struct LogState<'c> {
    catalogue: &'c Catalogue,
    totals: Totals,
    shards: Vec<Shard>,
    /// The input that is being folded.
    input: u32,
}

impl<'c> LogState<'c> {
    /// An empty log.
    pub fn new(catalogue: &'c Catalogue, width: Width) -> Self {
        Self { catalogue, totals: Totals::new(width), shards: (0..SHARDS).map(|_| Shard::default()).collect(), input: 0 }
    }

    /// What follows stands in the input of that number.
    pub fn begin(&mut self, input: u32) {
        self.input = input;
    }

    /// Takes in the next pieces, in file order.
    pub fn fold(&mut self, pieces: &[Piece], is_parallel: bool) {
        let mut events: Vec<Vec<Event>> = vec![Vec::new(); SHARDS];
        for piece in pieces {
            self.piece(piece);
            let maps: [Vec<NameId>; 3] = std::array::from_fn(|kind| self.totals.names[kind].absorb(&piece.names[kind]));
            for event in &piece.events {
                let event = Event {
                    upstream: maps[0][event.upstream.0 as usize],
                    host: maps[1][event.host.0 as usize],
                    path: maps[2][event.path.0 as usize],
                    ..*event
                };
                match event.kind {
                    Kind::Failure | Kind::Answer => self.response(&event),
                    Kind::Evidence | Kind::Consequence => self.message(&event, &mut events),
                }
            }
        }
        let catalogue = self.catalogue;
        let join = |(shard, events): (&mut Shard, Vec<Event>)| {
            let mut closed = Vec::new();
            for event in &events {
                shard.fold(event, catalogue, &mut closed);
            }
            closed
        };
        let closed: Vec<Vec<Request>> =
            if is_parallel { self.shards.par_iter_mut().zip(events).map(join).collect() } else { self.shards.iter_mut().zip(events).map(join).collect() };
        self.count(&closed);
        self.settle();
    }

    /// Closes what is open, and gives the counts.
    pub fn finish(mut self) -> Totals {
        let closed: Vec<Vec<Request>> = self
            .shards
            .iter_mut()
            .map(|shard| {
                let mut closed = Vec::new();
                shard.close(&mut closed);
                closed
            })
            .collect();
        self.count(&closed);
        self.totals.evicted = self.shards.iter().map(|shard| shard.evicted).sum();
        self.totals
    }

    fn count(&mut self, closed: &[Vec<Request>]) {
        for request in closed.iter().flatten() {
            self.totals.request(self.catalogue, request);
        }
    }

    fn piece(&mut self, piece: &Piece) {
        let Counts { by_line, entries, responses, formats, times, .. } = &piece.counts;
        let totals = &mut self.totals;
        totals.by_line.add(by_line);
        totals.entries += entries;
        totals.responses += responses;
        // HAProxy tells of its servers' health between the answers; that is no error log to hold them against.
        totals.messages += FormatId::ALL.into_iter().filter(|format| !format.writes_answers()).map(|format| formats[format.index()]).sum::<u64>();
        totals.spanned(*times);
        for second in &piece.seconds {
            totals.timeline.second(second);
        }
        for (status, responses) in &piece.statuses {
            *totals.statuses.entry(*status).or_default() += responses;
        }
        for (pattern, example) in &piece.examples {
            let order = (self.input, totals.by_line.sum(), example.order.2);
            totals.examples.entry(*pattern).or_insert_with(|| Example { order, ..example.clone() });
        }
        // In the order in which they were met: when there are too many, the first are kept.
        let mut unknown: Vec<_> = piece.unknown.iter().collect();
        unknown.sort_by_key(|(_, unknown)| unknown.order);
        for (template, unknown) in unknown {
            absorb_unknown(&mut totals.unknown, template.clone(), unknown.clone());
        }
    }

    /// An answer waits to be paired, or counts at once where nothing can belong to it.
    fn response(&mut self, event: &Event) {
        let Event { at, client, route, method, status, duration, stamps_start, pattern, .. } = *event;
        let request = (event.kind == Kind::Failure).then_some((pattern, [event.upstream, event.host, event.path]));
        let answer = Answer { at, client, route, method, status, duration, stamps_start, input: self.input, request };
        if at == NO_TIME {
            self.totals.answer(self.catalogue, &answer);
        } else {
            self.totals.pairing.answer(answer);
        }
    }

    /// Lets go of answers to which no failure can belong any more.
    fn settle(&mut self) {
        let Some(latest) = self.totals.pairing.overfull() else { return };
        let closed: Vec<Vec<Request>> = self
            .shards
            .iter_mut()
            .map(|shard| {
                let mut closed = Vec::new();
                shard.expire_all(latest, &mut closed);
                closed
            })
            .collect();
        self.count(&closed);
        let open: Vec<_> = self.shards.iter().flat_map(Shard::open).collect();
        for answer in self.totals.pairing.settle(latest, open.into_iter()) {
            self.totals.spill(self.catalogue, &answer);
        }
    }

    /// Evidence that speaks of no request is counted at once; the rest goes to its shard.
    fn message(&mut self, event: &Event, events: &mut [Vec<Event>]) {
        let pattern = self.catalogue.pattern(event.pattern);
        if event.kind == Kind::Evidence && pattern.text.scope != Scope::Request {
            if let Some(cause) = pattern.cause {
                self.totals.evidence(self.catalogue, event.pattern, cause, event.at, 1);
            }
        } else {
            events[shard_of(event.link)].push(*event);
        }
    }
}
