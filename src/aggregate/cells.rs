//! Requests of a slot of time, by cause and name.

use smallvec::SmallVec;

use crate::record::Cause;
use crate::scan::{NameId, Names};

/// Names that are told apart; those from this id on are `other`.
pub(super) const MOST_NAMES: usize = 1 << NAME_BITS;
const NAME_BITS: u32 = 10;
/// A cause takes the bits above.
const MOST_CAUSES: usize = 16;
const _: () = assert!(Cause::ALL.len() <= MOST_CAUSES);

/// A cause and a name. It sorts as they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(pub(super) u16);

impl Place {
    /// So many places there are.
    pub(super) const ALL: usize = MOST_CAUSES * MOST_NAMES;

    #[allow(clippy::cast_possible_truncation, reason = "they are few bits")]
    pub(super) fn new(cause: Cause, name: NameId) -> Self {
        let name = if (name.0 as usize) < MOST_NAMES { name } else { Names::OTHER };
        Self((cause.index() as u16) << NAME_BITS | name.0 as u16)
    }

    pub(super) fn parts(self) -> (Cause, NameId) {
        let (cause, name) = (usize::from(self.0) / MOST_NAMES, u32::from(self.0) % (1 << NAME_BITS));
        (Cause::ALL[cause], NameId(name))
    }
}

/// The cells of a slot. Where times are strewn over years, tens of thousands of slots have one or two.
pub(super) type Cells = SmallVec<[Cell; 2]>;

/// Requests of a place, in eight bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell(u64);

impl Cell {
    /// Nobody counts more.
    const REQUEST_BITS: u32 = 48;

    pub(super) fn new(place: Place, requests: u64) -> Self {
        Self(u64::from(place.0) << Self::REQUEST_BITS | requests.min((1 << Self::REQUEST_BITS) - 1))
    }

    #[allow(clippy::cast_possible_truncation, reason = "it has 16 bits")]
    pub(super) fn place(self) -> Place {
        Place((self.0 >> Self::REQUEST_BITS) as u16)
    }

    pub(super) fn requests(self) -> u64 {
        self.0 & ((1 << Self::REQUEST_BITS) - 1)
    }
}

/// What the parts of a slot's cells are put together in; empty in between.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    /// Requests by place; empty until there is something to be put together.
    requests: Vec<u64>,
    /// A bit for each place that was met.
    met: Box<[u64; Place::ALL / 64]>,
    /// How many were.
    places: usize,
}

impl Default for Sums {
    fn default() -> Self {
        Self { requests: Vec::new(), met: Box::new([0; Place::ALL / 64]), places: 0 }
    }
}

impl Sums {
    /// Notes the places of parts, and nothing else.
    pub(super) fn meet(&mut self, parts: &[Cell]) {
        for Place(place) in parts.iter().map(|part| part.place()) {
            // The remainder is for the compiler, which does not know that places are so few.
            let (bits, bit) = (&mut self.met[usize::from(place / 64) % (Place::ALL / 64)], 1 << (place % 64));
            self.places += usize::from(*bits & bit == 0);
            *bits |= bit;
        }
    }

    /// How many places were met.
    pub(super) fn places(&self) -> usize {
        self.places
    }

    /// Forgets the places that were met.
    pub(super) fn forget(&mut self) {
        self.met.fill(0);
        self.places = 0;
    }

    /// Adds parts.
    pub(super) fn add(&mut self, parts: &[Cell]) {
        self.requests.resize(Place::ALL, 0);
        self.meet(parts);
        for part in parts {
            self.requests[usize::from(part.place().0)] += part.requests();
        }
    }

    /// The sum of each place that has one, in order.
    pub(super) fn take(&mut self) -> Cells {
        let mut cells = Cells::with_capacity(std::mem::take(&mut self.places));
        for (first, bits) in (0..).step_by(64).zip(self.met.iter_mut()) {
            while *bits != 0 {
                #[allow(clippy::cast_possible_truncation, reason = "there are 64 bits")]
                let place = Place(first + bits.trailing_zeros() as u16);
                *bits &= *bits - 1;
                cells.push(Cell::new(place, std::mem::take(&mut self.requests[usize::from(place.0)])));
            }
        }
        cells
    }
}
