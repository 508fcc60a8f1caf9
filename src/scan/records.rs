//! Lines → records.
//!
//! A record is a head line and what continues it: lines that are no head, up to what its format allows and [`MAX_RECORD`], and,
//! where the record stopped inside an open quote, whatever follows until that closes.

use std::borrow::Cow;

use memchr::memchr;

use super::Dialect;
use crate::format::{Envelope, FormatId};
use crate::text::trim_line_end;
use crate::time::Stamp;

/// A longer line is cut, counted once and warned of.
pub const MAX_LINE: usize = 1 << 20;
/// A record's continuation lines have at most so many bytes.
const MAX_RECORD: usize = 64 << 10;

/// A line of a window, its end not included in `bytes`.
#[derive(Clone, Debug)]
pub(super) struct Line<'w> {
    /// Without envelope, cut to [`MAX_LINE`].
    pub(super) bytes: Cow<'w, [u8]>,
    /// When its envelope was stamped.
    pub(super) stamp: Option<Stamp>,
    /// It goes on in the next envelope.
    partial: bool,
    /// Where it begins in the window.
    pub(super) start: usize,
    /// Where the next one begins.
    pub(super) end: usize,
    /// It was cut.
    pub(super) is_long: bool,
    /// The format of a record that begins with it.
    format: Option<FormatId>,
}

/// What stands at a place of a window.
#[derive(Debug)]
pub(super) enum Item<'w> {
    /// A blank line.
    Blank,
    /// A line of no record.
    Orphan(Line<'w>),
    /// A record.
    Record(Record<'w>),
}

/// A record of a window.
#[derive(Clone, Debug)]
pub(super) struct Record<'w> {
    pub(super) format: FormatId,
    pub(super) bytes: Cow<'w, [u8]>,
    pub(super) stamp: Option<Stamp>,
    pub(super) start: usize,
    /// Where what follows it begins.
    end: usize,
    /// Lines behind the head that belong to it, blank ones not counted.
    pub(super) continuations: u64,
    /// Blank lines inside it.
    pub(super) blanks: u64,
    pub(super) long_lines: u64,
}

/// Walks the records of a window.
#[derive(Debug)]
pub(super) struct Records<'w> {
    dialect: Dialect,
    window: &'w [u8],
    /// The window ends where the input does.
    is_last: bool,
    /// The next line, looked at already.
    peeked: Option<Line<'w>>,
    at: usize,
}

impl<'w> Records<'w> {
    pub(super) fn new(dialect: Dialect, window: &'w [u8], at: usize, is_last: bool) -> Self {
        Self { dialect, window, is_last, peeked: None, at }
    }

    /// Where the next item begins.
    pub(super) fn position(&self) -> usize {
        self.peeked.as_ref().map_or(self.at, |line| line.start)
    }

    /// Goes on at `at`, where a line begins.
    pub(super) fn jump(&mut self, at: usize) {
        self.peeked = None;
        self.at = at;
    }

    /// The next item; `None` when the rest of the window holds none that is complete.
    pub(super) fn next(&mut self) -> Option<Item<'w>> {
        let line = self.take()?;
        if is_blank(&line.bytes) {
            return Some(Item::Blank);
        }
        let Some(format) = line.format.filter(|format| self.dialect.takes(*format)) else { return Some(Item::Orphan(line)) };
        let start = line.start;
        let record = self.record(line, format);
        if record.is_none() {
            // Incomplete: the next window begins with it.
            self.peeked = None;
            self.at = start;
        }
        record.map(Item::Record)
    }

    /// Puts together the record that begins with `head`; `None` when its end is not in the window.
    fn record(&mut self, head: Line<'w>, format: FormatId) -> Option<Record<'w>> {
        let mut record = Record {
            format,
            stamp: head.stamp,
            start: head.start,
            end: head.end,
            continuations: 0,
            blanks: 0,
            long_lines: u64::from(head.is_long),
            bytes: head.bytes,
        };
        let mut partial = head.partial;
        if format.format().one_line() && !partial {
            return Some(record);
        }
        let limit = record.bytes.len() + MAX_RECORD;
        // What the record was before the first line that looks like a head, should its quote never close.
        let mut before_heads: Option<Record<'w>> = None;
        // Once its quotes are closed they stay so, whatever lines still follow it.
        let mut is_open = true;
        loop {
            is_open = is_open && (partial || format.format().runs_on(&record.bytes));
            let runs_on = partial || is_open;
            let Some(line) = self.peek() else { return self.is_last.then(|| self.ended(record, before_heads, runs_on)) };
            let is_full = record.continuations + record.blanks >= format.format().most_lines() || record.bytes.len() + line.bytes.len() > limit;
            if is_full || !(runs_on || line.format.is_none()) {
                return Some(self.ended(record, before_heads, runs_on));
            }
            if line.format.is_some() && !partial && before_heads.is_none() {
                before_heads = Some(record.clone());
            }
            let line = self.take()?;
            record.add(&line, partial, self.contiguous());
            partial = line.partial;
        }
    }

    /// The record as it stands, or, when it ate lines that look like heads and its quote did not close all the same, as
    /// it was before them.
    fn ended(&mut self, record: Record<'w>, before_heads: Option<Record<'w>>, is_open: bool) -> Record<'w> {
        match before_heads {
            Some(short) if is_open => {
                self.peeked = None;
                self.at = short.end;
                short
            }
            _ => record,
        }
    }

    /// The window, where lines follow each other in it without envelopes between them.
    fn contiguous(&self) -> Option<&'w [u8]> {
        (self.dialect.envelope == Envelope::None).then_some(self.window)
    }

    fn take(&mut self) -> Option<Line<'w>> {
        self.peek()?;
        self.peeked.take()
    }

    fn peek(&mut self) -> Option<&Line<'w>> {
        if self.peeked.is_none() {
            let line = self.line()?;
            self.at = line.end;
            self.peeked = Some(line);
        }
        self.peeked.as_ref()
    }

    fn line(&self) -> Option<Line<'w>> {
        let rest = self.window.get(self.at..).filter(|rest| !rest.is_empty())?;
        let len = match memchr(b'\n', rest) {
            Some(feed) => feed + 1,
            None if self.is_last => rest.len(),
            None => return None,
        };
        let bytes = trim_line_end(&rest[..len]);
        let is_long = bytes.len() > MAX_LINE;
        let bytes = &bytes[..bytes.len().min(MAX_LINE)];
        let unwrapped = self.dialect.envelope.unwrap(bytes).unwrap_or(crate::format::Unwrapped { line: Cow::Borrowed(bytes), stamp: None, partial: false });
        let format = if is_blank(&unwrapped.line) { None } else { self.dialect.begins(&unwrapped.line) };
        Some(Line { bytes: unwrapped.line, stamp: unwrapped.stamp, partial: unwrapped.partial, start: self.at, end: self.at + len, is_long, format })
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

impl<'w> Record<'w> {
    /// Joins a line; in a window without envelopes by taking the slice that holds both.
    fn add(&mut self, line: &Line<'w>, partial: bool, contiguous: Option<&'w [u8]>) {
        self.long_lines += u64::from(line.is_long);
        self.end = line.end;
        if is_blank(&line.bytes) {
            // It is no part of the text, unless a later line makes it one.
            self.blanks += 1;
            return;
        }
        self.continuations += 1;
        if let Some(window) = contiguous.filter(|_| self.long_lines == 0) {
            self.bytes = Cow::Borrowed(trim_line_end(&window[self.start..line.end]));
        } else {
            let owned = self.bytes.to_mut();
            if !partial {
                owned.push(b'\n');
            }
            owned.extend_from_slice(&line.bytes);
        }
    }
}

/// The first record of a text.
#[derive(Debug)]
pub struct FirstRecord<'t> {
    /// Its format.
    pub format: FormatId,
    /// Without envelopes.
    pub bytes: Cow<'t, [u8]>,
    /// When its envelope was stamped.
    pub stamp: Option<Stamp>,
    /// How many records follow it.
    pub further: usize,
}

/// The first record of a text, whatever stands before it.
pub fn first_record(dialect: Dialect, text: &[u8]) -> Option<FirstRecord<'_>> {
    let mut records = Records::new(dialect, text, 0, true);
    let mut all = std::iter::from_fn(|| records.next()).filter_map(|item| if let Item::Record(record) = item { Some(record) } else { None });
    let Record { format, bytes, stamp, .. } = all.next()?;
    Some(FirstRecord { format, bytes, stamp, further: all.count() })
}

/// The first place at or behind `from` where a line begins that looks like a record's head; `None` when there is none.
pub fn next_head(dialect: Dialect, window: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    if at > 0 && window[at - 1] != b'\n' {
        at += memchr(b'\n', &window[at..])? + 1;
    }
    while at < window.len() {
        let len = memchr(b'\n', &window[at..])? + 1;
        let bytes = trim_line_end(&window[at..at + len]);
        let bytes = &bytes[..bytes.len().min(MAX_LINE)];
        let unwrapped = dialect.envelope.unwrap(bytes);
        if dialect.begins(unwrapped.as_ref().map_or(bytes, |unwrapped| &unwrapped.line)).is_some() {
            return Some(at);
        }
        at += len;
    }
    None
}
