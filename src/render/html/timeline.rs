//! The course of time: requests by cause, stacked, under the responses of the same moments, with incidents and gaps.

use super::axis::{CountAxis, TimeAxis, as_f64, length};
use super::markup::{Column, Markup};
use super::picture::{Rectangle, Size, Told, class_of, draw, line, rectangle, text, time_marks};
use crate::render::layout::{count, number};
use crate::render::slices::{Slice, at_most};
use crate::render::voice::Voice;
use crate::report::{Incident, Report};
use crate::time::{Timestamp, Width};

/// Columns at most, on a wide and on a narrow screen.
const MOST: [usize; 2] = [120, 48];
/// Where the picture of responses ends and the one of requests begins and ends.
const RESPONSES: (f64, f64) = (22.0, 82.0);
const REQUESTS: f64 = 200.0;
const BELOW: f64 = 26.0;
/// The height of an incident's rule, with what parts it from the next.
const LANE: f64 = 8.0;
/// Lanes of rules; what finds none stands in the uppermost.
const LANES: usize = 6;

/// Slices, and where they stand.
struct Course<'r> {
    report: &'r Report,
    width: i64,
    slices: Vec<Slice>,
}

/// Writes it.
pub(super) fn write(markup: &mut Markup, voice: &Voice, report: &Report) {
    let Some(span) = report.span else { return };
    let bucket = span.bucket_seconds.max(1);
    let courses = MOST.map(|most| {
        let (width, slices) = at_most(&report.buckets, bucket, most);
        Course { report, width, slices }
    });
    if courses[0].slices.is_empty() {
        return;
    }
    markup.section("timeline", "Timeline", |markup| {
        let told = Told { id: "course", title: "Requests that failed, by cause and time", text: &description(voice, report, &courses[0]) };
        draw(markup, &told, |_| bottom(report) + BELOW, |markup, size| courses[size.pick(0, 1)].draw(markup, voice, size));
        legend(markup, voice, report);
        let course = &courses[0];
        markup.details(&format!("Figures of the picture, each row {}", wide(course.width)), |markup| table(markup, voice, course));
    });
}

/// `5m`.
fn wide(seconds: i64) -> String {
    Width::parse(&format!("{seconds}s")).map_or_else(|_| format!("{seconds} s"), |width| width.to_string())
}

const fn has_responses(report: &Report) -> bool {
    report.totals.responses > 0
}

fn top(report: &Report) -> f64 {
    let lanes = lanes(&report.incidents).map(|(_, lane)| lane + 1).max().unwrap_or(0);
    let above = if has_responses(report) { RESPONSES.1 + 16.0 } else { 4.0 };
    above + 20.0 + LANE * as_f64(lanes as u64)
}

/// Each incident with its lane: the lowest that is free when it begins.
fn lanes(incidents: &[Incident]) -> impl Iterator<Item = (&Incident, usize)> {
    let mut ends: Vec<Timestamp> = Vec::new();
    incidents.iter().map(move |incident| {
        let lane = ends.iter().position(|end| *end <= incident.start).unwrap_or(ends.len()).min(LANES - 1);
        ends.resize(ends.len().max(lane + 1), incident.end);
        ends[lane] = ends[lane].max(incident.end);
        (incident, lane)
    })
}

fn bottom(report: &Report) -> f64 {
    top(report) + REQUESTS
}

/// What somebody who does not see the picture must know of it.
fn description(voice: &Voice, report: &Report, course: &Course<'_>) -> String {
    let each = wide(course.width);
    let Some(most) = course.slices.iter().max_by_key(|slice| slice.requests).filter(|slice| slice.requests > 0) else {
        return format!("No request failed in any of {} of {each}.", count(course.slices.len() as u64, "slice", "slices"));
    };
    let at = voice.moments.start(Timestamp::from_seconds(most.start), course.width);
    let hit = course.slices.iter().filter(|slice| slice.requests > 0).count() as u64;
    let incidents = count(report.incidents.len() as u64, "incident", "incidents");
    format!(
        "Stacked bars, one for each {each}. Requests failed in {} of {} bars, most of them at {at}: {}. {incidents}. The table below has all figures.",
        number(hit),
        number(course.slices.len() as u64),
        count(most.requests, "request", "requests"),
    )
}

impl Course<'_> {
    fn axis(&self, size: Size) -> TimeAxis {
        let first = self.slices.first().map_or(0, |slice| slice.start);
        TimeAxis { first, width: self.width, slices: self.slices.len(), left: size.pick(64.0, 46.0), right: size.width() - 8.0 }
    }

    fn draw(&self, markup: &mut Markup, voice: &Voice, size: Size) {
        let axis = self.axis(size);
        let each = wide(self.width);
        if has_responses(self.report) {
            self.responses(markup, voice, &axis, &each);
        }
        let (top, bottom) = (top(self.report), bottom(self.report));
        let most = self.slices.iter().map(|slice| slice.requests.max(slice.causes.values().sum())).max().unwrap_or(0);
        let counts = CountAxis::up_to(most, 4, bottom, top);
        let affected = if self.report.totals.failed == self.report.totals.requests { "Failed requests" } else { "Affected requests" };
        let rules = if self.report.incidents.is_empty() { "" } else { "; rules above the bars are incidents" };
        let above = if has_responses(self.report) { RESPONSES.1 + 26.0 } else { 14.0 };
        text(markup, "name", (0.0, above), "start", &format!("{affected} per {each}{rules}"));
        lines(markup, &counts, &axis);
        self.incidents(markup, voice, &axis, top - LANE - 1.0);
        for (at, slice) in self.slices.iter().enumerate() {
            let title = self.title(voice, slice);
            let x = axis.at(at);
            rectangle(markup, "hit", Rectangle { x, y: top, width: axis.step(), height: bottom - top }, &title);
            self.stack(markup, slice, (x, axis.step()), &counts);
        }
        time_marks(markup, voice, &axis, bottom, size.pick(10, 5));
    }

    /// The bars of one slice, the leading cause of the report at the bottom.
    fn stack(&self, markup: &mut Markup, slice: &Slice, (x, step): (f64, f64), counts: &CountAxis) {
        let gap = if step > 5.0 { 1.0 } else { 0.0 };
        let (x, width) = (x + gap / 2.0, step - gap);
        let mut floor = counts.bottom;
        for cause in &self.report.causes {
            let Some(requests) = slice.causes.get(&cause.id).filter(|requests| **requests > 0) else { continue };
            // What is there is seen, however little it is.
            let height = counts.height(*requests).max(1.0);
            floor -= height;
            rectangle(markup, &format!("bar {}", class_of(&cause.id)), Rectangle { x, y: floor, width, height }, "");
        }
        if slice.causes.is_empty() && !slice.evidence.is_empty() {
            rectangle(markup, "bar trace", Rectangle { x, y: counts.bottom - 3.0, width, height: 3.0 }, "");
        }
    }

    fn responses(&self, markup: &mut Markup, voice: &Voice, axis: &TimeAxis, each: &str) {
        let most = self.slices.iter().map(|slice| slice.responses).max().unwrap_or(0);
        let counts = CountAxis::up_to(most, 2, RESPONSES.1, RESPONSES.0);
        text(markup, "name", (0.0, 12.0), "start", &format!("Responses per {each}"));
        lines(markup, &counts, axis);
        for (at, slice) in self.slices.iter().enumerate() {
            let height = counts.height(slice.responses);
            let bar = Rectangle { x: axis.at(at), y: RESPONSES.1 - height, width: axis.step(), height };
            rectangle(markup, "responses", bar, &self.title(voice, slice));
        }
        for gap in &self.report.gaps {
            let (from, to) = (axis.place(gap.from), axis.place(gap.to));
            let title = format!("No responses {}", voice.moments.between(gap.from, gap.to));
            let hole = Rectangle { x: from, y: RESPONSES.0, width: (to - from).max(2.0), height: RESPONSES.1 - RESPONSES.0 };
            rectangle(markup, "gap", hole, &title);
        }
        line(markup, "base", (axis.left, RESPONSES.1), (axis.right, RESPONSES.1));
    }

    /// A rule above the bars for each incident, those of one moment in lanes.
    fn incidents(&self, markup: &mut Markup, voice: &Voice, axis: &TimeAxis, lowest: f64) {
        for (incident, lane) in lanes(&self.report.incidents) {
            let (from, to) = (axis.place(incident.start), axis.place(incident.end));
            let title = format!("Incident: {} {}", voice.text(&incident.cause), voice.moments.between(incident.start, incident.end));
            let rule = Rectangle { x: from, y: lowest - LANE * as_f64(lane as u64), width: (to - from).max(3.0), height: LANE - 3.0 };
            rectangle(markup, &format!("bar {}", class_of(&incident.cause)), rule, &title);
        }
    }

    fn title(&self, voice: &Voice, slice: &Slice) -> String {
        let start = voice.moments.start(Timestamp::from_seconds(slice.start), self.width);
        let mut parts = vec![count(slice.requests, "request", "requests")];
        for cause in &self.report.causes {
            if let Some(requests) = slice.causes.get(&cause.id) {
                parts.push(format!("{} {}", number(*requests), voice.text(&cause.id)));
            }
        }
        if has_responses(self.report) {
            parts.push(format!("of {}, {} with a gateway status", count(slice.responses, "response", "responses"), number(slice.gateway_responses)));
        }
        format!("{start}: {}", parts.join(", "))
    }
}

fn lines(markup: &mut Markup, counts: &CountAxis, axis: &TimeAxis) {
    for count in counts.lines() {
        let y = counts.bottom - counts.height(count);
        if count > 0 {
            line(markup, "grid", (axis.left, y), (axis.right, y));
        }
        text(markup, "mark", (axis.left - 7.0, y + 4.0), "end", &short(count));
    }
}

/// `1,500`, `20 k`, `3.5 M`: short enough for the side of a picture.
fn short(count: u64) -> String {
    let scaled = |unit: f64, name: &str| format!("{} {name}", length(as_f64(count) / unit));
    match count {
        0..10_000 => number(count),
        10_000..1_000_000 => scaled(1e3, "k"),
        1_000_000..1_000_000_000 => scaled(1e6, "M"),
        1_000_000_000..1_000_000_000_000 => scaled(1e9, "G"),
        _ => format!("{:.0e}", as_f64(count)),
    }
}

fn legend(markup: &mut Markup, voice: &Voice, report: &Report) {
    markup.within("ul", &[("class", "legend")], |markup| {
        for cause in report.causes.iter().filter(|cause| cause.requests > 0) {
            markup.within("li", &[], |markup| {
                swatch(markup, &format!("bar {}", class_of(&cause.id)));
                markup.text(&format!("{} ({})", voice.text(&cause.id), number(cause.requests)));
            });
        }
        let has_trace = report.buckets.iter().any(|bucket| bucket.causes.is_empty() && !bucket.evidence.is_empty());
        let others = [(has_trace, "bar trace", "evidence, but no request"), (!report.gaps.is_empty(), "gap", "no responses")];
        for (_, class, name) in others.into_iter().filter(|(is_there, ..)| *is_there) {
            markup.within("li", &[], |markup| {
                swatch(markup, class);
                markup.text(name);
            });
        }
    });
}

/// A sample of a colour, which says nothing that the text beside it does not.
pub(super) fn swatch(markup: &mut Markup, class: &str) {
    markup.within("svg", &[("class", "swatch"), ("viewBox", "0 0 12 12"), ("aria-hidden", "true")], |markup| {
        rectangle(markup, class, Rectangle { x: 0.0, y: 0.0, width: 12.0, height: 12.0 }, "");
    });
}

fn table(markup: &mut Markup, voice: &Voice, course: &Course<'_>) {
    let columns =
        [Column("Time", ""), Column("Responses", "number"), Column("Gateway status", "number"), Column("Requests", "number"), Column("By cause", "text")];
    markup.table("Requests that failed, by time", &columns, |rows| {
        for slice in course.slices.iter().filter(|slice| !slice.is_quiet() || course.slices.len() <= 60) {
            let start = voice.moments.start(Timestamp::from_seconds(slice.start), course.width);
            let causes: Vec<_> = slice.causes.iter().map(|(cause, requests)| format!("{} {}", number(*requests), voice.text(cause))).collect();
            rows.row(&[&start, &number(slice.responses), &number(slice.gateway_responses), &number(slice.requests), &causes.join(", ")]);
        }
    });
}
