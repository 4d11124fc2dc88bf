//! Whatever is asked in whatever order: no illegal transition, nothing twice, and the log alone rebuilds the room.

use proptest::prelude::*;
use siaga::dispatch::assignment::{AssignmentState, MARKS};
use siaga::dispatch::event::{Admission, Colour, CrewRole, Need};
use siaga::ids::NoteId;

use super::*;

const UNITS: u32 = 4;

fn any_incident() -> impl Strategy<Value = IncidentId> {
    (0..5_u128).prop_map(incident)
}

fn any_assignment() -> impl Strategy<Value = AssignmentId> {
    (0..14_u128).prop_map(assignment)
}

fn any_unit() -> impl Strategy<Value = UnitId> {
    (0..=UNITS).prop_map(unit)
}

fn any_step() -> impl Strategy<Value = Step> {
    (0..STEPS.len()).prop_map(|index| STEPS[index])
}

fn any_priority() -> impl Strategy<Value = Priority> {
    proptest::sample::select(vec![Priority::P1, Priority::P2, Priority::P3, Priority::P4])
}

fn any_reason() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), Just("alasan".to_owned())]
}

fn some_capability() -> impl Strategy<Value = Capability> {
    proptest::sample::select(vec![capability("transport"), capability("maternal")])
}

fn of_incidents() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => (0..5_u128, any::<bool>(), any::<bool>(), any_priority()).prop_map(
            |(number, placed, drill, priority)| {
                let mut taken = new_call(number, placed.then(place));
                taken.drill = drill;
                taken.priority = Some(priority);
                Command::TakeCall(taken)
            }
        ),
        1 => (any_incident(), 0..9_u128).prop_map(|(incident, number)| Command::AttachCall {
            incident,
            call: CallId::from_uuid(Uuid::from_u128(number)),
            channel: Channel::Phone,
            received_at: START,
        }),
        1 => any_incident()
            .prop_map(|incident| Command::PlaceIncident { incident, place: place() }),
        1 => any_incident().prop_map(|incident| Command::CorrectDetails {
            incident,
            category: Category::Cardiac,
            answers: BTreeMap::new(),
        }),
        1 => any_incident().prop_map(|incident| Command::AddNote {
            incident,
            note: NoteId::from_uuid(Uuid::nil()),
        }),
        2 => (any_incident(), any_priority(), any_reason()).prop_map(
            |(incident, priority, reason)| Command::ChangePriority {
                incident,
                priority,
                reason: Some(reason),
            }
        ),
        1 => (any_incident(), some_capability(), 0..3_u8).prop_map(
            |(incident, capability, count)| Command::ChangeNeeds {
                incident,
                needs: vec![Need { capability, count }],
            }
        ),
        1 => any_incident()
            .prop_map(|incident| Command::NoteColour { incident, colour: Colour::Red }),
        2 => (any_incident(), any_incident())
            .prop_map(|(incident, into)| Command::Merge { incident, into }),
        1 => any_incident().prop_map(|incident| Command::Split { incident }),
        1 => (any_incident(), any_reason())
            .prop_map(|(incident, reason)| Command::Reopen { incident, reason }),
        1 => any_incident().prop_map(|incident| Command::EndIncident {
            incident,
            disposition: Disposition::SolvedByPhone,
            reason: None,
        }),
    ]
}

fn of_orders() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => (
            any_assignment(),
            any_incident(),
            any_unit(),
            proptest::option::of(any_assignment()),
            proptest::option::of(Just("near".to_owned()))
        )
            .prop_map(|(assignment, incident, unit, instead_of, pick_up)| {
                Command::OfferUnit { assignment, incident, unit, instead_of, pick_up }
            }),
        2 => (any_assignment(), any_incident(), any_unit()).prop_map(
            |(assignment, incident, unit)| Command::Divert { assignment, incident, unit }
        ),
        1 => (any_assignment(), proptest::sample::select(vec!["near", "far", "none"])).prop_map(
            |(assignment, facility)| Command::SetDestination {
                assignment,
                facility: facility.to_owned(),
            }
        ),
        4 => (any_assignment(), any_step(), proptest::option::of(any_unit())).prop_map(
            |(assignment, step, speaker)| Command::Advance { assignment, step, speaker }
        ),
        1 => any_assignment()
            .prop_map(|assignment| Command::UndoStep { assignment, speaker: None }),
        1 => (any_assignment(), any_step(), 0..4_000_i64, any_reason()).prop_map(
            |(assignment, step, seconds, reason)| Command::CorrectTime {
                assignment,
                step,
                at: at(seconds),
                reason,
            }
        ),
        1 => (any_assignment(), any_reason())
            .prop_map(|(assignment, reason)| Command::Cancel { assignment, reason }),
        1 => (any_assignment(), any_reason()).prop_map(|(assignment, reason)| Command::Reject {
            assignment,
            reason,
            speaker: None,
        }),
        1 => (any_assignment(), 0..4_u32, any_unit()).prop_map(|(assignment, revision, speaker)| {
            Command::ConfirmDelivery { assignment, revision, speaker }
        }),
        1 => (any_assignment(), prop::sample::select(MARKS.to_vec()), prop::option::of(any_unit()))
            .prop_map(|(assignment, mark, speaker)| Command::MarkTime { assignment, mark, speaker }),
        1 => (any_assignment(), any_unit())
            .prop_map(|(assignment, speaker)| Command::ConfirmWithdrawal { assignment, speaker }),
    ]
}

fn of_standby() -> impl Strategy<Value = Command> {
    prop_oneof![
        2 => (any_unit(), any::<bool>(), any_reason()).prop_map(|(unit, on_duty, reason)| {
            Command::SetDuty { unit, on_duty, reason: Some(reason) }
        }),
        1 => any_unit()
            .prop_map(|unit| Command::SetCrew { unit, crew: vec![CrewRole::Midwife] }),
        1 => (any_unit(), proptest::option::of(some_capability()), any_reason()).prop_map(
            |(unit, lacking, reason)| Command::LimitUnit {
                unit,
                lacking: lacking.into_iter().collect(),
                reason: Some(reason),
            }
        ),
        1 => (any_unit(), any::<bool>())
            .prop_map(|(unit, sos)| Command::RequestTalk { unit, sos }),
        1 => any_unit().prop_map(|unit| Command::AnswerTalk { unit }),
        1 => Just(Command::SetAdmission {
            facility: "near".to_owned(),
            admission: Admission::Closed,
            reason: None,
        }),
        1 => any_unit().prop_map(|unit| Command::TakeAlarm {
            alarm: format!("sos/{unit}"),
            owner: "siti".to_owned(),
        }),
        6 => Just(Command::Tick),
    ]
}

fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![3 => of_incidents(), 4 => of_orders(), 2 => of_standby()]
}

/// Said twice these change nothing the second time. A new remark or call is new each time, undoing goes on to the step
/// before, and a tick may make more due.
fn is_idempotent(command: &Command) -> bool {
    !matches!(
        command,
        Command::AttachCall { .. }
            | Command::CorrectDetails { .. }
            | Command::AddNote { .. }
            | Command::UndoStep { .. }
            | Command::Tick
    )
}

/// Whether an assignment may go from one state to the next by that event.
fn is_legal(from: AssignmentState, to: AssignmentState, by: &Event) -> bool {
    match (from, to) {
        (was, is) if was == is => true,
        (was, _) if was.has_ended() => false,
        (AssignmentState::At(was), AssignmentState::At(is)) if is > was => true,
        (AssignmentState::At(_), AssignmentState::At(_) | AssignmentState::Offered) => {
            matches!(by, Event::StepUndone { .. })
        }
        (AssignmentState::Offered, _) => true,
        (AssignmentState::At(was), AssignmentState::Diverted) => was <= Step::EnRoute,
        (AssignmentState::At(was), _) => was < Step::OnScene,
        (_, _) => false,
    }
}

fn room_of(automatic: bool) -> Dispatch {
    let policy = Policy {
        pass_on_automatically: automatic,
        dispatch_automatically: automatic,
        ..Policy::default()
    };
    let can = |index: u32| {
        let words: &[&str] = if index == 1 { &["transport", "maternal"] } else { &["transport"] };
        words.iter().map(|word| capability(word)).collect()
    };
    let mut room = room_by(policy, UNITS, can);
    for number in 0..UNITS {
        room.observe(&unit(number), fix(0, -8.2)).expect("known");
        room.observe_link(at(0), &unit(number), true);
    }
    room
}

/// What must be true of a room after every event.
fn check(room: &Dispatch) -> Result<(), TestCaseError> {
    let board = room.board();
    for number in 0..UNITS {
        let open = board.assignments().filter(|a| a.unit == unit(number) && a.is_open());
        prop_assert!(open.count() <= 1, "a unit has one open assignment at most");
    }
    for incident in board.incidents() {
        if incident.ending.is_some() {
            let open = board.assignments_of(incident).any(|a| a.is_open());
            prop_assert!(!open, "an ended incident keeps no unit");
        }
        if let Some(into) = incident.merged_into {
            let leader = board.incident(into).expect("a leader is kept as long as its parts");
            prop_assert!(leader.merged_into.is_none(), "links are never chained");
            prop_assert!(leader.merged.contains(&incident.id), "a link is known at both ends");
            prop_assert_eq!(leader.drill, incident.drill);
            prop_assert!(board.received_at(leader) <= incident.first_call_at());
        }
        prop_assert!(incident.aged_percent <= 100);
    }
    let queue = board.queue();
    let order: Vec<_> = queue.iter().map(|i| (i.priority, board.received_at(i), i.id)).collect();
    prop_assert!(order.is_sorted(), "the queue is served by priority, then T0");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn whatever_is_asked_in_whatever_order_the_room_stays_true(
        commands in proptest::collection::vec((any_command(), 0..120_i64), 1..120),
        automatic in any::<bool>(),
    ) {
        let mut room = room_of(automatic);
        let mut log = Vec::new();
        let mut now = 0;
        for (command, pause) in commands {
            now += pause;
            let Ok(events) = room.decide(at(now), &command) else { continue };
            for event in events {
                let before: BTreeMap<AssignmentId, AssignmentState> =
                    room.board().assignments().map(|a| (a.id, a.state)).collect();
                room.apply(at(now), &event);
                for after in room.board().assignments() {
                    let Some(from) = before.get(&after.id) else { continue };
                    let legal = is_legal(*from, after.state, &event);
                    prop_assert!(legal, "{:?} to {:?} by {:?}", from, after.state, event);
                }
                log.push((at(now), event));
            }
            check(&room)?;
            if is_idempotent(&command) && let Ok(again) = room.decide(at(now), &command) {
                prop_assert_eq!(again, vec![], "the same thing twice: {:?}", command);
            }
            let mut ticks = 0;
            while let Ok(due) = room.decide(at(now), &Command::Tick) && !due.is_empty() {
                ticks += 1;
                prop_assert!(ticks <= 8, "time comes to rest: {:?}", due);
                for event in due {
                    room.apply(at(now), &event);
                    log.push((at(now), event));
                }
            }
            check(&room)?;
            let ranking = room.rank(at(now), place().position, None);
            let all = ranking.candidates.len() + ranking.excluded.len();
            prop_assert_eq!(all, usize::try_from(UNITS).expect("few"));
            prop_assert!(room.alarms(at(now)).is_sorted_by_key(|alarm| (alarm.level, alarm.since)));
        }
        let mut replayed = room_of(automatic);
        for (when, event) in &log {
            replayed.apply(*when, event);
        }
        prop_assert_eq!(replayed.board(), room.board(), "the log alone rebuilds the room");
    }
}
