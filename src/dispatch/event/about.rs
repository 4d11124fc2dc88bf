//! What an event is about: its word, the incident, assignment and unit it names, and whose personal data it brings.

use super::Event;
use crate::dispatch::aid::AidEvent;
use crate::ids::{AssignmentId, IncidentId, UnitId};

impl Event {
    /// The word for this kind of event in the log, on screens and in timelines.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::CallTaken { .. } => "call_taken",
            Self::CallAttached { .. } => "call_attached",
            Self::DetailsCorrected { .. } => "details_corrected",
            Self::NoteAdded { .. } => "note_added",
            Self::PriorityChanged { .. } => "priority_changed",
            Self::NeedsChanged { .. } => "needs_changed",
            Self::ColourNoted { .. } => "colour_noted",
            Self::IncidentMerged { .. } => "incident_merged",
            Self::IncidentSplit { .. } => "incident_split",
            Self::IncidentReopened { .. } => "incident_reopened",
            Self::IncidentAgeing { .. } => "incident_ageing",
            Self::IncidentPlaced { .. } => "incident_placed",
            Self::IncidentHeld { .. } => "incident_held",
            Self::IncidentReady { .. } => "incident_ready",
            Self::UnitOffered { .. } => "unit_offered",
            Self::OfferRealerted { .. } => "offer_realerted",
            Self::OfferTimedOut { .. } => "offer_timed_out",
            Self::AssignmentDiverted { .. } => "assignment_diverted",
            Self::StepSeen { .. } => "step_seen",
            Self::StepUndone { .. } => "step_undone",
            Self::TimeCorrected { .. } => "time_corrected",
            Self::TimeMarked { .. } => "time_marked",
            Self::DestinationSet { .. } => "destination_set",
            Self::OrderDelivered { .. } => "order_delivered",
            Self::OfferOverdue { .. } => "offer_overdue",
            Self::WithdrawalDelivered { .. } => "withdrawal_delivered",
            Self::AssignmentAdvanced { .. } => "assignment_advanced",
            Self::AssignmentRejected { .. } => "assignment_rejected",
            Self::AssignmentCancelled { .. } => "assignment_cancelled",
            Self::IncidentEnded { .. } => "incident_ended",
            Self::DutyChanged { .. } => "duty_changed",
            Self::CrewChanged { .. } => "crew_changed",
            Self::UnitLimited { .. } => "unit_limited",
            Self::TalkRequested { .. } => "talk_requested",
            Self::TalkAnswered { .. } => "talk_answered",
            Self::FacilityChanged { .. } => "facility_changed",
            Self::AlarmTaken { .. } => "alarm_taken",
            Self::AlarmOver { .. } => "alarm_over",
            Self::Aid(change) => change.kind(),
        }
    }

    /// The incident and the assignment that this event names.
    #[must_use]
    pub const fn subjects(&self) -> (Option<IncidentId>, Option<AssignmentId>) {
        match self {
            Self::CallTaken { incident, .. }
            | Self::CallAttached { incident, .. }
            | Self::DetailsCorrected { incident, .. }
            | Self::NoteAdded { incident, .. }
            | Self::PriorityChanged { incident, .. }
            | Self::NeedsChanged { incident, .. }
            | Self::ColourNoted { incident, .. }
            | Self::IncidentMerged { incident, .. }
            | Self::IncidentSplit { incident, .. }
            | Self::IncidentReopened { incident, .. }
            | Self::IncidentAgeing { incident, .. }
            | Self::IncidentPlaced { incident, .. }
            | Self::IncidentHeld { incident, .. }
            | Self::IncidentReady { incident, .. }
            | Self::IncidentEnded { incident, .. } => (Some(*incident), None),
            Self::UnitOffered { incident, assignment, .. } => (Some(*incident), Some(*assignment)),
            Self::OfferRealerted { assignment, .. }
            | Self::OfferTimedOut { assignment, .. }
            | Self::AssignmentDiverted { assignment, .. }
            | Self::StepSeen { assignment, .. }
            | Self::StepUndone { assignment, .. }
            | Self::TimeCorrected { assignment, .. }
            | Self::TimeMarked { assignment, .. }
            | Self::DestinationSet { assignment, .. }
            | Self::OrderDelivered { assignment, .. }
            | Self::OfferOverdue { assignment, .. }
            | Self::WithdrawalDelivered { assignment, .. }
            | Self::AssignmentAdvanced { assignment, .. }
            | Self::AssignmentRejected { assignment, .. }
            | Self::AssignmentCancelled { assignment, .. } => (None, Some(*assignment)),
            Self::DutyChanged { .. }
            | Self::CrewChanged { .. }
            | Self::UnitLimited { .. }
            | Self::TalkRequested { .. }
            | Self::TalkAnswered { .. }
            | Self::FacilityChanged { .. }
            | Self::AlarmTaken { .. }
            | Self::AlarmOver { .. } => (None, None),
            Self::Aid(change) => (change.incident(), None),
        }
    }

    /// The unit that this event names itself.
    #[must_use]
    pub const fn unit(&self) -> Option<&UnitId> {
        match self {
            Self::UnitOffered { unit, .. }
            | Self::DutyChanged { unit, .. }
            | Self::CrewChanged { unit, .. }
            | Self::UnitLimited { unit, .. }
            | Self::TalkRequested { unit, .. }
            | Self::TalkAnswered { unit } => Some(unit),
            Self::CallTaken { .. }
            | Self::CallAttached { .. }
            | Self::DetailsCorrected { .. }
            | Self::NoteAdded { .. }
            | Self::PriorityChanged { .. }
            | Self::NeedsChanged { .. }
            | Self::ColourNoted { .. }
            | Self::IncidentMerged { .. }
            | Self::IncidentSplit { .. }
            | Self::IncidentReopened { .. }
            | Self::IncidentAgeing { .. }
            | Self::IncidentPlaced { .. }
            | Self::IncidentHeld { .. }
            | Self::IncidentReady { .. }
            | Self::IncidentEnded { .. }
            | Self::OfferRealerted { .. }
            | Self::OfferTimedOut { .. }
            | Self::AssignmentDiverted { .. }
            | Self::StepSeen { .. }
            | Self::StepUndone { .. }
            | Self::TimeCorrected { .. }
            | Self::TimeMarked { .. }
            | Self::DestinationSet { .. }
            | Self::OrderDelivered { .. }
            | Self::OfferOverdue { .. }
            | Self::WithdrawalDelivered { .. }
            | Self::AssignmentAdvanced { .. }
            | Self::AssignmentRejected { .. }
            | Self::AssignmentCancelled { .. }
            | Self::FacilityChanged { .. }
            | Self::AlarmTaken { .. }
            | Self::AlarmOver { .. }
            | Self::Aid(_) => None,
        }
    }

    /// The incident whose personal data comes with this event, in a table of its own.
    #[must_use]
    pub const fn personal_of(&self) -> Option<IncidentId> {
        match self {
            Self::CallTaken { incident, .. }
            | Self::CallAttached { incident, .. }
            | Self::DetailsCorrected { incident, .. }
            | Self::NoteAdded { incident, .. }
            | Self::IncidentPlaced { incident, .. } => Some(*incident),
            Self::PriorityChanged { .. }
            | Self::NeedsChanged { .. }
            | Self::ColourNoted { .. }
            | Self::IncidentMerged { .. }
            | Self::IncidentSplit { .. }
            | Self::IncidentReopened { .. }
            | Self::IncidentAgeing { .. }
            | Self::IncidentHeld { .. }
            | Self::IncidentReady { .. }
            | Self::IncidentEnded { .. }
            | Self::UnitOffered { .. }
            | Self::OfferRealerted { .. }
            | Self::OfferTimedOut { .. }
            | Self::AssignmentDiverted { .. }
            | Self::StepSeen { .. }
            | Self::StepUndone { .. }
            | Self::TimeCorrected { .. }
            | Self::TimeMarked { .. }
            | Self::DestinationSet { .. }
            | Self::OrderDelivered { .. }
            | Self::OfferOverdue { .. }
            | Self::WithdrawalDelivered { .. }
            | Self::AssignmentAdvanced { .. }
            | Self::AssignmentRejected { .. }
            | Self::AssignmentCancelled { .. }
            | Self::DutyChanged { .. }
            | Self::CrewChanged { .. }
            | Self::UnitLimited { .. }
            | Self::TalkRequested { .. }
            | Self::TalkAnswered { .. }
            | Self::FacilityChanged { .. }
            | Self::AlarmTaken { .. }
            | Self::AlarmOver { .. } => None,
            Self::Aid(AidEvent::Received { aid, .. }) => Some(aid.as_incident()),
            Self::Aid(_) => None,
        }
    }
}
