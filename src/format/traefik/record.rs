//! One record of Traefik's log, in any of its four forms.

use std::ops::ControlFlow;

use memchr::{memchr, memmem};

use crate::format::clf::quoted;
use crate::format::json;
use crate::format::member::Key;
use crate::time::rfc3339;

/// What a record says; strings are as they stand in the log, escapes included.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Record<'a> {
    pub(super) time: &'a [u8],
    pub(super) level: &'a [u8],
    pub(super) message: &'a [u8],
    pub(super) error: &'a [u8],
    /// The server that a health check asked.
    pub(super) target: &'a [u8],
    pub(super) service: &'a [u8],
    pub(super) router: &'a [u8],
    /// The line of code, or a field, is Traefik's.
    is_traefiks: bool,
}

/// Fields that only Traefik names so.
const OWN: [&[u8]; 10] = [
    b"entryPointName",
    b"providerName",
    b"routerName",
    b"serviceName",
    b"middlewareName",
    b"middlewareType",
    b"tlsStoreName",
    b"targetURL",
    b"serversTransport",
    b"staticConfiguration",
];

static LEVEL: Key = Key::new("\"level\"");
static TIME: Key = Key::new("\"time\"");

impl<'a> Record<'a> {
    /// Reads it, if the line is one of Traefik's.
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        let record = match line.first()? {
            b'{' => Self::from_json(line),
            b't' => Self::from_logrus(line),
            b'0'..=b'9' | 0x1b => Self::from_console(line),
            _ => None,
        }?;
        (record.is_traefiks || names_traefik(record.message)).then_some(record)
    }

    /// `{"level":"debug","error":"…","time":"…","caller":"…","message":"…"}`, and logrus's with `msg`.
    fn from_json(line: &'a [u8]) -> Option<Self> {
        // What most other lines lack is asked first: this is asked for every JSON line of any log.
        LEVEL.first(line).filter(|level| level.is_string)?;
        rfc3339(TIME.first(line)?.raw)?;
        let mut record = Self::default();
        let (mut has_message, mut is_answer) = (false, false);
        json::read(line, &mut |path, value| {
            if let [key] = path {
                has_message |= matches!(*key, b"message" | b"msg");
                is_answer |= matches!(*key, b"DownstreamStatus" | b"OriginStatus");
                record.take(key, value.bare());
            } else {
                record.is_traefiks |= path.first().is_some_and(|key| OWN.contains(key));
            }
            ControlFlow::Continue(())
        });
        ((has_message || record.is_traefiks) && !is_answer && !record.level.is_empty() && rfc3339(record.time).is_some()).then_some(record)
    }

    /// `time="…" level=debug msg="…" key=value`
    fn from_logrus(line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_prefix(b"time=\"")?;
        rfc3339(rest)?;
        let (time, rest) = quoted(rest)?;
        let rest = rest.strip_prefix(b" level=")?;
        let (level, rest) = rest.split_at(memchr(b' ', &rest[..rest.len().min(12)])?);
        rest.starts_with(b" msg=").then_some(())?;
        let mut record = Self { time, level, ..Self::default() };
        record.pairs(rest);
        Some(record)
    }

    /// `2025-03-04T10:15:31Z DBG github.com/traefik/…/proxy.go:113 > 502 Bad Gateway error="…"`, each word in a colour or not.
    fn from_console(line: &'a [u8]) -> Option<Self> {
        let (time, rest) = word(line)?;
        rfc3339(time).filter(|(_, len)| *len == time.len())?;
        let (level, rest) = word(rest)?;
        if level.len() != 3 || !level.iter().all(u8::is_ascii_uppercase) {
            return None;
        }
        let mut record = Self { time, level, ..Self::default() };
        let mut rest = plain(rest);
        if let Some((caller, after)) = word(rest).filter(|(caller, after)| memmem::find(caller, b".go:").is_some() && plain(after).starts_with(b">")) {
            record.is_traefiks = is_caller(caller);
            rest = plain(&plain(after)[1..]);
        }
        let end = fields_at(rest);
        record.message = rest[..end].trim_ascii_end();
        record.pairs(&rest[end..]);
        Some(record)
    }

    /// `key=value` and `key="value"`, each perhaps in a colour.
    fn pairs(&mut self, rest: &'a [u8]) {
        let mut rest = rest;
        // No line has more; a client may have written what looks like thousands.
        for _ in 0..64 {
            rest = plain(rest);
            let Some(equals) = memchr(b'=', rest) else { return };
            let key = &rest[..equals];
            if !key.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')) {
                return;
            }
            rest = plain(&rest[equals + 1..]);
            let (value, after) = if let Some(text) = rest.strip_prefix(b"\"") {
                quoted(text).unwrap_or((text, &[]))
            } else {
                rest.split_at(rest.iter().position(|byte| matches!(byte, b' ' | 0x1b)).unwrap_or(rest.len()))
            };
            rest = after;
            self.take(key, value);
        }
    }

    fn take(&mut self, key: &[u8], value: &'a [u8]) {
        self.is_traefiks |= OWN.contains(&key);
        let slot = match key {
            b"time" => &mut self.time,
            b"level" => &mut self.level,
            b"message" | b"msg" => &mut self.message,
            b"error" => &mut self.error,
            b"targetURL" => &mut self.target,
            b"serviceName" => &mut self.service,
            b"routerName" => &mut self.router,
            b"caller" => {
                self.is_traefiks |= is_caller(value);
                return;
            }
            _ => return,
        };
        *slot = value;
    }

    /// Status and error of `'502 Bad Gateway' caused by: …`, or of the message `502 Bad Gateway` with a field `error`.
    pub(super) fn failure(&self) -> Option<(&'a [u8], &'a [u8])> {
        if let Some(rest) = self.message.strip_prefix(b"'") {
            let end = memmem::find(rest, b"' caused by: ")?;
            return status(&rest[..end]).map(|status| (status, &rest[end + b"' caused by: ".len()..]));
        }
        (!self.error.is_empty()).then(|| Some((status(self.message)?, self.error)))?
    }
}

/// `502` of `502 Bad Gateway`.
fn status(text: &[u8]) -> Option<&[u8]> {
    let (digits, words) = text.split_at_checked(3)?;
    let is_status = digits.iter().all(u8::is_ascii_digit) && words.first() == Some(&b' ');
    (is_status && words.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'-'))).then_some(digits)
}

/// Lines of code of Traefik's, and of Go's `log`, through which `net/http` writes into it.
fn is_caller(caller: &[u8]) -> bool {
    memmem::find(caller, b"traefik/").is_some() || caller.starts_with(b"log/log.go:")
}

fn names_traefik(message: &[u8]) -> bool {
    let failure = Record { message, error: b"-", ..Record::default() }.failure();
    failure.is_some() || message.starts_with(b"vulcand/oxy/") || message.starts_with(b"Traefik ") || message.starts_with(b"Health check ")
}

/// What follows blanks and colours.
fn plain(text: &[u8]) -> &[u8] {
    let mut text = text.trim_ascii_start();
    while let Some(rest) = text.strip_prefix(b"\x1b[") {
        text = rest[memchr(b'm', &rest[..rest.len().min(16)]).map_or(0, |end| end + 1)..].trim_ascii_start();
    }
    text
}

/// The next word, without its colour, and what follows.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = plain(text);
    let end = text.iter().take(512).position(|byte| matches!(byte, b' ' | 0x1b))?;
    Some((&text[..end], &text[end..]))
}

/// Where the fields of a console line begin: at the first colour, or at the first word that has the form of one.
fn fields_at(text: &[u8]) -> usize {
    if let Some(colour) = memchr(0x1b, text) {
        return colour;
    }
    let mut from = 0;
    while let Some(equals) = memchr(b'=', &text[from..]).map(|at| from + at) {
        let start = text[..equals].iter().rposition(|byte| *byte == b' ').map_or(0, |blank| blank + 1);
        let key = &text[start..equals];
        if start > 0 && !key.is_empty() && key.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            return start;
        }
        from = equals + 1;
    }
    text.len()
}
