//! The most likely cause with its evidence, the others in a table, and what mends them.

use super::text::{Document, Text};
use crate::render::headline::is_failure;
use crate::render::layout::{count, number, percent};
use crate::render::voice::Voice;
use crate::report::{CauseReport, ExamplePlace, Report};

/// Causes whose checks and fixes are written down.
const ADVISED: usize = 3;

/// Writes the causes.
pub(super) fn write(document: &mut Document, voice: &Voice, report: &Report) {
    document.heading(2, &Text::marks("Most likely cause"));
    let mut failures = report.causes.iter().filter(|cause| is_failure(cause));
    let Some(leading) = failures.next() else {
        document.paragraph(&Text::marks("No line of the logs tells of a fault."));
        return;
    };
    let id = Text::marks(" (") + Text::code(&voice.text(&leading.id)) + Text::marks(")");
    document.heading(3, &(Text::plain(&voice.text(&leading.title)) + id));
    document.paragraph(&Text::with_commands(&voice.text(&leading.meaning)));
    evidence(document, voice, report, leading);
    for finding in &report.findings {
        let evidence = Text::joined(finding.evidence.iter().map(|text| Text::with_commands(&voice.text(text))));
        let title = Text::marks("What it looks like, likely but not certain: ") + Text::plain(&voice.text(&finding.title));
        document.paragraph(&(title + Text::marks(". Because: ") + evidence + Text::marks(". ") + Text::with_commands(&voice.text(&finding.meaning))));
    }
    let others: Vec<_> = report.causes.iter().filter(|cause| cause.id != leading.id).collect();
    if !others.is_empty() {
        document.heading(3, &Text::marks("Other causes"));
        let rows = others.iter().map(|cause| row(voice, report, cause));
        document.table(&["Cause", "Requests:", "Share:", "Evidence:", "From", "To", "First line"], rows);
    }
}

fn evidence(document: &mut Document, voice: &Voice, report: &Report, cause: &CauseReport) {
    let part = percent(cause.requests, report.totals.requests);
    let amount = format!("{} ({part}), {} of evidence", count(cause.requests, "request", "requests"), count(cause.evidence, "line", "lines"));
    let times = cause.first.zip(cause.last).map(|(first, last)| format!(", {}", voice.moments.between(first, last))).unwrap_or_default();
    let mut items = vec![Text::plain(&format!("{amount}{times}"))];
    items.extend(cause.patterns.iter().map(|pattern| {
        let lines = Text::plain(&format!("{}: {} (", count(pattern.evidence, "line", "lines"), voice.text(&pattern.title)));
        lines + Text::code(&voice.text(&pattern.id)) + Text::marks(")")
    }));
    for (kind, names) in [("Upstreams: ", &cause.upstreams), ("Hosts: ", &cause.hosts), ("Paths: ", &cause.paths)] {
        if !names.is_empty() {
            let names = names.iter().map(|count| Text::code(&voice.cut(&count.name, 100)) + Text::plain(&format!(" ({})", number(count.requests))));
            items.push(Text::marks(kind) + Text::joined(names));
        }
    }
    document.list(items);
    if let Some(example) = &cause.example {
        document.paragraph(&(Text::marks("The first of these lines, ") + place(voice, report, cause, Text::code) + Text::marks(":")));
        document.quote(&voice.text(example));
    }
}

/// `logs/error.log` line 211.
fn place(voice: &Voice, report: &Report, cause: &CauseReport, code: fn(&str) -> Text) -> Text {
    match report.examples.iter().find(|place| place.cause == cause.id) {
        Some(ExamplePlace { path, line, .. }) => code(&voice.cut_start(path, 120)) + Text::plain(&format!(" line {}", number(*line))),
        None => Text::default(),
    }
}

fn row(voice: &Voice, report: &Report, cause: &CauseReport) -> Vec<Text> {
    let moment = |at: Option<_>| at.map_or_else(Text::default, |at| Text::plain(&voice.moments.second(at)));
    vec![
        Text::plain(&voice.text(&cause.title)) + Text::marks(" (") + Text::cell(&voice.text(&cause.id)) + Text::marks(")"),
        Text::plain(&number(cause.requests)),
        Text::plain(&percent(cause.requests, report.totals.requests)),
        Text::plain(&number(cause.evidence)),
        moment(cause.first),
        moment(cause.last),
        place(voice, report, cause, Text::cell),
    ]
}

/// Writes what is to be looked at and to be mended.
pub(super) fn write_fixes(document: &mut Document, voice: &Voice, report: &Report) {
    let advised: Vec<_> = report.causes.iter().filter(|cause| is_failure(cause)).take(ADVISED).collect();
    if advised.is_empty() {
        return;
    }
    document.heading(2, &Text::marks("To check and to fix"));
    for cause in advised {
        document.heading(3, &Text::plain(&voice.text(&cause.title)));
        let tasks = |what: &'static str, texts: &[String]| -> Vec<Text> {
            texts.iter().filter(|text| !text.is_empty()).map(|text| Text::marks(what) + Text::with_commands(&voice.text(text))).collect()
        };
        document.tasks(tasks("Check: ", &cause.checks).into_iter().chain(tasks("Fix: ", &cause.fixes)));
    }
}
