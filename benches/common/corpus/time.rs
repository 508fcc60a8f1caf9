//! Seconds since 1970 as logs write them, UTC.

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// How a log writes the time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Style {
    /// `2026/03/18 03:00:01`
    NginxError,
    /// `18/Mar/2026:03:00:01 +0000`
    Common,
    /// `Wed Mar 18 03:00:01`; fraction and year follow.
    Apache,
    /// `2026-03-18T03:00:01`; the fraction follows.
    Iso,
}

/// A time as text. What is asked for twice in a row is made once.
#[derive(Debug)]
pub(super) struct Clock {
    style: Style,
    second: i64,
    text: String,
}

impl Clock {
    pub(super) fn new(style: Style) -> Self {
        Self { style, second: i64::MIN, text: String::new() }
    }

    pub(super) fn text(&mut self, second: i64) -> &str {
        if second != self.second {
            self.second = second;
            self.text = write(self.style, second);
        }
        &self.text
    }
}

fn write(style: Style, second: i64) -> String {
    let (day, left) = (second.div_euclid(86_400), second.rem_euclid(86_400));
    let (year, month, date) = civil(day);
    let clock = format!("{:02}:{:02}:{:02}", left / 3_600, left / 60 % 60, left % 60);
    let name = MONTHS[usize::try_from(month - 1).unwrap_or(0)];
    let weekday = DAYS[usize::try_from(day.rem_euclid(7)).unwrap_or(0)];
    match style {
        Style::NginxError => format!("{year}/{month:02}/{date:02} {clock}"),
        Style::Common => format!("{date:02}/{name}/{year}:{clock} +0000"),
        Style::Apache => format!("{weekday} {name} {date:02} {clock}"),
        Style::Iso => format!("{year}-{month:02}-{date:02}T{clock}"),
    }
}

/// Year, month and day of the days since 1970. Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, date)
}
