//! Times of a response: undone, corrected, and seen by the vehicle's movement beside what the crew says.

use super::*;
use siaga::dispatch::assignment::{Assignment, AssignmentState};
use siaga::dispatch::event::{Mark, Source};

fn on(room: &Dispatch) -> Assignment {
    room.board().assignment(assignment(1)).expect("known").clone()
}

fn ordered() -> Dispatch {
    let mut room = room(2);
    carry(&mut room, 0, &call(1, Some(place())));
    carry(&mut room, 10, &offer(1, 1, 1));
    room
}

fn undo() -> Command {
    Command::UndoStep { assignment: assignment(1), speaker: None }
}

fn correct(step: Step, seconds: i64, reason: &str) -> Command {
    let reason = reason.to_owned();
    Command::CorrectTime { assignment: assignment(1), step, at: at(seconds), reason }
}

fn drive(room: &mut Dispatch, seconds: i64, lat: f64, speed_kmh: f32) {
    let fix = Fix { speed_kmh: Some(speed_kmh), ..fix(seconds, lat) };
    room.observe(&unit(1), fix).expect("known");
}

#[test]
fn a_step_is_taken_back_within_five_minutes_and_never_after_the_end() {
    let mut room = ordered();
    assert_eq!(refused(&room, 11, &undo()), "nothing_to_undo");
    carry(&mut room, 20, &advance(1, Step::Acknowledged));
    carry(&mut room, 30, &advance(1, Step::OnScene));
    assert_eq!(carry(&mut room, 40, &undo()), ["step_undone"]);
    assert_eq!(on(&room).state, AssignmentState::At(Step::Acknowledged));
    assert_eq!(on(&room).times.get(Step::OnScene), None);
    assert_eq!(state(&room, 1), IncidentState::Assigned, "nobody is there after all");
    assert_eq!(refused(&room, 20 + 301, &undo()), "undo_too_late");
    let foreign = Command::UndoStep { assignment: assignment(1), speaker: Some(unit(0)) };
    assert_eq!(refused(&room, 41, &foreign), "not_yours");
    carry(&mut room, 50, &undo());
    assert_eq!(on(&room).state, AssignmentState::Offered);
    carry(&mut room, 60, &advance(1, Step::OnScene));
    carry(&mut room, 61, &advance(1, Step::Cleared));
    assert_eq!(refused(&room, 62, &undo()), "undo_ended");
}

#[test]
fn a_wrong_time_is_corrected_with_a_reason_and_never_invented() {
    let mut room = ordered();
    carry(&mut room, 100, &advance(1, Step::OnScene));
    assert_eq!(refused(&room, 200, &correct(Step::OnScene, 90, "")), "reason_missing");
    assert_eq!(refused(&room, 200, &correct(Step::OnScene, 201, "lupa")), "step_in_future");
    assert_eq!(refused(&room, 200, &correct(Step::OnScene, 9, "lupa")), "step_before_order");
    assert_eq!(refused(&room, 200, &correct(Step::Transporting, 90, "lupa")), "step_not_taken");
    assert_eq!(carry(&mut room, 200, &correct(Step::OnScene, 90, "lupa")), ["time_corrected"]);
    assert!(carry(&mut room, 201, &correct(Step::OnScene, 90, "lupa")).is_empty(), "said twice");
    assert_eq!(on(&room).times.get(Step::OnScene), Some(at(90)));
    assert_eq!(on(&room).corrected.get(Step::OnScene), Some(at(200)));
    carry(&mut room, 210, &correct(Step::EnRoute, 40, "tombol terlewat"));
    assert_eq!(on(&room).times.get(Step::EnRoute), Some(at(40)), "a forgotten button");
    carry(&mut room, 300, &advance(1, Step::Cleared));
    carry(&mut room, 301, &correct(Step::Cleared, 250, "lupa"));
    assert_eq!(on(&room).times.get(Step::Cleared), Some(at(250)), "after the end too");
}

#[test]
fn movement_shows_the_steps_that_were_not_said_and_never_overwrites_one() {
    let mut room = ordered();
    drive(&mut room, 15, -8.19, 40.0);
    assert!(carry(&mut room, 16, &Command::Tick).is_empty(), "no person has accepted yet");
    carry(&mut room, 20, &advance(1, Step::Acknowledged));
    drive(&mut room, 30, -8.195, 40.0);
    assert_eq!(carry(&mut room, 31, &Command::Tick), ["step_seen"]);
    assert!(carry(&mut room, 32, &Command::Tick).is_empty(), "seen once");
    assert_eq!(on(&room).seen.get(Step::EnRoute), Some(at(30)));
    assert_eq!(on(&room).state, AssignmentState::At(Step::Acknowledged), "the crew's word counts");
    drive(&mut room, 90, -8.2001, 0.0);
    assert_eq!(carry(&mut room, 91, &Command::Tick), ["step_seen"]);
    assert_eq!(on(&room).seen.get(Step::OnScene), Some(at(90)));
    carry(&mut room, 120, &advance(1, Step::OnScene));
    assert_eq!(on(&room).times.get(Step::OnScene), Some(at(120)));
    drive(&mut room, 300, -8.206, 40.0);
    assert_eq!(carry(&mut room, 301, &Command::Tick), ["step_seen"]);
    drive(&mut room, 400, -8.21, 0.0);
    carry(&mut room, 401, &advance(1, Step::Transporting));
    drive(&mut room, 402, -8.21, 0.0);
    assert_eq!(carry(&mut room, 403, &Command::Tick), ["step_seen"]);
    let seen = on(&room).seen;
    assert_eq!(
        (seen.get(Step::Transporting), seen.get(Step::AtDestination)),
        (Some(at(300)), Some(at(402)))
    );
}

#[test]
fn a_position_from_before_the_step_shows_nothing() {
    let mut room = ordered();
    drive(&mut room, 15, -8.2001, 0.0);
    carry(&mut room, 20, &advance(1, Step::EnRoute));
    assert!(carry(&mut room, 21, &Command::Tick).is_empty());
}

fn mark(mark: Mark, speaker: Option<UnitId>) -> Command {
    Command::MarkTime { assignment: assignment(1), mark, speaker }
}

#[test]
fn every_time_says_who_said_it() {
    let mut room = ordered();
    assert_eq!(on(&room).offered_by, Some(Source::Operator));
    let step = Step::Acknowledged;
    let by_crew = Command::Advance { assignment: assignment(1), step, speaker: Some(unit(1)) };
    carry(&mut room, 20, &by_crew);
    carry(&mut room, 30, &advance(1, Step::OnScene));
    assert_eq!(on(&room).sources.get(&Step::Acknowledged), Some(&Source::Crew));
    assert_eq!(on(&room).sources.get(&Step::OnScene), Some(&Source::Operator));
    carry(&mut room, 40, &undo());
    assert_eq!(on(&room).sources.get(&Step::OnScene), None, "a step taken back was said by nobody");
    carry(&mut room, 50, &correct(Step::Acknowledged, 15, "lupa"));
    assert_eq!(on(&room).sources.get(&Step::Acknowledged), Some(&Source::Operator));
}

#[test]
fn staged_handed_on_home_and_written_up_are_times_beside_the_steps() {
    let mut room = ordered();
    assert_eq!(refused(&room, 11, &mark(Mark::Staged, None)), "mark_out_of_place");
    carry(&mut room, 20, &advance(1, Step::EnRoute));
    assert_eq!(refused(&room, 21, &mark(Mark::Staged, Some(unit(0)))), "not_yours");
    assert_eq!(carry(&mut room, 25, &mark(Mark::Staged, Some(unit(1)))), ["time_marked"]);
    assert!(carry(&mut room, 26, &mark(Mark::Staged, None)).is_empty(), "the first word stands");
    assert_eq!(on(&room).marks.get(&Mark::Staged), Some(&(at(25), Source::Crew)));
    assert_eq!(on(&room).state, AssignmentState::At(Step::EnRoute), "a mark is no step");
    assert_eq!(refused(&room, 27, &mark(Mark::CareTransferred, None)), "mark_out_of_place");
    carry(&mut room, 30, &advance(1, Step::OnScene));
    carry(&mut room, 35, &mark(Mark::CareTransferred, None));
    assert_eq!(refused(&room, 36, &mark(Mark::Home, None)), "mark_out_of_place");
    carry(&mut room, 40, &advance(1, Step::Cleared));
    carry(&mut room, 50, &mark(Mark::Completed, Some(unit(1))));
    assert_eq!(on(&room).marks.get(&Mark::Completed), Some(&(at(50), Source::Crew)));
}

#[test]
fn coming_home_is_seen_by_movement_and_the_crews_own_word_replaces_it() {
    let mut room = ordered();
    carry(&mut room, 20, &advance(1, Step::OnScene));
    carry(&mut room, 30, &advance(1, Step::Cleared));
    assert!(!carry(&mut room, 31, &Command::Tick).contains(&"time_marked"), "no newer position");
    let post = room.fleet().get(&unit(1)).expect("known").card.post;
    drive(&mut room, 60, post.lat() + 0.02, 40.0);
    assert!(!carry(&mut room, 61, &Command::Tick).contains(&"time_marked"), "on its way");
    let home = Fix { position: post, ..fix(300, post.lat()) };
    room.observe(&unit(1), home).expect("known");
    assert!(carry(&mut room, 301, &Command::Tick).contains(&"time_marked"));
    assert_eq!(on(&room).marks.get(&Mark::Home), Some(&(at(300), Source::Gps)));
    assert!(!carry(&mut room, 302, &Command::Tick).contains(&"time_marked"), "seen once");
    carry(&mut room, 310, &mark(Mark::Home, Some(unit(1))));
    assert_eq!(on(&room).marks.get(&Mark::Home), Some(&(at(310), Source::Crew)));
}
