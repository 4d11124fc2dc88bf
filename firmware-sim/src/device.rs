//! The tracker as a value: numbers records, keeps them until Siaga has them, says what to send.
//!
//! Records are sent strictly by number and repeated from the lowest one kept, so any server that
//! acknowledges "everything through N" is understood. Nothing here waits, sends or asks the time.

use std::collections::VecDeque;

use uuid::Uuid;

use crate::payload::{
    Ack, Demand, FIXES_PER_MESSAGE_MAX, Fix, Order, Origin, Refused, Status, Step, encode_fixes,
    encode_step,
};
use crate::receiver::Reading;

/// Time between fixes while the vehicle moves, in milliseconds.
pub const FIX_INTERVAL_MOVING_MS: i64 = 1_000;
/// Time between fixes at rest, in milliseconds.
pub const FIX_INTERVAL_RESTING_MS: i64 = 30_000;
/// Longest time between two repeats, as a multiple of the first wait.
const WAIT_GROWTH_MAX: i64 = 6;
/// Assignments remembered, so that a repeated order is recognised; a crew has one at a time.
const ORDERS_REMEMBERED_MAX: usize = 64;
/// Steps kept before new orders go unconfirmed; Siaga repeats an order until it is confirmed.
const STEPS_KEPT_MAX: usize = 1_000;

/// How much a device keeps, and how patient it is.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Positions kept without acknowledgement; beyond it the oldest position is dropped.
    pub positions_max: usize,
    /// Milliseconds (device time) without acknowledgement before records are sent again.
    pub ack_wait_ms: i64,
}

impl Default for Limits {
    /// Eight hours at one position a second, ten seconds of patience.
    fn default() -> Limits {
        Limits { positions_max: 28_800, ack_wait_ms: 10_000 }
    }
}

/// The state machine of one tracker, from one start to the next.
#[derive(Debug)]
pub struct Device {
    boot: String,
    limits: Limits,
    next_seq: u64,
    /// Ascending by number; gaps are positions that were dropped.
    outbox: VecDeque<Record>,
    positions_kept: usize,
    positions_dropped: u64,
    /// The highest number ever handed out for sending.
    ever_sent: u64,
    link: Option<Link>,
    last_fix_ms: Option<i64>,
    orders: VecDeque<Known>,
}

/// One message ready to be published; `through` is the highest number in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub kind: Kind,
    pub payload: Vec<u8>,
    pub through: u64,
}

/// Which topic a message belongs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Fix,
    Status,
}

/// How many records a message carried for the first time, and how many again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    pub first: u64,
    pub repeated: u64,
}

/// What an acknowledgement changed.
#[derive(Debug, Default, PartialEq)]
pub struct Acknowledged {
    /// Records done with, those refused among them.
    pub records: u64,
    pub refused: Vec<Refusal>,
}

/// A record Siaga refused, with the assignment when it was a step.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    pub assignment: Option<Uuid>,
    pub code: String,
    pub detail: String,
}

/// What an order means to the crew.
#[derive(Debug, PartialEq)]
pub enum News {
    /// Seen for the first time.
    Offered(Order),
    /// Offered before; only its place or facility may have changed, and then its revision is a higher one.
    Repeated(Order),
    /// To be stopped; said once.
    Withdrawn(Uuid),
    /// Nothing new.
    Nothing,
}

#[derive(Debug)]
enum Record {
    Fix(Fix),
    Step(Step),
}

impl Record {
    fn seq(&self) -> u64 {
        match self {
            Record::Fix(fix) => fix.seq,
            Record::Step(step) => step.seq,
        }
    }
}

#[derive(Debug)]
struct Link {
    /// Everything kept up to this number went out over this link and waits for its answer.
    sent_through: u64,
    quiet_since_ms: i64,
    wait_ms: i64,
}

#[derive(Debug)]
struct Known {
    assignment: Uuid,
    newest: Status,
    withdrawn: bool,
    /// The highest seen.
    revision: u32,
}

impl Device {
    /// A device that has just started; `boot` is 1 to 32 of `[0-9a-z]`, new at each start.
    pub fn new(boot: String, limits: Limits) -> Device {
        let valid = |c: u8| c.is_ascii_digit() || c.is_ascii_lowercase();
        assert!((1..=32).contains(&boot.len()), "a boot id has 1 to 32 characters");
        assert!(boot.bytes().all(valid), "a boot id is made of 0-9 and a-z");
        assert!(limits.ack_wait_ms > 0, "waiting for an acknowledgement takes time");
        Device {
            boot,
            limits,
            next_seq: 1,
            outbox: VecDeque::new(),
            positions_kept: 0,
            positions_dropped: 0,
            ever_sent: 0,
            link: None,
            last_fix_ms: None,
            orders: VecDeque::new(),
        }
    }

    /// The link is up: everything kept goes out again, in order.
    pub fn link_up(&mut self, now_ms: i64) {
        let wait_ms = self.limits.ack_wait_ms;
        self.link = Some(Link { sent_through: 0, quiet_since_ms: now_ms, wait_ms });
    }

    /// The link is down: nothing is due until it is up again.
    pub fn link_down(&mut self) {
        self.link = None;
    }

    /// When the next position is to be taken; the past when none was taken yet.
    pub fn next_fix_at_ms(&self, moving: bool) -> i64 {
        let interval_ms = if moving { FIX_INTERVAL_MOVING_MS } else { FIX_INTERVAL_RESTING_MS };
        self.last_fix_ms.map_or(i64::MIN, |last_ms| last_ms.saturating_add(interval_ms))
    }

    /// Keeps a position taken now; when the outbox is full the oldest position makes room.
    pub fn record_fix(&mut self, now_ms: i64, reading: Reading) {
        let seq = self.take_seq();
        self.last_fix_ms = Some(now_ms);
        self.positions_kept += 1;
        self.outbox.push_back(Record::Fix(Fix {
            seq,
            at_ms: now_ms,
            place: reading.place,
            accuracy_m: reading.accuracy_m,
            speed_kmh: reading.speed_kmh,
            heading_deg: reading.heading_deg,
            battery_pct: reading.battery_pct,
        }));
        if self.positions_kept > self.limits.positions_max {
            self.drop_oldest_position();
        }
        assert!(self.positions_kept <= self.limits.positions_max.max(1));
    }

    /// Keeps a step the crew reports; false, and nothing kept, when it is no step forward of an
    /// order that still stands.
    pub fn record_step(
        &mut self,
        now_ms: i64,
        assignment: Uuid,
        status: Status,
        reason: Option<&str>,
    ) -> bool {
        let Some(known) = self.orders.iter_mut().find(|known| known.assignment == assignment)
        else {
            return false;
        };
        let over = matches!(known.newest, Status::Cleared | Status::Rejected);
        if known.withdrawn || over || status <= known.newest {
            return false;
        }
        known.newest = status;
        self.keep_step(now_ms, assignment, status, None, reason.map(str::to_owned));
        true
    }

    /// Takes an order and keeps its confirmation; a repeated one is confirmed again.
    pub fn take_order(&mut self, now_ms: i64, order: Order) -> News {
        if self.steps_kept() >= STEPS_KEPT_MAX {
            return News::Nothing;
        }
        let assignment = order.assignment;
        let withdrawing = matches!(order.demand, Demand::Withdrawn { .. });
        let known = self.orders.iter_mut().find(|known| known.assignment == assignment);
        let Some(known) = known else {
            self.remember(&order, withdrawing);
            self.confirm(now_ms, assignment, order.revision, withdrawing);
            return if withdrawing { News::Nothing } else { News::Offered(order) };
        };
        let newly_withdrawn = withdrawing && !known.withdrawn;
        known.withdrawn |= withdrawing;
        let withdrawn = known.withdrawn;
        let overtaken = order.revision < known.revision;
        known.revision = known.revision.max(order.revision);
        // A repeated order is answered for itself, by its revision: it may have changed.
        self.confirm(now_ms, assignment, order.revision, withdrawn);
        match (newly_withdrawn, withdrawn || overtaken) {
            (true, _) => News::Withdrawn(assignment),
            (false, true) => News::Nothing,
            (false, false) => News::Repeated(order),
        }
    }

    /// Takes an acknowledgement; one of another boot, or of more than was sent, changes nothing.
    pub fn take_ack(&mut self, now_ms: i64, ack: &Ack) -> Acknowledged {
        let mut outcome = Acknowledged::default();
        if ack.boot != self.boot || ack.through > self.ever_sent {
            return outcome;
        }
        while self.outbox.front().is_some_and(|record| record.seq() <= ack.through) {
            let Some(record) = self.outbox.pop_front() else { break };
            outcome.records += 1;
            if let Record::Fix(_) = record {
                self.positions_kept -= 1;
            }
            if let Some(refused) = ack.refused.iter().find(|r| r.seq == record.seq()) {
                outcome.refused.push(refusal(&record, refused));
            }
        }
        if outcome.records > 0
            && let Some(link) = &mut self.link
        {
            link.quiet_since_ms = now_ms;
            link.wait_ms = self.limits.ack_wait_ms;
        }
        assert!(self.outbox.front().is_none_or(|record| record.seq() > ack.through));
        outcome
    }

    /// When unanswered records are to be sent again; nothing when none waits or the link is down.
    pub fn repeat_at_ms(&self) -> Option<i64> {
        let link = self.link.as_ref()?;
        let oldest = self.outbox.front()?.seq();
        (oldest <= link.sent_through).then_some(link.quiet_since_ms.saturating_add(link.wait_ms))
    }

    /// Lets time pass: after a silence everything unanswered becomes due again.
    pub fn tick(&mut self, now_ms: i64) {
        let overdue = self.repeat_at_ms().is_some_and(|at_ms| at_ms <= now_ms);
        if let (true, Some(link)) = (overdue, &mut self.link) {
            link.sent_through = 0;
            link.quiet_since_ms = now_ms;
            link.wait_ms = (link.wait_ms * 2).min(self.limits.ack_wait_ms * WAIT_GROWTH_MAX);
        }
    }

    /// The next message to publish, if any; it stays due until `sent` is called for it.
    pub fn due(&self, now_ms: i64) -> Option<Message> {
        let sent_through = self.link.as_ref()?.sent_through;
        let start = self.outbox.partition_point(|record| record.seq() <= sent_through);
        let origin = Origin { boot: &self.boot, base: self.outbox.front()?.seq(), now_ms };
        match self.outbox.get(start)? {
            Record::Step(step) => Some(Message {
                kind: Kind::Status,
                payload: encode_step(origin, step),
                through: step.seq,
            }),
            Record::Fix(_) => {
                let fixes = self.fixes_from(start);
                let through = fixes.last()?.seq;
                Some(Message { kind: Kind::Fix, payload: encode_fixes(origin, &fixes), through })
            }
        }
    }

    /// Notes that everything up to `through`, the end of the due message, is on its way.
    pub fn sent(&mut self, now_ms: i64, through: u64) -> Sent {
        let Some(link) = &mut self.link else { return Sent::default() };
        let up_to = |number: u64| self.outbox.partition_point(|record| record.seq() <= number);
        if up_to(link.sent_through) == 0 {
            link.quiet_since_ms = now_ms;
        }
        let new_from = up_to(self.ever_sent.max(link.sent_through).min(through));
        let begin = up_to(link.sent_through.min(through));
        let sent =
            Sent { first: (up_to(through) - new_from) as u64, repeated: (new_from - begin) as u64 };
        link.sent_through = link.sent_through.max(through);
        self.ever_sent = self.ever_sent.max(through);
        assert!(self.ever_sent < self.next_seq, "only numbered records are sent");
        sent
    }

    /// Records kept because Siaga has not acknowledged them.
    pub fn kept(&self) -> usize {
        self.outbox.len()
    }

    /// Positions given up since the start because the outbox was full.
    pub fn positions_dropped(&self) -> u64 {
        self.positions_dropped
    }

    fn take_seq(&mut self) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        seq
    }

    fn steps_kept(&self) -> usize {
        self.outbox.len() - self.positions_kept
    }

    /// Keeps a confirmation, unless the same one waits to be acknowledged already.
    ///
    /// A withdrawal has a word of its own, so that a late `received` of the offer is never taken for it.
    fn confirm(&mut self, at_ms: i64, assignment: Uuid, revision: u32, withdrawn: bool) {
        let (status, revision) =
            if withdrawn { (Status::StoodDown, None) } else { (Status::Received, Some(revision)) };
        let kept = self.outbox.iter().any(|record| match record {
            Record::Step(step) => {
                (step.assignment, step.status, step.revision) == (assignment, status, revision)
            }
            Record::Fix(_) => false,
        });
        if !kept {
            self.keep_step(at_ms, assignment, status, revision, None);
        }
    }

    fn keep_step(
        &mut self,
        at_ms: i64,
        assignment: Uuid,
        status: Status,
        revision: Option<u32>,
        reason: Option<String>,
    ) {
        let seq = self.take_seq();
        let step = Step { seq, at_ms, assignment, status, revision, reason };
        self.outbox.push_back(Record::Step(step));
    }

    fn remember(&mut self, order: &Order, withdrawn: bool) {
        if self.orders.len() == ORDERS_REMEMBERED_MAX {
            self.orders.pop_front();
        }
        let Order { assignment, revision, .. } = *order;
        self.orders.push_back(Known { assignment, newest: Status::Received, withdrawn, revision });
    }

    fn drop_oldest_position(&mut self) {
        let oldest = self.outbox.iter().position(|record| matches!(record, Record::Fix(_)));
        if oldest.and_then(|index| self.outbox.remove(index)).is_some() {
            self.positions_kept -= 1;
            self.positions_dropped += 1;
        }
    }

    fn fixes_from(&self, start: usize) -> Vec<Fix> {
        let mut fixes = Vec::new();
        for record in self.outbox.range(start..).take(FIXES_PER_MESSAGE_MAX) {
            let Record::Fix(fix) = record else { break };
            fixes.push(*fix);
        }
        fixes
    }
}

fn refusal(record: &Record, refused: &Refused) -> Refusal {
    let assignment = match record {
        Record::Step(step) => Some(step.assignment),
        Record::Fix(_) => None,
    };
    Refusal { assignment, code: refused.code.clone(), detail: refused.detail.clone() }
}

#[cfg(test)]
mod tests;
