//! The control plane of an area: incidents, assignments and duty, as the log tells them.
//!
//! `apply` is total and dull: it does what the event says and decides nothing.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::dispatch::assignment::{Assignment, AssignmentState, StepTimes};
use crate::dispatch::event::{Disposition, Event, Step};
use crate::dispatch::incident::{Ending, Incident, IncidentState};
use crate::ids::{AssignmentId, IncidentId, UnitId};

/// Ended incidents stay in view for so long; reports read the store.
pub const ENDED_KEPT_MS: i64 = 12 * 60 * 60 * 1000;

/// Incidents, assignments and duty of one area.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {
    incidents: BTreeMap<IncidentId, Incident>,
    assignments: BTreeMap<AssignmentId, Assignment>,
    /// The one open assignment of each busy unit.
    open_by_unit: BTreeMap<UnitId, AssignmentId>,
    /// Units off duty, with the reason.
    off_duty: BTreeMap<UnitId, Option<String>>,
    /// The case number given last.
    last_case: Option<String>,
}

impl Board {
    #[must_use]
    pub fn incident(&self, id: IncidentId) -> Option<&Incident> {
        self.incidents.get(&id)
    }

    /// Open incidents and those that ended lately, oldest id first.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values()
    }

    pub fn open_incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values().filter(|incident| incident.ending.is_none())
    }

    #[must_use]
    pub fn assignment(&self, id: AssignmentId) -> Option<&Assignment> {
        self.assignments.get(&id)
    }

    pub fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.assignments.values()
    }

    /// The assignments of an incident in the order in which they were offered.
    pub fn assignments_of<'a>(
        &'a self,
        incident: &'a Incident,
    ) -> impl Iterator<Item = &'a Assignment> {
        incident.assignments.iter().filter_map(|id| self.assignments.get(id))
    }

    /// The open assignment of a unit.
    #[must_use]
    pub fn open_assignment_of(&self, unit: &UnitId) -> Option<&Assignment> {
        self.open_by_unit.get(unit).and_then(|id| self.assignments.get(id))
    }

    /// Why a unit is off duty; `None` when it is on duty.
    #[must_use]
    pub fn off_duty(&self, unit: &UnitId) -> Option<&Option<String>> {
        self.off_duty.get(unit)
    }

    #[must_use]
    pub fn last_case(&self) -> Option<&str> {
        self.last_case.as_deref()
    }

    /// Where an incident stands, from what has happened to it.
    #[must_use]
    pub fn state_of(&self, incident: &Incident) -> IncidentState {
        if let Some(ending) = &incident.ending {
            return if ending.disposition == Disposition::Cancelled {
                IncidentState::Cancelled
            } else {
                IncidentState::Closed
            };
        }
        if self.assignments_of(incident).any(Assignment::has_arrived) {
            return IncidentState::Active;
        }
        if self.assignments_of(incident).any(Assignment::is_open) {
            return IncidentState::Assigned;
        }
        match (&incident.place, incident.held) {
            (None, _) => IncidentState::New,
            (Some(_), true) => IncidentState::Held,
            (Some(_), false) => IncidentState::Pending,
        }
    }

    /// Makes the board say what the event says.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::CallTaken { .. } => self.apply_call(at, event),
            Event::IncidentPlaced { incident, place } => {
                self.change_incident(*incident, |i| i.place = Some(place.clone()));
            }
            Event::IncidentHeld { incident } => {
                self.change_incident(*incident, |i| i.held = true);
            }
            Event::IncidentReady { incident } => {
                self.change_incident(*incident, |i| i.held = false);
            }
            Event::UnitOffered { .. } => self.apply_offer(at, event),
            Event::OrderDelivered { assignment } => {
                self.change_assignment(*assignment, |a| {
                    a.delivered_at.get_or_insert(at);
                });
            }
            Event::OfferOverdue { assignment } => {
                self.change_assignment(*assignment, |a| a.overdue = true);
            }
            Event::WithdrawalDelivered { assignment } => {
                self.change_assignment(*assignment, |a| a.withdrawal_delivered = true);
            }
            Event::AssignmentAdvanced { assignment, status } => {
                self.change_assignment(*assignment, |a| {
                    a.state = AssignmentState::At(*status);
                    a.times.set(*status, at);
                    a.overdue = false;
                });
                if *status == Step::Cleared {
                    self.end_assignment(at, *assignment, AssignmentState::At(Step::Cleared), None);
                }
            }
            Event::AssignmentRejected { assignment, reason } => {
                self.end_assignment(at, *assignment, AssignmentState::Rejected, Some(reason));
            }
            Event::AssignmentCancelled { assignment, reason } => {
                self.end_assignment(at, *assignment, AssignmentState::Cancelled, Some(reason));
            }
            Event::IncidentEnded { incident, disposition, .. } => {
                let ending = Ending { disposition: *disposition, at };
                self.change_incident(*incident, |i| i.ending = Some(ending));
                self.forget_ended_before(at.plus_ms(-ENDED_KEPT_MS));
            }
            Event::DutyChanged { unit, on_duty, reason } => {
                if *on_duty {
                    self.off_duty.remove(unit);
                } else {
                    self.off_duty.insert(unit.clone(), reason.clone());
                }
            }
        }
    }

    fn apply_call(&mut self, at: Timestamp, event: &Event) {
        let Event::CallTaken {
            call,
            incident,
            case_number,
            channel,
            received_at,
            category,
            priority,
            place,
        } = event
        else {
            return;
        };
        self.last_case = Some(case_number.clone());
        let taken = Incident {
            id: *incident,
            call: *call,
            case_number: case_number.clone(),
            channel: *channel,
            category: *category,
            priority: *priority,
            received_at: *received_at,
            created_at: at,
            place: place.clone(),
            held: false,
            redispatch: false,
            assignments: Vec::new(),
            ending: None,
            version: 1,
        };
        self.incidents.insert(*incident, taken);
    }

    fn apply_offer(&mut self, at: Timestamp, event: &Event) {
        let Event::UnitOffered { assignment, incident, unit, recommendation, facility } = event
        else {
            return;
        };
        let offered = Assignment {
            id: *assignment,
            incident: *incident,
            unit: unit.clone(),
            state: AssignmentState::Offered,
            recommendation: recommendation.clone(),
            facility: facility.clone(),
            offered_at: at,
            delivered_at: None,
            withdrawal_delivered: false,
            times: StepTimes::default(),
            overdue: false,
            ended_at: None,
            reason: None,
        };
        self.open_by_unit.insert(unit.clone(), *assignment);
        self.assignments.insert(*assignment, offered);
        self.change_incident(*incident, |i| {
            i.assignments.push(*assignment);
            i.held = false;
        });
    }

    fn end_assignment(
        &mut self,
        at: Timestamp,
        id: AssignmentId,
        state: AssignmentState,
        reason: Option<&String>,
    ) {
        let Some(assignment) = self.assignments.get_mut(&id) else { return };
        assignment.state = state;
        assignment.ended_at = Some(at);
        assignment.overdue = false;
        assignment.reason = reason.cloned();
        if self.open_by_unit.get(&assignment.unit) == Some(&id) {
            self.open_by_unit.remove(&assignment.unit);
        }
        let (incident, dropped) = (assignment.incident, !assignment.has_arrived());
        self.change_incident(incident, |i| i.redispatch |= dropped);
    }

    fn change_incident(&mut self, id: IncidentId, change: impl FnOnce(&mut Incident)) {
        if let Some(incident) = self.incidents.get_mut(&id) {
            change(incident);
            incident.version += 1;
        }
    }

    fn change_assignment(&mut self, id: AssignmentId, change: impl FnOnce(&mut Assignment)) {
        let Some(assignment) = self.assignments.get_mut(&id) else { return };
        change(assignment);
        let incident = assignment.incident;
        self.change_incident(incident, |_| ());
    }

    fn forget_ended_before(&mut self, before: Timestamp) {
        let is_old = |incident: &Incident| incident.ending.as_ref().is_some_and(|e| e.at < before);
        let old: Vec<IncidentId> =
            self.incidents.values().filter(|i| is_old(i)).map(|i| i.id).collect();
        for id in old {
            self.incidents.remove(&id);
            self.assignments.retain(|_, assignment| assignment.incident != id);
        }
    }
}
