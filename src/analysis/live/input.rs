//! One input of a run that goes on: what it is, what of it waits, and what was counted.

use std::path::{Path, PathBuf};

use crate::analysis::pump::BYTE_ORDER_MARK;
use crate::analysis::recognise::{ANY, Recognised, SAMPLE, by_name, from_sample, has_both};
use crate::analysis::said;
use crate::format::FormatId;
use crate::report::{InputReport, Warning};
use crate::scan::{Counts, Dialect};
use crate::time::Timestamp;

/// See the module.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each says something else of it")]
pub(super) struct LiveInput {
    pub(super) path: PathBuf,
    /// The number of its log.
    pub(super) log: usize,
    pub(super) dialect: Option<Dialect>,
    /// Messages and answers are, or may be, mixed in it.
    pub(super) is_mixed: bool,
    /// Complete lines that are not scanned yet: the last record may go on in lines to come.
    pub(super) buffer: Vec<u8>,
    /// When something came last.
    pub(super) arrived: Timestamp,
    pub(super) counts: Counts,
    pub(super) bytes: u64,
    /// A record was counted before it was certain that no line of it would follow.
    pub(super) may_go_on: bool,
    pub(super) is_binary: bool,
    /// What comes on a stream is news from the first line on.
    pub(super) is_stream: bool,
    /// Its latest entry.
    pub(super) latest: Option<Timestamp>,
}

impl LiveInput {
    pub(super) fn new(path: &Path, log: usize) -> Self {
        Self {
            path: path.to_owned(),
            log,
            dialect: None,
            is_mixed: false,
            buffer: Vec::new(),
            arrived: Timestamp::from_micros(0),
            counts: Counts::default(),
            bytes: 0,
            may_go_on: false,
            is_binary: false,
            is_stream: false,
            latest: None,
        }
    }

    /// Takes in complete lines.
    pub(super) fn take(&mut self, bytes: &[u8], now: Timestamp) {
        let is_first = self.bytes == 0;
        self.bytes += bytes.len() as u64;
        self.arrived = now;
        self.buffer.extend_from_slice(bytes.strip_prefix(BYTE_ORDER_MARK).filter(|_| is_first).unwrap_or(bytes));
    }

    /// Looks at what has come, while it is not known what it is.
    pub(super) fn recognise(&mut self, format: Option<FormatId>) {
        if self.dialect.is_some() || self.is_binary {
            return;
        }
        let sample = &self.buffer[..self.buffer.len().min(SAMPLE)];
        let (kind, is_shared) = from_sample(sample, format);
        match kind {
            Recognised::Dialect(mut dialect) => {
                if is_shared && let Some(format) = by_name(&self.path) {
                    dialect.format = format;
                }
                self.is_mixed = has_both(sample, dialect);
                self.dialect = Some(dialect);
            }
            Recognised::Binary => self.is_binary = true,
            Recognised::Unknown | Recognised::Unreadable(_) | Recognised::Unseen => {}
        }
    }

    /// The dialect to read it in; every line is tried in every format while nothing is known.
    pub(super) fn dialect(&self) -> Dialect {
        self.dialect.unwrap_or(ANY)
    }

    /// Whether it is, or may be, a log of messages.
    pub(super) fn writes_messages(&self) -> bool {
        self.is_mixed || self.dialect.is_none_or(|dialect| !dialect.format.writes_answers())
    }

    /// Nothing of it could be understood.
    pub(super) fn is_foreign(&self) -> bool {
        let lines = self.counts.by_line.sum();
        self.is_binary || (self.dialect.is_none() && self.counts.entries + self.counts.by_line.filtered == 0 && lines > self.counts.by_line.blank)
    }

    pub(super) fn report(&self) -> InputReport {
        // Of a log that goes on, silence is told as it happens: no gaps are.
        let mut report = InputReport { path: self.path.display().to_string(), context: self.counts.context(), ..InputReport::default() };
        said::figures(&mut report, &self.counts, self.bytes);
        report
    }

    pub(super) fn warnings(&self, warnings: &mut Vec<Warning>) {
        let mut warn = |message: String| warnings.push(Warning { path: self.path.display().to_string(), message });
        said::remarks(&self.counts).into_iter().for_each(&mut warn);
        if self.is_binary {
            warn("is no text, so it was not read".to_owned());
        } else if self.is_foreign() {
            warn("no known log format; --format names one, `logscan502 formats` lists them".to_owned());
        } else if let Some(remark) = said::unparsed(&self.counts) {
            warn(remark);
        }
    }
}
