//! What a position is worth: bad places, wrong clocks, several devices of one unit.

use super::*;

const DAY_S: i64 = 24 * 60 * 60;

fn observe(room: &mut Dispatch, fix: Fix) -> FixClass {
    room.observe(&unit(0), fix).expect("known").class
}

fn live(room: &Dispatch) -> Fix {
    room.fleet().get(&unit(0)).expect("known").live.expect("somewhere")
}

fn clock_behind_s(room: &Dispatch) -> Option<i64> {
    room.fleet().get(&unit(0)).expect("known").clock_behind_ms.map(|ms| ms / 1000)
}

/// Received now, by a device whose clock is so far behind ours.
fn by_clock(seconds: i64, behind_s: i64) -> Fix {
    Fix { device_at: at(seconds - behind_s), ..fix(seconds, -8.2 + 0.000_01 * seconds as f64) }
}

/// The same, and the device says what its clock shows.
fn by_said_clock(seconds: i64, behind_s: i64) -> Fix {
    Fix { behind_ms: Some(behind_s * 1000), ..by_clock(seconds, behind_s) }
}

fn from(source: u32, fix: Fix) -> Fix {
    Fix { source: SourceId(source), ..fix }
}

#[test]
fn a_bad_position_is_named_and_never_moves_or_freezes_the_marker() {
    let mut room = room(1);
    assert_eq!(observe(&mut room, fix(0, -8.2)), FixClass::Live);
    let far = |fix: Fix, lat, lon| Fix { position: position(lat, lon), ..fix };
    let late_by_a_year = Fix { received_at: at(2), ..fix(31_536_000, -8.2) };
    let cases = [
        (far(fix(1, -8.2), 0.0, 0.0), FixClass::NullIsland),
        (far(fix(1, -8.2), 52.0, 13.0), FixClass::OutsideCountry),
        (late_by_a_year, FixClass::Future),
        (Fix { accuracy_m: Some(900.0), ..fix(1, -8.2) }, FixClass::PoorAccuracy),
        (fix(-5, -8.2), FixClass::Late),
        (fix(0, -8.2), FixClass::Duplicate),
        (fix(10, -7.9), FixClass::Jump),
    ];
    for (bad, expected) in cases {
        assert_eq!(observe(&mut room, bad), expected);
        assert_eq!(live(&room).device_at, at(0), "{expected:?} moved the marker");
    }
    assert_eq!(observe(&mut room, fix(11, -8.2001)), FixClass::Live, "the next good one is taken");
    assert_eq!(observe(&mut room, fix(12, -7.9)), FixClass::Jump);
    assert_eq!(observe(&mut room, fix(13, -7.9001)), FixClass::Live, "two that agree are believed");
    assert_eq!(room.observe(&unit(9), fix(0, -8.2)), None);
}

#[test]
fn one_position_from_the_future_never_freezes_the_marker() {
    let mut room = room(1);
    assert_eq!(observe(&mut room, by_clock(0, 0)), FixClass::Live);
    assert_eq!(observe(&mut room, by_clock(1, -DAY_S)), FixClass::Future);
    for second in 2..12 {
        assert_eq!(observe(&mut room, by_clock(second, 0)), FixClass::Live);
        assert_eq!(live(&room).device_at, at(second));
    }
    assert_eq!(clock_behind_s(&room), None);
}

#[test]
fn a_clock_that_is_steadily_impossible_is_known_as_wrong_and_its_unit_is_seen_by_ours() {
    // A day ahead, 1970 and a rollover of 1,024 GPS weeks.
    for behind_s in [-DAY_S, 55 * 365 * DAY_S, 1_024 * 7 * DAY_S] {
        let mut room = room(1);
        assert_eq!(observe(&mut room, by_clock(0, 0)), FixClass::Live);
        let doubted = [by_clock(1, behind_s), by_clock(2, behind_s)];
        for fix in doubted {
            assert!(matches!(observe(&mut room, fix), FixClass::Future | FixClass::WrongClock));
            assert_eq!(live(&room).device_at, at(0));
        }
        for second in 3..9 {
            assert_eq!(observe(&mut room, by_clock(second, behind_s)), FixClass::Live);
            assert_eq!(live(&room).age_s(at(second)), 0, "by our clock");
        }
        assert_eq!(clock_behind_s(&room), Some(behind_s));
        assert_eq!(observe(&mut room, by_clock(10, 0)), FixClass::Live, "the clock was set");
        assert_eq!(clock_behind_s(&room), None);
    }
}

#[test]
fn a_device_that_says_what_its_clock_shows_is_understood_at_once_backlog_and_all() {
    for behind_s in [-DAY_S, DAY_S, 55 * 365 * DAY_S] {
        let mut room = room(1);
        // Taken ten minutes ago by a clock that is wrong, sent now.
        let old = Fix { device_at: at(600 - 600 - behind_s), ..by_said_clock(600, behind_s) };
        assert_eq!(observe(&mut room, old), FixClass::Live);
        assert_eq!(live(&room).age_s(at(600)), 600, "its age is the true one");
        assert_eq!(observe(&mut room, by_said_clock(601, behind_s)), FixClass::Live);
        assert_eq!(live(&room).age_s(at(601)), 0);
        assert_eq!(clock_behind_s(&room), Some(behind_s));
        assert_eq!(observe(&mut room, Fix { received_at: at(602), ..old }), FixClass::Late);
    }
    let mut room = room(1);
    let glitch = Fix { device_at: at(4_000), ..by_said_clock(1, 0) };
    assert_eq!(observe(&mut room, glitch), FixClass::Future, "ahead of what its clock shows");
}

#[test]
fn a_backlog_of_hours_is_no_wrong_clock() {
    let mut room = room(1);
    assert_eq!(observe(&mut room, by_clock(30_000, 0)), FixClass::Live);
    for second in 0..10 {
        let old = Fix { received_at: at(30_001), ..by_clock(second, 0) };
        assert_eq!(observe(&mut room, old), FixClass::Late);
    }
    assert_eq!(clock_behind_s(&room), None);
    assert_eq!(live(&room).device_at, at(30_000));
}

#[test]
fn of_two_devices_of_a_unit_one_is_shown_and_the_other_stands_beside_it() {
    let mut room = room(1);
    let elsewhere = |seconds: i64| fix(seconds, -8.21);
    assert_eq!(observe(&mut room, from(1, fix(0, -8.2))), FixClass::Live);
    for second in 1..10 {
        assert_eq!(observe(&mut room, from(2, elsewhere(second))), FixClass::Beside);
        assert_eq!(observe(&mut room, from(1, fix(second, -8.2001))), FixClass::Live);
        assert_eq!(live(&room).source, SourceId(1), "the marker does not jump to and fro");
    }
    let known = room.fleet().get(&unit(0)).expect("known");
    assert_eq!(known.sources(), 2);
}

#[test]
fn when_the_device_that_is_shown_falls_silent_the_other_takes_its_place_and_keeps_it() {
    let mut room = room(1);
    assert_eq!(observe(&mut room, from(1, fix(0, -8.2))), FixClass::Live);
    assert_eq!(observe(&mut room, from(2, fix(10, -8.21))), FixClass::Beside);
    assert_eq!(observe(&mut room, from(2, fix(16, -8.21))), FixClass::Live);
    assert_eq!(live(&room).source, SourceId(2));
    assert_eq!(observe(&mut room, from(1, fix(17, -8.2))), FixClass::Beside, "it is back, beside");
    assert_eq!(observe(&mut room, from(1, fix(5, -8.2))), FixClass::Late);
}

#[test]
fn a_wrong_clock_of_one_device_does_not_touch_the_other() {
    let mut room = room(1);
    for second in 0..10 {
        assert_eq!(observe(&mut room, from(1, by_clock(second, 0))), FixClass::Live);
        let class = observe(&mut room, from(2, by_clock(second, -DAY_S)));
        assert!(matches!(class, FixClass::Future | FixClass::Beside), "{class:?}");
    }
    assert_eq!(clock_behind_s(&room), None);
}

#[test]
fn a_restart_believes_no_time_that_cannot_be() {
    let mut room = room(1);
    room.restore_fix(&unit(0), by_clock(0, -DAY_S));
    assert_eq!(live(&room).device_at, at(0), "as it was received");
    assert_eq!(observe(&mut room, from(1, by_clock(1, 0))), FixClass::Live);
}

#[test]
fn a_position_is_kept_under_our_time_as_soon_as_the_clock_that_told_it_is_known_to_be_wrong() {
    let mut room = room(1);
    let mut taken_at = |fix: Fix| room.observe(&unit(0), fix).expect("known").taken_at;
    for second in 0..2 {
        assert_eq!(taken_at(by_clock(second, 600 * DAY_S)), at(second - 600 * DAY_S), "not known");
    }
    assert_eq!(taken_at(by_clock(2, 600 * DAY_S)), at(2));
    assert_eq!(taken_at(by_said_clock(3, 600 * DAY_S)), at(3));
    let nowhere = Fix { position: position(0.0, 0.0), ..by_said_clock(4, 600 * DAY_S) };
    assert_eq!(taken_at(nowhere), at(4), "a bad place is no bad time");
    let late = Fix { received_at: at(9_000), ..by_said_clock(5, 600 * DAY_S) };
    assert_eq!(taken_at(late), at(5), "also what comes in late");
}
