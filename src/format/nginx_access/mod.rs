//! nginx's access log: combined, main, the usual extensions of both, ingress-nginx's, and JSON.
//!
//! ```text
//! 203.0.113.7 - - [22/Nov/2026:15:48:06 +0000] "GET / HTTP/1.1" 504 167 "-" "curl/8.5.0" rt=1.001 uct="-, 0.000" uht="-, -" us="502, 504" ua="127.0.0.1:9044, 127.0.0.1:9045"
//! ```
//!
//! The log of TCP and UDP sessions (`stream`) is read besides, see [`stream`].
//!
//! Everybody writes a `log_format` of their own, so what stands behind the agent is known by its name or by its shape. A
//! client chooses the text of its headers: a quoted value without a name right behind the agent is `X-Forwarded-For` and
//! says nothing of upstreams, whatever it looks like.

mod after_agent;
mod attempts;
mod shapes;
mod stream;

use std::ops::ControlFlow;

use memchr::{memchr, memrchr};

use self::attempts::Attempts;
use self::shapes::{Shapes, is_address};
use super::access::{Access, is_json, is_root, is_trace, skim_json, trace};
use super::clf::{self, Items, MOST_ITEMS, entries, micros};
use super::json::{self, Value};
use super::member::End;
use super::{About, Format, FormatId, Skimmed, layout, skim_line};
use crate::record::Entry;
use crate::text::number;
use crate::time::Clock;

/// See the module.
pub(super) struct NginxAccess;

impl Format for NginxAccess {
    fn begins(&self, line: &[u8]) -> bool {
        clf::begins(line) || is_json(line) || stream::begins(line) || layout::begins(FormatId::NginxAccess, line)
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        if let Some(entry) = layout::entry(FormatId::NginxAccess, record, clock) {
            return Some(entry);
        }
        match record.first() {
            Some(b'{') => from_json(record, clock),
            _ => from_text(record, clock).or_else(|| stream::read(record, clock)),
        }
    }

    fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        if layout::is_set(FormatId::NginxAccess) {
            return None;
        }
        if line.first() == Some(&b'{') { skim_json(line, clock, has_no_failed_attempt) } else { Some(skim_text(line, clock, line.len())?.0) }
    }

    fn skim_first(&self, rest: &[u8], clock: &mut Clock) -> Option<(Skimmed, usize)> {
        if rest.first() == Some(&b'{') || layout::is_set(FormatId::NginxAccess) {
            return skim_line(self, rest, clock);
        }
        skim_text(rest, clock, rest.len().checked_sub(1)?)
    }

    fn one_line(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "status",
            "upstream_status",
            "upstream_addr",
            "connect_time",
            "header_time",
            "response_length",
            "request_time",
            "attempts",
            "retried",
            "retried_connect_time",
            "retried_header_time",
            "cache_status",
            "ingress",
        ]
    }

    fn about(&self) -> About {
        About {
            title: "nginx access log (combined, main, their usual extensions, ingress-nginx, JSON)",
            recognised: "client - user [dd/Mon/yyyy:hh:mm:ss zone] \"request\" status, or a JSON object with status and request",
            example: r#"203.0.113.7 - - [22/Nov/2026:15:48:06 +0000] "GET /cart HTTP/1.1" 504 167 "-" "curl/8.5.0" rt=1.001 uct="0.000" uht="-" us="504" ua="127.0.0.1:9044""#,
        }
    }
}

/// Time and status of the line that `rest` begins with, and where it ends, at `most` there; `is_bare` also where what stands
/// behind the agent tells of no failed attempt.
fn skim_text(rest: &[u8], clock: &mut Clock, most: usize) -> Option<(Skimmed, usize)> {
    let (time, status, fields) = clf::skim_status(rest, clock)?;
    let is_end = |end: usize| matches!(fields.get(end), None | Some(b'\n'));
    let (end, is_bare) = if is_end(0) {
        (0, true)
    } else {
        match clf::bare_end(fields) {
            Some(end) if is_end(end) => (end, true),
            Some(end) => {
                let seen = after_agent::look(&fields[end..]);
                if seen.is_named_otherwise {
                    return None;
                }
                (end + seen.len, !seen.may_have_failed)
            }
            None => (memchr(b'\n', fields).unwrap_or(fields.len()), false),
        }
    };
    let end = rest.len() - fields.len() + end;
    // It is handed on as it is, for to take it apart once more takes as long as a search.
    if end <= most { Some((Skimmed { time, status, is_bare }, end)) } else { None }
}

fn from_text<'a>(record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
    let line = clf::read(record)?;
    let mut entry = Entry { time: Some(clock.resolve(line.stamp)), ..Entry::default() };
    clf::fill(&line, &mut entry);
    if line.rest.is_empty() {
        return Some(entry);
    }
    let mut found = Found::default();
    if !found.ingress(line.rest) {
        found.items(line.rest, line.status);
    }
    found.fill(&mut entry, clock);
    Some(entry)
}

fn from_json<'a>(record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
    let mut found = Found::default();
    json::read(record, &mut |path, value| {
        if let [key] = path {
            found.named(key, value, true);
        }
        ControlFlow::Continue(())
    });
    let mut entry = Entry::default();
    found.fill(&mut entry, clock);
    entry.status.is_some().then_some(entry)
}

/// The entry of a line whose layout is known: values by the names of nginx's variables.
pub(super) fn from_named<'n, 'a>(named: impl Iterator<Item = (&'n str, &'a [u8])>, clock: &mut Clock) -> Option<Entry<'a>> {
    let mut found = Found::default();
    for (name, value) in named {
        found.named(name.as_bytes(), Value { raw: value, is_string: true }, false);
    }
    let mut entry = Entry::default();
    found.fill(&mut entry, clock);
    entry.is_response.then_some(entry)
}

/// What a line says beside the common log format.
#[derive(Default)]
struct Found<'a> {
    access: Access<'a>,
    attempts: Attempts<'a>,
    request_time: &'a [u8],
    cache_status: &'a [u8],
    is_ingress: bool,
    trace: &'a [u8],
}

impl<'a> Found<'a> {
    fn fill(&self, entry: &mut Entry<'a>, clock: &mut Clock) {
        self.access.fill(entry, clock);
        entry.link = trace(self.trace);
        self.attempts.fill(entry);
        entry.set("request_time", self.request_time);
        entry.duration = micros(self.request_time);
        entry.set("cache_status", self.cache_status);
        if self.is_ingress {
            entry.set("ingress", &b"yes"[..]);
        }
    }

    /// Takes a value by its name. In JSON `ua` is the agent, of which the client has the say.
    fn named(&mut self, key: &[u8], value: Value<'a>, is_json: bool) {
        let text = value.bare();
        match key {
            b"upstream" if !entries(text).all(is_address) => first(&mut self.attempts.group, text),
            b"ua" if is_json || !is_addr_list(text) => {}
            b"upstream_addr" | b"uaddr" | b"upstream" | b"ua" => first(&mut self.attempts.addr, text),
            b"upstream_status" | b"ust" | b"us" => first(&mut self.attempts.status, text),
            b"upstream_connect_time" | b"uct" | b"ct" => first(&mut self.attempts.connect_time, text),
            b"upstream_header_time" | b"uht" | b"ht" => first(&mut self.attempts.header_time, text),
            b"upstream_response_length" => first(&mut self.attempts.response_length, text),
            b"request_time" | b"rt" | b"rqt" | b"duration" => {
                if self.request_time.is_empty() && micros(text).is_some() {
                    self.request_time = text;
                }
            }
            b"upstream_cache_status" | b"cs" | b"ucs" | b"cache_status" | b"cache" => {
                if self.cache_status.is_empty() {
                    self.cache_status = text;
                }
            }
            b"proxy_upstream_name" => {
                self.is_ingress = true;
                first(&mut self.attempts.group, text);
            }
            key if is_trace(key) => self.trace = text,
            _ => {
                self.access.take(key, value);
            }
        }
    }

    /// ingress-nginx: `length time [upstream] [alternative] addr length time status id`, the middle ones lists. An
    /// address may be empty, so what stands around it is read from both ends. Old versions know no alternative.
    fn ingress(&mut self, rest: &'a [u8]) -> bool {
        self.try_ingress(rest).is_some()
    }

    fn try_ingress(&mut self, rest: &'a [u8]) -> Option<()> {
        let (length, after) = rest.split_at(memchr(b' ', rest)?);
        let (time, after) = after[1..].split_at(memchr(b' ', &after[1..])?);
        let (name, other) = in_brackets(after)?;
        let lists = in_brackets(other).map_or(other, |(_, lists)| lists).strip_prefix(b" ")?;
        number::unsigned(length)?;
        micros(time)?;
        let (lists, _id) = last_list(lists)?;
        let (lists, status) = last_list(lists)?;
        let (lists, _times) = last_list(lists)?;
        let (addr, lengths) = last_list(lists)?;
        self.is_ingress = true;
        self.request_time = time;
        self.attempts = Attempts { addr: Some(addr), status: Some(status), response_length: Some(lengths), group: Some(name), ..Attempts::default() };
        Some(())
    }

    /// Takes what stands behind the agent: by name, and where that has none by shape.
    fn items(&mut self, rest: &'a [u8], status: &[u8]) {
        let mut shapes = Shapes::default();
        for (index, item) in Items(rest).take(MOST_ITEMS).enumerate() {
            if item.key.is_empty() && is_root(item.value) {
                self.trace = item.value;
            } else if item.key.is_empty() {
                shapes.take(item, index, status);
            } else {
                self.named(item.key, Value { raw: item.value, is_string: true }, false);
            }
        }
        let Self { attempts, request_time, cache_status, .. } = self;
        shapes.give(attempts, request_time, cache_status);
    }
}

/// How the names end under which the statuses of attempts stand in JSON. Two passes over the line for three names.
static ENDS: [End; 2] = [End::new("us\""), End::new("ust\"")];

/// Whether the statuses of the attempts, where a line has them, are one that is no gateway's: a field that tells of a failed
/// attempt is set of a longer list alone.
fn has_no_failed_attempt(line: &[u8]) -> bool {
    let statuses = ENDS.iter().flat_map(|end| end.members(line)).filter(|(name, _)| matches!(*name, b"upstream_status" | b"ust" | b"us"));
    statuses.map(|(_, value)| value).all(|value| match value.bare() {
        b"-" => true,
        // Else an array, which holds attempts.
        b"" => value.is_string,
        status => number::status(status).is_some_and(|status| !attempts::is_gateway(status)),
    })
}

fn first<'a>(held: &mut Option<&'a [u8]>, value: &'a [u8]) {
    held.get_or_insert(value);
}

/// `default-shop-80` of ` [default-shop-80] …`, and what follows; an address in brackets has a port behind them.
fn in_brackets(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = rest.strip_prefix(b" [")?;
    let (name, after) = rest.split_at(memchr(b']', rest)?);
    after[1..].starts_with(b" ").then_some((name, &after[1..]))
}

/// The last list of a line of them, and what stands before its blank: the lists hold blanks behind commas and around
/// colons.
fn last_list(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut end = line.len();
    while let Some(space) = memrchr(b' ', &line[..end]) {
        let before = &line[..space];
        if before.ends_with(b" :") {
            end = space - 2;
        } else if before.ends_with(b",") {
            end = space;
        } else {
            return Some((before, &line[space + 1..]));
        }
    }
    None
}

/// Addresses or names of groups, which hold no blanks and, but for sockets, no slashes.
fn is_addr_list(list: &[u8]) -> bool {
    entries(list).all(|entry| entry.starts_with(b"unix:") || !entry.iter().any(|byte| matches!(byte, b' ' | b'/' | b'(')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    fn read(line: &str) -> Option<Entry<'_>> {
        assert!(NginxAccess.begins(line.as_bytes()), "{line}");
        let entry = NginxAccess.parse(line.as_bytes(), &mut Clock::new(Zone::UTC, Timestamp::from_seconds(0)))?;
        assert!(entry.fields.iter().all(|(name, _)| NginxAccess.fields().contains(name)));
        Some(entry)
    }

    /// The fields of a combined line with that status and tail.
    fn fields<const N: usize>(status: u16, tail: &str, names: [&str; N]) -> [String; N] {
        let line = format!(r#"203.0.113.7 - - [22/Nov/2026:15:48:06 +0000] "GET /a?b HTTP/1.1" {status} 167 "-" "curl" {tail}"#);
        let entry = read(&line).unwrap();
        names.map(|name| String::from_utf8_lossy(entry.field(name)).into_owned())
    }

    const USUAL: [&str; 6] = ["upstream_addr", "upstream_status", "connect_time", "header_time", "request_time", "retried"];

    #[test]
    fn a_combined_line_is_an_answer_and_nothing_more() {
        let entry = read(r#"203.0.113.7 - - [22/Nov/2026:15:48:06 +0100] "GET /a\x22b?c HTTP/1.1" 502 157 "-" "Mozilla/5.0 (X11)""#).unwrap();
        assert_eq!((&*entry.client, &*entry.method, &*entry.path, entry.status), (&b"203.0.113.7"[..], &b"GET"[..], &b"/a\"b"[..], Some(502)));
        assert_eq!(entry.time.map(Timestamp::to_rfc3339).as_deref(), Some("2026-11-22T14:48:06Z"));
        assert!(entry.is_response && entry.message.is_empty() && entry.fields.len() == 1 && entry.field("status") == b"502");
    }

    #[test]
    fn a_plain_line_borrows_everything() {
        let entry = read(r#"203.0.113.7 - - [22/Nov/2026:15:48:06 +0100] "GET /a HTTP/1.1" 200 157 "-" "curl""#).unwrap();
        assert!([&entry.client, &entry.method, &entry.path].into_iter().all(|field| matches!(field, std::borrow::Cow::Borrowed(_))));
    }

    #[test]
    fn named_extensions_are_read_in_any_order() {
        let expected = ["127.0.0.1:9045", "504", "0.000", "-", "1.001", "502"];
        let lab = r#"rt=1.001 uct="-, 0.000" uht="-, -" urt="0.000, 1.001" us="502, 504" ua="127.0.0.1:9044, 127.0.0.1:9045""#;
        assert_eq!(fields(504, lab, USUAL), expected);
        let bare =
            "upstream_addr=127.0.0.1:9044, 127.0.0.1:9045 upstream_status=502, 504 upstream_header_time=-, - upstream_connect_time=-, 0.000 request_time=1.001";
        assert_eq!(fields(504, bare, USUAL), expected);
        let bracketed = "ust=[502, 504] ua=[127.0.0.1:9044, 127.0.0.1:9045] ct=[-, 0.000] ht=[-, -] rt=[0.000, 1.001] rqt=1.001";
        assert_eq!(fields(504, bracketed, USUAL), expected);
        let amplify = r#""203.0.113.9" "shop.test" sn="_" rt=0.001 ua="[::1]:80" us="502" ut="0.001" ul="0" cs=MISS"#;
        assert_eq!(fields(502, amplify, ["upstream", "upstream_status", "cache_status", "request_time"]), ["[::1]:80", "502", "MISS", "0.001"]);
        assert_eq!(fields(502, "host=shop.test server_name=_ req_id=0a1b", ["host", "upstream_status"]), ["shop.test", ""]);
    }

    #[test]
    fn values_without_names_are_known_by_their_shape() {
        assert_eq!(fields(502, "0.005 0.004 127.0.0.1:9001 502", USUAL), ["127.0.0.1:9001", "502", "", "", "0.005", ""]);
        assert_eq!(fields(502, r#""0.001" "10.0.0.5:80" "502""#, USUAL), ["10.0.0.5:80", "502", "", "", "0.001", ""]);
        assert_eq!(
            fields(200, r#""203.0.113.9" 0.005 - - 0.004 [::1]:80, 10.0.0.5:80 502, 200 MISS"#, USUAL),
            ["10.0.0.5:80", "200", "-", "-", "0.005", "502"]
        );
        assert_eq!(fields(502, "0.005 0.004 0.001 - 127.0.0.1:9001 502", USUAL), ["127.0.0.1:9001", "502", "0.001", "-", "0.005", ""]);
        assert_eq!(fields(502, "502 0.005 127.0.0.1:9001", USUAL), ["127.0.0.1:9001", "502", "", "", "0.005", ""]);
    }

    #[test]
    fn what_the_client_wrote_names_no_upstream() {
        assert_eq!(fields(502, r#""10.6.6.6:666" 0.005"#, USUAL), ["", "", "", "", "0.005", ""]);
        assert_eq!(fields(502, r#""us=504" rt=0.1"#, USUAL), ["", "", "", "", "0.1", ""]);
        assert_eq!(fields(502, r#""203.0.113.9" "10.6.6.6:666" us="502" ua="10.0.0.1:80""#, USUAL)[0], "10.0.0.1:80");
    }

    #[test]
    fn ingress_lines_are_read_from_both_ends() {
        let names = ["upstream", "upstream_addr", "upstream_status", "request_time", "ingress", "retried"];
        let read = |status, tail| fields(status, tail, names);
        assert_eq!(read(200, "310 0.012 [shop-web-80] [] 10.1.0.5:8080 512 0.012 200 6f0a"), ["10.1.0.5:8080", "10.1.0.5:8080", "200", "0.012", "yes", ""]);
        assert_eq!(
            read(502, "310 0.012 [shop-web-80] [] 10.1.0.5:8080, 10.1.0.6:8080 0, 0 0.001, 0.002 502, 502 6f0a")[..3],
            ["10.1.0.6:8080", "10.1.0.6:8080", "502"]
        );
        assert_eq!(read(503, "310 0.000 [shop-web-80] [] - - - - 6f0a"), ["shop-web-80", "none", "-", "0.000", "yes", ""]);
        assert_eq!(read(500, "310 0.000 [shop-web-80] []  - - - 6f0a"), ["shop-web-80", "none", "-", "0.000", "yes", ""]);
        assert_eq!(read(502, "310 0.012 [shop-web-80] [::1]:8080 157 0.012 502 6f0a")[..3], ["[::1]:8080", "[::1]:8080", "502"]);
        assert_eq!(fields(502, "310 0.012 [shop-web-80] [] 10.1.0.5:8080, 10.1.0.6:8080 0, 21 0.001, 0.002 502, 502 6f0a", ["response_length"]), ["21"]);
        assert_eq!(read(503, "310 0.100 [shop-web-80] [] 10.1.0.5:8080 :  0 : - 0.1 : - 502 : - 6f0a")[1..3], ["none", "-"]);
    }

    #[test]
    fn json_is_read_whatever_its_template_broke() {
        let line = r#"{"time":"2026-11-22T15:47:24+00:00","remote_addr":"203.0.113.7","request":"GET /a\",upstream_addr:\"x HTTP/1.1","status":009,"ua":"10.6.6.6:1","request_time":0.250,"upstream_addr":"10.0.0.1:80, 10.0.0.2:80","upstream_status":"502, 200","upstream_connect_time":-, 0.001,"upstream_header_time":,"host":"shop.test"}"#;
        let entry = read(line).unwrap();
        let names = ["status", "upstream", "upstream_addr", "connect_time", "header_time", "retried", "retried_connect_time", "path", "host"];
        let all = names.map(|name| String::from_utf8_lossy(entry.field(name)).into_owned());
        assert_eq!(all, ["009", "10.0.0.1:80", "10.0.0.2:80", "0.001", "-", "502", "-", "/a\",upstream_addr:\"x", "shop.test"]);
        assert_eq!((entry.duration, entry.status), (Some(250_000), Some(9)));
    }

    #[test]
    fn nothing_makes_it_panic() {
        let line =
            br#"::1 - - [22/Nov/2026:15:48:06 +0000] "GET /a\"?b HTTP/1.1" 502 1 "-" "x" 310 0.1 [a] [b] c:1, d:2 : 0 0.1 502 : x us="5, " ua=[[::1]:1] k="#;
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(0));
        for end in 0..line.len() {
            for record in [line[..end].to_vec(), [&line[..end], &line[end + 1..]].concat()] {
                NginxAccess.begins(&record);
                NginxAccess.parse(&record, &mut clock);
            }
        }
    }
}
