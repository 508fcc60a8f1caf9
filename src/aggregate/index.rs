//! Keys → their numbers in a queue.
//!
//! A table from which nothing is taken out: what left the queue is told by its number, and its place is taken by what comes
//! next, or freed when the table is filled anew. Most requests are looked up once, when they are opened, and a map that is to
//! forget them looks up each again, far from the cache.

/// Bits of an entry that tell the number; the others tell keys apart, and one of them is always set.
const NUMBER_BITS: u32 = 20;
const NUMBERS: u32 = 1 << NUMBER_BITS;
/// Places of the smallest table.
const FEWEST: usize = 64;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Key and number; 0 where there never was one. A power of two, of which half are free.
    entries: Vec<u32>,
    filled: usize,
}

/// A place for a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Free(usize);

impl Index {
    /// The number of a key, as far as its bits tell and `is_it` says so; or where it can be put.
    #[inline]
    pub(super) fn find(&self, key: u64, numbers: &Numbers, is_it: impl Fn(usize) -> bool) -> Result<usize, Free> {
        let (mask, mark) = (self.entries.len().wrapping_sub(1), mark(key));
        let (mut at, mut free) = (slot(key), None);
        loop {
            at &= mask;
            let entry = self.entries.get(at).copied().unwrap_or(0);
            if entry == 0 {
                return Err(free.unwrap_or(Free(at)));
            }
            match numbers.place(entry) {
                Some(place) if entry & !(NUMBERS - 1) == mark && is_it(place) => return Ok(place),
                Some(_) => {}
                None => free = free.or(Some(Free(at))),
            }
            at += 1;
        }
    }

    /// Puts a key that is not there where [`Self::find`] said; `false` when there is no room left: then it is to be filled
    /// anew.
    #[inline]
    pub(super) fn put(&mut self, key: u64, number: u32, Free(at): Free) -> bool {
        let half = self.entries.len() / 2;
        let Some(entry) = self.entries.get_mut(at) else { return false };
        if *entry == 0 {
            if self.filled >= half {
                return false;
            }
            self.filled += 1;
        }
        *entry = mark(key) | (number % NUMBERS);
        true
    }

    /// Fills it anew with the keys of a queue, and leaves room for half as many more at least.
    #[cold]
    pub(super) fn fill(&mut self, keys: impl ExactSizeIterator<Item = u64>, first: u32) {
        let places = (keys.len() * 3).next_power_of_two().max(FEWEST);
        self.filled = keys.len();
        self.entries.clear();
        self.entries.resize(places, 0);
        for (key, number) in keys.zip((0..).map(|place: u32| first.wrapping_add(place))) {
            let mut at = slot(key) & (places - 1);
            while self.entries[at] != 0 {
                at = (at + 1) & (places - 1);
            }
            self.entries[at] = mark(key) | (number % NUMBERS);
        }
    }
}

/// The numbers that are in a queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    /// That of the first in it.
    pub(super) first: u32,
    /// How many.
    pub(super) len: usize,
}

impl Numbers {
    /// Where in the queue an entry's number stands, if it still does. Numbers come again, so the key has to be compared too.
    fn place(&self, entry: u32) -> Option<usize> {
        let place = (entry.wrapping_sub(self.first) % NUMBERS) as usize;
        (place < self.len).then_some(place)
    }
}

/// The bits that tell keys apart.
#[allow(clippy::cast_possible_truncation, reason = "they are few bits")]
fn mark(key: u64) -> u32 {
    (key >> 32) as u32 & !(NUMBERS - 1) | NUMBERS
}

/// The low bits of a key are those of its shard.
#[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
fn slot(key: u64) -> usize {
    (key >> 8) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    /// Keys that have much in common, and some that differ only in bits that an entry does not hold.
    fn key(number: u64) -> u64 {
        (number % 7) << 33 | (number % 5) << 8 | (number % 3) | (number / 105) << 60
    }

    proptest! {
        /// Whatever comes and goes, every key of the queue is found where it stands, and no other one is.
        #[test]
        fn what_is_in_the_queue_is_found(steps in prop::collection::vec((any::<bool>(), 0..800_u64), 0..2_000), first in prop::sample::select(vec![0, NUMBERS - 30, u32::MAX - 50])) {
            let (mut index, mut queue, mut first) = (Index::default(), VecDeque::new(), first);
            for (comes, number) in steps {
                let numbers = Numbers { first, len: queue.len() };
                let key = key(number);
                let found = index.find(key, &numbers, |place| queue[place] == key);
                prop_assert_eq!(found.as_ref().ok().copied(), queue.iter().position(|other| *other == key));
                match (comes, found) {
                    (true, Err(free)) => {
                        let number = first.wrapping_add(u32::try_from(queue.len()).unwrap());
                        queue.push_back(key);
                        if !index.put(key, number, free) {
                            index.fill(queue.iter().copied(), first);
                        }
                    }
                    (false, _) if !queue.is_empty() => {
                        queue.pop_front();
                        first = first.wrapping_add(1);
                    }
                    _ => {}
                }
            }
            prop_assert!(index.filled * 2 <= index.entries.len());
        }
    }
}
