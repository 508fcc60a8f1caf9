//! Where bytes come from: names to inputs, inputs to logs, logs to bytes. Knows no format and no pattern.
//!
//! [`discover()`] turns what the user named into [`Log`]s: files of one rotated set belong together, oldest first.
//! [`Feed`] yields the bytes of one member, decompressed, in pieces of any size. [`Follower`] yields the lines of logs that
//! go on, and of those that another run began to read ([`cursor`]). Two rules hold everywhere:
//!
//! - Whatever could be read is delivered, then the fault is told: a [`SourceError`] is a value, and never ends a run.
//! - Nothing is mapped into memory: a log that is truncated under its reader would kill the process. Files are read by
//!   position, up to the length that they had when they were opened, and whatever was appended meanwhile once.

mod codec;
mod compression;
pub mod cursor;
mod date;
mod delivered;
mod discover;
mod error;
pub mod follow;
mod identity;
mod lines;
mod members;
mod plain;
mod read;
mod rotation;
mod tail;
mod unpack;

use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

pub use compression::Compression;
pub use date::date_in_name;
pub use delivered::{Delivered, SECONDS as DELIVERED_SECONDS, delivered};
pub use discover::discover;
pub use error::{Reason, SourceError};
pub use follow::{Follower, Note, Position, Reading};
pub use identity::{FileId, Fingerprint};
pub use lines::Lines;
pub use plain::PlainFile;
pub use read::{Feed, Filled, Sample, sample};
pub use rotation::{Age, Rotated};

use crate::time::Timestamp;

/// What the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// `-`, or nothing at all.
    Stdin,
    /// A file, a folder or a glob.
    Path(PathBuf),
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Self::Stdin } else { Self::Path(path) }
    }
}

/// What can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As it is shown: as the user wrote it, and what a folder or a glob added. `-` for the standard input.
    pub path: PathBuf,
    /// How it is read.
    pub kind: SourceKind,
}

/// How a source is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A regular file: read by position, as often as one likes.
    File,
    /// A fifo or a device, named as such (`<(ssh host cat error.log)` is one): can be read only once.
    Pipe,
    /// The standard input: can be read only once.
    Stdin,
}

impl Source {
    /// The regular file at `path`.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), kind: SourceKind::File }
    }

    /// The standard input.
    pub fn stdin() -> Self {
        Self { path: PathBuf::from("-"), kind: SourceKind::Stdin }
    }

    /// Whether it can be read only once, so that nothing may look at it beforehand.
    pub fn is_stream(&self) -> bool {
        self.kind != SourceKind::File
    }

    /// When the file was last written, which is about when its last line was: the year of stamps that bear none is found
    /// by it. Streams have none.
    pub fn reference_time(&self) -> Option<Timestamp> {
        if self.is_stream() {
            return None;
        }
        fs::metadata(&self.path).ok()?.modified().ok().map(timestamp)
    }

    fn error(&self, reason: Reason) -> SourceError {
        SourceError { path: self.path.clone(), reason }
    }
}

fn timestamp(at: SystemTime) -> Timestamp {
    let micros = match at.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
    };
    Timestamp::from_micros(micros)
}

/// One log: the members of a rotated set, oldest first, or the only one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Never empty.
    pub members: Vec<Source>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_dash_is_the_standard_input() {
        assert_eq!(Input::from(PathBuf::from("-")), Input::Stdin);
        assert_eq!(Input::from(PathBuf::from("./-")), Input::Path(PathBuf::from("./-")));
    }

    #[test]
    fn the_reference_time_of_a_file_is_when_it_was_written() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_modified(UNIX_EPOCH + Duration::from_micros(1_773_802_800_000_250)).unwrap();
        let source = Source::file(file.path());
        assert_eq!(source.reference_time(), Some(Timestamp::from_micros(1_773_802_800_000_250)));
        assert_eq!(Source::stdin().reference_time(), None);
        assert_eq!(timestamp(UNIX_EPOCH - Duration::from_secs(1)), Timestamp::from_seconds(-1));
    }
}
