//! Elements, attributes and text, written so that the text of others can only be text.
//!
//! Names of elements and attributes are words of this program; every text and every value passes [`html`].

use crate::render::ink::{Ink, Rich};
use crate::text::safe::html;

/// An attribute: its name, and its value.
pub(super) type Attribute<'a> = (&'static str, &'a str);

/// Elements without content, which are never closed.
const VOID: [&str; 1] = ["meta"];

/// A document that is being written.
#[derive(Debug, Default)]
pub(super) struct Markup {
    out: String,
    /// The sections so far: id and title.
    sections: Vec<(&'static str, String)>,
}

impl Markup {
    /// Text of anybody.
    pub(super) fn text(&mut self, text: &str) {
        self.out += &html(text);
    }

    /// An element around what `inside` writes.
    pub(super) fn within(&mut self, tag: &'static str, attributes: &[Attribute<'_>], inside: impl FnOnce(&mut Self)) {
        self.open(tag, attributes, ">");
        inside(self);
        self.out += "</";
        self.out += tag;
        self.out += if is_block(tag) { ">\n" } else { ">" };
    }

    /// An element around a text.
    pub(super) fn leaf(&mut self, tag: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.within(tag, attributes, |markup| markup.text(text));
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        self.open(tag, attributes, if VOID.contains(&tag) { ">\n" } else { "/>" });
    }

    fn open(&mut self, tag: &'static str, attributes: &[Attribute<'_>], end: &str) {
        self.out.push('<');
        self.out += tag;
        for (name, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
            self.out.extend([" ", name, "=\"", &html(value), "\""]);
        }
        self.out += end;
    }

    /// A text of several inks.
    pub(super) fn rich(&mut self, rich: &Rich) {
        for (text, ink) in &rich.0 {
            match ink {
                Ink::Plain => self.text(text),
                Ink::Bold => self.leaf("strong", &[], text),
                Ink::Failed => self.leaf("strong", &[("class", "failed")], text),
                Ink::Warned => self.leaf("strong", &[("class", "warned")], text),
                Ink::Command => self.leaf("code", &[], text),
                Ink::Dim => self.leaf("span", &[("class", "dim")], text),
            }
        }
    }

    /// A text in which commands stand in backticks.
    pub(super) fn with_commands(&mut self, text: &str) {
        self.rich(&Rich::with_commands(text, true));
    }

    /// A list of such texts, or nothing.
    pub(super) fn list<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) {
        self.within("ul", &[], |markup| {
            for text in texts {
                markup.within("li", &[], |markup| markup.with_commands(text));
            }
        });
    }

    /// A part of the report under a heading of the second order.
    pub(super) fn section(&mut self, id: &'static str, title: &str, inside: impl FnOnce(&mut Self)) {
        let heading = format!("{id}-title");
        self.sections.push((id, title.to_owned()));
        self.within("section", &[("id", id), ("aria-labelledby", &heading)], |markup| {
            markup.leaf("h2", &[("id", &heading)], title);
            inside(markup);
        });
    }

    /// A table in a box that scrolls where the page is too narrow. The first cell of each row names it.
    pub(super) fn table(&mut self, caption: &str, columns: &[Column], rows: impl FnOnce(&mut Rows<'_>)) {
        self.within("div", &[("class", "scroll")], |markup| {
            markup.within("table", &[], |markup| {
                markup.leaf("caption", &[], caption);
                markup.within("thead", &[], |markup| {
                    markup.within("tr", &[], |markup| {
                        for Column(title, class) in columns {
                            markup.leaf("th", &[("scope", "col"), ("class", class)], title);
                        }
                    });
                });
                markup.within("tbody", &[], |markup| rows(&mut Rows { markup, columns }));
            });
        });
    }

    /// Links to the sections of another document.
    pub(super) fn contents(&mut self, of: &Self) {
        self.within("nav", &[("aria-label", "Contents")], |markup| {
            markup.within("ul", &[], |markup| {
                for (id, title) in &of.sections {
                    markup.within("li", &[], |markup| markup.leaf("a", &[("href", &format!("#{id}"))], title));
                }
            });
        });
    }

    /// All that another document holds.
    pub(super) fn append(&mut self, other: &Self) {
        self.out += &other.out;
    }

    /// What is only for those who want to see the figures behind a picture.
    pub(super) fn details(&mut self, summary: &str, inside: impl FnOnce(&mut Self)) {
        self.within("details", &[], |markup| {
            markup.leaf("summary", &[], summary);
            inside(markup);
        });
    }

    /// The document.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// This program's own style, which is no text of others.
    pub(super) fn style(&mut self, css: &'static str) {
        self.out.extend(["<style>", css, "</style>\n"]);
    }

    /// The first line of a document.
    pub(super) fn doctype(&mut self) {
        self.out += "<!DOCTYPE html>\n";
    }
}

/// A column: its title, and the class of its cells (`number`, `text`, or nothing).
#[derive(Clone, Copy, Debug)]
pub(super) struct Column(pub(super) &'static str, pub(super) &'static str);

/// The rows of a table.
pub(super) struct Rows<'m> {
    markup: &'m mut Markup,
    columns: &'m [Column],
}

impl Rows<'_> {
    /// A row of texts.
    pub(super) fn row(&mut self, cells: &[&str]) {
        let columns = self.columns;
        self.markup.within("tr", &[], |markup| {
            for (at, (cell, Column(_, class))) in cells.iter().zip(columns).enumerate() {
                if at == 0 {
                    markup.leaf("th", &[("scope", "row"), ("class", class)], cell);
                } else {
                    markup.leaf("td", &[("class", class)], cell);
                }
            }
        });
    }
}

fn is_block(tag: &str) -> bool {
    !matches!(tag, "a" | "b" | "code" | "dd" | "dt" | "em" | "li" | "rect" | "span" | "strong" | "td" | "text" | "th" | "title")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_is_text() {
        let mut markup = Markup::default();
        markup.within("p", &[("title", "\"><script>"), ("class", "")], |markup| markup.with_commands("<b> `a < b` & \u{7}"));
        assert_eq!(markup.finish(), "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt; <code>a &lt; b</code> &amp; \\x07</p>\n");
    }
}
