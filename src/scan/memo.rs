//! Verdicts that were found already, by message: most messages of a log are the same few texts.
//!
//! Shared by all workers and only ever added to, so it needs no lock; when it is full, what is new is found out each time.
//! It changes how fast a verdict is found, never which.

use std::hash::BuildHasher;
use std::sync::OnceLock;

use foldhash::fast::FixedState;

use crate::format::FormatId;
use crate::pattern::PatternIndex;
use crate::record::Severity;

/// Places; a power of two.
const PLACES: usize = 1_024;
/// Places that are tried for a message.
const TRIES: usize = 4;
/// A longer message is hardly ever met again.
const LONGEST: usize = 512;

/// See the module.
#[derive(Debug)]
pub(super) struct Memo(Box<[OnceLock<Known>]>);

/// What was found: the pattern that such a message wins, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found(pub(super) Option<PatternIndex>);

#[derive(Debug)]
struct Known {
    hash: u64,
    format: FormatId,
    severity: Severity,
    message: Box<[u8]>,
    verdict: Found,
}

impl Default for Memo {
    fn default() -> Self {
        Self((0..PLACES).map(|_| OnceLock::new()).collect())
    }
}

impl Memo {
    /// The verdict on that message, if it is known.
    pub(super) fn get(&self, format: FormatId, severity: Severity, message: &[u8]) -> Option<Found> {
        let hash = hash(message);
        for at in 0..TRIES {
            let known = self.place(hash, at).get()?;
            if known.hash == hash && known.severity == severity && known.format == format && *known.message == *message {
                return Some(known.verdict);
            }
        }
        None
    }

    /// Keeps a verdict that follows from these alone, if there is room.
    pub(super) fn keep(&self, format: FormatId, severity: Severity, message: &[u8], verdict: Found) {
        if message.len() > LONGEST {
            return;
        }
        let hash = hash(message);
        for at in 0..TRIES {
            let known = Known { hash, format, severity, message: message.into(), verdict };
            // Another worker may have come first, with the same message or another one.
            match self.place(hash, at).set(known) {
                Ok(()) => return,
                Err(_) if self.get(format, severity, message).is_some() => return,
                Err(_) => {}
            }
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
    fn place(&self, hash: u64, at: usize) -> &OnceLock<Known> {
        &self.0[(hash as usize).wrapping_add(at) % PLACES]
    }
}

fn hash(message: &[u8]) -> u64 {
    FixedState::default().hash_one(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_found_and_nothing_else_is() {
        let memo = Memo::default();
        let (format, severity) = (FormatId::NginxError, Severity::Error);
        assert_eq!(memo.get(format, severity, b"a"), None);
        memo.keep(format, severity, b"a", Found(Some(PatternIndex(7))));
        memo.keep(format, severity, b"b", Found(None));
        assert_eq!(memo.get(format, severity, b"a"), Some(Found(Some(PatternIndex(7)))));
        assert_eq!(memo.get(format, severity, b"b"), Some(Found(None)));
        assert_eq!(memo.get(format, Severity::Warn, b"a"), None);
    }

    #[test]
    fn a_full_memo_forgets_nothing_and_takes_nothing() {
        let memo = Memo::default();
        let message = |number: usize| format!("message {number}").into_bytes();
        for number in 0..4 * PLACES {
            memo.keep(FormatId::Alb, Severity::Error, &message(number), Found(Some(PatternIndex(u16::try_from(number).unwrap()))));
        }
        let found: Vec<_> = (0..4 * PLACES).filter_map(|number| Some((number, memo.get(FormatId::Alb, Severity::Error, &message(number))?))).collect();
        assert!(found.len() > PLACES / 2 && found.len() <= PLACES, "{}", found.len());
        assert!(found.iter().all(|(number, verdict)| verdict.0.is_some_and(|index| usize::from(index.0) == *number)));
    }
}
