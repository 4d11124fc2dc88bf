//! Which recorded positions of a unit at rest are kept for long (pure).
//!
//! While a unit was assigned, every one. Otherwise one in five minutes while it stood and one in ten seconds while it
//! moved, for each device and class of its own, and the first and the last of each in a day.

use std::collections::BTreeMap;

use sqlx::FromRow;

use super::rows::FixNumbers;
use crate::clock::Timestamp;
use crate::dispatch::event::FixClass;
use crate::place::Position;

/// Between two positions that are kept of a unit without an assignment that stands, and of one that moves.
pub const STANDING_MS: i64 = 5 * 60 * 1000;
pub const MOVING_MS: i64 = 10 * 1000;
/// A device's timer may be early by so much: what is sent every ten seconds is kept.
pub const EARLY_MS: i64 = 1_000;
/// A unit moves that says so much, in tenths of km/h, or is so far from the position that was kept before.
pub const MOVING_SPEED: i32 = 50;
pub const MOVING_M: f64 = 50.0;

/// From when to when one unit had an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Span {
    /// The unit's index on the roster.
    pub number: i64,
    pub offered: i64,
    /// None while it is open.
    pub ended: Option<i64>,
}

/// When the units of an area had assignments.
#[derive(Clone, Debug)]
pub struct Assigned {
    since: i64,
    spans: BTreeMap<i64, Vec<Span>>,
}

impl Assigned {
    /// Every assignment that was open at `since` or later.
    #[must_use]
    pub fn new(since: Timestamp, spans: Vec<Span>) -> Self {
        let mut assigned = Self { since: since.ms(), spans: BTreeMap::new() };
        for span in spans {
            assigned.spans.entry(span.number).or_default().push(span);
        }
        assigned
    }

    /// Both ends count. What is older than is known counts as assigned.
    fn covers(&self, unit: i32, at: i64) -> bool {
        let spans = self.spans.get(&i64::from(unit)).map_or(&[][..], Vec::as_slice);
        let within = |span: &Span| span.offered <= at && span.ended.is_none_or(|end| at <= end);
        at < self.since || spans.iter().any(within)
    }

    /// By either time, for the device's clock may be wrong; one that is known to be wrong does not count.
    fn holds(&self, fix: &FixNumbers) -> bool {
        let wrong = fix.class_is(FixClass::WrongClock);
        self.covers(fix.unit, fix.received_at) || !wrong && self.covers(fix.unit, fix.device_at)
    }
}

/// Leaves out of a unit's positions, which are in the order of their device times, those that are not kept.
pub fn thin(fixes: &mut Vec<FixNumbers>, assigned: &Assigned) {
    let kind = |fix: &FixNumbers| (fix.device, fix.class);
    let last: BTreeMap<(i32, i32), usize> = fixes.iter().map(kind).zip(0..).collect();
    let mut kept: BTreeMap<(i32, i32), FixNumbers> = BTreeMap::new();
    let mut number = 0..;
    fixes.retain(|fix| {
        let is_last = last.get(&kind(fix)).copied() == number.next();
        let due = kept.get(&kind(fix)).is_none_or(|before| is_due(before, fix));
        let keep = due || is_last || assigned.holds(fix);
        if keep {
            kept.insert(kind(fix), fix.clone());
        }
        keep
    });
}

fn is_due(before: &FixNumbers, fix: &FixNumbers) -> bool {
    let passed = fix.device_at.saturating_sub(before.device_at);
    let apart = if moves(before, fix) { MOVING_MS } else { STANDING_MS };
    passed >= apart - EARLY_MS
}

fn moves(before: &FixNumbers, fix: &FixNumbers) -> bool {
    let position = |fix: &FixNumbers| Position::from_e7(fix.lat, fix.lon);
    let far = match (position(before), position(fix)) {
        (Ok(before), Ok(here)) => before.metres_to(here) > MOVING_M,
        (Err(_), _) | (_, Err(_)) => true,
    };
    far || fix.speed.is_some_and(|speed| speed >= MOVING_SPEED)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: i64 = 1_795_435_200_000;

    fn fix(second: i64, speed: Option<i32>) -> FixNumbers {
        FixNumbers {
            unit: 3,
            device: 1,
            device_at: NOON + second * 1_000,
            said_at: NOON + second * 1_000,
            received_at: NOON + second * 1_000 + 500,
            lat: -82_500_000,
            lon: 1_138_500_000,
            speed,
            heading: None,
            accuracy: None,
            battery: None,
            class: 0,
        }
    }

    fn never() -> Assigned {
        Assigned::new(Timestamp::from_ms(NOON - 86_400_000), Vec::new())
    }

    fn span(number: i64, from: i64, to: Option<i64>) -> Span {
        let at = |second: i64| NOON + second * 1_000;
        Span { number, offered: at(from), ended: to.map(at) }
    }

    /// The seconds that are kept.
    fn kept(fixes: &[FixNumbers], assigned: &Assigned) -> Vec<i64> {
        let mut fixes = fixes.to_vec();
        thin(&mut fixes, assigned);
        fixes.iter().map(|fix| (fix.device_at - NOON).div_euclid(1_000)).collect()
    }

    #[test]
    fn of_a_unit_that_stands_one_in_five_minutes_is_kept_and_the_last() {
        let fixes: Vec<FixNumbers> = (0..700).map(|second| fix(second, Some(0))).collect();
        assert_eq!(kept(&fixes, &never()), [0, 299, 598, 699]);
        let unsaid: Vec<FixNumbers> = (0..700).map(|second| fix(second, None)).collect();
        assert_eq!(kept(&unsaid, &never()), [0, 299, 598, 699]);
        assert_eq!(kept(&[fix(0, None), fix(298, None), fix(400, None)], &never()), [0, 400]);
        assert_eq!(kept(&[fix(0, None), fix(299, None), fix(400, None)], &never()), [0, 299, 400]);
    }

    #[test]
    fn of_a_unit_that_moves_one_in_ten_seconds_is_kept() {
        let at = |speed: i32| (0..30).map(|second| fix(second, Some(speed))).collect::<Vec<_>>();
        assert_eq!(kept(&at(MOVING_SPEED), &never()), [0, 9, 18, 27, 29]);
        assert_eq!(kept(&at(MOVING_SPEED - 1), &never()), [0, 29]);
        let every_ten: Vec<FixNumbers> = (0..9)
            .map(|n| FixNumbers { device_at: NOON + n * 10_000 - n % 2 * 900, ..fix(0, Some(400)) })
            .collect();
        assert_eq!(kept(&every_ten, &never()).len(), 9, "a timer that is early");
        // 51 m north of the place before, and 49 m.
        let north = |metres: i32| FixNumbers { lat: -82_500_000 + metres * 90, ..fix(20, None) };
        assert_eq!(kept(&[fix(0, None), north(51), fix(21, None)], &never()), [0, 20, 21]);
        assert_eq!(kept(&[fix(0, None), north(49), fix(21, None)], &never()), [0, 21]);
    }

    #[test]
    fn while_a_unit_was_assigned_every_position_is_kept_to_both_ends() {
        let fixes: Vec<FixNumbers> = (0..100).map(|second| fix(second, None)).collect();
        let assigned = |spans: Vec<Span>| Assigned::new(Timestamp::from_ms(NOON), spans);
        // Received half a second after it was taken, second 9 came in before the order, and 30 was taken at its end.
        let drive = [vec![0], (10..=30).collect(), vec![99]].concat();
        assert_eq!(kept(&fixes, &assigned(vec![span(3, 10, Some(30))])), drive);
        assert_eq!(kept(&fixes, &assigned(vec![span(4, 10, Some(30))])), [0, 99], "another's");
        let open = [vec![0], (95..100).collect()].concat();
        assert_eq!(kept(&fixes, &assigned(vec![span(3, 95, None)])), open);
    }

    #[test]
    fn either_time_may_be_the_one_at_which_a_unit_was_assigned() {
        let late =
            |second| FixNumbers { received_at: NOON + 900_000, class: 1, ..fix(second, None) };
        let wrong = |second| FixNumbers { device_at: second, class: 8, ..fix(20, None) };
        let fixes = [wrong(1), wrong(2), wrong(3), late(19), late(20), late(21), late(22)];
        let during = |from: i64, to: i64| {
            Assigned::new(Timestamp::from_ms(NOON), vec![span(3, from, Some(to))])
        };
        let count = |assigned: &Assigned| kept(&fixes, assigned).len();
        assert_eq!(count(&during(100, 200)), 4, "the first and the last of each class");
        assert_eq!(count(&during(20, 21)), 7, "when they were taken, and by a wrong clock came in");
        assert_eq!(count(&during(900, 900)), 6, "when they came in");
        let unknown = Assigned::new(Timestamp::from_ms(NOON + 3_600_000), Vec::new());
        assert_eq!(count(&unknown), 7, "older than is known");
    }

    #[test]
    fn each_class_is_thinned_by_itself() {
        let class = |second: i64| FixNumbers {
            class: i32::try_from(second % 3).expect("small"),
            ..fix(second, None)
        };
        let fixes: Vec<FixNumbers> = (0..60).map(class).collect();
        assert_eq!(kept(&fixes, &never()), [0, 1, 2, 57, 58, 59]);
        assert_eq!(kept(&[], &never()), Vec::<i64>::new());
    }

    proptest! {
        #[test]
        fn what_is_left_is_left_when_it_is_thinned_again(
            steps in proptest::collection::vec((0..400_i64, 0..100_i32, 0..2_000_i32, 0..3_i32), 0..200),
            from in 0..9_000_i64,
        ) {
            let mut second = 0;
            let mut fixes: Vec<FixNumbers> = Vec::new();
            for (passed, speed, north, class) in steps {
                second += passed;
                fixes.push(FixNumbers { lat: -82_500_000 + north, class, ..fix(second, Some(speed)) });
            }
            let spans = vec![span(3, from, Some(from + 300))];
            let assigned = Assigned::new(Timestamp::from_ms(NOON), spans);
            let mut once = fixes.clone();
            thin(&mut once, &assigned);
            let mut twice = once.clone();
            thin(&mut twice, &assigned);
            prop_assert_eq!(&twice, &once);
            let drive = |fix: &&FixNumbers| assigned.holds(fix);
            prop_assert!(fixes.iter().filter(drive).eq(once.iter().filter(drive)));
        }
    }
}
