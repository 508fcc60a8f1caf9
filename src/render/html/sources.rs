//! What the causes leave open, what was read and what was not, and how the figures were counted.

use std::collections::BTreeMap;

use super::axis::TimeAxis;
use super::markup::{Column, Markup};
use super::picture::{Rectangle, Told, draw, rectangle, text, time_marks};
use crate::render::counting;
use crate::render::layout::{count, number};
use crate::render::voice::Voice;
use crate::report::{InputReport, Report};

/// Inputs of which the coverage is drawn.
const DRAWN: usize = 24;
/// Inputs that are listed.
const LISTED: usize = 500;

/// Writes it.
pub(super) fn write(markup: &mut Markup, voice: &Voice, report: &Report) {
    unrecognised(markup, voice, report);
    markup.section("inputs", "What was read", |markup| {
        warnings(markup, voice, report);
        gaps(markup, voice, report);
        if !report.inputs.is_empty() {
            coverage(markup, voice, report);
            inputs(markup, voice, report);
        }
    });
    markup.section("counting", "How the figures were counted", |markup| {
        for held in counting::reconciled(report.reconciliation.as_ref()) {
            markup.leaf("p", &[], &held);
        }
        let columns = [Column("Lines that are", ""), Column("Lines", "number")];
        markup.table("Every line, by what it was", &columns, |rows| {
            for (lines, what) in counting::lines(&report.totals.by_line) {
                rows.row(&[what, &number(lines)]);
            }
            rows.row(&["all", &number(report.totals.lines)]);
        });
        markup.list(counting::RULES);
    });
}

fn unrecognised(markup: &mut Markup, voice: &Voice, report: &Report) {
    let all = report.totals.unrecognised;
    if all == 0 && report.unrecognised.is_empty() {
        return;
    }
    markup.section("unrecognised", "Not recognised", |markup| {
        let entries = count(all, "error entry", "error entries");
        markup.leaf("p", &[], &format!("{entries} that no pattern knows. They count as nothing above: what they say is still to be found out."));
        let columns = [
            Column("Message, with its variable parts masked", "message"),
            Column("Entries", "number"),
            Column("From, to", "text"),
            Column("One of them", "text"),
        ];
        markup.table("Error entries that no pattern knows", &columns, |rows| {
            for unknown in &report.unrecognised {
                let times = unknown.first.zip(unknown.last).map(|(first, last)| voice.moments.range(first, last, "–"));
                let example = voice.cut(&unknown.example, 300);
                rows.row(&[&voice.cut(&unknown.template, 300), &number(unknown.entries), &times.unwrap_or_default(), &example]);
            }
        });
    });
}

/// Warnings that say the same of several inputs are one.
fn warnings(markup: &mut Markup, voice: &Voice, report: &Report) {
    if report.warnings.is_empty() {
        return;
    }
    let mut paths: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for warning in &report.warnings {
        paths.entry(&warning.message).or_default().push(&warning.path);
    }
    markup.leaf("h3", &[], "Warnings");
    markup.within("ul", &[("class", "warnings")], |markup| {
        for (message, paths) in paths {
            markup.within("li", &[], |markup| {
                markup.text(&voice.text(message));
                for (at, path) in paths.iter().filter(|path| !path.is_empty()).enumerate() {
                    markup.text(if at == 0 { ": " } else { ", " });
                    markup.leaf("code", &[], &voice.cut_start(path, 100));
                }
            });
        }
    });
}

fn gaps(markup: &mut Markup, voice: &Voice, report: &Report) {
    if report.gaps.is_empty() {
        return;
    }
    markup.leaf("h3", &[], "Gaps");
    markup.within("ul", &[], |markup| {
        for gap in &report.gaps {
            markup.leaf("li", &[], &counting::gap(voice, gap));
        }
    });
}

/// A rule an input, from its first to its last entry.
fn coverage(markup: &mut Markup, voice: &Voice, report: &Report) {
    let Some(span) = report.span else { return };
    let dated: Vec<(&InputReport, _, _)> = report.inputs.iter().filter_map(|input| Some((input, input.first?, input.last?))).take(DRAWN).collect();
    if dated.is_empty() {
        return;
    }
    #[allow(clippy::cast_precision_loss, reason = "two dozen rows")]
    let bottom = 4.0 + 34.0 * dated.len() as f64;
    let told = Told {
        id: "coverage",
        title: "The time that each input covers",
        text: &format!("A rule for each of {}, from its first to its last entry. The table below has the times.", count(dated.len() as u64, "input", "inputs")),
    };
    draw(
        markup,
        &told,
        |_| bottom + 26.0,
        |markup, size| {
            // Slices fine enough for round times.
            let (first, seconds) = (span.from.seconds(), span.to.seconds().saturating_sub(span.from.seconds()).max(1));
            let width = (seconds / 400).max(1);
            let slices = usize::try_from((seconds / width).clamp(1, 1_000)).unwrap_or(1);
            let axis = TimeAxis { first: first.div_euclid(width) * width, width, slices, left: 0.0, right: size.width() - 8.0 };
            let mut top = 4.0;
            for (input, from, to) in &dated {
                let title = format!("{} {}", voice.cut_start(&input.path, 100), voice.moments.between(*from, *to));
                text(markup, "label", (0.0, top + 13.0), "start", &voice.cut_start(&input.path, size.pick(110, 48)));
                rectangle(markup, "cold", Rectangle { x: axis.left, y: top + 18.0, width: axis.right - axis.left, height: 8.0 }, "");
                let (from, to) = (axis.place(*from), axis.place(*to));
                rectangle(markup, "covered", Rectangle { x: from, y: top + 18.0, width: (to - from).max(3.0), height: 8.0 }, &title);
                top += 34.0;
            }
            for gap in &report.gaps {
                let (from, to) = (axis.place(gap.from), axis.place(gap.to));
                rectangle(markup, "gap", Rectangle { x: from, y: 0.0, width: (to - from).max(2.0), height: bottom }, &counting::gap(voice, gap));
            }
            time_marks(markup, voice, &axis, bottom, size.pick(10, 4));
        },
    );
}

fn inputs(markup: &mut Markup, voice: &Voice, report: &Report) {
    let columns = [
        Column("Input", "name"),
        Column("Format", "text"),
        Column("Lines", "number"),
        Column("Entries", "number"),
        Column("Evidence", "number"),
        Column("First entry", "text"),
        Column("Last entry", "text"),
    ];
    markup.table("Inputs, and what was understood of them", &columns, |rows| {
        for input in report.inputs.iter().take(LISTED) {
            let format = match (input.format.as_str(), input.lines) {
                ("", 0) => "nothing was read".to_owned(),
                ("", _) => "unknown".to_owned(),
                (format, _) => voice.cut(format, 40),
            };
            let moment = |at: Option<_>| at.map_or_else(String::new, |at| voice.moments.second(at));
            let [lines, entries, evidence] = [input.lines, input.entries, input.evidence].map(number);
            rows.row(&[&voice.cut_start(&input.path, 100), &format, &lines, &entries, &evidence, &moment(input.first), &moment(input.last)]);
        }
    });
    let more = report.inputs.len().saturating_sub(LISTED) as u64;
    if more > 0 {
        markup.leaf("p", &[("class", "dim")], &format!("And {}; the JSON report has all.", count(more, "further input", "further inputs")));
    }
}
