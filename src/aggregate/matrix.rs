//! Requests by time, cause and upstream, and by time, cause and path: what incidents are told from.
//!
//! Bounded: when there are too many cells, the slots of time grow. Of names only those with small ids are told apart (the
//! first in file order), so the result depends on no thread and no piece.

use std::collections::BTreeMap;

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
    cells: BTreeMap<Cell, u64>,
}

impl Matrix {
    pub(super) fn new(width: Width) -> Self {
        Self { width, cells: BTreeMap::new() }
    }

    /// Counts requests.
    pub(super) fn add(&mut self, second: i64, cause: Cause, name: NameId, requests: u64) {
        let name = if name.0 < MOST_NAMES { name } else { Names::OTHER };
        *self.cells.entry((self.width.start_of(second), cause, name)).or_default() += requests;
        while self.cells.len() > MOST_CELLS {
            self.widen();
        }
    }

    fn widen(&mut self) {
        self.width = self.width.wider();
        for ((start, cause, name), requests) in std::mem::take(&mut self.cells) {
            *self.cells.entry((self.width.start_of(start), cause, name)).or_default() += requests;
        }
    }

    /// Adds the cells of another, whose names have the ids that `map` says here.
    pub(super) fn absorb(&mut self, mut other: Self, map: &[NameId]) {
        while self.width < other.width {
            self.widen();
        }
        while other.width < self.width {
            other.widen();
        }
        for ((start, cause, name), requests) in other.cells {
            self.add(start, cause, map[name.0 as usize], requests);
        }
    }

    /// The same, `seconds` later.
    pub(super) fn shift(&mut self, seconds: i64) {
        for ((start, cause, name), requests) in std::mem::take(&mut self.cells) {
            self.add(start + seconds, cause, name, requests);
        }
    }

    /// The width of its slots.
    pub(super) fn width(&self) -> Width {
        self.width
    }

    /// Its cells from `from` on and before `to`, earliest first.
    pub(super) fn between(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, Cause, NameId, u64)> {
        let first = (self.width.start_of(from), Cause::ALL[0], Names::NONE);
        self.cells.range(first..).take_while(move |((start, ..), _)| *start < to).map(|((start, cause, name), requests)| (*start, *cause, *name, *requests))
    }
}
