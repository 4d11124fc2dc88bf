//! How long from here to there: by road where the roads are known, else straight line × road factor. An estimate
//! always says what it rests on.

use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::event::TravelBasis;
use crate::dispatch::fleet::Tracked;
use crate::dispatch::policy::Policy;
use crate::ids::UnitId;
use crate::place::Position;
use crate::roads::TableTime;
use crate::roads::search::{Enough, Start, Way};

/// So many of those that are nearest in a straight line are looked for on the roads.
pub const STARTS_MAX: usize = 256;
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

impl Travel {
    /// A way by road, corrected by what was learned, in thousandths.
    #[must_use]
    pub fn by_road(way: Way, permille: u32) -> Self {
        Self {
            seconds: corrected_s(way.ms, permille),
            metres: way.metres,
            basis: TravelBasis::Road,
        }
    }
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

/// Milliseconds by the speed table as seconds by what was learned of it, in thousandths.
fn corrected_s(ms: u32, permille: u32) -> u32 {
    let seconds = (u64::from(ms) * u64::from(permille)).div_ceil(1_000_000);
    u32::try_from(seconds).unwrap_or(u32::MAX)
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
        if nearest.len() > STARTS_MAX {
            nearest.select_nth_unstable_by_key(STARTS_MAX, |n| (journeys[*n].metres, *n));
            nearest.truncate(STARTS_MAX);
        }
        let starts: Vec<Start> = nearest.iter().map(|n| self.start(now, units[*n])).collect();
        let met = roads.meet(place, &starts, ENOUGH);
        let permille = self.permille(now, place);
        if let Some(others_ms) = met.others_ms {
            // Nobody who was met stands behind this, corrected or not.
            let least_s = corrected_s(others_ms, permille.max(1_000));
            for journey in &mut journeys {
                journey.seconds = journey.seconds.max(least_s);
            }
        }
        for (n, way) in nearest.into_iter().zip(met.ways) {
            if let Some(way) = way {
                journeys[n] = Travel::by_road(way, permille);
            }
        }
        journeys
    }

    /// How long the way by road from one place to another takes; none where no road is known to lead there.
    pub(super) fn drive_ms(&self, from: Position, to: Position) -> Option<u32> {
        let start = Start { position: from, heading_deg: None, delay_ms: 0 };
        let enough = Enough { met: 1, ..ENOUGH };
        self.roads()?.meet(to, &[start], enough).ways.first()?.map(|way| way.ms)
    }

    /// What the speed table alone says of a unit's way by road to a place: what the trip is compared with later.
    pub(super) fn by_table(
        &self,
        now: Timestamp,
        unit: &Tracked,
        place: Position,
    ) -> Option<TableTime> {
        self.roads()?.by_table(self.start(now, unit), place, ENOUGH.junctions)
    }

    /// By how much observed trips correct the time by road to a place, in thousandths, beside the classes of roads.
    #[must_use]
    pub fn permille(&self, now: Timestamp, place: Position) -> u32 {
        self.learned().map_or(1_000, |learned| learned.permille(place, now))
    }

    /// How long a unit that is on its way still needs to a place, what is left of its mobilisation included.
    #[must_use]
    pub(super) fn journey_left(
        &self,
        now: Timestamp,
        unit: &UnitId,
        place: Position,
    ) -> Option<Travel> {
        let tracked = self.fleet().get(unit)?;
        let travel = self.journeys(now, place, &[tracked]).pop()?;
        let seconds = travel.seconds.saturating_add(self.mobilisation_s(now, tracked));
        Some(Travel { seconds, ..travel })
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
