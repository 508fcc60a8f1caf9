//! Words → options, with what the machine says where the user said nothing.

use std::path::{Path, PathBuf};

use glob::Pattern;
use logscan502::aggregate::Thresholds;
use logscan502::analysis::Options;
use logscan502::format::{FormatId, Layout};
use logscan502::record::Cause;
use logscan502::scan::Filter;
use logscan502::text::nearest;
use logscan502::time::{Timestamp, Width, Zone, moment};

use super::CliError;
use super::args::AnalyseArgs;

/// What a run is asked for, and how its report is shown.
pub(super) struct Settings {
    pub(super) options: Options,
    /// The layouts of logs that have their own.
    pub(super) layouts: Vec<Layout>,
    /// The zone of the report.
    pub(super) zone: Zone,
    pub(super) pattern_files: Vec<PathBuf>,
}

/// Resolves the words; `now` and the machine's zone come in from outside.
pub(super) fn resolve(args: &AnalyseArgs, now: Timestamp, machine: Zone) -> Result<Settings, CliError> {
    let zone = args.tz.as_deref().map_or(Ok(machine), |name| named_zone(name, machine))?;
    let log_zone = args.log_tz.as_deref().map_or(Ok(zone), |name| named_zone(name, machine))?;
    let when = |text: &Option<String>| text.as_deref().map(|text| moment(text, zone, now)).transpose().map_err(|error| usage(&error));
    let filter = Filter {
        since: when(&args.since)?,
        until: when(&args.until)?,
        statuses: args.status.clone(),
        upstreams: globs(&args.upstream)?,
        hosts: globs(&args.host)?,
        paths: globs(&args.path)?,
    };
    if let (Some(since), Some(until)) = (filter.since, filter.until)
        && since >= until
    {
        let (since, until) = (args.since.as_deref().unwrap_or_default(), args.until.as_deref().unwrap_or_default());
        return Err(CliError::Usage(format!("--since {since} is not before --until {until}: nothing can lie between them")));
    }
    let bucket = match args.bucket.as_str() {
        "auto" => None,
        width => Some(Width::parse(width).map_err(|error| usage(&error))?),
    };
    let format = format_named(&args.format)?;
    let causes = args
        .cause
        .iter()
        .map(|id| Cause::from_id(id).ok_or_else(|| unknown("cause", id, Cause::ALL.iter().map(|cause| cause.id()))))
        .collect::<Result<_, _>>()?;
    let thresholds = Thresholds { bucket, top: args.top, causes };
    let options = Options { filter, thresholds, log_zone, format, now, window: Options::WINDOW, piece: Options::PIECE };
    let layouts = args.log_format.iter().map(|text| Layout::parse(text).map_err(|error| CliError::Usage(format!("--log-format: {error}"))));
    let layouts = layouts.collect::<Result<_, _>>()?;
    Ok(Settings { options, layouts, zone, pattern_files: pattern_files(&args.patterns)? })
}

fn usage(error: &dyn std::error::Error) -> CliError {
    CliError::Usage(error.to_string())
}

/// The format of that name; `None` for `auto`.
pub(super) fn format_named(name: &str) -> Result<Option<FormatId>, CliError> {
    match name {
        "auto" => Ok(None),
        name => FormatId::from_id(name).map(Some).ok_or_else(|| unknown("format", name, FormatId::ALL.iter().map(|format| format.id()))),
    }
}

pub(super) fn named_zone(name: &str, machine: Zone) -> Result<Zone, CliError> {
    if name.eq_ignore_ascii_case("local") {
        return Ok(machine);
    }
    Zone::named(name).map_err(|error| usage(&error))
}

fn globs(texts: &[String]) -> Result<Vec<Pattern>, CliError> {
    texts.iter().map(|text| Pattern::new(text).map_err(|error| CliError::Usage(format!("'{text}': {error}")))).collect()
}

/// "unknown format 'ngnix-error'; did you mean 'nginx-error'?"
fn unknown(what: &str, name: &str, known: impl Iterator<Item = &'static str>) -> CliError {
    let known: Vec<_> = known.collect();
    let hint = match nearest(name, known.iter().copied()) {
        Some(other) => format!("did you mean '{other}'?"),
        None => format!("there are {}", known.join(", ")),
    };
    CliError::Usage(format!("unknown {what} '{name}'; {hint}"))
}

/// The files of folders, sorted; files as they are.
pub(super) fn pattern_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut inside = toml_files(path).map_err(|error| CliError::Usage(format!("{}: {error}", path.display())))?;
            inside.sort();
            files.append(&mut inside);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn toml_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries.into_iter().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect())
}

/// The machine's zone: `TZ`, else what the system says, else UTC.
pub(super) fn machine_zone() -> Zone {
    let named = std::env::var("TZ").ok().map(|name| name.trim_start_matches(':').to_owned()).filter(|name| !name.is_empty());
    named.and_then(|name| Zone::named(&name).ok()).or_else(|| Zone::named(&iana_time_zone::get_timezone().ok()?).ok()).unwrap_or(Zone::UTC)
}

/// The present moment.
pub(super) fn now() -> Timestamp {
    Timestamp::from_micros(chrono::Utc::now().timestamp_micros())
}

/// The width that the environment asks for. 0 is what some terminals say when they do not know.
pub(super) fn columns() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0)
}

/// Whether the locale has UTF-8; where none is set, nothing speaks against it.
pub(super) fn speaks_utf8() -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")) {
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        None => true,
    }
}
