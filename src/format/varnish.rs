//! Varnish's log as `varnishlog` prints it: a group of records a transaction, or (`-g raw`) a record a line.
//!
//! ```text
//! *   << BeReq    >> 32771
//! -   Begin          bereq 32770 fetch
//! -   BereqURL       /cart
//! -   FetchError     backend app1: fail errno 111 (Connection refused)
//! -   BerespStatus   503
//!      32771 FetchError     b backend app1: fail errno 111 (Connection refused)
//!          0 Backend_health - app1 Went sick -------- 1 2 3 0.000000 0.000000 "Open error 111 (Connection refused)"
//! ```
//!
//! What a client was answered is said by its request's group, why a fetch failed by that of the backend request, so a group
//! is a message and no answer. Varnish tries a fetch over a kept connection a second time by itself, and VCL may order a retry,
//! which is a group of its own: only what was not tried again tells of a failed request.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::{About, Format, hash};
use crate::record::{Entry, Link, Severity};
use crate::text::{number, path_of};
use crate::time::{Clock, epoch_seconds};

/// See the module.
pub(super) struct Varnish;

/// Names of the values of groups, and of lines of `varnishncsa`.
pub(super) const FIELDS: [&str; 7] = ["status", "kind", "reason", "handling", "retried_error", "event", "check_info"];

impl Format for Varnish {
    fn begins(&self, line: &[u8]) -> bool {
        head(line).is_some() || raw(line).is_some()
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let mut lines = record.split(|byte| *byte == b'\n');
        let first = lines.next()?;
        if let Some((number, tag, text)) = raw(first) {
            return Some(from_raw(number, tag, text, clock));
        }
        let mut group = Group { kind: head(first)?, ..Group::default() };
        for (tag, text) in lines.filter_map(member) {
            group.take(tag, text);
        }
        Some(group.into_entry(clock))
    }

    fn most_lines(&self) -> u64 {
        // Every header is a line, and VCL may set and unset each.
        1_000
    }

    fn fields(&self) -> &'static [&'static str] {
        &FIELDS
    }

    fn about(&self) -> About {
        About {
            title: "Varnish log (varnishlog by request, by transaction, or raw)",
            recognised: "*   << BeReq    >> number and the lines below it, or number, tag, b|c|- and text",
            example: "*   << BeReq    >> 32771\n-   BereqMethod    GET\n-   BereqURL       /cart\n-   FetchError     backend default: fail errno 111 (Connection refused)",
        }
    }
}

/// Kind of a group: `*   << BeReq    >> 32771`, deeper ones with `**`, `***`, `*4*`.
fn head(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"*")?;
    let at = memmem::find(&rest[..rest.len().min(8)], b" << ")?;
    if !rest[..at].iter().all(|byte| matches!(byte, b'*' | b' ') || byte.is_ascii_digit()) {
        return None;
    }
    let rest = &rest[at + 4..];
    let end = memmem::find(&rest[..rest.len().min(16)], b">> ")?;
    let number = &rest[end + 3..];
    let number = number[..memchr(b'\n', number).unwrap_or(number.len())].trim_ascii();
    let kind = rest[..end].trim_ascii();
    (!kind.is_empty() && kind.iter().all(u8::is_ascii_alphabetic) && number::unsigned(number).is_some()).then_some(kind)
}

/// Tag and text of a line of a group: `-   BereqURL       /cart`.
fn member(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = line.strip_prefix(b"-")?;
    let indent = rest.iter().position(|byte| !matches!(byte, b'-' | b' ') && !byte.is_ascii_digit())?;
    Some(tagged(&rest[indent..]))
}

fn tagged(rest: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr(b' ', rest).unwrap_or(rest.len());
    (&rest[..end], rest[end..].trim_ascii())
}

/// Number, tag and text of a raw line: `     32771 FetchError     b backend …`.
fn raw(line: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let rest = line.strip_prefix(b" ")?.trim_ascii_start();
    let (number, rest) = rest.split_at(memchr(b' ', &rest[..rest.len().min(21)])?);
    number::unsigned(number)?;
    let (tag, rest) = rest[1..].split_at(memchr(b' ', &rest[1..])?);
    let is_tag = tag.first().is_some_and(u8::is_ascii_uppercase) && tag.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let (side, text) = rest.trim_ascii_start().split_at_checked(1)?;
    // Tags are padded to 14 characters.
    let is_padded = tag.len() + rest.iter().take_while(|byte| **byte == b' ').count() >= 15;
    (is_tag && is_padded && matches!(side, b"b" | b"c" | b"-") && matches!(text.first(), None | Some(b' '))).then_some((number, tag, text.trim_ascii()))
}

fn from_raw<'a>(number: &'a [u8], tag: &'a [u8], text: &'a [u8], clock: &mut Clock) -> Entry<'a> {
    let mut entry = Entry::default();
    match tag {
        b"FetchError" => {
            failed(text, &mut entry);
            entry.set("kind", &b"BeReq"[..]);
            entry.link = Link::Request(hash(&[number]));
        }
        b"Backend_health" => health(text, &mut entry),
        b"Timestamp" => entry.time = timestamp(text).and_then(|(at, _)| epoch_seconds(at)).map(|stamp| clock.resolve(stamp)),
        _ => {}
    }
    entry
}

/// What a failed fetch says: `backend app1: fail errno 111 (Connection refused)` without the name, which varies.
pub(super) fn failed<'a>(text: &'a [u8], entry: &mut Entry<'a>) {
    entry.severity = Severity::Error;
    let named = |start: &[u8], end: &[u8]| {
        let rest = text.strip_prefix(start)?;
        let at = memmem::find(rest, end).filter(|at| memchr(b' ', &rest[..*at]).is_none())?;
        Some((&rest[..at], &rest[at + end.len()..]))
    };
    let (name, message) = named(b"backend ", b": ").or_else(|| named(b"Director ", b" ")).unwrap_or((&[], text));
    entry.message = Cow::Borrowed(message);
    if !name.is_empty() {
        entry.upstream = Cow::Borrowed(name);
    }
    if let Some(rest) = message.strip_prefix(b"fail errno ") {
        entry.errno = &rest[..rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len())];
    }
}

/// `app1 Went sick -------- 1 2 3 0.000000 0.000000 "Open error 111 (Connection refused)"`
fn health<'a>(text: &'a [u8], entry: &mut Entry<'a>) {
    let mut words = text.splitn(9, |byte| *byte == b' ');
    let (Some(name), Some(what), Some(state)) = (words.next(), words.next(), words.next()) else { return };
    entry.upstream = Cow::Borrowed(name);
    entry.set("event", [what, b" ", state].concat());
    entry.set("kind", &b"Backend_health"[..]);
    // bits, good, threshold, window, two times, and what was said last, in quotes since 6.0.
    let said = words.nth(5).map(|rest| match rest.iter().position(|byte| *byte == b' ') {
        Some(at) => rest[at + 1..].trim_ascii(),
        None => &[],
    });
    if let Some(said) = said {
        let inner = said.strip_prefix(b"\"").and_then(|said| said.strip_suffix(b"\""));
        entry.set("check_info", inner.unwrap_or(said));
    }
}

/// Moment and seconds since the beginning of `Error: 1795362075.039485 0.000682 0.000003`.
fn timestamp(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut words = text.split(|byte| *byte == b' ');
    Some((words.nth(1)?, words.next()?))
}

/// The records of a transaction that matter.
#[derive(Debug, Default)]
struct Group<'a> {
    kind: &'a [u8],
    client: &'a [u8],
    method: &'a [u8],
    url: &'a [u8],
    host: &'a [u8],
    backend: &'a [u8],
    status: &'a [u8],
    reason: &'a [u8],
    handling: &'static [u8],
    timestamp: &'a [u8],
    /// Why the fetch failed: the first reason of the last attempt, as what follows is its consequence.
    error: &'a [u8],
    /// The reason of an attempt before it.
    retried_error: &'a [u8],
}

impl<'a> Group<'a> {
    fn take(&mut self, tag: &[u8], text: &'a [u8]) {
        match tag {
            b"ReqStart" => self.client = tagged(text).0,
            b"ReqMethod" | b"BereqMethod" => self.method = text,
            b"ReqURL" | b"BereqURL" => self.url = text,
            b"ReqHeader" | b"BereqHeader" if text.get(..5).is_some_and(|name| name.eq_ignore_ascii_case(b"host:")) => self.host = text[5..].trim_ascii(),
            b"BackendOpen" | b"BackendReuse" => {
                self.backend = text.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
                if !self.error.is_empty() {
                    self.retried_error = std::mem::take(&mut self.error);
                }
            }
            b"RespStatus" | b"BerespStatus" => self.status = text,
            b"RespReason" | b"BerespReason" => self.reason = text,
            // Another group follows, and tells what came of it.
            b"VCL_return" if text == b"synth" => self.handling = b"synth",
            b"VCL_return" if text == b"retry" => (self.status, self.retried_error) = (&[], std::mem::take(&mut self.error)),
            b"VCL_call" => self.handling = handling(text).unwrap_or(self.handling),
            b"Timestamp" => self.timestamp = text,
            b"FetchError" if self.error.is_empty() => self.error = text,
            _ => {}
        }
    }

    fn into_entry(self, clock: &mut Clock) -> Entry<'a> {
        let mut entry = Entry {
            client: Cow::Borrowed(self.client),
            host: Cow::Borrowed(super::clf::without_port(self.host)),
            method: Cow::Borrowed(self.method),
            path: Cow::Borrowed(path_of(self.url)),
            upstream: Cow::Borrowed(self.backend),
            ..Entry::default()
        };
        if let Some((at, since)) = timestamp(self.timestamp) {
            entry.time = epoch_seconds(at).map(|stamp| clock.resolve(stamp));
            entry.duration = super::clf::micros(since);
        }
        if !self.error.is_empty() {
            failed(self.error, &mut entry);
        }
        entry.set("kind", self.kind);
        entry.set("status", self.status);
        entry.set("reason", self.reason);
        entry.set("handling", self.handling);
        entry.set("retried_error", self.retried_error);
        entry
    }
}

/// What a VCL subroutine says of how a request was served, in the words of `%{Varnish:handling}x`. SYNTH is also called when a
/// fetch fails before anything was delivered: only where VCL returned it somebody meant it.
fn handling(subroutine: &[u8]) -> Option<&'static [u8]> {
    Some(match subroutine {
        b"HIT" => b"hit",
        b"MISS" => b"miss",
        b"PASS" => b"pass",
        b"PIPE" => b"pipe",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    fn read(record: &str) -> Entry<'_> {
        assert!(Varnish.begins(record.lines().next().unwrap().as_bytes()), "{record}");
        let entry = Varnish.parse(record.as_bytes(), &mut Clock::new(Zone::UTC, Timestamp::from_seconds(0))).unwrap();
        assert!(!entry.is_response && entry.fields.iter().all(|(name, _)| FIELDS.contains(name)));
        entry
    }

    const GROUP: &str = "**  << BeReq    >> 32771     \n--  Begin          bereq 32770 pass\n--  Timestamp      Start: 1795362075.040279 0.000000 0.000000\n--  BereqMethod    GET\n--  BereqURL       /api/orders/17?x=1\n--  BereqHeader    Host: shop.test:8080\n--  BackendOpen    21 default 127.0.0.1 9302 127.0.0.1 49260 connect\n--  FetchError     http format error\n--  BerespStatus   503\n--  BerespReason   Backend fetch failed\n--  Timestamp      Error: 1795362075.040665 0.000385 0.000001\n--  VCL_call       BACKEND_ERROR\n--  End            ";

    #[test]
    fn a_failed_fetch_is_read() {
        let entry = read(GROUP);
        assert_eq!((&*entry.message, &*entry.upstream, &*entry.host), (&b"http format error"[..], &b"default"[..], &b"shop.test"[..]));
        assert_eq!((&*entry.method, &*entry.path, entry.field("status")), (&b"GET"[..], &b"/api/orders/17"[..], &b"503"[..]));
        assert_eq!((entry.time.map(Timestamp::to_rfc3339).as_deref(), entry.duration), (Some("2026-11-22T15:41:15.040665Z"), Some(385)));
        let deeper = GROUP.replace("\n--  ", "\n-4- ").replace("**  <<", "*4* <<");
        assert_eq!(read(&deeper).message, entry.message);
    }

    #[test]
    fn the_first_reason_of_the_last_attempt_counts() {
        let with = |lines: &str| GROUP.replace("--  FetchError     http format error", lines);
        let text = with("--  FetchError     Resource temporarily unavailable\n--  FetchError     straight insufficient bytes");
        assert_eq!(&*read(&text).message, b"Resource temporarily unavailable");
        let text = with("--  FetchError     HTC eof (-1)\n--  BackendOpen    22 other 127.0.0.1 1 127.0.0.1 2 connect");
        let entry = read(&text);
        assert_eq!((&*entry.message, entry.field("retried_error"), &*entry.upstream), (&b""[..], &b"HTC eof (-1)"[..], &b"other"[..]));
    }

    #[test]
    fn names_and_numbers_of_a_reason_stand_apart() {
        let text = GROUP.replace("http format error", "backend boot.app1: fail errno 111 (Connection refused)");
        let entry = read(&text);
        assert_eq!((&*entry.message, entry.errno, &*entry.upstream), (&b"fail errno 111 (Connection refused)"[..], &b"111"[..], &b"boot.app1"[..]));
        let text = GROUP.replace("http format error", "Director rr returned no backend");
        assert_eq!((&*read(&text).message, &*read(&text).upstream), (&b"returned no backend"[..], &b"rr"[..]));
    }

    #[test]
    fn what_vcl_tries_again_is_no_failure_yet() {
        let text = GROUP.replace(
            "--  End",
            "--  VCL_return     retry
--  End",
        );
        let entry = read(&text);
        assert_eq!((&*entry.message, entry.field("retried_error"), entry.field("status")), (&b""[..], &b"http format error"[..], &b""[..]));
    }

    #[test]
    fn raw_lines_are_read() {
        let entry = read("     32771 FetchError     b backend default: fail errno 111 (Connection refused)");
        assert_eq!((&*entry.upstream, entry.link), (&b"default"[..], Link::Request(hash(&[b"32771"]))));
        let entry = read("         0 Backend_health - probed Went sick -------- 1 2 3 0.000000 0.000000 \"Open error 111 (Connection refused)\"");
        assert_eq!(
            (&*entry.upstream, entry.field("event"), entry.field("check_info")),
            (&b"probed"[..], &b"Went sick"[..], &b"Open error 111 (Connection refused)"[..])
        );
        let entry = read("         0 Backend_health - b Still healthy 4---X-RH 8 3 8 0.001 0.002 HTTP/1.1 200 OK");
        assert_eq!((entry.field("event"), entry.field("check_info")), (&b"Still healthy"[..], &b"HTTP/1.1 200 OK"[..]));
        assert!(read("         3 Timestamp      b Start: 1795688302.982411 0.000000 0.000000").time.is_some());
    }

    #[test]
    fn other_texts_are_none() {
        for line in ["* << a list", "*   <<  >> 1", "*   << BeReq >> x", "- a list", "-   BereqURL       /", " 12 Apples b c", " 1 2 3", "   at Foo b", ""] {
            assert!(!Varnish.begins(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn nothing_makes_it_panic() {
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(0));
        for text in [GROUP, "         0 Backend_health - probed Went sick -------- 1 2 3 0.0 0.0 \"Open\"", "     3 FetchError     b backend a: fail errno 1"] {
            for end in 0..text.len() {
                for record in [text.as_bytes()[..end].to_vec(), [&text.as_bytes()[..end], &text.as_bytes()[end + 1..]].concat()] {
                    Varnish.begins(&record);
                    Varnish.parse(&record, &mut clock);
                }
            }
        }
    }
}
