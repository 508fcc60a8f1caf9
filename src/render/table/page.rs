//! The page that sections write on: lines of a width, headings, paragraphs, labelled entries.

use crate::render::Look;
use crate::render::ink::{Ink, Rich, finished};
use crate::render::layout::{self, cut};
use crate::render::voice::Voice;
use crate::report::{Count, Report};

/// Lines longer than this are hard to read, however wide the terminal is.
const WIDEST: usize = 160;
/// Below this, labels stand above what they label.
const NARROW: usize = 60;
const LABEL: usize = 11;

/// What sections write on.
pub(super) struct Page<'a> {
    look: &'a Look,
    /// How it speaks.
    pub(super) voice: Voice,
    lines: Vec<String>,
}

impl<'a> Page<'a> {
    /// An empty page.
    pub(super) fn new(report: &Report, look: &'a Look) -> Self {
        Self { look, voice: Voice::of(report, look, (width(look) / 2).max(20)), lines: Vec::new() }
    }

    /// The columns there are.
    pub(super) fn width(&self) -> usize {
        width(self.look)
    }

    /// Whether there is room for little.
    pub(super) fn is_narrow(&self) -> bool {
        self.width() < NARROW
    }

    /// Whether only ASCII can be shown.
    pub(super) const fn is_ascii(&self) -> bool {
        self.look.is_ascii
    }

    /// The first, or in ASCII the second.
    pub(super) const fn glyph(&self, best: &'static str, ascii: &'static str) -> &'static str {
        self.voice.glyph(best, ascii)
    }

    /// What stands for what was cut.
    pub(super) const fn ellipsis(&self) -> &'static str {
        self.voice.ellipsis()
    }

    /// Text of others, as it may be shown.
    pub(super) fn text(&self, text: &str) -> String {
        self.voice.text(text)
    }

    /// Text of others, cut to so many columns.
    pub(super) fn cut(&self, text: &str, most: usize) -> String {
        self.voice.cut(text, most)
    }

    /// Text of others, of which the end is kept.
    pub(super) fn cut_start(&self, text: &str, most: usize) -> String {
        self.voice.cut_start(text, most)
    }

    /// Text of others with commands in backticks.
    pub(super) fn with_commands(&self, text: &str) -> Rich {
        Rich::with_commands(&self.text(text), self.look.has_color)
    }

    /// `name (31), name (4)`, none wider than half a line.
    pub(super) fn counts(&self, counts: &[Count]) -> Rich {
        self.voice.counts(counts)
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
        let remark = if remark.is_empty() { String::new() } else { format!(" ({remark})") };
        self.paragraph(&Rich::of(title, Ink::Bold).and(remark, Ink::Dim));
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

    /// Wrapped text behind a label.
    pub(super) fn entry(&mut self, label: &str, text: &Rich) {
        self.labelled(label, text.wrapped(self.room()));
    }

    /// A line of a log behind a label: broken where it must be, so that little of it is lost, and cut to `most` lines.
    pub(super) fn quote(&mut self, label: &str, text: &str, most: usize) {
        let room = self.room();
        let text = self.text(text);
        let mut rest = text.as_str();
        let mut lines = Vec::new();
        while !rest.is_empty() && lines.len() < most {
            let is_last = lines.len() + 1 == most;
            let line = if is_last { cut(rest, room, self.ellipsis()) } else { layout::split(rest, room).0.to_owned() };
            rest = rest.get(line.len()..).filter(|_| !is_last && !line.is_empty()).unwrap_or_default().trim_start();
            lines.push(Ink::Dim.paint(&line));
        }
        self.labelled(label, lines);
    }

    /// Texts behind bullets, and one label for all.
    pub(super) fn list(&mut self, label: &str, texts: &[Rich]) {
        let bullet = self.glyph("• ", "- ");
        let mut lines = Vec::new();
        for text in texts {
            let wrapped = text.wrapped(self.room().saturating_sub(2)).into_iter().enumerate();
            lines.extend(wrapped.map(|(at, line)| format!("{}{line}", if at == 0 { bullet } else { "  " })));
        }
        self.labelled(label, lines);
    }

    /// Columns beside a label.
    fn room(&self) -> usize {
        self.width().saturating_sub(if self.is_narrow() { 1 } else { LABEL }).max(1)
    }

    fn labelled(&mut self, label: &str, lines: Vec<String>) {
        let is_narrow = self.is_narrow();
        if is_narrow && !lines.is_empty() {
            self.line(Ink::Dim.paint(label));
        }
        for (at, line) in lines.into_iter().enumerate() {
            let label = if at == 0 && !is_narrow { label } else { "" };
            let padding = " ".repeat(if is_narrow { 1 } else { LABEL.saturating_sub(layout::width(label)) });
            self.line(format!("{}{padding}{line}", Ink::Dim.paint(label)));
        }
    }

    fn hanging(&mut self, first: &str, others: &str, text: &Rich) {
        for (at, line) in text.wrapped(self.width().saturating_sub(layout::width(first))).into_iter().enumerate() {
            self.lines.push(format!("{}{line}", if at == 0 { first } else { others }));
        }
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

fn width(look: &Look) -> usize {
    look.width.clamp(1, WIDEST)
}
