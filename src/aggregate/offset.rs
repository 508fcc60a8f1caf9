//! A constant offset between error logs and access logs: a zone that was taken wrong.
//!
//! Only access logs say their zone. When the failures fit the gateway answers far better some quarters of an hour away,
//! the error logs' zone was another than the one they were read in.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::pairing::Pairing;
use crate::scan::is_gateway_status;

/// Offsets are multiples of this.
const STEP: i64 = 900;
/// The furthest zones are so many steps apart.
const STEPS: i64 = 26 * 4;
/// Fewer tell nothing.
const FEWEST: u64 = 5;

/// Seconds to be added to the failures' times; `None` when they fit as they are, or nowhere.
pub(super) fn offset(pairing: &Pairing) -> Option<i64> {
    if pairing.failures.is_empty() || pairing.answers.is_empty() {
        return None;
    }
    let seconds = |times: &mut dyn Iterator<Item = i64>| {
        let mut counts: HashMap<i64, u64, FixedState> = HashMap::default();
        for second in times {
            *counts.entry(second).or_default() += 1;
        }
        counts
    };
    let failures = seconds(&mut pairing.failures.iter().map(|failure| failure.at.seconds()));
    let answers = seconds(&mut pairing.answers.iter().filter(|answer| is_gateway_status(answer.status)).map(|answer| answer.at.seconds()));
    let most: u64 = failures.values().sum::<u64>().min(answers.values().sum());
    if most < FEWEST {
        return None;
    }
    let fitting = |offset: i64| -> u64 {
        let near = |second: i64| [0, -1, 1].iter().filter_map(|by| answers.get(&(second + offset + by))).sum::<u64>();
        failures.iter().map(|(second, failures)| near(*second).min(*failures)).sum()
    };
    let now = fitting(0);
    let best = (-STEPS..=STEPS).filter(|step| *step != 0).map(|step| (fitting(step * STEP), std::cmp::Reverse(step.abs()), step)).max()?;
    let (fits, _, step) = best;
    (fits >= FEWEST && fits * 10 >= most * 8 && now * 4 <= fits).then_some(step * STEP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::pairing::{Answer, Failure};
    use crate::pattern::PatternIndex;
    use crate::record::Cause;
    use crate::scan::NameId;
    use crate::time::Timestamp;

    fn pairing(offset: i64) -> Pairing {
        let mut pairing = Pairing::default();
        for at in (0..40).map(|at| at * 37) {
            let (failed, answered) = (Timestamp::from_seconds(at + offset), Timestamp::from_seconds(at));
            pairing.failures.push(Failure {
                at: failed,
                client: 1,
                route: 1,
                method: 1,
                cause: Cause::UpstreamDown,
                pattern: PatternIndex(0),
                is_body: false,
                is_told: false,
                upstream: NameId(0),
            });
            pairing.answers.push(Answer {
                at: answered,
                client: 1,
                route: 1,
                method: 1,
                status: 502,
                input: 0,
                duration: -1,
                stamps_start: false,
                trace: 0,
                outers: 0,
                request: None,
            });
        }
        pairing
    }

    #[test]
    fn a_zone_taken_wrong_is_found_and_none_is_invented() {
        assert_eq!(offset(&pairing(0)), None);
        assert_eq!(offset(&pairing(3_600)), Some(-3_600));
        assert_eq!(offset(&pairing(-19_800)), Some(19_800));
        assert_eq!(offset(&pairing(500)), None, "no zones are 500 s apart");
    }
}
