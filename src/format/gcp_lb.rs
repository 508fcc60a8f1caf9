//! Entries of Google Cloud's HTTP(S) load balancers as Cloud Logging exports them, one JSON object a line.
//!
//! ```text
//! {"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example.com/cart","status":502,"remoteIp":"203.0.113.24","latency":"0.004s"},"jsonPayload":{"statusDetails":"failed_to_connect_to_backend"},"resource":{"type":"http_load_balancer","labels":{"backend_service_name":"shop-bs"}},"timestamp":"2025-03-04T10:15:31.204Z"}
//! ```
//!
//! Global load balancers say why in `jsonPayload.statusDetails`, regional ones in `jsonPayload.proxyStatus`, as RFC 9209 has
//! it (Google, "Global external Application Load Balancer logging and monitoring"). The stamp is of the request's arrival.
//! A status of 0 is none: the client had left; conditions know it as `000`. Keys may be nested, or joined with dots.

use std::borrow::Cow;
use std::ops::ControlFlow;

use memchr::memmem;

use super::clf::{any_stamp, micros, without_port};
use super::json::{self, Value, unescape};
use super::member::Key;
use super::{About, Format, Skimmed, Tier};
use crate::record::Entry;
use crate::text::path_of;
use crate::time::Clock;

/// See the module.
pub(super) struct GcpLb;

static REQUEST: Key = Key::new("\"httpRequest");
static PAYLOAD: Key = Key::new("\"jsonPayload");
static DETAILS: Key = Key::new("\"statusDetails\"");
static PROXY: Key = Key::new("\"proxyStatus\"");
static STATUS: Key = Key::new("\"status\"");
static TIMESTAMP: Key = Key::new("\"timestamp\"");

/// Ends of the names of resources.
const RESOURCES: [&[u8]; 2] = [b"http_load_balancer\"", b"_lb_rule\""];

impl Format for GcpLb {
    fn begins(&self, line: &[u8]) -> bool {
        if line.first() != Some(&b'{') || !REQUEST.begins_one_in(line) {
            return false;
        }
        let is_resource = || RESOURCES.iter().any(|name| memmem::find(line, name).is_some());
        DETAILS.is_in(line) || PROXY.is_in(line) || is_resource() || PAYLOAD.begins_one_in(line) && memmem::find(line, b".statusDetails\"").is_some()
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let mut request = Request::default();
        json::read(record, &mut |path, value| {
            let dotted = match path {
                [key] => memchr::memchr(b'.', key).map(|dot| (&key[..dot], &key[dot + 1..])),
                _ => None,
            };
            match (path, dotted) {
                (_, Some((parent, key))) => request.take(parent, key, value),
                ([b"resource", b"labels", key], _) => request.take(b"labels", key, value),
                ([parent, key], _) => request.take(parent, key, value),
                ([key], _) => request.take(b"", key, value),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        let mut entry = request.entry;
        entry.time = request.time.and_then(|time| any_stamp(time.raw)).map(|stamp| clock.resolve(stamp));
        if entry.upstream.is_empty() {
            entry.upstream = request.service;
        }
        entry.is_response.then_some(entry)
    }

    fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        if line.first() != Some(&b'{') {
            return None;
        }
        let status = STATUS.value(line)?.status()?;
        Some(Skimmed { time: clock.resolve(any_stamp(TIMESTAMP.value(line)?.raw)?), status, is_bare: false })
    }

    fn tier(&self) -> Tier {
        Tier::Balancer
    }

    fn one_line(&self) -> bool {
        true
    }

    fn stamps_start(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["status", "details", "proxy_error"]
    }

    fn about(&self) -> About {
        About {
            title: "Google Cloud HTTP(S) load balancer (Cloud Logging, JSON)",
            recognised: "a JSON object with httpRequest and statusDetails, proxyStatus or a load balancer's resource type",
            example: r#"{"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example.com/cart","status":502,"remoteIp":"203.0.113.24","serverIp":"10.132.0.9","latency":"0.004s"},"jsonPayload":{"statusDetails":"failed_to_connect_to_backend"},"resource":{"type":"http_load_balancer","labels":{"backend_service_name":"shop-bs","url_map_name":"shop-map"}},"severity":"WARNING","timestamp":"2025-03-04T10:15:31.204Z"}"#,
        }
    }
}

/// What a line says.
#[derive(Default)]
struct Request<'a> {
    entry: Entry<'a>,
    time: Option<Value<'a>>,
    service: Cow<'a, [u8]>,
}

impl<'a> Request<'a> {
    fn take(&mut self, parent: &[u8], key: &[u8], value: Value<'a>) {
        let entry = &mut self.entry;
        match (parent, key) {
            (b"httpRequest", b"status") if value.status().is_some() => {
                entry.is_response = true;
                entry.status = value.status();
                entry.set("status", if value.raw == b"0" { &b"000"[..] } else { value.raw });
            }
            (b"httpRequest", b"requestMethod") => entry.method = value.text(),
            (b"httpRequest", b"requestUrl") => url(value, entry),
            (b"httpRequest", b"remoteIp") => entry.client = unescape(without_port(value.bare())),
            (b"httpRequest", b"serverIp") => entry.upstream = value.text(),
            (b"httpRequest", b"latency") => entry.duration = micros(value.raw.strip_suffix(b"s").unwrap_or(value.raw)),
            (b"jsonPayload", b"statusDetails") => entry.set("details", value.bare()),
            (b"jsonPayload", b"proxyStatus") => entry.set("proxy_error", proxy_error(&value.text()).to_vec()),
            (b"labels", b"backend_service_name") => self.service = value.text(),
            (b"", b"timestamp") => self.time = Some(value),
            _ => {}
        }
    }
}

/// Host and path of `https://shop.example.com:443/cart?id=1`.
fn url<'a>(value: Value<'a>, entry: &mut Entry<'a>) {
    let url = value.raw;
    if let Some(at) = memmem::find(&url[..url.len().min(16)], b"://") {
        let rest = &url[at + 3..];
        let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
        entry.host = unescape(without_port(&rest[..end]));
    }
    entry.path = unescape(path_of(url));
}

/// `http_response_timeout` of `error="http_response_timeout"; details="..."`.
fn proxy_error(status: &[u8]) -> &[u8] {
    let Some(at) = memmem::find(status, b"error=") else { return &[] };
    let name = &status[at + 6..];
    let name = name.strip_prefix(b"\"").unwrap_or(name);
    let end = name.iter().position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')).unwrap_or(name.len());
    &name[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    const REGIONAL: &str = r#"{"insertId":"1","httpRequest":{"latency":"30.001s","requestMethod":"POST","requestUrl":"https://[2001:db8::1]:443/report?a=\"status\":200","status":504,"remoteIp":"203.0.113.24:443","userAgent":"\"httpRequest\":{}"},"jsonPayload":{"proxyStatus":"error=\"http_response_timeout\"; details=\"response_timeout\""},"resource":{"labels":{"backend_service_name":"shop-bs"},"type":"http_external_regional_lb_rule"},"receiveTimestamp":"2025-03-04T10:16:02Z","timestamp":"2025-03-04T10:15:31.204Z"}"#;

    fn clock() -> Clock {
        Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800))
    }

    fn read(line: &str) -> Entry<'_> {
        assert!(GcpLb.begins(line.as_bytes()), "{line}");
        let entry = GcpLb.parse(line.as_bytes(), &mut clock()).unwrap();
        assert!(entry.fields.iter().all(|(name, _)| GcpLb.fields().contains(name)));
        entry
    }

    fn fields(entry: &Entry<'_>) -> [String; 7] {
        ["status", "details", "proxy_error", "upstream", "host", "method", "path"].map(|name| String::from_utf8_lossy(entry.field(name)).into_owned())
    }

    #[test]
    fn an_entry_is_read() {
        let entry = read(GcpLb.about().example);
        assert_eq!(fields(&entry), ["502", "failed_to_connect_to_backend", "", "10.132.0.9", "shop.example.com", "GET", "/cart"]);
        assert_eq!((entry.status, entry.duration, &*entry.client), (Some(502), Some(4_000), &b"203.0.113.24"[..]));
        assert_eq!(entry.time.unwrap().to_rfc3339(), "2025-03-04T10:15:31.204Z");
        let entry = read(REGIONAL);
        assert_eq!(fields(&entry), ["504", "", "http_response_timeout", "shop-bs", "[2001:db8::1]", "POST", "/report"]);
        assert_eq!((entry.duration, &*entry.client), (Some(30_001_000), &b"203.0.113.24"[..]));
    }

    #[test]
    fn keys_may_be_joined_and_what_is_missing_is_absent() {
        let line =
            r#"{"httpRequest.status":"0","httpRequest.requestUrl":"/x","jsonPayload.statusDetails":"client_timed_out","timestamp":"2025-03-04T10:15:31Z"}"#;
        assert_eq!(fields(&read(line))[..2], ["000", "client_timed_out"]);
        let cut = &REGIONAL[..REGIONAL.find(",\"receive").unwrap()];
        assert_eq!((fields(&read(cut))[2].as_str(), read(cut).time), ("http_response_timeout", None));
    }

    #[test]
    fn only_its_own_lines_begin_a_record() {
        for other in [
            "",
            "{}",
            r#"{"httpRequest":{"status":502},"resource":{"type":"cloud_run_revision"},"timestamp":"2025-03-04T10:15:31Z"}"#,
            r#"{"status":502,"agent":"\"httpRequest\":{} \"statusDetails\":","time":"2025-03-04T10:15:31Z"}"#,
            r#"{"statusDetails":"x"}"#,
        ] {
            assert!(!GcpLb.begins(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_glance_sees_what_reading_sees() {
        for line in [GcpLb.about().example, REGIONAL] {
            let (seen, entry) = (GcpLb.skim(line.as_bytes(), &mut clock()).unwrap(), read(line));
            assert_eq!((Some(seen.time), Some(seen.status)), (entry.time, entry.status), "{line}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let bytes = REGIONAL.as_bytes();
        for at in 0..bytes.len() {
            let mut broken = bytes.to_vec();
            for byte in [b'"', b'{', b':', b',', b'\\', b'.', 0, 0xff] {
                broken[at] = byte;
                for line in [&broken, &bytes[at..], &bytes[..at]] {
                    let _ = (GcpLb.begins(line), GcpLb.parse(line, &mut clock()), GcpLb.skim(line, &mut clock()));
                }
            }
        }
    }
}
