//! Logs that go on: followed files and streams, scanned as lines come, with a report whenever one is asked for.
//!
//! [`Live::step`] takes in what has come and never waits; [`run`] asks it again and again, waiting in between in whatever
//! way its [`Waker`] does. What lies in the logs at first is read before anything else, error logs first, as in a run that
//! ends; what comes then is told as a story. A look ([`Live::snapshot`]) disturbs nothing.
//!
//! Bounded for days: counts, names and open requests are capped as in any run, and failures and answers that cannot
//! belong to anything to come are let go.

mod input;
mod latest;
mod scan;
mod silence;
mod stream;
mod tell;
mod waker;

use std::collections::BTreeMap;

use super::recognise::{Recognised, recognise};
use super::{Options, Outcome, Stop, filtered};
use crate::aggregate::{Running, Story, Thresholds, finish};
use crate::pattern::Catalogue;
use crate::report::{Event, Report, Warning};
use crate::scan::Scanner;
use crate::source::cursor::{Cursor, OpenLog};
use crate::source::{Filled, Follower, Input, Log, Reading, Source};
use crate::time::{Timestamp, Width};

use input::LiveInput;
pub use latest::Latest;
use silence::Silence;
use stream::Stream;
pub use waker::{PAUSE, Waker, run};

/// Warnings that are kept.
const MOST_WARNINGS: usize = 1_000;

/// What is followed, and how.
#[derive(Debug)]
pub struct Live<'c> {
    catalogue: &'c Catalogue,
    options: Options,
    scanner: Scanner<'c>,
    follower: Follower,
    /// The number of the log of each followed one.
    logs: Vec<usize>,
    /// Of each file of the follower, its input.
    files: Vec<usize>,
    streams: Vec<Stream>,
    inputs: Vec<LiveInput>,
    running: Running<'c>,
    story: Story,
    latest: Latest,
    silence: Silence,
    /// What lay there before is still being read.
    is_history: bool,
    events: Vec<Event>,
    warnings: BTreeMap<Warning, u64>,
    failures: usize,
    /// Files are read once, to where they end now.
    is_once: bool,
    leaves_cursor: bool,
    stop: Stop,
}

/// How far a step came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Something was taken in.
    pub has_news: bool,
    /// There may be more at once.
    pub has_more: bool,
    /// Nothing can come any more: every stream has ended, and no file is followed.
    pub has_ended: bool,
}

/// What a run that goes on is asked for.
#[derive(Debug)]
pub struct Request<'c> {
    /// What the user named.
    pub inputs: Vec<Input>,
    /// The patterns.
    pub catalogue: &'c Catalogue,
    /// See there.
    pub options: Options,
    /// Files are followed, or read once to their end.
    pub reading: Reading,
    /// What an earlier run left: this one goes on from there.
    pub cursor: Option<Cursor>,
    /// Asks the reading of what lay there before to end early.
    pub stop: Stop,
    /// The run leaves something to the next one: lines that are not complete are left to that.
    pub leaves_cursor: bool,
}

/// A file that was read as what lay there before, and awaited since at the same path, is one input.
fn once(report: &mut Report) {
    let read: Vec<String> = report.inputs.iter().filter(|input| input.bytes > 0).map(|input| input.path.clone()).collect();
    report.inputs.retain(|input| input.bytes > 0 || !read.contains(&input.path));
}

impl<'c> Live<'c> {
    /// Finds and opens the inputs. `wake` is called when something has come on a stream.
    pub fn new(request: Request<'c>, wake: impl Fn() + Clone + Send + 'static) -> Self {
        let Request { inputs, catalogue, options, reading, cursor, stop, leaves_cursor } = request;
        // The first run of a cursor has met no file; that is another thing than to have no cursor.
        let left = cursor.as_ref().map(|cursor| cursor.positions.as_slice());
        let follower = Follower::new(&inputs, reading, left.or(leaves_cursor.then_some(&[])));
        let width = options.thresholds.bucket.unwrap_or(Width::SECOND);
        let mut live = Self {
            catalogue,
            scanner: Scanner::new(catalogue, options.filter.clone()),
            running: Running::new(catalogue, width),
            options,
            logs: Vec::new(),
            files: Vec::new(),
            streams: Vec::new(),
            inputs: Vec::new(),
            story: Story::default(),
            latest: Latest::default(),
            silence: Silence::default(),
            is_history: true,
            events: Vec::new(),
            warnings: BTreeMap::new(),
            failures: 0,
            is_once: reading == Reading::Once,
            leaves_cursor,
            stop,
            follower,
        };
        for fault in live.follower.faults().to_vec() {
            live.failures += 1;
            live.warn(&fault.path.display().to_string(), fault.reason.to_string(), None);
        }
        live.meet();
        for source in live.follower.streams().to_vec() {
            let log = live.running.add_log();
            live.streams.push(Stream::open(&source, live.inputs.len(), wake.clone()));
            live.inputs.push(LiveInput { is_stream: true, ..LiveInput::new(&source.path, log) });
        }
        live.resume(&cursor.unwrap_or_default());
        live
    }

    /// Puts back what an earlier run left open.
    fn resume(&mut self, cursor: &Cursor) {
        for open in &cursor.open {
            let log = (0..self.follower.logs()).find(|log| self.follower.path_of(*log).to_string_lossy() == open.path);
            if let Some(log) = log {
                self.running.restore(self.logs[log], &open.requests);
            }
        }
        self.running.restore_failures(&cursor.failures);
        if self.is_once {
            // A failure is logged before its answer: so where answers end is taken first, and none is read without it.
            let (messages, answers) = self.by_kind();
            answers.into_iter().chain(messages).for_each(|log| self.follower.limit_to_present(log));
        }
    }

    /// What this run leaves to the next one.
    fn cursor(&self) -> Cursor {
        let (mut positions, absent) = self.follower.positions();
        positions.extend_from_slice(absent);
        let open = (0..self.follower.logs())
            .map(|log| OpenLog { path: self.follower.path_of(log).to_string_lossy().into_owned(), requests: self.running.carried(self.logs[log]) });
        let open = open.filter(|log| !log.requests.is_empty()).collect();
        Cursor { positions, open, failures: self.running.carried_failures() }
    }

    /// Takes in what has come by `now`.
    pub fn step(&mut self, now: Timestamp) -> Step {
        let before: u64 = self.inputs.iter().map(|input| input.bytes).sum();
        let is_first = self.is_history;
        self.follower.look_for_logs();
        self.meet();
        let mut has_more = self.poll_files(now);
        has_more |= self.poll_streams(now);
        self.flush_quiet(now);
        if !self.is_once {
            self.running.settle();
        }
        for note in self.follower.notes() {
            self.failures += usize::from(note.is_failure);
            self.warn(&note.path.display().to_string(), note.text, Some(now));
        }
        let has_ended = self.follower.logs() == 0 && self.streams.iter().all(|stream| stream.has_ended);
        if is_first && !has_more {
            self.caught_up(now);
        }
        self.tell(now);
        Step { has_news: self.inputs.iter().map(|input| input.bytes).sum::<u64>() > before, has_more, has_ended }
    }

    /// The report as of now; what is open is counted as if it were over.
    pub fn snapshot(&self) -> Report {
        self.snapshot_cut(&self.options.thresholds)
    }

    /// [`Self::snapshot`] with other buckets and lists.
    pub fn snapshot_cut(&self, thresholds: &Thresholds) -> Report {
        let (inputs, warnings) = self.inputs_and_warnings();
        let mut report = finish(self.running.snapshot(), self.catalogue, thresholds, inputs, warnings);
        filtered::tell(&mut report, &self.options);
        once(&mut report);
        report
    }

    /// The latest entries of each cause.
    pub fn latest(&self) -> &Latest {
        &self.latest
    }

    /// Lines that were counted, by which a look tells whether another one is worth it.
    pub fn lines(&self) -> u64 {
        self.inputs.iter().map(|input| input.counts.by_line.sum()).sum()
    }

    /// What was told since this was last asked.
    pub fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Whether what lay there before is still being read.
    pub fn is_catching_up(&self) -> bool {
        self.is_history
    }

    /// A hint that is worth one line on the standard error, once.
    pub fn hint(&mut self) -> Option<&'static str> {
        self.silence.hint()
    }

    /// Everything is over: the outcome, and what is left to the next run, if there is to be one.
    pub fn finish(mut self, now: Timestamp) -> (Outcome, Option<Cursor>) {
        if !self.leaves_cursor {
            let mut rest = Vec::new();
            self.follower.end(&mut |input, bytes| rest.push((input, bytes.to_vec())));
            for (input, bytes) in rest {
                self.arrived(self.files[input], &bytes, now);
            }
        }
        for at in 0..self.streams.len() {
            let mut out = Vec::new();
            self.streams[at].lines.end(&mut out);
            self.arrived(self.streams[at].input, &out, now);
        }
        for input in 0..self.inputs.len() {
            self.scan(input, now, true);
        }
        let (reports, warnings) = self.inputs_and_warnings();
        let never: Vec<bool> = (0..self.follower.logs()).map(|log| self.follower.never_read(log).is_some()).collect();
        let failed = self.inputs.iter().filter(|input| input.is_foreign()).count() + never.iter().filter(|never| **never).count();
        let read = self.inputs.len().saturating_sub(failed);
        let cursor = self.leaves_cursor.then(|| self.cursor());
        let totals = self.running.finish();
        let unknown = totals.unknown().clone();
        let mut report = finish(totals, self.catalogue, &self.options.thresholds, reports, warnings);
        filtered::tell(&mut report, &self.options);
        once(&mut report);
        let outcome =
            Outcome { unknown, report, read, failed: failed + self.failures, is_partial: false, reads_stream: !self.streams.is_empty(), ..Outcome::default() };
        (outcome, cursor)
    }

    /// Takes note of files that the follower has found.
    fn meet(&mut self) {
        while self.logs.len() < self.follower.logs() {
            self.logs.push(self.running.add_log());
        }
        for at in self.files.len()..self.follower.names().len() {
            let path = self.follower.names()[at].clone();
            let source = Source::file(&path);
            let log = self.logs[self.follower.log_of(at)];
            let mut input = LiveInput::new(&path, log);
            // What stands there is looked at as in any run; what is not there yet, when it comes.
            let members = recognise(vec![Log { members: vec![source] }], self.options.format);
            if let Some(member) = members.into_iter().flatten().next()
                && let Recognised::Dialect(dialect) = member.kind
            {
                input.dialect = Some(dialect);
                input.is_mixed = member.is_mixed();
            }
            self.files.push(self.inputs.len());
            self.inputs.push(input);
        }
    }

    fn poll_files(&mut self, now: Timestamp) -> bool {
        let mut has_more = false;
        // Of answers only those need be kept at first that a failure may belong to: so failures are read first.
        let (messages, answers) = self.by_kind();
        let first_answers = answers.first().copied();
        for log in messages.into_iter().chain(answers) {
            if self.is_history && first_answers == Some(log) {
                // Every failure is to be known by now, the last one too.
                self.flush(now);
            }
            loop {
                let mut came = Vec::new();
                let more = self.follower.poll(log, now, &mut |input, bytes| came.push((input, bytes.to_vec())));
                self.meet();
                for (file, bytes) in came {
                    self.arrived(self.files[file], &bytes, now);
                }
                // What lay there before is read log by log; later each has its turn.
                if !(more && self.is_history) || self.stop.is_asked() {
                    has_more |= more;
                    break;
                }
            }
        }
        has_more
    }

    /// The followed logs of messages, and those of answers.
    fn by_kind(&self) -> (Vec<usize>, Vec<usize>) {
        (0..self.follower.logs()).partition(|log| {
            let number = self.logs[*log];
            self.inputs.iter().any(|input| input.log == number && input.writes_messages())
        })
    }

    fn poll_streams(&mut self, now: Timestamp) -> bool {
        let mut has_more = false;
        for at in 0..self.streams.len() {
            let Some((bytes, filled)) = self.streams[at].next() else { continue };
            let (input, mut out) = (self.streams[at].input, Vec::new());
            self.streams[at].lines.take(&bytes, &mut out);
            if filled != Filled::More {
                self.streams[at].lines.end(&mut out);
            }
            self.silence.came(now, memchr::memchr_iter(b'\n', &out).count());
            self.arrived(input, &out, now);
            if let Filled::End(Some(error)) = filled {
                self.failures += 1;
                self.warn(&error.path.display().to_string(), error.reason.to_string(), Some(now));
            }
            has_more = true;
        }
        if !self.streams.is_empty() {
            self.silence.passed(now);
        }
        has_more
    }

    fn caught_up(&mut self, now: Timestamp) {
        self.flush(now);
        self.is_history = false;
        self.running.caught_up();
        let lines: u64 = self.files.iter().map(|input| self.inputs[*input].counts.by_line.sum()).sum();
        self.story.caught_up(now);
        if lines > 0 {
            let report = self.snapshot();
            let event = Event::CaughtUp { at: now, lines, failed: report.totals.failed, last: report.span.map(|span| span.to) };
            self.events.push(event);
        }
    }

    fn inputs_and_warnings(&self) -> (Vec<crate::report::InputReport>, Vec<Warning>) {
        let mut warnings: Vec<Warning> = self.warnings.keys().cloned().collect();
        self.inputs.iter().for_each(|input| input.warnings(&mut warnings));
        (self.inputs.iter().map(LiveInput::report).collect(), warnings)
    }

    fn warn(&mut self, path: &str, message: String, now: Option<Timestamp>) {
        let warning = Warning { path: path.to_owned(), message };
        let is_new = !self.warnings.contains_key(&warning);
        if is_new && self.warnings.len() >= MOST_WARNINGS {
            return;
        }
        if let Some(at) = now.filter(|_| is_new) {
            self.events.push(Event::Warning { at, path: warning.path.clone(), message: warning.message.clone() });
        }
        *self.warnings.entry(warning).or_default() += 1;
    }
}
