//! Apache httpd's error log: the default of 2.4, that of 2.2, the documented `ErrorLogFormat`s, and syslog's form.
//!
//! ```text
//! [Sun Nov 22 15:08:52.067604 2026] [proxy:error] [pid 379:tid 402] (111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:1 (127.0.0.1:1) failed
//! [Sun Nov 22 15:16:12.028052 2026] [proxy_http:error] [pid 19625:tid 19647] (70007)The timeout specified has expired: [client 127.0.0.1:49906] AH01102: error reading status line from remote server 127.0.0.1:19001, referer: http://r/x
//! [Wed Oct 11 14:32:52 2023] [error] [client 203.0.113.7] (70007)The timeout specified has expired: proxy: error reading status line from remote server localhost:3000
//! ```
//!
//! Every field is optional, since a field whose item is empty vanishes with its brackets (`server/log.c`); so fields are
//! taken by what they hold, and no columns are counted. One call of the server is one line: control bytes are escaped. Lines
//! that do not begin so come from other writers to the same file (the stderr of scripts) and continue the record before.
//!
//! The number (`AH00957`) is trusted only where the message begins. Behind it a visitor may have written anything: the path
//! of AH00898, the referer, what a script printed. Hence the referer is cut off where one may first begin, and the text of
//! modules that print for applications is never the product's message when it looks numbered.
//!
//! The lines that `ErrorLogFormat request` and `connection` add bear no level. They are entries of their own with no
//! message, as they hold what the client sent. Bare start-up messages (`AH00558: apache2: …`) begin nothing.

mod head;
mod passenger;
mod subject;

use std::borrow::Cow;

use memchr::{memchr, memmem};

use self::head::{Head, Peer};
use super::{About, Format, FormatId, hash, layout};
use crate::record::{Entry, Link};
use crate::time::Clock;

/// See the module.
pub(super) struct ApacheError;

/// Modules (by the start of their names) that write what an application prints, word for word.
const INTERPRETERS: [&[u8]; 5] = [b"php", b"perl", b"wsgi", b"lua", b"python"];

impl Format for ApacheError {
    fn begins(&self, line: &[u8]) -> bool {
        head::begins(line) || passenger::begins(line) || layout::begins(FormatId::ApacheError, line)
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let line = &record[..memchr(b'\n', record).unwrap_or(record.len())];
        if passenger::begins(line) {
            return passenger::parse(line, clock);
        }
        if let Some(entry) = layout::entry(FormatId::ApacheError, line, clock) {
            return Some(entry);
        }
        Some(from_head(&Head::read(line)?, clock))
    }

    fn fields(&self) -> &'static [&'static str] {
        &["module", "peer"]
    }

    fn about(&self) -> About {
        About {
            title: "Apache httpd error log (2.2, 2.4, documented ErrorLogFormats; also Passenger's lines in it)",
            recognised: "[Www Mmm dd hh:mm:ss.uuuuuu yyyy] [module:level] [pid N:tid N]",
            example: "[Sun Nov 22 15:08:52.067604 2026] [proxy:error] [pid 379:tid 402] (111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:9001 (127.0.0.1:9001) failed",
        }
    }
}

/// The entry of a line whose fields are known.
fn from_head<'a>(head: &Head<'a>, clock: &mut Clock) -> Entry<'a> {
    let mut entry = Entry { time: head.stamp.map(|stamp| clock.resolve(stamp)), errno: head.errno, link: link(head), ..Entry::default() };
    entry.client = Cow::Borrowed(if head.peer == Peer::Client { address(head) } else { b"" });
    entry.host = Cow::Borrowed(head.host);
    entry.set("module", head.module);
    entry.set("peer", head.peer.name());
    let Some(severity) = head.severity else { return entry };
    entry.severity = severity;
    let is_interpreter = INTERPRETERS.iter().any(|name| head.module.starts_with(name));
    let message = without_referer(head.rest);
    if is_interpreter && is_numbered(message) {
        return entry;
    }
    entry.message = Cow::Borrowed(message);
    subject::read(message, &mut entry);
    if entry.upstream.is_empty() && head.peer == Peer::Remote && !is_interpreter {
        entry.upstream = subject::authority(head.address);
    }
    entry
}

/// The entry of a line whose layout is known: values by the names of fields.
pub(super) fn from_named<'n, 'a>(named: impl Iterator<Item = (&'n str, &'a [u8])>, clock: &mut Clock) -> Option<Entry<'a>> {
    let mut head = Head::default();
    for (name, value) in named {
        head.named(name, value);
    }
    (!head.rest.is_empty()).then(|| from_head(&head, clock))
}

/// Thread and client. Formats without process are read as one thread: there neighbours belong together. The request's log
/// id stands for a client that the format does not name.
fn link(head: &Head<'_>) -> Link {
    let thread = if head.process.is_empty() { 1 } else { hash(&[head.process]) };
    let client = match head.peer {
        Peer::Client => hash(&[head.address]),
        Peer::None if !head.request.is_empty() => hash(&[head.request]),
        _ => 0,
    };
    Link::Worker { thread, client }
}

/// The client's address without the port, which stands behind the last colon; 2.2 writes none.
fn address<'a>(head: &Head<'a>) -> &'a [u8] {
    let has_port = !head.module.is_empty() || !head.process.is_empty() || is_numbered(head.rest);
    let address = head.address;
    match memchr::memrchr(b':', address) {
        Some(colon) if has_port || memchr(b':', address) == Some(colon) => &address[..colon],
        _ => address,
    }
}

/// Whether a text begins with `AH` and digits and a colon.
fn is_numbered(text: &[u8]) -> bool {
    after_number(text).is_some()
}

/// What follows `AH00957: `. Some releases print fewer digits, or none.
fn after_number(text: &[u8]) -> Option<&[u8]> {
    let rest = text.strip_prefix(b"AH")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest[digits..].strip_prefix(b": ").filter(|_| digits < 7)
}

/// Cuts `, referer: …` (built-in format) or `, referer …` (documented one) off, at the first place where it may begin.
fn without_referer(text: &[u8]) -> &[u8] {
    let mut from = 0;
    while let Some(found) = memmem::find(&text[from..], b", referer") {
        let at = from + found;
        if text[at + 9..].starts_with(b": ") || text[at + 9..].starts_with(b" ") {
            return &text[..at];
        }
        from = at + 9;
    }
    text
}

#[cfg(test)]
mod tests;
