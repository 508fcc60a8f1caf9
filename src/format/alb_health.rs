//! The health-check log of an AWS Application Load Balancer: a line for each check of a target.
//!
//! ```text
//! http 2025-03-04T10:15:30.120456Z 0.002 10.20.1.15:8080 shop-web/9f8e7d6c5b4a3921 FAIL - ConnectionReset app/shop-alb/1a2b3c4d5e6f7a8b 10.20.0.7
//! ```
//!
//! In order (AWS, "Health check logs for your Application Load Balancer"): type, time, latency in seconds, target, target
//! group, PASS or FAIL, status, reason, elb, address of the node. No request is behind a line.

use memchr::memchr;

use super::aws::{Words, authority, moment, said};
use super::{About, Format};
use crate::record::Entry;
use crate::text::number::decimal;
use crate::time::{Clock, Stamp, rfc3339};

/// See the module.
pub(super) struct AlbHealth;

const TYPES: [&[u8]; 5] = [b"http", b"https", b"h2", b"grpc", b"lambda"];

impl Format for AlbHealth {
    fn begins(&self, line: &[u8]) -> bool {
        let Some(space) = memchr(b' ', &line[..line.len().min(7)]) else { return false };
        let rest = &line[space + 1..];
        let Some((Stamp::Instant(_), len)) = rfc3339(rest).filter(|_| TYPES.contains(&&line[..space])) else { return false };
        let mut words = rest[len..].splitn(6, |byte| *byte == b' ').skip(1);
        words.next().is_some_and(|latency| latency == b"-" || decimal(latency).is_some()) && matches!(words.nth(2), Some(b"PASS" | b"FAIL"))
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let mut words = Words(record);
        words.skip(1)?;
        let mut entry = Entry { time: moment(words.next()?, clock), ..Entry::default() };
        words.skip(1)?;
        entry.upstream = authority(words.next()?);
        entry.set("target_group", said(words.next()?));
        entry.set("result", words.next()?);
        // A line that was cut here still says that the check failed.
        entry.set("status", words.next().map_or(&[][..], said));
        entry.set("reason", words.next().map_or(&[][..], said));
        Some(entry)
    }

    fn one_line(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["target_group", "result", "status", "reason"]
    }

    fn about(&self) -> About {
        About {
            title: "AWS Application Load Balancer health-check log",
            recognised: "http|https|h2|grpc|lambda <ISO time> <seconds> target group PASS|FAIL",
            example: "http 2025-03-04T10:15:30.120456Z 0.002 10.20.1.15:8080 shop-web/9f8e7d6c5b4a3921 FAIL - ConnectionReset app/shop-alb/1a2b3c4d5e6f7a8b 10.20.0.7",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    fn clock() -> Clock {
        Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800))
    }

    fn fields(line: &str) -> Option<[String; 5]> {
        assert!(AlbHealth.begins(line.as_bytes()), "{line}");
        let entry = AlbHealth.parse(line.as_bytes(), &mut clock())?;
        assert!(!entry.is_response && entry.time.is_some());
        Some(["upstream", "target_group", "result", "status", "reason"].map(|name| String::from_utf8_lossy(entry.field(name)).into_owned()))
    }

    #[test]
    fn a_check_is_read() {
        let example = AlbHealth.about().example;
        assert_eq!(fields(example).unwrap(), ["10.20.1.15:8080", "shop-web/9f8e7d6c5b4a3921", "FAIL", "", "ConnectionReset"]);
        let passed = example.replace("FAIL - ConnectionReset", "PASS 200 -").replace("10.20.1.15:8080", "2001:db8::15:8080");
        assert_eq!(fields(&passed).unwrap(), ["[2001:db8::15]:8080", "shop-web/9f8e7d6c5b4a3921", "PASS", "200", ""]);
        assert_eq!(fields(&example[..example.find(" - ").unwrap()]).unwrap()[2..], ["FAIL", "", ""]);
    }

    #[test]
    fn only_its_own_lines_begin_a_record() {
        for other in [
            "",
            "http 2025-03-04T10:15:30.120456Z",
            "http 2025-03-04T10:15:30.120456Z app/shop-alb/1a2b3c4d5e6f7a8b 203.0.113.24:51034 10.20.1.15:8080 -1 -1 -1 502 - 412 277",
            "http 2025-03-04T10:15:30.120456Z 0.002 10.0.0.1:80 tg MAYBE 200 -",
            "tls 2.0 2025-03-04T10:20:11 net/edge-nlb/aabbccddeeff0011",
        ] {
            assert!(!AlbHealth.begins(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let bytes = AlbHealth.about().example.as_bytes();
        for at in 0..bytes.len() {
            let mut broken = bytes.to_vec();
            for byte in [b' ', b':', b'"', 0, 0xff] {
                broken[at] = byte;
                for line in [&broken, &bytes[at..], &bytes[..at]] {
                    let _ = (AlbHealth.begins(line), AlbHealth.parse(line, &mut clock()));
                }
            }
        }
    }
}
