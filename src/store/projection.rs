//! What an entry of the log is about and what it changes in the projections (pure): one answer for
//! both databases.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::chain::Entry;
use crate::dispatch::aid::AidEvent;
use crate::dispatch::event::{Category, Channel, Disposition, Event, Priority, Step};
use crate::ids::Capability;

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
        drill: bool,
        /// A neighbouring area asked for it.
        neighbour: bool,
    },
    /// One more call; the earliest counts.
    AttachCall {
        incident: Uuid,
        received_at: i64,
    },
    SetPriority {
        incident: Uuid,
        priority: Priority,
    },
    SetCategory {
        incident: Uuid,
        category: Category,
    },
    SetNeeds {
        incident: Uuid,
        /// Capabilities with a space between.
        needs: String,
    },
    /// Part of another incident, or of none any more.
    Merge {
        incident: Uuid,
        into: Option<Uuid>,
    },
    Reopen {
        incident: Uuid,
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
        referral: bool,
        /// Capabilities with a space between; none when they were not noted.
        abilities: Option<String>,
    },
    /// A neighbour's unit that was confirmed, or confirmed again.
    AddAid {
        aid: Uuid,
        incident: Uuid,
        /// Area and unit.
        unit: String,
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
    UndoStep {
        assignment: Uuid,
        step: Step,
        state: &'static str,
    },
    CorrectStep {
        assignment: Uuid,
        step: Step,
        at: i64,
    },
    /// Ended in another way than cleared.
    Drop {
        assignment: Uuid,
        state: &'static str,
        at: i64,
    },
}

/// What the entry changes; none for those that the reports do not ask about.
#[must_use]
pub fn change(entry: &Entry) -> Option<Change<'_>> {
    if let Event::Aid(change) = &entry.event {
        return change_of_aid(entry.at.ms(), change);
    }
    let (incident, assignment) = entry.event.subjects();
    match assignment {
        Some(assignment) => change_of_assignment(entry, assignment.uuid()),
        None => change_of_incident(entry, incident?.uuid()),
    }
}

/// A neighbour's unit stands in the report beside the area's own, under the id of the aid.
fn change_of_aid(at: i64, change: &AidEvent) -> Option<Change<'_>> {
    Some(match change {
        AidEvent::Confirmed { aid, incident, area, unit, .. } => Change::AddAid {
            aid: aid.uuid(),
            incident: incident.uuid(),
            unit: format!("{area} {unit}"),
            at,
        },
        AidEvent::Advanced { aid, status, step_at, .. } => {
            Change::TakeStep { assignment: aid.uuid(), step: *status, at: step_at.ms() }
        }
        AidEvent::Corrected { aid, status, step_at, .. } => {
            Change::CorrectStep { assignment: aid.uuid(), step: *status, at: step_at.ms() }
        }
        // The state is told anew with the step after which it stands now.
        AidEvent::Undone { aid, status, .. } => {
            Change::UndoStep { assignment: aid.uuid(), step: *status, state: "offered" }
        }
        AidEvent::Refused { aid, .. } => {
            Change::Drop { assignment: aid.uuid(), state: "rejected", at }
        }
        AidEvent::Withdrawn { aid, .. } => {
            Change::Drop { assignment: aid.uuid(), state: "cancelled", at }
        }
        AidEvent::Asked { .. }
        | AidEvent::Delivered { .. }
        | AidEvent::WithdrawalDelivered { .. }
        | AidEvent::Received { .. }
        | AidEvent::Accepted { .. }
        | AidEvent::Declined { .. }
        | AidEvent::Recalled { .. }
        | AidEvent::RecalledLate { .. }
        | AidEvent::Kept { .. }
        | AidEvent::Heard { .. }
        | AidEvent::Told { .. } => return None,
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the reports ask about few events")]
fn change_of_incident(entry: &Entry, incident: Uuid) -> Option<Change<'_>> {
    let at = entry.at.ms();
    Some(match &entry.event {
        Event::CallTaken {
            case_number,
            received_at,
            category,
            priority,
            place,
            drill,
            channel,
            ..
        } => Change::AddIncident {
            incident,
            case_number,
            received_at: received_at.ms(),
            created_at: at,
            priority: *priority,
            category: *category,
            village: place.as_ref().and_then(|place| place.village.as_deref()),
            drill: *drill,
            neighbour: *channel == Channel::Neighbour,
        },
        Event::CallAttached { received_at, .. } => {
            Change::AttachCall { incident, received_at: received_at.ms() }
        }
        Event::PriorityChanged { priority, .. } => {
            Change::SetPriority { incident, priority: *priority }
        }
        Event::DetailsCorrected { category, .. } => {
            Change::SetCategory { incident, category: *category }
        }
        Event::NeedsChanged { needs, .. } => {
            let needs = needs.iter().map(|need| &need.capability);
            Change::SetNeeds { incident, needs: spaced(needs) }
        }
        Event::IncidentMerged { into, .. } => Change::Merge { incident, into: Some(into.uuid()) },
        Event::IncidentSplit { .. } => Change::Merge { incident, into: None },
        Event::IncidentReopened { .. } => Change::Reopen { incident },
        Event::IncidentPlaced { place, .. } => {
            Change::PlaceIncident { incident, village: place.village.as_deref() }
        }
        Event::IncidentEnded { disposition, .. } => {
            Change::EndIncident { incident, disposition: *disposition, at }
        }
        _ => return None,
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the reports ask about few events")]
fn change_of_assignment(entry: &Entry, assignment: Uuid) -> Option<Change<'_>> {
    let at = entry.at.ms();
    Some(match &entry.event {
        Event::UnitOffered { incident, unit, pick_up, abilities, .. } => Change::AddAssignment {
            assignment,
            incident: incident.uuid(),
            unit: unit.as_str(),
            at,
            referral: pick_up.is_some(),
            abilities: abilities.as_ref().map(spaced),
        },
        Event::OrderDelivered { .. } => Change::Deliver { assignment, at },
        Event::AssignmentAdvanced { status, .. } => {
            Change::TakeStep { assignment, step: *status, at }
        }
        Event::StepUndone { status, back_to, .. } => Change::UndoStep {
            assignment,
            step: *status,
            state: back_to.map_or("offered", Step::as_str),
        },
        Event::TimeCorrected { status, corrected_at, .. } => {
            Change::CorrectStep { assignment, step: *status, at: corrected_at.ms() }
        }
        Event::AssignmentRejected { .. } => Change::Drop { assignment, state: "rejected", at },
        Event::AssignmentCancelled { .. } => Change::Drop { assignment, state: "cancelled", at },
        Event::OfferTimedOut { .. } => Change::Drop { assignment, state: "timed_out", at },
        Event::AssignmentDiverted { .. } => Change::Drop { assignment, state: "diverted", at },
        _ => return None,
    })
}

/// Capabilities with a space between; none of them has one within.
fn spaced<'a>(capabilities: impl IntoIterator<Item = &'a Capability>) -> String {
    let words: Vec<&str> = capabilities.into_iter().map(Capability::as_str).collect();
    words.join(" ")
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
            unit: entry.event.unit().map(|unit| unit.as_str()).or(known.unit),
        };
        if let Event::UnitOffered { assignment, .. } = &entry.event {
            offered.insert(assignment.uuid(), own);
        }
        found.push(own);
    }
    found
}
