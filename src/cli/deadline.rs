//! The moment at which a run ends with what it has read by then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use logscan502::analysis::{Outcome, Stop};
use logscan502::report::Warning;
use logscan502::time;

use super::CliError;

/// A clock that is running.
pub(super) struct Deadline {
    /// As the user wrote it.
    text: String,
    is_over: Arc<AtomicBool>,
}

impl Deadline {
    /// Starts the clock; when it is over, the run is asked to end.
    pub(super) fn start(text: &str, stop: &Stop) -> Result<Self, CliError> {
        let seconds = time::duration(text).and_then(|seconds| u64::try_from(seconds).ok()).filter(|seconds| *seconds > 0);
        let seconds = seconds.ok_or_else(|| CliError::Usage(format!("'{text}' is no time to wait (30s, 5m, 1h)")))?;
        let is_over = Arc::new(AtomicBool::new(false));
        let (over, stop) = (is_over.clone(), stop.clone());
        // It is left alone: the program ends before it, or soon after.
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(seconds));
            over.store(true, Ordering::Relaxed);
            stop.0.store(true, Ordering::Relaxed);
        });
        Ok(Self { text: text.to_owned(), is_over })
    }

    /// Whether it is over.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Marks a report of which the deadline kept a part away: whether it did.
    pub(super) fn mark(&self, outcome: &mut Outcome) -> bool {
        if !self.is_over() || outcome.unfinished.is_empty() {
            return false;
        }
        let report = &mut outcome.report;
        report.partial = true;
        let message = format!("the deadline of {} was over before everything was read: the report is of what was read by then", self.text);
        report.warnings.push(Warning { path: String::new(), message });
        report.warnings.extend(outcome.unfinished.iter().cloned());
        report.warnings.sort();
        true
    }
}
