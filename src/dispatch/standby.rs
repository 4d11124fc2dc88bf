//! Units, facilities and alarms apart from any incident: duty, crew, limits, wishes to talk, admission, ownership.

use crate::clock::Timestamp;
use crate::dispatch::command::{Command, Refusal};
use crate::dispatch::event::Event;
use crate::dispatch::{Dispatch, checked_reason};
use crate::ids::UnitId;

impl Dispatch {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only commands about standing by come here")]
    pub(super) fn decide_of_standby(
        &self,
        now: Timestamp,
        command: &Command,
    ) -> Result<Vec<Event>, Refusal> {
        let event = match command {
            Command::SetDuty { unit, on_duty, reason } => {
                return self.decide_duty(unit, *on_duty, reason.as_deref());
            }
            Command::SetCrew { unit, crew } => {
                self.known_unit(unit)?;
                let mut crew = crew.clone();
                crew.sort_unstable();
                let known = self.board().remarks(unit).is_some_and(|remarks| remarks.crew == crew);
                (!known).then_some(Event::CrewChanged { unit: unit.clone(), crew })
            }
            Command::LimitUnit { unit, lacking, reason } => {
                self.known_unit(unit)?;
                let mut lacking = lacking.clone();
                lacking.sort_unstable();
                lacking.dedup();
                let reason = reason.as_deref().and_then(checked_reason);
                if !lacking.is_empty() && reason.is_none() {
                    return Err(Refusal::ReasonMissing);
                }
                let before = self.board().remarks(unit);
                let known = before.map_or(lacking.is_empty(), |remarks| remarks.lacking == lacking);
                (!known).then_some(Event::UnitLimited { unit: unit.clone(), lacking, reason })
            }
            Command::RequestTalk { unit, sos } => {
                self.known_unit(unit)?;
                let waiting = self.board().remarks(unit).and_then(|remarks| remarks.talk);
                let known = waiting.is_some_and(|(_, was_sos)| was_sos || !sos);
                (!known).then_some(Event::TalkRequested { unit: unit.clone(), sos: *sos })
            }
            Command::AnswerTalk { unit } => {
                self.known_unit(unit)?;
                let waiting = self.board().remarks(unit).and_then(|remarks| remarks.talk);
                waiting.map(|_| Event::TalkAnswered { unit: unit.clone() })
            }
            Command::SetAdmission { facility, admission, reason } => {
                let card = self.known_facility(facility)?;
                let reason = reason.as_deref().and_then(checked_reason);
                let (before, why) = self.board().admission(facility);
                let known = before == *admission && why == reason.as_deref();
                let facility = card.id.clone();
                (!known).then_some(Event::FacilityChanged {
                    facility,
                    admission: *admission,
                    reason,
                })
            }
            Command::TakeAlarm { alarm, owner } => {
                let active = self.alarms(now).into_iter().any(|active| active.key == *alarm);
                if !active {
                    return Err(Refusal::UnknownAlarm(alarm.clone()));
                }
                let known =
                    self.board().alarm_owner(alarm).is_some_and(|(known, _)| known == owner);
                let (alarm, owner) = (alarm.clone(), owner.clone());
                (!known).then_some(Event::AlarmTaken { alarm, owner })
            }
            _ => None,
        };
        Ok(event.into_iter().collect())
    }

    fn decide_duty(
        &self,
        unit: &UnitId,
        on_duty: bool,
        reason: Option<&str>,
    ) -> Result<Vec<Event>, Refusal> {
        if self.fleet().get(unit).is_none() {
            return Err(Refusal::UnknownUnit(unit.clone()));
        }
        if on_duty == self.board().off_duty(unit).is_none() {
            return Ok(Vec::new());
        }
        let reason = reason.and_then(checked_reason);
        if !on_duty {
            if reason.is_none() {
                return Err(Refusal::ReasonMissing);
            }
            if let Some(assignment) = self.board().open_assignment_of(unit) {
                let on = self.board().incident(assignment.incident);
                let case_number = on.map(|i| i.case_number.clone()).unwrap_or_default();
                return Err(Refusal::UnitAtWork { case_number, unit: unit.clone() });
            }
        }
        Ok(vec![Event::DutyChanged { unit: unit.clone(), on_duty, reason }])
    }
}

/// The word by which an alarm of a unit is told from others.
pub(super) fn unit_key(kind: &str, unit: &UnitId) -> String {
    format!("{kind}/{unit}")
}
