//! Mutual aid on the board: what neighbours were asked for, and what they ask for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Board;
use crate::clock::Timestamp;
use crate::dispatch::aid::{Aid, AidAnswer, AidAsked, AidEvent, AidState};
use crate::dispatch::assignment::Assignment;
use crate::dispatch::event::Step;
use crate::dispatch::incident::Incident;
use crate::ids::{AidId, IncidentId};

impl Board {
    /// An aid that this desk asked for.
    #[must_use]
    pub fn aid(&self, id: AidId) -> Option<&Aid> {
        self.aids.get(&id).map(Arc::as_ref)
    }

    pub fn aids(&self) -> impl Iterator<Item = &Aid> {
        self.aids.values().map(Arc::as_ref)
    }

    /// The aids asked for an incident and its parts, oldest id first.
    pub fn aids_of<'a>(&'a self, incident: &'a Incident) -> impl Iterator<Item = &'a Aid> {
        let is_of =
            |aid: &&Aid| aid.incident == incident.id || incident.merged.contains(&aid.incident);
        self.aids().filter(is_of)
    }

    /// An aid that a neighbour asks this desk for.
    #[must_use]
    pub fn aid_asked(&self, id: AidId) -> Option<&AidAsked> {
        self.aids_asked.get(&id).map(Arc::as_ref)
    }

    pub fn aids_asked(&self) -> impl Iterator<Item = &AidAsked> {
        self.aids_asked.values().map(Arc::as_ref)
    }

    /// Whether something has happened to the incident of a neighbour's aid since the neighbour was last told of it.
    #[must_use]
    pub fn has_changed_since_told(&self, asked: &AidAsked) -> bool {
        stand_of(&self.incidents, asked) != asked.told_of
    }

    /// A number that grows with everything that happens.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Whether a unit is on its way or at work: one of this area's, or one that a neighbour has confirmed.
    #[must_use]
    pub fn is_served(&self, incident: &Incident) -> bool {
        self.assignments_of(incident).any(Assignment::is_open)
            || self.aids_of(incident).any(Aid::is_under_way)
    }

    pub(super) fn apply_aid(&mut self, at: Timestamp, change: &AidEvent) {
        if let AidEvent::Asked { aid, incident, area, unit } = change {
            let answer = AidAnswer { unit: Some(unit.clone()), ..AidAnswer::default() };
            let asked = Aid {
                id: *aid,
                incident: *incident,
                area: area.clone(),
                asked_at: at,
                delivered_at: None,
                answered_at: None,
                withdrawal_delivered: false,
                was_confirmed: false,
                past: false,
                answer,
            };
            self.aids.insert(*aid, Arc::new(asked));
        } else if let AidEvent::Received { aid, request } = change {
            let asked = AidAsked {
                id: *aid,
                request: request.clone(),
                received_at: at,
                over: None,
                ended_at: None,
                incident: None,
                kept: false,
                told_of: None,
                told: AidAnswer::default(),
            };
            self.aids_asked.insert(*aid, Arc::new(asked));
        } else if let Some(aid) = self.aids.get_mut(&change.aid()) {
            change_of_aid(Arc::make_mut(aid), at, change);
        } else if let Some(asked) = self.aids_asked.get_mut(&change.aid()) {
            let asked = Arc::make_mut(asked);
            change_of_asked(asked, at, change);
            if let AidEvent::Told { .. } = change {
                asked.told_of = stand_of(&self.incidents, asked);
            }
            let by = Some((asked.request.area.clone(), asked.request.case_number.clone()));
            if let AidEvent::Accepted { incident, .. } = change {
                self.change_incident(*incident, |i| i.asked_by = by);
            }
            return;
        }
        if let Some(incident) = change.incident() {
            let dropped = matches!(change, AidEvent::Refused { .. } | AidEvent::Withdrawn { .. });
            self.change_incident(incident, |i| i.redispatch |= dropped);
        }
    }

    /// Forgets the aids whose incidents have been forgotten, and those that came to nothing long ago.
    pub(super) fn forget_aids_before(&mut self, before: Timestamp) {
        let incidents = &self.incidents;
        self.aids.retain(|_, aid| incidents.contains_key(&aid.incident));
        self.aids_asked.retain(|_, asked| match asked.incident {
            Some(incident) => incidents.contains_key(&incident),
            None => asked.ended_at.is_none_or(|at| at >= before),
        });
    }
}

/// The incident of a neighbour's aid, and the one that leads it, each in its version.
fn stand_of(
    incidents: &BTreeMap<IncidentId, Arc<Incident>>,
    asked: &AidAsked,
) -> Option<[(IncidentId, u32); 2]> {
    let own = incidents.get(&asked.incident?)?;
    let leading = own.merged_into.and_then(|id| incidents.get(&id)).unwrap_or(own);
    Some([own, leading].map(|incident| (incident.id, incident.version)))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only what changes an aid of this desk counts")]
fn change_of_aid(aid: &mut Aid, at: Timestamp, change: &AidEvent) {
    let known = &mut aid.answer;
    match change {
        AidEvent::Delivered { .. } => aid.delivered_at = Some(at),
        AidEvent::WithdrawalDelivered { .. } => aid.withdrawal_delivered = true,
        AidEvent::Confirmed { number, unit, eta_s, .. } => {
            known.number = *number;
            known.state = AidState::Confirmed;
            known.unit = Some(unit.clone());
            known.eta_s = *eta_s;
            known.reason = None;
            aid.was_confirmed = true;
            aid.delivered_at.get_or_insert(at);
            aid.answered_at.get_or_insert(at);
        }
        AidEvent::Refused { number, reason, .. } => {
            known.number = *number;
            known.state = AidState::Refused;
            known.reason = Some(reason.clone());
            aid.delivered_at.get_or_insert(at);
            aid.answered_at.get_or_insert(at);
        }
        AidEvent::Heard { number, .. } => known.number = *number,
        AidEvent::Kept { number, .. } => {
            known.number = *number;
            known.kept = true;
        }
        AidEvent::Advanced { number, status, step_at, .. }
        | AidEvent::Corrected { number, status, step_at, .. } => {
            known.number = *number;
            known.steps.insert(*status, *step_at);
            if *status == Step::Cleared {
                known.state = AidState::Cleared;
            }
        }
        AidEvent::Undone { number, status, .. } => {
            known.number = *number;
            known.steps.remove(status);
        }
        AidEvent::Withdrawn { reason, .. } => {
            known.state = AidState::Withdrawn;
            known.reason = Some(reason.clone());
            aid.withdrawal_delivered = false;
        }
        _ => {}
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only what changes a neighbour's aid counts")]
fn change_of_asked(asked: &mut AidAsked, at: Timestamp, change: &AidEvent) {
    match change {
        AidEvent::Accepted { incident, .. } => asked.incident = Some(*incident),
        AidEvent::Declined { reason, .. } => {
            asked.over = Some((AidState::Refused, reason.clone()));
            asked.ended_at = Some(at);
        }
        AidEvent::Recalled { reason, .. } => {
            asked.over = Some((AidState::Withdrawn, reason.clone()));
            asked.ended_at = Some(at);
        }
        AidEvent::RecalledLate { .. } => asked.kept = true,
        AidEvent::Told { answer, .. } => asked.told = answer.clone(),
        _ => {}
    }
}
