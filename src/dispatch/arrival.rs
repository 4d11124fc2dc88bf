//! When each unit that drives for somebody will be there, estimated anew while it drives. It tells people and decides
//! nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::assignment::{Assignment, AssignmentState};
use crate::dispatch::event::{Step, TravelBasis};
use crate::ids::{AssignmentId, UnitId};
use crate::place::Position;

/// An estimate is made anew when it is so old.
const HOLDS_MS: i64 = 5_000;
/// Estimates made at once, the oldest first: each is a search, and the desk has other things to do.
const AT_ONCE_MAX: usize = 8;
/// People are told when it differs by so much from what they were told last.
const NEWS_MS: i64 = 30_000;

/// Where a unit is going to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GoalKind {
    Incident,
    /// A referral: where the patient is fetched.
    PickUp,
    Destination,
}

/// An estimate of when a unit is where it is going to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub to: GoalKind,
    /// What is left until its wheels roll, and the journey.
    pub at: Timestamp,
    pub metres: u32,
    pub basis: TravelBasis,
}

#[derive(Clone, Copy, Debug)]
struct Estimate {
    assignment: AssignmentId,
    made_at: Timestamp,
    arrival: Arrival,
    told: Arrival,
}

/// The estimates of the units that are on their way.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrivals(BTreeMap<UnitId, Estimate>);

impl Dispatch {
    /// Where a unit is going to now or next: none when no place or destination is set, or it has been there.
    #[must_use]
    pub fn goal(&self, assignment: &Assignment) -> Option<(GoalKind, Position)> {
        let facility = |id: &Option<String>| {
            id.as_deref().and_then(|id| self.known_facility(id).ok()).map(|card| card.position)
        };
        match assignment.state {
            AssignmentState::Offered | AssignmentState::At(Step::Acknowledged | Step::EnRoute) => {}
            AssignmentState::At(Step::OnScene | Step::AtPatient | Step::Transporting) => {
                return Some((GoalKind::Destination, facility(&assignment.facility)?));
            }
            AssignmentState::At(Step::AtDestination | Step::HandedOver | Step::Cleared)
            | AssignmentState::Rejected
            | AssignmentState::Cancelled
            | AssignmentState::TimedOut
            | AssignmentState::Diverted => return None,
        }
        if assignment.pick_up.is_some() {
            return Some((GoalKind::PickUp, facility(&assignment.pick_up)?));
        }
        let incident = self.board().leading(assignment.incident)?;
        Some((GoalKind::Incident, incident.place.as_ref()?.position))
    }

    /// The same of a unit that is on its way there; at the scene it is expected nowhere.
    fn heading(&self, assignment: &Assignment) -> Option<(GoalKind, Position)> {
        let stays = [Step::OnScene, Step::AtPatient].map(AssignmentState::At);
        self.goal(assignment).filter(|_| !stays.contains(&assignment.state))
    }

    /// The latest estimate for a unit, as long as it is on the way of which it was made.
    #[must_use]
    pub fn arrival(&self, unit: &UnitId) -> Option<Arrival> {
        let known = self.arrivals.0.get(unit)?;
        let open = self.board().open_assignment_of(unit)?;
        let (to, _) = self.heading(open)?;
        (open.id == known.assignment && to == known.arrival.to).then_some(known.arrival)
    }

    /// Makes the oldest estimates anew; answers the units of which people should be told.
    pub fn estimate_arrivals(&mut self, now: Timestamp) -> Vec<UnitId> {
        let mut due: Vec<(Timestamp, UnitId)> = Vec::new();
        for open in self.board().open_assignments() {
            let known = self.arrivals.0.get(&open.unit).filter(|e| e.assignment == open.id);
            let made_at = known.map_or(Timestamp::MIN, |estimate| estimate.made_at);
            if now.ms_since(made_at) >= HOLDS_MS && self.heading(open).is_some() {
                due.push((made_at, open.unit.clone()));
            }
        }
        due.sort();
        due.truncate(AT_ONCE_MAX);
        let mut news = Vec::new();
        for (_, unit) in due {
            let Some((assignment, arrival)) = self.estimate_arrival(now, &unit) else { continue };
            let before = self.arrivals.0.get(&unit).filter(|e| e.assignment == assignment);
            let told = before.map(|before| before.told).filter(|told| {
                let is_as_before = told.to == arrival.to && told.basis == arrival.basis;
                is_as_before && arrival.at.ms_since(told.at).abs() < NEWS_MS
            });
            if told.is_none() {
                news.push(unit.clone());
            }
            let told = told.unwrap_or(arrival);
            let estimate = Estimate { assignment, made_at: now, arrival, told };
            self.arrivals.0.insert(unit, estimate);
        }
        let board = &self.board;
        self.arrivals.0.retain(|unit, _| board.open_assignment_of(unit).is_some());
        news
    }

    fn estimate_arrival(&self, now: Timestamp, unit: &UnitId) -> Option<(AssignmentId, Arrival)> {
        let open = self.board().open_assignment_of(unit)?;
        let (to, place) = self.heading(open)?;
        let travel = self.journey_left(now, unit, place)?;
        let at = now.plus_ms(i64::from(travel.seconds) * 1_000);
        Some((open.id, Arrival { to, at, metres: travel.metres, basis: travel.basis }))
    }
}
