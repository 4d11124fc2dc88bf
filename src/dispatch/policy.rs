//! The numbers by which an area dispatches, each with its unit, default and reason.

use crate::dispatch::event::Priority;

/// Limits and estimates of one area.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Seconds east of UTC of the area's clock: case numbers count by the local day.
    pub utc_offset_s: i32,
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
    /// No ambulance is faster than this.
    pub speed_kmh_max: f64,
    /// A step of this length is never called a jump: receivers wander.
    pub jump_free_m: f64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            utc_offset_s: 7 * 3600,
            road_factor: 1.35,
            travel_kmh: 40.0,
            mobilisation_s: 90,
            at_post_m: 300.0,
            stale_after_s: 60,
            battery_low_pct: 15,
            accuracy_m_max: 200.0,
            clock_ahead_ms_max: 30_000,
            speed_kmh_max: 200.0,
            jump_free_m: 100.0,
        }
    }
}

/// How long an offer may go unanswered before the operator is alarmed, by priority.
///
/// No public norm was found; these are Siaga's own defaults.
#[must_use]
pub const fn answer_within_ms(priority: Priority) -> i64 {
    match priority {
        Priority::P1 => 60_000,
        Priority::P2 | Priority::P3 | Priority::P4 => 120_000,
    }
}
