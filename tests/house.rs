//! A running server for tests: real sockets on loopback, a temporary store, a clock that runs as always.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use siaga::client::Client;
use siaga::clock::Clock;
use siaga::config::{Broker, Config};
use siaga::device;
use siaga::ids::{AreaId, UnitId};
use siaga::server::{Ports, Server};
use siaga::setup;
use siaga::store::{DeviceKind, Role, Store};

pub const AREA: &str = "35.09";
/// Nothing in these tests takes longer than this on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);

/// A directory that is removed when the test is over.
pub struct TempDir(pub PathBuf);

impl TempDir {
    pub fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("siaga-test-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&dir).expect("the temporary directory is writable");
        Self(dir)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server with its directory.
pub struct House {
    pub server: Server,
    pub dir: TempDir,
    /// Of the store.
    url: String,
    config: Config,
}

/// What is left of a server that has crashed.
pub struct Crashed {
    dir: TempDir,
    url: String,
    config: Config,
}

impl Crashed {
    /// Starts another server on the same data.
    pub async fn restart(self) -> House {
        let Self { dir, url, config } = self;
        let server = serve(&config, Store::open(&url).await.expect("a store")).await;
        House { server, dir, url, config }
    }
}

/// A device's name and secret.
pub struct Credentials {
    pub name: String,
    pub secret: String,
}

pub fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

pub async fn open_store(dir: &Path) -> Store {
    Store::open(&url_of(dir)).await.expect("a store")
}

fn url_of(dir: &Path) -> String {
    format!("sqlite:{}", dir.display())
}

impl House {
    /// A server for the first units of Jember.
    pub async fn with_units(units: usize) -> Self {
        let dir = TempDir::new();
        let url = url_of(&dir.0);
        Self::on(url, dir, units).await
    }

    /// The same on PostgreSQL; none when that is left out on purpose.
    pub async fn on_postgres(units: usize) -> Option<Self> {
        let url = crate::postgres_server::fresh_database().await?;
        Some(Self::on(url, TempDir::new(), units).await)
    }

    async fn on(url: String, dir: TempDir, units: usize) -> Self {
        let store = Store::open(&url).await.expect("a store");
        let config = Config {
            area: AREA.to_owned(),
            http: any_port(),
            mqtt: any_port(),
            ..Config::default()
        };
        Self::of(config, store, url, dir, units).await
    }

    async fn of(config: Config, store: Store, url: String, dir: TempDir, units: usize) -> Self {
        setup::area(&store, &config.area, units).await.expect("an area");
        let area = AreaId::new(&config.area).expect("a code");
        setup::demo_facilities(&store, &area).await.expect("facilities");
        let server = serve(&config, store).await;
        Self { server, dir, url, config }
    }

    /// A server as the settings say.
    pub async fn by(config: Config, units: usize) -> Self {
        let dir = TempDir::new();
        let url = url_of(&dir.0);
        let store = Store::open(&url).await.expect("a store");
        Self::of(config, store, url, dir, units).await
    }

    /// A server that listens to a broker beside its door.
    pub async fn behind(broker: Broker, units: usize) -> Self {
        let (http, mqtt) = (any_port(), any_port());
        let config = Config { area: AREA.to_owned(), http, mqtt, ..Config::default() };
        Self::by(Config { broker: Some(broker), ..config }, units).await
    }

    /// The same on PostgreSQL; none when that is left out on purpose.
    pub async fn by_on_postgres(config: Config, units: usize) -> Option<Self> {
        let url = crate::postgres_server::fresh_database().await?;
        let store = Store::open(&url).await.expect("a store");
        Some(Self::of(config, store, url, TempDir::new(), units).await)
    }

    /// Stops the server as a crash would and starts another on the same data.
    pub async fn crash_and_restart(self) -> Self {
        self.crash().await.restart().await
    }

    /// The same; something is done to the data's directory in between.
    pub async fn crash_and_repair(self, repair: impl FnOnce(&Path)) -> Self {
        let crashed = self.crash().await;
        repair(&crashed.dir.0);
        crashed.restart().await
    }

    /// Stops the server as a crash would.
    pub async fn crash(self) -> Crashed {
        let Self { server, dir, url, config } = self;
        let store = server.store.clone();
        drop(server);
        store.close().await;
        Crashed { dir, url, config }
    }

    /// Where the store is, for a way to it behind the server's back.
    pub fn store_url(&self) -> &str {
        &self.url
    }

    pub fn unit(&self, index: usize) -> UnitId {
        self.server.desk.room.units()[index].id.clone()
    }

    pub async fn sign_in(&self, role: Role) -> Client {
        let name = format!("{role:?}").to_lowercase();
        let unit = (role == Role::Crew).then(|| self.unit(0));
        let area = AreaId::new(&self.config.area).expect("a code");
        let now = self.server.desk.now();
        let password = setup::person(&self.server.store, &area, &name, role, unit, now).await;
        let password = password.expect("a person");
        Client::sign_in(self.server.http, &name, &password).await.expect("signs in")
    }

    pub async fn enrol(&self, unit: usize, kind: DeviceKind) -> Credentials {
        let area = AreaId::new(AREA).expect("a code");
        let now = self.server.desk.now();
        let (device, secret) = device::enrolment::enrol(area, self.unit(unit), kind, now);
        self.server.store.add_devices(std::slice::from_ref(&device)).await.expect("enrolled");
        Credentials { name: device.name, secret }
    }

    /// Takes a call at a unit's post; answers the incident's id.
    pub async fn call_at(&self, operator: &Client, unit: usize) -> String {
        let post = self.server.desk.room.units()[unit].post;
        let call = json!({"channel": "phone", "place": {"lat": post.lat(), "lon": post.lon()}});
        let answer = operator.post("/api/v1/calls", &call).await.expect("answered");
        assert_eq!(answer.status, 201, "{}", answer.json());
        text(&answer.json(), "incident_id")
    }

    /// Orders a unit out; answers the assignment's id.
    pub async fn order(&self, operator: &Client, incident: &str, unit: usize) -> String {
        let path = format!("/api/v1/incidents/{incident}/assignments");
        let answer = operator.post(&path, &json!({"unit": self.unit(unit)})).await;
        let answer = answer.expect("answered");
        assert_eq!(answer.status, 201, "{}", answer.json());
        text(&answer.json(), "id")
    }
}

async fn serve(config: &Config, store: Store) -> Server {
    let ports = Ports::take(config.http, config.mqtt).await.expect("free ports");
    Server::start(config, ports, store, Clock::real()).await.expect("a server")
}

/// A text field of an answer.
pub fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
}

/// A device on a real MQTT connection.
pub struct Tracker {
    pub name: String,
    pub client: AsyncClient,
    pub events: EventLoop,
}

impl Tracker {
    /// Connects and listens to its own topics.
    pub async fn connect(server: &Server, credentials: &Credentials) -> Self {
        let mut tracker = Self::open(server, credentials);
        let own = format!("siaga/v1/{}/+", credentials.name);
        tracker.client.subscribe(own, QoS::AtLeastOnce).await.expect("queued");
        tracker.until(|packet| matches!(packet, Packet::SubAck(_))).await;
        tracker
    }

    pub fn open(server: &Server, credentials: &Credentials) -> Self {
        let (host, port) = (server.mqtt.ip().to_string(), server.mqtt.port());
        let mut options = MqttOptions::new(&credentials.name, host, port);
        options.set_credentials(&credentials.name, &credentials.secret);
        options.set_keep_alive(Duration::from_secs(30));
        let (client, events) = AsyncClient::new(options, 64);
        Self { name: credentials.name.clone(), client, events }
    }

    pub async fn publish(&self, channel: &str, payload: &Value) {
        let topic = format!("siaga/v1/{}/{channel}", self.name);
        let sent = self.client.publish(topic, QoS::AtLeastOnce, false, payload.to_string()).await;
        sent.expect("queued");
    }

    /// Says a step of an order.
    pub async fn say(&self, seq: u64, assignment: &str, status: &str, now_ms: i64) {
        let payload = json!({"boot": "t1", "base": 1, "seq": seq, "t": now_ms,
            "assignment": assignment, "status": status, "reason": "ban kempes", "revision": 1});
        self.publish("status", &payload).await;
    }

    /// Waits for a packet from the server.
    pub async fn until(&mut self, wanted: impl Fn(&Packet) -> bool) -> Packet {
        let found = async {
            loop {
                match self.events.poll().await {
                    Ok(Event::Incoming(packet)) if wanted(&packet) => return packet,
                    Ok(_) => {}
                    Err(error) => panic!("the device's connection failed: {error}"),
                }
            }
        };
        tokio::time::timeout(SOON, found).await.expect("a packet in time")
    }

    /// Waits for a message on one of its channels.
    pub async fn message(&mut self, channel: &str) -> Value {
        let topic = format!("siaga/v1/{}/{channel}", self.name);
        let on_topic =
            |packet: &Packet| matches!(packet, Packet::Publish(publish) if publish.topic == topic);
        let Packet::Publish(publish) = self.until(on_topic).await else { unreachable!() };
        serde_json::from_slice(&publish.payload).expect("JSON")
    }
}

/// Tries something until it is so.
pub async fn eventually<F, T>(mut check: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let found = async {
        loop {
            if let Some(found) = check().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, found).await.expect("it became so in time")
}
