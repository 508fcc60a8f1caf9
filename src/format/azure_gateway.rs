//! The access log of Azure's Application Gateway, one JSON object a line.
//!
//! ```text
//! {"timeStamp":"2025-03-04T10:15:31+00:00","category":"ApplicationGatewayAccessLog","backendPoolName":"shop-pool","properties":{"clientIP":"203.0.113.24","httpMethod":"GET","requestUri":"/cart","httpStatus":502,"timeTaken":0.012,"host":"shop.example.com","error_info":"ERRORINFO_UPSTREAM_NO_LIVE","serverRouted":"","serverStatus":""}}
//! ```
//!
//! Log Analytics writes the same without `properties`, with suffixes (`httpStatus_d`) or capitals (`HttpStatus`). Version 1
//! of the gateway puts server and status into `requestQuery` and counts milliseconds (Microsoft, "Diagnostic logs for
//! Application Gateway").

use std::borrow::Cow;
use std::ops::ControlFlow;

use memchr::memmem;

use super::clf::{any_stamp, micros, without_port};
use super::json::{self, Value, unescape};
use super::member::Key;
use super::{About, Format, Skimmed, Tier};
use crate::record::Entry;
use crate::text::number::unsigned;
use crate::text::path_of;
use crate::time::{Clock, Stamp};

/// See the module.
pub(super) struct AzureGateway;

static STATUS: Key = Key::new("\"httpStatus\"");
static ROUTED: Key = Key::new("\"serverRouted\"");
static TIMESTAMP: Key = Key::new("\"timeStamp\"");
static TIME: Key = Key::new("\"time\"");

/// Names that only this log has, beside those of version 2: the category, and how Log Analytics spells a field.
const SIGNS: [&[u8]; 4] = [b":\"ApplicationGatewayAccessLog\"", b": \"ApplicationGatewayAccessLog\"", b"\"serverRouted_s\":", b"\"ServerRouted\":"];

impl Format for AzureGateway {
    fn begins(&self, line: &[u8]) -> bool {
        line.first() == Some(&b'{') && (STATUS.is_in(line) && ROUTED.is_in(line) || SIGNS.iter().any(|sign| memmem::find(line, sign).is_some()))
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let mut request = Request::default();
        json::read(record, &mut |path, value| {
            if let [key] | [b"properties", key] = path {
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
        let stamp = if TIMESTAMP.is_in(line) { TIMESTAMP.value(line)? } else { TIME.value(line)? };
        Some(Skimmed { time: clock.resolve(any_stamp(stamp.raw)?), status, is_bare: false })
    }

    fn tier(&self) -> Tier {
        Tier::Balancer
    }

    fn one_line(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["status", "error_info", "server_status", "routed"]
    }

    fn about(&self) -> About {
        About {
            title: "Azure Application Gateway access log (JSON)",
            recognised: "a JSON object of the category ApplicationGatewayAccessLog, or with httpStatus and serverRouted",
            example: r#"{"timeStamp":"2025-03-04T10:15:31+00:00","category":"ApplicationGatewayAccessLog","listenerName":"https-in","backendPoolName":"shop-pool","properties":{"clientIP":"203.0.113.24","httpMethod":"GET","requestUri":"/cart","httpStatus":502,"timeTaken":0.012,"host":"shop.example.com","error_info":"ERRORINFO_UPSTREAM_NO_LIVE","serverRouted":"","serverStatus":"","serverResponseLatency":""}}"#,
        }
    }
}

/// What a line says.
#[derive(Default)]
struct Request<'a> {
    entry: Entry<'a>,
    /// `timeStamp`, and what stands for it elsewhere.
    stamps: [Option<Stamp>; 2],
    taken: &'a [u8],
    routed: &'a [u8],
    server_status: &'a [u8],
    pool: Cow<'a, [u8]>,
    original_host: Cow<'a, [u8]>,
    /// Version 2 has fields for the server that was asked.
    is_version_2: bool,
}

impl<'a> Request<'a> {
    fn take(&mut self, key: &[u8], value: Value<'a>) {
        let (entry, text) = (&mut self.entry, value.bare());
        let mut name = [0; 32];
        let Some(name) = plain(key, &mut name) else { return };
        match name {
            b"httpstatus" => {
                // Log Analytics may write a number as `502.0`.
                let whole = Value { raw: text.strip_suffix(b".0").unwrap_or(text), ..value };
                entry.is_response = whole.status().is_some();
                entry.status = whole.status();
                entry.set("status", whole.raw);
            }
            b"timestamp" => self.stamps[0] = any_stamp(value.raw),
            b"time" | b"timegenerated" => self.stamps[1] = self.stamps[1].or_else(|| any_stamp(value.raw)),
            b"clientip" => entry.client = unescape(without_port(text)),
            b"httpmethod" => entry.method = value.text(),
            b"requesturi" => entry.path = unescape(path_of(value.raw)),
            b"host" => entry.host = value.text(),
            b"originalhost" => self.original_host = value.text(),
            b"errorinfo" | b"error_info" => entry.set("error_info", text),
            b"serverrouted" => {
                self.is_version_2 = true;
                if !text.is_empty() {
                    self.routed = text;
                }
            }
            b"serverstatus" if !text.is_empty() => self.server_status = text,
            b"backendpoolname" => self.pool = value.text(),
            b"timetaken" => self.taken = text,
            b"requestquery" => self.query(text),
            _ => {}
        }
    }

    /// Version 1: `…&SERVER-ROUTED=10.4.0.4&…&SERVER-STATUS=200`.
    fn query(&mut self, query: &'a [u8]) {
        for pair in query.split(|byte| *byte == b'&') {
            if let Some(routed) = pair.strip_prefix(b"SERVER-ROUTED=") {
                self.routed = routed;
            } else if let Some(status) = pair.strip_prefix(b"SERVER-STATUS=") {
                self.server_status = status;
            }
        }
    }

    fn entry(self, clock: &mut Clock) -> Option<Entry<'a>> {
        let mut entry = self.entry;
        entry.time = self.stamps[0].or(self.stamps[1]).map(|stamp| clock.resolve(stamp));
        entry.duration =
            if self.is_version_2 { micros(self.taken) } else { unsigned(self.taken).and_then(|millis| i64::try_from(millis).ok()?.checked_mul(1_000)) };
        if entry.host.is_empty() {
            entry.host = self.original_host;
        }
        let routed = said(self.routed);
        entry.set("routed", routed);
        entry.set("server_status", said(self.server_status));
        entry.upstream = if routed.is_empty() { self.pool } else { Cow::Borrowed(routed) };
        entry.is_response.then_some(entry)
    }
}

/// A key in small letters, without the suffix that says its type.
fn plain<'b>(key: &[u8], name: &'b mut [u8; 32]) -> Option<&'b [u8]> {
    let key = key.strip_suffix(b"_d").or_else(|| key.strip_suffix(b"_s")).or_else(|| key.strip_suffix(b"_t")).unwrap_or(key);
    let name = name.get_mut(..key.len())?;
    name.copy_from_slice(key);
    name.make_ascii_lowercase();
    Some(name)
}

/// What a field says; `-` is nothing.
fn said(text: &[u8]) -> &[u8] {
    if text == b"-" { &[] } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    const FLAT: &str = r#"{"TimeGenerated":"2025-03-04T10:15:52Z","Category":"ApplicationGatewayAccessLog","backendPoolName_s":"shop-pool","clientIP_s":"203.0.113.24:443","httpMethod_s":"POST","requestUri_s":"/report?\"httpStatus\":200","httpStatus_d":504,"timeTaken_d":20.003,"originalHost_s":"shop.example.com","error_info_s":"ERRORINFO_UPSTREAM_TIMED_OUT","serverRouted_s":"10.1.2.4:443","serverStatus_s":"504"}"#;

    fn clock() -> Clock {
        Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800))
    }

    fn read(line: &str) -> Entry<'_> {
        assert!(AzureGateway.begins(line.as_bytes()), "{line}");
        let entry = AzureGateway.parse(line.as_bytes(), &mut clock()).unwrap();
        assert!(entry.fields.iter().all(|(name, _)| AzureGateway.fields().contains(name)));
        entry
    }

    fn fields(entry: &Entry<'_>) -> [String; 7] {
        ["status", "error_info", "server_status", "routed", "upstream", "host", "path"].map(|name| String::from_utf8_lossy(entry.field(name)).into_owned())
    }

    #[test]
    fn a_line_is_read_in_each_of_its_forms() {
        let entry = read(AzureGateway.about().example);
        assert_eq!(fields(&entry), ["502", "ERRORINFO_UPSTREAM_NO_LIVE", "", "", "shop-pool", "shop.example.com", "/cart"]);
        assert_eq!((entry.status, entry.duration, entry.time.unwrap().to_rfc3339().as_str()), (Some(502), Some(12_000), "2025-03-04T10:15:31Z"));
        let flat = ["504", "ERRORINFO_UPSTREAM_TIMED_OUT", "504", "10.1.2.4:443", "10.1.2.4:443", "shop.example.com", "/report"];
        assert_eq!(fields(&read(FLAT)), flat);
        assert_eq!(fields(&read(&FLAT.replace("_d\":504", "_d\":504.0"))), flat);
        let table = FLAT.replace("_s\"", "\"").replace("_d\"", "\"").replace("httpStatus\":5", "HttpStatus\":5").replace("serverRouted", "ServerRouted");
        assert_eq!(fields(&read(&table.replace("error_info", "ErrorInfo"))), flat);
        assert_eq!((read(FLAT).duration, &*read(FLAT).client), (Some(20_003_000), &b"203.0.113.24"[..]));
    }

    #[test]
    fn version_1_has_the_server_in_the_query_and_milliseconds() {
        let line = r#"{"category":"ApplicationGatewayAccessLog","time":"2017-04-26T19:27:38Z","properties":{"clientIP":"203.0.113.97","httpMethod":"GET","requestUri":"/phpmyadmin","requestQuery":"X-AzureApplicationGateway-CACHE-HIT=0&SERVER-ROUTED=10.4.0.4&SERVER-STATUS=502","httpStatus":502,"timeTaken":205}}"#;
        let entry = read(line);
        assert_eq!((fields(&entry)[2].as_str(), fields(&entry)[3].as_str(), entry.duration), ("502", "10.4.0.4", Some(205_000)));
    }

    #[test]
    fn only_its_own_lines_begin_a_record() {
        for other in [
            "",
            "{}",
            r#"{"category":"ApplicationGatewayFirewallLog","properties":{"clientIp":"203.0.113.24"}}"#,
            r#"{"status":502,"agent":"\"httpStatus\":1,\"serverRouted\":2"}"#,
            r#"{"httpStatus":502}"#,
        ] {
            assert!(!AzureGateway.begins(other.as_bytes()), "{other}");
        }
        assert!(AzureGateway.parse(br#"{"category":"ApplicationGatewayAccessLog"}"#, &mut clock()).is_none());
    }

    #[test]
    fn a_glance_sees_what_reading_sees() {
        let line = AzureGateway.about().example;
        let (seen, entry) = (AzureGateway.skim(line.as_bytes(), &mut clock()).unwrap(), read(line));
        assert_eq!((Some(seen.time), Some(seen.status)), (entry.time, entry.status));
        assert!(AzureGateway.skim(FLAT.as_bytes(), &mut clock()).is_none());
    }

    #[test]
    fn cut_lines_are_read_as_far_as_they_go_and_no_bytes_make_it_panic() {
        let line = AzureGateway.about().example;
        assert_eq!(fields(&read(&line[..line.find(",\"timeTaken").unwrap()]))[0], "502");
        let bytes = FLAT.as_bytes();
        for at in 0..bytes.len() {
            let mut broken = bytes.to_vec();
            for byte in [b'"', b'{', b':', b',', b'\\', b'_', 0, 0xff] {
                broken[at] = byte;
                for line in [&broken, &bytes[at..], &bytes[..at]] {
                    let _ = (AzureGateway.begins(line), AzureGateway.parse(line, &mut clock()), AzureGateway.skim(line, &mut clock()));
                }
            }
        }
    }
}
