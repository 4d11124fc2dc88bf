//! What anybody may ask of the desk, and the ways in which the desk says no.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::dispatch::aid::AidCommand;
use crate::dispatch::event::{
    Admission, Category, Channel, Colour, CrewRole, Disposition, IncidentPlace, Mark, Need,
    Priority, Step,
};
use crate::ids::{AidId, AreaId, AssignmentId, CallId, Capability, IncidentId, NoteId, UnitId};

/// A call may be entered at most this long after it came in.
pub const CALL_AGE_MAX_MS: i64 = 24 * 60 * 60 * 1000;
/// A reason is a few words of operations, at most this many characters.
pub const REASON_CHARS_MAX: usize = 200;

/// Kinds of units that one incident may ask for.
pub const NEEDS_MAX: usize = 10;
/// Units of one kind that one incident may ask for.
pub const NEED_COUNT_MAX: u8 = 20;

/// What the caller said to a yes-or-no question.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
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
    /// What the caller said to the questions, by their id; kept apart from the log.
    pub answers: BTreeMap<String, Answer>,
    /// The operator's own choice; proposed from the answers when missing.
    pub priority: Option<Priority>,
    pub place: Option<IncidentPlace>,
    /// An exercise.
    pub drill: bool,
}

/// A request to change the room.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    TakeCall(NewCall),
    /// One more call about an incident that is known.
    AttachCall {
        incident: IncidentId,
        call: CallId,
        channel: Channel,
        received_at: Timestamp,
    },
    PlaceIncident {
        incident: IncidentId,
        place: IncidentPlace,
    },
    /// Corrects the kind of emergency, the answers and what the caller said; the last two stand apart from the log.
    CorrectDetails {
        incident: IncidentId,
        category: Category,
        answers: BTreeMap<String, Answer>,
    },
    AddNote {
        incident: IncidentId,
        note: NoteId,
    },
    /// More urgent is free; less urgent needs a reason.
    ChangePriority {
        incident: IncidentId,
        priority: Priority,
        reason: Option<String>,
    },
    ChangeNeeds {
        incident: IncidentId,
        needs: Vec<Need>,
    },
    NoteColour {
        incident: IncidentId,
        colour: Colour,
    },
    /// The two are one emergency and `into` leads.
    Merge {
        incident: IncidentId,
        into: IncidentId,
    },
    Split {
        incident: IncidentId,
    },
    Reopen {
        incident: IncidentId,
        reason: String,
    },
    OfferUnit {
        assignment: AssignmentId,
        incident: IncidentId,
        unit: UnitId,
        /// The unanswered offer that this one stands in for.
        instead_of: Option<AssignmentId>,
        /// A referral: fetch the patient at this facility.
        pick_up: Option<String>,
    },
    /// Takes a unit from what it is on its way to, for something more urgent.
    Divert {
        assignment: AssignmentId,
        incident: IncidentId,
        unit: UnitId,
    },
    SetDestination {
        assignment: AssignmentId,
        facility: String,
    },
    /// Takes back the step that was taken last.
    UndoStep {
        assignment: AssignmentId,
        speaker: Option<UnitId>,
    },
    CorrectTime {
        assignment: AssignmentId,
        step: Step,
        at: Timestamp,
        reason: String,
    },
    /// The unit's device has the order.
    ConfirmDelivery {
        assignment: AssignmentId,
        /// As the order said it.
        revision: u32,
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
    /// A time point beside the steps, now.
    MarkTime {
        assignment: AssignmentId,
        mark: Mark,
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
    SetCrew {
        unit: UnitId,
        crew: Vec<CrewRole>,
    },
    LimitUnit {
        unit: UnitId,
        lacking: Vec<Capability>,
        reason: Option<String>,
    },
    /// The crew wants to be called back; `sos`: it is in danger itself.
    RequestTalk {
        unit: UnitId,
        sos: bool,
    },
    AnswerTalk {
        unit: UnitId,
    },
    SetAdmission {
        facility: String,
        admission: Admission,
        reason: Option<String>,
    },
    TakeAlarm {
        alarm: String,
        owner: String,
    },
    /// Mutual aid between neighbouring areas.
    Aid(AidCommand),
    /// Time has passed: raise what has fallen due.
    Tick,
}

impl Command {
    /// An order without anything special about it.
    #[must_use]
    pub const fn offer(assignment: AssignmentId, incident: IncidentId, unit: UnitId) -> Self {
        Self::OfferUnit { assignment, incident, unit, instead_of: None, pick_up: None }
    }
}

impl Command {
    /// The incident whose personal data may come with this command.
    #[must_use]
    pub const fn personal_of(&self) -> Option<IncidentId> {
        match self {
            Self::TakeCall(call) => Some(call.incident),
            Self::AttachCall { incident, .. }
            | Self::PlaceIncident { incident, .. }
            | Self::CorrectDetails { incident, .. }
            | Self::AddNote { incident, .. } => Some(*incident),
            Self::ChangePriority { .. }
            | Self::ChangeNeeds { .. }
            | Self::NoteColour { .. }
            | Self::Merge { .. }
            | Self::Split { .. }
            | Self::Reopen { .. }
            | Self::OfferUnit { .. }
            | Self::Divert { .. }
            | Self::SetDestination { .. }
            | Self::UndoStep { .. }
            | Self::CorrectTime { .. }
            | Self::ConfirmDelivery { .. }
            | Self::ConfirmWithdrawal { .. }
            | Self::Advance { .. }
            | Self::MarkTime { .. }
            | Self::Reject { .. }
            | Self::Cancel { .. }
            | Self::EndIncident { .. }
            | Self::SetDuty { .. }
            | Self::SetCrew { .. }
            | Self::LimitUnit { .. }
            | Self::RequestTalk { .. }
            | Self::AnswerTalk { .. }
            | Self::SetAdmission { .. }
            | Self::TakeAlarm { .. }
            | Self::Tick => None,
            Self::Aid(command) => command.personal_of(),
        }
    }
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
    #[error("there is no facility {0} in this area")]
    UnknownFacility(String),
    #[error("there is no alarm {0} now")]
    UnknownAlarm(String),
    #[error("unknown answer: {0}")]
    UnknownQuestion(String),
    #[error("a lower priority needs a reason")]
    DowngradeUnexplained,
    #[error("incident {case_number} is part of {into}")]
    Merged { case_number: String, into: String },
    #[error("incident {case_number} is not part of another")]
    NotMerged { case_number: String },
    #[error("an incident cannot be merged into itself")]
    MergedIntoItself,
    #[error("an exercise and a real emergency are never one")]
    DrillAndReal,
    #[error("incident {case_number} is open")]
    StillOpen { case_number: String },
    #[error("unit {unit} is on {case_number} and {state}: it is not taken away any more")]
    TooLateToDivert { unit: UnitId, case_number: String, state: &'static str },
    #[error("unit {unit} is on {case_number}, which is not less urgent")]
    NotMoreUrgent { unit: UnitId, case_number: String },
    #[error("{case_number} has waited past its target and keeps its unit")]
    PastTarget { unit: UnitId, case_number: String },
    #[error("unit {unit} is free: order it out instead")]
    NothingToDivert { unit: UnitId },
    #[error("the facility {0} is closed")]
    FacilityClosed(String),
    #[error("nothing can be taken back")]
    NothingToUndo,
    #[error("this can only be taken back within {minutes} minutes")]
    UndoTooLate { minutes: i64 },
    #[error("the assignment has ended and its unit may be on another: nothing is taken back")]
    UndoEnded,
    #[error("a step cannot have been taken in the future")]
    StepInFuture,
    #[error("a step cannot have been taken before the order")]
    StepBeforeOrder,
    #[error("the assignment is {state}: {asked} was not reached yet, so it has no time to correct")]
    StepNotTaken { state: &'static str, asked: &'static str },
    #[error("too many needs")]
    TooManyNeeds,
    #[error("unit {unit} has accepted meanwhile: nobody is needed in its place")]
    OfferAnswered { unit: UnitId },
    #[error("there is no request for aid {0}")]
    UnknownAid(AidId),
    #[error("there is no neighbouring area {0}")]
    UnknownNeighbour(String),
    #[error("the request for aid is over: {state}")]
    AidOver { state: &'static str },
    #[error("the unit of {area} is at the scene")]
    AidArrived { area: AreaId },
    #[error("the assignment is {state}: {mark} cannot be said now")]
    MarkOutOfPlace { state: &'static str, mark: &'static str },
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
            Self::UnknownFacility(_) => "unknown_facility",
            Self::UnknownAlarm(_) => "unknown_alarm",
            Self::UnknownQuestion(_) => "unknown_question",
            Self::DowngradeUnexplained => "downgrade_unexplained",
            Self::Merged { .. } => "merged",
            Self::NotMerged { .. } => "not_merged",
            Self::MergedIntoItself => "merged_into_itself",
            Self::DrillAndReal => "drill_and_real",
            Self::StillOpen { .. } => "still_open",
            Self::TooLateToDivert { .. } => "too_late_to_divert",
            Self::NotMoreUrgent { .. } => "not_more_urgent",
            Self::PastTarget { .. } => "past_target",
            Self::NothingToDivert { .. } => "nothing_to_divert",
            Self::FacilityClosed(_) => "facility_closed",
            Self::NothingToUndo => "nothing_to_undo",
            Self::UndoTooLate { .. } => "undo_too_late",
            Self::UndoEnded => "undo_ended",
            Self::StepInFuture => "step_in_future",
            Self::StepBeforeOrder => "step_before_order",
            Self::StepNotTaken { .. } => "step_not_taken",
            Self::TooManyNeeds => "too_many_needs",
            Self::OfferAnswered { .. } => "offer_answered",
            Self::UnknownAid(_) => "unknown_aid",
            Self::UnknownNeighbour(_) => "unknown_neighbour",
            Self::AidOver { .. } => "aid_over",
            Self::AidArrived { .. } => "aid_arrived",
            Self::MarkOutOfPlace { .. } => "mark_out_of_place",
        }
    }
}
