//! The report as one JSON object.

use crate::report::Report;

pub(super) fn render(report: &Report) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(report).expect("a report has no maps with keys other than texts, and no numbers that JSON lacks");
    bytes.push(b'\n');
    bytes
}
