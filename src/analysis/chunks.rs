//! A plain file, cut into chunks that all cores read and scan, each by itself.
//!
//! A chunk is read behind its end as far as its last record goes. Where its first record begins is guessed; when the chunk
//! before turns out to end elsewhere, because a record ran over lines that look like heads, it is scanned again from there.
//! While one batch of chunks is scanned, the one before is folded.

use std::sync::Mutex;

use memchr::memchr;
use rayon::prelude::*;

use super::pump::BYTE_ORDER_MARK;
use super::window::Plan;
use super::{Progress, Stop};
use crate::aggregate::{LogState, Named};
use crate::scan::{Counts, Known, Piece, Slice, next_head};
use crate::source::{PlainFile, Reason};

/// Bytes that are read behind a chunk at first; most records are shorter.
const BEHIND: usize = 4 << 10;
/// When so many do not hold the end of a record, the file is read as a stream is, which keeps of a line only its start.
const MOST_BEHIND: usize = 4 << 20;

/// With at most so many events a batch, the next one is larger, up to so many times.
const FEW_EVENTS: usize = 2_000;
const MOST_BATCHES: usize = 8;

/// How far a file was scanned.
#[derive(Debug)]
pub(super) enum Scanned {
    /// To its end, or to what is wrong with it.
    All {
        /// Bytes up to there.
        bytes: u64,
        /// What is wrong.
        fault: Option<Reason>,
    },
    /// To a record that is too long for a chunk and begins there.
    UpTo(u64),
}

/// A file being scanned.
pub(super) struct Chunks<'p, 's, 'c> {
    plan: &'p Plan<'s, 'c>,
    file: &'p PlainFile,
    /// Where the file ends, as far as it is read.
    end: u64,
    /// Buffers that are free.
    buffers: Mutex<Vec<Vec<u8>>>,
}

/// A chunk, scanned.
struct Chunk {
    /// Where its first record begins; `None` when none begins in it.
    start: Option<u64>,
    pieces: Vec<Piece>,
    /// Where its last record ends.
    end: u64,
    /// A record is too long for it.
    is_cut: bool,
    fault: Option<Reason>,
}

impl<'p, 's, 'c> Chunks<'p, 's, 'c> {
    pub(super) fn new(plan: &'p Plan<'s, 'c>, file: &'p PlainFile) -> Self {
        Self { plan, file, end: file.len_at_opening(), buffers: Mutex::default() }
    }

    /// Scans the file and folds it into `state`. What is appended meanwhile is read too, once.
    pub(super) fn run(mut self, batch: usize, (stop, progress): (&Stop, &Progress), state: &mut LogState<'c>, counts: &mut Counts) -> Scanned {
        let mut done = Done { position: 0, is_cut: false, fault: None };
        let mut to_fold = Named::default();
        let (mut at, least) = (0, batch.max(1));
        let mut batch = least;
        loop {
            while at < self.end && done.goes_on() && !stop.is_asked() {
                let ranges = self.ranges(at, batch);
                at = ranges.last().map_or(self.end, |range| range.1);
                let known = state.take_known();
                let (chunks, ()) = self.side_by_side(|| self.batch(&ranges, &known), || state.fold(&to_fold, self.plan.is_parallel));
                let before = done.position;
                let pieces = self.in_order(&ranges, chunks, &known, &mut done);
                batch = next_batch(batch, least, &pieces);
                progress.add(done.position.saturating_sub(before));
                state.give_known(known);
                for piece in &pieces {
                    counts.add(&piece.counts);
                }
                to_fold = state.name(pieces);
            }
            let now = self.file.len_now();
            if self.end == now || self.end > self.file.len_at_opening() || !done.goes_on() || stop.is_asked() {
                break;
            }
            (at, self.end) = (done.position, now);
        }
        state.fold(&to_fold, self.plan.is_parallel);
        match done {
            Done { position, is_cut: true, .. } => Scanned::UpTo(position),
            Done { position, fault, .. } => Scanned::All { bytes: position, fault },
        }
    }

    /// The next chunks from `at` on.
    fn ranges(&self, at: u64, batch: usize) -> Vec<(u64, u64)> {
        let piece = self.plan.piece.max(1) as u64;
        let starts = (0..batch.max(1) as u64).map(|number| at.saturating_add(number * piece)).take_while(|start| *start < self.end);
        starts.map(|start| (start, start.saturating_add(piece).min(self.end))).collect()
    }

    fn side_by_side<A: Send, B: Send>(&self, one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
        if self.plan.is_parallel { rayon::join(one, other) } else { (one(), other()) }
    }

    fn batch(&self, ranges: &[(u64, u64)], known: &Known) -> Vec<Chunk> {
        let guess = |(from, to): &(u64, u64)| self.chunk(*from, *to, *from == 0, known);
        if self.plan.is_parallel { ranges.par_iter().with_max_len(1).map(guess).collect() } else { ranges.iter().map(guess).collect() }
    }

    /// The pieces of chunks that follow each other. What was guessed wrong is scanned again.
    fn in_order(&self, ranges: &[(u64, u64)], chunks: Vec<Chunk>, known: &Known, done: &mut Done) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for ((_, to), guess) in ranges.iter().zip(chunks) {
            if !done.goes_on() {
                break;
            }
            if done.position >= *to {
                // A record of a chunk before runs over this one whole.
                continue;
            }
            let chunk = if guess.start == Some(done.position) { guess } else { self.chunk(done.position, *to, true, known) };
            pieces.extend(chunk.pieces);
            *done = Done { position: chunk.end, is_cut: chunk.is_cut, fault: chunk.fault };
        }
        pieces
    }

    /// Scans the records that begin in `from..to`; the first begins right there if that is sure.
    fn chunk(&self, from: u64, to: u64, is_sure: bool, known: &Known) -> Chunk {
        let mut buffer = self.buffers.lock().ok().and_then(|mut buffers| buffers.pop()).unwrap_or_default();
        let chunk = self.scan(&mut buffer, (from, to), is_sure, known);
        if let Ok(mut buffers) = self.buffers.lock() {
            buffers.push(buffer);
        }
        chunk
    }

    fn scan(&self, buffer: &mut Vec<u8>, (from, to): (u64, u64), is_sure: bool, known: &Known) -> Chunk {
        // The byte before tells whether a line begins right there.
        let base = if is_sure { from } else { from.saturating_sub(1) };
        let stop = bytes(to - base);
        let mut behind = BEHIND;
        let (mut got, mut fault) = (0, None);
        let mut chunk = Chunk { start: None, pieces: Vec::new(), end: from, is_cut: false, fault: None };
        let mut at = None;
        loop {
            let want = stop.saturating_add(behind).min(bytes(self.end - base));
            if buffer.len() < want {
                buffer.resize(want, 0);
            }
            if fault.is_none() {
                let (more, wrong) = self.file.read_from(base + got as u64, &mut buffer[got..want]);
                (got, fault) = (got + more, wrong);
            }
            let window = &buffer[..got];
            let is_last = fault.is_some() || base + got as u64 == self.end;
            let start = match at {
                Some(start) => start,
                // The mark before the first line belongs to no line.
                None if base == 0 && is_sure && window.starts_with(BYTE_ORDER_MARK) => BYTE_ORDER_MARK.len(),
                None if is_sure => 0,
                None => match self.first(window, bytes(from - base)) {
                    Some(start) if start < stop => start,
                    _ => return chunk,
                },
            };
            chunk.start.get_or_insert(base + start as u64);
            let piece = self.plan.scanner.scan(&self.plan.context(known), Slice { window, start, stop, is_last });
            at = Some(piece.end);
            chunk.end = base + piece.end as u64;
            let is_complete = piece.end >= stop || is_last;
            chunk.pieces.push(piece);
            if is_complete {
                chunk.fault = fault;
                return chunk;
            }
            if behind >= MOST_BEHIND {
                chunk.is_cut = true;
                return chunk;
            }
            behind *= 8;
        }
    }

    /// Where the first record at or behind `from` begins, most likely.
    fn first(&self, window: &[u8], from: usize) -> Option<usize> {
        if !self.plan.has_records_of_one_line() {
            return next_head(self.plan.dialect, window, from);
        }
        let before = from.checked_sub(1)?;
        Some(before + memchr(b'\n', &window[before..])? + 1)
    }
}

/// How many chunks the next batch has: where little is told, more are scanned before all wait for each other.
fn next_batch(batch: usize, least: usize, pieces: &[Piece]) -> usize {
    let told: usize = pieces.iter().map(|piece| piece.messages.len() + piece.answers.len()).sum();
    if told > FEW_EVENTS { least } else { (batch * 2).min(least * MOST_BATCHES) }
}

/// How far the records are known.
#[derive(Debug)]
struct Done {
    /// Where the next record begins.
    position: u64,
    is_cut: bool,
    fault: Option<Reason>,
}

impl Done {
    fn goes_on(&self) -> bool {
        !self.is_cut && self.fault.is_none()
    }
}

/// A length of the file's part that a chunk holds.
fn bytes(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
