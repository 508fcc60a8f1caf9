//! Every cause: what it means, how much of it there was, what tells of it, what to look at and what to mend.

use super::incidents::list;
use super::markup::{Column, Markup};
use super::picture::{Rectangle, class_of, rectangle};
use super::timeline::swatch;
use crate::render::headline::is_failure;
use crate::render::layout::{count, number, percent};
use crate::render::voice::Voice;
use crate::report::{CauseReport, Count, ExamplePlace, Report};

/// Names of each kind of place.
const PLACES: usize = 5;

/// Writes them.
pub(super) fn write(markup: &mut Markup, voice: &Voice, report: &Report) {
    if report.causes.is_empty() {
        return;
    }
    markup.section("causes", "Causes", |markup| {
        // What somebody wanted so is told after what nobody did.
        let (failures, others): (Vec<_>, Vec<_>) = report.causes.iter().partition(|cause| is_failure(cause));
        for cause in failures.into_iter().chain(others) {
            tell(markup, voice, report, cause);
        }
    });
}

fn tell(markup: &mut Markup, voice: &Voice, report: &Report, cause: &CauseReport) {
    markup.within("article", &[], |markup| {
        markup.within("h3", &[], |markup| {
            swatch(markup, &format!("bar {}", class_of(&cause.id)));
            markup.text(&voice.text(&cause.title));
        });
        markup.within("p", &[("class", "measure")], |markup| {
            share(markup, cause, report.totals.requests);
            markup.leaf("code", &[], &voice.text(&cause.id));
            markup.text(&format!(" {}", amount(voice, cause, report)));
        });
        markup.within("p", &[], |markup| markup.with_commands(&voice.text(&cause.meaning)));
        markup.within("div", &[("class", "columns")], |markup| {
            for (title, texts) in [("Check", &cause.checks), ("Fix", &cause.fixes)] {
                if !texts.is_empty() {
                    markup.within("div", &[], |markup| {
                        markup.leaf("h4", &[], title);
                        list(markup, voice, texts);
                    });
                }
            }
        });
        places(markup, voice, cause);
        evidence(markup, voice, report, cause);
    });
}

fn amount(voice: &Voice, cause: &CauseReport, report: &Report) -> String {
    let part = percent(cause.requests, report.totals.requests);
    let requests = if cause.requests == 0 { "no request".to_owned() } else { format!("{} ({part})", count(cause.requests, "request", "requests")) };
    let times = cause.first.zip(cause.last).map(|(first, last)| format!(", {}", voice.moments.between(first, last)));
    format!("{requests}, {} of evidence{}", count(cause.evidence, "line", "lines"), times.unwrap_or_default())
}

/// The cause's part of all requests as a bar.
fn share(markup: &mut Markup, cause: &CauseReport, all: u64) {
    let part = if all == 0 { 0.0 } else { cause.share.clamp(0.0, 1.0) * 100.0 };
    markup.within("svg", &[("class", "share"), ("viewBox", "0 0 100 10"), ("preserveAspectRatio", "none"), ("aria-hidden", "true")], |markup| {
        rectangle(markup, "cold", Rectangle { x: 0.0, y: 0.0, width: 100.0, height: 10.0 }, "");
        let class = format!("bar {}", class_of(&cause.id));
        rectangle(markup, &class, Rectangle { x: 0.0, y: 0.0, width: part, height: 10.0 }, "");
    });
}

fn places(markup: &mut Markup, voice: &Voice, cause: &CauseReport) {
    let kinds = [("Upstreams", &cause.upstreams), ("Hosts", &cause.hosts), ("Paths", &cause.paths)];
    if kinds.iter().all(|(_, names)| names.is_empty()) {
        return;
    }
    markup.leaf("h4", &[], "Where");
    markup.within("dl", &[("class", "places")], |markup| {
        for (kind, names) in kinds.into_iter().filter(|(_, names)| !names.is_empty()) {
            markup.leaf("dt", &[], kind);
            markup.within("dd", &[], |markup| counts(markup, voice, names));
        }
    });
}

/// `name (31), name (4)`.
pub(super) fn counts(markup: &mut Markup, voice: &Voice, counts: &[Count]) {
    for (at, count) in counts.iter().take(PLACES).enumerate() {
        markup.text(if at == 0 { "" } else { ", " });
        markup.leaf("code", &[], &voice.cut(&count.name, 80));
        markup.leaf("span", &[("class", "dim")], &format!(" ({})", number(count.requests)));
    }
}

fn evidence(markup: &mut Markup, voice: &Voice, report: &Report, cause: &CauseReport) {
    if !cause.patterns.is_empty() {
        let columns = [Column("Pattern", "name"), Column("Lines", "number"), Column("What it says", "text")];
        markup.table(&format!("Evidence of {}, by pattern", voice.text(&cause.id)), &columns, |rows| {
            for pattern in &cause.patterns {
                rows.row(&[&voice.text(&pattern.id), &number(pattern.evidence), &voice.text(&pattern.title)]);
            }
        });
    }
    if !cause.phases.is_empty() {
        let phases: Vec<_> = cause.phases.iter().map(|(phase, lines)| format!("{} ({})", voice.text(phase), number(*lines))).collect();
        markup.leaf("p", &[], &format!("In the exchange with the upstream: {}.", phases.join(", ")));
    }
    if let Some(example) = &cause.example {
        markup.within("figure", &[], |markup| {
            markup.within("figcaption", &[], |markup| match report.examples.iter().find(|place| place.cause == cause.id) {
                Some(ExamplePlace { path, line, .. }) => {
                    markup.text("First in ");
                    markup.leaf("code", &[], &voice.cut_start(path, 80));
                    markup.text(&format!(", line {}:", number(*line)));
                }
                None => markup.text("The first:"),
            });
            markup.within("pre", &[], |markup| markup.leaf("code", &[], &voice.text(example)));
        });
    }
}
