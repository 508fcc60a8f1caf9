//! What was read, how much of it was understood, and what was not.

use std::collections::BTreeMap;

use super::grid::{Cell, Grid, cell, plain};
use super::page::Page;
use crate::render::counting;
use crate::render::ink::{Ink, Rich};
use crate::render::layout::{count, number};
use crate::report::{ByLine, InputReport, Report};

/// Inputs and warnings that are shown.
const INPUTS: usize = 20;
const WARNINGS: usize = 10;

/// Writes it.
pub(super) fn write(page: &mut Page<'_>, report: &Report) {
    warnings(page, report);
    inputs(page, report);
    page.gap();
    page.paragraph(&Rich::plain(lines(report.totals.lines, &report.totals.by_line)));
}

/// Warnings that say the same of several inputs are one.
fn warnings(page: &mut Page<'_>, report: &Report) {
    if report.warnings.is_empty() {
        return;
    }
    let mut paths: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for warning in &report.warnings {
        paths.entry(&warning.message).or_default().push(&warning.path);
    }
    page.heading("WARNINGS", "");
    for (message, paths) in paths.iter().take(WARNINGS) {
        let most = (page.width() / 2).max(20);
        let named: Vec<_> = paths.iter().filter(|path| !path.is_empty()).collect();
        let about = match named.as_slice() {
            [] => String::new(),
            [path] => format!("{}: ", page.cut_start(path, most)),
            [path, ..] => format!("{} and {}: ", page.cut_start(path, most), count(named.len() as u64 - 1, "other", "others")),
        };
        let text = Rich::of(about, Ink::Warned).and(page.text(message), Ink::Plain);
        page.bullet(&text);
    }
    let more = paths.len().saturating_sub(WARNINGS) as u64;
    if more > 0 {
        page.paragraph(&Rich::of(format!("and {} more (-o json has all)", number(more)), Ink::Dim));
    }
}

fn inputs(page: &mut Page<'_>, report: &Report) {
    if report.inputs.is_empty() {
        return;
    }
    let mut inputs: Vec<_> = report.inputs.iter().collect();
    let mut remark = "";
    if inputs.len() > INPUTS {
        inputs.sort_by_key(|input| std::cmp::Reverse((input.evidence, input.entries)));
        remark = "those with most evidence first";
    }
    page.heading("INPUTS", remark);
    let grid = Grid::default().flexible("Path").cut_at_start();
    let mut grid = if page.is_narrow() {
        grid.right("Lines").right("Evidence")
    } else {
        grid.left("Format").right("Lines").right("Entries").right("Evidence").left("From, to")
    };
    for input in inputs.into_iter().take(INPUTS) {
        let is_warned = report.warnings.iter().any(|warned| warned.path == input.path);
        grid.row(if page.is_narrow() { narrow_row(page, input) } else { row(page, input, is_warned) });
    }
    grid.draw(page);
    let more = report.inputs.len().saturating_sub(INPUTS) as u64;
    if more > 0 {
        page.paragraph(&Rich::of(format!("and {} (-o json has all)", count(more, "further input", "further inputs")), Ink::Dim));
    }
}

fn narrow_row(page: &Page<'_>, input: &InputReport) -> Vec<Cell> {
    vec![plain(page.text(&input.path)), plain(number(input.lines)), plain(number(input.evidence))]
}

fn row(page: &Page<'_>, input: &InputReport, is_warned: bool) -> Vec<Cell> {
    let times = input.first.zip(input.last).map(|(first, last)| page.voice.moments.range(first, last, page.glyph("–", "-")));
    let format = match (input.format.as_str(), input.lines) {
        ("", 0) if is_warned => cell("not read", Ink::Warned),
        ("", 0) => cell("empty", Ink::Dim),
        ("", _) => cell("unknown", Ink::Warned),
        (format, _) => plain(page.cut(format, 24)),
    };
    vec![
        plain(page.text(&input.path)),
        format,
        plain(number(input.lines)),
        plain(number(input.entries)),
        plain(number(input.evidence)),
        plain(times.unwrap_or_default()),
    ]
}

/// `Lines: 1,200 = 300 evidence + 900 ordinary`.
fn lines(all: u64, by: &ByLine) -> String {
    let parts: Vec<_> = counting::lines(by).map(|(lines, what)| format!("{} {what}", number(lines))).collect();
    if parts.is_empty() { format!("Lines: {}", number(all)) } else { format!("Lines: {} = {}", number(all), parts.join(" + ")) }
}
