//! The one task that owns an area: take, decide, commit, apply, announce. Nobody is told anything that is not on disk.
//!
//! Commands that arrive together are committed together (group commit). Queries are answered between commits, so nobody
//! ever sees a state that a failed commit took back.

mod announce;
mod commit;
pub mod keeper;
pub mod order;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::chain::Entry;
use crate::clock::{Clock, Timestamp};
use crate::dispatch::Dispatch;
use crate::dispatch::command::{Command, Refusal};
use crate::dispatch::fleet::Judged;
use crate::dispatch::unit::{DeviceCard, DeviceNote, Fix, SourceId};
use crate::health::Health;
use crate::ids::{CommandId, IncidentId, UnitId};
use crate::in_use;
use crate::live::Hub;
use crate::live::frame::Mark;
use crate::private::{CaseFile, PositionNews, Private};
use crate::roads::in_use::InUse;
use crate::roads::learned::Learned;
use crate::room::Room;
use crate::store::{self, FixClass, Store, TrackFix};
use crate::tracks::{IN_FLIGHT_MAX, Parcel};
use keeper::{Aside, Keeper};
use order::OrderNote;

/// Commands waiting for the desk. Full: the next one is refused with 503 at once, never queued without end.
const COMMANDS_QUEUED_MAX: usize = 1_024;
/// Messages with positions waiting for the desk; each holds a permit, so senders wait before this fills.
const PARCELS_QUEUED_MAX: usize = IN_FLIGHT_MAX;
/// Commands committed together at most.
const BATCH_MAX: usize = 64;
/// Messages with positions that are judged between two looks at what people ask: a few milliseconds.
const SIGHTINGS_AT_ONCE_MAX: usize = 4_096;
/// Orders waiting for the device door. Full: dropped, and repeated at the next tick.
pub const ORDERS_QUEUED_MAX: usize = 4_096;
/// Time passes for the desk in these steps.
const TICK: Duration = Duration::from_secs(1);
/// Positions are judged in these steps, all that came in meanwhile, and then go to the screens.
const FRAME: Duration = Duration::from_millis(50);

/// Who asks, and in what words the log names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor(pub String);

/// A command with everything that the log keeps of it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The same id twice is the same request.
    pub id: CommandId,
    pub actor: Actor,
    pub device_at: Option<Timestamp>,
    pub command: Command,
    /// Personal data of the call.
    pub private: Option<Private>,
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Done {
    /// What the log says of it; empty when it changed nothing.
    pub entries: Vec<Entry>,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the desk has more commands waiting than it takes")]
    Busy,
    #[error("the desk has stopped")]
    Stopped,
    #[error("nothing was changed: {0}")]
    Store(String),
    #[error("this command met a fault in the program; nothing was changed")]
    Bug,
}

type Reply = oneshot::Sender<Result<Done, Error>>;
type Look = Box<dyn FnOnce(&Dispatch, &Papers) + Send>;

enum Ask {
    Carry(Box<Request>, Reply),
    Look(Look),
    Link { unit: UnitId, online: bool },
    Device { unit: UnitId, card: DeviceCard, note: DeviceNote },
    CallerPosition { incident: IncidentId, news: PositionNews },
}

/// Positions of one message from one unit.
struct Sighting {
    unit: UnitId,
    fixes: Vec<Fix>,
    stored: oneshot::Sender<()>,
    permit: OwnedSemaphorePermit,
}

/// The permits that so many positions need.
fn weight(fixes: usize) -> u32 {
    u32::try_from(fixes.max(1)).unwrap_or(u32::MAX)
}

/// What the desk keeps beside the core: names and the personal data of the incidents in view.
#[derive(Debug)]
pub struct Papers {
    pub room: Arc<Room>,
    private: BTreeMap<IncidentId, CaseFile>,
}

impl Papers {
    #[must_use]
    pub fn private_of(&self, incident: IncidentId) -> Option<&CaseFile> {
        self.private.get(&incident)
    }
}

/// How the rest of the house speaks to a desk. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Desk {
    asks: mpsc::Sender<Ask>,
    sightings: mpsc::Sender<Sighting>,
    permits: Arc<Semaphore>,
    clock: Clock,
    pub room: Arc<Room>,
    pub hub: Hub,
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Carry(request, _) => f.debug_tuple("Carry").field(&request.id).finish(),
            Self::Look(_) => f.write_str("Look"),
            Self::Link { unit, online } => f.debug_tuple("Link").field(unit).field(online).finish(),
            Self::Device { card, note, .. } => {
                f.debug_tuple("Device").field(&card.name).field(note).finish()
            }
            Self::CallerPosition { incident, .. } => {
                f.debug_tuple("CallerPosition").field(incident).finish()
            }
        }
    }
}

impl std::fmt::Debug for Sighting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Sighting").field(&self.unit).field(&self.fixes.len()).finish()
    }
}

impl Desk {
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Carries out a command; the answer comes after its commit.
    pub async fn carry(&self, request: Request) -> Result<Done, Error> {
        let (reply, answer) = oneshot::channel();
        self.asks.try_send(Ask::Carry(Box::new(request), reply)).map_err(|full| match full {
            mpsc::error::TrySendError::Full(_) => Error::Busy,
            mpsc::error::TrySendError::Closed(_) => Error::Stopped,
        })?;
        answer.await.map_err(|_| Error::Stopped)?
    }

    /// Reads the committed state.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Dispatch, &Papers) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let look: Look = Box::new(move |dispatch, papers| {
            // Whoever asked may have gone away meanwhile.
            let _ = reply.send(look(dispatch, papers));
        });
        self.asks.send(Ask::Look(look)).await.map_err(|_| Error::Stopped)?;
        answer.await.map_err(|_| Error::Stopped)
    }

    /// The permit for so many positions to be on their way to the store, if it can be had now.
    #[must_use]
    pub fn permit(&self, fixes: usize) -> Option<OwnedSemaphorePermit> {
        self.permits.clone().try_acquire_many_owned(weight(fixes)).ok()
    }

    /// Positions that were taken in and are not durable yet, with at least one for each message.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        IN_FLIGHT_MAX.saturating_sub(self.permits.available_permits())
    }

    /// Waits for the permit: that is the back-pressure to the devices.
    pub async fn permit_for(&self, fixes: usize) -> Result<OwnedSemaphorePermit, Error> {
        let permit = self.permits.clone().acquire_many_owned(weight(fixes));
        permit.await.map_err(|_| Error::Stopped)
    }

    /// Hands in positions of a unit, oldest first, with their permit; the answer comes when they are durable.
    pub fn report(
        &self,
        unit: UnitId,
        fixes: Vec<Fix>,
        permit: OwnedSemaphorePermit,
    ) -> Result<oneshot::Receiver<()>, Error> {
        let (stored, answer) = oneshot::channel();
        let sighting = Sighting { unit, fixes, stored, permit };
        // Never full: every message in it holds a permit, of which there are no more.
        self.sightings.try_send(sighting).map_err(|_| Error::Stopped)?;
        Ok(answer)
    }

    /// Says what a device of a unit did beside giving its position; answers whether the desk had room to hear it.
    #[must_use]
    pub fn note_device(&self, unit: &UnitId, card: DeviceCard, note: DeviceNote) -> bool {
        self.asks.try_send(Ask::Device { unit: unit.clone(), card, note }).is_ok()
    }

    /// Says what became of a caller's position; the store knows it already.
    pub async fn note_position(&self, incident: IncidentId, news: PositionNews) {
        // A desk that has stopped has nobody left to tell; the next one reads the store.
        let _ = self.asks.send(Ask::CallerPosition { incident, news }).await;
    }

    /// Says that a unit's device came or went.
    pub async fn link(&self, unit: UnitId, online: bool) {
        // A desk that has stopped has nobody left to tell.
        let _ = self.asks.send(Ask::Link { unit, online }).await;
    }
}

/// What a desk works with.
#[derive(Debug)]
pub struct Setup {
    pub room: Arc<Room>,
    pub store: Store,
    pub clock: Clock,
    pub health: Health,
    /// Where orders for devices go.
    pub orders: mpsc::Sender<OrderNote>,
    /// Where positions go to be stored.
    pub parcels: mpsc::Sender<Parcel>,
    pub roads: InUse,
    pub learned: in_use::InUse<Learned>,
}

/// Rebuilds the area from its log and starts its desk. The task ends when every `Desk` is gone.
pub async fn start(setup: Setup) -> Result<(Desk, JoinHandle<()>), store::Error> {
    let hub = Hub::new(setup.room.units().len());
    let (asks, asks_in) = mpsc::channel(COMMANDS_QUEUED_MAX);
    let (sightings, sightings_in) = mpsc::channel(PARCELS_QUEUED_MAX);
    let desk = Desk {
        asks,
        sightings,
        permits: Arc::new(Semaphore::new(IN_FLIGHT_MAX)),
        clock: setup.clock.clone(),
        room: setup.room.clone(),
        hub: hub.clone(),
    };
    let task = Task::rebuild(setup, hub).await?;
    let task = tokio::spawn(task.run(asks_in, sightings_in));
    Ok((desk, task))
}

/// The task: moves messages, awaits the store and the clock, and leaves every judgement to its keeper.
struct Task {
    setup: Setup,
    keeper: Keeper,
    hub: Hub,
    /// What changed beside the log, and of which the screens were not told yet.
    aside: Aside,
    /// Positions that were judged and go to the store together.
    parcel: Parcel,
}

impl Task {
    async fn rebuild(setup: Setup, hub: Hub) -> Result<Self, store::Error> {
        let mut keeper = Keeper::new(setup.room.clone());
        keeper.set_roads(setup.roads.borrow().clone());
        let (aside, parcel) = (Aside::default(), Parcel::default());
        let mut task = Self { setup, keeper, hub, aside, parcel };
        task.catch_up().await?;
        task.restore_positions().await?;
        Ok(task)
    }

    async fn restore_positions(&mut self) -> Result<(), store::Error> {
        let area = &self.setup.room.area.id;
        for stored in self.setup.store.last_fixes(area).await? {
            let Some(unit) = self.setup.room.unit(stored.unit_index) else { continue };
            let fix = Fix {
                device_at: stored.device_at,
                received_at: stored.received_at,
                position: stored.position,
                speed_kmh: stored.speed_kmh,
                heading_deg: stored.heading_deg,
                accuracy_m: stored.accuracy_m,
                battery_pct: stored.battery_pct,
                behind_ms: None,
                mocked: false,
                source: SourceId::default(),
            };
            self.keeper.restore_fix(&unit.id, fix);
            self.hub.mark(stored.unit_index, mark_of(&fix));
        }
        Ok(())
    }

    async fn run(mut self, mut asks: mpsc::Receiver<Ask>, mut sightings: mpsc::Receiver<Sighting>) {
        let clock = self.setup.clock.clone();
        let mut roads = self.setup.roads.clone();
        let mut learned = self.setup.learned.clone();
        let mut tick = tokio::time::interval(clock.real_duration(TICK));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut frame = tokio::time::interval(FRAME);
        frame.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        // More positions came in than are judged at once.
        let mut is_behind = false;
        loop {
            // In this order: people first, then time, then positions.
            tokio::select! {
                biased;
                ask = asks.recv() => match ask {
                    Some(ask) => {
                        let mut batch = vec![ask];
                        while batch.len() < BATCH_MAX
                            && let Ok(next) = asks.try_recv()
                        {
                            batch.push(next);
                        }
                        self.work(batch).await;
                    }
                    None => break,
                },
                _ = tick.tick() => self.work(Vec::new()).await,
                Ok(()) = roads.changed() => {
                    self.keeper.set_roads(roads.borrow_and_update().clone());
                }
                Ok(()) = learned.changed() => {
                    self.keeper.set_learned(learned.borrow_and_update().clone());
                }
                _ = frame.tick() => {
                    is_behind = self.see_what_came_in(&mut sightings);
                    self.hub.frame();
                }
                () = std::future::ready(()), if is_behind => {
                    is_behind = self.see_what_came_in(&mut sightings);
                }
            }
        }
        while self.see_what_came_in(&mut sightings) {}
    }

    /// Judges what came in since the last time; says whether there is more of it.
    fn see_what_came_in(&mut self, sightings: &mut mpsc::Receiver<Sighting>) -> bool {
        let mut seen = 0;
        while seen < SIGHTINGS_AT_ONCE_MAX
            && let Ok(sighting) = sightings.try_recv()
        {
            self.see(sighting);
            seen += 1;
        }
        if seen > 0 {
            let parcel = std::mem::take(&mut self.parcel);
            if let Err(refused) = self.setup.parcels.try_send(parcel) {
                // Cannot be full while every parcel holds a permit; closed means that the program is ending.
                tracing::debug!(error = %refused, "positions not taken; the devices keep them");
            }
        }
        seen == SIGHTINGS_AT_ONCE_MAX
    }

    /// Judges positions, shows the newest and puts all but duplicates into the parcel.
    fn see(&mut self, sighting: Sighting) {
        let Sighting { unit, fixes, stored, permit } = sighting;
        for fix in fixes {
            let Some(judged) = self.keeper.observe(&unit, fix) else {
                tracing::warn!(%unit, "positions of a unit that is not on the roster");
                return;
            };
            if let Some(live) = judged.live {
                self.hub.mark(judged.index, mark_of(&live));
            }
            if judged.switched {
                self.aside.units.push(unit.clone());
            }
            if judged.class != FixClass::Duplicate {
                self.parcel.fixes.push(track_fix(&fix, &judged));
            }
        }
        self.parcel.stored.push(stored);
        self.parcel.hold(Some(permit));
    }

    fn send_order(&self, note: OrderNote) {
        let unit = note.unit.clone();
        if self.setup.orders.try_send(note).is_err() {
            tracing::warn!(%unit, "the device door is behind; the order is sent again shortly");
        }
    }
}

fn mark_of(fix: &Fix) -> Mark {
    Mark {
        position: fix.position,
        heading_deg: fix.heading_deg,
        battery_pct: fix.battery_pct,
        at: fix.device_at,
    }
}

fn track_fix(fix: &Fix, judged: &Judged) -> TrackFix {
    TrackFix {
        unit_index: judged.index,
        device: fix.source.0,
        device_at: judged.taken_at,
        said_at: fix.device_at,
        received_at: fix.received_at,
        position: fix.position,
        speed_kmh: fix.speed_kmh,
        heading_deg: fix.heading_deg,
        accuracy_m: fix.accuracy_m,
        battery_pct: fix.battery_pct,
        class: judged.class,
    }
}
