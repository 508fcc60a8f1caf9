//! Widths of buckets.

use std::fmt;

use thiserror::Error;

/// A report has at most so many buckets; a narrower width is widened.
pub const MAX_BUCKETS: i64 = 10_000;
/// `auto` picks the narrowest width that gives at most so many buckets.
pub const AUTO_MOST: i64 = 60;

/// Each divides the next, so counts in one can be added up to counts in any later one.
const LADDER: [i64; 14] = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800];

/// The width of a bucket in seconds, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Width(i64);

/// Not a width.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("'{0}' is no bucket width (auto, or a number with s, m, h or d: 10s, 5m, 1h, 1d)")]
pub struct WidthError(pub String);

impl Width {
    /// One second, the finest.
    pub const SECOND: Self = Self(LADDER[0]);

    /// Seconds.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// Reads `10s`, `5m`, `1h`, `1d`.
    ///
    /// # Errors
    /// [`WidthError`] when it is none of those, or zero.
    pub fn parse(text: &str) -> Result<Self, WidthError> {
        let seconds = super::duration(text).filter(|seconds| *seconds >= 1);
        seconds.map(Self).ok_or_else(|| WidthError(text.to_owned()))
    }

    /// The bucket that second falls into: the second at which it starts. Buckets align to the epoch.
    pub const fn start_of(self, second: i64) -> i64 {
        second.div_euclid(self.0) * self.0
    }

    /// How many buckets cover `first` to `last`, both included.
    pub const fn count(self, first: i64, last: i64) -> i64 {
        last.div_euclid(self.0) - first.div_euclid(self.0) + 1
    }

    /// The next usual width that this one divides; twice an unusual one.
    #[must_use]
    pub fn wider(self) -> Self {
        let next = LADDER.iter().find(|rung| LADDER.contains(&self.0) && **rung > self.0 && **rung % self.0 == 0);
        Self(next.copied().unwrap_or(self.0.saturating_mul(2)))
    }

    /// The narrowest of the usual widths, at least `finest`, that covers the span in at most [`AUTO_MOST`] buckets.
    pub fn auto(finest: Self, first: i64, last: i64) -> Self {
        finest.at_most(AUTO_MOST, first, last)
    }

    /// This width, widened until the span takes at most `most` buckets.
    #[must_use]
    pub fn at_most(self, most: i64, first: i64, last: i64) -> Self {
        let mut width = self;
        while width.count(first, last) > most {
            width = width.wider();
        }
        width
    }
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n % 86_400 == 0 => write!(f, "{}d", n / 86_400),
            n if n % 3_600 == 0 => write!(f, "{}h", n / 3_600),
            n if n % 60 == 0 => write!(f, "{}m", n / 60),
            n => write!(f, "{n}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rung_divides_the_next() {
        for pair in LADDER.windows(2) {
            assert_eq!(pair[1] % pair[0], 0);
        }
    }

    #[test]
    fn auto_gives_twelve_to_sixty_buckets() {
        for span in [59_i64, 3_600, 86_400, 7 * 86_400, 30 * 86_400, 365 * 86_400] {
            let width = Width::auto(Width::SECOND, 0, span);
            assert!((10..=60).contains(&width.count(0, span)), "{span}: {width}");
        }
    }

    #[test]
    fn a_width_is_read_and_shown() {
        for text in ["10s", "1m", "5m", "1h", "1d", "7m"] {
            assert_eq!(Width::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Width::parse("90s").unwrap().to_string(), "90s");
        for text in ["", "0s", "5", "m", "5x", "-1m", "99999999999999999999d"] {
            assert!(Width::parse(text).is_err(), "{text}");
        }
    }
}
