//! What carries a log line: syslog, journald, docker, CRI, compose. Taken off before the format reads the line.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::{FormatId, journal};
use crate::text::trim_line_end;
use crate::time::{Stamp, rfc3339, syslog};

/// A wrapping around each line of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Envelope {
    /// The lines stand for themselves.
    None,
    /// `<187>Nov 22 15:19:27 host tag[pid]: …` (RFC 3164, `<PRI>` optional, as journald's short form), or the same with
    /// an RFC 3339 stamp.
    Syslog,
    /// `<165>1 2026-11-22T15:19:27Z host app procid msgid [data] …` (RFC 5424).
    Syslog5424,
    /// `{"log":"…\n","stream":"stderr","time":"…"}`, docker's json-file.
    Docker,
    /// `2026-11-22T15:04:50.123456789Z stderr F …`, what Kubernetes nodes keep.
    Cri,
    /// `web-1  | …`, docker compose; with a stamp behind the bar when it was asked for one (`logs -t`).
    Compose,
    /// The log of a whole system, syslog or `journalctl -o json`: taken off only where a format knows what is inside, as
    /// the tag is a part of what the system itself says.
    Journal,
}

/// A line without its envelope.
#[derive(Clone, Debug, Default)]
pub struct Unwrapped<'a> {
    /// The line.
    pub line: Cow<'a, [u8]>,
    /// When the envelope was stamped; used where the line bears no time.
    pub stamp: Option<Stamp>,
    /// The line goes on in the next envelope.
    pub partial: bool,
}

impl Envelope {
    /// All that wrap every line of an input, in the order in which they are tried.
    pub const ALL: [Self; 5] = [Self::Docker, Self::Cri, Self::Syslog5424, Self::Syslog, Self::Compose];

    /// Its name, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "plain",
            Self::Syslog => "syslog (RFC 3164)",
            Self::Syslog5424 => "syslog (RFC 5424)",
            Self::Docker => "docker's JSON",
            Self::Cri => "CRI",
            Self::Compose => "docker compose",
            Self::Journal => "a system's log",
        }
    }

    /// Takes the envelope off; `None` when the line has no such envelope.
    pub fn unwrap(self, line: &[u8]) -> Option<Unwrapped<'_>> {
        match self {
            Self::None => Some(Unwrapped { line: Cow::Borrowed(line), ..Unwrapped::default() }),
            Self::Syslog => rfc3164(line),
            Self::Syslog5424 => rfc5424(line),
            Self::Docker => docker(line),
            Self::Cri => cri(line),
            Self::Compose => compose(line),
            Self::Journal => Some(journal(line)),
        }
    }
}

/// `<187>` at the start, if it is there.
fn after_priority(line: &[u8]) -> &[u8] {
    let Some(rest) = line.strip_prefix(b"<") else { return line };
    match memchr(b'>', &rest[..rest.len().min(4)]) {
        Some(end) if end > 0 && rest[..end].iter().all(u8::is_ascii_digit) => &rest[end + 1..],
        _ => line,
    }
}

fn rfc3164(line: &[u8]) -> Option<Unwrapped<'_>> {
    let rest = after_priority(line);
    let (stamp, len) = syslog(rest).or_else(|| rfc3339(rest).filter(|_| rest.get(10) == Some(&b'T')))?;
    let rest = rest.get(len..)?.strip_prefix(b" ")?;
    // "host tag[pid]: ", "host tag: " or, written by nginx with nohostname, "tag: ".
    let colon = memmem::find(&rest[..rest.len().min(256)], b": ")?;
    let head = &rest[..colon];
    let words = head.split(|byte| *byte == b' ').count();
    let is_tag = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    if words > 2 || head.is_empty() || !head.iter().all(is_tag) {
        return None;
    }
    Some(Unwrapped { line: Cow::Borrowed(&rest[colon + 2..]), stamp: Some(stamp), partial: false })
}

fn rfc5424(line: &[u8]) -> Option<Unwrapped<'_>> {
    let rest = after_priority(line);
    if rest.len() == line.len() {
        return None;
    }
    let rest = rest.strip_prefix(b"1 ")?;
    let (stamp, mut rest) = if let Some(rest) = rest.strip_prefix(b"- ") {
        (None, rest)
    } else {
        let (stamp, len) = rfc3339(rest)?;
        (Some(stamp), rest.get(len..)?.strip_prefix(b" ")?)
    };
    for _ in 0..4 {
        rest = &rest[memchr(b' ', rest)? + 1..];
    }
    let line = structured_data(rest)?;
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    Some(Unwrapped { line: Cow::Borrowed(line), stamp, partial: false })
}

/// What follows `-` or `[id name="value"]…`. The loop in [`rfc5424`] has eaten the blank behind MSGID.
fn structured_data(rest: &[u8]) -> Option<&[u8]> {
    // MSGID was the fourth word, so what follows begins with the data.
    let mut rest = rest;
    if rest == b"-" {
        return Some(&[]);
    }
    if let Some(rest) = rest.strip_prefix(b"- ") {
        return Some(rest);
    }
    while rest.first() == Some(&b'[') {
        let mut at = 1;
        loop {
            match rest.get(at)? {
                b'\\' => at += 2,
                b']' => break,
                _ => at += 1,
            }
        }
        rest = &rest[at + 1..];
    }
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}

/// `{"log":"…","stream":"…","time":"…"}`: the keys in any order, but `log` must be there with `stream` or `time`.
fn docker(line: &[u8]) -> Option<Unwrapped<'_>> {
    #[derive(serde::Deserialize)]
    struct Docker<'a> {
        #[serde(borrow)]
        log: Cow<'a, str>,
        #[serde(borrow)]
        stream: Option<Cow<'a, str>>,
        #[serde(borrow)]
        time: Option<Cow<'a, str>>,
    }
    if !line.starts_with(b"{") || memmem::find(line, b"\"log\"").is_none() {
        return None;
    }
    let docker: Docker<'_> = serde_json::from_slice(line).ok()?;
    if docker.stream.is_none() && docker.time.is_none() {
        return None;
    }
    let stamp = docker.time.and_then(|time| rfc3339(time.as_bytes())).map(|(stamp, _)| stamp);
    let partial = !docker.log.ends_with('\n');
    let line = match docker.log {
        Cow::Borrowed(log) => Cow::Borrowed(trim_line_end(log.as_bytes())),
        Cow::Owned(log) => {
            let mut log = log.into_bytes();
            log.truncate(trim_line_end(&log).len());
            Cow::Owned(log)
        }
    };
    Some(Unwrapped { line, stamp, partial })
}

fn cri(line: &[u8]) -> Option<Unwrapped<'_>> {
    let (stamp, len) = rfc3339(line).filter(|_| line[10] == b'T')?;
    let rest = line.get(len..)?.strip_prefix(b" std")?;
    let rest = rest.strip_prefix(b"err ").or_else(|| rest.strip_prefix(b"out "))?;
    let (tag, line) = rest.split_at(memchr(b' ', rest).unwrap_or(rest.len()));
    let partial = match tag.first()? {
        b'F' => false,
        b'P' => true,
        _ => return None,
    };
    Some(Unwrapped { line: Cow::Borrowed(line.strip_prefix(b" ").unwrap_or(line)), stamp: Some(stamp), partial })
}

/// `web-1  | `: a name, blanks, a bar. Names of services are letters, digits, `-`, `_` and `.`.
fn compose(line: &[u8]) -> Option<Unwrapped<'_>> {
    let bar = memchr(b'|', &line[..line.len().min(80)])?;
    let name = line[..bar].trim_ascii_end();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || name.len() == bar || !name.iter().all(plain) {
        return None;
    }
    let rest = &line[bar + 1..];
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let (stamp, line) = stamped(rest).map_or((None, rest), |(stamp, line)| (Some(stamp), line));
    Some(Unwrapped { line: Cow::Borrowed(line), stamp, partial: false })
}

/// The stamp that `docker compose logs -t` puts behind the bar, and the line. Docker writes nine digits of a second always,
/// and `Z`: that tells it from a stamp of the line's own.
fn stamped(rest: &[u8]) -> Option<(Stamp, &[u8])> {
    const LEN: usize = "2026-03-18T03:00:00.123456789Z".len();
    let (stamp, len) = rfc3339(rest)?;
    if len != LEN || rest[10] != b'T' || rest[19] != b'.' || rest[LEN - 1] != b'Z' {
        return None;
    }
    match rest.get(LEN) {
        None => Some((stamp, &[])),
        Some(b' ') => Some((stamp, &rest[LEN + 1..])),
        Some(_) => None,
    }
}

/// What a daemon wrote into the system's log, where a format knows it; else the line as it is.
fn journal(line: &[u8]) -> Unwrapped<'_> {
    let is_known = |inner: &[u8]| FormatId::ALL.into_iter().any(|format| format != FormatId::Journal && format.format().begins(inner));
    let whole = || Unwrapped { line: Cow::Borrowed(line), ..Unwrapped::default() };
    if line.first() == Some(&b'{') {
        let entry = journal::Json::read(line);
        return if is_known(&entry.message) { Unwrapped { line: Cow::Owned(entry.message), stamp: entry.stamp, partial: false } } else { whole() };
    }
    rfc3164(line).filter(|inner| is_known(&inner.line)).unwrap_or_else(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inner(envelope: Envelope, line: &str) -> Option<(String, bool)> {
        envelope.unwrap(line.as_bytes()).map(|inner| (String::from_utf8_lossy(&inner.line).into_owned(), inner.partial))
    }

    #[test]
    fn each_envelope_gives_its_line() {
        let cases = [
            (Envelope::Syslog, "<187>Nov 22 15:19:27 vm edge: 2026/11/22 x", "2026/11/22 x"),
            (Envelope::Syslog, "Mar  4 10:15:31 lb1 haproxy[2211]: 203.0.113.24:51034 x", "203.0.113.24:51034 x"),
            (Envelope::Syslog, "2026-11-22T15:19:27.123+00:00 host nginx[1]: x: y", "x: y"),
            (Envelope::Syslog5424, "<165>1 2026-11-22T15:19:27Z host app 12 - - line", "line"),
            (Envelope::Syslog5424, "<165>1 2026-11-22T15:19:27Z host app 12 ID [a b=\"c\\]\"][d] line", "line"),
            (Envelope::Docker, r#"{"log":"a \"b\"\n","stream":"stderr","time":"2026-11-22T15:04:50.1Z"}"#, "a \"b\""),
            (Envelope::Cri, "2026-11-22T15:04:50.123456789Z stderr F a b", "a b"),
            (Envelope::Compose, "web-1  | a | b", "a | b"),
            (Envelope::Compose, "web-1  | 2026-11-22T15:04:50.123456789Z 2026/11/22 15:04:50 [error] x", "2026/11/22 15:04:50 [error] x"),
            (Envelope::Compose, "web-1  | 2026-11-22T15:04:50.123456789Z", ""),
            (Envelope::Compose, "web-1  | 2026-11-22T15:04:50Z ERR own stamp", "2026-11-22T15:04:50Z ERR own stamp"),
            (Envelope::Compose, "web-1  | 2026-11-22T15:04:50.123456+00:00 own stamp", "2026-11-22T15:04:50.123456+00:00 own stamp"),
        ];
        for (envelope, line, expected) in cases {
            assert_eq!(inner(envelope, line), Some((expected.to_owned(), false)), "{line}");
        }
    }

    #[test]
    fn a_systems_log_gives_what_a_format_knows_and_keeps_the_rest() {
        let nginx = "2026/11/22 15:04:50 [error] 1#1: *1 x";
        for line in [format!("Nov 22 15:04:50 web1 nginx[9]: {nginx}"), format!(r#"{{"MESSAGE":"{nginx}","__REALTIME_TIMESTAMP":"1741083331000000"}}"#)] {
            assert_eq!(inner(Envelope::Journal, &line), Some((nginx.to_owned(), false)));
        }
        let other = "Nov 22 15:04:50 web1 systemd[1]: app.service: Deactivated successfully.";
        assert_eq!(inner(Envelope::Journal, other), Some((other.to_owned(), false)));
    }

    #[test]
    fn partial_lines_are_told() {
        assert_eq!(inner(Envelope::Cri, "2026-11-22T15:04:50Z stdout P a"), Some(("a".to_owned(), true)));
        assert_eq!(inner(Envelope::Docker, r#"{"log":"a","stream":"stdout"}"#), Some(("a".to_owned(), true)));
    }

    #[test]
    fn plain_lines_have_no_envelope() {
        let plain = "2026/11/22 15:04:50 [error] 1#1: *1 x, client: 1.2.3.4";
        for envelope in Envelope::ALL {
            assert_eq!(inner(envelope, plain), None, "{envelope:?}");
            assert_eq!(inner(envelope, ""), None, "{envelope:?}");
        }
    }
}
