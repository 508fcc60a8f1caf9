//! Files that an earlier run read, found again under whatever names they bear now.

use std::path::Path;

use super::Position;
use super::segment::Probe;
use super::succession::{Known, stem};
use crate::source::Age;

/// What an earlier run knew of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// Nothing.
    New,
    /// It read it to there.
    GoesOn(Position),
    /// It read another file that begins as this one, and that is still there.
    Copy(Position),
}

/// For each file of a set what an earlier run knew of it.
#[derive(Debug)]
pub(super) struct Matched {
    pub(super) matches: Vec<Match>,
    /// The file that was written to, if none has its rest; of one that was empty nobody can know.
    pub(super) gone: Option<Position>,
}

impl Matched {
    /// There was no earlier run.
    pub(super) fn nothing(probes: &[(Age, Probe)]) -> Self {
        Self { matches: vec![Match::New; probes.len()], gone: None }
    }

    /// Takes out of `left` what belongs to the set of the file at `live`.
    pub(super) fn new(live: &Path, probes: &[(Age, Probe)], left: &mut Vec<Position>) -> Self {
        let stem_here = stem(live);
        let is_here = |position: &Position| stem(&position.path) == stem_here && is_same_folder(&position.path, live);
        let has_file = |position: &Position| probes.iter().any(|(_, probe)| known(position).has_number_of(probe));
        let (mut mine, others): (Vec<_>, Vec<_>) = std::mem::take(left).into_iter().partition(|position| is_here(position) || has_file(position));
        *left = others;
        let mut taken: Vec<Option<Position>> = vec![None; probes.len()];
        let is_certain = |known: &Known, probe: &Probe| (known.fingerprint.bytes > 0 && known.has_number_of(probe)) || is_same_unread(known, probe);
        mine.retain(|position| !take(position, &mut taken, probes, is_certain));
        mine.retain(|position| !take(position, &mut taken, probes, |known, probe| known.fingerprint.fits(&probe.head)));
        // An empty file has nothing but its number, and that may be another's by now.
        mine.retain(|position| !take(position, &mut taken, probes, Known::has_number_of));
        let gone = mine.into_iter().find(|position| position.is_live);
        let matches = (0..probes.len()).map(|at| matched(at, &taken, probes)).collect();
        Self { matches, gone }
    }
}

/// Whether both files stand in one folder, however that was written.
fn is_same_folder(path: &Path, other: &Path) -> bool {
    let folder = |path: &Path| path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).canonicalize();
    path.parent() == other.parent() || matches!((folder(path), folder(other)), (Ok(folder), Ok(other)) if folder == other)
}

/// Gives a position to the first file that `is` it: oldest first, and of two that are equally old the one that is not
/// compressed. So of several that begin alike none is taken for read that was not.
fn take(position: &Position, taken: &mut [Option<Position>], probes: &[(Age, Probe)], is: impl Fn(&Known, &Probe) -> bool) -> bool {
    let known = known(position);
    let place = (0..probes.len()).find(|at| taken[*at].is_none() && is(&known, &probes[*at].1));
    if let Some(place) = place {
        taken[place] = Some(position.clone());
    }
    place.is_some()
}

/// A file that cannot be read at this moment shows no content that could speak against its number.
fn is_same_unread(known: &Known, probe: &Probe) -> bool {
    !probe.is_readable && known.id.is_some() && known.id == probe.id
}

fn matched(at: usize, taken: &[Option<Position>], probes: &[(Age, Probe)]) -> Match {
    if let Some(position) = &taken[at] {
        return Match::GoesOn(position.clone());
    }
    let (age, probe) = &probes[at];
    // Copies are made of what is written to: they are the older. A younger one that begins alike is another file.
    let original = (0..probes.len()).find(|other| {
        let is_younger = probes[*other].0 >= *age;
        is_younger && taken[*other].as_ref().is_some_and(|position| position.fingerprint.fits(&probe.head))
    });
    original.and_then(|other| taken[other].clone()).map_or(Match::New, Match::Copy)
}

fn known(position: &Position) -> Known {
    Known { id: position.id, fingerprint: position.fingerprint, offset: position.offset, modified: position.modified }
}
