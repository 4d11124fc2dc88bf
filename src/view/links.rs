//! What is seen by links: the caller's position by operators, an ambulance's approach by a family.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::assignment::AssignmentState;
use crate::dispatch::event::{Step, TravelBasis};
use crate::ids::AssignmentId;
use crate::place::Position;
use crate::store::CallerPosition;

/// Distances are told to a family in steps of so many metres: nobody drives more exactly, and it tells no more.
const STEP_M: f64 = 10.0;

/// Where the caller's phone says that it is; personal data.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallerPositionView {
    pub lat: f64,
    pub lon: f64,
    pub accuracy_m: u32,
    #[schema(value_type = String, format = DateTime)]
    pub taken_at: Timestamp,
    /// Names it when it is accepted or dismissed.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// How far it is from the incident's place.
    pub away_m: Option<u32>,
    pub accepted: bool,
}

impl CallerPositionView {
    #[must_use]
    pub fn of(offered: &CallerPosition, place: Option<Position>) -> Self {
        Self {
            lat: offered.position.lat(),
            lon: offered.position.lon(),
            accuracy_m: offered.accuracy_m,
            taken_at: offered.taken_at,
            received_at: offered.received_at,
            away_m: place.map(|place| metres(offered.position.metres_to(place))),
            accepted: offered.accepted_at.is_some(),
        }
    }
}

/// How far an ambulance is, in a family's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Approaching {
    /// It has been ordered out.
    Assigned,
    /// It is driving.
    EnRoute,
    Arrived,
    /// This ambulance does not come; the family should call the centre.
    CallCentre,
}

/// An ambulance's approach. No place on Earth is in it: the sketch is drawn around the place of the incident.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ApproachView {
    pub status: Approaching,
    /// Until it is there; an estimate.
    pub eta_s: Option<u32>,
    pub basis: Option<TravelBasis>,
    pub at: Option<SketchView>,
}

/// Where the ambulance is as seen from where it goes.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SketchView {
    pub east_m: f64,
    pub north_m: f64,
    /// In a straight line.
    pub distance_m: f64,
    /// How old its position is.
    pub age_s: i64,
}

/// The approach of an assignment's unit; none when nobody knows the assignment any more.
#[must_use]
pub fn approach(dispatch: &Dispatch, now: Timestamp, id: AssignmentId) -> Option<ApproachView> {
    let assignment = dispatch.board().assignment(id)?;
    let nothing = |status| Some(ApproachView { status, eta_s: None, basis: None, at: None });
    if assignment.has_arrived() {
        return nothing(Approaching::Arrived);
    }
    let status = match assignment.state {
        AssignmentState::Offered | AssignmentState::At(Step::Acknowledged) => Approaching::Assigned,
        AssignmentState::At(Step::EnRoute) => Approaching::EnRoute,
        AssignmentState::At(
            Step::OnScene
            | Step::AtPatient
            | Step::Transporting
            | Step::AtDestination
            | Step::HandedOver
            | Step::Cleared,
        )
        | AssignmentState::Rejected
        | AssignmentState::Cancelled
        | AssignmentState::TimedOut
        | AssignmentState::Diverted => return nothing(Approaching::CallCentre),
    };
    let goal = dispatch.goal(assignment);
    let live = dispatch.fleet().get(&assignment.unit).and_then(|unit| unit.live);
    let (Some((_, place)), Some(live)) = (goal, live) else { return nothing(status) };
    let expected = dispatch.arrival(&assignment.unit);
    let left_s = |at: Timestamp| u32::try_from(at.ms_since(now) / 1_000).unwrap_or(0);
    Some(ApproachView {
        status,
        eta_s: expected.map(|expected| left_s(expected.at)),
        basis: expected.map(|expected| expected.basis),
        at: Some(sketch(place, live.position, live.age_s(now))),
    })
}

fn sketch(place: Position, unit: Position, age_s: i64) -> SketchView {
    let east = Position::new(place.lat(), unit.lon()).map_or(0.0, |at| place.metres_to(at));
    let north = Position::new(unit.lat(), place.lon()).map_or(0.0, |at| place.metres_to(at));
    let rounded = |metres: f64| (metres / STEP_M).round() * STEP_M;
    SketchView {
        east_m: rounded(east.copysign(unit.lon() - place.lon())),
        north_m: rounded(north.copysign(unit.lat() - place.lat())),
        distance_m: rounded(place.metres_to(unit)),
        age_s: age_s.max(0),
    }
}

#[expect(clippy::as_conversions, reason = "no distance on Earth leaves the range of u32")]
fn metres(distance: f64) -> u32 {
    distance.round() as u32
}
