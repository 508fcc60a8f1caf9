//! Answers: the loggers `http.log.access` and `http.log.access.NAME`.

use super::zap::{Head, Record, moment};
use crate::format::member::Key;
use crate::format::{About, Format, Skimmed};
use crate::record::Entry;
use crate::text::number;
use crate::time::Clock;

/// See the module.
pub(in crate::format) struct CaddyAccess;

/// Headers have names in the spelling of Go, `Status`, so no client or upstream can write this key into the line.
static STATUS: Key = Key::new("\"status\"");

impl Format for CaddyAccess {
    fn begins(&self, line: &[u8]) -> bool {
        Head::read(line).is_some_and(|head| head.is_access())
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let record = Record::read(record)?;
        let mut entry = Entry { is_response: true, ..Entry::default() };
        record.fill(&mut entry, clock);
        entry.status = number::status(record.status);
        entry.set("status", record.status);
        entry.set("size", record.size);
        entry.set("server", record.servers.join(&b", "[..]));
        entry.set("via", record.vias.join(&b", "[..]));
        Some(entry)
    }

    fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        let head = Head::read(line).filter(Head::is_access)?;
        let status = number::status(STATUS.value(line)?.raw)?;
        Some(Skimmed { time: clock.resolve(moment(head.time)?), status, is_bare: false })
    }

    fn one_line(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["status", "size", "server", "via"]
    }

    fn about(&self) -> About {
        About {
            title: "Caddy access log (JSON, console)",
            recognised: "\"logger\":\"http.log.access, or the same logger between tabs",
            example: r#"{"level":"error","ts":1795362021.3623698,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"203.0.113.7","remote_port":"43068","proto":"HTTP/1.1","method":"GET","host":"shop.test","uri":"/cart","headers":{"User-Agent":["curl/8.5.0"]}},"user_id":"","duration":0.000410668,"size":0,"status":502,"resp_headers":{"Server":["Caddy"]}}"#,
        }
    }
}
