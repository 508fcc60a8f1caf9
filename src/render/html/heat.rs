//! Where it burnt, and when: a row an upstream, a column a slice of time.

use super::axis::TimeAxis;
use super::markup::{Column, Markup};
use super::picture::{Rectangle, Size, Told, draw, rectangle, text, time_marks};
use super::timeline::swatch;
use crate::render::layout::{count, number};
use crate::render::voice::Voice;
use crate::report::{Heat, HeatRow, Report};
use crate::time::Width;

/// Shades, from few requests to many. A shade stands for a range of counts, whose ends grow with the square: most cells of
/// an outage are far below its peak, and one shade for all of them would tell nothing.
const SHADES: [&str; 5] = ["heat1", "heat2", "heat3", "heat4", "heat5"];
/// Columns that are drawn; a report has fewer, unless another program made it.
const MOST_SLOTS: i64 = 400;
/// Rows of the table of figures.
const MOST_FIGURES: usize = 400;

/// Writes it.
pub(super) fn write(markup: &mut Markup, voice: &Voice, report: &Report) {
    let (Some(heat), Some(span)) = (&report.heat, report.span) else { return };
    let width = heat.slot_seconds.max(1);
    let first = span.from.seconds().div_euclid(width) * width;
    let slots = (span.to.seconds().saturating_sub(first) / width).clamp(0, MOST_SLOTS - 1) + 1;
    let most = heat.rows.iter().flat_map(|row| &row.slots).map(|slot| slot.requests).max().unwrap_or(0);
    let picture = Picture { heat, first, slots: usize::try_from(slots).unwrap_or(1), most };
    markup.section("heat", "Upstreams over time", |markup| {
        let told = Told { id: "heat-map", title: "Failed requests by upstream and time", text: &picture.description(voice) };
        draw(markup, &told, |size| picture.bottom(size) + 26.0, |markup, size| picture.draw(markup, voice, size));
        picture.legend(markup);
        markup.details("Figures of the picture", |markup| figures(markup, voice, heat));
    });
}

struct Picture<'r> {
    heat: &'r Heat,
    first: i64,
    slots: usize,
    most: u64,
}

impl Picture<'_> {
    const fn row_height(size: Size) -> f64 {
        size.pick(26.0, 40.0)
    }

    #[allow(clippy::cast_precision_loss, reason = "a dozen rows")]
    fn bottom(&self, size: Size) -> f64 {
        4.0 + Self::row_height(size) * self.heat.rows.len() as f64
    }

    fn draw(&self, markup: &mut Markup, voice: &Voice, size: Size) {
        let (left, right) = (size.pick(230.0, 0.0), size.width() - size.pick(70.0, 0.0));
        let axis = TimeAxis { first: self.first, width: self.heat.slot_seconds.max(1), slices: self.slots, left, right };
        let mut top = 4.0;
        for row in &self.heat.rows {
            let name = voice.cut(said(&row.upstream), size.pick(30, 40));
            let requests = number(row.requests);
            match size {
                Size::Wide => {
                    text(markup, "label", (left - 10.0, top + 16.0), "end", &name);
                    text(markup, "mark", (size.width(), top + 16.0), "end", &requests);
                }
                Size::Narrow => text(markup, "label", (0.0, top + 13.0), "start", &format!("{name} ({requests})")),
            }
            let band = Rectangle { x: left, y: top + size.pick(1.0, 18.0), width: right - left, height: size.pick(22.0, 18.0) };
            rectangle(markup, "cold", band, "");
            self.cells(markup, voice, row, &axis, band);
            top += Self::row_height(size);
        }
        time_marks(markup, voice, &axis, self.bottom(size), size.pick(8, 4));
    }

    fn cells(&self, markup: &mut Markup, voice: &Voice, row: &HeatRow, axis: &TimeAxis, band: Rectangle) {
        for slot in &row.slots {
            let column = slot.start.seconds().saturating_sub(self.first) / axis.width;
            let Some(column) = usize::try_from(column).ok().filter(|column| *column < self.slots) else { continue };
            let cell = Rectangle { x: axis.at(column), width: axis.step() - if axis.step() > 5.0 { 1.0 } else { 0.0 }, ..band };
            let at = voice.moments.start(slot.start, axis.width);
            let title = format!("{}, {at}: {}", voice.cut(said(&row.upstream), 60), count(slot.requests, "request", "requests"));
            rectangle(markup, SHADES[self.shade(slot.requests)], cell, &title);
        }
    }

    /// The greatest count of each shade.
    fn ends(&self) -> [u64; SHADES.len()] {
        let steps = (SHADES.len() * SHADES.len()) as u128;
        std::array::from_fn(|at| {
            let part = u128::from(self.most) * ((at + 1) * (at + 1)) as u128;
            u64::try_from(part.div_ceil(steps)).unwrap_or(u64::MAX)
        })
    }

    fn shade(&self, requests: u64) -> usize {
        self.ends().iter().position(|end| requests <= *end).unwrap_or(SHADES.len() - 1)
    }

    fn legend(&self, markup: &mut Markup) {
        let width = self.heat.slot_seconds;
        let each = Width::parse(&format!("{width}s")).map_or_else(|_| format!("{width} s"), |width| width.to_string());
        markup.within("ul", &[("class", "legend")], |markup| {
            markup.leaf("li", &[], &format!("Requests per {each}:"));
            let mut from = 1;
            for (shade, end) in SHADES.into_iter().zip(self.ends()) {
                if end < from {
                    continue;
                }
                markup.within("li", &[], |markup| {
                    swatch(markup, shade);
                    markup.text(&if end == from { number(end) } else { format!("{}–{}", number(from), number(end)) });
                });
                from = end.saturating_add(1);
            }
        });
    }

    fn description(&self, voice: &Voice) -> String {
        let rows = count(self.heat.rows.len() as u64, "row, an upstream", "rows, an upstream each");
        let hottest = self.heat.rows.iter().flat_map(|row| row.slots.iter().map(move |slot| (slot.requests, row, slot.start)));
        let hottest = hottest.max_by_key(|(requests, ..)| *requests).map(|(requests, row, start)| {
            let at = voice.moments.start(start, self.heat.slot_seconds.max(1));
            format!(" Most at {} at {at}: {}.", voice.cut(said(&row.upstream), 60), count(requests, "request", "requests"))
        });
        format!("A grid of {rows}; the darker a cell, the more requests failed.{} The table below has all figures.", hottest.unwrap_or_default())
    }
}

/// The name of an upstream, or what stands for it.
fn said(upstream: &str) -> &str {
    if upstream.is_empty() { "no upstream named" } else { upstream }
}

fn figures(markup: &mut Markup, voice: &Voice, heat: &Heat) {
    let columns = [Column("Upstream", ""), Column("Time", "text"), Column("Requests", "number")];
    markup.table("Failed requests by upstream and time", &columns, |rows| {
        let cells = heat.rows.iter().flat_map(|row| row.slots.iter().map(move |slot| (row, slot)));
        for (row, slot) in cells.take(MOST_FIGURES) {
            let at = voice.moments.start(slot.start, heat.slot_seconds.max(1));
            rows.row(&[&voice.cut(said(&row.upstream), 60), &at, &number(slot.requests)]);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_has_a_shade_and_the_most_the_last() {
        let heat = Heat { slot_seconds: 60, rows: Vec::new() };
        for most in [1, 2, 5, 40, u64::MAX] {
            let picture = Picture { heat: &heat, first: 0, slots: 1, most };
            assert_eq!(picture.ends()[SHADES.len() - 1], most);
            assert!(picture.shade(most) < SHADES.len() && picture.shade(1) == 0);
        }
    }
}
