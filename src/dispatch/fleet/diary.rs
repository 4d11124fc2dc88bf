//! How one device reports: what became of its positions, which minutes of the last day they cover, and what follows.
//!
//! Two days are kept side by side. A minute is *covered* when the device took a position in it, whenever that came in;
//! it is *heard* when anything came in. A dead zone leaves minutes unheard and covers them afterwards; a phone that
//! puts its app to sleep leaves them neither heard nor covered; a receiver under a roof is heard and covers nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clock::Timestamp;
use crate::dispatch::event::FixClass;

const MINUTE_MS: i64 = 60_000;
/// Minutes that are looked back on.
pub const DAY_MINUTES: i64 = 24 * 60;
/// One bit for each minute of a day and a little more.
const WORDS: usize = 23;

/// A stretch of this many minutes is no gap, however often a device reports.
pub const GAP_MINUTES_MIN: i64 = 5;
/// A stretch of this many of the device's own intervals is no gap.
const GAP_INTERVALS: i64 = 3;
/// A gap at least this long speaks for a habit of the device, a shorter one for a bridge or a queue.
pub const LONG_MINUTES_MIN: i64 = 10;
/// So many long gaps of one kind in a day are a habit.
pub const HABIT_MIN: u32 = 3;
/// Before so many minutes nothing is said of a device.
pub const KNOWN_AFTER_MINUTES: i64 = 60;
/// The interval moves by one part in so many toward the pace that is seen: so it settles at the usual one, whatever
/// single gaps there are.
const SETTLE_PARTS: i64 = 8;

/// What a device's gaps say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Habit {
    /// Heard for less than an hour.
    TooNew,
    /// No gaps.
    Steady,
    /// Gaps, and too few to say why.
    SomeGaps,
    /// Out of reach at times; what it kept came in afterwards.
    DeadZones,
    /// It speaks and has no position to tell.
    NoPlace,
    /// Again and again it neither speaks nor takes positions: the phone puts the app to sleep.
    Asleep,
}

/// How a device reports, over the last 24 hours or since it was first heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regularity {
    /// When it was first heard since the program started.
    pub since: Timestamp,
    pub heard_at: Timestamp,
    /// The usual time from one position to the next.
    pub interval_ms: Option<i64>,
    /// Share of the minutes that are in no gap, 0 to 1.
    pub covered: f64,
    pub gaps: u32,
    pub longest_gap_minutes: i64,
    pub habit: Habit,
}

/// Which minutes of the last day something is true of.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Minutes {
    newest: i64,
    bits: [u64; WORDS],
}

impl Minutes {
    const fn new(first: i64) -> Self {
        Self { newest: first, bits: [0; WORDS] }
    }

    fn place(minute: i64) -> (usize, u64) {
        let words = i64::try_from(WORDS).unwrap_or(1);
        let word = usize::try_from(minute.div_euclid(64).rem_euclid(words)).unwrap_or(0);
        (word, 1 << minute.rem_euclid(64))
    }

    fn mark(&mut self, minute: i64) {
        if minute <= self.newest - DAY_MINUTES {
            return;
        }
        let from = self.newest.max(minute - DAY_MINUTES - 1) + 1;
        for passed in from..=minute {
            let (word, bit) = Self::place(passed);
            self.bits[word] &= !bit;
        }
        self.newest = self.newest.max(minute);
        let (word, bit) = Self::place(minute);
        self.bits[word] |= bit;
    }

    fn has(&self, minute: i64) -> bool {
        let (word, bit) = Self::place(minute);
        (self.newest - DAY_MINUTES < minute && minute <= self.newest) && self.bits[word] & bit != 0
    }

    /// The stretches in `from..=to` in which nothing is marked, as first minute and length.
    fn unmarked(&self, from: i64, to: i64) -> Vec<(i64, i64)> {
        let mut stretches = Vec::new();
        let mut length = 0;
        for minute in from..=to {
            if !self.has(minute) {
                length += 1;
            } else if length > 0 {
                stretches.push((minute - length, length));
                length = 0;
            }
        }
        if length > 0 {
            stretches.push((to + 1 - length, length));
        }
        stretches
    }
}

/// What is kept of how one device reports.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Diary {
    since: Timestamp,
    heard_at: Timestamp,
    heard: Minutes,
    covered: Minutes,
    /// Device time of the newest position whose time can be believed, as we understand it.
    taken_at: Option<Timestamp>,
    interval_ms: Option<i64>,
    counts: BTreeMap<FixClass, u64>,
}

impl Diary {
    pub(super) const fn new(now: Timestamp) -> Self {
        let minute = minute_of(now);
        Self {
            since: now,
            heard_at: now,
            heard: Minutes::new(minute),
            covered: Minutes::new(minute),
            taken_at: None,
            interval_ms: None,
            counts: BTreeMap::new(),
        }
    }

    /// Something came in.
    pub(super) fn hear(&mut self, at: Timestamp) {
        self.heard_at = self.heard_at.max(at);
        self.heard.mark(minute_of(at));
    }

    /// A position was taken at a time, by our clock, that can be believed.
    pub(super) fn cover(&mut self, taken_at: Timestamp, received_at: Timestamp) {
        let taken_at = taken_at.min(received_at);
        self.covered.mark(minute_of(taken_at));
        if let Some(before) = self.taken_at.filter(|before| *before < taken_at) {
            let pace = taken_at.ms_since(before);
            let usual = self.interval_ms.unwrap_or(pace);
            let step = (usual / SETTLE_PARTS).max(1);
            self.interval_ms = Some(match pace.cmp(&usual) {
                std::cmp::Ordering::Less => pace.max(usual - step),
                std::cmp::Ordering::Equal => usual,
                std::cmp::Ordering::Greater => pace.min(usual + step),
            });
        }
        self.taken_at = self.taken_at.max(Some(taken_at));
    }

    pub(super) fn count(&mut self, class: FixClass) {
        *self.counts.entry(class).or_default() += 1;
    }

    /// How many of its positions came to what, since it was first heard.
    pub(super) const fn counts(&self) -> &BTreeMap<FixClass, u64> {
        &self.counts
    }

    /// What its gaps say. A stretch that is not over yet is counted as a gap and says nothing of the device's habits:
    /// what it keeps may still come in.
    pub(super) fn regularity(&self, now: Timestamp) -> Regularity {
        let to = minute_of(now);
        let from = minute_of(self.since).max(to - DAY_MINUTES + 1);
        let longest_usual = self.interval_ms.unwrap_or(0) * GAP_INTERVALS;
        let usual = GAP_MINUTES_MIN.max((longest_usual + MINUTE_MS - 1) / MINUTE_MS);
        let long = usual.max(LONG_MINUTES_MIN);
        let is_over = |first: i64, length: i64| first > from && first + length <= to;
        let mut missing = 0;
        let mut found = Regularity {
            since: self.since,
            heard_at: self.heard_at,
            interval_ms: self.interval_ms,
            covered: 1.0,
            gaps: 0,
            longest_gap_minutes: 0,
            habit: Habit::Steady,
        };
        let (mut asleep, mut placeless) = (0, 0);
        for (first, length) in self.covered.unmarked(from, to) {
            if length <= usual {
                continue;
            }
            found.gaps += 1;
            found.longest_gap_minutes = found.longest_gap_minutes.max(length);
            missing += length;
            if length >= long && is_over(first, length) {
                // Whoever comes back is heard before its next position is taken.
                let spoke = (first + 1..first + length - 1).any(|minute| self.heard.has(minute));
                *(if spoke { &mut placeless } else { &mut asleep }) += 1;
            }
        }
        let unheard = self.heard.unmarked(from, to).into_iter();
        let dead_zones = unheard.filter(|(first, length)| {
            let covered = (*first..first + length).filter(|minute| self.covered.has(*minute));
            let covered = i64::try_from(covered.count()).unwrap_or(i64::MAX);
            *length > usual && covered * usual * 2 >= *length
        });
        found.covered = share(to - from + 1 - missing, to - from + 1);
        found.habit = match () {
            () if to - minute_of(self.since) < KNOWN_AFTER_MINUTES => Habit::TooNew,
            () if asleep >= HABIT_MIN => Habit::Asleep,
            () if placeless >= HABIT_MIN => Habit::NoPlace,
            () if dead_zones.count() > 0 => Habit::DeadZones,
            () if found.gaps > 0 => Habit::SomeGaps,
            () => Habit::Steady,
        };
        found
    }
}

const fn minute_of(at: Timestamp) -> i64 {
    at.ms().div_euclid(MINUTE_MS)
}

/// One whole number of another, 0 to 1.
#[expect(clippy::as_conversions, reason = "minutes of a day are exact in f64")]
fn share(part: i64, whole: i64) -> f64 {
    if whole <= 0 { 1.0 } else { part as f64 / whole as f64 }
}
