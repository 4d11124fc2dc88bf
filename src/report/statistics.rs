//! Median, 90th percentile, mean and share within target of measured values, in exact arithmetic.

use super::Figures;
use super::interval::{Interval, Measure};

/// 97.5th percentile of the standard normal distribution.
const Z_95: f64 = 1.959_963_984_540_054;

/// The value at rank ⌈percent · n / 100⌉ of sorted values (nearest rank): always one that was
/// measured.
///
/// `percent` is 1 to 100. Integers, because 0.9 · 10 in binary fractions may round to the wrong
/// rank.
#[must_use]
pub fn nearest_rank(sorted: &[i64], percent: usize) -> Option<i64> {
    assert!((1..=100).contains(&percent), "percent is {percent}");
    let rank = (percent * sorted.len()).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// Wilson's score interval at 95 % for `hits` of `n`, between 0 and 1 (Wilson, JASA 22, 1927).
#[must_use]
pub fn wilson_95(hits: u64, n: u64) -> Option<[f64; 2]> {
    assert!(hits <= n, "{hits} of {n}");
    if n == 0 {
        return None;
    }
    let (hits, n) = (hits as f64, n as f64);
    let z2 = Z_95 * Z_95;
    let share = hits / n;
    let middle = share + z2 / (2.0 * n);
    let half = Z_95 * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    Some([((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0)])
}

/// The time by which half have been reached, with those never reached counted for as long as they
/// waited (Kaplan and Meier, JASA 53, 1958); none when fewer than half ever were.
///
/// Of the same time, those reached come before those who stopped waiting.
#[must_use]
pub fn kaplan_meier_median(reached: &[i64], waited_in_vain: &[i64]) -> Option<i64> {
    let reached = reached.iter().map(|time| (*time, false));
    let mut times: Vec<(i64, bool)> =
        reached.chain(waited_in_vain.iter().map(|time| (*time, true))).collect();
    times.sort_unstable();
    let mut waiting = times.len();
    let mut share = 1.0;
    for (time, is_in_vain) in times {
        if !is_in_vain {
            share *= 1.0 - 1.0 / waiting as f64;
            // Rounding must not push an exact half on to the next.
            if share <= 0.5 + 1e-12 {
                return Some(time);
            }
        }
        waiting -= 1;
    }
    None
}

/// Values of one interval as they are collected.
#[derive(Debug, Default)]
pub struct Sample {
    values_ms: Vec<i64>,
    waited_in_vain_ms: Vec<i64>,
    within_target: u64,
    invalid: u64,
}

impl Sample {
    /// Adds a measure; within target is inclusive and on unrounded milliseconds.
    pub fn add(&mut self, measure: Measure, target_ms: i64) {
        match measure {
            Measure::Absent => {}
            Measure::Invalid => self.invalid += 1,
            Measure::Took(ms) => {
                assert!(ms >= 0, "an invalid value of {ms} ms is counted apart");
                self.values_ms.push(ms);
                self.within_target += u64::from(ms <= target_ms);
            }
        }
    }

    /// Adds the time for which somebody waited and was never reached.
    pub fn add_waited_in_vain(&mut self, ms: i64) {
        self.waited_in_vain_ms.push(ms);
    }

    /// The figures of what was collected.
    pub fn figures(mut self, interval: Interval) -> Figures {
        self.values_ms.sort_unstable();
        let n = self.values_ms.len() as u64;
        let at = |percent| nearest_rank(&self.values_ms, percent).map(seconds);
        let sum: i64 = self.values_ms.iter().sum();
        let is_measured = n > 0;
        let has_target = interval.has_target();
        let share = self.within_target as f64 / n.max(1) as f64;
        let survival = has_target
            .then(|| kaplan_meier_median(&self.values_ms, &self.waited_in_vain_ms))
            .flatten();
        let (from, to) = interval.ends();
        Figures {
            name: interval.name(),
            from: from.name(),
            to: to.name(),
            unit_of_account: interval.unit_of_account(),
            n,
            median_s: at(50),
            p90_s: at(90),
            mean_s: is_measured.then(|| seconds(sum) / n as f64),
            within_target: has_target.then_some(self.within_target),
            target_share: (has_target && is_measured).then_some(share),
            target_ci: if has_target { wilson_95(self.within_target, n) } else { None },
            kaplan_meier_median_s: survival.map(seconds),
            invalid: self.invalid,
        }
    }
}

/// Milliseconds as seconds, unrounded.
pub fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_waited_in_vain_count_for_as_long_as_they_waited() {
        let reached = [180, 240, 300, 420, 540, 600, 1500];
        assert_eq!(kaplan_meier_median(&reached, &[240, 480, 900]), Some(540));
        assert_eq!(kaplan_meier_median(&reached, &[]), Some(420));
        assert_eq!(kaplan_meier_median(&[60], &[100, 100]), None, "fewer than half were reached");
        assert_eq!(kaplan_meier_median(&[], &[]), None);
    }
}
