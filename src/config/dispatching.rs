//! The section `[dispatch]`: by which numbers an area dispatches, each with its unit in its name and its range.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::dispatch::policy::{AnswerLimits, Policy};

/// What an area sets of its `Policy`; the rest of it is not for setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dispatching {
    /// Local targets from the call to a unit at the scene.
    pub target_p1_minutes: u32,
    pub target_p2_minutes: u32,
    pub target_p3_minutes: u32,
    pub target_p4_minutes: u32,
    /// From an order of P1: the crew is alerted again, the operator is alarmed, the next unit may be asked.
    pub p1_realert_seconds: u32,
    pub p1_alarm_seconds: u32,
    pub p1_pass_on_seconds: u32,
    /// The same for P2 to P4.
    pub other_realert_seconds: u32,
    pub other_alarm_seconds: u32,
    pub other_pass_on_seconds: u32,
    /// Unanswered orders are passed on by the system; otherwise an operator does.
    pub pass_on_automatically: bool,
    /// The system orders units out by itself.
    pub dispatch_automatically: bool,
    /// Among units that are there within `tie_seconds` of the first, P3 and P4 get the one that leaves the area best
    /// covered.
    pub coverage_tie_break: bool,
    pub tie_seconds: u32,
    /// Units that have become free are advised where to stand by.
    pub move_up: bool,
    /// From the order to rolling wheels when the crew stands by at its post.
    pub mobilisation_seconds: u32,
    /// Mean speed on the way to an emergency.
    pub travel_kmh: f64,
    /// Metres of road for one metre of straight line.
    pub road_factor: f64,
    /// A position older than this is stale.
    pub stale_after_seconds: u32,
    /// A step can be taken back for this long.
    pub undo_within_minutes: u32,
}

impl Default for Dispatching {
    /// What `Policy` says.
    fn default() -> Self {
        let policy = Policy::default();
        let whole = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        let [p1, p2, p3, p4] = policy.targets_s.map(|seconds| whole(seconds / 60));
        let limits = |limits: AnswerLimits| {
            [limits.realert_ms, limits.alarm_ms, limits.pass_on_ms].map(|ms| whole(ms / 1000))
        };
        let [p1_realert_seconds, p1_alarm_seconds, p1_pass_on_seconds] =
            limits(policy.answer_urgent);
        let [other_realert_seconds, other_alarm_seconds, other_pass_on_seconds] =
            limits(policy.answer_other);
        Self {
            target_p1_minutes: p1,
            target_p2_minutes: p2,
            target_p3_minutes: p3,
            target_p4_minutes: p4,
            p1_realert_seconds,
            p1_alarm_seconds,
            p1_pass_on_seconds,
            other_realert_seconds,
            other_alarm_seconds,
            other_pass_on_seconds,
            pass_on_automatically: policy.pass_on_automatically,
            dispatch_automatically: policy.dispatch_automatically,
            coverage_tie_break: policy.coverage_tie_break,
            tie_seconds: policy.tie_s,
            move_up: policy.move_up,
            mobilisation_seconds: policy.mobilisation_s,
            travel_kmh: policy.travel_kmh,
            road_factor: policy.road_factor,
            stale_after_seconds: whole(policy.stale_after_s),
            undo_within_minutes: whole(policy.undo_within_ms / 60_000),
        }
    }
}

impl Dispatching {
    /// The policy with these numbers in it.
    #[must_use]
    pub fn on(&self, policy: Policy) -> Policy {
        let limits = |[realert, alarm, pass_on]: [u32; 3]| AnswerLimits {
            realert_ms: i64::from(realert) * 1000,
            alarm_ms: i64::from(alarm) * 1000,
            pass_on_ms: i64::from(pass_on) * 1000,
        };
        Policy {
            targets_s: self.targets_minutes().map(|minutes| i64::from(minutes) * 60),
            answer_urgent: limits(self.limits_p1_seconds()),
            answer_other: limits(self.limits_other_seconds()),
            pass_on_automatically: self.pass_on_automatically,
            dispatch_automatically: self.dispatch_automatically,
            coverage_tie_break: self.coverage_tie_break,
            tie_s: self.tie_seconds,
            move_up: self.move_up,
            mobilisation_s: self.mobilisation_seconds,
            travel_kmh: self.travel_kmh,
            road_factor: self.road_factor,
            stale_after_s: i64::from(self.stale_after_seconds),
            undo_within_ms: i64::from(self.undo_within_minutes) * 60_000,
            ..policy
        }
    }

    const fn targets_minutes(&self) -> [u32; 4] {
        [
            self.target_p1_minutes,
            self.target_p2_minutes,
            self.target_p3_minutes,
            self.target_p4_minutes,
        ]
    }

    const fn limits_p1_seconds(&self) -> [u32; 3] {
        [self.p1_realert_seconds, self.p1_alarm_seconds, self.p1_pass_on_seconds]
    }

    const fn limits_other_seconds(&self) -> [u32; 3] {
        [self.other_realert_seconds, self.other_alarm_seconds, self.other_pass_on_seconds]
    }

    /// Says which setting is out of range or out of order, and what to do.
    pub fn check(&self) -> Result<(), String> {
        for (name, minutes) in TARGETS.into_iter().zip(self.targets_minutes()) {
            within(name, f64::from(minutes), 1.0..=24.0 * 60.0, "minutes")?;
        }
        rising(TARGETS, self.targets_minutes())?;
        for (names, limits) in
            [(P1_LIMITS, self.limits_p1_seconds()), (OTHER_LIMITS, self.limits_other_seconds())]
        {
            for (name, seconds) in names.into_iter().zip(limits) {
                within(name, f64::from(seconds), 5.0..=3600.0, "seconds")?;
            }
            rising(names, limits)?;
        }
        within("tie_seconds", f64::from(self.tie_seconds), 0.0..=600.0, "seconds")?;
        let mobilisation = f64::from(self.mobilisation_seconds);
        within("mobilisation_seconds", mobilisation, 0.0..=3600.0, "seconds")?;
        within("travel_kmh", self.travel_kmh, 5.0..=120.0, "km/h")?;
        within(
            "road_factor",
            self.road_factor,
            1.0..=5.0,
            "metres of road for one of straight line",
        )?;
        let stale = f64::from(self.stale_after_seconds);
        within("stale_after_seconds", stale, 10.0..=3600.0, "seconds")?;
        let undo = f64::from(self.undo_within_minutes);
        within("undo_within_minutes", undo, 0.0..=60.0, "minutes")
    }

    /// The section of the settings file: every key with what it means.
    #[must_use]
    pub fn as_section(&self) -> String {
        let [t1, t2, t3, t4] = self.targets_minutes();
        let [u1, u2, u3] = self.limits_p1_seconds();
        let [o1, o2, o3] = self.limits_other_seconds();
        format!(
            "[dispatch]\n\
             # Local targets from the call to a unit at the scene; no national one is claimed.\n\
             target_p1_minutes = {t1}\ntarget_p2_minutes = {t2}\n\
             target_p3_minutes = {t3}\ntarget_p4_minutes = {t4}\n\n\
             # An unanswered order: the crew is alerted again, the operator is alarmed, the next unit may be asked.\n\
             p1_realert_seconds = {u1}\np1_alarm_seconds = {u2}\np1_pass_on_seconds = {u3}\n\
             other_realert_seconds = {o1}\nother_alarm_seconds = {o2}\nother_pass_on_seconds = {o3}\n\n\
             # Whether the system passes unanswered orders on, and orders units out, without a person.\n\
             pass_on_automatically = {}\ndispatch_automatically = {}\n\n\
             # Whether cover counts for P3 and P4 among units that are there about as soon, and how soon that is;\n\
             # whether free units are advised where to stand by.\n\
             coverage_tie_break = {}\ntie_seconds = {}\nmove_up = {}\n\n\
             # How long a crew at its post needs to roll, and how fast and how straight the roads are.\n\
             mobilisation_seconds = {}\ntravel_kmh = {:?}\nroad_factor = {:?}\n\n\
             # A position older than this is stale; a step can be taken back for so long.\n\
             stale_after_seconds = {}\nundo_within_minutes = {}\n",
            self.pass_on_automatically,
            self.dispatch_automatically,
            self.coverage_tie_break,
            self.tie_seconds,
            self.move_up,
            self.mobilisation_seconds,
            self.travel_kmh,
            self.road_factor,
            self.stale_after_seconds,
            self.undo_within_minutes
        )
    }
}

const TARGETS: [&str; 4] =
    ["target_p1_minutes", "target_p2_minutes", "target_p3_minutes", "target_p4_minutes"];
const P1_LIMITS: [&str; 3] = ["p1_realert_seconds", "p1_alarm_seconds", "p1_pass_on_seconds"];
const OTHER_LIMITS: [&str; 3] =
    ["other_realert_seconds", "other_alarm_seconds", "other_pass_on_seconds"];

fn within(name: &str, value: f64, range: RangeInclusive<f64>, unit: &str) -> Result<(), String> {
    if range.contains(&value) {
        return Ok(());
    }
    let (least, most) = (range.start(), range.end());
    Err(format!("'dispatch.{name}' is {value}: set {least} to {most} {unit}"))
}

/// Each of the settings is at least the one before.
fn rising<const N: usize>(names: [&str; N], values: [u32; N]) -> Result<(), String> {
    let pairs = names.iter().zip(values).zip(names.iter().zip(values).skip(1));
    for ((before, least), (name, value)) in pairs {
        if value < least {
            return Err(format!(
                "'dispatch.{name}' is {value}: set at least the {least} of 'dispatch.{before}'"
            ));
        }
    }
    Ok(())
}
