//! Moments, zones, spans and bucket widths. Knows no log.
//!
//! Everything here is arithmetic on arguments: nothing reads the clock, so the same input always gives the same moment.

mod civil;
mod stamp;
mod when;
mod width;
mod zone;

pub use civil::Civil;
pub use stamp::{Stamp, apache_error, clf, epoch_seconds, haproxy, month_day, nginx_error, rfc3339, slashed_utc, syslog};
pub use when::{WhenError, duration, moment};
pub use width::{AUTO_MOST, MAX_BUCKETS, Width, WidthError};
pub use zone::{Clock, Zone, ZoneError};

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `micros` microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The moment `seconds` seconds after the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This moment, `seconds` later (earlier when negative).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// This moment, `micros` microseconds later (earlier when negative).
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// RFC 3339 in UTC, with microseconds only when there are any: `2026-03-18T03:00:00Z`.
    pub fn to_rfc3339(self) -> String {
        let civil = Civil::from_epoch(self.seconds());
        let micros = self.0.rem_euclid(1_000_000);
        let Civil { year, month, day, hour, minute, second, .. } = civil;
        let whole = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        match micros {
            0 => format!("{whole}Z"),
            n if n % 1_000 == 0 => format!("{whole}.{:03}Z", n / 1_000),
            n => format!("{whole}.{n:06}Z"),
        }
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str> as serde::Deserialize>::deserialize(deserializer)?;
        match rfc3339(text.as_bytes()) {
            Some((Stamp::Instant(at), len)) if len == text.len() => Ok(at),
            _ => Err(serde::de::Error::custom("a time must be RFC 3339, with its zone")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn a_moment_that_was_written_can_be_read() {
        for micros in [0, 1_773_802_800_000_000, 1_500_000, 1_773_802_800_123_456] {
            let at = Timestamp::from_micros(micros);
            assert_eq!(serde_json::from_str::<Timestamp>(&serde_json::to_string(&at).unwrap()).unwrap(), at);
        }
        for wrong in ["\"2026-03-18T03:00:00\"", "\"soon\"", "5", "\"2026-03-18T03:00:00Zx\""] {
            assert!(serde_json::from_str::<Timestamp>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rfc3339_shows_fractions_only_when_there_are_any() {
        assert_eq!(Timestamp::from_seconds(1_773_802_800).to_rfc3339(), "2026-03-18T03:00:00Z");
        assert_eq!(Timestamp::from_micros(1_500_000).to_rfc3339(), "1970-01-01T00:00:01.500Z");
        assert_eq!(Timestamp::from_micros(-1).to_rfc3339(), "1969-12-31T23:59:59.999999Z");
    }
}
