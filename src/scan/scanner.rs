//! One slice of an input, scanned.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::memo::Memo;
use super::records::{Item, Records};
use super::work::Work;
use super::{Dialect, Filter, Known, Piece, Wanted};
use crate::format::FormatId;
use crate::pattern::{Catalogue, Classifier};
use crate::time::Clock;

/// Everything that is needed to scan a slice, shared by all workers.
#[derive(Debug)]
pub struct Scanner<'c> {
    pub(super) catalogue: &'c Catalogue,
    /// Built when a line first asks for them.
    classifiers: [OnceLock<Classifier<'c>>; FormatId::ALL.len()],
    pub(super) filter: Filter,
    /// What workers found out about messages, while none of them has it.
    memos: Mutex<Vec<Memo>>,
}

/// What a slice is read as, and what is known when it is.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// What its lines are.
    pub dialect: Dialect,
    /// Makes moments of their stamps.
    pub clock: Clock,
    /// The ordinary answers that are kept.
    pub wanted: &'a Wanted,
    /// What earlier pieces told.
    pub known: &'a Known<'a>,
    /// Messages and answers may be held against each other, so who asked for what has to be known.
    pub pairs: bool,
}

/// A part of a window.
#[derive(Clone, Copy, Debug)]
pub struct Slice<'w> {
    /// The window: records are read to their end in it.
    pub window: &'w [u8],
    /// Where the first record begins.
    pub start: usize,
    /// Records that begin from here on are not of this slice.
    pub stop: usize,
    /// The window ends where the input does.
    pub is_last: bool,
}

impl<'c> Scanner<'c> {
    /// A scanner with those patterns that keeps what passes the filter.
    pub fn new(catalogue: &'c Catalogue, filter: Filter) -> Self {
        Self { catalogue, classifiers: Default::default(), filter, memos: Mutex::default() }
    }

    /// Scans the records that begin in the slice. The last one may end behind it, and is left to the next window when its
    /// end is not here and the input goes on.
    pub fn scan(&self, context: &Context<'_>, slice: Slice<'_>) -> Piece {
        self.scan_into(Piece::default(), context, slice)
    }

    /// The same, in the memory of a piece that is done with.
    pub fn scan_into(&self, spare: Piece, context: &Context<'_>, slice: Slice<'_>) -> Piece {
        let mut work = Work::new(self, context, &slice, spare.emptied());
        let mut records = Records::new(context.dialect, slice.window, slice.start, slice.is_last);
        while records.position() < slice.stop {
            if let Some(end) = work.usual_line(slice.window, records.position()) {
                records.jump(end);
                continue;
            }
            match records.next() {
                None => break,
                Some(Item::Blank) => work.piece.counts.by_line.blank += 1,
                Some(Item::Orphan(line)) => {
                    work.piece.counts.by_line.unparsed += 1;
                    work.piece.counts.long_lines += u64::from(line.is_long);
                }
                Some(Item::Record(record)) => work.record(&record),
            }
        }
        work.count_alike();
        work.piece.end = records.position();
        self.memos().push(work.memo);
        work.piece
    }

    /// A memo is whole at any time, even where a thread panicked.
    pub(super) fn memos(&self) -> MutexGuard<'_, Vec<Memo>> {
        self.memos.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn classifier(&self, format: FormatId) -> &Classifier<'c> {
        self.classifiers[format.index()].get_or_init(|| self.catalogue.classifier(format))
    }
}
