//! Which file it is, whatever it is called by now.
//!
//! Neither of the two marks is right alone. The number that the system gives a file is given to another one once the first
//! is gone, differs on each host of a network mount, and stays when a log is truncated in place. The first bytes stay with
//! the lines when they are copied or compressed, but an empty file has none, and two short ones may begin alike.

use std::fs::Metadata;

/// The number of a file on its machine: device and inode. Where a system has none, nothing is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    /// The device it is on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
}

impl FileId {
    /// The number that the system gave it.
    #[cfg(unix)]
    #[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
    pub fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Some(Self { device: metadata.dev(), inode: metadata.ino() })
    }

    /// The number that the system gave it.
    #[cfg(not(unix))]
    pub fn of(_: &Metadata) -> Option<Self> {
        None
    }
}

/// The beginning of a file's content, decompressed, as a hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// How many bytes it is of; 0 for a file of which nothing was read.
    pub bytes: u32,
    /// FNV-1a of them: it is written into files, so it must be the same in every version of the program.
    pub hash: u64,
}

impl Fingerprint {
    /// Bytes that are looked at. Lines bear the second they were written in, so two files that begin with a kilobyte in
    /// common are one.
    pub const MOST: usize = 1_024;

    /// That of a file that begins so.
    pub fn of(head: &[u8]) -> Self {
        let head = &head[..head.len().min(Self::MOST)];
        let hash = head.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        Self { bytes: u32::try_from(head.len()).unwrap_or(0), hash }
    }

    /// Whether a file that begins with `head` may be the one: it has those bytes. One of which nothing was read is none.
    pub fn fits(self, head: &[u8]) -> bool {
        self.bytes > 0 && head.get(..self.bytes as usize).is_some_and(|head| Self::of(head) == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_has_grown_keeps_its_fingerprint_and_another_has_none_of_it() {
        let print = Fingerprint::of(b"one\n");
        assert!(print.fits(b"one\n") && print.fits(b"one\ntwo\n"));
        assert!(!print.fits(b"one") && !print.fits(b"two\none\n"));
        assert!(!Fingerprint::of(b"").fits(b"one"), "an empty file is like every other");
        assert_eq!(Fingerprint::of(b"a").hash, 0xaf63_dc4c_8601_ec8c, "as published");
    }
}
