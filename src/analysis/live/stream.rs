//! A stream that is read on a thread of its own, so that nothing waits for it.

use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;

use crate::source::{Feed, Filled, Lines, Source};

/// Bytes that are read at a time, and how many of those may wait: what a stream has in memory.
const PART: usize = 256 << 10;
const WAITING: usize = 8;

/// See the module.
#[derive(Debug)]
pub(super) struct Stream {
    /// The number of its input.
    pub(super) input: usize,
    parts: Receiver<(Vec<u8>, Filled)>,
    /// The line that is not complete yet.
    pub(super) lines: Lines,
    pub(super) has_ended: bool,
}

impl Stream {
    /// Begins to read. `wake` is called whenever something has come.
    pub(super) fn open(source: &Source, input: usize, wake: impl Fn() + Send + 'static) -> Self {
        let (send, parts) = sync_channel(WAITING);
        let source = source.clone();
        thread::spawn(move || {
            // A pipe that nobody writes to keeps its reader waiting.
            let mut feed = match Feed::open(&source) {
                Ok(feed) => feed,
                Err(error) => {
                    let _ = send.send((Vec::new(), Filled::End(Some(error))));
                    return wake();
                }
            };
            loop {
                let mut part = Vec::new();
                let filled = feed.fill_some(&mut part, PART);
                let has_ended = filled != Filled::More;
                // The receiver is gone when the run has ended.
                let is_gone = send.send((part, filled)).is_err();
                wake();
                if is_gone || has_ended {
                    return;
                }
            }
        });
        Self { input, parts, lines: Lines::default(), has_ended: false }
    }

    /// What has come, if anything has.
    pub(super) fn next(&mut self) -> Option<(Vec<u8>, Filled)> {
        if self.has_ended {
            return None;
        }
        match self.parts.try_recv() {
            Ok(part) => {
                self.has_ended = part.1 != Filled::More;
                Some(part)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.has_ended = true;
                Some((Vec::new(), Filled::End(None)))
            }
        }
    }
}
