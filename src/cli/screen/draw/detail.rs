//! A cause that is open: what it means, what to look at, what mends it, where, and how it came.

use logscan502::render::layout::{count, number};
use logscan502::report::{CauseReport, Count};
use ratatui::text::{Line, Span};

use super::ink::{bold, dim};
use super::panels::{spark, story, wrapped};
use super::{Scene, scrolled};

pub(super) fn page(scene: &Scene<'_>, height: usize) -> Vec<Line<'static>> {
    let chosen = scene.state.selected.as_ref();
    let cause = scene.view.report.causes.iter().find(|cause| Some(&cause.id) == chosen);
    let lines = cause.map_or_else(|| vec![Line::styled(" nothing of it was found", dim())], |cause| lines(scene, cause));
    scrolled(scene, lines, height)
}

fn lines(scene: &Scene<'_>, cause: &CauseReport) -> Vec<Line<'static>> {
    let most = scene.width.saturating_sub(2);
    let mut page = vec![Line::from(vec![Span::raw(" "), Span::styled(cause.id.clone(), scene.ink.of(&cause.id).patch(bold()))])];
    page.extend(wrapped(&cause.title, most).into_iter().map(|line| Line::styled(format!(" {line}"), bold())));
    let rate = scene.view.rate(&cause.id);
    let times = cause.first.zip(cause.last).map_or(String::new(), |(first, last)| format!(", {} to {}", scene.second(first), scene.second(last)));
    let figures = format!("{}, {}/min, {}{times}", count(cause.requests, "request", "requests"), number(rate), count(cause.evidence, "entry", "entries"));
    text(&mut page, &figures, most, "");
    page.push(Line::styled(format!(" {}", spark(scene, cause, most.min(60))), scene.ink.of(&cause.id)));
    text(&mut page, &cause.meaning, most, "");
    for (heading, advice) in [("CHECK", &cause.checks), ("FIX", &cause.fixes)] {
        section(scene, &mut page, heading, advice.is_empty());
        for advice in advice {
            text(&mut page, advice, most, "- ");
        }
    }
    let of = |counts: &[Count]| counts.iter().map(|count| format!("{:>7}  {}", number(count.requests), count.name)).collect::<Vec<_>>();
    for (heading, counts) in [("UPSTREAMS", &cause.upstreams), ("HOSTS", &cause.hosts), ("PATHS", &cause.paths)] {
        section(scene, &mut page, heading, counts.is_empty());
        page.extend(of(counts).into_iter().map(|line| Line::raw(format!(" {line}"))));
    }
    let entries = scene.view.entries(cause);
    section(scene, &mut page, "LATEST ENTRIES", entries.is_empty());
    for entry in entries {
        text(&mut page, entry, most, "- ");
    }
    let story = story(scene, &cause.id);
    section(scene, &mut page, "STORY", story.is_empty());
    page.extend(story);
    page
}

fn section(scene: &Scene<'_>, page: &mut Vec<Line<'static>>, heading: &'static str, is_empty: bool) {
    if !is_empty {
        page.push(Line::default());
        page.push(Line::styled(format!(" {heading}"), scene.ink.heading()));
    }
}

/// A paragraph; what is after its first line stands under it.
fn text(page: &mut Vec<Line<'static>>, text: &str, most: usize, bullet: &str) {
    let lines = wrapped(text, most.saturating_sub(bullet.len()));
    let under = " ".repeat(bullet.len());
    page.extend(lines.into_iter().enumerate().map(|(at, line)| Line::raw(format!(" {}{line}", if at == 0 { bullet } else { &under }))));
}
