//! Mutual aid in the core: two desks, whatever is lost, doubled or overtaken between them.

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use siaga::dispatch::aid::{AidAnswer, AidCommand, AidRequest, AidState};
use siaga::ids::{AidId, AreaId};

use super::*;

const AIDS: u128 = 3;

fn asking() -> AreaId {
    AreaId::new("35.09").expect("a code")
}

fn answering() -> AreaId {
    AreaId::new("35.11").expect("a code")
}

fn aid(number: u128) -> AidId {
    AidId::from_uuid(Uuid::from_u128(5_000 + number))
}

fn ask(number: u128) -> Command {
    let (area, unit) = (answering(), unit(0));
    Command::Aid(AidCommand::Ask { aid: aid(number), incident: incident(number), area, unit })
}

fn withdraw(number: u128) -> Command {
    Command::Aid(AidCommand::Withdraw { aid: aid(number), reason: "batal".to_owned() })
}

fn request(number: u128) -> AidRequest {
    AidRequest {
        area: asking(),
        case_number: format!("A-{number}"),
        priority: Priority::P2,
        category: Category::Maternal,
        place: place(),
        care: None,
        drill: number == 2,
        unit: unit(0),
    }
}

fn receive(number: u128, withdrawn: bool) -> Command {
    let withdrawn = withdrawn.then(|| "batal".to_owned());
    Command::Aid(AidCommand::Receive { aid: aid(number), request: request(number), withdrawn })
}

/// Here the incident of an aid has ten times its number, and each confirmation an order of its own.
fn confirm(number: u128, order: u128, with: u32) -> Command {
    Command::Aid(AidCommand::Confirm {
        aid: aid(number),
        assignment: assignment(order),
        incident: incident(10 * number),
        call: CallId::from_uuid(Uuid::from_u128(900 + number)),
        unit: unit(with),
    })
}

fn decline(number: u128) -> Command {
    let reason = "semua bertugas".to_owned();
    Command::Aid(AidCommand::Decline { aid: aid(number), reason })
}

fn hear(id: AidId, answer: &AidAnswer) -> Command {
    Command::Aid(AidCommand::Hear { aid: id, area: answering(), answer: answer.clone() })
}

/// What travels between the two.
#[derive(Clone, Debug)]
enum Message {
    Asked { id: AidId, withdrawn: bool },
    Answered { id: AidId, answer: AidAnswer },
}

/// Two desks and what is on its way between them.
struct Two {
    a: Dispatch,
    b: Dispatch,
    /// What happened at either, as it stands in their logs.
    logs: [Vec<(Timestamp, Event)>; 2],
    seconds: i64,
    on_the_way: Vec<Message>,
}

fn awake(units: u32) -> Dispatch {
    let mut room = room(units);
    wake(&mut room, 0);
    room
}

fn number_of(id: AidId) -> u128 {
    id.uuid().as_u128() - 5_000
}

impl Two {
    fn new() -> Self {
        let mut two = Self {
            a: awake(1),
            b: awake(3),
            logs: [Vec::new(), Vec::new()],
            seconds: 1,
            on_the_way: Vec::new(),
        };
        for number in 1..=AIDS {
            let mut call = new_call(number, Some(place()));
            call.drill = number == 2;
            two.give(true, &Command::TakeCall(call));
        }
        two
    }

    /// Carries a command out at one of the two, unless it is refused there.
    fn give(&mut self, at_a: bool, command: &Command) {
        self.seconds += 1;
        let now = at(self.seconds);
        let [log_a, log_b] = &mut self.logs;
        let (desk, log) = if at_a { (&mut self.a, log_a) } else { (&mut self.b, log_b) };
        for event in desk.decide(now, command).unwrap_or_default() {
            desk.apply(now, &event);
            log.push((now, event));
        }
    }

    /// One of the two dies and comes back with what its log says.
    fn restart(&mut self, at_a: bool) {
        let (units, log) = if at_a { (1, &self.logs[0]) } else { (3, &self.logs[1]) };
        let mut back = awake(units);
        for (when, event) in log {
            back.apply(*when, event);
        }
        let before = if at_a { &mut self.a } else { &mut self.b };
        assert!(back.board() == before.board(), "the log says all there is");
        *before = back;
    }

    /// Both say what the other does not know yet.
    fn say(&mut self) {
        let asked = self.a.untold_aids().into_iter().map(|aid| Message::Asked {
            id: aid.id,
            withdrawn: aid.answer.state == AidState::Withdrawn,
        });
        let answers = self.b.untold_answers().into_iter();
        let answered = answers.map(|(asked, answer)| Message::Answered { id: asked.id, answer });
        let said: Vec<Message> = asked.chain(answered).collect();
        self.on_the_way.extend(said);
    }

    /// A message arrives, and what its sender hears of that, unless it `is_unheard`.
    fn arrive(&mut self, message: &Message, is_unheard: bool) {
        match message {
            Message::Asked { id, withdrawn } => {
                self.give(false, &receive(number_of(*id), *withdrawn));
                let (aid, withdrawn) = (*id, *withdrawn);
                let heard = Command::Aid(AidCommand::NoteDelivery { aid, withdrawn });
                if !is_unheard {
                    self.give(true, &heard);
                }
            }
            Message::Answered { id, answer } => {
                self.give(true, &hear(*id, answer));
                let (aid, answer) = (*id, answer.clone());
                if !is_unheard {
                    self.give(false, &Command::Aid(AidCommand::NoteTold { aid, answer }));
                }
            }
        }
    }

    /// From here on nothing is lost any more.
    fn come_to_rest(&mut self) {
        for _ in 0..10 {
            self.say();
            if self.on_the_way.is_empty() {
                return;
            }
            for message in std::mem::take(&mut self.on_the_way) {
                self.arrive(&message, false);
            }
        }
        panic!("the two never stop talking: {:?}", self.on_the_way);
    }

    /// What the two say of an aid when both know everything.
    fn agree(&self, number: u128) {
        let Some(asked) = self.a.board().aid(aid(number)) else { return };
        let received = self.b.board().aid_asked(aid(number)).expect("asked for is received");
        let incident_there = received.incident.and_then(|id| self.b.board().incident(id));
        let under_way = incident_there
            .is_some_and(|i| self.b.board().assignments_of(i).any(|order| order.is_open()));
        assert_eq!(asked.is_under_way(), under_way, "{asked:?} {received:?}");
        let told = AidAnswer { number: 0, ..received.told.clone() };
        let known = AidAnswer { number: 0, ..asked.answer.clone() };
        match asked.answer.state {
            // A request that was withdrawn in time: nobody is on the way, whatever was said of it before.
            AidState::Withdrawn => assert!(received.over.is_some() || incident_there.is_some()),
            AidState::Asked => assert!(received.is_waiting()),
            AidState::Refused => assert!(known.reason.is_some() && told.unit.is_none()),
            AidState::Confirmed | AidState::Cleared => assert_eq!(known.steps, told.steps),
        }
        let drill = incident_there.is_some_and(|i| i.drill);
        assert_eq!(drill, incident_there.is_some() && number == 2, "an exercise stays one");
        let here = self.a.board().incident(incident(number)).expect("known");
        let waits = here.ending.is_none() && !self.a.board().is_served(here);
        assert!(!(waits && under_way), "who is helped does not wait");
        if here.ending.is_some() && under_way {
            assert!(asked.answer.has_arrived(), "nobody drives for what is over: {asked:?}");
        }
    }
}

#[derive(Clone, Debug)]
enum Turn {
    AtA(Command),
    AtB(Command),
    Say,
    /// One of those on the way arrives; it may stay on the way too, or the sender may not hear of it.
    Arrive {
        which: usize,
        doubled: bool,
        unheard: bool,
    },
    Lose {
        which: usize,
    },
    Restart {
        at_a: bool,
    },
}

fn turn() -> impl Strategy<Value = Turn> {
    let one = || 1..=AIDS;
    let end = one().prop_map(|number| Command::EndIncident {
        incident: incident(number),
        disposition: Disposition::SolvedByPhone,
        reason: None,
    });
    let at_a = prop_oneof![6 => one().prop_map(ask), 3 => one().prop_map(withdraw), 1 => end];
    let step = (1..9_u128, 0..STEPS.len()).prop_map(|(order, step)| advance(order, STEPS[step]));
    let undo = (1..9_u128)
        .prop_map(|order| Command::UndoStep { assignment: assignment(order), speaker: None });
    let correct = (1..9_u128, 0..STEPS.len(), 0..60_i64).prop_map(|(order, step, second)| {
        Command::CorrectTime {
            assignment: assignment(order),
            step: STEPS[step],
            at: at(second),
            reason: "salah tekan".to_owned(),
        }
    });
    let reject = (1..9_u128).prop_map(|order| Command::Reject {
        assignment: assignment(order),
        reason: "ban kempes".to_owned(),
        speaker: None,
    });
    let again = (1..9_u128, one(), 0..3_u32)
        .prop_map(|(order, number, with)| offer(order, 10 * number, with));
    let at_b = prop_oneof![
        4 => (one(), 1..9_u128, 0..3_u32).prop_map(|(number, order, with)| confirm(number, order, with)),
        1 => one().prop_map(decline),
        4 => step, 1 => undo, 1 => correct, 1 => reject, 1 => again,
    ];
    let which = || 0..20_usize;
    prop_oneof![
        2 => at_a.prop_map(Turn::AtA),
        4 => at_b.prop_map(Turn::AtB),
        3 => Just(Turn::Say),
        4 => (which(), any::<bool>(), any::<bool>())
            .prop_map(|(which, doubled, unheard)| Turn::Arrive { which, doubled, unheard }),
        1 => which().prop_map(|which| Turn::Lose { which }),
        1 => any::<bool>().prop_map(|at_a| Turn::Restart { at_a }),
    ]
}

impl Two {
    fn turn(&mut self, turn: Turn) {
        match turn {
            Turn::AtA(command) => self.give(true, &command),
            Turn::AtB(command) => self.give(false, &command),
            Turn::Say => self.say(),
            Turn::Arrive { which, doubled, unheard } => {
                let Some(index) = which.checked_rem(self.on_the_way.len()) else { return };
                let message = self.on_the_way[index].clone();
                if !doubled {
                    self.on_the_way.swap_remove(index);
                }
                self.arrive(&message, unheard);
            }
            Turn::Lose { which } => {
                if let Some(index) = which.checked_rem(self.on_the_way.len()) {
                    self.on_the_way.swap_remove(index);
                }
            }
            Turn::Restart { at_a } => self.restart(at_a),
        }
    }
}

/// Everything that can happen to an aid.
const KINDS: &str = "aid_accepted aid_advanced aid_asked aid_confirmed aid_corrected aid_declined \
    aid_delivered aid_heard aid_kept aid_recalled aid_recalled_late aid_received aid_refused aid_told \
    aid_undone aid_withdrawal_delivered aid_withdrawn";

#[test]
fn whatever_is_lost_doubled_overtaken_or_restarted_two_desks_end_up_agreeing() {
    let happened = std::cell::RefCell::new(std::collections::BTreeSet::new());
    // From one seed, so that the count below is the same each time.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = ProptestConfig { cases: 20_000, failure_persistence: None, ..Default::default() };
    let turns = prop::collection::vec(turn(), 1..80);
    let agreed = TestRunner::new_with_rng(config, rng).run(&turns, |turns| {
        let mut two = Two::new();
        turns.into_iter().for_each(|turn| two.turn(turn));
        two.come_to_rest();
        (1..=AIDS).for_each(|number| two.agree(number));
        let kinds = two.logs.iter().flatten().map(|(_, event)| event.kind());
        happened.borrow_mut().extend(kinds.filter(|kind| kind.starts_with("aid_")));
        Ok(())
    });
    agreed.unwrap_or_else(|broken| panic!("{broken}"));
    let happened: Vec<&str> = happened.into_inner().into_iter().collect();
    assert_eq!(happened.join(" "), KINDS, "everything happened at least once");
}

#[test]
fn a_confirmation_that_crosses_a_withdrawal_calls_the_unit_back() {
    let mut two = Two::new();
    two.give(true, &ask(1));
    two.give(false, &receive(1, false));
    two.give(false, &confirm(1, 1, 0));
    two.give(true, &withdraw(1));
    two.come_to_rest();
    let state = two.a.board().aid(aid(1)).expect("known").answer.state;
    assert_eq!(state, AidState::Withdrawn);
    let order = two.b.board().assignment(assignment(1)).expect("known").clone();
    assert!(!order.is_open(), "{order:?}");
    assert_eq!(order.reason.as_deref(), Some("batal"));
    let ended = two.b.board().incident(incident(10)).expect("known").ending.clone();
    assert_eq!(ended.expect("ended").disposition, Disposition::Cancelled);
}

#[test]
fn a_unit_that_is_at_the_scene_outweighs_a_withdrawal_that_did_not_reach_it() {
    let mut two = Two::new();
    two.give(true, &ask(1));
    two.give(false, &receive(1, false));
    two.give(false, &confirm(1, 1, 0));
    two.give(false, &advance(1, Step::OnScene));
    two.give(true, &withdraw(1));
    two.come_to_rest();
    let known = two.a.board().aid(aid(1)).expect("known").clone();
    assert!(known.is_under_way() && known.answer.has_arrived(), "{known:?}");
    assert_eq!(refused(&two.a, 99, &withdraw(1)), "aid_arrived");
}

#[test]
fn a_step_that_is_taken_back_or_corrected_there_is_so_here_too() {
    let mut two = Two::new();
    two.give(true, &ask(1));
    two.come_to_rest();
    two.give(false, &confirm(1, 1, 0));
    two.give(false, &advance(1, Step::OnScene));
    two.come_to_rest();
    let arrived = |two: &Two| {
        let answer = &two.a.board().aid(aid(1)).expect("known").answer;
        answer.steps.get(&Step::OnScene).copied()
    };
    assert!(arrived(&two).is_some());
    let undo = Command::UndoStep { assignment: assignment(1), speaker: None };
    two.give(false, &undo);
    two.come_to_rest();
    assert_eq!(arrived(&two), None, "taken back");
    two.give(false, &advance(1, Step::OnScene));
    let (assignment, step, reason) = (assignment(1), Step::OnScene, "terlambat ditekan".to_owned());
    let corrected = at(two.seconds - 1);
    two.give(false, &Command::CorrectTime { assignment, step, at: corrected, reason });
    two.give(false, &advance(1, Step::Cleared));
    two.come_to_rest();
    assert_eq!(arrived(&two), Some(corrected), "corrected");
}

#[test]
fn of_a_clock_that_is_far_ahead_only_the_order_is_believed() {
    let mut two = Two::new();
    two.give(true, &ask(1));
    let mut answer = AidAnswer {
        number: 1,
        state: AidState::Confirmed,
        unit: Some(unit(0)),
        steps: [(Step::EnRoute, at(60)), (Step::OnScene, at(86_400))].into(),
        ..AidAnswer::default()
    };
    carry(&mut two.a, 50, &hear(aid(1), &answer));
    let known = |two: &Two| two.a.board().aid(aid(1)).expect("known").answer.clone();
    assert_eq!(known(&two).steps, [(Step::EnRoute, at(60)), (Step::OnScene, at(50))].into());
    answer.number = 2;
    assert_eq!(carry(&mut two.a, 70, &hear(aid(1), &answer)), ["aid_heard"], "nothing is new");
    assert!(carry(&mut two.a, 71, &hear(aid(1), &answer)).is_empty(), "said twice, it is once");
}

#[test]
fn a_busy_or_unknown_unit_is_not_promised_and_the_request_stays() {
    let mut two = Two::new();
    carry(&mut two.b, 1, &receive(1, false));
    carry(&mut two.b, 2, &receive(3, false));
    carry(&mut two.b, 3, &confirm(1, 1, 0));
    assert_eq!(refused(&two.b, 4, &confirm(3, 2, 0)), "unit_busy");
    assert_eq!(refused(&two.b, 4, &confirm(3, 2, 77)), "unknown_unit");
    assert!(two.b.board().aid_asked(aid(3)).expect("known").is_waiting());
    assert!(two.b.board().incident(incident(30)).is_none(), "both come to be or neither does");
    assert_eq!(refused(&two.b, 5, &confirm(1, 3, 1)), "aid_over");
    assert_eq!(refused(&two.b, 5, &decline(1)), "aid_over");
    assert_eq!(refused(&two.b, 5, &confirm(2, 3, 1)), "unknown_aid");
}

#[test]
fn a_neighbour_speaks_only_of_its_own_aids_and_an_id_is_used_once() {
    let mut two = Two::new();
    carry(&mut two.a, 1, &ask(1));
    let answer = AidAnswer { number: 9, state: AidState::Confirmed, ..AidAnswer::default() };
    let other = AreaId::new("35.77").expect("a code");
    let foreign = AidCommand::Hear { aid: aid(1), area: other, answer: answer.clone() };
    assert_eq!(refused(&two.a, 2, &Command::Aid(foreign)), "unknown_aid");
    assert_eq!(refused(&two.a, 2, &hear(aid(2), &answer)), "unknown_aid");
    assert_eq!(refused(&two.a, 2, &ask(1)), "id_used");
    assert_eq!(refused(&two.a, 2, &receive(1, false)), "id_used");
    assert_eq!(refused(&two.a, 2, &withdraw(2)), "unknown_aid");
    let blank = Command::Aid(AidCommand::Withdraw { aid: aid(1), reason: "  ".to_owned() });
    assert_eq!(refused(&two.a, 2, &blank), "reason_missing");
    carry(&mut two.a, 3, &call(7, None));
    assert_eq!(refused(&two.a, 4, &ask(7)), "place_unknown");
    assert_eq!(refused(&two.a, 4, &ask(99)), "unknown_incident");
}
