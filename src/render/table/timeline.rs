//! The course of time: buckets, with neighbours merged and quiet stretches folded, so that it stays one glance long.

use super::context;
use super::grid::{Grid, cell, plain};
use super::page::Page;
use crate::render::ink::{Ink, Rich};
use crate::render::layout::{bar, count, duration, number};
use crate::render::slices::{Slice, sliced, widths};
use crate::report::{Bucket, Incident, Report, Step};
use crate::time::{Timestamp, Width};

/// Rows at most, those that stand for quiet stretches included.
const MOST: usize = 30;
/// Quiet rows in succession that are shown one by one.
const QUIET: usize = 3;
/// Incidents that are shown.
const INCIDENTS: usize = 10;

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
enum Row {
    Slice(Slice),
    /// So many slices in which nothing failed.
    Quiet {
        slices: usize,
        responses: u64,
    },
}

/// Writes it.
pub(super) fn write(page: &mut Page<'_>, report: &Report) {
    let Some(span) = report.span else { return };
    if report.buckets.len() < 2 || report.buckets.iter().all(|bucket| bucket.requests == 0 && bucket.evidence.is_empty() && bucket.gateway_responses == 0) {
        return;
    }
    let (width, rows) = rows(&report.buckets, span.bucket_seconds.max(1));
    let shown = Width::parse(&format!("{width}s")).map_or_else(|_| duration(width), |width| width.to_string());
    let affected = if report.totals.failed == report.totals.requests { "" } else { "; affected: failed, saved by a retry, or on purpose" };
    page.heading("TIMELINE", &format!("each row {shown}{affected}"));
    let grid = grid(page, report, &rows, width);
    grid.draw(page);
}

fn grid(page: &Page<'_>, report: &Report, rows: &[Row], width: i64) -> Grid {
    let totals = &report.totals;
    let has_responses = totals.responses > 0 && !page.is_narrow();
    let is_usual = report.statuses.keys().all(|status| matches!(status.as_str(), "502" | "503" | "504"));
    let gateway = if is_usual { "502-504" } else { "Gateway" };
    let requests = if totals.failed == totals.requests { "Failed" } else { "Affected" };
    let mut grid =
        Grid::default().left("Time").when(has_responses, |grid| grid.right("Responses").right(gateway)).right(requests).left("").flexible("Leading cause");
    let most = rows.iter().map(|row| if let Row::Slice(slice) = row { slice.requests } else { 0 }).max().unwrap_or(0);
    let columns = (page.width() / 4).saturating_sub(4).clamp(6, 32);
    for row in rows {
        grid.row(match row {
            Row::Slice(slice) => {
                let mut cells = vec![plain(page.voice.moments.start(Timestamp::from_seconds(slice.start), width))];
                if has_responses {
                    cells.push(plain(number(slice.responses)));
                    cells.push(plain(number(slice.gateway_responses)));
                }
                cells.push(cell(number(slice.requests), if slice.requests > 0 { Ink::Failed } else { Ink::Plain }));
                cells.push(cell(bar(slice.requests, most, columns, page.is_ascii()), Ink::Failed));
                cells.push(plain(slice.leading().map(|leading| said(page, slice, leading)).unwrap_or_default()));
                cells
            }
            Row::Quiet { slices, responses } => {
                let mut cells = vec![cell(page.glyph("⋮", ":"), Ink::Dim)];
                if has_responses {
                    cells.push(cell(number(*responses), Ink::Dim));
                    cells.push(cell("0", Ink::Dim));
                }
                let quiet = i64::try_from(*slices).unwrap_or(i64::MAX).saturating_mul(width);
                cells.extend([cell("0", Ink::Dim), plain(""), cell(format!("{} quiet", duration(quiet)), Ink::Dim)]);
                cells
            }
        });
    }
    grid
}

fn said(page: &Page<'_>, slice: &Slice, (cause, others): (&str, usize)) -> String {
    let cause = page.text(cause);
    let more = if others == 0 { String::new() } else { format!(" +{others}") };
    let only = if slice.causes.is_empty() { " (evidence)" } else { "" };
    format!("{cause}{more}{only}")
}

/// The rows, in the narrowest width that gives few enough, and that width.
fn rows(buckets: &[Bucket], bucket: i64) -> (i64, Vec<Row>) {
    for width in widths(bucket) {
        let rows = folded(sliced(buckets, width));
        if rows.len() <= MOST {
            return (width, rows);
        }
    }
    (bucket, Vec::new())
}

fn folded(slices: Vec<Slice>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut quiet: Vec<Slice> = Vec::new();
    let flush = |rows: &mut Vec<Row>, quiet: &mut Vec<Slice>| {
        if quiet.len() > QUIET {
            rows.push(Row::Quiet { slices: quiet.len(), responses: quiet.iter().map(|slice| slice.responses).sum() });
            quiet.clear();
        }
        rows.extend(quiet.drain(..).map(Row::Slice));
    };
    for slice in slices {
        if slice.is_quiet() {
            quiet.push(slice);
        } else {
            flush(&mut rows, &mut quiet);
            rows.push(Row::Slice(slice));
        }
    }
    flush(&mut rows, &mut quiet);
    rows
}

/// Writes the bursts.
pub(super) fn write_incidents(page: &mut Page<'_>, report: &Report) {
    if report.incidents.is_empty() {
        return;
    }
    page.heading("INCIDENTS", "a cause far above its usual level");
    for incident in report.incidents.iter().take(INCIDENTS) {
        let text = incident_text(page, incident);
        page.bullet(&text);
        context::list(page, &incident.context);
    }
    let more = report.incidents.len().saturating_sub(INCIDENTS) as u64;
    if more > 0 {
        page.paragraph(&Rich::of(format!("and {} more (-o json has all)", number(more)), Ink::Dim));
    }
}

fn incident_text(page: &Page<'_>, incident: &Incident) -> Rich {
    let times = page.voice.moments.between(incident.start, incident.end);
    let requests = count(incident.requests, "request", "requests");
    let mut parts = vec![format!(" {times}, {requests}, at most {} in one bucket", number(incident.peak))];
    for (what, names) in [("at", &incident.upstreams), ("on", &incident.paths)] {
        let shown: Vec<_> = names.iter().take(3).map(|name| page.cut(name, 40)).collect();
        if !shown.is_empty() {
            parts.push(format!("{what} {}", shown.join(", ")));
        }
    }
    let text = Rich::of(page.text(&incident.cause), Ink::Bold).and(parts.join("; "), Ink::Plain);
    if incident.chain.len() > 1 { text.and(format!(". {}", chain_text(page, incident)), Ink::Dim) } else { text }
}

/// "10.0.0.11:80 at 03:02:04 (upstream-down), then shop empty at 03:06:41".
fn chain_text(page: &Page<'_>, incident: &Incident) -> String {
    let step = |step: &Step| {
        let name = if step.upstream.is_empty() { "an unnamed upstream".to_owned() } else { page.cut(&step.upstream, 40) };
        let at = page.voice.moments.second(step.at);
        match step.kind.as_str() {
            "pool-empty" => format!("the pool {name} was empty at {at}"),
            _ => format!("{name} at {at} ({})", page.text(&step.cause)),
        }
    };
    let steps: Vec<_> = incident.chain.iter().take(4).map(step).collect();
    let more = incident.chain.len().saturating_sub(4) as u64;
    let rest = if more > 0 { format!(", and {} more", number(more)) } else { String::new() };
    format!("First {}{rest}", steps.join(", then "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn buckets(requests: &[u64], width: i64) -> Vec<Bucket> {
        let bucket = |(at, requests): (i64, &u64)| Bucket {
            start: Timestamp::from_seconds(at * width),
            responses: 10,
            gateway_responses: 0,
            requests: *requests,
            causes: (*requests > 0).then(|| ("upstream-down".to_owned(), *requests)).into_iter().collect(),
            evidence: BTreeMap::new(),
        };
        (0..).zip(requests).map(bucket).collect()
    }

    fn sum(rows: &[Row]) -> (u64, u64) {
        rows.iter().fold((0, 0), |(requests, responses), row| match row {
            Row::Slice(slice) => (requests + slice.requests, responses + slice.responses),
            Row::Quiet { responses: more, .. } => (requests, responses + more),
        })
    }

    #[test]
    fn quiet_stretches_take_one_row() {
        let (width, rows) = rows(&buckets(&[0, 1, 0, 0, 0, 0, 2, 0], 60), 60);
        assert_eq!(width, 60);
        assert_eq!(rows.len(), 5);
        assert_eq!(rows[2], Row::Quiet { slices: 4, responses: 40 });
    }

    #[test]
    fn neighbours_are_merged_until_few_rows_are_left_and_nothing_is_lost() {
        for (buckets_in_all, bucket) in [(60, 60), (10_000, 1), (10_000, 604_800), (7_000, 7), (10_000, i64::MAX / 20_000)] {
            let buckets = buckets(&vec![3; buckets_in_all], bucket);
            let (width, rows) = rows(&buckets, bucket);
            assert!(rows.len() <= MOST && !rows.is_empty(), "{buckets_in_all} of {bucket} s: {} rows of {width} s", rows.len());
            assert_eq!(sum(&rows), (3 * buckets_in_all as u64, 10 * buckets_in_all as u64));
        }
    }
}
