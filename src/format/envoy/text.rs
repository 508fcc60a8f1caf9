//! A line of text, read from both ends.

use memchr::{memchr, memmem, memrchr};

use super::Fields;
use crate::text::number;
use crate::time::{Stamp, rfc3339};

/// Whether `[2025-03-04T10:15:31.204Z] "` stands at the start.
pub(super) fn begins(line: &[u8]) -> bool {
    start(line).is_some()
}

fn start(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let rest = line.strip_prefix(b"[")?;
    let (stamp, len) = rfc3339(rest).filter(|(stamp, _)| matches!(stamp, Stamp::Instant(_)))?;
    Some((stamp, rest[len..].strip_prefix(b"] \"")?))
}

/// Everything; of a line that was cut, what stands before the cut.
pub(super) fn read(line: &[u8]) -> Option<Fields<'_>> {
    let Some((mut fields, rest)) = head(line) else {
        let (stamp, rest) = start(line)?;
        let mut fields = Fields { start: Some(stamp), ..Fields::default() };
        request(&rest[..memchr(b'"', rest).unwrap_or(rest.len())], &mut fields);
        return Some(fields);
    };
    // "forwarded for" "agent" "id" "authority" "host": of a line that ends earlier the last quotes say something else.
    if let Some(text) = rest.strip_prefix(b"\"") {
        fields.forwarded_for = &text[..memchr(b'"', text).unwrap_or(text.len())];
    }
    if memchr::memchr_iter(b'"', rest).take(10).count() == 10 {
        from_end(rest, &mut fields);
    }
    Some(fields)
}

/// What Envoy says before the first value of a client's: to the duration and what the upstream took. And what follows.
pub(super) fn head(line: &[u8]) -> Option<(Fields<'_>, &[u8])> {
    let (stamp, rest) = start(line)?;
    let mut fields = Fields { start: Some(stamp), ..Fields::default() };
    let end = request_end(rest)?;
    request(&rest[..end], &mut fields);
    let rest = &rest[end + 2..];
    let (status, rest) = word(rest);
    let (flags, mut rest) = word(rest);
    (fields.status, fields.flags) = (status, flags);
    if rest.first().is_some_and(|byte| *byte == b'"') {
        // Istio before 1.9: what its mixer said, and the transport.
        rest = closing(&rest[1..]).1;
        if let Some(text) = rest.strip_prefix(b"\"") {
            (fields.transport, rest) = closing(text);
        }
    } else if !rest.first().is_some_and(u8::is_ascii_digit) {
        (fields.details, rest) = word(rest);
        let quote = memmem::find(rest, b" \"").unwrap_or(rest.len());
        fields.termination = &rest[..quote];
        let text = rest.get(quote + 2..).unwrap_or_default();
        (fields.transport, rest) = closing(text);
    }
    let (received, rest) = word(rest);
    let (_sent, rest) = word(rest);
    let (duration, rest) = word(rest);
    let (_upstream_time, rest) = word(rest);
    if number::unsigned(received).is_some() {
        fields.duration = duration;
    }
    Some((fields, rest))
}

/// Where the request's closing quote stands: the first that a status and flags follow. A path holds no blank, so a client
/// cannot write those.
fn request_end(rest: &[u8]) -> Option<usize> {
    memmem::find_iter(rest, b"\" ").find(|at| {
        let (status, rest) = word(&rest[at + 2..]);
        let (flags, _) = word(rest);
        let is_status = (1..=3).contains(&status.len()) && status.iter().all(u8::is_ascii_digit);
        is_status && !flags.is_empty() && flags.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b',' | b'-'))
    })
}

fn request<'a>(request: &'a [u8], fields: &mut Fields<'a>) {
    let (method, rest) = word(request);
    let end = memrchr(b' ', rest).filter(|end| rest[end + 1..].starts_with(b"HTTP/") || rest[end + 1..] == *b"-").unwrap_or(rest.len());
    (fields.method, fields.path) = (method, &rest[..end]);
}

/// The next word, and what follows its blank.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr(b' ', text).unwrap_or(text.len());
    (&text[..end], text.get(end + 1..).unwrap_or_default())
}

/// A value up to its closing quote, and what follows the blank behind that.
fn closing(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr(b'"', text).unwrap_or(text.len());
    let rest = text.get(end + 1..).unwrap_or_default();
    (&text[..end], rest.strip_prefix(b" ").unwrap_or(rest))
}

/// `"authority" "host" cluster local downstream-local downstream-remote sni route`, words that are missing at the end
/// absent: what stands behind the last quote holds none.
fn from_end<'a>(rest: &'a [u8], fields: &mut Fields<'a>) {
    let Some(close) = memrchr(b'"', rest) else { return };
    let Some(open) = memrchr(b'"', &rest[..close]) else { return };
    let host = &rest[open + 1..close];
    if host.is_empty() || memchr(b' ', host).is_some() {
        return;
    }
    fields.host = host;
    if let Some(before) = rest[..open].strip_suffix(b"\" ") {
        fields.authority = &before[memrchr(b'"', before).map_or(0, |quote| quote + 1)..];
    }
    let mut words = rest[close + 1..].trim_ascii().split(|byte| *byte == b' ');
    fields.cluster = words.next().unwrap_or_default();
    fields.peer = words.nth(2).unwrap_or_default();
    fields.route = words.nth(1).unwrap_or_default();
}
