//! Incidents as they become known: questions, priority, further calls, merging and splitting, reopening.

use super::*;
use siaga::dispatch::event::Need;
use siaga::dispatch::similar::Report;
use siaga::ids::NoteId;

fn take(room: &mut Dispatch, seconds: i64, number: u128, change: impl FnOnce(&mut NewCall)) {
    let mut taken = new_call(number, Some(place()));
    change(&mut taken);
    carry(room, seconds, &Command::TakeCall(taken));
}

fn priority(number: u128, priority: Priority, reason: Option<&str>) -> Command {
    let reason = reason.map(str::to_owned);
    Command::ChangePriority { incident: incident(number), priority, reason }
}

fn merge(number: u128, into: u128) -> Command {
    Command::Merge { incident: incident(number), into: incident(into) }
}

#[test]
fn an_answer_that_speaks_of_danger_raises_the_priority_and_names_the_care() {
    let mut room = room(1);
    take(&mut room, 1, 1, |call| {
        call.answers.insert("vaginal_bleeding".to_owned(), Answer::Unknown);
        call.answers.remove("vaginal_bleeding");
    });
    assert_eq!(known(&room, 1).priority, Priority::P2);
    let questions = &room.policy().questions;
    let urgent = questions.rules_for(Category::Maternal).find(|rule| {
        rule.priority == Priority::P1 && rule.care.is_some() && rule.when.is == [Answer::Yes]
    });
    let urgent = urgent.expect("a danger to a mother").clone();
    let mut answers = well();
    answers.insert(urgent.when.question, Answer::Yes);
    let category = Category::Maternal;
    let corrected =
        Command::CorrectDetails { incident: incident(1), category, answers: answers.clone() };
    assert_eq!(carry(&mut room, 2, &corrected), ["details_corrected", "priority_changed"]);
    let now = known(&room, 1);
    assert_eq!((now.original_priority, now.priority), (Priority::P2, Priority::P1));
    assert_eq!(now.care, urgent.care.map(siaga::dispatch::triage::Care::capability));

    let calm = Command::CorrectDetails { incident: incident(1), category, answers: well() };
    assert_eq!(carry(&mut room, 3, &calm), ["details_corrected"]);
    assert_eq!(known(&room, 1).priority, Priority::P1, "an answer never lowers it by itself");
    answers.insert("no_such_question".to_owned(), Answer::Yes);
    let unknown = Command::CorrectDetails { incident: incident(1), category, answers };
    assert_eq!(refused(&room, 4, &unknown), "unknown_question");
}

#[test]
fn a_priority_is_raised_freely_and_lowered_only_with_a_reason() {
    let mut room = room(1);
    take(&mut room, 1, 1, |_| ());
    assert_eq!(carry(&mut room, 2, &priority(1, Priority::P1, None)), ["priority_changed"]);
    assert!(carry(&mut room, 3, &priority(1, Priority::P1, None)).is_empty(), "said twice");
    assert_eq!(refused(&room, 4, &priority(1, Priority::P3, None)), "downgrade_unexplained");
    assert_eq!(refused(&room, 4, &priority(1, Priority::P3, Some("  "))), "downgrade_unexplained");
    carry(&mut room, 5, &priority(1, Priority::P3, Some("pasien sudah membaik")));
    let now = known(&room, 1);
    assert_eq!((now.original_priority, now.priority), (Priority::P2, Priority::P3));
}

#[test]
fn a_further_call_never_moves_t0_forward_and_an_earlier_one_moves_it_back() {
    let mut room = room(1);
    take(&mut room, 100, 1, |call| call.received_at = at(60));
    let attach = |number: u128, seconds: i64| Command::AttachCall {
        incident: incident(1),
        call: CallId::from_uuid(Uuid::from_u128(500 + number)),
        channel: Channel::Whatsapp,
        received_at: at(seconds),
    };
    carry(&mut room, 110, &attach(1, 105));
    let t0 = |room: &Dispatch| room.board().received_at(&known(room, 1));
    assert_eq!(t0(&room), at(60));
    carry(&mut room, 120, &attach(2, 30));
    assert_eq!(t0(&room), at(30), "the first who called counts");
    assert_eq!(known(&room, 1).received_at, at(60), "and nothing of the first call is lost");
    assert_eq!(refused(&room, 130, &attach(3, 500)), "call_in_future");
}

#[test]
fn two_incidents_become_one_and_two_again_without_losing_a_time_or_a_unit() {
    let mut room = room(3);
    take(&mut room, 50, 1, |call| call.received_at = at(10));
    take(&mut room, 60, 2, |call| {
        call.received_at = at(40);
        call.category = Category::Cardiac;
    });
    carry(&mut room, 70, &offer(1, 1, 0));
    let before = known(&room, 1);
    let merged = carry(&mut room, 80, &merge(1, 2));
    assert_eq!(merged, ["incident_merged"]);
    let leader = known(&room, 2);
    assert_eq!(room.board().received_at(&leader), at(10), "T0 of both is the earliest");
    assert_eq!(room.board().assignments_of(&leader).count(), 1, "the unit comes along");
    assert_eq!(state(&room, 2), IncidentState::Assigned);
    assert_eq!(state(&room, 1), IncidentState::Merged);
    assert_eq!(refused(&room, 81, &offer(9, 1, 2)), "merged");
    assert_eq!(refused(&room, 81, &merge(2, 1)), "merged", "no link leads to a part");
    assert_eq!(refused(&room, 81, &merge(2, 2)), "merged_into_itself");
    assert!(carry(&mut room, 82, &merge(1, 2)).is_empty(), "said twice");
    carry(&mut room, 83, &advance(1, Step::OnScene));
    assert_eq!(state(&room, 2), IncidentState::Active);
    assert_eq!(carry(&mut room, 84, &Command::Split { incident: incident(1) }), ["incident_split"]);
    assert_eq!(refused(&room, 85, &Command::Split { incident: incident(1) }), "not_merged");
    let after = known(&room, 1);
    assert_eq!((after.received_at, after.assignments), (before.received_at, before.assignments));
    assert_eq!(room.board().received_at(&known(&room, 2)), at(40));
    assert_eq!(state(&room, 1), IncidentState::Active);
    assert_eq!(state(&room, 2), IncidentState::Pending);
}

#[test]
fn of_a_units_answers_to_incidents_that_are_one_the_latest_counts() {
    let asked = |first_refused: bool| {
        let mut room = room(1);
        wake(&mut room, 0);
        for number in 1..=2 {
            take(&mut room, 1, number, |_| ());
        }
        let reason = "salah alamat".to_owned();
        let refuse = |number| Command::Reject {
            assignment: assignment(number),
            reason: reason.clone(),
            speaker: None,
        };
        let cancel =
            |number| Command::Cancel { assignment: assignment(number), reason: reason.clone() };
        carry(&mut room, 2, &offer(2, 2, 0));
        carry(&mut room, 3, &if first_refused { refuse(2) } else { cancel(2) });
        carry(&mut room, 4, &offer(1, 1, 0));
        carry(&mut room, 5, &if first_refused { cancel(1) } else { refuse(1) });
        carry(&mut room, 6, &merge(2, 1));
        room.rank(at(7), place().position, Some(incident(1))).candidates.len()
    };
    assert_eq!(asked(true), 1, "it was asked again and did not refuse");
    assert_eq!(asked(false), 0, "it refused at last");
}

#[test]
fn parts_of_what_is_merged_go_to_the_leader_so_links_are_never_chained() {
    let mut room = room(1);
    for number in 1..=3 {
        take(&mut room, 1, number, |_| ());
    }
    carry(&mut room, 2, &merge(1, 2));
    assert_eq!(carry(&mut room, 3, &merge(2, 3)), ["incident_merged", "incident_merged"]);
    assert_eq!(known(&room, 1).merged_into, Some(incident(3)));
    assert_eq!(known(&room, 2).merged, []);
    carry(&mut room, 4, &Command::Split { incident: incident(2) });
    assert_eq!(known(&room, 3).merged, [incident(1)]);
}

#[test]
fn the_more_urgent_report_of_two_was_right_and_a_drill_is_never_real() {
    let mut room = room(1);
    take(&mut room, 1, 1, |call| call.priority = Some(Priority::P1));
    take(&mut room, 1, 2, |call| call.priority = Some(Priority::P3));
    take(&mut room, 1, 3, |call| call.drill = true);
    assert_eq!(carry(&mut room, 2, &merge(1, 2)), ["incident_merged", "priority_changed"]);
    assert_eq!(known(&room, 2).priority, Priority::P1);
    assert_eq!(refused(&room, 3, &merge(3, 2)), "drill_and_real");
}

#[test]
fn an_incident_like_another_is_suggested_and_an_unlike_one_is_not() {
    let mut room = room(1);
    let village = |code: &str, lat: f64| IncidentPlace {
        position: position(lat, 113.7),
        uncertainty_m: 2_000,
        basis: PlaceBasis::Village,
        village: Some(code.to_owned()),
        village_basis: Default::default(),
    };
    take(&mut room, 1, 1, |call| call.category = Category::Accident);
    take(&mut room, 1, 2, |call| {
        call.category = Category::Maternal;
        call.place = Some(village("35.09.30.2001", -8.4));
    });
    let like = |seconds: i64, category: Category, place: IncidentPlace| {
        let report =
            Report { received_at: at(seconds), category, place: Some(place), incident: None };
        let similar = room.similar(&report);
        similar.iter().map(|similar| similar.incident).collect::<Vec<_>>()
    };
    let near = IncidentPlace { position: position(-8.2015, 113.7), ..place() };
    let far = IncidentPlace { position: position(-8.22, 113.7), ..place() };
    assert_eq!(like(600, Category::Trauma, near.clone()), [incident(1)]);
    assert_eq!(like(600, Category::Other, near.clone()), [incident(1)], "nobody could say what");
    assert_eq!(like(600, Category::Maternal, near.clone()), [], "a birth is no accident");
    assert_eq!(like(901, Category::Trauma, near), [], "more than 15 minutes apart");
    assert_eq!(like(600, Category::Trauma, far), [], "more than 300 m apart");
    let same_village = village("35.09.30.2001", -8.42);
    assert_eq!(like(600, Category::Neonatal, same_village), [incident(2)], "the same village");
    assert_eq!(like(600, Category::Neonatal, village("35.09.30.2002", -8.5)), []);
}

#[test]
fn an_ended_incident_is_opened_again_with_a_reason_and_keeps_its_times() {
    let mut room = room(1);
    take(&mut room, 1, 1, |_| ());
    let reopen =
        |reason: &str| Command::Reopen { incident: incident(1), reason: reason.to_owned() };
    assert_eq!(refused(&room, 2, &reopen("masih ada korban")), "still_open");
    let end = Command::EndIncident {
        incident: incident(1),
        disposition: Disposition::SolvedByPhone,
        reason: None,
    };
    carry(&mut room, 3, &end);
    let note = Command::AddNote { incident: incident(1), note: NoteId::from_uuid(Uuid::nil()) };
    assert_eq!(carry(&mut room, 4, &note), ["note_added"], "a remark can come later");
    assert_eq!(refused(&room, 5, &reopen(" ")), "reason_missing");
    carry(&mut room, 6, &reopen("masih ada korban"));
    assert_eq!(state(&room, 1), IncidentState::Pending);
    assert_eq!(known(&room, 1).received_at, START);
}

#[test]
fn an_incident_that_was_attended_to_and_opened_again_waits_for_a_unit_anew() {
    let mut room = room(2);
    take(&mut room, 1, 1, |_| ());
    carry(&mut room, 2, &offer(1, 1, 0));
    carry(&mut room, 3, &advance(1, Step::OnScene));
    carry(&mut room, 4, &advance(1, Step::Cleared));
    let reason = "korban kedua ditemukan".to_owned();
    carry(&mut room, 5, &Command::Reopen { incident: incident(1), reason });
    assert_eq!(state(&room, 1), IncidentState::Pending);
    assert_eq!(room.board().queue().len(), 1, "it is served again");
    assert!(carry(&mut room, 6, &Command::Tick).is_empty(), "and does not end by itself");
    carry(&mut room, 7, &offer(2, 1, 1));
    carry(&mut room, 8, &advance(2, Step::OnScene));
    assert_eq!(state(&room, 1), IncidentState::Active);
}

#[test]
fn an_incident_opened_again_waits_for_a_unit_anew_though_the_clock_was_set_back() {
    let mut room = room(2);
    take(&mut room, 1, 1, |_| ());
    carry(&mut room, 3_600, &offer(1, 1, 0));
    carry(&mut room, 3_601, &advance(1, Step::OnScene));
    carry(&mut room, 3_602, &advance(1, Step::Cleared));
    // The server was started again in between, and its clock is right now: earlier than the order.
    let reason = "korban kedua ditemukan".to_owned();
    carry(&mut room, 5, &Command::Reopen { incident: incident(1), reason });
    assert_eq!(state(&room, 1), IncidentState::Pending);
    let due = carry(&mut room, 6, &Command::Tick);
    assert!(!due.contains(&"incident_ended"), "it does not end by itself: {due:?}");
}

#[test]
fn an_incident_opened_again_is_attended_to_though_the_clock_was_set_back_since() {
    let mut room = room(2);
    take(&mut room, 1, 1, |_| ());
    carry(&mut room, 2, &offer(1, 1, 0));
    carry(&mut room, 3, &advance(1, Step::OnScene));
    carry(&mut room, 4, &advance(1, Step::Cleared));
    let reason = "korban kedua ditemukan".to_owned();
    carry(&mut room, 3_600, &Command::Reopen { incident: incident(1), reason });
    carry(&mut room, 7, &offer(2, 1, 1));
    carry(&mut room, 8, &advance(2, Step::OnScene));
    assert_eq!(state(&room, 1), IncidentState::Active);
    assert_eq!(carry(&mut room, 9, &advance(2, Step::Cleared)).last(), Some(&"incident_ended"));
}

#[test]
fn an_emergency_that_nobody_has_seen_goes_on_waiting_when_one_that_was_opened_again_joins_it() {
    let mut room = room(2);
    take(&mut room, 1, 1, |_| ());
    carry(&mut room, 2, &offer(1, 1, 0));
    carry(&mut room, 3, &advance(1, Step::OnScene));
    carry(&mut room, 4, &advance(1, Step::Cleared));
    let reason = "korban kedua ditemukan".to_owned();
    carry(&mut room, 5, &Command::Reopen { incident: incident(1), reason });
    take(&mut room, 6, 2, |_| ());
    carry(&mut room, 7, &Command::Merge { incident: incident(1), into: incident(2) });
    let due = carry(&mut room, 8, &Command::Tick);
    assert!(!due.contains(&"incident_ended"), "{due:?}");
    assert_eq!(room.board().queue().len(), 1, "it waits for a unit");
}

#[test]
fn an_incident_ends_when_the_unit_still_coming_is_taken_away_and_the_other_is_done() {
    let mut room = room(2);
    take(&mut room, 1, 1, |_| ());
    carry(&mut room, 2, &offer(1, 1, 0));
    carry(&mut room, 2, &offer(2, 1, 1));
    carry(&mut room, 3, &advance(1, Step::OnScene));
    assert_eq!(carry(&mut room, 4, &advance(1, Step::Cleared)), ["assignment_advanced"]);
    let reason = "tidak perlu lagi".to_owned();
    carry(&mut room, 5, &Command::Cancel { assignment: assignment(2), reason });
    assert_eq!(carry(&mut room, 6, &Command::Tick), ["incident_ended"]);
    assert_eq!(state(&room, 1), IncidentState::Closed);
}

#[test]
fn needs_are_named_counted_and_within_limits() {
    let mut room = room(1);
    take(&mut room, 1, 1, |_| ());
    let need = |word: &str, count: u8| Need { capability: capability(word), count };
    let ask = |needs: Vec<Need>| Command::ChangeNeeds { incident: incident(1), needs };
    assert_eq!(refused(&room, 2, &ask(vec![need("maternal", 0)])), "too_many_needs");
    assert_eq!(refused(&room, 2, &ask(vec![need("maternal", 21)])), "too_many_needs");
    let twice = vec![need("maternal", 1), need("maternal", 1)];
    assert_eq!(refused(&room, 2, &ask(twice)), "too_many_needs");
    assert_eq!(carry(&mut room, 3, &ask(vec![need("maternal", 2)])), ["needs_changed"]);
    assert!(carry(&mut room, 4, &ask(vec![need("maternal", 2)])).is_empty());
    assert_eq!(room.missing_needs(&known(&room, 1)), [need("maternal", 2)]);
}
