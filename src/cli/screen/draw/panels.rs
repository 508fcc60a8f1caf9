//! Causes with their rates, the names that are hit most, and what was written of the chosen cause.

use logscan502::render::layout::{cut, merged, number, percent, sparkline, split, width};
use logscan502::report::{CauseReport, Count, Event};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::Scene;
use super::ink::dim;

/// A row a cause: what, how many, how many a minute, its part, and how it went.
pub(super) fn causes(scene: &Scene<'_>, rows: usize) -> Vec<Line<'static>> {
    let causes = scene.view.causes(&scene.state.filter);
    let place = scene.state.place(scene.view);
    let room = rows.saturating_sub(1);
    let more = causes.len().saturating_sub(room);
    let share = if scene.width >= 60 { "   share" } else { "" };
    let more = if more > 0 { format!("   {more} more") } else { String::new() };
    let heading = format!(" {:<21}{:>9}{:>8}{share}{more}", "CAUSES", "requests", "/min");
    let mut lines = vec![Line::styled(heading, scene.ink.heading())];
    if causes.is_empty() {
        let text = if scene.state.filter.is_empty() { "   nothing has failed" } else { "   nothing that the filter finds" };
        lines.push(Line::styled(text, dim()));
    }
    // The chosen one is always among those shown.
    let skipped = (place + 1).saturating_sub(room);
    let all: u64 = scene.view.report.totals.requests;
    lines.extend(causes.iter().enumerate().skip(skipped).take(room).map(|(at, cause)| row(scene, cause, at == place, all)));
    lines
}

fn row(scene: &Scene<'_>, cause: &CauseReport, is_chosen: bool, all: u64) -> Line<'static> {
    let ink = scene.ink;
    let name = format!("{:<20}", cut(&cause.id, 20, ink.ellipsis()));
    let share = if scene.width >= 60 { format!("{:>8}", percent(cause.requests, all)) } else { String::new() };
    let figures = format!("{:>9}{:>8}{share}", number(cause.requests), number(scene.view.rate(&cause.id)));
    let mut left = scene.width.saturating_sub(2 + 20 + figures.len() + 2);
    let columns = left.min(if scene.width >= 100 { 40 } else { 30 });
    let spark = spark(scene, cause, columns);
    left = left.saturating_sub(columns + 2);
    let title = if left >= 12 { format!("  {}", cut(&cause.title, left, ink.ellipsis())) } else { String::new() };
    let mark = if is_chosen { ink.either("▶ ", "> ") } else { "  " };
    let chosen = if is_chosen { Modifier::BOLD } else { Modifier::empty() };
    let spans = vec![
        Span::raw(mark),
        Span::styled(name, ink.of(&cause.id).add_modifier(chosen)),
        Span::raw(figures),
        Span::styled(format!("  {spark:<columns$}"), ink.of(&cause.id)),
        Span::styled(title, dim()),
    ];
    Line::from(spans)
}

/// How a cause went, in the time of the timeline.
pub(super) fn spark(scene: &Scene<'_>, cause: &CauseReport, columns: usize) -> String {
    let width = scene.view.width(scene.state.width, scene.columns());
    let slices = scene.view.slices(width, scene.columns());
    let series: Vec<u64> = slices.iter().map(|slice| slice.of(&cause.id)).collect();
    sparkline(&merged(&series, columns), scene.ink.is_ascii)
}

/// Upstreams and paths side by side, or the one above the other's place where there is no room.
pub(super) fn tops(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let filter = &scene.state.filter;
    let upstreams = scene.view.tops(filter, |cause| &cause.upstreams);
    let paths = scene.view.tops(filter, |cause| &cause.paths);
    let is_wide = scene.width >= 60;
    let column = if is_wide { scene.width / 2 } else { scene.width };
    let left = list(scene, "UPSTREAMS", &upstreams, column);
    if !is_wide {
        return left;
    }
    let right = list(scene, "PATHS", &paths, scene.width - column);
    let rows = left.len().max(right.len());
    let blank = || Line::raw(" ".repeat(column));
    let mut right = right.into_iter();
    let left = left.into_iter().map(Some).chain(std::iter::repeat_with(|| None)).take(rows);
    left.map(|left| {
        let mut line = left.unwrap_or_else(blank);
        line.spans.extend(right.next().into_iter().flat_map(|line| line.spans));
        line
    })
    .collect()
}

fn list(scene: &Scene<'_>, heading: &str, counts: &[Count], column: usize) -> Vec<Line<'static>> {
    let padded = |text: String| format!("{text}{}", " ".repeat(column.saturating_sub(width(&text))));
    let mut lines = vec![Line::from(Span::styled(padded(format!(" {heading}")), scene.ink.heading()))];
    let most = counts.first().map_or(0, |count| width(&number(count.requests)));
    lines.extend(counts.iter().take(20).map(|count| {
        let name = cut(&count.name, column.saturating_sub(most + 5), scene.ink.ellipsis());
        Line::from(Span::raw(padded(format!(" {:>most$}  {name}", number(count.requests)))))
    }));
    lines
}

/// Entries of the chosen cause, latest first, a line each where there is no room for more.
pub(super) fn entries(scene: &Scene<'_>, rows: usize) -> Vec<Line<'static>> {
    let causes = scene.view.causes(&scene.state.filter);
    let Some(cause) = causes.get(scene.state.place(scene.view)) else { return Vec::new() };
    let mut lines = vec![Line::styled(format!(" LATEST of {}", cause.id), scene.ink.heading())];
    let (most, room) = (scene.width.saturating_sub(2), rows.saturating_sub(1));
    let entries = scene.view.entries(cause);
    let whole: Vec<Vec<String>> = entries.iter().map(|entry| wrapped(entry, most)).collect();
    let is_roomy = whole.iter().map(Vec::len).sum::<usize>() <= room;
    for (entry, whole) in entries.iter().zip(whole) {
        let shown = if is_roomy { whole } else { vec![cut(entry, most, scene.ink.ellipsis())] };
        lines.extend(shown.into_iter().map(|line| Line::raw(format!(" {line}"))));
    }
    lines
}

/// What was told of a cause, latest first.
pub(super) fn story(scene: &Scene<'_>, cause: &str) -> Vec<Line<'static>> {
    let line = |event: &Event| {
        let (what, told) = match event {
            Event::NewCause(told) => ("new", told),
            Event::Begins(told) => ("begins", told),
            Event::Spreads(told) => ("spreads", told),
            Event::PoolEmpty(told) => ("pool empty", told),
            Event::Ends(told) => ("ends", told),
            Event::CaughtUp { .. } | Event::Warning { .. } | Event::Report { .. } => return None,
        };
        let upstream = told.upstream.as_ref().map_or(String::new(), |upstream| format!(" at {upstream}"));
        let at = scene.second(told.time.unwrap_or(told.at));
        (told.cause == cause).then(|| Line::styled(format!(" {at}  {what}{upstream}"), dim()))
    };
    scene.view.events.iter().rev().filter_map(line).collect()
}

/// A text in lines of at most so many columns, broken at blanks where there are any.
pub(super) fn wrapped(text: &str, most: usize) -> Vec<String> {
    let most = most.max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word = word;
        if !line.is_empty() && width(&line) + 1 + width(word) > most {
            lines.push(std::mem::take(&mut line));
        }
        while width(word) > most {
            let (mut head, mut rest) = split(word, most);
            if head.is_empty() {
                // A character that is wider than all there is.
                (head, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            }
            lines.push(head.to_owned());
            word = rest;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

impl Scene<'_> {
    /// Columns of the timeline: beside it stands its scale.
    pub(super) fn columns(&self) -> usize {
        self.width.saturating_sub(super::timeline::SCALE + 1).max(1)
    }
}
