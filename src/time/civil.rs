//! A date and a time of day, without a zone, and its arithmetic.

/// A moment as a wall clock shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Year of our era.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60 (a leap second counts as the next one).
    pub second: u8,
    /// 0 to 999,999.
    pub micros: u32,
}

impl Civil {
    /// Whether every part is in its range. Days are checked against the month only roughly: a log's own clock is
    /// trusted not to write 31 February, and what it writes then is taken as the day after the month's last.
    pub const fn is_sane(&self) -> bool {
        self.month >= 1 && self.month <= 12 && self.day >= 1 && self.day <= 31 && self.hour <= 23 && self.minute <= 59 && self.second <= 60
    }

    /// Seconds since 1970-01-01 as if the clock stood in UTC.
    pub const fn epoch_seconds(&self) -> i64 {
        let days = days_from_civil(self.year, self.month, self.day);
        days * 86_400 + self.hour as i64 * 3_600 + self.minute as i64 * 60 + self.second as i64
    }

    /// What a clock in UTC shows `seconds` after the epoch.
    pub const fn from_epoch(seconds: i64) -> Self {
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the rest of a day fits")]
        Self { year, month, day, hour: (rest / 3_600) as u8, minute: (rest / 60 % 60) as u8, second: (rest % 60) as u8, micros: 0 }
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar (Howard Hinnant's algorithm, without branches on leap years).
const fn days_from_civil(year: i32, month: u8, day: u8) -> i64 {
    let year = year as i64 - (month <= 2) as i64;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = month as i64;
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day as i64 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "months and days are small")]
const fn civil_from_days(days: i64) -> (i32, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + (month <= 2) as i64;
    (year as i32, month as u8, day as u8)
}

#[cfg(test)]
mod tests {
    use super::Civil;

    #[test]
    fn epoch_and_back_for_every_day_of_a_thousand_years() {
        for day in -180_000_i64..190_000 {
            let seconds = day * 86_400 + 3_723;
            assert_eq!(Civil::from_epoch(seconds).epoch_seconds(), seconds);
        }
    }

    #[test]
    fn a_known_moment() {
        let civil = Civil { year: 2026, month: 3, day: 18, hour: 3, minute: 0, second: 0, micros: 0 };
        assert_eq!(civil.epoch_seconds(), 1_773_802_800);
    }
}
