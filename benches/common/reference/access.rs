//! nginx's access log: combined, alone or with the `$upstream_` variables behind it.

use super::super::counts::{Counts, Line};
use super::between;

pub(super) fn read(text: &str) -> Counts {
    let mut counts = Counts::default();
    for line in text.lines() {
        // client - user [time] "request" status bytes "referrer" "agent"
        let Some(status) = line.split('"').nth(2).and_then(|rest| rest.trim().split(' ').next()?.parse().ok()) else {
            counts.line(Line::Unparsed);
            continue;
        };
        counts.response(status);
        let cause = cause(status, line);
        match (status, cause) {
            (499, _) => counts.line(Line::ClientAbort),
            (_, Some(cause)) => {
                counts.line(Line::Evidence);
                counts.evidence(cause);
                if matches!(status, 502..=504) { counts.request(cause) } else { counts.saved_request(cause) }
            }
            (_, None) => counts.line(Line::Ordinary),
        }
    }
    counts
}

/// Of an answer that failed, or of which an attempt did. In a list the attempt before the last comma tells why another was
/// needed.
fn cause(status: u16, line: &str) -> Option<&'static str> {
    let is_gateway = matches!(status, 502..=504);
    let Some(statuses) = between(line, " us=\"", "\"") else { return is_gateway.then_some("unattributed") };
    let place = if is_gateway { statuses.split(", ").count().checked_sub(1)? } else { statuses.split(", ").count().checked_sub(2)? };
    let at = |name: &str| between(line, name, "\"").and_then(|list| list.split(", ").nth(place)).unwrap_or_default();
    let (own, connect, header) = (at(" us=\""), at(" uct=\""), at(" uht=\""));
    match (own, connect, header) {
        (_, _, header) if header != "-" => Some("passed-through"),
        ("502", "-", _) => Some("upstream-down"),
        ("502", ..) => Some("connection-reset"),
        ("504", ..) => Some("upstream-timeout"),
        _ => is_gateway.then_some("unattributed"),
    }
}
