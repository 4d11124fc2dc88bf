//! Valleys without coverage: seeded circles on the ground inside which a device has no link.

use crate::chance::Chance;
use crate::place::{Offset, Place};

/// Posts for each dead zone.
const POSTS_PER_ZONE: usize = 4;
const ZONES_MAX: usize = 64;
const RADIUS_M: std::ops::Range<f64> = 400.0..1_500.0;
/// Every post keeps its coverage by at least this much, in metres; a device that is never heard
/// would prove nothing.
const POST_MARGIN_M: f64 = 300.0;
const TRIES_PER_ZONE: usize = 20;

/// Circles on the ground where the link is down.
#[derive(Debug, Default)]
pub struct DeadZones(Vec<Zone>);

#[derive(Debug)]
struct Zone {
    centre: Place,
    radius_m: f64,
}

impl DeadZones {
    /// Zones between the posts; none over a post.
    pub fn between(posts: &[Place], seed: u64) -> DeadZones {
        let mut chance = Chance::new(seed, "", "dead zones");
        let wanted = posts.len().div_ceil(POSTS_PER_ZONE).min(ZONES_MAX);
        let mut zones = Vec::new();
        for _ in 0..wanted * TRIES_PER_ZONE {
            if zones.len() == wanted {
                break;
            }
            let Some(post) = chance.pick(posts) else { break };
            let radius_m = chance.between(RADIUS_M);
            let heading_deg = chance.between(0.0..360.0);
            let away_m = chance.between(800.0..4_000.0);
            let centre = post.offset_by(Offset::towards(heading_deg, away_m));
            let zone = Zone { centre, radius_m };
            let clear = |post: &Place| zone.centre.distance_m(*post) > radius_m + POST_MARGIN_M;
            if posts.iter().all(clear) {
                zones.push(zone);
            }
        }
        DeadZones(zones)
    }

    /// Whether a device at `place` has no link.
    pub fn cover(&self, place: Place) -> bool {
        self.0.iter().any(|zone| zone.centre.distance_m(place) < zone.radius_m)
    }

    /// How many zones there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posts() -> Vec<Place> {
        let grid = |i: u32| (f64::from(i % 10), f64::from(i / 10));
        (0..100)
            .map(|i| Place { lat: -8.3 + grid(i).1 * 0.05, lon: 113.4 + grid(i).0 * 0.05 })
            .collect()
    }

    #[test]
    fn zones_lie_between_the_posts_and_never_over_one() {
        let zones = DeadZones::between(&posts(), 7);
        assert!(zones.count() > 5, "{}", zones.count());
        assert!(posts().iter().all(|post| !zones.cover(*post)));
        assert!(zones.0.iter().all(|zone| zones.cover(zone.centre)));
    }

    #[test]
    fn without_posts_there_are_no_zones() {
        assert_eq!(DeadZones::between(&[], 7).count(), 0);
        assert!(!DeadZones::default().cover(Place { lat: 0.0, lon: 0.0 }));
    }

    #[test]
    fn crowded_posts_end_the_search_for_room() {
        let crowded: Vec<Place> = (0..400)
            .map(|i| Place {
                lat: -8.3 + f64::from(i / 20) * 0.004,
                lon: 113.4 + f64::from(i % 20) * 0.004,
            })
            .collect();
        let zones = DeadZones::between(&crowded, 7);
        assert!(crowded.iter().all(|post| !zones.cover(*post)));
    }
}
