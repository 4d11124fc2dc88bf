//! One device of a unit: its own track, by which its next position is judged, and its clock.

use super::diary::Diary;
use crate::clock::Timestamp;
use crate::dispatch::event::FixClass;
use crate::dispatch::policy::Policy;
use crate::dispatch::unit::{DeviceCard, DeviceKind, Fix, SourceId};

/// So many positions in a row with the same unbelievable distance between the clocks, and the clock is wrong, not the
/// position.
const WRONG_CLOCK_MIN: u32 = 3;
/// Distances between the clocks that differ by less than this are the same: a message takes its time.
const ALIKE_MS: i64 = 5_000;

/// No message is on its way for longer than this.
const ON_ITS_WAY_MS_MAX: i64 = 2 * 60 * 1000;
/// No clock drifts by more than one part in so many.
const DRIFT_PARTS: i64 = 1_000;

/// A device must have reported for so long without a silence before it takes the place of a worse one that speaks.
pub const STEADY_MS: i64 = 30_000;
/// So many of its own pauses, and a device that reports seldom has fallen silent; never later than the limit.
const PATIENCE_PAUSES: i64 = 3;
pub const PATIENCE_MS_MAX: i64 = 180_000;

/// What is known of one device.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Source {
    pub(super) id: SourceId,
    /// Its name, once the door has said it.
    pub(super) card: Option<DeviceCard>,
    pub(super) diary: Diary,
    /// Since when its believable positions have come in without a silence.
    run_since: Option<Timestamp>,
    /// From its last believable position but one to the last, as they came in.
    pause_ms: i64,
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
    pub(super) const fn new(id: SourceId, now: Timestamp) -> Self {
        Self {
            id,
            card: None,
            diary: Diary::new(now),
            run_since: None,
            pause_ms: 0,
            last: None,
            suspect: None,
            wrong: None,
            said_behind: None,
        }
    }

    /// When it was last believed; none sorts before all.
    pub(super) fn heard_at(&self) -> Option<Timestamp> {
        self.last.map(|(fix, _)| fix.received_at)
    }

    /// After so long without a word it has fallen silent: three of its own pauses, within limits.
    pub(super) fn patience_ms(&self, policy: &Policy) -> i64 {
        (self.pause_ms * PATIENCE_PAUSES).clamp(policy.source_silent_ms, PATIENCE_MS_MAX)
    }

    /// Whether the unit is better shown by this device than by `shown`: it has reported steadily for a while, and the
    /// other one reports seldom or is of a kind that is trusted less.
    pub(super) fn is_better_than(&self, shown: &Self, now: Timestamp, policy: &Policy) -> bool {
        let steady = self.run_since.is_some_and(|since| now.ms_since(since) >= STEADY_MS);
        let is_seldom = shown.pause_ms > policy.source_silent_ms
            || shown.heard_at().is_none_or(|at| now.ms_since(at) > policy.source_silent_ms);
        steady && (is_seldom || self.trust() > shown.trust())
    }

    /// A built-in tracker before a phone: it has the vehicle's power and stays with it.
    fn trust(&self) -> u8 {
        match self.card.as_ref().map(|card| card.kind) {
            Some(DeviceKind::Native | DeviceKind::Forwarded) => 3,
            Some(DeviceKind::Owntracks | DeviceKind::Traccar) => 2,
            // A person who types where they are.
            Some(DeviceKind::Sms) => 1,
            None => 0,
        }
    }

    fn note_pause(&mut self, now: Timestamp, policy: &Policy) {
        let pause_ms = self.heard_at().map(|before| now.ms_since(before).max(0));
        if pause_ms.is_none_or(|pause_ms| pause_ms > policy.source_silent_ms) {
            self.run_since = Some(now);
        }
        // Several in one message tell nothing of how often it reports.
        if let Some(pause_ms) = pause_ms.filter(|pause_ms| *pause_ms > 0) {
            self.pause_ms = pause_ms;
        }
    }

    /// How far its clock is behind ours, when it is wrong; negative when it is ahead.
    pub(super) fn clock_behind_ms(&self, policy: &Policy) -> Option<i64> {
        let said = self.said_behind.map(|(ms, _)| ms);
        let said = said.filter(|ms| ms.abs() > policy.clock_right_ms);
        said.or(self.wrong.filter(|(_, times)| *times >= WRONG_CLOCK_MIN).map(|(ms, _)| ms))
    }

    /// How far its clock is behind ours, right or wrong, where it is known; negative when it is ahead.
    pub(super) fn distance_ms(&self) -> Option<i64> {
        self.said_behind.map(|(ms, _)| ms).or(self.wrong.map(|(ms, _)| ms))
    }

    /// The position with its time as we understand it, where it can be understood, and what it is unless it is the
    /// newest believable one of this device. `restored` is where the unit was known to be before the program started.
    pub(super) fn judge(
        &mut self,
        fix: &Fix,
        restored: Option<&Fix>,
        policy: &Policy,
    ) -> (Fix, Result<(), FixClass>) {
        let given_at = fix.device_at;
        if self.last.is_some_and(|(last, at)| at == given_at && last.position == fix.position) {
            return (*fix, Err(FixClass::Duplicate));
        }
        let time = self.time_of(fix, policy);
        let taken = Fix { device_at: time.unwrap_or(given_at), ..*fix };
        (
            taken,
            self.believe(&taken, time, restored, policy).map(|()| {
                self.last = Some((taken, given_at));
            }),
        )
    }

    fn believe(
        &mut self,
        fix: &Fix,
        time: Result<Timestamp, FixClass>,
        restored: Option<&Fix>,
        policy: &Policy,
    ) -> Result<(), FixClass> {
        if fix.position.is_null_island() {
            return Err(FixClass::NullIsland);
        }
        if !policy.country.contains(fix.position) {
            return Err(FixClass::OutsideCountry);
        }
        self.diary.cover(time?, fix.received_at);
        if fix.mocked {
            return Err(FixClass::Mocked);
        }
        // A person who names the village says where the unit is as well as it can be known.
        let by_person = self.card.as_ref().is_some_and(|card| card.kind == DeviceKind::Sms);
        if !by_person && fix.accuracy_m.is_some_and(|accuracy| accuracy > policy.accuracy_m_max) {
            return Err(FixClass::PoorAccuracy);
        }
        self.follow(fix, restored, policy)?;
        self.note_pause(fix.received_at, policy);
        self.suspect = None;
        Ok(())
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
