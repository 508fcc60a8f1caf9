//! What `docker events` prints, as text or with `--format json`.
//!
//! ```text
//! 2025-03-04T10:15:31.204000000Z container die 3f4e9ab1c2d3 (exitCode=137, image=shop/app:1.4, name=shop-app)
//! ```
//!
//! The message is kind and action (`container die`); what stands in parentheses become fields.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::behind::{stamped, starts, until};
use super::json::{self, Value};
use super::{About, Format};
use crate::record::Entry;
use crate::time::{Clock, Stamp, epoch_seconds, rfc3339};

/// See the module.
pub(super) struct DockerEvents;

/// Kinds of what events are of.
const KINDS: [&[u8]; 11] =
    [b"container ", b"image ", b"network ", b"volume ", b"daemon ", b"service ", b"node ", b"secret ", b"config ", b"plugin ", b"builder "];
/// Attributes that become fields, and the names of these.
const ATTRIBUTES: [(&str, &str); 4] = [("name", "container"), ("exitCode", "exit_code"), ("signal", "signal"), ("image", "image")];

impl Format for DockerEvents {
    fn begins(&self, line: &[u8]) -> bool {
        text(line).is_some() || is_json(line)
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        if is_json(record) {
            return Some(from_json(record, clock));
        }
        let (stamp, rest) = text(record)?;
        let mut entry = Entry::default();
        stamped(&mut entry, Some(stamp), clock);
        let (head, attributes) = until(rest, b" (").unwrap_or((rest, b""));
        // The last word of the head is the id.
        let end = memchr::memrchr(b' ', head).unwrap_or(head.len());
        entry.message = Cow::Borrowed(&head[..end]);
        for part in attributes.strip_suffix(b")").unwrap_or(attributes).split(|byte| *byte == b',') {
            let Some((key, value)) = until(part.trim_ascii(), b"=") else { continue };
            if let Some((_, name)) = ATTRIBUTES.iter().find(|(attribute, _)| attribute.as_bytes() == key) {
                entry.set(name, value);
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

    fn is_context(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["container", "exit_code", "signal", "image", "zone"]
    }

    fn about(&self) -> About {
        About {
            title: "docker events (text and JSON)",
            recognised: "ISO time, a kind (container, image ...), action, id; or an object with Type, Action and Actor",
            example: "2025-03-04T10:15:31.204000000Z container die 3f4e9ab1c2d3 (exitCode=137, image=shop/app:1.4, name=shop-app)",
        }
    }
}

fn text(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let (stamp, len) = rfc3339(line).filter(|_| line[10] == b'T')?;
    let rest = line[len..].strip_prefix(b" ")?;
    (matches!(stamp, Stamp::Instant(_)) && starts(rest, &KINDS)).then_some((stamp, rest))
}

fn is_json(line: &[u8]) -> bool {
    let has = |key: &[u8]| memchr::memmem::find(line, key).is_some();
    line.first() == Some(&b'{') && has(b"\"Action\"") && has(b"\"Actor\"") && has(b"\"Type\"")
}

fn from_json<'a>(record: &'a [u8], clock: &mut Clock) -> Entry<'a> {
    let (mut kind, mut action, mut stamp) = (&b""[..], Cow::Borrowed(&b""[..]), None);
    let mut entry = Entry::default();
    json::read(record, &mut |path, value: Value<'a>| {
        match path {
            [b"Type"] => kind = value.bare(),
            [b"Action"] => action = value.text(),
            [b"timeNano"] => stamp = epoch_seconds(value.raw),
            [b"time"] => stamp = stamp.or_else(|| epoch_seconds(value.raw)),
            [b"Actor", b"Attributes", key] => {
                if let Some((_, name)) = ATTRIBUTES.iter().find(|(attribute, _)| attribute.as_bytes() == *key) {
                    entry.set(name, value.text());
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
    stamped(&mut entry, stamp, clock);
    entry.message = Cow::Owned([kind, b" ", &action].concat());
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    #[test]
    fn both_forms_say_the_same() {
        let lines = [
            "2025-03-04T10:15:31.204000000Z container die 3f4e9ab1c2d3 (execDuration=12, exitCode=137, image=shop/app:1.4, name=shop-app)",
            r#"{"status":"die","id":"3f4e","Type":"container","Action":"die","Actor":{"ID":"3f4e","Attributes":{"exitCode":"137","name":"shop-app"}},"time":1741083331,"timeNano":1741083331204000000}"#,
        ];
        for line in lines {
            let entry = DockerEvents.parse(line.as_bytes(), &mut Clock::new(Zone::UTC, Timestamp::from_seconds(0))).unwrap();
            assert_eq!((&*entry.message, entry.field("container"), entry.field("exit_code")), (&b"container die"[..], &b"shop-app"[..], &b"137"[..]), "{line}");
            assert_eq!(entry.time.unwrap().to_rfc3339(), "2025-03-04T10:15:31.204Z");
            assert!(DockerEvents.begins(line.as_bytes()));
        }
        for other in ["2025-03-04T10:15:31Z stdout F container x", "2025-03-04 10:15:31Z container die x", r#"{"Type":"a"}"#, ""] {
            assert!(!DockerEvents.begins(other.as_bytes()), "{other}");
        }
    }
}
