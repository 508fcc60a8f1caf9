//! What came first, in a sentence: every form for people says it among its first lines.

use super::ink::{Ink, Rich};
use super::layout::duration;
use super::voice::Voice;
use crate::report::Report;

/// Seconds that are told; nothing that far away is shown, but a report may say anything.
const LONGEST: i64 = u32::MAX as i64;

/// `First domino: 2 s before the first failure, the kernel killed node (pid 4242): out of memory. (kern.log)`
pub(super) fn first_domino(voice: &Voice, report: &Report) -> Option<Rich> {
    let of_incidents = report.incidents.iter().flat_map(|incident| &incident.context);
    let first = of_incidents.chain(&report.context).find(|entry| entry.first)?;
    let text = format!("{} the first failure, {}.", before(first.seconds_before), voice.text(&first.text));
    let source = format!(" ({})", voice.cut_start(&first.path, 40));
    Some(Rich::of("First domino: ", Ink::Warned).and(text, Ink::Plain).and(source, Ink::Dim))
}

/// `2 s before`, `in the second of`, `12 s after`.
pub(super) fn before(seconds: i64) -> String {
    match seconds {
        0 => "in the second of".to_owned(),
        1.. => format!("{} before", duration(seconds.min(LONGEST))),
        _ => format!("{} after", duration(seconds.saturating_neg().min(LONGEST))),
    }
}
