//! Fastly's logs: the common log format with a reason and a state behind it, or JSON.
//!
//! ```text
//! 203.0.113.24 "-" "-" [04/Mar/2025:10:15:32 +0000] "GET /cart HTTP/1.1" 503 449 "All backends failed or unhealthy" ERROR
//! {"timestamp":"2025-03-04T10:15:31+0000","client_ip":"203.0.113.24","host":"shop.example.com","url":"/cart","request_method":"GET","response_status":503,"response_reason":"first byte timeout","response_state":"ERROR","fastly_is_edge":true}
//! ```
//!
//! Everybody writes a format of their own. What tells is the reason (`resp.response`, the text beside the status) and
//! `fastly_info.state`; both are read in lower and upper case, as they come. A line of a shield, which another of Fastly's
//! servers asked, is no answer to a client: that server's own line is.

use std::ops::ControlFlow;

use super::access::Access;
use super::clf::{self as common, Items, MOST_ITEMS};
use super::json::{self, Value};
use super::member::Key;
use super::{About, Format, Skimmed, Tier};
use crate::record::Entry;
use crate::text::number;
use crate::time::{Clock, clf};

/// See the module.
pub(super) struct Fastly;

static OWN: Key = Key::new("\"fastly");
static STATE: Key = Key::new("\"response_state\"");
static RESPONSE_STATUS: Key = Key::new("\"response_status\"");
static STATUS: Key = Key::new("\"status\"");
static TIMESTAMP: Key = Key::new("\"timestamp\"");

impl Format for Fastly {
    fn begins(&self, line: &[u8]) -> bool {
        if line.first() == Some(&b'{') {
            return OWN.begins_one_in(line) || STATE.is_in(line) && RESPONSE_STATUS.is_in(line);
        }
        is_text(line)
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        if record.first() == Some(&b'{') { from_json(record, clock) } else { from_text(record, clock) }
    }

    fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        if line.first() != Some(&b'{') {
            return skim_text(line, clock);
        }
        let status = if RESPONSE_STATUS.is_in(line) { RESPONSE_STATUS.value(line)? } else { STATUS.value(line)? };
        let stamp = common::any_stamp(TIMESTAMP.value(line)?.raw)?;
        Some(Skimmed { time: clock.resolve(stamp), status: number::status(status.raw)?, is_bare: false })
    }

    fn tier(&self) -> Tier {
        Tier::Edge
    }

    fn one_line(&self) -> bool {
        true
    }

    fn stamps_start(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["status", "side_status", "reason", "state"]
    }

    fn about(&self) -> About {
        About {
            title: "Fastly log (common log format with reason and state, or JSON)",
            recognised: "client \"-\" \"-\" [time] \"request\" status, or a JSON object with keys of fastly",
            example: r#"203.0.113.24 "-" "-" [04/Mar/2025:10:15:32 +0000] "GET /cart HTTP/1.1" 503 449 "All backends failed or unhealthy" ERROR"#,
        }
    }
}

/// What stands behind the client: identity and user, which nobody has.
const QUOTED_USER: &[u8] = b" \"-\" \"-\" ";

/// A line of text that only Fastly writes: the user stands in quotes, or a reason and a state behind the bytes.
fn is_text(line: &[u8]) -> bool {
    if !common::begins(line) {
        return false;
    }
    let is_quoted_user = memchr::memchr(b'[', line).is_some_and(|at| line[..at].ends_with(QUOTED_USER));
    is_quoted_user
        || common::read(line).is_some_and(|line| {
            let mut items = Items(line.tail);
            let (first, second) = (items.next(), items.next());
            let (Some(reason), Some(state), None) = (first, second, items.next()) else { return false };
            reason.is_quoted && is_reason(reason.value) && !state.is_quoted && state.key.is_empty() && is_state(state.value)
        })
}

/// `HIT-CLUSTER`, `MISS`, `ERROR`, `BG-ERROR-PASS`: words of [`STATES`].
fn is_state(word: &[u8]) -> bool {
    let word = word.strip_prefix(b"BG-").unwrap_or(word);
    let first = &word[..memchr::memchr(b'-', word).unwrap_or(word.len())];
    STATES.contains(&first) && word.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-')
}

/// How a state begins (Fastly, `fastly_info.state`).
const STATES: [&[u8]; 6] = [b"NONE", b"HIT", b"HITPASS", b"MISS", b"PASS", b"ERROR"];

/// Words, and no referrer or agent.
fn is_reason(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphabetic)
        && text.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'\'' | b'.' | b'_' | b'-' | b'(' | b')'))
}

/// Time and status of a line without escapes in its request.
fn skim_text(line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
    let at = memchr::memchr(b'[', &line[..line.len().min(256)])?;
    if !line[..at].ends_with(QUOTED_USER) {
        return common::skim(line, clock).map(|skimmed| Skimmed { is_bare: false, ..skimmed });
    }
    let stamp = clf(&line[at + 1..])?;
    let request = line.get(at + 27..)?.strip_prefix(b"] \"")?;
    let end = memchr::memchr2(b'"', b'\\', request)?;
    let [b'"', b' ', status @ .., b' '] = request.get(end..end + 6)? else { return None };
    Some(Skimmed { time: clock.resolve(stamp), status: number::status(status)?, is_bare: false })
}

fn from_text<'a>(record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
    let line = common::read(record)?;
    let mut entry = Entry { time: Some(clock.resolve(line.stamp)), ..Entry::default() };
    common::fill(&line, &mut entry);
    let mut told = Told::default();
    let mut last_quoted: &[u8] = &[];
    for item in Items(line.tail).take(MOST_ITEMS) {
        if !item.key.is_empty() {
            told.named(item.key, Value { raw: item.value, is_string: true });
        } else if item.is_quoted {
            last_quoted = item.value;
        } else if told.state.is_empty() && is_state(item.value) {
            told.state = item.value;
            if told.reason.is_empty() {
                told.reason = last_quoted;
            }
        }
    }
    if told.reason.is_empty() && is_reason(last_quoted) {
        told.reason = last_quoted;
    }
    told.fill(&mut entry);
    Some(entry)
}

fn from_json<'a>(record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
    let (mut access, mut told) = (Access::default(), Told::default());
    let (mut status, mut stamp) = (None, None);
    json::read(record, &mut |path, value| {
        match path {
            [b"response_status" | b"resp_status"] => status = status.or(Some(value)),
            [b"timestamp"] => stamp = stamp.or_else(|| common::any_stamp(value.raw)),
            [key] if !told.named(key, value) => {
                access.take(key, value);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
    let mut entry = Entry::default();
    access.fill(&mut entry, clock);
    if let Some(status) = status {
        entry.fields.clear();
        common::set_status(&mut entry, status.raw);
    }
    if let Some(stamp) = stamp {
        entry.time = Some(clock.resolve(stamp));
    }
    told.fill(&mut entry);
    entry.is_response.then_some(entry)
}

/// What a line says beside the request.
#[derive(Default)]
struct Told<'a> {
    reason: &'a [u8],
    state: &'a [u8],
    backend: Option<Value<'a>>,
    /// Microseconds.
    duration: Option<i64>,
    /// Another of Fastly's servers asked.
    is_shield: bool,
}

impl<'a> Told<'a> {
    /// Takes a value by its name, if it is one of these.
    fn named(&mut self, key: &[u8], value: Value<'a>) -> bool {
        let text = value.bare();
        match key {
            b"response_reason" | b"resp_response" | b"obj_response" | b"resp.response" | b"reason" | b"fastly_reason" | b"fastly_error" | b"response"
            | b"error" => {
                self.reason = text;
            }
            b"response_state" | b"fastly_info_state" | b"fastly_info.state" | b"fastly_state" | b"fastly_info" | b"state" | b"cache_status" => {
                self.state = text;
            }
            b"backend" | b"backend_name" | b"req_backend" | b"beresp_backend_name" | b"origin_name" | b"origin" => self.backend = Some(value),
            b"fastly_is_edge" | b"is_edge" => self.is_shield = matches!(text, b"false" | b"0"),
            b"fastly_is_shield" | b"is_shield" => self.is_shield = matches!(text, b"true" | b"1"),
            b"time_elapsed" | b"time_elapsed_usec" | b"elapsed_usec" | b"request_time_us" => {
                self.duration = number::unsigned(text).and_then(|micros| i64::try_from(micros).ok());
            }
            _ => return false,
        }
        true
    }

    fn fill(&self, entry: &mut Entry<'a>) {
        // The capitals of a reason are a matter of chance.
        entry.set("reason", if self.reason == b"-" { Vec::new() } else { self.reason.to_ascii_lowercase() });
        entry.set("state", self.state);
        if let Some(backend) = self.backend.filter(|backend| backend.raw != b"(null)") {
            entry.upstream = backend.text();
        }
        entry.duration = self.duration;
        if self.is_shield
            && let Some(field) = entry.fields.iter_mut().find(|(name, _)| *name == "status")
        {
            field.0 = "side_status";
            entry.status = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    const TEXT: &str = r#"203.0.113.24 "-" "-" [04/Mar/2025:10:15:32 +0000] "GET /cart?a=1 HTTP/1.1" 503 449 "All backends failed or unhealthy (chash)" ERROR"#;
    const JSON: &str = r#"{"timestamp":"2025-03-04T10:15:31+0000","client_ip":"203.0.113.24","host":"shop.example.com","url":"/cart?b=\"fastly_is_edge\":false,","request_method":"GET","response_status":503,"response_reason":"first byte timeout","response_state":"ERROR","backend":"F_origin","time_elapsed":15000123,"fastly_server":"cache-fra-etou8220073-FRA","fastly_is_edge":true}"#;

    fn clock() -> Clock {
        Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800))
    }

    fn read(line: &str) -> Option<Entry<'_>> {
        assert!(Fastly.begins(line.as_bytes()), "{line}");
        let entry = Fastly.parse(line.as_bytes(), &mut clock())?;
        assert!(entry.fields.iter().all(|(name, _)| Fastly.fields().contains(name)));
        Some(entry)
    }

    fn fields(line: &str) -> [String; 6] {
        let entry = read(line).unwrap();
        ["status", "reason", "state", "host", "path", "upstream"].map(|name| String::from_utf8_lossy(entry.field(name)).into_owned())
    }

    #[test]
    fn text_and_json_say_the_same() {
        assert_eq!(fields(TEXT), ["503", "all backends failed or unhealthy (chash)", "ERROR", "", "/cart", ""]);
        assert_eq!(fields(JSON), ["503", "first byte timeout", "ERROR", "shop.example.com", "/cart", "F_origin"]);
        let entry = read(JSON).unwrap();
        assert_eq!((entry.status, entry.duration, &*entry.client), (Some(503), Some(15_000_123), &b"203.0.113.24"[..]));
        assert_eq!(entry.time.unwrap().to_rfc3339(), "2025-03-04T10:15:31Z");
        assert_eq!(read(TEXT).unwrap().time.unwrap().to_rfc3339(), "2025-03-04T10:15:32Z");
    }

    #[test]
    fn reason_and_state_are_found_wherever_the_format_has_them() {
        let with = |tail: &str| {
            let [_, reason, state, ..] = fields(&TEXT.replace(r#" "All backends failed or unhealthy (chash)" ERROR"#, tail));
            (reason, state)
        };
        let is = |reason: &str, state: &str| (reason.to_owned(), state.to_owned());
        assert_eq!(with(r#" "-" "curl/8.5.0" "Backend.max_conn reached" ERROR-CLUSTER 0.001"#), is("backend.max_conn reached", "ERROR-CLUSTER"));
        assert_eq!(with(r#" state=PASS reason="Connection refused""#), is("connection refused", "PASS"));
        assert_eq!(with(" MISS"), is("", "MISS"));
        assert_eq!(with(""), is("", ""));
        assert_eq!(with(r#" "OK""#), is("ok", ""));
        let plain = TEXT.replace(r#""-" "-""#, "- -");
        assert_eq!(fields(&plain)[2], "ERROR");
    }

    #[test]
    fn the_line_of_a_shield_is_no_answer_to_a_client() {
        let line = JSON.replace(r#""fastly_is_edge":true"#, r#""fastly_is_edge":false"#);
        let entry = read(&line).unwrap();
        assert_eq!((entry.status, entry.field("status"), entry.field("side_status")), (None, &b""[..], &b"503"[..]));
    }

    #[test]
    fn only_its_own_lines_begin_a_record() {
        for other in [
            "",
            "{}",
            r#"203.0.113.7 - - [22/Nov/2026:15:47:23 +0000] "GET /cart HTTP/1.1" 502 157 "-" "curl/8.5.0""#,
            r#"203.0.113.7 - - [22/Nov/2026:15:47:23 +0000] "GET /cart HTTP/1.1" 502 157 "-" MISS"#,
            r#"203.0.113.7 - - [22/Nov/2026:15:47:23 +0000] "GET /cart HTTP/1.1" 502 157 "-" "curl" MISS"#,
            r#"{"time":"2026-11-22T15:47:24+00:00","status":502,"request":"GET / HTTP/1.1","agent":"\"fastly_x\":1"}"#,
            r#"{"response_status":502}"#,
        ] {
            assert!(!Fastly.begins(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_glance_sees_what_reading_sees() {
        for line in [TEXT.to_owned(), JSON.to_owned(), JSON.replace("response_status\":503", "status\":\"200\""), JSON.replace(":503", ": 404 ")] {
            let seen = Fastly.skim(line.as_bytes(), &mut clock()).unwrap();
            let entry = read(&line).unwrap();
            assert_eq!((Some(seen.time), Some(seen.status)), (entry.time, entry.status), "{line}");
        }
    }

    #[test]
    fn cut_lines_are_read_as_far_as_they_go_and_no_bytes_make_it_panic() {
        assert_eq!(fields(&TEXT[..TEXT.find(" (chash").unwrap()])[0], "503");
        for bytes in [TEXT.as_bytes(), JSON.as_bytes()] {
            for at in 0..bytes.len() {
                let mut broken = bytes.to_vec();
                for byte in [b'"', b' ', b':', b'{', b'\\', b'-', 0, 0xff] {
                    broken[at] = byte;
                    for line in [&broken, &bytes[at..], &bytes[..at]] {
                        let _ = (Fastly.begins(line), Fastly.parse(line, &mut clock()), Fastly.skim(line, &mut clock()));
                    }
                }
            }
        }
    }
}
