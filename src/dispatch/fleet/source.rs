//! One device of a unit: its own track, by which its next position is judged, and its clock.

use crate::clock::Timestamp;
use crate::dispatch::event::FixClass;
use crate::dispatch::policy::Policy;
use crate::dispatch::unit::{Fix, SourceId};

/// So many positions in a row with the same unbelievable distance between the clocks, and the clock is wrong, not the
/// position.
const WRONG_CLOCK_MIN: u32 = 3;
/// Distances between the clocks that differ by less than this are the same: a message takes its time.
const ALIKE_MS: i64 = 5_000;

/// No message is on its way for longer than this.
const ON_ITS_WAY_MS_MAX: i64 = 2 * 60 * 1000;
/// No clock drifts by more than one part in so many.
const DRIFT_PARTS: i64 = 1_000;

/// What is known of one device.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Source {
    pub(super) id: SourceId,
    /// The last believable position as we understand its time, and the time that the device gave it.
    last: Option<(Fix, Timestamp)>,
    /// A position that was too far away to believe; the next one that agrees with it is believed.
    suspect: Option<Fix>,
    /// How far the device's clock was behind ours when its time could not be believed, and for how many in a row.
    wrong: Option<(i64, u32)>,
    /// The distance between the clocks by the device's own words, as of when.
    said_behind: Option<(i64, Timestamp)>,
}

impl Source {
    pub(super) const fn new(id: SourceId) -> Self {
        Self { id, last: None, suspect: None, wrong: None, said_behind: None }
    }

    /// When it was last believed; none sorts before all.
    pub(super) fn heard_at(&self) -> Option<Timestamp> {
        self.last.map(|(fix, _)| fix.received_at)
    }

    /// How far its clock is behind ours, when it is wrong; negative when it is ahead.
    pub(super) fn clock_behind_ms(&self, policy: &Policy) -> Option<i64> {
        let said = self.said_behind.map(|(ms, _)| ms);
        let said = said.filter(|ms| ms.abs() > policy.clock_right_ms);
        said.or(self.wrong.filter(|(_, times)| *times >= WRONG_CLOCK_MIN).map(|(ms, _)| ms))
    }

    /// The position with its time as we understand it when it is the newest believable one of this device, else what
    /// it is. `restored` is where the unit was known to be before the program started.
    pub(super) fn judge(
        &mut self,
        fix: &Fix,
        restored: Option<&Fix>,
        policy: &Policy,
    ) -> Result<Fix, FixClass> {
        if fix.position.is_null_island() {
            return Err(FixClass::NullIsland);
        }
        if !fix.position.is_in_indonesia() {
            return Err(FixClass::OutsideCountry);
        }
        let given_at = fix.device_at;
        if self.last.is_some_and(|(last, at)| at == given_at && last.position == fix.position) {
            return Err(FixClass::Duplicate);
        }
        let believed = Fix { device_at: self.time_of(fix, policy)?, ..*fix };
        if fix.accuracy_m.is_some_and(|accuracy| accuracy > policy.accuracy_m_max) {
            return Err(FixClass::PoorAccuracy);
        }
        self.follow(&believed, restored, policy)?;
        self.last = Some((believed, given_at));
        self.suspect = None;
        Ok(believed)
    }

    /// When the position was taken, by our clock.
    fn time_of(&mut self, fix: &Fix, policy: &Policy) -> Result<Timestamp, FixClass> {
        if let Some(behind_ms) = fix.behind_ms {
            let behind_ms = self.learn_behind(behind_ms, fix.received_at);
            self.wrong = None;
            let is_right = behind_ms.abs() <= policy.clock_right_ms;
            let taken_at = fix.device_at.plus_ms(if is_right { 0 } else { behind_ms });
            let age_ms = fix.received_at.ms_since(taken_at);
            return match age_ms {
                _ if age_ms < -policy.clock_ahead_ms_max => Err(FixClass::Future),
                _ if age_ms > policy.backlog_ms_max => Err(FixClass::WrongClock),
                _ if is_right => Ok(taken_at),
                _ => Ok(taken_at.min(fix.received_at)),
            };
        }
        let behind_ms = fix.received_at.ms_since(fix.device_at);
        if (-policy.clock_ahead_ms_max..=policy.backlog_ms_max).contains(&behind_ms) {
            self.wrong = None;
            return Ok(fix.device_at);
        }
        let times = match self.wrong {
            Some((before, times)) if (before - behind_ms).abs() <= ALIKE_MS => {
                times.saturating_add(1)
            }
            Some(_) | None => 1,
        };
        self.wrong = Some((behind_ms, times));
        if times >= WRONG_CLOCK_MIN {
            // What it kept while it was out of reach cannot be told from what it takes now; it is believed to be new.
            return Ok(fix.received_at);
        }
        Err(if behind_ms < 0 { FixClass::Future } else { FixClass::WrongClock })
    }

    /// The distance between the clocks: the least of what was said, because a message only ever takes longer, but free
    /// to grow as clocks drift; much more than before, and the clock was set.
    fn learn_behind(&mut self, said_ms: i64, at: Timestamp) -> i64 {
        let known_ms = self
            .said_behind
            .map(|(known_ms, then)| known_ms + at.ms_since(then).max(0) / DRIFT_PARTS);
        let on_its_way = |known_ms: &i64| said_ms - known_ms <= ON_ITS_WAY_MS_MAX;
        let behind_ms =
            known_ms.filter(on_its_way).map_or(said_ms, |known_ms| known_ms.min(said_ms));
        self.said_behind = Some((behind_ms, at));
        behind_ms
    }

    /// Whether a position goes on from the last one.
    fn follow(
        &mut self,
        fix: &Fix,
        restored: Option<&Fix>,
        policy: &Policy,
    ) -> Result<(), FixClass> {
        let Some(last) = self.last.as_ref().map(|(last, _)| last).or(restored) else {
            return Ok(());
        };
        if fix.device_at == last.device_at && fix.position == last.position {
            return Err(FixClass::Duplicate);
        }
        if fix.device_at <= last.device_at {
            return Err(FixClass::Late);
        }
        if is_reachable(last, fix, policy) {
            return Ok(());
        }
        // Two that agree with each other are right and the old place was wrong.
        let agrees = self.suspect.as_ref().is_some_and(|suspect| {
            fix.device_at > suspect.device_at && is_reachable(suspect, fix, policy)
        });
        if agrees {
            return Ok(());
        }
        self.suspect = Some(*fix);
        Err(FixClass::Jump)
    }
}

/// Whether a vehicle can have come from one place to the other in the time between.
fn is_reachable(from: &Fix, to: &Fix, policy: &Policy) -> bool {
    let metres = from.position.metres_to(to.position);
    let blur_m = f64::from(from.accuracy_m.unwrap_or(0.0) + to.accuracy_m.unwrap_or(0.0));
    #[expect(clippy::as_conversions, reason = "milliseconds of a journey are exact in f64")]
    let seconds = to.device_at.ms_since(from.device_at) as f64 / 1000.0;
    metres <= policy.jump_free_m + blur_m + seconds * policy.speed_kmh_max / 3.6
}
