//! How the figures of a report were counted, in words: for the forms that somebody else than the caller reads.

use super::layout::{count, number};
use super::voice::Voice;
use crate::report::{ByLine, Gap, Reconciliation};

/// The rules, a sentence or two each.
pub(super) const RULES: [&str; 5] = [
    "A request counts once, under the cause of its last failed attempt, however many lines tell of it.",
    "Failed are the requests that met a fault, without those that a retry saved and those that a rule stopped on purpose. Clients that left are counted apart.",
    "A gateway response is an answer with status 502, 503 or 504, or a vendor's own of that kind.",
    "A response of an access log that belongs to a failure in an error log adds nothing to it. One that nothing explains is unattributed.",
    "An incident is a stretch in which a cause stands so far above its usual level that chance does not explain it.",
];

/// What the lines were, with how many, those kinds that there are.
pub(super) fn lines(by: &ByLine) -> impl Iterator<Item = (u64, &'static str)> {
    let kinds = [
        (by.evidence, "evidence"),
        (by.consequence, "consequence"),
        (by.client_abort, "client abort"),
        (by.ordinary, "ordinary"),
        (by.unrecognised, "not recognised"),
        (by.unparsed, "not understood"),
        (by.continuation, "continuation"),
        (by.blank, "blank"),
        (by.filtered, "filtered out"),
    ];
    kinds.into_iter().filter(|(lines, _)| *lines > 0)
}

/// How error logs and access logs fit together, a sentence each.
pub(super) fn reconciled(held: Option<&Reconciliation>) -> Vec<String> {
    let Some(held) = held else { return Vec::new() };
    let gateway = match (held.gateway_responses, held.unexplained) {
        (0, _) => "No response had a gateway status.".to_owned(),
        (1, 0) => "The one gateway response is explained by the error log.".to_owned(),
        (all, 0) => format!("All {} gateway responses are explained by the error log.", number(all)),
        (all, not) if all == not => format!("None of {} is explained by the error log.", count(all, "gateway response", "gateway responses")),
        (all, _) => {
            let are = |n: u64| if n == 1 { "is" } else { "are" };
            let (explained, not) = (held.explained, held.unexplained);
            let all = count(all, "gateway response", "gateway responses");
            format!("Of {all}, {} {} explained by the error log, {} {} not.", number(explained), are(explained), number(not), are(not))
        }
    };
    let mut parts = vec![gateway];
    if held.recovered > 0 {
        parts.push(format!("{} in the error log but ended well, after a retry or from a cache.", count(held.recovered, "request failed", "requests failed")));
    }
    if held.other > 0 {
        parts.push(format!("{} otherwise: another error status, or a body that was cut.", count(held.other, "request ended", "requests ended")));
    }
    parts
}

/// `No responses between 03:10 and 03:25 (15 min), where a bucket usually has 1,700: …`
pub(super) fn gap(voice: &Voice, gap: &Gap) -> String {
    let times = voice.moments.between(gap.from, gap.to);
    format!("No responses {times}, where a bucket usually has {}: a log is missing, or nothing was answered.", number(gap.usual))
}
