//! Open requests of logs that name connection and request: pieces with one key are one request, until an upstream is tried
//! that was tried before.

use hashbrown::HashTable;

use super::join::{LONGEST, MOST_ATTEMPTS, NEIGHBOUR, gap};
use super::request::{Closed, Request};
use crate::pattern::{Catalogue, Pattern};
use crate::record::{Cause, Phase};
use crate::scan::{Event, Kind, Names};
use crate::time::Timestamp;

/// Open requests by key. They stand in one piece of memory, since each is touched twice and seldom more: when it is opened
/// and when it is closed.
#[derive(Debug, Default)]
pub(super) struct Keyed {
    /// Places of the first request of each key.
    table: HashTable<u32>,
    places: Vec<Place>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Place {
    key: u64,
    /// The next equal request on the same connection.
    next: Option<u32>,
    /// `None` in a place that is free.
    request: Option<Closed>,
}

/// What became of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TakenIn {
    /// It opened the first request of its key, in that place.
    First(u32),
    /// It opened a further one.
    Further,
    /// It opened none.
    Nothing,
}

impl Keyed {
    /// Takes in a piece.
    pub(super) fn take_in(&mut self, key: u64, event: &Event, catalogue: &Catalogue) -> TakenIn {
        let Some(first) = self.table.find(spread(key), |at| self.places[*at as usize].key == key).copied() else {
            if event.kind != Kind::Evidence {
                return TakenIn::Nothing;
            }
            let at = self.open(key, event);
            let places = &self.places;
            self.table.insert_unique(spread(key), at, |at| spread(places[*at as usize].key));
            return TakenIn::First(at);
        };
        let pattern = catalogue.pattern(event.pattern);
        let mut at = first;
        loop {
            let place = &mut self.places[at as usize];
            let request = place.request.as_mut().map(|request| request.open(catalogue));
            if let Some(request) = request.filter(|request| same_request(request, event, pattern)) {
                request.add(event, pattern);
                return TakenIn::Nothing;
            }
            match place.next {
                Some(next) => at = next,
                None => break,
            }
        }
        if event.kind != Kind::Evidence {
            return TakenIn::Nothing;
        }
        let next = self.open(key, event);
        self.places[at as usize].next = Some(next);
        TakenIn::Further
    }

    #[allow(clippy::cast_possible_truncation, reason = "there are at most some thousand open requests")]
    fn open(&mut self, key: u64, event: &Event) -> u32 {
        let place = Place { key, next: None, request: Some(Closed::single(event)) };
        if let Some(at) = self.free.pop() {
            self.places[at as usize] = place;
            return at;
        }
        self.places.push(place);
        self.places.len() as u32 - 1
    }

    /// The requests of the key whose first one is in that place, with the key.
    pub(super) fn of(&self, place: u32) -> impl Iterator<Item = (u64, &Closed)> {
        let mut next = Some(place);
        std::iter::from_fn(move || {
            let place = &self.places[next? as usize];
            next = place.next;
            Some((place.key, place.request.as_ref()?))
        })
    }

    /// Puts back a request that an earlier run left open.
    pub(super) fn put_back(&mut self, key: u64, request: Closed) -> TakenIn {
        let at = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.places.push(Place { key, next: None, request: Some(request) });
        let places = &self.places;
        let Some(mut last) = self.table.find(spread(key), |at| places[*at as usize].key == key).copied() else {
            self.table.insert_unique(spread(key), at, |at| spread(places[*at as usize].key));
            return TakenIn::First(at);
        };
        while let Some(next) = self.places[last as usize].next {
            last = next;
        }
        self.places[last as usize].next = Some(at);
        TakenIn::Further
    }

    /// When the last piece of the requests of a key was logged, the first of which is in that place.
    pub(super) fn last(&self, place: u32) -> Option<Timestamp> {
        let mut next = Some(place);
        let mut last = None;
        while let Some(at) = next {
            let place = &self.places[at as usize];
            last = last.max(place.request.as_ref().map(Closed::last));
            next = place.next;
        }
        last
    }

    /// Closes the requests of a key: how many there were.
    pub(super) fn close(&mut self, place: u32, closed: &mut Vec<Closed>) -> usize {
        let key = self.places[place as usize].key;
        if let Ok(entry) = self.table.find_entry(spread(key), |at| *at == place) {
            entry.remove();
        }
        let mut next = Some(place);
        let before = closed.len();
        while let Some(at) = next {
            let place = &mut self.places[at as usize];
            closed.extend(place.request.take());
            next = place.next.take();
            self.free.push(at);
        }
        closed.len() - before
    }

    /// Every open request.
    pub(super) fn requests(&self) -> impl Iterator<Item = &Closed> {
        self.places.iter().filter_map(|place| place.request.as_ref())
    }
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
