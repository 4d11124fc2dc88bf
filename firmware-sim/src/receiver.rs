//! The satellite receiver: a true place becomes a reading with an error that drifts.

use crate::chance::Chance;
use crate::place::{Offset, Place};

/// Time over which the error forgets itself, in seconds; slow enough that a parked vehicle does not
/// seem to jump about.
const ERROR_MEMORY_S: f64 = 30.0;
const ACCURACY_BEST_M: f64 = 4.0;
const ACCURACY_WORST_M: f64 = 15.0;
/// The stated accuracy is a radius the error keeps within about nine times in ten.
const ERROR_PER_ACCURACY: f64 = 0.45;
/// Below this a receiver shows no motion, in km/h.
const SPEED_SHOWN_MIN_KMH: f64 = 1.5;
const BATTERY_HOURS: f64 = 14.0;
const BATTERY_LOWEST_PCT: f64 = 18.0;

/// What a tracker knows about itself at one moment; units as in `payload::Fix`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    pub place: Place,
    pub accuracy_m: f32,
    pub speed_kmh: f32,
    pub heading_deg: u16,
    pub battery_pct: u8,
}

/// Where the vehicle truly is, how fast (km/h) and which way (degrees from north).
#[derive(Debug, Clone, Copy)]
pub struct Truth {
    pub place: Place,
    pub speed_kmh: f64,
    pub heading_deg: f64,
}

/// The receiver of one device, with its drifting error and its battery.
#[derive(Debug)]
pub struct Receiver {
    chance: Chance,
    /// In standard deviations.
    error: Offset,
    accuracy_m: f64,
    battery_pct: f64,
    last_ms: i64,
}

impl Receiver {
    /// A receiver switched on at `now_ms`.
    pub fn new(mut chance: Chance, now_ms: i64) -> Receiver {
        let error = Offset { east_m: chance.gaussian(), north_m: chance.gaussian() };
        let accuracy_m = chance.between(ACCURACY_BEST_M..ACCURACY_WORST_M);
        let battery_pct = chance.between(60.0..100.0);
        Receiver { chance, error, accuracy_m, battery_pct, last_ms: now_ms }
    }

    /// Reads the place; the battery charges while driving and drains at rest.
    pub fn read(&mut self, now_ms: i64, truth: Truth) -> Reading {
        let passed_s = (now_ms - self.last_ms).max(0) as f64 / 1_000.0;
        self.last_ms = now_ms;
        self.drift(passed_s);
        let moving = truth.speed_kmh >= SPEED_SHOWN_MIN_KMH;
        let charge_pct = passed_s / 3_600.0 * 100.0 / BATTERY_HOURS;
        self.battery_pct += if moving { 4.0 * charge_pct } else { -charge_pct };
        self.battery_pct = self.battery_pct.clamp(BATTERY_LOWEST_PCT, 100.0);

        let scale = self.accuracy_m * ERROR_PER_ACCURACY;
        let error =
            Offset { east_m: self.error.east_m * scale, north_m: self.error.north_m * scale };
        let speed_noise = self.chance.gaussian() * 0.6;
        let heading_noise = self.chance.gaussian() * 2.0;
        let speed_kmh = if moving { (truth.speed_kmh + speed_noise).max(0.0) } else { 0.0 };
        let heading_deg = truth.heading_deg + if moving { heading_noise } else { 0.0 };
        Reading {
            place: truth.place.offset_by(error),
            accuracy_m: self.accuracy_m as f32,
            speed_kmh: speed_kmh as f32,
            heading_deg: (heading_deg.rem_euclid(360.0) as u16).min(359),
            battery_pct: self.battery_pct.round() as u8,
        }
    }

    fn drift(&mut self, passed_s: f64) {
        let keep = (-passed_s / ERROR_MEMORY_S).exp();
        let fresh = (1.0 - keep * keep).sqrt();
        self.error.east_m = self.error.east_m * keep + self.chance.gaussian() * fresh;
        self.error.north_m = self.error.north_m * keep + self.chance.gaussian() * fresh;
        let change_m = self.chance.gaussian() * 2.0 * fresh;
        self.accuracy_m = (self.accuracy_m + change_m).clamp(ACCURACY_BEST_M, ACCURACY_WORST_M);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: Place = Place { lat: -8.25, lon: 113.85 };

    fn at_rest() -> Truth {
        Truth { place: POST, speed_kmh: 0.0, heading_deg: 90.0 }
    }

    #[test]
    fn a_parked_vehicle_reads_near_its_place_and_at_rest() {
        let mut receiver = Receiver::new(Chance::new(3, "amb-1", "receiver"), 0);
        for second in 1..5_000 {
            let reading = receiver.read(second * 1_000, at_rest());
            assert!(POST.distance_m(reading.place) < 45.0);
            assert!((4.0..=15.0).contains(&reading.accuracy_m));
            assert!(reading.speed_kmh.abs() < f32::EPSILON);
            assert!(reading.battery_pct <= 100);
        }
    }

    #[test]
    fn two_readings_a_second_apart_never_look_like_a_fast_drive() {
        let mut receiver = Receiver::new(Chance::new(4, "amb-1", "receiver"), 0);
        let mut last = receiver.read(0, at_rest()).place;
        for second in 1..5_000 {
            let place = receiver.read(second * 1_000, at_rest()).place;
            assert!(last.distance_m(place) * 3.6 < 60.0);
            last = place;
        }
    }

    #[test]
    fn headings_stay_within_the_circle() {
        let mut receiver = Receiver::new(Chance::new(5, "amb-1", "receiver"), 0);
        for second in 1..2_000 {
            let truth = Truth { place: POST, speed_kmh: 40.0, heading_deg: 359.9 };
            assert!(receiver.read(second * 1_000, truth).heading_deg < 360);
        }
    }

    #[test]
    fn a_clock_that_steps_back_is_survived() {
        let mut receiver = Receiver::new(Chance::new(6, "amb-1", "receiver"), 1_000_000);
        let reading = receiver.read(0, at_rest());
        assert!(reading.place.lat.is_finite() && reading.place.lon.is_finite());
    }
}
