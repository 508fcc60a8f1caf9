//! Names of upstreams, hosts and paths, each once.
//!
//! What was met in earlier windows has its id already, and workers only look it up; what is new gets an id of its worker's
//! own, which is exchanged for a common one when the pieces are put together in file order.

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

/// A name in a [`Names`]; 0 is "none".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u32);

impl NameId {
    /// Marks an id that is a worker's own.
    const NEW: u32 = 1 << 31;

    /// The common id of one that may be a worker's own, whose common ids `map` holds.
    #[must_use]
    pub fn common(self, map: &[Self]) -> Self {
        if self.0 & Self::NEW == 0 { self } else { map[(self.0 & !Self::NEW) as usize] }
    }
}

/// Longest name that is kept; the rest of a longer one is cut.
const LONGEST: usize = 512;

/// Names that have ids of their own at most.
const MOST: usize = (1 << Slot::ID_BITS) - 2;

/// Distinct names in the order in which they were met, with an id each. Capped by number and by bytes: what comes after
/// gets the id [`Names::OTHER`], so what is kept depends on the order of the log and on nothing else.
#[derive(Clone, Debug)]
pub struct Names {
    ids: Ids,
    bytes: Vec<u8>,
    /// Where each name stands in `bytes`, in the order in which they were met.
    places: Vec<Place>,
    most: usize,
    most_bytes: usize,
}

/// The ids of names, without their texts: all that is looked up while a log is scanned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    /// By the hash of the name.
    table: HashTable<Slot>,
    overflowed: bool,
}

/// A name's place.
#[derive(Clone, Copy, Debug)]
struct Place {
    hash: Hash,
    start: u32,
    len: u16,
}

/// What a look-up reads, in as few bytes as it takes: 40 bits of the name's hash, 24 of its id. Two names are one when those
/// are, for to read the names too would cost each line of a log another miss of the cache: of a hundred million look-ups of
/// names that are not there, one in a thousand runs takes one for another. The hash is seeded anew in each run, so nobody can
/// make names that collide; and nothing else depends on it, since ids are given in the order of the log.
#[derive(Clone, Copy, Debug)]
struct Slot(u64);

impl Slot {
    const ID_BITS: u32 = 24;

    fn new(hash: Hash, id: NameId) -> Self {
        Self(hash.0 >> Self::ID_BITS << Self::ID_BITS | u64::from(id.0))
    }

    fn has(self, hash: Hash) -> bool {
        (self.0 ^ hash.0) >> Self::ID_BITS == 0
    }

    #[allow(clippy::cast_possible_truncation, reason = "it has 24 bits")]
    fn id(self) -> NameId {
        NameId((self.0 & ((1 << Self::ID_BITS) - 1)) as u32)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hash(u64);

impl Hash {
    fn of(name: &[u8]) -> Self {
        static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::default);
        let mut hasher = SEED.build_hasher();
        hasher.write(name);
        Self(hasher.finish())
    }
}

impl Ids {
    fn find(&self, hash: Hash) -> Option<NameId> {
        self.table.find(hash.0, |slot| slot.has(hash)).map(|slot| slot.id())
    }

    /// The id of a name for a worker: the common one, or one of its own in `new`.
    pub(super) fn id_or_new(&self, name: &[u8], new: &mut Names) -> NameId {
        if name.is_empty() {
            return Names::NONE;
        }
        let name = &name[..name.len().min(LONGEST)];
        let hash = Hash::of(name);
        match self.find(hash) {
            Some(id) => id,
            None if self.overflowed => Names::OTHER,
            None => NameId(new.id_hashed(name, hash).0 | NameId::NEW),
        }
    }

    /// How many names have an id of their own.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }
}

impl Names {
    /// No name.
    pub const NONE: NameId = NameId(0);
    /// A name beyond the cap.
    pub const OTHER: NameId = NameId(1);

    /// Room for `most` names of `most_bytes` together.
    pub fn new(most: usize, most_bytes: usize) -> Self {
        Self { ids: Ids::default(), bytes: Vec::new(), places: Vec::new(), most: most.min(MOST), most_bytes }
    }

    /// Forgets them all, and keeps the room.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.places.clear();
        self.ids.table.clear();
        self.ids.overflowed = false;
    }

    /// Their ids.
    pub(super) fn ids(&self) -> &Ids {
        &self.ids
    }

    /// The id of a name, which is kept if it is new and there is room.
    pub fn id(&mut self, name: &[u8]) -> NameId {
        if name.is_empty() {
            return Self::NONE;
        }
        let name = &name[..name.len().min(LONGEST)];
        self.id_hashed(name, Hash::of(name))
    }

    fn id_hashed(&mut self, name: &[u8], hash: Hash) -> NameId {
        if let Some(id) = self.ids.find(hash) {
            return id;
        }
        // Full is full: a shorter name that would still fit is refused too, so that it need not be asked for again.
        let at = self.places.len();
        if self.ids.overflowed || at >= self.most || self.bytes.len() + name.len() > self.most_bytes {
            self.ids.overflowed = true;
            return Self::OTHER;
        }
        #[allow(clippy::cast_possible_truncation, reason = "names are cut, and their number and bytes are capped")]
        let (place, id) = (Place { hash, start: self.bytes.len() as u32, len: name.len() as u16 }, NameId(at as u32 + 2));
        self.bytes.extend_from_slice(name);
        self.places.push(place);
        let places = &self.places;
        self.ids.table.insert_unique(hash.0, Slot::new(hash, id), |slot| places[slot.id().0 as usize - 2].hash.0);
        id
    }

    fn slice(&self, place: &Place) -> &[u8] {
        let start = place.start as usize;
        &self.bytes[start..start + usize::from(place.len)]
    }

    /// The name with that id; `other` beyond the cap, empty for none.
    pub fn name(&self, id: NameId) -> &[u8] {
        match id {
            Self::NONE => b"",
            Self::OTHER => b"other",
            NameId(id) => self.slice(&self.places[id as usize - 2]),
        }
    }

    /// Takes in the names of `other`, in their order: for each of its ids, the id here.
    pub fn absorb(&mut self, other: &Self) -> Vec<NameId> {
        let mut map = vec![Self::NONE, Self::OTHER];
        map.extend(other.places.iter().map(|place| self.id_hashed(other.slice(place), place.hash)));
        self.ids.overflowed |= other.ids.overflowed;
        map
    }

    /// Every id that may have been given out, in order.
    pub fn all(&self) -> impl Iterator<Item = NameId> {
        (0..u32::try_from(self.places.len()).unwrap_or(u32::MAX - 2) + 2).map(NameId)
    }

    /// Whether the cap acted.
    pub fn overflowed(&self) -> bool {
        self.ids.overflowed
    }

    /// How many names are kept.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether no name is kept.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

impl Default for Names {
    /// Without caps, for one piece.
    fn default() -> Self {
        Self::new(usize::MAX, u32::MAX as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_have_one_id_and_none_has_none() {
        let mut names = Names::default();
        let a = names.id(b"a");
        assert_eq!(names.id(b""), Names::NONE);
        assert_ne!(names.id(b"b"), a);
        assert_eq!(names.id(b"a"), a);
        assert_eq!(names.name(a), b"a");
    }

    #[test]
    fn beyond_the_cap_there_is_only_other() {
        let mut names = Names::new(2, 100);
        let (a, b, c) = (names.id(b"a"), names.id(b"b"), names.id(b"c"));
        assert_eq!((c, names.id(b"a"), names.overflowed()), (Names::OTHER, a, true));
        assert_eq!(names.name(b), b"b");
    }

    #[test]
    fn a_worker_looks_up_what_is_known_and_keeps_what_is_new() {
        let (mut all, mut new) = (Names::new(2, 100), Names::default());
        let a = all.id(b"a");
        let (x, y) = (all.ids().id_or_new(b"x", &mut new), all.ids().id_or_new(b"y", &mut new));
        assert_eq!((all.ids().id_or_new(b"a", &mut new), all.ids().id_or_new(b"", &mut new), new.len()), (a, Names::NONE, 2));
        let map = all.absorb(&new);
        assert_eq!((all.name(x.common(&map)), y.common(&map), a.common(&map)), (&b"x"[..], Names::OTHER, a));
        assert_eq!(all.ids().id_or_new(b"y", &mut new), Names::OTHER, "there is no room any more");
    }

    #[test]
    fn absorbing_keeps_the_order() {
        let (mut all, mut piece) = (Names::default(), Names::default());
        all.id(b"x");
        let (y, x) = (piece.id(b"y"), piece.id(b"x"));
        let map = all.absorb(&piece);
        assert_eq!(all.name(map[y.0 as usize]), b"y");
        assert_eq!(all.name(map[x.0 as usize]), b"x");
        assert_eq!(all.len(), 2);
    }
}
