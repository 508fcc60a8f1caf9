//! A page of text: headings, paragraphs, lists and rows, folded to a width. Everything on it is made printable.

use std::io::{IsTerminal, Write};

use logscan502::text::safe::{excerpt, printable};
use unicode_width::UnicodeWidthStr;

use crate::cli::settings::{columns, speaks_utf8};

/// Text under a heading stands so far in.
const INDENT: usize = 2;
/// A wider name gets a line of its own.
const WIDEST_NAME: usize = 44;

/// What is written so far.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    width: usize,
    /// `…`, or what stands for it where there is no such character.
    ellipsis: &'static str,
}

impl Page {
    pub(super) fn new(width: usize) -> Self {
        Self { text: String::new(), width, ellipsis: "…" }
    }

    /// As wide as the terminal, within what can be read with ease.
    pub(super) fn of_terminal() -> Self {
        let terminal = || if std::io::stdout().is_terminal() { terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)) } else { None };
        let page = Self::new(columns().or_else(terminal).unwrap_or(100).clamp(40, 120));
        Self { ellipsis: if speaks_utf8() { "…" } else { "..." }, ..page }
    }

    /// Puts it on the standard output.
    pub(super) fn print(&self) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        out.write_all(self.text.as_bytes())?;
        out.flush()
    }

    /// The first line.
    pub(super) fn title(&mut self, text: &str) {
        self.folded("", 0, text);
    }

    /// A line before which there is room.
    pub(super) fn heading(&mut self, text: &str) {
        self.text.push('\n');
        self.folded("", 0, text);
    }

    /// A text, if there is one.
    pub(super) fn paragraph(&mut self, text: &str) {
        if !text.is_empty() {
            self.folded("", INDENT, text);
        }
    }

    pub(super) fn item(&mut self, text: &str) {
        self.folded("  - ", INDENT + 2, text);
    }

    /// A heading and items, if there are any.
    pub(super) fn list(&mut self, heading: &str, items: &[String]) {
        if !items.is_empty() {
            self.heading(heading);
            for item in items {
                self.item(item);
            }
        }
    }

    /// Names and values.
    pub(super) fn rows(&mut self, rows: &[(&str, String)]) {
        let widest = rows.iter().map(|(name, _)| name.width()).filter(|width| *width <= WIDEST_NAME).max().unwrap_or(0);
        for (name, value) in rows {
            let pad = " ".repeat(widest.saturating_sub(name.width()));
            self.folded(&format!("{}{name}{pad}  ", " ".repeat(INDENT)), INDENT + widest + 2, value);
        }
    }

    /// Lines of a log under a paragraph: each is cut where it does not fit, for folded it would be another. Tabs are seen as
    /// the gaps they are.
    pub(super) fn sample(&mut self, lines: &str) {
        let room = self.width.saturating_sub(INDENT);
        for line in lines.replace('\t', "  ").lines() {
            let whole = printable(line.as_bytes());
            let text = if whole.width() > room { excerpt(line.as_bytes(), room.saturating_sub(self.ellipsis.width())) } else { whole };
            self.push(&format!("{}{}", " ".repeat(INDENT), text.replace('…', self.ellipsis)));
        }
    }

    /// Words in lines that begin with `first`, then with blanks.
    fn folded(&mut self, first: &str, indent: usize, text: &str) {
        let text = printable(text.as_bytes()).replace('…', self.ellipsis);
        let mut line = if first.is_empty() { " ".repeat(indent) } else { printable(first.as_bytes()) };
        let mut is_empty = true;
        for word in words(&text, self.width.saturating_sub(indent)) {
            if !is_empty && line.width() + 1 + word.width() > self.width {
                self.push(&line);
                line = " ".repeat(indent);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(&word);
            is_empty = false;
        }
        self.push(&line);
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// The words of a text; a command in backticks is one, if it fits into a line.
fn words(text: &str, width: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for word in text.split(' ') {
        match words.last_mut() {
            Some(last) if is_open && last.width() + 1 + word.width() <= width => last.extend([" ", word]),
            _ => words.push(word.to_owned()),
        }
        is_open ^= word.matches('`').count() % 2 == 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_under_each_other() {
        let mut page = Page::new(16);
        page.title("a title");
        page.list("Check", &["one two three four".to_owned()]);
        page.item("see `ls -l`, `id`.");
        page.rows(&[("a", "x\x1b[2J".to_owned()), ("long", "y".to_owned())]);
        page.sample("0123456789 and more");
        page.sample("0123456789abcd");
        assert_eq!(
            page.text,
            "a title\n\nCheck\n  - one two\n    three four\n  - see `ls -l`,\n    `id`.\n  a     x\\x1b[2J\n  long  y\n  0123456789 an…\n  0123456789abcd\n"
        );
    }
}
