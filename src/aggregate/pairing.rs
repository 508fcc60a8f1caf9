//! Failures of error logs held against answers of access logs.
//!
//! A failure and an answer are one request when client, method and path agree, where both sides say them, and the failure
//! was logged when the answer's request ran: within a second of its end. Nearest first, each once.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::pattern::{Catalogue, PatternIndex};
use crate::record::Cause;
use crate::scan::{NameId, Places, Wanted, is_gateway_status, window};
use crate::time::Timestamp;

/// Failures, and answers, that can be held in memory until they are paired.
pub(super) const MOST: usize = 131_072;

/// A request of an error log.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// Its last piece.
    pub(super) at: Timestamp,
    pub(super) client: u64,
    pub(super) route: u64,
    pub(super) method: u64,
    pub(super) cause: Cause,
    /// What decided the cause; it knows which statuses usually follow.
    pub(super) pattern: PatternIndex,
    pub(super) is_body: bool,
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
    pub(super) client: u64,
    pub(super) route: u64,
    pub(super) method: u64,
    pub(super) status: u16,
    /// The input it stands in.
    pub(super) input: u32,
    pub(super) duration: i64,
    pub(super) stamps_start: bool,
    /// It counts as a request when no failure belongs to it; `None` for answers that are kept only to be paired.
    pub(super) request: Option<(PatternIndex, [NameId; 3])>,
}

/// Both, as they were met.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairing {
    pub(super) failures: Vec<Failure>,
    pub(super) answers: Vec<Answer>,
    /// Failures and answers beyond [`MOST`].
    pub(super) lost_failures: u64,
    pub(super) lost_answers: u64,
}

impl Pairing {
    pub(super) fn failure(&mut self, failure: Failure) {
        if self.failures.len() < MOST {
            self.failures.push(failure);
        } else {
            self.lost_failures += 1;
        }
    }

    /// Keeps an answer; false when there is no room.
    pub(super) fn answer(&mut self, answer: Answer) -> bool {
        if self.answers.len() >= MOST && self.lost_answers == 0 {
            self.prune(answer.at);
        }
        let has_room = self.answers.len() < MOST && self.lost_answers == 0;
        if has_room {
            self.answers.push(answer);
        } else {
            self.lost_answers += 1;
        }
        has_room
    }

    /// Drops ordinary answers to which no failure belongs, nor can one that is still open.
    fn prune(&mut self, now: Timestamp) {
        let mut places = Places::default();
        for failure in &self.failures {
            places.add(failure.client, failure.route, failure.at);
        }
        places.finish();
        let near = Wanted::Near(places);
        let settled = now.plus_seconds(-2 * REACH);
        self.answers.retain(|answer| {
            answer.request.is_some() || answer.at > settled || near.wants(answer.client, answer.route, answer.at, answer.stamps_start, answer.duration)
        });
    }

    pub(super) fn absorb(&mut self, other: Self, maps: &[Vec<NameId>; 3]) {
        self.lost_failures += other.lost_failures;
        self.lost_answers += other.lost_answers;
        for failure in other.failures {
            self.failure(failure);
        }
        for mut answer in other.answers {
            if let Some((_, names)) = &mut answer.request {
                for (name, map) in names.iter_mut().zip(maps) {
                    *name = map[name.0 as usize];
                }
            }
            self.answer(answer);
        }
    }

    /// For each failure, the answer that belongs to it. Failures are put in an order that depends on nothing but them.
    pub(super) fn pair(&mut self, catalogue: &Catalogue) -> Vec<Option<usize>> {
        self.failures.sort_unstable_by_key(|failure| (failure.at, failure.client, failure.route, failure.method, failure.pattern, failure.is_body));
        let index = Index::new(&self.answers);
        let mut taken = vec![false; self.answers.len()];
        let mut pairs = vec![None; self.failures.len()];
        // Who knows client and path goes first: a failure without a client would take any answer of its second.
        for unknown in 0..=2 {
            let mut open: Vec<usize> = (0..self.failures.len()).filter(|at| self.failures[*at].unknown() == unknown).collect();
            // Each round, every failure names the nearest answer that is free; where several name one, the nearest gets it.
            while !open.is_empty() {
                let mut wishes: Vec<(Fit, usize)> = Vec::new();
                for at in open {
                    let failure = &self.failures[at];
                    let usual = &catalogue.pattern(failure.pattern).text.statuses;
                    if let Some(fit) = index.best(&self.answers, failure, usual, &taken) {
                        wishes.push((fit, at));
                    }
                }
                wishes.sort_unstable();
                open = Vec::new();
                for (Fit { answer, .. }, failure) in wishes {
                    if taken[answer] {
                        open.push(failure);
                    } else {
                        taken[answer] = true;
                        pairs[failure] = Some(answer);
                    }
                }
            }
        }
        pairs
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
    by_request: HashMap<(u64, u64), Vec<(i64, usize)>, FixedState>,
    by_client: HashMap<u64, Vec<(i64, usize)>, FixedState>,
    all: Vec<(i64, usize)>,
}

impl Index {
    fn new(answers: &[Answer]) -> Self {
        let mut index = Self { by_request: HashMap::default(), by_client: HashMap::default(), all: Vec::new() };
        for (at, answer) in answers.iter().enumerate() {
            let place = (end(answer), at);
            index.by_request.entry((answer.client, answer.route)).or_default().push(place);
            index.by_client.entry(answer.client).or_default().push(place);
            index.all.push(place);
        }
        #[allow(clippy::iter_over_hash_type, reason = "each is sorted by itself")]
        for places in index.by_request.values_mut().chain(index.by_client.values_mut()) {
            places.sort_unstable();
        }
        index.all.sort_unstable();
        index
    }

    /// The free answer that fits the failure best.
    fn best(&self, answers: &[Answer], failure: &Failure, usual: &[u16], taken: &[bool]) -> Option<Fit> {
        let places = match (failure.client, failure.route) {
            (0, _) => &self.all,
            (client, 0) => self.by_client.get(&client)?,
            (client, route) => self.by_request.get(&(client, route))?,
        };
        let second = failure.at.seconds();
        let middle = places.partition_point(|(end, _)| *end < second);
        let mut best: Option<Fit> = None;
        let mut consider = |place: &(i64, usize)| -> bool {
            let (end, at) = *place;
            let distance = (end - second).abs();
            if best.is_some_and(|best| distance.max(1) > best.away) || distance > REACH {
                return false;
            }
            let answer = &answers[at];
            if !taken[at] && belongs(failure, answer) {
                let status = if usual.contains(&answer.status) { 0 } else { 1 + u8::from(!is_gateway_status(answer.status)) };
                let fit = Fit { away: distance.max(1), status, distance, answer: at };
                if best.is_none_or(|best| fit < best) {
                    best = Some(fit);
                }
            }
            true
        };
        for place in &places[middle..] {
            if !consider(place) {
                break;
            }
        }
        for place in places[..middle].iter().rev() {
            if !consider(place) {
                break;
            }
        }
        best
    }
}

/// No answer's end is further from a failure of its request.
const REACH: i64 = 302;

/// The second in which an answer ended, as far as its log says.
fn end(answer: &Answer) -> i64 {
    let start = answer.at.seconds();
    if answer.stamps_start && answer.duration >= 0 { answer.at.plus_seconds(0).micros().saturating_add(answer.duration).div_euclid(1_000_000) } else { start }
}

fn belongs(failure: &Failure, answer: &Answer) -> bool {
    let agree = |mine: u64, theirs: u64| mine == 0 || theirs == 0 || mine == theirs;
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
    fn failure(client: u64, route: u64) -> Failure {
        Failure { at: Timestamp::from_seconds(10), client, route, method: 0, cause: Cause::TlsFailure, pattern: PatternIndex(0), is_body: false }
    }

    fn answer(client: u64, route: u64, status: u16) -> Answer {
        Answer { at: Timestamp::from_seconds(10), client, route, method: 1, status, input: 0, duration: -1, stamps_start: false, request: None }
    }

    #[test]
    fn a_failure_without_a_client_takes_no_answer_from_one_that_knows_its_own() {
        let failures = vec![failure(0, 0), failure(7, 0), failure(7, 3)];
        let answers = vec![answer(7, 3, 500), answer(7, 4, 500), answer(8, 5, 500)];
        let mut pairing = Pairing { failures, answers, ..Pairing::default() };
        let pairs = pairing.pair(&Catalogue::embedded());
        let of = |client, route| pairing.failures.iter().position(|failure| (failure.client, failure.route) == (client, route)).and_then(|at| pairs[at]);
        assert_eq!([of(7, 3), of(7, 0), of(0, 0)], [Some(0), Some(1), Some(2)]);
    }
}
