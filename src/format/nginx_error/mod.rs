//! nginx's error log, and those of what is built on it (`OpenResty`, ingress-nginx).
//!
//! ```text
//! 2026/11/22 15:04:50 [error] 27981#0: *3 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: test.example, request: "GET /refused/x HTTP/1.1", upstream: "http://127.0.0.1:9001/refused/x", host: "test.example", referrer: "http://r/"
//! nginx: [emerg] host not found in upstream "backend" in /etc/nginx/nginx.conf:12
//! ```
//!
//! The head names time, level, process and, when there is one, the connection; [`message`] says how the text behind it is
//! taken apart, and [`tail`] what follows the text. None of it is escaped (`ngx_http_log_error_handler`,
//! `src/http/ngx_http_request.c`): request, host and referrer hold whatever the client sent. The second form goes to
//! stderr while the configuration is read and bears no time.

mod message;
mod tail;

use std::borrow::Cow;

use memchr::memchr;

use self::message::{Message, is_closed};
use self::tail::{Tail, tail_at};
use super::{About, Format, Glance, Subject, hash};
use crate::record::{Entry, Link, Severity};
use crate::text::near::{ahead2, digits, digits_of};
use crate::time::{Clock, nginx_error as stamp};

/// See the module.
pub(super) struct NginxError;

/// Digits of a connection's number, and one more.
const LONGEST_CONNECTION: usize = 24;
/// What begins the tail of nearly every line.
const CLIENT: &[u8] = b", client: ";
/// nginx writes at most 2,048 bytes, line feed included, and cuts without a mark (`NGX_MAX_ERROR_STR`).
const LONGEST: usize = 2_047;

impl Format for NginxError {
    fn begins(&self, line: &[u8]) -> bool {
        match line {
            [b'n', ..] => on_stderr(line).is_some(),
            _ => line.len() > 22 && line[19] == b' ' && line[20] == b'[' && line[21].is_ascii_lowercase() && stamp(line).is_some(),
        }
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let head = Head::read(record, clock)?;
        let (text, rest) = message::split(head.rest);
        let (message, tail) = (Message::read(text), Tail::read(rest));
        let mut entry = Entry { time: head.time, severity: head.severity, ..Entry::default() };
        // A timer may run in the name of a connection, but never of a request.
        if !head.owner.is_empty() && !tail.client.is_empty() && message.context.is_empty() {
            entry.link = link(head.owner, &tail);
        }
        tail.fill(&mut entry);
        message.fill(&mut entry);
        Some(entry)
    }

    /// A line that ends with a quote, so it is complete, and whose message is one clause, which the first `, client: ` ends.
    fn glance<'a>(&self, line: &'a [u8], clock: &mut Clock) -> Option<Glance<'a>> {
        if line.last() != Some(&b'"') || !line.get(19..)?.starts_with(b" [") {
            return None;
        }
        let time = clock.stamped(line.first_chunk::<19>()?, stamp)?;
        let (severity, head) = level(&line[21..])?;
        let (owner, rest) = short_owner(head).or_else(|| owner(head))?;
        let end = ahead2(b',', b'"', rest)?;
        let (end, plain) = if rest[end] == b'"' { message::quoting(rest, end)? } else { (end, [&rest[..end], &[]]) };
        let (message, tail) = rest.split_at(end);
        // What follows from the message follows from it for lines that name their client.
        let has_client = tail.strip_prefix(CLIENT)?.first().is_some_and(|first| !matches!(first, b',' | b' '));
        let is_usual = has_client && !message.is_empty() && !owner.is_empty();
        is_usual.then_some(Glance { time, severity, message, plain, owner, tail })
    }

    fn told<'a>(&self, glance: &Glance<'a>) -> Entry<'a> {
        let mut entry = Entry { time: Some(glance.time), severity: glance.severity, ..Entry::default() };
        tail::fill_client(&glance.tail[CLIENT.len()..], &mut entry);
        Message::read(glance.message).fill(&mut entry);
        entry
    }

    fn begins_behind(&self, line: &[u8], next: &[u8]) -> bool {
        let is_alike = next.len() > 22 && line.get(..21) == Some(&next[..21]) && next[21].is_ascii_lowercase();
        is_alike || self.begins(next)
    }

    fn subject<'a>(&self, glance: &Glance<'a>) -> Subject<'a> {
        // Each by itself: to bring both to one place takes as long as to read the usual one.
        match Tail::usual(glance.tail) {
            Some(tail) => of(&tail, glance.owner),
            None => of(&Tail::any(glance.tail), glance.owner),
        }
    }

    fn runs_on(&self, record: &[u8]) -> bool {
        record.len() < LONGEST && stops_in_quote(record)
    }

    fn fields(&self) -> &'static [&'static str] {
        &["client_known", "context", "cosocket", "health_check", "subrequest"]
    }

    fn about(&self) -> About {
        About {
            title: "nginx error log (also OpenResty and ingress-nginx)",
            recognised: "YYYY/MM/DD hh:mm:ss [level] pid#tid:",
            example: r#"2026/11/22 15:04:50 [error] 27981#0: *3 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.7, server: shop.test, request: "GET /cart HTTP/1.1", upstream: "http://127.0.0.1:9001/cart", host: "shop.test""#,
        }
    }
}

/// What stands before the message.
struct Head<'a> {
    time: Option<crate::time::Timestamp>,
    severity: Severity,
    /// `27981#0: *3`; empty when the line speaks of no connection.
    owner: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Head<'a> {
    fn read(record: &'a [u8], clock: &mut Clock) -> Option<Self> {
        if let Some((severity, rest)) = on_stderr(record) {
            return Some(Self { time: None, severity, owner: &[], rest });
        }
        let time = clock.resolve(stamp(record)?);
        let (severity, rest) = level(record.get(21..)?)?;
        let (owner, rest) = owner(rest)?;
        Some(Self { time: Some(time), severity, owner, rest })
    }
}

/// `error] ` at the start: the level, and what follows.
fn level(rest: &[u8]) -> Option<(Severity, &[u8])> {
    if let Some(rest) = rest.strip_prefix(b"error] ") {
        return Some((Severity::Error, rest));
    }
    let bracket = memchr(b']', &rest[..rest.len().min(11)])?;
    Some((Severity::from_name(&rest[..bracket])?, rest[bracket + 1..].strip_prefix(b" ")?))
}

/// Whom a line speaks of.
#[inline]
fn of<'a>(tail: &Tail<'a>, owner: &[u8]) -> Subject<'a> {
    let link = if tail.client.is_empty() { Link::None } else { link(owner, tail) };
    Subject { link, ..tail.subject() }
}

/// All pieces of one request name process, connection, request, host and server alike.
fn link(owner: &[u8], tail: &Tail<'_>) -> Link {
    let [named, host] = tail.names();
    Link::Request(hash(&[owner, named, host]))
}

/// `nginx: [emerg] ` at the start: the level, and what follows.
fn on_stderr(line: &[u8]) -> Option<(Severity, &[u8])> {
    let rest = line.strip_prefix(b"nginx: [")?;
    let bracket = memchr(b']', &rest[..rest.len().min(7)])?;
    let severity = Severity::from_name(&rest[..bracket]).filter(|severity| *severity >= Severity::Warn)?;
    Some((severity, rest[bracket + 1..].strip_prefix(b" ")?))
}

/// `27981#0: *3 ` at the start: without its blank, but nothing when the line speaks of no connection; and what follows.
fn owner(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (connection, message) = connection(process(rest)?.1);
    let owner = if connection.is_empty() { &[] } else { &rest[..rest.len() - message.len() - 1] };
    Some((owner, message))
}

/// The same of one that is short and names a connection.
fn short_owner(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, digits) = rest.first_chunk().map(|head| (head, digits_of(head)))?;
    let run = |from: usize| from + digits.checked_shr(u32::try_from(from).unwrap_or(u32::MAX)).map_or(0, u64::trailing_ones) as usize;
    let hash = run(0);
    let colon = run(hash + 1);
    let from = colon + 3;
    if from >= head.len() || head[hash] != b'#' || !head[colon..].starts_with(b": *") {
        return None;
    }
    let end = run(from);
    (end > from && end < head.len() && end - from < LONGEST_CONNECTION && head[end] == b' ').then(|| (&rest[..end], &rest[end + 1..]))
}

/// `27981#0: ` at the start: the process, and what follows.
fn process(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut colon = digits(rest);
    while rest.get(colon) == Some(&b'#') {
        colon += 1 + digits(&rest[colon + 1..]);
    }
    if colon >= 48 || rest.get(colon) != Some(&b':') {
        return None;
    }
    let after = rest[colon + 1..].strip_prefix(b" ").unwrap_or(&rest[colon + 1..]);
    Some((&rest[..colon], after))
}

/// `*3 ` at the start: the connection's number (empty when there is none), and what follows.
fn connection(rest: &[u8]) -> (&[u8], &[u8]) {
    let Some(number) = rest.strip_prefix(b"*") else { return (&[], rest) };
    let end = digits(number);
    if end < LONGEST_CONNECTION && number.get(end) == Some(&b' ') { (&number[..end], &number[end + 1..]) } else { (&[], rest) }
}

/// Whether the record stopped inside a quote that it opened.
fn stops_in_quote(record: &[u8]) -> bool {
    let Some(rest) = behind_head(record) else { return false };
    let first = tail_at(rest, 0).unwrap_or(rest.len());
    if memchr(b'"', &rest[..first]).is_some() && message::closes_its_quotes(rest) {
        let (message, tail) = message::split(rest);
        // With no tail behind a closed quote, what looks like one is quoted.
        return if tail.is_empty() { first < rest.len() || message::quotes_to_the_end(message) || !is_closed(message) } else { tail::stops_in_quote(tail) };
    }
    first < rest.len() && tail::stops_in_quote(&rest[first..])
}

/// What follows `27981#0: *3 `; the cheap half of [`Head::read`].
fn behind_head(record: &[u8]) -> Option<&[u8]> {
    let at = 21 + memchr(b']', record.get(21..32.min(record.len()))?)?;
    let (_, rest) = process(record.get(at + 2..)?)?;
    Some(connection(rest).1)
}

#[cfg(test)]
mod tests;
