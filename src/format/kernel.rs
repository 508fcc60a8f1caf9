//! What the Linux kernel says: dmesg, the system's log, the journal.
//!
//! ```text
//! Mar  4 10:15:31 web1 kernel: [12345.678901] Out of memory: Killed process 4242 (node) total-vm:1820340kB, anon-rss:912044kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:3560kB oom_score_adj:0
//! ```
//!
//! dmesg's own stamp counts seconds since the start, of which nobody knows the moment: such a line has no time. `dmesg -T`
//! and `--time-format iso` have a local one. Only the tag `kernel` makes a line of the system's log the kernel's.

use std::borrow::Cow;

use super::behind::{ctime, message, stamped, until};
use super::journal::{Json, tagged};
use super::{About, Format};
use crate::record::{Entry, Severity};
use crate::time::{Clock, Stamp, rfc3339};

/// See the module.
pub(super) struct Kernel;

impl Format for Kernel {
    fn begins(&self, line: &[u8]) -> bool {
        head(line).is_some() || is_json(line)
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        if is_json(record) {
            let json = Json::read(record);
            let mut entry = Entry { severity: json.severity(), message: Cow::Owned(json.message), ..Entry::default() };
            stamped(&mut entry, json.stamp, clock);
            return Some(entry);
        }
        let (stamp, rest) = head(record)?;
        Some(message(stamp, Severity::Info, since_start(rest).unwrap_or(rest), clock))
    }

    fn one_line(&self) -> bool {
        true
    }

    fn writes_answers(&self) -> bool {
        false
    }

    fn is_context(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["zone"]
    }

    fn about(&self) -> About {
        About {
            title: "Linux kernel (dmesg, syslog, journal)",
            recognised: "[seconds.micros], [Day Mon dd hh:mm:ss yyyy], or a line of the system's log with the tag kernel",
            example: "Mar  4 10:15:31 web1 kernel: [12345.678901] Out of memory: Killed process 4242 (node) total-vm:1820340kB, anon-rss:912044kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:3560kB oom_score_adj:0",
        }
    }
}

pub(super) fn is_json(line: &[u8]) -> bool {
    line.first() == Some(&b'{') && memchr::memmem::find(line, b"\"_TRANSPORT\":\"kernel\"").is_some()
}

fn head(line: &[u8]) -> Option<(Option<Stamp>, &[u8])> {
    if let Some(rest) = since_start(line) {
        return Some((None, rest));
    }
    if let Some(inside) = line.strip_prefix(b"[") {
        let (stamp, rest) = ctime(inside)?;
        // Apache's error log goes on with a bracket.
        return Some((Some(stamp), rest.strip_prefix(b"] ").filter(|rest| !rest.starts_with(b"["))?));
    }
    if let Some(line) = tagged(line) {
        return (line.tag == b"kernel").then_some((Some(line.stamp), line.rest));
    }
    // dmesg's ISO form has a comma before the fraction and no host behind the zone.
    let (stamp, len) = rfc3339(line).filter(|_| line.get(19) == Some(&b','))?;
    Some((Some(stamp), line[len..].strip_prefix(b" ").filter(|_| matches!(stamp, Stamp::Instant(_)))?))
}

/// What follows `[12345.678901] `.
fn since_start(line: &[u8]) -> Option<&[u8]> {
    let (inside, rest) = until(line.strip_prefix(b"[")?, b"] ")?;
    let (seconds, micros) = until(inside.trim_ascii_start(), b".")?;
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    (is_number(seconds) && micros.len() == 6 && is_number(micros)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    #[test]
    fn each_form_is_read() {
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000));
        let mut read = |line: &str| {
            let entry = Kernel.parse(line.as_bytes(), &mut clock)?;
            assert!(Kernel.begins(line.as_bytes()));
            Some((entry.time.map(Timestamp::to_rfc3339).unwrap_or_default(), String::from_utf8_lossy(&entry.message).into_owned()))
        };
        let is = |time: &str| Some((time.to_owned(), "TCP: x".to_owned()));
        assert_eq!(read("[    5.000001] TCP: x"), is(""));
        assert_eq!(read("[Tue Mar  4 10:15:31 2025] TCP: x"), is("2025-03-04T10:15:31Z"));
        assert_eq!(read("2025-03-04T10:15:31,123456+01:00 TCP: x"), is("2025-03-04T09:15:31.123456Z"));
        assert_eq!(read("2025-03-04T10:15:31+0000 web1 kernel: TCP: x"), is("2025-03-04T10:15:31Z"));
        assert_eq!(read("Mar  4 10:15:31 web1 kernel: [   12.000001] TCP: x"), is("2026-03-04T10:15:31Z"));
        let json = r#"{"__REALTIME_TIMESTAMP":"1741083331204000","_TRANSPORT":"kernel","PRIORITY":"3","MESSAGE":"TCP: x"}"#;
        assert_eq!(read(json), is("2025-03-04T10:15:31.204Z"));
        for other in [
            "[Tue Mar  4 10:15:31 2025] [core:error] x",
            "[12] x",
            "[1.2] x",
            "Mar  4 10:15:31 web1 sshd[1]: kernel: x",
            "2025-03-04T10:15:31.123456+01:00 x",
            "",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
