//! Steps, and waiting between them.

use std::time::Duration;

use super::Live;
use crate::analysis::Stop;
use crate::time::Timestamp;

/// How long nothing is looked at when nothing happens.
pub const PAUSE: Duration = Duration::from_millis(100);
/// Waits, and knows the time. The binary's sleeps; a test's does what the test wants to happen meanwhile.
pub trait Waker {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Waits for so long at most, or until something has come.
    fn wait(&mut self, most: Duration);
}

/// Follows until it is told to stop, until `until`, or until nothing can come any more. `tell` gets the events as they
/// happen; false ends the run.
pub fn run(live: &mut Live<'_>, waker: &mut dyn Waker, stop: &Stop, until: Option<Timestamp>, tell: &mut dyn FnMut(&mut Live<'_>) -> bool) {
    loop {
        let now = waker.now();
        let step = live.step(now);
        let goes_on = tell(live);
        let is_over = stop.is_asked() || until.is_some_and(|until| now >= until) || (step.has_ended && !step.has_more);
        if is_over || !goes_on {
            return;
        }
        if !step.has_more {
            let left = until.map_or(PAUSE, |until| Duration::from_micros(u64::try_from(until.micros() - now.micros()).unwrap_or(0)));
            waker.wait(PAUSE.min(left));
        }
    }
}
