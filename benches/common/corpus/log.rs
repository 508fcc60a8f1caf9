//! The log that a maker writes into: its bytes, its lines that come late, and what is true of it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::counts::{Counts, Line};

/// 2026-03-18 00:00:00 UTC.
pub(super) const START: i64 = 1_773_792_000;

/// A log being written.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// What was written and not yet taken.
    pub(super) bytes: Vec<u8>,
    /// What is true of all that was written, late lines included only once they are.
    pub(super) truth: Counts,
    /// Records that wait for their place, the next one on top.
    late: BinaryHeap<Reverse<Late>>,
    came: u64,
}

/// A record that comes later, compared by its place and then by the order in which it came.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Late {
    due: u64,
    came: u64,
    line: Line,
    text: Vec<u8>,
}

impl Log {
    /// How many lines there are.
    pub(super) fn len(&self) -> u64 {
        self.truth.lines
    }

    /// A record of one line. `text` has no line feed.
    pub(super) fn record(&mut self, line: Line, text: &[u8]) {
        self.write_due();
        self.write(line, text);
    }

    /// A line that belongs to the record before it; nothing comes between.
    pub(super) fn continuation(&mut self, text: &[u8]) {
        self.write(Line::Continuation, text);
    }

    /// A record that is to stand so many lines further down.
    pub(super) fn record_later(&mut self, lines: u64, line: Line, text: &[u8]) {
        self.came += 1;
        self.late.push(Reverse(Late { due: self.len() + lines, came: self.came, line, text: text.to_vec() }));
    }

    /// Writes what still waits.
    pub(super) fn finish(&mut self) {
        while let Some(Reverse(Late { line, text, .. })) = self.late.pop() {
            self.write(line, &text);
        }
    }

    fn write_due(&mut self) {
        while self.late.peek().is_some_and(|Reverse(late)| late.due <= self.len()) {
            if let Some(Reverse(Late { line, text, .. })) = self.late.pop() {
                self.write(line, &text);
            }
        }
    }

    fn write(&mut self, line: Line, text: &[u8]) {
        self.truth.line(line);
        self.bytes.extend_from_slice(text);
        self.bytes.push(b'\n');
    }
}
