//! Bursts, how each came about, and shapes that no single line reveals.

use super::markup::Markup;
use super::picture::class_of;
use super::timeline::swatch;
use crate::render::layout::{count, number};
use crate::render::voice::Voice;
use crate::report::{Context, Finding, Incident, Report, Step};

/// Incidents that are told at length.
const MOST: usize = 30;
/// Names of each.
const NAMES: usize = 5;
/// Entries of logs behind the proxy of each.
const BEHIND: usize = 10;

/// Writes both.
pub(super) fn write(markup: &mut Markup, voice: &Voice, report: &Report) {
    if !report.incidents.is_empty() {
        markup.section("incidents", "Incidents", |markup| {
            markup.leaf("p", &[("class", "dim")], "A cause far above its usual level.");
            for incident in report.incidents.iter().take(MOST) {
                tell(markup, voice, incident);
            }
            let more = report.incidents.len().saturating_sub(MOST) as u64;
            if more > 0 {
                markup.leaf("p", &[("class", "dim")], &format!("And {} more; the JSON report has all.", number(more)));
            }
        });
    }
    if !report.findings.is_empty() {
        markup.section("findings", "What it looks like", |markup| {
            markup.leaf("p", &[("class", "dim")], "Likely, not certain.");
            for finding in &report.findings {
                find(markup, voice, finding);
            }
        });
    }
}

fn tell(markup: &mut Markup, voice: &Voice, incident: &Incident) {
    markup.within("article", &[], |markup| {
        markup.within("h3", &[], |markup| {
            swatch(markup, &format!("bar {}", class_of(&incident.cause)));
            markup.text(&format!("{} {}", voice.text(&incident.cause), voice.moments.between(incident.start, incident.end)));
        });
        let requests = count(incident.requests, "request", "requests");
        markup.within("p", &[], |markup| {
            markup.text(&format!("{requests}, at most {} in one bucket.", number(incident.peak)));
            for (what, names) in [(" Upstreams: ", &incident.upstreams), (" Paths: ", &incident.paths)] {
                names_of(markup, voice, what, names);
            }
        });
        if incident.chain.len() > 1 {
            markup.within("ol", &[("class", "chain")], |markup| {
                for step in &incident.chain {
                    markup.within("li", &[], |markup| tell_step(markup, voice, step));
                }
            });
        }
        if !incident.context.is_empty() {
            markup.leaf("h4", &[], "Behind it");
            markup.within("ul", &[], |markup| {
                for entry in incident.context.iter().take(BEHIND) {
                    markup.within("li", &[], |markup| tell_context(markup, voice, entry));
                }
            });
        }
    });
}

/// What happened behind the proxy about that time.
fn tell_context(markup: &mut Markup, voice: &Voice, entry: &Context) {
    markup.leaf("span", &[("class", "time")], &voice.moments.second(entry.time));
    markup.text(&format!(" {}", voice.text(&entry.text)));
    markup.leaf("span", &[("class", "dim")], &format!(" ({})", voice.text(&entry.path)));
}

fn names_of(markup: &mut Markup, voice: &Voice, what: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    markup.text(what);
    for (at, name) in names.iter().take(NAMES).enumerate() {
        markup.text(if at == 0 { "" } else { ", " });
        markup.leaf("code", &[], &voice.cut(name, 80));
    }
    let more = names.len().saturating_sub(NAMES) as u64;
    markup.text(&if more > 0 { format!(" and {} more.", number(more)) } else { ".".to_owned() });
}

fn tell_step(markup: &mut Markup, voice: &Voice, step: &Step) {
    markup.leaf("span", &[("class", "time")], &voice.moments.second(step.at));
    let (before, after) = match step.kind.as_str() {
        "pool-empty" => (" the pool ", " was empty"),
        "first" => (" first ", ""),
        _ => (" then ", ""),
    };
    markup.text(before);
    if step.upstream.is_empty() {
        markup.text("an upstream that the log does not name");
    } else {
        markup.leaf("code", &[], &voice.cut(&step.upstream, 80));
    }
    markup.text(after);
    let requests = count(step.requests, "request", "requests");
    markup.leaf("span", &[("class", "dim")], &format!(" ({}, {requests})", voice.text(&step.cause)));
}

fn find(markup: &mut Markup, voice: &Voice, finding: &Finding) {
    markup.within("article", &[], |markup| {
        markup.leaf("h3", &[], &voice.text(&finding.title));
        markup.leaf("h4", &[], "What speaks for it");
        list(markup, voice, &finding.evidence);
        markup.within("p", &[], |markup| markup.with_commands(&voice.text(&finding.meaning)));
        for (title, texts) in [("Check", &finding.checks), ("Fix", &finding.fixes)] {
            if !texts.is_empty() {
                markup.leaf("h4", &[], title);
                list(markup, voice, texts);
            }
        }
    });
}

/// Texts with commands in backticks, as a list.
pub(super) fn list(markup: &mut Markup, voice: &Voice, texts: &[String]) {
    let texts: Vec<String> = texts.iter().map(|text| voice.text(text)).collect();
    markup.list(texts.iter().map(String::as_str));
}
