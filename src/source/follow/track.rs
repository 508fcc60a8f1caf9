//! One log as an endless source: the file at its path, those that stood there before, and what came between.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::segment::{Probe, Segment, TURN, Turn};
use super::succession::Known;
use super::{Note, Sink};
use crate::source::identity::FileId;
use crate::source::tail::{Read, Tail};
use crate::source::{Position, Reason, timestamp};
use crate::time::Timestamp;

/// A file that was renamed is read on until it has been quiet for so many seconds: its writer may take long to notice, and
/// the last workers of a server that was told to restart write there until their requests end.
const QUIET: i64 = 600;
/// One that was deleted takes room on the disk as long as it is held. While no other has taken its place, the server most
/// likely still writes to it.
const QUIET_DELETED: i64 = 60;
/// Files of one log that are held beside the present one: more than any rotation makes within [`QUIET`], the empty copies
/// of a log to which nothing is written included.
const MOST_RETIRED: usize = 64;
/// Files of one log that are remembered.
const MOST_FORMER: usize = 64;
const MOST_FINISHED: usize = 4_096;

/// A file that no longer stands at its path.
#[derive(Debug)]
pub(super) struct Retired {
    pub(super) tail: Tail,
    path: PathBuf,
    input: usize,
    quiet_since: Timestamp,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Track {
    /// Where the file stands that is written to.
    pub(super) path: PathBuf,
    /// The number under which its lines are delivered.
    pub(super) input: usize,
    /// What is still to be read before it, oldest first.
    pub(super) backlog: VecDeque<(usize, PathBuf, Segment)>,
    pub(super) current: Option<Tail>,
    pub(super) retired: Vec<Retired>,
    pub(super) former: VecDeque<Known>,
    /// Where files were left that are closed, and of which nothing was to be read.
    finished: VecDeque<Position>,
    unchanged: Vec<Position>,
    /// When the folder of a path at which nothing stands last changed.
    pub(super) folder_changed: Option<SystemTime>,
    /// What is wrong with the path, told already.
    pub(super) trouble: Option<String>,
    /// Anything of it could be opened.
    pub(super) has_opened: bool,
}

impl Track {
    pub(super) fn new(path: PathBuf, input: usize) -> Self {
        Self {
            path,
            input,
            backlog: VecDeque::new(),
            current: None,
            retired: Vec::new(),
            former: VecDeque::new(),
            finished: VecDeque::new(),
            unchanged: Vec::new(),
            folder_changed: None,
            trouble: None,
            has_opened: false,
        }
    }

    /// A file that is to be read before the one at the path.
    pub(super) fn before(&mut self, input: usize, path: &Path, offset: u64, notes: &mut Vec<Note>) {
        match Segment::open(path, offset) {
            Ok(segment) => {
                self.has_opened = true;
                self.backlog.push_back((input, path.to_owned(), segment));
            }
            Err(error) => notes.push(Note::unread(path, &Reason::from(error).to_string())),
        }
    }

    /// The file at the path was read to that place before.
    pub(super) fn at(&mut self, offset: u64, notes: &mut Vec<Note>) {
        match Tail::open(&self.path, offset) {
            Ok(tail) => self.opened(tail),
            Err(error) => self.fails(error, notes),
        }
    }

    /// A file beside it that is none of its news.
    pub(super) fn passes_over(&mut self, known: Known) {
        if known.fingerprint.bytes == 0 {
            return;
        }
        self.former.push_back(known);
        if self.former.len() > MOST_FORMER {
            self.former.pop_front();
        }
    }

    /// A file of which nothing is to be read.
    pub(super) fn leaves(&mut self, position: Position) {
        self.unchanged.push(position);
    }

    /// Its files are read no further than they reach now.
    pub(super) fn limit_to_present(&mut self) {
        let backlog = self.backlog.iter_mut().filter_map(|(.., segment)| if let Segment::Plain(tail) = segment { Some(tail) } else { None });
        backlog.chain(&mut self.current).for_each(Tail::limit_to_present);
    }

    /// Reads what has come, one turn of it. True if there is, or may be, more at once.
    pub(super) fn poll(&mut self, now: Timestamp, is_following: bool, sink: &mut Sink<'_>, notes: &mut Vec<Note>) -> bool {
        self.drain_retired(now, sink, notes);
        if self.read_backlog(now, is_following, sink, notes) || self.read_current(sink, notes) {
            return true;
        }
        is_following && self.look(now, notes)
    }

    /// Nothing will be read any more: lines that were never completed are delivered as they are.
    pub(super) fn end(&mut self, sink: &mut Sink<'_>) {
        let mut out = Vec::new();
        for retired in &mut self.retired {
            retired.tail.end(&mut out);
            deliver(retired.input, &mut out, sink);
        }
        if let Some(tail) = &mut self.current {
            tail.end(&mut out);
            deliver(self.input, &mut out, sink);
        }
    }

    /// Where its files were left.
    pub(super) fn positions(&self) -> impl Iterator<Item = Position> {
        let backlog = self.backlog.iter().map(|(_, path, segment)| segment.position(path, *path == self.path));
        let retired = self.retired.iter().map(|retired| position(&retired.tail, &retired.path, false));
        let current = self.current.iter().map(|tail| position(tail, &self.path, true));
        self.unchanged.iter().chain(&self.finished).cloned().chain(backlog).chain(retired).chain(current)
    }

    /// Whether it holds that file, or held it.
    pub(super) fn knows(&self, probe: &Probe) -> bool {
        let held = self.current.iter().chain(self.retired.iter().map(|retired| &retired.tail));
        held.into_iter().any(|tail| (tail.id().is_some() && tail.id() == probe.id) || tail.begins_like(&probe.head))
            || self.backlog.iter().any(|(.., segment)| segment.id() == probe.id || segment.fingerprint().fits(&probe.head))
            || self.former.iter().any(|known| known.is(probe))
    }

    fn read_backlog(&mut self, now: Timestamp, is_following: bool, sink: &mut Sink<'_>, notes: &mut Vec<Note>) -> bool {
        let Some((input, path, segment)) = self.backlog.front_mut() else { return false };
        let mut out = Vec::new();
        let turn = segment.read(&mut out);
        deliver(*input, &mut out, sink);
        match turn {
            Turn::More => return true,
            Turn::Done => {}
            Turn::Truncated => notes.push(Note::lost(path, "was truncated before it was read to its end")),
            Turn::Failed(error) => notes.push(Note::unread(path, &Reason::from(error).to_string())),
        }
        if let Some((input, path, segment)) = self.backlog.pop_front() {
            self.passes_over(known_segment(&segment, &path));
            match segment {
                // It may still be written to.
                Segment::Plain(tail) if is_following => self.retire(tail, path, input, now),
                segment => self.close(segment.position(&path, path == self.path)),
            }
        }
        true
    }

    fn read_current(&mut self, sink: &mut Sink<'_>, notes: &mut Vec<Note>) -> bool {
        let Some(tail) = &mut self.current else { return false };
        let mut out = Vec::new();
        let is_new = tail.position() == 0 && tail.modified().is_some();
        let before = known(tail);
        let read = tail.read(TURN, &mut out);
        let is_changed = tail.position() > 0 || known(tail).modified != before.modified;
        if is_new && is_changed {
            // It was empty when it was last looked at: what it held meanwhile may have been moved or copied away.
            self.queue_between(&before, notes);
        }
        deliver(self.input, &mut out, sink);
        match read {
            Ok(Read::More) => true,
            Ok(Read::All) => false,
            Ok(Read::Truncated) => {
                self.truncated(sink, notes);
                true
            }
            Err(error) => {
                // On a network mount a file may go stale; it is opened again where it was left.
                if let Some(tail) = self.current.take() {
                    self.passes_over(known(&tail));
                }
                self.fails(error, notes);
                false
            }
        }
    }

    fn drain_retired(&mut self, now: Timestamp, sink: &mut Sink<'_>, notes: &mut Vec<Note>) {
        let mut at = 0;
        while at < self.retired.len() {
            let is_crowded = self.retired.len() > MOST_RETIRED;
            let retired = &mut self.retired[at];
            let mut out = Vec::new();
            let mut is_over = false;
            loop {
                let before = out.len();
                match retired.tail.read(TURN, &mut out) {
                    Ok(Read::More) => {}
                    Ok(Read::All) => break,
                    Ok(Read::Truncated) | Err(_) => {
                        is_over = true;
                        break;
                    }
                }
                if out.len() > before {
                    deliver(retired.input, &mut out, sink);
                }
            }
            if !out.is_empty() {
                retired.quiet_since = now;
                deliver(retired.input, &mut out, sink);
            }
            let patience = if is_deleted(&retired.tail) && self.current.is_some() { QUIET_DELETED } else { QUIET };
            is_over |= now >= retired.quiet_since.plus_seconds(patience);
            if is_over || is_crowded {
                if !is_over {
                    notes.push(Note::lost(&retired.path, "too many files came after it within minutes; what is still written to it is lost"));
                }
                let mut retired = self.retired.remove(at);
                self.close(position(&retired.tail, &retired.path, false));
                retired.tail.end(&mut out);
                deliver(retired.input, &mut out, sink);
            } else {
                at += 1;
            }
        }
    }

    pub(super) fn retire(&mut self, tail: Tail, path: PathBuf, input: usize, now: Timestamp) {
        self.passes_over(known(&tail));
        self.retired.push(Retired { tail, path, input, quiet_since: now });
    }

    pub(super) fn close(&mut self, position: Position) {
        self.finished.push_back(position);
        if self.finished.len() > MOST_FINISHED {
            self.finished.pop_front();
        }
    }

    pub(super) fn opened(&mut self, tail: Tail) {
        self.current = Some(tail);
        self.has_opened = true;
        self.trouble = None;
    }

    /// Says once what is wrong with the path; it is looked at again all the same.
    pub(super) fn fails(&mut self, error: io::Error, notes: &mut Vec<Note>) {
        let text = Reason::from(error).to_string();
        if self.trouble.as_ref() != Some(&text) {
            notes.push(Note::told(&self.path, &text));
            self.trouble = Some(text);
        }
    }

    /// What is wrong with the path now.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }
}

pub(super) fn deliver(input: usize, out: &mut Vec<u8>, sink: &mut Sink<'_>) {
    if !out.is_empty() {
        sink(input, out);
        out.clear();
    }
}

pub(super) fn known(tail: &Tail) -> Known {
    Known { id: tail.id(), fingerprint: tail.fingerprint(), offset: tail.delivered(), modified: tail.modified().map(timestamp) }
}

fn known_segment(segment: &Segment, path: &Path) -> Known {
    let position = segment.position(path, false);
    Known { id: position.id, fingerprint: position.fingerprint, offset: position.offset, modified: position.modified }
}

fn position(tail: &Tail, path: &Path, is_live: bool) -> Position {
    let metadata = tail.metadata().ok();
    Position {
        path: path.to_owned(),
        id: metadata.as_ref().and_then(FileId::of),
        fingerprint: tail.fingerprint(),
        offset: tail.delivered(),
        is_complete: false,
        is_live,
        bytes: metadata.as_ref().map_or(0, std::fs::Metadata::len),
        modified: metadata.and_then(|metadata| metadata.modified().ok()).map(timestamp),
        seen: None,
    }
}

#[cfg(unix)]
pub(super) fn is_deleted(tail: &Tail) -> bool {
    use std::os::unix::fs::MetadataExt;
    tail.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
}

#[cfg(not(unix))]
pub(super) fn is_deleted(_: &Tail) -> bool {
    false
}
