//! One record as zap writes it, JSON or console, whatever its logger.

use std::borrow::Cow;
use std::ops::ControlFlow;

use memchr::{memchr, memrchr};

use crate::format::clf::{any_stamp, micros, without_port};
use crate::format::json::{self, Value, unescape};
use crate::format::member::Key;
use crate::record::{Entry, Severity};
use crate::text::path_of;
use crate::time::{Clock, Stamp, slashed_utc};

/// The logger of answers; behind it may stand `.` and a log's name.
pub(super) const ACCESS: &[u8] = b"http.log.access";

/// What the names of Caddy's loggers begin with, up to the first dot.
const LOGGERS: [&[u8]; 12] =
    [b"http", b"tls", b"admin", b"pki", b"dns", b"events", b"storage", b"caddy", b"caddy_app", b"layer4", b"on_demand", b"docker-proxy"];

static LOGGER: Key = Key::new("\"logger\"");
static MESSAGE: Key = Key::new("\"msg\"");
static TIME: Key = Key::new("\"ts\"");

/// What stands at the start of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    /// The moment, as it was written.
    pub(super) time: &'a [u8],
    /// Empty for what Caddy says before its loggers have names.
    pub(super) logger: &'a [u8],
    level: &'a [u8],
    /// What follows.
    rest: &'a [u8],
    is_console: bool,
}

impl<'a> Head<'a> {
    /// Reads it, if the line is one of Caddy's: cheap, and strict about the logger.
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        match line.first()? {
            b'{' => Self::as_zap_writes(line).or_else(|| Self::in_any_order(line)),
            byte if byte.is_ascii_digit() => Self::of_console(line),
            _ => None,
        }
    }

    /// `{"level":"error","ts":1795362021.36,"logger":"http.log.error","msg":"…`: zap's own order, in which a logger may be
    /// missing. Other programs that use zap name the line of code or other loggers.
    fn as_zap_writes(line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_prefix(b"{\"level\":\"")?;
        let (level, rest) = rest.split_at(memchr(b'"', &rest[..rest.len().min(12)])?);
        let rest = rest.strip_prefix(b"\",\"ts\":")?;
        let (time, rest) = rest.split_at(memchr(b',', &rest[..rest.len().min(48)])?);
        let time = time.strip_prefix(b"\"").and_then(|time| time.strip_suffix(b"\"")).unwrap_or(time);
        let (logger, rest) = match rest.strip_prefix(b",\"logger\":\"") {
            Some(rest) => rest.split_at(memchr(b'"', &rest[..rest.len().min(256)])?),
            None => (&[][..], rest.starts_with(b",\"msg\":").then_some(rest)?),
        };
        (logger.is_empty() || is_caddys(logger)).then_some(Self { time, logger, level, rest, is_console: false })
    }

    /// The same after something else has written the object anew.
    fn in_any_order(line: &'a [u8]) -> Option<Self> {
        let logger = LOGGER.first(line).filter(|logger| logger.is_string && is_caddys(logger.raw))?.raw;
        let time = TIME.first(line).map_or(&[][..], |time| time.raw);
        MESSAGE.is_in(line).then_some(Self { time, logger, level: &[], rest: line, is_console: false })
    }

    /// `2026/11/22 15:40:21.880 <tab> ERROR <tab> http.log.error.log0 <tab> …`
    fn of_console(line: &'a [u8]) -> Option<Self> {
        let (time, rest) = line.split_at(memchr(b'\t', &line[..line.len().min(40)])?);
        let (level, rest) = rest[1..].split_at(memchr(b'\t', &rest[1..rest.len().min(32)])?);
        let level = without_colour(level);
        Severity::from_name(level).filter(|_| level.iter().all(u8::is_ascii_uppercase))?;
        let rest = &rest[1..];
        let word = &rest[..memchr(b'\t', rest).unwrap_or(0)];
        let is_named = is_caddys(word);
        // Others' consoles write the date with dashes.
        (moment(time).is_some() && (is_named || slashed_utc(time).is_some())).then_some(Self {
            time,
            logger: if is_named { word } else { &[] },
            level,
            rest: if is_named { &rest[word.len() + 1..] } else { rest },
            is_console: true,
        })
    }

    pub(super) fn is_access(&self) -> bool {
        self.logger.strip_prefix(ACCESS).is_some_and(|name| matches!(name.first(), None | Some(b'.')))
    }
}

fn is_caddys(logger: &[u8]) -> bool {
    LOGGERS.contains(&&logger[..memchr(b'.', logger).unwrap_or(logger.len())])
}

/// `ERROR` of `ESC[31mERROR ESC[0m`.
fn without_colour(word: &[u8]) -> &[u8] {
    let Some(rest) = word.strip_prefix(b"\x1b[") else { return word };
    let Some(start) = memchr(b'm', rest) else { return word };
    let rest = &rest[start + 1..];
    &rest[..memchr(0x1b, rest).unwrap_or(rest.len())]
}

/// `ts` in any of the ways that `time_format` offers.
pub(super) fn moment(time: &[u8]) -> Option<Stamp> {
    slashed_utc(time).or_else(|| any_stamp(time))
}

/// What a record says. Of a line that was cut, what stands before the cut.
#[derive(Debug, Default)]
pub(super) struct Record<'a> {
    pub(super) logger: &'a [u8],
    /// The message; JSON's escapes are still in it where it is JSON.
    pub(super) message: &'a [u8],
    pub(super) error: &'a [u8],
    pub(super) status: &'a [u8],
    pub(super) size: &'a [u8],
    pub(super) trace: &'a [u8],
    /// The upstream that a line of the reverse proxy or of its health checks names.
    pub(super) upstream: &'a [u8],
    /// Values of the response's `Server` and `Via`, as Caddy sent them.
    pub(super) servers: Vec<&'a [u8]>,
    pub(super) vias: Vec<&'a [u8]>,
    level: &'a [u8],
    time: &'a [u8],
    /// Best first: behind proxies that are trusted, the peer, the peer with its port.
    clients: [&'a [u8]; 3],
    method: &'a [u8],
    host: &'a [u8],
    uri: &'a [u8],
    duration: &'a [u8],
}

impl<'a> Record<'a> {
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        let head = Head::read(line)?;
        let mut record = Self { logger: head.logger, level: head.level, time: head.time, ..Self::default() };
        let fields = if head.is_console {
            // Strings inside the object hold no tab, so its brace stands behind the last one.
            let tab = memrchr(b'\t', head.rest).filter(|tab| head.rest[tab + 1..].starts_with(b"{"));
            record.message = &head.rest[..tab.unwrap_or(head.rest.len())];
            tab.map_or(&[][..], |tab| &head.rest[tab + 1..])
        } else {
            line
        };
        json::read(fields, &mut |path, value| {
            record.take(path, value);
            ControlFlow::Continue(())
        });
        Some(record)
    }

    fn take(&mut self, path: &[&'a [u8]], value: Value<'a>) {
        let raw = value.bare();
        let slot = match path {
            [b"msg"] => &mut self.message,
            [b"level"] => &mut self.level,
            [b"ts"] => &mut self.time,
            [b"error"] => &mut self.error,
            [b"status"] => &mut self.status,
            [b"size"] => &mut self.size,
            [b"duration"] => &mut self.duration,
            [b"err_trace"] => &mut self.trace,
            [b"upstream" | b"host"] => &mut self.upstream,
            [b"request", b"client_ip"] => &mut self.clients[0],
            [b"request", b"remote_ip"] => &mut self.clients[1],
            [b"request", b"remote_addr"] => &mut self.clients[2],
            [b"request", b"method"] => &mut self.method,
            [b"request", b"host"] => &mut self.host,
            [b"request", b"uri"] => &mut self.uri,
            [b"resp_headers", b"Server"] => return self.servers.push(raw),
            [b"resp_headers", b"Via"] => return self.vias.push(raw),
            _ => return,
        };
        *slot = raw;
    }

    /// Puts time, level and request into the entry.
    pub(super) fn fill(&self, entry: &mut Entry<'a>, clock: &mut Clock) {
        entry.time = moment(self.time).map(|stamp| clock.resolve(stamp));
        entry.severity = Severity::from_name(self.level).unwrap_or_default();
        let client = self.clients.into_iter().find(|client| !client.is_empty()).unwrap_or_default();
        entry.client = Cow::Borrowed(without_port(client));
        entry.host = unescape(self.host);
        entry.method = unescape(self.method);
        entry.path = unescape(path_of(self.uri));
        entry.duration = micros(self.duration);
    }
}
