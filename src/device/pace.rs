//! How fast somebody is heard: a bucket that fills with time and loses one with each message.

use std::time::Duration;

use tokio::time::Instant;

/// Packets of one device that are read at once after a pause, and how many more each second. Whoever sends faster is
/// read later, so that one device never takes the desk's time from the others; a backlog of hours goes through.
const BURST_MAX: u32 = 200;
const PER_SECOND_MAX: u32 = 50;

/// A bucket of turns.
#[derive(Debug)]
pub struct Pace {
    burst: u32,
    per_second: u32,
    left: u32,
    filled_at: Instant,
}

impl Pace {
    /// A full bucket.
    #[expect(clippy::disallowed_methods, reason = "a shell that waits")]
    #[must_use]
    pub fn new(burst: u32, per_second: u32) -> Self {
        Self { burst, per_second, left: burst, filled_at: Instant::now() }
    }

    /// The bucket of one device.
    #[must_use]
    pub fn of_device() -> Self {
        Self::new(BURST_MAX, PER_SECOND_MAX)
    }

    /// Takes a turn; says whether there was one.
    pub fn take(&mut self, now: Instant) -> bool {
        let gone = now.saturating_duration_since(self.filled_at).as_millis();
        let filled = u32::try_from(gone * u128::from(self.per_second) / 1_000).unwrap_or(u32::MAX);
        if filled > 0 {
            self.filled_at = now;
            self.left = self.left.saturating_add(filled).min(self.burst);
        }
        let had_one = self.left > 0;
        self.left = self.left.saturating_sub(1);
        had_one
    }

    /// Whether nobody has taken a turn for so long that a new bucket would be no fuller.
    #[must_use]
    pub fn is_rested(&self, now: Instant) -> bool {
        let gone = now.saturating_duration_since(self.filled_at).as_millis();
        gone * u128::from(self.per_second) / 1_000 + u128::from(self.left) >= u128::from(self.burst)
    }

    /// Completes when there is a turn.
    pub async fn turn(&self) {
        if self.left == 0 {
            let refill = Duration::from_secs(1) / self.per_second;
            tokio::time::sleep_until(self.filled_at + refill).await;
        }
    }
}
