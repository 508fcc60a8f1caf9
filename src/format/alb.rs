//! The access log of an AWS Application Load Balancer. The smallest format: the one to imitate.
//!
//! ```text
//! http 2025-03-04T10:15:30.120456Z app/shop-alb/1a2b3c4d5e6f7a8b 203.0.113.24:51034 10.20.1.15:8080 -1 -1 -1 502 - 412 277 "GET http://shop.example.com:80/cart HTTP/1.1" "Mozilla/5.0" - - arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop-web/9f8e7d6c5b4a3921 "Root=1-67c6d1f2-0aa1bb2cc3dd4ee5ff607182" "-" "-" 0 2025-03-04T10:15:30.118000Z "forward" "-" "-" "10.20.1.15:8080" "-" "-" "-" TID_0123456789abcdef0123456789abcdef "-" "-" "-" 10.20.0.7
//! ```
//!
//! In order (AWS, "Access logs for your Application Load Balancer"): type, time, elb, client:port, target:port, three
//! times in seconds, status, target's status, received, sent, "request", "user agent", cipher, protocol, target group,
//! "trace", "domain", "certificate", rule, creation time, "actions", "redirect", "error reason", "targets", "target
//! statuses", "classification", "its reason"; what follows is not needed. AWS appends fields every other year, so what
//! is missing at the end is absent, and what is too much is no error.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memmem};

use super::access::trace;
use super::aws::{Words, authority, moment, request, request_end, said, split_port, sum};
use super::{About, Format, Skimmed, Tier};
use crate::record::Entry;
use crate::text::number;
use crate::time::{Clock, Stamp, Timestamp, rfc3339};

/// See the module.
pub(super) struct Alb;

/// First words of a line; `tls` would be a Network Load Balancer.
const TYPES: [&[u8]; 6] = [b"http", b"https", b"h2", b"grpcs", b"ws", b"wss"];

impl Format for Alb {
    fn begins(&self, line: &[u8]) -> bool {
        let Some(space) = memchr(b' ', &line[..line.len().min(6)]) else { return false };
        let rest = &line[space + 1..];
        TYPES.contains(&&line[..space]) && rfc3339(rest).is_some_and(|(stamp, len)| matches!(stamp, Stamp::Instant(_)) && rest[len..].starts_with(b" app/"))
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let mut words = Words(record);
        let mut entry = Entry { is_response: true, ..Entry::default() };
        entry.set("type", words.next()?);
        entry.time = moment(words.next()?, clock);
        words.skip(1)?;
        entry.client = Cow::Borrowed(split_port(words.next()?).0);
        let target = words.next()?;
        entry.set("target", target);
        entry.set("target_port", split_port(target).1);
        entry.upstream = authority(target);
        let times = [words.next()?, words.next()?, words.next()?];
        for (name, time) in ["request_time", "target_time", "response_time"].into_iter().zip(times) {
            entry.set(name, said(time));
        }
        let answer = words.next()?;
        entry.status = number::status(answer);
        entry.set("status", said(answer));
        entry.set("target_status", said(words.next()?));
        entry.duration = sum(times);
        // A line that was cut behind the statuses is still a response. One of an earlier year is shorter, but says what was
        // done with the request.
        entry.is_partial = tail(words, &mut entry, clock).is_none() && entry.field("actions").is_empty();
        Some(entry)
    }

    fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        let space = line.iter().take(6).position(|byte| *byte == b' ').filter(|space| TYPES.contains(&&line[..*space]))?;
        let rest = &line[space + 1..];
        let second = rest.first_chunk::<19>().filter(|second| second[10] == b'T')?;
        let second = clock.stamped(second, |stamp| rfc3339(stamp).map(|(stamp, _)| as_utc(stamp)))?;
        // Of a time with another fraction or zone, the whole has to be read.
        let [b'.', fraction @ .., b'Z', b' '] = rest.get(19..28)? else { return None };
        let micros = number::unsigned(fraction)?;
        let rest = rest[28..].strip_prefix(b"app/").map(|_| &rest[28..])?;
        // Load balancer, client, target; three short times; then status and target's status.
        let mut at = 0;
        for _ in 0..3 {
            at += memchr(b' ', &rest[at..])? + 1;
        }
        for _ in 0..3 {
            at += rest[at..].iter().position(|byte| *byte == b' ')? + 1;
        }
        // Of a line that was cut before the target's status nothing is sure.
        let [status @ .., b' ', _] = rest.get(at..at + 5)? else { return None };
        let status = number::status(status)?;
        Some(Skimmed { time: Timestamp::from_micros(second.micros() + i64::try_from(micros).ok()?), status, is_bare: false })
    }

    fn tier(&self) -> Tier {
        Tier::Balancer
    }

    fn one_line(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "type",
            "target",
            "target_port",
            "request_time",
            "target_time",
            "response_time",
            "status",
            "target_status",
            "target_group",
            "total",
            "actions",
            "lambda",
            "error_reason",
            "classification",
            "classification_reason",
        ]
    }

    fn about(&self) -> About {
        About {
            title: "AWS Application Load Balancer access log",
            recognised: "http|https|h2|grpcs|ws|wss <ISO time> app/",
            example: r#"http 2025-03-04T10:15:30.120456Z app/shop-alb/1a2b3c4d5e6f7a8b 203.0.113.24:51034 10.20.1.15:8080 -1 -1 -1 502 - 412 277 "GET http://shop.example.com:80/cart HTTP/1.1" "Mozilla/5.0" - - arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop-web/9f8e7d6c5b4a3921 "Root=1-67c6d1f2-0aa1bb2cc3dd4ee5ff607182" "-" "-" 0 2025-03-04T10:15:30.118000Z "forward" "-" "-" "10.20.1.15:8080" "-" "-" "-" TID_0123456789abcdef0123456789abcdef "-" "-" "-" 10.20.0.7"#,
        }
    }
}

/// The fields behind the statuses; `None` where the line ends early.
fn tail<'a>(mut words: Words<'a>, entry: &mut Entry<'a>, clock: &mut Clock) -> Option<()> {
    words.skip(2)?;
    request(words.quoted(request_end)?, entry);
    words.quoted(agent_end)?;
    words.skip(2)?;
    let group = said(words.next()?);
    entry.set("target_group", group);
    entry.link = trace(words.next()?);
    let domain = said(words.next()?);
    if entry.host.is_empty() {
        entry.host = Cow::Borrowed(domain);
    }
    words.skip(2)?;
    total(words.next()?, entry, clock)?;
    let actions = said(words.next()?);
    entry.set("actions", actions);
    if entry.upstream.is_empty() && !group.is_empty() && memmem::find(actions, b"forward").is_some() {
        // Or the group is empty: only the status tells.
        entry.set("lambda", &b"yes"[..]);
    }
    words.skip(1)?;
    entry.set("error_reason", said(words.next()?));
    words.skip(2)?;
    entry.set("classification", said(words.next()?));
    entry.set("classification_reason", said(words.next()?));
    Some(())
}

/// The user agent ends where three bare words (cipher, protocol, target group) and a quote follow.
fn agent_end(text: &[u8]) -> Option<usize> {
    memchr_iter(b'"', text).find(|at| {
        let mut words = text[at + 1..].strip_prefix(b" ").unwrap_or_default().splitn(4, |byte| *byte == b' ');
        words.by_ref().take(3).all(|word| !word.is_empty() && !word.contains(&b'"')) && words.next().is_some_and(|next| next.starts_with(b"\""))
    })
}

/// A stamp without its `Z`, as the moment that it is with it.
fn as_utc(stamp: Stamp) -> Stamp {
    match stamp {
        Stamp::Local(civil) => Stamp::Instant(Timestamp::from_seconds(civil.epoch_seconds())),
        other => other,
    }
}

/// From the request's creation to the answer: the only duration that failed requests have too. `None` when this is no
/// moment: then a quote in the user agent has shifted the fields, and what follows is not what it should be.
fn total(created: &[u8], entry: &mut Entry<'_>, clock: &mut Clock) -> Option<()> {
    let start = moment(created, clock)?;
    let micros = entry.time.map_or(-1, |end| end.micros() - start.micros());
    if micros >= 0 {
        entry.duration = Some(micros);
        entry.set("total", format!("{}.{:03}", micros / 1_000_000, micros / 1_000 % 1_000).into_bytes());
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    const DOWN: &str = r#"http 2025-03-04T10:15:30.120456Z app/shop-alb/1a2b3c4d5e6f7a8b 203.0.113.24:51034 10.20.1.15:8080 -1 -1 -1 502 - 412 277 "GET http://shop.example.com:80/cart?id=1 HTTP/1.1" "Mozilla/5.0" - - arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop-web/9f8e7d6c5b4a3921 "Root=1-67c6d1f2-0aa1bb2cc3dd4ee5ff607182" "-" "-" 0 2025-03-04T10:15:30.118000Z "waf,forward" "-" "-" "10.20.1.15:8080" "-" "Ambiguous" "SpaceInUri" TID_0123456789abcdef0123456789abcdef "-" "-" "-" 10.20.0.7"#;

    fn read(line: &str) -> Option<Entry<'_>> {
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800));
        Alb.parse(line.as_bytes(), &mut clock)
    }

    fn field(line: &str, name: &str) -> String {
        let entry = read(line).unwrap_or_default();
        assert!(name == "client" || Alb.fields().contains(&name) || crate::record::COMMON_FIELDS.contains(&name), "{name}");
        String::from_utf8_lossy(if name == "client" { &entry.client } else { entry.field(name) }).into_owned()
    }

    #[test]
    fn a_line_is_read() {
        let entry = read(DOWN).unwrap();
        assert!(entry.is_response && entry.message.is_empty());
        assert_eq!(entry.time.unwrap().to_rfc3339(), "2025-03-04T10:15:30.120456Z");
        assert_eq!((entry.status, entry.duration), (Some(502), Some(2_456)));
        for (name, value) in [
            ("client", "203.0.113.24"),
            ("upstream", "10.20.1.15:8080"),
            ("target_port", "8080"),
            ("method", "GET"),
            ("host", "shop.example.com"),
            ("path", "/cart"),
            ("request_time", "-1"),
            ("target_status", ""),
            ("total", "0.002"),
            ("actions", "waf,forward"),
            ("error_reason", ""),
            ("classification", "Ambiguous"),
            ("classification_reason", "SpaceInUri"),
            ("lambda", ""),
        ] {
            assert_eq!(field(DOWN, name), value, "{name}");
        }
    }

    #[test]
    fn only_its_own_lines_begin_a_record() {
        assert!(Alb.begins(DOWN.as_bytes()));
        for kind in ["https", "h2", "grpcs", "ws", "wss"] {
            assert!(Alb.begins(DOWN.replacen("http", kind, 1).as_bytes()), "{kind}");
        }
        for other in [
            "",
            "http",
            "http ",
            "tls 2.0 2025-03-04T10:20:11 net/edge-nlb/aabbccddeeff0011 0f1e2d3c4b5a6978 203.0.113.24:50112 10.20.3.4:8443",
            "2025-03-04T10:22:00.694172Z legacy-elb 203.0.113.24:54106 10.20.9.5:80 0.00004 -1 -1 504 0 0 0",
            "http 2025-03-04T10:15:30.120456Z 0.002 10.0.0.1:80 tg PASS 200 - app/shop-alb/1a 10.20.0.7",
            "http 2025-03-04 10:15:30 app/x/y",
            "GET 2025-03-04T10:15:30Z app/x/y",
        ] {
            assert!(!Alb.begins(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn addresses_are_split_at_the_last_colon() {
        let six = DOWN.replace("203.0.113.24:51034", "2001:db8::7:50599").replace("10.20.1.15:8080", "2001:db8::15:8080");
        assert_eq!(field(&six, "client"), "2001:db8::7");
        assert_eq!(field(&six, "upstream"), "[2001:db8::15]:8080");
        assert_eq!(field(&six, "target_port"), "8080");
        let none = DOWN.replacen("10.20.1.15:8080", "-", 1);
        assert_eq!((field(&none, "target"), field(&none, "upstream"), field(&none, "lambda")), ("-".to_owned(), String::new(), "yes".to_owned()));
    }

    #[test]
    fn odd_requests_survive() {
        for (request, method, host, path) in [
            ("- http://example.com:80- -", "", "example.com", "/"),
            ("- - -", "", "sni.example.com", ""),
            ("-", "", "sni.example.com", ""),
            ("- http://example.com:80-/ ", "", "example.com", "/"),
            ("GET http://example.com:80/a b?c=\"d\" e HTTP/1.1", "GET", "example.com", "/a b"),
            (r#"GET http://example.com:80/a\" b HTTP/1.1"#, "GET", "example.com", r#"/a\" b"#),
            ("GET https://[2001:db8::1]:443/go?to=http://x:1/ HTTP/2.0", "GET", "[2001:db8::1]", "/go"),
            ("GET", "GET", "sni.example.com", ""),
        ] {
            let line = DOWN.replace("GET http://shop.example.com:80/cart?id=1 HTTP/1.1", request).replace("182\" \"-\"", "182\" \"sni.example.com\"");
            let read = [field(&line, "method"), field(&line, "host"), field(&line, "path"), field(&line, "actions")];
            assert_eq!(read, [method, host, path, "waf,forward"], "{request}");
        }
    }

    #[test]
    fn every_age_of_the_format_is_read() {
        let words: Vec<_> = DOWN.match_indices(' ').map(|(at, _)| at).collect();
        // Through the creation time, the error reason, and one field that is not announced yet.
        let created = DOWN.find(" \"waf").unwrap();
        assert_eq!(field(&DOWN[..created], "total"), "0.002");
        assert_eq!(field(&format!("{DOWN} \"-\" new=\"x"), "actions"), "waf,forward");
        assert_eq!(field(&DOWN.replace("\"-\" 0 2025", "\"-\"0 2025"), "total"), "0.002", "a missing blank");
        assert_eq!(field(&DOWN.replace("\"10.20.1.15:8080\" \"-\" \"Amb", "10.20.1.15:80 200 \"Amb"), "classification"), "Ambiguous", "no quotes");
        let statuses_end = words[9];
        assert_eq!(read(&DOWN[..statuses_end]).unwrap().status, Some(502), "a cut line");
        assert!(read(&DOWN[..words[5]]).is_none());
    }

    #[test]
    fn without_creation_time_the_three_times_are_the_duration() {
        let line = DOWN.replace("-1 -1 -1 502 -", "0.001 1.500 0.002 200 200").replace(" 2025-03-04T10:15:30.118000Z", " -");
        assert_eq!(read(&line).unwrap().duration, Some(1_503_000));
        assert_eq!(field(&line, "total"), "");
        let line = DOWN.replace("10:15:30.118000Z", "10:16:30.118000Z");
        assert_eq!(read(&line).unwrap().duration, None, "an answer before its request is no duration");
    }

    #[test]
    fn fields_that_a_quote_has_shifted_are_not_read() {
        for agent in ["x\" y \"z", r#"x\" y"#, r"C:\"] {
            assert_eq!(field(&DOWN.replace("Mozilla/5.0", agent), "actions"), "waf,forward", "{agent}");
        }
        let forged = DOWN.replace("Mozilla/5.0", "x\" - - - \"fixed-response");
        assert_eq!((read(&forged).unwrap().status, field(&forged, "actions")), (Some(502), String::new()));
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let bytes = DOWN.as_bytes();
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(0));
        for at in 0..bytes.len() {
            let mut broken = bytes.to_vec();
            for byte in [b'"', b' ', b':', 0, 0xff] {
                broken[at] = byte;
                let _ = (Alb.begins(&broken), Alb.parse(&broken, &mut clock), Alb.begins(&bytes[at..]), Alb.parse(&bytes[at..], &mut clock));
            }
        }
    }
}
