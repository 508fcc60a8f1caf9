//! What the causes leave open: how error logs and access logs fit together, and error entries that no pattern knows.

use super::grid::{Grid, cell};
use super::page::Page;
use crate::render::counting::reconciled;
use crate::render::ink::{Ink, Rich};
use crate::render::layout::{count, number};
use crate::report::Report;

/// Templates that are shown.
const TEMPLATES: usize = 8;

/// Writes both.
pub(super) fn write(page: &mut Page<'_>, report: &Report) {
    let held = reconciled(report.reconciliation.as_ref());
    if !held.is_empty() {
        page.heading("ERROR LOG AGAINST ACCESS LOG", "");
        page.paragraph(&Rich::plain(held.join(" ")));
    }
    unrecognised(page, report);
}

fn unrecognised(page: &mut Page<'_>, report: &Report) {
    let all = report.totals.unrecognised;
    if all == 0 && report.unrecognised.is_empty() {
        return;
    }
    page.heading("NOT RECOGNISED", &format!("{} that no pattern knows; they count as nothing above", count(all, "error entry", "error entries")));
    let mut grid = Grid::default().right("Entries").flexible("Message, with its variable parts masked, and the first of them");
    for unknown in report.unrecognised.iter().take(TEMPLATES) {
        let texts = vec![(page.text(&unknown.template), Ink::Plain), (page.text(&unknown.example), Ink::Dim)];
        grid.row(vec![cell(number(unknown.entries), Ink::Plain), texts]);
    }
    if !report.unrecognised.is_empty() {
        grid.draw(page);
    }
    let rest = report.unrecognised.len().saturating_sub(TEMPLATES) as u64;
    if rest > 0 {
        page.paragraph(&Rich::of(format!("and {} (-o json has more)", count(rest, "other template", "other templates")), Ink::Dim));
    }
}
