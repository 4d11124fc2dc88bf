//! One unit's response to one incident: from offered to cleared, with its time points.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::dispatch::event::{Considered, Mark, Recommendation, Source, Step};
use crate::ids::{AssignmentId, IncidentId, UnitId};

/// All steps in their order.
pub const STEPS: [Step; 8] = [
    Step::Acknowledged,
    Step::EnRoute,
    Step::OnScene,
    Step::AtPatient,
    Step::Transporting,
    Step::AtDestination,
    Step::HandedOver,
    Step::Cleared,
];

/// All marks.
pub const MARKS: [Mark; 4] = [Mark::Staged, Mark::CareTransferred, Mark::Home, Mark::Completed];

impl Mark {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::CareTransferred => "care_transferred",
            Self::Home => "home",
            Self::Completed => "completed",
        }
    }

    /// The mark of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        MARKS.into_iter().find(|mark| mark.as_str() == name)
    }
}

impl Step {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::EnRoute => "en_route",
            Self::OnScene => "on_scene",
            Self::AtPatient => "at_patient",
            Self::Transporting => "transporting",
            Self::AtDestination => "at_destination",
            Self::HandedOver => "handed_over",
            Self::Cleared => "cleared",
        }
    }

    /// The step of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        STEPS.into_iter().find(|step| step.as_str() == name)
    }

    const fn index(self) -> usize {
        match self {
            Self::Acknowledged => 0,
            Self::EnRoute => 1,
            Self::OnScene => 2,
            Self::AtPatient => 3,
            Self::Transporting => 4,
            Self::AtDestination => 5,
            Self::HandedOver => 6,
            Self::Cleared => 7,
        }
    }
}

/// When each step was taken, server time; a skipped step has none and is never invented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct StepTimes([Option<Timestamp>; 8]);

impl StepTimes {
    #[must_use]
    pub fn get(&self, step: Step) -> Option<Timestamp> {
        self.0.get(step.index()).copied().flatten()
    }

    /// Notes a step; the first time stands.
    pub fn set(&mut self, step: Step, at: Timestamp) {
        if let Some(slot) = self.0.get_mut(step.index()) {
            slot.get_or_insert(at);
        }
    }

    /// Puts a time in place of whatever stood there.
    pub fn correct(&mut self, step: Step, at: Option<Timestamp>) {
        if let Some(slot) = self.0.get_mut(step.index()) {
            *slot = at;
        }
    }

    /// When somebody was with the patient first.
    #[must_use]
    pub fn arrival(&self) -> Option<Timestamp> {
        [Step::OnScene, Step::AtPatient, Step::Transporting, Step::AtDestination, Step::HandedOver]
            .into_iter()
            .filter_map(|step| self.get(step))
            .min()
    }

    /// The furthest step that has a time.
    #[must_use]
    pub fn last(&self) -> Option<Step> {
        STEPS.into_iter().rev().find(|step| self.get(*step).is_some())
    }
}

/// Where an assignment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignmentState {
    Offered,
    At(Step),
    Rejected,
    Cancelled,
    /// Nobody answered, and another unit has it.
    TimedOut,
    /// Taken for something more urgent.
    Diverted,
}

impl AssignmentState {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::At(step) => step.as_str(),
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::Diverted => "diverted",
        }
    }

    /// Whether nothing more can happen to it.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        match self {
            Self::Offered => false,
            Self::At(step) => matches!(step, Step::Cleared),
            Self::Rejected | Self::Cancelled | Self::TimedOut | Self::Diverted => true,
        }
    }

    /// Whether the desk took the order back, so that the device must be told.
    #[must_use]
    pub const fn is_withdrawn(self) -> bool {
        matches!(self, Self::Cancelled | Self::TimedOut | Self::Diverted)
    }
}

/// One unit's response (penugasan).
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    pub id: AssignmentId,
    pub incident: IncidentId,
    pub unit: UnitId,
    pub state: AssignmentState,
    pub recommendation: Recommendation,
    /// The list that the operator was shown.
    pub considered: Vec<Considered>,
    /// The facility where the patient goes.
    pub facility: Option<String>,
    /// The unanswered offer that this one stands in for.
    pub instead_of: Option<AssignmentId>,
    /// A referral: the facility where the patient is fetched.
    pub pick_up: Option<String>,
    /// T3.
    pub offered_at: Timestamp,
    pub offered_by: Option<Source>,
    /// The device has the order: technical, not a person's answer.
    pub delivered_at: Option<Timestamp>,
    /// Number of the order as it stands, from 1; one higher whenever it is changed or shall alert once more.
    pub revision: u32,
    /// The highest revision that the device has confirmed; 0: none.
    pub told: u32,
    /// The device knows that the order was withdrawn.
    pub withdrawal_delivered: bool,
    pub times: StepTimes,
    /// Who said each step, or corrected it.
    pub sources: BTreeMap<Step, Source>,
    pub marks: BTreeMap<Mark, (Timestamp, Source)>,
    /// What the vehicle's movement said, beside what the crew said.
    pub seen: StepTimes,
    /// Steps whose time was corrected afterwards.
    pub corrected: StepTimes,
    /// The crew was alerted a second time.
    pub realerted: bool,
    /// Nobody answered the offer in time.
    pub overdue: bool,
    pub ended_at: Option<Timestamp>,
    pub reason: Option<String>,
    /// Its incident ended and was opened again since: it does not make that one attended to now.
    pub past: bool,
}

impl Assignment {
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !self.state.has_ended()
    }

    /// Whether the device has not confirmed the order as it stands.
    #[must_use]
    pub const fn is_untold(&self) -> bool {
        self.told < self.revision
    }

    /// The order has changed, or shall be heard once more: the device is told again.
    pub const fn retell(&mut self) {
        self.revision = self.revision.saturating_add(1);
    }

    /// Whether a crew has said that it comes.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        matches!(self.state, AssignmentState::At(_))
    }

    /// Whether a crew ever said that it comes, whatever became of it.
    #[must_use]
    pub fn was_accepted(&self) -> bool {
        self.times.last().is_some()
    }

    /// Whether the unit was ever at the scene, by any later step too: a crew may forget a button.
    #[must_use]
    pub fn has_arrived(&self) -> bool {
        self.times.arrival().is_some()
    }
}
