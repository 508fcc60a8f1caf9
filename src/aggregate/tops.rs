//! Lists of names, those with most requests first.

use std::cmp::Reverse;

use super::totals::Totals;
use crate::pattern::Catalogue;
use crate::report::{Count, Top};
use crate::scan::{NameId, Names};
use crate::text::safe::excerpt;

/// Longest name in a report, in characters.
pub(super) const LONGEST_NAME: usize = 200;
/// So many names are looked at before those that cannot be shown are dropped.
const FEW: usize = 256;

/// Upstreams, hosts and paths over all causes that count as failed; and the paths among them where people sign in.
pub(super) fn top_names(totals: &Totals, catalogue: &Catalogue, top: usize) -> (Top, Vec<Count>) {
    let paths = &totals.names[2];
    let of_paths: Vec<_> = failed(totals, 2).collect();
    let of = |kind: usize| tops(&totals.names[kind], failed(totals, kind), top);
    let is_sign_in = catalogue.is_sign_in();
    let sign_in = || tops(paths, of_paths.iter().copied().filter(|(id, _)| is_sign_in(paths.name(*id))), top);
    rayon::join(|| Top { upstreams: of(0), hosts: of(1), paths: tops(paths, of_paths.iter().copied(), top) }, sign_in)
}

/// Requests by name of one kind, over all causes that count as failed.
fn failed(totals: &Totals, kind: usize) -> impl Iterator<Item = (NameId, u64)> {
    let mut sums = vec![0; totals.names[kind].len() + 2];
    for (_, tally) in totals.tally.causes().filter(|(cause, _)| cause.is_failure()) {
        tally.add_to(kind, &mut sums);
    }
    totals.names[kind].all().zip(sums).filter(|(id, requests)| *id != Names::NONE && *requests > 0)
}

/// The `top` names with most requests; of equal ones, in the order of the names.
pub(super) fn tops(names: &Names, counts: impl Iterator<Item = (NameId, u64)>, top: usize) -> Vec<Count> {
    // Of tens of thousands of names a handful is shown; only those that may be among them are kept, and read.
    let (mut most, mut least, mut room) = (Vec::new(), 0, FEW);
    for count in counts {
        if count.1 >= least {
            most.push(count);
        }
        if most.len() > room {
            least = keep_most(&mut most, top);
            room = FEW.max(2 * most.len());
        }
    }
    keep_most(&mut most, top);
    let mut most: Vec<_> = most.into_iter().map(|(id, requests)| (Reverse(requests), names.name(id))).collect();
    most.sort_unstable();
    most.into_iter().take(top).map(|(Reverse(requests), name)| Count { name: excerpt(name, LONGEST_NAME), requests }).collect()
}

/// Leaves the `top` names that have most, and those that have as much as the last of them: how much that is.
fn keep_most(counts: &mut Vec<(NameId, u64)>, top: usize) -> u64 {
    let Some(last) = top.checked_sub(1).filter(|last| *last < counts.len()) else { return 0 };
    let least = counts.select_nth_unstable_by_key(last, |(_, requests)| Reverse(*requests)).1.1;
    counts.retain(|(_, requests)| *requests >= least);
    least
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However many there are, and however many of them are equal.
        #[test]
        fn the_first_are_those_of_all_in_order(requests in prop::collection::vec(1..6_u64, 0..2_000), top in 0..300_usize) {
            let mut names = Names::default();
            let counts: Vec<_> = requests.iter().enumerate().map(|(at, requests)| (names.id(format!("{}", at * 7_919 % 10_007).as_bytes()), *requests)).collect();
            let mut all: Vec<_> = counts.iter().map(|(id, requests)| (Reverse(*requests), names.name(*id))).collect();
            all.sort_unstable();
            let expected: Vec<_> = all.iter().take(top).map(|(requests, name)| (requests.0, String::from_utf8_lossy(name).into_owned())).collect();
            let found: Vec<_> = tops(&names, counts.into_iter(), top).into_iter().map(|count| (count.requests, count.name)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
