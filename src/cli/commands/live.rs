//! Logs that go on, and logs that are read again and again: `--follow`, `--stream`, `--for`, `--cursor`.

use std::collections::BTreeSet;
use std::io::Write;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use logscan502::analysis::live::{Live, Request, Waker, run};
use logscan502::analysis::{Outcome, Stop};
use logscan502::pattern::Catalogue;
use logscan502::render::{Look, event_line, story};
use logscan502::report::{Event, Warning};
use logscan502::source::cursor::CursorFile;
use logscan502::source::{Input, Reading};
use logscan502::time::{Timestamp, duration};

use super::analyse::{exit, look, write_report};
use crate::cli::args::{AnalyseArgs, OutputFormat};
use crate::cli::settings::{Settings, now};
use crate::cli::{CliError, Exit, warning, warnings};

/// Whether the run is one of these.
pub(super) fn is_asked(args: &AnalyseArgs) -> bool {
    args.follow || args.stream || args.for_duration.is_some() || args.cursor.is_some()
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
    Ok(())
}

pub(super) fn live(args: &AnalyseArgs, settings: &Settings, inputs: Vec<Input>, catalogue: &Catalogue, stop: &Stop) -> Result<Exit, CliError> {
    let mut clock = WallClock { start: now(), since: Instant::now() };
    let until = args.for_duration.as_deref().map(|text| end(text, clock.start)).transpose()?;
    let file = args.cursor.as_deref().map(|path| CursorFile::take(path, env!("CARGO_PKG_VERSION"))).transpose()?;
    let (file, cursor) = file.map_or((None, None), |(file, cursor)| (Some(file), cursor));
    let reading = if args.follow { Reading::Following } else { Reading::Once };
    let is_endless = args.follow || inputs.contains(&Input::Stdin);
    let request = Request { inputs, catalogue, options: settings.options.clone(), reading, cursor, stop: stop.clone(), leaves_cursor: file.is_some() };
    let waiter: Thread = thread::current();
    let mut live = Live::new(request, move || waiter.unpark());
    let mut told = Told { args, look: look(args.color, settings.zone), warned: BTreeSet::new(), fault: None };
    if is_endless {
        run(&mut live, &mut clock, stop, until, &mut |live| told.tell(live));
    } else {
        // Files that are read once: until there is no more.
        while live.step(clock.now()).has_more && !stop.is_asked() {}
    }
    if let Some(error) = told.fault {
        return Err(error.into());
    }
    if stop.is_asked() && !is_endless {
        return Ok(Exit::Interrupted);
    }
    let (outcome, cursor) = live.finish(clock.now());
    told.rest(&outcome);
    if outcome.read == 0 && outcome.failed > 0 {
        return Err(CliError::NothingRead);
    }
    write_report(args, settings, &outcome)?;
    if let (Some(file), Some(cursor)) = (file, cursor) {
        file.save(&cursor, clock.now())?;
    }
    Ok(exit(args, &outcome))
}

fn end(text: &str, start: Timestamp) -> Result<Timestamp, CliError> {
    match duration(text) {
        Some(seconds) if seconds > 0 => Ok(start.plus_seconds(seconds)),
        _ => Err(CliError::Usage(format!("'{text}' is no duration (90s, 10m, 2h)"))),
    }
}

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
}

impl Told<'_> {
    /// Writes what is new, at once; false when nobody reads it any more.
    fn tell(&mut self, live: &mut Live<'_>) -> bool {
        if let Some(hint) = live.hint() {
            warning(hint);
        }
        let mut out = Vec::new();
        for event in live.events() {
            if let Event::Warning { path, message, .. } = &event {
                self.warn(vec![Warning { path: path.clone(), message: message.clone() }]);
            }
            match self.args.output {
                OutputFormat::Ndjson => out.extend(event_line(&event)),
                OutputFormat::Table if (self.args.follow || self.args.stream) && !matches!(event, Event::Warning { .. }) => {
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
