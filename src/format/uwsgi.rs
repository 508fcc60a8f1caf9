//! The log of uWSGI.
//!
//! ```text
//! Tue Mar  4 10:15:31 2025 - *** uWSGI listen queue of socket "/run/uwsgi/app.sock" (fd: 3) full !!! (101/100) ***
//! ```
//!
//! The time is there only with `log-date`'s default or for uWSGI's own lines that bear one (`core/utils.c`, `uwsgi_log_verbose`);
//! without it a line is known by the words that only uWSGI begins lines with. A request's line is ordinary.

use super::behind::{ctime, message, starts};
use super::{About, Format};
use crate::record::{Entry, Severity};
use crate::time::{Clock, Stamp};

/// See the module.
pub(super) struct Uwsgi;

/// How uWSGI's lines begin that bear no time (`core/master.c`, `core/master_checks.c`, `core/uwsgi.c`).
const STARTS: [&[u8]; 16] = [
    b"*** uWSGI ",
    b"*** HARAKIRI ",
    b"*** no app loaded. ",
    b"*** Starting uWSGI ",
    b"HARAKIRI: ",
    b"HARAKIRI triggered by worker ",
    b"DAMN ! worker ",
    b"!!! uWSGI process ",
    b"--- no python application found",
    b"unable to load app ",
    b"OOPS ! failed loading app ",
    b"invalid request block size: ",
    b"SIGPIPE: writing to a closed pipe/socket/fd",
    b"uwsgi_response_write",
    b"[DANGER] async queue is full",
    b"spawned uWSGI ",
];

impl Format for Uwsgi {
    fn begins(&self, line: &[u8]) -> bool {
        head(line).is_some()
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let (stamp, rest) = head(record)?;
        Some(message(stamp, Severity::Notice, rest, clock))
    }

    fn is_context(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["zone"]
    }

    fn about(&self) -> About {
        About {
            title: "uWSGI log",
            recognised: "Day Mon dd hh:mm:ss yyyy - , [pid: n|app: , or the words that only uWSGI begins lines with",
            example: "Tue Mar  4 10:15:31 2025 - *** HARAKIRI ON WORKER 2 (pid: 4242, try: 1, graceful: no) ***",
        }
    }
}

fn head(line: &[u8]) -> Option<(Option<Stamp>, &[u8])> {
    if let Some((stamp, rest)) = ctime(line) {
        return Some((Some(stamp), rest.strip_prefix(b" - ")?));
    }
    let is_request = line.starts_with(b"[pid: ") && line.get(..40.min(line.len())).is_some_and(|head| memchr::memmem::find(head, b"|app: ").is_some());
    let is_known = is_request || starts(line, &STARTS);
    is_known.then_some((None, line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    #[test]
    fn lines_with_and_without_a_time_are_read() {
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(0));
        let entry = Uwsgi.parse(b"Tue Mar  4 10:15:31 2025 - DAMN ! worker 1 (pid: 9) died", &mut clock).unwrap();
        assert_eq!((entry.time.unwrap().to_rfc3339().as_str(), &*entry.message), ("2025-03-04T10:15:31Z", &b"DAMN ! worker 1 (pid: 9) died"[..]));
        for line in ["*** uWSGI listen queue", "[pid: 12|app: 0|req: 1/2] 10.0.0.9 () {40 vars in 512 bytes}", "DAMN ! worker 1 (pid: 9) died"] {
            assert!(Uwsgi.begins(line.as_bytes()), "{line}");
        }
        for other in ["[pid: 12] x", "Tue Mar  4 10:15:31 2025 x", "*** notes ***", "[Tue Mar  4 10:15:31 2025] - x", ""] {
            assert!(!Uwsgi.begins(other.as_bytes()), "{other}");
        }
    }
}
