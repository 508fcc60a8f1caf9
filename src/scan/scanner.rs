//! One slice of an input, scanned.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::OnceLock;

use foldhash::fast::FixedState;

use super::event::is_gateway_status;
use super::records::{Item, MAX_LINE, Record, Records};
use super::{Dialect, Event, Filter, Kind, NO_TIME, Names, Unknown, Wanted, template};
use crate::format::{Envelope, FormatId, Skimmed};
use crate::pattern::{Catalogue, Classifier, Pattern, PatternIndex, Verdict};
use crate::record::{Cause, Entry, Severity};
use crate::report::ByLine;
use crate::text::escape::percent_decode;
use crate::time::{Clock, Timestamp};

/// Longest example that is kept.
pub(super) const LONGEST_EXAMPLE: usize = 2_048;

/// Everything that is needed to scan a slice, shared by all workers.
#[derive(Debug)]
pub struct Scanner<'c> {
    catalogue: &'c Catalogue,
    /// Built when a line first asks for them.
    classifiers: [OnceLock<Classifier<'c>>; FormatId::ALL.len()],
    filter: Filter,
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

/// What a slice held.
#[derive(Debug, Default)]
pub struct Piece {
    /// Where its last complete record ended.
    pub end: usize,
    /// Lines and entries.
    pub counts: Counts,
    /// Entries that matter, in order.
    pub events: Vec<Event>,
    /// The names that the events use: upstreams, hosts, paths.
    pub names: [Names; 3],
    /// Entries by second, runs of equal seconds together.
    pub seconds: Vec<Second>,
    /// Gateway statuses.
    pub statuses: BTreeMap<u16, u64>,
    /// The first record of each pattern.
    pub examples: BTreeMap<PatternIndex, Example>,
    /// Messages that no pattern knows, by template.
    pub unknown: BTreeMap<String, Unknown>,
}

/// Entries of one second that follow each other.
#[derive(Clone, Copy, Debug)]
pub struct Second {
    /// The earliest and the latest of them.
    pub times: (Timestamp, Timestamp),
    /// How many.
    pub entries: u32,
    /// Those that are answers.
    pub responses: u32,
    /// Those of them with a gateway status.
    pub gateway: u32,
}

/// Lines and entries of a slice.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Every line.
    pub by_line: ByLine,
    /// Records that a format understood.
    pub entries: u64,
    /// Answers.
    pub responses: u64,
    /// Entries by format.
    pub formats: [u64; FormatId::ALL.len()],
    /// The earliest and the latest time.
    pub times: Option<(Timestamp, Timestamp)>,
    /// Lines that were cut.
    pub long_lines: u64,
}

impl Counts {
    /// Adds the counts of another slice.
    pub fn add(&mut self, other: &Self) {
        self.by_line.add(&other.by_line);
        self.entries += other.entries;
        self.responses += other.responses;
        self.long_lines += other.long_lines;
        for (mine, theirs) in self.formats.iter_mut().zip(other.formats) {
            *mine += theirs;
        }
        for at in other.times.into_iter().flat_map(|(first, last)| [first, last]) {
            self.times = Some(widened(self.times, at));
        }
    }
}

/// A record that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Its bytes.
    pub record: Vec<u8>,
    /// Its place: the number of its input, how many lines stand before its piece, and where in the window it begins.
    pub order: (u32, u64, usize),
}

impl<'c> Scanner<'c> {
    /// A scanner with those patterns that keeps what passes the filter.
    pub fn new(catalogue: &'c Catalogue, filter: Filter) -> Self {
        Self { catalogue, classifiers: Default::default(), filter }
    }

    /// Scans the records that begin in the slice. The last one may end behind it, and is left to the next window when its
    /// end is not here and the input goes on.
    pub fn scan(&self, dialect: Dialect, clock: &Clock, wanted: &Wanted, slice: Slice<'_>) -> Piece {
        let mut work = Work { scanner: self, dialect, wanted, clock: clock.clone(), piece: Piece::default() };
        let mut records = Records::new(dialect, slice.window, slice.start, slice.is_last);
        let skims = work.skims(dialect);
        while records.position() < slice.stop {
            if let Some(end) = skims.then(|| work.skim(dialect, slice.window, records.position())).flatten() {
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
        work.piece.end = records.position();
        work.piece
    }

    fn classifier(&self, format: FormatId) -> &Classifier<'c> {
        self.classifiers[format.index()].get_or_init(|| self.catalogue.classifier(format))
    }
}

/// A slice being scanned.
struct Work<'s, 'c> {
    scanner: &'s Scanner<'c>,
    dialect: Dialect,
    wanted: &'s Wanted,
    clock: Clock,
    piece: Piece,
}

impl Work<'_, '_> {
    /// Whether answers of this input may be skimmed at all: nothing but their time and status must be asked for.
    fn skims(&self, dialect: Dialect) -> bool {
        dialect.envelope == Envelope::None && dialect.format.writes_answers() && self.scanner.filter.is_open() && !matches!(self.wanted, Wanted::All)
    }

    /// Counts the line at `start` if it is an ordinary answer that nobody wants: where the next line begins.
    fn skim(&mut self, dialect: Dialect, window: &[u8], start: usize) -> Option<usize> {
        let end = start + memchr::memchr(b'\n', window.get(start..)?)?;
        let line = &window[start..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > MAX_LINE {
            return None;
        }
        let Skimmed { time, status, is_bare } = dialect.skim(line, &mut self.clock)?;
        let is_ordinary = !is_gateway_status(status) && self.scanner.classifier(dialect.format).ignores(status, is_bare);
        if !is_ordinary || !self.wanted.is_quiet(time, dialect.format.format().stamps_start()) {
            return None;
        }
        let counts = &mut self.piece.counts;
        counts.by_line.ordinary += 1;
        counts.entries += 1;
        counts.responses += 1;
        counts.formats[dialect.format.index()] += 1;
        counts.times = Some(widened(counts.times, time));
        self.second(time, true, false);
        Some(end + 1)
    }

    fn record(&mut self, record: &Record<'_>) {
        let counts = &mut self.piece.counts;
        counts.by_line.continuation += record.continuations;
        counts.by_line.blank += record.blanks;
        counts.long_lines += record.long_lines;
        let Some(mut entry) = self.dialect.parse(record.format, &record.bytes, &mut self.clock) else {
            counts.by_line.unparsed += 1;
            return;
        };
        if entry.time.is_none() {
            entry.time = record.stamp.map(|stamp| self.clock.resolve(stamp));
        }
        if !self.scanner.filter.is_open() && !self.scanner.filter.passes(&entry) {
            counts.by_line.filtered += 1;
            return;
        }
        counts.entries += 1;
        counts.formats[record.format.index()] += 1;
        if let Some(time) = entry.time {
            counts.times = Some(widened(counts.times, time));
            self.second(time, entry.is_response, entry.is_response && entry.status.is_some_and(is_gateway_status));
        }
        let pattern = self.scanner.classifier(record.format).classify(&entry);
        if entry.is_response {
            self.response(record, &entry, pattern);
        } else {
            self.message(record, &entry, pattern);
        }
    }

    fn message(&mut self, record: &Record<'_>, entry: &Entry<'_>, index: Option<PatternIndex>) {
        let Some(index) = index else {
            if entry.severity >= Severity::Error {
                self.piece.counts.by_line.unrecognised += 1;
                self.unknown(record, entry);
            } else {
                self.piece.counts.by_line.ordinary += 1;
            }
            return;
        };
        let pattern = self.scanner.catalogue.pattern(index);
        let by_line = &mut self.piece.counts.by_line;
        let kind = match (pattern.text.verdict, pattern.cause) {
            (Verdict::Ordinary, _) | (_, None) => {
                by_line.ordinary += 1;
                return;
            }
            (_, Some(Cause::ClientAbort)) => {
                by_line.client_abort += 1;
                return;
            }
            (Verdict::Consequence, _) => {
                by_line.consequence += 1;
                Kind::Consequence
            }
            (Verdict::Evidence, _) => {
                by_line.evidence += 1;
                Kind::Evidence
            }
        };
        self.example(index, record);
        self.event(record.format, entry, index, kind);
    }

    /// A response fails when its status is a gateway's, or when a pattern says that an attempt did.
    fn response(&mut self, record: &Record<'_>, entry: &Entry<'_>, index: Option<PatternIndex>) {
        let status = entry.status.unwrap_or(0);
        let is_gateway = is_gateway_status(status);
        self.piece.counts.responses += 1;
        if is_gateway {
            *self.piece.statuses.entry(status).or_default() += 1;
        }
        let pattern = index.map(|index| self.scanner.catalogue.pattern(index));
        if pattern.is_some_and(|pattern| pattern.cause == Some(Cause::ClientAbort)) {
            self.piece.counts.by_line.client_abort += 1;
            return;
        }
        // Whether it turns out to be evidence of its own is known only when it has been held against the error logs.
        self.piece.counts.by_line.ordinary += 1;
        match (index, pattern) {
            (Some(index), Some(pattern)) if is_failure(pattern) => {
                self.example(index, record);
                self.event(record.format, entry, index, Kind::Failure);
            }
            _ if is_gateway => self.event(record.format, entry, PatternIndex(u16::MAX), Kind::Failure),
            _ => self.answer(record.format, entry),
        }
    }

    /// Counts an entry in its second; a run of equal seconds takes one place.
    fn second(&mut self, time: Timestamp, is_response: bool, is_gateway: bool) {
        let (responses, gateway) = (u32::from(is_response), u32::from(is_gateway));
        match self.piece.seconds.last_mut() {
            Some(last) if last.times.0.seconds() == time.seconds() => {
                last.times = widened(Some(last.times), time);
                last.entries += 1;
                last.responses += responses;
                last.gateway += gateway;
            }
            _ => self.piece.seconds.push(Second { times: (time, time), entries: 1, responses, gateway }),
        }
    }

    /// Keeps an ordinary answer when a failure may belong to it.
    fn answer(&mut self, format: FormatId, entry: &Entry<'_>) {
        let Some(at) = entry.time else { return };
        if matches!(self.wanted, Wanted::Nothing) {
            return;
        }
        let (client, route) = (key(&entry.client), route(&entry.path));
        if self.wanted.wants(client, route, at, format.format().stamps_start(), entry.duration.unwrap_or(-1)) {
            self.event(format, entry, PatternIndex(u16::MAX), Kind::Answer);
        }
    }

    fn event(&mut self, format: FormatId, entry: &Entry<'_>, pattern: PatternIndex, kind: Kind) {
        let [upstreams, hosts, paths] = &mut self.piece.names;
        let is_kept = kind != Kind::Answer;
        self.piece.events.push(Event {
            at: entry.time.unwrap_or(NO_TIME),
            kind,
            pattern,
            link: entry.link,
            upstream: if is_kept { upstreams.id(&entry.upstream) } else { Names::NONE },
            host: if is_kept { hosts.id(&entry.host) } else { Names::NONE },
            path: if is_kept { paths.id(&entry.path) } else { Names::NONE },
            client: key(&entry.client),
            route: route(&entry.path),
            method: key(&entry.method),
            status: entry.status.unwrap_or(0),
            duration: entry.duration.unwrap_or(-1),
            stamps_start: format.format().stamps_start(),
        });
    }

    fn example(&mut self, index: PatternIndex, record: &Record<'_>) {
        let bytes = &record.bytes;
        self.piece.examples.entry(index).or_insert_with(|| Example { record: bytes[..bytes.len().min(LONGEST_EXAMPLE)].to_vec(), order: (0, 0, record.start) });
    }

    fn unknown(&mut self, record: &Record<'_>, entry: &Entry<'_>) {
        let template = template(entry);
        let unknown = self.piece.unknown.entry(template).or_insert_with(|| Unknown::new(&record.bytes, record.start));
        unknown.count(record.format, &record.bytes, entry);
    }
}

fn is_failure(pattern: &Pattern) -> bool {
    pattern.text.verdict == Verdict::Evidence
}

/// The span with one more moment in it.
pub(crate) fn widened(span: Option<(Timestamp, Timestamp)>, at: Timestamp) -> (Timestamp, Timestamp) {
    span.map_or((at, at), |(first, last)| (first.min(at), last.max(at)))
}

/// A hash to be compared, never 0; 0 for nothing.
fn key(bytes: &[u8]) -> u64 {
    if bytes.is_empty() { 0 } else { FixedState::default().hash_one(bytes) | 1 }
}

/// The key of a path as the server understood it: escapes of the URL undone and double slashes merged, since error logs
/// write some paths so.
fn route(path: &[u8]) -> u64 {
    if memchr::memchr(b'%', path).is_none() && memchr::memmem::find(path, b"//").is_none() {
        return key(path);
    }
    let mut plain = percent_decode(path).into_owned();
    plain.dedup_by(|later, earlier| *later == b'/' && *earlier == b'/');
    key(&plain)
}
