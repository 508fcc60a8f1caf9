//! Where it burnt, and when: failed requests by upstream and time, few enough of each to be seen at a glance.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::totals::Totals;
use crate::report::{Heat, HeatRow, HeatSlot};
use crate::scan::{NameId, Names};
use crate::text::safe::excerpt;
use crate::time::Timestamp;

/// Slots of time at most: a column each.
const MOST_SLOTS: i64 = 60;
/// Upstreams with a row of their own; the rest is `other`.
const MOST_ROWS: usize = 12;
/// Longest name, in characters.
const LONGEST_NAME: usize = 200;

/// The rows, or `None` when no failed request had a time.
pub(super) fn heat(totals: &Totals, from: Timestamp, to: Timestamp) -> Option<Heat> {
    let (first, last) = (from.seconds(), to.seconds());
    let width = totals.upstreams_by_time.width().at_most(MOST_SLOTS, first, last);
    let mut rows: BTreeMap<NameId, BTreeMap<i64, u64>> = BTreeMap::new();
    let cells = totals.upstreams_by_time.between(first, last.saturating_add(1));
    for (second, _, upstream, requests) in cells.filter(|(_, cause, ..)| cause.is_failure()) {
        *rows.entry(upstream).or_default().entry(width.start_of(second)).or_default() += requests;
    }
    let others = rows.remove(&Names::OTHER);
    let sum = |slots: &BTreeMap<i64, u64>| slots.values().sum::<u64>();
    let mut named: Vec<_> = rows.into_iter().map(|(id, slots)| (Reverse(sum(&slots)), totals.known.names[0].name(id), slots)).collect();
    named.sort();
    let mut other = others.unwrap_or_default();
    for (_, _, slots) in named.drain(MOST_ROWS.min(named.len())..) {
        for (start, requests) in slots {
            *other.entry(start).or_default() += requests;
        }
    }
    if !other.is_empty() {
        named.push((Reverse(sum(&other)), totals.known.names[0].name(Names::OTHER), other));
    }
    let rows: Vec<_> = named.into_iter().map(|(requests, name, slots)| row(excerpt(name, LONGEST_NAME), requests.0, &slots)).collect();
    (!rows.is_empty()).then_some(Heat { slot_seconds: width.seconds(), rows })
}

fn row(upstream: String, requests: u64, slots: &BTreeMap<i64, u64>) -> HeatRow {
    let slots = slots.iter().map(|(start, requests)| HeatSlot { start: Timestamp::from_seconds(*start), requests: *requests });
    HeatRow { upstream, requests, slots: slots.collect() }
}
