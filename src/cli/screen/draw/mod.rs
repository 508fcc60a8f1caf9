//! View, state and size → cells. Each panel is a function that gives lines; here they are stacked and clipped.
//!
//! What is too long is cut, what has no room is left out, from the bottom up; nothing is wrong at any size.

mod detail;
mod head;
mod help;
mod ink;
mod panels;
mod timeline;

use logscan502::render::Look;
use logscan502::render::layout::duration;
use logscan502::text::safe::printable;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::state::State;
use super::view::View;
use ink::Ink;

/// What every panel draws from.
#[derive(Clone, Copy)]
struct Scene<'v> {
    view: &'v View,
    state: &'v State,
    look: &'v Look,
    ink: Ink,
    /// Columns.
    width: usize,
}

/// Draws the screen.
pub(super) fn draw(view: &View, state: &State, look: &Look, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    let ink = Ink { has_color: look.has_color, is_ascii: look.is_ascii };
    let scene = Scene { view, state, look, ink, width: usize::from(area.width) };
    let height = usize::from(area.height);
    let lines = match () {
        () if state.has_help => help::page(&scene, height),
        () if state.is_open => detail::page(&scene, height),
        () => overview(&scene, height),
    };
    for (y, line) in (area.top()..area.bottom()).zip(lines) {
        buffer.set_line(area.left(), y, &made_safe(line, look.is_ascii), area.width);
    }
}

/// How long ago, as coarse as it is long, so that a quiet screen does not change all the time.
pub(super) fn lag(seconds: i64) -> String {
    match seconds {
        ..=-61 => format!("{} ahead", duration(-seconds / 60 * 60)),
        -60..60 => format!("{} s", seconds.max(0)),
        60..3_600 => duration(seconds / 60 * 60),
        _ => duration(seconds / 3_600 * 3_600),
    }
}

/// Rows of each panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Plan {
    head: usize,
    incident: usize,
    causes: usize,
    timeline: usize,
    tops: usize,
    entries: usize,
    foot: usize,
}

impl Plan {
    /// What is most telling has its room first.
    fn new(height: usize, causes: usize) -> Self {
        let mut left = height;
        let mut take = |wanted: usize| {
            let taken = wanted.min(left);
            left -= taken;
            taken
        };
        let head = take(if height < 8 { 1 } else { 2 });
        let foot = take(usize::from(height >= 4));
        let incident = take(match height {
            ..6 => 0,
            6..16 => 1,
            16..30 => 2,
            _ => 4,
        });
        let causes = take(1 + causes.clamp(1, (height / 5).max(3)));
        let timeline = take(if height >= 34 { 12 } else { 7 });
        let tops = take(if height >= 34 { 7 } else { 4 });
        Self { head, incident, causes, timeline, tops, entries: left, foot }
    }
}

fn overview(scene: &Scene<'_>, height: usize) -> Vec<Line<'static>> {
    let plan = Plan::new(height, scene.view.causes(&scene.state.filter).len());
    let mut lines = Vec::new();
    let mut stack = |panel: Vec<Line<'static>>, rows: usize| {
        let end = lines.len() + rows;
        lines.extend(panel.into_iter().take(rows));
        lines.resize(end, Line::default());
    };
    stack(head::head(scene), plan.head);
    stack(head::incident(scene, plan.incident), plan.incident);
    stack(panels::causes(scene, plan.causes), plan.causes);
    stack(timeline::timeline(scene, plan.timeline), plan.timeline);
    stack(panels::tops(scene), plan.tops);
    stack(panels::entries(scene, plan.entries), plan.entries);
    stack(vec![head::foot(scene)], plan.foot);
    lines
}

/// The part of a page that is scrolled to, between a head and the keys.
fn scrolled(scene: &Scene<'_>, page: Vec<Line<'static>>, height: usize) -> Vec<Line<'static>> {
    let room = height.saturating_sub(2);
    let skipped = scene.state.scroll.min(page.len().saturating_sub(room));
    let mut lines: Vec<Line<'static>> = head::head(scene).into_iter().take(1).collect();
    lines.extend(page.into_iter().skip(skipped).take(room));
    lines.resize(height.saturating_sub(1).max(lines.len().min(1)), Line::default());
    lines.push(head::foot(scene));
    lines
}

/// Whatever a name is made of, nothing of it moves the cursor or is shown otherwise than it is written.
fn made_safe(line: Line<'static>, is_ascii: bool) -> Line<'static> {
    let spans = line.spans.into_iter().map(|span| {
        let text = printable(span.content.as_bytes());
        let text = if is_ascii { text.chars().map(|character| if character.is_ascii() { character } else { '?' }).collect() } else { text };
        Span::styled(text, span.style)
    });
    Line::from(spans.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_has_as_many_rows_as_there_are() {
        for height in 0..100 {
            for causes in 0..15 {
                let Plan { head, incident, causes, timeline, tops, entries, foot } = Plan::new(height, causes);
                assert_eq!(head + incident + causes + timeline + tops + entries + foot, height);
            }
        }
    }

    #[test]
    fn a_long_lag_is_told_coarsely() {
        let told = [-3_700, -1, 0, 59, 61, 150, 7_300].map(lag);
        assert_eq!(told, ["1 h 1 min ahead", "0 s", "0 s", "59 s", "1 min", "2 min", "2 h"]);
    }
}
