//! The asking desk: asks, withdraws, and takes in what the neighbour says. Responsibility stays here until it confirms.

use super::{Aid, AidAnswer, AidEvent, AidState, UNTOLD_ALARM_MS};
use crate::clock::Timestamp;
use crate::dispatch::command::Refusal;
use crate::dispatch::event::Event;
use crate::dispatch::incident::Incident;
use crate::dispatch::{Dispatch, checked_reason};
use crate::ids::{AidId, AreaId, IncidentId, UnitId};

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
        let pending = |aid: &&Aid| {
            matches!(aid.answer.state, AidState::Asked | AidState::Confirmed)
                && !aid.answer.has_arrived()
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
        if answer.number <= known.number || known.state == AidState::Cleared {
            return Ok(Vec::new());
        }
        // Withdrawn here before the answer came: only a unit that is there already outweighs that.
        if known.state == AidState::Withdrawn && !answer.has_arrived() {
            return Ok(Vec::new());
        }
        let (incident, number) = (aid.incident, answer.number);
        let mut changes = Vec::new();
        match answer.state {
            AidState::Asked | AidState::Withdrawn => {}
            AidState::Refused if known.state != AidState::Refused => {
                let reason = answer.reason.as_deref().and_then(checked_reason);
                let reason = reason.unwrap_or_else(|| NO_REASON.to_owned());
                changes.push(AidEvent::Refused { aid: id, incident, number, reason });
            }
            AidState::Refused => {}
            AidState::Confirmed | AidState::Cleared => {
                let unit = answer.unit.clone().or_else(|| known.unit.clone());
                let is_news = known.state != AidState::Confirmed || known.unit != unit;
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
                // The neighbour's clock may be ahead; nothing happened later than now.
                let steps = answer.steps().into_iter().zip(known.steps());
                changes.extend(steps.filter_map(|((status, said), (_, before))| {
                    let step_at = said?.min(now);
                    (before.is_none()).then_some(AidEvent::Advanced {
                        aid: id,
                        incident,
                        number,
                        status,
                        step_at,
                    })
                }));
            }
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
