//! What the causes leave open: how error logs and access logs fit together, and error entries that no pattern knows.

use super::grid::{Grid, cell};
use super::ink::{Ink, Rich};
use super::page::Page;
use crate::render::layout::{count, number};
use crate::report::{Reconciliation, Report};

/// Templates that are shown.
const TEMPLATES: usize = 8;

/// Writes both.
pub(super) fn write(page: &mut Page<'_>, report: &Report) {
    if let Some(reconciliation) = &report.reconciliation {
        reconcile(page, reconciliation);
    }
    unrecognised(page, report);
}

fn reconcile(page: &mut Page<'_>, held: &Reconciliation) {
    page.heading("ERROR LOG AGAINST ACCESS LOG", "");
    let gateway = match (held.gateway_responses, held.unexplained) {
        (0, _) => "No response had a gateway status.".to_owned(),
        (1, 0) => "The one gateway response is explained by the error log.".to_owned(),
        (all, 0) => format!("All {} gateway responses are explained by the error log.", number(all)),
        (all, not) if all == not => format!("None of {} is explained by the error log.", count(all, "gateway response", "gateway responses")),
        (all, _) => {
            let are = |n: u64| if n == 1 { "is" } else { "are" };
            let (explained, not) = (held.explained, held.unexplained);
            let all = count(all, "gateway response", "gateway responses");
            format!("Of {all}, {} {} explained by the error log, {} {} not.", number(explained), are(explained), number(not), are(not))
        }
    };
    let mut parts = vec![gateway];
    if held.recovered > 0 {
        parts.push(format!("{} in the error log but ended well, after a retry or from a cache.", count(held.recovered, "request failed", "requests failed")));
    }
    if held.other > 0 {
        parts.push(format!("{} otherwise: another error status, or a body that was cut.", count(held.other, "request ended", "requests ended")));
    }
    page.paragraph(&Rich::plain(parts.join(" ")));
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
