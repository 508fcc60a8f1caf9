//! Failures of error logs held against answers of access logs.
//!
//! A failure and an answer are one request when client, method and path agree, where both sides say them, and the failure
//! was logged when the answer's request ran: within a second of its end. Nearest first, each once.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

use foldhash::fast::FixedState;
use smallvec::{SmallVec, smallvec};

use crate::pattern::{Catalogue, PatternIndex};
use crate::record::Cause;
use crate::scan::{Key, NO_TIME, NameId, Places, Wanted, is_gateway_status, window};
use crate::time::Timestamp;

/// Failures, and answers, that can be held in memory until they are paired.
pub(super) const MOST: usize = 131_072;

/// A request of an error log.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// Its last piece.
    pub(super) at: Timestamp,
    pub(super) client: Key,
    pub(super) route: Key,
    pub(super) method: Key,
    pub(super) cause: Cause,
    /// What decided the cause; it knows which statuses usually follow.
    pub(super) pattern: PatternIndex,
    pub(super) is_body: bool,
    /// An earlier run reported it.
    pub(super) is_told: bool,
    pub(super) upstream: NameId,
}

impl Failure {
    /// How many of client and path its log did not say.
    fn unknown(&self) -> usize {
        usize::from(self.client == 0) + usize::from(self.route == 0)
    }
}

/// An answer of an access log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) at: Timestamp,
    pub(super) client: Key,
    pub(super) route: Key,
    pub(super) method: Key,
    pub(super) status: u16,
    /// The input it stands in.
    pub(super) input: u32,
    pub(super) duration: i64,
    pub(super) stamps_start: bool,
    /// Hash of the id by which several proxies know its request; 0 when it has none.
    pub(super) trace: Key,
    /// Failed responses of proxies further out that are the same request.
    pub(super) outers: u16,
    /// It counts as a request when no failure belongs to it; `None` for answers that are kept only to be paired.
    pub(super) request: Option<(PatternIndex, [NameId; 3])>,
}

/// Both, as they were met.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairing {
    pub(super) failures: Vec<Failure>,
    pub(super) answers: Vec<Answer>,
    /// No answers are expected, so failures are only counted.
    pub(super) is_off: bool,
    /// Failures and answers beyond [`MOST`].
    pub(super) lost_failures: u64,
    pub(super) lost_answers: u64,
}

impl Pairing {
    pub(super) fn failure(&mut self, failure: Failure) {
        if self.failures.len() < MOST && !self.is_off {
            self.failures.push(failure);
        } else {
            self.lost_failures += 1;
        }
    }

    /// Keeps an answer, until [`Self::settle`] says otherwise.
    pub(super) fn answer(&mut self, answer: Answer) {
        self.answers.push(answer);
    }

    /// Whether it holds nothing and lost nothing.
    pub(super) fn is_empty(&self) -> bool {
        !self.has_failures() && self.answers.is_empty() && self.lost_answers == 0
    }

    /// Whether there is, or was, any failure.
    pub(super) fn has_failures(&self) -> bool {
        self.lost_failures > 0 || !self.failures.is_empty()
    }

    /// The time of the latest answer, when there are more than can be held.
    pub(super) fn overfull(&self) -> Option<Timestamp> {
        if self.answers.len() > MOST { self.answers.iter().map(|answer| answer.at).max() } else { None }
    }

    /// Makes room, to be called when it is [`Self::overfull`]. Drops ordinary answers from before `now` to which none of the failures belongs, nor any of the requests
    /// that are still `open` (client, route, last piece); gives back what there is no room for even so.
    #[must_use = "answers that are not held have to be counted"]
    pub(super) fn settle(&mut self, now: Timestamp, open: impl Iterator<Item = (Key, Key, Timestamp)>) -> Vec<Answer> {
        let mut places = Places::default();
        let closed = self.failures.iter().map(|failure| (failure.client, failure.route, failure.at));
        for (client, route, at) in closed.chain(open).filter(|(.., at)| *at != NO_TIME) {
            places.add(client, route, at);
        }
        places.finish();
        let near = Wanted::Near(places);
        let settled = now.plus_seconds(-SKEW);
        self.answers.retain(|answer| {
            answer.request.is_some() || answer.at > settled || near.wants(answer.client, answer.route, answer.at, answer.stamps_start, answer.duration)
        });
        let refused = self.answers.split_off(self.answers.len().min(MOST));
        self.lost_answers += refused.len() as u64;
        refused
    }

    /// Adds those of the next log; gives back the answers for which there is no room.
    #[must_use = "answers that are not held have to be counted"]
    pub(super) fn absorb(&mut self, other: Self, maps: &[Vec<NameId>; 3]) -> Vec<Answer> {
        self.lost_failures += other.lost_failures;
        self.lost_answers += other.lost_answers;
        for failure in other.failures {
            self.failure(Failure { upstream: maps[0][failure.upstream.0 as usize], ..failure });
        }
        for mut answer in other.answers {
            if let Some((_, names)) = &mut answer.request {
                for (name, map) in names.iter_mut().zip(maps) {
                    *name = map[name.0 as usize];
                }
            }
            self.answer(answer);
        }
        self.overfull().map_or_else(Vec::new, |latest| self.settle(latest, std::iter::empty()))
    }

    /// For each failure, the answer that belongs to it. Both are put in an order that depends on nothing but them.
    pub(super) fn pair(&mut self, catalogue: &Catalogue) -> Vec<Option<usize>> {
        if self.failures.is_empty() {
            return Vec::new();
        }
        self.failures.sort_unstable_by_key(|failure| {
            let Failure { at, client, route, method, pattern, is_body, is_told, upstream, .. } = *failure;
            (at, client, route, method, pattern, is_body, is_told, upstream)
        });
        self.answers.sort_by_key(|answer| (end(answer), answer.at, answer.client, answer.route, answer.method, answer.status, answer.duration));
        let index = Index::new(&self.answers);
        let mut taken = vec![false; self.answers.len()];
        let mut pairs = vec![None; self.failures.len()];
        // Who knows client and path goes first: a failure without a client would take any answer of its second.
        for unknown in 0..=2 {
            let mut groups = self.groups(catalogue, unknown);
            let mut wishes: BinaryHeap<Reverse<Wish>> =
                groups.iter_mut().enumerate().filter_map(|(at, group)| group.wish(at, &index, &self.answers, &taken)).map(Reverse).collect();
            // The nearest pair of all is made, then the nearest of the rest.
            while let Some(Reverse(Wish { fit, failure, group })) = wishes.pop() {
                if !taken[fit.answer] {
                    taken[fit.answer] = true;
                    pairs[failure] = Some(fit.answer);
                    groups[group].next += 1;
                }
                wishes.extend(groups[group].wish(group, &index, &self.answers, &taken).map(Reverse));
            }
        }
        pairs
    }

    /// The failures of which so much is unknown; those of which one answer is as good as for the other stand together.
    fn groups(&self, catalogue: &Catalogue, unknown: usize) -> Vec<Group> {
        let alike = |at: &usize| {
            let failure = &self.failures[*at];
            (failure.at.seconds(), failure.client, failure.route, failure.method, failure.pattern)
        };
        let mut all: Vec<usize> = (0..self.failures.len()).filter(|at| self.failures[*at].unknown() == unknown).collect();
        all.sort_by_key(alike);
        all.chunk_by(|a, b| alike(a) == alike(b))
            .map(|failures| {
                let first = self.failures[failures[0]];
                let usual = catalogue.pattern(first.pattern).text.statuses.clone();
                Group { failures: failures.to_vec(), next: 0, first, usual, fits: VecDeque::new() }
            })
            .collect()
    }
}

/// Failures that differ in nothing that matters here.
#[derive(Debug)]
struct Group {
    failures: Vec<usize>,
    /// The first that has no answer yet.
    next: usize,
    first: Failure,
    /// The statuses that usually follow.
    usual: Vec<u16>,
    /// The best answers that were free when they were last looked for, best first.
    fits: VecDeque<Fit>,
}

/// A failure and the answer it would have. The best pair is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    fit: Fit,
    failure: usize,
    group: usize,
}

impl Group {
    /// What its next failure wishes, if any is left and any answer is free.
    fn wish(&mut self, group: usize, index: &Index, answers: &[Answer], taken: &[bool]) -> Option<Wish> {
        let failure = *self.failures.get(self.next)?;
        while self.fits.front().is_some_and(|fit| taken[fit.answer]) {
            self.fits.pop_front();
        }
        if self.fits.is_empty() {
            let most = 2 * (self.failures.len() - self.next) + 16;
            self.fits = index.fits(answers, &self.first, &self.usual, taken, most);
        }
        self.fits.front().map(|fit| Wish { fit: *fit, failure, group })
    }
}

/// How well an answer fits a failure; less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// Seconds between them, from one: stamps of whole seconds tell no less.
    away: i64,
    /// 0: the status that usually follows, 1: another gateway status, 2: any other.
    status: u8,
    /// Seconds between them.
    distance: i64,
    answer: usize,
}

/// Answers by what a failure may know of them, by the second of their end.
struct Index {
    by_request: HashMap<(Key, Key), Vec<Place>, FixedState>,
    by_client: HashMap<Key, Vec<Place>, FixedState>,
    by_route: HashMap<Key, Vec<Place>, FixedState>,
    all: Vec<Place>,
    /// No answer's end is further from a failure of its request, in seconds.
    reach: i64,
}

/// The second of an answer's end, and its number.
type Place = (i64, usize);

impl Index {
    /// Answers are sorted by their end.
    fn new(answers: &[Answer]) -> Self {
        let mut index = Self { by_request: HashMap::default(), by_client: HashMap::default(), by_route: HashMap::default(), all: Vec::new(), reach: 0 };
        for (at, answer) in answers.iter().enumerate() {
            let end = end(answer);
            let place = (end, at);
            index.by_request.entry((answer.client, answer.route)).or_default().push(place);
            index.by_client.entry(answer.client).or_default().push(place);
            index.by_route.entry(answer.route).or_default().push(place);
            index.all.push(place);
            let (from, to) = window(answer.at, answer.stamps_start, answer.duration);
            index.reach = index.reach.max(end - from).max(to - end);
        }
        index
    }

    /// The places of answers that may agree with a failure: what either does not know is no obstacle.
    fn places(&self, failure: &Failure) -> SmallVec<[&[Place]; 4]> {
        fn of(places: Option<&Vec<Place>>) -> &[Place] {
            places.map_or(&[], Vec::as_slice)
        }
        match (failure.client, failure.route) {
            (0, 0) => smallvec![self.all.as_slice()],
            (0, route) => smallvec![of(self.by_route.get(&route)), of(self.by_route.get(&0))],
            (client, 0) => smallvec![of(self.by_client.get(&client)), of(self.by_client.get(&0))],
            (client, route) => [(client, route), (client, 0), (0, route), (0, 0)].iter().map(|key| of(self.by_request.get(key))).collect(),
        }
    }

    /// The free answers that fit the failure, at most so many, best first.
    fn fits(&self, answers: &[Answer], failure: &Failure, usual: &[u16], taken: &[bool], most: usize) -> VecDeque<Fit> {
        let second = failure.at.seconds();
        let mut fits = Vec::new();
        for places in self.places(failure) {
            let first = places.partition_point(|(end, _)| *end < second - self.reach);
            let near = places[first..].iter().take_while(|(end, _)| *end <= second + self.reach);
            for (end, at) in near.filter(|(_, at)| !taken[*at] && belongs(failure, &answers[*at], usual)) {
                let answer = &answers[*at];
                let status = if usual.contains(&answer.status) { 0 } else { 1 + u8::from(!is_gateway_status(answer.status)) };
                let distance = (end - second).abs();
                fits.push(Fit { away: distance.max(1), status, distance, answer: *at });
            }
        }
        fits.sort_unstable();
        fits.truncate(most);
        fits.into()
    }
}

/// Lines of one moment stand so many seconds apart in a log at most.
const SKEW: i64 = 5;

/// The second in which an answer ended, as far as its log says.
pub(super) fn end(answer: &Answer) -> i64 {
    let start = answer.at.seconds();
    if answer.stamps_start && answer.duration >= 0 { answer.at.plus_seconds(0).micros().saturating_add(answer.duration).div_euclid(1_000_000) } else { start }
}

fn belongs(failure: &Failure, answer: &Answer, usual: &[u16]) -> bool {
    // Where nothing tells whose request it was, only an answer that failed may be its answer. When a body breaks off, the
    // status is sent already, and is not the failure's.
    let is_known = (failure.client != 0 && answer.client != 0) || (failure.route != 0 && answer.route != 0);
    let has_failed = is_gateway_status(answer.status) && !failure.is_body;
    if !is_known && !has_failed && !usual.contains(&answer.status) {
        return false;
    }
    let agree = |mine: Key, theirs: Key| mine == 0 || theirs == 0 || mine == theirs;
    let (from, to) = window(answer.at, answer.stamps_start, answer.duration);
    (from..=to).contains(&failure.at.seconds())
        && agree(failure.client, answer.client)
        && agree(failure.route, answer.route)
        && agree(failure.method, answer.method)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Client and route; 0 is not known.
    fn failure(client: Key, route: Key) -> Failure {
        Failure {
            at: Timestamp::from_seconds(10),
            client,
            route,
            method: 0,
            cause: Cause::TlsFailure,
            pattern: PatternIndex(0),
            is_body: false,
            is_told: false,
            upstream: NameId(0),
        }
    }

    fn answer(client: Key, route: Key, status: u16) -> Answer {
        Answer {
            at: Timestamp::from_seconds(10),
            client,
            route,
            method: 1,
            status,
            input: 0,
            duration: -1,
            stamps_start: false,
            trace: 0,
            outers: 0,
            request: None,
        }
    }

    #[test]
    fn a_failure_without_a_client_takes_no_answer_from_one_that_knows_its_own() {
        let failures = vec![failure(0, 0), failure(7, 0), failure(7, 3)];
        let answers = vec![answer(7, 3, 502), answer(7, 4, 502), answer(8, 5, 502)];
        let mut pairing = Pairing { failures, answers, ..Pairing::default() };
        let pairs = pairing.pair(&Catalogue::embedded());
        let of = |client, route| pairing.failures.iter().position(|failure| (failure.client, failure.route) == (client, route)).and_then(|at| pairs[at]);
        assert_eq!([of(7, 3), of(7, 0), of(0, 0)], [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn in_what_order_failures_came_makes_no_difference() {
        let failures = [3, 1, 2].map(|upstream| Failure { upstream: NameId(upstream), ..failure(7, 3) });
        let left_over = |failures: Vec<Failure>| {
            let mut pairing = Pairing { failures, answers: vec![answer(7, 3, 502)], ..Pairing::default() };
            let pairs = pairing.pair(&Catalogue::embedded());
            pairing.failures.iter().zip(pairs).filter(|(_, pair)| pair.is_none()).map(|(failure, _)| failure.upstream).collect::<Vec<_>>()
        };
        let expected = left_over(failures.to_vec());
        assert_eq!(expected.len(), 2);
        assert_eq!(left_over(failures.iter().rev().copied().collect()), expected);
        assert_eq!(left_over(vec![failures[1], failures[0], failures[2]]), expected);
    }

    #[test]
    fn a_cut_body_of_nobody_takes_no_gateway_answer() {
        for (is_body, pair) in [(false, Some(0)), (true, None)] {
            let mut pairing = Pairing { failures: vec![Failure { is_body, ..failure(0, 0) }], answers: vec![answer(7, 3, 502)], ..Pairing::default() };
            assert_eq!(pairing.pair(&Catalogue::embedded()), [pair], "{is_body}");
        }
    }
}
