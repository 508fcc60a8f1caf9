//! Whether chance explains that one count is greater than another.

/// How often a fair draw is at least as unlikely as this: `a` events of one kind and `b` of the other, where each event is of
/// the first kind with probability `share`. Two-sided and exact up to [`EXACT`] events: the sum over all outcomes that are no
/// likelier. That is the test for two Poisson rates whose exposures stand as `share` to `1 - share`.
pub(super) fn two_sided(a: u64, b: u64, share: f64) -> f64 {
    let all = a.saturating_add(b);
    if all == 0 || !(share > 0.0 && share < 1.0) {
        return 1.0;
    }
    let p = if all <= EXACT { exact(a, all, share) } else { normal(a, b, share) };
    (p.clamp(0.0, 1.0) * 1e6).round() / 1e6
}

/// Beyond, the normal distribution is as good.
const EXACT: u64 = 20_000;

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn exact(a: u64, all: u64, share: f64) -> f64 {
    // Logarithms of the probabilities of 0, 1, 2 … events of the first kind, each from the one before.
    let odds = (share / (1.0 - share)).ln();
    let logs = (0..=all).scan(all as f64 * (1.0 - share).ln(), |log, k| {
        let now = *log;
        *log += ((all - k) as f64 / (k + 1) as f64).ln() + odds;
        Some((k, now))
    });
    let logs: Vec<(u64, f64)> = logs.collect();
    let observed = logs.iter().find(|(k, _)| *k == a).map_or(f64::INFINITY, |(_, log)| *log);
    // What is as likely but for rounding counts.
    logs.iter().filter(|(_, log)| *log <= observed + 1e-9).map(|(_, log)| log.exp()).sum()
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn normal(a: u64, b: u64, share: f64) -> f64 {
    let all = a as f64 + b as f64;
    let (mean, deviation) = (all * share, (all * share * (1.0 - share)).sqrt());
    complementary_error(((a as f64 - mean).abs() - 0.5).max(0.0) / deviation / std::f64::consts::SQRT_2)
}

/// Abramowitz and Stegun, 7.1.26; off by less than 0.0000002.
fn complementary_error(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let polynomial = t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    polynomial * (-x * x).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(p: f64, expected: f64) {
        assert!((p - expected).abs() < 1e-5, "{p} is not {expected}");
    }

    #[test]
    fn small_numbers_prove_little() {
        near(two_sided(0, 1, 0.5), 1.0);
        near(two_sided(0, 5, 0.5), 0.0625);
        near(two_sided(8, 0, 0.5), 0.007_813);
        near(two_sided(12, 14, 0.5), 0.845_020);
        near(two_sided(0, 3, 0.9), 0.001);
        near(two_sided(3, 0, 0.9), 1.0);
        near(two_sided(0, 0, 0.5), 1.0);
    }

    #[test]
    fn great_numbers_are_judged_alike_either_way() {
        for (a, share) in [(10_000, 0.5), (10_200, 0.5), (2_030, 0.1), (20, 0.001)] {
            assert!((exact(a, EXACT, share) - normal(a, EXACT - a, share)).abs() < 0.03, "{a} {share}");
        }
        near(two_sided(1_000_000, 2_000_000, 0.5), 0.0);
        assert!(two_sided(u64::MAX, u64::MAX, 0.5) > 0.9);
    }

    #[test]
    fn exposures_that_are_none_prove_nothing() {
        for share in [0.0, 1.0, f64::NAN, -1.0, f64::INFINITY] {
            near(two_sided(0, 100, share), 1.0);
        }
    }
}
