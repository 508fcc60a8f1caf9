//! Answers, in the common log format with Traefik's own tail, or JSON.

use std::borrow::Cow;
use std::ops::ControlFlow;

use memchr::{memchr, memmem, memrchr};

use crate::format::clf::{self, any_stamp, without_port};
use crate::format::json::{self, Value, unescape};
use crate::format::member::Key;
use crate::format::{About, Format, Skimmed};
use crate::record::Entry;
use crate::text::{number, path_of};
use crate::time::{Clock, Timestamp};

/// See the module.
pub(in crate::format) struct TraefikAccess;

/// Names of headers stand behind `request_`, `origin_` or `downstream_`, so no client writes one of these keys.
static STATUS: Key = Key::new("\"DownstreamStatus\"");
static ORIGIN_STATUS: Key = Key::new("\"OriginStatus\"");
static START: Key = Key::new("\"StartUTC\"");
static DURATION: Key = Key::new("\"Duration\"");
static RETRIES: Key = Key::new("\"RetryAttempts\"");

impl Format for TraefikAccess {
    fn begins(&self, line: &[u8]) -> bool {
        match line.first() {
            Some(b'{') => STATUS.is_in(line) || ORIGIN_STATUS.is_in(line),
            _ => Tail::read(line).is_some() && clf::begins(line),
        }
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        if record.first() == Some(&b'{') { Some(from_json(record, clock)) } else { from_text(record, clock) }
    }

    fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        if line.first() != Some(&b'{') {
            let tail = Tail::read(line)?;
            let skimmed = clf::skim(line, clock)?;
            let time = Timestamp::from_micros(skimmed.time.micros().saturating_add(tail.micros()?));
            return Some(Skimmed { time, is_bare: true, ..skimmed });
        }
        let status = number::status(STATUS.value(line)?.raw)?;
        let start = clock.resolve(any_stamp(START.value(line)?.raw)?);
        let time = Timestamp::from_micros(start.micros().saturating_add(nanoseconds(DURATION.value(line)?.raw)?));
        let is_bare = RETRIES.first(line).is_none_or(|retries| retries.raw == b"0");
        Some(Skimmed { time, status, is_bare })
    }

    fn one_line(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["status", "origin_status", "origin_size", "retries", "target", "router", "service"]
    }

    fn about(&self) -> About {
        About {
            title: "Traefik access log (common log format, JSON; versions 1 to 3)",
            recognised: "common log format with <count> \"router\" \"url\" <n>ms behind the agent, or a JSON object with DownstreamStatus",
            example: r#"203.0.113.24 - - [04/Mar/2025:10:15:31 +0000] "GET /cart HTTP/1.1" 502 11 "-" "curl/8.5.0" 8812 "shop@docker" "http://10.0.3.7:8080" 2ms"#,
        }
    }
}

/// `8812 "shop@docker" "http://10.0.3.7:8080" 2ms` at the end of a line.
#[derive(Clone, Copy, Debug)]
struct Tail<'a> {
    router: &'a [u8],
    url: &'a [u8],
    milliseconds: &'a [u8],
}

impl<'a> Tail<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_suffix(b"ms")?;
        let (rest, milliseconds) = rest.split_at(memrchr(b' ', rest)?);
        let (rest, url) = last_quoted(rest)?;
        let (rest, router) = last_quoted(rest.strip_suffix(b" ")?)?;
        let rest = rest.strip_suffix(b" ")?;
        let count = &rest[memrchr(b' ', rest)? + 1..];
        let tail = Self { router, url, milliseconds: &milliseconds[1..] };
        (tail.micros().is_some() && (count == b"-" || number::unsigned(count).is_some())).then_some(tail)
    }

    fn micros(&self) -> Option<i64> {
        i64::try_from(number::unsigned(self.milliseconds)?).ok()?.checked_mul(1_000)
    }
}

/// What stands before the last quoted value of a line, and the value; quotes that a client sent stand behind a backslash.
fn last_quoted(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = line.strip_suffix(b"\"")?;
    let open = memrchr(b'"', inner)?;
    (open > 0 && line[open - 1] == b' ').then(|| (&line[..open], &inner[open + 1..]))
}

fn from_text<'a>(record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
    let line = clf::read(record)?;
    let tail = Tail::read(record)?;
    let mut entry = Entry::default();
    clf::fill(&line, &mut entry);
    // The stamp is that of the start.
    entry.duration = tail.micros();
    entry.time = Some(Timestamp::from_micros(clock.resolve(line.stamp).micros().saturating_add(entry.duration.unwrap_or(0))));
    entry.set("origin_size", size(record, line.status));
    entry.set("router", said(tail.router));
    aim(&mut entry, said(tail.url));
    Some(entry)
}

/// The bytes of the answer, which stand behind the status.
fn size<'a>(record: &'a [u8], status: &'a [u8]) -> &'a [u8] {
    let from = status.as_ptr() as usize - record.as_ptr() as usize + status.len() + 1;
    let rest = record.get(from..).unwrap_or_default();
    said(&rest[..memchr(b' ', rest).unwrap_or(rest.len())])
}

fn said(value: &[u8]) -> &[u8] {
    if value == b"-" { &[] } else { value }
}

/// What a JSON line says; the keys of version 1 speak of backends and frontends.
#[derive(Default)]
struct Fields<'a> {
    status: &'a [u8],
    origin_status: &'a [u8],
    origin_size: &'a [u8],
    retries: &'a [u8],
    client: &'a [u8],
    method: &'a [u8],
    path: &'a [u8],
    host: &'a [u8],
    router: &'a [u8],
    service: &'a [u8],
    address: &'a [u8],
    url: &'a [u8],
    start: &'a [u8],
    end: &'a [u8],
    duration: &'a [u8],
}

impl<'a> Fields<'a> {
    fn take(&mut self, path: &[&'a [u8]], value: Value<'a>) {
        let slot = match path {
            [b"DownstreamStatus"] => &mut self.status,
            [b"OriginStatus"] => &mut self.origin_status,
            [b"OriginContentSize"] => &mut self.origin_size,
            [b"RetryAttempts"] => &mut self.retries,
            [b"ClientHost"] => &mut self.client,
            [b"ClientAddr"] if self.client.is_empty() => &mut self.client,
            [b"RequestMethod"] => &mut self.method,
            [b"RequestPath"] => &mut self.path,
            [b"RequestHost"] => &mut self.host,
            [b"RouterName" | b"FrontendName"] => &mut self.router,
            [b"ServiceName" | b"BackendName"] => &mut self.service,
            [b"ServiceAddr" | b"BackendAddr"] => &mut self.address,
            [b"ServiceURL" | b"BackendURL"] | [b"ServiceURL" | b"BackendURL", b"Host"] => &mut self.url,
            [b"StartUTC"] => &mut self.start,
            [b"time"] => &mut self.end,
            [b"Duration"] => &mut self.duration,
            _ => return,
        };
        *slot = said(value.bare());
    }
}

fn from_json<'a>(record: &'a [u8], clock: &mut Clock) -> Entry<'a> {
    let mut fields = Fields::default();
    json::read(record, &mut |path, value| {
        fields.take(path, value);
        ControlFlow::Continue(())
    });
    let mut entry = Entry { is_response: true, ..Entry::default() };
    clf::set_status(&mut entry, if fields.status.is_empty() { fields.origin_status } else { fields.status });
    entry.duration = nanoseconds(fields.duration);
    let mut at = |text: &[u8]| any_stamp(text).map(|stamp| clock.resolve(stamp));
    let end = at(fields.start).zip(entry.duration).map(|(start, took)| Timestamp::from_micros(start.micros().saturating_add(took)));
    entry.time = end.or_else(|| at(fields.end)).or_else(|| at(fields.start));
    let client = &fields.client[..memchr(b',', fields.client).unwrap_or(fields.client.len())];
    entry.client = Cow::Borrowed(without_port(client));
    entry.host = unescape(fields.host);
    entry.method = unescape(fields.method);
    entry.path = unescape(path_of(fields.path));
    entry.set("origin_status", fields.origin_status);
    entry.set("origin_size", fields.origin_size);
    entry.set("retries", fields.retries);
    entry.set("router", unescape(fields.router));
    entry.set("service", unescape(fields.service));
    aim(&mut entry, if fields.address.is_empty() { fields.url } else { fields.address });
    if entry.upstream.is_empty() {
        // No server of it was asked.
        entry.upstream = unescape(fields.service);
    }
    entry
}

/// The server that was asked: `http://10.0.3.7:8080/`, or its authority alone.
fn aim<'a>(entry: &mut Entry<'a>, url: &'a [u8]) {
    let rest = memmem::find(url, b"://").map_or(url, |at| &url[at + 3..]);
    let authority = &rest[..memchr(b'/', rest).unwrap_or(rest.len())];
    entry.set("target", authority);
    entry.upstream = Cow::Borrowed(authority);
}

/// Durations are written in nanoseconds.
fn nanoseconds(value: &[u8]) -> Option<i64> {
    i64::try_from(number::unsigned(value)? / 1_000).ok()
}
