//! What happened behind the proxy, beside the failures that it may explain.

use super::page::Page;
use crate::render::domino::before;
use crate::render::ink::{Ink, Rich};
use crate::render::layout::count;
use crate::report::{Context, Report};

/// Entries of an incident that are shown, and of the whole.
pub(super) const OF_INCIDENT: usize = 3;
const OF_ALL: usize = 8;
/// Writes what stands beside no incident: where there is none, or nothing failed.
pub(super) fn write(page: &mut Page<'_>, report: &Report) {
    let is_told = report.incidents.iter().any(|incident| !incident.context.is_empty());
    if report.context.is_empty() || is_told {
        return;
    }
    let remark = if report.totals.failed > 0 { "it may explain the failures" } else { "nothing failed beside it" };
    page.heading("BEHIND THE PROXY", remark);
    for entry in report.context.iter().take(OF_ALL) {
        let text = text(page, entry, report.totals.failed > 0);
        page.bullet(&text);
    }
    let more = report.context.len().saturating_sub(OF_ALL) as u64;
    if more > 0 {
        page.paragraph(&Rich::of(format!("and {} (-o json has all)", count(more, "further event", "further events")), Ink::Dim));
    }
}

/// Writes what stands beside an incident.
pub(super) fn list(page: &mut Page<'_>, entries: &[Context]) {
    let texts: Vec<_> = entries.iter().take(OF_INCIDENT).map(|entry| text(page, entry, true)).collect();
    page.list("Behind it", &texts);
}

fn text(page: &Page<'_>, entry: &Context, has_failure: bool) -> Rich {
    let when = if has_failure { format!(", {} the first failure", before(entry.seconds_before)) } else { String::new() };
    let ink = if entry.first { Ink::Bold } else { Ink::Plain };
    let of = entry.upstream.as_ref().map_or_else(String::new, |upstream| format!(" [{}]", page.cut(upstream, 40)));
    Rich::of(format!("{}{when}: ", page.voice.moments.second(entry.time)), Ink::Dim)
        .and(format!("{}{of}", page.text(&entry.text)), ink)
        .and(source(page, entry), Ink::Dim)
}

fn source(page: &Page<'_>, entry: &Context) -> String {
    format!(" ({})", page.cut_start(&entry.path, 40))
}
