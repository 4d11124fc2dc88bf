//! Seeded chance: one stream for each device and purpose, so that none disturbs another.

use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A reproducible stream of chance; the same seed, name and purpose give the same stream anywhere.
#[derive(Debug, Clone)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of `name` (a device) for `purpose` (for example "crew") under `seed`.
    pub fn new(seed: u64, name: &str, purpose: &str) -> Chance {
        let mut hash = fnv1a(0xcbf2_9ce4_8422_2325, &seed.to_le_bytes());
        for part in [name, purpose] {
            hash = fnv1a(hash, &(part.len() as u64).to_le_bytes());
            hash = fnv1a(hash, part.as_bytes());
        }
        Chance(ChaCha8Rng::seed_from_u64(hash))
    }

    /// A number from `range`; its start when the range is empty.
    pub fn between(&mut self, range: Range<f64>) -> f64 {
        let unit: f64 = self.0.random();
        let span = (range.end - range.start).max(0.0);
        range.start + unit * span
    }

    /// Whether something of this probability happens; out of range counts as never or always.
    pub fn happens(&mut self, probability: f64) -> bool {
        let unit: f64 = self.0.random();
        unit < probability
    }

    /// One of `choices`.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let last = choices.len().checked_sub(1)?;
        let index = self.0.random_range(0..=last);
        choices.get(index).copied()
    }

    /// A number of mean 0 and standard deviation 1 (Box and Muller, 1958).
    pub fn gaussian(&mut self) -> f64 {
        let radius: f64 = (-2.0 * (1.0 - self.0.random::<f64>()).ln()).sqrt();
        let turn: f64 = self.0.random::<f64>() * std::f64::consts::TAU;
        radius * turn.cos()
    }
}

fn fnv1a(start: u64, bytes: &[u8]) -> u64 {
    let mut hash = start;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_numbers(seed: u64, name: &str, purpose: &str) -> Vec<f64> {
        let mut chance = Chance::new(seed, name, purpose);
        (0..8).map(|_| chance.between(0.0..1.0)).collect()
    }

    #[test]
    fn a_stream_depends_on_seed_name_and_purpose_alone() {
        let ours = first_numbers(7, "amb-1", "crew");
        assert_eq!(ours, first_numbers(7, "amb-1", "crew"));
        assert_ne!(ours, first_numbers(8, "amb-1", "crew"));
        assert_ne!(ours, first_numbers(7, "amb-2", "crew"));
        assert_ne!(ours, first_numbers(7, "amb-1", "vehicle"));
        assert_ne!(ours, first_numbers(7, "amb-1c", "rew"));
    }

    #[test]
    fn probabilities_out_of_range_mean_never_or_always() {
        let mut chance = Chance::new(1, "amb-1", "crew");
        for _ in 0..100 {
            assert!(chance.happens(1.5));
            assert!(!chance.happens(-0.5));
            assert!(!chance.happens(f64::NAN));
        }
        assert_eq!(chance.pick::<u8>(&[]), None);
        assert!((chance.between(5.0..5.0) - 5.0).abs() < 1e-12);
    }

    #[test]
    fn the_gaussian_has_mean_zero_and_deviation_one() {
        let mut chance = Chance::new(1, "amb-1", "receiver");
        let numbers: Vec<f64> = (0..20_000).map(|_| chance.gaussian()).collect();
        let mean = numbers.iter().sum::<f64>() / 20_000.0;
        let variance = numbers.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }
}
