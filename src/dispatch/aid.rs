//! Mutual aid: a unit of a neighbouring area that one desk asks for and that the other confirms or refuses.
//!
//! Both desks keep the same aid under the same id, each from its own side. What the other must still be told is
//! derived from the state, never queued, so that it survives a restart of either.

mod answering;
mod asking;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::command::Refusal;
use crate::dispatch::event::{Category, Event, IncidentPlace, Priority, Step};
use crate::ids::{AidId, AreaId, AssignmentId, CallId, Capability, IncidentId, UnitId};

/// An aid of which the neighbour does not know after so long asks for an operator.
pub const UNTOLD_ALARM_MS: i64 = 30 * 1000;

/// Where an aid stands, in the words of both desks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AidState {
    #[default]
    Asked,
    /// A unit of the neighbour is on it.
    Confirmed,
    /// The neighbour refused, or no unit of it is on it any more.
    Refused,
    Withdrawn,
    /// The neighbour's unit is done.
    Cleared,
}

/// Most characters of a neighbour's case number.
pub const CASE_NUMBER_CHARS_MAX: usize = 40;
/// Most characters of a neighbour's code of a village.
const VILLAGE_CHARS_MAX: usize = 20;

impl AidState {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Cleared => "cleared",
        }
    }
}

/// What the answering desk says of an aid: all of it, each time, so that one answer makes up for those before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AidAnswer {
    /// Grows with every answer of an aid; an older one that comes late says nothing.
    pub number: u64,
    pub state: AidState,
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    pub eta_s: Option<u32>,
    pub reason: Option<String>,
    /// A withdrawal found the unit at the scene: it stays, whatever is taken back afterwards.
    #[serde(default)]
    pub kept: bool,
    /// When its unit took each step, by the clock of the answering server.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub steps: BTreeMap<Step, Timestamp>,
}

impl AidAnswer {
    /// Whether the unit is or was with the patient, or stays as if it were.
    #[must_use]
    pub fn has_arrived(&self) -> bool {
        let arrived = |step: &Step| *step >= Step::OnScene && *step < Step::Cleared;
        self.kept || self.steps.keys().any(arrived)
    }

    /// Whether two answers say the same, whatever their numbers.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        Self { number: 0, ..self.clone() } == Self { number: 0, ..other.clone() }
    }
}

/// What a desk asks a neighbour for. What the caller said stands apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AidRequest {
    /// The area that asks, and its case number (at most `CASE_NUMBER_CHARS_MAX` characters).
    pub area: AreaId,
    pub case_number: String,
    pub priority: Priority,
    pub category: Category,
    pub place: IncidentPlace,
    pub care: Option<Capability>,
    #[serde(default)]
    pub drill: bool,
    /// The unit that the asking desk would like.
    pub unit: UnitId,
}

impl AidRequest {
    /// Says what in it is longer than anything real.
    pub fn check(&self) -> Result<(), String> {
        let village = self.place.village.as_deref().unwrap_or_default();
        for (name, text, chars_max) in [
            ("case_number", self.case_number.as_str(), CASE_NUMBER_CHARS_MAX),
            ("place.village", village, VILLAGE_CHARS_MAX),
        ] {
            let chars = text.chars().count();
            if chars > chars_max {
                return Err(format!("request.{name}: {chars} characters, at most {chars_max}"));
            }
        }
        Ok(())
    }
}

/// An aid that this desk asked a neighbour for.
#[derive(Clone, Debug, PartialEq)]
pub struct Aid {
    pub id: AidId,
    pub incident: IncidentId,
    /// The neighbouring area.
    pub area: AreaId,
    pub asked_at: Timestamp,
    /// The neighbour's server has it; no person has answered yet.
    pub delivered_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    /// The neighbour knows that it was withdrawn.
    pub withdrawal_delivered: bool,
    /// The neighbour confirmed it at some time: it has an incident there.
    pub was_confirmed: bool,
    /// Of before the incident was opened again.
    pub past: bool,
    /// What is known of it: asked for first, then as the neighbour says.
    pub answer: AidAnswer,
}

impl Aid {
    /// Whether a unit of the neighbour is on its way or at work.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.answer.state == AidState::Confirmed
    }

    /// Whether the neighbour must still be told that it is asked, or asked no more.
    #[must_use]
    pub fn is_untold(&self) -> bool {
        match self.answer.state {
            AidState::Asked => self.delivered_at.is_none(),
            AidState::Withdrawn => !self.withdrawal_delivered,
            AidState::Confirmed | AidState::Refused | AidState::Cleared => false,
        }
    }
}

/// An aid that a neighbour asked this desk for.
#[derive(Clone, Debug, PartialEq)]
pub struct AidAsked {
    pub id: AidId,
    pub request: AidRequest,
    pub received_at: Timestamp,
    /// Refused or withdrawn, with the reason; none while it waits for an answer or is worked on.
    pub over: Option<(AidState, String)>,
    pub ended_at: Option<Timestamp>,
    /// The incident that it became when it was confirmed.
    pub incident: Option<IncidentId>,
    /// It was withdrawn when the unit was at the scene.
    pub kept: bool,
    /// The answer that the asking desk was last told.
    pub told: AidAnswer,
    /// Its incident and the one that leads it, each in its version then.
    pub told_of: Option<[(IncidentId, u32); 2]>,
}

impl AidAsked {
    /// Whether it waits for somebody to confirm or refuse it.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.over.is_none() && self.incident.is_none()
    }
}

/// Something that has happened to an aid, at the asking or at the answering desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum AidEvent {
    Asked {
        aid: AidId,
        incident: IncidentId,
        area: AreaId,
        unit: UnitId,
    },
    Delivered {
        aid: AidId,
        incident: IncidentId,
    },
    Confirmed {
        aid: AidId,
        incident: IncidentId,
        number: u64,
        /// The neighbouring area, so that its unit's name stands in the report.
        area: AreaId,
        unit: UnitId,
        eta_s: Option<u32>,
    },
    /// Refused by the neighbour, or no unit of it is on it any more.
    Refused {
        aid: AidId,
        incident: IncidentId,
        number: u64,
        reason: String,
    },
    /// The neighbour said once more what was known: what it said before that and comes later says nothing.
    Heard {
        aid: AidId,
        incident: IncidentId,
        number: u64,
    },
    /// The neighbour had the withdrawal too late: its unit was at the scene, and stays.
    Kept {
        aid: AidId,
        incident: IncidentId,
        number: u64,
    },
    /// The neighbour's unit took a step, at a time that the neighbour says.
    Advanced {
        aid: AidId,
        incident: IncidentId,
        number: u64,
        status: Step,
        step_at: Timestamp,
    },
    /// The neighbour has corrected the time of a step.
    Corrected {
        aid: AidId,
        incident: IncidentId,
        number: u64,
        status: Step,
        step_at: Timestamp,
    },
    /// The neighbour's crew has taken a step back, or another unit has come in its place.
    Undone {
        aid: AidId,
        incident: IncidentId,
        number: u64,
        status: Step,
    },
    Withdrawn {
        aid: AidId,
        incident: IncidentId,
        reason: String,
    },
    WithdrawalDelivered {
        aid: AidId,
        incident: IncidentId,
    },
    Received {
        aid: AidId,
        request: AidRequest,
    },
    /// This desk has confirmed it: it is an incident here now.
    Accepted {
        aid: AidId,
        incident: IncidentId,
    },
    Declined {
        aid: AidId,
        reason: String,
    },
    /// The asking desk does not want it any more.
    Recalled {
        aid: AidId,
        reason: String,
    },
    /// The asking desk withdrew when this desk's unit was at the scene: it stays.
    RecalledLate {
        aid: AidId,
        incident: IncidentId,
    },
    /// The asking desk knows this answer.
    Told {
        aid: AidId,
        answer: AidAnswer,
    },
}

impl AidEvent {
    /// The word for this kind of event in the log.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Asked { .. } => "aid_asked",
            Self::Delivered { .. } => "aid_delivered",
            Self::Confirmed { .. } => "aid_confirmed",
            Self::Refused { .. } => "aid_refused",
            Self::Heard { .. } => "aid_heard",
            Self::Kept { .. } => "aid_kept",
            Self::Advanced { .. } => "aid_advanced",
            Self::Corrected { .. } => "aid_corrected",
            Self::Undone { .. } => "aid_undone",
            Self::Withdrawn { .. } => "aid_withdrawn",
            Self::WithdrawalDelivered { .. } => "aid_withdrawal_delivered",
            Self::Received { .. } => "aid_received",
            Self::Accepted { .. } => "aid_accepted",
            Self::Declined { .. } => "aid_declined",
            Self::Recalled { .. } => "aid_recalled",
            Self::RecalledLate { .. } => "aid_recalled_late",
            Self::Told { .. } => "aid_told",
        }
    }

    /// The aid that it is about.
    #[must_use]
    pub const fn aid(&self) -> AidId {
        match self {
            Self::Asked { aid, .. }
            | Self::Delivered { aid, .. }
            | Self::Confirmed { aid, .. }
            | Self::Refused { aid, .. }
            | Self::Heard { aid, .. }
            | Self::Kept { aid, .. }
            | Self::Advanced { aid, .. }
            | Self::Corrected { aid, .. }
            | Self::Undone { aid, .. }
            | Self::Withdrawn { aid, .. }
            | Self::WithdrawalDelivered { aid, .. }
            | Self::Received { aid, .. }
            | Self::Accepted { aid, .. }
            | Self::Declined { aid, .. }
            | Self::Recalled { aid, .. }
            | Self::RecalledLate { aid, .. }
            | Self::Told { aid, .. } => *aid,
        }
    }

    /// The incident that it names.
    #[must_use]
    pub const fn incident(&self) -> Option<IncidentId> {
        match self {
            Self::Asked { incident, .. }
            | Self::Delivered { incident, .. }
            | Self::Confirmed { incident, .. }
            | Self::Refused { incident, .. }
            | Self::Heard { incident, .. }
            | Self::Kept { incident, .. }
            | Self::Advanced { incident, .. }
            | Self::Corrected { incident, .. }
            | Self::Undone { incident, .. }
            | Self::Withdrawn { incident, .. }
            | Self::WithdrawalDelivered { incident, .. }
            | Self::Accepted { incident, .. }
            | Self::RecalledLate { incident, .. } => Some(*incident),
            Self::Received { .. }
            | Self::Declined { .. }
            | Self::Recalled { .. }
            | Self::Told { .. } => None,
        }
    }
}

/// A request about an aid.
#[derive(Clone, Debug, PartialEq)]
pub enum AidCommand {
    Ask {
        aid: AidId,
        incident: IncidentId,
        area: AreaId,
        unit: UnitId,
    },
    Withdraw {
        aid: AidId,
        reason: String,
    },
    /// The neighbour's server has what it was told: that it is asked, or asked no more.
    NoteDelivery {
        aid: AidId,
        withdrawn: bool,
    },
    /// What the neighbour `area` says of an aid that it was asked for.
    Hear {
        aid: AidId,
        area: AreaId,
        answer: AidAnswer,
    },
    /// A neighbour asks; `withdrawn` is its reason for asking no more.
    Receive {
        aid: AidId,
        request: AidRequest,
        withdrawn: Option<String>,
    },
    Confirm {
        aid: AidId,
        assignment: AssignmentId,
        incident: IncidentId,
        call: CallId,
        unit: UnitId,
    },
    Decline {
        aid: AidId,
        reason: String,
    },
    /// The asking desk has this answer.
    NoteTold {
        aid: AidId,
        answer: AidAnswer,
    },
}

impl AidCommand {
    /// The incident under which what the caller said is kept; a received aid has none yet and lends it its own id.
    #[must_use]
    pub const fn personal_of(&self) -> Option<IncidentId> {
        match self {
            Self::Receive { aid, .. } => Some(aid.as_incident()),
            Self::Confirm { incident, .. } => Some(*incident),
            Self::Ask { .. }
            | Self::Withdraw { .. }
            | Self::NoteDelivery { .. }
            | Self::Hear { .. }
            | Self::Decline { .. }
            | Self::NoteTold { .. } => None,
        }
    }
}

impl Dispatch {
    pub(super) fn decide_of_aid(
        &self,
        now: Timestamp,
        command: &AidCommand,
    ) -> Result<Vec<Event>, Refusal> {
        let changes = match command {
            AidCommand::Ask { aid, incident, area, unit } => {
                self.decide_ask(*aid, *incident, area, unit)?
            }
            AidCommand::Withdraw { aid, reason } => self.decide_withdraw(*aid, reason)?,
            AidCommand::NoteDelivery { aid, withdrawn } => {
                self.decide_aid_delivery(*aid, *withdrawn)?
            }
            AidCommand::Hear { aid, area, answer } => self.decide_hear(now, *aid, area, answer)?,
            AidCommand::Receive { aid, request, withdrawn } => {
                return self.decide_receive(*aid, request, withdrawn.as_deref());
            }
            AidCommand::Confirm { aid, assignment, incident, call, unit } => {
                return self.decide_confirm(now, *aid, (*assignment, *incident, *call), unit);
            }
            AidCommand::Decline { aid, reason } => self.decide_decline(*aid, reason)?,
            AidCommand::NoteTold { aid, answer } => self.decide_told(*aid, answer)?,
        };
        Ok(changes.into_iter().map(Event::Aid).collect())
    }
}
