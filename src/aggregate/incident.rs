//! Bursts on the finished timeline, and how each came about.
//!
//! A cause's usual level is the lower quartile of its buckets: an outage may fill half of a log, but hardly three quarters.
//! A bucket is hot when it stands far above that, in proportion and against the scatter that a steady trickle has by chance
//! (Poisson: its root). A run of hot buckets is a burst when so many of the cause's requests in so small a part of the time
//! cannot be chance either. So a trickle is never a burst, and neither is a log that is one long failure. What is too thin
//! in fine buckets is looked at in coarser ones.

use std::collections::BTreeMap;

use super::timeline::Counts;
use super::tops::LONGEST_NAME;
use super::totals::Totals;
use crate::record::Cause;
use crate::report::{Incident, Step};
use crate::scan::{NameId, Names};
use crate::text::safe::excerpt;
use crate::time::{Timestamp, Width};

/// The span is looked at in about so many buckets: first finely, then coarser while nothing is found.
const BUCKETS: [i64; 4] = [240, 96, 40, 20];
/// In fewer there is no usual level.
const FEWEST: usize = 5;
/// A burst has at least so many requests.
const FEWEST_REQUESTS: u64 = 5;
/// Bursts of one cause with at most so many quiet buckets between them are one.
const GAP: usize = 3;
/// Upstreams and paths that are named, and steps that are told.
const MOST_NAMES: usize = 10;

/// A run of buckets, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: usize,
    last: usize,
}

/// Every burst, earliest first.
pub(super) fn incidents(totals: &Totals, from: Timestamp, to: Timestamp) -> Vec<Incident> {
    let finest = totals.timeline.width().max(totals.by_time.upstreams.width()).max(totals.by_time.paths.width());
    let mut found = Vec::new();
    let mut causes: Vec<_> = totals.tally.causes().map(|(cause, _)| cause).filter(|cause| cause.is_failure()).collect();
    let axes = BUCKETS.map(|most| Axis::new(finest.at_most(most, from.seconds(), to.seconds()), from, to));
    let [finest, .., coarsest] = &axes;
    let all = coarsest.in_buckets_of(finest.width);
    let counts = all.count(totals);
    for axis in &axes {
        causes.retain(|cause| {
            let counts = axis.sums(&all, &counts[cause.index()]);
            let runs = bursts(&counts);
            found.extend(runs.iter().map(|run| describe(totals, axis, (*cause, &counts), *run)));
            runs.is_empty()
        });
    }
    found.sort_by(|a, b| (a.start, &a.cause).cmp(&(b.start, &b.cause)));
    found
}

/// The span in buckets.
struct Axis {
    start: i64,
    width: Width,
    buckets: usize,
}

impl Axis {
    fn new(width: Width, from: Timestamp, to: Timestamp) -> Self {
        let buckets = usize::try_from(width.count(from.seconds(), to.seconds())).unwrap_or(0);
        Self { start: width.start_of(from.seconds()), width, buckets }
    }

    /// The same time in narrower buckets.
    fn in_buckets_of(&self, width: Width) -> Self {
        let each = usize::try_from(self.width.seconds() / width.seconds()).unwrap_or(1);
        Self { start: self.start, width, buckets: self.buckets * each }
    }

    /// Requests of each cause by bucket.
    fn count(&self, totals: &Totals) -> [Vec<u64>; Cause::ALL.len()] {
        let mut counts = std::array::from_fn(|_| vec![0; self.buckets]);
        for (second, slot) in totals.timeline.slots() {
            let Some(at) = self.bucket(second) else { continue };
            for (cause, Counts { requests, .. }) in slot.causes() {
                counts[cause.index()][at] += requests;
            }
        }
        counts
    }

    /// The counts of an axis whose width divides this one's, in the buckets of this one.
    fn sums(&self, finer: &Self, counts: &[u64]) -> Vec<u64> {
        let mut sums = vec![0; self.buckets];
        for (at, requests) in counts.iter().enumerate() {
            if let Some(bucket) = self.bucket(finer.second(at)) {
                sums[bucket] += requests;
            }
        }
        sums
    }

    fn bucket(&self, second: i64) -> Option<usize> {
        let at = (second - self.start).div_euclid(self.width.seconds());
        usize::try_from(at).ok().filter(|at| *at < self.buckets)
    }

    fn second(&self, at: usize) -> i64 {
        self.start + i64::try_from(at).unwrap_or(0) * self.width.seconds()
    }
}

/// The runs of buckets that stand far above the usual level.
fn bursts(series: &[u64]) -> Vec<Run> {
    if series.len() < FEWEST {
        return Vec::new();
    }
    let usual = lower_quartile(series);
    let hot = hot_from(usual);
    let warm = |requests: u64| requests > usual.saturating_mul(3).div_ceil(2);
    let mut runs: Vec<Run> = Vec::new();
    for (at, requests) in series.iter().enumerate() {
        if *requests < hot {
            continue;
        }
        match runs.last_mut() {
            Some(run) if at - run.last <= GAP + 1 => run.last = at,
            _ => runs.push(Run { first: at, last: at }),
        }
    }
    for run in &mut runs {
        while run.first > 0 && warm(series[run.first - 1]) {
            run.first -= 1;
        }
        while run.last + 1 < series.len() && warm(series[run.last + 1]) {
            run.last += 1;
        }
    }
    // Widened runs may have met.
    runs.dedup_by(|later, earlier| {
        let meet = later.first <= earlier.last + GAP + 1;
        if meet {
            earlier.last = earlier.last.max(later.last);
        }
        meet
    });
    runs.retain(|run| series[run.first..=run.last].iter().sum::<u64>() >= FEWEST_REQUESTS && !is_chance(series, *run));
    runs
}

/// Whether a steady rate could have put so many requests into this run: the likelihood ratio of the two, weighed against
/// the number of runs that there are to choose from (a scan statistic).
#[allow(clippy::cast_precision_loss, reason = "a likelihood needs no more precision")]
fn is_chance(series: &[u64], run: Run) -> bool {
    let (all, buckets) = (series.iter().sum::<u64>() as f64, series.len() as f64);
    let inside = series[run.first..=run.last].iter().sum::<u64>() as f64 / all;
    let part = (run.last - run.first + 1) as f64 / buckets;
    let term = |x: f64, y: f64| if x > 0.0 && y > 0.0 { x * (x / y).ln() } else { 0.0 };
    let likelihood = all * (term(inside, part) + term(1.0 - inside, 1.0 - part));
    // One in a hundred by chance.
    likelihood < (buckets * buckets / 2.0).ln() + 100_f64.ln()
}

fn lower_quartile(series: &[u64]) -> u64 {
    let mut sorted = series.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 4]
}

/// From how many requests on a bucket is hot.
fn hot_from(usual: u64) -> u64 {
    let scatter = if usual == 0 { 0 } else { 6 * (usual + 1).isqrt() };
    (usual + scatter).max(usual * 3).max(if usual == 0 { 1 } else { FEWEST_REQUESTS })
}

fn describe(totals: &Totals, axis: &Axis, (cause, counts): (Cause, &[u64]), run: Run) -> Incident {
    let (from, to) = (axis.second(run.first), axis.second(run.last + 1));
    let counts = &counts[run.first..=run.last];
    let name = |kind: usize, id: NameId| excerpt(totals.names[kind].name(id), LONGEST_NAME);
    let tops = |kind: usize, cells: &mut dyn Iterator<Item = (i64, Cause, NameId, u64)>| {
        let mut sums: BTreeMap<NameId, u64> = BTreeMap::new();
        for (_, _, id, requests) in cells.filter(|(_, other, id, _)| *other == cause && *id != Names::NONE) {
            *sums.entry(id).or_default() += requests;
        }
        let mut sums: Vec<_> = sums.into_iter().map(|(id, requests)| (std::cmp::Reverse(requests), name(kind, id))).collect();
        sums.sort();
        sums.into_iter().take(MOST_NAMES).map(|(_, name)| name).collect::<Vec<_>>()
    };
    Incident {
        start: Timestamp::from_seconds(from),
        end: Timestamp::from_seconds(to),
        cause: cause.id().to_owned(),
        requests: counts.iter().sum(),
        peak: counts.iter().copied().max().unwrap_or(0),
        upstreams: tops(0, &mut totals.by_time.upstreams.between(from, to)),
        paths: tops(2, &mut totals.by_time.paths.between(from, to)),
        chain: chain(totals, from, to),
        context: Vec::new(),
    }
}

/// What happened in that time, in order: which upstream failed first and by what, when each other followed, when the pool
/// was empty.
fn chain(totals: &Totals, from: i64, to: i64) -> Vec<Step> {
    let mut firsts: Vec<(i64, Cause, NameId, u64)> = Vec::new();
    for (second, cause, upstream, requests) in totals.by_time.upstreams.between(from, to).filter(|(_, cause, ..)| cause.is_failure()) {
        match firsts.iter_mut().find(|(_, other, id, _)| *other == cause && *id == upstream) {
            Some(step) => step.3 += requests,
            None => firsts.push((second, cause, upstream, requests)),
        }
    }
    firsts.sort_by_key(|(second, cause, upstream, requests)| (*second, std::cmp::Reverse(*requests), *cause, *upstream));
    let steps = firsts.iter().take(MOST_NAMES).enumerate();
    steps
        .map(|(at, (second, cause, upstream, requests))| {
            let kind = match cause {
                Cause::NoHealthyBackends => "pool-empty",
                _ if at == 0 => "first",
                _ => "spread",
            };
            let upstream = excerpt(totals.names[0].name(*upstream), LONGEST_NAME);
            Step { at: Timestamp::from_seconds((*second).max(from)), kind: kind.to_owned(), cause: cause.id().to_owned(), upstream, requests: *requests }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(series: &[u64]) -> Vec<(usize, usize)> {
        bursts(series).into_iter().map(|run| (run.first, run.last)).collect()
    }

    #[test]
    fn a_burst_is_found_from_its_first_to_its_last_bucket() {
        let mut series = vec![0; 60];
        series[20..30].copy_from_slice(&[1, 4, 30, 42, 40, 38, 0, 25, 9, 1]);
        assert_eq!(runs(&series), [(20, 29)]);
    }

    /// Also where wider buckets begin before the span does, and something stands there.
    #[test]
    fn wider_buckets_hold_what_happened_in_them() {
        let (from, to) = (Timestamp::from_seconds(1_000_003), Timestamp::from_seconds(1_007_531));
        let mut totals = Totals::new(Width::SECOND);
        for at in 0..9_000 {
            totals.timeline.requests(Timestamp::from_seconds(999_000 + at), Cause::ALL[0], (at * at % 13).unsigned_abs());
        }
        let axes = BUCKETS.map(|most| Axis::new(Width::SECOND.at_most(most, from.seconds(), to.seconds()), from, to));
        let [finest, .., coarsest] = &axes;
        let all = coarsest.in_buckets_of(finest.width);
        let counts = all.count(&totals);
        assert!(coarsest.start < finest.start);
        for axis in &axes {
            assert_eq!(axis.sums(&all, &counts[0]), axis.count(&totals)[0]);
        }
    }

    #[test]
    fn a_steady_trickle_is_none() {
        // A fixed sequence with the scatter of chance around 2, 5 and 50 a bucket.
        for level in [2_u64, 5, 50] {
            let series: Vec<u64> = (0..240_u64).map(|at| level + (at * 7 % 5) % (level.isqrt() * 2 + 1)).collect();
            assert_eq!(runs(&series), [], "{level}");
        }
        assert_eq!(runs(&[1; 100]), []);
        assert_eq!(runs(&[0, 0, 1, 0, 0, 0, 2, 0, 0, 1, 0]), []);
    }

    #[test]
    fn two_bursts_far_apart_are_two_and_near_ones_are_one() {
        let mut series = vec![1; 100];
        series[10] = 90;
        series[13] = 80;
        series[60] = 70;
        assert_eq!(runs(&series), [(10, 13), (60, 60)]);
    }

    #[test]
    fn a_level_that_rises_threefold_is_a_burst() {
        let mut series = vec![100; 100];
        series[50..60].fill(400);
        assert_eq!(runs(&series), [(50, 59)]);
        series[50..60].fill(180);
        assert_eq!(runs(&series), []);
    }
}
