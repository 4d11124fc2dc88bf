//! The core: given these commands at these times, exactly these events.

mod advice;
mod aid;
mod alarms;
mod arrivals;
mod devices;
mod intake;
mod orders;
mod positions;
mod property;
mod steps;

use std::collections::BTreeMap;

use siaga::clock::Timestamp;
use siaga::dispatch::assignment::STEPS;
use siaga::dispatch::command::{Answer, Command, NewCall, Refusal};
use siaga::dispatch::event::{
    Category, Channel, Disposition, Event, FixClass, IncidentPlace, PlaceBasis, Priority, Step,
};
use siaga::dispatch::incident::{Incident, IncidentState};
use siaga::dispatch::policy::Policy;
use siaga::dispatch::rank::{Exclusion, Reason};
use siaga::dispatch::triage::{BREATHING, CONSCIOUS};
use siaga::dispatch::unit::{Fix, SourceId, UnitCard, UnitState};
use siaga::dispatch::{Dispatch, FacilityCard, Order};
use siaga::ids::{AssignmentId, CallId, Capability, IncidentId, UnitId};
use siaga::place::Position;
use uuid::Uuid;

const START: Timestamp = Timestamp::from_ms(1_763_859_723_000);

fn at(seconds: i64) -> Timestamp {
    START.plus_ms(seconds * 1000)
}

fn unit(number: u32) -> UnitId {
    UnitId::new(&format!("AMB-{number:02}")).expect("a code")
}

fn incident(number: u128) -> IncidentId {
    IncidentId::from_uuid(Uuid::from_u128(number))
}

fn assignment(number: u128) -> AssignmentId {
    AssignmentId::from_uuid(Uuid::from_u128(1_000 + number))
}

fn capability(word: &str) -> Capability {
    Capability::new(word).expect("a word")
}

/// Awake and breathing.
fn well() -> BTreeMap<String, Answer> {
    [CONSCIOUS, BREATHING].map(|question| (question.to_owned(), Answer::Yes)).into()
}

fn position(lat: f64, lon: f64) -> Position {
    Position::new(lat, lon).expect("a position")
}

/// Units on a line to the north, about 1.1 km apart.
fn room(units: u32) -> Dispatch {
    room_by(Policy::default(), units, |_| vec![capability("transport")])
}

fn room_by(policy: Policy, units: u32, can: impl Fn(u32) -> Vec<Capability>) -> Dispatch {
    let card = |index: u32| UnitCard {
        id: unit(index),
        index,
        post: position(-8.2 + f64::from(index) * 0.01, 113.7),
        capabilities: can(index),
    };
    let facility = |id: &str, lat: f64, offers: &[&str]| FacilityCard {
        id: id.to_owned(),
        position: position(lat, 113.7),
        capabilities: offers.iter().map(|word| capability(word)).collect(),
    };
    let facilities = vec![
        facility("far", -8.5, &["poned", "ponek"]),
        facility("near", -8.21, &["poned"]),
        facility("clinic", -8.201, &[]),
    ];
    Dispatch::new(policy, (0..units).map(card).collect(), facilities)
}

fn place() -> IncidentPlace {
    IncidentPlace {
        position: position(-8.2, 113.7),
        uncertainty_m: 100,
        basis: PlaceBasis::Point,
        village: None,
        village_basis: Default::default(),
    }
}

fn call(number: u128, place: Option<IncidentPlace>) -> Command {
    Command::TakeCall(new_call(number, place))
}

fn known(room: &Dispatch, number: u128) -> Incident {
    room.board().incident(incident(number)).expect("known").clone()
}

fn new_call(number: u128, place: Option<IncidentPlace>) -> NewCall {
    NewCall {
        call: CallId::from_uuid(Uuid::from_u128(number)),
        incident: incident(number),
        channel: Channel::Phone,
        received_at: START,
        category: Category::Maternal,
        answers: well(),
        priority: None,
        place,
        drill: false,
    }
}

fn fix(seconds: i64, lat: f64) -> Fix {
    Fix {
        device_at: at(seconds),
        received_at: at(seconds),
        position: position(lat, 113.7),
        speed_kmh: None,
        heading_deg: None,
        accuracy_m: Some(5.0),
        battery_pct: Some(80),
        behind_ms: None,
        mocked: false,
        source: SourceId::default(),
    }
}

/// Every unit reports from its post, so that none is doubtful.
fn wake(room: &mut Dispatch, seconds: i64) {
    let units: Vec<(UnitId, Position)> =
        room.fleet().iter().map(|t| (t.card.id.clone(), t.card.post)).collect();
    for (unit, post) in units {
        let awake = Fix { position: post, speed_kmh: Some(0.0), ..fix(seconds, -8.2) };
        room.observe(&unit, awake).expect("known");
        room.observe_link(at(seconds), &unit, true);
    }
}

/// Carries a command out and answers the kinds of events.
fn carry(room: &mut Dispatch, seconds: i64, command: &Command) -> Vec<&'static str> {
    let events = room.decide(at(seconds), command).expect("not refused");
    for event in &events {
        room.apply(at(seconds), event);
    }
    events.iter().map(Event::kind).collect()
}

fn refused(room: &Dispatch, seconds: i64, command: &Command) -> &'static str {
    room.decide(at(seconds), command).expect_err("refused").code()
}

fn offer(number: u128, incident_number: u128, unit_number: u32) -> Command {
    Command::offer(assignment(number), incident(incident_number), unit(unit_number))
}

fn advance(number: u128, step: Step) -> Command {
    Command::Advance { assignment: assignment(number), step, speaker: None }
}

fn state(room: &Dispatch, number: u128) -> IncidentState {
    room.board().state_of(room.board().incident(incident(number)).expect("known"))
}

#[test]
fn a_call_goes_all_the_way_and_every_step_keeps_its_time() {
    let mut room = room(3);
    assert_eq!(carry(&mut room, 5, &call(1, Some(place()))), ["call_taken"]);
    assert_eq!(state(&room, 1), IncidentState::Pending);
    assert_eq!(carry(&mut room, 10, &offer(1, 1, 0)), ["unit_offered"]);
    assert_eq!(state(&room, 1), IncidentState::Assigned);
    let delivered =
        Command::ConfirmDelivery { assignment: assignment(1), revision: 1, speaker: unit(0) };
    assert_eq!(carry(&mut room, 11, &delivered), ["order_delivered"]);
    for (seconds, step) in (20..).step_by(10).zip(STEPS) {
        let kinds = carry(&mut room, seconds, &advance(1, step));
        let last = step == Step::Cleared;
        let expected: &[&str] = if last {
            &["assignment_advanced", "incident_ended"]
        } else {
            &["assignment_advanced"]
        };
        assert_eq!(kinds, expected, "{step:?}");
        if step == Step::OnScene {
            assert_eq!(state(&room, 1), IncidentState::Active);
        }
    }
    assert_eq!(state(&room, 1), IncidentState::Closed);
    let done = room.board().assignment(assignment(1)).expect("known").clone();
    assert_eq!((done.offered_at, done.delivered_at), (at(10), Some(at(11))));
    for (seconds, step) in (20..).step_by(10).zip(STEPS) {
        assert_eq!(done.times.get(step), Some(at(seconds)), "{step:?}");
    }
    let ended = room.board().incident(incident(1)).expect("known").ending.clone().expect("ended");
    assert_eq!(ended.disposition, Disposition::Transported);
    assert_eq!(done.facility.as_deref(), Some("near"), "the nearest facility is proposed");
}

#[test]
fn steps_may_be_skipped_but_never_invented_and_never_taken_back() {
    let mut room = room(1);
    carry(&mut room, 0, &call(1, Some(place())));
    carry(&mut room, 1, &offer(1, 1, 0));
    carry(&mut room, 60, &advance(1, Step::OnScene));
    let times = room.board().assignment(assignment(1)).expect("known").times;
    assert_eq!(times.get(Step::EnRoute), None);
    assert_eq!(refused(&room, 61, &advance(1, Step::EnRoute)), "step_back");
    assert!(carry(&mut room, 62, &advance(1, Step::OnScene)).is_empty(), "said twice: no event");
    assert_eq!(room.board().assignment(assignment(1)).expect("known").times, times);
    carry(&mut room, 70, &advance(1, Step::Cleared));
    assert_eq!(refused(&room, 71, &advance(1, Step::HandedOver)), "assignment_ended");
    assert!(carry(&mut room, 72, &advance(1, Step::Cleared)).is_empty());
    let ending = room.board().incident(incident(1)).expect("known").ending.clone();
    assert_eq!(ending.expect("ended").disposition, Disposition::TreatedOnScene);
}

#[test]
fn a_unit_on_one_incident_is_refused_for_another_and_the_refusal_names_it() {
    let mut room = room(2);
    carry(&mut room, 0, &call(1, Some(place())));
    carry(&mut room, 0, &call(2, Some(place())));
    carry(&mut room, 1, &offer(1, 1, 0));
    let refusal = room.decide(at(2), &offer(2, 2, 0)).expect_err("busy");
    let Refusal::UnitBusy { unit: busy, case_number, incident: on } = refusal else {
        panic!("{refusal}")
    };
    assert_eq!((busy, on), (unit(0), incident(1)));
    assert_eq!(case_number, room.board().incident(incident(1)).expect("known").case_number);
}

#[test]
fn a_rejected_order_puts_the_incident_back_with_its_first_time_and_the_unit_is_not_asked_again() {
    let mut room = room(2);
    carry(&mut room, 0, &call(1, Some(place())));
    carry(&mut room, 1, &offer(1, 1, 0));
    let reject = Command::Reject {
        assignment: assignment(1),
        reason: " ban kempes ".to_owned(),
        speaker: Some(unit(0)),
    };
    assert_eq!(carry(&mut room, 9, &reject), ["assignment_rejected"]);
    assert_eq!(state(&room, 1), IncidentState::Pending);
    let back = room.board().incident(incident(1)).expect("known");
    assert!(back.redispatch);
    assert_eq!(back.received_at, START);
    let ranking = room.rank(at(10), place().position, Some(incident(1)));
    assert_eq!(ranking.candidates.len(), 1);
    let why = Exclusion::Refused { reason: Some("ban kempes".to_owned()) };
    assert_eq!(ranking.excluded, [(unit(0), why)]);
    assert!(carry(&mut room, 11, &reject).is_empty(), "said twice: no event");
}

#[test]
fn with_no_unit_free_the_incident_is_held_and_released_when_one_is() {
    let mut room = room(1);
    carry(&mut room, 0, &call(1, Some(place())));
    carry(&mut room, 1, &offer(1, 1, 0));
    carry(&mut room, 2, &call(2, Some(place())));
    assert_eq!(carry(&mut room, 3, &Command::Tick), ["incident_held"]);
    assert_eq!(state(&room, 2), IncidentState::Held);
    assert!(carry(&mut room, 4, &Command::Tick).is_empty(), "said once");
    let cancel = Command::Cancel { assignment: assignment(1), reason: "salah alamat".to_owned() };
    carry(&mut room, 5, &cancel);
    assert_eq!(carry(&mut room, 6, &Command::Tick), ["incident_ready"]);
    assert_eq!(state(&room, 2), IncidentState::Pending);
    assert_eq!(room.unconfirmed_orders(at(6)), [(unit(0), Order::Withdrawn(assignment(1)))]);
    let late =
        Command::ConfirmDelivery { assignment: assignment(1), revision: 1, speaker: unit(0) };
    assert!(
        carry(&mut room, 7, &late).is_empty(),
        "having the order is not knowing that it is off"
    );
    assert_eq!(room.unconfirmed_orders(at(7)).len(), 1);
    let confirmed = Command::ConfirmWithdrawal { assignment: assignment(1), speaker: unit(0) };
    assert_eq!(carry(&mut room, 7, &confirmed), ["withdrawal_delivered"]);
    assert!(room.unconfirmed_orders(at(7)).is_empty());
}

#[test]
fn after_arrival_nothing_is_cancelled_because_a_patient_may_be_on_board() {
    let mut room = room(1);
    carry(&mut room, 0, &call(1, Some(place())));
    carry(&mut room, 1, &offer(1, 1, 0));
    carry(&mut room, 2, &advance(1, Step::Transporting));
    let reason = "apa saja".to_owned();
    let cancel = Command::Cancel { assignment: assignment(1), reason: reason.clone() };
    assert_eq!(refused(&room, 3, &cancel), "already_arrived");
    let reject =
        Command::Reject { assignment: assignment(1), reason: reason.clone(), speaker: None };
    assert_eq!(refused(&room, 3, &reject), "already_arrived");
    let end = Command::EndIncident {
        incident: incident(1),
        disposition: Disposition::Cancelled,
        reason: Some(reason.clone()),
    };
    assert_eq!(refused(&room, 3, &end), "unit_at_work");
    let duty = Command::SetDuty { unit: unit(0), on_duty: false, reason: Some(reason) };
    assert_eq!(refused(&room, 3, &duty), "unit_at_work");
}

#[test]
fn an_unanswered_offer_falls_due_once_and_at_its_own_time() {
    let mut room = room(1);
    carry(&mut room, 0, &call(1, Some(place())));
    assert_eq!(room.next_deadline(), Some(at(15 * 60)), "half of the 30 minutes of P2");
    carry(&mut room, 10, &offer(1, 1, 0));
    assert_eq!(room.next_deadline(), Some(at(70)), "the crew is alerted again after a minute");
    assert!(carry(&mut room, 69, &Command::Tick).is_empty());
    assert_eq!(carry(&mut room, 70, &Command::Tick), ["offer_realerted"]);
    assert_eq!(room.next_deadline(), Some(at(130)), "the operator is alarmed after two");
    assert!(carry(&mut room, 129, &Command::Tick).is_empty());
    assert_eq!(carry(&mut room, 130, &Command::Tick), ["offer_overdue"]);
    assert_eq!(room.next_deadline(), None);
    assert!(carry(&mut room, 2_000, &Command::Tick).is_empty(), "nobody else was asked");
    carry(&mut room, 2_001, &advance(1, Step::Acknowledged));
    assert!(!room.board().assignment(assignment(1)).expect("known").overdue);
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    let mut room = room(2);
    carry(&mut room, 0, &call(1, None));
    assert_eq!(state(&room, 1), IncidentState::New);
    assert_eq!(refused(&room, 1, &offer(1, 1, 0)), "place_unknown");
    assert_eq!(refused(&room, 1, &offer(1, 9, 0)), "unknown_incident");
    assert_eq!(refused(&room, 1, &advance(9, Step::OnScene)), "unknown_assignment");
    assert_eq!(refused(&room, -60, &call(2, None)), "call_in_future");
    assert_eq!(refused(&room, 100_000, &call(2, None)), "call_too_old");
    assert_eq!(refused(&room, 1, &call(1, None)), "id_used");
    let placed = Command::PlaceIncident { incident: incident(1), place: place() };
    assert_eq!(carry(&mut room, 2, &placed), ["incident_placed"]);
    assert!(carry(&mut room, 3, &placed).is_empty());
    assert_eq!(refused(&room, 4, &offer(1, 1, 77)), "unknown_unit");
    let off = |reason: Option<&str>| Command::SetDuty {
        unit: unit(0),
        on_duty: false,
        reason: reason.map(str::to_owned),
    };
    assert_eq!(refused(&room, 5, &off(Some("  "))), "reason_missing");
    carry(&mut room, 5, &off(Some("servis")));
    assert_eq!(refused(&room, 6, &offer(1, 1, 0)), "unit_unavailable");
    carry(&mut room, 7, &offer(1, 1, 1));
    let foreign = Command::Advance {
        assignment: assignment(1),
        step: Step::Acknowledged,
        speaker: Some(unit(0)),
    };
    assert_eq!(refused(&room, 8, &foreign), "not_yours");
    let no_reason = Command::Cancel { assignment: assignment(1), reason: String::new() };
    assert_eq!(refused(&room, 8, &no_reason), "reason_missing");
    let end = Command::EndIncident {
        incident: incident(1),
        disposition: Disposition::Prank,
        reason: None,
    };
    assert_eq!(carry(&mut room, 9, &end), ["assignment_cancelled", "incident_ended"]);
    assert_eq!(refused(&room, 10, &offer(2, 1, 1)), "incident_ended");
}

#[test]
fn unknown_consciousness_or_breathing_is_the_first_priority() {
    let cases = [
        (Category::Other, Answer::Unknown, Answer::Yes, Priority::P1),
        (Category::Other, Answer::Yes, Answer::No, Priority::P1),
        (Category::Other, Answer::Yes, Answer::Yes, Priority::P3),
        (Category::Maternal, Answer::Yes, Answer::Yes, Priority::P2),
        (Category::Neonatal, Answer::Yes, Answer::Yes, Priority::P1),
        (Category::Transfer, Answer::Unknown, Answer::Unknown, Priority::P4),
    ];
    for (number, (category, conscious, breathing, expected)) in (1..).zip(cases) {
        let mut room = room(1);
        let mut taken = new_call(number, Some(place()));
        taken.category = category;
        taken.answers =
            [(CONSCIOUS.to_owned(), conscious), (BREATHING.to_owned(), breathing)].into();
        carry(&mut room, 1, &Command::TakeCall(taken));
        assert_eq!(known(&room, number).priority, expected, "{category:?}");
    }
}

#[test]
fn case_numbers_count_by_the_day_of_the_regency() {
    let mut room = room(1);
    carry(&mut room, 0, &call(1, None));
    carry(&mut room, 1, &call(2, None));
    let number = |room: &Dispatch, id| {
        room.board().incident(incident(id)).expect("known").case_number.clone()
    };
    assert_eq!([number(&room, 1), number(&room, 2)], ["251123-001", "251123-002"]);
    // 17:00 UTC is midnight in Jember.
    let midnight = Timestamp::parse("2025-11-23T17:00:00Z").expect("a time");
    carry(&mut room, midnight.ms_since(START) / 1000, &call(3, None));
    assert_eq!(number(&room, 3), "251124-001");
}

#[test]
fn the_unit_that_can_be_there_first_comes_first_and_silent_ones_come_after() {
    let mut room = room(4);
    for number in 0..4 {
        room.observe_link(at(0), &unit(number), true);
    }
    // 0 stands by at the scene, but 1 is already driving close by; 2 has gone silent; 3 is far and fresh.
    let judged = room.observe(&unit(0), fix(0, -8.2));
    assert_eq!(judged.map(|judged| judged.class), Some(FixClass::Live));
    room.observe(&unit(1), fix(0, -8.195));
    room.observe(&unit(2), fix(-600, -8.2));
    room.observe(&unit(3), fix(0, -8.17));
    let ranking = room.rank(at(1), place().position, None);
    let order: Vec<u32> = ranking.candidates.iter().map(|c| c.rank).collect();
    assert_eq!(order, [1, 2, 3, 4]);
    let units: Vec<&UnitId> = ranking.candidates.iter().map(|c| &c.unit).collect();
    assert_eq!(units, [&unit(1), &unit(0), &unit(3), &unit(2)]);
    let first = &ranking.candidates[0];
    assert_eq!(first.reasons, [Reason::Mobile, Reason::Fresh { age_s: 1 }]);
    assert_eq!(first.eta_s, 68, "556 m × 1.35 at 40 km/h");
    let last = &ranking.candidates[3];
    assert!(last.reasons.contains(&Reason::Stale { age_s: 601 }));
    assert!(last.uncertainty_s > first.uncertainty_s);
    room.observe_link(at(2), &unit(1), false);
    let again = room.rank(at(2), place().position, None);
    assert_eq!(again.candidates[0].unit, unit(0), "a unit that cannot be reached never leads");
}

#[test]
fn a_unit_that_left_its_post_is_on_the_road() {
    let mut room = room(1);
    let unit_state = |room: &Dispatch| room.unit_state(room.fleet().get(&unit(0)).expect("known"));
    assert_eq!(unit_state(&room), UnitState::AvailableAtPost);
    room.observe(&unit(0), fix(0, -8.19));
    assert_eq!(unit_state(&room), UnitState::AvailableMobile);
}
