//! The page that sections write on: lines of a width, headings, paragraphs, labelled entries.

use super::ink::{Ink, Rich, clean, finished};
use crate::render::Look;
use crate::render::layout::{self, cut, cut_start};
use crate::render::moment::Moments;
use crate::report::{Count, Report};

/// Lines longer than this are hard to read, however wide the terminal is.
const WIDEST: usize = 160;
/// Below this, labels stand above what they label.
const NARROW: usize = 60;
const LABEL: usize = 11;

/// What sections write on.
pub(super) struct Page<'a> {
    look: &'a Look,
    /// How moments are shown.
    pub(super) moments: Moments,
    lines: Vec<String>,
}

impl<'a> Page<'a> {
    /// An empty page.
    pub(super) fn new(report: &Report, look: &'a Look) -> Self {
        Self { look, moments: Moments::of(report, look.zone), lines: Vec::new() }
    }

    /// The columns there are.
    pub(super) fn width(&self) -> usize {
        self.look.width.clamp(1, WIDEST)
    }

    /// Whether there is room for little.
    pub(super) fn is_narrow(&self) -> bool {
        self.width() < NARROW
    }

    /// Whether only ASCII can be shown.
    pub(super) const fn is_ascii(&self) -> bool {
        self.look.is_ascii
    }

    /// The name of the zone.
    pub(super) fn zone(&self) -> &'static str {
        self.look.zone.name()
    }

    /// The first, or in ASCII the second.
    pub(super) const fn glyph(&self, best: &'static str, ascii: &'static str) -> &'static str {
        if self.look.is_ascii { ascii } else { best }
    }

    /// What stands for what was cut.
    pub(super) const fn ellipsis(&self) -> &'static str {
        self.glyph("…", "...")
    }

    /// Text of others, as it may be shown.
    pub(super) fn text(&self, text: &str) -> String {
        clean(text, self.look.is_ascii)
    }

    /// Text of others, cut to so many columns.
    pub(super) fn cut(&self, text: &str, most: usize) -> String {
        cut(&self.text(text), most, self.ellipsis())
    }

    /// Text of others, of which the end is kept.
    pub(super) fn cut_start(&self, text: &str, most: usize) -> String {
        cut_start(&self.text(text), most, self.ellipsis())
    }

    /// Text of others with commands in backticks.
    pub(super) fn with_commands(&self, text: &str) -> Rich {
        Rich::with_commands(&self.text(text), self.look.has_color)
    }

    /// `name (31), name (4)`, none wider than half a line, so that one long name does not push out the others.
    pub(super) fn counts(&self, counts: &[Count]) -> Rich {
        let most = (self.width() / 2).max(20);
        let mut rich = Rich::default();
        for (at, count) in counts.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            rich = rich.and(format!("{comma}{}", self.cut(&count.name, most)), Ink::Plain).and(format!(" ({})", layout::number(count.requests)), Ink::Dim);
        }
        rich
    }

    /// A line as it is.
    pub(super) fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// An empty line, unless there is one already.
    pub(super) fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    /// A heading with a remark behind it.
    pub(super) fn heading(&mut self, title: &str, remark: &str) {
        self.gap();
        let gap = if remark.is_empty() { "" } else { "  " };
        self.paragraph(&Rich::of(title, Ink::Bold).and(gap, Ink::Plain).and(remark, Ink::Dim));
    }

    /// Wrapped text.
    pub(super) fn paragraph(&mut self, text: &Rich) {
        self.hanging("", "", text);
    }

    /// Wrapped text behind a bullet.
    pub(super) fn bullet(&mut self, text: &Rich) {
        let first = self.glyph("• ", "- ");
        self.hanging(first, "  ", text);
    }

    /// Wrapped text behind a label; at most `most` lines of it.
    pub(super) fn entry(&mut self, label: &str, text: &Rich, most: usize) {
        if self.is_narrow() {
            self.line(Ink::Dim.paint(label));
            let lines = self.fold(text, self.width().saturating_sub(2), most);
            self.lines.extend(lines.into_iter().map(|line| format!("  {line}")));
            return;
        }
        for (at, line) in self.fold(text, self.width() - LABEL, most).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let padding = " ".repeat(LABEL.saturating_sub(layout::width(label)));
            self.line(format!("{}{padding}{line}", Ink::Dim.paint(label)));
        }
    }

    /// Entries behind bullets, and one label for all.
    pub(super) fn list(&mut self, label: &str, texts: &[Rich]) {
        let (indent, room) = if self.is_narrow() { (0, self.width()) } else { (LABEL, self.width() - LABEL) };
        if indent == 0 && !texts.is_empty() {
            self.line(Ink::Dim.paint(label));
        }
        let bullet = self.glyph("• ", "- ");
        let mut is_first = true;
        for text in texts {
            for (at, line) in text.wrapped(room.saturating_sub(2)).into_iter().enumerate() {
                let label = if is_first && indent > 0 { label } else { "" };
                is_first = false;
                let padding = " ".repeat(indent.saturating_sub(layout::width(label)));
                self.line(format!("{}{padding}{}{line}", Ink::Dim.paint(label), if at == 0 { bullet } else { "  " }));
            }
        }
    }

    fn hanging(&mut self, first: &str, others: &str, text: &Rich) {
        for (at, line) in text.wrapped(self.width().saturating_sub(layout::width(first))).into_iter().enumerate() {
            self.lines.push(format!("{}{line}", if at == 0 { first } else { others }));
        }
    }

    /// At most `most` lines; the last one says that there is more.
    fn fold(&self, text: &Rich, columns: usize, most: usize) -> Vec<String> {
        let mut lines = text.wrapped(columns);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                let room = columns.saturating_sub(layout::width(self.ellipsis()));
                let ends = if last.ends_with('\u{2060}') { "\u{2060}" } else { "" };
                *last = format!("{}{ends}{}", layout::split(last, room).0.trim_end_matches('\u{2060}'), self.ellipsis());
            }
        }
        lines
    }

    /// The page as text.
    pub(super) fn finish(self) -> String {
        let mut out = String::new();
        for line in &self.lines {
            out += &finished(line, self.look.width.max(1), self.look.has_color);
            out.push('\n');
        }
        out
    }
}
