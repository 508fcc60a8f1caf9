//! The head, the incident that runs, and the keys.

use logscan502::render::layout::{count, cut, cut_start, duration, number, width};
use logscan502::report::{Step, Told};
use logscan502::time::Timestamp;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use super::ink::{bold, dim};
use super::{Scene, lag};
use crate::cli::screen::view::Current;

/// What is read, how fast and how late; then since when, how much, and what failed of it.
pub(super) fn head(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let view = scene.view;
    let late = view.lag().map_or(String::new(), |seconds| format!("  lag {}", lag(seconds)));
    let right = format!("{} lines/s{late} ", number(view.lines_per_second));
    let paused = if scene.state.is_paused { " PAUSED " } else { "" };
    let room = scene.width.saturating_sub(width(&right) + width(paused) + 14);
    let title = if scene.width >= 50 { " logscan502  " } else { " " };
    let inputs = cut_start(&inputs(scene), if title.len() > 1 { room } else { room + 12 }, scene.ink.ellipsis());
    let gap = scene.width.saturating_sub(width(title) + width(&inputs) + width(paused) + width(&right));
    let first = vec![
        Span::styled(title, bold()),
        Span::raw(inputs),
        Span::raw(" ".repeat(gap)),
        Span::styled(paused, scene.ink.color(Color::Yellow).patch(ratatui::style::Modifier::REVERSED)),
        Span::styled(right, dim()),
    ];
    vec![Line::from(first), Line::from(sums(scene))]
}

fn inputs(scene: &Scene<'_>) -> String {
    let inputs = &scene.view.report.inputs;
    let name = |path: &str| if path == "-" { "standard input".to_owned() } else { path.to_owned() };
    match inputs.as_slice() {
        [] => "waiting".to_owned(),
        [one] => name(&one.path),
        [first, ..] => format!("{} inputs, {}", inputs.len(), name(&first.path)),
    }
}

fn sums(scene: &Scene<'_>) -> Vec<Span<'static>> {
    let (totals, state) = (&scene.view.report.totals, scene.state);
    let mut spans = vec![Span::raw(" ")];
    if scene.view.is_catching_up {
        spans.push(Span::styled("reading what is there … ", scene.ink.color(Color::Yellow)));
    }
    let failed = count(totals.failed, "failed request", "failed requests");
    spans.push(Span::styled(failed, if totals.failed > 0 { bold() } else { Style::new() }));
    spans.push(Span::raw(format!(", {}", count(totals.lines, "line", "lines"))));
    if let Some(span) = scene.view.report.span {
        let took = duration(span.to.seconds() - span.from.seconds());
        spans.push(Span::styled(format!(", {} to {} ({took})", scene.second(span.from), scene.second(span.to)), dim()));
    }
    if state.is_typing || !state.filter.is_empty() {
        let cursor = if state.is_typing { "_" } else { "" };
        spans.insert(1, Span::styled(format!("/{}{cursor}  ", state.filter), scene.ink.color(Color::Yellow).patch(bold())));
    }
    spans
}

/// The incident that runs, how it came about, and others; or the one that ended last.
pub(super) fn incident(scene: &Scene<'_>, rows: usize) -> Vec<Line<'static>> {
    let running = scene.view.running();
    let Some(current) = running.first() else { return vec![Line::from(past(scene))] };
    let told = current.told;
    let since = format!(" since {}", scene.second(told.time.unwrap_or(told.at)));
    let long = scene.view.end().zip(told.time).map_or(String::new(), |(end, since)| format!(" ({})", duration(end - since.seconds())));
    let requests = current.incident.map_or(String::new(), |incident| format!(", {}", count(incident.requests, "request", "requests")));
    let others: Vec<&str> = running.iter().skip(1).map(|other| other.told.cause.as_str()).collect();
    let more = if others.is_empty() { String::new() } else { format!(", then {}", others.join(", ")) };
    let mark = scene.ink.either(" ● ", " ! ");
    let mut lines = vec![Line::from(vec![
        Span::styled(mark, scene.ink.alarm()),
        Span::styled(told.cause.clone(), scene.ink.alarm()),
        Span::raw(format!("{since}{long}{requests}{more}")),
    ])];
    if rows >= 4 {
        lines.push(Line::raw(format!("   {}", told.title)));
    }
    let chain = cut(&chain(scene, current), scene.width.saturating_sub(3), scene.ink.ellipsis());
    lines.push(Line::styled(format!("   {chain}"), dim()));
    lines
}

fn past(scene: &Scene<'_>) -> Vec<Span<'static>> {
    let quiet = Span::styled(scene.ink.either(" ○ no incident runs", " - no incident runs"), dim());
    let ended = scene.view.ended().map(|told| {
        let took = told.seconds.map_or(String::new(), |seconds| format!(" after {}", duration(seconds)));
        Span::styled(format!("; {} ended at {}{took}", told.cause, scene.second(told.time.unwrap_or(told.at))), dim())
    });
    std::iter::once(quiet).chain(ended).collect()
}

/// "first 10.0.0.11:80 14:02:04 (upstream-down), then shop empty 14:06:41": as the report has it, else as it was told.
fn chain(scene: &Scene<'_>, current: &Current<'_>) -> String {
    let then = scene.ink.either(" → ", " > ");
    let steps: Vec<String> = match current.incident {
        Some(incident) if !incident.chain.is_empty() => incident.chain.iter().map(|step| step_text(scene, step, &current.told.cause)).collect(),
        _ => current.upstreams.iter().map(|name| (*name).to_owned()).collect(),
    };
    if steps.is_empty() { at_upstream(current.told) } else { format!("first {}", steps.join(then)) }
}

fn step_text(scene: &Scene<'_>, step: &Step, cause: &str) -> String {
    let name = if step.upstream.is_empty() { "an unnamed upstream" } else { step.upstream.as_str() };
    let other = if step.cause == cause { String::new() } else { format!(" ({})", step.cause) };
    let empty = if step.kind == "pool-empty" { "pool empty: " } else { "" };
    format!("{empty}{name} {}{other}", scene.second(step.at))
}

fn at_upstream(told: &Told) -> String {
    told.upstream.as_ref().map_or_else(|| told.title.clone(), |upstream| format!("at {upstream}"))
}

/// The keys that do something here, as many as have room.
pub(super) fn foot(scene: &Scene<'_>) -> Line<'static> {
    let state = scene.state;
    let keys: &[(&str, &str)] = match () {
        () if state.is_typing => &[("Enter", "keep"), ("Esc", "clear")],
        () if state.has_help || state.is_open => &[("Esc", "back"), ("Up/Down", "scroll"), ("q", "quit")],
        () => &[
            ("q", "quit"),
            ("Up/Down", "choose"),
            ("Enter", "open"),
            ("b", "width"),
            ("p", if state.is_paused { "go on" } else { "pause" }),
            ("/", "filter"),
            ("?", "help"),
        ],
    };
    let mut spans = vec![Span::raw(" ")];
    for (key, what) in keys {
        spans.push(Span::styled(*key, bold()));
        spans.push(Span::styled(format!(" {what}  "), dim()));
    }
    Line::from(spans)
}

impl Scene<'_> {
    /// `14:02:10`, with the day where it is another one than that of the last entry.
    pub(super) fn second(&self, at: Timestamp) -> String {
        let civil = self.look.zone.civil(at);
        let time = format!("{:02}:{:02}:{:02}", civil.hour, civil.minute, civil.second);
        let today = self.view.now.or(self.view.report.span.map(|span| span.to)).map(|now| self.look.zone.civil(now));
        let is_today = today.is_none_or(|today| (today.year, today.month, today.day) == (civil.year, civil.month, civil.day));
        if is_today { time } else { format!("{:02}-{:02} {time}", civil.month, civil.day) }
    }
}
