//! What became of a file of which a part was read: under which name, or inside which compressed file, its rest stands, and
//! which files came between it and the one that is written to now.

use std::fs;
use std::path::{Path, PathBuf};

use super::segment::Probe;
use crate::source::identity::{FileId, Fingerprint};
use crate::source::{Age, Rotated};
use crate::time::Timestamp;

/// A file of which a part was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) id: Option<FileId>,
    pub(super) fingerprint: Fingerprint,
    /// How far it was read.
    pub(super) offset: u64,
    /// When it was last written, as far as was seen.
    pub(super) modified: Option<Timestamp>,
}

impl Known {
    pub(super) fn is(&self, probe: &Probe) -> bool {
        self.has_number_of(probe) || self.fingerprint.fits(&probe.head)
    }

    /// The same number, and nothing that speaks against it: numbers are given out again.
    pub(super) fn has_number_of(&self, probe: &Probe) -> bool {
        self.id.is_some() && self.id == probe.id && (self.fingerprint.bytes == 0 || self.fingerprint.fits(&probe.head))
    }
}

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct Succession {
    /// The file that holds its rest.
    pub(super) rest: Option<Probe>,
    /// Files that came after it, oldest first.
    pub(super) between: Vec<Probe>,
}

/// The files of the rotated set that `path` belongs to, oldest first.
pub(super) fn rotated_set(path: &Path) -> Vec<(Age, PathBuf)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stem = stem(path);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut members: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let rotated = Rotated::read(&entry.file_name().to_string_lossy());
            // As the user wrote the folder.
            let shown = path.parent().unwrap_or(Path::new("")).join(entry.file_name());
            (rotated.stem == stem).then_some((rotated.age, shown))
        })
        .collect();
    members.sort();
    members
}

/// The name that all files of a rotated set share.
pub(super) fn stem(path: &Path) -> String {
    Rotated::read(&path.file_name().unwrap_or_default().to_string_lossy()).stem
}

/// Looks for `old`, which stood at `path`. Of what `is_known` nothing is new.
pub(super) fn succession(path: &Path, old: &Known, is_known: impl Fn(&Probe) -> bool) -> Succession {
    let members: Vec<(Age, Probe)> =
        rotated_set(path).into_iter().filter(|(_, member)| member != path).filter_map(|(age, member)| Some((age, Probe::new(&member)?))).collect();
    // An empty file has left no trace: what it held since it was last looked at is known by its time alone.
    let place = if old.fingerprint.bytes == 0 { None } else { place(&members, old) };
    let is_later = |at: usize, probe: &Probe| match place {
        Some(place) => at > place && members[at].0 != members[place].0,
        None => probe.is_newer_than(old.modified),
    };
    // While a file is being compressed, both stand there.
    let has_twin = |at: usize| at > 0 && members[at - 1].0 == members[at].0;
    let between = (0..members.len()).filter(|at| {
        let probe = &members[*at].1;
        is_later(*at, probe) && !has_twin(*at) && !is_known(probe)
    });
    Succession { rest: place.map(|place| members[place].1.clone()), between: between.map(|at| members[at].1.clone()).collect() }
}

/// Which of them it is. Where only the content tells, the oldest: then none is taken for read that was not.
fn place(members: &[(Age, Probe)], old: &Known) -> Option<usize> {
    let by_number = members.iter().position(|(_, probe)| old.has_number_of(probe) && !probe.is_compressed);
    by_number.or_else(|| members.iter().position(|(_, probe)| old.fingerprint.fits(&probe.head)))
}
