//! What a message speaks of: the upstream, the path.
//!
//! Only words that begin a message are trusted to stand before an upstream, for what follows may be a visitor's.

use std::borrow::Cow;

use memchr::{memchr, memmem, memrchr};

use super::after_number;
use crate::record::Entry;
use crate::text::escape::unescape;
use crate::text::path_of;

/// How an upstream is written behind the words that lead to it.
#[derive(Clone, Copy)]
enum Form {
    /// `127.0.0.1:80`, a host, or a URL, up to a blank, bracket or comma.
    Authority,
    /// The same, always with a port: a bare IPv6 address is told from it by the last colon.
    WithPort,
    /// A socket's path, up to ` (`.
    Socket,
    /// Up to a closing quote.
    Quoted,
    /// Behind a later ` to ` or ` target `.
    Family,
}

/// The words that lead to an upstream, behind number, `proxy: ` and scheme.
const LEADS: [(&[u8], Form); 32] = [
    (b"attempt to connect to Unix domain socket ", Form::Socket),
    (b"attempt to connect to ", Form::Authority),
    (b"failed to make connection to backend: ", Form::Authority),
    (b"error reading status line from remote server ", Form::WithPort),
    (b"ap_proxy_connect_backend disabling worker for (", Form::Authority),
    (b"disabled connection for (", Form::Authority),
    (b"failed to acquire connection for (", Form::Authority),
    (b"pass request body failed to ", Form::Authority),
    (b"prefetch request body failed to ", Form::Authority),
    (b"read request body failed to ", Form::Authority),
    (b"processing prefetched request body failed to ", Form::Authority),
    (b"balancer://", Form::Authority),
    (b"(balancer://", Form::Authority),
    (b"DNS lookup failure for: ", Form::Authority),
    (b"an error occurred creating a new connection to ", Form::Authority),
    (b"failed to enable ssl support for ", Form::Authority),
    (b"error creating Unix domain socket ", Form::Socket),
    (b"error creating fam ", Form::Family),
    (b"read response failed from ", Form::Authority),
    (b"cping/cpong failed to ", Form::Authority),
    (b"100-Continue failed to ", Form::Authority),
    (b"request failed to ", Form::Authority),
    (b"send failed to ", Form::Authority),
    (b"dialog to ", Form::Authority),
    (b"sending data to ", Form::Authority),
    (b"error reading response headers from ", Form::Authority),
    (b"can't send headers to ", Form::Authority),
    (b"can't create tunnel for ", Form::Authority),
    (b"failed to resolve hostname '", Form::Quoted),
    (b"Threaded Health check ", Form::Authority),
    (b"Health check ", Form::Authority),
    (b"Failed to connect to '", Form::Quoted),
];

/// Fills upstream, path and method from a message.
pub(super) fn read<'a>(message: &'a [u8], entry: &mut Entry<'a>) {
    let Some(body) = body(message) else { return };
    if let Some(upstream) = upstream(body) {
        entry.upstream = upstream;
    }
    if let Some((reason, path)) = returned_by(body) {
        let method = if reason.ends_with(b"header") || reason.ends_with(b"headers") { method_at_end(path) } else { None };
        let (path, method) = method.unwrap_or((path, &[]));
        entry.path = unescape(path);
        entry.method = Cow::Borrowed(method);
    } else if let Some(rest) = body.strip_prefix(b"No protocol handler was valid for the URL ") {
        let end = memmem::rfind(rest, b". If you are using").unwrap_or(rest.len());
        let end = memmem::rfind(&rest[..end], b" (scheme '").unwrap_or(end);
        entry.path = Cow::Borrowed(path_of(&rest[..end]));
    }
}

/// A message behind its number, or `proxy: `, and the scheme; `None` when it has neither.
fn body(message: &[u8]) -> Option<&[u8]> {
    let numbered = after_number(message);
    let rest = numbered.unwrap_or(message).trim_ascii_start();
    let plain = rest.strip_prefix(b"proxy: ");
    if numbered.is_none() && plain.is_none() && !rest.starts_with(b"ap_proxy_") {
        return None;
    }
    let rest = plain.unwrap_or(rest);
    let scheme = rest.iter().take(12).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    Some(rest[scheme..].strip_prefix(b": ").filter(|_| scheme > 0).unwrap_or(rest))
}

fn upstream(body: &[u8]) -> Option<Cow<'_, [u8]>> {
    let (lead, form) = LEADS.iter().find(|(lead, _)| body.starts_with(lead))?;
    let rest = &body[lead.len()..];
    Some(match form {
        Form::Authority if lead.ends_with(b"://") => {
            let name = body.strip_prefix(b"(").unwrap_or(body);
            Cow::Borrowed(word(name))
        }
        // "Health check DISABLING http://…": the verdict stands between.
        Form::Authority if lead.ends_with(b"check ") => authority(word(&rest[memchr(b' ', rest)? + 1..])),
        Form::Authority => Cow::Borrowed(without_scheme(word(rest))),
        Form::WithPort => authority(word(rest)),
        Form::Socket => unix(&rest[..memmem::find(rest, b" (").unwrap_or(rest.len())]),
        Form::Quoted => Cow::Borrowed(without_scheme(&rest[..memchr(b'\'', rest)?])),
        Form::Family => {
            let at = memmem::find(rest, b" to ").map(|at| at + 4).or_else(|| memmem::find(rest, b" target ").map(|at| at + 8))?;
            Cow::Borrowed(word(&rest[at..]))
        }
    })
}

/// Up to the blank, bracket or comma that ends it; a colon before that is the sentence's.
fn word(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| matches!(byte, b' ' | b')' | b'(' | b',')).unwrap_or(text.len());
    let word = &text[..end];
    word.strip_suffix(b":").unwrap_or(word)
}

fn without_scheme(text: &[u8]) -> &[u8] {
    let text = memmem::find(text, b"://").map_or(text, |at| &text[at + 3..]);
    &text[..memchr(b'/', text).unwrap_or(text.len())]
}

/// An authority as reports write it: without scheme, and IPv6 in brackets (`::1:58619` becomes `[::1]:58619`).
pub(super) fn authority(text: &[u8]) -> Cow<'_, [u8]> {
    let text = without_scheme(text);
    match memrchr(b':', text) {
        Some(colon) if !text.starts_with(b"[") && memchr(b':', text) != Some(colon) => {
            let (address, port) = text.split_at(colon);
            Cow::Owned([b"[", address, b"]", port].concat())
        }
        _ => Cow::Borrowed(text),
    }
}

fn unix(path: &[u8]) -> Cow<'_, [u8]> {
    Cow::Owned([b"unix:", path].concat())
}

/// Reason and path of `Error reading from remote server returned by /path`.
fn returned_by(body: &[u8]) -> Option<(&[u8], &[u8])> {
    const CORRUPT: &[u8] = b"Corrupt status line returned by ";
    const BY: &[u8] = b" returned by ";
    let from = if body.starts_with(CORRUPT) { CORRUPT.len() } else { 0 };
    let at = from + memmem::find(&body[from..], BY)?;
    let path = &body[at + BY.len()..];
    (path.starts_with(b"/") || memmem::find(path, b"://").is_some()).then_some((&body[..at], path))
}

/// Path and method of `/api/orders (GET)`.
fn method_at_end(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let open = memmem::rfind(text, b" (")?;
    let method = text[open + 2..].strip_suffix(b")")?;
    method.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-').then_some((&text[..open], method))
}
