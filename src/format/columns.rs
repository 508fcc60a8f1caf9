//! Where in a line the values stand, as a line above it says: for logs of which somebody chose the fields.

/// The most values that a format asks for.
const MOST: usize = 16;

/// The place of each value by its number in the format's own list. A line without a header above it has the format's own
/// order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// One more than the column; 0: there is none.
    places: [u8; MOST],
}

impl Columns {
    /// No header says anything.
    pub const NONE: Self = Self { places: [0; MOST] };

    /// The columns of these names; `number` knows the number of a value by its name. Further ones are not asked for, and
    /// of a name that comes twice the first counts.
    pub(super) fn of<'n>(names: impl Iterator<Item = &'n [u8]>, number: impl Fn(&[u8]) -> Option<usize>) -> Self {
        let mut columns = Self::default();
        for (place, name) in (1..=u8::MAX).zip(names) {
            if let Some(held) = number(name).and_then(|number| columns.places.get_mut(number))
                && *held == 0
            {
                *held = place;
            }
        }
        columns
    }

    /// Whether nothing above the lines says where anything stands.
    pub(super) fn is_unknown(&self) -> bool {
        *self == Self::NONE
    }

    /// The column of a value, from 0.
    pub(super) fn place(&self, number: usize) -> Option<usize> {
        usize::from(*self.places.get(number)?).checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_where_its_name_stands() {
        let number = |name: &[u8]| [&b"date"[..], b"status"].iter().position(|known| *known == name);
        let columns = Columns::of(b"status other date status".split(|byte| *byte == b' '), number);
        assert_eq!([columns.place(0), columns.place(1), columns.place(2), columns.place(99)], [Some(2), Some(0), None, None]);
        assert!(!columns.is_unknown() && Columns::default().is_unknown());
        let many = Columns::of(std::iter::repeat_n(&b"x"[..], 300).chain([&b"date"[..]]), number);
        assert_eq!(many.place(0), None, "so many columns no log has");
    }
}
