//! The bytes of an input. A stream is opened and read on a thread of its own, so that the run can end while nobody writes.

use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use super::{Progress, Stop};
use crate::source::{Feed, Filled, PlainFile, Source, SourceError};

/// Bytes that are sent at a time, and how many of those may wait: what a stream has in memory.
const PART: usize = 256 << 10;
const WAITING: usize = 8;
/// How often a silent stream is asked whether the run is to end.
const PATIENCE: Duration = Duration::from_millis(50);
/// What some editors and shells of Windows put before the first line. It belongs to no line.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The bytes of an input, in pieces, without the byte order mark that it may begin with.
#[derive(Debug)]
pub(super) struct Bytes {
    origin: Origin,
    is_at_start: bool,
    progress: Progress,
    /// What of it was told to `progress`.
    told: u64,
}

#[derive(Debug)]
enum Origin {
    /// Read where it is asked for.
    Direct(Feed),
    /// Read on its own thread.
    Pumped { parts: Receiver<Part>, stop: Stop, bytes: u64 },
}

type Part = Result<(Vec<u8>, Filled), SourceError>;

impl Bytes {
    /// Opens `source`; one that may keep its reader waiting, for its writer or for what that writes, is pumped. When the run
    /// is asked to end before somebody writes, there are no bytes.
    pub(super) fn open(source: &Source, is_parallel: bool, stop: &Stop, progress: &Progress) -> Result<Self, SourceError> {
        let origin = if source.is_stream() {
            pumped(source.clone(), stop)?
        } else {
            let feed = Feed::open(source)?;
            Origin::Direct(if is_parallel { feed.in_parallel() } else { feed })
        };
        Ok(Self { origin, is_at_start: true, progress: progress.clone(), told: 0 })
    }

    /// Bytes delivered so far.
    pub(super) fn bytes(&self) -> u64 {
        match &self.origin {
            Origin::Direct(feed) => feed.bytes(),
            Origin::Pumped { bytes, .. } => *bytes,
        }
    }

    /// The file, if it is a plain one, which can be read anywhere.
    pub(super) fn plain(&self) -> Option<&PlainFile> {
        if let Origin::Direct(feed) = &self.origin { feed.plain() } else { None }
    }

    /// Goes on from `position` of a plain file.
    pub(super) fn seek(&mut self, position: u64) {
        if let Origin::Direct(feed) = &mut self.origin {
            feed.seek(position);
            self.told = feed.consumed();
            self.is_at_start &= position == 0;
        }
    }

    /// Appends about `want` bytes: fewer only at the end, or when the run is asked to end.
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>, want: usize) -> Filled {
        let start = buffer.len();
        let filled = self.origin.fill(buffer, want);
        if let Origin::Direct(feed) = &self.origin {
            let consumed = feed.consumed();
            self.progress.add(consumed - self.told);
            self.told = consumed;
        }
        if std::mem::take(&mut self.is_at_start) && buffer[start..].starts_with(BYTE_ORDER_MARK) {
            buffer.drain(start..start + BYTE_ORDER_MARK.len());
        }
        filled
    }
}

/// Opens a stream on its own thread, and waits for that as long as the run goes on.
fn pumped(source: Source, stop: &Stop) -> Result<Origin, SourceError> {
    let (send, parts) = sync_channel(WAITING);
    thread::spawn(move || {
        let mut feed = match Feed::open(&source) {
            Ok(feed) => feed,
            // The receiver is gone when the run has ended.
            Err(error) => return drop(send.send(Err(error))),
        };
        let mut is_open = send.send(Ok((Vec::new(), Filled::More))).is_ok();
        while is_open {
            let mut part = Vec::new();
            let filled = feed.fill_some(&mut part, PART);
            let has_ended = filled != Filled::More;
            is_open = send.send(Ok((part, filled))).is_ok() && !has_ended;
        }
    });
    loop {
        match parts.recv_timeout(PATIENCE) {
            Ok(Err(error)) => return Err(error),
            Err(RecvTimeoutError::Timeout) if !stop.is_asked() => {}
            _ => return Ok(Origin::Pumped { parts, stop: stop.clone(), bytes: 0 }),
        }
    }
}

impl Origin {
    fn fill(&mut self, buffer: &mut Vec<u8>, want: usize) -> Filled {
        let (parts, stop, bytes) = match self {
            Self::Direct(feed) => return feed.fill(buffer, want),
            Self::Pumped { parts, stop, bytes } => (parts, stop, bytes),
        };
        let enough = buffer.len() + want;
        while buffer.len() < enough {
            match parts.recv_timeout(PATIENCE) {
                Ok(Ok((part, filled))) => {
                    *bytes += part.len() as u64;
                    buffer.extend_from_slice(&part);
                    if filled != Filled::More {
                        return filled;
                    }
                }
                Err(RecvTimeoutError::Timeout) if !stop.is_asked() => {}
                _ => return Filled::End(None),
            }
        }
        Filled::More
    }
}
