//! What stands before the message: brackets, the status of the failed call, the place in the source.

use memchr::{memchr, memmem};

use crate::record::Severity;
use crate::time::{Stamp, apache_error as stamp, clf};

/// Which end of a connection the line names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Peer {
    /// None.
    #[default]
    None,
    /// `[client …]`: the visitor.
    Client,
    /// `[remote …]`: the far end of an outgoing connection or health check; in the daemons of `mod_wsgi` the visitor.
    Remote,
}

impl Peer {
    /// As conditions name it.
    pub(super) const fn name(self) -> &'static [u8] {
        match self {
            Self::None => b"none",
            Self::Client => b"client",
            Self::Remote => b"remote",
        }
    }
}

/// The fields before the message; empty where the line has none.
#[derive(Debug, Default)]
pub(super) struct Head<'a> {
    /// The server's name.
    pub host: &'a [u8],
    /// Absent in syslog's form.
    pub stamp: Option<Stamp>,
    /// Absent on the extra lines of `ErrorLogFormat request` and `connection`.
    pub severity: Option<Severity>,
    /// `proxy_http`; empty in 2.2.
    pub module: &'a [u8],
    /// `379:tid 402`, or `379` alone.
    pub process: &'a [u8],
    /// `111`, `EAI 2`, `OS 10061`, `-102`.
    pub errno: &'a [u8],
    /// Whose `address` it is.
    pub peer: Peer,
    /// `127.0.0.1:37598`, `::1:58619`.
    pub address: &'a [u8],
    /// The log id of the request, `%L`.
    pub request: &'a [u8],
    /// What follows: the message and the referer.
    pub rest: &'a [u8],
}

/// Whether a line begins a record.
pub(super) fn begins(line: &[u8]) -> bool {
    start(line).is_some()
}

/// The server's name, the time, and what follows them; `None` when the line begins no record.
fn start(line: &[u8]) -> Option<(&[u8], Option<Stamp>, &[u8])> {
    if let Some((stamp, rest)) = stamped(line) {
        return tells_more(rest).then_some((&[], Some(stamp), rest));
    }
    if let Some((host, rest)) = vhost(line)
        && let Some((stamp, rest)) = stamped(rest)
    {
        return tells_more(rest).then_some((host, Some(stamp), rest));
    }
    // Syslog's form: the default without the time.
    let (first, rest) = bracket(line)?;
    let is_module = memchr(b':', first).is_some() && level(first).is_some();
    (is_module && rest.starts_with(b" [pid ") && rest.get(6).is_some_and(u8::is_ascii_digit)).then_some((&[], None, line))
}

/// The stamp in the brackets at the start, and what follows them.
fn stamped(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let (inside, rest) = bracket(&line[..line.len().min(40)])?;
    let stamp = stamp(inside)?;
    Some((stamp, &line[line.len().min(40) - rest.len()..]))
}

/// `[shop.example] ` or `shop.example ` before the time.
fn vhost(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (word, rest) = match line.first()? {
        b'[' => bracket(line)?,
        byte if byte.is_ascii_alphanumeric() => line.split_at(memchr(b' ', &line[..line.len().min(256)])?),
        _ => return None,
    };
    let rest = rest.strip_prefix(b" ").filter(|rest| rest.first() == Some(&b'['))?;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    (!word.is_empty() && word.iter().all(plain)).then_some((word, rest))
}

/// Whether brackets follow the time that only this log writes: a level, or the id of a request or connection.
fn tells_more(rest: &[u8]) -> bool {
    let mut rest = rest;
    for _ in 0..4 {
        let Some((inside, after)) = rest.strip_prefix(b" ").and_then(bracket) else { return false };
        if level(inside).is_some() || inside.starts_with(b"R:") || inside.starts_with(b"C:") {
            return true;
        }
        if memchr(b' ', inside).is_some() && !inside.starts_with(b"pid ") {
            return false;
        }
        rest = after;
    }
    false
}

/// What stands in the brackets at the start, and what follows them.
fn bracket(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.first() != Some(&b'[') {
        return None;
    }
    let end = memchr(b']', &text[..text.len().min(320)])?;
    Some((&text[1..end], &text[end + 1..]))
}

/// Module and level of `proxy:error`, `:error` or, in 2.2, `error`.
fn level(inside: &[u8]) -> Option<(&[u8], Severity)> {
    let colon = memchr(b':', &inside[..inside.len().min(48)]);
    let (module, name) = colon.map_or((&inside[..0], inside), |colon| (&inside[..colon], &inside[colon + 1..]));
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let severity = Severity::from_name(name).filter(|_| name.iter().all(|byte| !byte.is_ascii_uppercase()))?;
    let module = if module == b"-" { b"" } else { module };
    module.iter().all(is_name).then_some((module, severity))
}

impl<'a> Head<'a> {
    /// Reads what stands before the message.
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        let (host, stamp, mut rest) = start(line)?;
        let mut head = Self { host: server_name(host), stamp, ..Self::default() };
        loop {
            rest = rest.strip_prefix(b" ").unwrap_or(rest);
            let after = match rest.first() {
                Some(b'[') => head.group(rest),
                Some(b'(') => head.status(rest),
                _ => head.place(rest),
            };
            match after {
                Some(after) => rest = after,
                None => break,
            }
        }
        head.rest = rest;
        Some(head)
    }

    /// Takes a value by its name. Where the format has no level, every line is an error: that is what the log is for.
    pub(super) fn named(&mut self, name: &str, value: &'a [u8]) {
        self.severity = self.severity.or(Some(Severity::Error));
        match name {
            "time" => self.stamp = stamp(value).or_else(|| clf(value)),
            "level" => self.severity = Severity::from_name(value).or(self.severity),
            "module" if value != b"-" => self.module = value,
            "pid" | "tid" if self.process.is_empty() || name == "tid" => self.process = value,
            "client" => (self.peer, self.address) = (Peer::Client, value),
            "request" if value != b"-" => self.request = value,
            "host" => self.host = server_name(value),
            "error" => {
                let number = value.strip_prefix(b"(").and_then(|rest| memchr(b')', rest).map(|end| &rest[..end]));
                self.errno = number.filter(|errno| is_errno(errno)).unwrap_or_default();
            }
            "message" => self.rest = value,
            _ => {}
        }
    }

    /// Takes one bracket; `None` when it is the message's.
    fn group(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        let (inside, after) = bracket(rest)?;
        if self.peer != Peer::None {
            // mod_wsgi 6 names the script behind the client.
            return inside.starts_with(b"script ").then_some(after);
        }
        if let Some(process) = inside.strip_prefix(b"pid ") {
            self.process = process;
        } else if let Some(address) = inside.strip_prefix(b"client ") {
            (self.peer, self.address) = (Peer::Client, address);
        } else if let Some(address) = inside.strip_prefix(b"remote ") {
            (self.peer, self.address) = (Peer::Remote, address);
        } else if let Some((module, severity)) = level(inside).filter(|_| self.severity.is_none()) {
            (self.module, self.severity) = (module, Some(severity));
        } else if let Some(request) = inside.strip_prefix(b"R:") {
            self.request = request;
        } else {
            self.word(inside)?;
        }
        Some(after)
    }

    /// A bracket that an `ErrorLogFormat` adds: one word, perhaps the server's name.
    fn word(&mut self, inside: &'a [u8]) -> Option<()> {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b":@._+/=-".contains(byte);
        if inside.is_empty() || inside.len() > 255 || !inside.iter().all(plain) {
            return None;
        }
        let name = server_name(inside);
        if self.host.is_empty() && memchr(b'.', name).is_some() && name.iter().any(u8::is_ascii_alphabetic) && !inside.starts_with(b"C:") {
            self.host = name;
        }
        Some(())
    }

    /// Takes `(111)Connection refused: `. In 2.2 it stands behind the client, in 2.4 before it.
    fn status(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        if !self.errno.is_empty() || (self.peer != Peer::None && !self.module.is_empty()) {
            return None;
        }
        let close = memchr(b')', &rest[..rest.len().min(32)])?;
        let errno = &rest[1..close];
        if !is_errno(errno) {
            return None;
        }
        // No system's text of an error holds a colon and a blank.
        let end = memmem::find(&rest[..rest.len().min(512)], b": ")?;
        self.errno = errno;
        rest.get(end + 2..)
    }

    /// Takes `mod_proxy.c(1261): `.
    fn place(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        if self.peer != Peer::None {
            return None;
        }
        let open = memchr(b'(', &rest[..rest.len().min(96)])?;
        let is_file = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-/\\".contains(byte);
        if memchr(b'.', &rest[..open]).is_none() || !rest[..open].iter().all(is_file) {
            return None;
        }
        let line = &rest[open + 1..];
        let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
        line[digits..].strip_prefix(b"): ").filter(|_| digits > 0)
    }
}

/// A server's name without a port.
fn server_name(name: &[u8]) -> &[u8] {
    match memchr(b':', name) {
        Some(colon) if name[colon + 1..].iter().all(u8::is_ascii_digit) => &name[..colon],
        _ => name,
    }
}

/// `111`, `-102`, `EAI 2`, `OS 10061`, `os 0x1f`.
fn is_errno(text: &[u8]) -> bool {
    if let Some(hex) = text.strip_prefix(b"os 0x") {
        return !hex.is_empty() && hex.iter().all(u8::is_ascii_hexdigit);
    }
    let number = text.strip_prefix(b"EAI ").or_else(|| text.strip_prefix(b"OS ")).unwrap_or(text);
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}
