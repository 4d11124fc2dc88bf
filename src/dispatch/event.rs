//! What has happened. The audit log, replay, the broadcast and the reports are made of these.
//!
//! A stored format: variants and fields are only ever added, never renamed or removed. No name, number, note or
//! clinical text stands here; those are kept apart and referred to by the log entry.

use serde::{Deserialize, Serialize};

use crate::ids::{AssignmentId, CallId, IncidentId, UnitId};
use crate::place::Position;

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
    /// Kemendagri code of the village: the incident's own when `basis` is the village, else the nearest one.
    pub village: Option<String>,
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
}

/// What a travel time rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TravelBasis {
    StraightLine,
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
}

/// How a position was judged when it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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
        received_at: crate::clock::Timestamp,
        category: Category,
        priority: Priority,
        place: Option<IncidentPlace>,
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
    },
    /// The unit's device has the order; no person has answered yet.
    OrderDelivered {
        assignment: AssignmentId,
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
}

impl Event {
    /// The word for this kind of event in the log, on screens and in timelines.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::CallTaken { .. } => "call_taken",
            Self::IncidentPlaced { .. } => "incident_placed",
            Self::IncidentHeld { .. } => "incident_held",
            Self::IncidentReady { .. } => "incident_ready",
            Self::UnitOffered { .. } => "unit_offered",
            Self::OrderDelivered { .. } => "order_delivered",
            Self::OfferOverdue { .. } => "offer_overdue",
            Self::WithdrawalDelivered { .. } => "withdrawal_delivered",
            Self::AssignmentAdvanced { .. } => "assignment_advanced",
            Self::AssignmentRejected { .. } => "assignment_rejected",
            Self::AssignmentCancelled { .. } => "assignment_cancelled",
            Self::IncidentEnded { .. } => "incident_ended",
            Self::DutyChanged { .. } => "duty_changed",
        }
    }

    /// The incident and the assignment that this event names.
    #[must_use]
    pub const fn subjects(&self) -> (Option<IncidentId>, Option<AssignmentId>) {
        match self {
            Self::CallTaken { incident, .. }
            | Self::IncidentPlaced { incident, .. }
            | Self::IncidentHeld { incident }
            | Self::IncidentReady { incident }
            | Self::IncidentEnded { incident, .. } => (Some(*incident), None),
            Self::UnitOffered { incident, assignment, .. } => (Some(*incident), Some(*assignment)),
            Self::OrderDelivered { assignment }
            | Self::OfferOverdue { assignment }
            | Self::WithdrawalDelivered { assignment }
            | Self::AssignmentAdvanced { assignment, .. }
            | Self::AssignmentRejected { assignment, .. }
            | Self::AssignmentCancelled { assignment, .. } => (None, Some(*assignment)),
            Self::DutyChanged { .. } => (None, None),
        }
    }
}
