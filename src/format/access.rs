//! The usual names of what an access log says, where it is written as JSON or `key=value`. Knows no product.

use std::ops::ControlFlow;

use memchr::{memchr, memmem};

use super::Skimmed;
use super::clf::{any_stamp, request_parts, set_status, without_port};
use super::json::{self, Value, unescape};
use super::member::Key;
use super::members;
use crate::record::{Entry, Link};
use crate::text::{number, path_of};
use crate::time::{Clock, Stamp};

/// What a response is linked by: the id that several proxies hand on and write down. Of an `X-Amzn-Trace-Id` it is the
/// root; `-` is none, and what is too short to be the only one of its kind is none either.
pub(super) fn trace(id: &[u8]) -> Link {
    let root = memmem::find(id, b"Root=").map(|at| &id[at + 5..]).and_then(|root| root.get(..35));
    let id = root.unwrap_or(id);
    // A CF-Ray header has the data centre behind it, which Cloudflare's own log has elsewhere.
    let id = if id.len() == 20 && id[16] == b'-' { &id[..16] } else { id };
    if id.len() < 12 { Link::None } else { Link::Request(super::hash(&[id])) }
}

/// Whether a value without a name is such an id.
pub(super) fn is_root(value: &[u8]) -> bool {
    value.len() >= 40 && memmem::find(&value[..value.len().min(80)], b"Root=1-").is_some()
}

/// Names of values that hold such an id.
pub(super) fn is_trace(key: &[u8]) -> bool {
    const NAMES: [&[u8]; 15] = [
        b"Root",
        b"trace_id",
        b"traceid",
        b"trace",
        b"request_id",
        b"requestid",
        b"req_id",
        b"reqid",
        b"x_request_id",
        b"http_x_request_id",
        b"x_amzn_trace_id",
        b"http_x_amzn_trace_id",
        b"amzn_trace_id",
        b"cf_ray",
        b"http_cf_ray",
    ];
    NAMES.contains(&key)
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Status,
    Request,
    Method,
    Uri,
    Client,
    Host,
    Time,
}

/// What the name stands for, and how good a source it is beside others: less is better.
fn slot(key: &[u8]) -> Option<(Slot, u8)> {
    Some(match key {
        b"status" => (Slot::Status, 0),
        b"status_code" | b"http_status" => (Slot::Status, 1),
        b"request" | b"request_line" | b"http_request" => (Slot::Request, 0),
        b"request_method" | b"method" | b"http_method" | b"verb" => (Slot::Method, 0),
        b"request_uri" => (Slot::Uri, 0),
        b"uri" | b"url" | b"path" | b"request_path" | b"http_uri" => (Slot::Uri, 1),
        b"remote_addr" => (Slot::Client, 0),
        b"client" | b"client_ip" | b"clientip" | b"client_addr" | b"clientAddress" | b"remote_ip" | b"remoteIP" => (Slot::Client, 1),
        b"remote" | b"remote_host" | b"remote_address" | b"ip" | b"http_x_real_ip" | b"x_real_ip" | b"real_ip" => (Slot::Client, 2),
        b"http_x_forwarded_for" | b"x_forwarded_for" | b"xff" => (Slot::Client, 3),
        b"http_host" | b"host" => (Slot::Host, 0),
        b"server_name" | b"sn" | b"vhost" | b"domain" | b"virtual_host" | b"server" => (Slot::Host, 1),
        b"msec" => (Slot::Time, 0),
        b"time_iso8601" | b"@timestamp" | b"timestamp" | b"time" | b"time_local" | b"ts" | b"datetime" | b"date" => (Slot::Time, 1),
        _ => return None,
    })
}

/// Whether the value of that name says when, or how it was answered.
pub(super) fn is_time_or_status(key: &[u8]) -> bool {
    matches!(slot(key), Some((Slot::Time | Slot::Status, _)))
}

/// Values of a record by what they stand for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Access<'a>([Option<(u8, Value<'a>)>; 7]);

impl<'a> Access<'a> {
    /// Takes a value, if its name is one of the usual.
    pub(super) fn take(&mut self, key: &[u8], value: Value<'a>) -> bool {
        let Some((slot, rank)) = slot(key) else { return false };
        let fits = match slot {
            Slot::Status => number::status(value.raw).is_some(),
            Slot::Time => any_stamp(value.raw).is_some(),
            _ => !matches!(value.bare(), b"" | b"-"),
        };
        let held = &mut self.0[slot as usize];
        if fits && held.is_none_or(|(best, _)| rank < best) {
            *held = Some((rank, value));
        }
        true
    }

    /// Puts what was taken into the entry, where that is better than what it holds.
    pub(super) fn fill(&self, entry: &mut Entry<'a>, clock: &mut Clock) {
        if let Some(status) = self.get(Slot::Status) {
            set_status(entry, status.raw);
        }
        if let Some(client) = self.get(Slot::Client).map(|client| client.raw) {
            let first = &client[..memchr(b',', client).unwrap_or(client.len())];
            entry.client = unescape(without_port(first));
        }
        if let Some(host) = self.get(Slot::Host) {
            entry.host = host.text();
        }
        let (method, uri) = match self.get(Slot::Request) {
            Some(request) => request_parts(request.raw).unwrap_or_default(),
            None => (self.raw(Slot::Method), self.raw(Slot::Uri)),
        };
        if !uri.is_empty() {
            (entry.method, entry.path) = (unescape(method), unescape(path_of(uri)));
        }
        if let Some(stamp) = self.get(Slot::Time).and_then(|time| any_stamp(time.raw)) {
            entry.time = Some(clock.resolve(stamp));
        }
    }

    fn get(&self, slot: Slot) -> Option<Value<'a>> {
        self.0[slot as usize].map(|(_, value)| value)
    }

    fn raw(&self, slot: Slot) -> &'a [u8] {
        self.get(slot).map_or(&[], |value| value.raw)
    }

    /// Whether it says which answer which request got, and when or from whom.
    fn is_answer(&self) -> bool {
        let has = |slot: Slot| self.0[slot as usize].is_some();
        has(Slot::Status) && (has(Slot::Request) || has(Slot::Uri)) && (has(Slot::Time) || has(Slot::Client))
    }
}

/// Whether the line is a JSON object whose own members are those of an access log. Reads no further than it must.
pub(super) fn is_json(line: &[u8]) -> bool {
    if line.first() != Some(&b'{') || memmem::find(line, b"\"status").is_none() {
        return false;
    }
    let mut access = Access::default();
    json::read(line, &mut |path, value| {
        if let [key] = path {
            access.take(key, value);
        }
        if access.is_answer() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    access.is_answer()
}

static STATUS: Key = Key::new("\"status\"");
static SECONDS: Key = Key::new("\"msec\"");
static REQUESTS: [Key; 4] = [Key::new("\"request\""), Key::new("\"request_uri\""), Key::new("\"uri\""), Key::new("\"path\"")];

/// Time and status of a JSON object, as people write it; `is_bare` looks at what else it may hold.
pub(super) fn skim_json(line: &[u8], clock: &mut Clock, is_bare: impl Fn(&[u8]) -> bool) -> Option<Skimmed> {
    let (stamp, status) = time_and_status(line).or_else(|| walked(line))?;
    Some(Skimmed { time: clock.resolve(stamp), status, is_bare: is_bare(line) })
}

/// Where the first member is the time, and nothing tells better when: the rest is looked for by its names, which takes
/// half as long as to go from member to member.
fn time_and_status(line: &[u8]) -> Option<(Stamp, u16)> {
    let (key, time) = json::first_member(line)?;
    let stamp = matches!(slot(key), Some((Slot::Time, _))).then(|| any_stamp(time.raw))??;
    let status = number::status(STATUS.value(line)?.raw)?;
    let request = REQUESTS.iter().find_map(|key| key.first(line))?;
    (!SECONDS.is_in(line) && !matches!(request.bare(), b"" | b"-")).then_some((stamp, status))
}

/// The same wherever they stand: the best of their names, if its value is one.
fn walked(line: &[u8]) -> Option<(Stamp, u16)> {
    let (mut best, mut has_request) = ([None; 2], false);
    members::each(line, |depth, key, value| {
        let Some((slot, rank)) = (if depth == 1 { slot(key) } else { None }) else { return };
        match slot {
            Slot::Status | Slot::Time => {
                let held: &mut Option<(u8, &[u8], &[u8])> = &mut best[usize::from(slot == Slot::Time)];
                if held.is_none_or(|(best, ..)| rank < best) {
                    *held = Some((rank, key, value.raw));
                }
            }
            Slot::Request | Slot::Uri => has_request |= !matches!(value.bare(), b"" | b"-" | b"{" | b"["),
            _ => {}
        }
    })?;
    let [Some((_, key, status)), Some((_, _, time))] = best else { return None };
    // A reader takes the best that fits, so this is what it takes, too.
    let (stamp, status) = (any_stamp(time)?, number::status(status)?);
    (has_request && key.starts_with(b"status")).then_some((stamp, status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    fn read(line: &'static [u8]) -> Entry<'static> {
        let mut access = Access::default();
        json::read(line, &mut |path, value| {
            access.take(path[path.len() - 1], value);
            ControlFlow::Continue(())
        });
        let mut entry = Entry::default();
        access.fill(&mut entry, &mut Clock::new(Zone::UTC, Timestamp::from_seconds(0)));
        entry
    }

    #[test]
    fn the_better_source_wins_whatever_the_order() {
        let entry = read(br#"{"x_forwarded_for":"203.0.113.9, 10.0.0.1","server_name":"_","uri":"/index.php","request_uri":"/a?b","status":"502","method":"GET","host":"shop.test","remote_addr":"10.0.0.7:443","time":"22/Nov/2026:15:47:24 +0000","msec":"1795362444.250"}"#);
        assert_eq!((&*entry.client, &*entry.host, &*entry.method, &*entry.path), (&b"10.0.0.7"[..], &b"shop.test"[..], &b"GET"[..], &b"/a"[..]));
        assert_eq!(entry.status, Some(502));
        assert_eq!(entry.time.map(Timestamp::to_rfc3339).as_deref(), Some("2026-11-22T15:47:24.250Z"));
        assert_eq!(&*read(br#"{"x_forwarded_for":"203.0.113.9, 10.0.0.1","remote_addr":"-"}"#).client, b"203.0.113.9");
    }

    #[test]
    fn a_request_is_unescaped_after_it_was_taken_apart() {
        let entry = read(br#"{"request":"GET /a\",upstream:\"http:\/\/evil\" HTTP/1.1","status":009}"#);
        assert_eq!((&*entry.path, entry.status), (&br#"/a",upstream:"http://evil""#[..], Some(9)));
        let entry = read(br#"{"request":"\u0016\u0003","status":400}"#);
        assert_eq!((&*entry.method, &*entry.path), (&b""[..], &b""[..]));
    }

    #[test]
    fn skimming_json_gives_what_reading_gives_or_nothing() {
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(0));
        let mut skim = |line: &'static [u8]| skim_json(line, &mut clock, |_| false).map(|skimmed| (Some(skimmed.time), Some(skimmed.status)));
        let line = br#"{"time":"2026-11-22T15:47:24+00:00","request":"GET /a\",\"status\":\"200\" HTTP/1.1","status":"502"}"#;
        assert_eq!(skim(line), Some((read(line).time, Some(502))));
        for line in [
            &br#"{"time":"2026-11-22T15:47:24+00:00","request":"GET / HTTP/1.1","status":200,"msec":1795362444.250}"#[..],
            br#"{"time":"2026-11-22T15:47:24+00:00","request":"GET / HTTP/1.1","status":200,"a":{"status":502}}"#,
            br#"{"host":"a","time":"2026-11-22T15:47:24+00:00","request":"GET / HTTP/1.1","status":200,"status":502}"#,
            br#"{"host":"a","ts":1795362444.250,"date":"2025-11-22T15:47:24Z", "uri":"/" ,"http_status":502, "status":"404"}"#,
        ] {
            let entry = read(line);
            assert_eq!(skim(line), Some((entry.time, entry.status)), "{}", String::from_utf8_lossy(line));
        }
        for none in [
            &br#"{"msec":"-","time":"2026-11-22T15:47:24+00:00","request":"GET / HTTP/1.1","status":200}"#[..],
            br#"{"time":"2026-11-22T15:47:24+00:00","request":"GET / HTTP/1.1","http_status":200}"#,
            br#"{"time":"2026-11-22T15:47:24+00:00","request":"-","status":200}"#,
            br#"{"time":"2026-11-22T15:47:24+00:00","status":200}"#,
            br#"{"time":"soon","request":"GET / HTTP/1.1","status":200}"#,
            b"{",
        ] {
            assert_eq!(skim(none), None, "{}", String::from_utf8_lossy(none));
        }
    }

    #[test]
    fn other_json_is_no_access_log() {
        assert!(is_json(br#"{"time":"2026-11-22T15:47:24+00:00","remote_addr":"::1","request":"GET / HTTP/1.1","status":502}"#));
        for line in [
            &br#"{"level":"info","ts":1795362444.2,"logger":"http.log.access","request":{"method":"GET","uri":"/"},"status":502}"#[..],
            br#"{"log":"{\"status\":502,\"request\":\"GET / HTTP/1.1\"}\n","stream":"stdout","time":"2026-11-22T15:47:24Z"}"#,
            br#"{"status":"ok","path":"/x","time":"2026-11-22T15:47:24Z"}"#,
            b"{}",
            b"",
        ] {
            assert!(!is_json(line), "{}", String::from_utf8_lossy(line));
        }
    }
}
