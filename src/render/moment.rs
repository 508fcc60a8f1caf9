//! Moments as people read them: no more of the date than the report needs, since the date is said once.

use super::layout::duration;
use crate::report::Report;
use crate::time::{Timestamp, Zone};

/// Shows moments in one zone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    zone: Zone,
    date: Date,
    /// The earliest and the latest moment of the report.
    ends: Option<(Timestamp, Timestamp)>,
}

/// How much of a date each moment bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Date {
    /// All is of one day.
    None,
    /// All is of one year.
    MonthDay,
    Full,
}

impl Moments {
    /// For the moments of that report.
    pub(super) fn of(report: &Report, zone: Zone) -> Self {
        let span = report.span.iter().flat_map(|span| [span.from, span.to]);
        let causes = report.causes.iter().flat_map(|cause| [cause.first, cause.last]).flatten();
        let inputs = report.inputs.iter().flat_map(|input| [input.first, input.last]).flatten();
        // What stands in an input may lie outside of the span: a lone entry of another year, or a zone that was taken wrong.
        let inside = ends(span.chain(causes));
        let all = ends(inside.iter().flat_map(|(first, last)| [*first, *last]).chain(inputs));
        let date = all.map_or(Date::None, |(first, last)| {
            let (first, last) = (zone.civil(first), zone.civil(last));
            match (first.year == last.year, (first.month, first.day) == (last.month, last.day)) {
                (true, true) => Date::None,
                (true, false) => Date::MonthDay,
                (false, _) => Date::Full,
            }
        });
        Self { zone, date, ends: inside.or(all) }
    }

    /// The earliest and the latest moment of the report.
    pub(super) const fn ends(&self) -> Option<(Timestamp, Timestamp)> {
        self.ends
    }

    /// `2026-03-18`, or the first and the last day: `2026-03-18 to 2026-03-20`.
    pub(super) fn dates(&self) -> Option<String> {
        let (first, last) = self.ends?;
        Some(match self.date {
            Date::None => self.day(first),
            _ => format!("{} to {}", self.day(first), self.day(last)),
        })
    }

    /// `2026-03-18`.
    pub(super) fn day(&self, at: Timestamp) -> String {
        let civil = self.zone.civil(at);
        format!("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day)
    }

    /// `03:00:02`, with as much of the date before it as is needed.
    pub(super) fn second(&self, at: Timestamp) -> String {
        format!("{}:{:02}", self.minute(at), self.zone.civil(at).second)
    }

    /// `03:00`, with as much of the date before it as is needed.
    pub(super) fn minute(&self, at: Timestamp) -> String {
        let civil = self.zone.civil(at);
        let time = format!("{:02}:{:02}", civil.hour, civil.minute);
        match self.date {
            Date::None => time,
            Date::MonthDay => format!("{:02}-{:02} {time}", civil.month, civil.day),
            Date::Full => format!("{} {time}", self.day(at)),
        }
    }

    /// The start of a slice of time so many seconds wide, as fine as that asks for.
    pub(super) fn start(&self, at: Timestamp, width: i64) -> String {
        let civil = self.zone.civil(at);
        if width % 60 != 0 {
            self.second(at)
        } else if width % 86_400 == 0 && civil.hour == 0 && civil.minute == 0 {
            self.day(at)
        } else {
            self.minute(at)
        }
    }

    /// The beginning of the stretch of so many seconds into which a moment falls, by the zone's clock.
    pub(super) fn round(&self, at: Timestamp, step: i64) -> i64 {
        (at.seconds().saturating_add(self.zone.offset_at(at))).div_euclid(step.max(1)).saturating_mul(step.max(1))
    }

    /// A moment beside a scale whose marks are so many seconds apart: the time, and at midnight, where there are several
    /// days, the day.
    pub(super) fn tick(&self, at: Timestamp, step: i64) -> String {
        let civil = self.zone.civil(at);
        let is_midnight = civil.hour == 0 && civil.minute == 0 && civil.second == 0;
        match (self.date, step) {
            (Date::MonthDay, 86_400..) => self.day(at)[5..].to_owned(),
            (_, 86_400..) => self.day(at),
            (Date::MonthDay, _) if is_midnight => self.day(at)[5..].to_owned(),
            (Date::Full, _) if is_midnight => self.day(at),
            (_, ..60) => format!("{:02}:{:02}:{:02}", civil.hour, civil.minute, civil.second),
            _ => format!("{:02}:{:02}", civil.hour, civil.minute),
        }
    }

    /// `at 03:00:02`, `between 03:00 and 03:16 (16 min)`.
    pub(super) fn between(&self, first: Timestamp, last: Timestamp) -> String {
        let seconds = last.seconds() - first.seconds();
        if seconds < 1 {
            return format!("at {}", self.second(first));
        }
        let show = if seconds < 300 { Self::second } else { Self::minute };
        let is_one_day = self.day(first) == self.day(last);
        let end = if is_one_day { Self { date: Date::None, ..*self } } else { *self };
        format!("between {} and {} ({})", show(self, first), show(&end, last), duration(seconds))
    }

    /// `03:00-03:16` with that dash, and days only where there are several: `03-18 to 03-20`.
    pub(super) fn range(&self, first: Timestamp, last: Timestamp, dash: &str) -> String {
        let show = |at: Timestamp| match self.date {
            Date::None => self.minute(at),
            Date::MonthDay => self.day(at)[5..].to_owned(),
            Date::Full => self.day(at),
        };
        let (first, last) = (show(first), show(last));
        let dash = if self.date == Date::None { dash } else { " to " };
        if first == last { first } else { format!("{first}{dash}{last}") }
    }
}

/// The earliest and the latest of them.
fn ends(moments: impl Iterator<Item = Timestamp>) -> Option<(Timestamp, Timestamp)> {
    moments.map(|at| (at, at)).reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Span;

    fn moments(seconds: i64) -> (Moments, Timestamp, Timestamp) {
        let from = Timestamp::from_seconds(1_773_802_802);
        let to = from.plus_seconds(seconds);
        let report = Report { span: Some(Span { from, to, bucket_seconds: 60 }), ..Report::default() };
        (Moments::of(&report, Zone::UTC), from, to)
    }

    #[test]
    fn one_day_needs_no_date() {
        let (moments, from, to) = moments(16 * 60);
        assert_eq!(moments.between(from, to), "between 03:00 and 03:16 (16 min)");
        assert_eq!(moments.between(from, from), "at 03:00:02");
        assert_eq!(moments.between(from, from.plus_seconds(30)), "between 03:00:02 and 03:00:32 (30 s)");
        assert_eq!(moments.dates().as_deref(), Some("2026-03-18"));
        assert_eq!(moments.range(from, to, "-"), "03:00-03:16");
    }

    #[test]
    fn several_days_and_years_need_more_and_more() {
        let (days, from, to) = moments(2 * 86_400);
        assert_eq!(days.between(from, to), "between 03-18 03:00 and 03-20 03:00 (2 d)");
        assert_eq!(days.between(from, from.plus_seconds(600)), "between 03-18 03:00 and 03:10 (10 min)");
        assert_eq!(days.dates().as_deref(), Some("2026-03-18 to 2026-03-20"));
        assert_eq!(days.range(from, to, "-"), "03-18 to 03-20");
        let (years, from, _) = moments(400 * 86_400);
        assert_eq!(years.minute(from), "2026-03-18 03:00");
    }

    #[test]
    fn the_start_of_a_slice_is_as_fine_as_the_slice() {
        let (moments, _, _) = moments(60);
        let midnight = Timestamp::from_seconds(1_773_792_000);
        assert_eq!(moments.tick(midnight, 3_600), "00:00");
        assert_eq!(self::moments(2 * 86_400).0.tick(midnight, 3_600), "03-18");
        assert_eq!(moments.round(midnight.plus_seconds(59), 60), midnight.seconds());
        assert_eq!(moments.start(midnight, 10), "00:00:00");
        assert_eq!(moments.start(midnight, 60), "00:00");
        assert_eq!(moments.start(midnight, 86_400), "2026-03-18");
    }
}
