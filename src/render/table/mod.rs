//! The report for people: read once, at three in the morning, from the top.
//!
//! The first lines say what broke, since when, where and how much; then come the causes, the course of time, what to
//! check and to mend, and last what was read. A section writes nothing when it has nothing to say. `sections` have one
//! file each; they write on a [`page::Page`], whose width no line passes, and tables are a [`grid::Grid`].

mod causes;
mod detail;
mod difference;
mod findings;
mod grid;
mod headline;
mod ink;
mod page;
mod sources;
mod timeline;
mod unexplained;

pub(super) use difference::render as render_difference;
use page::Page;

use super::Look;
use crate::report::Report;

pub(super) fn render(report: &Report, look: &Look) -> String {
    let mut page = Page::new(report, look);
    headline::write(&mut page, report);
    causes::write(&mut page, report);
    timeline::write(&mut page, report);
    timeline::write_incidents(&mut page, report);
    findings::write(&mut page, report);
    detail::write(&mut page, report);
    unexplained::write(&mut page, report);
    sources::write(&mut page, report);
    page.finish()
}
