//! The answering desk: receives, confirms or refuses, and says how its unit gets on.

use super::{AidAnswer, AidAsked, AidEvent, AidRequest, AidState};
use crate::clock::Timestamp;
use crate::dispatch::assignment::Assignment;
use crate::dispatch::command::{Command, NewCall, Refusal};
use crate::dispatch::event::{Channel, Disposition, Event, Step};
use crate::dispatch::{Dispatch, checked_reason};
use crate::ids::{AidId, AssignmentId, CallId, IncidentId, UnitId};

/// Why a unit that was ordered out for a neighbour is called back when the neighbour gives no reason.
const RECALLED: &str = "ditarik oleh wilayah peminta";

impl Dispatch {
    /// A neighbour asks, or asks no more. Said again, it is the same; said out of order, the end stands.
    pub(super) fn decide_receive(
        &self,
        id: AidId,
        request: &AidRequest,
        withdrawn: Option<&str>,
    ) -> Result<Vec<Event>, Refusal> {
        let known = self.board().aid_asked(id);
        if self.board().aid(id).is_some()
            || known.is_some_and(|aid| aid.request.area != request.area)
        {
            return Err(Refusal::IdUsed(id.uuid()));
        }
        let mut events = Vec::new();
        if known.is_none() {
            events.push(Event::Aid(AidEvent::Received { aid: id, request: request.clone() }));
        }
        let Some(reason) = withdrawn else { return Ok(events) };
        if known.is_some_and(|aid| aid.over.is_some()) {
            return Ok(events);
        }
        let reason = checked_reason(reason).unwrap_or_else(|| RECALLED.to_owned());
        let incident = known.and_then(|aid| aid.incident);
        if let Some(incident) = incident.and_then(|incident| self.board().leading(incident)) {
            let mut all = self.board().assignments_of(incident);
            // Somebody is there, or has been: what is left is to finish it.
            if incident.ending.is_some() || all.any(Assignment::has_arrived) {
                return Ok(events);
            }
            let open = self.board().assignments_of(incident).filter(|a| a.is_open());
            events.extend(
                open.map(|a| Event::AssignmentCancelled {
                    assignment: a.id,
                    reason: reason.clone(),
                }),
            );
            events.push(Event::IncidentEnded {
                incident: incident.id,
                disposition: Disposition::Cancelled,
                reason: Some(reason.clone()),
            });
        }
        events.push(Event::Aid(AidEvent::Recalled { aid: id, reason }));
        Ok(events)
    }

    /// An incident and an order in one: either both come to be or neither does.
    pub(super) fn decide_confirm(
        &self,
        now: Timestamp,
        id: AidId,
        (assignment, incident, call): (AssignmentId, IncidentId, CallId),
        unit: &UnitId,
    ) -> Result<Vec<Event>, Refusal> {
        let asked = self.waiting_aid(id)?;
        let request = &asked.request;
        let taken = self.decide(
            now,
            &Command::TakeCall(NewCall {
                call,
                incident,
                channel: Channel::Neighbour,
                received_at: asked.received_at,
                category: request.category,
                answers: std::collections::BTreeMap::new(),
                priority: Some(request.priority),
                place: Some(request.place.clone()),
                drill: request.drill,
            }),
        )?;
        let mut events = taken;
        for event in &mut events {
            if let Event::CallTaken { care, questions, .. } = event {
                *questions = None;
                *care = request.care.clone().or_else(|| care.clone());
            }
        }
        events.push(Event::Aid(AidEvent::Accepted { aid: id, incident }));
        // The order is decided on the state that has the incident.
        let mut after = self.clone();
        for event in &events {
            after.apply(now, event);
        }
        events.extend(after.decide(now, &Command::offer(assignment, incident, unit.clone()))?);
        Ok(events)
    }

    pub(super) fn decide_decline(&self, id: AidId, reason: &str) -> Result<Vec<AidEvent>, Refusal> {
        self.waiting_aid(id)?;
        let reason = checked_reason(reason).ok_or(Refusal::ReasonMissing)?;
        Ok(vec![AidEvent::Declined { aid: id, reason }])
    }

    pub(super) fn decide_told(
        &self,
        id: AidId,
        answer: &AidAnswer,
    ) -> Result<Vec<AidEvent>, Refusal> {
        let asked = self.board().aid_asked(id).ok_or(Refusal::UnknownAid(id))?;
        let is_news = answer.number > asked.told.number;
        let told = AidEvent::Told { aid: id, answer: answer.clone() };
        Ok(is_news.then_some(told).into_iter().collect())
    }

    fn waiting_aid(&self, id: AidId) -> Result<&AidAsked, Refusal> {
        let asked = self.board().aid_asked(id).ok_or(Refusal::UnknownAid(id))?;
        if asked.is_waiting() {
            return Ok(asked);
        }
        let state = asked.over.as_ref().map_or(AidState::Confirmed, |(state, _)| *state);
        Err(Refusal::AidOver { state: state.as_str() })
    }

    /// The answers that asking desks do not know yet, oldest aid first.
    #[must_use]
    pub fn untold_answers(&self) -> Vec<(&AidAsked, AidAnswer)> {
        let untold = |asked: &AidAsked| {
            let answer = self.answer_to(asked);
            !answer.says_the_same(&asked.told)
        };
        let all = self.board().aids_asked().filter(|asked| untold(asked));
        all.map(|asked| (asked, self.answer_to(asked))).collect()
    }

    /// What there is to say of an aid now.
    fn answer_to(&self, asked: &AidAsked) -> AidAnswer {
        if let Some((state, reason)) = &asked.over {
            let (state, reason) = (*state, Some(reason.clone()));
            return AidAnswer {
                number: asked.told.number + 1,
                state,
                reason,
                ..AidAnswer::default()
            };
        }
        let Some(own) = asked.incident else { return asked.told.clone() };
        // Forgotten meanwhile: what was said last stands.
        let Some(own) = self.board().incident(own) else { return asked.told.clone() };
        let leading = self.board().leading(own.id).unwrap_or(own);
        let all: Vec<&Assignment> = self.board().assignments_of(leading).collect();
        let arrived = all.iter().find(|a| a.has_arrived() && a.is_open());
        let arrived = arrived.or_else(|| all.iter().find(|a| a.has_arrived()));
        // Versions only grow and stand in the log, so that the number says the same after a restart.
        let versions = u64::from(own.version) + u64::from(leading.version);
        let number = versions.max(asked.told.number + 1);
        let Some(on) = arrived.or_else(|| all.iter().find(|a| a.is_open())) else {
            let reason = all.iter().rev().find_map(|a| a.reason.clone());
            return AidAnswer { number, state: AidState::Refused, reason, ..AidAnswer::default() };
        };
        AidAnswer {
            number,
            state: if on.is_open() { AidState::Confirmed } else { AidState::Cleared },
            unit: Some(on.unit.clone()),
            eta_s: Some(on.recommendation.eta_s),
            reason: None,
            en_route: on.times.get(Step::EnRoute),
            on_scene: on.times.get(Step::OnScene).or_else(|| on.times.get(Step::AtPatient)),
            at_destination: on.times.get(Step::AtDestination),
            cleared: on.times.get(Step::Cleared),
        }
    }
}
