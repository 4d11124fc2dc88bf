//! The only place that asks the OS for the time: real time mapped to simulated time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Slowest and fastest simulated time, in simulated seconds for each real one.
pub const SPEED_MIN: f64 = 0.01;
pub const SPEED_MAX: f64 = 1_000.0;

/// Maps real time to simulated UTC epoch milliseconds; copies show the same time.
#[derive(Debug, Clone, Copy)]
pub struct SimClock {
    origin_ms: i64,
    speed: f64,
    started: Instant,
}

impl SimClock {
    /// A clock that shows `origin_epoch_ms` now and runs `speed` simulated seconds in a real one;
    /// a speed outside 0.01 to 1,000 is brought to the nearer end, one that is no number to 1.
    pub fn new(origin_epoch_ms: i64, speed: f64) -> SimClock {
        let speed = if speed.is_nan() { 1.0 } else { speed.clamp(SPEED_MIN, SPEED_MAX) };
        SimClock { origin_ms: origin_epoch_ms, speed, started: instant() }
    }

    /// A clock that shows the time of day now and runs at `speed`.
    pub fn from_now(speed: f64) -> SimClock {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks the OS the time")]
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        let origin_ms = since_epoch.map_or(0, |since| since.as_millis() as i64);
        SimClock::new(origin_ms, speed)
    }

    /// Simulated UTC epoch milliseconds.
    pub fn now_ms(&self) -> i64 {
        let passed_ms = self.elapsed().as_secs_f64() * 1_000.0 * self.speed;
        self.origin_ms.saturating_add(passed_ms as i64)
    }

    /// How long a simulated time takes in reality.
    pub fn real_duration(&self, sim: Duration) -> Duration {
        sim.div_f64(self.speed)
    }

    /// How long it takes in reality until the clock shows `sim_ms`; zero when it is past.
    pub fn real_until(&self, sim_ms: i64) -> Duration {
        let ahead_ms = sim_ms.saturating_sub(self.now_ms()).max(0);
        self.real_duration(Duration::from_millis(ahead_ms as u64))
    }

    /// How much simulated time passes in a real one, in milliseconds.
    pub fn sim_ms(&self, real: Duration) -> i64 {
        (real.as_secs_f64() * 1_000.0 * self.speed) as i64
    }

    /// Real time since the clock was made.
    pub fn elapsed(&self) -> Duration {
        instant().saturating_duration_since(self.started)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the OS the time")]
fn instant() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simulated_time_runs_at_its_speed() {
        let clock = SimClock::new(1_000_000, 60.0);
        assert_eq!(clock.real_duration(Duration::from_secs(60)), Duration::from_secs(1));
        assert_eq!(clock.sim_ms(Duration::from_secs(2)), 120_000);
        assert!(clock.now_ms() >= 1_000_000);
        assert_eq!(clock.real_until(0), Duration::ZERO);
    }

    #[test]
    fn odd_speeds_and_origins_are_survived() {
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let clock = SimClock::new(i64::MAX, speed);
            assert_eq!(clock.now_ms(), i64::MAX);
            assert!(clock.real_duration(Duration::from_secs(1)) > Duration::ZERO);
            assert!(SimClock::new(i64::MIN, speed).real_until(i64::MAX) > Duration::ZERO);
        }
    }
}
