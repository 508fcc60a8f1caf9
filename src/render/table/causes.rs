//! The causes, one row each: how many requests, how much evidence, since when and until when, and their course.

use super::grid::{Grid, cell, plain};
use super::page::Page;
use crate::render::ink::Ink;
use crate::render::layout::{count, merged, number, percent, sparkline};
use crate::report::{CauseReport, Report};

/// From here on, a cause takes one line, not two.
const WIDE: usize = 144;

/// Writes them.
pub(super) fn write(page: &mut Page<'_>, report: &Report) {
    if report.causes.is_empty() {
        return;
    }
    let totals = &report.totals;
    let requests = if totals.failed == totals.requests {
        count(totals.requests, "failed request", "failed requests")
    } else {
        format!("{}, of which {} failed", count(totals.requests, "affected request", "affected requests"), number(totals.failed))
    };
    let remark = format!("{requests}; {} of evidence", count(totals.evidence, "line", "lines"));
    page.heading("CAUSES", &remark);
    let grid = match page.width() {
        WIDE.. => wide(page, report),
        _ if page.is_narrow() => narrow(page, report),
        _ => usual(page, report),
    };
    grid.draw(page);
}

fn usual(page: &Page<'_>, report: &Report) -> Grid {
    let mut grid = Grid::default().right("Requests").flexible("Cause and its course").left("From, to").right("Evidence");
    // The course has the room that titles need anyway, or what the other columns leave.
    let titles = report.causes.iter().map(|cause| page.text(&cause.title).chars().count()).max().unwrap_or(0);
    let ids = report.causes.iter().map(|cause| cause.id.len()).max().unwrap_or(0);
    let columns = titles.max(page.width().saturating_sub(46)).saturating_sub(ids + 4).clamp(16, 60);
    for cause in &report.causes {
        let id = page.text(&cause.id);
        let course = format!("{id:ids$}  {}", framed(page, &course(report, cause, columns)));
        grid.row(vec![
            vec![(number(cause.requests), failed(cause)), (percent(cause.requests, report.totals.requests), Ink::Plain)],
            vec![(page.text(&cause.title), Ink::Bold), (course, Ink::Plain)],
            vec![(moment(page, cause.first), Ink::Plain), (moment(page, cause.last), Ink::Plain)],
            cell(count(cause.evidence, "line", "lines"), Ink::Plain),
        ]);
    }
    grid
}

fn wide(page: &Page<'_>, report: &Report) -> Grid {
    let mut grid = Grid::default().right("Requests").right("Share").flexible("Cause").left("Id").right("Evidence").left("First").left("Last").left("Course");
    for cause in &report.causes {
        grid.row(vec![
            cell(number(cause.requests), failed(cause)),
            plain(percent(cause.requests, report.totals.requests)),
            cell(page.text(&cause.title), Ink::Bold),
            plain(page.text(&cause.id)),
            plain(count(cause.evidence, "line", "lines")),
            plain(moment(page, cause.first)),
            plain(moment(page, cause.last)),
            plain(framed(page, &course(report, cause, 24))),
        ]);
    }
    grid
}

fn narrow(page: &Page<'_>, report: &Report) -> Grid {
    let mut grid = Grid::default().right("Requests").flexible("Cause");
    for cause in &report.causes {
        let times = format!("{} to {}", moment(page, cause.first), moment(page, cause.last));
        let id = format!("{}, {}", page.text(&cause.id), count(cause.evidence, "line", "lines"));
        grid.row(vec![
            vec![(number(cause.requests), failed(cause)), (percent(cause.requests, report.totals.requests), Ink::Plain)],
            vec![(page.text(&cause.title), Ink::Bold), (id, Ink::Plain), (times, Ink::Dim)],
        ]);
    }
    grid
}

fn failed(cause: &CauseReport) -> Ink {
    if cause.requests > 0 { Ink::Failed } else { Ink::Dim }
}

fn moment(page: &Page<'_>, at: Option<crate::time::Timestamp>) -> String {
    at.map_or_else(|| page.glyph("–", "-").to_owned(), |at| page.voice.moments.second(at))
}

/// Requests of that cause over all buckets; evidence, where it made none.
fn course(report: &Report, cause: &CauseReport, columns: usize) -> Vec<u64> {
    let of = |counts: &std::collections::BTreeMap<String, u64>| counts.get(&cause.id).copied().unwrap_or(0);
    let values: Vec<u64> = report.buckets.iter().map(|bucket| if cause.requests > 0 { of(&bucket.causes) } else { of(&bucket.evidence) }).collect();
    merged(&values, columns)
}

fn framed(page: &Page<'_>, values: &[u64]) -> String {
    if values.len() < 2 {
        return String::new();
    }
    let edge = page.glyph("│", "|");
    format!("{edge}{}{edge}", sparkline(values, page.is_ascii()))
}
