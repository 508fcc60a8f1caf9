//! The logs of gunicorn and uvicorn.
//!
//! ```text
//! [2025-03-04 10:15:31 +0000] [27] [CRITICAL] WORKER TIMEOUT (pid:31)
//! ```
//!
//! gunicorn's line has time with zone, process and level (`gunicorn/glogging.py`). uvicorn's has only the level, padded to
//! ten columns with its colon (`uvicorn/logging.py`), so its time is that of what carries the line.

use super::behind::{bracketed_pid, message, until};
use super::{About, Format};
use crate::record::{Entry, Severity};
use crate::time::{Clock, Stamp, rfc3339};

/// See the module.
pub(super) struct Gunicorn;

impl Format for Gunicorn {
    fn begins(&self, line: &[u8]) -> bool {
        gunicorn(line).is_some() || uvicorn(line).is_some()
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        if let Some((severity, rest)) = uvicorn(record) {
            return Some(message(None, severity, rest, clock));
        }
        let (stamp, pid, severity, rest) = gunicorn(record)?;
        let mut entry = message(Some(stamp), severity, rest, clock);
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
            title: "gunicorn and uvicorn log",
            recognised: "[yyyy-mm-dd hh:mm:ss zone] [pid] [LEVEL], or LEVEL: padded to ten columns",
            example: "[2025-03-04 10:15:31 +0000] [27] [CRITICAL] WORKER TIMEOUT (pid:31)",
        }
    }
}

fn gunicorn(line: &[u8]) -> Option<(Stamp, &[u8], Severity, &[u8])> {
    let inside = line.strip_prefix(b"[")?;
    let (stamp, len) = rfc3339(inside)?;
    let rest = inside[len..].strip_prefix(b"] ")?;
    let (pid, rest) = bracketed_pid(rest)?;
    let (name, rest) = until(rest.strip_prefix(b"[")?, b"] ")?;
    Some((stamp, pid, Severity::from_name(name).filter(|_| name.iter().all(u8::is_ascii_uppercase))?, rest))
}

fn uvicorn(line: &[u8]) -> Option<(Severity, &[u8])> {
    let (level, rest) = line.split_at_checked(10)?;
    let name = level.trim_ascii_end().strip_suffix(b":")?;
    let is_name = matches!(name, b"TRACE" | b"DEBUG" | b"INFO" | b"WARNING" | b"ERROR" | b"CRITICAL");
    (is_name && !rest.starts_with(b" ")).then(|| Some((Severity::from_name(name)?, rest)))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    #[test]
    fn lines_of_both_are_read() {
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(0));
        let mut read = |line: &'static str| Gunicorn.parse(line.as_bytes(), &mut clock);
        let entry = read("[2025-03-04 10:15:31 +0100] [27] [ERROR] Exception in worker process\nTraceback").unwrap();
        assert_eq!((entry.time.unwrap().to_rfc3339().as_str(), entry.field("pid"), entry.severity), ("2025-03-04T09:15:31Z", &b"27"[..], Severity::Error));
        let entry = read("ERROR:    Exception in ASGI application").unwrap();
        assert_eq!((entry.time, &*entry.message, entry.field("zone")), (None, &b"Exception in ASGI application"[..], &b""[..]));
        for other in ["ERROR: a b", "ERROR:root:x", "INFO:      x", "[2025-03-04 10:15:31 +0000] [x] [INFO] a", "[2025-03-04 10:15:31] a", ""] {
            assert!(!Gunicorn.begins(other.as_bytes()), "{other}");
        }
    }
}
