//! What the user has chosen, and what keys do to it.

use logscan502::time::Width;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::view::View;

/// Widths of the timeline's slices, after the one that is picked.
const WIDTHS: [&str; 10] = ["5s", "10s", "30s", "1m", "5m", "10m", "30m", "1h", "6h", "1d"];
const LONGEST_FILTER: usize = 200;

/// See the module.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a thing of its own that is on or off")]
pub(super) struct State {
    /// The cause that is chosen; it stays so when it moves.
    pub(super) selected: Option<String>,
    /// It is open.
    pub(super) is_open: bool,
    /// Lines that an open cause, or the help, is scrolled by.
    pub(super) scroll: usize,
    /// Width of a slice; `None` picks one.
    pub(super) width: Option<Width>,
    pub(super) is_paused: bool,
    pub(super) filter: String,
    /// The filter is being written.
    pub(super) is_typing: bool,
    pub(super) has_help: bool,
}

/// What a key asks for beyond the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Nothing at all.
    Nothing,
    /// The state has changed.
    Redraw,
    /// Everything anew, whatever is on the terminal.
    Repaint,
    /// The end, with the report.
    Quit,
    /// ^C, which is for the whole pipeline.
    Interrupt,
    /// ^Z, likewise.
    Suspend,
}

impl State {
    /// Does what the key asks for.
    pub(super) fn press(&mut self, key: KeyEvent, view: &View) -> Wish {
        if key.kind == KeyEventKind::Release {
            return Wish::Nothing;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c') => Wish::Interrupt,
                KeyCode::Char('z') => Wish::Suspend,
                KeyCode::Char('l') => Wish::Repaint,
                _ => Wish::Nothing,
            };
        }
        if self.is_typing {
            return self.write(key.code);
        }
        match key.code {
            KeyCode::Char('q') => return Wish::Quit,
            KeyCode::Char('?' | 'h') => {
                self.has_help = !self.has_help;
                self.scroll = 0;
            }
            KeyCode::Esc | KeyCode::Left | KeyCode::Backspace => self.back(),
            KeyCode::Up | KeyCode::Char('k') => self.go(-1, view),
            KeyCode::Down | KeyCode::Char('j') => self.go(1, view),
            KeyCode::PageUp => self.go(-10, view),
            KeyCode::PageDown => self.go(10, view),
            KeyCode::Home => self.go(isize::MIN, view),
            KeyCode::End => self.go(isize::MAX, view),
            KeyCode::Enter | KeyCode::Right if !self.has_help => self.open(view),
            KeyCode::Char('b') => self.widen(view),
            KeyCode::Char(' ' | 'p') => self.is_paused = !self.is_paused,
            KeyCode::Char('/') => {
                self.is_typing = true;
                self.is_open = false;
                self.has_help = false;
            }
            _ => return Wish::Nothing,
        }
        Wish::Redraw
    }

    /// The cause that is chosen, else the first one; its place among those shown.
    pub(super) fn place(&self, view: &View) -> usize {
        let causes = view.causes(&self.filter);
        self.selected.as_ref().and_then(|id| causes.iter().position(|cause| cause.id == *id)).unwrap_or(0)
    }

    fn write(&mut self, code: KeyCode) -> Wish {
        match code {
            KeyCode::Enter => self.is_typing = false,
            KeyCode::Esc => {
                self.is_typing = false;
                self.filter.clear();
            }
            KeyCode::Backspace => {
                self.is_typing = self.filter.pop().is_some();
            }
            KeyCode::Char(character) if !character.is_control() && self.filter.len() < LONGEST_FILTER => self.filter.push(character),
            _ => return Wish::Nothing,
        }
        Wish::Redraw
    }

    fn back(&mut self) {
        match () {
            () if self.has_help => self.has_help = false,
            () if self.is_open => self.is_open = false,
            () => self.filter.clear(),
        }
        self.scroll = 0;
    }

    fn open(&mut self, view: &View) {
        if let Some(cause) = view.causes(&self.filter).get(self.place(view)) {
            self.selected = Some(cause.id.clone());
            self.is_open = true;
            self.scroll = 0;
        }
    }

    fn go(&mut self, by: isize, view: &View) {
        if self.is_open || self.has_help {
            // The page ends sooner than any number; drawing takes what there is.
            self.scroll = self.scroll.min(MOST_SCROLL).saturating_add_signed(by).min(MOST_SCROLL);
            return;
        }
        let causes = view.causes(&self.filter);
        let to = self.place(view).saturating_add_signed(by).min(causes.len().saturating_sub(1));
        self.selected = causes.get(to).map(|cause| cause.id.clone());
    }

    fn widen(&mut self, view: &View) {
        let finest = view.report.span.map_or(1, |span| span.bucket_seconds);
        let fits = |width: &Width| width.seconds() >= finest && width.seconds() % finest.max(1) == 0;
        let mut widths = WIDTHS.iter().filter_map(|text| Width::parse(text).ok()).filter(fits);
        self.width = widths.find(|width| self.width.is_none_or(|mine| *width > mine));
    }
}

/// No page has so many lines.
const MOST_SCROLL: usize = 1_000;
