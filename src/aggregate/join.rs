//! Evidence → requests, as a fold in file order with bounded state.
//!
//! Two kinds of log, two ways. Where the log names connection and request (nginx), pieces with one key are one request,
//! until an upstream is tried that was tried before: nginx tries each at most once, so that is the next equal request on
//! the same connection. Where the log names only the thread (Apache), pieces are neighbours of one thread: lines without a
//! client belong to the next line with one.
//!
//! The state is cut into a fixed number of shards by key, so that they can be folded side by side with one result for any
//! number of threads. Each holds at most [`MOST_OPEN`] requests; beyond, the oldest is closed early and a warning says so.

use std::collections::{HashMap, VecDeque};

use foldhash::fast::FixedState;

use super::keyed::Keyed;
use super::request::{Piece, Request, Requests};
use crate::pattern::{Catalogue, Pattern};
use crate::record::Link;
use crate::scan::{Event, Key, Kind, NO_TIME, Names, SHARDS};
use crate::source::cursor::OpenOwner;
use crate::time::Timestamp;

/// Open requests a shard, 65,536 together.
const MOST_OPEN: usize = 65_536 / SHARDS;
/// After so many events it is looked whether the oldest have been silent for too long: those stand in a row, and so do as
/// many looks. Twice as many are closed at most, which keeps pace.
const TURN: u32 = 16;
/// A request is closed after so many seconds of the log's time.
pub(super) const LONGEST: i64 = 300;
/// Lines of one thread that follow each other within so many seconds belong together.
pub(super) const NEIGHBOUR: i64 = 1;
/// Attempts that one request can have; a log that has more of one key repeats it.
pub(super) const MOST_ATTEMPTS: usize = 64;
/// A thread's further attempts, and its second try at the same upstream, come within so many seconds.
const NEXT_ATTEMPT: i64 = 60;

/// A part of the open requests.
#[derive(Debug, Default)]
pub(super) struct Shard {
    keyed: Keyed,
    threads: HashMap<u64, Thread, FixedState>,
    /// Threads in the order in which their oldest request was opened.
    order: VecDeque<(u64, Timestamp)>,
    /// Requests of threads.
    open: usize,
    /// Requests that the cap closed.
    pub(super) evicted: u64,
    /// Events that were taken in.
    folded: u32,
}

/// What becomes of what was opened first.
pub(super) enum Turn {
    /// It may still be spoken of.
    NotYet,
    /// It was, lately; its turn comes again.
    Again(Timestamp),
    /// It has been silent for too long.
    Over,
}

impl Turn {
    /// Of what is open `since` then, and was last spoken of at `last`. What was opened lately cannot have been silent for
    /// long, so that is hardly ever asked for.
    #[inline]
    pub(super) fn of(since: Timestamp, last: impl FnOnce() -> Option<Timestamp>, now: Timestamp) -> Self {
        let is_recent = |last: Timestamp| last == NO_TIME || now == NO_TIME || last.plus_seconds(LONGEST) >= now;
        if since != NO_TIME && now != NO_TIME && is_recent(since) {
            return Self::NotYet;
        }
        last().filter(|last| is_recent(*last)).map_or(Self::Over, Self::Again)
    }
}

/// The requests of one thread: the one it works on, and pieces that wait for their client.
#[derive(Debug, Default)]
struct Thread {
    current: Option<Request>,
    pending: Option<Request>,
}

impl Shard {
    /// Takes in an event. Requests that are complete are added to `closed`.
    #[inline]
    pub(super) fn fold(&mut self, event: &Event, catalogue: &Catalogue, closed: &mut Vec<Requests>) {
        self.folded = self.folded.wrapping_add(1);
        if self.folded.is_multiple_of(TURN) {
            self.expire(event.at, 2 * TURN, closed);
        }
        match event.link {
            Link::None if event.kind == Kind::Evidence => closed.push(Requests::Single(Piece::of(event, catalogue))),
            Link::None => {}
            Link::Request(key) => self.keyed.take_in(key, event, catalogue),
            Link::Worker { thread, client } => self.thread((thread, client), event, catalogue.pattern(event.pattern), closed),
        }
        if self.open + self.keyed.len() > MOST_OPEN {
            self.make_room(event.at, closed);
        }
    }

    /// Closes what has been silent for too long, or else what was opened first.
    #[cold]
    fn make_room(&mut self, now: Timestamp, closed: &mut Vec<Requests>) {
        self.expire(now, 2 * TURN, closed);
        if self.open + self.keyed.len() > MOST_OPEN {
            self.evicted += 1;
            self.close_oldest(closed);
        }
    }

    /// Closes what threads work on.
    pub(super) fn close_threads(&mut self, closed: &mut Vec<Requests>) {
        while !self.order.is_empty() {
            self.close_oldest_thread(closed);
        }
    }

    /// What is open but for what threads work on, in the order in which it was opened.
    pub(super) fn keyed(&self) -> impl Iterator<Item = &Requests> {
        self.keyed.requests().map(|(_, requests)| requests)
    }

    fn thread(&mut self, (key, client): (u64, u64), event: &Event, pattern: &Pattern, closed: &mut Vec<Requests>) {
        let is_new = !self.threads.contains_key(&key);
        let thread = self.threads.entry(key).or_default();
        let before = thread.open();
        if client == 0 {
            thread.without_client(event, pattern, closed);
        } else {
            thread.with_client(client, event, pattern, closed);
        }
        self.open = self.open + thread.open() - before;
        if is_new {
            self.order.push_back((key, event.at));
        }
    }

    /// Closes all that has been silent for too long.
    pub(super) fn expire_all(&mut self, now: Timestamp, closed: &mut Vec<Requests>) {
        self.expire(now, u32::MAX, closed);
    }

    /// Client, route and last piece of each open request.
    pub(super) fn open(&self) -> impl Iterator<Item = (Key, Key, Timestamp)> {
        let of_threads = self.threads.values().flat_map(|thread| thread.current.iter().chain(&thread.pending));
        self.keyed.requests().flat_map(|(_, requests)| requests.who()).chain(of_threads.map(Request::who))
    }

    /// Each open request as if it were closed, with what it belongs to, in the order in which their oldest were opened.
    pub(super) fn opened(&self, catalogue: &Catalogue) -> impl Iterator<Item = (OpenOwner, Request)> {
        let keyed = self.keyed.requests().flat_map(|(key, requests)| requests.each(catalogue).into_iter().map(move |request| (OpenOwner::Key(key), request)));
        let of_threads = self.order.iter().filter_map(|(key, _)| Some((*key, self.threads.get(key)?))).flat_map(|(key, thread)| {
            let current = thread.current.clone().map(|request| (OpenOwner::Current(key), request));
            let pending = thread.pending.clone().map(|request| (OpenOwner::Pending(key), request));
            current.into_iter().chain(pending)
        });
        keyed.chain(of_threads)
    }

    /// Puts back a request that an earlier run left open.
    pub(super) fn put_back(&mut self, owner: OpenOwner, request: Request, catalogue: &Catalogue) {
        let (key, is_pending) = match owner {
            OpenOwner::Key(key) => return self.keyed.put_back(key, request, catalogue),
            OpenOwner::Current(key) => (key, false),
            OpenOwner::Pending(key) => (key, true),
        };
        if !self.threads.contains_key(&key) {
            self.order.push_back((key, request.last));
        }
        let thread = self.threads.entry(key).or_default();
        *if is_pending { &mut thread.pending } else { &mut thread.current } = Some(request);
        self.open += 1;
    }

    /// Closes what has been silent for too long, of the `most` that were opened first.
    fn expire(&mut self, now: Timestamp, most: u32, closed: &mut Vec<Requests>) {
        let most = most as usize;
        self.keyed.expire(now, most.min(self.keyed.keys()), closed);
        for _ in 0..most.min(self.order.len()) {
            let Some((key, since)) = self.order.front().copied() else { break };
            match Turn::of(since, || self.threads.get(&key).and_then(Thread::last), now) {
                Turn::NotYet => break,
                Turn::Again(since) => {
                    self.order.pop_front();
                    self.order.push_back((key, since));
                }
                Turn::Over => self.close_oldest_thread(closed),
            }
        }
    }

    /// Closes what was opened first.
    fn close_oldest(&mut self, closed: &mut Vec<Requests>) {
        let is_thread = match (self.keyed.oldest(), self.order.front()) {
            (Some(key), Some((_, thread))) => *thread < key,
            (key, _) => key.is_none(),
        };
        if is_thread {
            self.close_oldest_thread(closed);
        } else {
            self.keyed.close_oldest(closed);
        }
    }

    fn close_oldest_thread(&mut self, closed: &mut Vec<Requests>) {
        let Some((key, _)) = self.order.pop_front() else { return };
        let thread = self.threads.remove(&key).unwrap_or_default();
        self.open -= thread.open();
        close(thread.pending, closed);
        close(thread.current, closed);
    }
}

/// Closes a request; pieces that told only of consequences are none.
fn close(request: Option<Request>, closed: &mut Vec<Requests>) {
    closed.extend(request.filter(Request::has_evidence).map(Requests::from));
}

/// Seconds between them, whichever comes first: inputs may be put together in the wrong order.
pub(super) fn gap(last: Timestamp, at: Timestamp) -> i64 {
    if last == NO_TIME || at == NO_TIME { 0 } else { (at.seconds() - last.seconds()).abs() }
}

impl Thread {
    fn open(&self) -> usize {
        usize::from(self.current.is_some()) + usize::from(self.pending.is_some())
    }

    fn last(&self) -> Option<Timestamp> {
        self.current.iter().chain(&self.pending).map(|request| request.last).max()
    }

    /// A line that does not say its client waits for one that does, unless nothing follows such a line.
    fn without_client(&mut self, event: &Event, pattern: &Pattern, closed: &mut Vec<Requests>) {
        let is_stale = self.pending.as_ref().is_some_and(|pending| gap(pending.last, event.at) > NEIGHBOUR);
        let is_again = self.pending.as_ref().is_some_and(|pending| event.kind == Kind::Evidence && !pattern.text.general && is_repeated(pending, event));
        if is_stale || is_again {
            close(self.pending.take(), closed);
        }
        let pending = self.pending.get_or_insert_with(|| Request::new(event.at));
        pending.add(event, pattern);
        if pending.is_closed {
            close(self.current.take(), closed);
            close(self.pending.take(), closed);
        }
    }

    fn with_client(&mut self, client: u64, event: &Event, pattern: &Pattern, closed: &mut Vec<Requests>) {
        let mut pending = self.pending.take();
        if pending.as_ref().is_some_and(|pending| gap(pending.last, event.at) > NEIGHBOUR) {
            close(pending.take(), closed);
        }
        let belongs = self.current.as_ref().is_some_and(|current| current.peer == client && continues(current, pending.as_ref(), event, pattern));
        if !belongs {
            close(self.current.take(), closed);
            let mut request = pending.unwrap_or_else(|| Request::new(event.at));
            request.peer = client;
            request.add(event, pattern);
            self.current = Some(request);
            return;
        }
        if let Some(current) = &mut self.current {
            let is_next_attempt = current.is_closed && (pending.is_some() || !pattern.text.general);
            match pending {
                Some(pending) => current.absorb(pending, is_next_attempt),
                None if is_next_attempt => current.next_attempt(),
                None => {}
            }
            current.add(event, pattern);
        }
    }
}

fn is_repeated(request: &Request, event: &Event) -> bool {
    request.entries_in_attempt(event.pattern) > 0 && (event.upstream == Names::NONE || request.tried.contains(&event.upstream))
}

/// Whether a line with a client, and what waited for it, go on with the thread's present request.
fn continues(current: &Request, pending: Option<&Request>, event: &Event, pattern: &Pattern) -> bool {
    let gap = gap(current.last, pending.map_or(event.at, |pending| pending.at));
    if event.kind == Kind::Consequence {
        return gap <= NEXT_ATTEMPT;
    }
    if current.tried.len() >= MOST_ATTEMPTS {
        return false;
    }
    if !current.is_closed {
        let is_again = !pattern.text.general && pattern.text.closes < 2 && current.entries_in_attempt(event.pattern) > 0;
        return gap <= NEXT_ATTEMPT && !is_again;
    }
    match pending {
        // Behind the line that closes it may still come what was said of it besides.
        None if pattern.text.general => gap <= NEIGHBOUR && current.entries_in_attempt(event.pattern) == 0,
        None => gap <= NEIGHBOUR && current.has_consequence && current.entries_in_attempt(event.pattern) == 0,
        // A balancer that took a member out tries the next one; the same one again is the next request.
        Some(pending) => gap <= NEXT_ATTEMPT && current.has_consequence && !pending.tried.iter().any(|upstream| current.tried.contains(upstream)),
    }
}
