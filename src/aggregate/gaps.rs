//! Stretches in which a log of answers is silent.
//!
//! Traffic has its nights, so no fixed time is too long. A gap stands out against the longest of the others: the few
//! longest stretches are gaps when each is many times as long as the next one that is none. Only the longest are kept, so
//! memory is bounded.

use crate::report::Silence;
use crate::scan::Second;
use crate::time::Timestamp;

/// Stretches that are kept, and those of them that may be gaps.
const KEPT: usize = 16;
const MOST: usize = 5;
/// A gap is at least so many seconds long, and so many times as long as any stretch that is none.
const SHORTEST: i64 = 60;
const FACTOR: i64 = 10;
/// Of fewer answers nothing is usual.
const FEWEST: u64 = 200;

/// The longest stretches without an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Gaps {
    last: Option<Timestamp>,
    answers: u64,
    /// Longest first.
    longest: Vec<(i64, Timestamp, Timestamp)>,
}

impl Gaps {
    /// Takes in what follows in the log.
    pub(super) fn add(&mut self, seconds: &[Second]) {
        for second in seconds.iter().filter(|second| second.responses > 0) {
            self.answers += u64::from(second.responses);
            if let Some(last) = self.last {
                self.stretch(last, second.times.0);
            }
            self.last = Some(self.last.map_or(second.times.1, |last| last.max(second.times.1)));
        }
    }

    fn stretch(&mut self, from: Timestamp, to: Timestamp) {
        let seconds = to.seconds() - from.seconds();
        let at = self.longest.partition_point(|(longer, ..)| *longer >= seconds);
        if seconds > 0 && at < KEPT {
            self.longest.insert(at, (seconds, from, to));
            self.longest.truncate(KEPT);
        }
    }

    /// Those that stand out, longest first.
    pub(super) fn found(&self) -> Vec<Silence> {
        let length = |at: usize| self.longest.get(at).map_or(1, |(seconds, ..)| *seconds);
        let is_break = |count: &usize| length(count - 1) >= SHORTEST.max(FACTOR * length(*count));
        let Some(count) = (1..=MOST).find(is_break).filter(|_| self.answers >= FEWEST) else { return Vec::new() };
        self.longest.iter().take(count).map(|(seconds, from, to)| Silence { from: *from, to: *to, seconds: *seconds, usual_seconds: length(count) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(seconds: &[i64]) -> Vec<(i64, i64)> {
        let mut gaps = Gaps::default();
        let one = |second: &i64| {
            let at = Timestamp::from_seconds(*second);
            Second { times: (at, at), entries: 1, responses: 1, gateway: 0 }
        };
        gaps.add(&seconds.iter().map(one).collect::<Vec<_>>());
        gaps.found().into_iter().map(|gap| (gap.from.seconds(), gap.seconds)).collect()
    }

    #[test]
    fn only_what_is_far_longer_than_the_rest_is_a_gap() {
        let steady: Vec<i64> = (0..400).map(|at| at * 3 + at % 2).collect();
        assert_eq!(found(&steady), []);
        let late: Vec<i64> = steady.iter().map(|at| if *at > 600 { at + 900 } else { *at }).collect();
        assert_eq!(found(&late), [(600, 904)]);
        assert_eq!(found(&late[..150]), [], "too few to know what is usual");
        let twice: Vec<i64> = late.iter().map(|at| if *at > 1_800 { at + 500 } else { *at }).collect();
        assert_eq!(found(&twice).len(), 2);
        let busy_and_quiet: Vec<i64> = (0..300).chain((0..300).map(|at| 300 + at * at / 40)).collect();
        assert_eq!(found(&busy_and_quiet), []);
    }
}
