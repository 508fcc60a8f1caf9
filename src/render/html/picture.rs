//! What pictures share: a frame with a text alternative, in two sizes, and the colours of causes.

use super::axis::{TimeAxis, as_f64, length};
use super::markup::Markup;
use crate::record::Cause;
use crate::render::voice::Voice;

/// One of the two sizes in which a picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// For a screen or paper.
    Wide,
    /// For a phone.
    Narrow,
}

impl Size {
    /// Columns of the picture.
    pub(super) const fn width(self) -> f64 {
        match self {
            Self::Wide => 1_000.0,
            Self::Narrow => 400.0,
        }
    }

    /// The first, or on a narrow screen the second.
    pub(super) const fn pick<T: Copy>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }
}

/// A picture's id, title and description.
pub(super) struct Told<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) text: &'a str,
}

/// Draws a picture in both sizes; `draw` gets the size, and says how high the picture is.
pub(super) fn draw(markup: &mut Markup, told: &Told<'_>, height: impl Fn(Size) -> f64, draw: impl Fn(&mut Markup, Size)) {
    markup.within("div", &[("class", "picture")], |markup| {
        for size in [Size::Wide, Size::Narrow] {
            let suffix = size.pick("wide", "narrow");
            let (title, text) = (format!("{}-{suffix}-title", told.id), format!("{}-{suffix}-text", told.id));
            let labels = format!("{title} {text}");
            let view = format!("0 0 {} {}", length(size.width()), length(height(size)));
            let attributes = [("class", suffix), ("viewBox", &view), ("role", "img"), ("aria-labelledby", &labels)];
            markup.within("svg", &attributes, |markup| {
                markup.leaf("title", &[("id", &title)], told.title);
                markup.leaf("desc", &[("id", &text)], told.text);
                draw(markup, size);
            });
        }
    });
}

/// A rectangle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rectangle {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Draws a rectangle, with a text that is shown when it is pointed at.
pub(super) fn rectangle(markup: &mut Markup, class: &str, at: Rectangle, title: &str) {
    let [x, y, width, height] = [at.x, at.y, at.width.max(0.0), at.height.max(0.0)].map(length);
    let attributes = [("class", class), ("x", &x), ("y", &y), ("width", &width), ("height", &height)];
    if title.is_empty() {
        markup.empty("rect", &attributes);
    } else {
        markup.within("rect", &attributes, |markup| markup.leaf("title", &[], title));
    }
}

/// Draws a line.
pub(super) fn line(markup: &mut Markup, class: &str, from: (f64, f64), to: (f64, f64)) {
    let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(length);
    markup.empty("line", &[("class", class), ("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2)]);
}

/// Writes a text that begins, is centred or ends there (`start`, `middle`, `end`).
pub(super) fn text(markup: &mut Markup, class: &str, (x, y): (f64, f64), anchor: &str, text: &str) {
    markup.leaf("text", &[("class", class), ("x", &length(x)), ("y", &length(y)), ("text-anchor", anchor)], text);
}

/// Writes times under a picture, a short line at each, and gives the places of the lines.
pub(super) fn time_marks(markup: &mut Markup, voice: &Voice, axis: &TimeAxis, bottom: f64, most: usize) {
    line(markup, "base", (axis.left, bottom), (axis.right, bottom));
    let mut free = f64::MIN;
    for (slice, shown) in axis.ticks(voice, most) {
        let x = axis.at(slice);
        line(markup, "base", (x, bottom), (x, bottom + 5.0));
        let half = 3.6 * as_f64(shown.len() as u64);
        let centre = x.clamp(half, (axis.right + 8.0 - half).max(half));
        if centre - half > free {
            text(markup, "mark", (centre, bottom + 18.0), "middle", &shown);
            free = centre + half + 6.0;
        }
    }
}

/// The class that gives a cause its colour.
pub(super) fn class_of(cause: &str) -> &'static str {
    Cause::from_id(cause).map_or("other", Cause::id)
}
