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
    cells: HashMap<Cell, u64, FixedState>,
}

impl Matrix {
    pub(super) fn new(width: Width) -> Self {
        Self { width, cells: HashMap::default() }
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
        let mut wider = HashMap::default();
        #[allow(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
        for ((start, cause, name), requests) in std::mem::take(&mut self.cells) {
            *wider.entry((self.width.start_of(start), cause, name)).or_default() += requests;
        }
        self.cells = wider;
    }

    /// Adds the cells of another, whose names have the ids that `map` says here.
    pub(super) fn absorb(&mut self, mut other: Self, map: &[NameId]) {
        while self.width < other.width {
            self.widen();
        }
        while other.width < self.width {
            other.widen();
        }
        #[allow(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
        for ((start, cause, name), requests) in other.cells {
            self.add(start, cause, map[name.0 as usize], requests);
        }
    }

    /// The same, `seconds` later.
    pub(super) fn shift(&mut self, seconds: i64) {
        #[allow(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
        for ((start, cause, name), requests) in std::mem::take(&mut self.cells) {
            self.add(start + seconds, cause, name, requests);
        }
    }

    /// Keeps only the causes that are wanted.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(Cause) -> bool) {
        self.cells.retain(|(_, cause, _), _| is_wanted(*cause));
    }

    /// The width of its slots.
    pub(super) fn width(&self) -> Width {
        self.width
    }

    /// Its cells, in order of time, cause and name.
    pub(super) fn cells(&self) -> Cells {
        Cells { width: self.width, cells: self.cells.iter().map(|(cell, requests)| (*cell, *requests)).collect() }
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
