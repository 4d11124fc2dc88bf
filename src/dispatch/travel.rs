//! How long from here to there: by road where the roads are known, else straight line × road factor. An estimate
//! always says what it rests on.

use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::event::TravelBasis;
use crate::dispatch::fleet::Tracked;
use crate::dispatch::policy::Policy;
use crate::place::Position;
use crate::roads::search::{Enough, Start};

/// So many of those that are nearest in a straight line are looked for on the roads.
const STARTS_MAX: usize = 256;
/// A search by road ends when so many were met of which nobody else can be sooner, and at the latest after so many
/// junctions: some milliseconds.
const ENOUGH: Enough = Enough { met: 12, junctions: 60_000 };
/// From this speed on an ambulance's heading says on which road it is and where it is driving to.
const DRIVING_KMH_MIN: f32 = 8.0;

/// An estimate of a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Travel {
    pub seconds: u32,
    /// Along the road, as estimated.
    pub metres: u32,
    pub basis: TravelBasis,
}

/// Estimates the journey between two places by the straight line.
#[must_use]
#[expect(clippy::as_conversions, reason = "no journey on Earth leaves the range of u32")]
pub fn estimate(from: Position, to: Position, policy: &Policy) -> Travel {
    let metres = from.metres_to(to) * policy.road_factor;
    let seconds = metres / (policy.travel_kmh / 3.6);
    Travel {
        seconds: seconds.round() as u32,
        metres: metres.round() as u32,
        basis: TravelBasis::StraightLine,
    }
}

impl Dispatch {
    /// The journeys of units to a place, in their order: by road for those that would be there first.
    ///
    /// Whoever was not met before the search ended needs at least as long as it had come to, and stands so: a straight
    /// line never puts anybody before those whose road is known.
    pub(super) fn journeys(
        &self,
        now: Timestamp,
        place: Position,
        units: &[&Tracked],
    ) -> Vec<Travel> {
        let mut journeys: Vec<Travel> =
            units.iter().map(|unit| self.journey(unit, place)).collect();
        let Some(roads) = self.roads() else { return journeys };
        let mut nearest: Vec<usize> = (0..units.len()).collect();
        nearest.sort_by_key(|n| (journeys[*n].metres, *n));
        nearest.truncate(STARTS_MAX);
        let starts: Vec<Start> = nearest.iter().map(|n| self.start(now, units[*n])).collect();
        let met = roads.meet(place, &starts, ENOUGH);
        if let Some(others_ms) = met.others_ms {
            for journey in &mut journeys {
                journey.seconds = journey.seconds.max(others_ms.div_ceil(1_000));
            }
        }
        for (n, way) in nearest.into_iter().zip(met.ways) {
            if let Some(way) = way {
                let seconds = way.ms.div_ceil(1_000);
                journeys[n] = Travel { seconds, metres: way.metres, basis: TravelBasis::Road };
            }
        }
        journeys
    }

    /// From where a unit starts, and into which direction it drives.
    #[must_use]
    pub fn start(&self, now: Timestamp, unit: &Tracked) -> Start {
        let fix = unit.live.filter(|fix| fix.age_s(now) <= self.policy().stale_after_s);
        let driving = fix.filter(|f| f.speed_kmh.is_some_and(|kmh| kmh >= DRIVING_KMH_MIN));
        Start {
            position: unit.live.map_or(unit.card.post, |fix| fix.position),
            heading_deg: driving.and_then(|fix| fix.heading_deg),
            delay_ms: self.mobilisation_s(now, unit).saturating_mul(1_000),
        }
    }
}
