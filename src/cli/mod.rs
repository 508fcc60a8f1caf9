//! The command line: words → options, and one file a command.
//!
//! Only here are the clock, the environment and the terminal read; the library takes them as arguments.

mod args;
mod commands;
mod deadline;
mod exit;
mod message;
mod output;
mod settings;

use clap::Parser;

pub(crate) use exit::{CliError, Exit};
pub(crate) use message::{error, warning};

use args::{Cli, Command};

/// Runs the command that the arguments ask for.
pub(crate) fn run() -> Result<Exit, CliError> {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && std::env::args_os().any(|arg| arg == "--nagios") => return commands::nagios::unknown(&error),
        Err(error) => return exit::usage(&error),
    };
    match cli.command {
        None if cli.analyse.nagios => commands::nagios::run(&cli.analyse),
        None => commands::analyse::run(&cli.analyse),
        Some(Command::Patterns(args)) => commands::patterns::run(&args),
        Some(Command::Explain(args)) => commands::explain::run(&args),
        Some(Command::Formats) => commands::formats::run(),
        Some(Command::Completions { shell }) => commands::words::completions(shell),
        Some(Command::Man { command }) => commands::words::man(&command),
    }
}
