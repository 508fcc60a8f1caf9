//! Proxies behind each other: how much of what one of them tells is another's, seen again, and which broke first.

use super::page::Page;
use crate::render::ink::{Ink, Rich};
use crate::render::layout::{count, number};
use crate::report::{Layer, Report};

/// Pairs of layers that are told.
const SHOWN: usize = 6;

/// Writes them.
pub(super) fn write(page: &mut Page<'_>, report: &Report) {
    if report.layers.is_empty() {
        return;
    }
    page.heading("LAYERS", "a request that several logs tell of counts once");
    for layer in report.layers.iter().take(SHOWN) {
        let text = text(page, layer);
        page.bullet(&text);
    }
}

fn text(page: &Page<'_>, layer: &Layer) -> Rich {
    let (outer, inner, first) = (page.text(&layer.outer), page.text(&layer.inner), page.text(&layer.first));
    let are = if layer.paired == 1 { "is a failure" } else { "are failures" };
    let paired = format!("{} of {outer} {are} of {inner}, seen again", count(layer.paired, "failed response", "failed responses"));
    let alone = match layer.alone {
        0 => String::new(),
        alone => format!("; of {} {inner} tells nothing", number(alone)),
    };
    Rich::plain(format!("{paired}{alone}. ")).and(format!("{first} broke first."), Ink::Bold)
}
