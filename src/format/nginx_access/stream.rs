//! A session of nginx's `stream`: TCP and UDP, passed on without a look at what is said.
//!
//! ```text
//! [203.0.113.7] [22/Nov/2026:15:48:06 +0000] TCP 502 0 0 60.001
//! 203.0.113.7 [22/Nov/2026:15:48:06 +0000] TCP 200 1024 77 0.612 "10.0.0.11:5432" "77" "1024" "0.001"
//! ```
//!
//! ingress-nginx's form and that of nginx's documentation (`ngx_stream_log_module`): protocol, status, bytes sent and
//! received, duration, then addresses, bytes and connection times of the upstreams.

use std::borrow::Cow;

use memchr::memchr;

use super::attempts::Attempts;
use crate::format::clf::{Items, micros, set_status};
use crate::record::Entry;
use crate::text::number;
use crate::time::{Clock, Stamp, clf};

pub(super) fn begins(line: &[u8]) -> bool {
    head(line).is_some()
}

pub(super) fn read<'a>(line: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
    let Head { client, stamp, protocol, status, rest } = head(line)?;
    let mut entry = Entry { time: Some(clock.resolve(stamp)), client: Cow::Borrowed(client), method: Cow::Borrowed(protocol), ..Entry::default() };
    set_status(&mut entry, status);
    let mut words = rest.split(|byte| *byte == b' ').skip(2);
    let took = words.next().unwrap_or_default();
    entry.duration = micros(took);
    entry.set("request_time", took);
    let behind = memchr(b'"', rest).map_or(&[][..], |quote| &rest[quote..]);
    let mut items = Items(behind).map(|item| item.value);
    let (addr, connect_time) = (items.next(), items.nth(2));
    Attempts { addr, connect_time, ..Attempts::default() }.fill(&mut entry);
    Some(entry)
}

struct Head<'a> {
    client: &'a [u8],
    stamp: Stamp,
    protocol: &'a [u8],
    status: &'a [u8],
    rest: &'a [u8],
}

fn head(line: &[u8]) -> Option<Head<'_>> {
    let (client, rest) = line.split_at(memchr(b' ', &line[..line.len().min(64)])?);
    let client = client.strip_prefix(b"[").and_then(|client| client.strip_suffix(b"]")).unwrap_or(client);
    let rest = rest.strip_prefix(b" [")?;
    let stamp = clf(rest)?;
    let rest = rest.get(26..)?.strip_prefix(b"] ")?;
    let protocol = rest.get(..3).filter(|protocol| matches!(*protocol, b"TCP" | b"UDP"))?;
    let rest = rest[3..].strip_prefix(b" ")?;
    let status = rest.get(..3).filter(|status| number::status(status).is_some())?;
    let rest = rest.get(3..).filter(|rest| matches!(rest.first(), None | Some(b' ')))?;
    let is_client = !client.is_empty() && client.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':' | b'-' | b'u' | b'n' | b'i' | b'x'));
    is_client.then(|| Head { client, stamp, protocol, status, rest: rest.strip_prefix(b" ").unwrap_or(rest) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    fn read_line(line: &str) -> Option<Entry<'_>> {
        assert_eq!(begins(line.as_bytes()), read(line.as_bytes(), &mut Clock::new(Zone::UTC, Timestamp::from_seconds(0))).is_some());
        read(line.as_bytes(), &mut Clock::new(Zone::UTC, Timestamp::from_seconds(0)))
    }

    #[test]
    fn a_session_is_an_answer() {
        let entry = read_line("[203.0.113.7] [22/Nov/2026:15:48:06 +0000] TCP 502 0 0 60.001").unwrap();
        assert_eq!((entry.status, entry.duration, &*entry.client, entry.is_response), (Some(502), Some(60_001_000), &b"203.0.113.7"[..], true));
        let line = r#"2001:db8::7 [22/Nov/2026:15:48:06 +0000] TCP 502 0 0 0.002 "10.0.0.11:5432, 10.0.0.12:5432" "0, 0" "0, 0" "-, -""#;
        let entry = read_line(line).unwrap();
        assert_eq!((&*entry.upstream, entry.field("connect_time")), (&b"10.0.0.12:5432"[..], &b"-"[..]));
        for end in 0..line.len() {
            let _ = read_line(&line[..end]);
        }
        for other in [
            r#"203.0.113.7 - - [22/Nov/2026:15:48:06 +0000] "GET / HTTP/1.1" 502 1"#,
            "a b [22/Nov/2026:15:48:06 +0000] TCP 502",
            "",
            "[x] [22/Nov/2026:15:48:06 +0000] GET 502",
        ] {
            assert!(read_line(other).is_none(), "{other}");
        }
    }
}
