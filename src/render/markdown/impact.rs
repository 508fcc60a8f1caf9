//! How much, how long, and who was hit.

use super::text::{Document, Text};
use crate::render::headline::{affected, failure_times};
use crate::render::layout::{number, percent};
use crate::render::voice::Voice;
use crate::report::{Count, Report};

/// Names of each kind.
const NAMES: usize = 10;

/// Writes it.
pub(super) fn write(document: &mut Document, voice: &Voice, report: &Report) {
    let totals = &report.totals;
    document.heading(2, &Text::marks("Impact"));
    let mut rows = vec![vec![Text::marks("Failed requests"), Text::plain(&number(totals.failed))]];
    let mut row = |name: &'static str, value: Text| {
        if !value.is_empty() {
            rows.push(vec![Text::marks(name), value]);
        }
    };
    if let Some((first, last, _)) = failure_times(report).filter(|_| totals.failed > 0) {
        row("From first to last failure", Text::plain(&voice.moments.between(first, last)));
    }
    if totals.responses > 0 {
        let share = percent(totals.gateway_responses, totals.responses);
        let (gateway, all) = (number(totals.gateway_responses), number(totals.responses));
        row("Responses with a gateway status", Text::plain(&format!("{gateway} of {all} ({share})")));
        let statuses = report.statuses.iter().map(|(status, responses)| format!("{status}: {}", number(*responses)));
        row("By status", Text::plain(&statuses.collect::<Vec<_>>().join(", ")));
    }
    let saved = affected(report).saturating_sub(totals.failed);
    if saved > 0 {
        row("Saved by a retry", Text::plain(&number(saved)));
    }
    if totals.client_aborts > 0 {
        row("Clients that left before the answer", Text::plain(&number(totals.client_aborts)));
    }
    row("Upstreams", names(voice, &report.top.upstreams));
    row("Hosts", names(voice, &report.top.hosts));
    row("Paths", names(voice, &report.top.paths));
    if !report.sign_in.is_empty() {
        row("**Sign-in endpoints**", names(voice, &report.sign_in));
    }
    document.table(&["What", "How much"], rows);
    if !report.sign_in.is_empty() {
        document.paragraph(&Text::marks("People could not sign in, or were thrown out, while these endpoints failed: TODO, say how many."));
    }
}

fn names(voice: &Voice, counts: &[Count]) -> Text {
    let named = counts.iter().filter(|count| !count.name.is_empty()).take(NAMES);
    Text::joined(named.map(|count| Text::cell(&voice.cut(&count.name, 100)) + Text::plain(&format!(" ({})", number(count.requests)))))
}
