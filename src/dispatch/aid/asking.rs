//! The asking desk: asks, withdraws, and takes in what the neighbour says. Responsibility stays here until it confirms.

use super::{Aid, AidAnswer, AidEvent, AidState, UNTOLD_ALARM_MS};
use crate::clock::Timestamp;
use crate::dispatch::assignment::STEPS;
use crate::dispatch::command::Refusal;
use crate::dispatch::event::Event;
use crate::dispatch::incident::Incident;
use crate::dispatch::{Dispatch, checked_reason};
use crate::ids::{AidId, AreaId, IncidentId, UnitId};

/// How far the clock of a neighbour's server may be ahead of this one and still be believed.
const AHEAD_MAX_MS: i64 = 5 * 60 * 1000;
/// What a neighbour's aid is refused with when it gives no reason.
const NO_REASON: &str = "tanpa alasan";

impl Dispatch {
    pub(super) fn decide_ask(
        &self,
        id: AidId,
        incident: IncidentId,
        area: &AreaId,
        unit: &UnitId,
    ) -> Result<Vec<AidEvent>, Refusal> {
        let incident = self.open_incident(incident)?;
        if self.board().aid(id).is_some() || self.board().aid_asked(id).is_some() {
            return Err(Refusal::IdUsed(id.uuid()));
        }
        if incident.place.is_none() {
            return Err(Refusal::PlaceUnknown { case_number: incident.case_number.clone() });
        }
        let (area, unit) = (area.clone(), unit.clone());
        Ok(vec![AidEvent::Asked { aid: id, incident: incident.id, area, unit }])
    }

    pub(super) fn decide_withdraw(
        &self,
        id: AidId,
        reason: &str,
    ) -> Result<Vec<AidEvent>, Refusal> {
        let aid = self.known_aid(id)?;
        match aid.answer.state {
            AidState::Withdrawn => return Ok(Vec::new()),
            AidState::Refused | AidState::Cleared => {
                return Err(Refusal::AidOver { state: aid.answer.state.as_str() });
            }
            AidState::Asked | AidState::Confirmed => {}
        }
        if aid.answer.has_arrived() {
            return Err(Refusal::AidArrived { area: aid.area.clone() });
        }
        let reason = checked_reason(reason).ok_or(Refusal::ReasonMissing)?;
        Ok(vec![AidEvent::Withdrawn { aid: id, incident: aid.incident, reason }])
    }

    /// The aids of an ending incident that nobody is there for yet are withdrawn with it.
    pub(in crate::dispatch) fn withdrawals_of<'a>(
        &'a self,
        incident: &'a Incident,
        reason: &'a str,
    ) -> impl Iterator<Item = Event> + 'a {
        // A neighbour whose unit fell out may still look for another one.
        let pending = |aid: &&Aid| match aid.answer.state {
            AidState::Asked | AidState::Confirmed => !aid.answer.has_arrived(),
            AidState::Refused => aid.was_confirmed,
            AidState::Withdrawn | AidState::Cleared => false,
        };
        self.board().aids_of(incident).filter(pending).map(|aid| {
            let reason = reason.to_owned();
            Event::Aid(AidEvent::Withdrawn { aid: aid.id, incident: aid.incident, reason })
        })
    }

    pub(super) fn decide_aid_delivery(
        &self,
        id: AidId,
        withdrawn: bool,
    ) -> Result<Vec<AidEvent>, Refusal> {
        let aid = self.known_aid(id)?;
        let mut changes = Vec::new();
        if aid.delivered_at.is_none() {
            changes.push(AidEvent::Delivered { aid: id, incident: aid.incident });
        }
        let is_over = aid.answer.state == AidState::Withdrawn && !aid.withdrawal_delivered;
        if withdrawn && is_over {
            changes.push(AidEvent::WithdrawalDelivered { aid: id, incident: aid.incident });
        }
        Ok(changes)
    }

    pub(super) fn decide_hear(
        &self,
        now: Timestamp,
        id: AidId,
        area: &AreaId,
        answer: &AidAnswer,
    ) -> Result<Vec<AidEvent>, Refusal> {
        let aid = self.known_aid(id)?;
        // An aid of another neighbour is not this one's to speak of.
        if aid.area != *area {
            return Err(Refusal::UnknownAid(id));
        }
        let known = &aid.answer;
        // What has ended there is only corrected.
        let ended = known.state == AidState::Cleared && answer.state != AidState::Cleared;
        if answer.number <= known.number || ended {
            return Ok(Vec::new());
        }
        // Withdrawn here before the answer came: only a unit that is there already outweighs that.
        if known.state == AidState::Withdrawn && !answer.has_arrived() {
            return Ok(Vec::new());
        }
        let (incident, number) = (aid.incident, answer.number);
        let mut changes = Vec::new();
        match answer.state {
            AidState::Asked => {}
            // Taken back there as it was asked to, although this desk has heard of its arrival meanwhile.
            AidState::Refused | AidState::Withdrawn if !is_over(known.state) => {
                let reason = answer.reason.as_deref().and_then(checked_reason);
                let reason = reason.unwrap_or_else(|| NO_REASON.to_owned());
                changes.push(AidEvent::Refused { aid: id, incident, number, reason });
            }
            AidState::Refused | AidState::Withdrawn => {}
            AidState::Confirmed | AidState::Cleared => {
                let unit = answer.unit.clone().or_else(|| known.unit.clone());
                let is_known = matches!(known.state, AidState::Confirmed | AidState::Cleared);
                let is_news = !is_known || known.unit != unit;
                if let Some(unit) = unit.filter(|_| is_news) {
                    let (area, eta_s) = (area.clone(), answer.eta_s);
                    changes.push(AidEvent::Confirmed {
                        aid: id,
                        incident,
                        number,
                        area,
                        unit,
                        eta_s,
                    });
                }
                if answer.kept && !known.kept {
                    changes.push(AidEvent::Kept { aid: id, incident, number });
                }
                changes.extend(steps_changed(now, aid, answer));
            }
        }
        if changes.is_empty() {
            changes.push(AidEvent::Heard { aid: id, incident, number });
        }
        Ok(changes)
    }

    /// The aids that the neighbours have not confirmed to know of, oldest first.
    #[must_use]
    pub fn untold_aids(&self) -> Vec<&Aid> {
        self.board().aids().filter(|aid| aid.is_untold()).collect()
    }

    /// Since when an aid is untold for longer than it should be.
    pub(in crate::dispatch) fn untold_too_long(&self, now: Timestamp, aid: &Aid) -> bool {
        aid.is_untold() && now.ms_since(aid.asked_at) > UNTOLD_ALARM_MS
    }

    fn known_aid(&self, id: AidId) -> Result<&Aid, Refusal> {
        self.board().aid(id).ok_or(Refusal::UnknownAid(id))
    }
}

/// Whether nothing of the neighbour is expected any more.
const fn is_over(state: AidState) -> bool {
    matches!(state, AidState::Refused | AidState::Withdrawn)
}

/// How the neighbour's steps differ from what is known, the new ones last.
fn steps_changed(now: Timestamp, aid: &Aid, answer: &AidAnswer) -> Vec<AidEvent> {
    let (known, incident, number, aid) = (&aid.answer.steps, aid.incident, answer.number, aid.id);
    let mut changes = Vec::new();
    for status in STEPS {
        let (before, said) = (known.get(&status).copied(), answer.steps.get(&status).copied());
        // Of a clock that is far ahead only the order of things is believed: it happened when it was first heard of.
        let said = said
            .map(|at| if at.ms_since(now) <= AHEAD_MAX_MS { at } else { before.unwrap_or(now) });
        let change = match (before, said) {
            (Some(_), None) => AidEvent::Undone { aid, incident, number, status },
            (Some(before), Some(step_at)) if before != step_at => {
                AidEvent::Corrected { aid, incident, number, status, step_at }
            }
            (None, Some(step_at)) => AidEvent::Advanced { aid, incident, number, status, step_at },
            (Some(_), Some(_)) | (None, None) => continue,
        };
        changes.push(change);
    }
    // The step that stands in the end is the one that is said last.
    changes.sort_by_key(|change| matches!(change, AidEvent::Advanced { .. }));
    changes
}
