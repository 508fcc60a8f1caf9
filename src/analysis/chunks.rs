//! A plain file, cut into chunks that all cores read and scan, each by itself.
//!
//! A chunk is read behind its end as far as its last record goes. Where its first record begins is guessed; when the chunk
//! before turns out to end elsewhere, because a record ran over lines that look like heads, it is scanned again from there.

use std::sync::{Arc, Mutex};

use memchr::memchr;

use super::conveyor::{self, lock};
use super::pump::BYTE_ORDER_MARK;
use super::window::Plan;
use super::{Progress, Stop};
use crate::aggregate::LogState;
use crate::scan::{Counts, Known, Piece, Slice, next_head};
use crate::source::{PlainFile, Reason};

/// Bytes that are read behind a chunk at first; most records are shorter.
const BEHIND: usize = 4 << 10;
/// When so many do not hold the end of a record, the file is read as a stream is, which keeps of a line only its start.
const MOST_BEHIND: usize = 4 << 20;

/// The unit in which files are cached.
const PAGE: usize = 4 << 10;
/// So far behind the start of a page in memory a page of the file is read; see [`lead`].
const APART: usize = 1_040;

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
    /// Buffers and pieces that are free: memory that wanders from thread to thread is dear to get and to give back.
    buffers: Mutex<Vec<Vec<u8>>>,
    spare: Mutex<Vec<Piece>>,
}

/// What chunks are folded into.
struct Fold<'f, 'c> {
    state: &'f mut LogState<'c>,
    counts: &'f mut Counts,
    done: &'f mut Done,
}

/// A chunk, scanned.
struct Chunk {
    /// Where the next one begins.
    to: u64,
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
        Self { plan, file, end: file.len_at_opening(), buffers: Mutex::default(), spare: Mutex::default() }
    }

    /// Scans the file and folds it into `state`, `batch` chunks at a time. What is appended meanwhile is read too, once.
    pub(super) fn run(mut self, batch: usize, asked: (&Stop, &Progress), state: &mut LogState<'c>, counts: &mut Counts) -> Scanned {
        let mut done = Done { position: 0, is_cut: false, fault: None };
        loop {
            self.scan_to_end(batch.max(1), asked, &mut Fold { state: &mut *state, counts: &mut *counts, done: &mut done });
            let now = self.file.len_now();
            if self.end == now || self.end > self.file.len_at_opening() || !done.goes_on() || asked.0.is_asked() {
                break;
            }
            self.end = now;
        }
        match done {
            Done { position, is_cut: true, .. } => Scanned::UpTo(position),
            Done { position, fault, .. } => Scanned::All { bytes: position, fault },
        }
    }

    /// Goes on from where the records are known to where the file ends.
    fn scan_to_end(&self, batch: usize, asked: (&Stop, &Progress), fold: &mut Fold<'_, 'c>) {
        let from = fold.done.position;
        let piece = self.plan.piece.max(1) as u64;
        let chunks = self.end.saturating_sub(from).div_ceil(piece);
        let range = |number: u64| (from + number * piece, from.saturating_add((number + 1) * piece).min(self.end));
        if self.plan.is_parallel {
            let known = Mutex::new(Arc::new(fold.state.known().into_owned()));
            let told = || Arc::clone(&lock(&known));
            let scan = |number| self.guess(range(number), from, &told());
            conveyor::run(chunks, batch, scan, |chunks| {
                let goes_on = self.fold(chunks, asked, fold);
                if fold.state.has_outgrown(&told()) {
                    *lock(&known) = Arc::new(fold.state.known().into_owned());
                }
                goes_on
            });
            return;
        }
        let mut next = 0;
        while next < chunks {
            let end = chunks.min(next + batch as u64);
            let known = fold.state.known();
            let scanned = (next..end).map(|number| self.guess(range(number), from, &known)).collect();
            if !self.fold(scanned, asked, fold) {
                break;
            }
            next = end;
        }
    }

    fn guess(&self, (from, to): (u64, u64), first: u64, known: &Known<'_>) -> Chunk {
        self.chunk(from, to, from == first, known)
    }

    /// Takes in chunks that follow each other: whether it goes on.
    fn fold(&self, chunks: Vec<Chunk>, (stop, progress): (&Stop, &Progress), Fold { state, counts, done }: &mut Fold<'_, 'c>) -> bool {
        let before = done.position;
        let pieces = self.in_order(chunks, &state.known(), done);
        progress.add(done.position.saturating_sub(before));
        for piece in &pieces {
            counts.add(&piece.counts);
        }
        // Two cores have enough to do with scanning.
        let pieces = state.fold(pieces, self.plan.is_parallel && rayon::current_num_threads() > 2);
        lock(&self.spare).extend(pieces);
        done.goes_on() && !stop.is_asked()
    }

    /// The pieces of chunks that follow each other. What was guessed wrong is scanned again.
    fn in_order(&self, chunks: Vec<Chunk>, known: &Known<'_>, done: &mut Done) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for guess in chunks {
            if !done.goes_on() {
                break;
            }
            if done.position >= guess.to {
                // A record of a chunk before runs over this one whole.
                continue;
            }
            let chunk = if guess.start == Some(done.position) { guess } else { self.chunk(done.position, guess.to, true, known) };
            pieces.extend(chunk.pieces);
            *done = Done { position: chunk.end, is_cut: chunk.is_cut, fault: chunk.fault };
        }
        pieces
    }

    /// Scans the records that begin in `from..to`; the first begins right there if that is sure.
    fn chunk(&self, from: u64, to: u64, is_sure: bool, known: &Known<'_>) -> Chunk {
        let mut buffer = lock(&self.buffers).pop().unwrap_or_default();
        let chunk = self.scan(&mut buffer, (from, to), is_sure, known);
        lock(&self.buffers).push(buffer);
        chunk
    }

    fn scan(&self, buffer: &mut Vec<u8>, (from, to): (u64, u64), is_sure: bool, known: &Known<'_>) -> Chunk {
        // The byte before tells whether a line begins right there.
        let base = if is_sure { from } else { from.saturating_sub(1) };
        let stop = bytes(to - base);
        let mut behind = BEHIND;
        make_room(buffer, stop + behind + PAGE);
        let lead = lead(buffer.as_ptr().addr(), base);
        let (mut got, mut fault) = (0, None);
        let mut chunk = Chunk { to, start: None, pieces: Vec::new(), end: from, is_cut: false, fault: None };
        let mut at = None;
        loop {
            let want = stop.saturating_add(behind).min(bytes(self.end - base));
            make_room(buffer, lead + want);
            let buffer = &mut buffer[lead..];
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
            let spare = lock(&self.spare).pop().unwrap_or_default();
            let piece = self.plan.scanner.scan_into(spare, &self.plan.context(known), Slice { window, start, stop, is_last });
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

fn make_room(buffer: &mut Vec<u8>, bytes: usize) {
    if buffer.len() < bytes {
        buffer.resize(bytes, 0);
    }
}

/// How many bytes of a buffer at that address to leave before a part of a file from `base` on.
///
/// Linux copies out of its cache by `rep movsb`, which on AMD's Zen 3 and 4 takes up to three times as long when the target
/// stands in its page where the source does in its own, or up to 31 bytes behind
/// (<https://bugs.launchpad.net/ubuntu/+source/glibc/+bug/2030515>); and glibc's large allocations begin 16 bytes behind the
/// start of a page.
#[allow(clippy::cast_possible_truncation, reason = "only its low bits count")]
fn lead(address: usize, base: u64) -> usize {
    (base as usize).wrapping_add(APART).wrapping_sub(address) % PAGE
}

/// A length of the file's part that a chunk holds.
fn bytes(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_file_stand_apart_in_their_pages() {
        for (address, base) in [(0, 0), (16, 524_287), (4_095, 1), (usize::MAX - 20, u64::MAX)] {
            let lead = lead(address, base);
            assert!(lead < PAGE);
            assert_eq!(address.wrapping_add(lead).wrapping_sub(usize::try_from(base % 4_096).unwrap()) % PAGE, APART, "{address} {base}");
        }
    }
}
