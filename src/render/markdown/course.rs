//! The course of events, earliest first: failures, incidents and their chains, gaps, and where the logs begin and end.

use super::text::{Document, Text};
use crate::render::headline::failure_times;
use crate::render::layout::{count, number};
use crate::render::voice::Voice;
use crate::report::{Context, Incident, Report, Step};
use crate::time::Timestamp;

/// Events that are told.
const MOST: usize = 60;
/// Entries of logs behind the proxy that are told of each incident.
const BEHIND: usize = 10;

/// Writes it.
pub(super) fn write(document: &mut Document, voice: &Voice, report: &Report) {
    let mut events = events(voice, report);
    if events.is_empty() {
        return;
    }
    // What happened at one moment stays in the order in which it is told.
    events.sort_by_key(|(at, _)| *at);
    events.dedup();
    document.heading(2, &Text::marks("Timeline"));
    document.paragraph(&(Text::marks("Times are ") + Text::plain(voice.zone()) + Text::marks(".")));
    let more = events.len().saturating_sub(MOST);
    let rows = events.into_iter().take(MOST).map(|(at, what)| vec![Text::plain(&voice.moments.second(at)), what]);
    document.table(&["Time", "What"], rows);
    if more > 0 {
        document.paragraph(&Text::plain(&format!("And {} later events; the JSON report has all.", number(more as u64))));
    }
}

fn events(voice: &Voice, report: &Report) -> Vec<(Timestamp, Text)> {
    let mut events = Vec::new();
    let Some(span) = report.span else { return events };
    events.push((span.from, Text::marks("The logs begin.")));
    let times = failure_times(report).filter(|(.., is_exact)| *is_exact && report.totals.failed > 0);
    if let Some((first, ..)) = times {
        events.push((first, Text::marks("**First failure.**")));
    }
    // Incidents overlap, and each has its own chain: what one has told, another need not tell again.
    let mut told: Vec<(&str, &str, Timestamp)> = Vec::new();
    for incident in &report.incidents {
        events.push((incident.start, begins(voice, incident)));
        for step in &incident.chain {
            if !told.iter().any(|(cause, upstream, until)| *cause == step.cause && *upstream == step.upstream && *until >= step.at) {
                told.push((&step.cause, &step.upstream, incident.end));
                events.push((step.at, tell(voice, step)));
            }
        }
        let ends = Text::marks("Incident ends: ") + Text::cell(&voice.text(&incident.cause)) + Text::marks(" is back at its usual level.");
        events.push((incident.end, ends));
    }
    let mut behind: Vec<&Context> = report.incidents.iter().flat_map(|incident| incident.context.iter().take(BEHIND)).collect();
    behind.sort_by_key(|entry| (entry.time, &entry.text, &entry.path));
    behind.dedup_by_key(|entry| (entry.time, &entry.text, &entry.path));
    events.extend(behind.into_iter().map(|entry| (entry.time, Text::plain(&format!("{} ({})", voice.text(&entry.text), voice.text(&entry.path))))));
    for gap in &report.gaps {
        events.push((gap.from, Text::plain(&format!("No responses until {}: a log is missing, or nothing was answered.", voice.moments.second(gap.to)))));
    }
    if let Some((_, last, _)) = times {
        events.push((last, Text::marks("**Last failure.**")));
    }
    events.push((span.to, Text::marks("The logs end.")));
    events
}

fn begins(voice: &Voice, incident: &Incident) -> Text {
    let requests = count(incident.requests, "request", "requests");
    let amount = format!(" far above its usual level: {requests} {}.", voice.moments.between(incident.start, incident.end));
    Text::marks("**Incident begins**: ") + Text::cell(&voice.text(&incident.cause)) + Text::plain(&amount)
}

fn tell(voice: &Voice, step: &Step) -> Text {
    let upstream = || match step.upstream.as_str() {
        "" => Text::marks("an upstream that the log does not name"),
        name => Text::cell(&voice.cut(name, 100)),
    };
    let amount = Text::plain(&format!(", {})", count(step.requests, "request", "requests")));
    let why = Text::marks(" (") + Text::cell(&voice.text(&step.cause)) + amount;
    match step.kind.as_str() {
        "pool-empty" if step.upstream.is_empty() => Text::marks("A pool that the log does not name is empty") + why,
        "pool-empty" => Text::marks("The pool ") + upstream() + Text::marks(" is empty") + why,
        "first" => Text::marks("Fails first: ") + upstream() + why,
        _ => Text::marks("Fails: ") + upstream() + why,
    }
}
