//! The log of PHP-FPM's master, its slow log, and PHP's own error log.
//!
//! ```text
//! [04-Mar-2025 10:15:31] WARNING: [pool www] server reached pm.max_children setting (5), consider raising it
//! ```
//!
//! The time is local and says no zone (php-src, `sapi/fpm/fpm/zlog.c`); at the level `debug` it has a fraction, and
//! process, function and line stand before the message. To syslog the line begins with `[WARNING]`. PHP's own log
//! has a zone behind the time, and no level.

use super::behind::{message, until};
use super::{About, Format};
use crate::record::{Entry, Severity};
use crate::time::{Civil, Clock, Stamp, clf};

/// See the module.
pub(super) struct PhpFpm;

impl Format for PhpFpm {
    fn begins(&self, line: &[u8]) -> bool {
        head(line).is_some()
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let Head { stamp, severity, rest } = head(record)?;
        let (pool, rest) = match rest.strip_prefix(b"[pool ").and_then(|rest| until(rest, b"] ")) {
            Some((pool, rest)) => (pool, rest),
            None => (&b""[..], rest),
        };
        let mut entry = message(stamp, severity, rest, clock);
        entry.set("pool", pool);
        Some(entry)
    }

    fn is_context(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["pool", "zone"]
    }

    fn about(&self) -> About {
        About {
            title: "PHP-FPM log, slow log and PHP error log",
            recognised: "[dd-Mon-yyyy hh:mm:ss] LEVEL: | [pool name] | PHP",
            example: "[04-Mar-2025 10:15:31] WARNING: [pool www] server reached pm.max_children setting (5), consider raising it",
        }
    }
}

struct Head<'a> {
    stamp: Option<Stamp>,
    severity: Severity,
    rest: &'a [u8],
}

/// What stands before the message.
fn head(line: &[u8]) -> Option<Head<'_>> {
    let (inside, rest) = until(line.strip_prefix(b"[")?, b"] ")?;
    if let Some(severity) = level(inside) {
        return rest.starts_with(b"[pool ").then_some(Head { stamp: None, severity, rest });
    }
    let stamp = stamp(inside)?;
    if let Some((severity, rest)) = until(rest, b": ").and_then(|(name, rest)| Some((level(name)?, rest))) {
        return Some(Head { stamp: Some(stamp), severity, rest: after_function(rest) });
    }
    // The slow log has no level, and PHP's own log has a product's name in its place.
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let is_known = rest.starts_with(b"[pool ") || rest.starts_with(b"PHP ");
    is_known.then_some(Head { stamp: Some(stamp), severity: Severity::Warn, rest })
}

fn level(name: &[u8]) -> Option<Severity> {
    matches!(name, b"DEBUG" | b"NOTICE" | b"WARNING" | b"ERROR" | b"ALERT").then(|| Severity::from_name(name)).flatten()
}

/// What follows `pid 12, fpm_main(), line 9: `, which only the level debug writes.
fn after_function(rest: &[u8]) -> &[u8] {
    let is_place = rest.starts_with(b"pid ");
    until(rest, b"), line ").filter(|(head, _)| is_place && head.len() < 100).and_then(|(_, rest)| until(rest, b": ")).map_or(rest, |(_, rest)| rest)
}

/// `04-Mar-2025 10:15:31`, with a fraction or a zone's name behind it.
fn stamp(text: &[u8]) -> Option<Stamp> {
    let (date, rest) = text.split_at_checked(20)?;
    if date[2] != b'-' || date[6] != b'-' || date[11] != b' ' {
        return None;
    }
    let mut common = *b"00/Jan/0000:00:00:00 +0000";
    common[..20].copy_from_slice(date);
    (common[2], common[6], common[11]) = (b'/', b'/', b':');
    let Some(Stamp::Instant(at)) = clf(&common) else { return None };
    if rest == b" UTC" || rest == b" Etc/UTC" {
        return Some(Stamp::Instant(at));
    }
    let is_known = rest.is_empty() || rest[0] == b' ' || rest[0] == b'.' && rest[1..].iter().all(u8::is_ascii_digit);
    let micros = rest.strip_prefix(b".").map_or(0, |digits| digits.iter().take(6).fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0')));
    is_known.then(|| Stamp::Local(Civil { micros, ..Civil::from_epoch(at.seconds()) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    fn read(line: &str) -> Option<(String, String, String, Severity)> {
        assert_eq!(PhpFpm.begins(line.as_bytes()), head(line.as_bytes()).is_some());
        let entry = PhpFpm.parse(line.as_bytes(), &mut Clock::new(Zone::UTC, Timestamp::from_seconds(0)))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some((entry.time.map(Timestamp::to_rfc3339).unwrap_or_default(), text(entry.field("pool")), text(&entry.message), entry.severity))
    }

    #[test]
    fn each_kind_of_line_is_read() {
        let is = |time: &str, pool: &str, message: &str, severity| Some((time.to_owned(), pool.to_owned(), message.to_owned(), severity));
        assert_eq!(read("[04-Mar-2025 10:15:31] WARNING: [pool www] a"), is("2025-03-04T10:15:31Z", "www", "a", Severity::Warn));
        assert_eq!(read("[04-Mar-2025 10:15:31] NOTICE: Terminating ..."), is("2025-03-04T10:15:31Z", "", "Terminating ...", Severity::Notice));
        assert_eq!(read("[04-Mar-2025 10:15:31.120000] DEBUG: pid 7, f(), line 9: b: c"), is("2025-03-04T10:15:31.120Z", "", "b: c", Severity::Debug));
        assert_eq!(read("[WARNING] [pool www] a"), is("", "www", "a", Severity::Warn));
        assert_eq!(
            read("[04-Mar-2025 10:15:31]  [pool www] pid 9\nscript_filename = /a"),
            is("2025-03-04T10:15:31Z", "www", "pid 9\nscript_filename = /a", Severity::Warn)
        );
        assert_eq!(read("[04-Mar-2025 10:15:31 UTC] PHP Fatal error:  x"), is("2025-03-04T10:15:31Z", "", "PHP Fatal error:  x", Severity::Warn));
        for other in ["[04-Mar-2025 10:15:31] hello", "[ERROR] x", "[04/Mar/2025:10:15:31] WARNING: a", "[", "", "[04-Mar-2025 10:15:3é] WARNING: a"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
