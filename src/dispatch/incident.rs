//! One emergency: what is known of it and the state that follows from that.

use crate::clock::Timestamp;
use crate::dispatch::event::{
    Category, Channel, Colour, Disposition, IncidentPlace, Need, Priority,
};
use crate::ids::{AreaId, AssignmentId, CallId, Capability, IncidentId};

/// Where an incident stands. Derived from what happened, never set by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentState {
    /// No place yet.
    New,
    /// Waits for a unit to be ordered out.
    Pending,
    /// Waits because no unit is free.
    Held,
    /// A unit has been ordered out.
    Assigned,
    /// A unit has arrived.
    Active,
    Closed,
    Cancelled,
    /// Part of another incident, which leads.
    Merged,
}

impl IncidentState {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Pending => "pending",
            Self::Held => "held",
            Self::Assigned => "assigned",
            Self::Active => "active",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
            Self::Merged => "merged",
        }
    }
}

/// How and when an incident ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub disposition: Disposition,
    pub at: Timestamp,
}

/// One emergency (kejadian). Times of the response belong to its assignments.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    pub id: IncidentId,
    pub call: CallId,
    pub case_number: String,
    pub channel: Channel,
    pub category: Category,
    /// As taken, before anybody changed it.
    pub original_priority: Priority,
    pub priority: Priority,
    /// An exercise.
    pub drill: bool,
    /// Units that must come; empty: one of any kind.
    pub needs: Vec<Need>,
    /// What the destination must be able to do.
    pub care: Option<Capability>,
    /// The crew's triage colour.
    pub colour: Option<Colour>,
    /// T0 of its own first call: never moves.
    pub received_at: Timestamp,
    /// Calls after the first.
    pub further_calls: Vec<(CallId, Timestamp)>,
    /// T2.
    pub created_at: Timestamp,
    pub place: Option<IncidentPlace>,
    pub held: bool,
    /// A unit was ordered out and dropped it again.
    pub redispatch: bool,
    /// How often its unit was taken for something more urgent.
    pub bumps: u32,
    /// The share of its target, in percent, that was last said to have gone by.
    pub aged_percent: u8,
    /// The incident that leads the two.
    pub merged_into: Option<IncidentId>,
    /// The incidents that are part of this one.
    pub merged: Vec<IncidentId>,
    /// In the order in which they were offered.
    pub assignments: Vec<AssignmentId>,
    /// A neighbouring area asked for it: the area, and its case number there.
    pub asked_by: Option<(AreaId, String)>,
    pub ending: Option<Ending>,
    /// Grows by one with each change, so that a stale screen can be told so.
    pub version: u32,
}

impl Incident {
    /// Whether anything can still happen to it as an incident of its own.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.ending.is_none() && self.merged_into.is_none()
    }

    /// The earliest of its own calls.
    #[must_use]
    pub fn first_call_at(&self) -> Timestamp {
        self.further_calls.iter().map(|(_, at)| *at).fold(self.received_at, Timestamp::min)
    }
}
