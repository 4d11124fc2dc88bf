//! How an ambulance moves: from its post along winding roads at believable speeds, and to a stop.

use std::collections::VecDeque;
use std::ops::Range;

use crate::chance::Chance;
use crate::place::{Offset, Place};
use crate::receiver::Truth;
use crate::route::Ways;

const ACCELERATION_MS2: f64 = 1.4;
const BRAKING_MS2: f64 = 2.0;
/// How far ahead the driver looks for bends, in metres; over the braking distance at any speed.
const SIGHT_M: f64 = 160.0;
/// The last metres are rolled at this speed, in m/s, so that a stop is reached.
const CRAWL_MS: f64 = 1.0;
/// Waypoints driven at one speed before the road changes.
const POINTS_PER_STRETCH: usize = 6;
const CIRCLE_RADIUS_M: f64 = 500.0;
const CIRCLE_POINTS: u32 = 24;
/// A step of motion, in seconds; longer times are cut into such steps.
const STEP_S: f64 = 1.0;

/// How a crew drives; the range of cruising speeds on open road, in km/h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Lights and siren.
    Urgent,
    Normal,
}

impl Pace {
    /// Cruising speeds in km/h; no vehicle at this pace is faster than the end of the range.
    pub fn speeds_kmh(self) -> Range<f64> {
        match self {
            Pace::Urgent => 40.0..60.0,
            Pace::Normal => 30.0..45.0,
        }
    }
}

/// One vehicle: where it is, and what is left of its way.
#[derive(Debug)]
pub struct Vehicle {
    chance: Chance,
    ways: Ways,
    post: Place,
    at: Place,
    speed_ms: f64,
    heading_deg: f64,
    way: VecDeque<Waypoint>,
}

#[derive(Debug, Clone, Copy)]
struct Waypoint {
    place: Place,
    /// Cruising speed on the leg that ends here.
    speed_max_ms: f64,
}

impl Vehicle {
    /// A vehicle parked at its post.
    pub fn parked(post: Place, mut chance: Chance) -> Vehicle {
        let heading_deg = chance.between(0.0..360.0);
        let (ways, way) = (Ways::default(), VecDeque::new());
        Vehicle { chance, ways, post, at: post, speed_ms: 0.0, heading_deg, way }
    }

    /// The same that drives along these ways.
    pub fn along(self, ways: Ways) -> Vehicle {
        Vehicle { ways, ..self }
    }

    /// Sets out for `to`; a moving vehicle first brakes along the way it was going.
    pub fn drive_to(&mut self, to: Place, pace: Pace) {
        self.stop();
        let start = self.way.back().map_or(self.at, |waypoint| waypoint.place);
        let route = self.ways.between(start, to, &mut self.chance);
        self.append(&route, pace);
    }

    /// Sets out for the post at normal pace.
    pub fn go_home(&mut self) {
        self.drive_to(self.post, Pace::Normal);
    }

    /// Brakes to a halt straight ahead; the rest of the way is forgotten.
    pub fn stop(&mut self) {
        self.way.clear();
        if self.speed_ms > CRAWL_MS {
            let braking_m = self.speed_ms.powi(2) / (2.0 * BRAKING_MS2);
            let ahead = Offset::towards(self.heading_deg, braking_m);
            let place = self.at.offset_by(ahead);
            self.way.push_back(Waypoint { place, speed_max_ms: self.speed_ms });
        }
    }

    /// Keeps going round the post for ever; the way is extended as it is used up.
    pub fn circle(&mut self) {
        if self.way.len() >= CIRCLE_POINTS as usize / 2 {
            return;
        }
        let last = self.way.back().map_or(self.at, |waypoint| waypoint.place);
        let from_post = self.post.offset_to(last);
        let begin_deg = if from_post.length_m() < 1.0 { 0.0 } else { from_post.heading_deg() };
        let points: Vec<Place> = (1..=CIRCLE_POINTS)
            .map(|point| {
                let turn_deg = begin_deg + 360.0 * f64::from(point) / f64::from(CIRCLE_POINTS);
                self.post.offset_by(Offset::towards(turn_deg, CIRCLE_RADIUS_M))
            })
            .collect();
        self.append(&points, Pace::Normal);
    }

    /// Moves for `passed_s` seconds.
    pub fn advance(&mut self, passed_s: f64) {
        let mut left_s = passed_s.max(0.0);
        while left_s > 0.0 && !self.arrived() {
            let step_s = left_s.min(STEP_S);
            self.step(step_s);
            left_s -= step_s;
        }
    }

    /// Whether there is nothing left to drive and the vehicle stands.
    pub fn arrived(&self) -> bool {
        self.way.is_empty()
    }

    /// Whether the wheels turn.
    pub fn moving(&self) -> bool {
        self.speed_ms > 0.0
    }

    /// Whether the vehicle stands at its post or within 30 m of it.
    pub fn at_post(&self) -> bool {
        self.arrived() && self.at.distance_m(self.post) < 30.0
    }

    /// The true place, speed and heading.
    pub fn truth(&self) -> Truth {
        Truth { place: self.at, speed_kmh: self.speed_ms * 3.6, heading_deg: self.heading_deg }
    }

    fn append(&mut self, route: &[Place], pace: Pace) {
        for stretch in route.chunks(POINTS_PER_STRETCH) {
            let speed_max_ms = self.chance.between(pace.speeds_kmh()) / 3.6;
            let waypoint = |place: &Place| Waypoint { place: *place, speed_max_ms };
            self.way.extend(stretch.iter().map(waypoint));
        }
    }

    fn step(&mut self, step_s: f64) {
        let wanted_ms = self.speed_allowed_ms(step_s);
        let slowest_ms = self.speed_ms - BRAKING_MS2 * step_s;
        let fastest_ms = self.speed_ms + ACCELERATION_MS2 * step_s;
        self.speed_ms = wanted_ms.clamp(slowest_ms, fastest_ms).max(CRAWL_MS);

        let mut left_m = self.speed_ms * step_s;
        while let Some(next) = self.way.front().copied() {
            let leg = self.at.offset_to(next.place);
            let leg_m = leg.length_m();
            if leg_m > 0.01 {
                self.heading_deg = leg.heading_deg();
            }
            if left_m < leg_m {
                self.at = self.at.offset_by(Offset::towards(self.heading_deg, left_m));
                return;
            }
            left_m -= leg_m;
            self.at = next.place;
            self.way.pop_front();
        }
        self.speed_ms = 0.0;
    }

    /// The speed from which every bend in sight, and the end, can still be taken.
    fn speed_allowed_ms(&self, step_s: f64) -> f64 {
        let mut allowed_ms = self.way.front().map_or(0.0, |leg| leg.speed_max_ms);
        let mut at = self.at;
        let mut distance_m = 0.0;
        let mut heading_deg = self.heading_deg;
        for (index, waypoint) in self.way.iter().enumerate() {
            let leg = at.offset_to(waypoint.place);
            let turn_deg = turn_between(heading_deg, leg.heading_deg());
            if leg.length_m() > 0.01 {
                if index > 0 {
                    let bend_ms = bend_speed_ms(turn_deg).min(waypoint.speed_max_ms);
                    allowed_ms = allowed_ms.min(self.braking_to_ms(distance_m, bend_ms, step_s));
                }
                heading_deg = leg.heading_deg();
            }
            distance_m += leg.length_m();
            at = waypoint.place;
            if distance_m > SIGHT_M {
                return allowed_ms;
            }
        }
        allowed_ms.min(self.braking_to_ms(distance_m, 0.0, step_s))
    }

    fn braking_to_ms(&self, distance_m: f64, end_ms: f64, step_s: f64) -> f64 {
        let after_step_m = (distance_m - self.speed_ms * step_s).max(0.0);
        (end_ms.powi(2) + 2.0 * BRAKING_MS2 * after_step_m).sqrt()
    }
}

fn turn_between(from_deg: f64, to_deg: f64) -> f64 {
    let turn_deg = (to_deg - from_deg).rem_euclid(360.0);
    turn_deg.min(360.0 - turn_deg)
}

fn bend_speed_ms(turn_deg: f64) -> f64 {
    let speed_kmh = match turn_deg {
        turn if turn < 30.0 => f64::INFINITY,
        turn if turn < 60.0 => 28.0,
        turn if turn < 100.0 => 15.0,
        _ => 8.0,
    };
    speed_kmh / 3.6
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: Place = Place { lat: -8.25, lon: 113.85 };

    fn vehicle(seed: u64) -> Vehicle {
        Vehicle::parked(POST, Chance::new(seed, "amb-1", "vehicle"))
    }

    /// Drives to the end and returns the seconds it took and the greatest speed in km/h.
    fn drive(vehicle: &mut Vehicle, seconds_max: u32) -> (u32, f64) {
        let mut fastest_kmh: f64 = 0.0;
        for second in 0..seconds_max {
            if vehicle.arrived() {
                return (second, fastest_kmh);
            }
            let before = vehicle.truth();
            vehicle.advance(1.0);
            let after = vehicle.truth();
            fastest_kmh = fastest_kmh.max(after.speed_kmh);
            let moved_kmh = before.place.distance_m(after.place) * 3.6;
            assert!(moved_kmh <= after.speed_kmh.max(before.speed_kmh) * 1.02 + 0.5);
            let change_ms = (after.speed_kmh - before.speed_kmh) / 3.6;
            assert!((-5.0..=1.5).contains(&change_ms), "{change_ms} m/s in one second");
        }
        panic!("not there after {seconds_max} s");
    }

    #[test]
    fn a_vehicle_arrives_and_never_exceeds_its_pace() {
        for seed in 0..20 {
            for (pace, straight_m) in [(Pace::Urgent, 9_000.0), (Pace::Normal, 2_500.0)] {
                let to = POST.offset_by(Offset::towards(seed as f64 * 18.0, straight_m));
                let mut vehicle = vehicle(seed);
                vehicle.drive_to(to, pace);
                let (seconds, fastest_kmh) = drive(&mut vehicle, 3_600);
                assert!(fastest_kmh <= pace.speeds_kmh().end + 1e-6, "{fastest_kmh}");
                assert_eq!(vehicle.truth().place, to);
                assert!(!vehicle.moving());
                let mean_kmh = 1.35 * straight_m / f64::from(seconds) * 3.6;
                assert!(mean_kmh > 0.75 * pace.speeds_kmh().start, "{pace:?} {mean_kmh}");
            }
        }
    }

    #[test]
    fn a_stopped_vehicle_stands_within_its_braking_distance() {
        let mut vehicle = vehicle(1);
        vehicle.drive_to(POST.offset_by(Offset::towards(40.0, 5_000.0)), Pace::Urgent);
        vehicle.advance(60.0);
        let before = vehicle.truth();
        vehicle.stop();
        drive(&mut vehicle, 30);
        assert!(before.place.distance_m(vehicle.truth().place) < 100.0);
    }

    #[test]
    fn a_vehicle_called_back_turns_round_and_parks_at_its_post() {
        let mut vehicle = vehicle(2);
        vehicle.drive_to(POST.offset_by(Offset::towards(200.0, 6_000.0)), Pace::Urgent);
        vehicle.advance(120.0);
        vehicle.go_home();
        drive(&mut vehicle, 1_800);
        assert!(vehicle.at_post());
    }

    #[test]
    fn driving_to_where_it_stands_ends_at_once() {
        let mut vehicle = vehicle(3);
        vehicle.drive_to(POST, Pace::Urgent);
        drive(&mut vehicle, 5);
        vehicle.advance(1e9);
        vehicle.advance(-5.0);
        vehicle.advance(f64::NAN);
        assert!(vehicle.at_post());
    }

    #[test]
    fn a_circling_vehicle_never_stands_and_stays_near_its_post() {
        let mut vehicle = vehicle(4);
        for second in 0..3_600 {
            vehicle.circle();
            vehicle.advance(1.0);
            assert!(second < 2 || vehicle.moving());
            assert!(POST.distance_m(vehicle.truth().place) < 600.0);
        }
    }
}
