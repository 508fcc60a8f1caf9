//! The command line: words → options, and one file a command.
//!
//! Only here are the clock, the environment and the terminal read; the library takes them as arguments.

mod args;
mod commands;
mod deadline;
mod exit;
mod message;
mod output;
mod progress;
mod screen;
mod settings;

use std::ffi::OsString;

use clap::Parser;

pub(crate) use exit::{CliError, Exit};
pub(crate) use message::{error, warning, warnings};

use args::{Cli, Command};

/// Runs the command that the arguments ask for.
pub(crate) fn run() -> Result<Exit, CliError> {
    let cli = match Cli::try_parse_from(with_patterns_behind(std::env::args_os().collect())) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && std::env::args_os().any(|arg| arg == "--nagios") => return commands::nagios::unknown(&error),
        Err(error) => return exit::usage(&error),
    };
    match cli.command {
        None if cli.analyse.nagios => commands::nagios::run(&cli.analyse),
        None => commands::analyse::run(&cli.analyse),
        Some(Command::Patterns(args)) => commands::patterns::run(&args),
        Some(Command::Explain(args)) => commands::explain::run(&args),
        Some(Command::Diff(args)) => commands::diff::run(&args),
        Some(Command::Formats) => commands::formats::run(),
        Some(Command::Completions { shell }) => commands::words::completions(shell),
        Some(Command::Man { command }) => commands::words::man(&command),
    }
}

/// `-p FILE patterns list` as `patterns -p FILE list`: what is said before the command counts for it too.
fn with_patterns_behind(mut args: Vec<OsString>) -> Vec<OsString> {
    let mut command = 1;
    while let Some(word) = args.get(command).and_then(|word| word.to_str()) {
        command += match word {
            "-p" | "--patterns" => 2,
            word if word.starts_with("-p") || word.starts_with("--patterns=") => 1,
            _ => break,
        };
    }
    if args.get(command).is_some_and(|word| word == "patterns" || word == "explain") {
        args[1..=command].rotate_right(1);
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_files_before_a_command_are_for_it() {
        let moved = |line: &str| {
            let args = with_patterns_behind(line.split(' ').map(OsString::from).collect());
            args.iter().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(moved("x -p a --patterns b -pc --patterns=d patterns list"), "x patterns -p a --patterns b -pc --patterns=d list");
        assert_eq!(moved("x patterns -p a list"), "x patterns -p a list");
        for line in ["x -p a error.log", "x -p patterns", "x -p", "x -v patterns list"] {
            assert_eq!(moved(line), line);
        }
    }
}
