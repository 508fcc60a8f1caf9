//! The access log of an AWS Network Load Balancer: one line a TLS session, written when it ends.
//!
//! ```text
//! tls 2.0 2025-03-04T10:20:15 net/edge-nlb/aabbccddeeff0011 0f1e2d3c4b5a6978 203.0.113.24:50118 10.20.3.4:8443 31 12 517 0 - arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012 - TLS_AES_128_GCM_SHA256 tlsv13 X25519 api.example.com h2 - "h2","http/1.1" 2025-03-04T10:20:15
//! ```
//!
//! In order (AWS, "Access logs for your Network Load Balancer"): type, version, time in UTC, elb, listener, client:port,
//! destination:port, connection and handshake time in milliseconds, received, sent, alert of the client, certificate, its
//! serial, cipher, protocol, key exchange, domain, three of ALPN, creation time; version 1.0 ends behind the domain. Only
//! TLS listeners are logged, and no line knows an HTTP status: each is an answer without one.

use std::borrow::Cow;

use super::aws::{Words, authority, said, split_port};
use super::{About, Format};
use crate::record::Entry;
use crate::text::number::unsigned;
use crate::time::{Clock, Stamp, Timestamp, rfc3339};

/// See the module.
pub(super) struct Nlb;

impl Format for Nlb {
    fn begins(&self, line: &[u8]) -> bool {
        let Some([major, b'.', minor, b' ', rest @ ..]) = line.strip_prefix(b"tls ") else { return false };
        major.is_ascii_digit() && minor.is_ascii_digit() && rfc3339(rest).is_some_and(|(_, len)| rest[len..].starts_with(b" net/"))
    }

    fn parse<'a>(&self, record: &'a [u8], _clock: &mut Clock) -> Option<Entry<'a>> {
        let mut words = Words(record);
        let mut entry = Entry { is_response: true, ..Entry::default() };
        words.skip(2)?;
        entry.time = utc(words.next()?);
        words.skip(2)?;
        entry.client = Cow::Borrowed(split_port(words.next()?).0);
        entry.upstream = authority(words.next()?);
        let time = words.next()?;
        entry.duration = unsigned(time).and_then(|millis| i64::try_from(millis).ok()?.checked_mul(1_000));
        entry.set("connection_time", said(time));
        // A line that was cut behind the addresses is still a session.
        entry.is_partial = tail(words, &mut entry).is_none();
        Some(entry)
    }

    fn one_line(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["connection_time", "handshake", "received", "sent", "alert", "protocol"]
    }

    fn about(&self) -> About {
        About {
            title: "AWS Network Load Balancer access log (TLS listeners)",
            recognised: "tls <version> <ISO time> net/",
            example: r#"tls 2.0 2025-03-04T10:20:15 net/edge-nlb/aabbccddeeff0011 0f1e2d3c4b5a6978 203.0.113.24:50118 10.20.3.4:8443 31 12 517 0 - arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012 - TLS_AES_128_GCM_SHA256 tlsv13 X25519 api.example.com h2 - "h2","http/1.1" 2025-03-04T10:20:15"#,
        }
    }
}

/// The fields behind the connection time; `None` where the line ends early.
fn tail<'a>(mut words: Words<'a>, entry: &mut Entry<'a>) -> Option<()> {
    let handshake: &[u8] = if words.next()? == b"-" { b"failed" } else { b"done" };
    entry.set("handshake", handshake);
    entry.set("received", words.next()?);
    entry.set("sent", words.next()?);
    entry.set("alert", said(words.next()?));
    words.skip(3)?;
    entry.set("protocol", said(words.next()?));
    words.skip(1)?;
    entry.host = Cow::Borrowed(said(words.next()?));
    Some(())
}

/// A stamp without a zone: it is UTC.
fn utc(word: &[u8]) -> Option<Timestamp> {
    match rfc3339(word)? {
        (Stamp::Instant(at), len) if len == word.len() => Some(at),
        (Stamp::Local(civil), len) if len == word.len() => Some(Timestamp::from_micros(civil.epoch_seconds() * 1_000_000 + i64::from(civil.micros))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zone;

    const FAILED: &str = "tls 2.0 2025-03-04T10:20:11 net/edge-nlb/aabbccddeeff0011 0f1e2d3c4b5a6978 203.0.113.24:50112 10.20.3.4:8443 0 - 0 0 - - - - - - - - - - 2025-03-04T10:20:11";

    fn clock() -> Clock {
        Clock::new(Zone::named("Europe/Berlin").unwrap(), Timestamp::from_seconds(4_102_444_800))
    }

    fn read(line: &str) -> Option<Entry<'_>> {
        assert!(Nlb.begins(line.as_bytes()), "{line}");
        let entry = Nlb.parse(line.as_bytes(), &mut clock())?;
        assert!(entry.fields.iter().all(|(name, _)| Nlb.fields().contains(name)));
        Some(entry)
    }

    fn fields(entry: &Entry<'_>) -> Vec<String> {
        ["connection_time", "handshake", "received", "sent", "alert", "protocol", "host", "upstream"]
            .map(|name| String::from_utf8_lossy(entry.field(name)).into_owned())
            .to_vec()
    }

    #[test]
    fn a_session_is_read() {
        let entry = read(Nlb.about().example).unwrap();
        assert!(entry.is_response && entry.status.is_none() && entry.message.is_empty());
        assert_eq!(entry.time.unwrap().to_rfc3339(), "2025-03-04T10:20:15Z", "UTC, whatever the zone of other logs");
        assert_eq!((&*entry.client, entry.duration), (&b"203.0.113.24"[..], Some(31_000)));
        assert_eq!(fields(&entry), ["31", "done", "517", "0", "", "tlsv13", "api.example.com", "10.20.3.4:8443"]);
        assert_eq!(fields(&read(FAILED).unwrap()), ["0", "failed", "0", "0", "", "", "", "10.20.3.4:8443"]);
    }

    #[test]
    fn what_is_missing_at_the_end_is_absent() {
        let line = Nlb.about().example;
        let version_1 = &line[..line.find(" h2 ").unwrap()];
        assert_eq!(fields(&read(version_1).unwrap())[6], "api.example.com");
        let cut = &FAILED[..FAILED.find(" - 0 0").unwrap()];
        assert_eq!(fields(&read(cut).unwrap())[1], "", "what was cut off did not fail");
        assert!(read(&FAILED[..FAILED.find(" 10.20").unwrap()]).is_none());
        assert_eq!(fields(&read(&format!("{FAILED} new \"x")).unwrap())[1], "failed");
    }

    #[test]
    fn only_its_own_lines_begin_a_record() {
        for other in ["", "tls", "tls 2.0 ", "tls 2.0 2025-03-04T10:20:11 app/x/y", "tls x.0 2025-03-04T10:20:11 net/x", "h2 2025-03-04T10:20:11Z app/x/y"] {
            assert!(!Nlb.begins(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let bytes = Nlb.about().example.as_bytes();
        for at in 0..bytes.len() {
            let mut broken = bytes.to_vec();
            for byte in [b'"', b' ', b':', b'-', 0, 0xff] {
                broken[at] = byte;
                let _ = (Nlb.begins(&broken), Nlb.parse(&broken, &mut clock()), Nlb.begins(&bytes[at..]), Nlb.parse(&bytes[at..], &mut clock()));
            }
        }
    }
}
