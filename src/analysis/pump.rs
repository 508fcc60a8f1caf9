//! A stream read on a thread of its own, so that the run can end while the stream is silent.

use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use super::Stop;
use crate::source::{Feed, Filled, PlainFile};

/// Bytes that are sent at a time, and how many of those may wait: what a stream has in memory.
const PART: usize = 256 << 10;
const WAITING: usize = 8;
/// How often a silent stream is asked whether the run is to end.
const PATIENCE: Duration = Duration::from_millis(50);

/// The bytes of an input, in pieces.
#[derive(Debug)]
pub(super) enum Bytes {
    /// Read where it is asked for.
    Direct(Feed),
    /// Read on its own thread.
    Pumped { parts: Receiver<(Vec<u8>, Filled)>, stop: Stop, bytes: u64 },
}

impl Bytes {
    /// The bytes of `feed`, pumped if it is a stream that may be silent.
    pub(super) fn new(mut feed: Feed, is_stream: bool, stop: &Stop) -> Self {
        if !is_stream {
            return Self::Direct(feed);
        }
        let (send, parts) = sync_channel(WAITING);
        thread::spawn(move || {
            loop {
                let mut part = Vec::new();
                let filled = feed.fill_some(&mut part, PART);
                let has_ended = filled != Filled::More;
                // The receiver is gone when the run has ended.
                if send.send((part, filled)).is_err() || has_ended {
                    return;
                }
            }
        });
        Self::Pumped { parts, stop: stop.clone(), bytes: 0 }
    }

    /// Bytes delivered so far.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Direct(feed) => feed.bytes(),
            Self::Pumped { bytes, .. } => *bytes,
        }
    }

    /// The file, if it is a plain one, which can be read anywhere.
    pub(super) fn plain(&self) -> Option<&PlainFile> {
        if let Self::Direct(feed) = self { feed.plain() } else { None }
    }

    /// Goes on from `position` of a plain file.
    pub(super) fn seek(&mut self, position: u64) {
        if let Self::Direct(feed) = self {
            feed.seek(position);
        }
    }

    /// Appends about `want` bytes: fewer only at the end, or when the run is asked to end.
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>, want: usize) -> Filled {
        let (parts, stop, bytes) = match self {
            Self::Direct(feed) => return feed.fill(buffer, want),
            Self::Pumped { parts, stop, bytes } => (parts, stop, bytes),
        };
        let enough = buffer.len() + want;
        while buffer.len() < enough {
            match parts.recv_timeout(PATIENCE) {
                Ok((part, filled)) => {
                    *bytes += part.len() as u64;
                    buffer.extend_from_slice(&part);
                    if filled != Filled::More {
                        return filled;
                    }
                }
                Err(RecvTimeoutError::Timeout) if !stop.is_asked() => {}
                Err(_) => return Filled::End(None),
            }
        }
        Filled::More
    }
}
