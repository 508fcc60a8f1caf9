//! The report for people: read once, at three in the morning, from the top.
//!
//! The first lines say what broke, since when, where and how much; then come the causes, the course of time, what to
//! check and to mend, and last what was read. A section writes nothing when it has nothing to say. `sections` have one
//! file each; they write on a [`page::Page`], whose width no line passes, and tables are a [`grid::Grid`].

mod causes;
mod context;
mod coverage;
mod detail;
mod difference;
mod findings;
mod grid;
mod layers;
mod page;
mod sources;
mod timeline;
mod unexplained;

pub(super) use difference::render as render_difference;
use page::Page;

use super::Look;
use super::headline::{facts, headline};
use super::ink::{Ink, Rich};
use super::layout::count;
use crate::report::Report;

pub(super) fn render(report: &Report, look: &Look) -> String {
    let mut page = Page::new(report, look);
    first_lines(&mut page, report);
    causes::write(&mut page, report);
    timeline::write(&mut page, report);
    timeline::write_incidents(&mut page, report);
    context::write(&mut page, report);
    findings::write(&mut page, report);
    detail::write(&mut page, report);
    unexplained::write(&mut page, report);
    layers::write(&mut page, report);
    coverage::write(&mut page, report);
    sources::write(&mut page, report);
    page.finish()
}

fn first_lines(page: &mut Page<'_>, report: &Report) {
    let voice = page.voice;
    page.paragraph(&headline(&voice, report));
    page.gap();
    if report.partial {
        page.paragraph(&Rich::of("Only a part was read: see the warnings at the end.", Ink::Warned));
    }
    for fact in facts(&voice, report) {
        page.paragraph(&fact);
    }
    let warnings = report.warnings.len() as u64;
    if warnings > 0 {
        page.paragraph(&Rich::of(format!("{}: see the end.", count(warnings, "warning", "warnings")), Ink::Warned));
    }
}
