//! The answering desk: receives, confirms or refuses, and says how its unit gets on.

use super::{AidAnswer, AidAsked, AidEvent, AidRequest, AidState};
use crate::clock::Timestamp;
use crate::dispatch::assignment::{Assignment, STEPS};
use crate::dispatch::command::{Command, NewCall, Refusal};
use crate::dispatch::event::{Channel, Disposition, Event, Step};
use crate::dispatch::incident::Incident;
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
        if known.is_some_and(|aid| aid.over.is_some() || aid.kept) {
            return Ok(events);
        }
        let reason = checked_reason(reason).unwrap_or_else(|| RECALLED.to_owned());
        let own = known.and_then(|aid| aid.incident).and_then(|id| self.board().incident(id));
        if let Some((own, leading)) = own.zip(own.and_then(|own| self.board().leading(own.id))) {
            // Somebody is there, or has been: what is left is to finish it, and the asking desk is told so.
            if self.board().assignments_of(leading).any(Assignment::has_arrived) {
                events.push(Event::Aid(AidEvent::RecalledLate { aid: id, incident: own.id }));
                return Ok(events);
            }
            // Where people of this area have called about it too, it goes on as this area's own.
            let is_ours_too = !own.merged.is_empty() || !own.further_calls.is_empty();
            if own.is_open() && !is_ours_too {
                events.extend(self.calling_back(own, &reason));
            }
        }
        events.push(Event::Aid(AidEvent::Recalled { aid: id, reason }));
        Ok(events)
    }

    /// The incident of a neighbour that wants nothing any more ends, and whoever is on its way is called back.
    fn calling_back(&self, incident: &Incident, reason: &str) -> Vec<Event> {
        let open = self.board().assignments_of(incident).filter(|a| a.is_open());
        let cancelled = open.map(|a| {
            let reason = reason.to_owned();
            Event::AssignmentCancelled { assignment: a.id, reason }
        });
        let ended = Event::IncidentEnded {
            incident: incident.id,
            disposition: Disposition::Cancelled,
            reason: Some(reason.to_owned()),
        };
        cancelled.chain([ended]).collect()
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
        let news = |asked| {
            let answer = self.answer_to(asked)?;
            // What reads as before is told again all the same: an answer between the two may have been heard over
            // there without this desk knowing.
            let is_news =
                !answer.says_the_same(&asked.told) || self.board().has_changed_since_told(asked);
            is_news.then_some((asked, answer))
        };
        self.board().aids_asked().filter_map(news).collect()
    }

    /// What there is to say of an aid now; nothing of one that nobody has answered.
    fn answer_to(&self, asked: &AidAsked) -> Option<AidAnswer> {
        let number = self.board().events();
        if let Some((state, reason)) = &asked.over {
            let (state, reason) = (*state, Some(reason.clone()));
            return Some(AidAnswer { number, state, reason, ..AidAnswer::default() });
        }
        let own = self.board().incident(asked.incident?)?;
        let leading = self.board().leading(own.id).unwrap_or(own);
        let all: Vec<&Assignment> = self.board().assignments_of(leading).collect();
        let is_under_way = all.iter().any(|a| a.is_open());
        // The first that was there stops the clock, whoever else comes.
        let first = all.iter().filter(|a| a.has_arrived()).min_by_key(|a| a.times.arrival());
        let Some(on) = first.or_else(|| all.iter().find(|a| a.is_open())) else {
            let reason = all.iter().rev().find_map(|a| a.reason.clone());
            let state = AidState::Refused;
            return Some(AidAnswer { number, state, reason, ..AidAnswer::default() });
        };
        let steps = STEPS.into_iter().filter(|step| *step != Step::Cleared || !is_under_way);
        let steps = steps.filter_map(|step| Some((step, on.times.get(step)?)));
        Some(AidAnswer {
            number,
            state: if is_under_way { AidState::Confirmed } else { AidState::Cleared },
            unit: Some(on.unit.clone()),
            eta_s: Some(on.recommendation.eta_s),
            reason: None,
            kept: asked.kept,
            steps: steps.collect(),
        })
    }
}
