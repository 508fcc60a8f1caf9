//! Where it burnt, and when: failed requests by upstream and time, few enough of each to be seen at a glance.

use std::cmp::Reverse;

use super::cells::MOST_NAMES;
use super::tops::LONGEST_NAME;
use super::totals::Totals;
use crate::report::{Heat, HeatRow, HeatSlot};
use crate::scan::{NameId, Names};
use crate::text::safe::excerpt;
use crate::time::Timestamp;

/// Slots of time at most: a column each.
const MOST_SLOTS: i64 = 60;
/// Upstreams with a row of their own; the rest is `other`.
const MOST_ROWS: usize = 12;

/// The rows, or `None` when no failed request had a time.
pub(super) fn heat(totals: &Totals, from: Timestamp, to: Timestamp) -> Option<Heat> {
    let (first, last) = (from.seconds(), to.seconds());
    let width = totals.by_time.upstreams.width().at_most(MOST_SLOTS, first, last);
    let slots = Slots { start: width.start_of(first), width: width.seconds(), len: usize::try_from(width.count(first, last)).unwrap_or(0) };
    // By the id of the upstream.
    let mut rows: Vec<Vec<u64>> = vec![Vec::new(); MOST_NAMES];
    let cells = totals.by_time.upstreams.between(first, last.saturating_add(1));
    for (second, _, upstream, requests) in cells.filter(|(_, cause, ..)| cause.is_failure()) {
        let row = &mut rows[upstream.0 as usize];
        row.resize(slots.len, 0);
        row[slots.at(second)] += requests;
    }
    let mut other = std::mem::take(&mut rows[Names::OTHER.0 as usize]);
    other.resize(slots.len, 0);
    let named = (0..).map(NameId).zip(rows).filter(|(_, row)| !row.is_empty());
    let mut named: Vec<_> = named.map(|(id, row)| (Reverse(sum(&row)), totals.names[0].name(id), row)).collect();
    named.sort_unstable();
    for (_, _, row) in named.drain(MOST_ROWS.min(named.len())..) {
        other.iter_mut().zip(row).for_each(|(sum, requests)| *sum += requests);
    }
    if sum(&other) > 0 {
        named.push((Reverse(sum(&other)), totals.names[0].name(Names::OTHER), other));
    }
    let rows: Vec<_> = named.iter().map(|(requests, name, row)| slots.row(excerpt(name, LONGEST_NAME), requests.0, row)).collect();
    (!rows.is_empty()).then_some(Heat { slot_seconds: slots.width, rows })
}

fn sum(row: &[u64]) -> u64 {
    row.iter().sum()
}

/// The slots of time, as wide in seconds as they are.
struct Slots {
    start: i64,
    width: i64,
    len: usize,
}

impl Slots {
    /// The slot of a second of the span.
    fn at(&self, second: i64) -> usize {
        usize::try_from((second - self.start) / self.width).unwrap_or(0).min(self.len.saturating_sub(1))
    }

    /// What an upstream has in them, those that have nothing left out.
    fn row(&self, upstream: String, requests: u64, row: &[u64]) -> HeatRow {
        let starts = (0..).map(|at| Timestamp::from_seconds(self.start + at * self.width));
        let slots = starts.zip(row).filter(|(_, requests)| **requests > 0).map(|(start, requests)| HeatSlot { start, requests: *requests });
        HeatRow { upstream, requests, slots: slots.collect() }
    }
}
