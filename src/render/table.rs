//! The report for people. (Being written.)

use super::Look;
use crate::report::Report;

pub(super) fn render(report: &Report, _look: &Look) -> String {
    format!("{:?}\n", report.totals)
}
