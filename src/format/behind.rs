//! What the logs of what stands behind or below the proxy have in common: a stamp, perhaps a level, and a message.

use std::borrow::Cow;

use crate::record::{Entry, Severity};
use crate::text::number::unsigned;
use crate::time::{Clock, Stamp, apache_error};

/// An entry of a message.
pub(super) fn message<'a>(stamp: Option<Stamp>, severity: Severity, message: &'a [u8], clock: &mut Clock) -> Entry<'a> {
    let mut entry = Entry { severity, message: Cow::Borrowed(message.trim_ascii_end()), ..Entry::default() };
    stamped(&mut entry, stamp, clock);
    entry
}

/// Sets the time, and that the stamp bears its own zone, if it does.
pub(super) fn stamped(entry: &mut Entry<'_>, stamp: Option<Stamp>, clock: &mut Clock) {
    entry.time = stamp.map(|stamp| clock.resolve(stamp));
    if matches!(stamp, Some(Stamp::Instant(_))) {
        entry.set("zone", &b"own"[..]);
    }
}

/// `Tue Mar  4 10:15:31 2025` at the start, which is 24 bytes.
pub(super) fn ctime(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let (stamp, rest) = line.split_at_checked(24)?;
    let is_word = stamp[..3].iter().all(u8::is_ascii_alphabetic);
    Some((apache_error(stamp).filter(|_| is_word)?, rest))
}

/// `[123] ` at the start: the number and what follows.
pub(super) fn bracketed_pid(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (pid, rest) = until(line.strip_prefix(b"[")?, b"] ")?;
    (unsigned(pid).is_some() && pid.len() <= 10).then_some((pid, rest))
}

/// What stands before `end` in one line, and what follows it.
pub(super) fn until<'a>(text: &'a [u8], end: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memchr::memmem::find(text, end)?;
    Some((&text[..at], &text[at + end.len()..]))
}

/// The first of `starts` that the line begins with.
pub(super) fn starts(line: &[u8], starts: &[&[u8]]) -> bool {
    starts.iter().any(|start| line.starts_with(start))
}
