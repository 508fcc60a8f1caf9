//! The head of the page: what broke, since when, where and how much, and what must not be overlooked.

use super::markup::Markup;
use crate::render::headline::{facts, failure_times, headline};
use crate::render::ink::Ink;
use crate::render::layout::{count, duration, number, percent};
use crate::render::voice::Voice;
use crate::report::Report;

/// Writes it.
pub(super) fn write(markup: &mut Markup, voice: &Voice, report: &Report) {
    let dates = voice.moments.dates().map(|dates| format!("{dates} ({})", voice.zone())).unwrap_or_default();
    markup.leaf("p", &[("class", "eyebrow")], &format!("Gateway failures {dates}"));
    markup.within("h1", &[], |markup| {
        for (text, ink) in &headline(voice, report).0 {
            if *ink == Ink::Failed { markup.leaf("span", &[("class", "failed")], text) } else { markup.text(text) }
        }
    });
    if report.partial {
        markup.leaf("p", &[("class", "notice")], "Only a part was read: the figures are of what was read by then. The warnings say what is missing.");
    }
    figures(markup, voice, report);
    markup.within("ul", &[("class", "facts")], |markup| {
        for fact in facts(voice, report) {
            markup.within("li", &[], |markup| markup.rich(&fact));
        }
        if !report.warnings.is_empty() {
            markup.within("li", &[], |markup| {
                let warnings = count(report.warnings.len() as u64, "warning", "warnings");
                markup.within("a", &[("href", "#inputs")], |markup| markup.leaf("strong", &[("class", "warned")], &warnings));
                markup.text(" about what was read.");
            });
        }
    });
}

/// The figures that are asked for first.
fn figures(markup: &mut Markup, voice: &Voice, report: &Report) {
    let totals = &report.totals;
    let mut figures = vec![("Failed requests", number(totals.failed), String::new())];
    if totals.requests > totals.failed {
        figures[0].2 = format!("of {} affected", number(totals.requests));
    }
    if totals.responses > 0 {
        let of = format!("{} of {}", number(totals.gateway_responses), count(totals.responses, "response", "responses"));
        figures.push(("Answered with a gateway status", percent(totals.gateway_responses, totals.responses), of));
    }
    if let Some((first, last, _)) = failure_times(report).filter(|_| totals.failed > 0) {
        let times = voice.moments.between(first, last);
        let times = times.split(" (").next().unwrap_or_default().trim_start_matches("between ").replace(" and ", " to ");
        figures.push(("From first to last failure", duration(last.seconds() - first.seconds()), times));
    }
    figures.push(("Evidence", count(totals.evidence, "line", "lines"), format!("of {} read", number(totals.lines))));
    markup.within("dl", &[("class", "figures")], |markup| {
        for (at, (name, value, remark)) in figures.iter().enumerate() {
            let class = if at == 0 && totals.failed > 0 { "value failed" } else { "value" };
            markup.within("div", &[], |markup| {
                markup.leaf("dt", &[], name);
                markup.leaf("dd", &[("class", class)], value);
                if !remark.is_empty() {
                    markup.leaf("dd", &[("class", "dim")], remark);
                }
            });
        }
    });
}
