//! How the people in an ambulance behave: when they read, accept, drive, treat; what they forget.
//!
//! A crew sees only its orders and its own vehicle; it knows nothing of links, numbers or Siaga.

use std::ops::Range;

use uuid::Uuid;

use crate::chance::Chance;
use crate::payload::{Offer, Status};
use crate::place::Place;
use crate::vehicle::Pace;

const READING_S: Range<f64> = 5.0..25.0;
const READING_SLOW_S: Range<f64> = 40.0..70.0;
const SLOW_READERS: f64 = 0.15;
const MOBILISING_S: Range<f64> = 30.0..90.0;
/// A crew already on the road only has to turn round.
const TURNING_S: Range<f64> = 5.0..15.0;
const TO_PATIENT_S: Range<f64> = 30.0..120.0;
const TREATING_S: Range<f64> = 240.0..720.0;
const HANDING_OVER_S: Range<f64> = 180.0..600.0;
const TIDYING_S: Range<f64> = 60.0..180.0;
/// Share of patients treated on the scene and left there.
const TREATED_ON_SCENE: f64 = 0.15;
const REFUSALS: [&str; 5] = [
    "Sopir sakit",
    "Ban kempes",
    "Ambulans sedang diservis",
    "Bahan bakar habis",
    "Jalan terputus banjir",
];
const PATIENT_ABOARD: &str = "Masih membawa pasien";

/// What distinguishes one crew from another; probabilities are 0 to 1.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// Chance that a step's button is not pressed.
    pub forgetful: f64,
    /// Chance that an order is refused.
    pub refusing: f64,
    /// Factor on every time a crew takes; 1 is normal, 0.1 ten times quicker.
    pub scale: f64,
}

/// What a crew does next.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    Report { assignment: Uuid, status: Status, reason: Option<&'static str> },
    Drive { to: Place, pace: Pace },
    GoHome,
}

/// What a crew sees of its own vehicle.
#[derive(Debug, Clone, Copy)]
pub struct Sight {
    pub moving: bool,
    pub arrived: bool,
    pub at_post: bool,
}

/// One crew and the job it is on.
#[derive(Debug)]
pub struct Crew {
    chance: Chance,
    habits: Habits,
    job: Option<Job>,
}

#[derive(Debug)]
struct Job {
    assignment: Uuid,
    offer: Offer,
    stage: Stage,
    /// Called off with the patient aboard: the drive is finished, nothing more is reported.
    withdrawn: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    Reading { until_ms: i64 },
    Mobilising { until_ms: i64 },
    SettingOut,
    Driving,
    Searching { until_ms: i64 },
    Treating { until_ms: i64 },
    Conveying,
    HandingOver { until_ms: i64 },
    Tidying { until_ms: i64 },
}

impl Stage {
    fn until_ms(self) -> Option<i64> {
        match self {
            Stage::Reading { until_ms }
            | Stage::Mobilising { until_ms }
            | Stage::Searching { until_ms }
            | Stage::Treating { until_ms }
            | Stage::HandingOver { until_ms }
            | Stage::Tidying { until_ms } => Some(until_ms),
            Stage::SettingOut | Stage::Driving | Stage::Conveying => None,
        }
    }

    fn patient_aboard(self) -> bool {
        matches!(self, Stage::Conveying | Stage::HandingOver { .. })
    }
}

impl Crew {
    /// A crew standing by at its post.
    pub fn standing_by(chance: Chance, habits: Habits) -> Crew {
        Crew { chance, habits, job: None }
    }

    /// Whether the crew has no job (it may still be on its way home).
    pub fn free(&self) -> bool {
        self.job.is_none()
    }

    /// When the crew will do something of its own accord; nothing while only its vehicle matters.
    pub fn next_act_at_ms(&self) -> Option<i64> {
        self.job.as_ref().and_then(|job| job.stage.until_ms())
    }

    /// Takes a new order; a patient aboard comes first, anything else is dropped for it.
    pub fn take_offer(&mut self, now_ms: i64, assignment: Uuid, offer: Offer) -> Vec<Act> {
        if self.job.as_ref().is_some_and(|job| job.stage.patient_aboard()) {
            let reason = Some(PATIENT_ABOARD);
            return vec![Act::Report { assignment, status: Status::Rejected, reason }];
        }
        let slow = self.chance.happens(SLOW_READERS);
        let until_ms = now_ms + self.takes_ms(if slow { READING_SLOW_S } else { READING_S });
        let stage = Stage::Reading { until_ms };
        self.job = Some(Job { assignment, offer, stage, withdrawn: false });
        Vec::new()
    }

    /// Takes an order again; when its place moved the crew drives to the new one.
    pub fn take_amendment(&mut self, assignment: Uuid, offer: Offer) -> Vec<Act> {
        let Some(job) = self.job.as_mut().filter(|job| job.assignment == assignment) else {
            return Vec::new();
        };
        let moved = job.offer.scene != offer.scene;
        job.offer = offer;
        if moved && matches!(job.stage, Stage::SettingOut | Stage::Driving) {
            return vec![drive_to_scene(&job.offer)];
        }
        Vec::new()
    }

    /// Stops a job and turns home; a patient aboard is brought to the facility all the same.
    pub fn stand_down(&mut self, assignment: Uuid, sight: Sight) -> Vec<Act> {
        let Some(job) = self.job.as_mut().filter(|job| job.assignment == assignment) else {
            return Vec::new();
        };
        if job.stage.patient_aboard() {
            job.withdrawn = true;
            return Vec::new();
        }
        self.job = None;
        if sight.at_post { Vec::new() } else { vec![Act::GoHome] }
    }

    /// Lets the crew act at `now_ms`; at most one stage ends in a call.
    pub fn act(&mut self, now_ms: i64, sight: Sight) -> Vec<Act> {
        let Some(mut job) = self.job.take() else { return Vec::new() };
        if job.stage.until_ms().is_some_and(|until_ms| until_ms > now_ms) {
            self.job = Some(job);
            return Vec::new();
        }
        let mut acts = Vec::new();
        let next = self.end_stage(now_ms, sight, &job, &mut acts);
        if job.withdrawn {
            acts.retain(|act| !matches!(act, Act::Report { .. }));
        }
        if let Some(stage) = next {
            job.stage = stage;
            self.job = Some(job);
        } else if !sight.at_post {
            acts.push(Act::GoHome);
        }
        acts
    }

    /// The stage after this one, or nothing when the job is over.
    fn end_stage(
        &mut self,
        now_ms: i64,
        sight: Sight,
        job: &Job,
        acts: &mut Vec<Act>,
    ) -> Option<Stage> {
        let stage = match job.stage {
            Stage::Reading { .. } => return self.decide(now_ms, sight, job, acts),
            Stage::Mobilising { .. } => {
                acts.push(drive_to_scene(&job.offer));
                Stage::SettingOut
            }
            Stage::SettingOut if sight.moving || sight.arrived => {
                self.press(job, Status::EnRoute, acts);
                Stage::Driving
            }
            Stage::Driving if sight.arrived => {
                self.press(job, Status::OnScene, acts);
                Stage::Searching { until_ms: now_ms + self.takes_ms(TO_PATIENT_S) }
            }
            Stage::Searching { .. } => {
                self.press(job, Status::AtPatient, acts);
                Stage::Treating { until_ms: now_ms + self.takes_ms(TREATING_S) }
            }
            Stage::Treating { .. } => return self.leave_scene(job, acts),
            Stage::Conveying if sight.arrived => {
                self.press(job, Status::AtDestination, acts);
                Stage::HandingOver { until_ms: now_ms + self.takes_ms(HANDING_OVER_S) }
            }
            Stage::HandingOver { .. } => {
                self.press(job, Status::HandedOver, acts);
                Stage::Tidying { until_ms: now_ms + self.takes_ms(TIDYING_S) }
            }
            Stage::Tidying { .. } => {
                report(job, Status::Cleared, None, acts);
                return None;
            }
            unchanged @ (Stage::SettingOut | Stage::Driving | Stage::Conveying) => unchanged,
        };
        Some(stage)
    }

    fn decide(
        &mut self,
        now_ms: i64,
        sight: Sight,
        job: &Job,
        acts: &mut Vec<Act>,
    ) -> Option<Stage> {
        if self.chance.happens(self.habits.refusing) {
            report(job, Status::Rejected, self.chance.pick(&REFUSALS), acts);
            return None;
        }
        report(job, Status::Acknowledged, None, acts);
        let takes_s = if sight.at_post { MOBILISING_S } else { TURNING_S };
        Some(Stage::Mobilising { until_ms: now_ms + self.takes_ms(takes_s) })
    }

    fn leave_scene(&mut self, job: &Job, acts: &mut Vec<Act>) -> Option<Stage> {
        let stays = self.chance.happens(TREATED_ON_SCENE);
        let Some(facility) = job.offer.facility.filter(|_| !stays) else {
            report(job, Status::Cleared, None, acts);
            return None;
        };
        self.press(job, Status::Transporting, acts);
        acts.push(Act::Drive { to: facility, pace: pace(&job.offer) });
        Some(Stage::Conveying)
    }

    /// Reports a step unless the crew forgets the button. Accepting, refusing and clearing are
    /// never forgotten: an operator would ring up.
    fn press(&mut self, job: &Job, status: Status, acts: &mut Vec<Act>) {
        if !self.chance.happens(self.habits.forgetful) {
            report(job, status, None, acts);
        }
    }

    fn takes_ms(&mut self, range_s: Range<f64>) -> i64 {
        let scale = if self.habits.scale.is_finite() { self.habits.scale.max(0.0) } else { 1.0 };
        (self.chance.between(range_s) * scale * 1_000.0).round() as i64
    }
}

fn report(job: &Job, status: Status, reason: Option<&'static str>, acts: &mut Vec<Act>) {
    acts.push(Act::Report { assignment: job.assignment, status, reason });
}

fn drive_to_scene(offer: &Offer) -> Act {
    Act::Drive { to: offer.scene, pace: pace(offer) }
}

fn pace(offer: &Offer) -> Pace {
    if offer.urgent() { Pace::Urgent } else { Pace::Normal }
}

#[cfg(test)]
mod tests;
