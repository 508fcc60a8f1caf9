//! The text of an error of Go's standard library, as Caddy and Traefik log it. Knows its grammar, not what it means.
//!
//! ```text
//! dial tcp 10.0.3.7:8080: connect: connection refused
//! dial tcp: lookup app.internal on 127.0.0.53:53: no such host
//! read tcp 127.0.0.1:46222->127.0.0.1:9277: read: connection reset by peer
//! net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0"
//! ```
//!
//! Errors are wrapped: whoever passes one on writes a word of its own before it (`net.OpError`, `net.DNSError`, `url.Error`).
//! What an upstream sent stands quoted at the end, so nothing behind the first quote is taken apart.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::json::unescape;
use crate::record::Entry;

/// What is written before an error that says more. `Get "http://…": ` is read besides.
const WRAPPERS: [&[u8]; 11] = [
    b"dialing backend: ",
    b"net/http: HTTP/1.x transport connection broken: ",
    b"readLoopPeekFailLocked: ",
    b"tls: failed to verify certificate: ",
    b"proxyconnect tcp: ",
    b"reading: ",
    b"HTTP request failed: ",
    b"Error while connecting to backend: ",
    b"roundtrip error: ",
    b"unable to connect: ",
    b"http2: Transport: cannot retry err [",
];

/// Methods in the way `net/http` puts them before a URL.
const METHODS: [&[u8]; 3] = [b"Get ", b"Head ", b"Post "];

/// An error, taken apart; everything is as it stands in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct GoError<'a> {
    /// Without what only wraps it; of a failed lookup from `lookup` on.
    pub(super) message: &'a [u8],
    /// `dial tcp`, `read unix`, `lookup`; empty where it names none.
    pub(super) operation: &'a [u8],
    /// The address that was dialled, the far end of a connection, or the name that was looked up.
    pub(super) address: &'a [u8],
    /// What stands behind the address: `connect: connection refused`. Of an error without one, its whole text.
    pub(super) reason: &'a [u8],
}

impl<'a> GoError<'a> {
    pub(super) fn read(text: &'a [u8]) -> Self {
        let message = unwrapped(text);
        let plain = Self { message, reason: message, ..Self::default() };
        plain.operation().unwrap_or(plain)
    }

    /// Puts it into the entry: message, action, field `reason`, and the upstream, unless that is known already.
    pub(super) fn fill(&self, entry: &mut Entry<'a>) {
        entry.message = unescape(self.message);
        entry.action = self.operation;
        entry.set("reason", unescape(self.reason));
        if entry.upstream.is_empty() {
            entry.upstream = self.upstream();
        }
    }

    /// The address as an authority: sockets are `unix:/run/app.sock`.
    pub(super) fn upstream(&self) -> Cow<'a, [u8]> {
        if self.operation.ends_with(b" unix") && !self.address.is_empty() {
            return Cow::Owned([b"unix:", self.address].concat());
        }
        Cow::Borrowed(self.address)
    }

    /// `dial tcp ADDRESS: reason`, `read tcp NEAR->FAR: reason`, `lookup NAME on SERVER: reason`.
    fn operation(self) -> Option<Self> {
        let (word, rest) = split(self.message, b" ")?;
        if word == b"lookup" {
            let (name, reason) = split(rest, b": ")?;
            let name = split(name, b" on ").map_or(name, |(name, _)| name);
            return Some(Self { operation: word, address: name, reason, ..self });
        }
        if !matches!(word, b"dial" | b"read" | b"write" | b"readfrom" | b"writev" | b"set") {
            return None;
        }
        let (subject, reason) = split(rest, b": ")?;
        let Some((network, address)) = split(subject, b" ") else {
            // `dial tcp: lookup …`: no address was found yet.
            let message = if reason.starts_with(b"lookup ") { reason } else { self.message };
            let inner = Self { message, operation: &self.message[..word.len() + 1 + subject.len()], reason, ..self };
            return Some(if reason.starts_with(b"lookup ") { inner.operation().unwrap_or(inner) } else { inner });
        };
        let address = memmem::find(address, b"->").map_or(address, |arrow| &address[arrow + 2..]);
        Some(Self { operation: &self.message[..word.len() + 1 + network.len()], address, reason, ..self })
    }
}

/// The error inside of what only passes it on.
fn unwrapped(text: &[u8]) -> &[u8] {
    let mut text = text;
    // Each round takes something off, and nobody wraps deeper.
    for _ in 0..8 {
        let inner = WRAPPERS.iter().find_map(|wrapper| text.strip_prefix(*wrapper)).or_else(|| behind_url(text));
        match inner {
            Some(inner) if !inner.is_empty() => text = inner,
            _ => break,
        }
    }
    text
}

/// What stands behind `Get "http://10.0.3.7:8080/health": `. The quotes stand behind backslashes where the text was taken out
/// of JSON as it is.
fn behind_url(text: &[u8]) -> Option<&[u8]> {
    let rest = METHODS.iter().find_map(|method| text.strip_prefix(*method))?;
    let rest = rest.strip_prefix(b"\\").unwrap_or(rest).strip_prefix(b"\"")?;
    rest[memchr(b'"', rest)? + 1..].strip_prefix(b": ")
}

fn split<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = memmem::find(text, at)?;
    Some((&text[..found], &text[found + at.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> [String; 4] {
        let error = GoError::read(text.as_bytes());
        [error.message, error.operation, &error.upstream(), error.reason].map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    #[test]
    fn an_operation_names_its_far_end() {
        let refused = "dial tcp 127.0.0.1:9274: connect: connection refused";
        assert_eq!(read(refused), [refused, "dial tcp", "127.0.0.1:9274", "connect: connection refused"]);
        let six = "dial tcp [2001:db8::7]:80: i/o timeout";
        assert_eq!(read(six), [six, "dial tcp", "[2001:db8::7]:80", "i/o timeout"]);
        let unix = "dial unix /run/app.sock: connect: no such file or directory";
        assert_eq!(read(&format!("dialing backend: {unix}")), [unix, "dial unix", "unix:/run/app.sock", "connect: no such file or directory"]);
        let reset = "read tcp 127.0.0.1:46222->127.0.0.1:9277: read: connection reset by peer";
        assert_eq!(read(reset), [reset, "read tcp", "127.0.0.1:9277", "read: connection reset by peer"]);
        let bad = "dial tcp: address app: missing port in address";
        assert_eq!(read(bad), [bad, "dial tcp", "", "address app: missing port in address"]);
    }

    #[test]
    fn a_lookup_names_what_was_looked_up() {
        let lookup = "lookup app.internal on 127.0.0.53:53: no such host";
        for text in [lookup.to_owned(), format!("dial tcp: {lookup}")] {
            assert_eq!(read(&text), [lookup, "lookup", "app.internal", "no such host"]);
        }
        let server = "dial tcp: lookup app.internal on 127.0.0.53:53: read udp 127.0.0.1:33332->127.0.0.53:53: read: connection refused";
        assert_eq!(read(server)[1..], ["lookup", "app.internal", "read udp 127.0.0.1:33332->127.0.0.53:53: read: connection refused"]);
        assert_eq!(read("lookup app: i/o timeout")[2..], ["app", "i/o timeout"]);
    }

    #[test]
    fn what_only_passes_an_error_on_is_taken_off() {
        let garbage = r#"malformed HTTP response "dial tcp 1.2.3.4:5: connect: connection refused""#;
        assert_eq!(read(&format!("net/http: HTTP/1.x transport connection broken: {garbage}")), [garbage, "", "", garbage]);
        assert_eq!(read(r#"Get \"http://10.0.0.1:80/h\": dial tcp 10.0.0.1:80: connect: connection refused"#)[2], "10.0.0.1:80");
        assert_eq!(read(r#"Get "http://10.0.0.1:80/h": EOF"#)[0], "EOF");
        assert_eq!(read("reading: "), ["reading: ", "", "", "reading: "]);
    }

    #[test]
    fn no_bytes_make_it_panic() {
        for seed in ["Get \\\"http://a\": dial tcp: lookup a on b: read udp c->d: read: e", "dial unix : : ->: ", "tls: failed to verify certificate: x509: a"]
        {
            for cut in 0..=seed.len() {
                for insert in ["", " ", ": ", "\"", "->", "\\"] {
                    read(&[&seed[..cut], insert, &seed[cut..]].concat());
                    read(&[insert, &seed[..cut]].concat());
                }
            }
        }
    }
}
