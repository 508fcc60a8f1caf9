//! Passenger's lines in Apache's error log: they have their own head, and no number.
//!
//! ```text
//! [ E 2024-10-21 09:34:27.1234 123/T7 age/Cor/Con/CheckoutSession.cpp:276 ]: [Client 1-5] Cannot checkout session because a spawning error occurred. The identifier of the error is 0f3a
//! ```

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::hash;
use crate::record::{Entry, Link, Severity};
use crate::time::{Clock, rfc3339};

/// Whether a line begins a record of Passenger's.
pub(super) fn begins(line: &[u8]) -> bool {
    line.starts_with(b"[ ") && line.get(3) == Some(&b' ') && severity(line).is_some() && line.get(4..).is_some_and(|rest| rfc3339(rest).is_some())
}

fn severity(line: &[u8]) -> Option<Severity> {
    Some(match line.get(2)? {
        b'C' => Severity::Crit,
        b'E' => Severity::Error,
        b'W' => Severity::Warn,
        b'N' => Severity::Notice,
        b'I' => Severity::Info,
        b'D' => Severity::Debug,
        _ => return None,
    })
}

/// Reads one line.
pub(super) fn parse<'a>(line: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
    let (stamp, len) = rfc3339(line.get(4..)?)?;
    let rest = line.get(4 + len..)?;
    let close = memmem::find(&rest[..rest.len().min(256)], b" ]: ")?;
    let (place, mut message) = (&rest[..close], &rest[close + 4..]);
    let mut client = &b""[..];
    if let Some(named) = message.strip_prefix(b"[Client ")
        && let Some(end) = memchr(b']', &named[..named.len().min(48)])
    {
        (client, message) = (&named[..end], named[end + 1..].trim_ascii_start());
    }
    let process = &place[..place.iter().skip(1).position(|byte| *byte == b' ').map_or(place.len(), |at| at + 1)];
    let client = if client.is_empty() { 0 } else { hash(&[b"passenger", client]) };
    let mut entry = Entry {
        time: Some(clock.resolve(stamp)),
        severity: severity(line)?,
        message: Cow::Borrowed(message),
        link: Link::Worker { thread: hash(&[b"passenger", process]), client },
        ..Entry::default()
    };
    entry.set("module", &b"passenger"[..]);
    entry.set("peer", if client == 0 { &b"none"[..] } else { b"client" });
    Some(entry)
}
