//! Why an input could not be read, wholly or in part, in plain words.

use std::io;
use std::path::PathBuf;

use super::Compression;

/// An input, or a part of it, that could not be read. What was readable has been delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", .path.display())]
pub struct SourceError {
    /// The path as it is shown.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with an input. All byte counts are of decompressed bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The system said so.
    #[error("{0}")]
    System(String),
    /// A glob matches nothing.
    #[error("no file matches")]
    NoMatch,
    /// A glob is malformed.
    #[error("not a valid glob: {0}")]
    BadGlob(&'static str),
    /// A folder holds nothing that could be a log.
    #[error("no log file in this folder")]
    NoLogs,
    /// A link leads back to a folder above itself.
    #[error("is a directory loop")]
    Loop,
    /// A link to what is not there.
    #[error("is a link that leads nowhere")]
    Dangling,
    /// A socket, which nothing can be read from.
    #[error("is a socket")]
    Socket,
    /// An archive or a compression that is not read.
    #[error("is {0}, which cannot be read: unpack it first")]
    Foreign(&'static str),
    /// Compressed data that ends too early.
    #[error("truncated {kind}: read {} bytes of it", grouped(*.bytes))]
    Truncated {
        /// What it was compressed with.
        kind: Compression,
        /// How much came out of it.
        bytes: u64,
    },
    /// Compressed data that is damaged.
    #[error("corrupt {kind}: read {} bytes of it", grouped(*.bytes))]
    Corrupt {
        /// What it was compressed with.
        kind: Compression,
        /// How much came out of it.
        bytes: u64,
    },
    /// Something stands after compressed data that was read whole.
    #[error("something that is not compressed follows the {kind} data and is ignored")]
    Trailing {
        /// What it was compressed with.
        kind: Compression,
    },
    /// Zero bytes stand after compressed data that was read whole.
    #[error("zero bytes follow the {kind} data and are ignored")]
    Padded {
        /// What it was compressed with.
        kind: Compression,
    },
    /// Unpacking it would take too much memory.
    #[error("{kind} data that needs over 128 MiB of memory to unpack is refused: unpack it first")]
    Memory {
        /// What it was compressed with.
        kind: Compression,
    },
    /// The file became shorter than it was when it was opened.
    #[error("was truncated while being read: read {} of {} bytes", grouped(*.read), grouped(*.expected))]
    Shrunk {
        /// How much could be read.
        read: u64,
        /// Its length before.
        expected: u64,
    },
}

impl From<io::Error> for Reason {
    /// The reason that travelled inside `error`, or what the system said, without its number.
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(reason) => reason,
            Err(error) => Self::System(in_words(&error)),
        }
    }
}

impl From<Reason> for io::Error {
    fn from(reason: Reason) -> Self {
        Self::other(reason)
    }
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = error.to_string();
            let words = text.split(" (os error ").next().unwrap_or(&text);
            let mut letters = words.chars();
            letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_is_wrong_in_plain_words() {
        let reason = Reason::Truncated { kind: Compression::Gzip, bytes: 12_345 };
        let error = SourceError { path: PathBuf::from("error.log.gz"), reason };
        assert_eq!(error.to_string(), "error.log.gz: truncated gzip: read 12,345 bytes of it");
        assert_eq!(Reason::from(io::Error::from_raw_os_error(13)).to_string(), "permission denied");
        assert_eq!(Reason::from(io::Error::from(io::ErrorKind::NotFound)).to_string(), "no such file or folder");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_number_of_a_system_error_is_left_out() {
        assert_eq!(Reason::from(io::Error::from_raw_os_error(5)).to_string(), "input/output error");
    }

    #[test]
    fn a_reason_survives_its_way_through_a_reader() {
        let reason = Reason::Shrunk { read: 1, expected: 1_000 };
        assert_eq!(Reason::from(io::Error::from(reason.clone())), reason);
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
