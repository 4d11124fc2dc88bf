//! What has happened. The audit log, replay, the broadcast and the reports are made of these.
//!
//! A stored format: variants and fields are only ever added, never renamed or removed. No name, number, note or
//! clinical text stands here; those are kept apart and referred to by the log entry.

mod about;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::dispatch::aid::AidEvent;
use crate::ids::{AssignmentId, CallId, Capability, IncidentId, NoteId, UnitId};
use crate::place::Position;
use crate::roads::TableTime;

/// How an emergency reached the centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Phone,
    Whatsapp,
    Radio,
    Button,
    Ncc119,
    WalkIn,
    /// A neighbouring area asked for a unit.
    Neighbour,
    Other,
}

/// What kind of emergency, as far as known; for slices of the report and for the first priority.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Accident,
    Internal,
    Neuro,
    Cardiac,
    Maternal,
    Neonatal,
    Mental,
    Trauma,
    Transfer,
    Other,
}

/// Dispatch priority, most urgent first; not the crew's triage colour.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
pub enum Priority {
    P1,
    P2,
    P3,
    P4,
}

/// Where an incident's place comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceBasis {
    /// The centre of a village; the uncertainty is the village's size.
    Village,
    /// A point: from the map, from coordinates.
    Point,
}

/// Where an incident is, with the circle in metres within which it really is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncidentPlace {
    pub position: Position,
    pub uncertainty_m: u32,
    pub basis: PlaceBasis,
    /// Kemendagri code of the village: the incident's own when `basis` is the village, else by `village_basis`.
    pub village: Option<String>,
    #[serde(default, skip_serializing_if = "VillageBasis::is_nearest")]
    pub village_basis: VillageBasis,
}

/// How the village of a point is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VillageBasis {
    /// The point lies within the village's boundary.
    Inside,
    /// The village's centre is the nearest, as for every point before boundaries were known.
    #[default]
    Nearest,
}

impl VillageBasis {
    /// Not written, so that what was stored before reads the same.
    #[must_use]
    pub const fn is_nearest(&self) -> bool {
        matches!(self, Self::Nearest)
    }
}

/// The steps of an assignment in their order; each may be skipped, none may be taken back.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Acknowledged,
    EnRoute,
    OnScene,
    AtPatient,
    Transporting,
    AtDestination,
    HandedOver,
    Cleared,
}

/// Time points of a response beside its steps; none of them changes where it stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Ts, at a place near the scene where it waits until the scene is safe (eTimes.17).
    Staged,
    /// Tx, another service has taken the patient over (eTimes.08).
    CareTransferred,
    /// Th, back at its post (eTimes.15).
    Home,
    /// Te, cleaned, restocked and written up (eTimes.16).
    Completed,
}

/// Who says when something happened.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Crew,
    Operator,
    /// The vehicle's movement.
    Gps,
    /// The desk by itself.
    Server,
}

/// How an incident ended.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// The patient was carried to a facility.
    Transported,
    /// A unit was there and nobody was carried.
    TreatedOnScene,
    Completed,
    Cancelled,
    Prank,
    Incomplete,
    SolvedByPhone,
    HealthWorkerVisit,
    /// Given to another service, which took it.
    Transferred,
    /// Nobody was found at the place.
    NoPatientFound,
    /// The patient would not be carried.
    RefusedTransport,
    DiedOnScene,
}

/// How badly hurt a patient is by the crew's own look (START); never a dispatch priority.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    Red,
    Yellow,
    Green,
    Black,
}

/// Whether a facility takes patients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    #[default]
    Open,
    /// Takes some; proposed after those that are open.
    Limited,
    Closed,
}

/// Who is on board, as far as it decides what a unit can do. No names.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CrewRole {
    Driver,
    Nurse,
    Midwife,
    Doctor,
}

/// So many units that can do this must come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Need {
    #[schema(value_type = String)]
    pub capability: Capability,
    /// 1 to 20.
    pub count: u8,
}

/// What a travel time rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TravelBasis {
    StraightLine,
    /// Along the roads of the area's graph.
    Road,
}

/// One line of the list that the operator was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    pub unit: UnitId,
    pub eta_s: u32,
    pub distance_m: u32,
    pub fix_age_s: Option<u32>,
    /// Why it was not to be had; none for a unit that could have gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<String>,
}

/// What the ranking said of a unit when it was ordered out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    /// Place in the ranking, from 1.
    pub rank: u32,
    pub eta_s: u32,
    pub distance_m: u32,
    pub basis: TravelBasis,
    /// Age of the position used; none when the unit's post stood in for it.
    pub fix_age_s: Option<u32>,
    /// Travel along the road by the speed table alone, without mobilisation and before what was learned: what the trip
    /// is compared with later. None by the straight line.
    #[serde(default, flatten, skip_serializing_if = "Option::is_none")]
    pub by_table: Option<TableTime>,
}

/// How a position was judged when it came in.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FixClass {
    /// The newest believable position: moves the marker.
    Live,
    /// Older than what is known already.
    Late,
    /// Known already, to the last digit.
    Duplicate,
    /// The device's clock is ahead of ours.
    Future,
    /// 0/0: a receiver without a fix.
    NullIsland,
    OutsideCountry,
    /// Accuracy worse than the limit.
    PoorAccuracy,
    /// Too far from the last believable place for the time between.
    Jump,
    /// The device's clock is years or weeks behind ours; believed by our clock once it is so steadily.
    WrongClock,
    /// Believable, from a device of the unit that is not the one shown.
    Beside,
    /// Made up by a program on the phone, by the phone's own word.
    Mocked,
}

/// One thing that has happened in an area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    CallTaken {
        call: CallId,
        incident: IncidentId,
        case_number: String,
        channel: Channel,
        /// T0: the phone rang or the message came in.
        received_at: Timestamp,
        category: Category,
        priority: Priority,
        place: Option<IncidentPlace>,
        /// An exercise: handled like any other and never part of the figures.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        drill: bool,
        /// Question set and version by which the priority was proposed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        questions: Option<String>,
        /// What the destination must be able to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        care: Option<Capability>,
    },
    /// One more call about an incident that is known.
    CallAttached {
        incident: IncidentId,
        call: CallId,
        channel: Channel,
        received_at: Timestamp,
    },
    /// What kind of emergency it is was corrected, or what the caller said, which stands apart.
    DetailsCorrected {
        incident: IncidentId,
        category: Category,
        care: Option<Capability>,
    },
    NoteAdded {
        incident: IncidentId,
        note: NoteId,
    },
    PriorityChanged {
        incident: IncidentId,
        priority: Priority,
        reason: Option<String>,
    },
    NeedsChanged {
        incident: IncidentId,
        needs: Vec<Need>,
    },
    ColourNoted {
        incident: IncidentId,
        colour: Colour,
    },
    /// The two are one emergency; `into` leads. A link: nothing is moved, so nothing is lost when it is undone.
    IncidentMerged {
        incident: IncidentId,
        into: IncidentId,
    },
    IncidentSplit {
        incident: IncidentId,
    },
    IncidentReopened {
        incident: IncidentId,
        reason: String,
    },
    /// So much of its target has gone by and no unit is on its way.
    IncidentAgeing {
        incident: IncidentId,
        percent: u8,
    },
    IncidentPlaced {
        incident: IncidentId,
        place: IncidentPlace,
    },
    /// No unit is free for it.
    IncidentHeld {
        incident: IncidentId,
    },
    /// A unit has become free for a held incident.
    IncidentReady {
        incident: IncidentId,
    },
    UnitOffered {
        assignment: AssignmentId,
        incident: IncidentId,
        unit: UnitId,
        recommendation: Recommendation,
        /// The facility proposed as destination.
        facility: Option<String>,
        /// The list as it stood: the first of those that could go, and those nearer that could not.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        considered: Vec<Considered>,
        /// The offer that nobody answered and that this one stands in for; whoever accepts first has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead_of: Option<AssignmentId>,
        /// A referral: the patient is fetched at this facility.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pick_up: Option<String>,
        /// `operator`, or `server` in the automatic modes; none in old logs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<Source>,
        /// What the unit could do when it was ordered out: the roster without what it lacked then. None: not noted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        abilities: Option<Vec<Capability>>,
    },
    /// The crew was alerted once more.
    OfferRealerted {
        assignment: AssignmentId,
    },
    /// Nobody ever answered, and another unit has it.
    OfferTimedOut {
        assignment: AssignmentId,
    },
    /// The unit was taken for a more urgent incident.
    AssignmentDiverted {
        assignment: AssignmentId,
        to: IncidentId,
    },
    /// The vehicle's movement says that this step was taken; it never overwrites what the crew says.
    StepSeen {
        assignment: AssignmentId,
        status: Step,
        seen_at: Timestamp,
    },
    StepUndone {
        assignment: AssignmentId,
        status: Step,
        /// The step before; none: only offered.
        back_to: Option<Step>,
    },
    /// A time in the log was wrong; the old one stays in the log.
    TimeCorrected {
        assignment: AssignmentId,
        status: Step,
        corrected_at: Timestamp,
        reason: String,
    },
    DestinationSet {
        assignment: AssignmentId,
        facility: String,
    },
    /// The unit's device has the order; no person has answered yet.
    OrderDelivered {
        assignment: AssignmentId,
        /// Which revision of it; none in old logs: as it stood.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u32>,
    },
    /// Nobody has answered the offer in time.
    OfferOverdue {
        assignment: AssignmentId,
    },
    /// The unit's device knows that the order was withdrawn.
    WithdrawalDelivered {
        assignment: AssignmentId,
    },
    AssignmentAdvanced {
        assignment: AssignmentId,
        status: Step,
        /// None in old logs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<Source>,
    },
    /// A time point beside the steps; said again by a person it replaces what movement showed.
    TimeMarked {
        assignment: AssignmentId,
        mark: Mark,
        marked_at: Timestamp,
        source: Source,
    },
    AssignmentRejected {
        assignment: AssignmentId,
        reason: String,
    },
    AssignmentCancelled {
        assignment: AssignmentId,
        reason: String,
    },
    IncidentEnded {
        incident: IncidentId,
        disposition: Disposition,
        reason: Option<String>,
    },
    DutyChanged {
        unit: UnitId,
        on_duty: bool,
        reason: Option<String>,
    },
    CrewChanged {
        unit: UnitId,
        crew: Vec<CrewRole>,
    },
    /// What a unit cannot do for now, though the roster says it can; empty: fully fit again.
    UnitLimited {
        unit: UnitId,
        lacking: Vec<Capability>,
        reason: Option<String>,
    },
    /// The crew wants to be called back; `sos`: it is in danger itself.
    TalkRequested {
        unit: UnitId,
        sos: bool,
    },
    TalkAnswered {
        unit: UnitId,
    },
    FacilityChanged {
        facility: String,
        admission: Admission,
        reason: Option<String>,
    },
    /// Somebody has taken an alarm as theirs.
    AlarmTaken {
        alarm: String,
        owner: String,
    },
    /// What the alarm was about is over.
    AlarmOver {
        alarm: String,
    },
    /// Mutual aid between neighbouring areas.
    Aid(AidEvent),
}
