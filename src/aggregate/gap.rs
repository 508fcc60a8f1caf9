//! Stretches without responses in access logs that are busy otherwise.

use crate::report::{Bucket, Gap, Span};

/// Where a bucket usually has at least so many responses, one without any is no chance (one in 3,000,000 by Poisson).
const FEWEST_USUAL: u64 = 15;
/// Gaps that are told.
const MOST: usize = 20;

/// The gaps, earliest first.
pub(super) fn gaps(buckets: &[Bucket], span: Option<Span>) -> Vec<Gap> {
    let Some(span) = span else { return Vec::new() };
    let mut busy: Vec<u64> = buckets.iter().map(|bucket| bucket.responses).filter(|responses| *responses > 0).collect();
    busy.sort_unstable();
    let usual = busy.get(busy.len() / 4).copied().unwrap_or(0);
    if usual < FEWEST_USUAL {
        return Vec::new();
    }
    let mut gaps: Vec<Gap> = Vec::new();
    for bucket in buckets.iter().filter(|bucket| bucket.responses == 0) {
        // A span seldom begins or ends where a bucket does.
        let (from, to) = (bucket.start.max(span.from), bucket.start.plus_seconds(span.bucket_seconds).min(span.to));
        match gaps.last_mut() {
            Some(gap) if gap.to == from => gap.to = to,
            _ => gaps.push(Gap { from, to, usual }),
        }
    }
    gaps.truncate(MOST);
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use std::collections::BTreeMap;

    fn found(responses: &[u64]) -> Vec<(i64, i64)> {
        let bucket = |(at, responses): (i64, &u64)| Bucket {
            start: Timestamp::from_seconds(at * 60),
            responses: *responses,
            gateway_responses: 0,
            requests: 0,
            causes: BTreeMap::new(),
            evidence: BTreeMap::new(),
        };
        let buckets: Vec<_> = (0..).zip(responses).map(bucket).collect();
        let end = buckets.last().map_or(0, |bucket| bucket.start.seconds() + 59);
        let span = Span { from: Timestamp::from_seconds(7), to: Timestamp::from_seconds(end), bucket_seconds: 60 };
        gaps(&buckets, Some(span)).iter().map(|gap| (gap.from.seconds(), gap.to.seconds())).collect()
    }

    #[test]
    fn silence_of_a_busy_log_is_a_gap() {
        assert_eq!(found(&[0, 40, 50, 0, 0, 45, 0, 60, 0]), [(7, 60), (180, 300), (360, 420), (480, 539)]);
    }

    #[test]
    fn silence_of_a_quiet_log_is_none() {
        assert_eq!(found(&[1, 0, 0, 3, 0, 900]), []);
        assert_eq!(found(&[0, 0]), []);
        assert_eq!(found(&[]), []);
    }
}
