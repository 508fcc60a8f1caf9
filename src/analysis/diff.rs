//! Two reports → what changed from one to the other. Pure.
//!
//! Counts are compared as rates: per response where both have access logs, else per hour. Whether a difference means
//! anything is a test of two Poisson rates: of all events of both reports, so many fall into the second by chance.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::chance::two_sided;
use crate::record::Cause;
use crate::report::{Basis, CauseReport, Change, Confidence, Count, Difference, Direction, Report, SCHEMA, Side};
use crate::text::number::counted;
use crate::text::safe::excerpt;

/// Fewer seconds are no measure of how often something happens.
const SHORTEST: i64 = 60;
/// Longest name, in characters.
const LONGEST: usize = 200;
/// Most lists of a report are no longer than this unless more was asked for.
const USUAL_TOP: usize = 5;

/// Holds `b` against `a`; the names are what the user called them.
pub fn diff((name_a, a): (&str, &Report), (name_b, b): (&str, &Report)) -> Difference {
    let scale = Scale::of(a, b);
    let failed = scale.change(String::new(), String::new(), a.totals.failed, b.totals.failed);
    let causes = causes(&scale, a, b);
    let is_worse = |change: &Change| change.confidence.is_clear() && matches!(change.direction, Direction::New | Direction::Up);
    let is_failure = |change: &&Change| Cause::from_id(&change.name).is_none_or(Cause::is_failure);
    Difference {
        schema: SCHEMA,
        a: side(name_a, a),
        b: side(name_b, b),
        basis: scale.basis,
        worse: is_worse(&failed) || causes.iter().filter(is_failure).any(is_worse),
        failed,
        causes,
        upstreams: changes(&scale, &upstreams(a), &upstreams(b)),
        templates: changes(&scale, &templates(a), &templates(b)),
        notes: notes(&scale, (name_a, a), (name_b, b)),
    }
}

fn side(name: &str, report: &Report) -> Side {
    Side {
        name: excerpt(name.as_bytes(), LONGEST),
        from: report.span.map(|span| span.from),
        to: report.span.map(|span| span.to),
        responses: report.totals.responses,
        failed: report.totals.failed,
    }
}

/// How much of traffic or time each report saw.
struct Scale {
    basis: Basis,
    a: f64,
    b: f64,
}

impl Scale {
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn of(a: &Report, b: &Report) -> Self {
        // More failures than answers: then the access log is not that of the error log.
        let has_responses = |report: &Report| report.totals.responses > 0 && report.totals.requests <= report.totals.responses;
        if has_responses(a) && has_responses(b) {
            return Self { basis: Basis::Responses, a: a.totals.responses as f64, b: b.totals.responses as f64 };
        }
        match (seconds(a), seconds(b)) {
            (Some(a), Some(b)) => Self { basis: Basis::Hours, a: a as f64 / 3_600.0, b: b as f64 / 3_600.0 },
            _ => Self { basis: Basis::Counts, a: 1.0, b: 1.0 },
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn change(&self, name: String, title: String, a: u64, b: u64) -> Change {
        let (rate_a, rate_b) = (a as f64 / self.a, b as f64 / self.b);
        let p = two_sided(a, b, self.a / (self.a + self.b));
        let confidence = match p {
            ..0.001 => Confidence::Certain,
            ..0.01 => Confidence::Likely,
            ..0.05 => Confidence::Unsure,
            _ => Confidence::Chance,
        };
        let direction = match (a, b) {
            (0, 0) => Direction::Same,
            (0, _) => Direction::New,
            (_, 0) => Direction::Gone,
            _ if rate_b > rate_a => Direction::Up,
            _ if rate_b < rate_a => Direction::Down,
            _ => Direction::Same,
        };
        let shown = |rate: f64| (self.basis != Basis::Counts).then(|| rounded(rate));
        Change { name, title, direction, a, b, rate_a: shown(rate_a), rate_b: shown(rate_b), p, confidence }
    }
}

/// From the first to the last entry, if that is long enough for a rate.
fn seconds(report: &Report) -> Option<i64> {
    let span = report.span?;
    Some(span.to.seconds().saturating_sub(span.from.seconds())).filter(|seconds| *seconds >= SHORTEST)
}

/// Six decimals, as no rate is known any better.
fn rounded(rate: f64) -> f64 {
    (rate * 1e6).round() / 1e6
}

fn causes(scale: &Scale, a: &Report, b: &Report) -> Vec<Change> {
    let of = |report: &Report, id: &str| report.causes.iter().find(|cause| cause.id == id).map_or(0, |cause| cause.requests);
    let mut titles: BTreeMap<&str, &str> = BTreeMap::new();
    for cause in a.causes.iter().chain(&b.causes) {
        titles.insert(&cause.id, &cause.title);
    }
    let changes = titles.into_iter().map(|(id, title)| scale.change(safe(id), safe(title), of(a, id), of(b, id)));
    sorted(changes.filter(|change| change.a > 0 || change.b > 0).collect())
}

fn changes(scale: &Scale, a: &BTreeMap<&str, u64>, b: &BTreeMap<&str, u64>) -> Vec<Change> {
    let names: std::collections::BTreeSet<&str> = a.keys().chain(b.keys()).copied().collect();
    let of = |counts: &BTreeMap<&str, u64>, name: &str| counts.get(name).copied().unwrap_or(0);
    sorted(names.into_iter().map(|name| scale.change(safe(name), String::new(), of(a, name), of(b, name))).collect())
}

/// What got worse first, and what is surest first.
fn sorted(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by(|x, y| {
        let key = |change: &Change| (!change.confidence.is_clear(), change.direction, Reverse(change.a.max(change.b)));
        key(x).cmp(&key(y)).then_with(|| x.name.cmp(&y.name))
    });
    changes
}

fn safe(text: &str) -> String {
    excerpt(text.as_bytes(), LONGEST)
}

fn failures(report: &Report) -> impl Iterator<Item = &CauseReport> {
    report.causes.iter().filter(|cause| Cause::from_id(&cause.id).is_none_or(Cause::is_failure))
}

fn upstreams(report: &Report) -> BTreeMap<&str, u64> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for Count { name, requests } in failures(report).flat_map(|cause| &cause.upstreams) {
        let count = counts.entry(name).or_default();
        *count = count.saturating_add(*requests);
    }
    counts
}

fn templates(report: &Report) -> BTreeMap<&str, u64> {
    report.unrecognised.iter().map(|unknown| (unknown.template.as_str(), unknown.entries)).collect()
}

fn notes(scale: &Scale, a: (&str, &Report), b: (&str, &Report)) -> Vec<String> {
    let mut notes = Vec::new();
    if scale.basis == Basis::Counts {
        notes.push("counts are compared as they are: not both have answers, nor times over a minute".to_owned());
    }
    for (name, report) in [a, b] {
        let listed = |cause: &CauseReport| cause.upstreams.iter().map(|count| count.requests).fold(0, u64::saturating_add);
        if failures(report).any(|cause| cause.upstreams.len() >= USUAL_TOP && listed(cause) < cause.requests) {
            notes.push(format!("the lists of {} are cut: an upstream may be in it and not be listed", safe(name)));
        }
        let templates = report.unrecognised.iter().map(|unknown| unknown.entries).fold(0, u64::saturating_add);
        if templates < report.totals.unrecognised {
            let missing = counted(report.totals.unrecognised - templates, "entry that is not recognised is", "entries that are not recognised are");
            notes.push(format!("{missing} in {} without a template", safe(name)));
        }
    }
    notes
}
