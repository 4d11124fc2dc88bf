//! Advice by cover: off unless asked for, never for what is urgent, and it moves nobody.

use siaga::dispatch::advice::{Ground, Move};

use super::*;

/// Three units; only the first reaches the southern village in time, the second and third stand in for each other.
fn area(coverage_tie_break: bool, move_up: bool) -> Dispatch {
    area_at(coverage_tie_break, move_up, [-8.2, -8.197, -8.19])
}

/// The same with the units somewhere on the road.
fn area_at(coverage_tie_break: bool, move_up: bool, places: [f64; 3]) -> Dispatch {
    let policy = Policy { coverage_tie_break, move_up, ..Policy::default() };
    let card = |(index, lat): (u32, f64)| UnitCard {
        id: unit(index),
        index,
        post: position(lat, 113.7),
        capabilities: vec![capability("transport")],
    };
    let cards: Vec<UnitCard> = [(0, -8.2), (1, -8.197), (2, -8.19)].map(card).into();
    let villages = [-8.259, -8.2, -8.19].map(|lat| position(lat, 113.7));
    let ground = Ground::new(&villages, &cards, &policy);
    let mut area = Dispatch::new(policy, cards, Vec::new()).with_ground(ground);
    for (number, lat) in (0..).zip(places) {
        area.observe(&unit(number), fix(0, lat)).expect("known");
        area.observe_link(at(0), &unit(number), true);
    }
    area
}

fn first_for(area: &mut Dispatch, priority: Priority) -> (UnitId, Vec<Reason>) {
    let call = NewCall { priority: Some(priority), ..new_call(1, Some(place())) };
    carry(area, 0, &Command::TakeCall(call));
    let ranking = area.rank(at(1), place().position, Some(incident(1)));
    assert_eq!(ranking.candidates.iter().map(|c| c.rank).collect::<Vec<_>>(), [1, 2, 3]);
    let first = ranking.candidates.into_iter().next().expect("somebody");
    (first.unit, first.reasons)
}

#[test]
fn for_what_can_wait_the_unit_goes_whose_absence_costs_the_least_cover() {
    let (first, reasons) = first_for(&mut area(true, false), Priority::P4);
    assert_eq!(first, unit(1), "24 s later than the first");
    assert!(reasons.contains(&Reason::KeepsCover), "{reasons:?}");
}

#[test]
fn for_what_is_urgent_and_where_nobody_asked_for_advice_the_first_goes_first() {
    for (asked, priority) in [(true, Priority::P1), (true, Priority::P2), (false, Priority::P4)] {
        let (first, reasons) = first_for(&mut area(asked, false), priority);
        assert_eq!(first, unit(0), "{priority:?}");
        assert!(!reasons.contains(&Reason::KeepsCover));
    }
}

#[test]
fn a_unit_that_would_be_there_much_later_is_never_preferred() {
    let mut area = area_at(true, false, [-8.2, -8.17, -8.17]);
    let (first, _) = first_for(&mut area, Priority::P4);
    assert_eq!(first, unit(0));
}

#[test]
fn a_freed_unit_is_advised_to_hold_the_empty_post_that_covers_a_village_alone() {
    let off = Command::SetDuty { unit: unit(0), on_duty: false, reason: Some("servis".to_owned()) };
    let mut at_posts = area(false, true);
    carry(&mut at_posts, 1, &off);
    assert_eq!(at_posts.moves(at(2)), [], "whoever stands at its post stays");
    let mut area = area_at(false, true, [-8.2, -8.197, -8.205]);
    carry(&mut area, 1, &off);
    let advised = Move { unit: unit(2), post_of: unit(0), villages: 1 };
    assert_eq!(area.moves(at(21)), [advised]);
    assert!(!carry(&mut area, 22, &Command::Tick).contains(&"unit_offered"), "it moves nobody");
    carry(&mut area, 23, &Command::SetDuty { unit: unit(0), on_duty: true, reason: None });
    assert_eq!(area.moves(at(24)), [], "the post is held again");
}

#[test]
fn without_being_asked_nobody_is_advised_to_move() {
    let mut area = area_at(false, false, [-8.2, -8.197, -8.205]);
    let off = Command::SetDuty { unit: unit(0), on_duty: false, reason: Some("servis".to_owned()) };
    carry(&mut area, 1, &off);
    assert_eq!(area.moves(at(21)), []);
}

#[test]
fn a_crew_that_is_boarding_has_part_of_its_mobilisation_behind_it() {
    let mut room = room(2);
    wake(&mut room, 0);
    let less = NewCall { priority: Some(Priority::P4), ..new_call(1, Some(place())) };
    carry(&mut room, 0, &Command::TakeCall(less));
    carry(&mut room, 0, &offer(1, 1, 0));
    let more = NewCall { priority: Some(Priority::P2), ..new_call(2, Some(place())) };
    carry(&mut room, 1, &Command::TakeCall(more));
    let divertible_in = |room: &Dispatch, seconds: i64| {
        let ranking = room.rank(at(seconds), place().position, Some(incident(2)));
        let (_, why) = ranking.excluded.into_iter().find(|(u, _)| *u == unit(0)).expect("busy");
        let Exclusion::Busy { divertible_in_s, .. } = why else { panic!("{why:?}") };
        divertible_in_s
    };
    assert_eq!(divertible_in(&room, 30), Some(60), "90 s in all, 30 s of them gone");
    assert_eq!(divertible_in(&room, 100), Some(0));
    carry(&mut room, 101, &advance(1, Step::EnRoute));
    assert_eq!(divertible_in(&room, 102), Some(0), "it rolls");
    carry(&mut room, 103, &advance(1, Step::OnScene));
    assert_eq!(divertible_in(&room, 104), None, "it is never taken from where it has arrived");
}
