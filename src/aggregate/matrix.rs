//! Requests by time, cause and upstream, and by time, cause and path: what incidents are told from.
//!
//! Bounded: when there are too many cells, the slots of time grow. Of names only those with small ids are told apart (the
//! first in file order), so the result depends on no thread and no piece.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::record::Cause;
use crate::scan::{NameId, Names};
use crate::time::Width;

/// Cells of one kind that are kept.
const MOST_CELLS: usize = 32_768;
/// Names from this id on are `other`.
const MOST_NAMES: u32 = 1_024;

/// Requests by slot, cause and name of one kind.
#[derive(Clone, Debug)]
pub(super) struct Matrix {
    width: Width,
    cells: HashMap<Packed, u64, FixedState>,
    /// Two slots that follow each other, the one with the even number first: requests of one moment are counted in any order.
    pages: [Page; 2],
}

/// The cells of a slot that were counted lately. A log tells of few moments at a time, so nearly all is counted here, in
/// memory that stays in a cache.
#[derive(Clone, Debug, Default)]
struct Page {
    /// The seconds that it holds.
    from: i64,
    to: i64,
    /// Requests by cause and name, the low bits of [`Packed`]; empty until something is counted.
    counts: Vec<u32>,
    /// The places that are not 0.
    counted: Vec<u16>,
}

/// Bits of a cell's cause and name.
const PLACE_BITS: u32 = 14;

/// A cell in one number: the slot's number, 4 bits of cause, 10 bits of name. It sorts as they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Packed(i64);

impl Packed {
    #[allow(clippy::cast_possible_wrap, reason = "there are few causes")]
    fn new(slot: i64, cause: Cause, name: NameId) -> Self {
        let name = if name.0 < MOST_NAMES { name } else { Names::OTHER };
        Self(slot << PLACE_BITS | (cause.index() as i64) << 10 | i64::from(name.0))
    }

    /// Without the slot.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "they are few bits")]
    fn place(cause: Cause, name: NameId) -> u16 {
        Self::new(0, cause, name).0 as u16
    }

    /// The slot's number, the cause and the name.
    #[allow(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "they are few bits")]
    fn parts(self) -> (i64, Cause, NameId) {
        (self.0 >> PLACE_BITS, Cause::ALL[(self.0 >> 10 & 15) as usize], NameId((self.0 & 1_023) as u32))
    }
}

impl Matrix {
    pub(super) fn new(width: Width) -> Self {
        Self { width, cells: HashMap::default(), pages: Default::default() }
    }

    /// Counts a request.
    pub(super) fn count(&mut self, second: i64, cause: Cause, name: NameId) {
        let at = self.pages.iter().position(|page| (page.from..page.to).contains(&second)).unwrap_or_else(|| self.turn_to(second));
        let (page, place) = (&mut self.pages[at], Packed::place(cause, name));
        let requests = &mut page.counts[usize::from(place)];
        if *requests == 0 {
            page.counted.push(place);
        }
        *requests += 1;
        if *requests == u32::MAX {
            self.put_down(at);
        }
    }

    /// Counts in another slot from now on, on that page.
    #[cold]
    fn turn_to(&mut self, second: i64) -> usize {
        let parity = |width: Width| usize::from(second.div_euclid(width.seconds()) % 2 != 0);
        let before = self.width;
        self.put_down(parity(before));
        if self.width != before {
            self.complete();
        }
        let (at, from) = (parity(self.width), self.width.start_of(second));
        let page = &mut self.pages[at];
        (page.from, page.to) = (from, from + self.width.seconds());
        page.counts.resize(1 << PLACE_BITS, 0);
        at
    }

    /// Puts what was counted on a page to the rest.
    fn put_down(&mut self, at: usize) {
        let Page { from, to, counts, counted } = &mut self.pages[at];
        // Of the present width, which may have grown since.
        let slot = from.div_euclid(self.width.seconds());
        for place in counted.drain(..) {
            let requests = std::mem::take(&mut counts[usize::from(place)]);
            *self.cells.entry(Packed(slot << PLACE_BITS | i64::from(place))).or_default() += u64::from(requests);
        }
        (*from, *to) = (0, 0);
        self.fit();
    }

    /// Puts what was counted lately to the rest; before the cells are looked at.
    pub(super) fn complete(&mut self) {
        for at in 0..self.pages.len() {
            self.put_down(at);
        }
    }

    fn fit(&mut self) {
        while self.cells.len() > MOST_CELLS {
            self.widen();
        }
    }

    fn add(&mut self, second: i64, cause: Cause, name: NameId, requests: u64) {
        *self.cells.entry(Packed::new(second.div_euclid(self.width.seconds()), cause, name)).or_default() += requests;
        self.fit();
    }

    fn widen(&mut self) {
        let wide = HashMap::with_capacity_and_hasher(self.cells.len(), FixedState::default());
        let narrow = std::mem::replace(&mut self.cells, wide);
        let wider = self.width.wider();
        #[allow(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
        for (cell, requests) in narrow {
            let (slot, cause, name) = cell.parts();
            let slot = (slot * self.width.seconds()).div_euclid(wider.seconds());
            *self.cells.entry(Packed::new(slot, cause, name)).or_default() += requests;
        }
        self.width = wider;
    }

    /// Adds the cells of another, whose names have the ids that `map` says here.
    pub(super) fn absorb(&mut self, mut other: Self, map: &[NameId]) {
        self.complete();
        other.complete();
        while self.width < other.width {
            self.widen();
        }
        while other.width < self.width {
            other.widen();
        }
        for (start, cause, name, requests) in other.cells().iter() {
            self.add(start, cause, map[name.0 as usize], requests);
        }
    }

    /// The same, `seconds` later.
    pub(super) fn shift(&mut self, seconds: i64) {
        self.complete();
        let cells = self.cells();
        self.cells.clear();
        for (start, cause, name, requests) in cells.iter() {
            self.add(start + seconds, cause, name, requests);
        }
    }

    /// Keeps only the causes that are wanted.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(Cause) -> bool) {
        self.complete();
        self.cells.retain(|cell, _| is_wanted(cell.parts().1));
    }

    /// The width of its slots; of a matrix that is complete.
    pub(super) fn width(&self) -> Width {
        self.width
    }

    /// Its cells, in order of time, cause and name; of a matrix that is complete.
    pub(super) fn cells(&self) -> Cells {
        let mut cells: Vec<_> = self.cells.iter().map(|(cell, requests)| (*cell, *requests)).collect();
        cells.sort_unstable();
        Cells { width: self.width, cells }
    }
}

/// The cells of a matrix that is complete, in order.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    width: Width,
    cells: Vec<(Packed, u64)>,
}

impl Cells {
    /// Those from `from` on and before `to`, earliest first: start, cause, name and requests.
    pub(super) fn between(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, Cause, NameId, u64)> {
        let first = Packed::new(from.div_euclid(self.width.seconds()), Cause::ALL[0], Names::NONE);
        let at = self.cells.partition_point(|(cell, _)| *cell < first);
        self.cells[at..].iter().map(|cell| self.unpacked(*cell)).take_while(move |(start, ..)| *start < to)
    }

    fn iter(&self) -> impl Iterator<Item = (i64, Cause, NameId, u64)> {
        self.cells.iter().map(|cell| self.unpacked(*cell))
    }

    fn unpacked(&self, (cell, requests): (Packed, u64)) -> (i64, Cause, NameId, u64) {
        let (slot, cause, name) = cell.parts();
        (slot * self.width.seconds(), cause, name, requests)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// In whatever order it is counted, and however wide its slots become.
        #[test]
        fn a_page_changes_nothing(requests in prop::collection::vec((-400..400_i64, 0..3_usize, 0..1_100_u32), 0..400), seconds in prop::sample::select(vec![1, 60])) {
            let width = Width::parse(&format!("{seconds}s")).unwrap();
            let (mut paged, mut plain) = (Matrix::new(width), Matrix::new(width));
            for (second, cause, name) in &requests {
                paged.count(*second, Cause::ALL[*cause], NameId(*name));
                plain.add(*second, Cause::ALL[*cause], NameId(*name), 1);
            }
            paged.complete();
            prop_assert_eq!(paged.cells().iter().collect::<Vec<_>>(), plain.cells().iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn slots_grow_under_both_pages() {
        let (mut paged, mut plain) = (Matrix::new(Width::SECOND), Matrix::new(Width::SECOND));
        for number in 0..200_000_u32 {
            let (second, name) = (i64::from(number / 700) - i64::from(number % 2), NameId(number % 700));
            paged.count(second, Cause::ALL[0], name);
            plain.add(second, Cause::ALL[0], name, 1);
        }
        paged.complete();
        assert!(paged.width() > Width::SECOND);
        assert_eq!(paged.width(), plain.width());
        assert!(paged.cells().iter().eq(plain.cells().iter()));
    }
}
