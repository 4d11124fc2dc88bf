//! What the outbox promises when acknowledgements are missing, doubled, late or wrong, and what
//! orders do when they are repeated or withdrawn.

use serde_json::Value;

use super::*;
use crate::payload::{Offer, PACKET_BYTES_MAX};
use crate::place::Place;

const A: Uuid = Uuid::from_u128(10);
const B: Uuid = Uuid::from_u128(11);
const PLACE: Place = Place { lat: -8.25, lon: 113.85 };
const READING: Reading =
    Reading { place: PLACE, accuracy_m: 8.0, speed_kmh: 40.0, heading_deg: 90, battery_pct: 80 };

fn device() -> Device {
    let mut device = Device::new("b1".to_owned(), Limits::default());
    device.link_up(0);
    device
}

fn with_fixes(count: i64) -> Device {
    let mut device = device();
    (0..count).for_each(|second| device.record_fix(second * 1_000, READING));
    device
}

fn offered(assignment: Uuid) -> Order {
    let offer = Offer {
        case_number: "261123-007".to_owned(),
        priority: "P1".to_owned(),
        scene: PLACE,
        facility: None,
    };
    Order { assignment, revision: 1, demand: Demand::Offered(offer) }
}

fn withdrawn(assignment: Uuid) -> Order {
    Order { assignment, revision: 2, demand: Demand::Withdrawn { reason: String::new() } }
}

fn ack(through: u64) -> Ack {
    Ack { boot: "b1".to_owned(), through, refused: vec![] }
}

fn refusing(through: u64, seq: u64, code: &str) -> Ack {
    let refused = Refused { seq, code: code.to_owned(), detail: "Sudah berakhir.".to_owned() };
    Ack { refused: vec![refused], ..ack(through) }
}

/// Sends everything due and returns the messages as JSON.
fn send_all(device: &mut Device, now_ms: i64) -> Vec<Value> {
    let mut messages = Vec::new();
    while let Some(message) = device.due(now_ms) {
        assert!(message.payload.len() < PACKET_BYTES_MAX);
        device.sent(now_ms, message.span());
        messages.push(serde_json::from_slice(&message.payload).unwrap());
    }
    messages
}

/// The numbers in messages, in the order sent.
fn numbers(messages: &[Value]) -> Vec<u64> {
    let of = |message: &Value| match message["fixes"].as_array() {
        Some(fixes) => fixes.iter().map(|fix| fix["seq"].as_u64().unwrap()).collect(),
        None => vec![message["seq"].as_u64().unwrap()],
    };
    messages.iter().flat_map(of).collect()
}

fn statuses(messages: &[Value]) -> Vec<&str> {
    messages.iter().filter_map(|message| message["status"].as_str()).collect()
}

#[test]
fn a_new_record_is_due_at_once_and_once() {
    let mut device = with_fixes(1);
    assert_eq!(numbers(&send_all(&mut device, 0)), [1]);
    assert_eq!(device.due(0), None);
    device.record_fix(1_000, READING);
    assert_eq!(numbers(&send_all(&mut device, 1_000)), [2]);
}

#[test]
fn nothing_is_due_without_a_link() {
    let mut device = with_fixes(3);
    device.link_down();
    assert_eq!(device.due(0), None);
    assert_eq!(device.repeat_at_ms(), None);
    device.link_up(5_000);
    assert_eq!(numbers(&send_all(&mut device, 5_000)), [3, 1, 2], "the newest position first");
}

#[test]
fn records_survive_missing_acks_and_go_out_again_after_a_reconnect() {
    let mut device = with_fixes(3);
    send_all(&mut device, 2_000);
    device.link_down();
    device.link_up(3_000);
    assert_eq!(numbers(&send_all(&mut device, 3_000)), [3, 1, 2]);
    assert_eq!(device.kept(), 3);
}

#[test]
fn records_go_out_again_after_ten_silent_seconds_with_growing_pauses() {
    let mut device = with_fixes(2);
    send_all(&mut device, 1_000);
    device.tick(10_999);
    assert_eq!(device.due(0), None);
    let mut repeats_ms = Vec::new();
    for now_ms in (11_000..200_000).step_by(1_000) {
        device.tick(now_ms);
        if !send_all(&mut device, now_ms).is_empty() {
            repeats_ms.push(now_ms);
        }
    }
    assert_eq!(repeats_ms, [11_000, 31_000, 71_000, 131_000, 191_000]);
}

#[test]
fn an_ack_shortens_the_wait_again() {
    let mut device = with_fixes(2);
    send_all(&mut device, 1_000);
    device.tick(11_000);
    send_all(&mut device, 11_000);
    assert_eq!(device.take_ack(12_000, &ack(1)).records, 1);
    assert_eq!(device.repeat_at_ms(), Some(22_000));
}

#[test]
fn an_ack_frees_what_it_covers_and_moves_the_base() {
    let mut device = with_fixes(5);
    let base = |messages: &[Value]| messages[0]["base"].as_u64();
    assert_eq!(base(&send_all(&mut device, 5_000)), Some(1));
    assert_eq!(device.take_ack(5_000, &ack(3)).records, 3);
    assert_eq!(device.kept(), 2);
    device.record_fix(6_000, READING);
    assert_eq!(base(&send_all(&mut device, 6_000)), Some(4));
}

#[test]
fn doubled_and_reordered_acks_change_nothing_more() {
    let mut device = with_fixes(5);
    send_all(&mut device, 5_000);
    assert_eq!(device.take_ack(5_000, &ack(4)).records, 4);
    assert_eq!(device.take_ack(5_000, &ack(4)).records, 0);
    assert_eq!(device.take_ack(5_000, &ack(2)).records, 0);
    assert_eq!(device.take_ack(5_000, &ack(0)).records, 0);
    assert_eq!(device.kept(), 1);
}

#[test]
fn acks_of_another_boot_or_of_more_than_was_sent_are_ignored() {
    let mut device = with_fixes(5);
    assert_eq!(device.take_ack(0, &ack(1)).records, 0, "nothing was sent yet");
    send_all(&mut device, 5_000);
    device.record_fix(5_000, READING);
    let other = Ack { boot: "b2".to_owned(), ..ack(3) };
    assert_eq!(device.take_ack(5_000, &other).records, 0);
    assert_eq!(device.take_ack(5_000, &ack(6)).records, 0, "6 is not sent");
    assert_eq!(device.take_ack(5_000, &ack(u64::MAX)).records, 0);
    assert_eq!(device.kept(), 6);
}

/// Siaga as far as a device can tell: which numbers it has, and through which nothing is missing.
#[derive(Default)]
struct Server {
    has: std::collections::BTreeSet<u64>,
    base: u64,
    said_twice: usize,
}

impl Server {
    fn hear(&mut self, message: &Value) {
        self.base = self.base.max(message["base"].as_u64().unwrap());
        for seq in numbers(std::slice::from_ref(message)) {
            self.said_twice += usize::from(!self.has.insert(seq));
        }
    }

    fn through(&self) -> u64 {
        let mut through = self.base.saturating_sub(1);
        while self.has.contains(&(through + 1)) {
            through += 1;
        }
        through
    }
}

#[test]
fn after_hours_offline_the_newest_position_and_every_status_go_before_the_backlog() {
    let mut device = device();
    device.link_down();
    (0..28_000).for_each(|second| device.record_fix(second * 1_000, READING));
    device.take_order(28_000_000, offered(A));
    assert!(device.record_step(28_000_000, A, Status::EnRoute, None));
    (0..800).for_each(|second| device.record_fix(28_000_000 + second * 1_000, READING));
    let now_ms = 29_000_000;
    device.link_up(now_ms);
    let mut server = Server::default();
    let mut rounds = 0;
    let first = send_all(&mut device, now_ms);
    assert_eq!(numbers(&first[..1]), [28_802], "the newest position");
    assert_eq!(statuses(&first[1..3]), ["received", "en_route"]);
    assert!(numbers(&first).len() <= 3 + lanes::BACKLOG_OUTSTANDING_MAX, "the backlog is limited");
    first.iter().for_each(|message| server.hear(message));
    while device.kept() > 0 {
        rounds += 1;
        assert!(rounds < 100);
        device.take_ack(now_ms, &ack(server.through()));
        device.record_fix(now_ms + rounds * 1_000, READING);
        let messages = send_all(&mut device, now_ms);
        let live = u64::try_from(rounds).unwrap() + 28_802;
        assert_eq!(numbers(&messages[..1]), [live], "a new position waits for no backlog");
        messages.iter().for_each(|message| server.hear(message));
        if rounds > 50 {
            device.take_ack(now_ms, &ack(server.through()));
        }
    }
    assert_eq!(server.said_twice, 0, "each once");
    assert_eq!(server.through(), u64::try_from(rounds).unwrap() + 28_802);
}

#[test]
fn under_loss_doubles_and_late_answers_everything_arrives() {
    for seed in 1..=20 {
        let mut chance = crate::chance::Chance::new(seed, "lanes", "loss");
        let mut device = device();
        let mut server = Server::default();
        let mut answers = std::collections::VecDeque::new();
        device.take_order(0, offered(A));
        for second in 0..4_000 {
            let now_ms = second * 1_000;
            if second < 2_000 {
                device.record_fix(now_ms, READING);
            }
            if chance.between(0.0..1.0) < 0.01 {
                device.link_down();
                answers.clear();
            } else if chance.between(0.0..1.0) < 0.2 || device.link.is_none() {
                device.link_up(now_ms);
            }
            device.tick(now_ms);
            for message in send_all(&mut device, now_ms) {
                let arrives = chance.between(0.0..1.0);
                if arrives < 0.8 {
                    server.hear(&message);
                }
                if arrives < 0.1 {
                    server.hear(&message);
                }
            }
            answers.push_back(server.through());
            if chance.between(0.0..1.0) < 0.5 {
                let late = chance.between(0.0..1.0) < 0.3;
                let through = if late { answers.pop_front() } else { answers.back().copied() };
                device.take_ack(now_ms, &ack(through.unwrap_or_default()));
            }
        }
        assert_eq!(device.kept(), 0, "seed {seed}");
        assert_eq!(
            server.has.len(),
            2_001,
            "seed {seed}: 2,000 positions and the answer to the order"
        );
    }
}

#[test]
fn a_full_outbox_drops_the_oldest_positions_and_never_a_step() {
    let limits = Limits { positions_max: 10, ..Limits::default() };
    let mut device = Device::new("b1".to_owned(), limits);
    device.record_fix(0, READING);
    device.take_order(1_000, offered(A));
    for second in 2..40 {
        device.record_fix(second * 1_000, READING);
    }
    assert!(device.record_step(40_000, A, Status::Acknowledged, None));
    assert_eq!((device.kept(), device.positions_dropped()), (12, 29));
    device.link_up(41_000);
    let messages = send_all(&mut device, 41_000);
    assert_eq!(statuses(&messages), ["received", "acknowledged"]);
    let expected: Vec<u64> = [40, 2, 41].into_iter().chain(31..=39).collect();
    assert_eq!(numbers(&messages), expected, "the newest, the statuses, the backlog");
    assert_eq!(device.take_ack(41_000, &ack(2)).records, 1);
    device.tick(51_000);
    assert_eq!(send_all(&mut device, 51_000)[0]["base"], 31, "the gap is declared done");
}

#[test]
fn what_goes_out_is_counted_as_new_or_repeated() {
    let mut device = with_fixes(3);
    let all = device.due(0).unwrap().span();
    assert_eq!(device.sent(0, all), Sent { first: 3, repeated: 0 });
    device.link_up(1_000);
    device.record_fix(3_000, READING);
    let newest = device.due(0).unwrap().span();
    assert_eq!(device.sent(1_000, newest), Sent { first: 1, repeated: 1 });
    assert_eq!(device.sent(1_000, newest), Sent::default());
    let backlog = device.due(0).unwrap().span();
    assert_eq!(device.sent(1_000, backlog), Sent { first: 0, repeated: 2 });
    device.link_down();
    assert_eq!(device.sent(1_000, backlog), Sent::default());
}

#[test]
fn a_refused_step_is_done_with_and_reported() {
    let mut device = device();
    device.take_order(0, offered(A));
    device.record_step(1_000, A, Status::Acknowledged, None);
    device.record_fix(2_000, READING);
    send_all(&mut device, 2_000);
    let outcome = device.take_ack(3_000, &refusing(2, 2, "assignment_ended"));
    assert_eq!(outcome.records, 2);
    let refusal = &outcome.refused[0];
    assert_eq!((refusal.assignment, refusal.code.as_str()), (Some(A), "assignment_ended"));
    assert_eq!(device.kept(), 1);
}

#[test]
fn a_refusal_beyond_the_acknowledged_number_counts_for_nothing() {
    let mut device = with_fixes(3);
    send_all(&mut device, 3_000);
    let outcome = device.take_ack(3_000, &refusing(1, 3, "late"));
    assert_eq!((outcome.records, outcome.refused.len()), (1, 0));
    let outcome = device.take_ack(3_000, &refusing(2, 2, "late"));
    assert_eq!(outcome.refused[0].assignment, None, "a position has no assignment");
}

#[test]
fn an_offered_order_is_confirmed_and_said_once() {
    let mut device = device();
    assert_eq!(device.take_order(0, offered(A)), News::Offered(offered(A)));
    assert_eq!(device.take_order(5_000, offered(A)), News::Repeated(offered(A)));
    assert_eq!(statuses(&send_all(&mut device, 5_000)), ["received"], "one is on its way");
    device.take_ack(6_000, &ack(1));
    device.take_order(10_000, offered(A));
    assert_eq!(statuses(&send_all(&mut device, 10_000)), ["received"], "confirmed again");
}

#[test]
fn a_repeated_order_is_answered_for_itself_whatever_the_crew_did_since() {
    let mut device = device();
    device.take_order(0, offered(A));
    device.record_step(1_000, A, Status::EnRoute, None);
    send_all(&mut device, 1_000);
    device.take_ack(2_000, &ack(2));
    device.take_order(5_000, offered(A));
    let messages = send_all(&mut device, 5_000);
    assert_eq!(statuses(&messages), ["received"]);
}

#[test]
fn each_revision_is_confirmed_by_its_number_and_an_older_one_never_overwrites_a_newer() {
    let mut device = device();
    let changed = Order { revision: 3, ..offered(A) };
    device.take_order(0, offered(A));
    assert_eq!(device.take_order(1_000, changed.clone()), News::Repeated(changed));
    assert_eq!(device.take_order(2_000, offered(A)), News::Nothing);
    let messages = send_all(&mut device, 2_000);
    let confirmed: Vec<_> = messages.iter().map(|m| m["revision"].as_u64()).collect();
    assert_eq!(confirmed, [Some(1), Some(3)]);
}

#[test]
fn a_withdrawn_order_is_confirmed_and_takes_no_further_step() {
    let mut device = device();
    device.take_order(0, offered(A));
    device.record_step(1_000, A, Status::Acknowledged, None);
    assert_eq!(device.take_order(2_000, withdrawn(A)), News::Withdrawn(A));
    assert_eq!(device.take_order(7_000, withdrawn(A)), News::Nothing);
    assert!(!device.record_step(8_000, A, Status::EnRoute, None));
    let messages = send_all(&mut device, 8_000);
    assert_eq!(statuses(&messages), ["received", "acknowledged", "stood_down"]);
    device.take_ack(9_000, &ack(3));
    device.take_order(12_000, withdrawn(A));
    assert_eq!(statuses(&send_all(&mut device, 12_000)), ["stood_down"], "confirmed again");
}

#[test]
fn a_withdrawal_that_overtakes_its_offer_stands() {
    let mut device = device();
    assert_eq!(device.take_order(0, withdrawn(A)), News::Nothing);
    assert_eq!(device.take_order(1_000, offered(A)), News::Nothing);
    assert!(!device.record_step(2_000, A, Status::Acknowledged, None));
    assert_eq!(statuses(&send_all(&mut device, 2_000)), ["stood_down"]);
}

#[test]
fn steps_backwards_repeated_or_of_unknown_orders_are_not_kept() {
    let mut device = device();
    device.take_order(0, offered(A));
    assert!(device.record_step(1_000, A, Status::OnScene, None));
    assert!(!device.record_step(2_000, A, Status::EnRoute, None));
    assert!(!device.record_step(2_000, A, Status::OnScene, None));
    assert!(!device.record_step(2_000, B, Status::Acknowledged, None));
    assert!(device.record_step(3_000, A, Status::Cleared, None));
    assert!(!device.record_step(4_000, A, Status::Rejected, Some("Sopir sakit")));
    assert_eq!(statuses(&send_all(&mut device, 4_000)), ["received", "on_scene", "cleared"]);
}

#[test]
fn a_flood_of_orders_leaves_the_outbox_bounded() {
    let mut device = device();
    for number in 0..10_000 {
        device.take_order(number, offered(Uuid::from_u128(1_000 + number as u128)));
    }
    assert_eq!(device.kept(), STEPS_KEPT_MAX);
    assert!(device.orders.len() <= ORDERS_REMEMBERED_MAX);
}

#[test]
fn fixes_are_due_each_second_on_the_road_and_each_half_minute_at_rest() {
    let mut device = device();
    assert!(device.next_fix_at_ms(false) < 0, "the first at once");
    device.record_fix(5_000, READING);
    assert_eq!(device.next_fix_at_ms(true), 6_000);
    assert_eq!(device.next_fix_at_ms(false), 35_000);
}

#[test]
#[should_panic(expected = "a boot id is made of 0-9 and a-z")]
fn a_boot_id_outside_the_contract_is_a_bug() {
    Device::new("B1".to_owned(), Limits::default());
}
