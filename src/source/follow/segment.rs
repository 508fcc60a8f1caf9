//! A file of a log that is read from some place to its end: plain and possibly still growing, or compressed.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::source::identity::{FileId, Fingerprint};
use crate::source::lines::Lines;
use crate::source::tail::{Read, Tail};
use crate::source::{Compression, Feed, Filled, Position, Reason, Source, SourceError, sample, timestamp};
use crate::time::Timestamp;

/// Bytes that are read of a file before another has its turn, and before the caller may do something else.
pub(super) const TURN: usize = 4 << 20;

/// What is known of a file without reading it through.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    pub(super) path: PathBuf,
    pub(super) id: Option<FileId>,
    /// Its first bytes, decompressed.
    pub(super) head: Vec<u8>,
    pub(super) metadata: Metadata,
    pub(super) is_compressed: bool,
    pub(super) is_readable: bool,
}

impl Probe {
    /// Looks at the regular file at `path`.
    pub(super) fn new(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
        // A compressed file that is still being written may have nothing to show yet.
        let sampled = sample(&Source::file(path), Fingerprint::MOST);
        let is_readable = !matches!(&sampled, Err(SourceError { reason: Reason::System(_), .. }));
        Some(Self {
            path: path.to_owned(),
            id: FileId::of(&metadata),
            head: sampled.unwrap_or_default().bytes,
            is_compressed: is_compressed(path),
            is_readable,
            metadata,
        })
    }
}

impl Probe {
    /// Whether it was last written no earlier than then. Some programs that compress keep the time to the second only.
    pub(super) fn is_newer_than(&self, then: Option<Timestamp>) -> bool {
        self.metadata.modified().ok().map(|modified| timestamp(modified).plus_seconds(1)) >= then
    }
}

fn is_compressed(path: &Path) -> bool {
    use std::io::Read;
    let mut head = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(16).read_to_end(&mut head));
    read.is_ok() && Compression::of(&head).is_some()
}

/// See the module.
#[derive(Debug)]
pub(super) enum Segment {
    Plain(Tail),
    Packed(Box<Packed>),
}

/// A compressed file.
#[derive(Debug)]
pub(super) struct Packed {
    feed: Feed,
    metadata: Metadata,
    /// Decompressed bytes that were read before, and are passed over.
    skip: u64,
    position: u64,
    head: Vec<u8>,
    lines: Lines,
    is_complete: bool,
}

/// How far a turn came.
#[derive(Debug)]
pub(super) enum Turn {
    More,
    /// That is all, or all for now.
    Done,
    Truncated,
    Failed(io::Error),
}

impl Segment {
    /// The file at `path`, from `position` on, in decompressed bytes.
    pub(super) fn open(path: &Path, position: u64) -> io::Result<Self> {
        if !is_compressed(path) {
            return Tail::open(path, position).map(Self::Plain);
        }
        let feed = Feed::open(&Source::file(path)).map_err(|error| io::Error::from(error.reason))?;
        let metadata = fs::metadata(path)?;
        Ok(Self::Packed(Box::new(Packed { feed, metadata, skip: position, position: 0, head: Vec::new(), lines: Lines::default(), is_complete: false })))
    }

    /// Appends complete lines to `out`, of about [`TURN`] bytes at most.
    pub(super) fn read(&mut self, out: &mut Vec<u8>) -> Turn {
        match self {
            Self::Plain(tail) => match tail.read(TURN, out) {
                Ok(Read::More) => Turn::More,
                Ok(Read::All) => Turn::Done,
                Ok(Read::Truncated) => Turn::Truncated,
                Err(error) => Turn::Failed(error),
            },
            Self::Packed(packed) => packed.read(out),
        }
    }

    /// Nothing follows any more: what is left of it is a line.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::Plain(tail) => tail.end(out),
            Self::Packed(packed) => packed.lines.end(out),
        }
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Plain(tail) => tail.fingerprint(),
            Self::Packed(packed) => Fingerprint::of(&packed.head[..packed.head.len().min(usize::try_from(packed.delivered()).unwrap_or(usize::MAX))]),
        }
    }

    pub(super) fn id(&self) -> Option<FileId> {
        match self {
            Self::Plain(tail) => tail.id(),
            Self::Packed(packed) => FileId::of(&packed.metadata),
        }
    }

    /// Where it was left.
    pub(super) fn position(&self, path: &Path, is_live: bool) -> Position {
        let (offset, is_complete, metadata) = match self {
            Self::Plain(tail) => (tail.delivered(), false, tail.metadata().ok()),
            Self::Packed(packed) => (packed.delivered(), packed.is_complete, Some(packed.metadata.clone())),
        };
        Position {
            path: path.to_owned(),
            id: metadata.as_ref().and_then(FileId::of),
            fingerprint: self.fingerprint(),
            offset,
            is_complete,
            is_live,
            bytes: metadata.as_ref().map_or(0, Metadata::len),
            modified: metadata.and_then(|metadata| metadata.modified().ok()).map(timestamp),
            seen: None,
        }
    }
}

impl Packed {
    fn delivered(&self) -> u64 {
        (self.position - self.lines.pending().min(self.position)).max(self.skip)
    }

    fn read(&mut self, out: &mut Vec<u8>) -> Turn {
        let mut bytes = Vec::new();
        let filled = self.feed.fill(&mut bytes, TURN);
        let room = Fingerprint::MOST - self.head.len().min(Fingerprint::MOST);
        self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        let passed = usize::try_from(self.skip.saturating_sub(self.position)).unwrap_or(usize::MAX).min(bytes.len());
        self.position += bytes.len() as u64;
        self.lines.take(&bytes[passed..], out);
        match filled {
            Filled::More => Turn::More,
            Filled::End(None) => {
                self.lines.end(out);
                self.is_complete = true;
                Turn::Done
            }
            Filled::End(Some(error)) => Turn::Failed(error.reason.into()),
        }
    }
}
