//! What an entry of the log is about and what it changes in the projections (pure): one answer for
//! both databases.

use std::collections::BTreeMap;

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

/// What an entry is about. An assignment's incident and unit are missing when it was offered in an
/// earlier batch: the database knows them then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subjects<'a> {
    pub incident: Option<Uuid>,
    pub assignment: Option<Uuid>,
    pub unit: Option<&'a str>,
}

/// What each entry of a batch is about.
#[must_use]
pub fn subjects(entries: &[Entry]) -> Vec<Subjects<'_>> {
    let mut offered = BTreeMap::<Uuid, Subjects<'_>>::new();
    let mut found = Vec::with_capacity(entries.len());
    for entry in entries {
        let (incident, assignment) = entry.event.subjects();
        let assignment = assignment.map(|id| id.uuid());
        let known = assignment.and_then(|id| offered.get(&id)).copied().unwrap_or_default();
        let own = Subjects {
            incident: incident.map(|id| id.uuid()).or(known.incident),
            assignment,
            unit: unit_of(&entry.event).or(known.unit),
        };
        if let Event::UnitOffered { assignment, .. } = &entry.event {
            offered.insert(assignment.uuid(), own);
        }
        found.push(own);
    }
    found
}

fn unit_of(event: &Event) -> Option<&str> {
    match event {
        Event::UnitOffered { unit, .. } | Event::DutyChanged { unit, .. } => Some(unit.as_str()),
        Event::CallTaken { .. }
        | Event::IncidentPlaced { .. }
        | Event::IncidentHeld { .. }
        | Event::IncidentReady { .. }
        | Event::IncidentEnded { .. }
        | Event::OrderDelivered { .. }
        | Event::OfferOverdue { .. }
        | Event::WithdrawalDelivered { .. }
        | Event::AssignmentAdvanced { .. }
        | Event::AssignmentRejected { .. }
        | Event::AssignmentCancelled { .. } => None,
    }
}
