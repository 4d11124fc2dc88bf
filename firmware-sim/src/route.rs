//! The way that a vehicle drives between two places: along roads that somebody knows, else one that winds as village
//! roads do, with no map behind it.

use std::fmt;
use std::sync::Arc;

use crate::chance::Chance;
use crate::place::{Offset, Place};

/// Road length over straight distance in settled countryside.
pub const ROAD_FACTOR: f64 = 1.35;
/// Shorter ways are driven straight, in metres.
const STRAIGHT_BELOW_M: f64 = 120.0;
const SPACING_M: f64 = 80.0;
const POINTS_MAX: f64 = 400.0;
const POINTS_MIN: f64 = 8.0;
const BEND_LENGTH_M: f64 = 1_800.0;
/// Halvings of the search for the right amount of winding; 40 is beyond the precision of a metre.
const HALVINGS: u32 = 40;

/// The waypoints by road between two places, both ends among them; none where no road leads.
type ByRoad = dyn Fn(Place, Place) -> Option<Vec<Place>> + Send + Sync;

/// How vehicles get from one place to another.
#[derive(Clone, Default)]
pub struct Ways(Option<Arc<ByRoad>>);

impl fmt::Debug for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Ways(by road)" } else { "Ways(winding)" })
    }
}

impl Ways {
    /// Along roads, where these lead.
    pub fn by_road(
        way: impl Fn(Place, Place) -> Option<Vec<Place>> + Send + Sync + 'static,
    ) -> Ways {
        Ways(Some(Arc::new(way)))
    }

    /// Waypoints from `from` (left out) to `to` (the last one).
    pub fn between(&self, from: Place, to: Place, chance: &mut Chance) -> Vec<Place> {
        let by_road = self.0.as_ref().and_then(|way| way(from, to));
        let Some(mut way) = by_road else { return winding(from, to, chance) };
        way.push(to);
        way
    }
}

/// Waypoints from `from` (left out) to `to` (the last one), about `ROAD_FACTOR` times as long as
/// the straight line.
pub fn winding(from: Place, to: Place, chance: &mut Chance) -> Vec<Place> {
    let way = from.offset_to(to);
    let straight_m = way.length_m();
    if straight_m < STRAIGHT_BELOW_M {
        return vec![to];
    }
    let count = (straight_m / SPACING_M).clamp(POINTS_MIN, POINTS_MAX).round() as usize;
    let bends = (straight_m / BEND_LENGTH_M).round().clamp(1.0, 40.0);
    let shape = Shape {
        bends,
        phase: chance.between(0.0..std::f64::consts::TAU),
        second_phase: chance.between(0.0..std::f64::consts::TAU),
        second_share: chance.between(0.15..0.4),
    };
    let sideways: Vec<f64> = (0..=count).map(|i| shape.at(i as f64 / count as f64)).collect();

    let (mut low_m, mut high_m) = (0.0, straight_m);
    for _ in 0..HALVINGS {
        let middle_m = f64::midpoint(low_m, high_m);
        if length_m(&points(way, &sideways, middle_m)) < ROAD_FACTOR * straight_m {
            low_m = middle_m;
        } else {
            high_m = middle_m;
        }
    }
    let mut route: Vec<Place> = points(way, &sideways, low_m)
        .into_iter()
        .skip(1)
        .map(|offset| from.offset_by(offset))
        .collect();
    // The flat ground used above ends a little off over long distances.
    if let Some(last) = route.last_mut() {
        *last = to;
    }
    route
}

/// The sideways swing along the way: two waves, made to be nil at both ends.
struct Shape {
    bends: f64,
    phase: f64,
    second_phase: f64,
    second_share: f64,
}

impl Shape {
    fn at(&self, share: f64) -> f64 {
        let ends = self.wave(0.0) * (1.0 - share) + self.wave(1.0) * share;
        self.wave(share) - ends
    }

    fn wave(&self, share: f64) -> f64 {
        let turn = std::f64::consts::TAU * self.bends * share;
        (turn + self.phase).sin() + self.second_share * (1.7 * turn + self.second_phase).sin()
    }
}

fn points(way: Offset, sideways: &[f64], swing_m: f64) -> Vec<Offset> {
    let length_m = way.length_m();
    let (right_east, right_north) = (way.north_m / length_m, -way.east_m / length_m);
    let last = (sideways.len() - 1) as f64;
    sideways
        .iter()
        .enumerate()
        .map(|(index, side)| {
            let share = index as f64 / last;
            Offset {
                east_m: way.east_m * share + right_east * side * swing_m,
                north_m: way.north_m * share + right_north * side * swing_m,
            }
        })
        .collect()
}

fn length_m(points: &[Offset]) -> f64 {
    let leg = |pair: &[Offset]| match pair {
        [a, b] => (b.east_m - a.east_m).hypot(b.north_m - a.north_m),
        _ => 0.0,
    };
    points.windows(2).map(leg).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: Place = Place { lat: -8.25, lon: 113.85 };

    #[test]
    fn a_route_ends_at_its_target_and_is_about_a_third_longer_than_the_straight_line() {
        let mut chance = Chance::new(1, "amb-1", "vehicle");
        for straight_m in [150.0, 900.0, 4_000.0, 25_000.0, 60_000.0] {
            for heading_deg in [0.0, 77.0, 181.0, 300.0] {
                let to = FROM.offset_by(Offset::towards(heading_deg, straight_m));
                let mut at = FROM;
                let mut driven_m = 0.0;
                for point in winding(FROM, to, &mut chance) {
                    driven_m += at.distance_m(point);
                    at = point;
                }
                assert_eq!(at, to);
                let factor = driven_m / FROM.distance_m(to);
                assert!((1.25..1.45).contains(&factor), "{straight_m} m: {factor}");
            }
        }
    }

    #[test]
    fn no_distance_and_short_distances_are_one_straight_leg() {
        let mut chance = Chance::new(2, "amb-1", "vehicle");
        assert_eq!(winding(FROM, FROM, &mut chance), vec![FROM]);
        let near = FROM.offset_by(Offset::towards(10.0, 60.0));
        assert_eq!(winding(FROM, near, &mut chance), vec![near]);
    }

    #[test]
    fn a_target_on_the_other_side_of_the_globe_gives_a_bounded_route() {
        let mut chance = Chance::new(3, "amb-1", "vehicle");
        for far in [Place { lat: 89.0, lon: -179.0 }, Place { lat: -90.0, lon: 180.0 }] {
            let route = winding(FROM, far, &mut chance);
            assert!(route.len() <= 400);
            assert!(route.iter().all(|place| place.lat.is_finite() && place.lon.is_finite()));
        }
    }

    #[test]
    fn where_roads_lead_they_are_driven_and_elsewhere_the_way_winds() {
        let corner = FROM.offset_by(Offset::towards(90.0, 500.0));
        let ways = Ways::by_road(move |_, to| (to.lat < 0.0).then(|| vec![corner]));
        let mut chance = Chance::new(4, "amb-1", "vehicle");
        let to = FROM.offset_by(Offset::towards(0.0, 900.0));
        assert_eq!(ways.between(FROM, to, &mut chance), vec![corner, to]);
        let beyond = Place { lat: 0.1, lon: 113.85 };
        assert!(ways.between(FROM, beyond, &mut chance).len() > 8);
    }
}
