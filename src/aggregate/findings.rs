//! Shapes that no single line reveals, as rules over the counts. Each says what speaks for it; all are likely, none is
//! sure. What they mean to an operator stands in `patterns/causes.toml`.

use std::collections::BTreeMap;

use super::cells::MOST_NAMES;
use super::timeline::Slot;
use super::totals::Totals;
use crate::pattern::Catalogue;
use crate::record::{Cause, Phase};
use crate::report::{Finding, Incident};
use crate::scan::{NameId, Names};
use crate::text::number::counted;
use crate::text::safe::excerpt;
use crate::time::Timestamp;

/// A rule speaks only when so many requests are behind it.
const FEWEST: u64 = 10;

/// What the rules look at.
pub(super) struct Facts<'t> {
    pub(super) totals: &'t Totals,
    pub(super) incidents: &'t [Incident],
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// The formats of the inputs, as the report names them.
    pub(super) formats: Vec<&'t str>,
}

/// What speaks for a shape; nothing when it is not there.
type Rule = fn(&Facts<'_>, &Catalogue) -> Vec<String>;

/// Every shape that is found.
pub(super) fn findings(facts: &Facts<'_>, catalogue: &Catalogue) -> Vec<Finding> {
    let rules: [(&str, Rule); 6] = [
        ("one-bad-upstream", one_bad_upstream),
        ("stale-address", stale_address),
        ("rolling-restart", rolling_restart),
        ("overload", overload),
        ("default-timeout", default_timeout),
        ("keepalive-race", keepalive_race),
    ];
    rules
        .into_iter()
        .filter_map(|(id, rule)| {
            let evidence = rule(facts, catalogue);
            let text = catalogue.finding(id).filter(|_| !evidence.is_empty())?;
            Some(Finding {
                id: id.to_owned(),
                title: text.title.clone(),
                meaning: text.meaning.clone(),
                evidence,
                checks: text.checks.clone(),
                fixes: text.fixes.clone(),
            })
        })
        .collect()
}

impl Facts<'_> {
    /// Requests by upstream over causes that speak against it, most first; groups and unknown ones left out.
    fn by_upstream(&self, causes: &[Cause]) -> Vec<(u64, NameId)> {
        let mut sums: BTreeMap<NameId, u64> = BTreeMap::new();
        for (_, tally) in self.totals.tally.causes().filter(|(cause, _)| causes.contains(cause)) {
            for (id, requests) in tally.by_name(0).filter(|(id, _)| *id != Names::OTHER) {
                *sums.entry(id).or_default() += requests;
            }
        }
        let mut sums: Vec<_> = sums.into_iter().map(|(id, requests)| (requests, id)).collect();
        sums.sort_by_key(|(requests, id)| (std::cmp::Reverse(*requests), *id));
        sums
    }

    fn name(&self, id: NameId) -> String {
        excerpt(self.totals.names[0].name(id), 80)
    }

    /// For each upstream that failed, in the order of their ids, when it did.
    fn times(&self, causes: &[Cause]) -> Vec<(NameId, Times)> {
        // By the id of the upstream.
        let mut times: Vec<Option<Times>> = vec![None; MOST_NAMES];
        let cells = self.totals.by_time.upstreams.between(self.from.seconds(), self.to.seconds() + 1);
        for (second, _, id, requests) in cells.filter(|(_, cause, id, _)| causes.contains(cause) && id.0 > Names::OTHER.0) {
            let times = times[id.0 as usize].get_or_insert(Times { first: second, last: second, slots: 0, requests: 0 });
            times.last = second;
            times.slots += 1;
            times.requests += requests;
        }
        (0..).map(NameId).zip(times).filter_map(|(id, times)| Some((id, times?))).collect()
    }
}

/// The slots of time in which an upstream failed.
#[derive(Clone, Copy)]
struct Times {
    /// Second at which the first begins.
    first: i64,
    /// Second at which the last begins.
    last: i64,
    /// One for each slot and cause.
    slots: u64,
    /// Requests in them.
    requests: u64,
}

/// Causes that speak against one upstream, not against the proxy.
const AGAINST_UPSTREAM: [Cause; 6] =
    [Cause::UpstreamDown, Cause::UpstreamTimeout, Cause::ConnectionReset, Cause::InvalidResponse, Cause::NetworkUnreachable, Cause::TlsFailure];
/// Causes that keep an address from being reached.
const UNREACHED: [Cause; 3] = [Cause::UpstreamDown, Cause::UpstreamTimeout, Cause::NetworkUnreachable];

/// Of several upstreams that were seen, nearly all failures are one's.
fn one_bad_upstream(facts: &Facts<'_>, _: &Catalogue) -> Vec<String> {
    let by_upstream = facts.by_upstream(&AGAINST_UPSTREAM);
    let all: u64 = by_upstream.iter().map(|(requests, _)| requests).sum();
    let Some((most, worst)) = by_upstream.first().copied() else { return Vec::new() };
    let saved: u64 = facts.totals.tally.causes().map(|(_, tally)| tally.saved).sum();
    // Another must have been seen to fail less, or to have taken over.
    let has_others = by_upstream.len() > 1 || saved > 0;
    if most < FEWEST || !has_others || most * 5 < all * 4 {
        return Vec::new();
    }
    let mut evidence = vec![format!("{most} of {all} failed requests went to {}", facts.name(worst))];
    if let Some((requests, next)) = by_upstream.get(1) {
        evidence.push(format!("the next one, {}, has {requests}", facts.name(*next)));
    }
    if saved > 0 {
        evidence.push(counted(saved, "request was saved by a retry elsewhere", "requests were saved by a retry elsewhere"));
    }
    evidence
}

/// An address that fails from the beginning to the end while another one saves the requests.
fn stale_address(facts: &Facts<'_>, _: &Catalogue) -> Vec<String> {
    let saved: u64 = facts.totals.tally.causes().map(|(_, tally)| tally.saved).sum();
    let span = facts.to.seconds() - facts.from.seconds();
    let width = facts.totals.by_time.upstreams.width().seconds().max(1);
    if saved < FEWEST || span < 600 {
        return Vec::new();
    }
    let for_ever = |Times { first, last, slots, requests }: &Times| {
        let covered = (last - first).max(1);
        covered * 10 >= span * 9 && *requests >= FEWEST && i64::try_from(*slots).unwrap_or(0) * width * 20 >= covered.min(span)
    };
    let times = facts.times(&UNREACHED);
    let lasting: Vec<_> = times.iter().filter(|(_, times)| for_ever(times)).collect();
    if lasting.len() != 1 {
        return Vec::new();
    }
    lasting
        .into_iter()
        .map(|(id, times)| {
            format!(
                "{} failed {}, from the beginning of the log to its end, while {} saved elsewhere",
                facts.name(*id),
                counted(times.requests, "time", "times"),
                counted(saved, "request was", "requests were")
            )
        })
        .collect()
}

/// Short failures, one upstream after the other, none of which comes back.
fn rolling_restart(facts: &Facts<'_>, _: &Catalogue) -> Vec<String> {
    let span = (facts.to.seconds() - facts.from.seconds()).max(1);
    let mut times: Vec<_> = facts.times(&AGAINST_UPSTREAM).into_iter().filter(|(_, times)| times.requests >= 2).collect();
    times.sort_by_key(|(_, times)| times.first);
    let width = facts.totals.by_time.upstreams.width().seconds();
    let is_short = times.iter().all(|(_, times)| (times.last - times.first) <= (span / 8).min(600).max(2 * width));
    let is_in_turn = times.windows(2).all(|pair| pair[1].1.first + width > pair[0].1.last);
    let apart = times.first().zip(times.last()).is_some_and(|((_, first), (_, last))| last.first - first.first > 2 * width);
    if times.len() < 3 || !is_short || !is_in_turn || !apart {
        return Vec::new();
    }
    let shown = times
        .iter()
        .take(8)
        .map(|(id, Times { first, last, requests, .. })| format!("{} failed {requests} times within {} s", facts.name(*id), last - first + width));
    shown.collect()
}

/// The part that fails grows with the number of requests.
fn overload(facts: &Facts<'_>, _: &Catalogue) -> Vec<String> {
    if facts.totals.responses == 0 {
        return Vec::new();
    }
    let width = facts.totals.timeline.width().at_most(96, facts.from.seconds(), facts.to.seconds());
    let buckets = facts.totals.timeline.in_buckets(width);
    let busy: Vec<_> = buckets.values().filter(|slot| slot.responses > 0).collect();
    let failed: u64 = busy.iter().map(|slot| slot.gateway_responses).sum();
    if busy.len() < 12 || failed < FEWEST {
        return Vec::new();
    }
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let pairs: Vec<(f64, f64)> = busy.iter().map(|slot| (slot.responses as f64, slot.gateway_responses as f64 / slot.responses as f64)).collect();
    let rank = rank_correlation(&pairs);
    if rank < 0.7 {
        return Vec::new();
    }
    let mut by_load = busy;
    by_load.sort_by_key(|slot| slot.responses);
    let quarter = by_load.len() / 4;
    let rate = |slots: &[&super::timeline::Slot]| {
        let (gateway, all) = slots.iter().fold((0, 0), |sum, slot| (sum.0 + slot.gateway_responses, sum.1 + slot.responses));
        format!("{}.{} %", gateway * 1_000 / all.max(1) / 10, gateway * 1_000 / all.max(1) % 10)
    };
    vec![
        format!(
            "in the quietest quarter of the time {} of the responses failed, in the busiest {}",
            rate(&by_load[..quarter]),
            rate(&by_load[by_load.len() - quarter..])
        ),
        format!("rank correlation of load and failure rate over {} buckets of {width}: {rank:.2}", by_load.len()),
    ]
}

/// Spearman's: the correlation of the ranks, equal values sharing theirs.
#[allow(clippy::cast_precision_loss, reason = "there are few buckets")]
fn rank_correlation(pairs: &[(f64, f64)]) -> f64 {
    let ranks = |values: Vec<f64>| -> Vec<f64> {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let mut ranks = vec![0.0; values.len()];
        let mut at = 0;
        while at < order.len() {
            let end = (at..order.len()).take_while(|next| values[order[*next]].total_cmp(&values[order[at]]).is_eq()).count() + at;
            order[at..end].iter().for_each(|place| ranks[*place] = (at + end - 1) as f64 / 2.0);
            at = end;
        }
        ranks
    };
    let (a, b) = (ranks(pairs.iter().map(|pair| pair.0).collect()), ranks(pairs.iter().map(|pair| pair.1).collect()));
    let mean = (pairs.len() as f64 - 1.0) / 2.0;
    let sum = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    let spread = (sum(&a, &a) * sum(&b, &b)).sqrt();
    if spread == 0.0 { 0.0 } else { sum(&a, &b) / spread }
}

/// Time-outs that all took the same round time are somebody's default.
fn default_timeout(facts: &Facts<'_>, catalogue: &Catalogue) -> Vec<String> {
    let durations: Vec<_> =
        facts.totals.durations.iter().filter(|((cause, _), _)| *cause == Cause::UpstreamTimeout).map(|((_, tenths), answers)| (*tenths, *answers)).collect();
    let all: u64 = durations.iter().map(|(_, answers)| answers).sum();
    let mut evidence = Vec::new();
    let is_read = |formats: &[String]| formats.iter().any(|format| facts.formats.iter().any(|read| read.split('+').any(|id| id == format)));
    for timeout in catalogue.timeouts().iter().filter(|timeout| is_read(&timeout.formats)) {
        let near: u64 = durations.iter().filter(|(tenths, _)| (tenths - timeout.seconds * 10).abs() <= 5).map(|(_, answers)| answers).sum();
        if near >= 5 && near * 10 >= all * 3 {
            evidence.push(format!("{near} of {all} time-outs took {} s: {}", timeout.seconds, timeout.directive));
        }
    }
    evidence
}

/// Few resets before the answer, scattered over time and paths.
fn keepalive_race(facts: &Facts<'_>, _: &Catalogue) -> Vec<String> {
    let Some((_, tally)) = facts.totals.tally.causes().find(|(cause, _)| *cause == Cause::ConnectionReset) else { return Vec::new() };
    let at_header = tally.at_phase(Phase::Header) + tally.at_phase(Phase::Send);
    let paths = tally.by_name(2).count();
    let is_burst = facts.incidents.iter().any(|incident| incident.cause == Cause::ConnectionReset.id());
    let responses = facts.totals.responses;
    let is_few = responses == 0 || tally.requests * 50 <= responses;
    if tally.requests < 5 || is_burst || !is_few || at_header * 10 < tally.evidence * 8 || paths < 3 {
        return Vec::new();
    }
    let width = facts.totals.timeline.width().at_most(60, facts.from.seconds(), facts.to.seconds());
    let is_hit = |slot: &Slot| slot.causes().any(|(cause, counts)| cause == Cause::ConnectionReset && counts.requests > 0);
    let mut hit: Vec<_> = facts.totals.timeline.slots().filter(|(_, slot)| is_hit(slot)).map(|(start, _)| width.start_of(start)).collect();
    hit.dedup();
    let hit = hit.len();
    if hit < 5 {
        return Vec::new();
    }
    let mut evidence = vec![format!("{} resets before an answer, in {hit} separate slices of time, on {paths} paths, none of them a burst", tally.requests)];
    if responses > 0 {
        evidence.push(format!("{} requests, {responses} responses", tally.requests));
    }
    evidence
}

#[cfg(test)]
mod tests {
    use super::rank_correlation;

    #[test]
    fn ranks_correlate_as_spearman_says() {
        assert!((rank_correlation(&[(1.0, 2.0), (2.0, 3.0), (3.0, 9.0)]) - 1.0).abs() < 1e-9);
        assert!((rank_correlation(&[(1.0, 9.0), (2.0, 3.0), (3.0, 2.0)]) + 1.0).abs() < 1e-9);
        assert!(rank_correlation(&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)]).abs() < 1e-9);
    }
}
