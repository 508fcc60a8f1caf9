//! A log that is written, rotated and lost in all the ways that happen, and what of it a reader must have seen.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

/// What may happen to a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The server writes so many lines, and whatever it had begun.
    Append(u8),
    /// It writes the beginning of a line.
    Begin,
    /// `mv log log.1`; the server goes on in the old file until it opens the log anew.
    Rename,
    /// The server opens the log, making it if need be.
    Reopen,
    /// `cp log log.1; : > log`.
    CopyTruncate,
    /// `: > log`.
    Truncate,
    /// `rm log`.
    Delete,
    /// `gzip log.1`, or the oldest that is not compressed.
    Compress,
    /// The reader has its turn.
    Look,
}

pub(crate) fn actions() -> impl Strategy<Value = Vec<Action>> {
    use Action::{Append, Begin, Compress, CopyTruncate, Delete, Look, Rename, Reopen, Truncate};
    let action = prop_oneof![
        8 => (1_u8..6).prop_map(Append),
        2 => Just(Begin),
        3 => Just(Rename),
        4 => Just(Reopen),
        2 => Just(CopyTruncate),
        1 => Just(Truncate),
        1 => Just(Delete),
        2 => Just(Compress),
        6 => Just(Look),
    ];
    proptest::collection::vec(action, 1..40)
}

/// The log at `path`, and its writer.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each says something else of it")]
pub(crate) struct Log {
    pub(crate) path: PathBuf,
    writer: Option<File>,
    begun: Option<(usize, String)>,
    next: usize,
    /// Lines that were begun and never completed.
    pub(crate) abandoned: u64,
    /// Every complete line, by number, and whether nobody can know of it.
    pub(crate) complete: BTreeSet<usize>,
    pub(crate) unknowable: BTreeSet<usize>,
    /// Those of them of which not even a trace was seen: nothing of their file had been read.
    pub(crate) silent: BTreeSet<usize>,
    /// The reader holds files that it has met.
    holds_files: bool,
    /// Something of the writer's file has been read.
    is_begun: bool,
    /// Lines that were written since the reader had its turn.
    fresh: BTreeSet<usize>,
    /// The reader has seen the writer's file since that was made.
    is_met: bool,
    /// The writer's file stands at the path.
    is_at_path: bool,
    is_deleted: bool,
    /// The text of line `n`, without its end.
    line: fn(usize) -> String,
}

impl Log {
    pub(crate) fn new(path: PathBuf, line: fn(usize) -> String, holds_files: bool) -> Self {
        let empty = BTreeSet::new;
        let mut log = Self {
            path,
            writer: None,
            begun: None,
            abandoned: 0,
            next: 0,
            complete: empty(),
            unknowable: empty(),
            silent: empty(),
            holds_files,
            is_begun: false,
            is_deleted: false,
            fresh: empty(),
            is_met: false,
            is_at_path: false,
            line,
        };
        log.reopen();
        log
    }

    /// Does what is no business of the reader's.
    pub(crate) fn act(&mut self, action: Action) {
        match action {
            Action::Append(lines) => (0..lines).for_each(|_| self.append()),
            Action::Begin => self.begin(),
            Action::Rename => self.rename(),
            Action::Reopen => self.reopen(),
            Action::CopyTruncate => self.copy_and_truncate(),
            Action::Truncate => self.truncate(),
            Action::Delete => self.delete(),
            Action::Compress => self.compress(),
            Action::Look => {}
        }
    }

    /// The reader had its turn.
    pub(crate) fn looked(&mut self) {
        self.fresh.clear();
        self.is_met |= self.is_at_path;
        self.is_begun = self.is_at_path && fs::read(&self.path).unwrap().contains(&b'\n');
    }

    fn write(&mut self, text: &str) {
        self.writer.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    pub(crate) fn append(&mut self) {
        let (number, rest) = self.begun.take().unwrap_or_else(|| (self.next, (self.line)(self.next)));
        self.next = self.next.max(number + 1);
        self.write(&format!("{rest}\n"));
        self.complete.insert(number);
        self.fresh.insert(number);
        if self.is_deleted && !self.holds_files {
            self.lose();
        }
    }

    fn begin(&mut self) {
        if self.begun.is_none() {
            let text = (self.line)(self.next);
            let (now, later) = text.split_at(8);
            self.write(now);
            self.begun = Some((self.next, later.to_owned()));
            self.next += 1;
        }
    }

    /// `log.1` becomes `log.2` and so on, compressed or not.
    fn shift(&self) {
        for number in (1..60).rev() {
            for ending in ["", ".gz"] {
                let from = self.rotated(number, ending);
                if from.exists() {
                    fs::rename(from, self.rotated(number + 1, ending)).unwrap();
                }
            }
        }
    }

    fn rotated(&self, number: usize, ending: &str) -> PathBuf {
        PathBuf::from(format!("{}.{number}{ending}", self.path.display()))
    }

    fn rename(&mut self) {
        if self.path.exists() {
            self.shift();
            fs::rename(&self.path, self.rotated(1, "")).unwrap();
            self.is_at_path = false;
        }
    }

    pub(crate) fn reopen(&mut self) {
        if self.is_at_path {
            return;
        }
        // A server writes lines whole; what it had begun stays without end.
        self.abandoned += u64::from(self.begun.take().is_some());
        self.writer = Some(OpenOptions::new().create(true).append(true).open(&self.path).unwrap());
        self.is_at_path = true;
        self.is_deleted = false;
        self.is_begun = false;
        self.is_met = false;
    }

    fn copy_and_truncate(&mut self) {
        // Half of a line in the copy and half in the file are no line any more.
        if !self.is_at_path || self.begun.is_some() {
            return;
        }
        self.shift();
        fs::copy(&self.path, self.rotated(1, "")).unwrap();
        self.is_begun = false;
        OpenOptions::new().write(true).open(&self.path).unwrap().set_len(0).unwrap();
    }

    /// Nobody can know any more what was written lately.
    fn lose(&mut self) {
        if !self.is_begun {
            self.silent.extend(&self.fresh);
        }
        self.unknowable.append(&mut self.fresh);
    }

    fn truncate(&mut self) {
        if !self.is_at_path || self.begun.is_some() {
            return;
        }
        self.lose();
        self.is_begun = false;
        OpenOptions::new().write(true).open(&self.path).unwrap().set_len(0).unwrap();
    }

    fn delete(&mut self) {
        if !self.is_at_path || !self.is_met {
            return;
        }
        fs::remove_file(&self.path).unwrap();
        self.is_at_path = false;
        self.is_deleted = true;
        if !self.holds_files {
            self.lose();
        }
    }

    fn compress(&mut self) {
        // The file that is still written to is left alone, as `delaycompress` does.
        let first = if self.is_at_path { 1 } else { 2 };
        let Some(number) = (first..60).find(|number| self.rotated(*number, "").exists()) else { return };
        let plain = self.rotated(number, "");
        gzip(&plain);
    }
}

/// What `gzip` does to a file.
pub(crate) fn gzip(plain: &Path) {
    let packed = PathBuf::from(format!("{}.gz", plain.display()));
    let modified = fs::metadata(plain).unwrap().modified().unwrap();
    let mut encoder = flate2::write::GzEncoder::new(File::create(&packed).unwrap(), flate2::Compression::fast());
    encoder.write_all(&fs::read(plain).unwrap()).unwrap();
    encoder.finish().unwrap().set_modified(modified).unwrap();
    fs::remove_file(plain).unwrap();
}

/// How many sequences a property is tried with: `SEQUENCES`, or `usual`.
pub(crate) fn sequences(usual: u32) -> u32 {
    std::env::var("SEQUENCES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}
