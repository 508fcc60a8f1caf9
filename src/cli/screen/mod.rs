//! The live screen: what goes wrong, as it happens, on the terminal.
//!
//! The run goes on in its own thread and posts a report now and then; the screen's thread waits for keys, looks into its
//! post and draws when something has changed. So a key never waits for a log, and a log never waits for the terminal.
//! Drawing is pure: [`View`], [`State`] and the size → cells.

mod draw;
mod state;
mod terminal;
mod view;

#[cfg(test)]
mod tests;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use logscan502::aggregate::Thresholds;
use logscan502::analysis::Stop;
use logscan502::analysis::live::Latest;
use logscan502::render::Look;
use logscan502::report::{Event, Report};
use logscan502::time::{Timestamp, Width};
use ratatui::crossterm::event::{self, Event as Input};
use rustix::process::{Signal, kill_current_process_group};
use signal_hook::consts::SIGTSTP;

use state::{State, Wish};
use terminal::Tty;
use view::View;

/// What is over sooner needs no screen.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// Between two reports for the screen.
pub(super) const EACH: Duration = Duration::from_millis(500);
/// Lists are as long as a screen may show them.
const TOP: usize = 20;
/// Width of the buckets that the timeline is made of, unless that would be too many.
const BUCKET: &str = "5s";
/// Between two looks for keys and post, and so between two drawings.
const PACE: Duration = Duration::from_millis(100);
/// Lines a second are those of so many last seconds.
const SPEED: Duration = Duration::from_secs(5);

/// What the run posts to the screen.
#[derive(Debug, Default)]
pub(super) struct Post {
    mail: Mutex<Mail>,
    closed: Condvar,
}

#[derive(Debug, Default)]
struct Mail {
    report: Option<(Report, Latest)>,
    events: Vec<Event>,
    is_caught_up: bool,
    is_closed: bool,
}

impl Post {
    /// A newer report takes the place of an older one.
    pub(super) fn send(&self, report: Option<(Report, Latest)>, events: Vec<Event>, is_caught_up: bool) {
        let mut mail = self.lock();
        mail.report = report.or(mail.report.take());
        mail.events.extend(events);
        // Nobody may look for days, while the screen is paused.
        let excess = mail.events.len().saturating_sub(view::MOST_EVENTS);
        mail.events.drain(..excess);
        mail.is_caught_up = is_caught_up;
    }

    /// The run is over: the screen is to go.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.closed.notify_all();
    }

    /// Waits for the end of the run, or for so long; whether it is over.
    fn is_over_within(&self, most: Duration) -> bool {
        let mail = self.lock();
        self.closed.wait_timeout_while(mail, most, |mail| !mail.is_closed).map_or(true, |(mail, _)| mail.is_closed)
    }

    fn lock(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the reports of the screen are cut by: finely, since the screen puts slices of time together itself.
pub(super) fn thresholds(asked: &Thresholds) -> Thresholds {
    let bucket = asked.bucket.or_else(|| Width::parse(BUCKET).ok());
    Thresholds { bucket, top: asked.top.max(TOP), ..asked.clone() }
}

/// Shows the screen until the run is over or the user has seen enough, after `patience`. `now` is the clock.
pub(super) fn show(post: &Post, stop: &Stop, look: Look, patience: Duration, now: &dyn Fn() -> Timestamp) -> io::Result<()> {
    if post.is_over_within(patience) {
        return Ok(());
    }
    let is_stopped = Arc::new(AtomicBool::new(false));
    let signal = signal_hook::flag::register(SIGTSTP, Arc::clone(&is_stopped))?;
    let shown = Tty::enter().and_then(|tty| {
        let mut screen = Screen { tty, look, view: View::default(), state: State::default(), speed: Speed::default(), is_stale: true, is_over: false };
        screen.run(post, stop, &is_stopped, now)
    });
    signal_hook::low_level::unregister(signal);
    shown
}

struct Screen {
    tty: Tty,
    look: Look,
    view: View,
    state: State,
    speed: Speed,
    /// What is on the terminal is not what should be.
    is_stale: bool,
    is_over: bool,
}

impl Screen {
    fn run(&mut self, post: &Post, stop: &Stop, is_stopped: &AtomicBool, now: &dyn Fn() -> Timestamp) -> io::Result<()> {
        loop {
            if self.is_over || stop.is_asked() || post.is_over_within(Duration::ZERO) {
                return Ok(());
            }
            self.take(post, now());
            if self.is_stale {
                let (view, state, look) = (&self.view, &self.state, &self.look);
                self.tty.0.draw(|frame| draw::draw(view, state, look, frame.area(), frame.buffer_mut()))?;
                self.is_stale = false;
            }
            let drawn = Instant::now();
            if event::poll(PACE)? {
                self.read(stop)?;
                // A key that is held down draws no oftener than any other change.
                let rest = PACE.saturating_sub(drawn.elapsed());
                while !self.is_over && !rest.is_zero() && drawn.elapsed() < PACE && event::poll(PACE.saturating_sub(drawn.elapsed()))? {
                    self.read(stop)?;
                }
            }
            if is_stopped.swap(false, Ordering::SeqCst) {
                self.tty.without(|| {
                    let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
                })?;
                self.is_stale = true;
            }
        }
    }

    /// What has come by post.
    fn take(&mut self, post: &Post, now: Timestamp) {
        if self.state.is_paused {
            return;
        }
        let mut mail = post.lock();
        let events = std::mem::take(&mut mail.events);
        self.is_stale |= !events.is_empty() || self.view.is_catching_up == mail.is_caught_up;
        self.view.tell(events);
        self.view.is_catching_up = !mail.is_caught_up;
        if let Some((report, latest)) = mail.report.take() {
            self.speed.came(report.totals.lines);
            (self.view.report, self.view.latest) = (report, latest);
            self.is_stale = true;
        }
        drop(mail);
        // The clock alone moves the lag: each second while it is short, and nothing when it is long.
        let speed = self.speed.per_second();
        let before = (self.view.lag().map(draw::lag), self.view.lines_per_second);
        self.view.now = Some(now);
        self.view.lines_per_second = speed;
        self.is_stale |= before != (self.view.lag().map(draw::lag), speed);
    }

    fn read(&mut self, stop: &Stop) -> io::Result<()> {
        match event::read()? {
            Input::Key(key) => match self.state.press(key, &self.view) {
                Wish::Nothing => {}
                Wish::Redraw => self.is_stale = true,
                Wish::Repaint => {
                    self.tty.0.clear()?;
                    self.is_stale = true;
                }
                Wish::Quit => stop.0.store(true, Ordering::Relaxed),
                // What the terminal would do were it not ours: our own part of it comes back as a signal.
                Wish::Interrupt => {
                    // Whoever waits for the pipeline may use the terminal at once.
                    terminal::restore();
                    self.is_over = true;
                    if kill_current_process_group(Signal::INT).is_err() {
                        stop.0.store(true, Ordering::Relaxed);
                    }
                }
                Wish::Suspend => {
                    let _ = kill_current_process_group(Signal::TSTP);
                }
            },
            Input::Resize(..) => self.is_stale = true,
            _ => {}
        }
        Ok(())
    }
}

/// Lines a second, from sums that come now and then.
#[derive(Debug, Default)]
struct Speed(std::collections::VecDeque<(Instant, u64)>);

impl Speed {
    fn came(&mut self, lines: u64) {
        self.0.push_back((Instant::now(), lines));
    }

    fn per_second(&mut self) -> u64 {
        // The first sum of all is no speed: it is what lay there before.
        while self.0.len() > 1 && self.0.get(1).is_some_and(|(at, _)| at.elapsed() > SPEED) {
            self.0.pop_front();
        }
        let (Some(first), Some(last)) = (self.0.front(), self.0.back()) else { return 0 };
        let millis = u64::try_from(first.0.elapsed().min(SPEED).as_millis()).unwrap_or(u64::MAX);
        if last.0.elapsed() > SPEED { 0 } else { last.1.saturating_sub(first.1) * 1_000 / millis.max(500) }
    }
}
