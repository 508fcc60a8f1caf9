//! A check of a monitoring system: the report in one line, and exit codes of that world.

use logscan502::render::{State, failed_check, status_line};

use super::analyse::{look, outcome, rendered};
use super::live::Left;
use crate::cli::args::AnalyseArgs;
use crate::cli::output::{print, write_file};
use crate::cli::settings::{machine_zone, now, resolve};
use crate::cli::{CliError, Exit};

/// Makes the report and says its state. Whatever goes wrong is the state UNKNOWN: there a code of 2 would be an alarm.
pub(crate) fn run(args: &AnalyseArgs) -> Result<Exit, CliError> {
    match check(args) {
        Ok(Some((line, state, left))) => {
            print(line.as_bytes())?;
            left.save()?;
            Ok(Exit::Checked(state))
        }
        Ok(None) => unknown(&"interrupted"),
        Err(error) => unknown(&error),
    }
}

fn check(args: &AnalyseArgs) -> Result<Option<(String, State, Left)>, CliError> {
    let settings = resolve(args, now(), machine_zone())?;
    let Some((outcome, left)) = outcome(args, &settings)? else { return Ok(None) };
    if let Some(path) = &args.write {
        write_file(path, &rendered(args, &settings, &outcome, false))?;
    }
    let most = args.max_failures.unwrap_or(0);
    let state = State::of(&outcome.report, most, outcome.failed == 0);
    Ok(Some((status_line(&outcome.report, state, most, &look(args.color, settings.zone, false)), state, left)))
}

/// The line of a check that came to no report, of which only the first line is told.
pub(crate) fn unknown(why: &dyn ToString) -> Result<Exit, CliError> {
    let why = why.to_string();
    let first = why.lines().next().unwrap_or_default();
    print(failed_check(first.strip_prefix("error: ").unwrap_or(first)).as_bytes())?;
    Ok(Exit::Checked(State::Unknown))
}
