//! Access log of an AWS Application Load Balancer. What matters stands before the first quote.

use super::super::counts::{Counts, Line};

pub(super) fn read(text: &str) -> Counts {
    let mut counts = Counts::default();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(' ').take(10).collect();
        let &[_, _, _, _, target, to_target, _, _, status, target_status] = fields.as_slice() else {
            counts.line(Line::Unparsed);
            continue;
        };
        let Ok(status) = status.parse() else {
            counts.line(Line::Unparsed);
            continue;
        };
        counts.response(status);
        let cause = match status {
            502..=504 if target_status == status.to_string() => "passed-through",
            502 if to_target == "-1" => "upstream-down",
            502 => "connection-reset",
            503 if target == "-" => "no-healthy-backends",
            504 => "upstream-timeout",
            460 => {
                counts.line(Line::ClientAbort);
                continue;
            }
            _ => {
                counts.line(Line::Ordinary);
                continue;
            }
        };
        counts.line(Line::Evidence);
        counts.evidence(cause);
        counts.request(cause);
    }
    counts
}
