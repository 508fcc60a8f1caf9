//! Logs that go on, and logs that are read again and again: `--follow`, `--stream`, `--for`, `--cursor`.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use logscan502::aggregate::Thresholds;
use logscan502::analysis::live::{Latest, Live, Request, Waker, run};
use logscan502::analysis::{Outcome, Stop};
use logscan502::pattern::Catalogue;
use logscan502::render::{Look, event_line, story};
use logscan502::report::{Event, Report, Warning};
use logscan502::source::cursor::{Cursor, CursorFile};
use logscan502::source::{Input, Reading};
use logscan502::time::{Timestamp, duration};

use super::analyse::look;
use crate::cli::args::{AnalyseArgs, OutputFormat};
use crate::cli::deadline::Deadline;
use crate::cli::screen::{self, Post};
use crate::cli::settings::{Settings, now};
use crate::cli::{CliError, warning, warnings};

/// Whether the run is one of these.
pub(super) fn is_asked(args: &AnalyseArgs, inputs: &[Input]) -> bool {
    args.follow || args.stream || args.for_duration.is_some() || args.cursor.is_some() || has_screen(args, inputs)
}

/// Whether a live screen is to be shown: for what goes on, or may, on a terminal that nothing else is written to.
fn has_screen(args: &AnalyseArgs, inputs: &[Input]) -> bool {
    let is_endless = args.follow || inputs.contains(&Input::Stdin);
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let tells = args.stream || args.output == OutputFormat::Ndjson;
    is_endless && !args.no_live && args.deadline.is_none() && !tells && !is_dumb && std::io::stdout().is_terminal()
}

/// Says what does not go together.
pub(super) fn check(args: &AnalyseArgs, inputs: &[Input]) -> Result<(), CliError> {
    let reads_stdin = inputs.contains(&Input::Stdin);
    let wrong = |text: &str| Err(CliError::Usage(text.to_owned()));
    if args.follow && args.paths.is_empty() {
        return wrong("--follow needs the names of files or folders; what is piped in is followed by --stream");
    }
    if args.stream && (!reads_stdin || inputs.len() > 1) {
        return wrong("--stream is for what is piped in; files are followed by --follow");
    }
    if args.for_duration.is_some() && !args.follow && !reads_stdin {
        return wrong("--for is for --follow and for what is piped in; files that are read once end by themselves");
    }
    if args.cursor.is_some() && reads_stdin {
        return wrong("--cursor needs the names of files: what is piped in cannot be gone on with");
    }
    if args.deadline.is_some() && (args.follow || args.stream || args.for_duration.is_some()) {
        return wrong("--deadline is for files that are read once; what goes on ends by --for");
    }
    Ok(())
}

/// What this run leaves to the next one, if anything.
#[derive(Debug, Default)]
pub(super) struct Left(Option<(CursorFile, Cursor, Timestamp)>);

impl Left {
    /// To be called when the report is out, and not before.
    pub(super) fn save(self) -> Result<(), CliError> {
        self.0.map_or(Ok(()), |(file, cursor, at)| Ok(file.save(&cursor, at)?))
    }
}

/// Reads until nothing more comes, the time is over, or a signal says so.
pub(super) fn outcome(
    args: &AnalyseArgs,
    settings: &Settings,
    inputs: Vec<Input>,
    catalogue: &Catalogue,
    stop: &Stop,
) -> Result<Option<(Outcome, Left)>, CliError> {
    let mut clock = WallClock { start: now(), since: Instant::now() };
    let until = args.for_duration.as_deref().map(|text| end(text, clock.start)).transpose()?;
    let file = args.cursor.as_deref().map(|path| CursorFile::take(path, env!("CARGO_PKG_VERSION"))).transpose()?;
    let (file, cursor) = file.map_or((None, None), |(file, cursor)| (Some(file), cursor));
    let reading = if args.follow { Reading::Following } else { Reading::Once };
    let is_endless = args.follow || inputs.contains(&Input::Stdin);
    let has_screen = has_screen(args, &inputs);
    let request = Request { inputs, catalogue, options: settings.options.clone(), reading, cursor, stop: stop.clone(), leaves_cursor: file.is_some() };
    let waiter: Thread = thread::current();
    let mut live = Live::new(request, move || waiter.unpark());
    let deadline = args.deadline.as_deref().map(|text| Deadline::start(text, stop)).transpose()?;
    let mut has_more = false;
    let mut told = Told { args, look: look(args.color, settings.zone, false), warned: BTreeSet::new(), fault: None, hint: None };
    if has_screen {
        on_screen(&mut live, &mut told, clock, settings, stop, until);
    } else if is_endless {
        run(&mut live, &mut clock, stop, until, &mut |live| told.tell(live));
    } else {
        // Files that are read once: until there is no more.
        loop {
            has_more = live.step(clock.now()).has_more;
            if !has_more || stop.is_asked() {
                break;
            }
        }
    }
    if let Some(error) = told.fault {
        return Err(error.into());
    }
    let is_late = deadline.as_ref().is_some_and(Deadline::is_over);
    if stop.is_asked() && !is_endless && !is_late {
        return Ok(None);
    }
    let (mut outcome, cursor) = live.finish(clock.now());
    if let Some(deadline) = deadline.filter(|_| has_more) {
        outcome.unfinished.push(Warning { path: String::new(), message: "the rest is left to the next run with this cursor".to_owned() });
        deadline.mark(&mut outcome);
    }
    told.rest(&outcome);
    if outcome.read == 0 && outcome.failed > 0 {
        return Err(CliError::NothingRead);
    }
    let left = Left(file.zip(cursor).map(|(file, cursor)| (file, cursor, clock.now())));
    Ok(Some((outcome, left)))
}

/// Runs with the screen beside it; without it, as if none had been wanted, where the terminal cannot be had.
fn on_screen(live: &mut Live<'_>, told: &mut Told<'_>, clock: WallClock, settings: &Settings, stop: &Stop, until: Option<Timestamp>) {
    /// However the run ends, the screen does not stay.
    struct Closing<'p>(&'p Post);
    impl Drop for Closing<'_> {
        fn drop(&mut self) {
            self.0.close();
        }
    }
    let (post, look) = (Post::default(), told.look);
    let patience = if told.args.follow { Duration::ZERO } else { screen::PATIENCE };
    let mut reports = Reports { thresholds: screen::thresholds(&settings.options.thresholds), lines: 0, due: Instant::now() };
    let has_left = AtomicBool::new(false);
    thread::scope(|scope| {
        let shown = scope.spawn(|| {
            let shown = screen::show(&post, stop, look, patience, &|| clock.now());
            has_left.store(true, Ordering::SeqCst);
            shown
        });
        let closing = Closing(&post);
        run(live, &mut clock.clone(), stop, until, &mut |live| {
            if shown.is_finished() && !stop.is_asked() {
                // Where it panicked, the run ends with it.
                return has_left.load(Ordering::SeqCst) && told.tell(live);
            }
            told.hint = told.hint.or(live.hint());
            let report = reports.next(live);
            let events = live.events();
            if report.is_some() || !events.is_empty() {
                post.send(report, events, !live.is_catching_up());
            }
            true
        });
        drop(closing);
        match shown.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => told.say(&format!("no live screen: {error}")),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    if let Some(hint) = told.hint.take() {
        told.say(hint);
    }
}

/// Reports for the screen: only of what is new, and seldom enough to cost little.
struct Reports {
    thresholds: Thresholds,
    lines: u64,
    due: Instant,
}

impl Reports {
    fn next(&mut self, live: &Live<'_>) -> Option<(Report, Latest)> {
        let started = Instant::now();
        if live.lines() == self.lines || started < self.due {
            return None;
        }
        self.lines = live.lines();
        let report = (live.snapshot_cut(&self.thresholds), live.latest().clone());
        self.due = started + screen::EACH.max(started.elapsed() * 10);
        Some(report)
    }
}

fn end(text: &str, start: Timestamp) -> Result<Timestamp, CliError> {
    match duration(text) {
        Some(seconds) if seconds > 0 => Ok(start.plus_seconds(seconds)),
        _ => Err(CliError::Usage(format!("'{text}' is no duration (90s, 10m, 2h)"))),
    }
}

#[derive(Clone, Copy)]
/// The time, and sleep that ends when something comes.
struct WallClock {
    start: Timestamp,
    since: Instant,
}

impl Waker for WallClock {
    fn now(&self) -> Timestamp {
        // A clock that is set while the run goes on makes no run shorter or longer.
        let passed = i64::try_from(self.since.elapsed().as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(self.start.micros().saturating_add(passed))
    }

    fn wait(&mut self, most: Duration) {
        thread::park_timeout(most);
    }
}

/// Where events go.
struct Told<'a> {
    args: &'a AnalyseArgs,
    look: Look,
    warned: BTreeSet<Warning>,
    fault: Option<std::io::Error>,
    /// What is said when the screen is gone.
    hint: Option<&'static str>,
}

impl Told<'_> {
    /// Writes what is new, at once; false when nobody reads it any more.
    fn tell(&mut self, live: &mut Live<'_>) -> bool {
        if let Some(hint) = live.hint() {
            warning(hint);
        }
        let mut out = Vec::new();
        let is_told = (self.args.follow || self.args.stream) && !self.args.nagios;
        for event in live.events() {
            if let Event::Warning { path, message, .. } = &event {
                self.warn(vec![Warning { path: path.clone(), message: message.clone() }]);
            }
            match self.args.output {
                OutputFormat::Ndjson if !self.args.nagios => out.extend(event_line(&event)),
                OutputFormat::Table if is_told && !matches!(event, Event::Warning { .. }) => {
                    out.extend(story(&event, &self.look).unwrap_or_default().into_bytes());
                }
                _ => {}
            }
        }
        if out.is_empty() {
            return true;
        }
        let mut stdout = std::io::stdout().lock();
        self.fault = stdout.write_all(&out).and_then(|()| stdout.flush()).err();
        self.fault.is_none()
    }

    fn say(&self, text: &str) {
        if !self.args.quiet {
            warning(text);
        }
    }

    /// Says what was not said before.
    fn rest(&mut self, outcome: &Outcome) {
        self.warn(outcome.report.warnings.clone());
    }

    fn warn(&mut self, mut told: Vec<Warning>) {
        told.retain(|warned| self.warned.insert(warned.clone()));
        if !self.args.quiet {
            warnings(&told);
        }
    }
}
