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

/// Values of one interval as they are collected.
#[derive(Debug, Default)]
pub struct Sample {
    values_ms: Vec<i64>,
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

    /// The figures of what was collected.
    pub fn figures(mut self, interval: Interval) -> Figures {
        self.values_ms.sort_unstable();
        let n = self.values_ms.len() as u64;
        let at = |percent| nearest_rank(&self.values_ms, percent).map(seconds);
        let sum: i64 = self.values_ms.iter().sum();
        let is_measured = n > 0;
        let has_target = interval.has_target();
        let share = self.within_target as f64 / n.max(1) as f64;
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
            invalid: self.invalid,
        }
    }
}

/// Milliseconds as seconds, unrounded.
pub fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}
