//! The control plane of an area: incidents, assignments and duty, as the log tells them.
//!
//! `apply` is total and dull: it does what the event says and decides nothing.

mod aids;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::dispatch::aid::{Aid, AidAsked};
use crate::dispatch::assignment::{Assignment, AssignmentState, StepTimes};
use crate::dispatch::event::{Admission, CrewRole, Disposition, Event, Source, Step};
use crate::dispatch::incident::{Ending, Incident, IncidentState};
use crate::ids::{AidId, AssignmentId, Capability, IncidentId, UnitId};

/// Ended incidents stay in view for so long; reports read the store.
pub const ENDED_KEPT_MS: i64 = 12 * 60 * 60 * 1000;

/// What the log says of one unit beside its duty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    pub crew: Vec<CrewRole>,
    /// What it cannot do for now, and why.
    pub lacking: Vec<Capability>,
    pub limit_reason: Option<String>,
    /// Since when its crew wants to be called back, and whether it is in danger itself.
    pub talk: Option<(Timestamp, bool)>,
}

/// Incidents, assignments and duty of one area.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {
    // Shared, because the board is copied before every batch and most of it stays as it is.
    incidents: BTreeMap<IncidentId, Arc<Incident>>,
    assignments: BTreeMap<AssignmentId, Arc<Assignment>>,
    /// The one open assignment of each busy unit.
    open_by_unit: BTreeMap<UnitId, AssignmentId>,
    /// What each unit was ordered to last.
    last_by_unit: BTreeMap<UnitId, AssignmentId>,
    /// Units off duty, with the reason.
    off_duty: BTreeMap<UnitId, Option<String>>,
    /// What was said of units beside duty; a unit of which nothing was said is missing.
    remarks: BTreeMap<UnitId, Remarks>,
    /// Facilities that are not simply open, with the reason.
    admissions: BTreeMap<String, (Admission, Option<String>)>,
    /// Alarms that somebody has taken, with their owner and since when.
    owned_alarms: BTreeMap<String, (String, Timestamp)>,
    /// What neighbouring areas were asked for, and what they ask for here.
    aids: BTreeMap<AidId, Arc<Aid>>,
    aids_asked: BTreeMap<AidId, Arc<AidAsked>>,
    /// The case number given last.
    last_case: Option<String>,
    /// How many events have happened: only grows, and is the same after a restart.
    events: u64,
}

impl Board {
    #[must_use]
    pub fn incident(&self, id: IncidentId) -> Option<&Incident> {
        self.incidents.get(&id).map(Arc::as_ref)
    }

    /// Open incidents and those that ended lately, oldest id first.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values().map(Arc::as_ref)
    }

    pub fn open_incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents().filter(|incident| incident.is_open())
    }

    /// Open incidents without a unit, in the order in which they are served: priority, then T0.
    #[must_use]
    pub fn queue(&self) -> Vec<&Incident> {
        let waits = |incident: &&Incident| !self.is_served(incident) && !self.is_attended(incident);
        let mut queue: Vec<&Incident> = self.open_incidents().filter(waits).collect();
        queue.sort_by_key(|incident| (incident.priority, self.received_at(incident), incident.id));
        queue
    }

    /// T0 of an incident with all that are part of it: the earliest call of any.
    #[must_use]
    pub fn received_at(&self, incident: &Incident) -> Timestamp {
        let parts = incident.merged.iter().filter_map(|id| self.incident(*id));
        parts.map(Incident::first_call_at).fold(incident.first_call_at(), Timestamp::min)
    }

    /// The incident that leads: itself, unless it is part of another.
    #[must_use]
    pub fn leading(&self, id: IncidentId) -> Option<&Incident> {
        let incident = self.incident(id)?;
        incident.merged_into.map_or(Some(incident), |into| self.incident(into))
    }

    /// What the log says of a unit beside its duty.
    #[must_use]
    pub fn remarks(&self, unit: &UnitId) -> Option<&Remarks> {
        self.remarks.get(unit)
    }

    pub fn units_with_remarks(&self) -> impl Iterator<Item = (&UnitId, &Remarks)> {
        self.remarks.iter()
    }

    /// Whether a facility takes patients, and the reason when it does not.
    #[must_use]
    pub fn admission(&self, facility: &str) -> (Admission, Option<&str>) {
        self.admissions
            .get(facility)
            .map_or((Admission::Open, None), |(admission, reason)| (*admission, reason.as_deref()))
    }

    /// Who has taken an alarm, and since when.
    #[must_use]
    pub fn alarm_owner(&self, alarm: &str) -> Option<(&str, Timestamp)> {
        self.owned_alarms.get(alarm).map(|(owner, since)| (owner.as_str(), *since))
    }

    pub fn owned_alarms(&self) -> impl Iterator<Item = &str> {
        self.owned_alarms.keys().map(String::as_str)
    }

    #[must_use]
    pub fn assignment(&self, id: AssignmentId) -> Option<&Assignment> {
        self.assignments.get(&id).map(Arc::as_ref)
    }

    pub fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.assignments.values().map(Arc::as_ref)
    }

    /// The assignments of an incident in the order in which they were offered, then those of its parts.
    pub fn assignments_of<'a>(
        &'a self,
        incident: &'a Incident,
    ) -> impl Iterator<Item = &'a Assignment> {
        let parts = incident.merged.iter().filter_map(|id| self.incident(*id));
        let all = incident.assignments.iter().chain(parts.flat_map(|part| &part.assignments));
        all.filter_map(|id| self.assignment(*id))
    }

    /// The open assignment of a unit.
    #[must_use]
    pub fn open_assignment_of(&self, unit: &UnitId) -> Option<&Assignment> {
        self.open_by_unit.get(unit).and_then(|id| self.assignment(*id))
    }

    /// Every open assignment, by unit.
    pub fn open_assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.open_by_unit.values().filter_map(|id| self.assignment(*id))
    }

    /// The last assignment of each unit, open or not, as long as its incident is in view.
    pub fn last_assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.last_by_unit.values().filter_map(|id| self.assignment(*id))
    }

    /// Why a unit is off duty; `None` when it is on duty.
    #[must_use]
    pub fn off_duty(&self, unit: &UnitId) -> Option<&Option<String>> {
        self.off_duty.get(unit)
    }

    #[must_use]
    pub fn last_case(&self) -> Option<&str> {
        self.last_case.as_deref()
    }

    /// Whether a unit has been at the scene since the incident was last opened.
    #[must_use]
    pub fn is_attended(&self, incident: &Incident) -> bool {
        self.assignments_of(incident).any(|a| a.has_arrived() && !a.past)
            || self.aids_of(incident).any(|aid| aid.answer.has_arrived() && !aid.past)
    }

    /// Where an incident stands, from what has happened to it.
    #[must_use]
    pub fn state_of(&self, incident: &Incident) -> IncidentState {
        if incident.merged_into.is_some() {
            return IncidentState::Merged;
        }
        if let Some(ending) = &incident.ending {
            return if ending.disposition == Disposition::Cancelled {
                IncidentState::Cancelled
            } else {
                IncidentState::Closed
            };
        }
        if self.is_attended(incident) {
            return IncidentState::Active;
        }
        if self.is_served(incident) {
            return IncidentState::Assigned;
        }
        match (&incident.place, incident.held) {
            (None, _) => IncidentState::New,
            (Some(_), true) => IncidentState::Held,
            (Some(_), false) => IncidentState::Pending,
        }
    }

    /// Makes the board say what the event says.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        self.events += 1;
        match event {
            Event::CallTaken { .. } => self.apply_call(at, event),
            Event::CallAttached { incident, .. }
            | Event::DetailsCorrected { incident, .. }
            | Event::NoteAdded { incident, .. }
            | Event::PriorityChanged { incident, .. }
            | Event::NeedsChanged { incident, .. }
            | Event::ColourNoted { incident, .. }
            | Event::IncidentAgeing { incident, .. }
            | Event::IncidentHeld { incident }
            | Event::IncidentReady { incident } => {
                self.change_incident(*incident, |i| change_of_incident(i, event));
            }
            Event::IncidentPlaced { incident, place } => {
                self.change_incident(*incident, |i| i.place = Some(place.clone()));
                self.retell(*incident);
            }
            Event::IncidentMerged { incident, into } => {
                self.merge(*incident, *into);
                self.retell(*incident);
            }
            Event::IncidentSplit { incident } => self.split(*incident),
            Event::IncidentReopened { incident, .. } => self.reopen(*incident),
            Event::IncidentEnded { incident, disposition, .. } => {
                let ending = Ending { disposition: *disposition, at };
                self.change_incident(*incident, |i| i.ending = Some(ending));
                self.forget_ended_before(at.plus_ms(-ENDED_KEPT_MS));
            }
            Event::UnitOffered { .. } => self.apply_offer(at, event),
            Event::OrderDelivered { assignment, .. }
            | Event::OfferRealerted { assignment }
            | Event::OfferOverdue { assignment }
            | Event::WithdrawalDelivered { assignment }
            | Event::StepSeen { assignment, .. }
            | Event::StepUndone { assignment, .. }
            | Event::TimeCorrected { assignment, .. }
            | Event::TimeMarked { assignment, .. }
            | Event::DestinationSet { assignment, .. } => {
                self.change_assignment(*assignment, |a| change_of_assignment(a, at, event));
            }
            Event::AssignmentAdvanced { assignment, status, .. } => {
                self.change_assignment(*assignment, |a| change_of_assignment(a, at, event));
                if *status == Step::Cleared {
                    self.end_assignment(at, *assignment, AssignmentState::At(Step::Cleared), None);
                }
            }
            Event::AssignmentRejected { .. }
            | Event::AssignmentCancelled { .. }
            | Event::OfferTimedOut { .. }
            | Event::AssignmentDiverted { .. } => self.drop_assignment(at, event),
            Event::DutyChanged { .. }
            | Event::CrewChanged { .. }
            | Event::UnitLimited { .. }
            | Event::TalkRequested { .. }
            | Event::TalkAnswered { .. } => self.apply_to_unit(at, event),
            Event::FacilityChanged { facility, admission, reason } => {
                self.admissions.insert(facility.clone(), (*admission, reason.clone()));
            }
            Event::AlarmTaken { alarm, owner } => {
                self.owned_alarms.insert(alarm.clone(), (owner.clone(), at));
            }
            Event::Aid(change) => self.apply_aid(at, change),
            Event::AlarmOver { alarm } => {
                self.owned_alarms.remove(alarm);
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "only what drops an assignment comes here")]
    fn drop_assignment(&mut self, at: Timestamp, event: &Event) {
        let (_, Some(id)) = event.subjects() else { return };
        let (state, reason) = match event {
            Event::AssignmentRejected { reason, .. } => (AssignmentState::Rejected, Some(reason)),
            Event::AssignmentCancelled { reason, .. } => (AssignmentState::Cancelled, Some(reason)),
            Event::AssignmentDiverted { .. } => (AssignmentState::Diverted, None),
            _ => (AssignmentState::TimedOut, None),
        };
        self.end_assignment(at, id, state, reason);
        if state == AssignmentState::Diverted
            && let Some(bumped) = self.assignments.get(&id).map(|a| a.incident)
        {
            self.change_incident(bumped, |i| i.bumps += 1);
        }
    }

    /// Crews that are on their way are told again: what they know has changed.
    fn retell(&mut self, incident: IncidentId) {
        let Some(changed) = self.incidents.get(&incident) else { return };
        let parts = changed.merged.iter().filter_map(|id| self.incidents.get(id));
        let all = changed.assignments.iter().chain(parts.flat_map(|part| &part.assignments));
        let told: Vec<AssignmentId> = all.copied().collect();
        for id in told {
            if let Some(assignment) = self.assignments.get_mut(&id).filter(|a| a.is_open()) {
                Arc::make_mut(assignment).retell();
            }
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only the events named where it is called come here"
    )]
    fn apply_to_unit(&mut self, at: Timestamp, event: &Event) {
        let Some(unit) = event.unit() else { return };
        match event {
            Event::DutyChanged { on_duty: true, .. } => {
                self.off_duty.remove(unit);
            }
            Event::DutyChanged { reason, .. } => {
                self.off_duty.insert(unit.clone(), reason.clone());
            }
            Event::CrewChanged { crew, .. } => self.remark(unit).crew.clone_from(crew),
            Event::UnitLimited { lacking, reason, .. } => {
                let remarks = self.remark(unit);
                remarks.lacking.clone_from(lacking);
                remarks.limit_reason.clone_from(reason);
            }
            Event::TalkRequested { sos, .. } => {
                let talk = &mut self.remark(unit).talk;
                // Asked again, it waits since the first time; danger is never taken back by a mere wish to talk.
                *talk = Some(talk.map_or((at, *sos), |(since, was)| (since, was || *sos)));
            }
            Event::TalkAnswered { .. } => self.remark(unit).talk = None,
            _ => {}
        }
    }

    fn remark(&mut self, unit: &UnitId) -> &mut Remarks {
        self.remarks.entry(unit.clone()).or_default()
    }

    fn merge(&mut self, incident: IncidentId, into: IncidentId) {
        self.split(incident);
        self.change_incident(incident, |i| i.merged_into = Some(into));
        self.change_incident(into, |i| {
            i.merged.push(incident);
            i.held = false;
        });
    }

    /// What was done before is marked as past and not told by its time: a clock may have been set back since.
    fn reopen(&mut self, id: IncidentId) {
        self.change_incident(id, |i| i.ending = None);
        let Some(incident) = self.incident(id) else { return };
        let past: Vec<AssignmentId> = self.assignments_of(incident).map(|a| a.id).collect();
        for past in past {
            if let Some(assignment) = self.assignments.get_mut(&past) {
                Arc::make_mut(assignment).past = true;
            }
        }
        for aid in self.aids.values_mut().filter(|aid| aid.incident == id) {
            Arc::make_mut(aid).past = true;
        }
    }

    fn split(&mut self, incident: IncidentId) {
        let into = self.incidents.get(&incident).and_then(|i| i.merged_into);
        let Some(into) = into else { return };
        self.change_incident(incident, |i| i.merged_into = None);
        self.change_incident(into, |i| i.merged.retain(|part| *part != incident));
    }

    fn apply_call(&mut self, at: Timestamp, event: &Event) {
        let Event::CallTaken {
            call,
            incident,
            case_number,
            channel,
            received_at,
            category,
            priority,
            place,
            drill,
            questions: _,
            care,
        } = event
        else {
            return;
        };
        self.last_case = Some(case_number.clone());
        let taken = Incident {
            id: *incident,
            call: *call,
            case_number: case_number.clone(),
            channel: *channel,
            category: *category,
            original_priority: *priority,
            priority: *priority,
            drill: *drill,
            needs: Vec::new(),
            care: care.clone(),
            colour: None,
            received_at: *received_at,
            further_calls: Vec::new(),
            created_at: at,
            place: place.clone(),
            held: false,
            redispatch: false,
            bumps: 0,
            aged_percent: 0,
            merged_into: None,
            merged: Vec::new(),
            assignments: Vec::new(),
            asked_by: None,
            ending: None,
            version: 1,
        };
        self.incidents.insert(*incident, Arc::new(taken));
    }

    fn apply_offer(&mut self, at: Timestamp, event: &Event) {
        let Event::UnitOffered {
            assignment,
            incident,
            unit,
            recommendation,
            facility,
            considered,
            instead_of,
            pick_up,
            source,
            abilities: _,
        } = event
        else {
            return;
        };
        let offered = Assignment {
            id: *assignment,
            incident: *incident,
            unit: unit.clone(),
            state: AssignmentState::Offered,
            recommendation: recommendation.clone(),
            considered: considered.clone(),
            facility: facility.clone(),
            instead_of: *instead_of,
            pick_up: pick_up.clone(),
            offered_at: at,
            offered_by: *source,
            delivered_at: None,
            revision: 1,
            told: 0,
            withdrawal_delivered: false,
            times: StepTimes::default(),
            sources: BTreeMap::new(),
            marks: BTreeMap::new(),
            seen: StepTimes::default(),
            corrected: StepTimes::default(),
            realerted: false,
            overdue: false,
            ended_at: None,
            reason: None,
            past: false,
        };
        self.open_by_unit.insert(unit.clone(), *assignment);
        self.last_by_unit.insert(unit.clone(), *assignment);
        self.assignments.insert(*assignment, Arc::new(offered));
        self.change_incident(*incident, |i| {
            i.assignments.push(*assignment);
            i.held = false;
        });
    }

    fn end_assignment(
        &mut self,
        at: Timestamp,
        id: AssignmentId,
        state: AssignmentState,
        reason: Option<&String>,
    ) {
        let Some(assignment) = self.assignments.get_mut(&id).map(Arc::make_mut) else { return };
        assignment.state = state;
        assignment.ended_at = Some(at);
        assignment.overdue = false;
        assignment.reason = reason.cloned();
        if self.open_by_unit.get(&assignment.unit) == Some(&id) {
            self.open_by_unit.remove(&assignment.unit);
        }
        let (incident, dropped) = (assignment.incident, !assignment.has_arrived());
        self.change_incident(incident, |i| i.redispatch |= dropped);
    }

    fn change_incident(&mut self, id: IncidentId, change: impl FnOnce(&mut Incident)) {
        if let Some(incident) = self.incidents.get_mut(&id).map(Arc::make_mut) {
            change(incident);
            incident.version += 1;
        }
    }

    fn change_assignment(&mut self, id: AssignmentId, change: impl FnOnce(&mut Assignment)) {
        let Some(assignment) = self.assignments.get_mut(&id).map(Arc::make_mut) else { return };
        change(assignment);
        let incident = assignment.incident;
        self.change_incident(incident, |_| ());
    }

    fn forget_ended_before(&mut self, before: Timestamp) {
        let is_old = |incident: &Incident| incident.ending.as_ref().is_some_and(|e| e.at < before);
        let old = self.incidents().filter(|i| is_old(i) && i.merged_into.is_none());
        let old: Vec<IncidentId> =
            old.flat_map(|i| std::iter::once(i.id).chain(i.merged.iter().copied())).collect();
        for id in old {
            self.incidents.remove(&id);
            self.assignments.retain(|_, assignment| assignment.incident != id);
        }
        self.forget_aids_before(before);
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only the events named where it is called come here"
)]
fn change_of_incident(incident: &mut Incident, event: &Event) {
    match event {
        Event::CallAttached { call, received_at, .. } => {
            incident.further_calls.push((*call, *received_at));
        }
        Event::DetailsCorrected { category, care, .. } => {
            incident.category = *category;
            incident.care.clone_from(care);
        }
        Event::PriorityChanged { priority, .. } => {
            incident.priority = *priority;
            // Another priority has another target: it ages anew.
            incident.aged_percent = 0;
        }
        Event::NeedsChanged { needs, .. } => incident.needs.clone_from(needs),
        Event::ColourNoted { colour, .. } => incident.colour = Some(*colour),
        Event::IncidentAgeing { percent, .. } => incident.aged_percent = *percent,
        Event::IncidentHeld { .. } => incident.held = true,
        Event::IncidentReady { .. } => incident.held = false,
        // A note changes nothing but the version.
        _ => {}
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only the events named where it is called come here"
)]
fn change_of_assignment(assignment: &mut Assignment, at: Timestamp, event: &Event) {
    match event {
        Event::OrderDelivered { revision, .. } => {
            assignment.delivered_at.get_or_insert(at);
            let told = revision.unwrap_or(assignment.revision).min(assignment.revision);
            assignment.told = assignment.told.max(told);
        }
        Event::OfferRealerted { .. } => {
            assignment.realerted = true;
            assignment.retell();
        }
        Event::OfferOverdue { .. } => assignment.overdue = true,
        Event::WithdrawalDelivered { .. } => assignment.withdrawal_delivered = true,
        Event::AssignmentAdvanced { status, source, .. } => {
            assignment.sources.extend(source.map(|source| (*status, source)));
            assignment.state = AssignmentState::At(*status);
            assignment.times.set(*status, at);
            assignment.overdue = false;
        }
        Event::StepSeen { status, seen_at, .. } => assignment.seen.set(*status, *seen_at),
        Event::StepUndone { status, back_to, .. } => {
            assignment.times.correct(*status, None);
            assignment.sources.remove(status);
            assignment.state = back_to.map_or(AssignmentState::Offered, AssignmentState::At);
        }
        Event::TimeCorrected { status, corrected_at, .. } => {
            assignment.times.correct(*status, Some(*corrected_at));
            assignment.corrected.correct(*status, Some(at));
            assignment.sources.insert(*status, Source::Operator);
        }
        Event::TimeMarked { mark, marked_at, source, .. } => {
            assignment.marks.insert(*mark, (*marked_at, *source));
        }
        Event::DestinationSet { facility, .. } => {
            assignment.facility = Some(facility.clone());
            assignment.retell();
        }
        _ => {}
    }
}
