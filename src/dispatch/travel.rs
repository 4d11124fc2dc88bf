//! How long from here to there. Straight line × road factor; the estimate always says what it rests on.

use crate::dispatch::event::TravelBasis;
use crate::dispatch::policy::Policy;
use crate::place::Position;

/// An estimate of a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Travel {
    pub seconds: u32,
    /// Along the road, as estimated.
    pub metres: u32,
    pub basis: TravelBasis,
}

/// Estimates the journey between two places.
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
