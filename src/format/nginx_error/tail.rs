//! What follows the text of a line that speaks of a client.
//!
//! ```text
//! , client: 203.0.113.7, server: shop.test, request: "GET /a HTTP/1.1", subrequest: "/auth", upstream: "http://127.0.0.1:9001/a", host: "shop.test", referrer: "http://r/"
//! , client: 203.0.113.7, server: 0.0.0.0:5432, upstream: "10.0.0.7:5432", bytes from/to client:0/0, bytes from/to upstream:0/0
//! , client: 203.0.113.7 using starttls, server: 0.0.0.0:587, login: "ann", upstream: 10.0.0.9:25
//! ```
//!
//! The order is fixed, a field that is unknown is left out, and nothing is escaped. So the tail is read from its start,
//! each field where the one before it ends, and nothing is ever searched for behind the request.

use memchr::{memchr, memchr_iter, memchr2, memmem, memrchr};

use super::{Cow, Entry, Link, Subject};
use crate::text::near::{ahead, near, near2};
use crate::text::path_of;

/// The first tail at or behind `from`.
pub(super) fn tail_at(rest: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr(b',', rest.get(at..)?)?;
        let here = &rest[at..];
        if here.starts_with(b", client: ") || here.starts_with(b", udp client: ") {
            return Some(at);
        }
        at += 1;
    }
}

/// Whether a tail stopped inside a quote. One that begins with a quoted field ends with one, but for those of TCP, UDP
/// and mail proxies, whose last field stands bare.
pub(super) fn stops_in_quote(tail: &[u8]) -> bool {
    if tail.last() == Some(&b'"') {
        return false;
    }
    let Some(quote) = memchr(b'"', tail) else { return false };
    !tail[..quote].ends_with(b", login: ") && memmem::find(tail, b", bytes from/to ").is_none()
}

/// The fields behind the message.
#[derive(Default)]
pub(super) struct Tail<'a> {
    pub(super) client: &'a [u8],
    server: &'a [u8],
    request: Request<'a>,
    host: &'a [u8],
    /// Without scheme and path.
    upstream: &'a [u8],
    is_subrequest: bool,
    /// From the server's name to the end of the request: what a request is known by, beside connection and host.
    named: &'a [u8],
}

/// `GET /a?b HTTP/1.1`, taken apart; empty where the line has none, or one without a blank.
#[derive(Clone, Copy, Default)]
struct Request<'a> {
    method: &'a [u8],
    uri: &'a [u8],
}

/// A longer request is told from others by its start.
const LONGEST_NAMED: usize = 600;

impl<'a> Tail<'a> {
    pub(super) fn read(tail: &'a [u8]) -> Self {
        Self::usual(tail).unwrap_or_else(|| Self::any(tail))
    }

    /// Of the form that nearly all failures of HTTP upstreams have. It makes the same of it as [`Self::any`].
    #[inline]
    pub(super) fn usual(tail: &'a [u8]) -> Option<Self> {
        let rest = tail.strip_prefix(b", client: ")?;
        let (client, rest) = rest.split_at(near2(b',', b' ', rest)?);
        let named = rest.strip_prefix(b", server: ")?;
        let (server, rest) = named.split_at(near(b',', named)?);
        let line = rest.strip_prefix(b", request: \"")?;
        let end = ahead(b'"', line)?;
        let request = &line[..end];
        let (before, version) = request.split_at(request.len().checked_sub(VERSION)?);
        if !version.starts_with(b" HTTP/") || version[6..].contains(&b' ') {
            return None;
        }
        let space = near(b' ', before)?;
        let (method, uri) = (&before[..space], &before[space + 1..]);
        let upstream = line[end + 1..].strip_prefix(b", upstream: \"http://").filter(|rest| !rest.starts_with(b"unix:"))?;
        let (upstream, path) = upstream.split_at(near2(b'/', b'"', upstream)?);
        let rest = path.strip_prefix(uri)?.strip_prefix(b"\", host: \"")?;
        if uri.is_empty() || path[0] != b'/' {
            return None;
        }
        let host = &rest[..near(b'"', rest)?];
        let named = &named[..named.len() - line.len() + end.min(LONGEST_NAMED)];
        Some(Self { client, server, request: Request { method, uri }, host, upstream, is_subrequest: false, named })
    }

    pub(super) fn any(tail: &'a [u8]) -> Self {
        let mut read = Self::default();
        let rest = tail.strip_prefix(b", client: ").or_else(|| tail.strip_prefix(b", udp client: "));
        let Some(rest) = rest else { return read };
        let (client, rest) = rest.split_at(memchr(b',', rest).unwrap_or(rest.len()));
        read.client = &client[..client.iter().position(|byte| *byte == b' ').unwrap_or(client.len())];
        let Some(named) = rest.strip_prefix(b", server: ") else { return read };
        let (server, mut rest) = named.split_at(server_end(named));
        read.server = server;
        read.named = server;
        if let Some(after) = rest.strip_prefix(b", request: \"") {
            let end = request_end(after);
            read.request = Request::of(&after[..end]);
            read.named = &named[..named.len() - after.len() + end.min(LONGEST_NAMED)];
            rest = after.get(end + 1..).unwrap_or_default();
        }
        read.behind_request(rest);
        read
    }

    fn behind_request(&mut self, mut rest: &'a [u8]) {
        if let Some(after) = rest.strip_prefix(b", subrequest: \"") {
            self.is_subrequest = true;
            let end = memmem::find(after, b"\", ").or_else(|| memrchr(b'"', after)).unwrap_or(after.len());
            rest = after.get(end + 1..).unwrap_or_default();
        }
        if let Some(after) = rest.strip_prefix(b", login: \"") {
            let upstream = memmem::rfind(after, b"\", upstream: ").map_or(&[][..], |at| &after[at + 13..]);
            self.upstream = authority(upstream, self.request.uri);
            return;
        }
        if let Some(after) = rest.strip_prefix(b", upstream: \"") {
            let end = upstream_end(after, self.request.uri);
            self.upstream = authority(&after[..end], self.request.uri);
            rest = after.get(end + 1..).unwrap_or_default();
        }
        if let Some(after) = rest.strip_prefix(b", host: \"") {
            self.host = &after[..memchr(b'"', after).unwrap_or(after.len())];
        }
    }

    /// What all pieces of a request have in common, beside its connection.
    pub(super) fn names(&self) -> [&'a [u8]; 2] {
        [self.named, self.host]
    }

    /// Whom the line speaks of; its link is up to what stands before the message.
    #[inline]
    pub(super) fn subject(&self) -> Subject<'a> {
        let server = if self.server == b"_" { &[] } else { self.server };
        Subject {
            link: Link::None,
            client: self.client,
            host: if self.host.is_empty() { server } else { self.host },
            method: self.request.method,
            path: path_of(self.request.uri),
            upstream: self.upstream,
        }
    }

    pub(super) fn fill(self, entry: &mut Entry<'a>) {
        let Subject { client, host, method, path, upstream, .. } = self.subject();
        set_client(client, entry);
        entry.host = Cow::Borrowed(host);
        entry.upstream = Cow::Borrowed(upstream);
        entry.method = Cow::Borrowed(method);
        entry.path = Cow::Borrowed(path);
        if self.is_subrequest {
            entry.set("subrequest", &b"yes"[..]);
        }
    }
}

/// The client of what stands behind `, client: `, into the entry.
pub(super) fn fill_client<'a>(rest: &'a [u8], entry: &mut Entry<'a>) {
    set_client(&rest[..near2(b',', b' ', rest).unwrap_or(rest.len())], entry);
}

fn set_client<'a>(client: &'a [u8], entry: &mut Entry<'a>) {
    entry.client = Cow::Borrowed(client);
    if !client.is_empty() {
        entry.set("client_known", &b"yes"[..]);
    }
}

impl<'a> Request<'a> {
    fn of(request: &'a [u8]) -> Self {
        let Some(space) = request.iter().position(|byte| *byte == b' ') else { return Self::default() };
        let (method, rest) = (&request[..space], &request[space + 1..]);
        let uri = match rest.len().checked_sub(VERSION) {
            Some(end) if rest[end..].starts_with(b" HTTP/") && !rest[end + 1..].contains(&b' ') => &rest[..end],
            _ => match memrchr(b' ', rest) {
                Some(end) if rest[end + 1..].starts_with(b"HTTP/") => &rest[..end],
                _ => rest,
            },
        };
        Self { method, uri }
    }
}

/// ` HTTP/1.1`
const VERSION: usize = 9;

/// Where the server's name ends. It may be empty, and one that is a regular expression may hold commas.
fn server_end(rest: &[u8]) -> usize {
    const NEXT: [&[u8]; 5] = [b", request: \"", b", upstream: \"", b", host: \"", b", login: \"", b", bytes from/to "];
    let next = |at: &usize| NEXT.iter().any(|next| rest[*at..].starts_with(next));
    memchr_iter(b',', rest).take(16).find(next).unwrap_or(rest.len())
}

/// What may stand behind the closing quote of the request.
fn follows_request(rest: &[u8]) -> bool {
    const NEXT: [&[u8]; 5] = [b", upstream: \"", b", host: \"", b", subrequest: \"", b", referrer: \"", b", bytes from/to "];
    rest.is_empty() || NEXT.iter().any(|next| rest.starts_with(next))
}

/// Where the request ends: at the first quote behind ` HTTP/x.y` that another field, or nothing, follows; in a line that
/// was cut, at its end. A request without a version has no headers, so only its upstream follows, which mostly ends with
/// its URI; else the first such quote counts.
fn request_end(rest: &[u8]) -> usize {
    let mut versionless = None;
    for quote in memchr_iter(b'"', rest) {
        if !follows_request(&rest[quote + 1..]) {
            continue;
        }
        let request = &rest[..quote];
        if memrchr(b' ', request).is_some_and(|space| request[space + 1..].starts_with(b"HTTP/")) {
            return quote;
        }
        if versionless.is_none_or(|first| first != quote && repeats(rest, quote)) {
            versionless = Some(quote);
        }
    }
    versionless.unwrap_or(rest.len())
}

/// Whether the line ends with the URI of the request that ends at `quote`.
fn repeats(rest: &[u8], quote: usize) -> bool {
    let uri = Request::of(&rest[..quote]).uri;
    let behind = &rest[quote + 1..];
    uri.len() > 1 && behind.strip_suffix(b"\"").is_some_and(|behind| behind.ends_with(uri))
}

/// Where the upstream ends. Its URI repeats that of the request unless it was rewritten; if it does, the closing quote
/// stands right behind the repetition, whatever quotes that holds.
fn upstream_end(rest: &[u8], uri: &[u8]) -> usize {
    let start = scheme_len(rest);
    let authority = start + memchr2(b'/', b'"', &rest[start..]).unwrap_or(rest.len() - start);
    if !uri.is_empty() {
        // A socket's path has slashes of its own, so the repetition may begin behind a later one.
        for slash in memchr_iter(b'/', &rest[start..]).map(|at| start + at).take(16) {
            let end = slash + uri.len();
            if rest[slash..].starts_with(uri) && rest.get(end) == Some(&b'"') {
                return end;
            }
        }
    }
    if rest.get(authority) == Some(&b'"') {
        return authority;
    }
    let next = memmem::find(&rest[authority..], b"\", host: \"").or_else(|| memchr(b'"', &rest[authority..]));
    next.map_or(rest.len(), |at| authority + at)
}

fn scheme_len(upstream: &[u8]) -> usize {
    if upstream.starts_with(b"http://") {
        return 7;
    }
    upstream[..upstream.len().min(16)].windows(3).position(|three| three == b"://").map_or(0, |at| at + 3)
}

/// `127.0.0.1:9001` of `http://127.0.0.1:9001/x`; `unix:/run/a.sock` of `http://unix:/run/a.sock:/x` and, since nginx
/// loses the separator in lines about time-outs, of `http://unix:/run/a.sock/x`.
fn authority<'a>(upstream: &'a [u8], uri: &[u8]) -> &'a [u8] {
    let rest = &upstream[scheme_len(upstream)..];
    if !rest.starts_with(b"unix:") {
        return &rest[..memchr(b'/', rest).unwrap_or(rest.len())];
    }
    if let Some(colon) = memmem::find(&rest[5..], b":/").map(|at| at + 5) {
        return &rest[..colon];
    }
    let socket = rest.strip_suffix(b":").unwrap_or(rest);
    let path = if uri.is_empty() { socket } else { socket.strip_suffix(uri).unwrap_or(socket) };
    if path == b"unix:" { socket } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What [`Tail::usual`] takes, it takes as [`Tail::any`] does, whatever is put into it.
    #[test]
    fn the_usual_form_is_read_as_any_other() {
        const TAIL: &str = r#", client: 203.0.113.7, server: shop.test, request: "GET /a/b?c=d HTTP/1.1", upstream: "http://127.0.0.1:9001/a/b?c=d", host: "shop.test", referrer: "http://r/""#;
        let all = |tail: Tail<'_>| format!("{:?}{:?}{:?}", tail.subject(), tail.names(), tail.is_subrequest);
        assert!(Tail::usual(TAIL.as_bytes()).is_some());
        let parts = ["", " ", "\"", ",", "/", "\", host: \"x", " HTTP/1.1\"", "HTTP/1.0", ", upstream: \"http://e/\"", "unix:/a:/", "\\", "GET ", "\", "];
        for at in (0..=TAIL.len()).filter(|at| TAIL.is_char_boundary(*at)) {
            for part in parts {
                for end in [at, TAIL.len().min(at + 3), TAIL.len()] {
                    let changed = format!("{}{part}{}", &TAIL[..at], &TAIL[end..]);
                    if let Some(usual) = Tail::usual(changed.as_bytes()) {
                        assert_eq!(all(usual), all(Tail::any(changed.as_bytes())), "{changed}");
                    }
                }
            }
        }
    }
}
