//! One ambulance as a value: vehicle, receiver, crew and device joined on a grid of one second.
//!
//! Time is an argument and every chance is seeded, so the same seed and the same messages at the
//! same times give the same run. Links, sockets and waiting are the affair of `fleet`.

use std::sync::Arc;

use crate::chance::Chance;
use crate::crew::{Act, Crew, Habits, Sight};
use crate::dead_zones::DeadZones;
use crate::device::journal::Entry;
use crate::device::{Acknowledged, Device, Limits, Message, News, Sent, Span};
use crate::payload::{Demand, Malformed, decode_ack, decode_order};
use crate::place::Place;
use crate::receiver::{Reading, Receiver};
use crate::route::Ways;
use crate::trace::{Said, Trace};
use crate::trouble::{Troubles, WEEK_ROLLOVER_MS};
use crate::vehicle::Vehicle;

/// The grid on which vehicle and crew advance, in milliseconds.
pub const STEP_MS: i64 = 1_000;
/// Steps made up for in one call after a long pause; the rest follows in the next call.
const STEPS_AT_ONCE_MAX: u32 = 10_000;
/// The code by which Siaga says that an assignment is over.
const ASSIGNMENT_ENDED: &str = "assignment_ended";

/// What one ambulance is made of.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its code: with the seed it decides all chance, whatever its device is called today.
    pub unit: String,
    pub boot: String,
    pub troubles: Troubles,
    /// What the receiver says in place of the vehicle's own way.
    pub trace: Option<Arc<Trace>>,
    /// What stands on the device's disk; none for a device without one.
    pub journal: Option<Vec<Entry>>,
    pub post: Place,
    pub ways: Ways,
    pub seed: u64,
    pub habits: Habits,
    pub limits: Limits,
    pub rest: Rest,
    pub dead_zones: Arc<DeadZones>,
}

/// What a vehicle without a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Stands at its post.
    Parks,
    /// Drives round its post, so that it reports once a second.
    Circles,
}

/// One simulated ambulance.
#[derive(Debug)]
pub struct Unit {
    device: Device,
    /// Whether the device has power.
    on: bool,
    troubles: Troubles,
    trouble: Chance,
    clock_error_ms: i64,
    trace: Option<Arc<Trace>>,
    post: Place,
    start_ms: i64,
    vehicle: Vehicle,
    receiver: Receiver,
    crew: Crew,
    rest: Rest,
    dead_zones: Arc<DeadZones>,
    /// The step of the grid up to which everything happened.
    at_ms: i64,
}

/// What a message from Siaga did.
#[derive(Debug)]
pub enum Heard {
    Acknowledged(Acknowledged),
    Order,
}

impl Unit {
    /// An ambulance at its post, its first step due at `start_ms` (UTC epoch milliseconds).
    pub fn new(plan: Plan, start_ms: i64) -> Unit {
        let chance = |purpose| Chance::new(plan.seed, &plan.unit, purpose);
        let mut trouble = chance("trouble");
        let rolls_over = trouble.between(0.0..1.0) < plan.troubles.rolled_over;
        let clock_error_ms = if rolls_over { WEEK_ROLLOVER_MS } else { 0 };
        let mut unit = Unit {
            vehicle: Vehicle::parked(plan.post, chance("vehicle")).along(plan.ways),
            receiver: Receiver::new(chance("receiver"), start_ms),
            crew: Crew::standing_by(chance("crew"), plan.habits),
            device: match plan.journal {
                Some(entries) => Device::restored(entries, plan.boot, plan.limits),
                None => Device::new(plan.boot, plan.limits),
            },
            on: true,
            troubles: plan.troubles,
            trouble,
            clock_error_ms,
            trace: plan.trace,
            post: plan.post,
            start_ms,
            rest: plan.rest,
            dead_zones: plan.dead_zones,
            at_ms: start_ms - STEP_MS,
        };
        unit.device.misset_clock(clock_error_ms);
        unit
    }

    /// Lets everything up to and including `now_ms` happen.
    pub fn advance(&mut self, now_ms: i64) {
        for _ in 0..STEPS_AT_ONCE_MAX {
            let next_ms = self.next_step_ms();
            if next_ms > now_ms {
                break;
            }
            self.step(next_ms);
        }
        self.device.tick(now_ms);
    }

    /// When `advance` will next have something to do, in epoch milliseconds.
    pub fn wake_ms(&self) -> i64 {
        let repeat_ms = self.device.repeat_at_ms().unwrap_or(i64::MAX);
        self.next_step_ms().min(repeat_ms)
    }

    /// Takes an order; refuses bytes that are none.
    pub fn hear_order(&mut self, now_ms: i64, payload: &[u8]) -> Result<Heard, Malformed> {
        let order = decode_order(payload)?;
        let acts = match self.device.take_order(now_ms, order) {
            News::Offered(order) => match order.demand {
                Demand::Offered(offer) => self.crew.take_offer(now_ms, order.assignment, offer),
                Demand::Withdrawn { .. } => Vec::new(),
            },
            News::Repeated(order) => match order.demand {
                Demand::Offered(offer) => self.crew.take_amendment(order.assignment, offer),
                Demand::Withdrawn { .. } => Vec::new(),
            },
            News::Withdrawn(assignment) => self.crew.stand_down(assignment, self.sight()),
            News::Nothing => Vec::new(),
        };
        self.follow(now_ms, acts);
        Ok(Heard::Order)
    }

    /// Takes an acknowledgement; refuses bytes that are none. A crew whose assignment Siaga calls
    /// ended stands down.
    pub fn hear_ack(&mut self, now_ms: i64, payload: &[u8]) -> Result<Heard, Malformed> {
        let outcome = self.device.take_ack(now_ms, &decode_ack(payload)?);
        for refusal in &outcome.refused {
            if let (Some(assignment), ASSIGNMENT_ENDED) = (refusal.assignment, &*refusal.code) {
                let acts = self.crew.stand_down(assignment, self.sight());
                self.follow(now_ms, acts);
            }
        }
        Ok(Heard::Acknowledged(outcome))
    }

    /// Whether the network reaches the ambulance where it is.
    pub fn covered(&self) -> bool {
        !self.dead_zones.cover(self.vehicle.truth().place)
    }

    /// Where the ambulance truly is.
    pub fn place(&self) -> Place {
        self.vehicle.truth().place
    }

    /// The power goes: the vehicle drives on and its crew works on, and nothing is noted.
    pub fn power_off(&mut self) {
        self.on = false;
        self.device.link_down();
    }

    /// The device starts anew, with what stands on its disk if it has one, and nothing else.
    pub fn power_on(&mut self, boot: String, journal: Option<Vec<Entry>>) {
        let limits = self.device.limits();
        self.device = match journal {
            Some(entries) => Device::restored(entries, boot, limits),
            None => Device::new(boot, limits),
        };
        self.device.misset_clock(self.clock_error_ms);
        self.on = true;
    }

    /// What is to be written to the device's disk; see `Device::take_journal`.
    pub fn take_journal(&mut self) -> Vec<Entry> {
        self.device.take_journal()
    }

    /// The shortest journal of the device; see `Device::snapshot`.
    pub fn snapshot(&self) -> Vec<Entry> {
        self.device.snapshot()
    }

    /// The link is up; see `Device::link_up`.
    pub fn link_up(&mut self, now_ms: i64) {
        self.device.link_up(now_ms);
    }

    /// The link is down; see `Device::link_down`.
    pub fn link_down(&mut self) {
        self.device.link_down();
    }

    /// The next message to publish; see `Device::due`.
    pub fn due(&self, now_ms: i64) -> Option<Message> {
        self.device.due(now_ms)
    }

    /// The records of the due message are on their way; see `Device::sent`.
    pub fn sent(&mut self, now_ms: i64, span: Span) -> Sent {
        self.device.sent(now_ms, span)
    }

    /// Records not yet acknowledged.
    pub fn kept(&self) -> usize {
        self.device.kept()
    }

    /// Positions given up because the outbox was full.
    pub fn positions_dropped(&self) -> u64 {
        self.device.positions_dropped()
    }

    fn next_step_ms(&self) -> i64 {
        let soonest_ms = self.at_ms + STEP_MS;
        let drives = self.rest == Rest::Circles || self.trace.is_some();
        if drives || !self.vehicle.arrived() {
            return soonest_ms;
        }
        let act_ms = self.crew.next_act_at_ms();
        // Without a time of its own a crew on a job waits for its vehicle, which has arrived.
        let act_ms = act_ms.unwrap_or(if self.crew.free() { i64::MAX } else { soonest_ms });
        let wanted_ms = self.device.next_fix_at_ms(false).min(act_ms);
        let ahead_ms = wanted_ms.saturating_sub(self.at_ms).max(STEP_MS);
        self.at_ms
            + ahead_ms.div_euclid(STEP_MS) * STEP_MS
            + if ahead_ms.rem_euclid(STEP_MS) > 0 { STEP_MS } else { 0 }
    }

    fn step(&mut self, step_ms: i64) {
        assert!(step_ms > self.at_ms, "time goes forward");
        let passed_s = (step_ms - self.at_ms) as f64 / 1_000.0;
        self.at_ms = step_ms;
        if self.rest == Rest::Circles && self.crew.free() {
            self.vehicle.circle();
        }
        self.vehicle.advance(passed_s);
        let acts = self.crew.act(step_ms, self.sight());
        self.follow(step_ms, acts);

        let drives = self.rest == Rest::Circles || self.trace.is_some();
        let moving = self.vehicle.moving() || drives;
        if self.on && self.device.next_fix_at_ms(moving) <= step_ms {
            let reading = self.receiver.read(step_ms, self.vehicle.truth());
            let Some(reading) = self.as_recorded(step_ms, reading) else { return };
            let reading = self.troubles.spoil(reading, &mut self.trouble);
            self.device.record_fix(step_ms, reading);
        }
    }

    /// What the receiver says at that moment of a recorded drive; none where it had no place.
    fn as_recorded(&self, step_ms: i64, reading: Reading) -> Option<Reading> {
        let Some(trace) = &self.trace else { return Some(reading) };
        let Said { place, accuracy_m, speed_kmh, heading_deg } =
            trace.at(step_ms - self.start_ms, self.post)?;
        let battery_pct = reading.battery_pct;
        Some(Reading { place, accuracy_m, speed_kmh, heading_deg, battery_pct })
    }

    fn follow(&mut self, now_ms: i64, acts: Vec<Act>) {
        for act in acts {
            match act {
                // A button of a device without power does nothing.
                Act::Report { .. } if !self.on => {}
                Act::Report { assignment, status, reason } => {
                    self.device.record_step(now_ms, assignment, status, reason);
                }
                Act::Drive { to, pace } => self.vehicle.drive_to(to, pace),
                Act::GoHome => self.vehicle.go_home(),
            }
        }
    }

    fn sight(&self) -> Sight {
        Sight {
            moving: self.vehicle.moving(),
            arrived: self.vehicle.arrived(),
            at_post: self.vehicle.at_post(),
        }
    }
}

#[cfg(test)]
mod tests;
