//! Counts → report: what is shown, how it is sorted, and where lists end.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::drop_aside;
use super::findings::{Facts, findings};
use super::gap::gaps;
use super::heat::heat;
use super::incident::incidents;
use super::reconcile::reconcile;
use super::tally::CauseTally;
use super::timeline::{Counts, Slot};
use super::tops::{top_names, tops};
use super::totals::Totals;
use crate::pattern::{Catalogue, PatternIndex, Values, advice};
use crate::record::Cause;
use crate::report::{self, Bucket, CauseReport, Count, ExamplePlace, Finding, Heat, Incident, InputReport, PatternCount, Report, Span, Unrecognised, Warning};
use crate::scan::Example;
use crate::text::number::counted;
use crate::text::safe::{excerpt, printable};
use crate::time::{MAX_BUCKETS, Timestamp, Width};

/// Longest example in a report, in characters.
const LONGEST_EXAMPLE: usize = 1_000;
/// An entry further from both its neighbours does not widen the span.
const OUTLIER_SECONDS: i64 = 86_400;

/// What the reader of the report asked for.
#[derive(Clone, Debug)]
pub struct Thresholds {
    /// Width of a bucket; `None` picks one.
    pub bucket: Option<Width>,
    /// Length of the lists.
    pub top: usize,
    /// Only these causes, if any are named.
    pub causes: Vec<Cause>,
}

/// Makes the report of what was counted. The memory of the counts is given back by the threads of the pool, soon.
pub fn finish(mut totals: Totals, catalogue: &Catalogue, thresholds: &Thresholds, mut inputs: Vec<InputReport>, mut warnings: Vec<Warning>) -> Report {
    let reconciled = reconcile(&mut totals, catalogue, &mut inputs, &mut warnings);
    count_answers(&mut totals, &thresholds.causes, &mut inputs);
    keep_causes(&mut totals, &thresholds.causes);
    totals.by_time.complete();
    let span = span(&totals, thresholds, &mut warnings);
    tell_caps(&totals, &mut warnings);
    let top = thresholds.top;
    let formats: Vec<&str> = inputs.iter().map(|input| input.format.as_str()).collect();
    let from_times = || span.map(|(span, _)| FromTimes::of(&totals, catalogue, span, formats)).unwrap_or_default();
    let from_names = || top_names(&totals, catalogue, top);
    let buckets = || span.map_or_else(Vec::new, |(span, width)| buckets(&totals, span, width));
    let causes = || (causes(&totals, catalogue, top), unrecognised(&totals, top));
    let ((from_times, (tops, sign_in)), (buckets, (causes, unrecognised))) =
        rayon::join(|| rayon::join(from_times, from_names), || rayon::join(buckets, causes));
    let FromTimes { mut incidents, findings, heat } = from_times;
    let span = span.map(|(span, _)| span);
    let context = context(&totals, catalogue, &mut inputs, &mut incidents, &mut warnings);
    warnings.sort();
    warnings.dedup();
    let report = Report {
        schema: report::SCHEMA,
        partial: false,
        span,
        totals: sums(&totals),
        statuses: totals.statuses.iter().map(|(status, responses)| (status.to_string(), *responses)).collect(),
        examples: example_places(&totals, catalogue, &causes, &inputs),
        causes,
        top: tops,
        heat,
        gaps: gaps(&buckets, span),
        buckets,
        incidents,
        context,
        findings,
        reconciliation: reconciled.reconciliation,
        layers: reconciled.layers,
        offsets: reconciled.offsets,
        sign_in,
        unrecognised,
        inputs,
        filter: Vec::new(),
        warnings,
        ..Report::default()
    };
    drop_aside(totals);
    report
}

/// What is told from requests by time.
#[derive(Default)]
struct FromTimes {
    incidents: Vec<Incident>,
    findings: Vec<Finding>,
    heat: Option<Heat>,
}

impl FromTimes {
    fn of(totals: &Totals, catalogue: &Catalogue, Span { from, to, .. }: Span, formats: Vec<&str>) -> Self {
        let told = || {
            let incidents = incidents(totals, from, to);
            (findings(&Facts { totals, incidents: &incidents, from, to, formats }, catalogue), incidents)
        };
        let ((findings, incidents), heat) = rayon::join(told, || heat(totals, from, to));
        Self { incidents, findings, heat }
    }
}

/// Answers that turned out to be evidence count as that, also in their inputs.
fn count_answers(totals: &mut Totals, causes: &[Cause], inputs: &mut [InputReport]) {
    let in_answers: u64 = totals.answers_counted.values().sum();
    totals.by_line.ordinary -= in_answers;
    totals.by_line.evidence += in_answers;
    let is_asked = |cause: &Cause| causes.is_empty() || causes.contains(cause);
    for ((input, _), answers) in totals.answers_counted.iter().filter(|((_, cause), _)| is_asked(cause)) {
        if let Some(input) = inputs.get_mut(*input as usize) {
            input.evidence += answers;
        }
    }
}

/// What the caps of memory left out.
fn tell_caps(totals: &Totals, warnings: &mut Vec<Warning>) {
    if totals.evicted > 0 {
        warn(
            warnings,
            format!("{} closed early: more than 65,536 were open at once; some may be counted twice", counted(totals.evicted, "request was", "requests were")),
        );
    }
    for (names, what) in totals.names.iter().zip(["upstreams", "hosts", "paths"]) {
        if names.overflowed() {
            warn(warnings, format!("more than {} distinct {what}; the later ones are counted as 'other'", names.len()));
        }
    }
}

/// What happened behind the proxy, beside each incident and as a whole.
fn context(
    totals: &Totals,
    catalogue: &Catalogue,
    inputs: &mut [InputReport],
    incidents: &mut [Incident],
    warnings: &mut Vec<Warning>,
) -> Vec<report::Context> {
    for (input, entries) in &totals.context.by_input {
        if let Some(input) = inputs.get_mut(*input as usize) {
            input.context = *entries;
        }
    }
    let (lost, timeless) = (totals.context.lost, totals.context.timeless);
    if timeless > 0 {
        warn(warnings, format!("events behind the proxy that bear no time, and so stand beside no failure: {timeless}"));
    }
    if lost > 0 {
        warn(warnings, format!("events behind the proxy that were too many to be kept: {lost}; of each kind the first of a minute, and of the log, were"));
    }
    super::context::beside(totals, catalogue, inputs, incidents)
}

fn warn(warnings: &mut Vec<Warning>, message: String) {
    warnings.push(Warning { path: String::new(), message });
}

fn sums(totals: &Totals) -> report::Totals {
    let mut sums = report::Totals {
        lines: totals.by_line.sum(),
        entries: totals.entries,
        responses: totals.responses,
        gateway_responses: totals.statuses.values().sum(),
        client_aborts: totals.by_line.client_abort,
        unrecognised: totals.by_line.unrecognised,
        unparsed: totals.by_line.unparsed,
        by_line: totals.by_line,
        ..report::Totals::default()
    };
    for (cause, tally) in totals.tally.causes() {
        sums.evidence += tally.evidence;
        sums.requests += tally.requests;
        if cause.is_failure() {
            sums.failed += tally.requests - tally.saved;
        }
    }
    sums
}

/// Drops what is not of the causes asked for; their evidence counts as filtered.
fn keep_causes(totals: &mut Totals, causes: &[Cause]) {
    if causes.is_empty() {
        return;
    }
    let dropped: u64 = totals.tally.causes().filter(|(cause, _)| !causes.contains(cause)).map(|(_, tally)| tally.evidence).sum();
    totals.by_line.evidence -= dropped;
    totals.by_line.filtered += dropped;
    totals.tally.retain(|cause| causes.contains(&cause));
    totals.timeline.retain(|cause| causes.contains(&cause));
    totals.by_time.retain(|cause| causes.contains(&cause));
    totals.durations.retain(|(cause, _), _| causes.contains(cause));
}

/// The span of the report, and the width of its buckets.
fn span(totals: &Totals, thresholds: &Thresholds, warnings: &mut Vec<Warning>) -> Option<(Span, Width)> {
    let (from, to) = times(totals, warnings)?;
    let (first, last) = (from.seconds(), to.seconds());
    let finest = totals.timeline.width();
    let width = match thresholds.bucket {
        None => Width::auto(finest, first, last),
        Some(wanted) => {
            let width = wanted.max(finest).at_most(MAX_BUCKETS, first, last);
            if width != wanted {
                warn(warnings, format!("buckets of {wanted} would be too many; they are {width} wide"));
            }
            width
        }
    };
    Some((Span { from, to, bucket_seconds: width.seconds() }, width))
}

fn buckets(totals: &Totals, span: Span, width: Width) -> Vec<Bucket> {
    let (first, last) = (span.from.seconds(), span.to.seconds());
    let counted = totals.timeline.in_buckets(width);
    let starts = (0..width.count(first, last)).map(|at| width.start_of(first) + at * width.seconds());
    starts.map(|start| bucket(start, counted.get(&start))).collect()
}

fn bucket(start: i64, slot: Option<&Slot>) -> Bucket {
    let empty = Slot::default();
    let slot = slot.unwrap_or(&empty);
    let by = |count: fn(Counts) -> u64| -> BTreeMap<String, u64> {
        slot.causes().map(|(cause, counts)| (cause.id().to_owned(), count(counts))).filter(|(_, count)| *count > 0).collect()
    };
    Bucket {
        start: Timestamp::from_seconds(start),
        responses: slot.responses,
        gateway_responses: slot.gateway_responses,
        requests: slot.requests(),
        causes: by(|counts| counts.requests),
        evidence: by(|counts| counts.evidence),
    }
}

/// From the earliest to the latest entry, leaving out those that stand alone a day from all others.
fn times(totals: &Totals, warnings: &mut Vec<Warning>) -> Option<(Timestamp, Timestamp)> {
    let slots: Vec<_> = totals.timeline.slots().filter_map(|(_, slot)| Some((slot.times?, slot.entries))).collect();
    let far = |earlier: Option<&((Timestamp, Timestamp), u64)>, later: Option<&((Timestamp, Timestamp), u64)>| match (earlier, later) {
        (Some(earlier), Some(later)) => later.0.0.seconds() - earlier.0.1.seconds() > OUTLIER_SECONDS,
        _ => true,
    };
    let is_alone = |at: usize| {
        let here = &slots[at];
        here.1 == 1 && far(at.checked_sub(1).and_then(|before| slots.get(before)), Some(here)) && far(Some(here), slots.get(at + 1))
    };
    let kept: Vec<_> = (0..slots.len()).filter(|at| !is_alone(*at)).map(|at| slots[at].0).collect();
    if kept.is_empty() {
        return totals.times;
    }
    let alone = (slots.len() - kept.len()) as u64;
    if alone > 0 {
        let entries = counted(alone, "entry stands", "entries stand");
        let them = if alone == 1 { "it" } else { "them" };
        warn(warnings, format!("{entries} more than 24 h from all others; a span does not begin or end with {them}"));
    }
    Some((kept.first()?.0, kept.last()?.1))
}

fn causes(totals: &Totals, catalogue: &Catalogue, top: usize) -> Vec<CauseReport> {
    let all: u64 = totals.tally.causes().map(|(_, tally)| tally.requests).sum();
    let mut causes: Vec<_> = totals.tally.causes().filter(|(_, tally)| tally.evidence + tally.requests > 0).collect();
    causes.sort_by_key(|(cause, tally)| (Reverse((tally.requests, tally.evidence)), cause.id()));
    causes.into_iter().map(|(cause, tally)| cause_report(totals, catalogue, cause, tally, all, top)).collect()
}

fn cause_report(totals: &Totals, catalogue: &Catalogue, cause: Cause, tally: &CauseTally, all: u64, top: usize) -> CauseReport {
    let text = catalogue.cause(cause);
    let mut patterns: Vec<_> = tally.patterns().collect();
    patterns.sort_by_key(|(index, evidence)| (Reverse(*evidence), catalogue.pattern(*index).text.id.as_str()));
    let tops: [Vec<Count>; 3] = std::array::from_fn(|kind| tops(&totals.names[kind], tally.by_name(kind), top));
    let leading = patterns.first().map(|(index, _)| &catalogue.pattern(*index).text);
    let [upstreams, hosts, paths] = tops;
    let first = |names: &[Count]| names.iter().map(|count| count.name.clone()).find(|name| name != "other");
    let example = example(totals, catalogue, cause);
    let values = Values { upstream: first(&upstreams), host: first(&hosts), path: first(&paths), scheme: None };
    let example = example.map(|example| excerpt(&example.record, LONGEST_EXAMPLE));
    let values = values.with_scheme_in(example.as_deref().unwrap_or_default());
    let (checks, fixes) = advice(Some(text), leading, &values);
    CauseReport {
        id: cause.id().to_owned(),
        title: text.title.clone(),
        meaning: text.meaning.clone(),
        evidence: tally.evidence,
        requests: tally.requests,
        share: share(tally.requests, all),
        first: tally.times.map(|times| times.0),
        last: tally.times.map(|times| times.1),
        phases: tally.phases().map(|(phase, entries)| (phase.id().to_owned(), entries)).collect(),
        patterns: patterns.iter().map(|(index, evidence)| pattern_count(catalogue, *index, *evidence)).collect(),
        example,
        upstreams,
        hosts,
        paths,
        checks,
        fixes,
    }
}

fn pattern_count(catalogue: &Catalogue, index: PatternIndex, evidence: u64) -> PatternCount {
    let text = &catalogue.pattern(index).text;
    PatternCount { id: text.id.clone(), title: text.title.clone(), evidence }
}

/// Rounded to four decimals.
#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn share(part: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { (part as f64 / all as f64 * 10_000.0).round() / 10_000.0 }
}

/// The earliest record of a specific pattern of that cause; of a general one, if there is no other.
fn example<'t>(totals: &'t Totals, catalogue: &Catalogue, cause: Cause) -> Option<&'t Example> {
    let mine = totals.examples.iter().filter(|(index, _)| catalogue.pattern(**index).cause == Some(cause));
    let counted =
        mine.filter(|(index, _)| totals.tally.causes().any(|(other, tally)| other == cause && tally.patterns().any(|(counted, _)| counted == **index)));
    counted.min_by_key(|(index, example)| (catalogue.pattern(**index).text.general, example.order)).map(|(_, example)| example)
}

/// Where the example of each cause stands.
fn example_places(totals: &Totals, catalogue: &Catalogue, causes: &[CauseReport], inputs: &[InputReport]) -> Vec<ExamplePlace> {
    let place = |id: &String| {
        let example = example(totals, catalogue, Cause::from_id(id)?)?;
        let input = inputs.get(example.order.0 as usize)?;
        Some(ExamplePlace { cause: id.clone(), path: input.path.clone(), line: example.line })
    };
    causes.iter().filter_map(|cause| place(&cause.id)).collect()
}

fn unrecognised(totals: &Totals, top: usize) -> Vec<Unrecognised> {
    let mut all: Vec<_> = totals.unknown.iter().collect();
    all.sort_by_key(|(template, unknown)| (Reverse(unknown.entries), template.as_str()));
    let shown = all.into_iter().take(top.max(20));
    shown
        .map(|(template, unknown)| Unrecognised {
            template: template.clone(),
            entries: unknown.entries,
            first: unknown.times.map(|times| times.0),
            last: unknown.times.map(|times| times.1),
            example: printable(&unknown.example).chars().take(LONGEST_EXAMPLE).collect(),
        })
        .collect()
}
