//! Buckets, with neighbours merged until few enough are left to be seen at a glance.

use std::collections::BTreeMap;

use crate::report::Bucket;

/// Widths that people can read, in seconds.
const WIDTHS: [i64; 22] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_419_200, 31_449_600];

/// Several buckets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) start: i64,
    pub(super) responses: u64,
    pub(super) gateway_responses: u64,
    pub(super) requests: u64,
    pub(super) causes: BTreeMap<String, u64>,
    pub(super) evidence: BTreeMap<String, u64>,
}

impl Slice {
    /// Whether nothing failed in it.
    pub(super) fn is_quiet(&self) -> bool {
        self.requests == 0 && self.gateway_responses == 0 && self.evidence.is_empty()
    }

    fn absorb(&mut self, bucket: &Bucket) {
        self.responses += bucket.responses;
        self.gateway_responses += bucket.gateway_responses;
        self.requests += bucket.requests;
        for (mine, theirs) in [(&mut self.causes, &bucket.causes), (&mut self.evidence, &bucket.evidence)] {
            for (cause, counted) in theirs {
                *mine.entry(cause.clone()).or_default() += counted;
            }
        }
    }

    /// The cause with most requests, or with most evidence, and how many more there are.
    pub(super) fn leading(&self) -> Option<(&str, usize)> {
        let counts = if self.causes.is_empty() { &self.evidence } else { &self.causes };
        let most = counts.values().max()?;
        let (cause, _) = counts.iter().find(|(_, counted)| *counted == most)?;
        Some((cause, counts.len() - 1))
    }
}

/// Widths that buckets of that width can be merged to, the narrowest first; without end.
pub(super) fn widths(bucket: i64) -> impl Iterator<Item = i64> {
    let usual = WIDTHS.into_iter().filter(move |width| *width > bucket && width % bucket == 0);
    let any = (2..).map(move |factor: i64| bucket.saturating_mul(i64::from(1 << factor.min(40))));
    std::iter::once(bucket).chain(usual).chain(any.filter(|width| *width > WIDTHS[WIDTHS.len() - 1]))
}

/// The slices, in the narrowest width that gives at most `most`, and that width.
pub(super) fn at_most(buckets: &[Bucket], bucket: i64, most: usize) -> (i64, Vec<Slice>) {
    let at = |width| (width, sliced(buckets, width));
    widths(bucket).take(64).map(at).find(|(_, slices)| slices.len() <= most).unwrap_or((bucket, Vec::new()))
}

/// The slices of that width.
pub(super) fn sliced(buckets: &[Bucket], width: i64) -> Vec<Slice> {
    let mut slices: Vec<Slice> = Vec::new();
    for bucket in buckets {
        let start = bucket.start.seconds().div_euclid(width) * width;
        if slices.last().is_none_or(|slice| slice.start != start) {
            slices.push(Slice { start, ..Slice::default() });
        }
        if let Some(slice) = slices.last_mut() {
            slice.absorb(bucket);
        }
    }
    slices
}
