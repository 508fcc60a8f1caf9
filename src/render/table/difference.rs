//! Two reports beside each other, for people: whether it got worse, and what did.

use super::grid::{Grid, cell, plain};
use super::page::Page;
use crate::render::Look;
use crate::render::difference::{basis, confidence, rate, verdict, way};
use crate::render::ink::{Ink, Rich};
use crate::render::layout::{count, number};
use crate::report::{Basis, Change, Difference, Direction, Report, Side, Span};

/// Rows of each list.
const MOST: usize = 12;

pub(in crate::render) fn render(difference: &Difference, look: &Look) -> String {
    let mut page = Page::new(&spanned(difference), look);
    let ink = if difference.worse { Ink::Failed } else { Ink::Bold };
    page.paragraph(&Rich::of(verdict(difference), ink));
    page.gap();
    side(&mut page, "Before", &difference.a);
    side(&mut page, "Now", &difference.b);
    page.entry("Rates", &Rich::plain(format!("{}.", basis(difference.basis))));
    let lists =
        [("CAUSES", "Cause", &difference.causes), ("UPSTREAMS", "Upstream", &difference.upstreams), ("NOT RECOGNISED", "Template", &difference.templates)];
    for (title, name, changes) in lists {
        list(&mut page, title, name, changes, difference.basis);
    }
    if !difference.notes.is_empty() {
        page.heading("NOTES", "");
        for note in &difference.notes {
            let note = Rich::plain(page.text(note));
            page.bullet(&note);
        }
    }
    page.finish()
}

/// A report of nothing but the times of both, by which the page knows how much of a date each moment needs.
fn spanned(difference: &Difference) -> Report {
    let ends = [&difference.a, &difference.b].into_iter().filter_map(|side| side.from.zip(side.to));
    let span = ends.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1))).map(|(from, to)| Span { from, to, bucket_seconds: 1 });
    Report { span, ..Report::default() }
}

fn side(page: &mut Page<'_>, label: &str, side: &Side) {
    let span = side.from.zip(side.to).map_or_else(|| "without times".to_owned(), |(from, to)| page.voice.moments.between(from, to));
    let responses = if side.responses > 0 { format!(", {}", count(side.responses, "response", "responses")) } else { String::new() };
    let name = page.cut(&side.name, 60);
    page.entry(label, &Rich::of(name, Ink::Bold).and(format!(": {span}{responses}, {} failed", number(side.failed)), Ink::Plain));
}

fn list(page: &mut Page<'_>, title: &str, name: &'static str, changes: &[Change], of: Basis) {
    if changes.is_empty() {
        return;
    }
    page.heading(title, "what is surest first");
    // Names go before figures that follow from others.
    let has_rates = of != Basis::Counts && page.width() >= 120;
    let mut grid = Grid::default().flexible(name).right("Before").right("Now").when(has_rates, |grid| grid.right("Rate before").right("now")).left("Change");
    if !page.is_narrow() {
        grid = grid.left("Confidence");
    }
    for change in changes.iter().take(MOST) {
        let is_worse = change.confidence.is_clear() && matches!(change.direction, Direction::New | Direction::Up);
        let ink = if is_worse { Ink::Failed } else { Ink::Plain };
        let mut row = vec![cell(page.text(&change.name), ink), plain(number(change.a)), plain(number(change.b))];
        if has_rates {
            row.extend([plain(rate(of, change.a, change.rate_a)), plain(rate(of, change.b, change.rate_b))]);
        }
        row.push(cell(way(change), ink));
        if !page.is_narrow() {
            row.push(cell(confidence(change), if change.confidence.is_clear() { Ink::Plain } else { Ink::Dim }));
        }
        grid.row(row);
    }
    grid.draw(page);
    let more = changes.len().saturating_sub(MOST) as u64;
    if more > 0 {
        page.paragraph(&Rich::of(format!("and {} more (-o json has all)", number(more)), Ink::Dim));
    }
}
