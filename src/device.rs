//! Devices: who may speak for which unit, which of them are connected, and how orders reach them.

pub mod broker;
pub mod door;
pub mod enrolment;
mod gateway;
mod hearing;
pub mod ledger;
pub mod pace;
pub mod payload;
pub mod record;
mod session;
pub mod tls;
pub mod web;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, watch};

use crate::chain::Hash;
use crate::clock::Timestamp;
use crate::desk::Desk;
use crate::desk::order::OrderNote;
use crate::dispatch::unit::{DeviceCard, DeviceNote, SourceId};
use crate::health::{DoorCount, Health};
use crate::ids::UnitId;
use crate::secret;
use crate::store::{self, Device, Store};
use ledger::Ledger;

/// Messages for one device waiting for its socket. Full: dropped, and the order is repeated.
const DOWN_QUEUED_MAX: usize = 32;

/// A device whose right has ended loses its connection within this time.
const RIGHTS_CHECKED: Duration = Duration::from_secs(5);
/// Revocations are looked for so far back: the machine that revokes may have another idea of the time.
const REVOKED_SINCE_MS: i64 = 24 * 60 * 60 * 1000;
/// When no position became durable for so long though some wait for it, the store is stuck and crews come first.
const STUCK_AFTER: Duration = Duration::from_secs(3);

/// What a connection is told.
#[derive(Debug)]
enum Down {
    /// To be said to the device.
    Message { topic: String, payload: Bytes },
    /// The store takes nothing; said again for as long as that lasts.
    Stuck,
}

/// A connected device.
#[derive(Debug)]
struct Connected {
    /// Tells this connection from an earlier one of the same device.
    number: u64,
    unit: UnitId,
    /// At the front door: its end says that the device must give up this connection. None: it must already.
    down: Option<mpsc::Sender<Down>>,
    at_door: bool,
    /// Says why.
    leave: watch::Sender<Option<Leave>>,
}

impl Connected {
    fn must_leave(&mut self, why: Leave) {
        self.leave.send_replace(Some(why));
        self.down = None;
    }
}

/// Why a device must give up its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leave {
    /// Another connection of the same device is there.
    TakenOver,
    /// Its right to connect has ended.
    Revoked,
}

/// What is known of a device's connections since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub connected: bool,
    pub connections: u64,
    /// Connections that took the place of another that was still there.
    pub takeovers: u64,
}

/// A device that was heard or connected since the start.
#[derive(Debug, Default)]
struct Known {
    /// The desk knows its name.
    told: bool,
    seen: Seen,
    /// What of its records is committed; outlives its connections.
    ledger: Ledger,
}

/// The same, shared by those who hear the device.
type Familiar = Arc<Mutex<Known>>;

#[derive(Debug, Default)]
struct Inner {
    connected: HashMap<String, Connected>,
    known: HashMap<String, Familiar>,
    connections_made: u64,
}

/// Every device of the server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Devices {
    inner: Arc<Mutex<Inner>>,
    store: Store,
    desk: Desk,
    health: Health,
}

/// A connection's place in the register; leaving the scope, however that happens, takes it out.
#[derive(Debug)]
struct Registration {
    devices: Devices,
    name: String,
    unit: UnitId,
    number: u64,
    leave: watch::Receiver<Option<Leave>>,
    taken_out: bool,
}

impl Devices {
    #[must_use]
    pub fn new(store: Store, desk: Desk, health: Health) -> Self {
        Self { inner: Arc::default(), store, desk, health }
    }

    /// The device with that name and secret; none for anything else.
    async fn authenticate(
        &self,
        name: &str,
        presented: &str,
    ) -> Result<Option<Device>, store::Error> {
        let Some(device) = self.known(name).await? else { return Ok(None) };
        let presented = secret::token_hash(presented);
        if secret::same_hash(&device.secret_hash, &presented) {
            if device.old_secret.is_some() {
                self.store.end_old_device_secret(&device.name, &presented).await?;
            }
            return Ok(Some(device));
        }
        let now = self.desk.now();
        let is_old =
            |(hash, until): &(Hash, Timestamp)| now < *until && secret::same_hash(hash, &presented);
        Ok(device.old_secret.as_ref().is_some_and(is_old).then_some(device))
    }

    /// The device of that name when it may speak for a unit of this area.
    async fn known(&self, name: &str) -> Result<Option<Device>, store::Error> {
        let device = self.store.device(name).await?;
        Ok(device.filter(|d| d.revoked_at.is_none() && d.area == self.desk.room.area.id))
    }

    /// Takes a device's connection in; an earlier one of the same device must leave.
    fn register(&self, device: &Device) -> (Registration, mpsc::Receiver<Down>) {
        let (down, down_out) = mpsc::channel(DOWN_QUEUED_MAX);
        let mut inner = self.lock();
        let registration = self.enter(&mut inner, device, down);
        if let Some(connected) = inner.connected.get_mut(&device.name) {
            connected.at_door = true;
        }
        (registration, down_out)
    }

    /// Takes a device behind a broker in, unless it is there already; what it is told goes to `down`.
    fn register_behind(&self, device: &Device, down: mpsc::Sender<Down>) -> Option<Registration> {
        let mut inner = self.lock();
        let there = inner.connected.contains_key(&device.name);
        (!there).then(|| self.enter(&mut inner, device, down))
    }

    fn enter(&self, inner: &mut Inner, device: &Device, down: mpsc::Sender<Down>) -> Registration {
        let (leave, leave_out) = watch::channel(None);
        inner.connections_made += 1;
        let number = inner.connections_made;
        let (unit, down) = (device.unit.clone(), Some(down));
        let connected = Connected { number, unit, down, at_door: false, leave };
        let earlier = inner.connected.insert(device.name.clone(), connected);
        let known = inner.familiar(&device.name);
        let mut known = locked(&known);
        known.seen.connections += 1;
        if let Some(mut earlier) = earlier {
            known.seen.takeovers += 1;
            tracing::info!(device = device.name, "a second connection takes over");
            earlier.must_leave(Leave::TakenOver);
            self.health.count(DoorCount::TakenOver);
            self.tell(&mut known, device, DeviceNote::TookOver);
        }
        self.health.connected();
        Registration {
            devices: self.clone(),
            name: device.name.clone(),
            unit: device.unit.clone(),
            number,
            leave: leave_out,
            taken_out: false,
        }
    }

    /// Sends orders to the connected devices of their units until the desk is gone.
    pub async fn deliver(self, mut orders: mpsc::Receiver<OrderNote>) {
        while let Some(note) = orders.recv().await {
            let payload = payload::native::encode_order(&note);
            let inner = self.lock();
            let of_unit = inner.connected.iter().filter(|(_, c)| c.unit == note.unit);
            for (name, connected) in of_unit {
                let topic = payload::native::order_topic(name);
                // A queue that is full or gone loses nothing: the desk repeats what is not confirmed.
                if let Some(down) = &connected.down {
                    let _ = down.try_send(Down::Message { topic, payload: payload.clone() });
                }
            }
        }
    }

    /// Tells connections at the door while the store takes nothing, for as long as it runs.
    pub async fn watch_the_store(self) {
        let mut check = tokio::time::interval(STUCK_AFTER);
        check.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut before = None;
        loop {
            check.tick().await;
            let stored = (self.desk.in_flight() > 0).then(|| self.health.fixes_stored());
            let is_stuck = stored.is_some() && stored == before;
            before = stored;
            if is_stuck {
                let inner = self.lock();
                let at_door = inner.connected.values().filter(|connected| connected.at_door);
                for down in at_door.filter_map(|connected| connected.down.as_ref()) {
                    // Whose queue is full is told with the next check.
                    let _ = down.try_send(Down::Stuck);
                }
            }
        }
    }

    /// Sends the devices away whose right has ended since they connected, for as long as it runs.
    pub async fn dismiss_revoked(self) {
        let mut check = tokio::time::interval(RIGHTS_CHECKED);
        check.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            check.tick().await;
            let since = self.desk.now().plus_ms(-REVOKED_SINCE_MS);
            let revoked = self.store.devices_revoked_since(&self.desk.room.area.id, since).await;
            // A store that cannot be asked is no reason to send an ambulance away.
            let revoked = revoked.unwrap_or_default();
            let mut inner = self.lock();
            for name in &revoked {
                if let Some(connected) = inner.connected.get_mut(name) {
                    connected.must_leave(Leave::Revoked);
                }
            }
        }
    }

    /// The number under which the fleet knows a device; the desk is told its name before its first position.
    fn source_of(&self, device: &Device, known: &Familiar) -> SourceId {
        let mut known = locked(known);
        if !known.told {
            self.tell(&mut known, device, DeviceNote::Known);
        }
        SourceId(device.number)
    }

    /// Tells the desk what a device did beside giving its position.
    fn note(&self, device: &Device, known: &Familiar, note: DeviceNote) {
        self.tell(&mut locked(known), device, note);
    }

    /// A desk that has no room to hear it loses a count, and is told the name the next time.
    fn tell(&self, known: &mut Known, device: &Device, note: DeviceNote) {
        let source = SourceId(device.number);
        let card = DeviceCard { source, name: device.name.clone(), kind: device.kind };
        known.told |= self.desk.note_device(&device.unit, card, note);
    }

    /// What is known of every device's connections since the start, by name.
    #[must_use]
    pub fn seen(&self) -> BTreeMap<String, Seen> {
        let inner = self.lock();
        let seen = |(name, known): (&String, &Familiar)| {
            let connected = inner.connected.contains_key(name);
            (name.clone(), Seen { connected, ..locked(known).seen })
        };
        inner.known.iter().map(seen).collect()
    }

    /// What is known of a device: whoever hears it keeps this, since every position asks.
    fn familiar(&self, device: &str) -> Familiar {
        self.lock().familiar(device)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        locked(&self.inner)
    }
}

/// What a panic left behind a lock is whole: every change is a single assignment or insertion.
fn locked<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn familiar(&mut self, device: &str) -> Familiar {
        if let Some(known) = self.known.get(device) {
            return known.clone();
        }
        self.known.entry(device.to_owned()).or_default().clone()
    }
}

impl Registration {
    /// Takes the connection out; answers whether it was the last of its unit.
    fn take_out(&mut self) -> bool {
        if std::mem::replace(&mut self.taken_out, true) {
            return false;
        }
        self.devices.health.disconnected();
        let mut inner = self.devices.lock();
        let ours = inner.connected.get(&self.name).is_some_and(|c| c.number == self.number);
        if ours {
            inner.connected.remove(&self.name);
        }
        ours && !inner.connected.values().any(|c| c.unit == self.unit)
    }

    /// Takes the connection out; when this answers, the desk has heard of it.
    async fn end(mut self) {
        if self.take_out() {
            self.devices.desk.link(self.unit.clone(), false).await;
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if self.take_out()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (desk, unit) = (self.devices.desk.clone(), self.unit.clone());
            runtime.spawn(async move { desk.link(unit, false).await });
        }
    }
}
