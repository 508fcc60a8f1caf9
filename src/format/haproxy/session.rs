//! One session: a request and what came of it, or a TCP connection.

use std::borrow::Cow;

use memchr::{memchr, memmem, memrchr};

use super::super::clf;
use crate::record::Entry;
use crate::text::{number, path_of};
use crate::time::{Clock, Timestamp, haproxy};

/// The pieces of a session as the log wrote them; empty where it did not.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::format) struct Session<'a> {
    pub(in crate::format) client: &'a [u8],
    pub(in crate::format) frontend: &'a [u8],
    pub(in crate::format) backend: &'a [u8],
    pub(in crate::format) server: &'a [u8],
    pub(in crate::format) queue_time: &'a [u8],
    pub(in crate::format) connect_time: &'a [u8],
    pub(in crate::format) header_time: &'a [u8],
    pub(in crate::format) total_time: &'a [u8],
    pub(in crate::format) status: &'a [u8],
    /// Two characters, or four with those that tell of cookies.
    pub(in crate::format) state: &'a [u8],
    /// With a `+` in front when another server was asked.
    pub(in crate::format) retries: &'a [u8],
    pub(in crate::format) server_queue: &'a [u8],
    pub(in crate::format) backend_queue: &'a [u8],
    /// `GET /x HTTP/1.1`, or `<BADREQ>`.
    pub(in crate::format) request: &'a [u8],
    pub(in crate::format) method: &'a [u8],
    pub(in crate::format) uri: &'a [u8],
    pub(in crate::format) host: &'a [u8],
    /// What `%[bc_err_str]` and its kin say, in layouts that have them.
    pub(in crate::format) error: &'a [u8],
    /// It has three timers and no status.
    pub(in crate::format) is_tcp: bool,
    /// It ends early, or has other fields than the layouts.
    pub(in crate::format) is_partial: bool,
}

impl<'a> Session<'a> {
    /// Nothing went wrong.
    fn is_fine(&self) -> bool {
        let is_tried_once = matches!(self.retries, b"" | b"0");
        let is_answered = number::status(self.status).map_or(self.is_tcp, |status| status < 500);
        self.state.starts_with(b"--") && is_tried_once && is_answered && self.error.is_empty()
    }

    /// Makes an entry of it; `start` is when it was accepted.
    pub(in crate::format) fn fill(&self, entry: &mut Entry<'a>, start: Option<Timestamp>) {
        entry.is_response = true;
        entry.is_partial = self.is_partial;
        entry.client = Cow::Borrowed(self.client);
        entry.status = number::status(self.status);
        let total = millis(self.total_time);
        entry.duration = total.map(|total| total * 1_000);
        entry.time = start.map(|start| super::end(start, total.unwrap_or(0)));
        entry.upstream = self.upstream();
        self.fill_request(entry);
        entry.set("status", self.status);
        if self.is_fine() {
            return;
        }
        entry.set("mode", if self.is_tcp { &b"tcp"[..] } else { b"http" });
        entry.set("state", self.state.get(..2).unwrap_or_default());
        entry.set("frontend", self.frontend);
        entry.set("backend", self.backend);
        entry.set("server", self.server);
        if let Some(retries) = self.retries.strip_prefix(b"+") {
            entry.set("redispatched", &b"yes"[..]);
            entry.set("retries", retries);
        } else {
            entry.set("retries", self.retries);
        }
        let plain = |timer: &'a [u8]| timer.strip_prefix(b"+").unwrap_or(timer);
        entry.set("queue_time", plain(self.queue_time));
        entry.set("connect_time", plain(self.connect_time));
        entry.set("header_time", plain(self.header_time));
        entry.set("total_time", plain(self.total_time));
        entry.set("server_queue", self.server_queue);
        entry.set("backend_queue", self.backend_queue);
        entry.set("error", self.error);
    }

    fn upstream(&self) -> Cow<'a, [u8]> {
        match (self.backend, self.server) {
            (backend, b"" | b"-") => Cow::Borrowed(backend),
            // <NOSRV>, <STATS>: no server, but the backend is a name too.
            (backend, server) if server.starts_with(b"<") => Cow::Borrowed(backend),
            (backend, server) => Cow::Owned([backend, b"/", server].concat()),
        }
    }

    /// Method, path and, where the request names one (HTTP/2 always does), host.
    fn fill_request(&self, entry: &mut Entry<'a>) {
        let (method, uri) = match clf::request_parts(self.request) {
            Some(parts) => parts,
            None => (self.method, self.uri),
        };
        entry.host = Cow::Borrowed(self.host);
        if uri.is_empty() || self.request.starts_with(b"<") {
            return;
        }
        if let Some(at) = memmem::find(&uri[..uri.len().min(16)], b"://") {
            let authority = &uri[at + 3..];
            let end = authority.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(authority.len());
            entry.host = unescape(clf::without_port(&authority[..end]));
        }
        let before_query = &uri[..memchr(b'?', uri).unwrap_or(uri.len())];
        entry.method = Cow::Borrowed(method);
        entry.path = match unescape(before_query) {
            Cow::Borrowed(uri) => Cow::Borrowed(path_of(uri)),
            Cow::Owned(uri) => Cow::Owned(path_of(&uri).to_vec()),
        };
    }
}

/// The entry of a line whose layout is known: values by the names of fields.
pub(in crate::format) fn from_named<'n, 'a>(named: impl Iterator<Item = (&'n str, &'a [u8])>, clock: &mut Clock) -> Entry<'a> {
    let (mut session, mut start, mut has_status) = (Session::default(), None, false);
    for (name, value) in named {
        let place = match name {
            "client" => &mut session.client,
            "frontend" => &mut session.frontend,
            "backend" => &mut session.backend,
            "server" => &mut session.server,
            "queue_time" => &mut session.queue_time,
            "connect_time" => &mut session.connect_time,
            "header_time" => &mut session.header_time,
            "total_time" => &mut session.total_time,
            "status" => &mut session.status,
            "state" => &mut session.state,
            "retries" => &mut session.retries,
            "server_queue" => &mut session.server_queue,
            "backend_queue" => &mut session.backend_queue,
            "request" => &mut session.request,
            "method" => &mut session.method,
            "uri" => &mut session.uri,
            "host" => &mut session.host,
            "error" if !matches!(value, b"" | b"-") => &mut session.error,
            "time" => {
                start = start.or_else(|| haproxy(value).or_else(|| clf::any_stamp(value)).map(|stamp| clock.resolve(stamp)));
                continue;
            }
            _ => continue,
        };
        *place = value;
        has_status |= name == "status";
    }
    session.frontend = session.frontend.strip_suffix(b"~").unwrap_or(session.frontend);
    session.is_tcp = !has_status;
    let mut entry = Entry::default();
    session.fill(&mut entry, start);
    entry
}

/// The address of `203.0.113.24:51034`; IPv6 addresses stand without brackets, so the last colon is it. `-` is nothing.
pub(in crate::format) fn address(client: &[u8]) -> &[u8] {
    if client == b"-" {
        return &[];
    }
    memrchr(b':', client).map_or(client, |colon| &client[..colon])
}

/// So many whole numbers with slashes between; each may have a sign.
pub(super) fn is_number_group(group: &[u8], count: usize) -> bool {
    let mut numbers = 0;
    let are_numbers = group.split(|byte| *byte == b'/').all(|number| {
        numbers += 1;
        let digits = number.strip_prefix(b"-").or_else(|| number.strip_prefix(b"+")).unwrap_or(number);
        !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
    });
    are_numbers && numbers == count
}

/// Who ended the session, and when; in HTTP, also what became of the cookie.
pub(in crate::format) fn is_state(word: &[u8]) -> bool {
    let is_of = |at: usize, all: &[u8]| word.get(at).is_some_and(|byte| all.contains(byte));
    let tells = is_of(0, b"-CSPLRIDUKcs") && is_of(1, b"-RQCHDLT");
    tells && (word.len() == 2 || (word.len() == 4 && is_of(2, b"-NIDVEOU") && is_of(3, b"-NIUPRD")))
}

/// Milliseconds of a timer, which has a `+` when the session went on after it was logged; `None` for -1.
pub(super) fn millis(timer: &[u8]) -> Option<i64> {
    let timer = timer.strip_prefix(b"+").unwrap_or(timer);
    number::unsigned(timer).and_then(|millis| i64::try_from(millis).ok()).filter(|millis| *millis < 1 << 40)
}

/// Undoes `#HH`, as HAProxy writes quotes, braces, blanks and what is no ASCII.
fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'#', text).is_none() {
        return Cow::Borrowed(text);
    }
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        if let (b'#', Some(high), Some(low)) = (byte, digit(tail.first()), digit(tail.get(1))) {
            out.push(high * 16 + low);
            rest = &tail[2..];
        } else {
            out.push(byte);
            rest = tail;
        }
    }
    Cow::Owned(out)
}
