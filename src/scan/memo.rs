//! Verdicts that were found already, by message: most messages of a log are the same few texts.
//!
//! A worker has one to itself. A place keeps the two messages that came last, so texts that never come again put out those
//! that do for a line at most, and two that come all the time do not put out each other. It changes how fast a verdict is
//! found, never which: what is kept of a message is a hash that is seeded anew in each run.

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::RandomState;

use crate::format::FormatId;
use crate::pattern::PatternIndex;
use crate::record::Severity;

/// Places; a power of two.
const PLACES: usize = 1_024;
/// A longer message is hardly ever met again.
const LONGEST: usize = 512;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Memo {
    seed: RandomState,
    places: Vec<[Known; 2]>,
}

/// What was found: the pattern that such a message wins, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found(pub(super) Option<PatternIndex>);

/// A verdict, and the hash of what it follows from; 0 where there is none.
#[derive(Clone, Copy, Debug)]
struct Known {
    hash: u64,
    verdict: Found,
}

const NOTHING: Known = Known { hash: 0, verdict: Found(None) };

impl Memo {
    /// The verdict on that message, without what it quotes, if it is known.
    pub(super) fn get(&self, format: FormatId, severity: Severity, message: [&[u8]; 2]) -> Option<Found> {
        let hash = self.hash(format, severity, message);
        self.places.get(place(hash))?.iter().find(|known| known.hash == hash).map(|known| known.verdict)
    }

    /// Keeps a verdict that follows from these alone.
    pub(super) fn keep(&mut self, format: FormatId, severity: Severity, message: [&[u8]; 2], verdict: Found) {
        if message.iter().any(|part| part.len() > LONGEST) {
            return;
        }
        if self.places.is_empty() {
            self.places = vec![[NOTHING; 2]; PLACES];
        }
        let hash = self.hash(format, severity, message);
        let [last, before] = &mut self.places[place(hash)];
        *before = std::mem::replace(last, Known { hash, verdict });
    }

    fn hash(&self, format: FormatId, severity: Severity, [before, behind]: [&[u8]; 2]) -> u64 {
        let mut hasher = self.seed.build_hasher();
        hasher.write(before);
        if !behind.is_empty() {
            hasher.write(behind);
        }
        hasher.write_u64((before.len() as u64) << 32 | (format.index() as u64) << 8 | severity as u64);
        hasher.finish() | 1
    }
}

#[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
fn place(hash: u64) -> usize {
    (hash >> 32) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_found_and_nothing_else_is() {
        let mut memo = Memo::default();
        let (format, severity) = (FormatId::NginxError, Severity::Error);
        assert_eq!(memo.get(format, severity, [b"a", b""]), None);
        memo.keep(format, severity, [b"a", b""], Found(Some(PatternIndex(7))));
        memo.keep(format, severity, [b"b", b""], Found(None));
        assert_eq!(memo.get(format, severity, [b"a", b""]), Some(Found(Some(PatternIndex(7)))));
        assert_eq!(memo.get(format, severity, [b"b", b""]), Some(Found(None)));
        assert_eq!(memo.get(format, Severity::Warn, [b"a", b""]), None);
        memo.keep(format, severity, [b"ab", b"c"], Found(None));
        assert_eq!((memo.get(format, severity, [b"ab", b"c"]), memo.get(format, severity, [b"a", b"bc"])), (Some(Found(None)), None));
    }

    #[test]
    fn what_comes_late_is_kept_too_and_never_mistaken() {
        let mut memo = Memo::default();
        let message = |number: usize| format!("message {number}").into_bytes();
        let found = |memo: &Memo, number: usize| memo.get(FormatId::Alb, Severity::Error, [&message(number), b""]);
        for number in 0..4 * PLACES {
            let verdict = Found(Some(PatternIndex(u16::try_from(number).unwrap())));
            memo.keep(FormatId::Alb, Severity::Error, [&message(number), b""], verdict);
            assert_eq!(found(&memo, number), Some(verdict));
        }
        let kept: Vec<_> = (0..4 * PLACES).filter_map(|number| Some((number, found(&memo, number)?))).collect();
        assert!(kept.len() > PLACES && kept.len() <= 2 * PLACES, "{}", kept.len());
        assert!(kept.iter().all(|(number, verdict)| verdict.0.is_some_and(|index| usize::from(index.0) == *number)));
    }
}
