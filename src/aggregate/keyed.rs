//! Open requests of logs that name connection and request: pieces with one key are one request, until an upstream is tried
//! that was tried before.

use std::collections::VecDeque;
use std::iter::once;

use super::index::{Free, Index, Numbers};
use super::join::{LONGEST, MOST_ATTEMPTS, NEIGHBOUR, Turn, gap};
use super::request::{Piece, Request, Requests, Several};
use crate::pattern::{Catalogue, Pattern};
use crate::record::{Cause, Phase};
use crate::scan::{Event, Kind, Names};
use crate::time::Timestamp;

/// Open requests by key. They stand in a queue, for most are touched just twice, when they are opened and when they are
/// closed, and what is in a row is near when its turn comes.
#[derive(Debug, Default)]
pub(super) struct Keyed {
    index: Index,
    /// Keys in the order in which they were opened, those that were busy when their turn came behind those opened since.
    queue: VecDeque<Open>,
    /// The number of the first of them; the next ones follow.
    first: u32,
    /// Requests.
    open: usize,
}

/// The open requests of a key.
#[derive(Debug)]
struct Open {
    key: u64,
    requests: Requests,
}

impl Keyed {
    /// Takes in a piece.
    #[inline]
    pub(super) fn take_in(&mut self, key: u64, event: &Event, catalogue: &Catalogue) {
        let is_evidence = event.kind == Kind::Evidence;
        let requests = match self.find(key) {
            Ok(place) => &mut self.queue[place].requests,
            Err(free) if is_evidence => {
                self.push(Open { key, requests: Requests::Single(Piece::of(event, catalogue)) }, free);
                self.open += 1;
                return;
            }
            Err(_) => return,
        };
        let pattern = catalogue.pattern(event.pattern);
        let Several { first, further, .. } = requests.several(catalogue);
        for request in once(first).chain(&mut *further) {
            if same_request(request, event, pattern) {
                return request.add(event, pattern);
            }
        }
        if is_evidence {
            further.push(Piece::of(event, catalogue).request(catalogue));
            self.open += 1;
        }
    }

    /// Puts back a request that an earlier run left open.
    pub(super) fn put_back(&mut self, key: u64, request: Request, catalogue: &Catalogue) {
        self.open += 1;
        match self.find(key) {
            Ok(place) => self.queue[place].requests.several(catalogue).further.push(request),
            Err(free) => self.push(Open { key, requests: request.into() }, free),
        }
    }

    /// Where in the queue a key stands, or where in the index it can be put.
    #[inline]
    fn find(&self, key: u64) -> Result<usize, Free> {
        let numbers = Numbers { first: self.first, len: self.queue.len() };
        self.index.find(key, &numbers, |place| self.queue[place].key == key)
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "there are at most some thousand keys")]
    fn push(&mut self, open: Open, free: Free) {
        let (key, number) = (open.key, self.first.wrapping_add(self.queue.len() as u32));
        self.queue.push_back(open);
        if !self.index.put(key, number, free) {
            self.index.fill(self.queue.iter().map(|open| open.key), self.first);
        }
    }

    /// What was opened first, taken out.
    #[inline]
    fn pop(&mut self) -> Option<Open> {
        let open = self.queue.pop_front()?;
        self.first = self.first.wrapping_add(1);
        Some(open)
    }

    /// Since when the oldest key is open.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.queue.front().map(|open| open.requests.since())
    }

    /// How many requests are open.
    pub(super) fn len(&self) -> usize {
        self.open
    }

    /// How many keys have open requests.
    pub(super) fn keys(&self) -> usize {
        self.queue.len()
    }

    /// Closes what has been silent for too long, of the `most` keys that were opened first.
    pub(super) fn expire(&mut self, now: Timestamp, most: usize, closed: &mut Vec<Requests>) {
        for _ in 0..most {
            let Some(Open { requests, .. }) = self.queue.front() else { break };
            match Turn::of(requests.since(), || Some(requests.last()), now) {
                Turn::NotYet => break,
                Turn::Again(since) => {
                    if let Some(open) = self.pop() {
                        self.put_behind(open, since);
                    }
                }
                Turn::Over => self.close_oldest(closed),
            }
        }
    }

    #[cold]
    fn put_behind(&mut self, mut open: Open, since: Timestamp) {
        if let Requests::Several(several) = &mut open.requests {
            several.since = since;
        }
        // Its number is no more, so there is place for it.
        if let Err(free) = self.find(open.key) {
            self.push(open, free);
        }
    }

    /// Closes the requests of the key that was opened first.
    pub(super) fn close_oldest(&mut self, closed: &mut Vec<Requests>) {
        let Some(Open { requests, .. }) = self.pop() else { return };
        self.open -= requests.len();
        closed.push(requests);
    }

    /// What is open, with its key.
    pub(super) fn requests(&self) -> impl Iterator<Item = (u64, &Requests)> {
        self.queue.iter().map(|open| (open.key, &open.requests))
    }
}

/// Whether a piece with a request's key belongs to it or to the next equal one.
fn same_request(request: &Request, event: &Event, pattern: &Pattern) -> bool {
    if gap(request.last, event.at) > LONGEST {
        return false;
    }
    if event.kind == Kind::Consequence {
        return true;
    }
    if request.is_closed || request.tried.len() >= MOST_ATTEMPTS || is_too_late(request.last, event.at, pattern) {
        return false;
    }
    if pattern.text.general {
        return request.entries_in_attempt(event.pattern) == 0;
    }
    if event.upstream == Names::NONE {
        return request.entries_in_attempt(event.pattern) == 0;
    }
    !request.tried.contains(&event.upstream) || is_same_exchange(request, event) || is_keepalive_retry(request, event, pattern)
}

/// A refusal, or an empty pool, is met the moment the attempt begins, and that is when the one before it failed: what comes
/// later is of the next equal request.
fn is_too_late(last: Timestamp, at: Timestamp, pattern: &Pattern) -> bool {
    is_immediate(pattern) && gap(last, at) > NEIGHBOUR
}

fn is_immediate(pattern: &Pattern) -> bool {
    pattern.phase == Some(Phase::Connect) && matches!(pattern.cause, Some(Cause::UpstreamDown | Cause::NoHealthyBackends))
}

/// The piece before told of something in spite of which the exchange went on: this one says how it ended.
fn is_same_exchange(request: &Request, event: &Event) -> bool {
    request.goes_on && request.tried.last() == Some(&event.upstream) && request.entries_in_attempt(event.pattern) == 0
}

/// A kept-alive connection to the upstream broke and a new one was tried at once: the same address twice in one request.
fn is_keepalive_retry(request: &Request, event: &Event, pattern: &Pattern) -> bool {
    let is_last = request.tried.last() == Some(&event.upstream);
    is_last && pattern.phase == Some(Phase::Connect) && gap(request.last, event.at) <= NEIGHBOUR && request.was_broken()
}
