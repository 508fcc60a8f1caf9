//! What Traefik says of itself: why an exchange failed (at level debug), health checks, providers.

use memchr::memmem;

use super::record::Record;
use crate::format::clf::any_stamp;
use crate::format::go_error::GoError;
use crate::format::json::unescape;
use crate::format::{About, Format};
use crate::record::{Entry, Severity};
use crate::time::Clock;

/// See the module.
pub(in crate::format) struct TraefikError;

impl Format for TraefikError {
    fn begins(&self, line: &[u8]) -> bool {
        Record::read(line).is_some()
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let head = record.split(|byte| *byte == b'\n').next()?;
        let record = Record::read(head)?;
        let mut entry = Entry { severity: severity(record.level), ..Entry::default() };
        entry.time = any_stamp(record.time).map(|stamp| clock.resolve(stamp));
        entry.upstream = unescape(authority(record.target));
        entry.set("router", unescape(record.router));
        entry.set("service", unescape(record.service));
        let failure = record.failure();
        if let Some((status, error)) = failure {
            entry.set("status", status);
            GoError::read(error).fill(&mut entry);
        } else if (record.message.is_empty() || is_dialled(record.message)) && !record.error.is_empty() {
            GoError::read(record.error).fill(&mut entry);
        } else {
            let text = GoError::read(if record.error.is_empty() { record.message } else { record.error });
            entry.set("error", unescape(record.error));
            if record.error.is_empty() {
                text.fill(&mut entry);
            } else {
                entry.message = unescape(record.message);
                entry.action = text.operation;
                entry.set("reason", unescape(text.reason));
            }
        }
        Some(entry)
    }

    fn one_line(&self) -> bool {
        true
    }

    fn writes_answers(&self) -> bool {
        false
    }

    fn fields(&self) -> &'static [&'static str] {
        &["status", "error", "reason", "router", "service"]
    }

    fn about(&self) -> About {
        About {
            title: "Traefik log (text and JSON; versions 1 to 3)",
            recognised: "time=\"…\" level=… msg=…, <ISO time> DBG <file.go:n> >, or JSON with level, time and message, naming something of Traefik",
            example: r#"2025-03-04T10:15:31Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:113 > 502 Bad Gateway error="dial tcp 10.0.3.7:8080: connect: connection refused""#,
        }
    }
}

/// zerolog's short names are known to [`Severity`] but for that of a panic.
fn severity(level: &[u8]) -> Severity {
    if level == b"PNC" { Severity::Emerg } else { Severity::from_name(level).unwrap_or_default() }
}

/// A TCP router's failure to reach its server: the field `error` says which.
fn is_dialled(message: &[u8]) -> bool {
    message.starts_with(b"Error while ") && memmem::find(message, b"backend").is_some()
}

fn authority(url: &[u8]) -> &[u8] {
    let rest = memmem::find(url, b"://").map_or(url, |at| &url[at + 3..]);
    &rest[..memchr::memchr(b'/', rest).unwrap_or(rest.len())]
}
