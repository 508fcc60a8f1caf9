//! Markdown in which the text of others can only be text.

use std::ops::Add;

use crate::render::ink::{Ink, Rich};
use crate::text::safe::{markdown, markdown_block, markdown_cell, markdown_code};

/// Markdown of one line. It is made of words of this program, of text that passed [`markdown`], and of code spans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(String);

impl Text {
    /// Words of this program, with the marks of Markdown in them.
    pub(super) fn marks(words: &'static str) -> Self {
        Self(words.to_owned())
    }

    /// Running text of anybody.
    pub(super) fn plain(text: &str) -> Self {
        Self(markdown(text))
    }

    /// A name, a path, a command.
    pub(super) fn code(text: &str) -> Self {
        Self(markdown_code(text))
    }

    /// The same, for a cell of a table.
    pub(super) fn cell(text: &str) -> Self {
        Self(markdown_cell(text))
    }

    /// Text of several inks: commands are code, all else is plain.
    pub(super) fn rich(rich: &Rich) -> Self {
        Self(rich.0.iter().map(|(text, ink)| if *ink == Ink::Command { markdown_code(text) } else { markdown(text) }).collect())
    }

    /// Running text with commands in backticks.
    pub(super) fn with_commands(text: &str) -> Self {
        Self::rich(&Rich::with_commands(text, true))
    }

    /// Texts with commas between them.
    pub(super) fn joined(texts: impl IntoIterator<Item = Self>) -> Self {
        Self(texts.into_iter().map(|text| text.0).collect::<Vec<_>>().join(", "))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Add for Text {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + &other.0)
    }
}

/// A document that is being written.
#[derive(Debug, Default)]
pub(super) struct Document {
    out: String,
}

impl Document {
    /// A heading of that level.
    pub(super) fn heading(&mut self, level: usize, text: &Text) {
        self.block(&format!("{} {}", "#".repeat(level), text.0));
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: &Text) {
        self.block(&text.0);
    }

    /// A list, or nothing.
    pub(super) fn list(&mut self, texts: impl IntoIterator<Item = Text>) {
        self.items("- ", texts);
    }

    /// A list of things to do, or nothing.
    pub(super) fn tasks(&mut self, texts: impl IntoIterator<Item = Text>) {
        self.items("- [ ] ", texts);
    }

    fn items(&mut self, mark: &str, texts: impl IntoIterator<Item = Text>) {
        let items: Vec<_> = texts.into_iter().map(|text| format!("{mark}{}", text.0)).collect();
        self.block(&items.join("\n"));
    }

    /// A table; `columns` ends in `:` where numbers stand.
    pub(super) fn table(&mut self, columns: &[&'static str], rows: impl IntoIterator<Item = Vec<Text>>) {
        let title = |column: &&'static str| column.trim_end_matches(':');
        let line = |cells: Vec<&str>| format!("| {} |", cells.join(" | "));
        let mut lines = vec![line(columns.iter().map(title).collect())];
        lines.push(line(columns.iter().map(|column| if column.ends_with(':') { "---:" } else { "---" }).collect()));
        lines.extend(rows.into_iter().map(|row| line(row.iter().map(|cell| cell.0.as_str()).collect())));
        self.block(&lines.join("\n"));
    }

    /// A line of a log, as it is.
    pub(super) fn quote(&mut self, text: &str) {
        self.block(&markdown_block(text));
    }

    fn block(&mut self, text: &str) {
        if !text.is_empty() {
            self.out.extend([text, "\n\n"]);
        }
    }

    /// The document.
    pub(super) fn finish(self) -> String {
        self.out.trim_end().to_owned() + "\n"
    }
}
