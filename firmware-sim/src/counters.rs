//! Live counts of a fleet, shared between its tasks and whoever watches them.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::device::Sent;

/// Counts of one running fleet; each only grows, except `online`.
#[derive(Debug, Default)]
pub struct Counters {
    online: AtomicU64,
    connections: AtomicU64,
    reconnects: AtomicU64,
    connections_refused: AtomicU64,
    published: AtomicU64,
    repeated: AtomicU64,
    messages: AtomicU64,
    acknowledged: AtomicU64,
    refused: AtomicU64,
    orders: AtomicU64,
    malformed: AtomicU64,
    dropped: AtomicU64,
    unacknowledged: AtomicU64,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Devices connected at this moment.
    pub online: u64,
    /// Connections accepted (CONNACK 0).
    pub connections: u64,
    /// Connections accepted after an earlier one of the same device.
    pub reconnects: u64,
    /// Connections refused (another CONNACK code).
    pub connections_refused: u64,
    /// Records (fixes and statuses) handed to the network for the first time.
    pub published: u64,
    /// Records handed to the network again.
    pub repeated: u64,
    /// PUBLISH packets handed to the network.
    pub messages: u64,
    /// Records covered by Siaga's own acknowledgement, refused ones among them.
    pub acknowledged: u64,
    /// Records refused by Siaga.
    pub refused: u64,
    /// Order messages heard, repeated ones among them.
    pub orders: u64,
    /// Messages from the server that made no sense.
    pub malformed: u64,
    /// Positions given up because an outbox was full; counted when a device ends.
    pub dropped: u64,
    /// Records still kept by devices that have ended.
    pub unacknowledged: u64,
}

/// Something worth counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    FirstConnection,
    Reconnection,
    ConnectionRefused,
    Disconnection,
    Published(Sent),
    Acknowledged { records: u64, refused: u64 },
    Order,
    Malformed,
    Ended { dropped: u64, unacknowledged: u64 },
}

impl Counters {
    /// The counts now; each is exact, all of them need not be of the same instant.
    pub fn snapshot(&self) -> Summary {
        Summary {
            online: self.online.load(Relaxed),
            connections: self.connections.load(Relaxed),
            reconnects: self.reconnects.load(Relaxed),
            connections_refused: self.connections_refused.load(Relaxed),
            published: self.published.load(Relaxed),
            repeated: self.repeated.load(Relaxed),
            messages: self.messages.load(Relaxed),
            acknowledged: self.acknowledged.load(Relaxed),
            refused: self.refused.load(Relaxed),
            orders: self.orders.load(Relaxed),
            malformed: self.malformed.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            unacknowledged: self.unacknowledged.load(Relaxed),
        }
    }

    pub(crate) fn count(&self, what: Count) {
        let add = |counter: &AtomicU64, number: u64| {
            counter.fetch_add(number, Relaxed);
        };
        match what {
            Count::FirstConnection => {
                add(&self.online, 1);
                add(&self.connections, 1);
            }
            Count::Reconnection => {
                add(&self.online, 1);
                add(&self.connections, 1);
                add(&self.reconnects, 1);
            }
            Count::ConnectionRefused => add(&self.connections_refused, 1),
            Count::Disconnection => {
                self.online.fetch_sub(1, Relaxed);
            }
            Count::Published(sent) => {
                add(&self.messages, 1);
                add(&self.published, sent.first);
                add(&self.repeated, sent.repeated);
            }
            Count::Acknowledged { records, refused } => {
                add(&self.acknowledged, records);
                add(&self.refused, refused);
            }
            Count::Order => add(&self.orders, 1),
            Count::Malformed => add(&self.malformed, 1),
            Count::Ended { dropped, unacknowledged } => {
                add(&self.dropped, dropped);
                add(&self.unacknowledged, unacknowledged);
            }
        }
    }
}
