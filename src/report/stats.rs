//! The statistics that officials review, with exact formulas (pure).

/// The value at the `percent`-th rank of sorted values: the ⌈percent·n/100⌉-th. In whole numbers, so that no rounding
/// moves the rank. Source: the EMS practice of counting ranks; not the interpolating percentile of spreadsheets.
#[must_use]
pub fn nearest_rank(sorted: &[i64], percent: usize) -> Option<i64> {
    assert!((1..=100).contains(&percent), "a percentile from 1 to 100, got {percent}");
    let rank = (percent * sorted.len()).div_ceil(100);
    rank.checked_sub(1).and_then(|index| sorted.get(index)).copied()
}

/// The mean; none of nothing. Shown beside the p90 only: fractiles judge a system (NAEMSP).
#[must_use]
#[expect(clippy::as_conversions, reason = "sums of a report are exact enough in f64")]
pub fn mean(values: &[i64]) -> Option<f64> {
    let sum: i64 = values.iter().sum();
    (!values.is_empty()).then(|| sum as f64 / values.len() as f64)
}

/// A part of a whole; 0 of nothing.
#[must_use]
#[expect(clippy::as_conversions, reason = "counts of a report are exact in f64")]
pub fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The 95 % interval of a share after Wilson (1927): honest for small numbers and near 0 and 1.
#[must_use]
#[expect(clippy::as_conversions, reason = "counts of a report are exact in f64")]
pub fn wilson_95(part: usize, whole: usize) -> [f64; 2] {
    const Z: f64 = 1.959_963_984_540_054;
    if whole == 0 {
        return [0.0, 1.0];
    }
    let n = whole as f64;
    let p = part as f64 / n;
    let z2 = Z * Z;
    let middle = p + z2 / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    [((middle - spread) / scale).max(0.0), ((middle + spread) / scale).min(1.0)]
}

/// The time by which half have been reached, with those never reached counted for as long as they waited
/// (Kaplan and Meier, 1958); none when fewer than half ever were. Events come before censorings of the same time.
#[must_use]
#[expect(clippy::as_conversions, reason = "counts of a report are exact in f64")]
pub fn kaplan_meier_median(events: &[i64], censored: &[i64]) -> Option<i64> {
    let mut times: Vec<(i64, bool)> = events.iter().map(|time| (*time, false)).collect();
    times.extend(censored.iter().map(|time| (*time, true)));
    times.sort_unstable();
    let mut at_risk = times.len();
    let mut waiting = 1.0;
    for (time, is_censored) in times {
        if !is_censored {
            waiting *= 1.0 - 1.0 / at_risk as f64;
            // Rounding must not push an exact half to the next event.
            if waiting <= 0.5 + 1e-12 {
                return Some(time);
            }
        }
        at_risk -= 1;
    }
    None
}
