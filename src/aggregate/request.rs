//! A request that failed, or of which an attempt did, being put together from its pieces.

use std::iter::once;

use smallvec::SmallVec;

use crate::pattern::{Catalogue, Pattern, PatternIndex};
use crate::record::{Cause, Link, Phase};
use crate::scan::{Event, Key, Kind, NO_TIME, NameId, Names};
use crate::time::Timestamp;

/// Pieces of one pattern in a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    pub(super) pattern: PatternIndex,
    pub(super) at: Timestamp,
    pub(super) entries: u32,
    /// How many of them an earlier run reported.
    pub(super) told: u32,
    /// The attempt it belongs to, from 0.
    pub(super) attempt: u16,
}

/// See the module.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "facts that its pieces tell, each on its own")]
pub struct Request {
    /// Mostly two or three pieces: of one there is [`Requests::Single`].
    pub(super) evidence: SmallVec<[Evidence; 3]>,
    /// What decides, if anything yet: pattern, and whether it is specific.
    pub(super) decision: Option<(PatternIndex, bool)>,
    pub(super) at: Timestamp,
    pub(super) last: Timestamp,
    pub(super) upstream: NameId,
    pub(super) host: NameId,
    pub(super) path: NameId,
    pub(super) client: Key,
    /// The client's connection, in logs that tell requests apart by thread; 0 while unknown.
    pub(super) peer: u64,
    pub(super) route: Key,
    pub(super) method: Key,
    /// Upstreams that were tried.
    pub(super) tried: SmallVec<[NameId; 4]>,
    pub(super) attempt: u16,
    /// The phase of the last specific piece.
    pub(super) last_phase: Option<Phase>,
    /// The last specific piece did not end its exchange.
    pub(super) goes_on: bool,
    /// A piece told that the upstream was taken out of its pool: another may be tried.
    pub(super) has_consequence: bool,
    /// A piece that closes it was seen.
    pub(super) is_closed: bool,
    /// A piece tells of the body: the answer was cut.
    pub(super) is_body: bool,
    pub(super) earlier: Earlier,
}

/// What an earlier run made of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Earlier {
    #[default]
    Nothing,
    /// It is reported.
    Reported,
    /// It is reported, and its answer was found.
    Answered,
}

/// Requests that one key joined, in as little room as they take: most are one of a single piece.
#[derive(Clone, Debug)]
pub(super) enum Requests {
    /// One, of a single piece.
    Single(Piece),
    /// All others.
    Several(Box<Several>),
}

/// See [`Requests::Several`].
#[derive(Clone, Debug)]
pub(super) struct Several {
    /// When the first of them was opened, or when they were last found not to be silent.
    pub(super) since: Timestamp,
    pub(super) first: Request,
    /// Equal ones that follow it.
    pub(super) further: Vec<Request>,
}

/// A piece of evidence, without what joined it to others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) at: Timestamp,
    pub(super) upstream: NameId,
    pub(super) host: NameId,
    pub(super) path: NameId,
    pub(super) client: Key,
    pub(super) route: Key,
    pub(super) method: Key,
    pub(super) pattern: PatternIndex,
    /// That of the pattern.
    pub(super) cause: Cause,
}

// Tens of thousands are open at once, and all pass through the cache.
const _: () = assert!(size_of::<Requests>() <= 40);

impl Piece {
    #[inline]
    pub(super) fn of(event: &Event, catalogue: &Catalogue) -> Self {
        let cause = catalogue.pattern(event.pattern).cause.unwrap_or(Cause::Unattributed);
        let Event { at, upstream, host, path, client, route, method, pattern, .. } = *event;
        Self { at, upstream, host, path, client, route, method, pattern, cause }
    }

    /// The request with room for more pieces.
    pub(super) fn request(&self, catalogue: &Catalogue) -> Request {
        let Self { at, upstream, host, path, client, route, method, pattern, .. } = *self;
        let event = Event { at, kind: Kind::Evidence, pattern, link: Link::None, upstream, host, path, client, route, method };
        let mut request = Request::new(at);
        request.add(&event, catalogue.pattern(pattern));
        request
    }
}

impl Several {
    /// Every one.
    pub(super) fn requests(&self) -> impl Iterator<Item = &Request> {
        once(&self.first).chain(&self.further)
    }
}

impl Requests {
    /// How many.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Single(_) => 1,
            Self::Several(several) => 1 + several.further.len(),
        }
    }

    /// When the first was opened, or when they were last found not to be silent.
    #[inline]
    pub(super) fn since(&self) -> Timestamp {
        match self {
            Self::Single(piece) => piece.at,
            Self::Several(several) => several.since,
        }
    }

    /// Their last piece.
    pub(super) fn last(&self) -> Timestamp {
        match self {
            Self::Single(piece) => piece.at,
            Self::Several(several) => several.requests().map(|request| request.last).max().unwrap_or(NO_TIME),
        }
    }

    /// With room for more.
    pub(super) fn several(&mut self, catalogue: &Catalogue) -> &mut Several {
        if let Self::Single(piece) = self {
            *self = piece.request(catalogue).into();
        }
        match self {
            Self::Several(several) => several,
            Self::Single(_) => unreachable!("it was made one of several right above"),
        }
    }

    /// Client, route and last piece of each.
    pub(super) fn who(&self) -> impl Iterator<Item = (Key, Key, Timestamp)> {
        let (single, several) = match self {
            Self::Single(piece) => (Some((piece.client, piece.route, piece.at)), None),
            Self::Several(several) => (None, Some(several.requests().map(Request::who))),
        };
        single.into_iter().chain(several.into_iter().flatten())
    }

    /// Each, as it stands.
    pub(super) fn each(&self, catalogue: &Catalogue) -> Vec<Request> {
        match self {
            Self::Single(piece) => vec![piece.request(catalogue)],
            Self::Several(several) => several.requests().cloned().collect(),
        }
    }
}

impl From<Request> for Requests {
    fn from(first: Request) -> Self {
        Self::Several(Box::new(Several { since: first.last, first, further: Vec::new() }))
    }
}

impl Request {
    /// A request of which nothing is known yet.
    pub(super) fn new(at: Timestamp) -> Self {
        Self {
            evidence: SmallVec::new(),
            decision: None,
            at,
            last: at,
            upstream: Names::NONE,
            host: Names::NONE,
            path: Names::NONE,
            client: 0,
            peer: 0,
            route: 0,
            method: 0,
            tried: SmallVec::new(),
            attempt: 0,
            last_phase: None,
            goes_on: false,
            has_consequence: false,
            is_closed: false,
            is_body: false,
            earlier: Earlier::Nothing,
        }
    }

    /// Takes in a piece. Its time, upstream, host and path become the request's when it decides; where the deciding piece
    /// says nothing, another may.
    pub(super) fn add(&mut self, event: &Event, pattern: &Pattern) {
        if event.at != NO_TIME {
            self.last = if self.last == NO_TIME { event.at } else { self.last.max(event.at) };
        }
        if self.client == 0 {
            self.client = event.client;
        }
        fill(&mut self.route, event.route);
        fill(&mut self.method, event.method);
        if event.kind == Kind::Consequence {
            self.has_consequence = true;
            return;
        }
        let is_specific = !pattern.text.general;
        if is_specific && event.upstream != Names::NONE && !self.tried.contains(&event.upstream) {
            if !self.tried.is_empty() {
                self.next_attempt();
            }
            self.tried.push(event.upstream);
        } else if !is_specific && self.is_elsewhere(event.upstream) && matches!(pattern.phase, Some(Phase::Send | Phase::Header | Phase::Body)) {
            // The exchange with another upstream failed, though the log does not say why.
            self.next_attempt();
        }
        self.count(event);
        self.is_body |= pattern.phase == Some(Phase::Body);
        if is_specific {
            self.last_phase = pattern.phase;
            self.goes_on = pattern.text.goes_on;
        }
        let had_specific = matches!(self.decision, Some((_, true)));
        if is_specific || !had_specific {
            self.decision = Some((event.pattern, is_specific));
            self.at = event.at;
            prefer(&mut self.upstream, event.upstream);
            prefer(&mut self.host, event.host);
            prefer(&mut self.path, event.path);
        } else {
            or(&mut self.upstream, event.upstream);
            or(&mut self.host, event.host);
            or(&mut self.path, event.path);
        }
        let closes = pattern.text.closes;
        self.is_closed |= closes > 0 && self.entries_in_attempt(event.pattern) >= u32::from(closes);
    }

    /// Client, route and last piece.
    pub(super) fn who(&self) -> (Key, Key, Timestamp) {
        (self.client, self.route, self.last)
    }

    /// Whether an upstream is another than those that were tried.
    fn is_elsewhere(&self, upstream: NameId) -> bool {
        upstream != Names::NONE && !self.tried.is_empty() && !self.tried.contains(&upstream)
    }

    /// What follows belongs to another attempt: general pieces before it decide nothing any more.
    pub(super) fn next_attempt(&mut self) {
        self.attempt = self.attempt.saturating_add(1);
        self.is_closed = false;
        if let Some((pattern, _)) = self.decision {
            self.decision = Some((pattern, false));
        }
    }

    /// Takes in the pieces of `later` as a further attempt, or as more of the same.
    pub(super) fn absorb(&mut self, later: Self, is_next_attempt: bool) {
        if is_next_attempt {
            self.next_attempt();
        }
        for mut piece in later.evidence {
            piece.attempt = piece.attempt.saturating_add(self.attempt);
            self.evidence.push(piece);
        }
        self.attempt = self.attempt.saturating_add(later.attempt);
        let had_specific = matches!(self.decision, Some((_, true)));
        if let Some((_, is_specific)) = later.decision
            && (is_specific || !had_specific)
        {
            self.decision = later.decision;
            self.at = later.at;
            prefer(&mut self.upstream, later.upstream);
            prefer(&mut self.host, later.host);
            prefer(&mut self.path, later.path);
        }
        self.last = self.last.max(later.last);
        for upstream in later.tried {
            if !self.tried.contains(&upstream) {
                self.tried.push(upstream);
            }
        }
        fill(&mut self.client, later.client);
        fill(&mut self.peer, later.peer);
        fill(&mut self.route, later.route);
        fill(&mut self.method, later.method);
        self.has_consequence |= later.has_consequence;
        self.is_body |= later.is_body;
        self.is_closed |= later.is_closed;
        self.earlier = self.earlier.max(later.earlier);
    }

    fn count(&mut self, event: &Event) {
        let same =
            self.evidence.iter_mut().find(|piece| piece.pattern == event.pattern && piece.attempt == self.attempt && piece.at.seconds() == event.at.seconds());
        match same {
            Some(piece) => piece.entries += 1,
            None => self.evidence.push(Evidence { pattern: event.pattern, at: event.at, entries: 1, told: 0, attempt: self.attempt }),
        }
    }

    /// How many pieces of that pattern the present attempt has.
    pub(super) fn entries_in_attempt(&self, pattern: PatternIndex) -> u32 {
        self.evidence.iter().filter(|piece| piece.pattern == pattern && piece.attempt == self.attempt).map(|piece| piece.entries).sum()
    }

    /// Whether the last attempt broke off after the connection stood.
    pub(super) fn was_broken(&self) -> bool {
        self.last_phase.is_some_and(|phase| matches!(phase, Phase::Send | Phase::Header))
    }

    /// Whether any piece is evidence.
    pub(super) fn has_evidence(&self) -> bool {
        !self.evidence.is_empty()
    }

    /// The pattern that decides.
    pub(super) fn deciding(&self) -> Option<PatternIndex> {
        self.decision.map(|(pattern, _)| pattern)
    }

    /// Its cause: that of the piece that decides.
    pub(super) fn cause(&self, catalogue: &Catalogue) -> Cause {
        self.decision.and_then(|(pattern, _)| catalogue.pattern(pattern).cause).unwrap_or(Cause::Unattributed)
    }
}

fn fill<K: Copy + Default + PartialEq>(mine: &mut K, theirs: K) {
    if *mine == K::default() {
        *mine = theirs;
    }
}

fn prefer(mine: &mut NameId, theirs: NameId) {
    if theirs != Names::NONE {
        *mine = theirs;
    }
}

fn or(mine: &mut NameId, theirs: NameId) {
    if *mine == Names::NONE {
        *mine = theirs;
    }
}
