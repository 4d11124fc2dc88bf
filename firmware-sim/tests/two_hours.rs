//! Two simulated hours of twenty ambulances: complete, in order, and twice the same.

use std::sync::Arc;

use firmware_sim::chance::Chance;
use firmware_sim::crew::Habits;
use firmware_sim::dead_zones::DeadZones;
use firmware_sim::device::{Limits, Message};
use firmware_sim::place::{Offset, Place};
use firmware_sim::route::Ways;
use firmware_sim::trouble::Troubles;
use firmware_sim::unit::{Plan, Rest, Unit};
use serde_json::json;

use crate::room::Desk;

const UNITS: u32 = 20;
const START_MS: i64 = 1_795_395_600_000;
const HOURS_MS: i64 = 2 * 3_600_000;
/// No order is given after the first half hour, so that every crew is home in the end.
const ORDERS_UNTIL_MS: i64 = 1_800_000;
const FACILITY: Place = Place { lat: -8.22, lon: 113.72 };

struct Ambulance {
    unit: Unit,
    desk: Desk,
    post: Place,
    script: Chance,
    linked: bool,
    order: Option<(String, i64)>,
}

fn fleet(seed: u64) -> Vec<Ambulance> {
    let post = |index: u32| Place {
        lat: -8.3 + f64::from(index / 5) * 0.05,
        lon: 113.6 + f64::from(index % 5) * 0.05,
    };
    let posts: Vec<Place> = (0..UNITS).map(post).collect();
    let dead_zones = Arc::new(DeadZones::between(&posts, seed));
    assert!(dead_zones.count() > 0);
    let ambulance = |index: u32| {
        let device = format!("amb-{index:02}");
        let boot = format!("boot{index}");
        let script = Chance::new(seed, &device, "script");
        let plan = Plan {
            unit: device,
            boot: boot.clone(),
            journal: None,
            troubles: Troubles::default(),
            trace: None,
            ways: Ways::default(),
            post: post(index),
            seed,
            habits: Habits { forgetful: 0.1, refusing: 0.1, scale: 0.5 },
            limits: Limits::default(),
            rest: Rest::Parks,
            dead_zones: Arc::clone(&dead_zones),
        };
        Ambulance {
            unit: Unit::new(plan, START_MS),
            desk: Desk::new(&boot, seed),
            post: post(index),
            script,
            linked: false,
            order: None,
        }
    };
    (0..UNITS).map(ambulance).collect()
}

impl Ambulance {
    /// A new order now and then; one in five is withdrawn some minutes later.
    fn follow_script(&mut self, index: usize, now_ms: i64) {
        if let Some((assignment, withdraw_ms)) = &self.order
            && *withdraw_ms == now_ms
        {
            self.desk.withdraw(assignment);
        }
        let begun_ms = now_ms - START_MS;
        let wanted = self.order.is_none() && begun_ms < ORDERS_UNTIL_MS;
        if !wanted || !self.script.happens(1.0 / 450.0) {
            return;
        }
        let way = Offset::towards(self.script.between(0.0..360.0), self.script.between(200.0..7e3));
        let scene = self.post.offset_by(way);
        let number = (u128::from(now_ms.unsigned_abs()) << 32) + index as u128;
        let assignment = uuid::Uuid::from_u128(number).to_string();
        let body = json!({
            "assignment": assignment, "state": "offered", "case_number": "261123-001",
            "priority": if self.script.happens(0.5) { "P1" } else { "P3" },
            "place": {"lat": scene.lat, "lon": scene.lon, "uncertainty_m": 500},
            "facility": {"name": "RSD", "lat": FACILITY.lat, "lon": FACILITY.lon},
        });
        self.desk.give(&assignment, body);
        let withdrawn = self.script.happens(0.2);
        let patience_ms = 1_000 * self.script.between(30.0..400.0) as i64;
        let withdraw_ms = if withdrawn { now_ms + patience_ms } else { i64::MAX };
        self.order = Some((assignment, withdraw_ms));
    }

    /// One second: time passes, the link follows the coverage, messages cross both ways.
    fn second(&mut self, now_ms: i64, trace: &mut Trace) {
        self.unit.advance(now_ms);
        match (self.linked, self.unit.covered()) {
            (false, true) => self.unit.link_up(now_ms),
            (true, false) => self.unit.link_down(),
            (true, true) | (false, false) => {}
        }
        self.linked = self.unit.covered();
        while let Some(message) = self.unit.due(now_ms) {
            trace.add(now_ms, &message);
            self.unit.sent(now_ms, message.span());
            if let Some(ack) = self.desk.hear(&message) {
                self.unit.hear_ack(now_ms, &ack).expect("the room speaks the contract");
            }
        }
        if self.linked {
            for order in self.desk.say(now_ms) {
                self.unit.hear_order(now_ms, &order).expect("the room speaks the contract");
            }
        }
    }
}

/// A running hash of everything said, and how much it was.
#[derive(Debug, PartialEq)]
struct Trace {
    hash: u64,
    messages: u64,
    out_of_coverage_s: u64,
}

impl Trace {
    fn add(&mut self, now_ms: i64, message: &Message) {
        self.messages += 1;
        let bytes = now_ms.to_le_bytes();
        for byte in bytes.iter().chain(&message.payload) {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

fn run(seed: u64) -> Trace {
    let mut fleet = fleet(seed);
    let mut trace = Trace { hash: 0xcbf2_9ce4_8422_2325, messages: 0, out_of_coverage_s: 0 };
    for second in 0..HOURS_MS / 1_000 {
        let now_ms = START_MS + second * 1_000;
        for (index, ambulance) in fleet.iter_mut().enumerate() {
            ambulance.follow_script(index, now_ms);
            ambulance.second(now_ms, &mut trace);
            trace.out_of_coverage_s += u64::from(!ambulance.linked);
        }
    }
    let end_ms = START_MS + HOURS_MS;
    for ambulance in &mut fleet {
        ambulance.desk.heal();
        let quiet = (0..600).map(|second| end_ms + second * 1_000);
        quiet.for_each(|now_ms| ambulance.second(now_ms, &mut trace));
        assert_eq!(ambulance.unit.kept(), 0, "the outbox never drained");
        assert!(end_ms - ambulance.desk.newest_fix_ms < 60_000);
        let away_m = ambulance.unit.place().distance_m(ambulance.post);
        assert!(away_m < 1.0, "{away_m} m from its post, {:?}", ambulance.order);
        ambulance.desk.check_end();
    }
    trace
}

#[test]
fn the_same_seed_gives_the_same_two_hours_and_another_seed_does_not() {
    let first = run(1);
    assert_eq!(first, run(1));
    assert_ne!(first, run(2));
    assert!(first.messages > 10_000, "{first:?}");
}

#[test]
fn nothing_is_lost_and_every_order_ends_whatever_the_seed() {
    let out_of_coverage_s: u64 = (10..16).map(|seed| run(seed).out_of_coverage_s).sum();
    assert!(out_of_coverage_s > 600, "only {out_of_coverage_s} s in dead zones");
}
