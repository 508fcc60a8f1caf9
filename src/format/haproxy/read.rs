//! The lines of the HTTP, HTTPS, TCP and CLF layouts, taken apart.
//!
//! The fields in front of the cookies are HAProxy's own; cookies, captured headers and the request are the client's. So
//! what stands between them (`SC-- 12/8/0/0/0 0/0`) is looked for from the end of the line: quotes inside a request and
//! braces inside a header are always escaped (`#22`, `#7B`), and nothing that a cookie holds stands behind the real ones.

use memchr::{memchr, memchr_iter, memrchr};
use smallvec::SmallVec;

use super::session::{Session, address, is_number_group, is_state, millis};
use crate::format::clf;
use crate::text::number;

/// Fields that somebody's own layout may have put before the timers.
const MOST_EXTRA: usize = 8;

impl<'a> Session<'a> {
    /// Reads what stands behind the stamp of the HTTP, HTTPS and TCP layouts, as far as it goes.
    pub(super) fn read(client: &'a [u8], rest: &'a [u8]) -> Self {
        let mut session = Self { client: address(client), ..Self::default() };
        let (frontend, rest) = word(rest);
        session.frontend = frontend.strip_suffix(b"~").unwrap_or(frontend);
        let (target, mut rest) = word(rest);
        session.target(target);
        for extra in 0..MOST_EXTRA {
            let (group, behind) = word(rest);
            rest = behind;
            session.is_partial = extra > 0;
            if session.timers(group) {
                break;
            }
        }
        if session.is_tcp {
            session.is_partial |= !session.ending(rest.trim_ascii());
            return session;
        }
        for _ in 0..MOST_EXTRA {
            let (status, behind) = word(rest);
            if is_status(status) {
                session.status = status;
                rest = behind;
                break;
            }
            if is_state(status) || status.is_empty() {
                break;
            }
            rest = behind;
        }
        session.answer(rest.trim_ascii());
        session
    }

    /// Reads the fields behind the empty referrer and agent of `option httplog clf`, and gives the milliseconds of the
    /// stamp.
    pub(super) fn from_clf(line: &clf::Line<'a>, tail: &'a [u8]) -> (Self, i64) {
        let mut words = tail.split(|byte| *byte == b' ').map(unquoted);
        let mut next = || words.next().unwrap_or_default();
        let (_port, thousandths) = (next(), next());
        let frontend = next();
        let mut session = Self {
            client: line.client,
            status: line.status,
            request: line.request,
            frontend: frontend.strip_suffix(b"~").unwrap_or(frontend),
            backend: next(),
            server: next(),
            ..Self::default()
        };
        next();
        session.queue_time = next();
        session.connect_time = next();
        session.header_time = next();
        session.total_time = next();
        session.state = Some(next()).filter(|state| is_state(state)).unwrap_or_default();
        for _ in 0..4 {
            next();
        }
        session.retries = next();
        session.server_queue = next();
        session.backend_queue = next();
        session.is_partial = session.backend_queue.is_empty();
        (session, millis(thousandths).filter(|millis| *millis < 1_000).unwrap_or(0))
    }

    /// `be_shop/app1`
    fn target(&mut self, target: &'a [u8]) {
        let slash = memchr(b'/', target).unwrap_or(target.len());
        (self.backend, self.server) = (&target[..slash], target.get(slash + 1..).unwrap_or_default());
    }

    /// `0/0/1/-1/60002` (HTTP) or `1/-1/1000` (TCP).
    fn timers(&mut self, group: &'a [u8]) -> bool {
        let timers: SmallVec<[&[u8]; 6]> = group.split(|byte| *byte == b'/').take(6).collect();
        if timers.len() < 3 || !is_number_group(group, timers.len()) {
            return false;
        }
        match timers[..] {
            [queue, connect, total] => (self.queue_time, self.connect_time, self.total_time, self.is_tcp) = (queue, connect, total, true),
            [_, queue, connect, header, total] => (self.queue_time, self.connect_time, self.header_time, self.total_time) = (queue, connect, header, total),
            [.., total] => self.total_time = total,
            [] => {}
        }
        true
    }

    /// `217 - - SC-- 12/8/0/0/0 0/0 {headers} "request" …`
    fn answer(&mut self, rest: &'a [u8]) {
        let quotes: SmallVec<[usize; 8]> = memchr_iter(b'"', rest).collect();
        for (at, quote) in quotes.iter().enumerate().rev().take(MOST_EXTRA) {
            let before = rest[..*quote].strip_suffix(b"\\").unwrap_or(&rest[..*quote]);
            if self.ending(without_captures(before)) {
                let end = quotes.get(at + 1).copied().unwrap_or(rest.len());
                self.is_partial |= end == rest.len();
                let request = &rest[quote + 1..end];
                self.request = request.strip_suffix(b"\\").unwrap_or(request);
                self.error = error(rest.get(end + 1..).unwrap_or_default());
                return;
            }
        }
        let before = &rest[..quotes.first().copied().unwrap_or(rest.len())];
        self.is_partial = true;
        if !self.ending(without_captures(before)) {
            self.cut(before);
        }
    }

    /// Takes `SC-- 12/8/0/0/0 0/0` from the end of the text.
    fn ending(&mut self, text: &'a [u8]) -> bool {
        let (text, queues) = last_word(text.trim_ascii_end());
        let (text, connections) = last_word(text);
        let state = last_word(text).1;
        let is_ending = is_number_group(queues, 2) && is_number_group(connections, 5) && is_state(state);
        if is_ending {
            self.state = state;
            self.connections(connections);
            let slash = memchr(b'/', queues).unwrap_or(queues.len());
            (self.server_queue, self.backend_queue) = (&queues[..slash], queues.get(slash + 1..).unwrap_or_default());
        }
        is_ending
    }

    /// `12/8/0/0/+1`: the last one counts what was tried again.
    fn connections(&mut self, connections: &'a [u8]) {
        self.retries = connections.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    }

    /// What a line that ends early, or has its fields in another order, still tells: the first state in it, and the
    /// connections that follow.
    fn cut(&mut self, rest: &'a [u8]) {
        let mut words = rest.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).take(16);
        if let Some(state) = words.by_ref().find(|word| is_state(word)) {
            self.state = state;
            if let Some(connections) = words.find(|word| is_number_group(word, 5)) {
                self.connections(connections);
            }
        }
    }
}

/// The text before the blocks of captured headers: `{…}`, at most two, in which braces are escaped.
fn without_captures(text: &[u8]) -> &[u8] {
    let mut text = text.trim_ascii_end();
    for _ in 0..2 {
        let Some(open) = text.strip_suffix(b"}").and_then(|inner| memrchr(b'{', inner)) else { break };
        text = text[..open].trim_ascii_end();
    }
    text
}

/// The words of ` 34 SSL handshake failure …`, which people hang behind the request: `%[bc_err] %[bc_err_str]`.
fn error(rest: &[u8]) -> &[u8] {
    let (code, text) = word(rest.trim_ascii_start());
    let is_error = number::unsigned(code).is_some_and(|code| code > 0) && text.first().is_some_and(u8::is_ascii_uppercase);
    if is_error { text } else { &[] }
}

fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr(b' ', text).unwrap_or(text.len());
    (&text[..end], text.get(end + 1..).unwrap_or_default())
}

fn last_word(text: &[u8]) -> (&[u8], &[u8]) {
    match memrchr(b' ', text) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (&[], text),
    }
}

fn unquoted(word: &[u8]) -> &[u8] {
    word.strip_prefix(b"\"").and_then(|word| word.strip_suffix(b"\"")).unwrap_or(word)
}

/// Three digits, or -1 when the client was gone before there was an answer.
fn is_status(word: &[u8]) -> bool {
    word == b"-1" || number::status(word).is_some()
}
