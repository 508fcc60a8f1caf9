//! Lines of an input → counts and story.

use super::Live;
use super::input::LiveInput;
use crate::analysis::recognise::clock;
use crate::analysis::window::{Plan, scan};
use crate::scan::{Dialect, Wanted};
use crate::source::Source;
use crate::time::{Clock, Timestamp};

/// How long a record waits for lines that may continue it.
const PATIENCE: i64 = 100_000;
/// Of so many bytes the first examples are shown as the latest.
const PIECE: usize = 64 << 10;
/// A window from this size on is scanned by all cores.
const LARGE: usize = 1 << 20;
impl Live<'_> {
    pub(super) fn arrived(&mut self, input: usize, bytes: &[u8], now: Timestamp) {
        if !bytes.is_empty() {
            self.inputs[input].take(bytes, now);
            self.scan(input, now, false);
        }
    }

    /// Records that wait for lines which may continue them do so for a moment only.
    pub(super) fn flush_quiet(&mut self, now: Timestamp) {
        for input in 0..self.inputs.len() {
            let waits = &self.inputs[input];
            if !waits.buffer.is_empty() && now.micros() - waits.arrived.micros() >= PATIENCE {
                self.scan(input, now, true);
                self.inputs[input].may_go_on = true;
            }
        }
    }

    /// No record waits any more.
    pub(super) fn flush(&mut self, now: Timestamp) {
        for input in 0..self.inputs.len() {
            if !self.inputs[input].buffer.is_empty() {
                self.scan(input, now, true);
                self.inputs[input].may_go_on = true;
            }
        }
    }

    /// Scans the lines that wait: all of them, or those of records that are complete.
    pub(super) fn scan(&mut self, number: usize, now: Timestamp, is_last: bool) {
        let has_messages = self.inputs.iter().any(LiveInput::writes_messages);
        let input = &mut self.inputs[number];
        if input.buffer.is_empty() {
            return;
        }
        input.recognise(self.options.format);
        if input.is_binary {
            input.buffer.clear();
            return;
        }
        let wanted = match () {
            () if input.is_mixed => Wanted::All,
            () if input.writes_messages() || !has_messages => Wanted::Nothing,
            () if self.is_history => Wanted::Near(self.running.places()),
            () => Wanted::All,
        };
        let source = Source::file(&input.path);
        let clock = if self.is_history && !input.is_stream {
            clock(&source, self.options.log_zone, now)
        } else {
            Clock::new(self.options.log_zone, now.plus_seconds(86_400))
        };
        let is_parallel = input.buffer.len() >= LARGE;
        let plan =
            Plan { scanner: &self.scanner, wanted: &wanted, dialect: input.dialect(), clock, pairs: true, piece: self.options.piece.min(PIECE), is_parallel };
        let (mut pieces, end) = scan(&plan, &self.running.known(input.log), &input.buffer, is_last);
        // A line that came too late for its record is none that nobody knows.
        if std::mem::take(&mut input.may_go_on)
            && let Some(piece) = pieces.first_mut()
        {
            let late = leading_orphans(&input.buffer[..end], input.dialect());
            let late = late.min(piece.counts.by_line.unparsed);
            piece.counts.by_line.unparsed -= late;
            piece.counts.by_line.continuation += late;
        }
        for piece in &pieces {
            input.counts.add(&piece.counts);
            input.latest = input.latest.max(piece.counts.times.map(|times| times.1));
        }
        input.buffer.drain(..end);
        let (log, is_known) = (input.log, input.dialect.is_some());
        let last = pieces.iter().filter_map(|piece| piece.counts.times).map(|times| times.1).max();
        self.latest.came(self.catalogue, &pieces);
        let pieces = self.running.fold(log, u32::try_from(number).unwrap_or(u32::MAX), pieces, is_parallel);
        if is_known {
            self.see(&pieces, last, number, now);
        }
    }
}

/// Lines at the beginning of a text that begin no record.
fn leading_orphans(text: &[u8], dialect: Dialect) -> u64 {
    let lines = text.split(|byte| *byte == b'\n').take(100);
    let is_orphan = |line: &&[u8]| {
        let unwrapped = dialect.envelope.unwrap(line);
        let line = unwrapped.as_ref().map_or(*line, |unwrapped| &unwrapped.line);
        !line.iter().all(u8::is_ascii_whitespace) && dialect.begins(line).is_none()
    };
    lines.take_while(is_orphan).count() as u64
}
