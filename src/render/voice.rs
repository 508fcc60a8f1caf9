//! How a report for people speaks: its moments, its zone, and the texts of others, cleaned and cut.

use super::Look;
use super::ink::{Ink, Rich, clean};
use super::layout::{self, cut, cut_start};
use super::moment::Moments;
use crate::report::{Count, Report};
use crate::time::Zone;

/// What every form for people needs to say a sentence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice {
    /// How moments are shown.
    pub(super) moments: Moments,
    zone: Zone,
    is_ascii: bool,
    /// Columns that one name in a list may take.
    longest_name: usize,
}

impl Voice {
    /// For that report; a name in a list takes at most so many columns.
    pub(super) fn of(report: &Report, look: &Look, longest_name: usize) -> Self {
        Self { moments: Moments::of(report, look.zone), zone: look.zone, is_ascii: look.is_ascii, longest_name }
    }

    /// The name of the zone.
    pub(super) fn zone(&self) -> &'static str {
        let name = self.zone.name();
        name.strip_prefix("Etc/").unwrap_or(name)
    }

    /// The first, or in ASCII the second.
    pub(super) const fn glyph(&self, best: &'static str, ascii: &'static str) -> &'static str {
        if self.is_ascii { ascii } else { best }
    }

    /// What stands for what was cut.
    pub(super) const fn ellipsis(&self) -> &'static str {
        self.glyph("…", "...")
    }

    /// Text of others, as it may be shown.
    pub(super) fn text(&self, text: &str) -> String {
        clean(text, self.is_ascii)
    }

    /// Text of others, cut to so many columns.
    pub(super) fn cut(&self, text: &str, most: usize) -> String {
        cut(&self.text(text), most, self.ellipsis())
    }

    /// Text of others, of which the end is kept.
    pub(super) fn cut_start(&self, text: &str, most: usize) -> String {
        cut_start(&self.text(text), most, self.ellipsis())
    }

    /// `name (31), name (4)`, none so long that it pushes out the others.
    pub(super) fn counts(&self, counts: &[Count]) -> Rich {
        let mut rich = Rich::default();
        for (at, count) in counts.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            rich = rich
                .and(format!("{comma}{}", self.cut(&count.name, self.longest_name)), Ink::Plain)
                .and(format!(" ({})", layout::number(count.requests)), Ink::Dim);
        }
        rich
    }
}
