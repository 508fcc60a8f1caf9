//! Numbers that look random and depend on the seed alone: wyrand, with the constants of its author (Wang Yi, public domain).

/// A stream of numbers.
#[derive(Clone, Debug)]
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x502)
    }

    /// Any number.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0xa076_1d64_78bd_642f);
        let mixed = u128::from(self.0) * u128::from(self.0 ^ 0xe703_7ed1_a0b4_28db);
        let [low, high] = [mixed & u128::from(u64::MAX), mixed >> 64];
        u64::try_from(low ^ high).unwrap_or(0)
    }

    /// From 0 up to `end`, which is not reached. At most 32 bits are meant.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        ((self.next() >> 32) * end) >> 32
    }

    /// From `first` to `last`, both included.
    pub(super) fn within(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    /// Whether one of so many in a thousand.
    pub(super) fn per_mille(&mut self, share: u64) -> bool {
        self.below(1_000) < share
    }

    /// An index into something that long.
    pub(super) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(u64::try_from(len).unwrap_or(1))).unwrap_or(0)
    }

    /// An index of which small ones are far more frequent, as a few paths get most of the traffic.
    pub(super) fn skewed(&mut self, len: usize) -> usize {
        let end = self.index(len) + 1;
        let end = self.index(end) + 1;
        self.index(end)
    }

    pub(super) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.index(all.len())]
    }

    /// One of a list whose members have weights.
    pub(super) fn weighted<'a, T>(&mut self, all: &'a [T], weight: impl Fn(&T) -> u64) -> &'a T {
        let mut left = self.below(all.iter().map(&weight).sum());
        for one in all {
            let own = weight(one);
            if left < own {
                return one;
            }
            left -= own;
        }
        &all[0]
    }
}
