//! How the program is: what works, what does not, and what has been counted. Read by `/health` and `/metrics`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shared by the shells; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    tracks_failing: AtomicBool,
    log_failing: AtomicBool,
    reads_failing: AtomicBool,
    trouble: Mutex<Option<String>>,
    fixes_stored: AtomicU64,
    entries_stored: AtomicU64,
    reads_lost: AtomicU64,
    connections: AtomicU64,
    refused_connections: AtomicU64,
    bad_packets: AtomicU64,
    foreign_topics: AtomicU64,
    unknown_devices: AtomicU64,
    quarantined: AtomicU64,
    takeovers: AtomicU64,
    flapping: AtomicU64,
    /// What is wrong with the connection to a broker.
    broker_trouble: Mutex<Option<String>>,
}

/// Things that are counted at the device door.
#[derive(Clone, Copy, Debug)]
pub enum DoorCount {
    Refused,
    BadPacket,
    ForeignTopic,
    /// A message over a broker in the name of a device that is not known or may not speak.
    UnknownDevice,
    /// A message over a broker that would never become right.
    Quarantined,
    /// One connection of a device took the place of another.
    TakenOver,
}

impl Health {
    /// Notes that positions could not be stored; answers whether that is news.
    pub fn tracks_failed(&self, error: &dyn std::fmt::Display) -> bool {
        self.set_trouble(format!("positions: {error}"));
        !self.0.tracks_failing.swap(true, Ordering::Relaxed)
    }

    /// Counts stored positions; answers whether the store had been failing until now.
    pub fn tracks_stored(&self, count: usize) -> bool {
        let count = u64::try_from(count).unwrap_or(0);
        self.0.fixes_stored.fetch_add(count, Ordering::Relaxed);
        self.0.tracks_failing.swap(false, Ordering::Relaxed)
    }

    /// Notes that the log could not be written; answers whether that is news.
    pub fn log_failed(&self, error: &dyn std::fmt::Display) -> bool {
        self.set_trouble(format!("log: {error}"));
        !self.0.log_failing.swap(true, Ordering::Relaxed)
    }

    /// Counts stored log entries; answers whether the log had been failing until now.
    pub fn log_stored(&self, count: usize) -> bool {
        let count = u64::try_from(count).unwrap_or(0);
        self.0.entries_stored.fetch_add(count, Ordering::Relaxed);
        self.0.log_failing.swap(false, Ordering::Relaxed)
    }

    /// Notes that the audit of reads could not be written; answers whether that is news.
    pub fn reads_failed(&self, error: &dyn std::fmt::Display) -> bool {
        self.set_trouble(format!("audit of reads: {error}"));
        !self.0.reads_failing.swap(true, Ordering::Relaxed)
    }

    /// Notes that the audit of reads is written; answers whether it had been failing until now.
    pub fn reads_stored(&self) -> bool {
        self.0.reads_failing.swap(false, Ordering::Relaxed)
    }

    /// Counts a read that was shown and could not be kept for the audit.
    pub fn read_lost(&self) {
        self.0.reads_lost.fetch_add(1, Ordering::Relaxed);
    }

    /// What is wrong now, in words for the person who looks after the server; none when all is well.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let failing = self.0.tracks_failing.load(Ordering::Relaxed)
            || self.0.log_failing.load(Ordering::Relaxed)
            || self.0.reads_failing.load(Ordering::Relaxed);
        let trouble = self.0.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if failing { trouble.clone() } else { self.broker_trouble().clone() }
    }

    /// Notes that the broker cannot be listened to; answers whether that is news.
    pub fn broker_failed(&self, why: &str) -> bool {
        let before = self.broker_trouble().replace(why.to_owned());
        before.as_deref() != Some(why)
    }

    /// Notes that the broker is listened to.
    pub fn broker_works(&self) {
        *self.broker_trouble() = None;
    }

    fn broker_trouble(&self) -> MutexGuard<'_, Option<String>> {
        self.0.broker_trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Messages over a broker that were put aside since the start.
    #[must_use]
    pub fn quarantined(&self) -> u64 {
        self.0.quarantined.load(Ordering::Relaxed)
    }

    /// Messages over a broker of devices that are not known, since the start.
    #[must_use]
    pub fn unknown_devices(&self) -> u64 {
        self.0.unknown_devices.load(Ordering::Relaxed)
    }

    /// Connections that took the place of another of the same device, since the start.
    #[must_use]
    pub fn takeovers(&self) -> u64 {
        self.0.takeovers.load(Ordering::Relaxed)
    }

    /// Devices whose connections take each other over again and again at this moment.
    #[must_use]
    pub fn flapping(&self) -> u64 {
        self.0.flapping.load(Ordering::Relaxed)
    }

    pub fn note_flapping(&self, devices: usize) {
        let devices = u64::try_from(devices).unwrap_or(u64::MAX);
        self.0.flapping.store(devices, Ordering::Relaxed);
    }

    pub fn connected(&self) {
        self.0.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub fn disconnected(&self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// Device connections at this moment.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.0.connections.load(Ordering::Relaxed)
    }

    /// Positions stored since the start.
    #[must_use]
    pub fn fixes_stored(&self) -> u64 {
        self.0.fixes_stored.load(Ordering::Relaxed)
    }

    pub fn count(&self, what: DoorCount) {
        let counter = match what {
            DoorCount::Refused => &self.0.refused_connections,
            DoorCount::BadPacket => &self.0.bad_packets,
            DoorCount::ForeignTopic => &self.0.foreign_topics,
            DoorCount::UnknownDevice => &self.0.unknown_devices,
            DoorCount::Quarantined => &self.0.quarantined,
            DoorCount::TakenOver => &self.0.takeovers,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The counters in the text format that Prometheus reads.
    #[must_use]
    pub fn metrics(&self, viewers: usize) -> String {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let inner = &self.0;
        let rows = [
            ("siaga_fixes_stored_total", "counter", get(&inner.fixes_stored)),
            ("siaga_log_entries_total", "counter", get(&inner.entries_stored)),
            ("siaga_reads_lost_total", "counter", get(&inner.reads_lost)),
            ("siaga_device_connections", "gauge", get(&inner.connections)),
            ("siaga_device_refused_total", "counter", get(&inner.refused_connections)),
            ("siaga_device_bad_packets_total", "counter", get(&inner.bad_packets)),
            ("siaga_device_foreign_topics_total", "counter", get(&inner.foreign_topics)),
            ("siaga_device_unknown_total", "counter", get(&inner.unknown_devices)),
            ("siaga_device_quarantined_total", "counter", get(&inner.quarantined)),
            ("siaga_device_takeovers_total", "counter", get(&inner.takeovers)),
            ("siaga_device_flapping", "gauge", get(&inner.flapping)),
            ("siaga_viewers", "gauge", u64::try_from(viewers).unwrap_or(u64::MAX)),
            ("siaga_healthy", "gauge", u64::from(self.trouble().is_none())),
        ];
        let mut text = String::new();
        for (name, kind, value) in rows {
            text.push_str(&format!("# TYPE {name} {kind}\n{name} {value}\n"));
        }
        text
    }

    fn set_trouble(&self, trouble: String) {
        *self.0.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
    }
}
