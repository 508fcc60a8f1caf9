//! The words of the command line. Their docs are the help.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

const STYLES: Styles =
    Styles::styled().header(AnsiColor::Green.on_default().bold()).usage(AnsiColor::Green.on_default().bold()).literal(AnsiColor::Cyan.on_default().bold());

const AFTER: &str = "\
Examples:
  tail -n 5000 /var/log/nginx/error.log | logscan502
  logscan502 /var/log/nginx/ --since yesterday
  logscan502 -o json 'alb/2026/03/18/*.log.gz' > report.json
  logscan502 --follow /var/log/nginx/ --for 10m --max-failures 5
  logscan502 --cursor /var/lib/logscan502/nginx.json --quiet-if-clean /var/log/nginx/

Exit codes: 0 report made, 1 more failures than --max-failures, 2 wrong request or nothing readable,
3 report made but some input could not be read, 130 interrupted.";

/// Reads proxy logs and says why the gateway answers 502, 503 and 504: what broke, since when, where, how much, and what
/// to check and fix.
#[derive(Debug, Parser)]
#[command(version, about, styles = STYLES, after_help = AFTER, args_conflicts_with_subcommands = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) analyse: AnalyseArgs,
}

/// What it does beside making reports.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List, show and prove the patterns that name causes
    Patterns(PatternsArgs),
    /// Say what a cause, a pattern, a status or a pasted line means, what to check and how to fix it
    Explain(ExplainArgs),
    /// Say what changed from one report, or set of logs, to another
    Diff(DiffArgs),
    /// List the log formats that are read
    Formats,
    /// Print what lets a shell complete the words of this program
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page, or that of a command
    Man {
        /// A command, such as: patterns check
        command: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A cause, a pattern's id, a status, a log line in single quotes, or - to read a line from the standard input
    #[arg(value_name = "CAUSE|ID|STATUS|LINE", required = true, allow_hyphen_values = true)]
    pub(crate) subject: Vec<String>,
    /// The format of the line, instead of looking at it
    #[arg(long, default_value = "auto", value_name = "FORMAT")]
    pub(crate) format: String,
    /// The zone of lines that bear none: an IANA name, UTC, or local
    #[arg(long, value_name = "ZONE")]
    pub(crate) tz: Option<String>,
    /// Further pattern files
    #[arg(short, long, value_name = "PATH")]
    pub(crate) patterns: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct AnalyseArgs {
    /// Files, folders, globs, or - for the standard input, which is read when nothing is named
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How the report is written
    #[arg(short, long, value_enum, default_value_t = OutputFormat::Table, value_name = "FORMAT", help_heading = "Report")]
    pub(crate) output: OutputFormat,
    /// Width of the report's buckets: auto, 10s, 1m, 5m, 1h, 1d …
    #[arg(short, long, default_value = "auto", value_name = "WIDTH", help_heading = "Report")]
    pub(crate) bucket: String,
    /// Length of the lists of upstreams, hosts, paths and templates
    #[arg(long, default_value_t = 5, value_name = "N", help_heading = "Report")]
    pub(crate) top: usize,
    /// Colour in the report: auto, always, never
    #[arg(long, value_enum, default_value_t = ColorWhen::Auto, value_name = "WHEN", help_heading = "Report")]
    pub(crate) color: ColorWhen,
    /// Follow the named files across rotation and truncation, until interrupted: what stands in them is read first, what
    /// comes then is told change by change, at the end comes the report. Of a folder or a glob those files are followed
    /// that are written to, new ones too; rotated ones are read only if named themselves
    #[arg(short, long, help_heading = "Following")]
    pub(crate) follow: bool,
    /// Tell on the standard output each change of the story as it happens, for what is piped in
    #[arg(long, help_heading = "Following")]
    pub(crate) stream: bool,
    /// No live screen: a line for each change, as where the standard output is no terminal
    #[arg(long, help_heading = "Following")]
    pub(crate) no_live: bool,
    /// End after this time with the report (90s, 10m, 2h): with --follow or the standard input
    #[arg(long = "for", value_name = "D", help_heading = "Following")]
    pub(crate) for_duration: Option<String>,
    /// Read only what is new since the last run with this file; the file is written when the report is out
    #[arg(long, value_name = "FILE", help_heading = "Following")]
    pub(crate) cursor: Option<PathBuf>,
    /// Exit with 1 when more requests failed
    #[arg(long, value_name = "N", help_heading = "Report")]
    pub(crate) max_failures: Option<u64>,
    /// Write the report to a file, as a whole or not at all, instead of the standard output
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub(crate) write: Option<PathBuf>,
    /// One line for Nagios, Icinga and the like, and their exit codes: 0 nothing failed, 1 something did, 2 more than
    /// --max-failures (default 0), 3 unknown
    #[arg(long, help_heading = "Report")]
    pub(crate) nagios: bool,
    /// End after that time (30s, 5m) with the report of what was read by then, marked as partial
    #[arg(long, value_name = "D", help_heading = "Report")]
    pub(crate) deadline: Option<String>,
    /// Print no report when nothing failed
    #[arg(long, help_heading = "Report")]
    pub(crate) quiet_if_clean: bool,
    /// Only entries from then on: RFC 3339, 2026-03-18 03:00, 03:00, 2h (ago), yesterday, today
    #[arg(long, value_name = "T", help_heading = "What counts")]
    pub(crate) since: Option<String>,
    /// Only entries before then
    #[arg(long, value_name = "T", help_heading = "What counts")]
    pub(crate) until: Option<String>,
    /// Only this cause
    #[arg(long, value_name = "CAUSE", value_delimiter = ',', help_heading = "What counts")]
    pub(crate) cause: Vec<String>,
    /// Only responses with this status, or of this class (502, 5xx)
    #[arg(long, value_name = "STATUS", value_parser = statuses, value_delimiter = ',', help_heading = "What counts")]
    pub(crate) status: Vec<RangeInclusive<u16>>,
    /// Only this upstream (* and ? match anything)
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "What counts")]
    pub(crate) upstream: Vec<String>,
    /// Only this host, in any case
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "What counts")]
    pub(crate) host: Vec<String>,
    /// Only this path
    #[arg(long, value_name = "PATH", value_delimiter = ',', help_heading = "What counts")]
    pub(crate) path: Vec<String>,
    /// The format of the logs, instead of looking at each; lines of any other are not understood
    #[arg(long, default_value = "auto", value_name = "FORMAT", help_heading = "How logs are read")]
    pub(crate) format: String,
    /// The layout of a log as its server's configuration states it: an nginx `log_format`, an Apache `LogFormat`
    /// or `ErrorLogFormat`, a HAProxy `log-format`; the whole line of the configuration or the text in its quotes. May be
    /// given more than once
    #[arg(long, value_name = "STRING", allow_hyphen_values = true, help_heading = "How logs are read")]
    pub(crate) log_format: Vec<String>,
    /// The zone of the report, and of logs that bear none: an IANA name, UTC, or local
    #[arg(long, value_name = "ZONE", help_heading = "How logs are read")]
    pub(crate) tz: Option<String>,
    /// The zone of logs that bear none
    #[arg(long, value_name = "ZONE", help_heading = "How logs are read")]
    pub(crate) log_tz: Option<String>,
    /// A further pattern file, or a folder of them; a pattern with a known id replaces it
    #[arg(short, long, value_name = "PATH", help_heading = "How logs are read")]
    pub(crate) patterns: Vec<PathBuf>,
    /// Threads; default: all cores
    #[arg(short = 'j', long, value_name = "N", value_parser = threads, help_heading = "How logs are read")]
    pub(crate) threads: Option<usize>,
    /// No warnings on the standard error
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Say on the standard error what was read, and how fast
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The earlier one: a report saved with -o json, or a log, folder or glob, which is analysed now
    #[arg(value_name = "A")]
    pub(crate) before: PathBuf,
    /// The later one, which is held against it
    #[arg(value_name = "B")]
    pub(crate) now: PathBuf,
    /// How the comparison is written
    #[arg(short, long, value_enum, default_value_t = DiffFormat::Table, value_name = "FORMAT")]
    pub(crate) output: DiffFormat,
    /// Exit with 1 when a failure is new or more frequent, and chance does not explain it
    #[arg(long)]
    pub(crate) fail_if_worse: bool,
    /// Colour: auto, always, never
    #[arg(long, value_enum, default_value_t = ColorWhen::Auto, value_name = "WHEN")]
    pub(crate) color: ColorWhen,
    /// The format of the logs, instead of looking at each; lines of any other are not understood
    #[arg(long, default_value = "auto", value_name = "FORMAT")]
    pub(crate) format: String,
    /// The zone in which times are shown, and of logs that bear none: an IANA name, UTC, or local
    #[arg(long, value_name = "ZONE")]
    pub(crate) tz: Option<String>,
    /// The zone of logs that bear none
    #[arg(long, value_name = "ZONE")]
    pub(crate) log_tz: Option<String>,
    /// Further pattern files
    #[arg(short, long, value_name = "PATH")]
    pub(crate) patterns: Vec<PathBuf>,
    /// No warnings on the standard error
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people
    Table,
    /// One object
    Json,
    /// For a ticket or a wiki
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    Table,
    /// One object
    Json,
    /// An object a line: events as they happen, the report last
    Ndjson,
    /// Bucket and cause
    Csv,
    /// The draft of a post-mortem
    Markdown,
    /// One page that needs nothing else
    Html,
    /// Metrics, for the textfile collector of `node_exporter`
    #[value(name = "openmetrics")]
    OpenMetrics,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    Always,
    Never,
}

#[derive(Debug, Args)]
pub(crate) struct PatternsArgs {
    #[command(subcommand)]
    pub(crate) command: PatternsCommand,
    /// Further pattern files, or folders of them
    #[arg(short, long, value_name = "PATH", global = true)]
    pub(crate) patterns: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PatternsCommand {
    /// All patterns: id, cause, title, and the file that each stands in
    List,
    /// One pattern, with what it means, examples and near misses
    Show {
        /// Its id, such as nginx/connect-refused
        id: String,
    },
    /// Prove the embedded patterns and these files by their own examples
    Check {
        /// Pattern files, or folders of them
        paths: Vec<PathBuf>,
    },
    /// Write stubs of patterns for what no pattern knows in these logs
    Suggest(SuggestArgs),
}

/// More threads than that only wait for each other.
const MOST_THREADS: usize = 256;

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads @ 1..=MOST_THREADS) => Ok(threads),
        _ => Err(format!("give a number from 1 to {MOST_THREADS}")),
    }
}

fn statuses(text: &str) -> Result<RangeInclusive<u16>, String> {
    let class = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX")).and_then(|class| class.parse::<u16>().ok());
    match (class, text.parse::<u16>()) {
        (Some(class @ 1..=9), _) => Ok(class * 100..=class * 100 + 99),
        (None, Ok(status @ 0..=999)) => Ok(status..=status),
        _ => Err("give a status, such as 502, or a class, such as 5xx".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct SuggestArgs {
    /// Files, folders, globs, or - for the standard input
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How many: the most frequent ones
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub(crate) top: usize,
    /// The format of the logs, instead of looking at each; lines of any other are not understood
    #[arg(long, default_value = "auto", value_name = "FORMAT")]
    pub(crate) format: String,
}
