//! HAProxy's log: sessions in the HTTP, HTTPS, TCP and CLF layouts, the connection errors of frontends, and what the
//! process says of its servers.
//!
//! ```text
//! 203.0.113.24:51034 [04/Mar/2025:10:15:31.204] fe_www~ be_shop/app2 0/0/1/-1/60002 504 194 - - sH-- 40/31/28/14/0 0/0 "POST /report HTTP/2.0"
//! Server be_shop/app1 is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms. 1 active and 0 backup servers left. 3 sessions active, 0 requeued, 0 remaining in queue.
//! ```
//!
//! HAProxy writes no words about a failure: it says in two letters who ended the session and when (`state`), how long each
//! stage took (-1: it was not reached), which server was chosen, and how often it tried again. A session in which nothing
//! went wrong has no fields but its status, so that it can be skimmed.

mod message;
mod read;
pub(super) mod session;

use std::borrow::Cow;

use memchr::{memchr, memmem};

use self::session::{Session, is_number_group};
use super::{About, Envelope, Format, FormatId, Skimmed, Unwrapped, clf, layout};
use crate::record::Entry;
use crate::text::number;
use crate::time::{Clock, Stamp, Timestamp, haproxy};

/// See the module.
pub(super) struct Haproxy;

impl Format for Haproxy {
    fn begins(&self, line: &[u8]) -> bool {
        let line = bare(line).0;
        accepted(line).is_some() || message::begins(line) || clf_tail(line).is_some() || layout::begins(FormatId::Haproxy, line)
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let (record, stamp) = bare(record);
        let mut entry = parse(record, clock)?;
        if entry.time.is_none() {
            entry.time = stamp.map(|stamp| clock.resolve(stamp));
        }
        Some(entry)
    }

    fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        if layout::is_set(FormatId::Haproxy) { None } else { skim(bare(line).0, clock) }
    }

    fn one_line(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &FIELDS
    }

    fn about(&self) -> About {
        About {
            title: "HAProxy log (HTTP, HTTPS, TCP, CLF, connection errors, server states)",
            recognised: "client:port [dd/Mon/yyyy:hh:mm:ss.mmm] frontend backend/server timers, the CLF of httplog clf, or Server backend/name is …",
            example: r#"203.0.113.24:51034 [04/Mar/2025:10:15:31.204] fe_www~ be_shop/<NOSRV> 0/-1/-1/-1/0 503 217 - - SC-- 12/8/0/0/0 0/0 "GET /cart HTTP/1.1""#,
        }
    }
}

/// The line without the header of syslog, and its stamp. HAProxy writes that header itself, so it is a part of its lines,
/// where the tag is the usual one; by its name lines are told from those of others in the same file.
fn bare(line: &[u8]) -> (&[u8], Option<Stamp>) {
    match Envelope::Syslog.unwrap(line) {
        Some(Unwrapped { line: Cow::Borrowed(inner), stamp, .. }) if is_tagged(&line[..line.len() - inner.len()]) => (inner, stamp),
        _ => (line, None),
    }
}

/// Whether a header of syslog has the tag `haproxy[812]`.
fn is_tagged(header: &[u8]) -> bool {
    memchr::memchr_iter(b'[', header).any(|at| header[..at].ends_with(b"haproxy"))
}

fn parse<'a>(record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
    if let Some(entry) = layout::entry(FormatId::Haproxy, record, clock) {
        return Some(entry);
    }
    if let Some(accepted) = accepted(record) {
        return Some(from_accepted(&accepted, clock));
    }
    if message::begins(record) {
        return Some(message::read(record));
    }
    let line = clf::read(record)?;
    let start = clock.resolve(line.stamp);
    let (session, millis) = Session::from_clf(&line, clf_tail(record)?);
    let mut entry = Entry::default();
    session.fill(&mut entry, Some(end(start, millis)));
    Some(entry)
}

/// Names of the values that sessions and messages have.
pub(super) const FIELDS: [&str; 19] = [
    "status",
    "mode",
    "state",
    "frontend",
    "backend",
    "server",
    "retries",
    "redispatched",
    "queue_time",
    "connect_time",
    "header_time",
    "total_time",
    "server_queue",
    "backend_queue",
    "error",
    "event",
    "check_reason",
    "check_code",
    "check_info",
];

/// The beginning of a line about a client's connection.
struct Accepted<'a> {
    client: &'a [u8],
    stamp: Stamp,
    rest: &'a [u8],
}

/// A client's address is no longer than that.
const LONGEST_CLIENT: usize = 128;

/// `203.0.113.24:51034 [04/Mar/2025:10:15:31.204] …`
fn accepted(line: &[u8]) -> Option<Accepted<'_>> {
    let at = memchr(b'[', &line[..line.len().min(LONGEST_CLIENT)])?;
    let client = line[..at].strip_suffix(b" ").filter(|client| !client.is_empty())?;
    let stamp = haproxy(&line[at + 1..])?;
    let rest = line[at + 25..].strip_prefix(b"]")?;
    let is_client = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'_' | b'/' | b'%' | b'@');
    client.iter().all(is_client).then_some(Accepted { client, stamp, rest: rest.trim_ascii_start() })
}

/// What stands behind the bytes of a line in the common log format that `option httplog clf` wrote: the agent and the
/// referrer are always empty there, and port and milliseconds follow.
fn clf_tail(line: &[u8]) -> Option<&[u8]> {
    const EMPTY: &[u8] = b" \"\" \"\" ";
    let at = memmem::find(line, EMPTY)?;
    let rest = &line[at + EMPTY.len()..];
    let mut words = rest.splitn(3, |byte| *byte == b' ');
    let mut is_number = || words.next().is_some_and(|word| number::unsigned(word).is_some());
    (is_number() && is_number() && words.next().is_some_and(|rest| rest.starts_with(b"\"")) && clf::begins(line)).then_some(rest)
}

/// A session, or what went wrong before there was one: `fe_www/1: SSL handshake failure`.
fn from_accepted<'a>(accepted: &Accepted<'a>, clock: &mut Clock) -> Entry<'a> {
    let start = clock.resolve(accepted.stamp);
    let mut entry = Entry::default();
    let bind = &accepted.rest[..memchr(b' ', accepted.rest).unwrap_or(accepted.rest.len())];
    if let Some(bind) = bind.strip_suffix(b":").filter(|bind| memchr(b'/', bind).is_some()) {
        entry.time = Some(start);
        entry.client = session::address(accepted.client).into();
        entry.set("event", &b"connection"[..]);
        entry.set("frontend", &bind[..memchr(b'/', bind).unwrap_or(bind.len())]);
        entry.message = accepted.rest[bind.len() + 1..].trim_ascii_start().into();
        return entry;
    }
    Session::read(accepted.client, accepted.rest).fill(&mut entry, Some(start));
    entry
}

/// Time and status of an HTTP session in which nothing went wrong, by position: no cookie captured, state `----`, not
/// tried again. Everything else is read whole.
fn skim(line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
    let at = memchr(b'[', &line[..line.len().min(LONGEST_CLIENT)])?;
    let stamp = haproxy(line.get(at + 1..)?)?;
    if at < 2 || line[at - 1] != b' ' || line.last() != Some(&b'"') {
        return None;
    }
    let mut words = line.get(at + 25..)?.strip_prefix(b"] ")?.splitn(9, |byte| *byte == b' ');
    words.next()?;
    words.next()?;
    let timers = words.next()?;
    let answer = words.next()?;
    words.next()?;
    let cookies = words.next()? == b"-" && words.next()? == b"-";
    let state = words.next()?;
    let rest = words.next()?;
    let connections = &rest[..memchr(b' ', rest)?];
    let is_fine = cookies && state == b"----" && connections.ends_with(b"/0") && is_number_group(connections, 5) && is_number_group(timers, 5);
    let status = number::status(answer).filter(|status| is_fine && *status < 500)?;
    let total = session::millis(&timers[memchr::memrchr(b'/', timers)? + 1..]).unwrap_or(0);
    Some(Skimmed { time: end(clock.resolve(stamp), total), status, is_bare: true })
}

/// When a session that began then and took so many milliseconds ended.
fn end(start: Timestamp, millis: i64) -> Timestamp {
    start.plus_micros(millis * 1_000)
}

#[cfg(test)]
mod tests;
