//! Zones, and the clock that makes a moment of a stamp that says none.

use chrono::{LocalResult, NaiveDate, Offset, TimeZone};
use thiserror::Error;

use super::{Civil, Stamp, Timestamp};

/// A time zone: an IANA name, `UTC`, or a fixed offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(chrono_tz::Tz);

/// The zone is in no list.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("unknown time zone '{0}' (an IANA name such as Europe/Berlin, or UTC)")]
pub struct ZoneError(pub String);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(chrono_tz::Tz::UTC);

    /// The zone of that IANA name; case does not matter.
    ///
    /// # Errors
    /// [`ZoneError`] when no zone has that name.
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        let found = chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name));
        found.map(|zone| Self(*zone)).ok_or_else(|| ZoneError(name.to_owned()))
    }

    /// Its IANA name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Seconds east of Greenwich at that moment.
    pub fn offset_at(self, at: Timestamp) -> i64 {
        match chrono::DateTime::from_timestamp(at.seconds(), 0) {
            Some(utc) => i64::from(self.0.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc()),
            None => 0,
        }
    }

    /// What a clock in this zone shows at that moment.
    pub fn civil(self, at: Timestamp) -> Civil {
        let mut civil = Civil::from_epoch(at.seconds() + self.offset_at(at));
        civil.micros = u32::try_from(at.micros().rem_euclid(1_000_000)).unwrap_or(0);
        civil
    }

    /// Seconds east of Greenwich while a clock in this zone shows `local` (seconds since the epoch as if in UTC). An
    /// hour that exists twice is taken as its first; one that does not exist is read with the offset before it.
    fn offset_of_local(self, local: i64) -> i64 {
        let civil = Civil::from_epoch(local);
        let naive = NaiveDate::from_ymd_opt(civil.year, u32::from(civil.month), u32::from(civil.day))
            .and_then(|date| date.and_hms_opt(u32::from(civil.hour), u32::from(civil.minute), u32::from(civil.second)));
        let Some(naive) = naive else { return 0 };
        match self.0.offset_from_local_datetime(&naive) {
            LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => i64::from(offset.fix().local_minus_utc()),
            LocalResult::None => self.offset_at(Timestamp::from_seconds(local - 86_400)),
        }
    }
}

/// Bytes of `22/Nov/2026:15:47:23 +0000`.
const LONGEST_STAMP: usize = 26;

/// Makes moments of stamps: the zone of logs that bear none, and the moment by which a missing year is found.
///
/// Offsets are remembered for the quarter of an hour they were asked for, since no zone changes within one; so a clock
/// is cheap to ask for every line, and each worker has its own.
#[derive(Clone, Debug)]
pub struct Clock {
    zone: Zone,
    not_after: Timestamp,
    quarter: i64,
    offset: i64,
    /// The stamp of the line before, as it was written, and its moment: many lines share a second.
    last: ([u8; LONGEST_STAMP], Timestamp),
}

impl Clock {
    /// A clock for stamps of `zone`; a stamp without a year is of the latest year that puts it not after `not_after`.
    pub const fn new(zone: Zone, not_after: Timestamp) -> Self {
        Self { zone, not_after, quarter: i64::MIN, offset: 0, last: ([0; LONGEST_STAMP], Timestamp::from_micros(0)) }
    }

    /// The moment of `stamp`.
    pub fn resolve(&mut self, stamp: Stamp) -> Timestamp {
        match stamp {
            Stamp::Instant(at) => at,
            Stamp::Local(civil) => self.local(civil),
            Stamp::Yearless(civil) => self.yearless(civil),
        }
    }

    /// The moment of a stamp of at most 26 bytes that `parse` reads, which is asked only where it differs from the one
    /// before. A clock is to be asked for stamps of one layout only.
    #[inline]
    pub fn stamped<const N: usize>(&mut self, bytes: &[u8; N], parse: impl Fn(&[u8]) -> Option<Stamp>) -> Option<Timestamp> {
        const { assert!(N <= LONGEST_STAMP) }
        // As arrays, so that no function is called to compare them.
        if self.last.0.first_chunk::<N>() != Some(bytes) {
            let at = self.resolve(parse(bytes)?);
            self.last.0[..N].copy_from_slice(bytes);
            self.last.1 = at;
        }
        Some(self.last.1)
    }

    fn local(&mut self, civil: Civil) -> Timestamp {
        let local = civil.epoch_seconds();
        let quarter = local.div_euclid(900);
        if quarter != self.quarter {
            self.quarter = quarter;
            self.offset = self.zone.offset_of_local(quarter * 900);
        }
        Timestamp::from_micros((local - self.offset) * 1_000_000 + i64::from(civil.micros))
    }

    fn yearless(&mut self, mut civil: Civil) -> Timestamp {
        civil.year = self.zone.civil(self.not_after).year;
        // 29 February exists only every four years, and not always then: eight years back there is one for sure.
        for _ in 0..8 {
            let at = self.local(civil);
            let exists = Civil::from_epoch(civil.epoch_seconds()).day == civil.day;
            if exists && at <= self.not_after {
                return at;
            }
            civil.year -= 1;
        }
        self.local(civil)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{nginx_error, syslog};

    fn at(text: &str) -> Timestamp {
        match crate::time::rfc3339(text.as_bytes()) {
            Some((Stamp::Instant(at), _)) => at,
            other => panic!("no moment: {other:?}"),
        }
    }

    #[test]
    fn a_local_stamp_takes_its_zone() {
        let mut clock = Clock::new(Zone::named("europe/berlin").unwrap(), at("2027-01-01T00:00:00Z"));
        let mut read = |text: &str| clock.resolve(nginx_error(text.as_bytes()).unwrap()).to_rfc3339();
        assert_eq!(read("2026/07/01 12:00:00"), "2026-07-01T10:00:00Z");
        assert_eq!(read("2026/12/01 12:00:00"), "2026-12-01T11:00:00Z");
        assert_eq!(read("2026/10/25 02:30:00"), "2026-10-25T00:30:00Z", "an hour that exists twice is its first");
        assert_eq!(read("2026/03/29 02:30:00"), "2026-03-29T01:30:00Z", "an hour that does not exist keeps the old offset");
    }

    #[test]
    fn a_missing_year_is_the_latest_not_after_the_reference() {
        let mut clock = Clock::new(Zone::UTC, at("2027-01-02T00:00:00Z"));
        let mut read = |text: &str| clock.resolve(syslog(text.as_bytes()).unwrap().0).to_rfc3339();
        assert_eq!(read("Jan  1 10:00:00"), "2027-01-01T10:00:00Z");
        assert_eq!(read("Dec 31 23:59:59"), "2026-12-31T23:59:59Z");
        assert_eq!(read("Feb 29 10:00:00"), "2024-02-29T10:00:00Z");
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        assert_eq!(Zone::named("Europe/Nowhere"), Err(ZoneError("Europe/Nowhere".to_owned())));
    }
}
