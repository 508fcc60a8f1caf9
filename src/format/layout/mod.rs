//! A log's own layout, as its server's configuration states it: nginx's `log_format`, Apache's `LogFormat` and
//! `ErrorLogFormat`, HAProxy's `log-format`.
//!
//! ```text
//! '$remote_addr [$time_iso8601] "$request" $status $upstream_addr $upstream_status'
//! "%h %t \"%r\" %>s %D"
//! %ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %tsc %rc %{+Q}r
//! ```
//!
//! The text is compiled once into literals and fields. A line that it describes becomes the entry that the fixed reader of
//! the same server would make: a layout is one more shape of that format, not a format, so every pattern for it applies.
//!
//! Layouts are kept for the whole process, set once before anything is read. Formats are `&'static` and have no state, and
//! a layout that travelled with each input's dialect would be carried through every line of every other log; so it is, like
//! the table of formats, a fact of the run. The library never sets one by itself.

mod matching;
mod syntax;
mod tokens;

use std::sync::OnceLock;

use thiserror::Error;

use self::matching::read;
use super::{FormatId, apache_access, apache_error, haproxy, nginx_access};
use crate::record::Entry;
use crate::time::Clock;

static LAYOUTS: OnceLock<Vec<Layout>> = OnceLock::new();

/// A layout that cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LayoutError {
    /// No token of any server stands in it.
    #[error("'{0}' holds no $name of nginx and no %token of Apache or HAProxy")]
    NoTokens(String),
    /// A quote, brace or bracket is not closed.
    #[error("'{0}' has a {1} that is not closed")]
    Unbalanced(String, char),
    /// Neither a status nor a message nor a termination state.
    #[error("'{0}' says neither a status ({1}) nor anything else by which a failure could be told")]
    SaysNothing(String, &'static str),
}

/// A compiled layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    dialect: Dialect,
    pieces: Vec<Piece>,
}

/// Whose language it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Nginx,
    ApacheAccess,
    ApacheError,
    Haproxy,
}

/// A part of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// These bytes.
    Literal(Vec<u8>),
    /// A value.
    Field(Field),
    /// So many pieces that follow vanish when their value is empty.
    Optional(usize),
}

/// A value of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    /// As the reader of its server knows it; empty for what is of no interest.
    name: String,
    check: Check,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    Any,
    /// No blanks in it.
    Word,
    /// A whole or broken number, or a dash.
    Number,
    Status,
    State,
    Time,
    /// Entries with `, ` or ` : ` between them.
    List,
    /// `{…}`, or nothing at all.
    Captures,
}

impl Layout {
    /// Compiles what stands in a server's configuration: the whole directive, its quoted strings, or what is in them.
    ///
    /// # Errors
    /// [`LayoutError`] when it is no layout, or one by which no failure could be seen.
    pub fn parse(text: &str) -> Result<Self, LayoutError> {
        let source = syntax::source(text)?;
        let pieces = match source.dialect {
            Dialect::Nginx => tokens::nginx(&source.text),
            Dialect::ApacheAccess => tokens::apache(&source.text),
            Dialect::ApacheError => tokens::apache_error(&source.text),
            Dialect::Haproxy => tokens::haproxy(&source.text),
        }
        .map_err(|bracket| LayoutError::Unbalanced(text.to_owned(), bracket))?;
        let layout = Self { dialect: source.dialect, pieces };
        if !layout.fields().any(|field| is_telling(&field.name)) {
            let usual = match source.dialect {
                Dialect::Nginx => "$status",
                Dialect::ApacheAccess => "%>s",
                Dialect::ApacheError => "%M",
                Dialect::Haproxy => "%ST, %tsc",
            };
            return Err(LayoutError::SaysNothing(text.to_owned(), usual));
        }
        Ok(layout)
    }

    /// The format whose lines it describes.
    pub const fn format(&self) -> FormatId {
        match self.dialect {
            Dialect::Nginx => FormatId::NginxAccess,
            Dialect::ApacheAccess => FormatId::ApacheAccess,
            Dialect::ApacheError => FormatId::ApacheError,
            Dialect::Haproxy => FormatId::Haproxy,
        }
    }

    fn fields(&self) -> impl Iterator<Item = &Field> {
        self.pieces.iter().filter_map(|piece| if let Piece::Field(field) = piece { Some(field) } else { None })
    }

    /// Whether the line is one of these: what tells of a failure is there.
    pub fn begins(&self, line: &[u8]) -> bool {
        read(&self.pieces, line).is_some()
    }

    /// The entry of a line; `None` when it is none of these.
    pub fn entry<'a>(&self, line: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let reading = read(&self.pieces, line)?;
        let named = reading.found.iter().filter_map(|(at, value)| match &self.pieces[*at] {
            Piece::Field(field) => Some((field.name.as_str(), *value)),
            _ => None,
        });
        let entry = match self.dialect {
            Dialect::Nginx => nginx_access::from_named(named, clock),
            Dialect::ApacheAccess => apache_access::from_named(named, clock),
            Dialect::ApacheError => apache_error::from_named(named, clock),
            Dialect::Haproxy => Some(haproxy::session::from_named(named, clock)),
        };
        entry.map(|entry| Entry { is_partial: !reading.is_whole, ..entry })
    }
}

/// Names of values without which a line tells of no failure.
fn is_telling(name: &str) -> bool {
    matches!(name, "status" | "state" | "message")
}

/// Sets the layouts of this run, once and before anything is read; `false` when there are some already.
pub fn set_layouts(layouts: Vec<Layout>) -> bool {
    LAYOUTS.set(layouts).is_ok()
}

/// The layouts of a format.
fn of(format: FormatId) -> impl Iterator<Item = &'static Layout> {
    LAYOUTS.get().into_iter().flatten().filter(move |layout| layout.format() == format)
}

/// Whether a format has a layout of this run.
pub(super) fn is_set(format: FormatId) -> bool {
    of(format).next().is_some()
}

/// Whether a line is of a layout of that format.
pub(super) fn begins(format: FormatId, line: &[u8]) -> bool {
    of(format).any(|layout| layout.begins(line))
}

/// The entry of a line of a layout of that format.
pub(super) fn entry<'a>(format: FormatId, line: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
    of(format).find_map(|layout| layout.entry(line, clock))
}

#[cfg(test)]
mod tests;
