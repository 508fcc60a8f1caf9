//! The report as one JSON object.

use crate::report::{Event, Report};

pub(super) fn render(report: &Report) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(report).expect("a report has no maps with keys other than texts, and no numbers that JSON lacks");
    bytes.push(b'\n');
    bytes
}

/// An event as a line of JSON.
#[allow(clippy::missing_panics_doc, reason = "it has none")]
pub fn event_line(event: &Event) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(event).expect("an event has no maps with keys other than texts, and no numbers that JSON lacks");
    bytes.push(b'\n');
    bytes
}
