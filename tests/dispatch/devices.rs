//! The devices of a unit: which one is shown, what their gaps say of them, and two that share one sign-in.

use siaga::dispatch::alarm::{Kind, Level};
use siaga::dispatch::fleet::{
    FLAPS_MIN, Habit, PATIENCE_MS_MAX, QUIET_MS, Report, STEADY_MS, WITHIN_MS,
};
use siaga::dispatch::unit::{DeviceCard, DeviceKind, DeviceNote};

use super::*;

const TRACKER: u32 = 1;
const PHONE: u32 = 2;
const MINUTE_S: i64 = 60;

fn card(source: u32) -> DeviceCard {
    let kind = if source == TRACKER { DeviceKind::Native } else { DeviceKind::Owntracks };
    DeviceCard { source: SourceId(source), name: format!("device-{source}"), kind }
}

/// A unit with a tracker and a phone that are known and have said nothing yet.
fn with_both() -> Dispatch {
    let mut room = room(1);
    for source in [TRACKER, PHONE] {
        room.note_device(at(0), &unit(0), &card(source), DeviceNote::Known);
    }
    room
}

fn hear(room: &mut Dispatch, source: u32, seconds: i64) -> FixClass {
    hear_late(room, source, seconds, seconds)
}

/// Taken at one time and received at another.
fn hear_late(room: &mut Dispatch, source: u32, taken_s: i64, received_s: i64) -> FixClass {
    let lat = -8.2 - f64::from(source) * 0.000_1;
    let fix = Fix { received_at: at(received_s), source: SourceId(source), ..fix(taken_s, lat) };
    room.observe(&unit(0), fix).expect("known").class
}

fn shown(room: &Dispatch) -> String {
    let tracked = room.fleet().get(&unit(0)).expect("known");
    tracked.shown().expect("a known device").name.clone()
}

fn report(room: &Dispatch, source: u32, seconds: i64) -> Report {
    let tracked = room.fleet().get(&unit(0)).expect("known");
    let mut reports = tracked.reports(at(seconds));
    reports.find(|report| report.card.source == SourceId(source)).expect("heard")
}

#[test]
fn a_tracker_that_reports_steadily_takes_over_from_a_phone_and_a_phone_never_from_it() {
    let mut room = with_both();
    assert_eq!(hear(&mut room, PHONE, 0), FixClass::Live);
    let mut taken_over_s = None;
    for second in 1..120 {
        let of_tracker = hear(&mut room, TRACKER, second);
        if taken_over_s.is_none() && of_tracker == FixClass::Live {
            taken_over_s = Some(second);
        }
        let expected = if taken_over_s.is_none() { FixClass::Live } else { FixClass::Beside };
        assert_eq!(hear(&mut room, PHONE, second), expected, "{second}");
    }
    assert_eq!(taken_over_s, Some(1 + STEADY_MS / 1_000), "once, after it was steady for a while");
    assert_eq!(shown(&room), "device-1");
    assert!(report(&room, TRACKER, 120).shown && !report(&room, PHONE, 120).shown);
}

#[test]
fn when_the_tracker_dies_the_phone_is_shown_within_fifteen_seconds_and_it_returns_once_it_is_steady()
 {
    let mut room = with_both();
    for second in 0..100 {
        hear(&mut room, TRACKER, second);
        hear(&mut room, PHONE, second);
    }
    let mut shown_by = Vec::new();
    for second in 100..300 {
        // The tracker is gone, then comes and goes, then stays.
        if [130, 131, 150, 151].contains(&second) || second > 200 {
            hear(&mut room, TRACKER, second);
        }
        hear(&mut room, PHONE, second);
        if shown_by.last().is_none_or(|(_, name)| *name != shown(&room)) {
            shown_by.push((second, shown(&room)));
        }
    }
    let expected = [(100, "device-1"), (115, "device-2"), (231, "device-1")];
    assert_eq!(shown_by, expected.map(|(second, name)| (second, name.to_owned())));
}

#[test]
fn two_phones_that_report_once_a_minute_do_not_take_turns() {
    let mut room = with_both();
    let other_phone = DeviceCard { source: SourceId(3), name: "device-3".into(), ..card(PHONE) };
    room.note_device(at(0), &unit(0), &other_phone, DeviceNote::Known);
    hear(&mut room, PHONE, 0);
    hear(&mut room, PHONE, 60);
    for minute in 1..60 {
        assert_eq!(hear(&mut room, 3, minute * 60 + 30), FixClass::Beside);
        assert_eq!(hear(&mut room, PHONE, (minute + 1) * 60), FixClass::Live);
    }
    let silent_s = PATIENCE_MS_MAX / 1_000;
    assert_eq!(hear(&mut room, 3, 3_600 + silent_s), FixClass::Beside, "patience, with a limit");
    assert_eq!(hear(&mut room, 3, 3_600 + silent_s + 1), FixClass::Live);
}

#[test]
fn a_device_that_reports_often_takes_over_from_one_that_reports_seldom() {
    let mut room = with_both();
    hear(&mut room, TRACKER, 0);
    hear(&mut room, TRACKER, 60);
    for second in 61..120 {
        hear(&mut room, PHONE, second);
    }
    assert_eq!(shown(&room), "device-2");
    assert_eq!(hear(&mut room, TRACKER, 120), FixClass::Beside, "and keeps it");
}

#[test]
fn a_made_up_place_is_kept_with_its_reason_and_never_moves_or_freezes_the_marker() {
    let mut room = with_both();
    hear(&mut room, PHONE, 0);
    for second in 1..20 {
        let mocked = Fix { mocked: true, source: SourceId(PHONE), ..fix(second, -8.3) };
        assert_eq!(room.observe(&unit(0), mocked).expect("known").class, FixClass::Mocked);
        let live = room.fleet().get(&unit(0)).expect("known").live.expect("somewhere");
        assert_eq!(live.device_at, at(0));
    }
    assert_eq!(hear(&mut room, PHONE, 20), FixClass::Live);
    let counts = report(&room, PHONE, 20).counts;
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        [(FixClass::Live, 2), (FixClass::Mocked, 19)]
    );
}

#[test]
fn a_device_without_gaps_is_steady_and_one_that_was_just_heard_is_not_judged() {
    let mut room = with_both();
    for second in (0..2 * 3_600).step_by(10) {
        hear(&mut room, TRACKER, second);
    }
    assert_eq!(report(&room, TRACKER, 3_500).regularity.habit, Habit::TooNew);
    let regularity = report(&room, TRACKER, 7_199).regularity;
    assert_eq!((regularity.habit, regularity.gaps), (Habit::Steady, 0));
    assert_eq!(regularity.interval_ms, Some(10_000));
    assert!((regularity.covered - 1.0).abs() < f64::EPSILON);
}

#[test]
fn a_phone_that_neither_speaks_nor_takes_positions_again_and_again_puts_the_app_to_sleep() {
    let mut room = with_both();
    // Every 40 minutes the screen is on for five.
    for awake in 0..6 {
        for second in (0..5 * MINUTE_S).step_by(5) {
            hear(&mut room, PHONE, awake * 40 * MINUTE_S + second);
        }
    }
    let regularity = report(&room, PHONE, 205 * MINUTE_S).regularity;
    assert_eq!((regularity.habit, regularity.gaps), (Habit::Asleep, 5));
    assert_eq!(regularity.longest_gap_minutes, 35);
    assert!((0.14..0.16).contains(&regularity.covered), "{}", regularity.covered);
    // A day later nothing of it is left but one long silence.
    let silent = report(&room, PHONE, 3 * 24 * 60 * MINUTE_S).regularity;
    assert_eq!((silent.habit, silent.gaps), (Habit::SomeGaps, 1));
    assert!(silent.covered < f64::EPSILON);
}

#[test]
fn hours_in_a_dead_zone_whose_positions_came_in_afterwards_are_no_sleep() {
    let mut room = with_both();
    for valley in 0..4 {
        let from = valley * 60 * MINUTE_S;
        for second in (0..20 * MINUTE_S).step_by(10) {
            hear(&mut room, PHONE, from + second);
        }
        // Out of reach for 40 minutes; then the newest first and what was kept behind it.
        let back = from + 60 * MINUTE_S;
        hear(&mut room, PHONE, back);
        for second in (20 * MINUTE_S..60 * MINUTE_S).step_by(10) {
            hear_late(&mut room, PHONE, from + second, back);
        }
    }
    let regularity = report(&room, PHONE, 240 * MINUTE_S).regularity;
    assert_eq!((regularity.habit, regularity.gaps), (Habit::DeadZones, 0));
}

#[test]
fn a_phone_that_speaks_without_a_place_is_told_from_one_that_sleeps() {
    let mut room = with_both();
    for indoors in 0..5 {
        let from = indoors * 30 * MINUTE_S;
        for second in (0..10 * MINUTE_S).step_by(10) {
            hear(&mut room, PHONE, from + second);
        }
        for minute in 10..30 {
            let now = at(from + minute * MINUTE_S);
            room.note_device(now, &unit(0), &card(PHONE), DeviceNote::Spoke);
        }
    }
    let regularity = report(&room, PHONE, 150 * MINUTE_S).regularity;
    assert_eq!((regularity.habit, regularity.gaps), (Habit::NoPlace, 5));
}

#[test]
fn a_phone_that_reports_every_quarter_of_an_hour_has_no_gaps() {
    let mut room = with_both();
    for quarter in 0..40 {
        hear(&mut room, PHONE, quarter * 15 * MINUTE_S);
    }
    let regularity = report(&room, PHONE, 39 * 15 * MINUTE_S).regularity;
    assert_eq!((regularity.habit, regularity.gaps), (Habit::Steady, 0));
}

#[test]
fn two_phones_with_one_sign_in_raise_an_alarm_that_names_the_device_and_ends_when_they_stop() {
    let mut room = with_both();
    let alarm = |room: &Dispatch, ms: i64| {
        let alarms = room.alarms(at(0).plus_ms(ms));
        alarms.into_iter().find(|alarm| alarm.kind == Kind::Takeover)
    };
    let every_ms = 60_000;
    let mut now_ms = 0;
    for _ in 0..FLAPS_MIN {
        assert_eq!(alarm(&room, now_ms), None);
        now_ms += every_ms;
        room.note_device(at(0).plus_ms(now_ms), &unit(0), &card(PHONE), DeviceNote::TookOver);
    }
    let raised = alarm(&room, now_ms).expect("an alarm");
    assert_eq!((raised.level, raised.device.as_deref()), (Level::High, Some("device-2")));
    assert_eq!((raised.unit, raised.since), (Some(unit(0)), at(60)));
    assert_eq!(raised.key, "takeover/device-2");
    assert!(alarm(&room, now_ms + QUIET_MS).is_some(), "still the same");
    assert_eq!(alarm(&room, now_ms + QUIET_MS + 1), None, "it is over");
}

#[test]
fn takeovers_that_are_far_apart_raise_no_alarm() {
    let mut room = with_both();
    let apart_ms = WITHIN_MS / i64::try_from(FLAPS_MIN - 1).expect("small") + 1;
    for time in 0..100 {
        let now = at(0).plus_ms(time * apart_ms);
        room.note_device(now, &unit(0), &card(PHONE), DeviceNote::TookOver);
        assert_eq!(room.fleet().flapping(now).count(), 0);
    }
    let nobody = UnitId::new("AMB-NONE-01").expect("a code");
    room.note_device(at(0), &nobody, &card(PHONE), DeviceNote::TookOver);
}
