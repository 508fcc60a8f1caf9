//! A request that failed, or of which an attempt did, being put together from its pieces.

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
    /// Mostly two or three pieces: of one there is [`Closed::Single`].
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

/// A request, in as little room as it takes: most have a single piece.
#[derive(Clone, Debug)]
pub(super) enum Closed {
    /// Its only piece.
    Single(Piece),
    /// One of several pieces.
    Many(Box<Request>),
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
}

impl Piece {
    fn event(&self) -> Event {
        let Self { at, upstream, host, path, client, route, method, pattern } = *self;
        Event { at, kind: Kind::Evidence, pattern, link: Link::None, upstream, host, path, client, route, method }
    }
}

impl Closed {
    /// A request that so far has one piece, which is evidence.
    #[allow(clippy::inline_always, reason = "what was just written is slow to copy")]
    #[inline(always)]
    pub(super) fn single(event: &Event) -> Self {
        let Event { at, upstream, host, path, client, route, method, pattern, .. } = *event;
        Self::Single(Piece { at, upstream, host, path, client, route, method, pattern })
    }

    /// Its last piece.
    pub(super) fn last(&self) -> Timestamp {
        match self {
            Self::Single(piece) => piece.at,
            Self::Many(request) => request.last,
        }
    }

    /// Client, route and last piece.
    pub(super) fn who(&self) -> (Key, Key, Timestamp) {
        match self {
            Self::Single(piece) => (piece.client, piece.route, piece.at),
            Self::Many(request) => (request.client, request.route, request.last),
        }
    }

    /// The request with room for more pieces.
    pub(super) fn open(&mut self, catalogue: &Catalogue) -> &mut Request {
        if let Self::Single(piece) = self {
            let mut request = Request::new(piece.at);
            request.add(&piece.event(), catalogue.pattern(piece.pattern));
            *self = Self::Many(Box::new(request));
        }
        match self {
            Self::Many(request) => request,
            Self::Single(_) => unreachable!("it was made one of several pieces right above"),
        }
    }
}

impl From<Request> for Closed {
    fn from(request: Request) -> Self {
        Self::Many(Box::new(request))
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
