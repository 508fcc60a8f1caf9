//! What the report says of the filter: an empty result of one that asks for what is not there must not look like a quiet
//! day.

use super::Options;
use crate::report::{Report, Warning};

/// Notes the filter in the report, and warns where it left nothing.
pub(super) fn tell(report: &mut Report, options: &Options) {
    report.filter = options.filter.words();
    let causes: Vec<_> = options.thresholds.causes.iter().map(|cause| cause.id()).collect();
    if !causes.is_empty() {
        report.filter.push(format!("cause {}", causes.join(" or ")));
    }
    let removed = report.totals.by_line.filtered;
    // That nothing is left of an hour may well be so, and is no news to whoever asks every hour.
    let is_of_times = options.filter.since.is_some() || options.filter.until.is_some();
    if removed > 0 && report.totals.entries == 0 && !is_of_times {
        let entries = if removed == 1 { "the only entry".to_owned() } else { format!("all {removed} entries") };
        report.warnings.push(Warning { path: String::new(), message: format!("the filter removed {entries} ({})", report.filter.join("; ")) });
        report.warnings.sort();
    }
}
