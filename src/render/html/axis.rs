//! Axes: where moments and counts stand in a picture, and which of them are written beside it.

use crate::render::voice::Voice;
use crate::time::Timestamp;

/// Steps between ticks that people can read, in seconds.
const STEPS: [i64; 20] = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_419_200];

/// Slices of time side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeAxis {
    /// The second at which the first one starts.
    pub(super) first: i64,
    /// Seconds of each.
    pub(super) width: i64,
    /// How many there are.
    pub(super) slices: usize,
    /// Where the first one begins in the picture.
    pub(super) left: f64,
    /// Where the last one ends.
    pub(super) right: f64,
}

impl TimeAxis {
    /// Columns that one slice takes.
    pub(super) fn step(&self) -> f64 {
        (self.right - self.left) / as_f64(self.slices.max(1) as u64)
    }

    /// Where that slice begins.
    pub(super) fn at(&self, slice: usize) -> f64 {
        self.left + self.step() * as_f64(slice as u64)
    }

    /// Where that moment stands, within the picture.
    pub(super) fn place(&self, moment: Timestamp) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "a picture needs no more")]
        let slices = moment.seconds().saturating_sub(self.first) as f64 / self.width.max(1) as f64;
        (self.left + slices * self.step()).clamp(self.left, self.right)
    }

    fn start(&self, slice: usize) -> Timestamp {
        let offset = i64::try_from(slice).unwrap_or(i64::MAX).saturating_mul(self.width);
        Timestamp::from_seconds(self.first.saturating_add(offset))
    }

    /// At most about so many slices with what is written under their beginning: those at which a round time begins.
    pub(super) fn ticks(&self, voice: &Voice, most: usize) -> Vec<(usize, String)> {
        let span = self.width.saturating_mul(i64::try_from(self.slices).unwrap_or(i64::MAX));
        let wanted = span / i64::try_from(most).unwrap_or(1).max(1);
        let step = STEPS.into_iter().find(|step| *step >= wanted && *step >= self.width).unwrap_or_else(|| wanted.max(self.width).max(1));
        let mut before = None;
        let mut ticks = Vec::new();
        for slice in 0..self.slices {
            let start = self.start(slice);
            let round = voice.moments.round(start, step);
            let is_first = before.is_none();
            // The first slice seldom begins at a round time.
            if before.replace(round) != Some(round) && (!is_first || round == voice.moments.round(start, 1)) {
                ticks.push((slice, voice.moments.tick(start, step)));
            }
        }
        ticks
    }
}

/// Counts from nothing upwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct CountAxis {
    /// The count at the top; at least one.
    pub(super) most: f64,
    /// Between two lines.
    step: f64,
    /// Where nothing stands in the picture.
    pub(super) bottom: f64,
    /// Where the greatest count stands.
    pub(super) top: f64,
}

impl CountAxis {
    /// An axis that holds `most`, with at most about so many lines.
    pub(super) fn up_to(most: u64, lines: u32, bottom: f64, top: f64) -> Self {
        let most = as_f64(most.max(1));
        let rough = most / f64::from(lines.max(1));
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough * 0.999).unwrap_or(rough).max(1.0);
        Self { most: (most / step).ceil() * step, step, bottom, top }
    }

    /// How high a count is in the picture.
    pub(super) fn height(&self, count: u64) -> f64 {
        as_f64(count) / self.most * (self.bottom - self.top)
    }

    /// The counts at which there is a line.
    pub(super) fn lines(&self) -> Vec<u64> {
        let mut lines = Vec::new();
        let mut line = 0.0;
        while line <= self.most * 1.000_1 && lines.len() < 20 {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and saturating")]
            lines.push(line as u64);
            line += self.step;
        }
        lines
    }
}

/// A count as a length.
#[allow(clippy::cast_precision_loss, reason = "a picture needs no more")]
pub(super) fn as_f64(count: u64) -> f64 {
    count as f64
}

/// A length as it is written: a tenth is fine enough.
pub(super) fn length(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_round_lines() {
        let lines = |most| CountAxis::up_to(most, 4, 100.0, 0.0).lines();
        assert_eq!(lines(0), [0, 1]);
        assert_eq!(lines(3), [0, 1, 2, 3]);
        assert_eq!(lines(62), [0, 20, 40, 60, 80]);
        assert_eq!(lines(1_700), [0, 500, 1_000, 1_500, 2_000]);
        assert!(lines(u64::MAX).len() < 8);
    }

    #[test]
    fn a_length_is_short() {
        assert_eq!([length(1.0), length(1.25), length(0.04)], ["1", "1.2", "0"]);
    }
}
