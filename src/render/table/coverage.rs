//! What the logs do not cover: files that are missing, silent stretches, clocks that differ, lines of no known form.

use super::page::Page;
use crate::render::ink::{Ink, Rich};
use crate::render::layout::{count, duration, percent};
use crate::report::{InputReport, MissingFiles, Offset, Report};

/// Entries of each kind that are shown.
const SHOWN: usize = 4;
/// A part of its lines below which an input is said to be understood, one in so many.
const PART: u64 = 20;

/// Writes it.
pub(super) fn write(page: &mut Page<'_>, report: &Report) {
    let gaps = report.inputs.iter().filter(|input| !input.gaps.is_empty()).map(|input| gap(page, input));
    let mut texts: Vec<Rich> = few(report.missing_files.iter().map(|files| missing(page, files)), report.missing_files.len());
    texts.extend(few(gaps, report.inputs.iter().filter(|input| !input.gaps.is_empty()).count()));
    texts.extend(report.offsets.iter().map(offset));
    let (unparsed, lines) = (report.totals.unparsed, report.totals.lines);
    if unparsed.saturating_mul(PART) > lines {
        texts.push(Rich::plain(format!("{} of all lines are of no known form.", percent(unparsed, lines))));
    }
    if texts.is_empty() {
        return;
    }
    page.heading("COVERAGE", "what these logs do not tell");
    for text in texts {
        page.bullet(&text);
    }
}

fn few(texts: impl Iterator<Item = Rich>, all: usize) -> Vec<Rich> {
    let mut texts: Vec<Rich> = texts.take(SHOWN).collect();
    let more = all.saturating_sub(SHOWN) as u64;
    if more > 0 {
        texts.push(Rich::of(format!("and {} more (-o json has all)", crate::render::layout::number(more)), Ink::Dim));
    }
    texts
}

fn missing(page: &Page<'_>, files: &MissingFiles) -> Rich {
    let times = page.voice.moments.range(files.from, files.to, page.glyph("–", "-"));
    let what = count(files.files, "five-minute file is", "five-minute files are");
    Rich::plain(format!("{what} missing of node {} of {} ({times}).", page.text(&files.node), page.text(&files.balancer)))
}

fn gap(page: &Page<'_>, input: &InputReport) -> Rich {
    let Some(longest) = input.gaps.first() else { return Rich::default() };
    let times = page.voice.moments.range(longest.from, longest.to, page.glyph("–", "-"));
    let more = input.gaps.len() as u64 - 1;
    let more = if more > 0 { format!(", and {} more such", crate::render::layout::number(more)) } else { String::new() };
    Rich::plain(format!(
        "{} has no answer for {} ({times}){more}; else never for more than {}.",
        page.cut_start(&input.path, 40),
        duration(longest.seconds),
        duration(longest.usual_seconds)
    ))
}

fn offset(offset: &Offset) -> Rich {
    let way = if offset.seconds > 0 { "behind" } else { "ahead of" };
    let (some, others) = (count(offset.inputs.len() as u64, "input was", "inputs were"), count(offset.against.len() as u64, "other", "others"));
    Rich::plain(format!("{some} {} {way} {others}, and is shown in their time.", duration(offset.seconds.saturating_abs())))
}
