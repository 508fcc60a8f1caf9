//! The counts of one log, folded in file order, and the sum over logs.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::join::{SHARDS, Shard, shard_of};
use super::pairing::{Answer, Failure, Pairing};
use super::request::Request;
use super::tally::Tally;
use super::timeline::Timeline;
use crate::pattern::{Catalogue, PatternIndex, Scope};
use crate::record::Cause;
use crate::report::{ByLine, Reconciliation};
use crate::scan::{Counts, Event, Example, Kind, NO_TIME, NameId, Names, Piece, Places, Unknown, is_gateway_status};
use crate::time::{Timestamp, Width};

/// Names of a kind that are kept of one log, and of all.
const MOST_NAMES: usize = 20_000;
/// Their bytes together.
const MOST_NAME_BYTES: usize = 2 << 20;
/// Templates that are kept.
const MOST_TEMPLATES: usize = 2_000;

/// Templates of messages that no pattern knows.
pub type Unknowns = BTreeMap<String, Unknown>;
/// The first record of each pattern.
pub type Examples = BTreeMap<PatternIndex, Example>;

/// What is summed over logs.
#[derive(Debug)]
pub struct Totals {
    pub(super) names: [Names; 3],
    pub(super) tally: Tally,
    pub(super) timeline: Timeline,
    pub(super) pairing: Pairing,
    pub(super) statuses: BTreeMap<u16, u64>,
    pub(super) examples: Examples,
    pub(super) unknown: Unknowns,
    /// Requests that had to be closed early.
    pub(super) evicted: u64,
    /// Times of the entries, for spans.
    pub(super) times: Option<(Timestamp, Timestamp)>,
    /// Evidence of messages, by [`ByLine`] of everything.
    pub(super) by_line: ByLine,
    pub(super) entries: u64,
    pub(super) responses: u64,
    /// Entries of formats that write messages, not answers.
    pub(super) messages: u64,
    /// Requests of answers for which there was no room to be paired: what they would have been counted as.
    pub(super) spilt: Option<Box<Totals>>,
    /// Answers that were counted as evidence, by input.
    pub(super) answers_counted: BTreeMap<u32, u64>,
}

impl Totals {
    /// Nothing yet; slots of time can be added up to buckets of `width`.
    pub fn new(width: Width) -> Self {
        let names = || Names::new(MOST_NAMES, MOST_NAME_BYTES);
        Self {
            names: [names(), names(), names()],
            tally: Tally::default(),
            timeline: Timeline::new(width),
            pairing: Pairing::default(),
            statuses: BTreeMap::new(),
            examples: Examples::new(),
            unknown: Unknowns::new(),
            evicted: 0,
            times: None,
            by_line: ByLine::default(),
            entries: 0,
            responses: 0,
            messages: 0,
            spilt: None,
            answers_counted: BTreeMap::new(),
        }
    }

    /// Adds the counts of the next log.
    pub fn absorb(&mut self, other: Self) {
        let maps: [Vec<NameId>; 3] = std::array::from_fn(|kind| self.names[kind].absorb(&other.names[kind]));
        if let Some(spilt) = other.spilt {
            let width = self.timeline.width();
            self.spilt.get_or_insert_with(|| Box::new(Self::new(width))).absorb_counts(*spilt, &maps);
        }
        self.tally.absorb(&other.tally, &maps);
        self.timeline.absorb(other.timeline);
        self.pairing.absorb(other.pairing, &maps);
        for (status, responses) in other.statuses {
            *self.statuses.entry(status).or_default() += responses;
        }
        for (pattern, example) in other.examples {
            self.examples.entry(pattern).or_insert(example);
        }
        for (template, unknown) in other.unknown {
            absorb_unknown(&mut self.unknown, template, unknown);
        }
        self.evicted += other.evicted;
        self.spanned(other.times);
        self.by_line.add(&other.by_line);
        self.entries += other.entries;
        self.responses += other.responses;
        self.messages += other.messages;
        for (input, answers) in other.answers_counted {
            *self.answers_counted.entry(input).or_default() += answers;
        }
    }

    /// Adds counts, but no names and nothing that was read.
    pub(super) fn absorb_counts(&mut self, other: Self, maps: &[Vec<NameId>; 3]) {
        self.tally.absorb(&other.tally, maps);
        self.timeline.absorb(other.timeline);
        for (input, answers) in other.answers_counted {
            *self.answers_counted.entry(input).or_default() += answers;
        }
    }

    fn spill(&mut self, catalogue: &Catalogue, answer: &Answer) {
        let width = self.timeline.width();
        let spilt = self.spilt.get_or_insert_with(|| Box::new(Self::new(width)));
        if let Some((pattern, names)) = answer.request {
            spilt.answer(catalogue, answer.at, answer.status, pattern, names, answer.input);
        }
    }

    /// Counts what was spilt, when no failures turned up that it could have belonged to.
    pub(super) fn take_spilt(&mut self) {
        let Some(spilt) = self.spilt.take() else { return };
        let identity: [Vec<NameId>; 3] = std::array::from_fn(|kind| self.names[kind].ids().collect());
        self.absorb_counts(*spilt, &identity);
    }

    /// Where and when requests failed, for the choice of answers to keep.
    pub fn places(&self) -> Places {
        let mut places = Places::default();
        for failure in &self.pairing.failures {
            places.add(failure.client, failure.route, failure.at);
        }
        places.finish();
        places
    }

    /// Where failures and answers are too many to be paired: in each slot, as many answers are explained as there are
    /// requests of error logs; the rest is nobody's.
    pub(super) fn compare_buckets(&mut self) -> Reconciliation {
        let mut result = Reconciliation { gateway_responses: self.statuses.values().sum(), ..Reconciliation::default() };
        let rest: Vec<_> = self.timeline.slots().map(|(start, slot)| (start, slot.gateway_responses, slot.requests())).collect();
        for (start, gateway, requests) in rest {
            result.explained += gateway.min(requests);
            let unexplained = gateway.saturating_sub(requests);
            if unexplained > 0 {
                self.timeline.unattributed(start, unexplained);
                let tally = self.tally.cause(Cause::Unattributed);
                tally.requests += unexplained;
                tally.evidence += unexplained;
                self.by_line.ordinary -= unexplained;
                self.by_line.evidence += unexplained;
            }
        }
        result.unexplained = result.gateway_responses - result.explained;
        result
    }

    /// Messages that no pattern knows, by template.
    pub fn unknown(&self) -> &Unknowns {
        &self.unknown
    }

    fn spanned(&mut self, times: Option<(Timestamp, Timestamp)>) {
        for at in times.into_iter().flat_map(|(first, last)| [first, last]) {
            self.times = Some(crate::scan::widened(self.times, at));
        }
    }

    /// Counts evidence that a request, or nothing, stands behind.
    fn evidence(&mut self, catalogue: &Catalogue, index: PatternIndex, cause: Cause, at: Timestamp, entries: u64) {
        let phase = catalogue.pattern(index).phase;
        let time = (at != NO_TIME).then_some(at);
        self.tally.cause(cause).evidence(index, phase, time, entries);
        if let Some(at) = time {
            self.timeline.evidence(at, cause, entries);
        }
    }

    /// Counts a request that is complete.
    fn request(&mut self, catalogue: &Catalogue, request: &Request, is_paired: bool) {
        let cause = request.cause(catalogue);
        for piece in &request.evidence {
            let pattern = catalogue.pattern(piece.pattern);
            let theirs = if pattern.text.general { Some(cause) } else { pattern.cause };
            self.evidence(catalogue, piece.pattern, theirs.unwrap_or(cause), piece.at, u64::from(piece.entries));
        }
        self.tally.cause(cause).request([request.upstream, request.host, request.path]);
        if request.at != NO_TIME {
            self.timeline.requests(request.at, cause, 1);
        }
        if is_paired && request.last != NO_TIME {
            let Request { last, client, route, method, is_body, .. } = *request;
            let pattern = request.deciding().unwrap_or(PatternIndex(0));
            self.pairing.failure(Failure { at: last, client, route, method, cause, pattern, is_body });
        }
    }

    /// Counts an answer as a request of its own.
    pub(super) fn answer(&mut self, catalogue: &Catalogue, at: Timestamp, status: u16, index: PatternIndex, names: [NameId; 3], input: u32) {
        let pattern = (index != PatternIndex(u16::MAX)).then(|| catalogue.pattern(index));
        let cause = pattern.and_then(|pattern| pattern.cause).unwrap_or(Cause::Unattributed);
        let time = (at != NO_TIME).then_some(at);
        *self.answers_counted.entry(input).or_default() += 1;
        let tally = self.tally.cause(cause);
        match pattern {
            Some(pattern) => tally.evidence(index, pattern.phase, time, 1),
            None => tally.evidence += 1,
        }
        tally.request(names);
        tally.saved += u64::from(!is_gateway_status(status) && status < 400);
        if let Some(at) = time {
            self.timeline.evidence(at, cause, 1);
            self.timeline.requests(at, cause, 1);
        }
    }
}

fn absorb_unknown(all: &mut Unknowns, template: String, unknown: Unknown) {
    let is_full = all.len() >= MOST_TEMPLATES && !all.contains_key(&template);
    match all.entry(if is_full { "other".to_owned() } else { template }) {
        std::collections::btree_map::Entry::Vacant(place) => {
            place.insert(unknown);
        }
        std::collections::btree_map::Entry::Occupied(mut place) => {
            place.get_mut().add(unknown);
        }
    }
}

/// The counts of one log, and its open requests.
#[derive(Debug)]
pub struct LogState<'c> {
    catalogue: &'c Catalogue,
    totals: Totals,
    shards: Vec<Shard>,
    /// Failures are kept for answers, and answers for failures.
    pairs: bool,
    /// The input that is being folded.
    input: u32,
}

impl<'c> LogState<'c> {
    /// An empty log. `pairs`: both messages and answers are, or may be, among the inputs.
    pub fn new(catalogue: &'c Catalogue, width: Width, pairs: bool) -> Self {
        Self { catalogue, totals: Totals::new(width), shards: (0..SHARDS).map(|_| Shard::default()).collect(), pairs, input: 0 }
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
            events.iter().for_each(|event| shard.fold(event, catalogue, &mut closed));
            closed
        };
        let closed: Vec<Vec<Request>> =
            if is_parallel { self.shards.par_iter_mut().zip(events).map(join).collect() } else { self.shards.iter_mut().zip(events).map(join).collect() };
        self.count(&closed);
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
            self.totals.request(self.catalogue, request, self.pairs);
        }
    }

    fn piece(&mut self, piece: &Piece) {
        let Counts { by_line, entries, responses, times, .. } = &piece.counts;
        let totals = &mut self.totals;
        totals.by_line.add(by_line);
        totals.entries += entries;
        totals.responses += responses;
        totals.messages += entries - responses;
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
        for (template, unknown) in &piece.unknown {
            absorb_unknown(&mut totals.unknown, template.clone(), unknown.clone());
        }
    }

    fn response(&mut self, event: &Event) {
        let names = [event.upstream, event.host, event.path];
        let is_request = event.kind == Kind::Failure;
        if self.pairs && event.at != NO_TIME {
            let Event { at, client, route, method, status, duration, stamps_start, pattern, .. } = *event;
            let request = is_request.then_some((pattern, names));
            let answer = Answer { at, client, route, method, status, duration, stamps_start, input: self.input, request };
            if self.totals.pairing.answer(answer) {
                return;
            }
            if is_request {
                self.totals.spill(self.catalogue, &answer);
            }
        } else if is_request {
            self.totals.answer(self.catalogue, event.at, event.status, event.pattern, names, self.input);
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
