//! The numbers by which an area dispatches, each with its unit, default and reason.

use std::sync::Arc;

use crate::dispatch::coverage::BusyFraction;
use crate::dispatch::event::Priority;
use crate::dispatch::triage::QuestionSet;
use crate::place::Bounds;

/// How patient the desk is with an unanswered offer, in milliseconds from the offer.
///
/// No public norm was found; 30, 60 and 90 s for P1 are Siaga's own defaults, twice that for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerLimits {
    /// The crew is alerted a second time.
    pub realert_ms: i64,
    /// The operator is alarmed, with the next candidate at hand.
    pub alarm_ms: i64,
    /// The next candidate may be asked too.
    pub pass_on_ms: i64,
}

/// Limits and estimates of one area.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Seconds east of UTC of the area's clock: case numbers count by the local day.
    pub utc_offset_s: i32,
    /// Positions outside are not believed.
    pub country: Bounds,
    /// Metres of road for one metre of straight line. Detour ratios of 1.3 to 1.4 are usual in plains.
    pub road_factor: f64,
    /// Mean speed of an ambulance on its way to an emergency on village roads.
    pub travel_kmh: f64,
    /// From the order to rolling wheels when the crew stands by at its post.
    pub mobilisation_s: u32,
    /// Within this of its post a unit counts as standing by there.
    pub at_post_m: f64,
    /// A position older than this is shown and ranked as stale.
    pub stale_after_s: i64,
    /// Battery at or below this is pointed out.
    pub battery_low_pct: u8,
    /// Accuracy worse than this does not move the marker.
    pub accuracy_m_max: f32,
    /// A device clock further ahead of ours than this is wrong.
    pub clock_ahead_ms_max: i64,
    /// A device clock within this of ours is right.
    pub clock_right_ms: i64,
    /// No device keeps positions for longer than this; an older one has a wrong clock.
    pub backlog_ms_max: i64,
    /// Another device of the unit is shown when the one that was has been silent for so long.
    pub source_silent_ms: i64,
    /// No ambulance is faster than this.
    pub speed_kmh_max: f64,
    /// A step of this length is never called a jump: receivers wander.
    pub jump_free_m: f64,
    /// The questions to callers and what follows from the answers.
    pub questions: Arc<QuestionSet>,
    pub answer_urgent: AnswerLimits,
    pub answer_other: AnswerLimits,
    /// Unanswered offers are passed on by the system; otherwise an operator confirms.
    pub pass_on_automatically: bool,
    /// The system orders units out by itself.
    pub dispatch_automatically: bool,
    /// Among units that are there within `tie_s` of the first, P3 and P4 get the one that leaves the area best covered.
    pub coverage_tie_break: bool,
    pub tie_s: u32,
    /// Units that have become free are advised where to stand by.
    pub move_up: bool,
    /// Share of its time for which a unit cannot be sent. With one unit a village it is low.
    pub busy: BusyFraction,
    /// From the call to a unit at the scene, P1 to P4. Local targets: no national one was found.
    pub targets_s: [i64; 4],
    pub waiting_alarm_urgent_s: i64,
    pub waiting_alarm_other_s: i64,
    /// A unit further away than this is not proposed.
    pub reach_s_max: u32,
    /// Another unit must be there sooner by this much to be proposed in place of one that is on its way.
    pub better_by_s: u32,
    /// A step can be taken back for this long.
    pub undo_within_ms: i64,
    /// Within this of a place, and slow, a vehicle has arrived.
    pub arrived_m: f64,
    /// Slower than this a vehicle stands, faster than three times this it drives.
    pub standing_kmh: f32,
    /// An ordered unit that is not heard of for this long is an alarm.
    pub silent_s: i64,
    /// A unit on its way that has not moved for this long is an alarm.
    pub still_s: i64,
    /// Longer at the scene or at a facility is pointed out.
    pub long_on_scene_s: i64,
    pub long_at_destination_s: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            utc_offset_s: 7 * 3600,
            country: Bounds::INDONESIA,
            road_factor: 1.35,
            travel_kmh: 40.0,
            mobilisation_s: 90,
            at_post_m: 300.0,
            stale_after_s: 60,
            battery_low_pct: 15,
            accuracy_m_max: 200.0,
            clock_ahead_ms_max: 30_000,
            clock_right_ms: 5_000,
            backlog_ms_max: 14 * 24 * 60 * 60 * 1000,
            source_silent_ms: 15_000,
            speed_kmh_max: 200.0,
            jump_free_m: 100.0,
            questions: QuestionSet::shipped(),
            answer_urgent: AnswerLimits {
                realert_ms: 30_000,
                alarm_ms: 60_000,
                pass_on_ms: 90_000,
            },
            answer_other: AnswerLimits {
                realert_ms: 60_000,
                alarm_ms: 120_000,
                pass_on_ms: 180_000,
            },
            pass_on_automatically: false,
            dispatch_automatically: false,
            coverage_tie_break: false,
            tie_s: 60,
            move_up: false,
            busy: BusyFraction::LOW,
            targets_s: [15 * 60, 30 * 60, 60 * 60, 120 * 60],
            waiting_alarm_urgent_s: 60,
            waiting_alarm_other_s: 180,
            reach_s_max: 3 * 60 * 60,
            better_by_s: 180,
            undo_within_ms: 5 * 60 * 1000,
            arrived_m: 150.0,
            standing_kmh: 5.0,
            silent_s: 30,
            still_s: 120,
            long_on_scene_s: 20 * 60,
            long_at_destination_s: 30 * 60,
        }
    }
}

impl Policy {
    /// How patient the desk is with an unanswered offer.
    #[must_use]
    pub const fn answer_limits(&self, priority: Priority) -> AnswerLimits {
        match priority {
            Priority::P1 => self.answer_urgent,
            Priority::P2 | Priority::P3 | Priority::P4 => self.answer_other,
        }
    }

    /// From the call to a unit at the scene, in seconds.
    #[must_use]
    pub const fn target_s(&self, priority: Priority) -> i64 {
        let [p1, p2, p3, p4] = self.targets_s;
        match priority {
            Priority::P1 => p1,
            Priority::P2 => p2,
            Priority::P3 => p3,
            Priority::P4 => p4,
        }
    }

    /// How long an incident may wait without a unit before the operator is alarmed, in seconds.
    #[must_use]
    pub const fn waiting_alarm_s(&self, priority: Priority) -> i64 {
        match priority {
            Priority::P1 => self.waiting_alarm_urgent_s,
            Priority::P2 | Priority::P3 | Priority::P4 => self.waiting_alarm_other_s,
        }
    }
}
