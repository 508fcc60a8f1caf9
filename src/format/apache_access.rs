//! Apache's access log: common, combined, `vhost_combined`, combinedio, with `%D` or `%T` behind, and JSON.
//!
//! ```text
//! shop.test:443 203.0.113.7 - - [22/Nov/2026:15:50:12 +0000] "GET /cart HTTP/1.1" 503 544 "-" "curl/8.5.0" 361
//! ```
//!
//! It is stamped when the request came, not when it was answered. Who wants to know more logs notes of `mod_proxy`: the
//! status that the upstream sent (`%{proxy-status}n`), whether it was waited for in vain (`%{proxy_timedout}n`), the
//! reason of a failure (`%{error-notes}n`), the member that was asked last (`%{BALANCER_WORKER_NAME}e`).

use std::borrow::Cow;
use std::ops::ControlFlow;

use memchr::{memchr, memmem};
use smallvec::SmallVec;

use super::access::{Access, is_json, is_root, is_trace, skim_json, trace};
use super::clf::{self, Items, MOST_ITEMS};
use super::json::{self, Value};
use super::{About, Format, FormatId, Skimmed, layout, skim_line};
use crate::record::Entry;
use crate::text::number::{status, unsigned};
use crate::time::Clock;

/// See the module.
pub(super) struct ApacheAccess;

impl Format for ApacheAccess {
    fn begins(&self, line: &[u8]) -> bool {
        clf::begins(line) || is_json(line) || layout::begins(FormatId::ApacheAccess, line)
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        if let Some(entry) = layout::entry(FormatId::ApacheAccess, record, clock) {
            return Some(entry);
        }
        if record.first() == Some(&b'{') { from_json(record, clock) } else { from_text(record, clock) }
    }

    fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        if layout::is_set(FormatId::ApacheAccess) {
            return None;
        }
        if line.first() == Some(&b'{') { skim_json(line, clock, |_| false) } else { clf::skim(line, clock) }
    }

    fn skim_first(&self, rest: &[u8], clock: &mut Clock) -> Option<(Skimmed, usize)> {
        if rest.first() == Some(&b'{') || layout::is_set(FormatId::ApacheAccess) {
            return skim_line(self, rest, clock);
        }
        clf::skim_first(rest, clock)
    }

    fn one_line(&self) -> bool {
        true
    }

    fn stamps_start(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["status", "proxy_status", "timed_out", "reason"]
    }

    fn about(&self) -> About {
        About {
            title: "Apache httpd access log (common, combined, vhost_combined, combinedio, JSON)",
            recognised: "[host:port ]client ident user [dd/Mon/yyyy:hh:mm:ss zone] \"request\" status, or a JSON object with status and request",
            example: r#"203.0.113.7 - - [22/Nov/2026:15:50:12 +0000] "GET /cart HTTP/1.1" 503 544 "-" "curl/8.5.0" 361"#,
        }
    }
}

fn from_text<'a>(record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
    let line = clf::read(record)?;
    let mut entry = Entry { time: Some(clock.resolve(line.stamp)), ..Entry::default() };
    clf::fill(&line, &mut entry);
    if line.rest.is_empty() {
        name_authority(&mut entry);
        return Some(entry);
    }
    let mut notes = Notes::default();
    let mut words: SmallVec<[&[u8]; 8]> = SmallVec::new();
    for item in Items(line.rest).take(MOST_ITEMS) {
        if !item.key.is_empty() {
            notes.named(item.key, Value { raw: item.value, is_string: true });
        } else if is_root(item.value) {
            notes.trace = item.value;
        } else if !item.is_quoted && !item.is_bracketed {
            words.push(item.value);
        }
    }
    notes.words(&words);
    notes.fill(&mut entry, clock);
    Some(entry)
}

fn from_json<'a>(record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
    let mut notes = Notes::default();
    json::read(record, &mut |path, value| {
        if let [key] = path {
            notes.named(key, value);
        }
        ControlFlow::Continue(())
    });
    let mut entry = Entry::default();
    notes.fill(&mut entry, clock);
    entry.status.is_some().then_some(entry)
}

/// The target of CONNECT is an authority: it is the host, and the path is what httpd's own messages call it.
fn name_authority(entry: &mut Entry<'_>) {
    if &*entry.method == b"CONNECT" && entry.path.first().is_some_and(|byte| *byte != b'/') {
        let authority = std::mem::replace(&mut entry.path, Cow::Borrowed(b"/"));
        if entry.host.is_empty() {
            entry.host = authority;
        }
    }
}

/// The entry of a line whose layout is known: values by their usual names.
pub(super) fn from_named<'n, 'a>(named: impl Iterator<Item = (&'n str, &'a [u8])>, clock: &mut Clock) -> Option<Entry<'a>> {
    let mut notes = Notes::default();
    for (name, value) in named {
        notes.named(name.as_bytes(), Value { raw: value, is_string: true });
    }
    let mut entry = Entry::default();
    notes.fill(&mut entry, clock);
    entry.is_response.then_some(entry)
}

/// What a line says beside the common log format.
#[derive(Default)]
struct Notes<'a> {
    access: Access<'a>,
    proxy_status: &'a [u8],
    timed_out: &'a [u8],
    reason: &'a [u8],
    worker: &'a [u8],
    trace: &'a [u8],
    /// Microseconds.
    duration: Option<i64>,
}

impl<'a> Notes<'a> {
    fn fill(&self, entry: &mut Entry<'a>, clock: &mut Clock) {
        self.access.fill(entry, clock);
        entry.link = trace(self.trace);
        entry.set("proxy_status", self.proxy_status);
        entry.set("timed_out", self.timed_out);
        entry.set("reason", self.reason);
        entry.upstream = Cow::Borrowed(authority(self.worker));
        entry.duration = self.duration;
        name_authority(entry);
    }

    /// Takes a value by its name.
    fn named(&mut self, key: &[u8], value: Value<'a>) {
        let text = value.bare();
        let times = |factor: i64| i64::try_from(unsigned(text)?).ok()?.checked_mul(factor);
        match key {
            b"proxy_status" | b"proxy-status" | b"pstat" | b"upstream_status" | b"backend_status" => self.proxy_status = text,
            b"proxy_timedout" | b"timedout" | b"timed_out" if text != b"-" => self.timed_out = text,
            b"error-notes" | b"error_notes" | b"notes" => self.reason = reason(text),
            b"BALANCER_WORKER_NAME" | b"balancer_worker_name" | b"worker_name" | b"worker" | b"backend" | b"upstream" | b"upstream_addr" => self.worker = text,
            b"D" | b"dur_us" | b"duration_us" | b"time_us" | b"usec" | b"elapsed_us" | b"response_time_us" | b"request_time_us" => self.duration = times(1),
            b"duration_ms" | b"dur_ms" | b"time_ms" | b"msecs" | b"elapsed_ms" | b"response_time_ms" | b"request_time_ms" => self.duration = times(1_000),
            b"T" | b"duration_s" | b"dur_s" | b"seconds" | b"request_time" | b"rt" => self.duration = clf::micros(text),
            b"duration" | b"response_time" | b"time_taken" | b"elapsed" | b"dur" => self.duration = of_unknown_unit(text),
            key if is_trace(key) => self.trace = text,
            _ => {
                self.access.take(key, value);
            }
        }
    }

    /// Takes what stands behind the agent without names.
    fn words(&mut self, words: &[&'a [u8]]) {
        if let [duration, _log_id, process, proxy_status, worker] = words
            && is_process(process)
            && (*proxy_status == b"-" || status(proxy_status).is_some())
            && (*worker == b"-" || memmem::find(worker, b"://").is_some())
        {
            // %D %L %{pid}P:%{tid}P %{proxy-status}n %{BALANCER_WORKER_NAME}e
            (self.proxy_status, self.worker) = (proxy_status, worker);
            self.duration = of_unknown_unit(duration);
        } else if self.duration.is_none() {
            self.duration = duration(words);
        }
    }
}

/// `27981:140413463234240`.
fn is_process(word: &[u8]) -> bool {
    memchr(b':', word).is_some_and(|colon| unsigned(&word[..colon]).is_some() && unsigned(&word[colon + 1..]).is_some())
}

/// The duration among numbers without names: the only one; of two, the microseconds if the other is the same in seconds
/// (else they are `%I %O`, the bytes); of more, the last. `%T/%D` says both.
fn duration(words: &[&[u8]]) -> Option<i64> {
    let mut numbers: SmallVec<[&[u8]; 8]> = SmallVec::new();
    for word in words {
        if let Some(slash) = memchr(b'/', word).filter(|slash| unsigned(&word[..*slash]).is_some()) {
            return i64::try_from(unsigned(&word[slash + 1..])?).ok();
        }
        if clf::micros(word).is_some() {
            numbers.push(word);
        }
    }
    match numbers[..] {
        [] => None,
        [one, other] => [(one, other), (other, one)].into_iter().find_map(|(micros, seconds)| {
            let (micros, seconds) = (unsigned(micros)?, unsigned(seconds)?);
            (micros / 1_000_000 == seconds && micros >= 100).then(|| i64::try_from(micros).ok())?
        }),
        [.., last] => of_unknown_unit(last),
    }
}

/// Microseconds of `%D`, or of `%T` (seconds): Apache answers nothing in less than 100 microseconds, and few requests take
/// as many seconds. A fraction is of seconds.
fn of_unknown_unit(number: &[u8]) -> Option<i64> {
    match unsigned(number).and_then(|number| i64::try_from(number).ok()) {
        Some(micros) if micros >= 100 => Some(micros),
        _ => clf::micros(number),
    }
}

/// The reason out of the text that an error page of `mod_proxy` shows.
fn reason(notes: &[u8]) -> &[u8] {
    const BEGIN: &[u8] = b"Reason: <strong>";
    let Some(begin) = memmem::rfind(notes, BEGIN) else { return &[] };
    let rest = &notes[begin + BEGIN.len()..];
    &rest[..memmem::find(rest, b"</strong>").unwrap_or(rest.len())]
}

/// `10.0.0.1:8080` of `http://10.0.0.1:8080/app`, `unix:/run/a.sock` of `unix:/run/a.sock|http://localhost`.
fn authority(worker: &[u8]) -> &[u8] {
    if worker == b"-" {
        return &[];
    }
    let worker = &worker[..memchr(b'|', worker).unwrap_or(worker.len())];
    let Some(scheme) = memmem::find(worker, b"://") else { return worker };
    let rest = &worker[scheme + 3..];
    &rest[..memchr(b'/', rest).unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    fn read(line: &str) -> Option<Entry<'_>> {
        assert!(ApacheAccess.begins(line.as_bytes()), "{line}");
        let entry = ApacheAccess.parse(line.as_bytes(), &mut Clock::new(Zone::UTC, Timestamp::from_seconds(0)))?;
        assert!(entry.fields.iter().all(|(name, _)| ApacheAccess.fields().contains(name)));
        Some(entry)
    }

    fn duration_of(tail: &str) -> Option<i64> {
        read(&format!(r#"::1 - - [22/Nov/2026:15:50:12 +0000] "GET / HTTP/1.1" 502 578 {tail}"#)).unwrap().duration
    }

    #[test]
    fn the_usual_formats_are_read() {
        for line in [
            r#"203.0.113.7 - - [22/Nov/2026:15:50:12 +0000] "GET /a?b HTTP/1.1" 503 -"#,
            r#"203.0.113.7 - john doe [22/Nov/2026:15:50:12 +0000] "GET /a?b HTTP/1.1" 503 544 "-" "x\" 502 0 \"-\" \"y""#,
            r#"shop.test:443 203.0.113.7 - - [22/Nov/2026:15:50:12 +0000] "GET /a?b HTTP/1.1" 503 544 "-" "curl/8.5.0""#,
            r#"203.0.113.7 - - [22/Nov/2026:15:50:12 +0000] "GET /a?b HTTP/1.1" 503 544 "-" "curl/8.5.0" 120 544"#,
            r#"{"time":"2026-11-22T15:50:12+0000","client":"203.0.113.7","request":"GET /a?b HTTP/1.1","status":503,"bytes":544,"dur_us":389,"ua":"curl"}"#,
        ] {
            let entry = read(line).unwrap();
            assert_eq!((&*entry.client, &*entry.method, &*entry.path, entry.field("status")), (&b"203.0.113.7"[..], &b"GET"[..], &b"/a"[..], &b"503"[..]));
            assert_eq!((entry.status, entry.is_response), (Some(503), true));
            assert_eq!(entry.time.map(Timestamp::to_rfc3339).as_deref(), Some("2026-11-22T15:50:12Z"));
            assert_eq!(&*entry.host, if line.starts_with("shop") { &b"shop.test"[..] } else { b"" });
        }
    }

    #[test]
    fn what_was_sent_instead_of_a_request_is_read_too() {
        let entry = read(r#"::1 - - [22/Nov/2026:15:51:55 +0000] "\x16\x03\x01" 400 463 "-" "-""#).unwrap();
        assert_eq!((&*entry.method, &*entry.path, entry.status), (&b""[..], &b""[..], Some(400)));
        let entry = read(r#"::1 - - [22/Nov/2026:15:51:55 +0000] "GET /a b\"," 400 463 "-" "-""#).unwrap();
        assert_eq!(&*entry.path, b"/a b\",");
    }

    #[test]
    fn durations_are_told_from_bytes() {
        assert_eq!(duration_of(r#""-" "curl" 2003064"#), Some(2_003_064));
        assert_eq!(duration_of(r#""-" "curl" 60"#), Some(60_000_000));
        assert_eq!(duration_of(r#""-" "curl" 120 544"#), None);
        assert_eq!(duration_of(r#""-" "curl" 120 544 2003064"#), Some(2_003_064));
        assert_eq!(duration_of(r#""-" "curl" 2 2003064"#), Some(2_003_064));
        assert_eq!(duration_of(r#""-" "curl" 2/2003064"#), Some(2_003_064));
        assert_eq!(duration_of(r#""-" "curl" D=361 conn=-"#), Some(361));
        assert_eq!(duration_of("2003064"), Some(2_003_064));
        assert_eq!(duration_of(r#""-" "curl" duration_ms=12"#), Some(12_000));
        assert_eq!(duration_of(r#""-" "curl""#), None);
    }

    #[test]
    fn notes_of_the_proxy_are_read() {
        let line =
            r#"shop.test:80 ::1 - - [22/Nov/2026:15:50:12 +0000] "GET / HTTP/1.1" 503 20 "-" "curl" 5120 ZxAbQ@1 812:140413463234240 503 http://10.0.0.1:8080"#;
        let entry = read(line).unwrap();
        assert_eq!((entry.field("proxy_status"), entry.field("upstream"), entry.duration), (&b"503"[..], &b"10.0.0.1:8080"[..], Some(5_120)));
        let line = r#"::1 - - [22/Nov/2026:15:50:12 +0000] "GET / HTTP/1.1" 502 20 "-" "curl" pstat=- proxy_timedout=1 notes="The proxy server could not handle the request<p>Reason: <strong>Error reading from remote server</strong></p>" worker=unix:/run/a.sock|http://localhost"#;
        let entry = read(line).unwrap();
        let names = ["proxy_status", "timed_out", "reason", "upstream"];
        assert_eq!(
            names.map(|name| String::from_utf8_lossy(entry.field(name)).into_owned()),
            ["-", "1", "Error reading from remote server", "unix:/run/a.sock"]
        );
    }
}
