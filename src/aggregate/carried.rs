//! What is open at the end of a run, for the next one.
//!
//! An open request is reported by the run that ends, as it stands. The next run puts it back, so that further pieces join
//! it: those are evidence, and no further request. So of a request that lies across two runs the first counts the request
//! and the pieces it saw, the second the rest of the pieces, and neither its answer.

use std::collections::BTreeMap;

use super::log::LogState;
use super::pairing::Failure;
use super::request::{Earlier, Evidence, Request};
use super::running::Running;
use crate::pattern::{Catalogue, PatternIndex};
use crate::record::{Cause, Link};
use crate::scan::{Key, NO_TIME, NameId, Names};
use crate::source::cursor::{OpenEvidence, OpenFailure, OpenOwner, OpenRequest};
use crate::time::Timestamp;

/// Failures that are carried over at most, latest first.
const MOST_FAILURES: usize = 8_192;
/// A failure's answer comes within so many seconds.
const LONGEST: i64 = 330;

/// What tells failures apart.
type Mark = (Timestamp, Key, Key, Key, PatternIndex);

impl Running<'_> {
    /// What a log has open.
    pub fn carried(&self, log: usize) -> Vec<OpenRequest> {
        let answered = self.answered();
        self.logs[log].carried(&answered)
    }

    /// Puts back what a log had open when an earlier run ended.
    pub fn restore(&mut self, log: usize, open: &[OpenRequest]) {
        self.logs[log].restore(open);
    }

    /// Failures that are closed and whose answers may still come.
    pub fn carried_failures(&self) -> Vec<OpenFailure> {
        let mut pairing = self.all.pairing.clone();
        let pairs = pairing.pair(self.catalogue);
        let latest = pairing.failures.iter().map(|failure| failure.at).chain(pairing.answers.iter().map(|answer| answer.at)).max();
        let Some(latest) = latest else { return Vec::new() };
        let unpaired = pairing.failures.iter().zip(pairs).filter(|(_, pair)| pair.is_none()).map(|(failure, _)| failure);
        let recent: Vec<_> = unpaired.filter(|failure| failure.at >= latest.plus_seconds(-LONGEST)).collect();
        let first = recent.len().saturating_sub(MOST_FAILURES);
        let carried = recent[first..].iter().map(|failure| OpenFailure {
            at: failure.at.micros(),
            client: failure.client.into(),
            route: failure.route.into(),
            method: failure.method.into(),
            pattern: self.catalogue.pattern(failure.pattern).text.id.clone(),
            is_body: failure.is_body,
        });
        carried.collect()
    }

    /// Puts back failures of an earlier run.
    pub fn restore_failures(&mut self, failures: &[OpenFailure]) {
        for failure in failures {
            // A pattern that is gone has no usual statuses; the failure is none the less one.
            let pattern = self.catalogue.find_index(&failure.pattern).unwrap_or(PatternIndex(0));
            let cause = self.catalogue.pattern(pattern).cause.unwrap_or(Cause::Unattributed);
            let OpenFailure { at, client, route, method, is_body, .. } = *failure;
            let (client, route, method) = (key(client), key(route), key(method));
            let at = Timestamp::from_micros(at);
            self.all.pairing.failure(Failure { at, client, route, method, cause, pattern, is_body, is_told: true, upstream: Names::NONE });
        }
    }

    /// How many failures of each kind have found their answers.
    fn answered(&self) -> BTreeMap<Mark, usize> {
        let mut pairing = self.snapshot().pairing;
        let pairs = pairing.pair(self.catalogue);
        let mut answered = BTreeMap::new();
        for (failure, _) in pairing.failures.iter().zip(pairs).filter(|(_, pair)| pair.is_some()) {
            *answered.entry((failure.at, failure.client, failure.route, failure.method, failure.pattern)).or_default() += 1;
        }
        answered
    }
}

impl LogState<'_> {
    fn carried(&self, answered: &BTreeMap<Mark, usize>) -> Vec<OpenRequest> {
        let mut answered = answered.clone();
        let open = self.shards.iter().flat_map(|shard| shard.opened(self.catalogue));
        open.map(|(owner, request)| {
            let key = (request.last, request.client, request.route, request.method, request.deciding().unwrap_or(PatternIndex(0)));
            let left = answered.get_mut(&key).filter(|left| **left > 0);
            let is_answered = request.earlier == Earlier::Answered || left.is_some();
            if let Some(left) = left {
                *left -= 1;
            }
            let name = |id: &NameId| String::from_utf8_lossy(self.totals.names[0].name(*id)).into_owned();
            open_request(self.catalogue, owner, &request, is_answered, name)
        })
        .collect()
    }

    fn restore(&mut self, open: &[OpenRequest]) {
        for request in open {
            let tried = request.tried.iter().map(|name| self.totals.names[0].id(name.as_bytes())).collect();
            let restored = restored(self.catalogue, request, tried);
            self.shards[shard_of(request.owner)].put_back(request.owner, restored, self.catalogue);
        }
    }
}

fn shard_of(owner: OpenOwner) -> usize {
    let link = match owner {
        OpenOwner::Key(key) => Link::Request(key),
        OpenOwner::Current(thread) | OpenOwner::Pending(thread) => Link::Worker { thread, client: 0 },
    };
    usize::from(crate::scan::shard_of(link))
}

/// A key as the cursor holds it, in more bits than it has.
fn key(bits: u64) -> Key {
    Key::try_from(bits).unwrap_or_default()
}

fn open_request(catalogue: &Catalogue, owner: OpenOwner, request: &Request, is_answered: bool, name: impl Fn(&NameId) -> String) -> OpenRequest {
    let id = |pattern: PatternIndex| catalogue.pattern(pattern).text.id.clone();
    let evidence =
        request.evidence.iter().map(|piece| OpenEvidence { pattern: id(piece.pattern), at: piece.at.micros(), entries: piece.entries, attempt: piece.attempt });
    OpenRequest {
        owner,
        evidence: evidence.collect(),
        decision: request.decision.map(|(pattern, is_specific)| (id(pattern), is_specific)),
        at: request.at.micros(),
        last: request.last.micros(),
        client: request.client.into(),
        peer: request.peer,
        route: request.route.into(),
        method: request.method.into(),
        goes_on: request.goes_on,
        tried: request.tried.iter().map(name).collect(),
        attempt: request.attempt,
        last_phase: request.last_phase,
        has_consequence: request.has_consequence,
        is_closed: request.is_closed,
        is_body: request.is_body,
        is_answered,
    }
}

fn restored(catalogue: &Catalogue, open: &OpenRequest, tried: smallvec::SmallVec<[NameId; 4]>) -> Request {
    let evidence = open.evidence.iter().filter_map(|piece| {
        let pattern = catalogue.find_index(&piece.pattern)?;
        Some(Evidence { pattern, at: Timestamp::from_micros(piece.at), entries: piece.entries, told: piece.entries, attempt: piece.attempt })
    });
    Request {
        evidence: evidence.collect(),
        decision: open.decision.as_ref().and_then(|(pattern, is_specific)| Some((catalogue.find_index(pattern)?, *is_specific))),
        last: Timestamp::from_micros(open.last),
        upstream: tried.last().copied().unwrap_or(Names::NONE),
        client: key(open.client),
        peer: open.peer,
        route: key(open.route),
        method: key(open.method),
        goes_on: open.goes_on,
        tried,
        attempt: open.attempt,
        last_phase: open.last_phase,
        has_consequence: open.has_consequence,
        is_closed: open.is_closed,
        is_body: open.is_body,
        earlier: match open.is_answered {
            true => Earlier::Answered,
            // What told only of consequences is no request yet.
            false if open.evidence.is_empty() => Earlier::Nothing,
            false => Earlier::Reported,
        },
        ..Request::new(if open.at == NO_TIME.micros() { NO_TIME } else { Timestamp::from_micros(open.at) })
    }
}
