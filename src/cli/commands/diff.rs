//! Two reports, or two sets of logs, beside each other.

use std::io::{IsTerminal, Write};
use std::path::Path;

use logscan502::aggregate::Thresholds;
use logscan502::analysis::diff::diff;
use logscan502::analysis::{Options, Stop, Task, analyse};
use logscan502::pattern::Catalogue;
use logscan502::render::{DifferenceOutput, render_difference};
use logscan502::report::{Report, SCHEMA};
use logscan502::scan::Filter;
use logscan502::time::Zone;

use super::analyse::{look, stop_on_signals};
use crate::cli::args::{DiffArgs, DiffFormat};
use crate::cli::progress::Bar;
use crate::cli::settings::{format_named, machine_zone, named_zone, now, pattern_files};
use crate::cli::{CliError, Exit, warnings};

/// So many names of each list are compared of logs that are analysed for it.
const TOP: usize = 1_000;

pub(crate) fn run(args: &DiffArgs) -> Result<Exit, CliError> {
    let machine = machine_zone();
    let zone = args.tz.as_deref().map_or(Ok(machine), |name| named_zone(name, machine))?;
    let reader = Reader { args, zone, catalogue: Catalogue::with_files(&pattern_files(&args.patterns)?)?, stop: stop_on_signals() };
    let mut sides = Vec::new();
    for path in [&args.before, &args.now] {
        match reader.read(path)? {
            Some(side) => sides.push(side),
            None => return Ok(Exit::Interrupted),
        }
    }
    let name = |path: &Path| path.display().to_string();
    let difference = diff((&name(&args.before), &sides[0].0), (&name(&args.now), &sides[1].0));
    let output = match args.output {
        DiffFormat::Table => DifferenceOutput::Table,
        DiffFormat::Json => DifferenceOutput::Json,
        DiffFormat::Markdown => DifferenceOutput::Markdown,
    };
    let bytes = render_difference(&difference, output, &look(args.color, zone, std::io::stdout().is_terminal()));
    let mut out = std::io::stdout().lock();
    out.write_all(&bytes)?;
    out.flush()?;
    Ok(match difference.worse && args.fail_if_worse {
        true => Exit::Exceeded,
        false if sides.iter().any(|(_, is_incomplete)| *is_incomplete) => Exit::Incomplete,
        false => Exit::Made,
    })
}

struct Reader<'a> {
    args: &'a DiffArgs,
    zone: Zone,
    catalogue: Catalogue,
    stop: Stop,
}

impl Reader<'_> {
    /// A saved report, or that of the logs, and whether it is incomplete; `None` when the run was interrupted.
    fn read(&self, path: &Path) -> Result<Option<(Report, bool)>, CliError> {
        if let Some(report) = saved(path)? {
            return Ok(Some((report, false)));
        }
        let log_zone = self.args.log_tz.as_deref().map_or(Ok(self.zone), |name| named_zone(name, machine_zone()))?;
        let options = Options {
            filter: Filter::default(),
            thresholds: Thresholds { bucket: None, top: TOP, causes: Vec::new() },
            log_zone,
            format: format_named(&self.args.format)?,
            now: now(),
            window: Options::WINDOW,
            piece: Options::PIECE,
        };
        let mut task = Task::new([path.to_owned()], &self.catalogue, options);
        task.stop = self.stop.clone();
        let bar = Bar::start(&task.progress, self.args.quiet);
        let outcome = analyse(&task);
        drop(bar);
        if !self.args.quiet {
            warnings(&outcome.report.warnings);
        }
        if outcome.is_partial {
            return Ok(None);
        }
        if outcome.read == 0 && outcome.failed > 0 {
            return Err(CliError::Usage(format!("nothing of {} could be read", path.display())));
        }
        Ok(Some((outcome.report, outcome.failed > 0)))
    }
}

/// The report that a file holds; `None` when it is something else.
fn saved(path: &Path) -> Result<Option<Report>, CliError> {
    let is_file = std::fs::metadata(path).is_ok_and(|file| file.is_file());
    let wrong = |error: &dyn std::fmt::Display| CliError::Usage(format!("{}: {error}", path.display()));
    if !is_file || !begins_like_a_report(path).map_err(|error| wrong(&error))? {
        return Ok(None);
    }
    let text = std::fs::read(path).map_err(|error| wrong(&error))?;
    let report: Report = serde_json::from_slice(&text).map_err(|error| wrong(&format!("is no report of -o json: {error}")))?;
    match report.schema {
        SCHEMA => Ok(Some(report)),
        other => Err(wrong(&format!("is a report of schema {other}, and only {SCHEMA} is known"))),
    }
}

/// Whether a file begins as `-o json` writes it: an object whose first key is `schema`. No log does.
fn begins_like_a_report(path: &Path) -> std::io::Result<bool> {
    use std::io::Read;
    let mut head = Vec::new();
    std::fs::File::open(path)?.take(256).read_to_end(&mut head)?;
    let head: Vec<u8> = head.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
    Ok(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).starts_with(b"{\"schema\":"))
}
