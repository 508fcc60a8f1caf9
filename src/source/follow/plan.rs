//! Which files of a rotated set are read, and from where on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::matched::{Match, Matched};
use super::segment::Probe;
use super::succession::{Known, rotated_set, stem};
use super::{Note, Position, Reading};
use crate::source::identity::Fingerprint;
use crate::source::{Age, Input, Reason, Rotated, Source, SourceError, discover, timestamp};

/// What was found under the names that the user gave.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In the order in which they were found.
    pub(super) sets: Vec<((PathBuf, String), Set)>,
    pub(super) streams: Vec<Source>,
    pub(super) faults: Vec<SourceError>,
}

/// A rotated set, or a file that is none.
#[derive(Debug)]
pub(super) struct Set {
    /// The file that is written to, whether it is there or not.
    live: PathBuf,
    /// Files that are asked for, oldest first.
    named: Vec<(Age, PathBuf)>,
}

impl Set {
    /// Its files, those beside the ones that are asked for included, oldest first.
    fn probes(&self) -> Vec<(Age, Probe)> {
        let mut members = rotated_set(&self.live);
        let others: Vec<_> = self.named.iter().filter(|named| !members.contains(named)).cloned().collect();
        members.extend(others);
        members.sort();
        members.into_iter().filter_map(|(age, path)| Some((age, Probe::new(&path)?))).collect()
    }

    /// The file that is written to now, if it is a later one of the same log.
    pub(super) fn later_than(&self, path: &Path) -> Option<PathBuf> {
        let age = |path: &Path| Rotated::read(&path.file_name().unwrap_or_default().to_string_lossy()).age;
        (self.live != path && age(&self.live) > age(path)).then(|| self.live.clone())
    }
}

/// The sets under `inputs`.
pub(super) fn found(inputs: &[Input], reading: Reading) -> Found {
    let mut found = Found::default();
    let mut places: BTreeMap<(PathBuf, String), usize> = BTreeMap::new();
    for input in inputs {
        let (logs, faults) = discover(std::slice::from_ref(input));
        let is_named = matches!(input, Input::Path(path) if path.is_file() || is_awaited(path));
        if let Input::Path(path) = input
            && logs.is_empty()
            && is_awaited(path)
            && reading == Reading::Following
        {
            add(&mut found, &mut places, &[(age(path), path.clone())], true);
            continue;
        }
        // A folder or a glob may have something later.
        let is_hopeless = |fault: &SourceError| reading == Reading::Once || !matches!(fault.reason, Reason::NoMatch | Reason::NoLogs);
        found.faults.extend(faults.into_iter().filter(is_hopeless));
        for log in logs {
            if log.members.iter().any(Source::is_stream) {
                found.streams.extend(log.members);
                continue;
            }
            let members: Vec<_> = log.members.into_iter().map(|member| (age(&member.path), member.path)).collect();
            add(&mut found, &mut places, &members, is_named || reading == Reading::Once);
        }
    }
    found
}

/// A path that is no glob and does not exist.
fn is_awaited(path: &Path) -> bool {
    !path.exists() && !path.to_string_lossy().contains(['*', '?', '['])
}

fn age(path: &Path) -> Age {
    Rotated::read(&path.file_name().unwrap_or_default().to_string_lossy()).age
}

fn add(found: &mut Found, places: &mut BTreeMap<(PathBuf, String), usize>, members: &[(Age, PathBuf)], is_named: bool) {
    let Some((newest, path)) = members.last() else { return };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let key = (folder.canonicalize().unwrap_or_else(|_| folder.to_owned()), stem(path));
    let live = match newest {
        Age::Live | Age::Dated(..) => path.clone(),
        // The file that is written to is not there at this moment.
        Age::Numbered(_) => path.with_file_name(&key.1),
    };
    let named = if is_named { members.to_vec() } else { members.iter().filter(|(_, member)| *member == live).cloned().collect() };
    let at = *places.entry(key.clone()).or_insert_with(|| {
        found.sets.push((key, Set { live: live.clone(), named: Vec::new() }));
        found.sets.len() - 1
    });
    let set = &mut found.sets[at].1;
    for member in named {
        if !set.named.contains(&member) {
            set.named.push(member);
        }
    }
    set.named.sort();
    if age(&live) > age(&set.live) {
        set.live = live;
    }
}

/// What is to be done with the files of a set.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The file that is written to.
    pub(super) live: PathBuf,
    /// Where it is read from, if it is there; only for a log that is followed.
    pub(super) offset: Option<u64>,
    /// Files to be read first, oldest first, and from where.
    pub(super) before: Vec<(PathBuf, u64)>,
    /// Files of which nothing is to be read.
    pub(super) unchanged: Vec<Position>,
    /// The same, and files beside those that are asked for.
    pub(super) known: Vec<Known>,
    pub(super) notes: Vec<Note>,
}

impl Plan {
    /// A plan for `set`; of `left`, the positions that an earlier run left, those that are its are taken out.
    pub(super) fn new(set: &Set, reading: Reading, left: Option<&mut Vec<Position>>) -> Self {
        let probes = set.probes();
        let is_resumed = left.is_some();
        let Matched { matches, gone } = left.map_or_else(|| Matched::nothing(&probes), |left| Matched::new(&set.live, &probes, left));
        let mut plan = Self { live: set.live.clone(), ..Self::default() };
        if let Some(gone) = gone.as_ref().filter(|gone| gone.offset > 0) {
            let text = format!("the file that was read to byte {} is gone; what was written to it since may be lost", gone.offset);
            plan.notes.push(Note::lost(&gone.path, &text));
        }
        // Of a file of which nothing was read yet, only its time tells what was copied away from it.
        let unread = matches.iter().find_map(|matched| match matched {
            Match::GoesOn(position) if position.is_live && position.fingerprint.bytes == 0 => Some(position.modified),
            _ => None,
        });
        let oldest = matches.iter().position(|matched| !matches!(matched, Match::New));
        for (at, ((age, probe), matched)) in probes.iter().zip(matches).enumerate() {
            let is_named = set.named.iter().any(|(_, named)| *named == probe.path);
            // While a file is being compressed, both stand there.
            let is_twin = at > 0 && probe.is_compressed && probes[at - 1].0 == *age && probes[at - 1].1.head.starts_with(&probe.head);
            let is_later = match (&gone, oldest) {
                (Some(gone), _) => probe.is_newer_than(gone.modified),
                (None, Some(oldest)) => is_resumed && (at > oldest || unread.is_some_and(|unread| probe.is_newer_than(unread))),
                (None, None) => false,
            };
            match matched {
                Match::GoesOn(position) => plan.goes_on(probe, position, reading),
                Match::Copy(position) => plan.known.push(known(probe, position.offset)),
                Match::New if is_twin => {}
                Match::New if is_named || is_later => plan.reads(probe, 0, reading),
                // What is written to it from now on is news all the same.
                Match::New => plan.passes_over(probe),
            }
        }
        plan
    }

    fn goes_on(&mut self, probe: &Probe, position: Position, reading: Reading) {
        if !probe.is_readable {
            // Its place is kept until it can be read again.
            self.notes.push(Note::unread(&probe.path, "cannot be read now"));
            self.unchanged.push(Position { seen: None, ..position });
            return;
        }
        let is_same = position.bytes == probe.metadata.len() && position.modified == probe.metadata.modified().ok().map(timestamp);
        let is_read = position.is_complete || (!probe.is_compressed && position.offset >= position.bytes);
        let is_followed = reading == Reading::Following && probe.path == self.live;
        if is_same && is_read && !is_followed {
            self.known.push(known(probe, position.offset));
            self.unchanged.push(Position { path: probe.path.clone(), is_live: probe.path == self.live, seen: None, ..position });
        } else {
            self.reads(probe, position.offset, reading);
        }
    }

    fn reads(&mut self, probe: &Probe, offset: u64, reading: Reading) {
        if reading == Reading::Following && probe.path == self.live && !probe.is_compressed {
            self.offset = Some(offset);
        } else {
            self.before.push((probe.path.clone(), offset));
        }
    }

    fn passes_over(&mut self, probe: &Probe) {
        // Of a compressed file nobody knows the length without reading it; nothing is ever added to one.
        let offset = if probe.is_compressed { 0 } else { probe.metadata.len() };
        self.known.push(known(probe, offset));
        self.unchanged.push(Position {
            path: probe.path.clone(),
            id: probe.id,
            fingerprint: Fingerprint::of(&probe.head),
            offset,
            is_complete: probe.is_compressed,
            is_live: false,
            bytes: probe.metadata.len(),
            modified: probe.metadata.modified().ok().map(timestamp),
            seen: None,
        });
    }
}

fn known(probe: &Probe, offset: u64) -> Known {
    Known { id: probe.id, fingerprint: Fingerprint::of(&probe.head), offset, modified: probe.metadata.modified().ok().map(timestamp) }
}
