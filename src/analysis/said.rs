//! What is said of an input in the report, whether it ends or goes on: its figures, and what is odd about its lines.

use crate::format::FormatId;
use crate::report::InputReport;
use crate::scan::Counts;
use crate::text::number::counted;

/// Puts the figures into the report of an input of so many bytes.
pub(super) fn figures(report: &mut InputReport, counts: &Counts, bytes: u64) {
    let formats: Vec<_> = FormatId::ALL.into_iter().filter(|format| counts.formats[format.index()] > 0).map(FormatId::id).collect();
    report.format = formats.join("+");
    report.bytes = bytes;
    report.lines = counts.by_line.sum();
    report.entries = counts.entries;
    report.evidence = counts.by_line.evidence;
    report.first = counts.times.map(|times| times.0);
    report.last = counts.times.map(|times| times.1);
}

/// Lines that were cut, by the reading or before it.
pub(super) fn remarks(counts: &Counts) -> Vec<String> {
    let mut remarks = Vec::new();
    if counts.long_lines > 0 {
        remarks.push(format!("{} cut", counted(counts.long_lines, "line is longer than 1 MiB and was", "lines are longer than 1 MiB and were")));
    }
    if counts.partial > 0 {
        let lines = counted(counts.partial, "line ends early or has", "lines end early or have");
        let they = if counts.partial == 1 { "it was read as far as it goes" } else { "they were read as far as they go" };
        remarks.push(format!("{lines} other fields than their format; {they}"));
    }
    remarks
}

/// Lines of no known format, when there are many.
pub(super) fn unparsed(counts: &Counts) -> Option<String> {
    let (lines, unparsed) = (counts.by_line.sum(), counts.by_line.unparsed);
    let are = match (unparsed, lines) {
        (_, 1) => "line is",
        (1, _) => "lines is",
        _ => "lines are",
    };
    (unparsed * 20 > lines).then(|| format!("{unparsed} of {lines} {are} of no known format"))
}
