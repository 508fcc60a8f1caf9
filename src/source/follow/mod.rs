//! Logs as endless sources: every complete line once, whatever happens to the files.
//!
//! A path is one source. When its file is renamed or deleted, that one is read to its end, and on for a while, since its
//! writer may take time to notice; then what came between, should the log have been rotated twice in one moment; then the
//! file that stands at the path now. When it is truncated, the copy that was made of it has the rest. What is compressed
//! is known by its content and not read again.
//!
//! It looks every time that it is asked, and never waits: who asks brings the time. Files are looked at, not watched. A
//! look costs two calls a file, so that a thousand files asked ten times a second take some hundredths of a core; what the
//! kernel tells of changes (inotify and its kin) it does not tell of network mounts, forgets when too much happens, and
//! rations by user. With looks alone there is one way that works everywhere, and a line is seen within a quarter second, the time included that its record waits for more of it.

mod matched;
mod plan;
mod segment;
mod succession;
mod track;
mod turnover;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::identity::{FileId, Fingerprint};
use super::{Input, Source, SourceError};
use crate::time::Timestamp;

use plan::{Found, Plan, found};
use track::Track;

/// Folders and globs are listed at each so many-th look.
const LISTING: u64 = 2;

/// Where the reading of a file was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// As it was found.
    pub path: PathBuf,
    /// Its number.
    pub id: Option<FileId>,
    /// Its beginning.
    pub fingerprint: Fingerprint,
    /// How many decompressed bytes of it were delivered: up to the last complete line.
    pub offset: u64,
    /// It is compressed and was read to its end.
    pub is_complete: bool,
    /// It was the file that is written to.
    pub is_live: bool,
    /// Its length on disk.
    pub bytes: u64,
    /// When it was last written.
    pub modified: Option<Timestamp>,
    /// When it was last met, of what an earlier run left; `None` of this run's own.
    pub seen: Option<Timestamp>,
}

/// Something that happened to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// As it is shown.
    pub path: PathBuf,
    /// In plain words, to follow the path and a colon.
    pub text: String,
    /// A part of the input could not be read for it.
    pub is_failure: bool,
}

impl Note {
    fn told(path: &Path, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), is_failure: false }
    }

    fn lost(path: &Path, text: &str) -> Self {
        Self { is_failure: true, ..Self::told(path, text) }
    }

    fn unread(path: &Path, text: &str) -> Self {
        Self { is_failure: true, ..Self::told(path, text) }
    }
}

/// What takes complete lines: the number of their input, and they, each with its end.
pub type Sink<'s> = dyn FnMut(usize, &[u8]) + 's;

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The files that are written to, from their beginning and for ever. Rotated ones are read only if named themselves.
    Following,
    /// Everything that is there, to its present end.
    Once,
}

/// Logs that are followed.
#[derive(Debug)]
pub struct Follower {
    inputs: Vec<Input>,
    reading: Reading,
    tracks: Vec<Track>,
    /// By folder and the name that a rotated set shares.
    by_set: HashMap<(PathBuf, String), usize>,
    names: Vec<PathBuf>,
    /// The log of each.
    owners: Vec<usize>,
    streams: Vec<Source>,
    faults: Vec<SourceError>,
    notes: Vec<Note>,
    /// Of an earlier run, as far as no file here has them: their files may come back.
    absent: Vec<Position>,
    looks: u64,
}

impl Follower {
    /// Finds what `inputs` name. `positions` are those that an earlier run left, if there was one.
    pub fn new(inputs: &[Input], reading: Reading, positions: Option<&[Position]>) -> Self {
        let Found { sets, streams, faults } = found(inputs, reading);
        let mut follower = Self {
            inputs: inputs.to_vec(),
            reading,
            tracks: Vec::new(),
            by_set: HashMap::new(),
            names: Vec::new(),
            owners: Vec::new(),
            streams,
            faults,
            notes: Vec::new(),
            absent: Vec::new(),
            looks: 0,
        };
        let mut left = positions.map(<[Position]>::to_vec);
        for (key, set) in sets {
            let plan = Plan::new(&set, reading, left.as_mut());
            follower.add(key, plan);
        }
        follower.absent = left.unwrap_or_default();
        follower
    }

    /// How many logs there are.
    pub fn logs(&self) -> usize {
        self.tracks.len()
    }

    /// The files whose lines are delivered, by number.
    pub fn names(&self) -> &[PathBuf] {
        &self.names
    }

    /// What was named that can be read only once; that is left to the caller.
    pub fn streams(&self) -> &[Source] {
        &self.streams
    }

    /// What cannot be read at all.
    pub fn faults(&self) -> &[SourceError] {
        &self.faults
    }

    /// What happened to files since this was last asked.
    pub fn notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Looks for new logs in folders and globs, at each second call.
    pub fn look_for_logs(&mut self) {
        self.looks += 1;
        let lists = self.inputs.iter().any(|input| matches!(input, Input::Path(path) if !path.is_file()));
        if self.reading != Reading::Following || !lists || !self.looks.is_multiple_of(LISTING) {
            return;
        }
        for (key, set) in found(&self.inputs, self.reading).sets {
            match self.by_set.get(&key) {
                None => {
                    let plan = Plan::new(&set, self.reading, None);
                    self.add(key, plan);
                }
                // A log whose present file has a date in its name goes on in the next one.
                Some(at) => {
                    let Some(next) = set.later_than(&self.tracks[*at].path) else { continue };
                    self.tracks[*at].path.clone_from(&next);
                    self.tracks[*at].input = self.names.len();
                    self.names.push(next);
                    self.owners.push(*at);
                }
            }
        }
    }

    /// Reads what has come of one log, a turn of it. True if there is, or may be, more at once.
    pub fn poll(&mut self, log: usize, now: Timestamp, sink: &mut Sink<'_>) -> bool {
        self.tracks[log].poll(now, self.reading == Reading::Following, sink, &mut self.notes)
    }

    /// The log is read no further than it reaches now.
    pub fn limit_to_present(&mut self, log: usize) {
        self.tracks[log].limit_to_present();
    }

    /// The log to which the lines of a file belong.
    pub fn log_of(&self, input: usize) -> usize {
        self.owners[input]
    }

    /// Where the file of a log stands that is written to.
    pub fn path_of(&self, log: usize) -> &Path {
        &self.tracks[log].path
    }

    /// Why nothing could ever be read of a log.
    pub fn never_read(&self, log: usize) -> Option<&str> {
        let track = &self.tracks[log];
        if track.has_opened { None } else { track.trouble() }
    }

    /// Nothing will be read any more: lines that were never completed are delivered as they are. Not for a run after which
    /// another one goes on.
    pub fn end(&mut self, sink: &mut Sink<'_>) {
        self.tracks.iter_mut().for_each(|track| track.end(sink));
    }

    /// Where the reading was left, of every file that was met; then what an earlier run left of files that were not.
    pub fn positions(&self) -> (Vec<Position>, &[Position]) {
        (self.tracks.iter().flat_map(Track::positions).collect(), &self.absent)
    }

    fn add(&mut self, key: (PathBuf, String), plan: Plan) {
        let mut track = Track::new(plan.live.clone(), usize::MAX);
        for known in plan.known {
            track.passes_over(known);
        }
        for (path, offset) in &plan.before {
            track.before(self.names.len(), path, *offset, &mut self.notes);
            self.names.push(path.clone());
            self.owners.push(self.tracks.len());
        }
        for position in plan.unchanged {
            track.leaves(position);
        }
        self.notes.extend(plan.notes);
        if self.reading == Reading::Following {
            track.input = self.names.len();
            self.names.push(plan.live);
            self.owners.push(self.tracks.len());
            if let Some(offset) = plan.offset {
                track.at(offset, &mut self.notes);
            }
        }
        self.by_set.insert(key, self.tracks.len());
        self.tracks.push(track);
    }
}
