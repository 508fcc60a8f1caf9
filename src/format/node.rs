//! What Node.js prints when it dies, and the log of PM2.
//!
//! ```text
//! 2025-03-04T10:15:31: PM2 log: App [api:0] exited with code [1] via signal [SIGKILL]
//! ```
//!
//! PM2's own log, and an application's that is started with `--time`, have a local time and a colon before the line
//! (`lib/God.js`, `lib/Utility.js`). Node.js itself prints no time: a line is known by the words of its fatal errors, and what
//! follows is its trace.

use super::behind::{message, starts, until};
use super::{About, Format};
use crate::record::{Entry, Severity};
use crate::time::{Clock, Stamp, rfc3339};

/// See the module.
pub(super) struct Node;

/// How the lines begin that Node.js and PM2 print without a time.
const STARTS: [&[u8]; 12] = [
    b"<--- Last few GCs --->",
    b"Error: listen E",
    b"Error: connect E",
    b"Error: getaddrinfo E",
    b"Error: EMFILE",
    b"Uncaught ",
    b"UnhandledPromiseRejection",
    b"[UnhandledPromiseRejection",
    b"[PM2]",
    b"PM2 ",
    b"node:internal/",
    b"node:events:",
];

impl Format for Node {
    fn begins(&self, line: &[u8]) -> bool {
        head(line).is_some()
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let (stamp, rest) = head(record)?;
        // `PM2        | ` is how `pm2 logs` shows PM2's own lines.
        let rest = rest.strip_prefix(b"PM2 ").map_or(rest, |after| after.trim_ascii_start().strip_prefix(b"| ").unwrap_or(after));
        let rest = ["log: ", "error: "].iter().find_map(|kind| rest.strip_prefix(kind.as_bytes())).unwrap_or(rest);
        Some(message(stamp, Severity::Info, rest, clock))
    }

    fn is_context(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["zone"]
    }

    fn about(&self) -> About {
        About {
            title: "PM2 log, and what Node.js prints when it dies",
            recognised: "yyyy-mm-ddThh:mm:ss: , or the words of a fatal error",
            example: "2025-03-04T10:15:31: PM2 log: App [api:0] exited with code [1] via signal [SIGKILL]",
        }
    }
}

fn head(line: &[u8]) -> Option<(Option<Stamp>, &[u8])> {
    if line.first()?.is_ascii_digit() {
        let (stamp, len) = rfc3339(line).filter(|_| line[10] == b'T')?;
        return Some((Some(stamp), line[len..].strip_prefix(b": ")?));
    }
    // `[12:0x5f] 1 ms: ` stands before some of V8's lines; of its fatal errors only what tells of memory is sure.
    let is_heap = until(line, b"FATAL ERROR: ").is_some_and(|(before, rest)| before.is_empty() && (has(rest, b"heap") || has(rest, b"Allocation failed")));
    let is_version = line.starts_with(b"Node.js v") && line.get(9).is_some_and(u8::is_ascii_digit);
    (is_heap || is_version || starts(line, &STARTS)).then_some((None, line))
}

fn has(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(&text[..text.len().min(200)], part).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    #[test]
    fn each_kind_of_line_is_read() {
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(0));
        let mut read = |line: &'static str| {
            Node.parse(line.as_bytes(), &mut clock).map(|entry| (entry.time.is_some(), String::from_utf8_lossy(&entry.message).into_owned()))
        };
        let is = |has_time, message: &str| Some((has_time, message.to_owned()));
        assert_eq!(read("2025-03-04T10:15:31: PM2 log: App [api:0] online"), is(true, "App [api:0] online"));
        assert_eq!(read("PM2        | App [api:0] online"), is(false, "App [api:0] online"));
        assert_eq!(read("2025-03-04T10:15:31: hello"), is(true, "hello"));
        let heap = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory";
        assert_eq!(read(heap), is(false, heap));
        for other in ["FATAL ERROR: disk", "2025-03-04T10:15:31 hello", "2025-03-04 10:15:31: hello", "Node.js version", ""] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
