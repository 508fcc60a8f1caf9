//! A window of an input: cut into pieces, scanned on all cores, put together in order.

use memchr::memrchr;
use rayon::prelude::*;

use crate::format::Envelope;
use crate::scan::{Context, Dialect, Known, MAX_LINE, Piece, Scanner, Slice, Wanted, next_head};
use crate::time::Clock;

/// How a window is scanned.
#[derive(Clone, Debug)]
pub(super) struct Plan<'s, 'c> {
    pub(super) scanner: &'s Scanner<'c>,
    pub(super) wanted: &'s Wanted,
    pub(super) dialect: Dialect,
    pub(super) clock: Clock,
    pub(super) pairs: bool,
    pub(super) piece: usize,
    pub(super) is_parallel: bool,
}

impl Plan<'_, '_> {
    /// Whether each line is a record, as far as the input's own format goes.
    pub(super) fn has_records_of_one_line(&self) -> bool {
        self.dialect.envelope == Envelope::None && self.dialect.format.format().one_line()
    }

    /// What a slice is scanned with.
    pub(super) fn context<'a>(&'a self, known: &'a Known<'a>) -> Context<'a> {
        Context { dialect: self.dialect, clock: self.clock.clone(), wanted: self.wanted, known, pairs: self.pairs }
    }
}

/// Scans the complete records of a window: the pieces, in order, and where the first incomplete record begins.
pub(super) fn scan(plan: &Plan<'_, '_>, known: &Known<'_>, window: &[u8], is_last: bool) -> (Vec<Piece>, usize) {
    let context = plan.context(known);
    let starts = cut(plan, window);
    let one = |at: usize, from: usize| {
        let stop = starts.get(at + 1).copied().unwrap_or(window.len());
        plan.scanner.scan(&context, Slice { window, start: from, stop, is_last })
    };
    let guessed: Vec<Piece> = if plan.is_parallel {
        (0..starts.len()).into_par_iter().map(|at| one(at, starts[at])).collect()
    } else {
        (0..starts.len()).map(|at| one(at, starts[at])).collect()
    };
    let mut pieces = Vec::with_capacity(guessed.len());
    let mut end = 0;
    for (at, guess) in guessed.into_iter().enumerate() {
        let stop = starts.get(at + 1).copied().unwrap_or(window.len());
        if end >= stop {
            // A record of the piece before runs over this one whole.
            continue;
        }
        // A guessed head may stand inside an open quote of the record before: then this piece begins elsewhere.
        let piece = if end == starts[at] { guess } else { one(at, end) };
        end = piece.end;
        pieces.push(piece);
        if end < stop {
            break;
        }
    }
    (pieces, end)
}

/// Where the pieces of a window begin: at lines that look like heads, about `piece` bytes apart.
fn cut(plan: &Plan<'_, '_>, window: &[u8]) -> Vec<usize> {
    let mut starts = vec![0];
    let mut at = plan.piece.max(1);
    while at < window.len() {
        let Some(head) = next_head(plan.dialect, window, at) else { break };
        if head > *starts.last().unwrap_or(&0) {
            starts.push(head);
        }
        at = head.max(at) + plan.piece.max(1);
    }
    starts
}

/// Keeps lines that never end from filling the memory: all of a line beyond [`MAX_LINE`] is dropped as it comes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LineCutter {
    is_skipping: bool,
}

impl LineCutter {
    /// Appends what came next to the buffer, without what belongs to a line that was cut.
    pub(super) fn append(&mut self, buffer: &mut Vec<u8>, next: &[u8]) {
        let from = match memchr::memchr(b'\n', next) {
            _ if !self.is_skipping => 0,
            Some(feed) => feed,
            None => return,
        };
        self.is_skipping = false;
        buffer.extend_from_slice(&next[from..]);
    }

    /// Cuts the last, incomplete line of the buffer when it is too long: one byte more than [`MAX_LINE`] is left, which
    /// tells that there was more.
    pub(super) fn cut(&mut self, buffer: &mut Vec<u8>) {
        let start = memrchr(b'\n', buffer).map_or(0, |feed| feed + 1);
        if buffer.len() - start > MAX_LINE + 2 {
            buffer.truncate(start + MAX_LINE + 1);
            self.is_skipping = true;
        }
    }
}
