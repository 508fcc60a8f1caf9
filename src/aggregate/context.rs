//! What happened behind the proxy, beside the failures that it may explain.
//!
//! Entries of context are kept apart from everything that is counted: a short list an input, in file order, whose caps
//! say so in the report. Beside a burst stand those from five minutes before it to its end, gravest and nearest first. Of
//! those before the first failure, the one that can bring about such a failure, is about such an upstream or near enough
//! in time, and is gravest, is named as the first domino; nothing more is claimed than what came before what.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::place::{Fit, fit};
use super::totals::Totals;
use crate::format::FormatId;
use crate::pattern::{Catalogue, PatternIndex};
use crate::record::Cause;
use crate::report::{self, Incident, InputReport};
use crate::scan::{Behind, ContextEvent};
use crate::time::Timestamp;

/// Entries of an input that are kept, by gravity.
const MOST: [usize; 3] = [500, 1_000, 2_000];
/// Entries of all inputs.
const MOST_IN_ALL: usize = 16_384;
/// Entries of one pattern in a minute of an input.
const MOST_IN_MINUTE: u32 = 10;
/// Context so many seconds before the first failure is shown.
const BEFORE: i64 = 300;
/// Entries that are shown, and those of one pattern among them.
const SHOWN: usize = 10;
const SHOWN_OF_ONE: usize = 3;
/// So many seconds before the first failure an entry of that gravity may be the first domino, when nothing tells that it
/// is about an upstream that failed.
const NEAR: [i64; 3] = [10, 60, 120];
/// Entries of equal gravity so many seconds apart are one event: the first of them is named.
const CLUSTER: i64 = 5;

/// The entries of context that are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct ContextLog {
    held: Vec<(u32, ContextEvent)>,
    /// What is held of the input that is being read: by gravity, and by pattern and minute.
    input: u32,
    by_gravity: [usize; 3],
    in_minute: BTreeMap<(PatternIndex, i64), u32>,
    /// Entries that were not kept.
    pub(super) lost: u64,
    /// Entries that could not be placed, since they have no time.
    pub(super) timeless: u64,
    /// Entries by input.
    pub(super) by_input: BTreeMap<u32, u64>,
}

impl ContextLog {
    /// Takes in the next context of an input.
    pub(super) fn take(&mut self, input: u32, behind: &Behind, catalogue: &Catalogue) {
        if input != self.input {
            (self.input, self.by_gravity, self.in_minute) = (input, [0; 3], BTreeMap::new());
        }
        self.timeless += behind.timeless;
        let all = behind.timeless + behind.events.len() as u64;
        if all > 0 {
            *self.by_input.entry(input).or_default() += all;
        }
        for event in &behind.events {
            let gravity = gravity(catalogue, event);
            let minute = (event.pattern, event.at.seconds().div_euclid(60));
            let is_full = self.by_gravity[gravity] >= MOST[gravity] || self.in_minute.get(&minute).is_some_and(|held| *held >= MOST_IN_MINUTE);
            if is_full {
                self.lost += 1;
                continue;
            }
            *self.in_minute.entry(minute).or_default() += 1;
            self.by_gravity[gravity] += 1;
            self.held.push((input, event.clone()));
        }
    }

    /// Adds what the next log has.
    pub(super) fn absorb(&mut self, other: Self) {
        self.lost += other.lost;
        self.timeless += other.timeless;
        for (input, entries) in other.by_input {
            *self.by_input.entry(input).or_default() += entries;
        }
        let room = MOST_IN_ALL.saturating_sub(self.held.len());
        self.lost += other.held.len().saturating_sub(room) as u64;
        self.held.extend(other.held.into_iter().take(room));
    }

    /// Takes the times that bear no zone as so many seconds later.
    pub(super) fn shift(&mut self, seconds: i64) {
        for (_, event) in self.held.iter_mut().filter(|(_, event)| !event.has_zone) {
            event.at = event.at.plus_seconds(seconds);
        }
    }
}

fn gravity(catalogue: &Catalogue, event: &ContextEvent) -> usize {
    usize::from(catalogue.pattern(event.pattern).text.gravity.clamp(1, 3)) - 1
}

/// A stretch of failures to which context is sought.
struct Stretch<'s> {
    causes: &'s [Cause],
    upstreams: &'s [String],
    /// The first failure, in seconds.
    first: i64,
    /// Where it ends.
    to: i64,
}

/// Puts context beside each incident; gives what stands near any failure, or, where nothing failed, what is gravest.
pub(super) fn beside(totals: &Totals, catalogue: &Catalogue, inputs: &[InputReport], incidents: &mut [Incident]) -> Vec<report::Context> {
    if totals.context.held.is_empty() {
        return Vec::new();
    }
    for incident in &mut *incidents {
        let causes: Vec<Cause> = Cause::from_id(&incident.cause).into_iter().collect();
        let (from, to) = (incident.start.seconds(), incident.end.seconds());
        let first = failures(totals, &causes).map(|(start, _)| start).find(|start| (from..to).contains(start)).unwrap_or(from);
        incident.context = near(totals, catalogue, inputs, &Stretch { causes: &causes, upstreams: &incident.upstreams, first, to });
    }
    let causes: Vec<Cause> = totals.tally.causes().filter(|(cause, tally)| cause.is_failure() && tally.requests > 0).map(|(cause, _)| cause).collect();
    let ends = failures(totals, &causes).fold(None, |ends: Option<(i64, i64)>, (start, end)| Some((ends.map_or(start, |ends| ends.0), end)));
    let upstreams: Vec<String> = incidents.iter().flat_map(|incident| incident.upstreams.clone()).collect();
    match ends {
        Some((first, to)) => near(totals, catalogue, inputs, &Stretch { causes: &causes, upstreams: &upstreams, first, to }),
        None => gravest(totals, catalogue, inputs),
    }
}

/// Where slots of time with failed requests of these causes begin and end.
fn failures<'t>(totals: &'t Totals, causes: &'t [Cause]) -> impl Iterator<Item = (i64, i64)> + 't {
    let width = totals.timeline.width().seconds();
    let has_failed = |slot: &super::timeline::Slot| slot.causes().any(|(cause, counts)| counts.requests > 0 && causes.contains(&cause));
    totals.timeline.slots().filter(move |(_, slot)| has_failed(slot)).map(move |(start, _)| (start, start + width))
}

/// An entry beside a stretch.
struct Beside<'t> {
    input: u32,
    event: &'t ContextEvent,
    gravity: usize,
    fit: Fit<'t>,
    can_explain: bool,
    /// Seconds before the first failure; negative behind it.
    before: i64,
}

impl Beside<'_> {
    /// Whether it may have been what began it.
    fn may_be_first(&self) -> bool {
        let near = if matches!(self.fit, Fit::Same(_)) { BEFORE } else { NEAR[self.gravity] };
        self.can_explain && (0..=near).contains(&self.before) && !matches!(self.fit, Fit::Other)
    }
}

fn near(totals: &Totals, catalogue: &Catalogue, inputs: &[InputReport], stretch: &Stretch<'_>) -> Vec<report::Context> {
    let around = totals.context.held.iter().filter(|(_, event)| (stretch.first - BEFORE..stretch.to).contains(&event.at.seconds()));
    let mut beside: Vec<Beside<'_>> = around
        .map(|(input, event)| Beside {
            input: *input,
            event,
            gravity: gravity(catalogue, event),
            fit: fit(&event.said.places, stretch.upstreams),
            can_explain: catalogue.pattern(event.pattern).explains.iter().any(|cause| stretch.causes.contains(cause)),
            before: stretch.first - event.at.seconds(),
        })
        .collect();
    beside.sort_by(|a, b| order(a).cmp(&order(b)));
    let first = first_domino(&beside);
    let mut shown: Vec<report::Context> = Vec::new();
    let mut of_one: BTreeMap<PatternIndex, usize> = BTreeMap::new();
    // What is named must be among what is shown.
    let ranked = first.into_iter().chain((0..beside.len()).filter(|at| Some(*at) != first));
    for at in ranked {
        let entry = &beside[at];
        let is_told = shown.iter().any(|other| other.text == entry.event.said.text && (other.time.seconds() - entry.event.at.seconds()).abs() <= 1);
        let of_one = of_one.entry(entry.event.pattern).or_default();
        if !is_told && *of_one < SHOWN_OF_ONE && shown.len() < SHOWN {
            *of_one += 1;
            shown.push(shown_as(catalogue, inputs, entry, first == Some(at)));
        }
    }
    shown
}

type Order<'b> = (bool, bool, Reverse<usize>, i64, Timestamp, u32, &'b str);

/// What explains such failures goes first, what is about another upstream last; between, the gravest and nearest.
fn order<'b>(entry: &'b Beside<'_>) -> Order<'b> {
    let Beside { input, event, gravity, before, .. } = entry;
    (matches!(entry.fit, Fit::Other), !entry.can_explain, Reverse(*gravity), before.abs(), event.at, *input, &event.said.text)
}

/// Of what may have begun it, the gravest, about such an upstream if any is; of several near each other, the earliest.
fn first_domino(beside: &[Beside<'_>]) -> Option<usize> {
    let rank = |entry: &Beside<'_>| (entry.gravity, matches!(entry.fit, Fit::Same(_)));
    let candidates = || (0..beside.len()).filter(|at| beside[*at].may_be_first());
    let nearest = candidates().min_by_key(|at| (Reverse(rank(&beside[*at])), beside[*at].before))?;
    let is_same = |at: &usize| beside[*at].gravity == beside[nearest].gravity && beside[*at].before - beside[nearest].before <= CLUSTER;
    // The kernel acts; all others notice, and logs of whole seconds do not tell who came first.
    candidates().filter(is_same).min_by_key(|at| (beside[*at].event.format != FormatId::Kernel, beside[*at].event.at, beside[*at].input))
}

fn shown_as(catalogue: &Catalogue, inputs: &[InputReport], entry: &Beside<'_>, is_first: bool) -> report::Context {
    let Beside { input, event, before, .. } = entry;
    report::Context {
        time: event.at,
        path: inputs.get(*input as usize).map_or_else(String::new, |input| input.path.clone()),
        format: event.format.id().to_owned(),
        pattern: catalogue.pattern(event.pattern).text.id.clone(),
        text: event.said.text.clone(),
        upstream: if let Fit::Same(upstream) = entry.fit { Some(upstream.to_owned()) } else { None },
        seconds_before: *before,
        first: is_first,
    }
}

/// Where nothing failed: the gravest entries, the latest of them.
fn gravest(totals: &Totals, catalogue: &Catalogue, inputs: &[InputReport]) -> Vec<report::Context> {
    let held = totals.context.held.iter();
    let mut all: Vec<Beside<'_>> = held
        .map(|(input, event)| Beside { input: *input, event, gravity: gravity(catalogue, event), fit: Fit::Unknown, can_explain: true, before: 0 })
        .collect();
    all.sort_by(|a, b| {
        (Reverse(a.gravity), Reverse(a.event.at), a.input, &a.event.said.text).cmp(&(Reverse(b.gravity), Reverse(b.event.at), b.input, &b.event.said.text))
    });
    all.iter().take(SHOWN).map(|entry| shown_as(catalogue, inputs, entry, false)).collect()
}
