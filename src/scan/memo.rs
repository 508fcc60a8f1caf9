//! Verdicts that were found already, by message: most messages of a log are the same few texts.
//!
//! A worker has one to itself. A place keeps the message that came last, so texts that never come again put out those that
//! do for one line at most. It changes how fast a verdict is found, never which.

use crate::format::FormatId;
use crate::pattern::PatternIndex;
use crate::record::Severity;

/// Places; a power of two.
const PLACES: usize = 1_024;
/// A longer message is hardly ever met again.
const LONGEST: usize = 512;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Memo(Vec<Option<Known>>);

/// What was found: the pattern that such a message wins, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found(pub(super) Option<PatternIndex>);

#[derive(Clone, Debug)]
struct Known {
    format: FormatId,
    severity: Severity,
    message: Vec<u8>,
    verdict: Found,
}

impl Memo {
    /// The verdict on that message, if it is known.
    pub(super) fn get(&self, format: FormatId, severity: Severity, message: &[u8]) -> Option<Found> {
        let known = self.0.get(place(message))?.as_ref()?;
        (known.message == message && known.severity == severity && known.format == format).then_some(known.verdict)
    }

    /// Keeps a verdict that follows from these alone.
    pub(super) fn keep(&mut self, format: FormatId, severity: Severity, message: &[u8], verdict: Found) {
        if message.len() > LONGEST {
            return;
        }
        if self.0.is_empty() {
            self.0 = vec![None; PLACES];
        }
        self.0[place(message)] = Some(Known { format, severity, message: message.to_vec(), verdict });
    }
}

/// By its length, its start and its end, which tells messages apart well enough.
#[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
fn place(message: &[u8]) -> usize {
    let [start, end] = match (message.first_chunk(), message.last_chunk()) {
        (Some(start), Some(end)) => [*start, *end].map(u64::from_le_bytes),
        _ => return message.iter().fold(0, |place, byte| (place * 31 + usize::from(*byte)) % PLACES),
    };
    let mixed = (start ^ end.rotate_left(23) ^ message.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_found_and_nothing_else_is() {
        let mut memo = Memo::default();
        let (format, severity) = (FormatId::NginxError, Severity::Error);
        assert_eq!(memo.get(format, severity, b"a"), None);
        memo.keep(format, severity, b"a", Found(Some(PatternIndex(7))));
        memo.keep(format, severity, b"b", Found(None));
        assert_eq!(memo.get(format, severity, b"a"), Some(Found(Some(PatternIndex(7)))));
        assert_eq!(memo.get(format, severity, b"b"), Some(Found(None)));
        assert_eq!(memo.get(format, Severity::Warn, b"a"), None);
    }

    #[test]
    fn what_comes_late_is_kept_too_and_never_mistaken() {
        let mut memo = Memo::default();
        let message = |number: usize| format!("message {number}").into_bytes();
        let found = |memo: &Memo, number: usize| memo.get(FormatId::Alb, Severity::Error, &message(number));
        for number in 0..4 * PLACES {
            let verdict = Found(Some(PatternIndex(u16::try_from(number).unwrap())));
            memo.keep(FormatId::Alb, Severity::Error, &message(number), verdict);
            assert_eq!(found(&memo, number), Some(verdict));
        }
        let kept: Vec<_> = (0..4 * PLACES).filter_map(|number| Some((number, found(&memo, number)?))).collect();
        assert!(kept.len() > PLACES / 2 && kept.len() <= PLACES, "{}", kept.len());
        assert!(kept.iter().all(|(number, verdict)| verdict.0.is_some_and(|index| usize::from(index.0) == *number)));
    }
}
