//! The fixed layouts in which proxies stamp their lines, read by position: no format strings, no locale.
//!
//! A general `strptime` costs more than the whole rest of a line, so each layout has its own few comparisons.

use super::{Civil, Timestamp};

/// A stamp as the log wrote it; [`super::Clock`] makes a moment of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// Says its own zone.
    Instant(Timestamp),
    /// Wall clock of an unknown zone.
    Local(Civil),
    /// Wall clock of an unknown zone and year (`year` is 0).
    Yearless(Civil),
}

/// `2026/11/22 15:04:50`, the 19 bytes that begin a line of nginx's error log.
pub fn nginx_error(bytes: &[u8]) -> Option<Stamp> {
    let b: &[u8; 19] = bytes.first_chunk()?;
    if b[4] != b'/' || b[7] != b'/' || b[10] != b' ' || b[13] != b':' || b[16] != b':' {
        return None;
    }
    let civil = year_first(b)?;
    civil.is_sane().then_some(Stamp::Local(civil))
}

/// `2026/11/22 15:40:21.880`, the fraction optional, of a writer that is known to mean UTC: Caddy's console, unless it is
/// told otherwise.
pub fn slashed_utc(bytes: &[u8]) -> Option<Stamp> {
    let Stamp::Local(mut civil) = nginx_error(bytes)? else { return None };
    if bytes.get(19) == Some(&b'.') {
        civil.micros = fraction(&bytes[20..]).0;
    }
    instant(civil, 0)
}

/// `22/Nov/2026:15:47:23 +0000`, the 26 bytes between the brackets of the common log format.
pub fn clf(bytes: &[u8]) -> Option<Stamp> {
    let b: &[u8; 26] = bytes.first_chunk()?;
    if b[2] != b'/' || b[6] != b'/' || b[11] != b':' || b[14] != b':' || b[17] != b':' || b[20] != b' ' {
        return None;
    }
    let civil = day_month_year(b)?;
    instant(civil, offset(&b[21..])?.0)
}

/// `22/Nov/2026:15:47:23.204`, HAProxy's accept date: no zone, milliseconds.
pub fn haproxy(bytes: &[u8]) -> Option<Stamp> {
    let b: &[u8; 24] = bytes.first_chunk()?;
    if b[2] != b'/' || b[6] != b'/' || b[11] != b':' || b[14] != b':' || b[17] != b':' || b[20] != b'.' {
        return None;
    }
    let mut civil = day_month_year(b)?;
    civil.micros = fraction(&b[21..]).0;
    civil.is_sane().then_some(Stamp::Local(civil))
}

fn day_month_year(b: &[u8]) -> Option<Civil> {
    Some(Civil {
        day: two(b, 0)?,
        month: month(&b[3..6])?,
        year: i32::from(two(b, 7)?) * 100 + i32::from(two(b, 9)?),
        hour: two(b, 12)?,
        minute: two(b, 15)?,
        second: two(b, 18)?,
        micros: 0,
    })
}

/// `Sun Nov 22 15:08:52.067604 2026` (Apache's default), without the fraction (2.2), or one of the layouts of
/// `ErrorLogFormat`: `2026-11-22 15:15:32.999607`, with ` +0000` behind it since 2.4.58. The whole of `bytes` is the stamp.
pub fn apache_error(bytes: &[u8]) -> Option<Stamp> {
    if bytes.first()?.is_ascii_digit() {
        return rfc3339(bytes).filter(|(_, len)| *len == bytes.len()).map(|(stamp, _)| stamp);
    }
    let rest = bytes.get(4..).filter(|_| bytes[3] == b' ')?;
    let (mut civil, mut at) = month_day(rest)?;
    if rest.get(at) == Some(&b'.') {
        let (micros, len) = fraction(&rest[at + 1..]);
        civil.micros = micros;
        at += 1 + len;
    }
    let year = rest.get(at..).filter(|year| year.len() == 5 && year[0] == b' ')?;
    civil.year = i32::from(two(year, 1)?) * 100 + i32::from(two(year, 3)?);
    civil.is_sane().then_some(Stamp::Local(civil))
}

/// `Nov 22 15:47:25` at the start of `bytes` (the day may be padded with a blank), as syslog stamps a line.
pub fn syslog(bytes: &[u8]) -> Option<(Stamp, usize)> {
    let (civil, len) = month_day(bytes)?;
    civil.is_sane().then_some((Stamp::Yearless(civil), len))
}

/// `Nov 22 15:47:25` and the bytes it takes; the year is 0.
pub fn month_day(b: &[u8]) -> Option<(Civil, usize)> {
    let b: &[u8; 15] = b.first_chunk()?;
    if b[3] != b' ' || b[6] != b' ' || b[9] != b':' || b[12] != b':' {
        return None;
    }
    let day = if b[4] == b' ' { digit(b[5])? } else { two(b, 4)? };
    Some((Civil { year: 0, month: month(&b[..3])?, day, hour: two(b, 7)?, minute: two(b, 10)?, second: two(b, 13)?, micros: 0 }, 15))
}

/// The numbers of `2026-11-22 15:04:50`, whatever stands between them.
fn year_first(b: &[u8; 19]) -> Option<Civil> {
    Some(Civil {
        year: i32::from(two(b, 0)?) * 100 + i32::from(two(b, 2)?),
        month: two(b, 5)?,
        day: two(b, 8)?,
        hour: two(b, 11)?,
        minute: two(b, 14)?,
        second: two(b, 17)?,
        micros: 0,
    })
}

/// RFC 3339 and its relatives at the start of `bytes`: `T` or a blank between date and time, `.` or `,` before a
/// fraction, and `Z`, `+00:00`, `+0000`, ` +0000` or nothing behind it. Gives the stamp and the bytes it takes.
pub fn rfc3339(bytes: &[u8]) -> Option<(Stamp, usize)> {
    let b: &[u8; 19] = bytes.first_chunk()?;
    if b[4] != b'-' || b[7] != b'-' || !matches!(b[10], b'T' | b't' | b' ') || b[13] != b':' || b[16] != b':' {
        return None;
    }
    let mut civil = year_first(b)?;
    let mut at = 19;
    if matches!(bytes.get(at), Some(b'.' | b',')) && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
        let (micros, len) = fraction(&bytes[at + 1..]);
        civil.micros = micros;
        at += 1 + len;
    }
    if !civil.is_sane() {
        return None;
    }
    let gap = usize::from(bytes.get(at) == Some(&b' ') && matches!(bytes.get(at + 1), Some(b'+' | b'-')));
    match offset(&bytes[at + gap..]) {
        Some((seconds, len)) => Some((instant(civil, seconds)?, at + gap + len)),
        None => Some((Stamp::Local(civil), at)),
    }
}

/// Seconds since the epoch with an optional fraction, as JSON logs write them: `1741083331.204`. Integers that can
/// only be milliseconds, microseconds or nanoseconds are read as such. The whole of `bytes` is the number.
pub fn epoch_seconds(bytes: &[u8]) -> Option<Stamp> {
    let dot = memchr::memchr(b'.', bytes).unwrap_or(bytes.len());
    let whole: i64 = std::str::from_utf8(&bytes[..dot]).ok()?.parse().ok()?;
    let micros = match whole {
        0..100_000_000_000 => {
            let rest = bytes.get(dot + 1..).unwrap_or_default();
            let (micros, len) = fraction(rest);
            if len != rest.len() {
                return None;
            }
            whole * 1_000_000 + i64::from(micros)
        }
        100_000_000_000..100_000_000_000_000 => whole * 1_000,
        100_000_000_000_000..100_000_000_000_000_000 => whole,
        n if n > 0 => n / 1_000,
        _ => return None,
    };
    Some(Stamp::Instant(Timestamp::from_micros(micros)))
}

fn instant(civil: Civil, offset: i64) -> Option<Stamp> {
    let seconds = civil.epoch_seconds() - offset;
    civil.is_sane().then_some(Stamp::Instant(Timestamp::from_micros(seconds * 1_000_000 + i64::from(civil.micros))))
}

/// `Z`, `+0100`, `+01:00` or `+01` at the start: seconds east of Greenwich and the bytes it takes.
fn offset(b: &[u8]) -> Option<(i64, usize)> {
    let sign = match b.first()? {
        b'Z' | b'z' => return Some((0, 1)),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = i64::from(two(b, 1)?);
    let colon = usize::from(b.get(3) == Some(&b':'));
    let (minutes, len) = two(b, 3 + colon).map_or((0, 3), |minutes| (i64::from(minutes), 5 + colon));
    Some((sign * (hours * 3_600 + minutes * 60), len))
}

/// The digits at the start as a fraction of a second: microseconds and how many digits there were.
fn fraction(b: &[u8]) -> (u32, usize) {
    let len = b.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let micros = (0..6).fold(0, |sum, i| sum * 10 + u32::from(if i < len { b[i] - b'0' } else { 0 }));
    (micros, len)
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

fn two(b: &[u8], at: usize) -> Option<u8> {
    Some(digit(*b.get(at)?)? * 10 + digit(*b.get(at + 1)?)?)
}

fn month(b: &[u8]) -> Option<u8> {
    Some(match b {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(stamp: Option<Stamp>) -> String {
        match stamp {
            Some(Stamp::Instant(at)) => at.to_rfc3339(),
            Some(Stamp::Local(civil) | Stamp::Yearless(civil)) => {
                format!("local {}", Timestamp::from_micros(civil.epoch_seconds() * 1_000_000 + i64::from(civil.micros)).to_rfc3339())
            }
            None => "none".to_owned(),
        }
    }

    #[test]
    fn each_layout_is_read() {
        assert_eq!(utc(nginx_error(b"2026/11/22 15:04:50 [error]")), "local 2026-11-22T15:04:50Z");
        assert_eq!(utc(clf(b"22/Nov/2026:15:47:23 +0130]")), "2026-11-22T14:17:23Z");
        assert_eq!(utc(slashed_utc(b"2026/11/22 15:40:21.880\t")), "2026-11-22T15:40:21.880Z");
        assert_eq!(utc(haproxy(b"04/Mar/2025:10:15:31.204]")), "local 2025-03-04T10:15:31.204Z");
        assert_eq!(utc(apache_error(b"Sun Nov 22 15:08:52.067604 2026")), "local 2026-11-22T15:08:52.067604Z");
        assert_eq!(utc(apache_error(b"Wed Oct 11 14:32:52 2023")), "local 2023-10-11T14:32:52Z");
        assert_eq!(utc(apache_error(b"2026-11-22 15:15:32.999607 +0100")), "2026-11-22T14:15:32.999607Z");
        assert_eq!(utc(rfc3339(b"2026-11-22T15:47:24+00:00 x").map(|s| s.0)), "2026-11-22T15:47:24Z");
        assert_eq!(utc(rfc3339(b"2026-11-22T15:47:24.5Z").map(|s| s.0)), "2026-11-22T15:47:24.500Z");
        assert_eq!(utc(syslog(b"Mar  4 10:15:31 lb1").map(|s| s.0)), "local 0000-03-04T10:15:31Z");
        assert_eq!(utc(epoch_seconds(b"1741083331.204")), "2025-03-04T10:15:31.204Z");
        assert_eq!(utc(epoch_seconds(b"1741083330118000000")), "2025-03-04T10:15:30.118Z");
    }

    #[test]
    fn nonsense_is_no_stamp() {
        for bytes in [&b""[..], b"2026/11/22", b"2026/13/22 15:04:50", b"2026-11-22 15:04:50 [error]", b"20 6/11/22 15:04:50 "] {
            assert_eq!(nginx_error(bytes), None);
        }
        assert_eq!(clf(b"22/Nov/2026:15:47:23 0000]    "), None);
        assert_eq!(epoch_seconds(b"17410x"), None);
        assert_eq!(epoch_seconds(b"-5"), None);
    }
}
