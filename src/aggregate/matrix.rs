//! Requests by time, cause and a name of one kind: what incidents are told from.
//!
//! Bounded: when there are too many cells, the slots of time grow. Of names only those with small ids are told apart (the
//! first in file order), so the result depends on no thread and no piece.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::cells::{Cell, Cells, Place, Sums};
use crate::record::Cause;
use crate::scan::NameId;
use crate::time::Width;

/// Cells that are kept.
const MOST_CELLS: usize = 32_768;
/// With more parts of cells they are put together: far more, so that it is worth it.
const MOST_PARTS: usize = 2 * MOST_CELLS;

/// Requests by slot, cause and name.
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

impl Matrix {
    pub(super) fn new(width: Width) -> Self {
        Self { width, slots: BTreeMap::new(), cells: 0, is_complete: true, sums: Sums::default(), pages: Default::default() }
    }

    /// Counts a request: whether a page was turned for it, so that [`Self::is_overfull`] is to be asked.
    #[must_use]
    #[inline]
    pub(super) fn count(&mut self, second: i64, cause: Cause, name: NameId) -> bool {
        let page = self.pages.iter().position(|page| (page.from..page.to).contains(&second));
        let at = page.unwrap_or_else(|| self.turn_to(second));
        let page_was_turned = page.is_none();
        let (page, place) = (&mut self.pages[at], Place::new(cause, name));
        let requests = &mut page.counts[usize::from(place.0)];
        if *requests == 0 {
            page.counted.push(place);
        }
        *requests += 1;
        if *requests == u16::MAX {
            self.put_down(at);
        }
        page_was_turned
    }

    /// Counts in another slot from now on, on that page.
    #[cold]
    fn turn_to(&mut self, second: i64) -> usize {
        let (at, from) = (usize::from(second.div_euclid(self.width.seconds()) % 2 != 0), self.width.start_of(second));
        self.put_down(at);
        let page = &mut self.pages[at];
        (page.from, page.to) = (from, from + self.width.seconds());
        page.counts.resize(Place::ALL, 0);
        at
    }

    /// Puts what was counted on a page to the rest.
    fn put_down(&mut self, at: usize) {
        let Page { from, to, counts, counted } = &mut self.pages[at];
        if !counted.is_empty() {
            let slot = self.slots.entry(from.div_euclid(self.width.seconds())).or_default();
            slot.extend(counted.iter().map(|place| Cell::new(*place, u64::from(std::mem::take(&mut counts[usize::from(place.0)])))));
            self.cells += counted.len();
            self.is_complete = false;
            counted.clear();
        }
        (*from, *to) = (0, 0);
    }

    fn put_down_both(&mut self) {
        (0..self.pages.len()).for_each(|at| self.put_down(at));
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
        if self.is_overfull() {
            self.complete();
        }
    }

    /// Whether there are too many parts, or slots: each has a cell. Then it is time for [`Self::complete`].
    pub(super) fn is_overfull(&self) -> bool {
        self.cells > MOST_PARTS || self.slots.len() > MOST_CELLS
    }

    /// Puts parts together, and slots where that is not enough.
    fn fit(&mut self) {
        let mut width = self.width;
        while self.has_too_many(width) {
            width = width.wider();
        }
        self.widen(width);
        let is_in_order = |cells: &Cells| cells.is_sorted_by(|one, other| one.place() < other.place());
        for cells in self.slots.values_mut().filter(|cells| !is_in_order(cells)) {
            self.sums.add(cells);
            *cells = self.sums.take();
        }
        self.recount();
    }

    /// Whether there were too many cells if slots were so wide.
    fn has_too_many(&mut self, width: Width) -> bool {
        let (mut cells, mut last) = (0, None);
        for (slot, parts) in &self.slots {
            let slot = (slot * self.width.seconds()).div_euclid(width.seconds());
            if last.replace(slot) != Some(slot) {
                cells += self.sums.places();
                self.sums.forget();
            }
            self.sums.meet(parts);
            if cells + self.sums.places() > MOST_CELLS {
                break;
            }
        }
        cells += self.sums.places();
        self.sums.forget();
        cells > MOST_CELLS
    }

    /// Puts slots together until they are so wide.
    fn widen(&mut self, width: Width) {
        if width <= self.width {
            return;
        }
        let narrow = std::mem::replace(&mut self.width, width).seconds();
        let mut last = None;
        for (slot, parts) in std::mem::take(&mut self.slots) {
            let slot = (slot * narrow).div_euclid(width.seconds());
            if let Some(last) = last.replace(slot).filter(|last| *last != slot) {
                self.slots.insert(last, self.sums.take());
            }
            self.sums.add(&parts);
        }
        self.slots.extend(last.map(|last| (last, self.sums.take())));
        self.recount();
    }

    fn recount(&mut self) {
        self.cells = self.slots.values().map(SmallVec::len).sum();
    }

    /// Adds the cells of another, whose names have the ids that `map` says here.
    pub(super) fn absorb(&mut self, mut other: Self, map: &[NameId]) {
        // What is put together again and again, as each small log comes, would take longer than all logs.
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
            self.add(slot * width.seconds(), mapped);
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
        self.recount();
    }

    /// The width of its slots; of a matrix that is complete.
    pub(super) fn width(&self) -> Width {
        self.width
    }

    /// The cells from `from` on and before `to`, in order of time, cause and name: start, cause, name and requests; of a matrix
    /// that is complete.
    pub(super) fn between(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, Cause, NameId, u64)> {
        debug_assert!(self.is_complete && self.pages.iter().all(|page| page.counted.is_empty()), "a matrix is completed before it is looked at");
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(matrix: &mut Matrix, second: i64, cause: Cause, name: NameId) {
        if matrix.count(second, cause, name) && matrix.is_overfull() {
            matrix.complete();
        }
    }

    proptest! {
        /// In whatever order it is counted, and however wide its slots become.
        #[test]
        fn a_page_changes_nothing(requests in prop::collection::vec((-400..400_i64, 0..3_usize, 0..1_100_u32), 0..400), seconds in prop::sample::select(vec![1, 60])) {
            let width = Width::parse(&format!("{seconds}s")).unwrap();
            let (mut paged, mut plain) = (Matrix::new(width), Matrix::new(width));
            for (second, cause, name) in &requests {
                count(&mut paged, *second, Cause::ALL[*cause], NameId(*name));
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
            count(&mut matrix, number / 1_000 * 4 + number % 2 * 2, Cause::ALL[0], NameId(5));
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
            count(&mut paged, second, Cause::ALL[0], name);
            plain.add(second, [Cell::new(Place::new(Cause::ALL[0], name), 1)].into_iter());
        }
        paged.complete();
        plain.complete();
        assert!(paged.width() > Width::SECOND);
        assert_eq!(paged.width(), plain.width());
        assert!(paged.between(i64::MIN, i64::MAX).eq(plain.between(i64::MIN, i64::MAX)));
    }
}
