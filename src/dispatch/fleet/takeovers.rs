//! Connections of one device that take each other over again and again: two phones with one sign-in.

use std::collections::VecDeque;

use crate::clock::Timestamp;
use crate::ids::UnitId;

/// So many takeovers of one device within `WITHIN_MS` are an alarm.
pub const FLAPS_MIN: usize = 5;
pub const WITHIN_MS: i64 = 10 * 60 * 1000;
/// So long without a takeover, and it is over.
pub const QUIET_MS: i64 = 5 * 60 * 1000;

/// The last takeovers of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takeovers {
    pub unit: UnitId,
    /// At most `FLAPS_MIN`, oldest first.
    last: VecDeque<Timestamp>,
    /// Since when there have been too many.
    since: Option<Timestamp>,
}

impl Takeovers {
    #[must_use]
    pub const fn new(unit: UnitId) -> Self {
        Self { unit, last: VecDeque::new(), since: None }
    }

    /// One connection took over another.
    pub fn note(&mut self, now: Timestamp) {
        if self.is_quiet(now) {
            self.since = None;
        }
        if self.last.len() >= FLAPS_MIN {
            self.last.pop_front();
        }
        self.last.push_back(now);
        if let Some(first) = self.last.front()
            && self.last.len() >= FLAPS_MIN
            && now.ms_since(*first) <= WITHIN_MS
        {
            self.since.get_or_insert(*first);
        }
    }

    /// When the first of too many takeovers was; none when there are not too many, or not any more.
    #[must_use]
    pub fn flapping_since(&self, now: Timestamp) -> Option<Timestamp> {
        self.since.filter(|_| !self.is_quiet(now))
    }

    /// Nothing of it matters any more.
    #[must_use]
    pub fn are_over(&self, now: Timestamp) -> bool {
        self.last.back().is_none_or(|last| now.ms_since(*last) > WITHIN_MS)
    }

    fn is_quiet(&self, now: Timestamp) -> bool {
        self.last.back().is_none_or(|last| now.ms_since(*last) > QUIET_MS)
    }
}
