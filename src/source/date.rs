//! Dates in the names of files and folders.
//!
//! Those of logrotate (`-20260318`, `-20260318-1773802800`), rotatelogs (`.1773802800`, `.2026-03-18-03_00_00`), Caddy
//! (`-2026-03-18T03-00-00.000`), the kubelet (`.20260318-030000`), ALB (`_20260318T0300Z_`) and folders (`2026/03/18/`).

use crate::text::number;
use crate::time::Civil;

/// A date, and possibly a time of day, at the start of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Year, month, day.
    pub(super) date: (i32, u8, u8),
    /// Seconds since the epoch, as if written in UTC: only for the order of names.
    pub(super) seconds: i64,
    /// Bytes that it takes.
    pub(super) len: usize,
}

/// The date that a file's name or path bears: year, month, day. The last one if there are several, as the file's own
/// name says more than the folders above it. It decides the year of stamps that bear none.
pub fn date_in_name(name: &str) -> Option<(i32, u8, u8)> {
    let bytes = name.as_bytes();
    let (mut found, mut at) = (None, 0);
    while at < bytes.len() {
        let begins = at == 0 || !bytes[at - 1].is_ascii_digit();
        let stamp = if begins { stamp(&bytes[at..]) } else { None };
        match stamp {
            Some(stamp) if !bytes.get(at + stamp.len).is_some_and(u8::is_ascii_alphanumeric) => {
                found = Some(stamp.date);
                at += stamp.len;
            }
            _ => at += 1,
        }
    }
    found
}

/// The longest stamp that `text` begins with.
pub(super) fn stamp(text: &[u8]) -> Option<Stamp> {
    match digits(text) {
        4 => {
            let separator = *text.get(4).filter(|byte| matches!(byte, b'-' | b'_' | b'.' | b'/'))?;
            let ends = text.get(7) == Some(&separator) && digits(&text[5..]) == 2 && digits(&text[8..]) == 2;
            if !ends {
                return None;
            }
            dated(&[&text[..4], &text[5..7], &text[8..10]], 10).map(|stamp| with_time(stamp, text))
        }
        8 => dated(&[&text[..4], &text[4..6], &text[6..8]], 8).map(|stamp| with_time(stamp, text)),
        // Ten digits are seconds since the epoch or a date and an hour: until 2033 only one of them makes sense.
        10 => compact(text, 10).or_else(|| epoch(text)),
        len @ (12 | 14) => compact(text, len),
        _ => None,
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn two(text: &[u8]) -> Option<u8> {
    number::unsigned(text.get(..2)?).and_then(|value| u8::try_from(value).ok())
}

fn dated(parts: &[&[u8]; 3], len: usize) -> Option<Stamp> {
    let year = i32::try_from(number::unsigned(parts[0])?).ok()?;
    let date = (year, two(parts[1])?, two(parts[2])?);
    let sane = (1990..=2099).contains(&year) && (1..=12).contains(&date.1) && (1..=31).contains(&date.2);
    sane.then(|| Stamp { date, seconds: midnight(date), len })
}

fn midnight((year, month, day): (i32, u8, u8)) -> i64 {
    Civil { year, month, day, hour: 0, minute: 0, second: 0, micros: 0 }.epoch_seconds()
}

/// `YYYYMMDDHH`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`.
fn compact(text: &[u8], len: usize) -> Option<Stamp> {
    let stamp = dated(&[&text[..4], &text[4..6], &text[6..8]], len)?;
    Some(Stamp { seconds: stamp.seconds + clock(&text[8..len])?, ..stamp })
}

/// Seconds of the day of `HH`, `HHMM` or `HHMMSS`.
fn clock(text: &[u8]) -> Option<i64> {
    let part = |at: usize| if at < text.len() { two(&text[at..]) } else { Some(0) };
    let (hour, minute, second) = (part(0)?, part(2)?, part(4)?);
    (hour <= 23 && minute <= 59 && second <= 60).then(|| i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second))
}

/// Ten digits: seconds since the epoch, of the years 2001 to 2039.
fn epoch(text: &[u8]) -> Option<Stamp> {
    let seconds = i64::try_from(number::unsigned(text.get(..10)?)?).ok()?;
    let civil = Civil::from_epoch(seconds);
    (1_000_000_000..2_200_000_000).contains(&seconds).then_some(Stamp { date: (civil.year, civil.month, civil.day), seconds, len: 10 })
}

/// `stamp`, a date, and the time of day or the epoch seconds that follow it in `text`, if any do.
fn with_time(stamp: Stamp, text: &[u8]) -> Stamp {
    let rest = &text[stamp.len..];
    let Some(b'T' | b't' | b'-' | b'_' | b' ') = rest.first() else { return stamp };
    let rest = &rest[1..];
    if digits(rest) == 10 {
        return epoch(rest).map_or(stamp, |at| Stamp { seconds: at.seconds, len: stamp.len + 11, ..stamp });
    }
    match time_of_day(rest) {
        Some((seconds, len)) => Stamp { seconds: stamp.seconds + seconds, len: stamp.len + 1 + len, ..stamp },
        None => stamp,
    }
}

/// `HHMM`, `HHMMSS`, or both with separators, then a fraction, then a zone (which only takes room): seconds of the day,
/// and bytes. An hour alone is left to be read as a number: it sorts the same, and may be one.
fn time_of_day(text: &[u8]) -> Option<(i64, usize)> {
    let is_separator = |at: usize| matches!(text.get(at), Some(b'-' | b'_' | b':' | b'.'));
    let (seconds, mut len) = match digits(text) {
        len @ (4 | 6) => (clock(&text[..len])?, len),
        2 if is_separator(2) && digits(&text[3..]) == 2 => {
            let minutes = [text[0], text[1], text[3], text[4]];
            let has_seconds = is_separator(5) && digits(&text[6..]) == 2;
            let seconds = if has_seconds { i64::from(two(&text[6..])?) } else { 0 };
            (clock(&minutes)? + seconds, if has_seconds { 8 } else { 5 })
        }
        _ => return None,
    };
    if text.get(len) == Some(&b'.') && digits(&text[len + 1..]) == 3 {
        len += 4;
    }
    match text.get(len) {
        Some(b'Z' | b'z') => len += 1,
        Some(b'+') if digits(&text[len + 1..]) == 4 => len += 5,
        _ => {}
    }
    Some((seconds, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_found_in_a_name() {
        let day = Some((2026, 3, 18));
        for name in [
            "error.log-20260318",
            "error.log-20260318.gz",
            "error-20260318.log.gz",
            "error.log.2026-03-18",
            "error.log-20260318-1773802800.gz",
            "access_log.1773802800",
            "access-2026-03-18T03-00-00.000.log.gz",
            "0.log.20260318-030000.gz",
            "error.log-2026031803",
            "error_2026_03_18.log",
            "AWSLogs/123456789012/elasticloadbalancing/us-east-1/2026/03/18/",
            "123456789012_elasticloadbalancing_us-east-1_app.lb.1234567890abcdef_20260318T0300Z_172.160.001.192_20sg8hgm.log.gz",
            "2025/01/01/error.log-20260318",
        ] {
            assert_eq!(date_in_name(name), day, "{name}");
        }
    }

    #[test]
    fn what_is_no_date_is_not_taken_for_one() {
        for name in ["error.log", "error.log.1", "error.log-20261399", "20260318123456789.log", "access-10.0.0.1.log", "/srv/20260318a/x", ""] {
            assert_eq!(date_in_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_time_of_day_counts_and_a_lone_number_does_not() {
        let read = |text: &str| stamp(text.as_bytes()).map(|stamp| (stamp.seconds - midnight((2026, 3, 18)), stamp.len));
        assert_eq!(read("20260318-030001"), Some((10_801, 15)));
        assert_eq!(read("20260318-1773802800"), Some((10_800, 19)));
        assert_eq!(read("2026-03-18-03_00_02.log"), Some((10_802, 19)));
        assert_eq!(read("2026-03-18T03:00:00.123+0100"), Some((10_800, 28)));
        assert_eq!(read("2026-03-18-10.log"), Some((0, 10)));
        assert_eq!(read("2026-03-18.10"), Some((0, 10)));
        assert_eq!(read("2026031803"), Some((10_800, 10)));
        assert_eq!(read("20260318-2599"), Some((0, 8)));
    }
}
