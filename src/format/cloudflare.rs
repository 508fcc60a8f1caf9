//! Cloudflare's log of HTTP requests (Logpush, Logpull, Instant Logs), one JSON object a line.
//!
//! ```text
//! {"EdgeStartTimestamp":1741083330118000000,"RayID":"91ab0c1d2e3f4a5b","ClientIP":"203.0.113.24","ClientRequestHost":"shop.example.com","ClientRequestMethod":"GET","ClientRequestURI":"/cart","EdgeResponseStatus":521,"OriginResponseStatus":0,"OriginIP":"198.51.100.20"}
//! ```
//!
//! Which of the fields there are, and in which order, is chosen by whoever made the job; times are RFC 3339, seconds or
//! nanoseconds (Cloudflare, "Logpush datasets: HTTP requests").
//!
//! Not every line is an answer to a client: a Worker's own requests, look-ups in the cache, health checks and crawlers have
//! lines too. Those keep their status out of [`Entry::status`], so that nothing is counted twice and no look-up that
//! found nothing (a 504) is a failure.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::access::trace;
use super::clf::any_stamp;
use super::json::{self, Value};
use super::member::Key;
use super::{About, Format, Skimmed, Tier};
use crate::record::Entry;
use crate::text::number::unsigned;
use crate::text::path_of;
use crate::time::{Clock, Stamp, Timestamp};

/// See the module.
pub(super) struct Cloudflare;

static STATUS: Key = Key::new("\"EdgeResponseStatus\"");
static START: Key = Key::new("\"EdgeStartTimestamp\"");
static END: Key = Key::new("\"EdgeEndTimestamp\"");

impl Format for Cloudflare {
    fn begins(&self, line: &[u8]) -> bool {
        line.first() == Some(&b'{') && STATUS.is_in(line)
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let mut request = Request::default();
        json::read(record, &mut |path, value| {
            if let [key] = path {
                request.take(key, value);
            }
            ControlFlow::Continue(())
        });
        request.entry(clock)
    }

    fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        if line.first() != Some(&b'{') {
            return None;
        }
        let status = STATUS.value(line)?.status()?;
        let stamp = END.value(line).or_else(|| START.value(line).filter(|_| !END.is_in(line)))?;
        Some(Skimmed { time: clock.resolve(any_stamp(stamp.raw)?), status, is_bare: false })
    }

    fn tier(&self) -> Tier {
        Tier::Edge
    }

    fn one_line(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "status",
            "source",
            "side_status",
            "origin_status",
            "cache",
            "security",
            "pathing",
            "worker",
            "error_code",
            "tcp_ms",
            "tls_ms",
            "header_ms",
            "origin_ms",
            "dns_ms",
        ]
    }

    fn about(&self) -> About {
        About {
            title: "Cloudflare HTTP requests (Logpush and Logpull, JSON)",
            recognised: "a JSON object with EdgeResponseStatus",
            example: r#"{"EdgeStartTimestamp":1741083330118000000,"EdgeEndTimestamp":1741083330140000000,"RayID":"91ab0c1d2e3f4a5b","ClientIP":"203.0.113.24","ClientRequestHost":"shop.example.com","ClientRequestMethod":"GET","ClientRequestURI":"/cart","EdgeResponseStatus":521,"OriginResponseStatus":0,"OriginIP":"198.51.100.20","CacheCacheStatus":"dynamic"}"#,
        }
    }
}

/// What a line says.
#[derive(Default)]
struct Request<'a> {
    entry: Entry<'a>,
    status: Option<Value<'a>>,
    uri: Option<Value<'a>>,
    path: Option<Value<'a>>,
    start: Option<Stamp>,
    end: Option<Stamp>,
    origin_ms: Option<i64>,
    /// It was made by a Worker, for a request that has a line of its own.
    is_subrequest: bool,
    source: &'a [u8],
    /// What rules did, the last of them: it ended the matter.
    security: &'a [u8],
}

impl<'a> Request<'a> {
    fn take(&mut self, key: &[u8], value: Value<'a>) {
        let (entry, text) = (&mut self.entry, value.bare());
        match key {
            b"EdgeResponseStatus" => self.status = self.status.or(Some(value)),
            b"OriginResponseStatus" => entry.set("origin_status", text),
            b"EdgeStartTimestamp" => self.start = any_stamp(value.raw),
            b"EdgeEndTimestamp" => self.end = any_stamp(value.raw),
            b"ClientIP" => entry.client = value.text(),
            b"ClientRequestHost" => entry.host = value.text(),
            b"ClientRequestMethod" => entry.method = value.text(),
            b"ClientRequestURI" => self.uri = Some(value),
            b"ClientRequestPath" => self.path = Some(value),
            b"OriginIP" => entry.upstream = value.text(),
            b"CacheCacheStatus" | b"CacheStatus" => entry.set("cache", text.to_ascii_lowercase()),
            b"ClientRequestSource" | b"RequestSource" => self.source = text,
            b"WorkerSubrequest" => self.is_subrequest |= text == b"true",
            b"RayID" => entry.link = trace(text),
            b"ParentRayID" => self.is_subrequest |= !matches!(text, b"" | b"00" | b"0"),
            b"WorkerStatus" => entry.set("worker", text),
            b"SecurityAction" | b"SecurityActions" | b"FirewallMatchesActions" if !text.is_empty() => self.security = text,
            b"EdgePathingOp" => entry.set("pathing", text),
            b"ErrorCode" | b"EdgeErrorCode" | b"CloudflareErrorCode" => entry.set("error_code", text),
            b"OriginTCPHandshakeDurationMs" => entry.set("tcp_ms", text),
            b"OriginTLSHandshakeDurationMs" => entry.set("tls_ms", text),
            b"OriginResponseHeaderReceiveDurationMs" => entry.set("header_ms", text),
            b"OriginDNSResponseTimeMs" => entry.set("dns_ms", text),
            b"OriginResponseDurationMs" => {
                entry.set("origin_ms", text);
                self.origin_ms = unsigned(text).and_then(|millis| i64::try_from(millis).ok());
            }
            _ => {}
        }
    }

    fn entry(self, clock: &mut Clock) -> Option<Entry<'a>> {
        let mut entry = self.entry;
        let (text, status) = (self.status?.raw, self.status?.status()?);
        entry.is_response = true;
        if self.is_subrequest || !is_of_a_client(self.source) {
            entry.set("side_status", text);
        } else {
            entry.status = Some(status);
            entry.set("status", text);
        }
        entry.set("source", self.source);
        entry.set("security", self.security);
        if let Some(uri) = self.uri.or(self.path) {
            // A path and its query hold no escapes but those of JSON.
            entry.path = match uri.text() {
                Cow::Borrowed(uri) => Cow::Borrowed(path_of(uri)),
                Cow::Owned(uri) => Cow::Owned(path_of(&uri).to_vec()),
            };
        }
        times(&mut entry, self.start.map(|stamp| clock.resolve(stamp)), self.end.map(|stamp| clock.resolve(stamp)), self.origin_ms);
        Some(entry)
    }
}

/// Time and duration: of the end, where the job has it; else the origin's part of the request is what there is.
fn times(entry: &mut Entry<'_>, start: Option<Timestamp>, end: Option<Timestamp>, origin_ms: Option<i64>) {
    let origin = origin_ms.and_then(|millis| millis.checked_mul(1_000));
    let whole = start.zip(end).map(|(start, end)| end.micros() - start.micros()).filter(|micros| *micros >= 0);
    // Seconds since the epoch have no fraction: the origin may have taken longer than their difference says.
    entry.duration = whole.max(origin);
    entry.time = end.or_else(|| start.map(|start| Timestamp::from_micros(start.micros().saturating_add(origin.unwrap_or(0)))));
}

/// Whether a line of that `ClientRequestSource` is an answer to somebody outside. The others are Cloudflare's own requests:
/// look-ups of Workers, crawlers, health checks (Cloudflare, "`ClientRequestSource` field"; older jobs write its number).
fn is_of_a_client(source: &[u8]) -> bool {
    matches!(source, b"" | b"unknown" | b"0" | b"eyeball" | b"1" | b"orangeToOrange" | b"9" | b"inBrowserChallenge" | b"12")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zone;

    const REFUSED: &str = r#"{"EdgeStartTimestamp":1741083330118000000,"EdgeEndTimestamp":1741083330140000000,"RayID":"91ab0c1d2e3f4a5b","ClientIP":"2001:db8::24","ClientRequestHost":"shop.example.com","ClientRequestMethod":"GET","ClientRequestURI":"/cart?a=\"EdgeResponseStatus\":200,","EdgeResponseStatus":521,"OriginResponseStatus":0,"OriginIP":"198.51.100.20","CacheCacheStatus":"DYNAMIC","ClientRequestSource":"eyeball","ParentRayID":"00","WorkerSubrequest":false}"#;

    fn clock() -> Clock {
        Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800))
    }

    fn read(line: &str) -> Option<Entry<'_>> {
        assert!(Cloudflare.begins(line.as_bytes()), "{line}");
        let entry = Cloudflare.parse(line.as_bytes(), &mut clock())?;
        assert!(entry.fields.iter().all(|(name, _)| Cloudflare.fields().contains(name)));
        Some(entry)
    }

    fn field(entry: &Entry<'_>, name: &str) -> String {
        String::from_utf8_lossy(entry.field(name)).into_owned()
    }

    #[test]
    fn a_line_is_read() {
        let entry = read(REFUSED).unwrap();
        assert_eq!((entry.is_response, entry.status, entry.duration), (true, Some(521), Some(22_000)));
        assert_eq!(entry.time.unwrap().to_rfc3339(), "2025-03-04T10:15:30.140Z");
        assert_eq!((&*entry.client, &*entry.method), (&b"2001:db8::24"[..], &b"GET"[..]));
        let all: Vec<_> = ["upstream", "host", "path", "status", "origin_status", "cache", "side_status"].iter().map(|name| field(&entry, name)).collect();
        assert_eq!(all, ["198.51.100.20", "shop.example.com", "/cart", "521", "0", "dynamic", ""]);
    }

    #[test]
    fn times_come_in_three_forms_and_two_fields() {
        let at = |times: &str| read(&format!(r#"{{{times}"EdgeResponseStatus":200}}"#)).unwrap().time.map(Timestamp::to_rfc3339);
        let is = |text: &str| Some(text.to_owned());
        assert_eq!(at(r#""EdgeStartTimestamp":"2025-03-04T10:16:00Z","EdgeEndTimestamp":"2025-03-04T10:18:00.5Z","#), is("2025-03-04T10:18:00.500Z"));
        assert_eq!(at(r#""EdgeEndTimestamp":1741083331,"#), is("2025-03-04T10:15:31Z"));
        assert_eq!(at(r#""EdgeStartTimestamp":1741083330118000000,"OriginResponseDurationMs":2000,"#), is("2025-03-04T10:15:32.118Z"));
        assert_eq!(at(""), None);
    }

    #[test]
    fn what_no_client_asked_for_is_no_answer_to_one() {
        for (own, foreign) in [
            (r#""ParentRayID":"00""#, r#""ParentRayID":"91ab0c1d2e3f4a5a""#),
            (r#""WorkerSubrequest":false"#, r#""WorkerSubrequest":true"#),
            (r#""eyeball""#, r#""edgeWorkerCacheAPI""#),
            (r#""eyeball""#, r#""earlyHintsCache""#),
            (r#""eyeball""#, r#""healthcheck""#),
            (r#""eyeball""#, "6"),
        ] {
            let line = REFUSED.replace(own, foreign);
            let entry = read(&line).unwrap();
            assert_eq!((entry.status, field(&entry, "status"), field(&entry, "side_status")), (None, String::new(), "521".to_owned()), "{foreign}");
        }
        let merged = REFUSED.replace(r#""ParentRayID""#, r#""Subrequests":[{"EdgeResponseStatus":200}],"ParentRayID""#);
        assert_eq!(read(&merged).unwrap().status, Some(521), "merged requests of a Worker stand inside");
        assert!(Cloudflare.skim(merged.as_bytes(), &mut clock()).is_none());
    }

    #[test]
    fn of_several_rules_the_last_one_counts() {
        let line = REFUSED.replace(r#""ParentRayID""#, r#""SecurityActions":["log","block"],"ParentRayID""#);
        assert_eq!(field(&read(&line).unwrap(), "security"), "block");
    }

    #[test]
    fn only_its_own_lines_begin_a_record() {
        for other in [
            "",
            "{}",
            r#"{"status":502,"request":"GET / HTTP/1.1","time":"2026-11-22T15:47:24Z"}"#,
            r#"{"log":"{\"EdgeResponseStatus\":200}\n","stream":"stdout","time":"2026-11-22T15:47:24Z"}"#,
            r#"{"agent":"EdgeResponseStatus","b":"\"EdgeResponseStatus\":502"}"#,
            r#"["EdgeResponseStatus",502]"#,
        ] {
            assert!(!Cloudflare.begins(other.as_bytes()), "{other}");
        }
        assert!(Cloudflare.parse(br#"{"a":{"EdgeResponseStatus":502}}"#, &mut clock()).is_none());
    }

    #[test]
    fn a_glance_sees_what_reading_sees() {
        for line in [
            r#"{"EdgeEndTimestamp":"2025-03-04T10:16:00Z","ClientRequestUserAgent":"\"EdgeResponseStatus\":502","EdgeResponseStatus":200,"RayID":"x"}"#,
            r#"{"EdgeResponseStatus": 304, "EdgeStartTimestamp": 1741083330118000000, "EdgeEndTimestamp": 1741083330140000000}"#,
            r#"{"EdgeStartTimestamp":1741083330,"EdgeResponseStatus":0,"A":1}"#,
        ] {
            let seen = Cloudflare.skim(line.as_bytes(), &mut clock()).unwrap();
            let entry = read(line).unwrap();
            assert_eq!((Some(seen.time), Some(seen.status)), (entry.time, entry.status), "{line}");
        }
    }

    #[test]
    fn cut_lines_are_read_as_far_as_they_go_and_no_bytes_make_it_panic() {
        let cut = &REFUSED[..REFUSED.find(",\"CacheCacheStatus").unwrap()];
        assert_eq!((read(cut).unwrap().status, field(&read(cut).unwrap(), "upstream")), (Some(521), "198.51.100.20".to_owned()));
        let bytes = REFUSED.as_bytes();
        for at in 0..bytes.len() {
            let mut broken = bytes.to_vec();
            for byte in [b'"', b' ', b':', b',', b'{', b'\\', 0, 0xff] {
                broken[at] = byte;
                for line in [&broken, &bytes[at..], &bytes[..at]] {
                    let _ = (Cloudflare.begins(line), Cloudflare.parse(line, &mut clock()), Cloudflare.skim(line, &mut clock()));
                }
            }
        }
    }
}
