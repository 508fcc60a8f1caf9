//! What becomes of each record of a slice.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use super::event::{Key, is_gateway_status, shard_of};
use super::memo::Memo;
use super::piece::{Counts, Second, widened};
use super::quick::Alike;
use super::records::Record;
use super::unknown::cut;
use super::{Answered, Context, Event, Example, Kind, NO_TIME, Piece, Scanner, Slice, Unknown, Wanted, template};
use crate::format::{Format, FormatId, Subject};
use crate::pattern::{Pattern, PatternIndex, Scope, Verdict};
use crate::record::{Cause, Entry, Severity};
use crate::text::escape::percent_decode;
use crate::time::{Clock, Stamp, Timestamp};

/// A slice being scanned.
pub(super) struct Work<'s, 'c> {
    pub(super) scanner: &'s Scanner<'c>,
    pub(super) context: &'s Context<'s>,
    /// What reads lines of the input's own format.
    pub(super) format: &'static dyn Format,
    pub(super) clock: Clock,
    pub(super) piece: Piece,
    /// What was found out about messages already.
    pub(super) memo: Memo,
    /// It is written once for each answer.
    pub(super) writes_answers: bool,
    /// Lines of the usual form are looked at without reading them whole.
    pub(super) is_quick: bool,
    /// Entries that are still to be counted.
    pub(super) alike: Alike,
    /// Where the line behind the present one begins and ends, when that was looked for already.
    pub(super) ahead: (usize, usize),
    /// The first microsecond of the second that was counted last.
    second: i64,
    /// Messages that the slice may hold.
    expected: usize,
}

/// What an event says beside what its subject does.
struct Facts {
    at: Option<Timestamp>,
    pattern: PatternIndex,
    kind: Kind,
}

impl<'s, 'c> Work<'s, 'c> {
    pub(super) fn new(scanner: &'s Scanner<'c>, context: &'s Context<'s>, slice: &Slice<'_>, piece: Piece) -> Self {
        Self {
            scanner,
            context,
            format: context.dialect.format.format(),
            clock: context.clock.clone(),
            piece,
            memo: scanner.memos().pop().unwrap_or_default(),
            writes_answers: context.dialect.format.writes_answers(),
            is_quick: Self::may_be_quick(scanner, context),
            alike: Alike::default(),
            ahead: (usize::MAX, 0),
            second: i64::MIN,
            expected: (slice.stop - slice.start) / 512,
        }
    }

    /// Understands a record and counts it.
    pub(super) fn record(&mut self, record: &Record<'_>) {
        self.count_alike();
        let counts = &mut self.piece.counts;
        counts.by_line.continuation += record.continuations;
        counts.by_line.blank += record.blanks;
        counts.long_lines += record.long_lines;
        let Some(mut entry) = self.context.dialect.parse(record.format, &record.bytes, &mut self.clock) else {
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
        let is_cut = entry.is_response && record.format.format().one_line() && is_cut(&record.bytes);
        self.piece.counts.partial += u64::from(entry.is_partial || is_cut);
        let is_gateway = entry.is_response && entry.status.is_some_and(is_gateway_status);
        if record.format.is_context() {
            self.entry_behind(record.format, entry.time);
        } else {
            self.entry(record.format, entry.time, entry.is_response, is_gateway);
        }
        let pattern = self.scanner.classifier(record.format).classify(&entry);
        if entry.is_response {
            self.response(record, &entry, pattern);
        } else {
            self.message(record, &entry, pattern);
        }
    }

    /// Counts an entry.
    pub(super) fn entry(&mut self, format: FormatId, time: Option<Timestamp>, is_response: bool, is_gateway: bool) {
        self.entries(format, time, [1, u32::from(is_response), u32::from(is_gateway)]);
    }

    /// Counts entries of one moment, those that are answers, and those of them with a gateway status; also in their second: a
    /// run of equal seconds takes one place.
    pub(super) fn entries(&mut self, format: FormatId, time: Option<Timestamp>, [all, responses, gateway]: [u32; 3]) {
        let Counts { entries, formats, times, .. } = &mut self.piece.counts;
        *entries += u64::from(all);
        formats[format.index()] += u64::from(all);
        let Some(time) = time else { return };
        *times = Some(widened(*times, time));
        match self.piece.seconds.last_mut() {
            // Cheaper than to divide for every line.
            Some(last) if (0..1_000_000).contains(&time.micros().wrapping_sub(self.second)) => {
                last.times = widened(Some(last.times), time);
                last.entries += all;
                last.responses += responses;
                last.gateway += gateway;
            }
            _ => {
                self.second = time.seconds().saturating_mul(1_000_000);
                self.piece.seconds.push(Second { times: (time, time), entries: all, responses, gateway });
            }
        }
    }

    /// Counts an entry of what happened behind the proxy: it does not widen the span of what the proxy did.
    fn entry_behind(&mut self, format: FormatId, time: Option<Timestamp>) {
        let Counts { entries, formats, times, .. } = &mut self.piece.counts;
        *entries += 1;
        formats[format.index()] += 1;
        *times = time.map(|time| widened(*times, time)).or(*times);
    }

    fn message(&mut self, record: &Record<'_>, entry: &Entry<'_>, index: Option<PatternIndex>) {
        let Some(index) = index else {
            if entry.severity >= Severity::Error && !record.format.is_context() {
                self.piece.counts.by_line.unrecognised += 1;
                self.unknown(record, entry);
            } else {
                self.piece.counts.by_line.ordinary += 1;
            }
            return;
        };
        let pattern = self.scanner.catalogue.pattern(index);
        self.piece.counts.known += u64::from(record.format.is_context());
        if pattern.text.verdict == Verdict::Context {
            self.piece.counts.by_line.ordinary += 1;
            let has_zone = matches!(record.stamp, Some(Stamp::Instant(_)));
            self.piece.behind.take(record.format, entry, index, pattern, has_zone);
        } else if let Some(kind) = self.kind(index) {
            self.example(index, &record.bytes, record.start, record.continuations + record.blanks);
            let facts = Facts { at: entry.time, pattern: index, kind };
            self.told(&Subject::of(entry), &facts);
        }
    }

    /// Counts a line that won a pattern; what its event is, if it is to be kept.
    pub(super) fn kind(&mut self, index: PatternIndex) -> Option<Kind> {
        let pattern = self.scanner.catalogue.pattern(index);
        let by_line = &mut self.piece.counts.by_line;
        match (pattern.text.verdict, pattern.cause) {
            (Verdict::Ordinary | Verdict::Context, _) | (_, None) => by_line.ordinary += 1,
            (_, Some(Cause::ClientAbort)) => by_line.client_abort += 1,
            (Verdict::Consequence, _) => {
                by_line.consequence += 1;
                return Some(Kind::Consequence);
            }
            (Verdict::Evidence, _) => {
                by_line.evidence += 1;
                return Some(Kind::Evidence);
            }
        }
        None
    }

    /// Keeps a message that was looked at only in part.
    pub(super) fn glanced(&mut self, at: Timestamp, pattern: PatternIndex, kind: Kind, subject: &Subject<'_>) {
        self.told(subject, &Facts { at: Some(at), pattern, kind });
    }

    /// Keeps a message.
    fn told(&mut self, subject: &Subject<'_>, facts: &Facts) {
        let event = self.event(subject, facts);
        let speaks_of_a_request = self.scanner.catalogue.pattern(facts.pattern).text.scope == Scope::Request;
        if facts.kind == Kind::Evidence && !speaks_of_a_request {
            self.piece.apart.push(event);
        } else {
            if self.piece.messages.is_empty() {
                // A log that tells of failures mostly tells of many.
                self.piece.messages.reserve(self.expected);
                self.piece.shards.reserve(self.expected);
            }
            self.piece.messages.push(event);
            self.piece.shards.push(shard_of(event.link));
        }
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
                self.example(index, &record.bytes, record.start, record.continuations + record.blanks);
                self.answered(record.format, entry, index, Kind::Failure);
            }
            _ if is_gateway => self.answered(record.format, entry, PatternIndex(u16::MAX), Kind::Failure),
            _ => self.answer(record.format, entry),
        }
    }

    /// Keeps an ordinary answer when a failure may belong to it.
    fn answer(&mut self, format: FormatId, entry: &Entry<'_>) {
        let Some(at) = entry.time else { return };
        if matches!(self.context.wanted, Wanted::Nothing) {
            return;
        }
        let (client, route) = (key(&entry.client), route(&entry.path));
        if self.context.wanted.wants(client, route, at, format.format().stamps_start(), entry.duration.unwrap_or(-1)) {
            self.answered(format, entry, PatternIndex(u16::MAX), Kind::Answer);
        }
    }

    fn answered(&mut self, format: FormatId, entry: &Entry<'_>, pattern: PatternIndex, kind: Kind) {
        let event = self.event(&Subject::of(entry), &Facts { at: entry.time, pattern, kind });
        let (status, duration) = (entry.status.unwrap_or(0), entry.duration.unwrap_or(-1));
        self.piece.answers.push(Answered { event, status, duration, stamps_start: format.format().stamps_start() });
    }

    #[allow(clippy::inline_always, reason = "what was just written is slow to copy")]
    #[inline(always)]
    fn event(&mut self, subject: &Subject<'_>, facts: &Facts) -> Event {
        let [upstreams, hosts, paths] = &self.context.known.names;
        let [new_upstreams, new_hosts, new_paths] = &mut self.piece.names;
        // Of an answer that is kept only to be paired nothing is shown.
        let shown = |name| if facts.kind == Kind::Answer { &[][..] } else { name };
        let paired = |key: fn(&[u8]) -> Key, bytes| if self.context.pairs { key(bytes) } else { 0 };
        Event {
            at: facts.at.unwrap_or(NO_TIME),
            kind: facts.kind,
            pattern: facts.pattern,
            link: subject.link,
            upstream: upstreams.id_or_new(shown(subject.upstream), new_upstreams),
            host: hosts.id_or_new(shown(subject.host), new_hosts),
            path: paths.id_or_new(shown(subject.path), new_paths),
            client: paired(key, subject.client),
            route: paired(route, subject.path),
            method: paired(key, subject.method),
        }
    }

    /// Keeps the record if it is the first of its pattern. Its lines are counted already, `behind` of them behind its head.
    pub(super) fn example(&mut self, index: PatternIndex, record: &[u8], start: usize, behind: u64) {
        if !self.context.known.examples.has(index) {
            let line = || self.piece.counts.by_line.sum() - behind;
            self.piece.examples.entry(index).or_insert_with(|| Example { record: cut(record), order: (0, 0, start), line: line() });
        }
    }

    fn unknown(&mut self, record: &Record<'_>, entry: &Entry<'_>) {
        let template = template(entry);
        let unknown = self.piece.unknown.entry(template).or_insert_with(|| Unknown::new(&record.bytes, record.start));
        unknown.count(record.format, &record.bytes, entry);
    }
}

/// Whether a line was cut in the middle, as far as its own form tells: a JSON object without its end, or a last quoted
/// field without its closing quote (a quote inside a field is escaped).
fn is_cut(line: &[u8]) -> bool {
    match line.trim_ascii() {
        [b'{', .., last] => *last != b'}',
        line => {
            let is_escaped = |at: usize| line[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
            memchr::memchr_iter(b'"', line).filter(|at| !is_escaped(*at)).count() % 2 == 1
        }
    }
}

fn is_failure(pattern: &Pattern) -> bool {
    pattern.text.verdict == Verdict::Evidence
}

/// A hash to be compared, never 0; 0 for nothing.
#[allow(clippy::cast_possible_truncation, reason = "half of the bits are enough")]
fn key(bytes: &[u8]) -> Key {
    if bytes.is_empty() { 0 } else { (FixedState::default().hash_one(bytes) >> 32) as Key | 1 }
}

/// The key of a path as the server understood it: escapes of the URL undone and double slashes merged, since error logs
/// write some paths so.
fn route(path: &[u8]) -> Key {
    if memchr::memchr(b'%', path).is_none() && !path.windows(2).any(|two| two == b"//") {
        return key(path);
    }
    let mut plain = percent_decode(path).into_owned();
    plain.dedup_by(|later, earlier| *later == b'/' && *earlier == b'/');
    key(&plain)
}

#[cfg(test)]
mod tests {
    use super::is_cut;

    #[test]
    fn a_line_without_its_end_is_told() {
        for line in [r#"{"status":502,"request":"GET /a"#, r#"::1 - - [x] "GET / HTTP/1.1" 502 1 "-" "cur"#, r#"a "b\" c"#] {
            assert!(is_cut(line.as_bytes()), "{line}");
        }
        for line in [r#"{"status":502}"#, " {\"a\":{}} ", r#"::1 - - [x] "GET /\"x HTTP/1.1" 502 1"#, "a b", ""] {
            assert!(!is_cut(line.as_bytes()), "{line}");
        }
    }
}
