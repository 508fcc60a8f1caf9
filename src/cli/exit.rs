//! Exit codes, and the errors behind them.

use std::process::ExitCode;

use logscan502::pattern::PatternError;
use logscan502::render::State;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The report was made.
    Made,
    /// `--max-failures` was exceeded.
    Exceeded,
    /// The report was made, but some input could not be read.
    Incomplete,
    /// Interrupted before a report.
    Interrupted,
    /// The request was wrong, and that was said already.
    Wrong,
    /// What a check of a monitoring system came to.
    Checked(State),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Made => 0,
            Exit::Exceeded => 1,
            Exit::Wrong => 2,
            Exit::Incomplete => 3,
            Exit::Interrupted => 130,
            Exit::Checked(state) => state as u8,
        })
    }
}

/// Why there is no report. Each is said in one line, with what to do about it where there is something.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// A value that means nothing.
    #[error("{0}")]
    Usage(String),
    /// A pattern file that cannot be used.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The cursor cannot be used.
    #[error(transparent)]
    Cursor(#[from] logscan502::source::cursor::CursorError),
    /// Nothing that could be read.
    #[error("nothing could be read")]
    NothingRead,
    /// The report could not be written.
    #[error("cannot write {what}: {error}")]
    Write {
        /// Where to.
        what: String,
        /// Why.
        error: std::io::Error,
    },
}

impl CliError {
    /// Whether the reader of the output went away, which is no error.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Write { error, .. } if error.kind() == std::io::ErrorKind::BrokenPipe)
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::Write { what: "the report".to_owned(), error }
    }
}

/// Help and version go to the standard output with code 0; anything else is a wrong request.
pub(super) fn usage(error: &clap::Error) -> Result<Exit, CliError> {
    match error.print() {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Exit::Made),
        Err(error) => Err(error.into()),
        Ok(()) if error.use_stderr() => Ok(Exit::Wrong),
        Ok(()) => Ok(Exit::Made),
    }
}
