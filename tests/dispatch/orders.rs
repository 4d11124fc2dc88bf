//! Ordering units out: capability, timeouts and races, diverting, automatic dispatch, destinations and referrals.

use super::*;
use siaga::dispatch::assignment::AssignmentState;
use siaga::dispatch::event::{Admission, Need};

fn room_with(units: u32, change: impl FnOnce(&mut Policy)) -> Dispatch {
    let mut policy = Policy::default();
    change(&mut policy);
    room_by(policy, units, |_| vec![capability("transport")])
}

fn state_of(room: &Dispatch, number: u128) -> AssignmentState {
    room.board().assignment(assignment(number)).expect("known").state
}

fn urgent(number: u128, priority: Priority) -> Command {
    let mut taken = new_call(number, Some(place()));
    taken.priority = Some(priority);
    Command::TakeCall(taken)
}

fn instead(number: u128, of: u128, unit_number: u32) -> Command {
    Command::OfferUnit {
        assignment: assignment(number),
        incident: incident(1),
        unit: unit(unit_number),
        instead_of: Some(assignment(of)),
        pick_up: None,
    }
}

fn divert(number: u128, to: u128, unit_number: u32) -> Command {
    Command::Divert {
        assignment: assignment(number),
        incident: incident(to),
        unit: unit(unit_number),
    }
}

#[test]
fn a_unit_that_lacks_what_is_needed_is_left_out_by_name_until_the_need_is_met() {
    let mut room = room_by(Policy::default(), 3, |index| {
        let words: &[&str] = if index == 2 { &["transport", "maternal"] } else { &["transport"] };
        words.iter().map(|word| capability(word)).collect()
    });
    carry(&mut room, 1, &call(1, Some(place())));
    let needs = vec![Need { capability: capability("maternal"), count: 1 }];
    carry(&mut room, 2, &Command::ChangeNeeds { incident: incident(1), needs });
    let ranking = room.rank(at(3), place().position, Some(incident(1)));
    let first: Vec<&UnitId> = ranking.candidates.iter().map(|c| &c.unit).collect();
    assert_eq!(first, [&unit(2)]);
    let lacks = Exclusion::Lacks { capability: capability("maternal") };
    assert_eq!(ranking.excluded, [(unit(0), lacks.clone()), (unit(1), lacks)]);
    let limit =
        Command::LimitUnit { unit: unit(2), lacking: vec![capability("maternal")], reason: None };
    assert_eq!(refused(&room, 4, &limit), "reason_missing");
    carry(&mut room, 5, &offer(1, 1, 2));
    assert!(room.missing_needs(&known(&room, 1)).is_empty());
    let more = room.rank(at(6), place().position, Some(incident(1)));
    assert_eq!(more.candidates.len(), 2, "what is met is asked of nobody else");
}

#[test]
fn a_limited_unit_is_ranked_for_what_it_can_still_do() {
    let mut room =
        room_by(Policy::default(), 1, |_| vec![capability("transport"), capability("maternal")]);
    carry(&mut room, 1, &call(1, Some(place())));
    let limit = Command::LimitUnit {
        unit: unit(0),
        lacking: vec![capability("maternal")],
        reason: Some("bidan sakit".to_owned()),
    };
    assert_eq!(carry(&mut room, 2, &limit), ["unit_limited"]);
    let ranking = room.rank(at(3), place().position, Some(incident(1)));
    let reasons = &ranking.candidates[0].reasons;
    assert!(reasons.contains(&Reason::Limited { lacking: capability("maternal") }));
    let needs = vec![Need { capability: capability("maternal"), count: 1 }];
    carry(&mut room, 4, &Command::ChangeNeeds { incident: incident(1), needs });
    assert_eq!(room.rank(at(5), place().position, Some(incident(1))).candidates, []);
    let fit = Command::LimitUnit { unit: unit(0), lacking: Vec::new(), reason: None };
    carry(&mut room, 6, &fit);
    assert_eq!(room.rank(at(7), place().position, Some(incident(1))).candidates.len(), 1);
}

#[test]
fn an_order_notes_what_the_unit_could_do_then() {
    let mut room =
        room_by(Policy::default(), 1, |_| vec![capability("transport"), capability("maternal")]);
    carry(&mut room, 1, &call(1, Some(place())));
    let noted = |room: &Dispatch, seconds, number| {
        let events = room.decide(at(seconds), &offer(number, 1, 0)).expect("ordered");
        let found = events.into_iter().find_map(|event| {
            if let Event::UnitOffered { abilities, .. } = event { abilities } else { None }
        });
        found.expect("noted")
    };
    assert_eq!(noted(&room, 2, 1), [capability("transport"), capability("maternal")]);
    let (lacking, reason) = (vec![capability("maternal")], Some("bidan sakit".to_owned()));
    carry(&mut room, 3, &Command::LimitUnit { unit: unit(0), lacking, reason });
    assert_eq!(noted(&room, 4, 2), [capability("transport")]);
}

#[test]
fn an_order_that_was_written_before_abilities_were_noted_is_still_read() {
    let mut room = room(1);
    carry(&mut room, 1, &call(1, Some(place())));
    let events = room.decide(at(2), &offer(1, 1, 0)).expect("ordered");
    let mut old = serde_json::to_value(&events[0]).expect("JSON");
    old.as_object_mut().expect("an object").remove("abilities").expect("noted now");
    let read: Event = serde_json::from_value(old).expect("read");
    assert!(matches!(read, Event::UnitOffered { abilities: None, .. }), "{read:?}");
}

#[test]
fn the_list_that_was_shown_is_kept_with_the_decision_and_names_who_was_missed() {
    let mut room = room(4);
    carry(&mut room, 1, &call(1, Some(place())));
    let off = Command::SetDuty { unit: unit(0), on_duty: false, reason: Some("servis".into()) };
    carry(&mut room, 2, &off);
    carry(&mut room, 3, &offer(1, 1, 2));
    let decided = room.board().assignment(assignment(1)).expect("known");
    let shown: Vec<(&UnitId, Option<&str>)> =
        decided.considered.iter().map(|line| (&line.unit, line.excluded.as_deref())).collect();
    let expected =
        [(&unit(1), None), (&unit(2), None), (&unit(3), None), (&unit(0), Some("off_duty"))];
    assert_eq!(shown, expected);
    assert_eq!(decided.recommendation.rank, 2);
}

#[test]
fn an_unanswered_offer_is_passed_on_and_whoever_accepts_first_has_it() {
    for first_wins in [true, false] {
        let mut room = room(2);
        carry(&mut room, 0, &urgent(1, Priority::P1));
        carry(&mut room, 0, &offer(1, 1, 0));
        carry(&mut room, 30, &Command::Tick);
        carry(&mut room, 60, &Command::Tick);
        carry(&mut room, 61, &instead(2, 1, 1));
        let (winner, loser) = if first_wins { (1, 2) } else { (2, 1) };
        let accepted = carry(&mut room, 70, &advance(winner, Step::Acknowledged));
        assert_eq!(accepted, ["assignment_advanced", "assignment_cancelled"]);
        assert_eq!(state_of(&room, loser), AssignmentState::Cancelled);
        let late = Command::Advance {
            assignment: assignment(loser),
            step: Step::Acknowledged,
            speaker: Some(unit(u32::from(first_wins))),
        };
        assert_eq!(refused(&room, 71, &late), "assignment_ended", "a late answer is refused");
        let told = room.unconfirmed_orders(at(72));
        let loser_unit = unit(u32::from(first_wins));
        assert!(told.contains(&(loser_unit, Order::Withdrawn(assignment(loser)))));
    }
}

#[test]
fn an_acceptance_takes_nothing_from_a_unit_that_was_ordered_beside_it() {
    let mut room = room(2);
    carry(&mut room, 0, &call(1, Some(place())));
    carry(&mut room, 0, &offer(1, 1, 0));
    carry(&mut room, 0, &offer(2, 1, 1));
    assert_eq!(carry(&mut room, 5, &advance(1, Step::Acknowledged)), ["assignment_advanced"]);
    assert_eq!(state_of(&room, 2), AssignmentState::Offered);
}

#[test]
fn where_the_area_wants_it_the_system_passes_on_and_gives_up_who_never_answered() {
    let mut room = room_with(3, |policy| policy.pass_on_automatically = true);
    wake(&mut room, 0);
    carry(&mut room, 0, &urgent(1, Priority::P1));
    carry(&mut room, 0, &offer(1, 1, 0));
    carry(&mut room, 30, &Command::Tick);
    assert_eq!(carry(&mut room, 60, &Command::Tick), ["offer_overdue"]);
    wake(&mut room, 85);
    assert_eq!(carry(&mut room, 90, &Command::Tick), ["unit_offered"]);
    assert!(carry(&mut room, 91, &Command::Tick).is_empty(), "passed on once");
    let second = room.board().open_assignment_of(&unit(1)).expect("asked").clone();
    assert_eq!(second.instead_of, Some(assignment(1)));
    assert_eq!(state_of(&room, 1), AssignmentState::Offered, "the first may still answer");
    wake(&mut room, 170);
    let later = carry(&mut room, 180, &Command::Tick);
    assert!(later.contains(&"offer_timed_out") && later.contains(&"unit_offered"), "{later:?}");
    assert_eq!(state_of(&room, 1), AssignmentState::TimedOut);
    let ranking = room.rank(at(181), place().position, Some(incident(1)));
    assert!(ranking.excluded.contains(&(unit(0), Exclusion::NoAnswer)));
}

#[test]
fn the_last_one_asked_is_never_given_up_by_the_clock() {
    let mut room = room(1);
    carry(&mut room, 0, &urgent(1, Priority::P1));
    carry(&mut room, 0, &offer(1, 1, 0));
    for seconds in [30, 60, 90, 180, 100_000] {
        carry(&mut room, seconds, &Command::Tick);
    }
    assert_eq!(state_of(&room, 1), AssignmentState::Offered);
}

#[test]
fn when_the_one_asked_next_refuses_the_first_is_not_given_up_and_another_is_asked() {
    let mut room = room_with(3, |policy| policy.pass_on_automatically = true);
    wake(&mut room, 0);
    carry(&mut room, 0, &urgent(1, Priority::P1));
    carry(&mut room, 0, &offer(1, 1, 0));
    wake(&mut room, 85);
    carry(&mut room, 90, &Command::Tick);
    let second = room.board().open_assignment_of(&unit(1)).expect("asked").id;
    let refusal = Command::Reject { assignment: second, reason: "ban".to_owned(), speaker: None };
    carry(&mut room, 95, &refusal);
    assert_eq!(carry(&mut room, 96, &Command::Tick), ["unit_offered"], "the next is asked");
    let third = room.board().open_assignment_of(&unit(2)).expect("asked").id;
    let refusal = Command::Reject { assignment: third, reason: "ban".to_owned(), speaker: None };
    carry(&mut room, 97, &refusal);
    carry(&mut room, 300, &Command::Tick);
    assert_eq!(state_of(&room, 1), AssignmentState::Offered, "nobody else is left to ask");
}

#[test]
fn a_unit_is_diverted_only_on_its_way_only_to_something_more_urgent_and_its_incident_waits_again() {
    let mut room = room(1);
    carry(&mut room, 0, &urgent(1, Priority::P3));
    carry(&mut room, 0, &urgent(2, Priority::P3));
    carry(&mut room, 0, &urgent(3, Priority::P1));
    assert_eq!(refused(&room, 1, &divert(5, 3, 0)), "nothing_to_divert");
    carry(&mut room, 1, &offer(1, 1, 0));
    carry(&mut room, 2, &advance(1, Step::EnRoute));
    assert_eq!(refused(&room, 3, &divert(2, 2, 0)), "not_more_urgent");
    let ranking = room.rank(at(3), place().position, Some(incident(3)));
    let case_number = known(&room, 1).case_number;
    let busy = Exclusion::Busy { case_number, divertible_in_s: Some(0) };
    assert_eq!(ranking.excluded, [(unit(0), busy)]);
    let diverted = carry(&mut room, 4, &divert(2, 3, 0));
    assert_eq!(diverted, ["assignment_diverted", "unit_offered"]);
    assert_eq!(state_of(&room, 1), AssignmentState::Diverted);
    let bumped = known(&room, 1);
    assert_eq!((bumped.bumps, bumped.redispatch), (1, true));
    assert_eq!(room.board().received_at(&bumped), START, "with its first time");
    let queue: Vec<IncidentId> = room.board().queue().iter().map(|i| i.id).collect();
    assert_eq!(queue, [incident(1), incident(2)]);
    let told = room.unconfirmed_orders(at(5));
    let withdrawn = (unit(0), Order::Withdrawn(assignment(1)));
    assert!(told.contains(&withdrawn) && told.contains(&(unit(0), Order::Offered(assignment(2)))));
    let stood_down = Command::ConfirmWithdrawal { assignment: assignment(1), speaker: unit(0) };
    assert_eq!(carry(&mut room, 5, &stood_down), ["withdrawal_delivered"]);
    assert!(!room.unconfirmed_orders(at(6)).contains(&withdrawn), "said once is enough");
    for step in [Step::OnScene, Step::Transporting, Step::AtDestination] {
        carry(&mut room, 6, &advance(2, step));
        carry(&mut room, 6, &Command::Tick);
        let mut more = new_call(90, Some(place()));
        more.incident = incident(900);
        assert_eq!(refused(&room, 7, &divert(9, 3, 0)), "too_late_to_divert", "{step:?}");
    }
}

#[test]
fn an_incident_that_has_waited_past_its_target_keeps_its_unit() {
    let mut room = room(1);
    carry(&mut room, 0, &urgent(1, Priority::P3));
    carry(&mut room, 1, &offer(1, 1, 0));
    carry(&mut room, 3_500, &urgent(2, Priority::P1));
    assert_eq!(refused(&room, 3_601, &divert(2, 2, 0)), "past_target");
    assert_eq!(carry(&mut room, 3_599, &divert(2, 2, 0)).len(), 2);
}

#[test]
fn with_automatic_dispatch_the_queue_is_served_in_order_and_one_unit_goes_once() {
    let mut room = room_with(2, |policy| policy.dispatch_automatically = true);
    wake(&mut room, 0);
    carry(&mut room, 1, &urgent(1, Priority::P3));
    carry(&mut room, 1, &urgent(2, Priority::P1));
    carry(&mut room, 1, &urgent(3, Priority::P2));
    let done = carry(&mut room, 2, &Command::Tick);
    assert_eq!(done.iter().filter(|kind| **kind == "unit_offered").count(), 2);
    let on = |unit_number: u32| {
        room.board().open_assignment_of(&unit(unit_number)).expect("ordered").incident
    };
    assert_eq!((on(0), on(1)), (incident(2), incident(3)), "the nearest for the most urgent");
    let next = carry(&mut room, 3, &Command::Tick);
    assert_eq!(next, ["incident_held"]);
    let first = room.board().open_assignment_of(&unit(0)).expect("ordered").id;
    let step = |step| Command::Advance { assignment: first, step, speaker: None };
    carry(&mut room, 4, &step(Step::OnScene));
    carry(&mut room, 5, &step(Step::Cleared));
    wake(&mut room, 6);
    let served = carry(&mut room, 7, &Command::Tick);
    assert!(served.contains(&"unit_offered"), "a freed unit serves the queue: {served:?}");
    assert_eq!(room.board().open_assignment_of(&unit(0)).expect("ordered").incident, incident(1));
}

#[test]
fn by_default_nobody_is_ordered_out_by_the_system() {
    let mut room = room(2);
    wake(&mut room, 0);
    carry(&mut room, 1, &urgent(1, Priority::P1));
    for seconds in 2..300 {
        let done = carry(&mut room, seconds, &Command::Tick);
        assert!(!done.contains(&"unit_offered"));
    }
}

#[test]
fn a_waiting_incident_ages_at_half_and_all_of_its_target_and_is_said_once_each() {
    let mut room = room(1);
    carry(&mut room, 0, &urgent(1, Priority::P1));
    assert!(carry(&mut room, 449, &Command::Tick).is_empty());
    assert_eq!(carry(&mut room, 450, &Command::Tick), ["incident_ageing"]);
    assert!(carry(&mut room, 899, &Command::Tick).is_empty());
    assert_eq!(carry(&mut room, 900, &Command::Tick), ["incident_ageing"]);
    assert_eq!(known(&room, 1).aged_percent, 100);
    assert!(carry(&mut room, 5_000, &Command::Tick).is_empty());
}

#[test]
fn the_destination_offers_the_care_asked_for_and_takes_patients() {
    let mut room = room(2);
    let facility =
        |room: &Dispatch| room.board().assignment(assignment(1)).expect("known").facility.clone();
    carry(&mut room, 0, &call(1, Some(place())));
    carry(&mut room, 1, &offer(1, 1, 0));
    assert_eq!(facility(&room).as_deref(), Some("near"), "a birth goes past the clinic");
    let admit = |facility: &str, admission| Command::SetAdmission {
        facility: facility.to_owned(),
        admission,
        reason: Some("penuh".to_owned()),
    };
    assert_eq!(carry(&mut room, 2, &admit("near", Admission::Closed)), ["facility_changed"]);
    assert!(carry(&mut room, 3, &admit("near", Admission::Closed)).is_empty());
    let to = |facility: &str| Command::SetDestination {
        assignment: assignment(1),
        facility: facility.to_owned(),
    };
    assert_eq!(refused(&room, 4, &to("near")), "facility_closed", "chosen again by hand");
    assert_eq!(refused(&room, 4, &to("nowhere")), "unknown_facility");
    carry(&mut room, 5, &advance(1, Step::Acknowledged));
    carry(&mut room, 6, &to("far"));
    assert_eq!(facility(&room).as_deref(), Some("far"));
    carry(&mut room, 7, &call(2, Some(place())));
    carry(&mut room, 8, &offer(2, 2, 1));
    let second = room.board().assignment(assignment(2)).expect("known");
    assert_eq!(second.facility.as_deref(), Some("far"), "a closed one is never proposed");
}

#[test]
fn a_referral_is_a_leg_of_the_same_incident_from_one_facility_to_the_next() {
    let mut room = room(2);
    carry(&mut room, 0, &call(1, Some(place())));
    carry(&mut room, 1, &offer(1, 1, 0));
    for step in [Step::OnScene, Step::Transporting, Step::AtDestination] {
        carry(&mut room, 10, &advance(1, step));
    }
    let leg = |pick_up: &str| Command::OfferUnit {
        assignment: assignment(2),
        incident: incident(1),
        unit: unit(1),
        instead_of: None,
        pick_up: Some(pick_up.to_owned()),
    };
    assert_eq!(refused(&room, 20, &leg("nowhere")), "unknown_facility");
    carry(&mut room, 20, &leg("near"));
    let onward = room.board().assignment(assignment(2)).expect("known").clone();
    assert_eq!(onward.pick_up.as_deref(), Some("near"));
    assert_eq!(onward.facility.as_deref(), Some("far"), "never back to where it comes from");
    assert_eq!(state(&room, 1), IncidentState::Active);
}

fn received_as(revision: u32) -> Command {
    Command::ConfirmDelivery { assignment: assignment(1), revision, speaker: unit(0) }
}

#[test]
fn a_referral_that_nobody_answers_is_passed_on_as_a_referral() {
    let mut room = room_with(2, |policy| policy.pass_on_automatically = true);
    wake(&mut room, 0);
    let mut taken = new_call(1, None);
    taken.priority = Some(Priority::P1);
    carry(&mut room, 0, &Command::TakeCall(taken));
    let leg = Command::OfferUnit {
        assignment: assignment(1),
        incident: incident(1),
        unit: unit(0),
        instead_of: None,
        pick_up: Some("near".to_owned()),
    };
    carry(&mut room, 0, &leg);
    wake(&mut room, 85);
    assert!(carry(&mut room, 90, &Command::Tick).contains(&"unit_offered"), "passed on");
    let second = room.board().open_assignment_of(&unit(1)).expect("asked");
    assert_eq!(second.pick_up.as_deref(), Some("near"), "the patient is still there");
    assert_ne!(second.facility.as_deref(), Some("near"), "and goes somewhere else");
}

#[test]
fn whoever_accepts_first_has_the_order_though_its_incident_has_become_part_of_another() {
    for first_wins in [true, false] {
        let mut room = room(2);
        carry(&mut room, 0, &urgent(2, Priority::P1));
        carry(&mut room, 0, &offer(1, 2, 0));
        carry(&mut room, 1, &urgent(1, Priority::P1));
        carry(&mut room, 2, &Command::Merge { incident: incident(2), into: incident(1) });
        carry(&mut room, 61, &instead(2, 1, 1));
        let (winner, loser) = if first_wins { (1, 2) } else { (2, 1) };
        carry(&mut room, 70, &advance(winner, Step::Acknowledged));
        assert_eq!(state_of(&room, loser), AssignmentState::Cancelled, "{winner} has it");
    }
}

#[test]
fn what_changes_about_an_order_is_told_to_the_crew_again() {
    let mut room = room(1);
    carry(&mut room, 0, &call(1, Some(place())));
    carry(&mut room, 1, &offer(1, 1, 0));
    let received = received_as(1);
    carry(&mut room, 2, &received);
    assert!(room.unconfirmed_orders(at(3)).is_empty());
    let elsewhere = IncidentPlace { position: position(-8.25, 113.7), ..place() };
    carry(&mut room, 4, &Command::PlaceIncident { incident: incident(1), place: elsewhere });
    let again = vec![(unit(0), Order::Offered(assignment(1)))];
    assert_eq!(room.unconfirmed_orders(at(5)), again, "the crew would drive to the old place");
    assert!(carry(&mut room, 6, &received).is_empty(), "a late word of what it was before");
    assert_eq!(room.unconfirmed_orders(at(6)), again);
    carry(&mut room, 6, &received_as(2));
    assert!(room.unconfirmed_orders(at(7)).is_empty());
    let delivered = room.board().assignment(assignment(1)).expect("known").delivered_at;
    assert_eq!(delivered, Some(at(2)), "the first time stands");
    let to = Command::SetDestination { assignment: assignment(1), facility: "far".to_owned() };
    carry(&mut room, 8, &to);
    assert_eq!(room.unconfirmed_orders(at(9)), again);
}

#[test]
fn a_clearly_better_unit_is_proposed_and_never_switched_by_itself() {
    let mut room = room(30);
    wake(&mut room, 0);
    carry(&mut room, 0, &call(1, Some(place())));
    carry(&mut room, 1, &offer(1, 1, 29));
    let on = room.board().assignment(assignment(1)).expect("known").clone();
    let better = room.better_unit(at(2), &on).expect("much nearer");
    assert_eq!(better.unit, unit(0));
    carry(&mut room, 3, &Command::Tick);
    assert_eq!(room.board().open_assignment_of(&unit(0)), None);
    carry(&mut room, 4, &advance(1, Step::OnScene));
    let arrived = room.board().assignment(assignment(1)).expect("known").clone();
    assert_eq!(room.better_unit(at(5), &arrived), None, "it is there");
}

#[test]
fn with_automatic_dispatch_every_unit_that_an_incident_needs_is_ordered_and_no_more() {
    let mut room = room_with(4, |policy| policy.dispatch_automatically = true);
    wake(&mut room, 0);
    carry(&mut room, 1, &urgent(1, Priority::P1));
    let needs = vec![Need { capability: capability("transport"), count: 3 }];
    carry(&mut room, 1, &Command::ChangeNeeds { incident: incident(1), needs });
    for seconds in 2..6 {
        carry(&mut room, seconds, &Command::Tick);
    }
    let ordered = room.board().assignments_of(&known(&room, 1)).count();
    assert_eq!(ordered, 3, "three are needed");
    assert!(room.missing_needs(&known(&room, 1)).is_empty());
}

#[test]
fn nobody_stands_in_for_a_unit_that_has_accepted_or_is_on_something_else() {
    let mut room = room(4);
    carry(&mut room, 0, &urgent(1, Priority::P1));
    carry(&mut room, 0, &urgent(2, Priority::P1));
    let elsewhere = Command::OfferUnit {
        assignment: assignment(9),
        incident: incident(2),
        unit: unit(3),
        instead_of: None,
        pick_up: None,
    };
    carry(&mut room, 1, &elsewhere);
    assert_eq!(refused(&room, 2, &instead(2, 9, 1)), "unknown_assignment", "of another incident");
    carry(&mut room, 2, &offer(1, 1, 0));
    carry(&mut room, 3, &advance(1, Step::Acknowledged));
    assert_eq!(refused(&room, 4, &instead(2, 1, 1)), "offer_answered");
    let cancel = Command::Cancel { assignment: assignment(1), reason: "salah".to_owned() };
    carry(&mut room, 5, &cancel);
    carry(&mut room, 6, &instead(2, 1, 1));
    let second = room.board().assignment(assignment(2)).expect("ordered");
    assert_eq!(second.instead_of, None, "there is nobody left to stand in for");
}

#[test]
fn a_unit_that_was_there_before_an_incident_was_opened_again_counts_for_nothing_now() {
    let mut room = room(2);
    carry(&mut room, 0, &urgent(1, Priority::P1));
    let needs = vec![Need { capability: capability("transport"), count: 1 }];
    carry(&mut room, 0, &Command::ChangeNeeds { incident: incident(1), needs: needs.clone() });
    carry(&mut room, 1, &offer(1, 1, 0));
    carry(&mut room, 2, &advance(1, Step::OnScene));
    carry(&mut room, 3, &advance(1, Step::Cleared));
    let reason = "masih perlu ambulans".to_owned();
    carry(&mut room, 4, &Command::Reopen { incident: incident(1), reason });
    assert_eq!(room.missing_needs(&known(&room, 1)), needs);
}
