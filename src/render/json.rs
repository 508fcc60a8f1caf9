//! A report, a comparison of two, or an event, as one JSON object.

use serde::Serialize;

use crate::report::Event;
use crate::text::safe;

pub(super) fn render(report: &impl Serialize) -> Vec<u8> {
    let document = serde_json::to_string_pretty(report).expect("a report has no maps with keys other than texts, and no numbers that JSON lacks");
    (safe::json(&document).into_owned() + "\n").into_bytes()
}

/// An event as a line of JSON.
#[allow(clippy::missing_panics_doc, reason = "it has none")]
pub fn event_line(event: &Event) -> Vec<u8> {
    let document = serde_json::to_string(event).expect("an event has no maps with keys other than texts, and no numbers that JSON lacks");
    (safe::json(&document).into_owned() + "\n").into_bytes()
}
