//! The comparison of two reports → bytes.

use super::layout::{count, number};
use super::{Look, json, table};
use crate::report::{Basis, Change, Difference, Direction};
use crate::text::safe::printable;

/// A form of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceOutput {
    /// For people.
    Table,
    /// The comparison itself, one object.
    Json,
    /// For a ticket or a wiki.
    Markdown,
}

/// Writes the comparison in that form.
///
/// # Panics
/// Never: a comparison has nothing that JSON lacks.
pub fn render_difference(difference: &Difference, output: DifferenceOutput, look: &Look) -> Vec<u8> {
    match output {
        DifferenceOutput::Table => table::render_difference(difference, look).into_bytes(),
        DifferenceOutput::Json => json::render(difference),
        DifferenceOutput::Markdown => markdown(difference).into_bytes(),
    }
}

/// `2.1 %`, `0.5/h`; the count where there is no rate.
pub(super) fn rate(basis: Basis, count: u64, rate: Option<f64>) -> String {
    match (basis, rate) {
        (Basis::Responses, Some(rate)) => format!("{} %", figures(rate * 100.0)),
        (Basis::Hours, Some(rate)) => format!("{}/h", figures(rate)),
        _ => number(count),
    }
}

/// Two figures at least, as many as a count has at most.
fn figures(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        ..0.001 => "<0.001".to_owned(),
        ..0.1 => format!("{value:.3}"),
        ..10.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// `new`, `3.1 times as often`, `gone`, `a third`: which way, and how much.
pub(super) fn way(change: &Change) -> String {
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let (a, b) = (change.rate_a.unwrap_or(change.a as f64), change.rate_b.unwrap_or(change.b as f64));
    match change.direction {
        Direction::New => "new".to_owned(),
        Direction::Gone => "gone".to_owned(),
        Direction::Same => "same".to_owned(),
        Direction::Up if a > 0.0 => format!("up, x{}", figures(b / a)),
        Direction::Down if b > 0.0 => format!("down, /{}", figures(a / b)),
        Direction::Up => "up".to_owned(),
        Direction::Down => "down".to_owned(),
    }
}

/// `certain`, `likely chance (p 0.31)`.
pub(super) fn confidence(change: &Change) -> String {
    let words = change.confidence.words();
    if change.confidence.is_clear() { words.to_owned() } else { format!("{words} (p {:.2})", change.p) }
}

/// The one sentence that says how it went.
pub(super) fn verdict(difference: &Difference) -> String {
    let failed = &difference.failed;
    let rates = format!("{} before, {} now", rate(difference.basis, failed.a, failed.rate_a), rate(difference.basis, failed.b, failed.rate_b));
    let counts = match (failed.a, failed.b) {
        (0, 0) => return "Nothing failed before, and nothing failed now.".to_owned(),
        (a, b) => format!("{} failed before, {} now", count(a, "request", "requests"), number(b)),
    };
    let counts = if difference.basis == Basis::Counts { counts } else { format!("{counts} ({rates})") };
    let is_clear = failed.confidence.is_clear();
    let how = match failed.direction {
        _ if difference.worse && !(is_clear && matches!(failed.direction, Direction::New | Direction::Up)) => "A cause got worse, though not the whole",
        Direction::New | Direction::Up if is_clear => "Worse",
        Direction::Gone | Direction::Down if is_clear => "Better",
        _ => "No clear change",
    };
    format!("{how}: {counts}.")
}

/// `Rates are per response.`
pub(super) const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Responses => "Rates are shares of all responses",
        Basis::Hours => "Rates are per hour of the logs",
        Basis::Counts => "Counts are compared as they are",
    }
}

fn markdown(difference: &Difference) -> String {
    let Difference { a, b, basis: of, causes, upstreams, templates, notes, .. } = difference;
    let mut lines = vec!["# What changed".to_owned(), String::new(), format!("**{}**", verdict(difference)), String::new()];
    for (what, side) in [("Before", a), ("Now", b)] {
        let span = side.from.zip(side.to).map_or_else(|| "no times".to_owned(), |(from, to)| format!("{} to {}", from.to_rfc3339(), to.to_rfc3339()));
        let responses = count(side.responses, "response", "responses");
        lines.push(format!("- {what}: {} ({span}, {responses}, {} failed)", cell(&side.name), number(side.failed)));
    }
    lines.push(format!("- {}.", basis(*of)));
    for (title, name, changes) in [("Causes", "Cause", causes), ("Upstreams", "Upstream", upstreams), ("Messages that no pattern knows", "Template", templates)]
    {
        if changes.is_empty() {
            continue;
        }
        lines.extend([String::new(), format!("## {title}"), String::new()]);
        lines.push(format!("| {name} | Before | Now | Rate before | Rate now | Change | Confidence |"));
        lines.push("| --- | ---: | ---: | ---: | ---: | --- | --- |".to_owned());
        lines.extend(changes.iter().map(|change| {
            let (rate_a, rate_b) = (rate(*of, change.a, change.rate_a), rate(*of, change.b, change.rate_b));
            let cells = [cell(&change.name), number(change.a), number(change.b), rate_a, rate_b, way(change), confidence(change)];
            format!("| {} |", cells.join(" | "))
        }));
    }
    if !notes.is_empty() {
        lines.extend([String::new(), "## Notes".to_owned(), String::new()]);
        lines.extend(notes.iter().map(|note| format!("- {}", cell(note))));
    }
    lines.join("\n") + "\n"
}

/// A code span that no text of others ends: neither its backticks nor a bar of the table.
fn cell(text: &str) -> String {
    let text = printable(text.as_bytes()).replace('`', "\u{2bc}").replace("\\|", "\\x7c").replace('|', "\\|");
    if text.trim().is_empty() { "(empty)".to_owned() } else { format!("`{text}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_be_left() {
        assert_eq!(cell("a|b`<script>"), "`a\\|b\u{2bc}<script>`");
        assert_eq!(cell(" "), "(empty)");
        assert_eq!(cell("a\x1b[2J"), "`a\\x1b[2J`");
    }

    #[test]
    fn figures_are_as_fine_as_they_must_be() {
        assert_eq!([0.0, 0.000_1, 0.05, 2.14, 345.6].map(figures), ["0", "<0.001", "0.050", "2.1", "346"]);
    }
}
