//! When a unit on its way is expected: estimated anew as it drives, told when it is news.

use super::*;
use siaga::dispatch::arrival::GoalKind;
use siaga::dispatch::event::TravelBasis;

/// How many seconds after the start a unit is expected.
fn expected(room: &Dispatch, number: u32) -> Option<i64> {
    room.arrival(&unit(number)).map(|arrival| arrival.at.ms_since(START) / 1_000)
}

/// A unit was ordered to a place 11 km from its post.
fn ordered() -> Dispatch {
    let mut room = room(2);
    wake(&mut room, 0);
    let far = IncidentPlace { position: position(-8.3, 113.7), ..place() };
    carry(&mut room, 0, &call(1, Some(far)));
    carry(&mut room, 1, &offer(1, 1, 0));
    room
}

#[test]
fn a_unit_is_expected_from_its_order_on_and_no_more_when_it_is_there() {
    let mut room = ordered();
    assert_eq!(expected(&room, 0), None, "nobody has estimated it yet");
    assert_eq!(room.estimate_arrivals(at(2)), [unit(0)]);
    let arrival = room.arrival(&unit(0)).expect("expected");
    assert_eq!((arrival.to, arrival.basis), (GoalKind::Incident, TravelBasis::StraightLine));
    assert!((14_000..16_000).contains(&arrival.metres), "{arrival:?}");
    // 90 s until the wheels roll, and 15 km at 40 km/h.
    let seconds = expected(&room, 0).expect("expected");
    assert!((1_400..1_500).contains(&seconds), "{seconds}");
    assert_eq!(expected(&room, 1), None, "nobody sent it");
    carry(&mut room, 3, &advance(1, Step::Acknowledged));
    carry(&mut room, 100, &advance(1, Step::EnRoute));
    assert!(expected(&room, 0).is_some());
    carry(&mut room, 1_400, &advance(1, Step::OnScene));
    assert_eq!(expected(&room, 0), None, "it is there");
    room.estimate_arrivals(at(1_410));
    assert_eq!(expected(&room, 0), None, "it stays there for now");
    carry(&mut room, 1_500, &advance(1, Step::Transporting));
    assert_eq!(room.estimate_arrivals(at(1_501)), [unit(0)]);
    assert_eq!(room.arrival(&unit(0)).map(|arrival| arrival.to), Some(GoalKind::Destination));
    carry(&mut room, 1_900, &advance(1, Step::AtDestination));
    assert_eq!(expected(&room, 0), None);
}

#[test]
fn people_are_told_when_it_moves_by_half_a_minute_and_not_before() {
    let mut room = ordered();
    room.estimate_arrivals(at(2));
    assert!(room.estimate_arrivals(at(4)).is_empty(), "made a moment ago");
    assert!(room.estimate_arrivals(at(8)).is_empty(), "as it was expected");
    let told = expected(&room, 0).expect("expected");
    carry(&mut room, 9, &advance(1, Step::Acknowledged));
    carry(&mut room, 10, &advance(1, Step::EnRoute));
    // It stands for ten minutes, 2 km on its way.
    room.observe(&unit(0), Fix { speed_kmh: Some(0.0), ..fix(200, -8.218) });
    assert_eq!(room.estimate_arrivals(at(800)), [unit(0)]);
    assert!(expected(&room, 0).expect("expected") > told + 300, "later than was told");
}

#[test]
fn what_ends_early_is_expected_nowhere() {
    let mut room = ordered();
    room.estimate_arrivals(at(2));
    assert!(expected(&room, 0).is_some());
    let cancel = Command::Cancel { assignment: assignment(1), reason: "salah unit".to_owned() };
    carry(&mut room, 3, &cancel);
    assert_eq!(expected(&room, 0), None);
    assert!(room.estimate_arrivals(at(9)).is_empty());
}
