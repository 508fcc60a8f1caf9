//! Proxies behind each other: what several of them tell of one request is one request.
//!
//! A response of a balancer that its target, another proxy, made is a response there too, or a failure of its error log. An
//! id that both wrote down tells; else path and method, the moment, and the client, where the inner one knows it. It
//! mostly knows only the balancer's node: so a client that no log of the balancer names is taken for a node's. What the
//! outer one could not connect to, the inner one does not know; and two proxies of one upstream stand beside each other.

use std::collections::{BTreeMap, HashSet};

use foldhash::fast::FixedState;

use super::pairing::{Answer, Failure, end};
use crate::format::{FormatId, Tier};
use crate::pattern::{Catalogue, PatternIndex};
use crate::record::{Cause, Phase};
use crate::report::{InputReport, Layer};
use crate::scan::{Key, Names, is_gateway_status};

/// Seconds between the ends of one request in two logs; between those of one id.
const SKEW: i64 = 1;
const SKEW_OF_ID: i64 = 300;
/// Tiers that have others behind them, nearest to these first.
const OUTER: [Tier; 2] = [Tier::Balancer, Tier::Edge];
/// No pattern.
const NONE: PatternIndex = PatternIndex(u16::MAX);

/// Which proxies wrote what, and how much of it is the same.
pub(super) struct Layers<'c> {
    catalogue: &'c Catalogue,
    /// The formats of each input.
    formats: Vec<Vec<FormatId>>,
    paired: BTreeMap<(FormatId, FormatId), u64>,
    alone: BTreeMap<FormatId, u64>,
    /// Clients that the logs of a tier name.
    known: BTreeMap<Tier, HashSet<Key, FixedState>>,
}

impl<'c> Layers<'c> {
    pub(super) fn new(catalogue: &'c Catalogue, inputs: &[InputReport]) -> Self {
        let formats = inputs.iter().map(|input| input.format.split('+').filter_map(FormatId::from_id).collect()).collect();
        Self { catalogue, formats, paired: BTreeMap::new(), alone: BTreeMap::new(), known: BTreeMap::new() }
    }

    /// Takes out responses that a proxy further in tells of too; that one's keeps their number.
    pub(super) fn merge(&mut self, answers: &mut Vec<Answer>) {
        if self.formats.iter().flatten().count() == 1 {
            // One proxy wrote them all.
            self.known = OUTER.map(|tier| (tier, HashSet::default())).into();
            return;
        }
        for tier in OUTER {
            let clients = answers.iter().filter(|answer| answer.client != 0 && self.tier(answer) == Some(tier)).map(|answer| answer.client);
            self.known.insert(tier, clients.collect());
        }
        // What is one request depends on the answers and on no order of inputs.
        answers.sort_by_key(|answer| (end(answer), answer.at, answer.client, answer.route, answer.method, answer.status, answer.duration, answer.trace));
        let mut merged = vec![false; answers.len()];
        self.merge_by_id(answers, &mut merged);
        for tier in OUTER {
            self.merge_tier(answers, tier, &mut merged);
        }
        let mut at = 0;
        answers.retain(|_| {
            at += 1;
            !merged[at - 1]
        });
    }

    /// For failures without an answer, those of a proxy further out; each is taken then.
    pub(super) fn adopt(&mut self, failures: &[Failure], pairs: &mut [Option<usize>], answers: &[Answer], taken: &mut [bool]) {
        for (failure, at) in failures.iter().zip(pairs.iter()).filter_map(|(failure, at)| Some((failure, (*at)?))) {
            self.note(self.of_answer(&answers[at]), self.of_failure(failure));
        }
        for tier in OUTER {
            let known = &self.known[&tier];
            let mut groups: BTreeMap<Common, Group> = BTreeMap::new();
            for (at, answer) in answers.iter().enumerate().filter(|(at, answer)| !taken[*at] && self.tier(answer) == Some(tier) && self.may_be_inner(answer)) {
                groups.entry(Common::of(answer.route, answer.method)).or_default().outer.push((end(answer), at));
            }
            let open = failures.iter().enumerate().filter(|(at, failure)| pairs[*at].is_none() && failure.route != 0 && !known.contains(&failure.client));
            for (at, failure) in open.filter(|(_, failure)| self.of_failure(failure).is_some_and(|format| format.tier() > tier)) {
                if let Some(group) = groups.get_mut(&Common::of(failure.route, failure.method)) {
                    group.inner.push((failure.at.seconds(), at));
                }
            }
            for group in groups.into_values() {
                let is_beside = |outer: usize, inner: usize| is_same_upstream(&answers[outer], failures[inner].upstream);
                for (outer, inner) in group.matched(SKEW, is_beside) {
                    (pairs[inner], taken[outer]) = (Some(outer), true);
                    self.note(self.of_answer(&answers[outer]), self.of_failure(&failures[inner]));
                }
            }
        }
        for (_, answer) in answers.iter().enumerate().filter(|(at, answer)| !taken[*at] && is_failed(answer)) {
            if let Some(format) = self.of_answer(answer).filter(|format| format.tier() != Tier::Proxy) {
                *self.alone.entry(format).or_default() += 1;
            }
        }
    }

    /// What was found, most first.
    pub(super) fn report(&self) -> Vec<Layer> {
        let mut layers: Vec<Layer> = self
            .paired
            .iter()
            .map(|((outer, inner), paired)| {
                let alone = self.alone.get(outer).copied().unwrap_or(0);
                let first = if *paired >= alone { inner } else { outer };
                Layer { outer: outer.to_string(), inner: inner.to_string(), paired: *paired, alone, first: first.to_string() }
            })
            .collect();
        layers.sort_by(|a, b| (b.paired, &a.outer, &a.inner).cmp(&(a.paired, &b.outer, &b.inner)));
        layers
    }

    /// Responses of proxies of which nothing tells which is further out, by an id that both wrote down: the one that took
    /// longer is.
    fn merge_by_id(&mut self, answers: &mut [Answer], merged: &mut [bool]) {
        let mut by_id: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (at, _) in answers.iter().enumerate().filter(|(_, answer)| answer.trace != 0 && is_failed(answer)) {
            by_id.entry(answers[at].trace).or_default().push(at);
        }
        for mut same in by_id.into_values().filter(|same| same.len() > 1) {
            // The innermost goes first.
            same.sort_by_key(|at| (std::cmp::Reverse(self.tier(&answers[*at])), answers[*at].duration, std::cmp::Reverse(answers[*at].input)));
            let inner = same[0];
            let mut inputs = vec![answers[inner].input];
            for outer in same.into_iter().skip(1) {
                let is_near = (end(&answers[outer]) - end(&answers[inner])).abs() <= SKEW_OF_ID;
                if is_near && !inputs.contains(&answers[outer].input) {
                    inputs.push(answers[outer].input);
                    self.put(answers, merged, outer, inner);
                }
            }
        }
    }

    /// Responses of a tier, held against those further in.
    fn merge_tier(&mut self, answers: &mut [Answer], tier: Tier, merged: &mut [bool]) {
        let known = self.known[&tier].clone();
        let has_ids = answers.iter().any(|answer| answer.trace != 0 && self.tier(answer) == Some(tier));
        let mut inside: Vec<bool> = answers.iter().map(|answer| is_failed(answer) && self.tier(answer).is_some_and(|other| other > tier)).collect();
        if known.is_empty() || !inside.contains(&true) {
            return;
        }
        // The same client goes before a node, and the same status before another one.
        for (by_client, by_status) in [(true, true), (false, true), (true, false), (false, false)] {
            let mut groups: BTreeMap<Common, Group> = BTreeMap::new();
            let key = |answer: &Answer| Common {
                client: if by_client { answer.client } else { 0 },
                status: if by_status { answer.status } else { 0 },
                ..Common::of(answer.route, answer.method)
            };
            for (at, answer) in answers.iter().enumerate().filter(|(at, answer)| !merged[*at] && answer.route != 0 && is_failed(answer)) {
                let is_outer = self.tier(answer) == Some(tier) && self.may_be_inner(answer) && (by_status || !self.is_relayed(answer));
                let is_same_client = if by_client { answer.client != 0 } else { !known.contains(&answer.client) };
                if is_outer && (answer.client != 0 || !by_client) {
                    groups.entry(key(answer)).or_default().outer.push((end(answer), at));
                } else if inside[at] && is_same_client && !(has_ids && answer.trace != 0) {
                    groups.entry(key(answer)).or_default().inner.push((end(answer), at));
                }
            }
            for group in groups.into_values() {
                let is_beside = |outer: usize, inner: usize| answers[inner].request.is_some_and(|(_, names)| is_same_upstream(&answers[outer], names[0]));
                for (outer, inner) in group.matched(SKEW, is_beside) {
                    inside[inner] = false;
                    self.put(answers, merged, outer, inner);
                }
            }
        }
    }

    /// Makes `outer` a part of `inner`, which keeps what it says of the cause, if it says any.
    fn put(&mut self, answers: &mut [Answer], merged: &mut [bool], outer: usize, inner: usize) {
        merged[outer] = true;
        self.note(self.of_answer(&answers[outer]), self.of_answer(&answers[inner]));
        let theirs = answers[outer];
        let mine = &mut answers[inner];
        mine.outers += 1 + theirs.outers;
        if let (Some((pattern, names)), Some((their_pattern, their_names))) = (&mut mine.request, theirs.request) {
            let says = |index: PatternIndex| (index != NONE).then(|| self.catalogue.pattern(index).cause).flatten();
            if says(*pattern).is_none_or(|cause| cause == Cause::Unattributed) && says(their_pattern).is_some_and(|cause| cause != Cause::PassedThrough) {
                *pattern = their_pattern;
            }
            for (name, theirs) in names.iter_mut().zip(their_names).skip(1).filter(|(name, _)| **name == Names::NONE) {
                *name = theirs;
            }
        }
    }

    fn note(&mut self, outer: Option<FormatId>, inner: Option<FormatId>) {
        if let (Some(outer), Some(inner)) = (outer, inner)
            && outer.tier() < inner.tier()
        {
            *self.paired.entry((outer, inner)).or_default() += 1;
        }
    }

    /// The format of an answer: the one of its input that writes answers; of several, the one of its pattern.
    fn of_answer(&self, answer: &Answer) -> Option<FormatId> {
        let formats = self.formats.get(answer.input as usize)?;
        let mut answering = formats.iter().copied().filter(|format| format.writes_answers());
        let first = answering.next()?;
        let index = answer.request.map_or(NONE, |(index, _)| index);
        if answering.next().is_none() || index == NONE { Some(first) } else { self.catalogue.pattern(index).formats.first().copied() }
    }

    fn of_failure(&self, failure: &Failure) -> Option<FormatId> {
        self.catalogue.pattern(failure.pattern).formats.first().copied()
    }

    fn tier(&self, answer: &Answer) -> Option<Tier> {
        self.of_answer(answer).map(FormatId::tier)
    }

    /// Whether what made it fail can have been behind a proxy that it reached.
    fn may_be_inner(&self, answer: &Answer) -> bool {
        let Some((index, _)) = answer.request.filter(|_| is_failed(answer) && answer.route != 0) else { return false };
        let pattern = (index != NONE).then(|| self.catalogue.pattern(index));
        pattern.is_none_or(|pattern| {
            !matches!(pattern.phase, Some(Phase::Connect | Phase::Resolve | Phase::Tls | Phase::Queue))
                && !matches!(pattern.cause, Some(Cause::Intentional | Cause::NoHealthyBackends))
        })
    }

    /// Whether it is what the target answered: then that has the same status.
    fn is_relayed(&self, answer: &Answer) -> bool {
        answer.request.is_some_and(|(index, _)| index != NONE && self.catalogue.pattern(index).cause == Some(Cause::PassedThrough))
    }
}

fn is_failed(answer: &Answer) -> bool {
    answer.request.is_some() && is_gateway_status(answer.status)
}

fn is_same_upstream(outer: &Answer, inner: crate::scan::NameId) -> bool {
    outer.request.is_some_and(|(_, names)| names[0] != Names::NONE && names[0] != Names::OTHER && names[0] == inner)
}

/// What one request has in common in two logs; 0 is not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Common {
    route: Key,
    method: Key,
    client: Key,
    status: u16,
}

impl Common {
    const fn of(route: Key, method: Key) -> Self {
        Self { route, method, client: 0, status: 0 }
    }
}

/// Those of one key, on both sides: the second, and the place.
#[derive(Debug, Default)]
struct Group {
    outer: Vec<(i64, usize)>,
    inner: Vec<(i64, usize)>,
}

impl Group {
    /// Pairs of which the ends are at most so far apart: as many as there can be, in order of time.
    fn matched(mut self, skew: i64, is_beside: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
        self.outer.sort_unstable();
        self.inner.sort_unstable();
        let (mut at, mut pairs) = (0, Vec::new());
        for (second, outer) in self.outer {
            while self.inner.get(at).is_some_and(|(inner, _)| *inner < second - skew) {
                at += 1;
            }
            let Some((_, inner)) = self.inner.get(at).filter(|(inner, _)| *inner <= second + skew) else { continue };
            if !is_beside(outer, *inner) {
                pairs.push((outer, *inner));
                at += 1;
            }
        }
        pairs
    }
}
