//! Lines of the usual form, which need not be read whole: ordinary answers that nobody wants, and messages whose text was
//! met before.

use memchr::memchr;

use super::event::is_gateway_status;
use super::memo::Found;
use super::records::MAX_LINE;
use super::work::Work;
use super::{Context, NO_TIME, Scanner, Wanted};
use crate::format::{Envelope, Glance, Skimmed};
use crate::pattern::Judgement;
use crate::record::Severity;
use crate::time::Timestamp;

/// Entries of one moment that follow each other, not counted yet: ordinary answers, or messages, whose lines are counted
/// already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alike {
    time: Timestamp,
    entries: u32,
}

impl Default for Alike {
    fn default() -> Self {
        Self { time: NO_TIME, entries: 0 }
    }
}

impl<'s, 'c> Work<'s, 'c> {
    /// Whether nothing but what a part of a line tells is asked for.
    pub(super) fn may_be_quick(scanner: &Scanner<'c>, context: &'s Context<'s>) -> bool {
        let keeps_answers = context.dialect.format.writes_answers() && matches!(context.wanted, Wanted::All);
        context.dialect.envelope == Envelope::None && scanner.filter.is_open() && !keeps_answers
    }

    /// Counts the line at `start` if it is a record of the usual form: where the next line begins.
    pub(super) fn usual_line(&mut self, window: &[u8], start: usize) -> Option<usize> {
        match (self.is_quick, self.writes_answers) {
            (false, _) => None,
            (true, true) => self.skim(window, start),
            (true, false) => self.glance(window, start),
        }
    }

    /// Counts an ordinary answer that nobody wants.
    fn skim(&mut self, window: &[u8], start: usize) -> Option<usize> {
        let dialect = &self.context.dialect;
        let (Skimmed { time, status, is_bare }, end) = dialect.skim_first(window.get(start..)?, &mut self.clock)?;
        if end > MAX_LINE || is_gateway_status(status) || !self.scanner.classifier(dialect.format).ignores(status, is_bare) {
            return None;
        }
        if time != self.alike.time {
            if !self.context.wanted.is_quiet(time, self.format.stamps_start()) {
                return None;
            }
            self.count_alike();
            self.alike.time = time;
        }
        self.alike.entries += 1;
        Some(start + end + 1)
    }

    /// Counts the entries that were seen since.
    pub(super) fn count_alike(&mut self) {
        let Alike { time, entries } = self.alike;
        if entries > 0 {
            self.alike.entries = 0;
            let answers = if self.writes_answers { entries } else { 0 };
            self.piece.counts.by_line.ordinary += u64::from(answers);
            self.piece.counts.responses += u64::from(answers);
            self.entries(self.context.dialect.format, Some(time), [entries, answers, 0]);
        }
    }

    /// Counts a message whose verdict is known by its text. The next line must be the head of another record.
    fn glance(&mut self, window: &[u8], start: usize) -> Option<usize> {
        let end = if self.ahead.0 == start { self.ahead.1 } else { start + memchr(b'\n', window.get(start..)?)? };
        let (line, next) = (&window[start..end], end + 1);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > MAX_LINE {
            return None;
        }
        // It stays where it is: to move it takes longer than to look at most of it.
        let glance = self.format.glance(line, &mut self.clock);
        let glance = glance.as_ref()?;
        let rest = window.get(next..)?;
        let end = memchr(b'\n', rest);
        self.ahead = end.map_or((usize::MAX, 0), |end| (next, next + end));
        if !self.format.begins_behind(line, &rest[..end.unwrap_or(rest.len())]) {
            return None;
        }
        let format = self.context.dialect.format;
        let Found(verdict) = match self.memo.get(format, glance.severity, glance.plain) {
            Some(verdict) => verdict,
            None => self.learn(glance)?,
        };
        if verdict.is_none() && glance.severity >= Severity::Error {
            // Its template is wanted.
            return None;
        }
        if glance.time != self.alike.time {
            self.count_alike();
            self.alike.time = glance.time;
        }
        self.alike.entries += 1;
        let Some(index) = verdict else {
            self.piece.counts.by_line.ordinary += 1;
            return Some(next);
        };
        if let Some(kind) = self.kind(index) {
            self.example(index, line, start, 0);
            let subject = self.format.subject(glance);
            self.glanced(glance.time, index, kind, &subject);
        }
        Some(next)
    }

    /// Finds the verdict on a message that was not met before, and keeps it if it follows from the message alone.
    fn learn(&mut self, glance: &Glance<'_>) -> Option<Found> {
        let format = self.context.dialect.format;
        let entry = self.format.told(glance);
        let Judgement { verdict, is_by_message, is_by_plain } = self.scanner.classifier(format).judge(&entry, glance.plain);
        if !is_by_message || *entry.message != *glance.message {
            return None;
        }
        if is_by_plain {
            self.memo.keep(format, glance.severity, glance.plain, Found(verdict));
        }
        Some(Found(verdict))
    }
}
