//! Open requests of logs that name connection and request: pieces with one key are one request, until an upstream is tried
//! that was tried before.

use std::collections::VecDeque;
use std::iter::once;

use hashbrown::HashTable;

use super::join::{LONGEST, MOST_ATTEMPTS, NEIGHBOUR, Turn, gap};
use super::request::{Closed, Request};
use crate::pattern::{Catalogue, Pattern};
use crate::record::{Cause, Phase};
use crate::scan::{Event, Kind, Names};
use crate::time::Timestamp;

/// Open requests by key. They stand in a queue, for most are touched just twice, when they are opened and when they are
/// closed, and what is in a row is near when its turn comes.
#[derive(Debug, Default)]
pub(super) struct Keyed {
    /// The numbers of the keys in the queue.
    table: HashTable<u32>,
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
    since: Timestamp,
    request: Closed,
    /// Further equal requests on the same connection.
    #[allow(clippy::box_collection, reason = "hardly any has one, and a request shall be small: tens of thousands are open at once")]
    further: Option<Box<Vec<Closed>>>,
}

impl Open {
    fn requests(&self) -> impl Iterator<Item = &Closed> {
        once(&self.request).chain(self.further.iter().flat_map(|further| further.iter()))
    }
}

impl Keyed {
    /// Takes in a piece.
    #[allow(clippy::inline_always, reason = "what was just written is slow to copy")]
    #[inline(always)]
    pub(super) fn take_in(&mut self, key: u64, event: &Event, catalogue: &Catalogue) {
        let is_evidence = event.kind == Kind::Evidence;
        let Some(open) = self.find(key) else {
            if is_evidence {
                self.push(Open { key, since: event.at, request: Closed::single(event), further: None });
                self.open += 1;
            }
            return;
        };
        let pattern = catalogue.pattern(event.pattern);
        let further = open.further.iter_mut().flat_map(|further| further.iter_mut());
        for request in once(&mut open.request).chain(further) {
            let request = request.open(catalogue);
            if same_request(request, event, pattern) {
                return request.add(event, pattern);
            }
        }
        if is_evidence {
            open.further.get_or_insert_default().push(Closed::single(event));
            self.open += 1;
        }
    }

    /// Puts back a request that an earlier run left open.
    pub(super) fn put_back(&mut self, key: u64, request: Closed) {
        self.open += 1;
        match self.find(key) {
            Some(open) => open.further.get_or_insert_default().push(request),
            None => self.push(Open { key, since: request.last(), request, further: None }),
        }
    }

    fn find(&mut self, key: u64) -> Option<&mut Open> {
        let Self { table, queue, first, .. } = self;
        let number = table.find(spread(key), |number| queue[place(*number, *first)].key == key)?;
        queue.get_mut(place(*number, *first))
    }

    #[allow(clippy::inline_always, reason = "what was just written is slow to copy")]
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "there are at most some thousand keys")]
    fn push(&mut self, open: Open) {
        let Self { table, queue, first, .. } = self;
        let (hash, number) = (spread(open.key), first.wrapping_add(queue.len() as u32));
        queue.push_back(open);
        table.insert_unique(hash, number, |number| spread(queue[place(*number, *first)].key));
    }

    #[inline]
    fn pop(&mut self) -> Option<Open> {
        let open = self.queue.pop_front()?;
        if let Ok(entry) = self.table.find_entry(spread(open.key), |number| *number == self.first) {
            entry.remove();
        }
        self.first = self.first.wrapping_add(1);
        Some(open)
    }

    /// Since when the oldest key is open.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.queue.front().map(|open| open.since)
    }

    /// How many requests are open.
    pub(super) fn len(&self) -> usize {
        self.open
    }

    /// Closes what was opened first, if it has been silent for too long: whether the next one may have been, too.
    pub(super) fn expire(&mut self, now: Timestamp, closed: &mut Vec<Closed>) -> bool {
        let Some(open) = self.queue.front() else { return false };
        match Turn::of(open.since, || open.requests().map(Closed::last).max(), now) {
            Turn::NotYet => return false,
            Turn::Again(since) => {
                if let Some(open) = self.pop() {
                    self.push(Open { since, ..open });
                }
            }
            Turn::Over => self.close_oldest(closed),
        }
        true
    }

    /// Closes the requests of the key that was opened first.
    pub(super) fn close_oldest(&mut self, closed: &mut Vec<Closed>) {
        let Some(Open { request, further, .. }) = self.pop() else { return };
        closed.push(request);
        self.open -= 1;
        if let Some(further) = further {
            self.open -= further.len();
            closed.extend(*further);
        }
    }

    /// Every open request, with its key.
    pub(super) fn requests(&self) -> impl Iterator<Item = (u64, &Closed)> {
        self.queue.iter().flat_map(|open| open.requests().map(|request| (open.key, request)))
    }
}

/// Where in the queue a number stands.
fn place(number: u32, first: u32) -> usize {
    number.wrapping_sub(first) as usize
}

/// The hash of a key, which is one itself; but its low bits are those of its shard, and a table needs them to differ.
fn spread(key: u64) -> u64 {
    key.rotate_left(32)
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
