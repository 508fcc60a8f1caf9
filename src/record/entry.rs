//! A record that a format understood.

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::time::Timestamp;

/// How grave the writer of a line took it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// debug, trace
    Debug,
    /// info; also every response
    #[default]
    Info,
    /// notice
    Notice,
    /// warn
    Warn,
    /// error
    Error,
    /// crit
    Crit,
    /// alert
    Alert,
    /// emerg, fatal, panic
    Emerg,
}

impl Severity {
    /// The severity that a log names so, in any case, long or short.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        let mut lower = [0_u8; 11];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"debug" | b"dbg" | b"trace" | b"trc" => Self::Debug,
            b"info" | b"inf" | b"information" => Self::Info,
            b"notice" => Self::Notice,
            b"warn" | b"warning" | b"wrn" => Self::Warn,
            b"error" | b"err" => Self::Error,
            b"crit" | b"critical" => Self::Crit,
            b"alert" => Self::Alert,
            b"emerg" | b"fatal" | b"panic" | b"ftl" => Self::Emerg,
            name if name.starts_with(b"trace") => Self::Debug,
            _ => return None,
        })
    }

    /// Its name in lower case, as patterns state it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Crit => "crit",
            Self::Alert => "alert",
            Self::Emerg => "emerg",
        }
    }
}

/// What tells which request an entry belongs to. The numbers are hashes of what the log names, so they mean something
/// only beside others of the same input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Nothing: the entry is a request of its own, if its pattern speaks of requests at all.
    #[default]
    None,
    /// The log names connection and request: all pieces of one request bear this key, and so may equal requests that
    /// follow on the same connection.
    Request(u64),
    /// The log names only the thread that worked on it and, on some lines, the client: pieces are neighbours of one
    /// thread.
    Worker {
        /// Process and thread.
        thread: u64,
        /// Address and port of the client; 0 when the line does not say.
        client: u64,
    },
}

/// Values that only some formats have, by the name that conditions of patterns use.
pub type Fields<'a> = SmallVec<[(&'static str, Cow<'a, [u8]>); 12]>;

/// What a format made of a record. What the record does not say is empty or `None`.
#[derive(Clone, Debug, Default)]
pub struct Entry<'a> {
    /// When; of the end of the exchange where the format can tell.
    pub time: Option<Timestamp>,
    /// How grave; `Info` in formats that do not say.
    pub severity: Severity,
    /// What the *product* says happened, and nothing that came from the request: the only text that is classified.
    pub message: Cow<'a, [u8]>,
    /// The number of the system's error, as the log writes it: `111`, `EAI 2`, `70007`.
    pub errno: &'a [u8],
    /// What was being done, in the product's words: `connecting to upstream`.
    pub action: &'a [u8],
    /// Address of the client, without port.
    pub client: Cow<'a, [u8]>,
    /// The Host header, else the server's name.
    pub host: Cow<'a, [u8]>,
    /// The request's method.
    pub method: Cow<'a, [u8]>,
    /// The request's path, as sent, without its query.
    pub path: Cow<'a, [u8]>,
    /// The upstream that the entry speaks of: an authority (`127.0.0.1:80`, `unix:/run/a.sock`) or a group's name.
    pub upstream: Cow<'a, [u8]>,
    /// The status of a response; `None` for messages.
    pub status: Option<u16>,
    /// How long the exchange took, in microseconds, where the format says.
    pub duration: Option<i64>,
    /// Which request it belongs to; of a response, by an id that other proxies write too.
    pub link: Link,
    /// Whether the format writes one such entry per answer.
    pub is_response: bool,
    /// The line ends early, or has other fields than its format: it was read as far as it went.
    pub is_partial: bool,
    /// Values for conditions.
    pub fields: Fields<'a>,
}

impl<'a> Entry<'a> {
    /// The value of a field by the name that conditions use; empty when the entry has none.
    pub fn field(&self, name: &str) -> &[u8] {
        match name {
            "errno" => self.errno,
            "action" => self.action,
            "level" => self.severity.name().as_bytes(),
            "message" => &self.message,
            "upstream" => &self.upstream,
            "host" => &self.host,
            "method" => &self.method,
            "path" => &self.path,
            _ => self.fields.iter().find(|(field, _)| *field == name).map_or(&[], |(_, value)| value),
        }
    }

    /// Sets a field, if there is a value.
    pub fn set(&mut self, name: &'static str, value: impl Into<Cow<'a, [u8]>>) {
        let value = value.into();
        if !value.is_empty() {
            self.fields.push((name, value));
        }
    }
}

/// The names that [`Entry::field`] knows for every format.
pub const COMMON_FIELDS: [&str; 8] = ["errno", "action", "level", "message", "upstream", "host", "method", "path"];
