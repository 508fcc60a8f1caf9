//! Logs → report.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

use logscan502::analysis::{Outcome, Progress, Stop, Task, analyse};
use logscan502::format::set_layouts;
use logscan502::pattern::Catalogue;
use logscan502::render::{Look, Output, event_line, render};
use logscan502::report::Event;
use logscan502::source::Input;
use logscan502::text::number::counted;
use logscan502::time::Zone;

use super::live::{self, Left};
use crate::cli::args::{AnalyseArgs, ColorWhen, OutputFormat};
use crate::cli::deadline::Deadline;
use crate::cli::output::{print, write_file};
use crate::cli::progress::Bar;
use crate::cli::settings::{Settings, columns, machine_zone, now, resolve, speaks_utf8};
use crate::cli::{CliError, Exit, warnings};

/// Columns where there is no terminal. A mail's lines should have no more than 78 (RFC 5322, 2.1.1), and an encoded line
/// has 76 (RFC 2045, 6.7).
const MAIL: usize = 76;

pub(crate) fn run(args: &AnalyseArgs) -> Result<Exit, CliError> {
    let settings = resolve(args, now(), machine_zone())?;
    match outcome(args, &settings)? {
        None => Ok(Exit::Interrupted),
        Some((outcome, left)) => {
            write(args, &settings, &outcome)?;
            left.save()?;
            Ok(exit(args, &outcome))
        }
    }
}

/// Reads the logs and says what must be said on the standard error; nothing when the run was interrupted. What is left to
/// the next run is to be saved when the report is out.
pub(super) fn outcome(args: &AnalyseArgs, settings: &Settings) -> Result<Option<(Outcome, Left)>, CliError> {
    let inputs = inputs(&args.paths)?;
    live::check(args, &inputs)?;
    // Nothing has been read yet, and nobody else sets them.
    set_layouts(settings.layouts.clone());
    if let Some(threads) = args.threads {
        // Fails only when a pool exists already, and none does.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    // It lives as long as the program: to take it apart piece by piece at the end would cost a small log a tenth of its time.
    let catalogue: &'static Catalogue = Box::leak(Box::new(Catalogue::with_files(&settings.pattern_files)?));
    let stop = stop_on_signals();
    if live::is_asked(args, &inputs) {
        return live::outcome(args, settings, inputs, catalogue, &stop);
    }
    let deadline = args.deadline.as_deref().map(|text| Deadline::start(text, &stop)).transpose()?;
    let started = Instant::now();
    let task = Task { inputs, catalogue, options: settings.options.clone(), stop, progress: Progress::default() };
    let bar = Bar::start(&task.progress, args.quiet);
    let mut outcome = analyse(&task);
    drop(bar);
    let is_late = deadline.is_some_and(|deadline| deadline.mark(&mut outcome));
    if !args.quiet {
        warnings(&outcome.report.warnings);
    }
    if outcome.is_partial && !outcome.reads_stream && !is_late && !outcome.unfinished.is_empty() {
        return Ok(None);
    }
    if outcome.read == 0 && outcome.failed > 0 {
        return Err(CliError::NothingRead);
    }
    if args.verbose {
        say_speed(&outcome, started);
    }
    Ok(Some((outcome, Left::default())))
}

/// The first signal asks the run to end, a second one ends it.
pub(super) fn stop_on_signals() -> Stop {
    let stop = Stop::default();
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        let _ = signal_hook::flag::register_conditional_default(signal, stop.0.clone());
        let _ = signal_hook::flag::register(signal, stop.0.clone());
    }
    stop
}

/// No path and a terminal as standard input: there is nothing to read.
pub(super) fn inputs(paths: &[PathBuf]) -> Result<Vec<Input>, CliError> {
    if !paths.is_empty() {
        return Ok(paths.iter().cloned().map(Input::from).collect());
    }
    if std::io::stdin().is_terminal() {
        return Err(CliError::Usage("no input: name files or folders, or pipe a log in (--help says more)".to_owned()));
    }
    Ok(vec![Input::Stdin])
}

fn exit(args: &AnalyseArgs, outcome: &Outcome) -> Exit {
    let failed = outcome.report.totals.failed;
    match args.max_failures {
        Some(most) if failed > most => Exit::Exceeded,
        _ if outcome.failed > 0 || outcome.report.partial => Exit::Incomplete,
        _ => Exit::Made,
    }
}

/// Writes the report where it is wanted. A file is written even when nothing failed: who reads it later wants to know.
fn write(args: &AnalyseArgs, settings: &Settings, outcome: &Outcome) -> Result<(), CliError> {
    if let Some(path) = args.write.as_deref().filter(|path| *path != Path::new("-")) {
        return write_file(path, &rendered(args, settings, outcome, false));
    }
    if args.quiet_if_clean && outcome.report.totals.failed == 0 {
        return Ok(());
    }
    print(&rendered(args, settings, outcome, std::io::stdout().is_terminal()))
}

/// The report in the form that is wanted.
pub(super) fn rendered(args: &AnalyseArgs, settings: &Settings, outcome: &Outcome, is_terminal: bool) -> Vec<u8> {
    let output = match args.output {
        OutputFormat::Ndjson => return event_line(&Event::Report { report: Box::new(outcome.report.clone()) }),
        OutputFormat::Table => Output::Table,
        OutputFormat::Json => Output::Json,
        OutputFormat::Csv => Output::Csv,
        OutputFormat::Markdown => Output::Markdown,
        OutputFormat::Html => Output::Html,
        OutputFormat::OpenMetrics => Output::OpenMetrics,
    };
    render(&outcome.report, output, &look(args.color, settings.zone, is_terminal))
}

/// Width, colour and characters of the terminal.
pub(super) fn look(color: ColorWhen, zone: Zone, is_terminal: bool) -> Look {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let has_color = match color {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => is_terminal && !no_color && !is_dumb,
    };
    let terminal = || if is_terminal { terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)) } else { None };
    let usual = if is_terminal { 80 } else { MAIL };
    Look { width: columns().or_else(terminal).unwrap_or(usual), has_color, is_ascii: !speaks_utf8(), zone }
}

#[allow(clippy::cast_precision_loss, reason = "a figure for people")]
fn say_speed(outcome: &Outcome, started: Instant) {
    let bytes: u64 = outcome.report.inputs.iter().map(|input| input.bytes).sum();
    let seconds = started.elapsed().as_secs_f64();
    let text = format!(
        "{}, {}, {:.1} MB in {seconds:.2} s, {:.0} MB/s",
        counted(outcome.read as u64, "input", "inputs"),
        counted(outcome.report.totals.lines, "line", "lines"),
        bytes as f64 / 1e6,
        bytes as f64 / 1e6 / seconds.max(1e-9)
    );
    crate::cli::message::note(&text);
}
