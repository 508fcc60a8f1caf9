//! The access log of an AWS Classic Load Balancer: answers of its HTTP listeners, connections of its TCP listeners.
//!
//! ```text
//! 2025-03-04T10:22:00.694172Z legacy-elb 203.0.113.24:54106 10.20.9.5:80 0.00004 -1 -1 504 0 0 0 "GET http://www.example.com:80/slow HTTP/1.1" "curl/8.5.0" - -
//! ```
//!
//! In order (AWS, "Access logs for your Classic Load Balancer"): time at which the request came, elb, client:port,
//! backend:port, three times in seconds, status, backend's status, received, sent, "request", "user agent", cipher,
//! protocol; before 2015 the request is the last. Statuses of a TCP listener are `-`. A backend's status of `0` or `-` is
//! none: which of the two depends on the line's age.

use std::borrow::Cow;

use memchr::memchr;

use super::aws::{Words, authority, moment, request, request_end, said, split_port, sum};
use super::{About, Format, Skimmed, Tier};
use crate::record::Entry;
use crate::text::number::{decimal, status};
use crate::time::{Clock, Stamp, rfc3339};

/// See the module.
pub(super) struct Elb;

impl Format for Elb {
    fn begins(&self, line: &[u8]) -> bool {
        if !line.first().is_some_and(u8::is_ascii_digit) {
            return false;
        }
        let Some((Stamp::Instant(_), len)) = rfc3339(line).filter(|_| line[10] == b'T') else { return false };
        let Some(rest) = line[len..].strip_prefix(b" ") else { return false };
        let mut words = rest.splitn(7, |byte| *byte == b' ');
        let mut next = || words.next().unwrap_or_default();
        !next().is_empty() && is_address(next()) && matches!(next(), backend if backend == b"-" || is_address(backend)) && (0..3).all(|_| is_time(next()))
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let mut words = Words(record);
        let mut entry = Entry { time: moment(words.next()?, clock), ..Entry::default() };
        words.skip(1)?;
        entry.client = Cow::Borrowed(split_port(words.next()?).0);
        let backend = words.next()?;
        entry.upstream = authority(backend);
        entry.set("backend", backend);
        let times = [words.next()?, words.next()?, words.next()?];
        for (name, time) in ["request_time", "backend_time", "response_time"].into_iter().zip(times) {
            entry.set(name, said(time));
        }
        entry.duration = sum(times);
        if let Some(micros) = entry.duration {
            entry.set("total", format!("{}.{:03}", micros / 1_000_000, micros / 1_000 % 1_000).into_bytes());
        }
        let answer = words.next()?;
        // A connection of a TCP listener is an answer without a status.
        (entry.is_response, entry.status) = (true, status(answer));
        entry.set("listener", if answer == b"-" { &b"tcp"[..] } else { b"http" });
        entry.set("status", said(answer));
        entry.set("backend_status", words.next().filter(|status| !matches!(*status, b"0" | b"-")).unwrap_or_default());
        // A line that was cut behind the statuses is still a response.
        entry.is_partial = tail(words, &mut entry).is_none();
        Some(entry)
    }

    fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        if !self.begins(line) {
            return None;
        }
        let mut words = Words(line);
        let time = moment(words.next()?, clock)?;
        words.skip(6)?;
        let status = status(words.next()?)?;
        words.next()?;
        Some(Skimmed { time, status, is_bare: false })
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
        &["listener", "backend", "request_time", "backend_time", "response_time", "total", "status", "backend_status", "received", "sent"]
    }

    fn about(&self) -> About {
        About {
            title: "AWS Classic Load Balancer access log (HTTP and TCP listeners)",
            recognised: "<ISO time> name client:port backend:port|- and three times in seconds",
            example: r#"2025-03-04T10:22:00.694172Z legacy-elb 203.0.113.24:54106 10.20.9.5:80 0.00004 -1 -1 504 0 0 0 "GET http://www.example.com:80/slow HTTP/1.1" "curl/8.5.0" - -"#,
        }
    }
}

/// The fields behind the statuses; `None` where the line ends early.
fn tail<'a>(mut words: Words<'a>, entry: &mut Entry<'a>) -> Option<()> {
    entry.set("received", words.next()?);
    entry.set("sent", words.next()?);
    request(words.quoted(request_end)?, entry);
    Some(())
}

/// `203.0.113.24:54106` or `2001:db8::24:54106`.
fn is_address(word: &[u8]) -> bool {
    let (address, port) = split_port(word);
    memchr(b':', word).is_some() && !address.is_empty() && !port.is_empty() && port.len() <= 5 && port.iter().all(u8::is_ascii_digit)
}

fn is_time(word: &[u8]) -> bool {
    decimal(word).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    const SLOW: &str = r#"2025-03-04T10:22:00.694172Z legacy-elb 203.0.113.24:54106 10.20.9.5:80 0.00004 -1 -1 504 0 0 0 "GET http://www.example.com:80/slow?a=1 HTTP/1.1" "curl/8.5.0" - -"#;
    const TCP: &str = r#"2015-05-13T23:39:43.945958Z my-elb 192.0.2.39:2817 10.0.0.1:80 0.001069 0.000028 0.000041 - - 82 305 "- - - " "-" - -"#;

    fn clock() -> Clock {
        Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800))
    }

    fn read(line: &str) -> Option<Entry<'_>> {
        assert!(Elb.begins(line.as_bytes()), "{line}");
        let entry = Elb.parse(line.as_bytes(), &mut clock())?;
        assert!(entry.fields.iter().all(|(name, _)| Elb.fields().contains(name)));
        Some(entry)
    }

    fn field(line: &str, name: &str) -> String {
        String::from_utf8_lossy(read(line).unwrap_or_default().field(name)).into_owned()
    }

    #[test]
    fn an_answer_is_read() {
        let entry = read(SLOW).unwrap();
        assert_eq!((entry.is_response, entry.status, entry.duration), (true, Some(504), None));
        assert_eq!(entry.time.unwrap().to_rfc3339(), "2025-03-04T10:22:00.694172Z");
        assert_eq!((&*entry.client, &*entry.method), (&b"203.0.113.24"[..], &b"GET"[..]));
        for (name, value) in [
            ("upstream", "10.20.9.5:80"),
            ("host", "www.example.com"),
            ("path", "/slow"),
            ("status", "504"),
            ("backend_status", ""),
            ("request_time", "0.00004"),
            ("backend_time", "-1"),
            ("listener", "http"),
        ] {
            assert_eq!(field(SLOW, name), value, "{name}");
        }
        let answered = SLOW.replace("-1 -1 504 0", "0.5 0.25 502 200");
        assert_eq!((field(&answered, "total"), field(&answered, "backend_status")), ("0.750".to_owned(), "200".to_owned()));
        assert_eq!(field(&SLOW.replace("504 0 0", "504 - 0"), "backend_status"), "", "newer lines");
    }

    #[test]
    fn a_connection_of_a_tcp_listener_has_no_status() {
        let entry = read(TCP).unwrap();
        assert_eq!((entry.is_response, entry.status, &*entry.path), (true, None, &b""[..]));
        assert_eq!((field(TCP, "listener"), field(TCP, "received")), ("tcp".to_owned(), "82".to_owned()));
        assert!(Elb.skim(TCP.as_bytes(), &mut clock()).is_none());
    }

    #[test]
    fn every_age_of_the_format_is_read() {
        let early = &SLOW[..SLOW.find(" \"curl").unwrap()];
        assert_eq!(field(early, "path"), "/slow");
        assert_eq!(field(&format!("{SLOW} new"), "path"), "/slow");
        let cut = &SLOW[..SLOW.find(" 0 0 0 ").unwrap()];
        assert_eq!((read(cut).unwrap().status, field(cut, "path")), (Some(504), String::new()));
        assert!(read(&SLOW[..SLOW.find(" 504").unwrap()]).is_none());
        let six = SLOW.replace("203.0.113.24:54106", "2001:db8::24:54106").replace("10.20.9.5:80", "-");
        assert_eq!((&*read(&six).unwrap().client, field(&six, "upstream"), field(&six, "backend")), (&b"2001:db8::24"[..], String::new(), "-".to_owned()));
    }

    #[test]
    fn only_its_own_lines_begin_a_record() {
        for other in [
            "",
            "2025-03-04T10:22:00.694172Z",
            "2025-03-04T10:22:00.694172Z stderr F 203.0.113.24:1 - 1 1 1",
            "2025-03-04T10:22:00Z 203.0.113.24 51034 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 0.004 \"-\" - - Success TID_1",
            "2025-03-04 10:22:00Z legacy-elb 203.0.113.24:54106 10.20.9.5:80 0.00004 -1 -1 504 0",
            "2025-03-04T10:22:00Z legacy-elb 203.0.113.24:54106 nothing 0.00004 -1 -1 504 0",
            "tls 2.0 2025-03-04T10:20:11 net/edge-nlb/aabbccddeeff0011 0f1e2d3c4b5a6978 203.0.113.24:50112 10.20.3.4:8443",
        ] {
            assert!(!Elb.begins(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_glance_sees_what_reading_sees() {
        let seen = Elb.skim(SLOW.as_bytes(), &mut clock()).unwrap();
        let entry = read(SLOW).unwrap();
        assert_eq!((Some(seen.time), Some(seen.status)), (entry.time, entry.status));
    }

    #[test]
    fn no_bytes_make_it_panic() {
        for bytes in [SLOW.as_bytes(), TCP.as_bytes()] {
            for at in 0..bytes.len() {
                let mut broken = bytes.to_vec();
                for byte in [b'"', b' ', b':', b'-', 0, 0xff] {
                    broken[at] = byte;
                    for line in [&broken, &bytes[at..]] {
                        let _ = (Elb.begins(line), Elb.parse(line, &mut clock()), Elb.skim(line, &mut clock()));
                    }
                }
            }
        }
    }
}
