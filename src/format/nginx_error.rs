//! nginx's error log, and those of what is built on it (OpenResty, ingress-nginx).
//!
//! ```text
//! 2026/11/22 15:04:50 [error] 27981#0: *3 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: test.example, request: "GET /refused/x HTTP/1.1", upstream: "http://127.0.0.1:9001/refused/x", host: "test.example", referrer: "http://r/"
//! ```
//!
//! The order of the tail is fixed, and none of it is escaped (`ngx_http_log_error_handler`, `src/http/ngx_http_request.c`):
//! request, host and referrer hold whatever the client sent, quotes and `", upstream: "` included. So the tail is read
//! from its start, each field where the one before it ends, and nothing is ever searched for behind the request.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memmem, memrchr};

use super::{About, Format, hash};
use crate::record::{Entry, Link, Severity};
use crate::text::path_of;
use crate::time::{Clock, nginx_error as stamp};

/// See the module.
pub(super) struct NginxError;

/// nginx writes at most 2,048 bytes, line feed included, and cuts without a mark (`NGX_MAX_ERROR_STR`).
const LONGEST: usize = 2_047;

impl Format for NginxError {
    fn begins(&self, line: &[u8]) -> bool {
        line.len() > 22 && line[19] == b' ' && line[20] == b'[' && line[21].is_ascii_lowercase() && stamp(line).is_some()
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let time = clock.resolve(stamp(record)?);
        let bracket = memchr(b']', record.get(21..32.min(record.len()))?)? + 21;
        let severity = Severity::from_name(&record[21..bracket])?;
        let (process, rest) = process(record.get(bracket + 1..)?.strip_prefix(b" ")?)?;
        let (connection, rest) = connection(rest);
        let (message, tail) = split_tail(rest);
        let mut entry = Entry { time: Some(time), severity, ..Entry::default() };
        message_parts(message, &mut entry);
        let tail = Tail::read(tail);
        if !connection.is_empty() && !tail.client.is_empty() {
            entry.link = Link::Request(hash(&[process, connection, &tail.request[..tail.request.len().min(512)], tail.host, tail.server]));
        }
        tail.fill(&mut entry);
        Some(entry)
    }

    fn runs_on(&self, record: &[u8]) -> bool {
        record.len() < LONGEST && open_quote(record)
    }

    fn about(&self) -> About {
        About {
            title: "nginx error log (also OpenResty and ingress-nginx)",
            recognised: "YYYY/MM/DD hh:mm:ss [level] pid#tid:",
            example: r#"2026/11/22 15:04:50 [error] 27981#0: *3 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.7, server: shop.test, request: "GET /cart HTTP/1.1", upstream: "http://127.0.0.1:9001/cart", host: "shop.test""#,
        }
    }
}

/// `27981#0: ` at the start: the process, and what follows.
fn process(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr(b':', &rest[..rest.len().min(48)])?;
    let plain = rest[..colon].iter().all(|byte| byte.is_ascii_digit() || *byte == b'#');
    let after = rest[colon + 1..].strip_prefix(b" ").unwrap_or(&rest[colon + 1..]);
    plain.then_some((&rest[..colon], after))
}

/// `*3 ` at the start: the connection's number (empty when there is none), and what follows.
fn connection(rest: &[u8]) -> (&[u8], &[u8]) {
    let Some(number) = rest.strip_prefix(b"*") else { return (&[], rest) };
    match memchr(b' ', &number[..number.len().min(24)]) {
        Some(end) if number[..end].iter().all(u8::is_ascii_digit) => (&number[..end], &number[end + 1..]),
        _ => (&[], rest),
    }
}

/// Splits what follows the connection into message and tail (`, client: …` or `, udp client: …`).
///
/// A message that quotes nothing ends at the first of them. One that quotes (a file's name made of the URL, what a
/// FastCGI application wrote to its stderr, a header of the upstream) may hold a forged tail, so there the last one that
/// stands behind a closed quote is taken. What is forged that way changes only fields of messages that quote, never a
/// verdict, which the start of the message decides.
fn split_tail(rest: &[u8]) -> (&[u8], &[u8]) {
    let Some(first) = tail_at(rest, 0) else { return (rest, &[]) };
    if memchr(b'"', &rest[..first]).is_none() {
        return rest.split_at(first);
    }
    // Behind the last request only host and referrer follow, which the client wrote.
    let limit = memmem::rfind(rest, b", request: \"").unwrap_or(rest.len());
    let mut end = rest.len();
    let mut next = Some(first);
    while let Some(at) = next.filter(|at| *at < limit) {
        if is_closed(&rest[..at]) {
            end = at;
        }
        next = tail_at(rest, at + 1);
    }
    rest.split_at(end)
}

/// Whether the quotes of a message are closed: there is an even number of them, or the last one stands where a message
/// ends, before errno and action.
fn is_closed(message: &[u8]) -> bool {
    if memchr::memchr_iter(b'"', message).count().is_multiple_of(2) {
        return true;
    }
    let text = &message[..action_at(message).map_or(message.len(), |(at, _)| at)];
    let failed = if errno(text).is_empty() { None } else { memmem::rfind(text, b" failed (") };
    text[..failed.unwrap_or(text.len())].last() == Some(&b'"')
}

fn tail_at(rest: &[u8], from: usize) -> Option<usize> {
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

/// Every `while <action>` that nginx writes (its `log->action`s); a closed list, since a message may hold a `while` too.
const ACTIONS: [&[u8]; 40] = [
    b"connecting to upstream",
    b"SSL handshaking to upstream",
    b"sending request to upstream",
    b"reading response header from upstream",
    b"sending early hints to client",
    b"reading upstream",
    b"sending to client",
    b"proxying upgraded connection",
    b"proxying connection",
    b"proxying and reading from upstream",
    b"proxying and sending to upstream",
    b"proxying and reading from client",
    b"proxying and sending to client",
    b"resolving",
    b"initializing session",
    b"reading PROXY protocol",
    b"prereading client data",
    b"SSL handshaking",
    b"passing connection to port",
    b"returning text",
    b"waiting for request",
    b"reading client request line",
    b"reading client request headers",
    b"reading client pipelined request line",
    b"reading client request",
    b"processing HTTP/2 connection",
    b"keepalive",
    b"sending response to client",
    b"sending mp4 to client",
    b"sending flv to client",
    b"closing request",
    b"logging request",
    b"logging to syslog",
    b"requesting certificate status",
    b"handling quic input",
    b"parsing quic packet",
    b"creating quic connection",
    b"handling client request",
    b"reading client data",
    b"sending request to OCSP responder",
];

/// Where ` while <action>` begins at the end of a message, and the action.
fn action_at(message: &[u8]) -> Option<(usize, &[u8])> {
    // The longest action has 37 bytes.
    let from = message.len().saturating_sub(48);
    let at = from + memmem::rfind(&message[from..], b" while ")?;
    let action = &message[at + 7..];
    // Resolver lines go on: " while resolving, resolver: 127.0.0.1:53".
    let word = &action[..memchr(b',', action).unwrap_or(action.len())];
    ACTIONS.contains(&word).then_some((at, word))
}

/// Message, action and errno of `connect() failed (111: Connection refused) while connecting to upstream`.
fn message_parts<'a>(message: &'a [u8], entry: &mut Entry<'a>) {
    // Lines about the resolver and the syslog server carry their own short tail behind the action.
    let (text, action) = match action_at(message).or_else(|| early_action(message)) {
        Some((at, action)) => (&message[..at], action),
        None => (message, &message[..0]),
    };
    entry.message = Cow::Borrowed(message);
    entry.action = action;
    entry.errno = errno(text);
    if action == b"resolving"
        && let Some(at) = memmem::find(message, b", resolver: ")
    {
        entry.upstream = Cow::Borrowed(&message[at + 12..]);
    }
}

/// ` while resolving, resolver: …` and ` while logging to syslog, server: …`, whose tail is longer than the window of
/// [`action_at`].
fn early_action(message: &[u8]) -> Option<(usize, &[u8])> {
    let at = memmem::find(message, b" while ")?;
    let action = &message[at + 7..];
    let word = &action[..memchr(b',', action)?];
    ACTIONS.contains(&word).then_some((at, word))
}

/// The number in the `(111: Connection refused)` that ends the text.
fn errno(text: &[u8]) -> &[u8] {
    if text.last() != Some(&b')') {
        return &[];
    }
    let Some(open) = memrchr(b'(', text) else { return &[] };
    let number = &text[open + 1..];
    match memchr(b':', number) {
        Some(colon) if colon > 0 && number[..colon].iter().all(u8::is_ascii_digit) => &number[..colon],
        _ => &[],
    }
}

/// The fields behind the message.
#[derive(Default)]
struct Tail<'a> {
    client: &'a [u8],
    server: &'a [u8],
    request: &'a [u8],
    upstream: &'a [u8],
    host: &'a [u8],
    /// Between the scheme and the URI of `upstream`; or the name of a group.
    is_subrequest: bool,
}

impl<'a> Tail<'a> {
    fn read(tail: &'a [u8]) -> Self {
        let mut read = Self::default();
        let rest = tail.strip_prefix(b", udp client: ").or_else(|| tail.strip_prefix(b", client: "));
        let Some(rest) = rest else { return read };
        let (client, rest) = until_comma(rest);
        read.client = client;
        let Some(rest) = rest.strip_prefix(b", server: ") else { return read };
        let (server, rest) = until_comma(rest);
        read.server = server;
        let mut rest = rest;
        if let Some(after) = rest.strip_prefix(b", request: \"") {
            let end = request_end(after);
            read.request = &after[..end];
            rest = after.get(end + 1..).unwrap_or_default();
        }
        if let Some(after) = rest.strip_prefix(b", subrequest: \"") {
            read.is_subrequest = true;
            let end = quoted_end(after);
            rest = after.get(end + 1..).unwrap_or_default();
        }
        if let Some(after) = rest.strip_prefix(b", upstream: \"") {
            let end = upstream_end(after, request_uri(read.request));
            read.upstream = &after[..end];
            rest = after.get(end + 1..).unwrap_or_default();
        }
        if let Some(after) = rest.strip_prefix(b", host: \"") {
            read.host = &after[..memchr(b'"', after).unwrap_or(after.len())];
        }
        read
    }

    fn fill(&self, entry: &mut Entry<'a>) {
        let server = if self.server == b"_" { &[] } else { self.server };
        entry.client = Cow::Borrowed(self.client);
        entry.host = Cow::Borrowed(if self.host.is_empty() { server } else { self.host });
        if !self.upstream.is_empty() {
            entry.upstream = Cow::Borrowed(authority(self.upstream, request_uri(self.request)));
        }
        if let Some(space) = memchr(b' ', self.request) {
            entry.method = Cow::Borrowed(&self.request[..space]);
            entry.path = Cow::Borrowed(path_of(request_uri(self.request)));
        }
        if self.is_subrequest {
            entry.set("subrequest", &b"yes"[..]);
        }
    }
}

fn until_comma(rest: &[u8]) -> (&[u8], &[u8]) {
    rest.split_at(memchr(b',', rest).unwrap_or(rest.len()))
}

/// The URI of `GET /a HTTP/1.1`, query included.
fn request_uri(request: &[u8]) -> &[u8] {
    let Some(space) = memchr(b' ', request) else { return &[] };
    let rest = &request[space + 1..];
    match memrchr(b' ', rest) {
        Some(end) if rest[end + 1..].starts_with(b"HTTP/") => &rest[..end],
        _ => rest,
    }
}

/// What may stand behind the closing quote of the request.
fn follows_request(rest: &[u8]) -> bool {
    rest.is_empty()
        || [&b", upstream: \""[..], b", host: \"", b", subrequest: \"", b", referrer: \"", b", bytes from/to "].iter().any(|next| rest.starts_with(next))
}

/// Where the request ends: at the first quote behind ` HTTP/x.y` that another field, or nothing, follows; in a request
/// without a version at the first such quote; in a line that was cut, at its end.
fn request_end(rest: &[u8]) -> usize {
    let mut versionless = None;
    for quote in memchr::memchr_iter(b'"', rest) {
        if !follows_request(&rest[quote + 1..]) {
            continue;
        }
        let request = &rest[..quote];
        if memrchr(b' ', request).is_some_and(|space| request[space + 1..].starts_with(b"HTTP/")) {
            return quote;
        }
        versionless.get_or_insert(quote);
    }
    versionless.unwrap_or(rest.len())
}

fn quoted_end(rest: &[u8]) -> usize {
    memmem::find(rest, b"\", ").or_else(|| memrchr(b'"', rest)).unwrap_or(rest.len())
}

/// Where the upstream ends. Its URI repeats that of the request unless it was rewritten; if it does, the closing quote
/// stands right behind the repetition, whatever quotes that holds.
fn upstream_end(rest: &[u8], uri: &[u8]) -> usize {
    let start = scheme_len(rest);
    let authority = start + memchr2(b'/', b'"', &rest[start..]).unwrap_or(rest.len() - start);
    if !uri.is_empty() {
        // A socket's path has slashes of its own, so the repetition may begin behind a later one.
        for slash in memchr::memchr_iter(b'/', &rest[start..]).map(|at| start + at).take(16) {
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
    memmem::find(&upstream[..upstream.len().min(16)], b"://").map_or(0, |at| at + 3)
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

/// Whether the record stopped inside a quote that it opened: FastCGI's stderr, a Lua traceback, a file's name or a
/// header with a line feed in it. A tail that begins with a quoted field ends with one.
fn open_quote(record: &[u8]) -> bool {
    let Some(start) = memmem::find(&record[..record.len().min(96)], b": ") else { return false };
    let (message, tail) = split_tail(&record[start..]);
    if tail.is_empty() {
        return !is_closed(message);
    }
    record.last() != Some(&b'"') && memchr(b'"', tail).is_some() && memmem::find(tail, b", bytes from/to ").is_none()
}
