//! One file takes the place of another at a log's path, or a new content that of the old one.

use std::fs;
use std::io;
use std::path::Path;

use super::segment::{Probe, Segment, Turn};
use super::succession::{Known, rotated_set, succession};
use super::track::{Track, deliver, is_deleted, known};
use super::{Note, Sink};
use crate::source::identity::FileId;
use crate::source::tail::Tail;
use crate::source::{Position, Reason};
use crate::time::Timestamp;

impl Track {
    /// The file was truncated in place. If it was copied before (logrotate's copytruncate), the copy has the rest of it.
    pub(super) fn truncated(&mut self, sink: &mut Sink<'_>, notes: &mut Vec<Note>) {
        let Some(tail) = &self.current else { return };
        let old = known(tail);
        let found = succession(&self.path, &old, |probe| self.knows(probe));
        let mut out = Vec::new();
        let rest = found.rest.and_then(|rest| Some((read_rest(&rest, tail, &mut out).ok()?, rest)));
        match rest {
            Some((position, rest)) => {
                let text = format!("was truncated; its rest was read from {}, but what was written between the copying and that is lost", rest.path.display());
                notes.push(Note::told(&self.path, &text));
                self.close(position);
            }
            None => notes.push(Note::told(&self.path, "was truncated; lines that were written just before may be lost")),
        }
        deliver(self.input, &mut out, sink);
        self.passes_over(old);
        for probe in found.between {
            self.before(self.input, &probe.path, 0, notes);
        }
        if let Some(tail) = &mut self.current {
            tail.restart();
        }
    }

    /// Whether another file stands at the path by now, or none. True when there is something to read.
    pub(super) fn look(&mut self, now: Timestamp, notes: &mut Vec<Note>) -> bool {
        let metadata = match fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => metadata,
            Ok(_) => {
                self.fails(Reason::System("is no longer a regular file".to_owned()).into(), notes);
                return false;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(tail) = self.current.take() {
                    self.retire(tail, self.path.clone(), self.input, now);
                } else if !self.has_opened {
                    self.fails(error, notes);
                }
                return self.look_beside(notes);
            }
            Err(error) => {
                self.fails(error, notes);
                return false;
            }
        };
        let Some(tail) = &self.current else { return self.reopen(notes) };
        let is_same = match FileId::of(&metadata) {
            Some(id) => tail.id() == Some(id),
            // Nothing but the content tells.
            None => Probe::new(&self.path).is_none_or(|probe| tail.fingerprint().bytes == 0 || tail.fingerprint().fits(&probe.head)),
        };
        if is_same {
            self.trouble = None;
            return false;
        }
        if let Some(tail) = self.current.take() {
            self.retire(tail, self.path.clone(), self.input, now);
        }
        self.reopen(notes)
    }

    /// Nothing stands at the path: a file that stood there for a moment may have been rotated already.
    fn look_beside(&mut self, notes: &mut Vec<Note>) -> bool {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let changed = fs::metadata(folder).and_then(|metadata| metadata.modified()).ok();
        if !self.has_opened || self.folder_changed == changed {
            return false;
        }
        self.folder_changed = changed;
        if let Some(before) = self.before_this() {
            self.queue_between(&before, notes);
        }
        !self.backlog.is_empty()
    }

    /// The file that stood at the path last.
    fn before_this(&self) -> Option<Known> {
        self.retired.last().map(|retired| known(&retired.tail)).or_else(|| self.former.back().copied())
    }

    /// Opens what stands at the path.
    fn reopen(&mut self, notes: &mut Vec<Note>) -> bool {
        // What is compressed was read as what lay there before; nothing is ever added to it.
        let Some(probe) = Probe::new(&self.path).filter(|probe| !probe.is_compressed) else { return false };
        // The same file is back: it was renamed to and fro, or its folder was gone.
        if let Some(at) = self.retired.iter().position(|retired| probe.id.is_some() && retired.tail.id() == probe.id) {
            self.current = Some(self.retired.remove(at).tail);
            return true;
        }
        let tail = match Tail::open(&self.path, 0) {
            Ok(tail) => tail,
            Err(error) => {
                self.fails(error, notes);
                return false;
            }
        };
        let offset = self.left_of_copy(&probe, &tail);
        let tail = if offset > 0 { Tail::open(&self.path, offset).unwrap_or(tail) } else { tail };
        let before = self.before_this();
        self.opened(tail);
        if let Some(before) = before.filter(|_| offset == 0) {
            self.queue_between(&before, notes);
        }
        true
    }

    /// Where to go on in a file that took the place of a deleted one and begins with all that was read of it (a copy that
    /// is synchronised, a file that its network mount numbers anew); 0 for any other.
    fn left_of_copy(&mut self, probe: &Probe, tail: &Tail) -> u64 {
        let len = tail.metadata().map_or(0, |metadata| metadata.len());
        let Some(known) = self.former.iter().rev().find(|known| known.fingerprint.fits(&probe.head) && known.offset <= len).copied() else { return 0 };
        let is_held = self.retired.iter().any(|retired| retired.tail.fingerprint() == known.fingerprint && !is_deleted(&retired.tail));
        let has_name = |path: &Path| known.id.is_some() && fs::metadata(path).ok().as_ref().and_then(FileId::of) == known.id;
        if is_held || rotated_set(&self.path).iter().any(|(_, member)| *member != self.path && has_name(member)) {
            return 0;
        }
        self.retired.retain(|retired| retired.tail.fingerprint() != known.fingerprint);
        known.offset
    }

    pub(super) fn queue_between(&mut self, old: &Known, notes: &mut Vec<Note>) {
        let found = succession(&self.path, old, |probe| self.knows(probe));
        for probe in found.between {
            self.before(self.input, &probe.path, 0, notes);
        }
    }
}

/// Reads of a copy what was not read of the file itself.
fn read_rest(rest: &Probe, tail: &Tail, out: &mut Vec<u8>) -> io::Result<Position> {
    let mut segment = Segment::open(&rest.path, tail.delivered())?;
    loop {
        match segment.read(out) {
            Turn::More => {}
            Turn::Done => break,
            Turn::Truncated => return Err(Reason::System("was truncated".to_owned()).into()),
            Turn::Failed(error) => return Err(error),
        }
    }
    let position = segment.position(&rest.path, false);
    segment.end(out);
    Ok(position)
}
