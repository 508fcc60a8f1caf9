//! The keys, and what is seen.

use ratatui::text::{Line, Span};

use super::ink::bold;
use super::panels::wrapped;
use super::{Scene, scrolled};

const KEYS: [(&str, &str); 8] = [
    ("Up, Down", "choose a cause, scroll a page"),
    ("Enter, Right", "open it: checks, fixes, where, entries"),
    ("Esc, Left", "back; without a page, drop the filter"),
    ("b", "another width of the timeline's columns"),
    ("Space, p", "pause what is shown; reading goes on"),
    ("/", "show only causes, upstreams, hosts and paths with a text"),
    ("?, h", "this page"),
    ("q, ^C", "end: the report follows"),
];

const ABOUT: [&str; 3] = [
    "Requests are counted once, however many lines tell of them; /min is those of the last minute.",
    "Lag is from the last entry to now. Times are those of the log.",
    "A filled circle is an incident that runs: what failed first, and where it spread.",
];

pub(super) fn page(scene: &Scene<'_>, height: usize) -> Vec<Line<'static>> {
    let mut page = vec![Line::styled(" KEYS", scene.ink.heading())];
    for (keys, what) in KEYS {
        let mut lines = wrapped(what, scene.width.saturating_sub(17)).into_iter();
        page.push(Line::from(vec![Span::styled(format!(" {keys:<14}"), bold()), Span::raw(lines.next().unwrap_or_default())]));
        page.extend(lines.map(|line| Line::raw(format!("{}{line}", " ".repeat(15)))));
    }
    page.push(Line::default());
    page.extend(ABOUT.iter().flat_map(|text| wrapped(text, scene.width.saturating_sub(2))).map(|line| Line::raw(format!(" {line}"))));
    scrolled(scene, page, height)
}
