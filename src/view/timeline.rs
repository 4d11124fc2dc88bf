//! The log as people read it: one line for each entry.

use serde::Serialize;
use utoipa::ToSchema;

use crate::chain::Entry;
use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::aid::AidEvent;
use crate::dispatch::event::{Disposition, Event, Priority};
use crate::ids::{AreaId, IncidentId, UnitId};

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    pub seq: u64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = Option<String>)]
    pub device_at: Option<Timestamp>,
    pub kind: &'static str,
    pub actor: String,
    /// `operator`, `crew`, `device` or `system`.
    pub source: String,
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    pub assignment: Option<String>,
    pub status: Option<&'static str>,
    pub disposition: Option<Disposition>,
    pub reason: Option<String>,
    pub incident: Option<String>,
    pub case_number: Option<String>,
    pub priority: Option<Priority>,
    /// With a merge or a diversion: the other incident's case number.
    pub other_case: Option<String>,
    /// With a seen or corrected step: when it was.
    #[schema(value_type = Option<String>)]
    pub step_at: Option<Timestamp>,
    /// With mutual aid: the other area.
    #[schema(value_type = Option<String>)]
    pub area: Option<AreaId>,
    /// With ageing: the share of the target.
    pub percent: Option<u8>,
}

/// A log entry as a line of a timeline.
#[must_use]
pub fn timeline_entry(dispatch: &Dispatch, entry: &Entry) -> TimelineEntry {
    let board = dispatch.board();
    let mut line = TimelineEntry {
        seq: entry.seq,
        at: entry.at,
        device_at: entry.device_at,
        kind: entry.event.kind(),
        actor: entry.actor.clone(),
        source: entry.actor.split(':').next().unwrap_or_default().to_owned(),
        unit: None,
        assignment: None,
        status: None,
        disposition: None,
        reason: None,
        incident: None,
        case_number: None,
        priority: None,
        other_case: None,
        step_at: None,
        area: None,
        percent: None,
    };
    let (incident, assignment) = entry.event.subjects();
    line.unit = entry.event.unit().cloned();
    if let Some(assignment) = assignment {
        line.assignment = Some(assignment.to_string());
        let known = board.assignment(assignment);
        line.unit = line.unit.or_else(|| known.map(|a| a.unit.clone()));
    }
    let of_assignment = assignment.and_then(|id| board.assignment(id)).map(|a| a.incident);
    if let Some(incident) = incident.or(of_assignment) {
        line.incident = Some(incident.to_string());
        line.case_number = board.incident(incident).map(|i| i.case_number.clone());
    }
    let case_of = |id: IncidentId| board.incident(id).map(|i| i.case_number.clone());
    detail(&mut line, &entry.event, &case_of);
    line
}

/// What an event says beside its subjects.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other events say nothing beside their subjects"
)]
fn detail(line: &mut TimelineEntry, event: &Event, case_of: &dyn Fn(IncidentId) -> Option<String>) {
    match event {
        Event::AssignmentAdvanced { status, .. } => line.status = Some(status.as_str()),
        Event::StepUndone { status, .. } => line.status = Some(status.as_str()),
        Event::StepSeen { status, seen_at, .. } => {
            line.status = Some(status.as_str());
            line.step_at = Some(*seen_at);
        }
        Event::TimeMarked { mark, marked_at, .. } => {
            line.status = Some(mark.as_str());
            line.step_at = Some(*marked_at);
        }
        Event::TimeCorrected { status, corrected_at, reason, .. } => {
            line.status = Some(status.as_str());
            line.step_at = Some(*corrected_at);
            line.reason = Some(reason.clone());
        }
        Event::AssignmentRejected { reason, .. }
        | Event::AssignmentCancelled { reason, .. }
        | Event::IncidentReopened { reason, .. } => line.reason = Some(reason.clone()),
        Event::IncidentEnded { disposition, reason, .. } => {
            line.disposition = Some(*disposition);
            line.reason.clone_from(reason);
        }
        Event::PriorityChanged { priority, reason, .. } => {
            line.priority = Some(*priority);
            line.reason.clone_from(reason);
        }
        Event::IncidentMerged { into: other, .. } | Event::AssignmentDiverted { to: other, .. } => {
            line.other_case = case_of(*other);
        }
        Event::IncidentAgeing { percent, .. } => line.percent = Some(*percent),
        Event::DutyChanged { on_duty, reason, .. } => {
            line.status = Some(if *on_duty { "on_duty" } else { "off_duty" });
            line.reason.clone_from(reason);
        }
        Event::UnitLimited { reason, .. } | Event::FacilityChanged { reason, .. } => {
            line.reason.clone_from(reason);
        }
        Event::Aid(change) => detail_of_aid(line, change),
        Event::TalkRequested { sos, .. } => line.status = Some(if *sos { "sos" } else { "talk" }),
        _ => {}
    }
}

/// What happened to an aid: whose unit, which step, and why.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others say nothing beside their subjects")]
fn detail_of_aid(line: &mut TimelineEntry, change: &AidEvent) {
    match change {
        AidEvent::Asked { area, unit, .. } | AidEvent::Confirmed { area, unit, .. } => {
            line.unit = Some(unit.clone());
            line.area = Some(area.clone());
        }
        AidEvent::Received { request, .. } => {
            line.unit = Some(request.unit.clone());
            line.area = Some(request.area.clone());
            line.priority = Some(request.priority);
        }
        AidEvent::Advanced { status, step_at, .. }
        | AidEvent::Corrected { status, step_at, .. } => {
            line.status = Some(status.as_str());
            line.step_at = Some(*step_at);
        }
        AidEvent::Undone { status, .. } => line.status = Some(status.as_str()),
        AidEvent::Refused { reason, .. }
        | AidEvent::Withdrawn { reason, .. }
        | AidEvent::Declined { reason, .. }
        | AidEvent::Recalled { reason, .. } => line.reason = Some(reason.clone()),
        _ => {}
    }
}
