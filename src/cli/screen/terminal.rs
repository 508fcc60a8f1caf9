//! The terminal while the screen is on it. However the run ends, it is left as it was found.

use std::io::{self, Stdout, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};

/// The screen is on.
static IS_ON: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// The terminal with the screen on it, while it lives.
#[derive(Debug)]
pub(super) struct Tty(pub(super) Terminal<CrosstermBackend<Stdout>>);

impl Tty {
    /// Takes the terminal.
    pub(super) fn enter() -> io::Result<Self> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                // Its message would be lost with the screen.
                restore();
                before(panic);
            }));
        });
        take()?;
        // From here on it is given back, whatever fails.
        let terminal = Terminal::new(CrosstermBackend::new(stdout()));
        terminal.map(Self).inspect_err(|_| restore())
    }

    /// Gives the terminal back for as long as `meanwhile` takes.
    pub(super) fn without(&mut self, meanwhile: impl FnOnce()) -> io::Result<()> {
        restore();
        meanwhile();
        take()?;
        self.0.clear()
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        restore();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    IS_ON.store(true, Ordering::SeqCst);
    execute!(stdout(), EnterAlternateScreen, Hide).inspect_err(|_| restore())
}

/// Once only; nothing can be done about a terminal that is gone.
pub(super) fn restore() {
    if IS_ON.swap(false, Ordering::SeqCst) {
        let _ = execute!(stdout(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}
