//! An open file that is read as it grows.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::Reason;
use super::identity::{FileId, Fingerprint};
use super::lines::Lines;
use super::plain::read_at;

/// Bytes that are read at a time.
const PART: usize = 256 << 10;

/// A regular file, and how far it was read.
#[derive(Debug)]
pub(super) struct Tail {
    file: File,
    position: u64,
    /// Its first bytes, as far as they were read, at most [`Fingerprint::MOST`].
    head: Vec<u8>,
    lines: Lines,
    /// It is read to here for now, if that was said.
    limit: Option<u64>,
    /// Its length and time when it was last looked at.
    seen: (u64, Option<SystemTime>),
    /// What a writer that does not append leaves before its place in a file that was truncated under it.
    skips_zeros: bool,
}

/// How far a read came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// There is more.
    More,
    /// That was all there is by now.
    All,
    /// It is shorter than what was read of it, or begins otherwise: it was truncated.
    Truncated,
}

impl Tail {
    /// The file at `path`, from `position` on.
    pub(super) fn open(path: &Path, position: u64) -> io::Result<Self> {
        // To open a fifo would wait for a writer.
        if !fs::metadata(path)?.is_file() {
            return Err(Reason::System("is no longer a regular file".to_owned()).into());
        }
        let file = File::open(path)?;
        let mut tail = Self { file, position, head: Vec::new(), lines: Lines::default(), limit: None, seen: (0, None), skips_zeros: false };
        if position > 0 {
            tail.head = tail.present_head(usize::try_from(position).unwrap_or(usize::MAX))?;
        }
        Ok(tail)
    }

    /// What the system says of it.
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    /// Its number by now: some network mounts number a file anew.
    pub(super) fn id(&self) -> Option<FileId> {
        self.metadata().ok().as_ref().and_then(FileId::of)
    }

    /// The beginning of what was passed on of it: a date that no line follows as yet is the beginning of any log.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.head[..self.head.len().min(usize::try_from(self.delivered()).unwrap_or(usize::MAX))])
    }

    /// Whether it begins as `head` does by now, as far as both reach.
    pub(super) fn begins_like(&self, head: &[u8]) -> bool {
        let Ok(mine) = self.present_head(Fingerprint::MOST) else { return false };
        let shared = mine.len().min(head.len());
        shared > 0 && mine[..shared] == head[..shared]
    }

    /// How many of its bytes were passed on: up to the last complete line.
    pub(super) fn delivered(&self) -> u64 {
        self.position - self.lines.pending().min(self.position)
    }

    /// How many of its bytes were read.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// When it was last written, when it was last looked at.
    pub(super) fn modified(&self) -> Option<SystemTime> {
        self.seen.1
    }

    /// It is read no further than it reaches now.
    pub(super) fn limit_to_present(&mut self) {
        self.limit = self.metadata().ok().map(|metadata| metadata.len());
    }

    /// Appends to `out` the complete lines of what has come, reading about `most` bytes at most.
    pub(super) fn read(&mut self, most: usize, out: &mut Vec<u8>) -> io::Result<Read> {
        let metadata = self.metadata()?;
        let seen = (metadata.len(), metadata.modified().ok());
        if seen != self.seen {
            if seen.0 < self.position || !self.begins_as_before()? {
                return Ok(Read::Truncated);
            }
            self.seen = seen;
        }
        let end = self.limit.map_or(seen.0, |limit| limit.min(seen.0));
        let mut space = vec![0; PART.min(usize::try_from(end.saturating_sub(self.position)).unwrap_or(PART))];
        let mut got = 0;
        while self.position < end && got < most {
            let want = space.len().min(usize::try_from(end - self.position).unwrap_or(usize::MAX));
            let (count, fault) = read_at(&self.file, &mut space[..want], self.position);
            self.took(&space[..count], out);
            got += count;
            if let Some(error) = fault {
                return Err(error);
            }
            if count < want {
                // It shrank in this moment; the next look tells.
                return Ok(Read::All);
            }
        }
        Ok(if self.position < end { Read::More } else { Read::All })
    }

    /// It was truncated: it is read from its beginning.
    pub(super) fn restart(&mut self) {
        self.position = 0;
        self.head.clear();
        self.lines = Lines::default();
        self.seen = (0, None);
        self.skips_zeros = true;
    }

    /// Nothing follows any more: what is left of it is a line.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        self.lines.end(out);
    }

    fn took(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let room = Fingerprint::MOST - self.head.len().min(Fingerprint::MOST);
        if room > 0 && self.position == self.head.len() as u64 {
            self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        self.position += bytes.len() as u64;
        let zeros = if self.skips_zeros { bytes.iter().take_while(|byte| **byte == 0).count() } else { 0 };
        self.skips_zeros &= zeros == bytes.len();
        self.lines.take(&bytes[zeros..], out);
    }

    fn begins_as_before(&self) -> io::Result<bool> {
        Ok(self.head.is_empty() || self.present_head(self.head.len())? == self.head)
    }

    fn present_head(&self, most: usize) -> io::Result<Vec<u8>> {
        let mut head = vec![0; most.min(Fingerprint::MOST)];
        let (got, fault) = read_at(&self.file, &mut head, 0);
        head.truncate(got);
        fault.map_or(Ok(head), Err)
    }
}
