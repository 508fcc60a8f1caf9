//! The bar of a long run, on the standard error where that is a terminal.

use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{DecimalBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use logscan502::analysis::Progress;

/// A run that is over sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the bar moves.
const PACE: Duration = Duration::from_millis(100);

/// A bar while it lives; nothing is left of it behind.
#[derive(Debug)]
pub(super) struct Bar(Option<(Sender<()>, JoinHandle<()>)>);

impl Bar {
    /// Shows how far the run is, unless nobody wants to know or can see it.
    pub(super) fn start(progress: &Progress, is_quiet: bool) -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if is_quiet || is_dumb || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let started = Instant::now();
        let (end, ended) = channel();
        let progress = progress.clone();
        let drawing = thread::spawn(move || {
            let mut bar: Option<ProgressBar> = None;
            let mut wait = PATIENCE;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = PACE;
                // Streams have no end that could be told.
                if progress.all() > 0 {
                    let (done, all) = (progress.done().min(progress.all()), progress.all());
                    let bar = bar.get_or_insert_with(drawn);
                    bar.update(|state| {
                        state.set_len(all);
                        state.set_pos(done);
                    });
                    bar.set_message(pace(done, all, started.elapsed()));
                }
            }
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
        });
        Self(Some((end, drawing)))
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some((end, drawing)) = self.0.take() {
            drop(end);
            // What it drew is gone before anything else is written.
            let _ = drawing.join();
        }
    }
}

fn drawn() -> ProgressBar {
    // A wide message is cut where the terminal ends: a bar that took two lines would take the line above along.
    let template = "{percent:>3} % {bar:20} {wide_msg}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ");
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}

/// `1.20 GB of 4.00 GB, 400.00 MB/s, 7 s left`, going by all that was read since the start.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "figures for people")]
fn pace(done: u64, all: u64, elapsed: Duration) -> String {
    let speed = done as f64 / elapsed.as_secs_f64().max(1e-3);
    let left = if done == 0 { String::new() } else { format!(", {:.0} s left", ((all - done) as f64 / speed).ceil()) };
    format!("{} of {}, {}/s{left}", DecimalBytes(done), DecimalBytes(all), DecimalBytes(speed as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_whole_run() {
        assert_eq!(pace(100_000_000, 400_000_000, Duration::from_secs(2)), "100.00 MB of 400.00 MB, 50.00 MB/s, 6 s left");
        assert_eq!(pace(0, 400, Duration::from_secs(2)), "0 B of 400 B, 0 B/s");
    }
}
