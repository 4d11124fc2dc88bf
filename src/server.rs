//! One running server: the store, the desk, the device door and HTTP put together.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::timeout;

use crate::boundaries;
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::{self, Desk, ORDERS_QUEUED_MAX, Setup};
use crate::device::door::Places;
use crate::device::tls::Keys;
use crate::device::web::{self, Web};
use crate::device::{Devices, broker, door};
use crate::health::Health;
use crate::http::devices::Guesses;
use crate::http::finding::Finder;
use crate::http::tiles::Tiles;
use crate::http::visitors::Visitors;
use crate::http::{self, Shared};
use crate::ids::AreaId;
use crate::in_use::{self, InUse, Watch};
use crate::learning::Learner;
use crate::live::socket::{self, Live};
use crate::neighbour::{self, Neighbours};
use crate::packing::{self, Packer};
use crate::reads::{self, Reads};
use crate::retention;
use crate::roads::{self, learned::Learned};
use crate::room::Room;
use crate::sessions::Sessions;
use crate::setup;
use crate::store::{self, Store};
use crate::tracks;

/// How long a stopping server waits for requests that are under way.
const STOP_WITHIN: Duration = Duration::from_secs(3);
/// How long a failed part may take to be seen after those that lived by it.
const FAULT_SEEN_WITHIN: Duration = Duration::from_secs(1);
/// The part that a stopping server waits for.
const CONSOLE: &str = "the console";

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{what} cannot listen on {address}: {source}. Choose another with {setting}")]
    Listen {
        what: &'static str,
        address: SocketAddr,
        setting: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Setup(#[from] setup::Error),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Neighbour(#[from] neighbour::Unusable),
    #[error("the device door over TLS: {0}")]
    Keys(String),
}

/// A running server; stops when told to or when dropped.
#[derive(Debug)]
pub struct Server {
    pub http: SocketAddr,
    pub mqtt: SocketAddr,
    /// The device door over TLS, where there is one.
    pub mqtts: Option<SocketAddr>,
    pub desk: Desk,
    pub store: Store,
    pub health: Health,
    pub reads: Reads,
    stop: watch::Sender<bool>,
    /// The parts by name; none ends before the server is stopped unless something is wrong with it.
    background: Vec<Part>,
}

/// A part of the server, by its name.
type Part = (&'static str, JoinHandle<()>);

/// The ports of a server, taken before anything is done to the data: a second server on the same ports must not
/// touch what the first one works with.
#[derive(Debug)]
pub struct Ports {
    http: TcpListener,
    mqtt: TcpListener,
}

impl Ports {
    pub async fn take(http: SocketAddr, mqtt: SocketAddr) -> Result<Self, Error> {
        Ok(Self {
            http: listen("the console", http, "'http' or --http").await?,
            mqtt: listen("the device door", mqtt, "'mqtt' or --mqtt").await?,
        })
    }
}

impl Ports {
    /// Where the console will be.
    pub fn http(&self) -> std::io::Result<SocketAddr> {
        self.http.local_addr()
    }
}

impl Server {
    /// Starts everything; when it answers, people and devices are served.
    pub async fn start(
        config: &Config,
        ports: Ports,
        store: Store,
        clock: Clock,
    ) -> Result<Self, Error> {
        let (http, mqtt) = (local(&ports.http, config.http), local(&ports.mqtt, config.mqtt));
        let room = Arc::new(room(config, &store).await?);
        let area = room.area.id.clone();
        let known = Known::start(config, &store, &room, &clock).await;
        let neighbours = Neighbours::new(area.clone(), &config.neighbour)?;
        let health = Health::default();
        let (parcels, writer) = tracks::start(area.clone(), store.clone(), health.clone());
        let (reads, auditor) =
            reads::start(area.clone(), store.clone(), clock.clone(), health.clone());
        let (orders, orders_out) = mpsc::channel(ORDERS_QUEUED_MAX);
        let setup = Setup {
            room,
            store: store.clone(),
            clock: clock.clone(),
            health: health.clone(),
            orders,
            parcels,
            roads: known.roads.clone(),
            learned: known.learned.clone(),
        };
        let (desk, keeper) = desk::start(setup).await?;

        let devices = Devices::new(store.clone(), desk.clone(), health.clone());
        let (mqtts, hearing) = ways_in(config, ports.mqtt, &devices).await?;
        let web = Web::new(devices.clone());
        let courier = tokio::spawn(devices.clone().deliver(orders_out));

        let tidying = tidying(&store, &area, config, &clock);
        let telling = tokio::spawn(neighbours.clone().deliver(desk.clone()));
        let sessions = Sessions::new(store.clone(), clock, desk.room.area.id.clone());
        let shared = Shared {
            devices,
            desk: desk.clone(),
            store: store.clone(),
            sessions: sessions.clone(),
            health: health.clone(),
            reads: reads.clone(),
            neighbours,
            guesses: Guesses::default(),
            door: config.public_door(http, mqtt),
            visitors: Visitors::default(),
            tiles: tiles(config, known.roads.clone()),
            finder: Finder::new(known.roads),
            boundaries: known.boundaries,
            learned: known.learned,
        };
        let live = socket::router(Live { desk: desk.clone(), sessions, reads: reads.clone() });
        let phones = web::router(web.clone(), config.gateway.clone());
        let app = http::router(shared).merge(live).merge(phones);
        let (stop, stopped) = watch::channel(false);
        let mut background = vec![
            (CONSOLE, tokio::spawn(serve(ports.http, app, stopped))),
            ("the desk", keeper),
            ("the writer of positions", writer),
            ("the orders to devices", courier),
            ("the devices over HTTP", tokio::spawn(web.watch())),
            ("the audit of reads", auditor),
            ("the messages to neighbouring areas", telling),
        ];
        background.extend(known.parts.into_iter().chain(tidying).chain(hearing));
        Ok(Self { http, mqtt, mqtts, desk, store, health, reads, stop, background })
    }

    /// Completes, with its name, when a part has ended that should run as long as the server: a fault in the program.
    ///
    /// A server without one of its parts must not go on looking well; the program ends and is started again.
    pub async fn fault(&mut self) -> &'static str {
        let (mut part, mut why) = self.ended().await;
        // Parts end with the one that they live by, and may be seen to do so first: name the one that failed.
        while why.is_ok()
            && let Ok((next, next_why)) = timeout(FAULT_SEEN_WITHIN, self.ended()).await
        {
            if next_why.is_err() {
                (part, why) = (next, next_why);
            }
        }
        tracing::error!(part, ?why, "a part of the server has ended by itself");
        part
    }

    /// The next part that ends, and how.
    async fn ended(&mut self) -> (&'static str, Result<(), JoinError>) {
        if self.background.is_empty() {
            return std::future::pending().await;
        }
        let parts = self.background.iter_mut().map(|(_, task)| task);
        let (ended, index, _) = futures_util::future::select_all(parts).await;
        (self.background.remove(index).0, ended)
    }

    /// Stops taking requests, lets those under way finish, and closes the store.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // Live sockets do not end by themselves; nothing that was acknowledged depends on waiting for them.
        if let Some((_, serving)) = self.background.iter_mut().find(|(name, _)| *name == CONSOLE) {
            let _ = timeout(STOP_WITHIN, serving).await;
        }
        // A store that takes nothing any more must not keep the program from ending.
        let _ = timeout(STOP_WITHIN, self.reads.written()).await;
        self.halt();
        self.store.close().await;
    }

    fn halt(&self) {
        for (_, task) in &self.background {
            task.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.halt();
    }
}

/// The map's tiles: a file may be named, or dropped where the data is.
fn tiles(config: &Config, roads: roads::in_use::InUse) -> Tiles {
    let folder = config.store.strip_prefix("sqlite:").map(PathBuf::from);
    Tiles::new(roads, config.roads.basemap.clone(), folder)
}

/// The room of the area, by the settings.
async fn room(config: &Config, store: &Store) -> Result<Room, Error> {
    let room = setup::room(store, &config.area).await?;
    let room = room.dispatching_by(config.dispatch.clone()).with_neighbours(&config.neighbour);
    Ok(match &config.villages_at {
        Some(places) => room.with_villages_at(places),
        None => room,
    })
}

/// What is known beside the log, each replaced by a newer one while the server runs.
struct Known {
    roads: roads::in_use::InUse,
    boundaries: boundaries::in_use::InUse,
    learned: InUse<Learned>,
    /// Those that look for the newer ones.
    parts: Vec<Part>,
}

impl Known {
    async fn start(config: &Config, store: &Store, room: &Arc<Room>, clock: &Clock) -> Self {
        let kind = roads::in_use::kind(config.roads.speeds.clone());
        let (over_roads, roads) = Watch::start(kind, config.roads.file.clone()).await;
        let kind = boundaries::in_use::kind(room.area.id.to_string());
        let file = config.boundaries.file.clone();
        let (over_boundaries, boundaries) = Watch::start(kind, file).await;
        let mut parts = vec![
            ("the watch over the roads", tokio::spawn(over_roads.run())),
            ("the watch over the boundaries", tokio::spawn(over_boundaries.run())),
        ];
        let learned = if config.roads.learn {
            let (learner, learned) = Learner::new(store.clone(), room.clone());
            let learning = tokio::spawn(learner.run(clock.clone()));
            parts.push(("the learning of travel times", learning));
            learned
        } else {
            in_use::fixed(None)
        };
        Self { roads, boundaries, learned, parts }
    }
}

/// The parts that keep the store small: packing positions, and removing what is older than it is kept.
fn tidying(
    store: &Store,
    area: &AreaId,
    config: &Config,
    clock: &Clock,
) -> [(&'static str, JoinHandle<()>); 2] {
    let keep = config.retention;
    let packer = Packer::new(store.clone(), area.clone(), keep.positions_whole_days);
    let sweeper = retention::run(store.clone(), area.clone(), keep, clock.clone());
    [
        ("the packer of positions", tokio::spawn(packing::run(packer, clock.clone()))),
        ("the retention of personal data", tokio::spawn(sweeper)),
    ]
}

/// Serves the console until it is told to stop, or the server was dropped.
async fn serve(listener: TcpListener, app: Router, mut stopped: watch::Receiver<bool>) {
    let stopping = async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, app).with_graceful_shutdown(stopping).await;
    if let Err(error) = served {
        tracing::error!(%error, "the console stopped serving");
    }
}

/// Every way by which devices are heard, and where the door over TLS is.
async fn ways_in(
    config: &Config,
    mqtt: TcpListener,
    devices: &Devices,
) -> Result<(Option<SocketAddr>, Vec<Part>), Error> {
    let places = Places::default();
    let door = door::serve(mqtt, devices.clone(), places.clone(), None);
    let rights = devices.clone().dismiss_revoked();
    let mut parts = vec![
        ("the device door", tokio::spawn(door)),
        ("the check of devices' rights", tokio::spawn(rights)),
        ("the watch over the store", tokio::spawn(devices.clone().watch_the_store())),
    ];
    let mut address = None;
    if let Some(mqtts) = &config.mqtts {
        let keys = Keys::read(mqtts).map_err(Error::Keys)?;
        let what = "the device door over TLS";
        let listener = listen(what, mqtts.address, "'mqtts.address'").await?;
        address = Some(local(&listener, mqtts.address));
        let door = door::serve(listener, devices.clone(), places, Some(keys.clone()));
        parts.push((what, tokio::spawn(door)));
        parts.push(("the watch over the door's certificate", tokio::spawn(keys.watch())));
    }
    if let Some(settings) = &config.broker {
        let broker = broker::run(settings.clone(), devices.clone());
        parts.push(("the connection to the broker", tokio::spawn(broker)));
    }
    Ok((address, parts))
}

async fn listen(
    what: &'static str,
    address: SocketAddr,
    setting: &'static str,
) -> Result<TcpListener, Error> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| Error::Listen { what, address, setting, source })
}

fn local(listener: &TcpListener, asked: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(asked)
}
