//! What anybody may ask of the desk, and the ways in which the desk says no.

use crate::clock::Timestamp;
use crate::dispatch::event::{Category, Channel, Disposition, IncidentPlace, Priority, Step};
use crate::ids::{AssignmentId, CallId, IncidentId, UnitId};

/// A call may be entered at most this long after it came in.
pub const CALL_AGE_MAX_MS: i64 = 24 * 60 * 60 * 1000;
/// A reason is a few words of operations, at most this many characters.
pub const REASON_CHARS_MAX: usize = 200;

/// What the caller said to a yes-or-no question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Answer {
    Yes,
    No,
    #[default]
    Unknown,
}

/// A call as taken by an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCall {
    pub call: CallId,
    pub incident: IncidentId,
    pub channel: Channel,
    /// T0.
    pub received_at: Timestamp,
    pub category: Category,
    pub conscious: Answer,
    pub breathing: Answer,
    /// The operator's own choice; proposed from the answers when missing.
    pub priority: Option<Priority>,
    pub place: Option<IncidentPlace>,
}

/// A request to change the room.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    TakeCall(NewCall),
    PlaceIncident {
        incident: IncidentId,
        place: IncidentPlace,
    },
    OfferUnit {
        assignment: AssignmentId,
        incident: IncidentId,
        unit: UnitId,
    },
    /// The unit's device has the order.
    ConfirmDelivery {
        assignment: AssignmentId,
        speaker: UnitId,
    },
    /// The unit's device knows that the order was withdrawn.
    ConfirmWithdrawal {
        assignment: AssignmentId,
        speaker: UnitId,
    },
    /// `speaker` is the unit whose device or crew says so; an operator speaks for any.
    Advance {
        assignment: AssignmentId,
        step: Step,
        speaker: Option<UnitId>,
    },
    Reject {
        assignment: AssignmentId,
        reason: String,
        speaker: Option<UnitId>,
    },
    Cancel {
        assignment: AssignmentId,
        reason: String,
    },
    EndIncident {
        incident: IncidentId,
        disposition: Disposition,
        reason: Option<String>,
    },
    SetDuty {
        unit: UnitId,
        on_duty: bool,
        reason: Option<String>,
    },
    /// Time has passed: raise what has fallen due.
    Tick,
}

/// Why the domain says no. Each is something that the person who asked can act on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no incident {0}")]
    UnknownIncident(IncidentId),
    #[error("there is no assignment {0}")]
    UnknownAssignment(AssignmentId),
    #[error("there is no unit {0} in this area")]
    UnknownUnit(UnitId),
    #[error("incident {case_number} has ended")]
    IncidentEnded { case_number: String },
    #[error("the place of incident {case_number} is not known yet")]
    PlaceUnknown { case_number: String },
    #[error("unit {unit} is on {case_number}")]
    UnitBusy { unit: UnitId, case_number: String, incident: IncidentId },
    #[error("unit {unit} is off duty")]
    UnitOffDuty { unit: UnitId, reason: Option<String> },
    #[error("the assignment has ended: {state}")]
    AssignmentEnded { state: &'static str },
    #[error("the assignment is already {state}; it cannot go back to {asked}")]
    StepBack { state: &'static str, asked: &'static str },
    #[error("unit {unit} has already arrived; finish with 'cleared' instead")]
    AlreadyArrived { unit: UnitId },
    #[error("the assignment belongs to unit {owner}")]
    NotYours { owner: UnitId },
    #[error("a call cannot have come in later than now")]
    CallInFuture,
    #[error("a call older than 24 hours is not taken")]
    CallTooOld,
    #[error("a reason is needed")]
    ReasonMissing,
    #[error("a unit is at work on {case_number}; it must clear first")]
    UnitAtWork { case_number: String, unit: UnitId },
    #[error("call or incident id {0} is used already")]
    IdUsed(uuid::Uuid),
}

impl Refusal {
    /// A stable word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownIncident(_) => "unknown_incident",
            Self::UnknownAssignment(_) => "unknown_assignment",
            Self::UnknownUnit(_) => "unknown_unit",
            Self::IncidentEnded { .. } => "incident_ended",
            Self::PlaceUnknown { .. } => "place_unknown",
            Self::UnitBusy { .. } => "unit_busy",
            Self::UnitOffDuty { .. } => "unit_unavailable",
            Self::AssignmentEnded { .. } => "assignment_ended",
            Self::StepBack { .. } => "step_back",
            Self::AlreadyArrived { .. } => "already_arrived",
            Self::NotYours { .. } => "not_yours",
            Self::CallInFuture => "call_in_future",
            Self::CallTooOld => "call_too_old",
            Self::ReasonMissing => "reason_missing",
            Self::UnitAtWork { .. } => "unit_at_work",
            Self::IdUsed(_) => "id_used",
        }
    }
}
