//! A stream that fell silent after it had flowed steadily: most likely `tail -f` holds a file that was rotated away.

use std::collections::VecDeque;

use crate::time::Timestamp;

/// The stream was steady if lines came in each of so many slices …
const SLICES: i64 = 6;
/// … of so many seconds.
const SLICE: i64 = 10;
/// It is silent after so many seconds.
const SILENCE: i64 = 60;

const HINT: &str = "nothing has come for 60 s; where `tail -f` feeds this it may hold a file that was rotated: `tail -F`, or --follow with the file's name, go on in the new one";

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Silence {
    /// The last slices in which lines came.
    slices: VecDeque<i64>,
    last: Option<Timestamp>,
    is_silent: bool,
    is_told: bool,
}

impl Silence {
    /// Lines came at `now`.
    pub(super) fn came(&mut self, now: Timestamp, lines: usize) {
        if lines == 0 {
            return;
        }
        self.last = Some(now);
        let slice = now.seconds().div_euclid(SLICE);
        if self.slices.back() != Some(&slice) {
            self.slices.push_back(slice);
        }
        while self.slices.len() > usize::try_from(SLICES).unwrap_or(0) {
            self.slices.pop_front();
        }
    }

    /// It is `now`.
    pub(super) fn passed(&mut self, now: Timestamp) {
        let first = self.slices.front().copied().unwrap_or(0);
        let is_steady = self.slices.back().is_some_and(|last| last - first == SLICES - 1);
        self.is_silent = is_steady && self.last.is_some_and(|last| now.seconds() - last.seconds() > SILENCE);
    }

    /// What is to be said of it, once.
    pub(super) fn hint(&mut self) -> Option<&'static str> {
        let is_due = self.is_silent && !self.is_told;
        self.is_told |= is_due;
        is_due.then_some(HINT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints(times: impl IntoIterator<Item = i64>, then: i64) -> Option<&'static str> {
        let mut silence = Silence::default();
        for second in times {
            silence.came(Timestamp::from_seconds(second), 1);
            silence.passed(Timestamp::from_seconds(second));
            assert_eq!(silence.hint(), None);
        }
        silence.passed(Timestamp::from_seconds(then));
        let hint = silence.hint();
        assert_eq!(silence.hint(), None, "said once");
        hint
    }

    #[test]
    fn silence_after_steady_lines_is_worth_a_hint() {
        assert!(hints(1_000..1_100, 1_161).is_some());
        assert!(hints(1_000..1_100, 1_150).is_none(), "not for long yet");
        assert!(hints((0..9).map(|at| at * 47), 1_000).is_none(), "an error log is often silent");
        assert!(hints([], 1_000).is_none());
    }
}
