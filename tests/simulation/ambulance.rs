//! An ambulance: the real device of `firmware-sim` in the hands of a seeded crew, with a clock of its own.

use std::collections::BTreeSet;

use firmware_sim::device::{Device, Kind, Limits, News};
use firmware_sim::payload::{self, Status};
use firmware_sim::place::{Offset, Place};
use firmware_sim::receiver::Reading;
use siaga::ids::UnitId;
use uuid::Uuid;

use super::swarm::Swarm;
use super::world::{Happening, Mutation, START_MS, Up, World};

/// Messages that a device sends in one turn at most.
const SENT_PER_TURN_MAX: usize = 4;
/// A device waits so long for an acknowledgement at first.
const ACK_WAIT_MS: i64 = 10_000;
/// The buttons in their order.
const BUTTONS: [Status; 8] = [
    Status::Acknowledged,
    Status::EnRoute,
    Status::OnScene,
    Status::AtPatient,
    Status::Transporting,
    Status::AtDestination,
    Status::HandedOver,
    Status::Cleared,
];

pub struct Ambulance {
    /// The device's name at the door.
    pub name: String,
    pub unit: UnitId,
    pub device: Device,
    boots: u32,
    kept_max: usize,
    /// The device's clock minus the true time.
    skew_ms: i64,
    /// The connection that the device believes in.
    pub link: Option<u32>,
    /// No message passes either way.
    pub cut: bool,
    place: Place,
    battery_pct: u8,
    jobs: Vec<Job>,
    pub records: Records,
}

/// What a crew has been told to do and not finished.
struct Job {
    assignment: Uuid,
    /// Buttons pressed so far; some were forgotten.
    pressed: usize,
}

/// What of a device's boot is known, from the disk's side, to be safe to forget.
#[derive(Default)]
pub struct Records {
    /// Numbers that are on disk or were refused.
    pub safe: BTreeSet<u64>,
    /// Everything through this number was forgotten by the device.
    pub forgotten: u64,
    /// Numbers forgotten that never were safe: only positions that had no room may be among them.
    pub unsafe_forgotten: u64,
}

impl Ambulance {
    pub fn new(unit: UnitId, swarm: &Swarm, skew_ms: i64) -> Self {
        let name = format!("{}-sim", unit.as_str().to_ascii_lowercase());
        let place = Place { lat: -8.2, lon: 113.7 };
        let device = boot(&name, 0, swarm.kept_max);
        Self {
            name,
            unit,
            device,
            boots: 0,
            kept_max: swarm.kept_max,
            skew_ms,
            link: None,
            cut: false,
            place,
            battery_pct: 80,
            jobs: Vec::new(),
            records: Records::default(),
        }
    }

    pub fn boot_name(&self) -> String {
        format!("b{}", self.boots)
    }

    /// The device's own time for a true time.
    pub const fn clock_ms(&self, true_ms: i64) -> i64 {
        START_MS + true_ms + self.skew_ms
    }

    /// Everything in the device is lost: it starts anew, under a new boot.
    pub fn wipe(&mut self) {
        self.boots += 1;
        self.device = boot(&self.name, self.boots, self.kept_max);
        self.link = None;
        self.jobs.clear();
        self.records = Records::default();
    }

    pub fn lose_link(&mut self) {
        self.link = None;
        self.device.link_down();
    }
}

fn boot(_name: &str, number: u32, positions_max: usize) -> Device {
    Device::new(format!("b{number}"), Limits { positions_max, ack_wait_ms: ACK_WAIT_MS })
}

impl World {
    /// A device's turn: it connects, takes a position, its crew presses a button, it sends what is due.
    pub fn device_turn(&mut self, index: usize) {
        let true_ms = self.true_ms();
        let next_ms = self.chance.between(1, 2 * self.swarm.device_turn_ms);
        self.after(next_ms, Happening::DeviceTurn(index));
        let ambulance = &mut self.ambulances[index];
        if ambulance.link.is_none() && self.server.up && !ambulance.cut {
            self.connections += 1;
            ambulance.link = Some(self.connections);
            ambulance.device.link_up(ambulance.clock_ms(true_ms));
            self.server_connects(index, self.connections);
        }
        if self.chance.happens(self.swarm.fix) {
            self.take_position(index);
        }
        if self.chance.happens(self.swarm.press) {
            self.press_button(index);
        }
        let ambulance = &mut self.ambulances[index];
        let clock_ms = ambulance.clock_ms(true_ms);
        ambulance.device.tick(clock_ms);
        for _ in 0..SENT_PER_TURN_MAX {
            let ambulance = &mut self.ambulances[index];
            let Some(message) = ambulance.device.due(clock_ms) else { break };
            ambulance.device.sent(clock_ms, message.span());
            let fixes = message.kind == Kind::Fix;
            self.send_up(Up::Publish { device: index, fixes, payload: message.payload });
        }
    }

    fn take_position(&mut self, index: usize) {
        let true_ms = self.true_ms();
        let ambulance = &mut self.ambulances[index];
        let way = Offset {
            east_m: self.chance.between(-5, 5) as f64,
            north_m: self.chance.between(-5, 5) as f64,
        };
        ambulance.place = ambulance.place.offset_by(way);
        let mut at_ms = ambulance.clock_ms(true_ms);
        let mut reading = Reading {
            place: ambulance.place,
            accuracy_m: 8.0,
            speed_kmh: 30.0,
            heading_deg: 90,
            battery_pct: ambulance.battery_pct,
        };
        if self.chance.happens(self.swarm.bad_fix) {
            match self.chance.below(5) {
                0 => reading.place = Place { lat: 0.0, lon: 0.0 },
                1 => reading.place = Place { lat: 48.85, lon: 2.35 },
                2 => reading.accuracy_m = 500.0,
                3 => reading.place.lat += 0.5,
                4 if self.mutation == Mutation::UnreadableFix => reading.place.lat = f64::NAN,
                _ => at_ms += 3_600_000,
            }
        }
        ambulance.device.record_fix(at_ms, reading);
    }

    fn press_button(&mut self, index: usize) {
        let true_ms = self.true_ms();
        let ambulance = &mut self.ambulances[index];
        if ambulance.jobs.is_empty() {
            return;
        }
        let clock_ms = ambulance.clock_ms(true_ms);
        let which = self.chance.index(ambulance.jobs.len());
        let job = &mut ambulance.jobs[which];
        let refuses = self.chance.happens(self.swarm.refuse) && job.pressed < 3;
        let (status, reason) = if refuses {
            (Status::Rejected, Some("ban kempes"))
        } else {
            // People forget buttons.
            let forgotten = if self.chance.below(4) == 0 { self.chance.index(3) } else { 0 };
            let button = (job.pressed + forgotten).min(BUTTONS.len() - 1);
            job.pressed = button + 1;
            (BUTTONS[button], None)
        };
        let kept = ambulance.device.record_step(clock_ms, job.assignment, status, reason);
        if !kept || matches!(status, Status::Rejected | Status::Cleared) {
            ambulance.jobs.remove(which);
        }
    }

    /// A message from the server has reached the device.
    pub fn device_hears(&mut self, index: usize, order: bool, payload: &[u8]) {
        let true_ms = self.true_ms();
        let ambulance = &mut self.ambulances[index];
        if ambulance.cut {
            return;
        }
        let clock_ms = ambulance.clock_ms(true_ms);
        if order {
            let Ok(order) = payload::decode_order(payload) else { return };
            match ambulance.device.take_order(clock_ms, order) {
                News::Offered(order) => {
                    ambulance.jobs.push(Job { assignment: order.assignment, pressed: 0 });
                }
                News::Withdrawn(gone) => ambulance.jobs.retain(|job| job.assignment != gone),
                News::Repeated(_) | News::Nothing => {}
            }
            return;
        }
        let Ok(ack) = payload::decode_ack(payload) else { return };
        let ours = ack.boot == ambulance.boot_name();
        let outcome = ambulance.device.take_ack(clock_ms, &ack);
        if ours && outcome.records > 0 {
            ambulance.records.forget_through(ack.through);
            self.news.forgot.push(index);
        }
        for refusal in outcome.refused {
            if matches!(refusal.code.as_str(), "assignment_ended" | "unknown_assignment") {
                ambulance.jobs.retain(|job| Some(job.assignment) != refusal.assignment);
            }
        }
    }
}

impl Records {
    fn forget_through(&mut self, through: u64) {
        for seq in self.forgotten + 1..=through {
            if !self.safe.remove(&seq) {
                self.unsafe_forgotten += 1;
            }
        }
        self.forgotten = self.forgotten.max(through);
    }
}
