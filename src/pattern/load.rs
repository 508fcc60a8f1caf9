//! Pattern files, embedded and the user's.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::file::PatternFile;

/// The embedded pattern files as they were written, by name.
static TEXTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pattern_texts.rs"));
/// The same without examples, translated by `patterns/build.rs`.
static COMPACT: &str = include_str!(concat!(env!("OUT_DIR"), "/patterns.json"));

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

/// The embedded files without examples.
pub(super) fn embedded() -> Vec<(String, PatternFile)> {
    serde_json::from_str(COMPACT).expect("what the build script wrote is what this reads")
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
/// [`PatternError::Syntax`] when it is none.
pub(super) fn parse(path: &Path, text: &str) -> Result<PatternFile, PatternError> {
    toml::from_str(text).map_err(|error| PatternError::Syntax {
        path: path.to_owned(),
        line: error.span().map(|span| line_of(text, span.start)),
        message: error.message().to_owned(),
    })
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
