//! What was looked at, and what the logs leave open. A post-mortem that does not say this claims too much.

use super::text::{Document, Text};
use crate::render::counting;
use crate::render::layout::{count, number};
use crate::render::voice::Voice;
use crate::report::Report;

/// Inputs and templates that are listed.
const LISTED: usize = 20;

/// Writes what was read, and how it fits together.
pub(super) fn write_checked(document: &mut Document, voice: &Voice, report: &Report) {
    document.heading(2, &Text::marks("What was looked at"));
    let inputs = report.inputs.iter().take(LISTED).map(|input| {
        let moment = |at: Option<_>| at.map_or_else(Text::default, |at| Text::plain(&voice.moments.second(at)));
        vec![
            Text::cell(&voice.cut_start(&input.path, 120)),
            Text::plain(&voice.text(&input.format)),
            Text::plain(&number(input.lines)),
            Text::plain(&number(input.evidence)),
            moment(input.first),
            moment(input.last),
        ]
    });
    document.table(&["Log", "Format", "Lines:", "Evidence:", "First entry", "Last entry"], inputs);
    let more = report.inputs.len().saturating_sub(LISTED) as u64;
    if more > 0 {
        document.paragraph(&Text::plain(&format!("And {}.", count(more, "further log", "further logs"))));
    }
    let lines: Vec<_> = counting::lines(&report.totals.by_line).map(|(lines, what)| format!("{} {what}", number(lines))).collect();
    let mut items = vec![Text::plain(&format!("{}: {}.", count(report.totals.lines, "line", "lines"), lines.join(", ")))];
    items.extend(counting::reconciled(report.reconciliation.as_ref()).iter().map(|text| Text::plain(text)));
    document.list(items);
}

/// Writes what nobody can know from these logs.
pub(super) fn write_unknown(document: &mut Document, voice: &Voice, report: &Report) {
    document.heading(2, &Text::marks("What is not known"));
    let mut items = Vec::new();
    items.extend(missing_logs(report).into_iter().map(Text::marks));
    if let Some(held) = report.reconciliation.filter(|held| held.unexplained > 0) {
        let responses = count(held.unexplained, "gateway response is", "gateway responses are");
        items.push(Text::plain(&format!("Why: {responses} explained by no error log.")));
    }
    if let Some(cause) = report.causes.iter().find(|cause| cause.id == "unattributed" && cause.requests > 0) {
        items.push(Text::plain(&format!("The cause of {}: the logs give the status, but no reason.", count(cause.requests, "request", "requests"))));
    }
    if report.totals.unrecognised > 0 {
        let entries =
            count(report.totals.unrecognised, "error entry means that no pattern knows; it counts", "error entries mean that no pattern knows; they count");
        items.push(Text::plain(&format!("What {entries} as nothing above.")));
    }
    items.extend(report.unrecognised.iter().take(LISTED).map(|unknown| {
        let times = count(unknown.entries, "time", "times");
        Text::plain(&format!("Not recognised, {times}: ")) + Text::code(&voice.cut(&unknown.template, 200))
    }));
    if report.totals.unparsed > 0 {
        items.push(Text::plain(&format!("What stands in {} that no format understood.", count(report.totals.unparsed, "line", "lines"))));
    }
    items.extend(report.gaps.iter().map(|gap| Text::plain(&counting::gap(voice, gap))));
    items.extend(report.warnings.iter().take(LISTED).map(|warning| {
        let path = if warning.path.is_empty() { Text::default() } else { Text::code(&voice.cut_start(&warning.path, 120)) + Text::marks(": ") };
        path + Text::plain(&voice.text(&warning.message))
    }));
    if items.is_empty() {
        items.push(Text::marks("Nothing was left open by what was read; what other logs hold is not known."));
    }
    document.list(items);
}

/// A kind of log that was not read, and what is not known without it.
fn missing_logs(report: &Report) -> Option<&'static str> {
    let totals = &report.totals;
    match (totals.responses > 0, totals.entries > totals.responses) {
        (false, true) => {
            Some("No access log was read: how many requests there were in all, which of these failures a retry saved, and which status clients got.")
        }
        (true, false) => Some("No error log was read: the causes are what access logs tell, and that is often only a status."),
        _ => None,
    }
}
