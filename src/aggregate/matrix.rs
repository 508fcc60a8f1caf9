//! Requests by time, cause and upstream, and by time, cause and path: what incidents are told from.
//!
//! Bounded: when there are too many cells, the slots of time grow. Of names only those with small ids are told apart (the
//! first in file order), so the result depends on no thread and no piece.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use crate::record::Cause;
use crate::scan::{NameId, Names};
use crate::time::Width;

/// Cells of one kind that are kept.
const MOST_CELLS: usize = 32_768;
/// With more parts of cells they are put together: far more, so that it is worth it.
const MOST_PARTS: usize = 4 * MOST_CELLS;
/// Names from this id on are `other`.
const MOST_NAMES: u32 = 1_024;

/// Requests by slot, cause and name of one kind.
#[derive(Clone, Debug)]
pub(super) struct Matrix {
    width: Width,
    /// By the number of the slot; what came since it was complete, in any order and some of it in parts.
    slots: BTreeMap<i64, Cells>,
    /// Cells of all slots, and parts.
    cells: usize,
    is_complete: bool,
    sums: Sums,
    /// Two slots that follow each other, the one with the even number first: requests of one moment are counted in any order.
    pages: [Page; 2],
}

/// Where times are strewn over years, tens of thousands of slots have one or two.
type Cells = SmallVec<[Cell; 2]>;

/// Requests of a cause and a name: the place in the high bits, so that cells sort as their places do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cell(u64);

impl Cell {
    /// Nobody counts more.
    const REQUEST_BITS: u32 = 48;

    fn new(place: Place, requests: u64) -> Self {
        Self(u64::from(place.0) << Self::REQUEST_BITS | requests.min((1 << Self::REQUEST_BITS) - 1))
    }

    #[allow(clippy::cast_possible_truncation, reason = "it has 16 bits")]
    fn place(self) -> Place {
        Place((self.0 >> Self::REQUEST_BITS) as u16)
    }

    fn requests(self) -> u64 {
        self.0 & ((1 << Self::REQUEST_BITS) - 1)
    }
}

/// The cells of a slot that were counted lately. A log tells of few moments at a time, so nearly all is counted here, in
/// memory that stays in a cache.
#[derive(Clone, Debug, Default)]
struct Page {
    /// The seconds that it holds.
    from: i64,
    to: i64,
    /// Requests by place; empty until something is counted.
    counts: Vec<u16>,
    /// The places that are not 0.
    counted: Vec<Place>,
}

/// A cause and a name: 4 bits and 10. It sorts as they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u16);

impl Place {
    const BITS: u32 = 14;

    #[allow(clippy::cast_possible_truncation, reason = "they are few bits")]
    fn new(cause: Cause, name: NameId) -> Self {
        let name = if name.0 < MOST_NAMES { name } else { Names::OTHER };
        Self((cause.index() as u16) << 10 | name.0 as u16)
    }

    fn parts(self) -> (Cause, NameId) {
        (Cause::ALL[usize::from(self.0 >> 10)], NameId(u32::from(self.0 & 1_023)))
    }
}

impl Matrix {
    pub(super) fn new(width: Width) -> Self {
        Self { width, slots: BTreeMap::new(), cells: 0, is_complete: true, sums: Sums::default(), pages: Default::default() }
    }

    /// Counts a request.
    #[inline]
    pub(super) fn count(&mut self, second: i64, cause: Cause, name: NameId) {
        let at = self.pages.iter().position(|page| (page.from..page.to).contains(&second)).unwrap_or_else(|| self.turn_to(second));
        let (page, place) = (&mut self.pages[at], Place::new(cause, name));
        let requests = &mut page.counts[usize::from(place.0)];
        if *requests == 0 {
            page.counted.push(place);
        }
        *requests += 1;
        if *requests == u16::MAX {
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
            self.put_down_both();
        }
        let (at, from) = (parity(self.width), self.width.start_of(second));
        let page = &mut self.pages[at];
        (page.from, page.to) = (from, from + self.width.seconds());
        page.counts.resize(1 << Place::BITS, 0);
        at
    }

    /// Puts what was counted on a page to the rest.
    fn put_down(&mut self, at: usize) {
        let Page { from, to, counts, counted } = &mut self.pages[at];
        let start = *from;
        (*from, *to) = (0, 0);
        if !counted.is_empty() {
            // Its present width may have grown since they were counted.
            let slot = self.slots.entry(start.div_euclid(self.width.seconds())).or_default();
            slot.extend(counted.iter().map(|place| Cell::new(*place, u64::from(std::mem::take(&mut counts[usize::from(place.0)])))));
            self.cells += counted.len();
            self.is_complete = false;
            counted.clear();
            self.bound();
        }
    }

    fn put_down_both(&mut self) {
        for at in 0..self.pages.len() {
            self.put_down(at);
        }
    }

    /// Puts everything together, in order; before the cells are looked at.
    pub(super) fn complete(&mut self) {
        self.put_down_both();
        if !self.is_complete {
            self.fit();
            self.is_complete = true;
        }
    }

    /// Adds cells to the slot that holds a second.
    fn add(&mut self, second: i64, cells: impl ExactSizeIterator<Item = Cell>) {
        self.cells += cells.len();
        self.is_complete = false;
        self.slots.entry(second.div_euclid(self.width.seconds())).or_default().extend(cells);
        self.bound();
    }

    /// Makes room where there are too many parts, or slots: each has a cell.
    #[inline]
    fn bound(&mut self) {
        if self.cells > MOST_PARTS || self.slots.len() > MOST_CELLS {
            self.fit();
        }
    }

    /// Puts parts together, and slots where that is not enough.
    #[cold]
    fn fit(&mut self) {
        let mut width = self.width;
        while self.has_too_many(width) {
            width = width.wider();
        }
        self.widen(width);
    }

    /// Whether there were too many cells if slots were so wide.
    fn has_too_many(&mut self, width: Width) -> bool {
        let (narrow, sums) = (self.width.seconds(), &mut self.sums);
        let slots = self.slots.iter().map(|(slot, cells)| ((slot * narrow).div_euclid(width.seconds()), cells));
        let (mut cells, mut last) = (0, None);
        for (slot, parts) in slots {
            if last.replace(slot) != Some(slot) {
                sums.met.fill(0);
            }
            cells += sums.meet(parts);
            if cells > MOST_CELLS {
                break;
            }
        }
        sums.met.fill(0);
        cells > MOST_CELLS
    }

    /// Makes slots so wide, and puts their parts together.
    fn widen(&mut self, width: Width) {
        if width > self.width {
            let narrow = std::mem::replace(&mut self.width, width).seconds();
            for (slot, mut cells) in std::mem::take(&mut self.slots) {
                self.slots.entry((slot * narrow).div_euclid(width.seconds())).or_default().append(&mut cells);
            }
        }
        for cells in self.slots.values_mut() {
            self.sums.put_together(cells);
        }
        self.cells = self.slots.values().map(SmallVec::len).sum();
    }

    /// Adds the cells of another, whose names have the ids that `map` says here.
    pub(super) fn absorb(&mut self, mut other: Self, map: &[NameId]) {
        self.put_down_both();
        other.put_down_both();
        let width = self.width.max(other.width);
        self.widen(width);
        other.widen(width);
        for (slot, cells) in other.slots {
            let mapped = cells.into_iter().map(|cell| {
                let (cause, name) = cell.place().parts();
                Cell::new(Place::new(cause, map[name.0 as usize]), cell.requests())
            });
            self.add(slot * other.width.seconds(), mapped);
        }
    }

    /// The same, `seconds` later.
    pub(super) fn shift(&mut self, seconds: i64) {
        self.complete();
        let width = self.width;
        self.cells = 0;
        for (slot, cells) in std::mem::take(&mut self.slots) {
            self.add(slot * width.seconds() + seconds, cells.into_iter());
        }
        self.complete();
    }

    /// Keeps only the causes that are wanted.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(Cause) -> bool) {
        self.complete();
        for cells in self.slots.values_mut() {
            cells.retain(|cell| is_wanted(cell.place().parts().0));
        }
        self.complete();
    }

    /// The width of its slots; of a matrix that is complete.
    pub(super) fn width(&self) -> Width {
        self.width
    }

    /// The cells from `from` on and before `to`, in order of time, cause and name: start, cause, name and requests; of a matrix
    /// that is complete.
    pub(super) fn between(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, Cause, NameId, u64)> {
        debug_assert!(self.pages.iter().all(|page| page.counted.is_empty()), "a matrix is completed before it is looked at");
        let width = self.width.seconds();
        let slots = self.slots.range(from.div_euclid(width)..).map(move |(slot, cells)| (slot * width, cells));
        let slots = slots.take_while(move |(start, _)| *start < to);
        slots.flat_map(|(start, cells)| {
            cells.iter().map(move |cell| {
                let (cause, name) = cell.place().parts();
                (start, cause, name, cell.requests())
            })
        })
    }
}

/// What parts of cells are put together in; empty in between.
#[derive(Clone, Debug)]
struct Sums {
    /// Requests by place.
    requests: Vec<u64>,
    /// A bit for each place that was met.
    met: Box<[u64; (1 << Place::BITS) / 64]>,
}

impl Default for Sums {
    fn default() -> Self {
        Self { requests: Vec::new(), met: Box::new([0; (1 << Place::BITS) / 64]) }
    }
}

impl Sums {
    /// So few parts are sorted sooner than the bits are looked through.
    const FEW: usize = 20;

    /// Notes the places of parts: how many were not met before.
    fn meet(&mut self, parts: &[Cell]) -> usize {
        let mut anew = 0;
        for place in parts.iter().map(|part| usize::from(part.place().0)) {
            let bits = &mut self.met[place / 64];
            anew += usize::from(*bits >> (place % 64) & 1 == 0);
            *bits |= 1 << (place % 64);
        }
        anew
    }

    /// Leaves each cell once, in order.
    fn put_together(&mut self, cells: &mut Cells) {
        if cells.is_sorted_by(|one, other| one.place() < other.place()) {
            return;
        }
        if cells.len() <= Self::FEW {
            cells.sort_unstable();
            cells.dedup_by(|part, cell| {
                let is_part = part.place() == cell.place();
                if is_part {
                    *cell = Cell::new(cell.place(), cell.requests() + part.requests());
                }
                is_part
            });
        } else {
            self.requests.resize(1 << Place::BITS, 0);
            self.meet(cells);
            for cell in cells.drain(..) {
                self.requests[usize::from(cell.place().0)] += cell.requests();
            }
            for (first, bits) in (0..).step_by(64).zip(self.met.iter_mut()) {
                while *bits != 0 {
                    #[allow(clippy::cast_possible_truncation, reason = "there are 64 bits")]
                    let place = Place(first + bits.trailing_zeros() as u16);
                    *bits &= *bits - 1;
                    cells.push(Cell::new(place, std::mem::take(&mut self.requests[usize::from(place.0)])));
                }
            }
        }
        // Where times jump to and fro, a slot may have had thousands of parts of a cell.
        if cells.capacity() > 4 * cells.len() {
            cells.shrink_to_fit();
        }
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
                plain.add(*second, [Cell::new(Place::new(Cause::ALL[*cause], NameId(*name)), 1)].into_iter());
            }
            paged.complete();
            plain.complete();
            prop_assert_eq!(paged.between(i64::MIN, i64::MAX).collect::<Vec<_>>(), plain.between(i64::MIN, i64::MAX).collect::<Vec<_>>());
        }
    }

    #[test]
    fn times_that_jump_to_and_fro_take_no_more_room() {
        let mut matrix = Matrix::new(Width::SECOND);
        for number in 0..3_000_000_i64 {
            matrix.count(number / 1_000 * 4 + number % 2 * 2, Cause::ALL[0], NameId(5));
        }
        let room: usize = matrix.slots.values().map(SmallVec::capacity).sum();
        assert!(room < 4 * MOST_PARTS, "{room}");
        matrix.complete();
        assert_eq!(matrix.between(i64::MIN, i64::MAX).map(|(.., requests)| requests).sum::<u64>(), 3_000_000);
    }

    #[test]
    fn slots_grow_under_both_pages() {
        let (mut paged, mut plain) = (Matrix::new(Width::SECOND), Matrix::new(Width::SECOND));
        for number in 0..200_000_u32 {
            let (second, name) = (i64::from(number / 700) - i64::from(number % 2), NameId(number % 700));
            paged.count(second, Cause::ALL[0], name);
            plain.add(second, [Cell::new(Place::new(Cause::ALL[0], name), 1)].into_iter());
        }
        paged.complete();
        plain.complete();
        assert!(paged.width() > Width::SECOND);
        assert_eq!(paged.width(), plain.width());
        assert!(paged.between(i64::MIN, i64::MAX).eq(plain.between(i64::MIN, i64::MAX)));
    }
}
