//! The counts that the program's own report states.

use std::collections::BTreeMap;

use serde_json::Value;

use super::counts::Counts;

/// The totals of a report as JSON.
pub(crate) fn counts(report: &Value) -> Counts {
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let causes = |what: &str| report["causes"].as_array().into_iter().flatten().map(|cause| (text(&cause["id"]), number(&cause[what]))).collect();
    let named = |value: &Value| value.as_object().into_iter().flatten().map(|(name, count)| (name.clone(), number(count))).collect();
    let totals = &report["totals"];
    Counts {
        lines: number(&totals["lines"]),
        by_line: counted(named(&totals["by_line"])),
        evidence: counted(causes("evidence")),
        requests: counted(causes("requests")),
        failed: number(&totals["failed"]),
        statuses: counted(named(&report["statuses"])),
        responses: number(&totals["responses"]),
    }
}

fn counted(mut counts: BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    counts.retain(|_, count| *count > 0);
    counts
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
