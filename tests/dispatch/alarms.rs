//! Alarms: what raises them, who owns them, and that they never hide by themselves nor come in floods.

use super::*;
use siaga::dispatch::alarm::{Alarm, Kind, Level};

fn kinds(room: &Dispatch, seconds: i64) -> Vec<(Kind, Level)> {
    room.alarms(at(seconds)).iter().map(|alarm| (alarm.kind, alarm.level)).collect()
}

fn the(room: &Dispatch, seconds: i64, kind: Kind) -> Alarm {
    let alarms = room.alarms(at(seconds));
    alarms.into_iter().find(|alarm| alarm.kind == kind).expect("active")
}

fn p1(number: u128) -> Command {
    let mut taken = new_call(number, Some(place()));
    taken.priority = Some(Priority::P1);
    Command::TakeCall(taken)
}

#[test]
fn a_wait_is_one_row_that_grows_more_urgent_and_goes_when_a_unit_is_ordered() {
    let mut room = room(1);
    carry(&mut room, 0, &p1(1));
    assert_eq!(kinds(&room, 59), []);
    assert_eq!(kinds(&room, 60), [(Kind::Waiting, Level::Critical)]);
    let key = the(&room, 60, Kind::Waiting).key;
    carry(&mut room, 450, &Command::Tick);
    assert_eq!(the(&room, 451, Kind::Ageing).key, key, "the same wait, the same row");
    carry(&mut room, 452, &offer(1, 1, 0));
    assert_eq!(kinds(&room, 453), []);
}

#[test]
fn an_unanswered_offer_names_the_unit_to_ask_next() {
    let mut room = room(3);
    carry(&mut room, 0, &p1(1));
    carry(&mut room, 0, &offer(1, 1, 0));
    carry(&mut room, 60, &Command::Tick);
    let alarm = the(&room, 61, Kind::Unanswered);
    assert_eq!((alarm.level, alarm.next), (Level::Critical, Some(unit(1))));
    assert_eq!(alarm.since, at(0), "timed by the server, from the offer");
}

#[test]
fn a_crew_in_danger_stands_first_until_it_is_called_back() {
    let mut room = room(2);
    carry(&mut room, 0, &p1(1));
    let talk = |sos: bool| Command::RequestTalk { unit: unit(1), sos };
    carry(&mut room, 90, &talk(false));
    assert_eq!(the(&room, 91, Kind::Talk).level, Level::High);
    assert_eq!(carry(&mut room, 95, &talk(true)), ["talk_requested"]);
    assert!(carry(&mut room, 96, &talk(false)).is_empty(), "danger is not taken back by a wish");
    assert!(kinds(&room, 97).contains(&(Kind::Sos, Level::Critical)));
    carry(&mut room, 98, &Command::AnswerTalk { unit: unit(1) });
    assert!(carry(&mut room, 99, &Command::AnswerTalk { unit: unit(1) }).is_empty());
    assert_eq!(kinds(&room, 100), [(Kind::Waiting, Level::Critical)]);
    let unknown = Command::RequestTalk { unit: unit(9), sos: true };
    assert_eq!(refused(&room, 101, &unknown), "unknown_unit");
}

#[test]
fn an_alarm_is_taken_by_one_person_and_forgotten_when_it_is_over() {
    let mut room = room(1);
    carry(&mut room, 0, &p1(1));
    let key = the(&room, 70, Kind::Waiting).key;
    let take = |owner: &str| Command::TakeAlarm { alarm: key.clone(), owner: owner.to_owned() };
    let gone = Command::TakeAlarm { alarm: "sos/NONE".to_owned(), owner: "siti".to_owned() };
    assert_eq!(refused(&room, 70, &gone), "unknown_alarm");
    assert_eq!(carry(&mut room, 71, &take("siti")), ["alarm_taken"]);
    assert!(carry(&mut room, 72, &take("siti")).is_empty());
    carry(&mut room, 73, &take("budi"));
    assert_eq!(room.board().alarm_owner(&key), Some(("budi", at(73))));
    assert!(carry(&mut room, 80, &Command::Tick).is_empty(), "it stays, taken or not");
    assert_eq!(kinds(&room, 80), [(Kind::Waiting, Level::Critical)]);
    carry(&mut room, 81, &offer(1, 1, 0));
    assert_eq!(carry(&mut room, 82, &Command::Tick), ["alarm_over"]);
    assert_eq!(room.board().alarm_owner(&key), None);
}

#[test]
fn a_unit_on_its_way_that_falls_silent_or_stands_still_is_pointed_out() {
    let mut room = room(1);
    carry(&mut room, 0, &call(1, Some(place())));
    carry(&mut room, 1, &offer(1, 1, 0));
    carry(&mut room, 2, &advance(1, Step::EnRoute));
    for seconds in (3..=140).step_by(10) {
        room.observe(&unit(0), fix(seconds, -8.25)).expect("known");
    }
    assert_eq!(the(&room, 134, Kind::Still).unit, Some(unit(0)));
    assert!(kinds(&room, 165).contains(&(Kind::Silent, Level::High)));
    room.observe(&unit(0), fix(170, -8.24)).expect("known");
    let after = kinds(&room, 171);
    assert!(after.iter().all(|(kind, _)| !matches!(kind, Kind::Still | Kind::Silent)), "{after:?}");
}

#[test]
fn many_silent_units_are_one_row_and_most_of_the_fleet_is_one_fault_of_the_network() {
    let mut room = room(60);
    for number in 0..60 {
        let index = f64::from(number);
        let awake = Fix { position: position(-8.2 + index * 0.01, 113.7), ..fix(0, -8.2) };
        room.observe(&unit(number), awake).expect("known");
    }
    for number in 15..60 {
        let index = f64::from(number);
        let awake = Fix { position: position(-8.2 + index * 0.01, 113.7), ..fix(100, -8.2) };
        room.observe(&unit(number), awake).expect("known");
    }
    let grouped = the(&room, 130, Kind::Missing);
    assert_eq!((grouped.count, grouped.unit, grouped.level), (15, None, Level::Low));
    assert_eq!(room.alarms(at(130)).len(), 1);
    assert_eq!(kinds(&room, 400), [(Kind::Network, Level::Critical)]);
    assert_eq!(the(&room, 400, Kind::Network).count, 60);
}
