//! Envoy's access log: its default format, Istio's (before and since 1.9), and JSON.
//!
//! ```text
//! [2025-03-04T10:15:40.001Z] "POST /report HTTP/1.1" 504 UT 120 24 15000 - "203.0.113.24" "okhttp/4.12" "11111111-…" "shop.example.com" "10.8.1.7:8080"
//! [2025-03-04T10:15:31.204Z] "GET /cart HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure,delayed_connect_error:_111} - "-" 0 152 1 - "203.0.113.24" "curl/8.5.0" "11111111-…" "shop:8080" "10.8.1.7:8080" outbound|8080||shop.prod.svc.cluster.local - 10.96.14.3:8080 10.8.2.4:40112 - default
//! ```
//!
//! Behind status and flags stand numbers (default), a quoted value (Istio before 1.9) or a bare word (since): that tells the
//! three apart (Envoy, `substitution_formatter.rst`; Istio, `telemetry_logging.go`). Text is not escaped, so quotes in a
//! client's header may be anywhere behind the numbers: what Envoy itself says there is read from the end.

mod json;
mod text;

use std::borrow::Cow;

use memchr::{memchr, memchr2, memmem};

use super::clf::without_port;
use super::json::unescape;
use super::{About, Format, Skimmed};
use crate::record::Entry;
use crate::text::{number, path_of};
use crate::time::{Clock, Stamp, Timestamp};

/// See the module.
pub(super) struct Envoy;

impl Format for Envoy {
    fn begins(&self, line: &[u8]) -> bool {
        match line.first() {
            Some(b'[') => text::begins(line),
            Some(b'{') => json::begins(line),
            _ => false,
        }
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let fields = if record.first() == Some(&b'{') { json::read(record) } else { text::read(record)? };
        Some(fields.entry(clock))
    }

    fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        let fields = if line.first() == Some(&b'{') { json::skim(line)? } else { text::head(line)?.0 };
        let time = fields.end(clock)?;
        Some(Skimmed { time, status: number::status(fields.status)?, is_bare: said(fields.flags).is_empty() })
    }

    fn one_line(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["status", "flag", "flags", "details", "reason", "transport", "termination", "cluster", "route", "target"]
    }

    fn about(&self) -> About {
        About {
            title: "Envoy access log (default, Istio, JSON)",
            recognised: "[<ISO time>] \"method path protocol\" status flags, or a JSON object with response_code and response_flags",
            example: r#"[2025-03-04T10:15:40.001Z] "POST /report HTTP/1.1" 504 UT 120 24 15000 - "203.0.113.24" "okhttp/4.12" "11111111-2222-4333-8444-555555555556" "shop.example.com" "10.8.1.7:8080""#,
        }
    }
}

/// What a line says, as it stands there; `-` is nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Fields<'a> {
    /// Strings have JSON's escapes; lines of text have none.
    is_json: bool,
    /// When the request began.
    start: Option<Stamp>,
    /// Milliseconds.
    duration: &'a [u8],
    status: &'a [u8],
    flags: &'a [u8],
    details: &'a [u8],
    termination: &'a [u8],
    transport: &'a [u8],
    method: &'a [u8],
    path: &'a [u8],
    authority: &'a [u8],
    host: &'a [u8],
    cluster: &'a [u8],
    route: &'a [u8],
    peer: &'a [u8],
    forwarded_for: &'a [u8],
}

impl<'a> Fields<'a> {
    fn entry(&self, clock: &mut Clock) -> Entry<'a> {
        let mut entry = Entry { is_response: true, ..Entry::default() };
        entry.time = self.end(clock);
        entry.duration = self.micros();
        entry.status = number::status(self.status);
        entry.set("status", self.status);
        let flags = said(self.flags);
        entry.set("flag", telling(flags));
        entry.set("flags", flags);
        let details = said(self.details);
        let (details, reason, inside) = taken_apart(details);
        entry.set("details", details);
        entry.set("reason", reason);
        let transport = if said(self.transport).is_empty() { inside } else { self.transport };
        entry.set("transport", transport);
        entry.errno = errno(transport);
        entry.set("termination", said(self.termination));
        entry.set("cluster", said(self.cluster));
        entry.set("route", said(self.route));
        let host = authority(said(self.host));
        entry.set("target", host);
        entry.upstream = Cow::Borrowed(if host.is_empty() { said(self.cluster) } else { host });
        let first = &self.forwarded_for[..memchr(b',', self.forwarded_for).unwrap_or(self.forwarded_for.len())];
        let client = if said(self.peer).is_empty() { first } else { self.peer };
        entry.client = Cow::Borrowed(without_port(said(client)));
        let text = |value: &'a [u8]| if self.is_json { unescape(said(value)) } else { Cow::Borrowed(said(value)) };
        entry.host = text(self.authority);
        entry.method = text(self.method);
        entry.path = text(path_of(self.path));
        entry
    }

    /// The end of the exchange: a line is stamped with its start.
    fn end(&self, clock: &mut Clock) -> Option<Timestamp> {
        let start = clock.resolve(self.start?);
        Some(Timestamp::from_micros(start.micros().saturating_add(self.micros().unwrap_or(0))))
    }

    fn micros(&self) -> Option<i64> {
        i64::try_from(number::unsigned(self.duration)?).ok()?.checked_mul(1_000)
    }
}

fn said(value: &[u8]) -> &[u8] {
    if value == b"-" { &[] } else { value }
}

/// The flag that says why: `URX` (retries are used up) and `DI` (a delay was injected) only go along with another.
fn telling(flags: &[u8]) -> &[u8] {
    let all = || flags.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let goes_along = |flag: &&[u8]| matches!(*flag, b"URX" | b"DI" | b"UpstreamRetryLimitExceeded" | b"DelayInjected");
    all().find(|flag| !goes_along(flag)).or_else(|| all().next()).unwrap_or_default()
}

/// `upstream_reset_before_response_started{remote_connection_failure,delayed_connect_error:_111}`: the details, and of what
/// stands in braces the reason of the reset and what the transport says; a bar may stand for the comma, or behind it.
fn taken_apart(details: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let Some(open) = memchr(b'{', details) else { return (details, &[], &[]) };
    let inner = &details[open + 1..];
    let inner = inner.strip_suffix(b"}").unwrap_or(inner);
    let end = memchr2(b',', b'|', inner).unwrap_or(inner.len());
    let transport = inner.get(end + 1..).unwrap_or_default();
    (&details[..open], &inner[..end], transport.strip_prefix(b"|").unwrap_or(transport))
}

/// `111` of `delayed_connect_error:_111`, blanks instead of the strokes in JSON.
fn errno(transport: &[u8]) -> &[u8] {
    let Some(at) = memmem::find(transport, b"connect").filter(|at| transport[at + 7..].get(1..7) == Some(b"error:")) else { return &[] };
    let rest = &transport[at + 14..];
    let rest = rest.strip_prefix(b"_").or_else(|| rest.strip_prefix(b" ")).unwrap_or(rest);
    &rest[..rest.iter().take_while(|byte| byte.is_ascii_digit()).count()]
}

/// `10.8.1.7:8080`, whether or not `tcp://` stands before it.
fn authority(host: &[u8]) -> &[u8] {
    host.strip_prefix(b"tcp://").unwrap_or(host)
}

#[cfg(test)]
mod tests;
