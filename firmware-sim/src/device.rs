//! The tracker as a value: numbers records, keeps them until Siaga has them, says what to send.
//!
//! Records go out in three lanes: the newest position and those taken since, statuses, and behind them, a limited
//! number at a time, the backlog from before. All have one counter, so a server that acknowledges "everything through
//! N" is understood. Nothing here waits, sends, writes or asks the time.

pub mod journal;
mod lanes;

use std::collections::VecDeque;

use uuid::Uuid;

use journal::{Entry, Known};
use lanes::{Lane, Link};

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
    outbox: VecDeque<Kept>,
    positions_kept: usize,
    positions_dropped: u64,
    /// Times that everything kept began to go out; a record remembers the last one it went out in.
    rounds: u32,
    link: Option<Link>,
    last_fix_ms: Option<i64>,
    orders: VecDeque<Known>,
    /// What is to be written down; none for a device without a disk.
    journal: Option<Vec<Entry>>,
    /// Numbers up to this one may have been used before a power cut, whatever the disk says.
    reserved_through: u64,
    /// How far its clock is ahead of the true time; negative: behind.
    clock_error_ms: i64,
}

/// A record that Siaga has not acknowledged.
#[derive(Debug)]
struct Kept {
    record: Record,
    /// The round in which it last went out; 0 when it never did.
    sent_in: u32,
}

impl Kept {
    fn seq(&self) -> u64 {
        self.record.seq()
    }

    fn is_position(&self) -> bool {
        matches!(self.record, Record::Fix(_))
    }
}

/// One message ready to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub kind: Kind,
    pub payload: Vec<u8>,
    span: Span,
}

/// Which records are in a message: those of a lane from one number to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    lane: Lane,
    first: u64,
    through: u64,
}

impl Message {
    /// Names its records to `sent`.
    pub fn span(&self) -> Span {
        self.span
    }
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
            rounds: 0,
            link: None,
            last_fix_ms: None,
            orders: VecDeque::new(),
            journal: None,
            reserved_through: 0,
            clock_error_ms: 0,
        }
    }

    /// Sets its clock wrong by so much; everything it says from now on is by that clock.
    pub fn misset_clock(&mut self, error_ms: i64) {
        self.clock_error_ms = error_ms;
    }

    /// The link is up: everything kept goes out again.
    pub fn link_up(&mut self, now_ms: i64) {
        self.begin_round(now_ms, self.limits.ack_wait_ms);
    }

    fn begin_round(&mut self, now_ms: i64, wait_ms: i64) {
        self.rounds = self.rounds.saturating_add(1);
        let newest = self.outbox.iter().rev().find(|kept| kept.is_position());
        let split = newest.map_or(self.next_seq, Kept::seq);
        self.link = Some(Link::new(self.rounds, split, now_ms, wait_ms));
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
        self.keep(Record::Fix(Fix {
            seq,
            at_ms: now_ms.saturating_add(self.clock_error_ms),
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
        self.note_order(assignment);
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
        let is_news = newly_withdrawn || order.revision > known.revision;
        known.revision = known.revision.max(order.revision);
        if is_news {
            self.note_order(assignment);
        }
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
        let mut covered = self.outbox.iter().take_while(|kept| kept.seq() <= ack.through);
        let is_true = ack.through < self.next_seq && covered.all(|kept| kept.sent_in > 0);
        if ack.boot != self.boot || !is_true {
            return outcome;
        }
        while self.outbox.front().is_some_and(|kept| kept.seq() <= ack.through) {
            let Some(kept) = self.outbox.pop_front() else { break };
            outcome.records += 1;
            if let Record::Fix(_) = kept.record {
                self.positions_kept -= 1;
            }
            if let Some(link) = &mut self.link {
                link.forget(&kept);
            }
            if let Some(refused) = ack.refused.iter().find(|r| r.seq == kept.seq()) {
                outcome.refused.push(refusal(&kept.record, refused));
            }
        }
        if outcome.records > 0 {
            self.note(Entry::Done { through: ack.through });
            if let Some(link) = &mut self.link {
                link.quiet_since_ms = now_ms;
                link.wait_ms = self.limits.ack_wait_ms;
            }
        }
        assert!(self.outbox.front().is_none_or(|kept| kept.seq() > ack.through));
        outcome
    }

    /// When unanswered records are to be sent again; nothing when none waits or the link is down.
    pub fn repeat_at_ms(&self) -> Option<i64> {
        self.link.as_ref()?.repeat_at_ms()
    }

    /// Lets time pass: after a silence everything unanswered becomes due again, the newest position first.
    pub fn tick(&mut self, now_ms: i64) {
        let overdue = self.repeat_at_ms().is_some_and(|at_ms| at_ms <= now_ms);
        if let (true, Some(link)) = (overdue, &self.link) {
            let longest_ms = self.limits.ack_wait_ms.saturating_mul(WAIT_GROWTH_MAX);
            self.begin_round(now_ms, link.wait_ms.saturating_mul(2).min(longest_ms));
        }
    }

    /// The next message to publish, if any; it stays due until `sent` is called for it.
    pub fn due(&self, now_ms: i64) -> Option<Message> {
        let link = self.link.as_ref()?;
        let now_ms = now_ms.saturating_add(self.clock_error_ms);
        let origin = Origin { boot: &self.boot, base: self.outbox.front()?.seq(), now_ms };
        let fresh = || self.fixes_message(origin, Lane::Fresh, link.fresh_through, u64::MAX);
        let backlog =
            || self.fixes_message(origin, Lane::Backlog, link.backlog_through, link.split - 1);
        fresh()
            .or_else(|| self.step_message(origin, link.steps_through))
            .or_else(|| if link.takes_backlog() { backlog() } else { None })
    }

    /// Notes that the records of the due message are on their way.
    pub fn sent(&mut self, now_ms: i64, span: Span) -> Sent {
        let Some(link) = &mut self.link else { return Sent::default() };
        let begin = self.outbox.partition_point(|kept| kept.seq() < span.first);
        let mut sent = Sent::default();
        for kept in self.outbox.range_mut(begin..) {
            if kept.seq() > span.through {
                break;
            }
            let of_lane = kept.is_position() != (span.lane == Lane::Steps);
            if !of_lane || kept.sent_in == link.round {
                continue;
            }
            if kept.sent_in == 0 {
                sent.first += 1;
            } else {
                sent.repeated += 1;
            }
            kept.sent_in = link.round;
            link.remember(kept, now_ms);
        }
        link.advance(span.lane, span.through);
        sent
    }

    /// How much it keeps, and how patient it is.
    pub fn limits(&self) -> Limits {
        self.limits
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
        if self.journal.is_some() && seq > self.reserved_through {
            self.reserved_through = seq + journal::RESERVED_AHEAD;
            self.note(Entry::Reserved { through: self.reserved_through });
        }
        seq
    }

    fn keep(&mut self, record: Record) {
        if self.journal.is_some() {
            self.note(match &record {
                Record::Fix(fix) => Entry::Fix(*fix),
                Record::Step(step) => Entry::Step(step.clone()),
            });
        }
        self.outbox.push_back(Kept { record, sent_in: 0 });
    }

    fn note(&mut self, entry: Entry) {
        if let Some(journal) = &mut self.journal {
            journal.push(entry);
        }
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
        let kept = self.outbox.iter().any(|kept| match &kept.record {
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
        let at_ms = at_ms.saturating_add(self.clock_error_ms);
        let step = Step { seq, at_ms, assignment, status, revision, reason };
        self.keep(Record::Step(step));
    }

    fn remember(&mut self, order: &Order, withdrawn: bool) {
        if self.orders.len() == ORDERS_REMEMBERED_MAX {
            self.orders.pop_front();
        }
        let Order { assignment, revision, .. } = *order;
        self.orders.push_back(Known { assignment, newest: Status::Received, withdrawn, revision });
        self.note_order(assignment);
    }

    fn drop_oldest_position(&mut self) {
        let oldest = self.outbox.iter().position(Kept::is_position);
        if let Some(kept) = oldest.and_then(|index| self.outbox.remove(index)) {
            self.positions_kept -= 1;
            self.positions_dropped += 1;
            self.note(Entry::Dropped { seq: kept.seq() });
            if let Some(link) = &mut self.link {
                link.forget(&kept);
            }
        }
    }

    /// Positions after one number and up to another, as many as a message holds, in the order in which they were taken.
    fn fixes_message(
        &self,
        origin: Origin<'_>,
        lane: Lane,
        after: u64,
        through: u64,
    ) -> Option<Message> {
        let start = self.outbox.partition_point(|kept| kept.seq() <= after);
        let rest = self.outbox.range(start..).take_while(|kept| kept.seq() <= through);
        let fixes = rest.filter_map(|kept| match kept.record {
            Record::Fix(fix) => Some(fix),
            Record::Step(_) => None,
        });
        let fixes: Vec<Fix> = fixes.take(FIXES_PER_MESSAGE_MAX).collect();
        let span = Span { lane, first: fixes.first()?.seq, through: fixes.last()?.seq };
        Some(Message { kind: Kind::Fix, payload: encode_fixes(origin, &fixes), span })
    }

    fn step_message(&self, origin: Origin<'_>, after: u64) -> Option<Message> {
        if self.steps_kept() == 0 {
            return None;
        }
        let start = self.outbox.partition_point(|kept| kept.seq() <= after);
        let step = self.outbox.range(start..).find_map(|kept| match &kept.record {
            Record::Step(step) => Some(step),
            Record::Fix(_) => None,
        })?;
        let span = Span { lane: Lane::Steps, first: step.seq, through: step.seq };
        Some(Message { kind: Kind::Status, payload: encode_step(origin, step), span })
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
