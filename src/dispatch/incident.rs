//! One emergency: what is known of it and the state that follows from that.

use crate::clock::Timestamp;
use crate::dispatch::command::Answer;
use crate::dispatch::event::{Category, Channel, Disposition, IncidentPlace, Priority};
use crate::ids::{AssignmentId, CallId, IncidentId};

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
    pub priority: Priority,
    /// T0: never moves.
    pub received_at: Timestamp,
    /// T2.
    pub created_at: Timestamp,
    pub place: Option<IncidentPlace>,
    pub held: bool,
    /// A unit was ordered out and dropped it again.
    pub redispatch: bool,
    /// In the order in which they were offered.
    pub assignments: Vec<AssignmentId>,
    pub ending: Option<Ending>,
    /// Grows by one with each change, so that a stale screen can be told so.
    pub version: u32,
}

/// Proposes a priority. Unknown or absent consciousness or breathing is P1; nothing lowers that.
///
/// Source: domain rule 19. The category decides only for a caller who says that the patient is awake and breathing
/// normally; birth, newborns and injury count as P2, planned transfers as P4.
#[must_use]
pub fn propose_priority(category: Category, conscious: Answer, breathing: Answer) -> Priority {
    if category == Category::Transfer {
        return Priority::P4;
    }
    if conscious != Answer::Yes || breathing != Answer::Yes {
        return Priority::P1;
    }
    match category {
        Category::Cardiac | Category::Neonatal => Priority::P1,
        Category::Maternal | Category::Accident | Category::Trauma | Category::Neuro => {
            Priority::P2
        }
        Category::Internal | Category::Mental | Category::Other => Priority::P3,
        Category::Transfer => Priority::P4,
    }
}
