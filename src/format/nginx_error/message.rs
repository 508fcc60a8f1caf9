//! The text of a line: what happened, `(errno: text)`, ` while <action>`, and the short tails of lines that speak of no
//! client.
//!
//! ```text
//! connect() failed (111: Connection refused) while connecting to upstream
//! recv() failed (111: Connection refused) while resolving, resolver: 127.0.0.1:53
//! upstream timed out (110: Connection timed out) while reading response header from upstream, health check "" of peer 10.0.0.4:80 in upstream "x"
//! connect() failed (111: Connection refused), upstream: redis:6379(10.0.0.5) while sending to client
//! ```

use std::sync::LazyLock;

use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::tail::tail_at;
use super::{Cow, Entry};
use crate::text::near::near2;

// To build a searcher costs more than to search a message.
static WHILE: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b" while "));
static CONTEXT: LazyLock<memmem::FinderRev<'static>> = LazyLock::new(|| memmem::FinderRev::new(b", context: "));
static HEALTH_CHECK: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b", health check \""));
static REQUEST: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b", request: \""));

/// Splits what follows the connection into message and tail (`, client: …` or `, udp client: …`).
///
/// A message that quotes nothing ends at the first of them. One that quotes (a file's name made of the URL, what a
/// `FastCGI` application wrote to its stderr, a header of the upstream) may hold a forged tail: there the first one counts
/// behind which a message can end, with its quotes closed and, if any is so, with an errno or an action. What is forged
/// in spite of that changes only fields, never a verdict, which the start of the message decides.
pub(super) fn split(rest: &[u8]) -> (&[u8], &[u8]) {
    let Some(first) = tail_at(rest, 0) else { return (rest, &[]) };
    if memchr(b'"', &rest[..first]).is_none() {
        return rest.split_at(first);
    }
    // Behind the last request only host and referrer follow, which the client wrote.
    let limit = REQUEST.find_iter(rest).last().unwrap_or(rest.len());
    let (mut closed, mut last) = (None, None);
    let mut next = Some(first);
    // A forger may repeat it up to 150 times; the cap keeps that linear.
    for _ in 0..32 {
        let Some(at) = next.filter(|at| *at < limit) else { break };
        let message = &rest[..at];
        if is_closed(message) {
            if has_end(message) {
                return rest.split_at(at);
            }
            closed.get_or_insert(at);
        }
        last = Some(at);
        next = tail_at(rest, at + 1);
    }
    // Lua's texts and those of firewalls may open a quote and never close it.
    let open = if closes_its_quotes(rest) { None } else { last };
    rest.split_at(closed.or(open).unwrap_or(rest.len()))
}

/// Where a message ends that quotes one text, without quotes and commas in it, and behind that tells why:
/// `open() "/srv/www/x" failed (2: No such file or directory)`; and what stands before and behind the quoted text, its quotes
/// included. [`split`] finds the same end, if a tail follows, and nothing of what is quoted is taken for errno or action.
pub(super) fn quoting(rest: &[u8], quote: usize) -> Option<(usize, [&[u8]; 2])> {
    let behind = |at: usize| Some(at + near2(b'"', b',', rest.get(at..)?)?);
    let close = behind(quote + 1).filter(|close| rest[*close] == b'"')?;
    let end = behind(close + 1).filter(|end| rest[*end] == b',')?;
    let plain = [&rest[..=quote], &rest[close..end]];
    (tells_its_end(plain[1]) && !quotes_to_the_end(&rest[..end])).then_some((end, plain))
}

/// Whether what stands behind a quoted text says how the message ended, so that no more is looked for before it.
fn tells_its_end(behind: &[u8]) -> bool {
    let text = without_action(behind);
    errno_at(text).is_some() || (text.len() < behind.len() && text.last() != Some(&b')'))
}

/// Whether a message whose quotes are closed says how it ended, so that a tail can follow it.
fn has_end(message: &[u8]) -> bool {
    (errno_at(message).is_some() || action_at(message).is_some()) && !quotes_to_the_end(message)
}

/// Whether the message is one in which nginx quotes what may hold a line feed (a decoded path, a `FastCGI` application's
/// stderr, a PROXY header), so that it is not complete before the quote is closed.
pub(super) fn closes_its_quotes(message: &[u8]) -> bool {
    const STARTS: [&[u8]; 10] = [
        b"FastCGI sent in stderr: \"",
        b"broken header: \"",
        b"directory index of \"",
        b"rewrite or internal redirection cycle ",
        b"subrequests cycle ",
        b"unsafe URI \"",
        b"key: \"",
        b"user \"",
        b"the value of the \"",
        b"\"",
    ];
    // open() "…, rename() "… and the like
    STARTS.iter().any(|start| message.starts_with(start)) || memmem::find(&message[..message.len().min(24)], b"() \"").is_some()
}

/// Whether the message can only end behind a quote and does not: `FastCGI sent in stderr: "…, connect() failed (111: …)`.
pub(super) fn quotes_to_the_end(message: &[u8]) -> bool {
    let opens = message.starts_with(b"FastCGI sent in stderr: \"") || message.starts_with(b"upstream sent invalid header: \"");
    opens && without_errno(without_action(message)).last() != Some(&b'"')
}

/// Whether the quotes of a message are closed: there is an even number of them, or the last one stands where a message
/// ends, before errno and action. (What is quoted may hold quotes.)
pub(super) fn is_closed(message: &[u8]) -> bool {
    const ENDS: [&[u8]; 8] = [
        b"\"",
        b"\" failed",
        b"\" is not found",
        b"\" is forbidden",
        b"\" was detected",
        b"\": password mismatch",
        b"\" was not found by memcached",
        b"\", ignored",
    ];
    if memchr_iter(b'"', message).count().is_multiple_of(2) {
        return true;
    }
    let text = without_errno(without_action(message));
    ENDS.iter().any(|end| text.ends_with(end))
}

fn without_action(message: &[u8]) -> &[u8] {
    &message[..action_at(message).map_or(message.len(), |(at, _)| at)]
}

fn without_errno(text: &[u8]) -> &[u8] {
    errno_at(text).map_or(text, |(at, _)| &text[..at])
}

/// A message and its parts.
#[derive(Default)]
pub(super) struct Message<'a> {
    whole: &'a [u8],
    action: &'a [u8],
    errno: &'a [u8],
    /// The address that a line without a client names: of the resolver, of the peer of a health check or a cosocket.
    peer: &'a [u8],
    is_health_check: bool,
    is_cosocket: bool,
    /// `ngx.timer` of `, context: ngx.timer`: Lua code that serves no request.
    pub(super) context: &'a [u8],
}

impl<'a> Message<'a> {
    pub(super) fn read(whole: &'a [u8]) -> Self {
        let mut read = Self { whole, ..Self::default() };
        let mut text = whole;
        // Nearly all messages are one clause: what a comma would bring is not looked for in them.
        let has_comma = memchr(b',', text).is_some();
        if has_comma {
            if let Some(at) = CONTEXT.rfind(text).filter(|at| is_word(&whole[at + 11..])) {
                read.context = &whole[at + 11..];
                text = &text[..at];
            } else if let Some(at) = HEALTH_CHECK.find(text) {
                read.is_health_check = true;
                read.peer = between(&text[at..], b"\" of peer ", b" in upstream \"");
                text = &text[..at];
            }
        }
        read.whole = text;
        if let Some((at, action)) = action_at(text).or_else(|| if has_comma { early_action(text) } else { None }) {
            read.action = action;
            if action == b"resolving" {
                read.peer = between(&text[at..], b", resolver: ", b"\n");
            }
            text = &text[..at];
        }
        // Only behind an errno: elsewhere it is somebody's text.
        let cosocket = if has_comma && text.last() == Some(&b')') { memmem::find(text, b"), upstream: ") } else { None };
        if let Some(at) = cosocket {
            let peer = &text[at + 13..];
            read.is_cosocket = true;
            read.peer = &peer[..memchr(b'(', peer).unwrap_or(peer.len())];
            text = &text[..=at];
        }
        read.errno = errno_at(text).map_or(&[], |(_, number)| number);
        read
    }

    pub(super) fn fill(self, entry: &mut Entry<'a>) {
        entry.message = Cow::Borrowed(self.whole);
        entry.action = self.action;
        entry.errno = self.errno;
        if !self.peer.is_empty() {
            entry.upstream = Cow::Borrowed(self.peer);
        }
        entry.set("context", self.context);
        if self.is_health_check {
            entry.set("health_check", &b"yes"[..]);
        }
        if self.is_cosocket {
            entry.set("cosocket", &b"yes"[..]);
        }
    }
}

fn is_word(text: &[u8]) -> bool {
    text.len() < 64 && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'*'))
}

/// What stands behind `start`, up to `end` or the end of the text.
fn between<'a>(text: &'a [u8], start: &[u8], end: &[u8]) -> &'a [u8] {
    let Some(at) = memmem::find(text, start) else { return &[] };
    let rest = &text[at + start.len()..];
    &rest[..memmem::find(rest, end).unwrap_or(rest.len())]
}

/// What nginx says it was doing (its `log->action`s); a closed list, since a message may hold a `while` too. Those of the
/// mail proxy, `sending … to upstream`, are told by their form.
const ACTIONS: [&[u8]; 40] = [
    b"connecting to upstream",
    b"reading response header from upstream",
    b"reading upstream",
    b"sending request to upstream",
    b"SSL handshaking to upstream",
    b"sending to client",
    b"sending early hints to client",
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
    b"proxying",
    b"in http auth state",
    b"in auth state",
];

/// ` while accepting new connection on 0.0.0.0:80`
const ACCEPTING: &[u8] = b"accepting new connection";

/// The action that stands there. None holds a quote: what reaches out of a quoted text is none.
fn known_action(word: &[u8]) -> Option<&[u8]> {
    if ACTIONS.contains(&word) || (word.starts_with(b"sending ") && word.ends_with(b" to upstream") && memchr(b'"', word).is_none()) {
        return Some(word);
    }
    (word.starts_with(ACCEPTING) && memchr(b'"', word).is_none()).then(|| &word[..ACCEPTING.len()])
}

/// Where ` while <action>` begins at the end of a message, and the action.
pub(super) fn action_at(message: &[u8]) -> Option<(usize, &[u8])> {
    // The longest has 41 bytes, and ` while ` 7; an address may follow when a connection is accepted.
    let from = message.len().saturating_sub(96);
    let at = from + WHILE.find_iter(&message[from..]).last()?;
    Some((at, known_action(&message[at + 7..])?))
}

/// ` while resolving, resolver: …`, ` while logging to syslog, server: …` and ` while requesting certificate status,
/// responder: …`, whose own short tail stands behind the action.
fn early_action(message: &[u8]) -> Option<(usize, &[u8])> {
    let at = WHILE.find(message)?;
    let action = &message[at + 7..];
    Some((at, known_action(&action[..memchr(b',', action)?])?))
}

/// Where the ` (111: Connection refused)` that ends the text begins, and its number. On Windows the text may be
/// `(10061: FormatMessage() error:(15105))`.
fn errno_at(text: &[u8]) -> Option<(usize, &[u8])> {
    if text.last() != Some(&b')') {
        return None;
    }
    let mut end = text.len();
    for _ in 0..8 {
        let open = memrchr(b'(', &text[..end]).filter(|open| *open > 0)? - 1;
        if text[open] != b' ' {
            end = open + 1;
            continue;
        }
        let number = &text[open + 2..];
        let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 && number[digits..].starts_with(b": ") {
            return Some((open, &number[..digits]));
        }
        end = open;
    }
    None
}
