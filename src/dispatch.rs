//! The live state of one dispatch area (pure): no clock, no I/O, no randomness, nothing that depends on chance order.
//!
//! Four verbs. `observe` takes a position. `decide` reads only and answers with events or a refusal. `apply` does what
//! an event says. `next_deadline` tells when time alone will matter; time comes in as `Command::Tick`.

pub mod advice;
pub mod aid;
pub mod alarm;
pub mod arrival;
pub mod assignment;
pub mod board;
pub mod colour;
pub mod command;
pub mod coverage;
mod deadline;
pub mod event;
pub mod fleet;
pub mod incident;
mod intake;
mod offer;
pub mod policy;
mod progress;
pub mod rank;
pub mod similar;
mod standby;
pub mod travel;
pub mod triage;
pub mod unit;

use crate::clock::Timestamp;
use std::sync::Arc;

use crate::ids::{AssignmentId, Capability, IncidentId, UnitId};
use crate::place::Position;
use crate::roads::Roads;
use crate::roads::kind::ClassFactors;
use crate::roads::learned::Learned;
use advice::Ground;
use arrival::Arrivals;
use assignment::{Assignment, AssignmentState};
use board::Board;
use command::{Command, REASON_CHARS_MAX, Refusal};
use event::Event;
use fleet::{Fleet, Judged, Tracked};
use incident::Incident;
use policy::Policy;
use unit::{DeviceCard, DeviceNote, Fix, UnitCard, UnitState};

/// A withdrawn order is repeated to the device for this long; after that the device has forgotten it anyway.
const WITHDRAWAL_REPEATED_MS: i64 = 60 * 60 * 1000;

/// The live state of one dispatch area.
#[derive(Clone, Debug)]
pub struct Dispatch {
    policy: Policy,
    facilities: Vec<FacilityCard>,
    ground: Arc<Ground>,
    fleet: Fleet,
    board: Board,
    /// As they are driven by what was learned.
    roads: Option<Roads>,
    arrivals: Arrivals,
    learned: Option<Arc<Learned>>,
}

/// What the roster says of a facility that receives patients; fixed while the program runs.
#[derive(Clone, Debug, PartialEq)]
pub struct FacilityCard {
    pub id: String,
    pub position: Position,
    /// Such as `poned` and `ponek`.
    pub capabilities: Vec<Capability>,
}

/// What a unit's device should be told and has not confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Offered(AssignmentId),
    Withdrawn(AssignmentId),
}

impl Dispatch {
    /// An area in which nothing has happened yet.
    #[must_use]
    pub fn new(policy: Policy, units: Vec<UnitCard>, facilities: Vec<FacilityCard>) -> Self {
        let ground = Arc::default();
        let (fleet, board) = (Fleet::new(units), Board::default());
        let (roads, learned, arrivals) = (None, None, Arrivals::default());
        Self { policy, facilities, ground, fleet, board, roads, learned, arrivals }
    }

    /// The same with the villages that calls come from, by which cover is judged.
    #[must_use]
    pub fn with_ground(mut self, ground: Arc<Ground>) -> Self {
        self.ground = ground;
        self
    }

    /// Ranks along these roads from now on; none: by the straight line.
    pub fn set_roads(&mut self, roads: Option<Arc<Roads>>) {
        self.roads = roads.map(|roads| roads.corrected(&self.class_factors()));
    }

    /// Corrects travel times by road by this from now on; none: the speed table alone.
    pub fn set_learned(&mut self, learned: Option<Arc<Learned>>) {
        self.learned = learned;
        self.roads = self.roads.take().map(|roads| roads.corrected(&self.class_factors()));
    }

    fn class_factors(&self) -> ClassFactors {
        self.learned().map(Learned::class_factors).unwrap_or_default()
    }

    fn learned(&self) -> Option<&Learned> {
        self.learned.as_deref()
    }

    const fn roads(&self) -> Option<&Roads> {
        self.roads.as_ref()
    }

    fn ground(&self) -> &Ground {
        &self.ground
    }

    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    #[must_use]
    pub const fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// Puts back a board saved before events that could not be committed.
    pub fn restore_board(&mut self, board: Board) {
        self.board = board;
    }

    /// Takes a position and says what it is worth; `None`: no such unit.
    pub fn observe(&mut self, unit: &UnitId, fix: Fix) -> Option<Judged> {
        self.fleet.observe(unit, fix, &self.policy)
    }

    /// Notes that a unit's device came or went; answers whether that is news.
    pub fn observe_link(&mut self, now: Timestamp, unit: &UnitId, online: bool) -> bool {
        self.fleet.observe_link(unit, online, now)
    }

    /// Notes what a device did beside giving its position.
    pub fn note_device(
        &mut self,
        now: Timestamp,
        unit: &UnitId,
        card: &DeviceCard,
        note: DeviceNote,
    ) {
        self.fleet.note_device(now, unit, card, note);
    }

    /// Puts back a unit's last known place after a restart.
    pub fn restore_fix(&mut self, unit: &UnitId, fix: Fix) {
        self.fleet.restore(unit, fix, &self.policy);
    }

    /// Makes the state say what the event says. Total: an event in the log is never refused.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        self.board.apply(at, event);
    }

    /// What would happen if the command were carried out now, or why not. Changes nothing.
    pub fn decide(&self, now: Timestamp, command: &Command) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::TakeCall(_)
            | Command::AttachCall { .. }
            | Command::PlaceIncident { .. }
            | Command::CorrectDetails { .. }
            | Command::AddNote { .. }
            | Command::ChangePriority { .. }
            | Command::ChangeNeeds { .. }
            | Command::NoteColour { .. }
            | Command::Merge { .. }
            | Command::Split { .. }
            | Command::Reopen { .. }
            | Command::EndIncident { .. } => self.decide_of_incident(now, command),
            Command::OfferUnit { .. }
            | Command::Divert { .. }
            | Command::SetDestination { .. }
            | Command::ConfirmDelivery { .. }
            | Command::ConfirmWithdrawal { .. } => self.decide_of_order(now, command),
            Command::Advance { .. }
            | Command::UndoStep { .. }
            | Command::CorrectTime { .. }
            | Command::MarkTime { .. }
            | Command::Reject { .. }
            | Command::Cancel { .. } => self.decide_of_response(now, command),
            Command::SetDuty { .. }
            | Command::SetCrew { .. }
            | Command::LimitUnit { .. }
            | Command::RequestTalk { .. }
            | Command::AnswerTalk { .. }
            | Command::SetAdmission { .. }
            | Command::TakeAlarm { .. } => self.decide_of_standby(now, command),
            Command::Aid(command) => self.decide_of_aid(now, command),
            Command::Tick => Ok(self.due(now)),
        }
    }

    /// Every order that its unit's device has not confirmed yet, oldest first.
    #[must_use]
    pub fn unconfirmed_orders(&self, now: Timestamp) -> Vec<(UnitId, Order)> {
        let order_of = |a: &Assignment| -> Option<Order> {
            if a.is_open() {
                return a.is_untold().then_some(Order::Offered(a.id));
            }
            let recent = a.ended_at.is_some_and(|at| now.ms_since(at) < WITHDRAWAL_REPEATED_MS);
            let untold = a.state.is_withdrawn() && !a.withdrawal_delivered;
            (untold && recent).then_some(Order::Withdrawn(a.id))
        };
        let orders = self.board.assignments();
        orders.filter_map(|a| order_of(a).map(|order| (a.unit.clone(), order))).collect()
    }

    /// What a unit is doing.
    #[must_use]
    pub fn unit_state(&self, tracked: &Tracked) -> UnitState {
        let unit = &tracked.card.id;
        if let Some(assignment) = self.board.open_assignment_of(unit) {
            return match assignment.state {
                AssignmentState::At(step) => UnitState::OnAssignment(step),
                AssignmentState::Offered
                | AssignmentState::Rejected
                | AssignmentState::Cancelled
                | AssignmentState::TimedOut
                | AssignmentState::Diverted => UnitState::Offered,
            };
        }
        if self.board.off_duty(unit).is_some() {
            return UnitState::OffDuty;
        }
        if self.is_at_post(tracked) {
            UnitState::AvailableAtPost
        } else {
            UnitState::AvailableMobile
        }
    }

    fn is_at_post(&self, tracked: &Tracked) -> bool {
        tracked
            .live
            .is_none_or(|fix| fix.position.metres_to(tracked.card.post) <= self.policy.at_post_m)
    }

    fn open_incident(&self, id: IncidentId) -> Result<&Incident, Refusal> {
        let incident = self.known_incident(id)?;
        if let Some(into) = incident.merged_into {
            let into = self.board.incident(into).map(|i| i.case_number.clone());
            let case_number = incident.case_number.clone();
            return Err(Refusal::Merged { case_number, into: into.unwrap_or_default() });
        }
        if incident.ending.is_some() {
            return Err(Refusal::IncidentEnded { case_number: incident.case_number.clone() });
        }
        Ok(incident)
    }

    fn known_incident(&self, id: IncidentId) -> Result<&Incident, Refusal> {
        self.board.incident(id).ok_or(Refusal::UnknownIncident(id))
    }

    fn known_unit(&self, id: &UnitId) -> Result<&Tracked, Refusal> {
        self.fleet.get(id).ok_or_else(|| Refusal::UnknownUnit(id.clone()))
    }

    fn known_facility(&self, id: &str) -> Result<&FacilityCard, Refusal> {
        let mut facilities = self.facilities.iter();
        facilities.find(|f| f.id == id).ok_or_else(|| Refusal::UnknownFacility(id.to_owned()))
    }

    /// The case number of the incident that an assignment belongs to, as people know it.
    fn case_of(&self, assignment: &Assignment) -> String {
        let leading = self.board.leading(assignment.incident);
        leading.map(|incident| incident.case_number.clone()).unwrap_or_default()
    }

    fn known_assignment(
        &self,
        id: AssignmentId,
        speaker: Option<&UnitId>,
    ) -> Result<&Assignment, Refusal> {
        let assignment = self.board.assignment(id).ok_or(Refusal::UnknownAssignment(id))?;
        if speaker.is_some_and(|unit| *unit != assignment.unit) {
            return Err(Refusal::NotYours { owner: assignment.unit.clone() });
        }
        Ok(assignment)
    }
}

/// A reason without surrounding space, at most `REASON_CHARS_MAX` characters; none when nothing is left.
fn checked_reason(reason: &str) -> Option<String> {
    let reason: String = reason.trim().chars().take(REASON_CHARS_MAX).collect();
    (!reason.is_empty()).then_some(reason)
}
