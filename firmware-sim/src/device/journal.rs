//! What a device writes down so that a power cut loses nothing that matters, and how it becomes a device again.
//!
//! A device goes on under the boot id and with the numbers that stand on its disk: what Siaga has of them it has
//! already, and the rest follows. Numbers are reserved ahead of their use, because one that went out just before the
//! power cut may be known to Siaga and missing on the disk: used again it would be taken for the old record.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Device, Kept, Limits, ORDERS_REMEMBERED_MAX, Record};
use crate::payload::{Fix, Status, Step};

/// Numbers reserved at once: at one position a second a line in the journal every quarter of an hour.
pub const RESERVED_AHEAD: u64 = 1_000;

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    Boot {
        boot: String,
    },
    /// Numbers up to this one may be used.
    Reserved {
        through: u64,
    },
    Fix(Fix),
    Step(Step),
    /// Siaga has everything up to this number.
    Done {
        through: u64,
    },
    /// A position that made room.
    Dropped {
        seq: u64,
    },
    /// An order as it is known now.
    Order(Known),
}

impl Entry {
    /// Whether it must be on the disk before anything is sent that follows from it. Positions may be some seconds late.
    pub fn is_urgent(&self) -> bool {
        match self {
            Entry::Boot { .. } | Entry::Reserved { .. } | Entry::Step(_) | Entry::Order(_) => true,
            Entry::Fix(_) | Entry::Done { .. } | Entry::Dropped { .. } => false,
        }
    }
}

/// An order that the device has seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub assignment: Uuid,
    pub newest: Status,
    pub withdrawn: bool,
    /// The highest seen.
    pub revision: u32,
}

impl Device {
    /// A device with a disk, as its journal tells; with an empty one a new device named `boot`.
    pub fn restored(entries: Vec<Entry>, boot: String, limits: Limits) -> Device {
        let mut device = Device::new(boot, limits);
        let mut is_new = true;
        for entry in entries {
            is_new = false;
            device.replay(entry);
        }
        device.journal = Some(Vec::new());
        device.next_seq = device.next_seq.max(device.reserved_through + 1);
        device.positions_kept = device.outbox.iter().filter(|kept| kept.is_position()).count();
        if is_new {
            let boot = device.boot.clone();
            device.note(Entry::Boot { boot });
        }
        device
    }

    fn replay(&mut self, entry: Entry) {
        match entry {
            Entry::Boot { boot } => self.boot = boot,
            Entry::Reserved { through } => {
                self.reserved_through = through.max(self.reserved_through);
            }
            Entry::Fix(fix) => self.replay_record(Record::Fix(fix)),
            Entry::Step(step) => self.replay_record(Record::Step(step)),
            Entry::Done { through } => {
                while self.outbox.front().is_some_and(|kept| kept.seq() <= through) {
                    self.outbox.pop_front();
                }
                self.next_seq = self.next_seq.max(through + 1);
            }
            Entry::Dropped { seq } => self.outbox.retain(|kept| kept.seq() != seq),
            Entry::Order(order) => {
                let known = self.orders.iter_mut().find(|o| o.assignment == order.assignment);
                if let Some(known) = known {
                    *known = order;
                } else {
                    if self.orders.len() == ORDERS_REMEMBERED_MAX {
                        self.orders.pop_front();
                    }
                    self.orders.push_back(order);
                }
            }
        }
    }

    fn replay_record(&mut self, record: Record) {
        let seq = record.seq();
        // Whatever it was, it went out perhaps: an acknowledgement that covers it is believed.
        if self.outbox.back().is_none_or(|kept| kept.seq() < seq) {
            self.outbox.push_back(Kept { record, sent_in: u32::MAX });
        }
        self.next_seq = self.next_seq.max(seq + 1);
    }

    /// What has to be written down since the last time, in order; nothing for a device without a disk.
    pub fn take_journal(&mut self) -> Vec<Entry> {
        self.journal.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The shortest journal that makes the same device.
    pub fn snapshot(&self) -> Vec<Entry> {
        let records = self.outbox.iter().map(|kept| match &kept.record {
            Record::Fix(fix) => Entry::Fix(*fix),
            Record::Step(step) => Entry::Step(step.clone()),
        });
        let boot = Entry::Boot { boot: self.boot.clone() };
        let reserved = Entry::Reserved { through: self.reserved_through };
        let orders = self.orders.iter().copied().map(Entry::Order);
        [boot, reserved].into_iter().chain(orders).chain(records).collect()
    }

    pub(super) fn note_order(&mut self, assignment: Uuid) {
        if self.journal.is_some()
            && let Some(order) = find(&self.orders, assignment)
        {
            self.note(Entry::Order(order));
        }
    }
}

fn find(orders: &VecDeque<Known>, assignment: Uuid) -> Option<Known> {
    orders.iter().copied().find(|known| known.assignment == assignment)
}
