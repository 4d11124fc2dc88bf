//! The live state of one dispatch area (pure): no clock, no I/O, no randomness, nothing that depends on chance order.
//!
//! Four verbs. `observe` takes a position. `decide` reads only and answers with events or a refusal. `apply` does what
//! an event says. `next_deadline` tells when time alone will matter; time comes in as `Command::Tick`.

pub mod assignment;
pub mod board;
pub mod command;
mod deadline;
pub mod event;
pub mod fleet;
pub mod incident;
pub mod policy;
pub mod rank;
pub mod travel;
pub mod unit;

use crate::clock::Timestamp;
use crate::ids::{AssignmentId, IncidentId, UnitId};
use crate::place::Position;
use assignment::{Assignment, AssignmentState};
use board::Board;
use command::{CALL_AGE_MAX_MS, Command, NewCall, REASON_CHARS_MAX, Refusal};
use event::{Disposition, Event, FixClass, IncidentPlace, Recommendation, Step, TravelBasis};
use fleet::{Fleet, Tracked};
use incident::{Incident, propose_priority};
use policy::Policy;
use unit::{Fix, UnitCard, UnitState};

/// A withdrawn order is repeated to the device for this long; after that the device has forgotten it anyway.
const WITHDRAWAL_REPEATED_MS: i64 = 60 * 60 * 1000;

/// The live state of one dispatch area.
#[derive(Clone, Debug)]
pub struct Dispatch {
    policy: Policy,
    /// Facilities that receive patients: id and place.
    facilities: Vec<(String, Position)>,
    fleet: Fleet,
    board: Board,
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
    pub fn new(policy: Policy, units: Vec<UnitCard>, facilities: Vec<(String, Position)>) -> Self {
        Self { policy, facilities, fleet: Fleet::new(units), board: Board::default() }
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
    pub fn observe(&mut self, unit: &UnitId, fix: Fix) -> Option<FixClass> {
        self.fleet.observe(unit, fix, &self.policy)
    }

    /// Notes that a unit's device came or went; answers whether that is news.
    pub fn observe_link(&mut self, now: Timestamp, unit: &UnitId, online: bool) -> bool {
        self.fleet.observe_link(unit, online, now)
    }

    /// Puts back a unit's last known place after a restart.
    pub fn restore_fix(&mut self, unit: &UnitId, fix: Fix) {
        self.fleet.restore(unit, fix);
    }

    /// Makes the state say what the event says. Total: an event in the log is never refused.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        self.board.apply(at, event);
    }

    /// What would happen if the command were carried out now, or why not. Changes nothing.
    pub fn decide(&self, now: Timestamp, command: &Command) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::TakeCall(call) => self.decide_call(now, call),
            Command::PlaceIncident { incident, place } => self.decide_place(*incident, place),
            Command::OfferUnit { assignment, incident, unit } => {
                self.decide_offer(now, *assignment, *incident, unit)
            }
            Command::ConfirmDelivery { assignment, speaker } => {
                self.decide_delivery(*assignment, speaker)
            }
            Command::ConfirmWithdrawal { assignment, speaker } => {
                self.decide_withdrawal(*assignment, speaker)
            }
            Command::Advance { assignment, step, speaker } => {
                self.decide_advance(*assignment, *step, speaker.as_ref())
            }
            Command::Reject { assignment, reason, speaker } => {
                self.decide_reject(*assignment, reason, speaker.as_ref())
            }
            Command::Cancel { assignment, reason } => self.decide_cancel(*assignment, reason),
            Command::EndIncident { incident, disposition, reason } => {
                self.decide_end(*incident, *disposition, reason.as_deref())
            }
            Command::SetDuty { unit, on_duty, reason } => {
                self.decide_duty(unit, *on_duty, reason.as_deref())
            }
            Command::Tick => Ok(self.due(now)),
        }
    }

    /// Every order that its unit's device has not confirmed yet, oldest first.
    #[must_use]
    pub fn unconfirmed_orders(&self, now: Timestamp) -> Vec<(UnitId, Order)> {
        let order_of = |a: &Assignment| -> Option<Order> {
            if a.is_open() {
                let untold = a.delivered_at.is_none();
                return untold.then_some(Order::Offered(a.id));
            }
            let recent = a.ended_at.is_some_and(|at| now.ms_since(at) < WITHDRAWAL_REPEATED_MS);
            let untold = a.state == AssignmentState::Cancelled && !a.withdrawal_delivered;
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
                | AssignmentState::Cancelled => UnitState::Offered,
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

    fn decide_call(&self, now: Timestamp, call: &NewCall) -> Result<Vec<Event>, Refusal> {
        if call.received_at > now {
            return Err(Refusal::CallInFuture);
        }
        if now.ms_since(call.received_at) > CALL_AGE_MAX_MS {
            return Err(Refusal::CallTooOld);
        }
        if self.board.incident(call.incident).is_some() {
            return Err(Refusal::IdUsed(call.incident.uuid()));
        }
        let proposed = propose_priority(call.category, call.conscious, call.breathing);
        Ok(vec![Event::CallTaken {
            call: call.call,
            incident: call.incident,
            case_number: self.next_case_number(now),
            channel: call.channel,
            received_at: call.received_at,
            category: call.category,
            priority: call.priority.unwrap_or(proposed),
            place: call.place.clone(),
        }])
    }

    /// Local date and a running number of the day, short enough to say on the radio: `261123-007`.
    fn next_case_number(&self, now: Timestamp) -> String {
        let local = now.plus_ms(i64::from(self.policy.utc_offset_s) * 1000).utc_date();
        let day =
            format!("{:02}{:02}{:02}", local.year().rem_euclid(100), local.month(), local.day());
        let last = self.board.last_case().and_then(|case| case.split_once('-'));
        let number = match last {
            Some((last_day, number)) if last_day == day => number.parse::<u32>().unwrap_or(0) + 1,
            Some(_) | None => 1,
        };
        format!("{day}-{number:03}")
    }

    fn decide_place(&self, id: IncidentId, place: &IncidentPlace) -> Result<Vec<Event>, Refusal> {
        let incident = self.open_incident(id)?;
        if incident.place.as_ref() == Some(place) {
            return Ok(Vec::new());
        }
        Ok(vec![Event::IncidentPlaced { incident: id, place: place.clone() }])
    }

    fn decide_offer(
        &self,
        now: Timestamp,
        assignment: AssignmentId,
        id: IncidentId,
        unit: &UnitId,
    ) -> Result<Vec<Event>, Refusal> {
        let incident = self.open_incident(id)?;
        let case_number = incident.case_number.clone();
        let Some(place) = &incident.place else {
            return Err(Refusal::PlaceUnknown { case_number });
        };
        let Some(tracked) = self.fleet.get(unit) else {
            return Err(Refusal::UnknownUnit(unit.clone()));
        };
        if self.board.assignment(assignment).is_some() {
            return Err(Refusal::IdUsed(assignment.uuid()));
        }
        if let Some(busy) = self.board.open_assignment_of(unit) {
            let on = self.board.incident(busy.incident);
            return Err(Refusal::UnitBusy {
                unit: unit.clone(),
                case_number: on.map(|i| i.case_number.clone()).unwrap_or_default(),
                incident: busy.incident,
            });
        }
        if let Some(reason) = self.board.off_duty(unit) {
            return Err(Refusal::UnitOffDuty { unit: unit.clone(), reason: reason.clone() });
        }
        let ranking = self.rank(now, place.position, Some(id));
        // An operator may order out a unit that refused before: people change their minds on the telephone.
        let unranked = || {
            let from = tracked.live.map_or(tracked.card.post, |fix| fix.position);
            let travel = travel::estimate(from, place.position, &self.policy);
            Recommendation {
                rank: 0,
                eta_s: travel.seconds,
                distance_m: travel.metres,
                basis: TravelBasis::StraightLine,
                fix_age_s: None,
            }
        };
        Ok(vec![Event::UnitOffered {
            assignment,
            incident: id,
            unit: unit.clone(),
            recommendation: ranking.recommendation_of(unit).unwrap_or_else(unranked),
            facility: self.nearest_facility(place.position),
        }])
    }

    fn nearest_facility(&self, place: Position) -> Option<String> {
        let metres = |(_, position): &&(String, Position)| place.metres_to(*position);
        let nearest = self.facilities.iter().min_by(|a, b| metres(a).total_cmp(&metres(b)));
        nearest.map(|(id, _)| id.clone())
    }

    fn decide_delivery(&self, id: AssignmentId, speaker: &UnitId) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, Some(speaker))?;
        let news = assignment.is_open() && assignment.delivered_at.is_none();
        Ok(news.then_some(Event::OrderDelivered { assignment: id }).into_iter().collect())
    }

    fn decide_withdrawal(&self, id: AssignmentId, speaker: &UnitId) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, Some(speaker))?;
        let cancelled = assignment.state == AssignmentState::Cancelled;
        let news = cancelled && !assignment.withdrawal_delivered;
        Ok(news.then_some(Event::WithdrawalDelivered { assignment: id }).into_iter().collect())
    }

    fn decide_advance(
        &self,
        id: AssignmentId,
        step: Step,
        speaker: Option<&UnitId>,
    ) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, speaker)?;
        let state = assignment.state;
        if state == AssignmentState::At(step) || assignment.times.get(step).is_some() {
            return Ok(Vec::new());
        }
        if state.has_ended() {
            return Err(Refusal::AssignmentEnded { state: state.as_str() });
        }
        if let AssignmentState::At(current) = state
            && step < current
        {
            return Err(Refusal::StepBack { state: state.as_str(), asked: step.as_str() });
        }
        let mut events = Vec::with_capacity(3);
        // A step taken on the device proves that the order is there, whatever was lost on the way.
        if speaker.is_some() && assignment.delivered_at.is_none() {
            events.push(Event::OrderDelivered { assignment: id });
        }
        events.push(Event::AssignmentAdvanced { assignment: id, status: step });
        if step == Step::Cleared {
            events.extend(self.ending_after(assignment));
        }
        Ok(events)
    }

    /// The end of an incident whose last unit is clearing; none while another is at work or nobody ever arrived.
    fn ending_after(&self, clearing: &Assignment) -> Option<Event> {
        let incident = self.board.incident(clearing.incident)?;
        let mut all = self.board.assignments_of(incident);
        let others_at_work = all.any(|a| a.id != clearing.id && a.is_open());
        if others_at_work || incident.ending.is_some() {
            return None;
        }
        let reached =
            |step: Step| self.board.assignments_of(incident).any(|a| a.times.get(step).is_some());
        let carried = reached(Step::Transporting) || reached(Step::AtDestination);
        let arrived = self.board.assignments_of(incident).any(Assignment::has_arrived);
        let disposition = match (arrived, carried) {
            (_, true) => Disposition::Transported,
            (true, false) => Disposition::TreatedOnScene,
            (false, false) => return None,
        };
        Some(Event::IncidentEnded { incident: incident.id, disposition, reason: None })
    }

    fn decide_reject(
        &self,
        id: AssignmentId,
        reason: &str,
        speaker: Option<&UnitId>,
    ) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, speaker)?;
        if assignment.state == AssignmentState::Rejected {
            return Ok(Vec::new());
        }
        let reason = self.may_drop(assignment, reason)?;
        Ok(vec![Event::AssignmentRejected { assignment: id, reason }])
    }

    fn decide_cancel(&self, id: AssignmentId, reason: &str) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, None)?;
        if assignment.state == AssignmentState::Cancelled {
            return Ok(Vec::new());
        }
        let reason = self.may_drop(assignment, reason)?;
        Ok(vec![Event::AssignmentCancelled { assignment: id, reason }])
    }

    /// Whether a unit may still drop an assignment: never after it has arrived, because a patient may be on board.
    fn may_drop(&self, assignment: &Assignment, reason: &str) -> Result<String, Refusal> {
        if assignment.state.has_ended() {
            return Err(Refusal::AssignmentEnded { state: assignment.state.as_str() });
        }
        if assignment.has_arrived() {
            return Err(Refusal::AlreadyArrived { unit: assignment.unit.clone() });
        }
        checked_reason(reason).ok_or(Refusal::ReasonMissing)
    }

    fn decide_end(
        &self,
        id: IncidentId,
        disposition: Disposition,
        reason: Option<&str>,
    ) -> Result<Vec<Event>, Refusal> {
        let incident = self.open_incident(id)?;
        let mut open = self.board.assignments_of(incident).filter(|a| a.is_open());
        if let Some(at_work) = open.find(|a| a.has_arrived()) {
            return Err(Refusal::UnitAtWork {
                case_number: incident.case_number.clone(),
                unit: at_work.unit.clone(),
            });
        }
        let reason = reason.and_then(checked_reason);
        if disposition == Disposition::Cancelled && reason.is_none() {
            return Err(Refusal::ReasonMissing);
        }
        let still_open = self.board.assignments_of(incident).filter(|a| a.is_open());
        let released = still_open.map(|a| Event::AssignmentCancelled {
            assignment: a.id,
            reason: reason.clone().unwrap_or_else(|| "kejadian ditutup".to_owned()),
        });
        let mut events: Vec<Event> = released.collect();
        events.push(Event::IncidentEnded { incident: id, disposition, reason: reason.clone() });
        Ok(events)
    }

    fn decide_duty(
        &self,
        unit: &UnitId,
        on_duty: bool,
        reason: Option<&str>,
    ) -> Result<Vec<Event>, Refusal> {
        if self.fleet.get(unit).is_none() {
            return Err(Refusal::UnknownUnit(unit.clone()));
        }
        if on_duty == self.board.off_duty(unit).is_none() {
            return Ok(Vec::new());
        }
        let reason = reason.and_then(checked_reason);
        if !on_duty {
            if reason.is_none() {
                return Err(Refusal::ReasonMissing);
            }
            if let Some(assignment) = self.board.open_assignment_of(unit) {
                let on = self.board.incident(assignment.incident);
                let case_number = on.map(|i| i.case_number.clone()).unwrap_or_default();
                return Err(Refusal::UnitAtWork { case_number, unit: unit.clone() });
            }
        }
        Ok(vec![Event::DutyChanged { unit: unit.clone(), on_duty, reason }])
    }

    fn open_incident(&self, id: IncidentId) -> Result<&Incident, Refusal> {
        let incident = self.board.incident(id).ok_or(Refusal::UnknownIncident(id))?;
        if incident.ending.is_some() {
            return Err(Refusal::IncidentEnded { case_number: incident.case_number.clone() });
        }
        Ok(incident)
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
