//! What a whole ambulance does with time, orders and acknowledgements; longer runs are in `tests/`.

use serde_json::{Value, json};

use super::*;
use crate::device::Kind;

const START_MS: i64 = 1_795_395_600_000;
const POST: Place = Place { lat: -8.25, lon: 113.85 };
const ASSIGNMENT: &str = "0198c5a4-7c51-7b9e-8f00-000000000001";

fn unit(rest: Rest) -> Unit {
    let plan = Plan {
        unit: "amb-1".to_owned(),
        boot: "b1".to_owned(),
        journal: None,
        troubles: Troubles::default(),
        trace: None,
        ways: Ways::default(),
        post: POST,
        seed: 1,
        habits: Habits { forgetful: 0.0, refusing: 0.0, scale: 1.0 },
        limits: Limits::default(),
        rest,
        dead_zones: Arc::default(),
    };
    let mut unit = Unit::new(plan, START_MS);
    unit.link_up(START_MS);
    unit
}

fn order(state: &str) -> Vec<u8> {
    let place = json!({"lat": -8.28, "lon": 113.88});
    let order = json!({"assignment": ASSIGNMENT, "state": state, "priority": "P1", "place": place});
    order.to_string().into_bytes()
}

/// Everything due, as JSON.
fn send_all(unit: &mut Unit, now_ms: i64) -> Vec<(Kind, Value)> {
    let mut messages = Vec::new();
    while let Some(message) = unit.due(now_ms) {
        unit.sent(now_ms, message.span());
        messages.push((message.kind, serde_json::from_slice(&message.payload).unwrap()));
    }
    messages
}

fn fix_times_s(unit: &mut Unit, now_ms: i64) -> Vec<i64> {
    let fixes = |body: &Value| body["fixes"].as_array().cloned().unwrap_or_default();
    let time_s = |fix: &Value| (fix["t"].as_i64().unwrap() - START_MS) / 1_000;
    let messages = send_all(unit, now_ms);
    messages.iter().flat_map(|(_, body)| fixes(body)).map(|fix| time_s(&fix)).collect()
}

#[test]
fn a_parked_ambulance_reports_at_once_and_every_half_minute() {
    let mut unit = unit(Rest::Parks);
    unit.advance(START_MS + 100_000);
    assert_eq!(fix_times_s(&mut unit, START_MS + 100_000), [0, 30, 60, 90]);
    assert_eq!(unit.place(), POST);
}

#[test]
fn a_circling_ambulance_reports_every_second() {
    let mut unit = unit(Rest::Circles);
    unit.advance(START_MS + 10_000);
    assert_eq!(fix_times_s(&mut unit, START_MS + 10_000), (0..=10).collect::<Vec<i64>>());
    assert_ne!(unit.place(), POST);
}

#[test]
fn small_and_large_turns_lead_to_the_same_place() {
    let run = |turn_ms: usize| {
        let mut unit = unit(Rest::Parks);
        unit.hear_order(START_MS, &order("offered")).unwrap();
        let turns = (START_MS..=START_MS + 300_000).step_by(turn_ms);
        turns.for_each(|now_ms| unit.advance(now_ms));
        (unit.place(), unit.kept())
    };
    assert_eq!(run(100), run(300_000));
    assert_eq!(run(100), run(7_500));
}

#[test]
fn the_next_wake_is_never_further_than_the_next_thing_to_do() {
    let mut unit = unit(Rest::Parks);
    unit.advance(START_MS);
    assert_eq!(unit.wake_ms(), START_MS + 30_000);
    send_all(&mut unit, START_MS);
    assert_eq!(unit.wake_ms(), START_MS + 10_000, "the acknowledgement is awaited");
    unit.hear_order(START_MS + 500, &order("offered")).unwrap();
    assert!(unit.wake_ms() <= START_MS + 10_000);
}

#[test]
fn an_assignment_that_siaga_calls_ended_brings_the_crew_home() {
    let mut unit = unit(Rest::Parks);
    unit.hear_order(START_MS, &order("offered")).unwrap();
    let driving_ms = START_MS + 300_000;
    unit.advance(driving_ms);
    assert_ne!(unit.place(), POST);
    let (_, body) = send_all(&mut unit, driving_ms)
        .into_iter()
        .rfind(|(kind, _)| *kind == Kind::Status)
        .unwrap();
    let refused = json!([{"seq": body["seq"], "code": "assignment_ended", "detail": "Berakhir."}]);
    let ack = json!({"boot": "b1", "through": body["seq"], "refused": refused});
    unit.hear_ack(driving_ms, ack.to_string().as_bytes()).unwrap();
    unit.advance(driving_ms + 1_800_000);
    assert!(unit.place().distance_m(POST) < 1.0);
}

#[test]
fn a_withdrawn_order_brings_the_crew_home() {
    let mut unit = unit(Rest::Parks);
    unit.hear_order(START_MS, &order("offered")).unwrap();
    unit.advance(START_MS + 300_000);
    unit.hear_order(START_MS + 300_000, &order("withdrawn")).unwrap();
    unit.advance(START_MS + 1_800_000);
    assert!(unit.place().distance_m(POST) < 1.0);
}

#[test]
fn nonsense_and_odd_times_are_survived() {
    let mut unit = unit(Rest::Parks);
    assert!(unit.hear_order(START_MS, b"{}").is_err());
    assert!(unit.hear_ack(START_MS, b"").is_err());
    unit.advance(START_MS - 1_000_000);
    unit.advance(START_MS + 400 * 86_400_000);
    unit.advance(START_MS);
    assert!(unit.kept() <= Limits::default().positions_max);
}
