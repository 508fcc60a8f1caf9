//! The leading causes: what each means, where it strikes, one line of the log, what to look at and what to mend.

use super::page::Page;
use crate::render::headline::is_failure;
use crate::render::ink::{Ink, Rich};
use crate::render::layout::{count, number};
use crate::report::{CauseReport, PatternCount, Report};

/// Causes that are told at length.
const LEADING: usize = 3;
/// Patterns of each.
const PATTERNS: usize = 4;
/// Checks and fixes of the first, and of each other: the first is what the reader must act upon.
const ADVICE: [usize; 2] = [8, 3];

/// Writes them.
pub(super) fn write(page: &mut Page<'_>, report: &Report) {
    // What somebody wanted so is told after what nobody did.
    let (failures, others): (Vec<_>, Vec<_>) = report.causes.iter().partition(|cause| is_failure(cause));
    let causes: Vec<_> = failures.into_iter().chain(others).collect();
    for (at, cause) in causes.iter().take(LEADING).enumerate() {
        heading(page, cause, at + 1);
        page.paragraph(&Rich::plain(page.text(first_sentence(&cause.meaning))));
        places(page, cause);
        let advice = ADVICE[at.min(1)];
        advise(page, "Check", &cause.checks, advice);
        advise(page, "Fix", &cause.fixes, advice);
    }
    further(page, causes.get(LEADING..).unwrap_or_default());
}

/// Names the causes that are not told at length.
fn further(page: &mut Page<'_>, causes: &[&CauseReport]) {
    if causes.is_empty() {
        return;
    }
    let named: Vec<_> = causes.iter().map(|cause| format!("{} ({})", page.text(&cause.id), number(cause.requests))).collect();
    let all = count(causes.len() as u64, "further cause", "further causes");
    page.gap();
    page.paragraph(&Rich::plain(format!("{all}: {}", named.join(", "))).and("; -o json shows all, --cause one.", Ink::Dim));
}

fn heading(page: &mut Page<'_>, cause: &CauseReport, rank: usize) {
    page.gap();
    let requests = match cause.requests {
        0 => format!("no request, {} of evidence", count(cause.evidence, "line", "lines")),
        n => count(n, "request", "requests"),
    };
    let title = format!("{rank}. {}", page.text(&cause.title));
    page.paragraph(&Rich::of(title, Ink::Bold).and(format!("  ({}, {requests})", page.text(&cause.id)), Ink::Dim));
}

fn places(page: &mut Page<'_>, cause: &CauseReport) {
    for (label, names) in [("Upstreams", &cause.upstreams), ("Hosts", &cause.hosts), ("Paths", &cause.paths)] {
        if !names.is_empty() {
            let names = page.counts(names);
            page.entry(label, &names);
        }
    }
    let phases: Vec<_> = cause.phases.iter().map(|(phase, evidence)| format!("{} ({})", page.text(phase), number(*evidence))).collect();
    if !phases.is_empty() {
        page.entry("Phases", &Rich::plain(phases.join(", ")));
    }
    let mut patterns: Vec<_> = cause.patterns.iter().take(PATTERNS).map(|pattern| pattern_text(page, pattern)).collect();
    patterns.extend(more(cause.patterns.len(), PATTERNS));
    page.list("Evidence", &patterns);
    if let Some(example) = &cause.example {
        page.quote("Example", example, 2);
    }
}

fn pattern_text(page: &Page<'_>, pattern: &PatternCount) -> Rich {
    let lines = count(pattern.evidence, "line", "lines");
    Rich::plain(format!("{lines}: {}", page.text(&pattern.title))).and(format!(" ({})", page.text(&pattern.id)), Ink::Dim)
}

fn advise(page: &mut Page<'_>, label: &str, texts: &[String], most: usize) {
    let mut shown: Vec<_> = texts.iter().take(most).map(|text| page.with_commands(text)).collect();
    shown.extend(more(texts.len(), most));
    page.list(label, &shown);
}

fn more(all: usize, shown: usize) -> Option<Rich> {
    let more = all.saturating_sub(shown) as u64;
    (more > 0).then(|| Rich::of(format!("and {} more (-o json has all)", number(more)), Ink::Dim))
}

fn first_sentence(text: &str) -> &str {
    text.find(". ").map_or(text, |end| &text[..=end])
}
