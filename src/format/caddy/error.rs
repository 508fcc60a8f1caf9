//! What Caddy says beside its answers: `http.log.error`, the reverse proxy, its health checks, and the rest.
//!
//! One line of `http.log.error` is one request: attempts that a retry saved are written at level debug only.

use super::zap::{Head, Record};
use crate::format::go_error::GoError;
use crate::format::json::unescape;
use crate::format::{About, Format};
use crate::record::Entry;
use crate::time::Clock;

/// See the module.
pub(in crate::format) struct CaddyError;

impl Format for CaddyError {
    fn begins(&self, line: &[u8]) -> bool {
        Head::read(line).is_some_and(|head| !head.is_access())
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let record = Record::read(record)?;
        let mut entry = Entry::default();
        record.fill(&mut entry, clock);
        entry.set("logger", record.logger);
        entry.set("status", record.status);
        entry.set("trace", record.trace);
        entry.set("error", unescape(record.error));
        entry.upstream = upstream(record.upstream);
        if record.logger.starts_with(b"http.log.error") {
            GoError::read(record.message).fill(&mut entry);
        } else {
            entry.message = unescape(record.message);
            let error = GoError::read(record.error);
            entry.action = error.operation;
            entry.set("reason", unescape(error.reason));
            if entry.upstream.is_empty() {
                entry.upstream = error.upstream();
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
        &["logger", "status", "trace", "error", "reason"]
    }

    fn about(&self) -> About {
        About {
            title: "Caddy error and runtime log (JSON, console)",
            recognised: "{\"level\":…,\"ts\":…,\"logger\":\"http|tls|admin|… or YYYY/MM/DD hh:mm:ss.mmm <tab> LEVEL <tab>",
            example: r#"{"level":"error","ts":1795362021.3623235,"logger":"http.log.error.log0","msg":"dial tcp 127.0.0.1:9274: connect: connection refused","request":{"remote_ip":"203.0.113.7","remote_port":"43068","proto":"HTTP/1.1","method":"GET","host":"shop.test","uri":"/cart","headers":{"User-Agent":["curl/8.5.0"]}},"duration":0.000410668,"status":502,"err_id":"96jgdnksw","err_trace":"reverseproxy.statusError (reverseproxy.go:1272)"}"#,
        }
    }
}

/// `unix//run/app.sock` and `http://10.0.0.1:80`, as Caddy writes addresses of upstreams, as an authority.
fn upstream(address: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    if let Some(path) = address.strip_prefix(b"unix/") {
        return [b"unix:", path].concat().into();
    }
    let behind_scheme = [&b"https://"[..], b"http://", b"h2c://", b"tcp/"].iter().find_map(|scheme| address.strip_prefix(*scheme));
    behind_scheme.unwrap_or(address).into()
}
