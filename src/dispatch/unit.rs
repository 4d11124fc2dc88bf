//! One ambulance: who it is, whether it can be reached, where it was last, and the state that follows.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::dispatch::event::Step;
use crate::ids::{Capability, UnitId};
use crate::place::Position;

/// What the roster says of a unit; fixed while the program runs.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitCard {
    pub id: UnitId,
    /// Number from 0 in the area.
    pub index: u32,
    /// Where it stands by when nothing happens.
    pub post: Position,
    /// What it can do when it is fully manned.
    pub capabilities: Vec<Capability>,
}

/// Whether a unit's device is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not heard since the program started.
    Never,
    Online,
    Offline {
        since: Timestamp,
    },
}

impl Link {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Online => "online",
            Self::Offline { .. } => "offline",
        }
    }
}

/// What an enrolled device speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    Native,
    Owntracks,
    /// Traccar Client and whatever else speaks the OsmAnd protocol.
    Traccar,
    /// A tracker behind a Traccar server, which forwards its positions.
    Forwarded,
    /// A telephone whose text messages a gateway hands on.
    Sms,
}

/// A device that speaks for a unit, as the roster knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCard {
    pub source: SourceId,
    pub name: String,
    pub kind: DeviceKind,
}

/// What is noted of a device beside its positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceNote {
    /// It will be heard from now on.
    Known,
    /// It said something that is no position.
    Spoke,
    /// One connection of it took the place of another.
    TookOver,
}

/// Which device of a unit a position comes from: its number in the store. 0: not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SourceId(pub u32);

/// A position with the time the device gave it and the time we received it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fix {
    pub device_at: Timestamp,
    pub received_at: Timestamp,
    pub position: Position,
    pub speed_kmh: Option<f32>,
    /// Degrees clockwise from north, 0 to 359.
    pub heading_deg: Option<u16>,
    pub accuracy_m: Option<f32>,
    /// 0 to 100.
    pub battery_pct: Option<u8>,
    /// How much our clock was ahead of the device's when it sent this, in milliseconds, where the device says it.
    pub behind_ms: Option<i64>,
    /// The phone says that a program made this place up.
    pub mocked: bool,
    pub source: SourceId,
}

impl Fix {
    /// How old this position is, in whole seconds; a device clock slightly ahead of ours counts as now.
    #[must_use]
    pub const fn age_s(&self, now: Timestamp) -> i64 {
        now.age_s_since(self.device_at)
    }
}

/// What a unit is doing. Derived, never set by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitState {
    OffDuty,
    AvailableAtPost,
    AvailableMobile,
    Offered,
    OnAssignment(Step),
}

impl UnitState {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OffDuty => "off_duty",
            Self::AvailableAtPost => "available_at_post",
            Self::AvailableMobile => "available_mobile",
            Self::Offered => "offered",
            Self::OnAssignment(step) => step.as_str(),
        }
    }
}
