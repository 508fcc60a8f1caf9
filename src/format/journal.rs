//! The journal of systemd and the log of a whole system: `journalctl`'s short forms, `-o json`, `/var/log/syslog`.
//!
//! ```text
//! Mar  4 10:15:31 web1 systemd[1]: app.service: Main process exited, code=killed, status=9/KILL
//! ```
//!
//! Every daemon writes into it. A line whose text is of another format is read as that
//! ([`Envelope::Journal`](super::Envelope)); of the rest, what the manager of services says is told from what anyone else
//! writes by the tag, which only systemd sets for itself.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::behind::{stamped, until};
use super::json::{self, Value};
use super::{About, Format, kernel};
use crate::record::{Entry, Severity};
use crate::time::{Civil, Clock, Stamp, epoch_seconds, month_day, rfc3339};

/// See the module.
pub(super) struct Journal;

/// Kinds of units, as their names end.
const KINDS: [&[u8]; 6] = [b".service", b".scope", b".socket", b".slice", b".mount", b".timer"];

impl Format for Journal {
    fn begins(&self, line: &[u8]) -> bool {
        is_json(line) || tagged(line).is_some_and(|line| !line.pid.is_empty())
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let mut entry = Entry::default();
        if is_json(record) {
            let json = Json::read(record);
            stamped(&mut entry, json.stamp, clock);
            entry.severity = json.severity();
            entry.set("process", json.tag);
            entry.set("pid", json.pid);
            let own = unit_of(&json.message).map(|(unit, rest)| (unit.to_vec(), rest.len()));
            let (unit, from) = own.map_or((json.unit, 0), |(unit, rest)| (unit, json.message.len() - rest));
            entry.set("unit", unit);
            entry.message = Cow::Owned(json.message[from..].to_vec());
            return Some(entry);
        }
        let line = tagged(record)?;
        stamped(&mut entry, Some(line.stamp), clock);
        entry.set("process", line.tag);
        entry.set("pid", line.pid);
        let (unit, rest) = unit_of(line.rest).unwrap_or((b"", line.rest));
        entry.set("unit", unit);
        entry.message = Cow::Borrowed(rest.trim_ascii_end());
        Some(entry)
    }

    fn one_line(&self) -> bool {
        true
    }

    fn writes_answers(&self) -> bool {
        false
    }

    fn is_context(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["process", "pid", "unit", "zone"]
    }

    fn about(&self) -> About {
        About {
            title: "systemd journal and system log (journalctl short, short-iso, short-precise, json; syslog)",
            recognised: "Mon dd hh:mm:ss host tag[pid]: , the same with an ISO time, or an object with __REALTIME_TIMESTAMP and MESSAGE",
            example: "Mar  4 10:15:31 web1 systemd[1]: app.service: Main process exited, code=killed, status=9/KILL",
        }
    }
}

/// Whether it is an entry of `journalctl -o json` that is not the kernel's.
fn is_json(line: &[u8]) -> bool {
    let has = |key: &[u8]| memchr::memmem::find(line, key).is_some();
    line.first() == Some(&b'{') && has(b"\"__REALTIME_TIMESTAMP\"") && has(b"\"MESSAGE\"") && !kernel::is_json(line)
}

/// A line of the system's log.
pub(super) struct Tagged<'a> {
    pub(super) stamp: Stamp,
    pub(super) tag: &'a [u8],
    pub(super) pid: &'a [u8],
    pub(super) rest: &'a [u8],
}

/// `Mar  4 10:15:31 host tag[pid]: …`, perhaps with a fraction, or with an ISO time.
pub(super) fn tagged(line: &[u8]) -> Option<Tagged<'_>> {
    let (stamp, len) = moment(line)?;
    let (_host, rest) = until(line[len..].strip_prefix(b" ")?, b" ").filter(|(host, _)| !host.is_empty() && host.len() < 256 && !host.ends_with(b":"))?;
    let (head, rest) = until(&rest[..rest.len()], b": ")?;
    let is_tag = |text: &[u8]| !text.is_empty() && text.len() <= 128 && text.iter().all(u8::is_ascii_graphic);
    if !is_tag(head) {
        return None;
    }
    let (tag, pid) = match head.strip_suffix(b"]").and_then(|head| until(head, b"[")) {
        Some((tag, pid)) if !pid.is_empty() && pid.iter().all(u8::is_ascii_digit) => (tag, pid),
        _ => (head, &b""[..]),
    };
    Some(Tagged { stamp, tag, pid, rest })
}

fn moment(line: &[u8]) -> Option<(Stamp, usize)> {
    if line.first()?.is_ascii_digit() {
        return rfc3339(line).filter(|_| line.get(10) == Some(&b'T') && line.get(19) != Some(&b','));
    }
    let (civil, len) = month_day(line)?;
    let digits = line[len..].strip_prefix(b".").map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count());
    let micros = line[len..].iter().skip(1).take(digits.min(6)).fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    let micros = if digits == 6 { micros } else { 0 };
    let len = if digits > 0 { len + 1 + digits } else { len };
    civil.is_sane().then_some((Stamp::Yearless(Civil { micros, ..civil }), len))
}

/// `app.service: …`: the unit and what is said of it.
fn unit_of(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let (unit, rest) = until(message, b": ")?;
    let is_unit = unit.len() < 256 && KINDS.iter().any(|kind| unit.ends_with(kind)) && unit.iter().all(u8::is_ascii_graphic);
    is_unit.then_some((unit, rest))
}

/// An entry of `journalctl -o json`.
#[derive(Default)]
pub(super) struct Json {
    pub(super) stamp: Option<Stamp>,
    pub(super) message: Vec<u8>,
    pub(super) tag: Vec<u8>,
    pid: Vec<u8>,
    unit: Vec<u8>,
    priority: Vec<u8>,
}

impl Json {
    /// Reads what is needed of it.
    pub(super) fn read(line: &[u8]) -> Self {
        let mut read = Self::default();
        let mut unit_of_writer = Vec::new();
        json::read(line, &mut |path, value: Value<'_>| {
            let text = || value.text().into_owned();
            match path {
                [b"MESSAGE"] if value.is_string => read.message = text(),
                [b"__REALTIME_TIMESTAMP"] => read.stamp = epoch_seconds(value.raw),
                [b"SYSLOG_IDENTIFIER"] => read.tag = text(),
                [b"_PID"] => read.pid = text(),
                [b"PRIORITY"] => read.priority = text(),
                [b"UNIT"] => read.unit = text(),
                [b"_SYSTEMD_UNIT"] => unit_of_writer = text(),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        // systemd writes of another unit than its own.
        if read.unit.is_empty() {
            read.unit = unit_of_writer;
        }
        read
    }

    /// syslog's number of it.
    pub(super) fn severity(&self) -> Severity {
        match self.priority.as_slice() {
            b"0" => Severity::Emerg,
            b"1" => Severity::Alert,
            b"2" => Severity::Crit,
            b"3" => Severity::Error,
            b"4" => Severity::Warn,
            b"5" => Severity::Notice,
            b"7" => Severity::Debug,
            _ => Severity::Info,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    fn read(line: &str) -> Option<[String; 5]> {
        let entry =
            Journal.begins(line.as_bytes()).then(|| Journal.parse(line.as_bytes(), &mut Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000))))??;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let time = entry.time.map(Timestamp::to_rfc3339).unwrap_or_default();
        Some([time, text(entry.field("process")), text(entry.field("pid")), text(entry.field("unit")), text(&entry.message)])
    }

    #[test]
    fn each_form_is_read() {
        let is = |time: &str| Some([time, "systemd", "1", "app.service", "Main process exited"].map(str::to_owned));
        assert_eq!(read("Mar  4 10:15:31 web1 systemd[1]: app.service: Main process exited"), is("2026-03-04T10:15:31Z"));
        assert_eq!(read("Mar 04 10:15:31.250000 web1 systemd[1]: app.service: Main process exited"), is("2026-03-04T10:15:31.250Z"));
        assert_eq!(read("2025-03-04T10:15:31+0100 web1 systemd[1]: app.service: Main process exited"), is("2025-03-04T09:15:31Z"));
        let json = r#"{"MESSAGE":"app.service: Main process exited","__REALTIME_TIMESTAMP":"1741083331000000","SYSLOG_IDENTIFIER":"systemd","_PID":"1","UNIT":"app.service","_SYSTEMD_UNIT":"init.scope"}"#;
        assert_eq!(read(json), is("2025-03-04T10:15:31Z"));
        let other = read("Mar  4 10:15:31 web1 cron[77]: (root) CMD (true)").unwrap();
        assert_eq!(other[1..], ["cron", "77", "", "(root) CMD (true)"]);
        for other in [
            "Mar  4 10:15:31 web1 kernel: x",
            "Mar  4 10:15:31 web1 edge: x",
            "Mar  4 10:15:31 x",
            "Mar  4 10:15:31",
            "2025-03-04 10:15:31 web1 a[1]: x",
            "{}",
            "",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
