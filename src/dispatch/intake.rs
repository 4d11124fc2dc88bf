//! Incidents as people know them: taking a call, correcting what is known, merging, splitting, ending, reopening.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::dispatch::assignment::Assignment;
use crate::dispatch::command::{
    Answer, CALL_AGE_MAX_MS, Command, NEED_COUNT_MAX, NEEDS_MAX, NewCall, Refusal,
};
use crate::dispatch::event::{Category, Disposition, Event, IncidentPlace, Need, Priority};
use crate::dispatch::triage::{Answers, Care, Judgement};
use crate::dispatch::{Dispatch, checked_reason};
use crate::ids::{Capability, IncidentId};

/// Why units are called off when an incident is closed without a reason.
const CLOSED: &str = "kejadian ditutup";

impl Dispatch {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only commands about an incident come here")]
    pub(super) fn decide_of_incident(
        &self,
        now: Timestamp,
        command: &Command,
    ) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::TakeCall(call) => self.decide_call(now, call),
            Command::AttachCall { incident, call, channel, received_at } => {
                self.check_call_time(now, *received_at)?;
                self.open_incident(*incident)?;
                let (incident, call, channel) = (*incident, *call, *channel);
                Ok(vec![Event::CallAttached { incident, call, channel, received_at: *received_at }])
            }
            Command::PlaceIncident { incident, place } => self.decide_place(*incident, place),
            Command::CorrectDetails { incident, category, answers } => {
                self.decide_details(*incident, *category, answers)
            }
            Command::AddNote { incident, note } => {
                self.known_incident(*incident)?;
                Ok(vec![Event::NoteAdded { incident: *incident, note: *note }])
            }
            Command::ChangePriority { incident, priority, reason } => {
                self.decide_priority(*incident, *priority, reason.as_deref())
            }
            Command::ChangeNeeds { incident, needs } => self.decide_needs(*incident, needs),
            Command::NoteColour { incident, colour } => {
                let known = self.known_incident(*incident)?;
                let event = Event::ColourNoted { incident: *incident, colour: *colour };
                Ok((known.colour != Some(*colour)).then_some(event).into_iter().collect())
            }
            Command::Merge { incident, into } => self.decide_merge(*incident, *into),
            Command::Split { incident } => self.decide_split(*incident),
            Command::Reopen { incident, reason } => self.decide_reopen(*incident, reason),
            Command::EndIncident { incident, disposition, reason } => {
                self.decide_end(*incident, *disposition, reason.as_deref())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn check_call_time(&self, now: Timestamp, received_at: Timestamp) -> Result<(), Refusal> {
        if received_at > now {
            return Err(Refusal::CallInFuture);
        }
        if now.ms_since(received_at) > CALL_AGE_MAX_MS {
            return Err(Refusal::CallTooOld);
        }
        Ok(())
    }

    /// What the question set says of the answers, and the care that the destination must offer.
    fn judge(
        &self,
        category: Category,
        answers: &BTreeMap<String, Answer>,
    ) -> Result<(Judgement, Option<Capability>), Refusal> {
        let questions = &self.policy().questions;
        let answers = Answers::checked(answers.clone(), questions)
            .map_err(|unknown| Refusal::UnknownQuestion(unknown.question))?;
        let judgement = questions.judge(category, &answers);
        // A mother or a newborn always goes where births are dealt with (domain rule 21).
        let at_least = matches!(category, Category::Maternal | Category::Neonatal);
        let care = judgement.care.or(at_least.then_some(Care::Poned)).map(Care::capability);
        Ok((judgement, care))
    }

    fn decide_call(&self, now: Timestamp, call: &NewCall) -> Result<Vec<Event>, Refusal> {
        self.check_call_time(now, call.received_at)?;
        if self.board().incident(call.incident).is_some() {
            return Err(Refusal::IdUsed(call.incident.uuid()));
        }
        let (judgement, care) = self.judge(call.category, &call.answers)?;
        Ok(vec![Event::CallTaken {
            call: call.call,
            incident: call.incident,
            case_number: self.next_case_number(now),
            channel: call.channel,
            received_at: call.received_at,
            category: call.category,
            priority: call.priority.unwrap_or(judgement.priority),
            place: call.place.clone(),
            drill: call.drill,
            questions: Some(self.policy().questions.name()),
            care,
        }])
    }

    /// Local date and a running number of the day, short enough to say on the radio: `261123-007`.
    fn next_case_number(&self, now: Timestamp) -> String {
        let local = now.plus_ms(i64::from(self.policy().utc_offset_s) * 1000).utc_date();
        let day =
            format!("{:02}{:02}{:02}", local.year().rem_euclid(100), local.month(), local.day());
        let last = self.board().last_case().and_then(|case| case.split_once('-'));
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

    fn decide_details(
        &self,
        id: IncidentId,
        category: Category,
        answers: &BTreeMap<String, Answer>,
    ) -> Result<Vec<Event>, Refusal> {
        let incident = self.open_incident(id)?;
        let (judgement, care) = self.judge(category, answers)?;
        let mut events = vec![Event::DetailsCorrected { incident: id, category, care }];
        // What has become known may raise the priority by itself, never lower it: that takes a person and a reason.
        if judgement.priority < incident.priority {
            let priority = judgement.priority;
            events.push(Event::PriorityChanged { incident: id, priority, reason: None });
        }
        Ok(events)
    }

    fn decide_priority(
        &self,
        id: IncidentId,
        priority: Priority,
        reason: Option<&str>,
    ) -> Result<Vec<Event>, Refusal> {
        let incident = self.open_incident(id)?;
        if incident.priority == priority {
            return Ok(Vec::new());
        }
        let reason = reason.and_then(checked_reason);
        if priority > incident.priority && reason.is_none() {
            return Err(Refusal::DowngradeUnexplained);
        }
        Ok(vec![Event::PriorityChanged { incident: id, priority, reason }])
    }

    fn decide_needs(&self, id: IncidentId, needs: &[Need]) -> Result<Vec<Event>, Refusal> {
        let incident = self.open_incident(id)?;
        let fits = |need: &Need| (1..=NEED_COUNT_MAX).contains(&need.count);
        let mut kinds: Vec<&Capability> = needs.iter().map(|need| &need.capability).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if needs.len() > NEEDS_MAX || kinds.len() < needs.len() || !needs.iter().all(fits) {
            return Err(Refusal::TooManyNeeds);
        }
        if incident.needs == needs {
            return Ok(Vec::new());
        }
        Ok(vec![Event::NeedsChanged { incident: id, needs: needs.to_vec() }])
    }

    /// Links two incidents. Parts of the one that joins are linked to the leader too, so links are never chained.
    fn decide_merge(&self, id: IncidentId, into: IncidentId) -> Result<Vec<Event>, Refusal> {
        let incident = self.known_incident(id)?;
        if incident.merged_into == Some(into) {
            return Ok(Vec::new());
        }
        if id == into {
            return Err(Refusal::MergedIntoItself);
        }
        let incident = self.open_incident(id)?;
        let leader = self.open_incident(into)?;
        if incident.drill != leader.drill {
            return Err(Refusal::DrillAndReal);
        }
        let parts = incident.merged.iter().copied();
        let mut events: Vec<Event> =
            parts.map(|part| Event::IncidentMerged { incident: part, into }).collect();
        events.push(Event::IncidentMerged { incident: id, into });
        // Two reports of one emergency: the more urgent one was right.
        if incident.priority < leader.priority {
            let priority = incident.priority;
            events.push(Event::PriorityChanged { incident: into, priority, reason: None });
        }
        Ok(events)
    }

    fn decide_split(&self, id: IncidentId) -> Result<Vec<Event>, Refusal> {
        let incident = self.known_incident(id)?;
        if incident.merged_into.is_none() {
            return Err(Refusal::NotMerged { case_number: incident.case_number.clone() });
        }
        Ok(vec![Event::IncidentSplit { incident: id }])
    }

    fn decide_reopen(&self, id: IncidentId, reason: &str) -> Result<Vec<Event>, Refusal> {
        let incident = self.known_incident(id)?;
        if incident.ending.is_none() {
            return Err(Refusal::StillOpen { case_number: incident.case_number.clone() });
        }
        let reason = checked_reason(reason).ok_or(Refusal::ReasonMissing)?;
        Ok(vec![Event::IncidentReopened { incident: id, reason }])
    }

    fn decide_end(
        &self,
        id: IncidentId,
        disposition: Disposition,
        reason: Option<&str>,
    ) -> Result<Vec<Event>, Refusal> {
        let incident = self.open_incident(id)?;
        let mut open = self.board().assignments_of(incident).filter(|a| Assignment::is_open(a));
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
        let still_open = self.board().assignments_of(incident).filter(|a| Assignment::is_open(a));
        let released = still_open.map(|a| Event::AssignmentCancelled {
            assignment: a.id,
            reason: reason.clone().unwrap_or_else(|| CLOSED.to_owned()),
        });
        let mut events: Vec<Event> = released.collect();
        events.extend(self.withdrawals_of(incident, reason.as_deref().unwrap_or(CLOSED)));
        events.push(Event::IncidentEnded { incident: id, disposition, reason: reason.clone() });
        Ok(events)
    }
}
