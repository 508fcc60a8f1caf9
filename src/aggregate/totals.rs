//! Sums over logs, which merge in order.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::by_time::ByTime;
use super::context::ContextLog;
use super::offset::offset;
use super::pairing::{Answer, Failure, Pairing};
use super::request::{Earlier, Piece, Request, Requests};
use super::tally::Tally;
use super::timeline::Timeline;
use crate::pattern::{Catalogue, PatternIndex};
use crate::record::{Cause, Phase};
use crate::report::{ByLine, Reconciliation};
use crate::scan::{Example, Exemplified, NO_TIME, NameId, Names, Places, Unknown, is_gateway_status};
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
#[derive(Clone, Debug)]
pub struct Totals {
    /// Upstreams, hosts, paths.
    pub(super) names: [Names; 3],
    /// Patterns of which no further example is wanted.
    pub(super) exemplified: Exemplified,
    pub(super) tally: Tally,
    pub(super) timeline: Timeline,
    pub(super) by_time: ByTime,
    /// Durations of answers that timed out, in tenths of a second.
    pub(super) durations: BTreeMap<(Cause, i64), u64>,
    pub(super) pairing: Pairing,
    pub(super) context: ContextLog,
    pub(super) statuses: BTreeMap<u16, u64>,
    pub(super) examples: Examples,
    pub(super) unknown: Unknowns,
    /// Requests that had to be closed early.
    pub(super) evicted: u64,
    /// Times of the entries, for spans.
    pub(super) times: Option<(Timestamp, Timestamp)>,
    /// What each line was counted as.
    pub(super) by_line: ByLine,
    pub(super) entries: u64,
    pub(super) responses: u64,
    /// Entries of formats that write messages, not answers.
    pub(super) messages: u64,
    /// Requests of answers for which there was no room to be paired: what they would have been counted as.
    pub(super) spilt: Option<Box<Totals>>,
    /// Answers that were counted as evidence, by input and cause.
    pub(super) answers_counted: BTreeMap<(u32, Cause), u64>,
    /// Failures and answers that were held against each other and are held no more; of a run that goes on.
    pub(super) settled: Reconciliation,
}

impl Totals {
    /// Nothing yet; slots of time can be added up to buckets of `width`.
    pub fn new(width: Width) -> Self {
        let names = || Names::new(MOST_NAMES, MOST_NAME_BYTES);
        Self {
            names: [names(), names(), names()],
            exemplified: Exemplified::default(),
            tally: Tally::default(),
            timeline: Timeline::new(width),
            by_time: ByTime::new(width),
            durations: BTreeMap::new(),
            pairing: Pairing::default(),
            context: ContextLog::default(),
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
            settled: Reconciliation::default(),
        }
    }

    /// Adds the counts of the next log.
    pub fn absorb(&mut self, other: Self, catalogue: &Catalogue) {
        if self.by_line.sum() == 0 && self.pairing.is_empty() && other.spilt.is_none() {
            // The first log: there is nothing to be added to.
            *self = other;
            self.pairing.is_off = false;
            return;
        }
        let maps: [Vec<NameId>; 3] = std::array::from_fn(|kind| self.names[kind].absorb(&other.names[kind]));
        if let Some(spilt) = other.spilt {
            let width = self.timeline.width();
            self.spilt.get_or_insert_with(|| Box::new(Self::new(width))).absorb_counts(*spilt, &maps);
        }
        self.tally.absorb(&other.tally, &maps);
        self.timeline.absorb(other.timeline);
        self.by_time.absorb(other.by_time, &maps);
        add_durations(&mut self.durations, other.durations);
        for refused in self.pairing.absorb(other.pairing, &maps) {
            self.spill(catalogue, &refused);
        }
        for (status, responses) in other.statuses {
            *self.statuses.entry(status).or_default() += responses;
        }
        for (pattern, example) in other.examples {
            if self.examples.get(&pattern).is_none_or(|mine| example.order < mine.order) {
                self.examples.insert(pattern, example);
            }
        }
        for (template, unknown) in other.unknown {
            absorb_unknown(&mut self.unknown, template, unknown);
        }
        self.context.absorb(other.context);
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
        self.by_time.absorb(other.by_time, maps);
        add_durations(&mut self.durations, other.durations);
        for (input, answers) in other.answers_counted {
            *self.answers_counted.entry(input).or_default() += answers;
        }
    }

    pub(super) fn spill(&mut self, catalogue: &Catalogue, answer: &Answer) {
        let width = self.timeline.width();
        let spilt = self.spilt.get_or_insert_with(|| Box::new(Self::new(width)));
        spilt.answer(catalogue, answer);
    }

    /// Counts what was spilt, when no failures turned up that it could have belonged to.
    pub(super) fn take_spilt(&mut self) {
        let Some(spilt) = self.spilt.take() else { return };
        let identity: [Vec<NameId>; 3] = std::array::from_fn(|kind| self.names[kind].all().collect());
        self.absorb_counts(*spilt, &identity);
    }

    /// How many seconds the messages' times are behind the answers', where another zone explains it.
    pub fn offset(&self) -> Option<i64> {
        offset(&self.pairing)
    }

    /// Puts the ordinary answers of `again` in the place of those that are held of the inputs that were read again.
    pub fn replace_ordinary_answers(&mut self, again: Self, is_read_again: impl Fn(u32) -> bool) {
        self.pairing.answers.retain(|answer| answer.request.is_some() || !is_read_again(answer.input));
        for answer in again.pairing.answers.into_iter().filter(|answer| answer.request.is_none()) {
            self.pairing.answer(answer);
        }
    }

    /// Where and when requests failed, `seconds` later, for the choice of answers to keep.
    pub fn places(&self, seconds: i64) -> Places {
        let mut places = Places::default();
        for failure in &self.pairing.failures {
            places.add(failure.client, failure.route, failure.at.plus_seconds(seconds));
        }
        places.finish();
        places
    }

    /// Where failures and answers are too many to be paired: in each slot, as many answers are explained as there are
    /// requests of error logs; the rest is nobody's.
    pub(super) fn compare_buckets(&mut self) -> Reconciliation {
        let mut result = Reconciliation { gateway_responses: self.statuses.values().sum(), ..Reconciliation::default() };
        let rest: Vec<_> = self.timeline.slots().map(|(start, slot)| (start, slot.gateway_responses, slot.requests())).collect();
        // An answer is often stamped in the second after its failure: what the slot before had left over counts here.
        let mut left_over = (i64::MIN, 0);
        for (start, gateway, requests) in rest {
            let lent = if left_over.0 == start { left_over.1.min(gateway.saturating_sub(requests)) } else { 0 };
            left_over = (start.saturating_add(self.timeline.width().seconds()), requests.saturating_sub(gateway));
            result.explained += gateway.min(requests + lent);
            let unexplained = gateway.saturating_sub(requests + lent);
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

    /// How many pieces of evidence messages gave for one of these causes.
    pub fn evidence_of(&self, causes: &[Cause]) -> u64 {
        let evidence: u64 = self.tally.causes().filter(|(cause, _)| causes.contains(cause)).map(|(_, tally)| tally.evidence).sum();
        let answers: u64 = self.answers_counted.iter().filter(|((_, cause), _)| causes.contains(cause)).map(|(_, answers)| answers).sum();
        evidence - answers
    }

    /// Whether there are messages that speak of requests, and answers.
    pub fn has_both(&self) -> bool {
        self.responses > 0 && self.pairing.has_failures()
    }

    /// Messages that no pattern knows, by template.
    pub fn unknown(&self) -> &Unknowns {
        &self.unknown
    }

    pub(super) fn spanned(&mut self, times: Option<(Timestamp, Timestamp)>) {
        for at in times.into_iter().flat_map(|(first, last)| [first, last]) {
            self.times = Some(crate::scan::widened(self.times, at));
        }
    }

    /// Counts evidence that a request, or nothing, stands behind.
    pub(super) fn evidence(&mut self, catalogue: &Catalogue, index: PatternIndex, cause: Cause, at: Timestamp, entries: u64) {
        let phase = catalogue.pattern(index).phase;
        let time = (at != NO_TIME).then_some(at);
        self.tally.cause(cause).evidence(index, phase, time, entries);
        if let Some(at) = time {
            self.timeline.evidence(at, cause, entries);
        }
    }

    /// Counts requests that are complete.
    #[inline]
    pub(super) fn requests(&mut self, catalogue: &Catalogue, requests: &Requests) {
        self.requests_but_by_time(catalogue, requests);
        self.by_time.count(catalogue, requests);
    }

    /// The same, without what [`Self::by_time`] counts.
    #[inline]
    pub(super) fn requests_but_by_time(&mut self, catalogue: &Catalogue, requests: &Requests) {
        match requests {
            Requests::Single(piece) => self.single(catalogue, piece),
            Requests::Several(several) => several.requests().for_each(|request| self.request(catalogue, request)),
        }
    }

    /// A request that has a single piece.
    #[inline]
    fn single(&mut self, catalogue: &Catalogue, piece: &Piece) {
        let (pattern, cause) = (catalogue.pattern(piece.pattern), piece.cause);
        let at = (piece.at != NO_TIME).then_some(piece.at);
        let tally = self.tally.cause(cause);
        tally.evidence(piece.pattern, pattern.phase, at, 1);
        tally.request([piece.upstream, piece.host, piece.path]);
        if let Some(at) = at {
            self.timeline.both(at, cause);
            let Piece { at, client, route, method, upstream, pattern: index, .. } = *piece;
            let is_body = pattern.phase == Some(Phase::Body);
            self.pairing.failure(Failure { at, client, route, method, cause, pattern: index, is_body, is_told: false, upstream });
        }
    }

    fn request(&mut self, catalogue: &Catalogue, request: &Request) {
        let cause = request.cause(catalogue);
        for piece in &request.evidence {
            let pattern = catalogue.pattern(piece.pattern);
            let theirs = if pattern.text.general { Some(cause) } else { pattern.cause };
            if piece.entries > piece.told {
                self.evidence(catalogue, piece.pattern, theirs.unwrap_or(cause), piece.at, u64::from(piece.entries - piece.told));
            }
        }
        if request.earlier == Earlier::Nothing {
            self.tally.cause(cause).request([request.upstream, request.host, request.path]);
            if request.at != NO_TIME {
                self.timeline.requests(request.at, cause, 1);
            }
        }
        if request.last != NO_TIME && request.earlier != Earlier::Answered {
            let Request { last, client, route, method, is_body, upstream, earlier, .. } = *request;
            let is_told = earlier == Earlier::Reported;
            let pattern = request.deciding().unwrap_or(PatternIndex(0));
            self.pairing.failure(Failure { at: last, client, route, method, cause, pattern, is_body, is_told, upstream });
        }
    }

    /// Counts an answer as a request of its own, if it is one.
    pub(super) fn answer(&mut self, catalogue: &Catalogue, answer: &Answer) {
        let Some((index, names)) = answer.request else { return };
        let pattern = (index != PatternIndex(u16::MAX)).then(|| catalogue.pattern(index));
        let cause = pattern.and_then(|pattern| pattern.cause).unwrap_or(Cause::Unattributed);
        let time = (answer.at != NO_TIME).then_some(answer.at);
        *self.answers_counted.entry((answer.input, cause)).or_default() += 1;
        let tally = self.tally.cause(cause);
        match pattern {
            Some(pattern) => tally.evidence(index, pattern.phase, time, 1),
            None => tally.unpatterned(time),
        }
        tally.request(names);
        // What failed in the body was cut, and a session without a status is no answer.
        let is_cut = pattern.is_some_and(|pattern| pattern.phase == Some(Phase::Body));
        tally.saved += u64::from((100..400).contains(&answer.status) && !is_cut);
        self.took(cause, answer.duration);
        if let Some(at) = time {
            self.timeline.evidence(at, cause, 1);
            self.timeline.requests(at, cause, 1);
            self.by_time.add(at, cause, names[0], names[2]);
        }
    }

    /// Counts a failure and the answer that belongs to it.
    pub(super) fn paired(&mut self, failure: &Failure, answer: &Answer) {
        self.took(failure.cause, answer.duration);
        // The answers of outer layers to the same request are explained by it too.
        self.settled.explained += u64::from(answer.outers);
        if failure.is_told && !is_gateway_status(answer.status) {
            // How it ended is of the run that reported it.
            return;
        }
        if is_gateway_status(answer.status) {
            self.settled.explained += 1;
        } else if (100..400).contains(&answer.status) && !failure.is_body {
            self.settled.recovered += 1;
            self.tally.cause(failure.cause).saved += 1;
        } else {
            self.settled.other += 1;
        }
    }

    /// Notes how long the exchange of a failed request took, in microseconds.
    pub(super) fn took(&mut self, cause: Cause, duration: i64) {
        let tenths = duration / 100_000;
        if cause == Cause::UpstreamTimeout && (0..LONGEST_DURATION).contains(&tenths) && duration > 0 {
            *self.durations.entry((cause, tenths)).or_default() += 1;
        }
    }

    /// Takes the times of all messages as so many seconds later: their zone was another than the one they were read in.
    pub(super) fn shift_messages(&mut self, seconds: i64) {
        self.timeline.shift_messages(seconds);
        self.by_time.shift(seconds);
        self.tally.shift(seconds);
        self.context.shift(seconds);
        for failure in &mut self.pairing.failures {
            failure.at = failure.at.plus_seconds(seconds);
        }
    }
}

/// Tenths of a second up to an hour; what took longer is of no interest.
const LONGEST_DURATION: i64 = 36_000;

fn add_durations(mine: &mut BTreeMap<(Cause, i64), u64>, theirs: BTreeMap<(Cause, i64), u64>) {
    for (duration, answers) in theirs {
        *mine.entry(duration).or_default() += answers;
    }
}

pub(super) fn absorb_unknown(all: &mut Unknowns, template: String, unknown: Unknown) {
    let is_full = all.len() >= MOST_TEMPLATES && !all.contains_key(&template);
    match all.entry(if is_full { "other".to_owned() } else { template }) {
        Entry::Vacant(place) => {
            place.insert(unknown);
        }
        Entry::Occupied(mut place) => {
            place.get_mut().add(unknown);
        }
    }
}
