//! Time: timestamps in UTC milliseconds and the one clock that asks the operating system.
//!
//! Everything else takes `now` as a parameter, so that tests and the simulator move time themselves.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, in milliseconds since 1970-01-01; written as RFC 3339 wherever people or scripts read it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest and latest moments we accept from outside: the years 1970 to 2100.
    pub const MIN: Timestamp = Timestamp(0);
    pub const MAX: Timestamp = Timestamp(4_102_444_800_000);

    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// This moment and so many milliseconds (negative: earlier).
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; negative when `earlier` is later.
    #[must_use]
    pub const fn ms_since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds from `earlier` to this moment, never negative: an age.
    #[must_use]
    pub const fn age_s_since(self, earlier: Timestamp) -> i64 {
        let ms = self.ms_since(earlier);
        if ms < 0 { 0 } else { ms / 1000 }
    }

    /// Reads RFC 3339; refuses anything outside 1970 to 2100.
    pub fn parse(text: &str) -> Result<Self, String> {
        let instant: jiff::Timestamp =
            text.parse().map_err(|_| format!("'{text}' is not an RFC 3339 time"))?;
        let at = Self(instant.as_millisecond());
        if at < Self::MIN || at > Self::MAX {
            return Err(format!("'{text}' is outside the years 1970 to 2100"));
        }
        Ok(at)
    }

    fn as_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or_default()
    }

    /// The civil date and time in an IANA zone; an unknown zone counts as UTC.
    #[must_use]
    pub fn civil_in(self, zone: &str) -> jiff::civil::DateTime {
        let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
        self.as_jiff().to_zoned(zone).datetime()
    }

    /// The UTC date, which names the file or partition in which a position is kept.
    #[must_use]
    pub fn utc_date(self) -> jiff::civil::Date {
        self.as_jiff().to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    /// The moment at which a UTC date begins.
    #[must_use]
    pub fn midnight(date: jiff::civil::Date) -> Self {
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC);
        midnight.map_or(Self::MIN, |midnight| Self(midnight.timestamp().as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.as_jiff())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The clock of the running program: the machine's own, or a demo's, which may run faster.
#[derive(Clone, Debug)]
pub struct Clock {
    origin: Timestamp,
    speed: f64,
    hand: Hand,
}

/// What moves a clock on.
#[derive(Clone, Debug)]
enum Hand {
    /// The machine's clock, asked each time; clones share what was shown last.
    Machine(Arc<Mutex<Shown>>),
    /// Time since the start, whatever the machine's clock does meanwhile.
    Started(Instant),
}

/// What a clock showed, as time since 1970, and when.
#[derive(Clone, Copy, Debug)]
struct Shown {
    moment: Duration,
    at: Instant,
}

impl Shown {
    /// What to show when the machine's clock says `machine`.
    ///
    /// While the machine's clock is behind what was shown, because somebody set it back, time runs at half its pace
    /// until both agree: it never goes backwards, and it never stands still, because an offer that nobody answers
    /// must fall due.
    fn follow(self, machine: Duration, at: Instant) -> Self {
        let slowed = self.moment + at.saturating_duration_since(self.at) / 2;
        Self { moment: machine.max(slowed), at }
    }

    fn timestamp(self) -> Timestamp {
        Timestamp(i64::try_from(self.moment.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The machine's clock, and a reading of the one that cannot be set.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the OS the time")]
fn machine() -> (Duration, Instant) {
    (SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(), Instant::now())
}

impl Clock {
    /// The machine's clock: corrections to it are followed, but never backwards.
    #[must_use]
    pub fn real() -> Self {
        let (moment, at) = machine();
        let shown = Shown { moment, at };
        let hand = Hand::Machine(Arc::new(Mutex::new(shown)));
        Self { origin: shown.timestamp(), speed: 1.0, hand }
    }

    /// Starts at the present moment and runs `speed` seconds in each real second.
    #[must_use]
    pub fn running_at(speed: f64) -> Self {
        assert!(speed.is_finite() && speed > 0.0, "clock speed must be positive, got {speed}");
        let (moment, at) = machine();
        Self { origin: Shown { moment, at }.timestamp(), speed, hand: Hand::Started(at) }
    }

    /// The same clock, started no earlier than `moment`: what the log says was not said later than now.
    #[must_use]
    pub fn not_before(mut self, moment: Timestamp) -> Self {
        self.origin = self.origin.max(moment);
        if let Hand::Machine(shown) = &self.hand {
            let least = Duration::from_millis(u64::try_from(moment.ms()).unwrap_or(0));
            let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.moment = shown.moment.max(least);
        }
        self
    }

    /// The present moment; never goes backwards while the program runs.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.hand {
            Hand::Machine(shown) => {
                let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
                let (machine, at) = machine();
                *shown = shown.follow(machine, at);
                shown.timestamp()
            }
            Hand::Started(started) => {
                let ms = started.elapsed().as_secs_f64() * 1000.0 * self.speed;
                #[expect(
                    clippy::as_conversions,
                    reason = "elapsed milliseconds fit in i64 for ages"
                )]
                let ms = ms as i64;
                self.origin.plus_ms(ms)
            }
        }
    }

    /// The moment at which this clock started.
    #[must_use]
    pub fn origin(&self) -> Timestamp {
        self.origin
    }

    /// Seconds of this clock in one real second.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// The real time that passes while this clock runs for `duration`.
    #[must_use]
    pub fn real_duration(&self, duration: Duration) -> Duration {
        duration.div_f64(self.speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_survives_being_written_and_read() {
        let at = Timestamp::from_ms(1_763_859_723_456);
        assert_eq!(at.to_string(), "2025-11-23T01:02:03.456Z");
        assert_eq!(Timestamp::parse(&at.to_string()), Ok(at));
    }

    #[test]
    fn times_that_are_no_times_are_refused_by_name() {
        for text in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "1900-01-01T00:00:00Z",
            "2300-01-01T00:00:00Z",
        ] {
            let refusal = Timestamp::parse(text).expect_err(text);
            assert!(refusal.contains(text), "{refusal}");
        }
    }

    #[test]
    fn a_clock_follows_the_machine_and_runs_slowly_where_that_was_set_back() {
        let (_, start) = machine();
        let mut shown = Shown { moment: Duration::from_secs(1_000), at: start };
        // Real seconds, what the machine says then, and what is shown.
        let cases = [
            (1, 1_001, 1_001.0),
            (2, 1_062, 1_062.0),
            (4, 1_061, 1_063.0),
            (6, 1_063, 1_064.0),
            (9, 1_066, 1_066.0),
            (10, 1_067, 1_067.0),
        ];
        for (elapsed_s, machine_s, expected_s) in cases {
            let at = start + Duration::from_secs(elapsed_s);
            shown = shown.follow(Duration::from_secs(machine_s), at);
            assert_eq!(shown.moment, Duration::from_secs_f64(expected_s), "after {elapsed_s} s");
        }
    }

    #[test]
    fn a_clock_that_starts_after_the_last_entry_of_the_log_goes_on_from_it() {
        let last = Clock::real().now().plus_ms(3_600_000);
        for clock in [Clock::real(), Clock::running_at(1.0)] {
            let clock = clock.not_before(last);
            let seen = clock.clone().now();
            assert!(seen >= last && clock.now() >= seen);
            assert!(seen < last.plus_ms(60_000));
        }
    }

    #[test]
    fn the_local_date_follows_the_regency_not_the_server() {
        let late_evening_utc = Timestamp::parse("2026-11-22T17:30:00Z").expect("valid");
        assert_eq!(late_evening_utc.civil_in("Asia/Jakarta").date().day(), 23);
        assert_eq!(late_evening_utc.utc_date().day(), 22);
        let midnight = Timestamp::midnight(late_evening_utc.utc_date());
        assert_eq!(midnight.to_string(), "2026-11-22T00:00:00.000Z");
    }
}
