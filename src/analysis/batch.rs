//! Files and streams, read to their end.

use std::collections::HashSet;

use rayon::prelude::*;

use super::chunks::{Chunks, Scanned};
use super::coverage::{missing_files, warnings as missing_warnings};
use super::pump::Bytes;
use super::recognise::{ANY, Member, Recognised, SAMPLE, clock, from_sample, has_both, recognise};
use super::said;
use super::window::{LineCutter, Plan, scan};
use super::{Outcome, Task, filtered};
use crate::aggregate::{LogState, Totals, finish};
use crate::format::FormatId;
use crate::report::{InputReport, Warning};
use crate::scan::{Counts, Scanner, Wanted};
use crate::source::{Filled, discover};
use crate::time::Width;

/// A plain file from this size on is scanned by all cores at once; smaller ones go side by side.
const LARGE: u64 = 16 << 20;
/// What became of an input that the run did not read to its end.
const IN_PART: &str = "was read in part";
/// So many logs for each thread are under way before their counts are put together.
const LOGS_PER_THREAD: usize = 4;

/// Reads the inputs and makes the report. Nothing is an error but a bad request: what cannot be read is a warning, and
/// [`Outcome::failed`] counts it.
pub fn analyse(task: &Task<'_>) -> Outcome {
    let (logs, faults) = discover(&task.inputs);
    let logs = recognise(logs, task.options.format);
    let reads_stream = logs.iter().flatten().any(|member| member.source.is_stream());
    let run = Run::new(task, logs.iter().flatten().any(may_hold_answers));
    let mut totals = Totals::new(run.width);
    let mut read: Vec<Read> = Vec::new();
    task.progress.expect(logs.iter().map(|log| bytes_of(log)).sum());
    let (messages, answers): (Vec<_>, Vec<_>) = logs.iter().partition(|log| writes_messages(log));
    run.logs(&messages, &Wanted::Nothing, &mut totals, &mut read);
    let wanted = Wanted::Near(totals.places(0));
    run.logs(&answers, &wanted, &mut totals, &mut read);
    if let Some(seconds) = totals.offset() {
        // The ordinary answers that were kept are those of the wrong times.
        let (answers, _): (Vec<_>, Vec<_>) = answers.into_iter().partition(|log| !log.iter().any(|member| member.source.is_stream()));
        let mut again = Totals::new(run.width);
        task.progress.expect(answers.iter().map(|log| bytes_of(log)).sum());
        run.logs(&answers, &Wanted::Near(totals.places(seconds)), &mut again, &mut Vec::new());
        totals.replace_ordinary_answers(again, |input| answers.iter().any(|log| log.iter().any(|member| member.number == input)));
    }
    // What was not reached when the run was asked to end is listed too.
    let is_reached: HashSet<u32> = read.iter().map(|input| input.number).collect();
    let unreached = logs.iter().flatten().filter(|member| !is_reached.contains(&member.number));
    read.extend(unreached.map(|member| Read { unfinished: Some("was not reached"), ..Read::new(member) }));
    read.sort_by_key(|input| input.number);
    let mut outcome = Outcome { unknown: totals.unknown().clone(), failed: faults.len(), is_partial: task.stop.is_asked(), reads_stream, ..Outcome::default() };
    let mut warnings: Vec<Warning> = faults.iter().map(|fault| Warning { path: fault.path.display().to_string(), message: fault.reason.to_string() }).collect();
    for input in &read {
        outcome.read += usize::from(input.is_understood);
        outcome.failed += usize::from(input.has_failed);
        warnings.extend(input.warnings.iter().cloned());
        outcome.unfinished.extend(input.unfinished.map(|what| Warning { path: input.report.path.clone(), message: what.to_owned() }));
    }
    let inputs: Vec<InputReport> = read.into_iter().map(|input| input.report).collect();
    let missing_files = missing_files(&inputs);
    warnings.extend(missing_warnings(&missing_files));
    outcome.report = finish(totals, task.catalogue, &task.options.thresholds, inputs, warnings);
    filtered::tell(&mut outcome.report, &task.options);
    outcome.report.missing_files = missing_files;
    outcome
}

fn writes_messages(log: &[Member]) -> bool {
    log.iter().any(|member| member.is_mixed() || !member.format().is_some_and(FormatId::writes_answers))
}

fn may_hold_answers(member: &Member) -> bool {
    member.is_mixed() || member.format().is_none_or(FormatId::writes_answers)
}

/// One input, read.
#[derive(Debug, Default)]
struct Read {
    number: u32,
    report: InputReport,
    warnings: Vec<Warning>,
    is_understood: bool,
    has_failed: bool,
    /// What became of it when the run was asked to end before its end.
    unfinished: Option<&'static str>,
}

impl Read {
    fn new(member: &Member) -> Self {
        let path = member.source.path.display().to_string();
        Self { number: member.number, report: InputReport { path, ..InputReport::default() }, ..Self::default() }
    }

    fn warn(&mut self, message: String) {
        self.warnings.push(Warning { path: self.report.path.clone(), message });
    }

    fn fail(&mut self, message: String) {
        self.has_failed = true;
        self.warn(message);
    }
}

struct Run<'t, 'c> {
    task: &'t Task<'c>,
    scanner: Scanner<'c>,
    width: Width,
    /// Some input may hold answers, against which messages are to be held.
    pairs: bool,
}

/// How a log is read.
#[derive(Clone, Copy)]
struct Reading<'w> {
    wanted: &'w Wanted,
    pairs: bool,
    is_parallel: bool,
}

impl<'t, 'c> Run<'t, 'c> {
    fn new(task: &'t Task<'c>, pairs: bool) -> Self {
        let width = task.options.thresholds.bucket.unwrap_or(Width::SECOND);
        Self { task, scanner: Scanner::new(task.catalogue, task.options.filter.clone()), width, pairs }
    }

    /// Reads logs, adding their counts in order.
    fn logs(&self, logs: &[&Vec<Member>], wanted: &Wanted, totals: &mut Totals, read: &mut Vec<Read>) {
        let mut rest = logs;
        while !rest.is_empty() && !self.task.stop.is_asked() {
            let small = rest.iter().take_while(|log| !log.iter().any(is_read_alone)).count();
            if small <= 1 {
                let (counts, inputs) = self.log(rest[0], wanted, true);
                totals.absorb(counts, self.task.catalogue);
                read.extend(inputs);
                rest = &rest[1..];
                continue;
            }
            let (now, later) = rest.split_at(small.min(LOGS_PER_THREAD * rayon::current_num_threads()));
            self.side_by_side(now, |log| self.log(log, wanted, false), totals, read);
            rest = later;
        }
    }

    /// Reads all of them at once, each on one core, and adds their counts in order.
    fn side_by_side<P: Sync>(&self, parts: &[P], one: impl Fn(&P) -> (Totals, Vec<Read>) + Send + Sync, totals: &mut Totals, read: &mut Vec<Read>) {
        let done: Vec<_> = parts.par_iter().with_max_len(1).map(one).collect();
        for (counts, inputs) in done {
            totals.absorb(counts, self.task.catalogue);
            read.extend(inputs);
        }
    }

    /// Reads the members of one log, oldest first, as one.
    fn log(&self, log: &[Member], wanted: &Wanted, is_parallel: bool) -> (Totals, Vec<Read>) {
        let reading = Reading { wanted, pairs: self.pairs, is_parallel };
        let (totals, inputs) = if are_apart(log) {
            let reading = Reading { is_parallel: false, ..reading };
            let (mut totals, mut inputs) = (Totals::new(self.width), Vec::new());
            // So many at a time that their counts do not pile up.
            for some in log.chunks(LOGS_PER_THREAD * rayon::current_num_threads()) {
                self.side_by_side(some, |member| self.members(std::slice::from_ref(member), reading), &mut totals, &mut inputs);
            }
            (totals, inputs)
        } else {
            self.members(log, reading)
        };
        // Messages turned up among answers, or the reverse, later than the sample went: every answer may matter.
        let is_surprise = totals.has_both() && !log.iter().any(|member| member.is_mixed() || member.source.is_stream());
        if !is_surprise || self.task.stop.is_asked() {
            return (totals, inputs);
        }
        self.task.progress.expect(bytes_of(log));
        self.members(log, Reading { wanted: &Wanted::All, pairs: true, is_parallel })
    }

    /// Reads members that follow each other.
    fn members(&self, log: &[Member], reading: Reading<'_>) -> (Totals, Vec<Read>) {
        let mut state = LogState::new(self.task.catalogue, self.width, reading.pairs);
        let causes = &self.task.options.thresholds.causes;
        let mut inputs: Vec<Read> = Vec::with_capacity(log.len());
        for member in log {
            let before = state.totals().evidence_of(causes);
            let mut read = self.member(member, reading, &mut state);
            if !causes.is_empty() {
                read.report.evidence = state.totals().evidence_of(causes) - before;
            }
            inputs.push(read);
        }
        let before = state.totals().evidence_of(causes);
        let totals = state.finish();
        // Requests that were open at the end of the log are those of its last member.
        if let Some(last) = inputs.last_mut() {
            last.report.evidence += totals.evidence_of(causes) - before;
        }
        (totals, inputs)
    }

    fn member(&self, member: &Member, reading: Reading<'_>, state: &mut LogState<'c>) -> Read {
        let mut read = Read::new(member);
        match &member.kind {
            Recognised::Unreadable(error) => read.fail(error.reason.to_string()),
            Recognised::Binary => read.fail("is no text, so it was not read".to_owned()),
            Recognised::Dialect(_) | Recognised::Unknown | Recognised::Unseen => {
                match Bytes::open(&member.source, reading.is_parallel, &self.task.stop, &self.task.progress) {
                    Err(error) => read.fail(error.reason.to_string()),
                    Ok(bytes) => {
                        state.begin(member.number);
                        self.read(member, bytes, reading, state, &mut read);
                        if self.task.options.filter.is_open() {
                            read.report.gaps = state.gaps();
                        }
                    }
                }
            }
        }
        read
    }

    fn read(&self, member: &Member, mut feed: Bytes, reading: Reading<'_>, state: &mut LogState<'c>, read: &mut Read) {
        let options = &self.task.options;
        let mut buffer = Vec::new();
        let mut filled = Filled::More;
        let mut is_mixed = member.is_mixed();
        let dialect = match &member.kind {
            Recognised::Dialect(dialect) => Some(*dialect),
            Recognised::Unseen => {
                filled = feed.fill(&mut buffer, SAMPLE);
                match from_sample(&buffer, options.format).0 {
                    Recognised::Dialect(dialect) => {
                        is_mixed = has_both(&buffer, dialect);
                        Some(dialect)
                    }
                    Recognised::Binary => return read.fail("is no text, so it was not read".to_owned()),
                    _ => None,
                }
            }
            _ => None,
        };
        let wanted = if is_mixed { &Wanted::All } else { reading.wanted };
        let clock = clock(&member.source, options.log_zone, options.now);
        let Reading { pairs, is_parallel, .. } = reading;
        let plan = Plan { scanner: &self.scanner, wanted, dialect: dialect.unwrap_or(ANY), clock, pairs, piece: options.piece, is_parallel };
        let mut counts = Counts::default();
        // What any daemon may have written is not known, unless the user says so.
        let is_anybodys = dialect.is_none_or(|dialect| dialect.format == FormatId::Journal);
        let unknown = match options.format {
            Some(format) => Some(format!("is not a log of format {format}")).filter(|_| format != FormatId::Journal),
            None => is_anybodys.then(|| "no known log format; --format names one, `logscan502 formats` lists them".to_owned()),
        };
        if let Some(file) = feed.plain() {
            let batch = options.window / options.piece.max(1);
            match Chunks::new(&plan, file).run(batch, (&self.task.stop, &self.task.progress), state, &mut counts) {
                Scanned::All { bytes, fault } => {
                    if self.task.stop.is_asked() && bytes < file.len_at_opening() {
                        read.unfinished = Some(IN_PART);
                    }
                    if let Some(fault) = fault {
                        read.fail(fault.to_string());
                    }
                    return report(read, &counts, bytes, unknown);
                }
                Scanned::UpTo(position) => feed.seek(position),
            }
        }
        let is_stream = member.source.is_stream();
        let filled = self.windows(plan, (&mut feed, filled, buffer), is_stream, state, &mut counts);
        if self.task.stop.is_asked() && (filled == Filled::More || is_stream) {
            read.unfinished = Some(IN_PART);
        }
        if let Filled::End(Some(error)) = filled {
            read.fail(error.reason.to_string());
        }
        report(read, &counts, feed.bytes(), unknown);
    }

    /// Reads what comes one after the other, a window at a time, which all cores scan while the next one comes: whether it
    /// goes on.
    fn windows(
        &self,
        mut plan: Plan<'_, 'c>,
        (feed, mut filled, mut buffer): (&mut Bytes, Filled, Vec<u8>),
        is_stream: bool,
        state: &mut LogState<'c>,
        counts: &mut Counts,
    ) -> Filled {
        let (window, is_parallel) = (self.task.options.window, plan.is_parallel);
        if is_parallel {
            // No worker shall be without one.
            plan.piece = plan.piece.min(window / (2 * rayon::current_num_threads()));
        }
        let mut cutter = LineCutter::default();
        let mut next = Vec::new();
        if filled == Filled::More {
            filled = feed.fill(&mut buffer, window);
        }
        loop {
            let is_last = filled != Filled::More || self.task.stop.is_asked();
            let mut scan = || take_in(&mut plan, &buffer, (is_last, is_stream), state, counts);
            let end = match (is_last, is_parallel) {
                (true, _) => {
                    scan();
                    return filled;
                }
                (false, true) => {
                    let (end, more) = rayon::join(scan, || feed.fill(&mut next, window));
                    filled = more;
                    end
                }
                (false, false) => {
                    let end = scan();
                    filled = feed.fill(&mut next, window);
                    end
                }
            };
            buffer.drain(..end);
            cutter.cut(&mut buffer);
            cutter.append(&mut buffer, &next);
            next.clear();
        }
    }
}

/// Scans and counts a window: where its last complete record ends.
fn take_in<'c>(plan: &mut Plan<'_, 'c>, buffer: &[u8], (is_last, is_stream): (bool, bool), state: &mut LogState<'c>, counts: &mut Counts) -> usize {
    let (mut pieces, mut end) = scan(plan, &state.known(), buffer, is_last);
    // A stream cannot be read again when messages turn up among its answers; their own answers follow them.
    if is_stream && !matches!(plan.wanted, Wanted::All) && pieces.iter().any(|piece| piece.counts.entries > piece.counts.responses + piece.counts.context()) {
        plan.wanted = &Wanted::All;
        (pieces, end) = scan(plan, &state.known(), buffer, is_last);
    }
    for piece in &pieces {
        counts.add(&piece.counts);
    }
    state.fold(pieces, plan.is_parallel);
    end
}

/// How much is to be read of a log's files, as they lie there.
fn bytes_of(log: &[Member]) -> u64 {
    let files = log.iter().filter(|member| !member.source.is_stream());
    files.filter_map(|member| std::fs::metadata(&member.source.path).ok()).map(|file| file.len()).sum()
}

/// Whether it is read by itself: a stream, whose bytes come when they come, and a file that all cores read at once.
fn is_read_alone(member: &Member) -> bool {
    let len = || std::fs::metadata(&member.source.path).map_or(0, |file| file.len());
    member.source.is_stream() || !member.is_packed && len() >= LARGE
}

/// Whether the members of a log may be read side by side: of answers, and of nothing but answers, each tells all by itself.
/// Beyond the caps it makes a difference, the same one in each run: names and answers are then counted by member first.
fn are_apart(log: &[Member]) -> bool {
    let is_by_itself = |member: &Member| member.format().is_some_and(FormatId::writes_answers) && !member.is_mixed() && !is_read_alone(member);
    log.len() > 1 && log.iter().all(is_by_itself)
}

/// What is said of an input; `unknown` is what it is when nothing in it was understood.
fn report(read: &mut Read, counts: &Counts, bytes: u64, unknown: Option<String>) {
    said::figures(&mut read.report, counts, bytes);
    for remark in said::remarks(counts) {
        read.warn(remark);
    }
    let is_nothing = counts.by_line.sum() == counts.by_line.blank;
    let is_anybodys = counts.known == 0 && counts.entries == counts.formats[FormatId::Journal.index()];
    if let Some(unknown) = unknown.filter(|_| is_anybodys && counts.by_line.filtered == 0 && !is_nothing) {
        return read.fail(unknown);
    }
    read.is_understood = true;
    if let Some(remark) = said::unparsed(counts) {
        read.warn(remark);
    }
}
