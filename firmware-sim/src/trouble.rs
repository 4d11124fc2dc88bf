//! What goes wrong with devices and lines beside silence: spoilt positions, messages twice or out of turn, clocks that
//! are nineteen years behind. Seeded, and without a clock of its own.

use crate::chance::Chance;
use crate::place::Place;
use crate::receiver::Reading;

/// A receiver whose week number ran over is 1,024 weeks behind.
pub const WEEK_ROLLOVER_MS: i64 = -1_024 * 7 * 24 * 3_600 * 1_000;

/// How often things go wrong; each 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Troubles {
    /// Share of positions that are spoilt: 0/0, another country, a leap of half a degree.
    pub spoilt: f64,
    /// Share of messages that go out twice.
    pub doubled: f64,
    /// Share of messages that go out after the one behind them.
    pub swapped: f64,
    /// Share of devices whose week number ran over.
    pub rolled_over: f64,
}

impl Troubles {
    /// Everything goes wrong with this chance.
    pub fn all(chance: f64) -> Troubles {
        Troubles { spoilt: chance, doubled: chance, swapped: chance, rolled_over: chance }
    }

    /// The position as it is reported.
    pub fn spoil(&self, mut reading: Reading, chance: &mut Chance) -> Reading {
        if chance.between(0.0..1.0) >= self.spoilt {
            return reading;
        }
        let Place { lat, lon } = reading.place;
        let kind = chance.between(0.0..3.0);
        reading.place = if kind < 1.0 {
            Place { lat: 0.0, lon: 0.0 }
        } else if kind < 2.0 {
            Place { lat: 48.8566, lon: 2.3522 }
        } else {
            Place { lat: lat + 0.5, lon }
        };
        reading
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_positions_are_spoilt_as_asked_for_and_the_same_ones_each_time() {
        let reading = Reading {
            place: Place { lat: -8.25, lon: 113.85 },
            accuracy_m: 8.0,
            speed_kmh: 0.0,
            heading_deg: 0,
            battery_pct: 80,
        };
        let spoilt = |share: f64| {
            let mut chance = Chance::new(5, "AMB-SILO-03", "trouble");
            let spoil = |_| Troubles::all(share).spoil(reading, &mut chance).place != reading.place;
            (0..1_000).map(spoil).collect::<Vec<_>>()
        };
        let count = |share| spoilt(share).iter().filter(|spoilt| **spoilt).count();
        assert_eq!((count(0.0), count(1.0)), (0, 1_000));
        assert!((50..150).contains(&count(0.1)), "{}", count(0.1));
        assert_eq!(spoilt(0.1), spoilt(0.1));
    }
}
