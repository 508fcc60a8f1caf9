//! What the access logs of AWS's load balancers share: words and quoted fields, addresses, the request. Knows no order of fields.

use std::borrow::Cow;

use memchr::{memchr, memmem, memrchr};

use crate::record::Entry;
use crate::text::number::decimal;
use crate::text::path_of;
use crate::time::{Clock, Timestamp, rfc3339};

/// Fields of a line: up to the next blank, or between quotes.
pub(super) struct Words<'a>(pub(super) &'a [u8]);

impl<'a> Words<'a> {
    pub(super) fn next(&mut self) -> Option<&'a [u8]> {
        match self.0 {
            [] => None,
            [b'"', ..] => self.quoted(|text| memchr(b'"', text)),
            _ => {
                let (word, rest) = self.0.split_at(memchr(b' ', self.0).unwrap_or(self.0.len()));
                self.0 = rest.strip_prefix(b" ").unwrap_or(rest);
                Some(word)
            }
        }
    }

    /// A quoted field; `end` finds the closing quote.
    pub(super) fn quoted(&mut self, end: impl Fn(&[u8]) -> Option<usize>) -> Option<&'a [u8]> {
        let text = self.0.strip_prefix(b"\"")?;
        let end = end(text)?;
        // AWS once wrote `"-"1` without the blank between.
        self.0 = text[end + 1..].strip_prefix(b" ").unwrap_or(&text[end + 1..]);
        Some(&text[..end])
    }

    pub(super) fn skip(&mut self, count: usize) -> Option<()> {
        (0..count).try_for_each(|_| self.next().map(|_| ()))
    }
}

/// AWS documents no escape, and a URL may hold a quote: the request ends where the quoted user agent follows.
pub(super) fn request_end(text: &[u8]) -> Option<usize> {
    memmem::find(text, b"\" \"").or_else(|| text.len().checked_sub(1).filter(|last| text[*last] == b'"'))
}

/// What a field says; `-` is nothing.
pub(super) fn said(word: &[u8]) -> &[u8] {
    if word == b"-" { &[] } else { word }
}

pub(super) fn moment(word: &[u8], clock: &mut Clock) -> Option<Timestamp> {
    let (stamp, len) = rfc3339(word)?;
    (len == word.len()).then(|| clock.resolve(stamp))
}

/// Address and port, split at the last colon: IPv6 addresses stand without brackets.
pub(super) fn split_port(word: &[u8]) -> (&[u8], &[u8]) {
    match memrchr(b':', word) {
        Some(colon) => (&word[..colon], &word[colon + 1..]),
        None => (said(word), &[]),
    }
}

/// An upstream's name of `10.0.1.11:8080` or `2001:db8::15:8080`; nothing of `-`.
pub(super) fn authority(word: &[u8]) -> Cow<'_, [u8]> {
    let (address, port) = split_port(word);
    let is_bare_v6 = memchr(b':', address).is_some() && !address.starts_with(b"[");
    if is_bare_v6 { Cow::Owned([b"[", address, b"]:", port].concat()) } else { Cow::Borrowed(said(word)) }
}

/// `GET http://shop.example.com:80/a b?c HTTP/1.1`: the first word is the method, the last the protocol, and what is
/// between is the URL, blanks included. Malformed requests are `- - -` or `- http://shop.example.com:80- -`; `- - - ` is
/// none at all.
pub(super) fn request<'a>(request: &'a [u8], entry: &mut Entry<'a>) {
    if request.iter().all(|byte| matches!(byte, b'-' | b' ')) {
        return;
    }
    let first = memchr(b' ', request).unwrap_or(request.len());
    let last = memrchr(b' ', request).unwrap_or(first).max(first);
    let url = said(request.get(first + 1..last).unwrap_or_default());
    entry.method = Cow::Borrowed(said(&request[..first]));
    entry.path = Cow::Borrowed(path_of(url));
    if let Some(at) = memmem::find(&url[..url.len().min(16)], b"://") {
        entry.host = Cow::Borrowed(host_of(&url[at + 3..]));
    }
}

/// The host at the start of `shop.example.com:80/cart`. The load balancer adds the listener's port, so it says nothing.
fn host_of(rest: &[u8]) -> &[u8] {
    let authority = &rest[..rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len())];
    let bracket = if authority.starts_with(b"[") { memchr(b']', authority).unwrap_or(0) } else { 0 };
    &authority[..memchr(b':', &authority[bracket..]).map_or(authority.len(), |colon| bracket + colon)]
}

/// The three times together, in microseconds, when each is known (-1: it is not).
pub(super) fn sum(times: [&[u8]; 3]) -> Option<i64> {
    times.into_iter().try_fold(0, |sum, time| {
        let seconds = decimal(time).filter(|seconds| (0.0..1e6).contains(seconds))?;
        #[allow(clippy::cast_possible_truncation, reason = "at most a million seconds")]
        Some(sum + (seconds * 1e6).round() as i64)
    })
}
