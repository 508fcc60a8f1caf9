//! What a file is compressed with: known by its first bytes, never by its name.

use std::fmt;

/// How many first bytes decide.
pub(super) const HEAD: usize = 10;

/// A compression that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the name says it")]
pub enum Compression {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

impl Compression {
    /// What data that begins with `head` is compressed with. Shorter heads than `HEAD` bytes are taken for what they
    /// begin with, as a file may be cut anywhere.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b] | [0x1f, 0x8b, 0x08, ..] => Some(Self::Gzip),
            // The second one begins a frame to be skipped, as parallel compressors write them.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', 0x00, ..] => Some(Self::Xz),
            // A line of text may begin with BZh; then a block or the end of the stream follows, each with its own mark.
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] => {
                let rest = &rest[..rest.len().min(6)];
                let is_mark = b"1AY&SY".starts_with(rest) || b"\x17\x72\x45\x38\x50\x90".starts_with(rest);
                is_mark.then_some(Self::Bzip2)
            }
            _ => None,
        }
    }

    /// Whether more bytes than `head` are needed to tell.
    pub(super) fn is_open(head: &[u8]) -> bool {
        let may_begin = |byte: &u8| matches!(byte, 0x1f | 0x28 | 0xfd | b'B' | 0x50..=0x5f | 0x04 | b'L' | b'7');
        head.len() < HEAD && head.first().is_none_or(may_begin)
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
        })
    }
}

/// The name of an archive or compression that is not read, if `head` begins one. Its bytes are no lines.
pub(super) fn foreign(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x1f, 0x9d, ..] => Some("an old .Z file (compress)"),
        [b'P', b'K', 0x03, 0x04, ..] => Some("a zip archive"),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Some("a 7z archive"),
        [0x04, 0x22, 0x4d, 0x18, ..] => Some("an lz4 file"),
        [b'L', b'Z', b'I', b'P', 0x00..=0x01, ..] => Some("an lzip file"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_text_is_not_taken_for_compressed() {
        for line in [&b"BZh9 is a name"[..], b"2026/03/18 03:00:00 [error]", b"[Wed Mar 18", b"(a)", b"", b"PK", b"LZIP it"] {
            assert_eq!(Compression::of(line), None, "{line:?}");
            assert_eq!(foreign(line), None, "{line:?}");
        }
    }

    #[test]
    fn the_first_bytes_tell_the_compression() {
        assert_eq!(Compression::of(b"\x1f\x8b\x08\x00"), Some(Compression::Gzip));
        assert_eq!(Compression::of(b"\x28\xb5\x2f\xfd"), Some(Compression::Zstd));
        assert_eq!(Compression::of(b"\x51\x2a\x4d\x18"), Some(Compression::Zstd));
        assert_eq!(Compression::of(b"\xfd7zXZ\x00"), Some(Compression::Xz));
        assert_eq!(Compression::of(b"BZh91AY&SY"), Some(Compression::Bzip2));
        assert_eq!(Compression::of(b"BZh9\x17\x72\x45\x38\x50\x90"), Some(Compression::Bzip2));
        assert_eq!(foreign(b"\x1f\x9d\x90"), Some("an old .Z file (compress)"));
    }

    #[test]
    fn a_head_is_open_until_it_decides() {
        assert!(Compression::is_open(b""));
        assert!(Compression::is_open(b"\x1f"));
        assert!(!Compression::is_open(b"2"));
        assert!(!Compression::is_open(b"BZh91AY&SY"));
    }
}
