//! The common log format, which the access logs of nginx, Apache, Varnish, Traefik and others share, and how values are
//! usually hung behind it. Knows no product.
//!
//! ```text
//! [vhost[:port] ]client ident user [22/Nov/2026:15:04:50 +0000] "GET /x HTTP/1.1" 502 157["referrer" "agent"][ …]
//! ```
//!
//! All of them escape quotes in what the client sent (`\"` or `\x22`), so a bare quote ends a field, and the stamp is the
//! first bracket that a stamp and ` "` follow. Values behind the agent come as `key=value`, `key="value"`, `"value"`,
//! `[value]` or bare; see [`Items`].

use std::borrow::Cow;

use memchr::{memchr, memchr3, memrchr};

use super::Skimmed;
use crate::record::Entry;
use crate::text::escape::unescape;
use crate::text::near::{ahead2, ahead3, digits, dotted, near, near2};
use crate::text::{number, path_of};
use crate::time::{Clock, Stamp, Timestamp, clf, epoch_seconds, rfc3339};

/// A user's name may be long; the stamp is looked for this far.
const HEAD: usize = 2_048;

/// The pieces of a line, as the log wrote them, escapes included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// The virtual host in front, without its port; mostly empty.
    pub(super) vhost: &'a [u8],
    /// Who asked: an address or a host's name.
    pub(super) client: &'a [u8],
    /// Between the brackets.
    pub(super) stamp: Stamp,
    /// `GET /x HTTP/1.1`, or whatever the client sent instead.
    pub(super) request: &'a [u8],
    /// Three digits, or a dash.
    pub(super) status: &'a [u8],
    /// What stands behind the bytes, with its blank.
    pub(super) tail: &'a [u8],
    /// What stands behind the agent (behind the bytes, where no referrer and agent are logged), without the blank.
    pub(super) rest: &'a [u8],
}

/// Whether the line is one: cheap, and strict about everything up to the request.
pub(super) fn begins(line: &[u8]) -> bool {
    stamp_at(line).is_some_and(|at| who(&line[..at - 1]).is_some())
}

/// Takes a line apart.
pub(super) fn read(line: &[u8]) -> Option<Line<'_>> {
    let at = stamp_at(line)?;
    let (vhost, client) = who(&line[..at - 1])?;
    let stamp = clf(&line[at + 1..])?;
    let (request, rest) = quoted(&line[at + 30..])?;
    // Of what Varnish pipes through it knows no status.
    let is_piped = rest.starts_with(b" - ");
    let status = rest.get(1..if is_piped { 2 } else { 4 }).filter(|status| is_piped || rest[0] == b' ' && status.iter().all(u8::is_ascii_digit))?;
    let bytes = rest.get(1 + status.len()..).filter(|bytes| matches!(bytes.first(), None | Some(b' ')))?.get(1..).unwrap_or_default();
    let tail = bytes.get(memchr(b' ', bytes).unwrap_or(bytes.len())..).unwrap_or_default();
    Some(Line { vhost, client, stamp, request, status, tail, rest: behind_agent(tail) })
}

/// Time and status of a line without escapes: the stamp is the first bracket, the request the first quotes. It is bare when
/// nothing stands behind referrer and agent.
pub(super) fn skim(line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
    let (time, status, rest) = skim_status(line, clock)?;
    Some(Skimmed { time, status, is_bare: rest.is_empty() || bare_end(rest).is_some_and(|end| end == rest.len()) })
}

/// The same of the line that `rest` begins with, and where its line feed stands: each byte is looked at once.
pub(super) fn skim_first(rest: &[u8], clock: &mut Clock) -> Option<(Skimmed, usize)> {
    let (time, status, behind) = skim_status(rest, clock)?;
    let bare = bare_end(behind).filter(|end| behind.get(*end) == Some(&b'\n'));
    let end = rest.len() - behind.len() + bare.or_else(|| memchr(b'\n', behind))?;
    Some((Skimmed { time, status, is_bare: bare.is_some() || behind[0] == b'\n' }, end))
}

/// Time, status, and what stands behind the bytes.
#[inline]
pub(super) fn skim_status<'a>(line: &'a [u8], clock: &mut Clock) -> Option<(Timestamp, u16, &'a [u8])> {
    let at = plain_head(line)?;
    let (stamp, behind) = line.get(at + 1..)?.split_first_chunk::<26>()?;
    if !behind.starts_with(b"] \"") {
        return None;
    }
    let time = clock.stamped(stamp, clf)?;
    let request = &behind[3..];
    let end = ahead3(b'"', b'\\', b'\n', request)?;
    let ([b'"', b' ', status @ .., b' '], rest) = request[end..].split_first_chunk::<6>()? else { return None };
    let status = number::status(status)?;
    let bytes = match digits(rest) {
        end if matches!(rest.get(end), Some(b' ' | b'\n')) => end,
        _ => near2(b' ', b'\n', rest).unwrap_or(rest.len()),
    };
    Some((time, status, &rest[bytes..]))
}

/// Where the stamp's bracket stands, if what stands before it holds no quote and no brace and says who asked, mostly by
/// `203.0.113.7 - - `.
#[inline]
fn plain_head(line: &[u8]) -> Option<usize> {
    let client = dotted(line);
    if client > 0 && line[client..].starts_with(b" - - [") { Some(client + 5) } else { any_plain_head(line) }
}

fn any_plain_head(line: &[u8]) -> Option<usize> {
    let at = near(b'[', &line[..line.len().min(256)])?;
    let head = line[..at].strip_suffix(b" ")?;
    let is_plain = match head.strip_suffix(b" - -") {
        Some(client) => client.first().is_some_and(|first| *first != b'[') && client.iter().all(|byte| NAME_BYTES[*byte as usize]),
        // What stands there may go on behind the line.
        None => memchr3(b'{', b'"', b'\n', head).is_none() && who(head).is_some(),
    };
    is_plain.then_some(at)
}

/// Where ` "referrer" "agent"` at the start of `rest` ends, if no quote in it is escaped.
#[inline]
pub(super) fn bare_end(rest: &[u8]) -> Option<usize> {
    let closes = |text: &[u8]| ahead2(b'"', b'\n', text).filter(|end| text[*end] == b'"' && (*end == 0 || text[*end - 1] != b'\\'));
    let referrer = rest.strip_prefix(b" \"")?;
    let end = closes(referrer)?;
    let agent = referrer[end..].strip_prefix(b"\" \"")?;
    let end = closes(agent)?;
    Some(rest.len() - agent.len() + end + 1)
}

/// Behind ` "referrer" "agent"`, if they are there; nothing of a line that was cut inside of them.
fn behind_agent(rest: &[u8]) -> &[u8] {
    let mut rest = rest;
    for _ in 0..2 {
        let Some(field) = rest.strip_prefix(b" \"") else { break };
        rest = quoted(field).map_or(&[][..], |(_, rest)| rest);
    }
    rest.strip_prefix(b" ").unwrap_or(rest)
}

/// The bracket before the stamp.
fn stamp_at(line: &[u8]) -> Option<usize> {
    let head = &line[..line.len().min(HEAD)];
    let mut from = 0;
    loop {
        let at = from + memchr(b'[', &head[from..])?;
        if at > 0 && head[at - 1] == b' ' && is_stamp(&line[at + 1..]) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Whether `22/Nov/2026:15:47:23 +0000] "` stands there, by its separators.
fn is_stamp(rest: &[u8]) -> bool {
    let Some(b) = rest.first_chunk::<29>() else { return false };
    b[0].is_ascii_digit() && b[2] == b'/' && b[6] == b'/' && b[11] == b':' && b[14] == b':' && b[17] == b':' && b[20] == b' ' && b[26..] == *b"] \""
}

/// Virtual host and client of what stands before the stamp, `[vhost ]client ident user`. The user's name may hold blanks;
/// the ident is a dash wherever that leaves a doubt.
fn who(head: &[u8]) -> Option<(&[u8], &[u8])> {
    let client = |word: &[u8]| word.first().is_some_and(|byte| *byte != b'[') && word.iter().all(|byte| is_name_byte(*byte));
    let (first, rest) = word(head)?;
    if rest == b"- -" {
        return client(first).then_some((&[], first));
    }
    let (mut second, mut rest) = word(rest)?;
    if first.last() == Some(&b',') {
        // A list of addresses, as the header of a chain of proxies has it: its first is the client.
        while second.last() == Some(&b',') {
            (second, rest) = word(rest)?;
        }
        word(rest)?;
        return client(first).then_some((&[], &first[..first.len() - 1]));
    }
    if second == b"-" || memchr(b' ', rest).is_none() {
        return client(first).then_some((&[], first));
    }
    let third = word(rest)?.0;
    (third == b"-" && client(first) && client(second)).then(|| (without_port(first), second))
}

fn word(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = memchr(b' ', bytes)?;
    Some((&bytes[..space], &bytes[space + 1..]))
}

/// Each byte, whether a client's name may hold it.
const NAME_BYTES: [bool; 256] = {
    let mut bytes = [false; 256];
    let mut byte = 0_u8;
    while byte < u8::MAX {
        bytes[byte as usize] = is_name_byte(byte);
        byte += 1;
    }
    bytes
};

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'_' | b'%' | b',' | b'[' | b']' | b'*')
}

/// `shop.test` of `shop.test:443`, `203.0.113.7` of `203.0.113.7:51034`; an IPv6 address without brackets stays whole.
pub(super) fn without_port(name: &[u8]) -> &[u8] {
    let Some(colon) = memrchr(b':', name) else { return name };
    let is_port = colon + 1 < name.len() && name[colon + 1..].iter().all(u8::is_ascii_digit);
    let host = &name[..colon];
    if is_port && (memchr(b':', host).is_none() || host.last() == Some(&b']')) { host } else { name }
}

/// A quoted field, its opening quote taken off, and what follows its closing quote.
pub(super) fn quoted(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    loop {
        let end = from + memchr(b'"', &rest[from..])?;
        let escapes = rest[..end].iter().rev().take_while(|byte| **byte == b'\\').count();
        if escapes.is_multiple_of(2) {
            return Some((&rest[..end], &rest[end + 1..]));
        }
        from = end + 1;
    }
}

/// Method and URI of a request line, as they were logged.
pub(super) fn request_parts(request: &[u8]) -> Option<(&[u8], &[u8])> {
    let (method, rest) = word(request)?;
    let end = memrchr(b' ', rest).filter(|end| rest[end + 1..].starts_with(b"HTTP/")).unwrap_or(rest.len());
    Some((method, &rest[..end]))
}

/// What every format makes of the pieces.
pub(super) fn fill<'a>(line: &Line<'a>, entry: &mut Entry<'a>) {
    entry.client = Cow::Borrowed(line.client);
    entry.host = Cow::Borrowed(line.vhost);
    if let Some((method, uri)) = request_parts(line.request) {
        entry.method = unescape(method);
        entry.path = unescape(path_of(uri));
    }
    set_status(entry, line.status);
}

/// The status of an answer, also for conditions.
pub(super) fn set_status<'a>(entry: &mut Entry<'a>, status: &'a [u8]) {
    entry.is_response = true;
    entry.status = crate::text::number::status(status);
    entry.set("status", status);
}

/// A moment in any of the ways in which logs write one into a value of its own: RFC 3339, the common log format, or
/// seconds since the epoch (of this century, so that a duration is not taken for one).
pub(super) fn any_stamp(value: &[u8]) -> Option<Stamp> {
    let value = value.strip_prefix(b"[").unwrap_or(value);
    match value.get(4)? {
        b'-' => rfc3339(value).map(|(stamp, _)| stamp),
        digit if digit.is_ascii_digit() && value.iter().take_while(|byte| byte.is_ascii_digit()).count() >= 9 => epoch_seconds(value),
        _ => clf(value),
    }
}

/// Microseconds of `1.001`, a number of seconds.
pub(super) fn micros(seconds: &[u8]) -> Option<i64> {
    let dot = memchr(b'.', seconds).unwrap_or(seconds.len());
    let whole = i64::try_from(crate::text::number::unsigned(&seconds[..dot])?).ok()?;
    let fraction = seconds.get(dot + 1..).unwrap_or_default();
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digit = |at: usize| i64::from(fraction.get(at).copied().unwrap_or(b'0') - b'0');
    whole.checked_mul(1_000_000)?.checked_add((0..6).fold(0, |sum, at| sum * 10 + digit(at)))
}

/// A value behind the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item<'a> {
    /// What stands before `=`; empty for a value by itself.
    pub(super) key: &'a [u8],
    /// Without its quotes or brackets, as the log wrote it. A bare one may be a list: blanks behind a comma and around a
    /// colon do not end it.
    pub(super) value: &'a [u8],
    /// It stood in quotes.
    pub(super) is_quoted: bool,
    /// It stood in brackets.
    pub(super) is_bracketed: bool,
}

/// No log hangs more values behind the agent; a client may have written what looks like thousands.
pub(super) const MOST_ITEMS: usize = 64;

/// Takes what stands behind the agent apart.
#[derive(Clone, Debug)]
pub(super) struct Items<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let rest = self.0.trim_ascii_start();
        let (key, rest) = key(rest).unwrap_or((&[], rest));
        if rest.is_empty() && key.is_empty() {
            return None;
        }
        let found = if let Some(field) = rest.strip_prefix(b"\"") {
            quoted(field).unwrap_or((field, &[]))
        } else if let Some(end) = bracket_end(rest) {
            (&rest[1..end], &rest[end + 1..])
        } else {
            let (value, rest) = rest.split_at(list_end(rest));
            (value.strip_suffix(b",").unwrap_or(value), rest)
        };
        let (is_quoted, is_bracketed) = (rest.first() == Some(&b'"'), bracket_end(rest).is_some());
        self.0 = found.1;
        Some(Item { key, value: found.0, is_quoted, is_bracketed })
    }
}

/// `us` and what follows of `us=…`.
fn key(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')))?;
    (end > 0 && rest[end] == b'=').then(|| (&rest[..end], &rest[end + 1..]))
}

/// The bracket that closes a value in brackets; `[::1]:80` is none.
fn bracket_end(rest: &[u8]) -> Option<usize> {
    if rest.first() != Some(&b'[') {
        return None;
    }
    let closes = |end: usize| matches!(rest.get(end + 1), None | Some(b' '));
    let first = memchr(b']', rest)?;
    if closes(first) {
        return Some(first);
    }
    // [[::1]:80] holds brackets of its own.
    let inner = rest.get(1) == Some(&b'[');
    memchr::memchr_iter(b']', rest).find(|end| inner && closes(*end))
}

/// Where a bare value ends: at a blank that does not go on with a list (`502, 504`, `502 : 200`).
fn list_end(rest: &[u8]) -> usize {
    let mut from = 0;
    while let Some(space) = memchr(b' ', &rest[from..]).map(|at| from + at) {
        let next = &rest[space + 1..];
        if next.starts_with(b": ") {
            from = space + 3;
        } else if space > 0 && rest[space - 1] == b',' && key(next).is_none() {
            from = space + 1;
        } else {
            return space;
        }
    }
    rest.len()
}

/// The entries of a list, split at `, ` and ` : `, with the blank: addresses hold colons.
pub(super) fn entries(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let list = rest?;
        let mut end = (list.len(), None);
        for space in memchr::memchr_iter(b' ', list) {
            if list[space..].starts_with(b" : ") || list[space..] == *b" :" {
                end = (space, Some(list.get(space + 3..).unwrap_or_default()));
                break;
            }
            if space > 0 && list[space - 1] == b',' {
                end = (space - 1, Some(&list[space + 1..]));
                break;
            }
        }
        rest = end.1;
        Some(list[..end.0].trim_ascii())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    fn head(line: &str) -> Option<(String, String)> {
        let line = format!("{line} [22/Nov/2026:15:04:50 +0000] \"GET / HTTP/1.1\" 200 1");
        assert_eq!(begins(line.as_bytes()), read(line.as_bytes()).is_some());
        read(line.as_bytes()).map(|line| (text(line.vhost).to_owned(), text(line.client).to_owned()))
    }

    #[test]
    fn client_and_virtual_host_are_told_apart() {
        let is = |vhost: &str, client: &str| Some((vhost.to_owned(), client.to_owned()));
        assert_eq!(head("203.0.113.7 - -"), is("", "203.0.113.7"));
        assert_eq!(head("2001:db8::7 - john doe"), is("", "2001:db8::7"));
        assert_eq!(head("host.test ident john"), is("", "host.test"));
        assert_eq!(head("shop.test:443 203.0.113.7 - -"), is("shop.test", "203.0.113.7"));
        assert_eq!(head("shop.test ::1 - john doe"), is("shop.test", "::1"));
        assert_eq!(head("203.0.113.7, 10.0.0.1 - -"), is("", "203.0.113.7"));
        assert_eq!(head("unix: - -"), is("", "unix:"));
    }

    #[test]
    fn an_envelope_is_no_client() {
        for head_line in ["Nov 22 15:47:25 lb1 web: 127.0.0.1 - -", "2026-11-22T15:47:25Z lb1 nginx[1]: 127.0.0.1 - -", "web-1  | 127.0.0.1 - -"] {
            assert_eq!(head(head_line), None, "{head_line}");
        }
        assert_eq!(head("2026/11/22 15:04:50"), None);
    }

    #[test]
    fn a_stamp_in_the_users_name_is_not_the_stamp() {
        let line = br#"10.0.0.9 - a [01/Jan/2020:00:00:00 +0000] \"GET /evil HTTP/1.1\" 502 1 [22/Nov/2026:15:04:50 +0000] "GET /x\"y HTTP/1.1" 404 0 "-" "b\" 502 0 \"" 0.1"#;
        let line = read(line).unwrap();
        assert_eq!((text(line.request), text(line.status), text(line.rest)), (r#"GET /x\"y HTTP/1.1"#, "404", "0.1"));
    }

    #[test]
    fn lines_with_and_without_agent_have_their_rest() {
        let rest = |tail: &str| {
            let line = format!("10.0.0.9 - - [22/Nov/2026:15:04:50 +0000] \"GET / HTTP/1.1\" {tail}");
            read(line.as_bytes()).map(|line| text(line.rest).to_owned())
        };
        assert_eq!(rest("502 157"), Some(String::new()));
        assert_eq!(rest("502 - 0.1"), Some("0.1".to_owned()));
        assert_eq!(rest(r#"502 157 "-" "a\\" rt=1"#), Some("rt=1".to_owned()));
        assert_eq!(rest(r#"502 157 "-" "cut"#), Some(String::new()));
        assert_eq!(rest("5020 157"), None);
        assert_eq!(rest("502"), Some(String::new()));
    }

    #[test]
    fn values_behind_the_agent_are_told_apart() {
        let all: Vec<_> = Items(br#""203.0.113.9" rt=0.1 uct="-, 0.0" us=502, 504 ua=[::1]:80, 10.0.0.2:80 : u x=[[::1]:80] [a b] [] k= 0.5, 0.4 z"#)
            .map(|item| format!("{}={}", text(item.key), text(item.value)))
            .collect();
        assert_eq!(
            all,
            ["=203.0.113.9", "rt=0.1", "uct=-, 0.0", "us=502, 504", "ua=[::1]:80, 10.0.0.2:80 : u", "x=[::1]:80", "=a b", "=", "k=", "=0.5, 0.4", "=z"]
        );
        assert_eq!(Items(b"rt=0.1, us=502").count(), 2);
    }

    #[test]
    fn a_list_is_split_only_with_its_blanks() {
        let all = |list: &'static str| entries(list.as_bytes()).map(text).collect::<Vec<_>>();
        assert_eq!(all("[::1]:80, 10.0.0.2:80 : unix:/a b"), ["[::1]:80", "10.0.0.2:80", "unix:/a b"]);
        assert_eq!(all("502 : "), ["502", ""]);
        assert_eq!(all("502 :"), ["502", ""]);
        assert_eq!(all(""), [""]);
        assert_eq!(all("-"), ["-"]);
    }

    #[test]
    fn moments_and_durations_of_values() {
        let at = |value: &str| match any_stamp(value.as_bytes()) {
            Some(Stamp::Instant(at)) => at.to_rfc3339(),
            other => format!("{other:?}"),
        };
        assert_eq!(at("22/Nov/2026:15:47:24 +0000"), "2026-11-22T15:47:24Z");
        assert_eq!(at("[22/Nov/2026:15:47:24 +0000]"), "2026-11-22T15:47:24Z");
        assert_eq!(at("2026-11-22T15:47:24+0000"), "2026-11-22T15:47:24Z");
        assert_eq!(at("1741083331.204"), "2025-03-04T10:15:31.204Z");
        assert_eq!(at("0.005"), "None");
        assert_eq!(at("12345"), "None");
        assert_eq!(micros(b"1.001"), Some(1_001_000));
        assert_eq!(micros(b"60"), Some(60_000_000));
        assert_eq!(micros(b"-"), None);
        assert_eq!(micros(b"0.1, 0.2"), None);
    }
}
