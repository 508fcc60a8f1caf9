//! Moments and durations as a person writes them after `--since`.

use thiserror::Error;

use super::{Clock, Stamp, Timestamp, Zone, rfc3339};

/// Not a moment.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("'{0}' is no time (2026-03-18T03:00:00Z, 2026-03-18 03:00, 2026-03-18, 03:00, 2h, yesterday, today, now)")]
pub struct WhenError(pub String);

/// Seconds of `30s`, `5m`, `2h`, `1d`, `1w` (no sums, no fractions).
pub fn duration(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at(text.len().checked_sub(1)?.min(text.char_indices().next_back()?.0));
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<i64>().ok()?.checked_mul(unit)
}

/// Reads a moment: RFC 3339, a date with or without a time in `zone`, a time of today, a duration ago, or a word.
/// A time of day that is still to come today is yesterday's: `--since 23:00` at one in the morning means two hours ago.
///
/// # Errors
/// [`WhenError`] when it is none of those.
pub fn moment(text: &str, zone: Zone, now: Timestamp) -> Result<Timestamp, WhenError> {
    let text = text.trim();
    let mut clock = Clock::new(zone, now);
    let midnight = |clock: &mut Clock, days: i64| {
        let civil = zone.civil(now.plus_seconds(days * 86_400));
        clock.resolve(Stamp::Local(super::Civil { hour: 0, minute: 0, second: 0, micros: 0, ..civil }))
    };
    match text {
        "now" => return Ok(now),
        "today" => return Ok(midnight(&mut clock, 0)),
        "yesterday" => return Ok(midnight(&mut clock, -1)),
        _ => {}
    }
    if let Some(seconds) = duration(text.strip_suffix(" ago").unwrap_or(text)) {
        return Ok(now.plus_seconds(-seconds));
    }
    let whole = |text: &str| rfc3339(text.as_bytes()).filter(|(stamp, len)| *len == text.len() && exists(text, *stamp)).map(|(stamp, _)| stamp);
    let candidates = [text.to_owned(), format!("{text}:00"), format!("{text} 00:00:00")];
    if let Some(stamp) = candidates.iter().find_map(|text| whole(text)) {
        return Ok(clock.resolve(stamp));
    }
    let today = zone.civil(now);
    let date = format!("{:04}-{:02}-{:02}", today.year, today.month, today.day);
    let candidates = [format!("{date} {text}"), format!("{date} {text}:00")];
    let at = candidates.iter().find_map(|text| whole(text)).map(|stamp| clock.resolve(stamp));
    match at {
        Some(at) if at > now => Ok(at.plus_seconds(-86_400)),
        Some(at) => Ok(at),
        None => Err(WhenError(text.to_owned())),
    }
}

/// Whether the date is one of the calendar: 30 February is a slip of whoever typed it.
fn exists(text: &str, stamp: Stamp) -> bool {
    let day = |civil: super::Civil| super::Civil::from_epoch(civil.epoch_seconds()).day == civil.day;
    match stamp {
        Stamp::Local(civil) | Stamp::Yearless(civil) => day(civil),
        // Its zone is part of it, so only the wall clock that was typed tells.
        Stamp::Instant(_) => match rfc3339(&text.as_bytes()[..19]) {
            Some((Stamp::Local(civil), _)) => day(civil),
            _ => true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let now = Timestamp::from_seconds(1_773_802_800 + 90); // 2026-03-18T03:01:30Z
        moment(text, Zone::UTC, now).map_or_else(|error| error.to_string(), Timestamp::to_rfc3339)
    }

    #[test]
    fn moments_as_people_write_them() {
        assert_eq!(read("2026-03-18T03:00:00Z"), "2026-03-18T03:00:00Z");
        assert_eq!(read("2026-03-18T03:00:00+01:00"), "2026-03-18T02:00:00Z");
        assert_eq!(read("2026-03-18 03:00"), "2026-03-18T03:00:00Z");
        assert_eq!(read("2026-03-17"), "2026-03-17T00:00:00Z");
        assert_eq!(read("03:00"), "2026-03-18T03:00:00Z");
        assert_eq!(read("23:00"), "2026-03-17T23:00:00Z");
        assert_eq!(read("2h"), "2026-03-18T01:01:30Z");
        assert_eq!(read("2h ago"), "2026-03-18T01:01:30Z");
        assert_eq!(read("yesterday"), "2026-03-17T00:00:00Z");
        assert_eq!(read("today"), "2026-03-18T00:00:00Z");
    }

    #[test]
    fn nonsense_is_refused_with_examples() {
        for text in ["", "soon", "25:00", "2026-13-01", "2026-02-30", "2026-06-31 10:00", "2027-02-29T00:00:00Z", "2 h", "ü"] {
            assert!(read(text).contains("is no time"), "{text}: {}", read(text));
        }
    }
}
