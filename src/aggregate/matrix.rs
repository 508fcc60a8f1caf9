//! Requests by time, cause and upstream, and by time, cause and path: what incidents are told from.
//!
//! Bounded: when there are too many cells, the slots of time grow. Of names only those with small ids are told apart (the
//! first in file order), so the result depends on no thread and no piece.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use crate::record::Cause;
use crate::scan::{NameId, Names};
use crate::time::Width;

/// Cells of one kind that are kept.
const MOST_CELLS: usize = 32_768;
/// Names from this id on are `other`.
const MOST_NAMES: u32 = 1_024;

/// A cell: a slot's start, a cause, a name.
type Cell = (i64, Cause, NameId);

/// Requests by slot, cause and name of one kind.
#[derive(Clone, Debug)]
pub(super) struct Matrix {
    width: Width,
    cells: HashMap<Packed, u64, FixedState>,
}

/// A cell in one number: the slot's number, 4 bits of cause, 10 bits of name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Packed(u64);

impl Packed {
    #[allow(clippy::cast_sign_loss, reason = "the bits are taken back as they are")]
    fn new(slot: i64, cause: Cause, name: NameId) -> Self {
        let name = if name.0 < MOST_NAMES { name } else { Names::OTHER };
        Self((slot as u64) << 14 | (cause.index() as u64) << 10 | u64::from(name.0))
    }

    /// The slot's number, the cause and the name.
    #[allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation, reason = "the bits are as they were")]
    fn parts(self) -> (i64, Cause, NameId) {
        (self.0 as i64 >> 14, Cause::ALL[(self.0 >> 10 & 15) as usize], NameId((self.0 & 1_023) as u32))
    }
}

impl Matrix {
    pub(super) fn new(width: Width) -> Self {
        Self { width, cells: HashMap::default() }
    }

    /// Counts requests.
    pub(super) fn add(&mut self, second: i64, cause: Cause, name: NameId, requests: u64) {
        *self.cells.entry(Packed::new(second.div_euclid(self.width.seconds()), cause, name)).or_default() += requests;
        while self.cells.len() > MOST_CELLS {
            self.widen();
        }
    }

    fn widen(&mut self) {
        let narrow = std::mem::take(&mut self.cells);
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
        while self.width < other.width {
            self.widen();
        }
        while other.width < self.width {
            other.widen();
        }
        for ((start, cause, name), requests) in other.cells().cells {
            self.add(start, cause, map[name.0 as usize], requests);
        }
    }

    /// The same, `seconds` later.
    pub(super) fn shift(&mut self, seconds: i64) {
        let cells = self.cells();
        self.cells.clear();
        for ((start, cause, name), requests) in cells.cells {
            self.add(start + seconds, cause, name, requests);
        }
    }

    /// Keeps only the causes that are wanted.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(Cause) -> bool) {
        self.cells.retain(|cell, _| is_wanted(cell.parts().1));
    }

    /// The width of its slots.
    pub(super) fn width(&self) -> Width {
        self.width
    }

    /// Its cells, in order of time, cause and name.
    pub(super) fn cells(&self) -> Cells {
        let unpacked = |(cell, requests): (&Packed, &u64)| {
            let (slot, cause, name) = cell.parts();
            ((slot * self.width.seconds(), cause, name), *requests)
        };
        Cells { width: self.width, cells: self.cells.iter().map(unpacked).collect() }
    }
}

/// The cells of a matrix that is complete.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    width: Width,
    cells: BTreeMap<Cell, u64>,
}

impl Cells {
    /// Those from `from` on and before `to`, earliest first.
    pub(super) fn between(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, Cause, NameId, u64)> {
        let first = (self.width.start_of(from), Cause::ALL[0], Names::NONE);
        self.cells.range(first..).take_while(move |((start, ..), _)| *start < to).map(|((start, cause, name), requests)| (*start, *cause, *name, *requests))
    }
}
