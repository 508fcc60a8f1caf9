//! Events of Kubernetes, and what the kubelet logs of probes.
//!
//! ```text
//! 12s         Warning   Unhealthy   pod/shop-7d9f6c4b5-x2x8k   Readiness probe failed: HTTP probe failed with statuscode: 503
//! ```
//!
//! `kubectl get events` and `describe` say how long ago, not when: such an entry has no time. `-o json` and exporters of events
//! do; an event of the former stands over many lines and begins with its `apiVersion`. The kubelet's line is of klog.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::behind::{message, stamped, until};
use super::json::{self, Value};
use super::{About, Format};
use crate::record::{Entry, Severity};
use crate::text::number::unsigned;
use crate::time::{Civil, Clock, Stamp, rfc3339};

/// See the module.
pub(super) struct KubernetesEvents;

/// How an event of `kubectl get events -o json` begins: keys are sorted, and an item's are indented so.
const ITEM: &[u8] = b"            \"apiVersion\": \"";

impl Format for KubernetesEvents {
    fn begins(&self, line: &[u8]) -> bool {
        line.starts_with(ITEM) || is_json(line) || row(line).is_some() || klog(line).is_some()
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        if record.starts_with(ITEM) {
            return from_json(&[b"{", record].concat(), clock);
        }
        if is_json(record) {
            return from_json(record, clock);
        }
        if let Some((stamp, severity, rest)) = klog(record) {
            return Some(message(Some(stamp), severity, rest, clock));
        }
        let row = row(record)?;
        let mut entry = message(None, severity(row.kind), row.message, clock);
        entry.set("reason", row.reason);
        let (kind, name) = until(row.object, b"/").unwrap_or((b"", row.object));
        entry.set("kind", kind.to_ascii_lowercase());
        entry.set("object", name);
        entry.set("pod", if kind.eq_ignore_ascii_case(b"pod") { name } else { b"" });
        Some(entry)
    }

    fn is_context(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["reason", "kind", "object", "pod", "zone"]
    }

    fn about(&self) -> About {
        About {
            title: "Kubernetes events (kubectl get events, describe, JSON) and the kubelet's log",
            recognised: "age Normal|Warning reason kind/name message, an object with involvedObject, or klog",
            example: "12s         Warning   Unhealthy   pod/shop-7d9f6c4b5-x2x8k   Readiness probe failed: HTTP probe failed with statuscode: 503",
        }
    }
}

fn severity(kind: &[u8]) -> Severity {
    if kind == b"Warning" { Severity::Warn } else { Severity::Info }
}

/// A row of a table.
struct Row<'a> {
    kind: &'a [u8],
    reason: &'a [u8],
    object: &'a [u8],
    message: &'a [u8],
}

/// `[namespace] age type reason object message`, or, indented, `type reason age [(xN over age)] from message`.
fn row(line: &[u8]) -> Option<Row<'_>> {
    let is_described = line.starts_with(b"  ");
    let mut rest = line.trim_ascii();
    let mut first = word(&mut rest)?;
    if is_described {
        let (kind, reason) = (is_kind(first).then_some(first)?, word(&mut rest)?);
        if !is_age(word(&mut rest)?) {
            return None;
        }
        if rest.starts_with(b"(x") {
            rest = until(rest, b")")?.1.trim_ascii_start();
        }
        word(&mut rest)?;
        return is_reason(reason).then_some(Row { kind, reason, object: b"", message: rest });
    }
    if !is_age(first) {
        first = word(&mut rest)?;
    }
    if !is_age(first) {
        return None;
    }
    if rest.starts_with(b"(x") {
        rest = until(rest, b")")?.1.trim_ascii_start();
    }
    let (kind, reason, object) = (word(&mut rest)?, word(&mut rest)?, word(&mut rest)?);
    let is_row = is_kind(kind) && is_reason(reason) && memchr::memchr(b'/', object).is_some();
    is_row.then_some(Row { kind, reason, object, message: rest })
}

fn word<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = memchr::memchr(b' ', rest)?;
    let word = &rest[..end];
    *rest = rest[end..].trim_ascii_start();
    Some(word)
}

fn is_kind(word: &[u8]) -> bool {
    matches!(word, b"Normal" | b"Warning")
}

fn is_reason(word: &[u8]) -> bool {
    word.first().is_some_and(u8::is_ascii_uppercase) && word.iter().all(u8::is_ascii_alphanumeric)
}

/// `12s`, `4m9s`, `2d`, `<unknown>`.
fn is_age(word: &[u8]) -> bool {
    let is_unit = |byte: &u8| matches!(byte, b's' | b'm' | b'h' | b'd' | b'y');
    word == b"<unknown>"
        || word.first().is_some_and(u8::is_ascii_digit) && word.last().is_some_and(is_unit) && word.iter().all(|byte| byte.is_ascii_digit() || is_unit(byte))
}

fn is_json(line: &[u8]) -> bool {
    let has = |key: &[u8]| memchr::memmem::find(line, key).is_some();
    line.first() == Some(&b'{') && has(b"\"reason\"") && (has(b"\"involvedObject\"") || has(b"\"regarding\""))
}

/// What an event says, whatever wraps it.
fn from_json<'a>(record: &[u8], clock: &mut Clock) -> Option<Entry<'a>> {
    let mut fields: [Vec<u8>; 5] = Default::default();
    // The last time it was seen, when it happened, the first time, when it was written down.
    let mut stamps: [Option<Stamp>; 4] = [None; 4];
    json::read(record, &mut |path, value: Value<'_>| {
        let path = path.strip_prefix(&[&b"event"[..]][..]).unwrap_or(path);
        let field = match path {
            [b"reason"] => 0,
            [b"involvedObject" | b"regarding", b"kind"] => 1,
            [b"involvedObject" | b"regarding", b"name"] => 2,
            [b"message" | b"note"] => 3,
            [b"type"] => 4,
            [.., name @ (b"lastTimestamp" | b"eventTime" | b"firstTimestamp" | b"creationTimestamp")] => {
                let rank = [&b"lastTimestamp"[..], b"eventTime", b"firstTimestamp", b"creationTimestamp"].iter().position(|known| known == name);
                stamps[rank.unwrap_or(3)] = rfc3339(value.bare()).map(|(stamp, _)| stamp);
                return ControlFlow::Continue(());
            }
            _ => return ControlFlow::Continue(()),
        };
        fields[field] = value.text().into_owned();
        ControlFlow::Continue(())
    });
    let [reason, kind, name, message, level] = fields;
    if reason.is_empty() {
        return None;
    }
    let mut entry = Entry { severity: severity(&level), message: Cow::Owned(message), ..Entry::default() };
    stamped(&mut entry, stamps.into_iter().flatten().next(), clock);
    entry.set("reason", reason);
    entry.set("pod", if kind == b"Pod" { name.clone() } else { Vec::new() });
    entry.set("kind", kind.to_ascii_lowercase());
    entry.set("object", name);
    Some(entry)
}

/// `I0304 10:15:31.204000    1233 prober.go:107] `: level, month and day, time, thread, place.
fn klog(line: &[u8]) -> Option<(Stamp, Severity, &[u8])> {
    let severity = match line.first()? {
        b'I' => Severity::Info,
        b'W' => Severity::Warn,
        b'E' => Severity::Error,
        b'F' => Severity::Emerg,
        _ => return None,
    };
    let head = line.get(1..21)?;
    if head[4] != b' ' || head[7] != b':' || head[10] != b':' || head[13] != b'.' {
        return None;
    }
    let part = |from: usize, len: usize| unsigned(&head[from..from + len]);
    let small = |from: usize| part(from, 2).and_then(|number| u8::try_from(number).ok());
    let micros = u32::try_from(part(14, 6)?).ok()?;
    let civil = Civil { year: 0, month: small(0)?, day: small(2)?, hour: small(5)?, minute: small(8)?, second: small(11)?, micros };
    let (place, rest) = until(line.get(21..)?, b"] ")?;
    let is_place = place.len() < 80 && memchr::memmem::find(place, b".go:").is_some();
    (civil.is_sane() && is_place).then_some((Stamp::Yearless(civil), severity, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    fn read(line: &str) -> Option<[String; 4]> {
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000));
        let entry = KubernetesEvents.begins(line.split('\n').next()?.as_bytes()).then(|| KubernetesEvents.parse(line.as_bytes(), &mut clock))??;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some([entry.time.map(Timestamp::to_rfc3339).unwrap_or_default(), text(entry.field("reason")), text(entry.field("pod")), text(&entry.message)])
    }

    #[test]
    fn each_form_is_read() {
        let is = |time: &str, reason: &str, pod: &str| Some([time, reason, pod, "Readiness probe failed: x y"].map(str::to_owned));
        assert_eq!(read("12s   Warning   Unhealthy   pod/shop-1   Readiness probe failed: x y"), is("", "Unhealthy", "shop-1"));
        assert_eq!(read("shop  4m9s (x4 over 5m)  Warning   Unhealthy   Pod/shop-1   Readiness probe failed: x y"), is("", "Unhealthy", "shop-1"));
        assert_eq!(read("  Warning  Unhealthy  12s (x9 over 4m)  kubelet  Readiness probe failed: x y"), is("", "Unhealthy", ""));
        let json = r#"{"reason":"Unhealthy","message":"Readiness probe failed: x y","type":"Warning","involvedObject":{"kind":"Pod","name":"shop-1"},"firstTimestamp":"2025-03-04T10:00:00Z","lastTimestamp":"2025-03-04T10:15:31Z"}"#;
        assert_eq!(read(json), is("2025-03-04T10:15:31Z", "Unhealthy", "shop-1"));
        let item = "            \"apiVersion\": \"v1\",\n            \"eventTime\": null,\n            \"involvedObject\": {\n                \"kind\": \"Pod\",\n                \"name\": \"shop-1\"\n            },\n            \"lastTimestamp\": \"2025-03-04T10:15:31Z\",\n            \"message\": \"Readiness probe failed: x y\",\n            \"reason\": \"Unhealthy\"\n        },\n        {";
        assert_eq!(read(item), is("2025-03-04T10:15:31Z", "Unhealthy", "shop-1"));
        assert_eq!(read("I0304 10:15:31.204000    1233 prober.go:107] Readiness probe failed: x y"), is("2026-03-04T10:15:31.204Z", "", ""));
        for other in ["LAST SEEN   TYPE   REASON   OBJECT   MESSAGE", "12s ago it broke", "  Normal life", "I0304 10:15:31 x", "{}", "", "W"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
