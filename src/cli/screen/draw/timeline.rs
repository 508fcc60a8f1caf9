//! Failed requests over time, one column a slice, one colour a cause.

use std::collections::BTreeMap;

use logscan502::record::Cause;
use logscan502::render::layout::number;
use logscan502::time::Timestamp;
use ratatui::text::{Line, Span};

use super::Scene;
use super::ink::dim;
use crate::cli::screen::view::Slice;

/// Columns of the scale.
pub(super) const SCALE: usize = 7;
/// Columns of a slice at most.
const BROADEST: usize = 3;
/// Parts of a cell, an eighth to all of it.
const EIGHTHS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// What tells causes apart where there is no colour: most first.
const SHADES: [&str; 4] = ["█", "▓", "▒", "░"];
const ASCII_SHADES: [&str; 4] = ["#", "=", "+", "."];

pub(super) fn timeline(scene: &Scene<'_>, rows: usize) -> Vec<Line<'static>> {
    let width = scene.view.width(scene.state.width, scene.columns());
    let slices = scene.view.slices(width, scene.columns());
    let heading = format!(" TIMELINE, failed requests in {width}{}", if scene.state.width.is_none() { "" } else { " (b)" });
    let mut lines = vec![Line::styled(heading, scene.ink.heading())];
    let most = slices.iter().map(Slice::requests).max().unwrap_or(0);
    let height = rows.saturating_sub(2).max(1);
    // A young timeline is drawn broadly.
    let each = (scene.columns() / slices.len().max(1)).clamp(1, BROADEST);
    let shades = shades(&slices);
    for row in (0..height).rev() {
        let scale = if row + 1 == height { number(most) } else { String::new() };
        let mut spans = vec![Span::styled(format!("{:>SCALE$}", cut_scale(&scale)), dim()), Span::raw(" ")];
        spans.extend(slices.iter().map(|slice| broad(&cell(scene, slice, row, height, most, &shades), each)));
        lines.push(Line::from(spans));
    }
    lines.push(Line::styled(axis(scene, &slices, each), dim()));
    lines
}

fn broad(cell: &Span<'static>, columns: usize) -> Span<'static> {
    Span::styled(cell.content.repeat(columns), cell.style)
}

fn cut_scale(scale: &str) -> &str {
    scale.get(..SCALE).unwrap_or(scale)
}

/// Each cause's shade, the most frequent's first.
fn shades(slices: &[Slice]) -> BTreeMap<Cause, usize> {
    let mut sums: BTreeMap<Cause, u64> = BTreeMap::new();
    for (cause, requests) in slices.iter().flat_map(|slice| &slice.causes) {
        *sums.entry(*cause).or_default() += requests;
    }
    let mut order: Vec<_> = sums.into_iter().collect();
    order.sort_by_key(|(_, requests)| std::cmp::Reverse(*requests));
    order.into_iter().enumerate().map(|(at, (cause, _))| (cause, at.min(SHADES.len() - 1))).collect()
}

/// The cell of a slice so many rows from below: of the cause at its middle, as full as the slice is high.
fn cell(scene: &Scene<'_>, slice: &Slice, row: usize, height: usize, most: u64, shades: &BTreeMap<Cause, usize>) -> Span<'static> {
    let all = slice.requests();
    let eighths = steps(all, most, height * 8);
    let full = eighths.saturating_sub(row * 8).min(8);
    if full == 0 {
        return Span::raw(" ");
    }
    // In eighths too, so that every cause that fills half a cell is seen.
    let middle = row * 8 + full / 2;
    let mut below = 0;
    let cause = slice.causes.iter().find(|(_, requests)| {
        below += requests;
        steps(below, most, height * 8) > middle
    });
    let Some((cause, _)) = cause.or(slice.causes.last()) else { return Span::raw(" ") };
    let shade = shades.get(cause).copied().unwrap_or(0);
    let text = match () {
        () if scene.ink.is_ascii => ASCII_SHADES[shade],
        () if full < 8 || scene.ink.has_color => EIGHTHS[full - 1],
        () => SHADES[shade],
    };
    Span::styled(text, scene.ink.of(cause.id()))
}

/// `value` of `most` in steps, rounded up: what is not nothing is seen.
fn steps(value: u64, most: u64, steps: usize) -> usize {
    usize::try_from((u128::from(value) * steps as u128).div_ceil(u128::from(most.max(1)))).unwrap_or(steps).min(steps)
}

/// Times under the columns, as many as have room.
fn axis(scene: &Scene<'_>, slices: &[Slice], each: usize) -> String {
    let mut text = " ".repeat(SCALE + 1);
    let mut at = 0;
    while let Some(slice) = slices.get(at) {
        let label = scene.second(Timestamp::from_seconds(slice.start));
        let start = SCALE + 1 + at * each;
        if at > 0 && start + label.len() > scene.width {
            break;
        }
        text += &" ".repeat(start.saturating_sub(text.len()));
        text += &label;
        at += (label.len().max(12) + 3).div_ceil(each);
    }
    text
}
