//! Pattern files, embedded and the user's.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::file::PatternFile;
use super::wording::in_words;

/// The embedded pattern files as they were written, by name.
static TEXTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pattern_texts.rs"));
/// The same without examples, translated by `patterns/build.rs`.
pub(super) static EMBEDDED: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/patterns.rs"));

/// An embedded pattern file that is yet to be read.
#[derive(Debug)]
pub(super) struct Embedded {
    /// Its name, without extension.
    pub(super) name: &'static str,
    /// Formats that any of its patterns is for.
    pub(super) formats: &'static [&'static str],
    /// So many patterns are in it.
    pub(super) patterns: u16,
    /// Other things are in it than patterns.
    pub(super) has_texts: bool,
    json: &'static str,
}

impl Embedded {
    /// Reads it.
    pub(super) fn read(&self) -> PatternFile {
        serde_json::from_str(self.json).expect("what the build script wrote is what this reads")
    }
}

/// A pattern file that cannot be used. Says where, which pattern, and why.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PatternError {
    /// It could not be read.
    #[error("cannot read pattern file {path}: {error}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is no TOML, or has other keys than a pattern file has.
    #[error("{path}{}: {message}", line.map_or_else(String::new, |line| format!(":{line}")))]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, from one.
        line: Option<usize>,
        /// What is wrong.
        message: String,
    },
    /// A pattern says something that cannot be.
    #[error("{path}{}: pattern '{id}': {message}", line.map_or_else(String::new, |line| format!(":{line}")))]
    Pattern {
        /// The file.
        path: PathBuf,
        /// Line of its `id`, from one.
        line: Option<usize>,
        /// The pattern.
        id: String,
        /// What is wrong, and how to mend it.
        message: String,
    },
}

/// The embedded pattern files as they were written: name and text.
pub fn embedded_texts() -> &'static [(&'static str, &'static str)] {
    TEXTS
}

/// The path by which messages name an embedded file.
pub(super) fn embedded_path(name: &str) -> PathBuf {
    PathBuf::from(format!("patterns/{name}.toml"))
}

/// Reads a pattern file with all its examples.
///
/// # Errors
/// [`PatternError`] when it cannot be read or is no pattern file.
pub fn read_file(path: &Path) -> Result<(PatternFile, String), PatternError> {
    let text = std::fs::read_to_string(path).map_err(|error| PatternError::Read { path: path.to_owned(), error })?;
    Ok((parse(path, &text)?, text))
}

/// Reads the text of a pattern file.
///
/// # Errors
/// [`PatternError::Syntax`] when it is none, or one without anything in it.
pub(super) fn parse(path: &Path, text: &str) -> Result<PatternFile, PatternError> {
    let file: PatternFile = toml::from_str(text).map_err(|error| told(path, text, &error))?;
    if file.patterns.is_empty() && !file.has_texts() {
        let message = "it holds no [[pattern]]".to_owned();
        return Err(PatternError::Syntax { path: path.to_owned(), line: None, message });
    }
    Ok(file)
}

/// What the parser found wrong, with line and pattern where there are any.
fn told(path: &Path, text: &str, error: &toml::de::Error) -> PatternError {
    let path = path.to_owned();
    let Some(at) = error.span().map(|span| span.start.min(text.len())) else {
        return PatternError::Syntax { path, line: None, message: error.message().to_owned() };
    };
    let before = text.get(..at).unwrap_or_default();
    let message = in_words(error.message(), before.rsplit('\n').next().unwrap_or_default());
    let line = Some(line_of(text, at));
    match id_around(text, at) {
        Some(id) => PatternError::Pattern { path, line, id: id.to_owned(), message },
        None => PatternError::Syntax { path, line, message },
    }
}

/// The id of the pattern in whose table the byte at `at` stands.
fn id_around(text: &str, at: usize) -> Option<&str> {
    const HEAD: &str = "[[pattern]]";
    // The place may be the head itself.
    let start = text.get(..(at + HEAD.len()).min(text.len())).unwrap_or(text).rfind(HEAD)?;
    let table = &text[start + HEAD.len()..];
    let table = table.find(HEAD).map_or(table, |end| &table[..end]);
    let value = table.lines().find_map(|line| line.trim_start().strip_prefix("id")?.trim_start().strip_prefix('='))?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split(quote).next()
}

/// The line of the byte at `at`, from one.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    memchr::memchr_iter(b'\n', &text.as_bytes()[..at.min(text.len())]).count() + 1
}

/// The line on which a pattern states its id.
pub(super) fn line_of_id(text: &str, id: &str) -> Option<usize> {
    let quoted = [format!("\"{id}\""), format!("'{id}'")];
    text.lines()
        .position(|line| {
            let line = line.trim_start();
            line.starts_with("id") && quoted.iter().any(|id| line.contains(id.as_str()))
        })
        .map(|index| index + 1)
}
