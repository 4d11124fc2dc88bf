//! What an entry of the log changes in the projections (pure): one answer for both databases.

use uuid::Uuid;

use crate::chain::Entry;
use crate::dispatch::event::{Category, Disposition, Event, Priority, Step};

/// A change of the tables `incident` and `assignment`.
#[derive(Debug, PartialEq)]
pub enum Change<'a> {
    AddIncident {
        incident: Uuid,
        case_number: &'a str,
        received_at: i64,
        created_at: i64,
        priority: Priority,
        category: Category,
        village: Option<&'a str>,
    },
    PlaceIncident {
        incident: Uuid,
        village: Option<&'a str>,
    },
    EndIncident {
        incident: Uuid,
        disposition: Disposition,
        at: i64,
    },
    AddAssignment {
        assignment: Uuid,
        incident: Uuid,
        unit: &'a str,
        at: i64,
    },
    Deliver {
        assignment: Uuid,
        at: i64,
    },
    TakeStep {
        assignment: Uuid,
        step: Step,
        at: i64,
    },
    /// Rejected or cancelled.
    Drop {
        assignment: Uuid,
        state: &'static str,
        at: i64,
    },
}

/// What the entry changes; none for those that the reports do not ask about.
#[must_use]
pub fn change(entry: &Entry) -> Option<Change<'_>> {
    let at = entry.at.ms();
    Some(match &entry.event {
        Event::CallTaken {
            incident, case_number, received_at, category, priority, place, ..
        } => Change::AddIncident {
            incident: incident.uuid(),
            case_number,
            received_at: received_at.ms(),
            created_at: at,
            priority: *priority,
            category: *category,
            village: place.as_ref().and_then(|place| place.village.as_deref()),
        },
        Event::IncidentPlaced { incident, place } => {
            Change::PlaceIncident { incident: incident.uuid(), village: place.village.as_deref() }
        }
        Event::IncidentEnded { incident, disposition, .. } => {
            Change::EndIncident { incident: incident.uuid(), disposition: *disposition, at }
        }
        Event::UnitOffered { assignment, incident, unit, .. } => Change::AddAssignment {
            assignment: assignment.uuid(),
            incident: incident.uuid(),
            unit: unit.as_str(),
            at,
        },
        Event::OrderDelivered { assignment } => {
            Change::Deliver { assignment: assignment.uuid(), at }
        }
        Event::AssignmentAdvanced { assignment, status } => {
            Change::TakeStep { assignment: assignment.uuid(), step: *status, at }
        }
        Event::AssignmentRejected { assignment, .. } => {
            Change::Drop { assignment: assignment.uuid(), state: "rejected", at }
        }
        Event::AssignmentCancelled { assignment, .. } => {
            Change::Drop { assignment: assignment.uuid(), state: "cancelled", at }
        }
        Event::IncidentHeld { .. }
        | Event::IncidentReady { .. }
        | Event::OfferOverdue { .. }
        | Event::WithdrawalDelivered { .. }
        | Event::DutyChanged { .. } => return None,
    })
}
