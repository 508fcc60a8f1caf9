//! The log of Puma.
//!
//! ```text
//! [4242] ! Terminating timed out worker (Worker 1 failed to check in within 60 seconds): 4250
//! ```
//!
//! In a cluster each line has the process before it and a mark (`!`, `-`, `*`, `+`) before the message, and no time: that is
//! of what carries the line. Errors have a time with its zone (`lib/puma/error_logger.rb`), as has the line of the end.

use super::behind::{bracketed_pid, message, starts, until};
use super::{About, Format};
use crate::record::{Entry, Severity};
use crate::time::{Clock, Stamp, rfc3339};

/// See the module.
pub(super) struct Puma;

/// How the messages of errors begin.
const ERRORS: [&[u8]; 5] = [b"HTTP parse error, ", b"Rack app", b"SSL error, ", b"Read: ", b"Listen loop: "];

impl Format for Puma {
    fn begins(&self, line: &[u8]) -> bool {
        head(line).is_some()
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let Head { stamp, pid, severity, rest } = head(record)?;
        let mut entry = message(stamp, severity, rest, clock);
        entry.set("pid", pid);
        Some(entry)
    }

    fn is_context(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["pid", "zone"]
    }

    fn about(&self) -> About {
        About {
            title: "Puma log",
            recognised: "[pid] !|-|*|+ , yyyy-mm-dd hh:mm:ss zone and an error of Puma, or === puma",
            example: "[4242] ! Terminating timed out worker (Worker 1 failed to check in within 60 seconds): 4250",
        }
    }
}

struct Head<'a> {
    stamp: Option<Stamp>,
    pid: &'a [u8],
    severity: Severity,
    rest: &'a [u8],
}

fn head(line: &[u8]) -> Option<Head<'_>> {
    if let Some(rest) = line.strip_prefix(b"=== puma ") {
        let (what, rest) = until(rest, b": ")?;
        let stamp = rfc3339(rest).map(|(stamp, _)| stamp);
        return Some(Head { stamp, pid: b"", severity: Severity::Notice, rest: what });
    }
    if let Some((pid, rest)) = bracketed_pid(line) {
        let severity = if rest.starts_with(b"! ") { Severity::Warn } else { Severity::Info };
        let is_marked = matches!(rest, [b'!' | b'-' | b'*' | b'+', b' ', ..]);
        let is_cluster = is_marked || rest.starts_with(b"Early termination of worker");
        return is_cluster.then(|| Head { stamp: None, pid, severity, rest: if is_marked { &rest[2..] } else { rest } });
    }
    let (stamp, len) = rfc3339(line)?;
    let rest = line[len..].strip_prefix(b" ")?;
    (matches!(stamp, Stamp::Instant(_)) && starts(rest, &ERRORS)).then_some(Head { stamp: Some(stamp), pid: b"", severity: Severity::Error, rest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    #[test]
    fn each_kind_of_line_is_read() {
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(0));
        let mut read =
            |line: &'static str| Puma.parse(line.as_bytes(), &mut clock).map(|entry| (entry.time.map(Timestamp::to_rfc3339), entry.message.into_owned()));
        assert_eq!(read("[42] - Worker 0 (PID: 43) booted in 0.1s, phase: 0"), Some((None, b"Worker 0 (PID: 43) booted in 0.1s, phase: 0".to_vec())));
        assert_eq!(read("[42] Early termination of worker"), Some((None, b"Early termination of worker".to_vec())));
        assert_eq!(
            read("2025-03-04 10:15:31 +0100 SSL error, peer: 10.0.0.9"),
            Some((Some("2025-03-04T09:15:31Z".to_owned()), b"SSL error, peer: 10.0.0.9".to_vec()))
        );
        assert_eq!(read("=== puma shutdown: 2025-03-04 10:15:31 +0000 ==="), Some((Some("2025-03-04T10:15:31Z".to_owned()), b"shutdown".to_vec())));
        for other in ["[42] hello", "[x] - a", "2025-03-04 10:15:31 +0000 hello", "- Worker 0", ""] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
