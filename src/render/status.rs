//! One line for a monitoring system that runs checks: the state, the headline, and figures behind a bar.

use super::Look;
use super::headline::headline;
use super::layout::count;
use super::voice::Voice;
use crate::report::Report;
use crate::text::safe::check_output;

/// Columns that one name in the line may take.
const LONGEST_NAME: usize = 60;

/// What a check can say; the numbers are its exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing failed.
    Ok = 0,
    /// Something failed, but no more than is put up with.
    Warning = 1,
    /// More failed.
    Critical = 2,
    /// Nothing failed in what was read, but not everything was.
    Unknown = 3,
}

impl State {
    /// The state of a report when so many failed requests are put up with.
    pub fn of(report: &Report, max_failures: u64, is_complete: bool) -> Self {
        match report.totals.failed {
            failed if failed > max_failures => Self::Critical,
            0 if !is_complete || report.partial => Self::Unknown,
            0 => Self::Ok,
            _ => Self::Warning,
        }
    }

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// `LOGSCAN502 CRITICAL - 42 requests failed … |failed=42;0;20;0 …`, with its line end.
pub fn status_line(report: &Report, state: State, max_failures: u64, look: &Look) -> String {
    let voice = Voice::of(report, look, LONGEST_NAME);
    let told: String = headline(&voice, report).0.into_iter().map(|(text, _)| text).collect();
    let mut told = vec![told.trim_end_matches('.').to_owned()];
    if report.partial {
        told.push("only a part was read".to_owned());
    }
    if !report.warnings.is_empty() {
        told.push(count(report.warnings.len() as u64, "warning", "warnings"));
    }
    said(state, &told.join("; ")) + &format!("|{}\n", figures(report, max_failures))
}

/// The line of a check that came to no report.
pub fn failed_check(why: &str) -> String {
    said(State::Unknown, why) + "\n"
}

fn said(state: State, what: &str) -> String {
    format!("LOGSCAN502 {} - {}", state.word(), check_output(what))
}

/// `label=value;warn;crit;min`, the causes that there are at the end.
fn figures(report: &Report, max_failures: u64) -> String {
    let totals = &report.totals;
    let mut figures = vec![format!("failed={};0;{max_failures};0", totals.failed)];
    let sign_in = report.sign_in.iter().map(|path| path.requests).fold(0, u64::saturating_add);
    let others = [
        ("affected", totals.requests),
        ("responses", totals.responses),
        ("gateway_responses", totals.gateway_responses),
        ("sign_in", sign_in),
        ("client_aborts", totals.client_aborts),
        ("unrecognised", totals.unrecognised),
    ];
    figures.extend(others.map(|(name, value)| format!("{name}={value};;;0")));
    let known = report.causes.iter().filter_map(|cause| crate::record::Cause::from_id(&cause.id).map(|id| (id.id(), cause.requests)));
    figures.extend(known.map(|(cause, requests)| format!("{cause}={requests};;;0")));
    figures.join(" ")
}
