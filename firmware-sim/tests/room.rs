//! A stand-in for Siaga without a network: hears ambulances, gives scripted orders, and checks
//! what the contract promises. Some of its acknowledgements are lost on purpose.

use std::collections::{BTreeMap, BTreeSet};

use firmware_sim::chance::Chance;
use firmware_sim::device::{Kind, Message};
use serde_json::{Value, json};

const STEPS: [&str; 11] = [
    "received",
    "acknowledged",
    "en_route",
    "on_scene",
    "at_patient",
    "transporting",
    "at_destination",
    "handed_over",
    "cleared",
    "rejected",
    "stood_down",
];
const REPEAT_MS: i64 = 5_000;
const ACKS_LOST: f64 = 0.2;

/// What the room knows of one ambulance.
pub struct Desk {
    pub boot: String,
    committed: BTreeSet<u64>,
    through: u64,
    orders: BTreeMap<String, Order>,
    chance: Chance,
    acks_lost: f64,
    pub newest_fix_ms: i64,
}

struct Order {
    body: Value,
    confirmed: bool,
    withdrawn: bool,
    said_ms: i64,
    steps: Vec<usize>,
}

impl Desk {
    pub fn new(boot: &str, seed: u64) -> Desk {
        Desk {
            boot: boot.to_owned(),
            committed: BTreeSet::new(),
            through: 0,
            orders: BTreeMap::new(),
            chance: Chance::new(seed, boot, "room"),
            acks_lost: ACKS_LOST,
            newest_fix_ms: 0,
        }
    }

    /// Commits what a message carries; returns the acknowledgement unless it is lost.
    pub fn hear(&mut self, message: &Message) -> Option<Vec<u8>> {
        let body: Value = serde_json::from_slice(&message.payload).expect("devices speak JSON");
        assert_eq!(body["boot"], self.boot.as_str());
        let base = body["base"].as_u64().expect("every message names its base");
        self.through = self.through.max(base - 1);
        match message.kind {
            Kind::Fix => self.hear_fixes(&body),
            Kind::Status => self.hear_step(&body),
        }
        while self.committed.contains(&(self.through + 1)) {
            self.through += 1;
        }
        let ack = json!({"boot": self.boot, "through": self.through});
        (!self.chance.happens(self.acks_lost)).then(|| ack.to_string().into_bytes())
    }

    fn hear_fixes(&mut self, body: &Value) {
        let fixes = body["fixes"].as_array().expect("a fix message has fixes");
        assert!((1..=100).contains(&fixes.len()));
        for fix in fixes {
            let at_ms = fix["t"].as_i64().expect("a fix has a time");
            let speed_kmh = fix["spd"].as_f64().expect("a fix has a speed");
            assert!(speed_kmh < 65.0, "{speed_kmh} km/h");
            self.newest_fix_ms = self.newest_fix_ms.max(at_ms);
            self.committed.insert(fix["seq"].as_u64().expect("a fix has a number"));
        }
    }

    fn hear_step(&mut self, body: &Value) {
        let new = self.committed.insert(body["seq"].as_u64().expect("a step has a number"));
        let assignment = body["assignment"].as_str().expect("a step names its assignment");
        let order = self.orders.get_mut(assignment).expect("only orders given are answered");
        let step = STEPS.iter().position(|step| body["status"] == *step).expect("a known step");
        // Having the offer is not knowing that it was withdrawn.
        order.confirmed |= !order.withdrawn || body["status"] == "stood_down";
        if new && !order.withdrawn {
            assert!(order.steps.iter().all(|earlier| *earlier <= step), "a step backwards");
            order.steps.push(step);
        }
    }

    pub fn give(&mut self, assignment: &str, body: Value) {
        let order = Order {
            body,
            confirmed: false,
            withdrawn: false,
            said_ms: i64::MIN,
            steps: Vec::new(),
        };
        self.orders.insert(assignment.to_owned(), order);
    }

    pub fn withdraw(&mut self, assignment: &str) {
        if let Some(order) = self.orders.get_mut(assignment) {
            order.body = json!({"assignment": assignment, "state": "withdrawn", "reason": "batal"});
            (order.withdrawn, order.confirmed, order.said_ms) = (true, false, i64::MIN);
        }
    }

    /// The orders to be said now: those unconfirmed for five seconds.
    pub fn say(&mut self, now_ms: i64) -> Vec<Vec<u8>> {
        let mut said = Vec::new();
        for order in self.orders.values_mut() {
            if !order.confirmed && now_ms.saturating_sub(order.said_ms) >= REPEAT_MS {
                order.said_ms = now_ms;
                said.push(order.body.to_string().into_bytes());
            }
        }
        said
    }

    /// From now on every acknowledgement arrives.
    pub fn heal(&mut self) {
        self.acks_lost = 0.0;
    }

    /// Whether every record up to the newest came, and every order came to its end.
    pub fn check_end(&self) {
        let newest = self.committed.last().copied().unwrap_or(0);
        assert_eq!(self.committed.len() as u64, newest, "records are missing");
        assert_eq!(self.through, newest);
        for (assignment, order) in &self.orders {
            assert!(order.confirmed, "{assignment} was never confirmed");
            let over = order.steps.last().is_some_and(|last| *last >= 8);
            assert!(over || order.withdrawn, "{assignment} never ended: {:?}", order.steps);
        }
    }
}
