//! Colours, and what stands for them where there are none.

use logscan502::record::Cause;
use ratatui::style::{Color, Modifier, Style};

/// One a cause, in the order of the contract; neighbours differ for those who do not tell red from green.
const COLORS: [Color; 15] = [
    Color::Red,
    Color::Yellow,
    Color::LightMagenta,
    Color::LightRed,
    Color::Magenta,
    Color::LightBlue,
    Color::Cyan,
    Color::LightCyan,
    Color::LightYellow,
    Color::Blue,
    Color::LightGreen,
    Color::Green,
    Color::DarkGray,
    Color::Gray,
    Color::DarkGray,
];

#[derive(Clone, Copy, Debug)]
pub(super) struct Ink {
    pub(super) has_color: bool,
    pub(super) is_ascii: bool,
}

impl Ink {
    /// Of a cause.
    pub(super) fn of(self, id: &str) -> Style {
        let at = Cause::from_id(id).and_then(|cause| Cause::ALL.iter().position(|other| *other == cause));
        at.map_or(Style::new(), |at| self.color(COLORS[at]))
    }

    pub(super) fn color(self, color: Color) -> Style {
        if self.has_color { Style::new().fg(color) } else { Style::new() }
    }

    /// A heading.
    pub(super) fn heading(self) -> Style {
        self.color(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    /// What is to be seen first.
    pub(super) fn alarm(self) -> Style {
        self.color(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// The character of one or the other kind of terminal.
    pub(super) const fn either(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.is_ascii { ascii } else { unicode }
    }

    /// What stands for what was cut off.
    pub(super) const fn ellipsis(self) -> &'static str {
        self.either("…", "...")
    }
}

pub(super) const fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

pub(super) const fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}
