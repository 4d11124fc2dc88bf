//! `siaga serve` as an office runs it, on a machine on which things end: the room on its disk, and the program itself.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use rumqttc::QoS;
use rumqttc::mqttbytes::v4::{ConnectReturnCode, Packet, Subscribe};
use serde_json::{Value, json};
use siaga::client::Client;
use siaga::clock::Clock;
use siaga::ids::AreaId;
use tokio::time::timeout;

use crate::door::{RawDevice, connect, publish_as};
use crate::house::{AREA, Credentials, SOON, TempDir, eventually, open_store, text};

/// An area with one device, set up with the commands that the README names.
struct Office {
    dir: TempDir,
    device: Credentials,
    unit: u32,
    password: String,
}

impl Office {
    async fn new(kind: &str) -> Self {
        let dir = TempDir::new();
        let run = |arguments: &[&str]| {
            let run = siaga(&dir.0).args(arguments).output().expect("it runs");
            assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
            String::from_utf8_lossy(&run.stdout).into_owned()
        };
        run(&["init", "--regency", AREA]);
        let password = run(&["user", "add", "--name", "budi", "--role", "operator"]);
        let store = open_store(&dir.0.join("data")).await;
        let area = AreaId::new(AREA).expect("a code");
        let unit = store.units(&area).await.expect("units").swap_remove(0);
        store.close().await;
        let csv = run(&["device", "add", "--unit", unit.id.as_str(), "--kind", kind]);
        let line = csv.lines().nth(1).expect("a device");
        let cells: Vec<&str> = line.split(',').collect();
        let device = Credentials { name: cells[1].to_owned(), secret: cells[2].to_owned() };
        Self { dir, device, unit: unit.index, password: password.trim().to_owned() }
    }

    /// Starts the program; it ends with the value.
    async fn serve(&self) -> Serving {
        let log = self.dir.0.join("said.txt");
        let file = std::fs::File::create(&log).expect("writable");
        // A limit on the size of files is told to the program as an error, as a full disk is, and does not end it.
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" serve", env!("CARGO_BIN_EXE_siaga")]);
        let child = by_itself(&mut shell, &self.dir.0).stderr(file).spawn().expect("it starts");
        let mut serving = Serving { child, console: None, door: None };
        let (console, door) = eventually(|| async { addresses(&log) }).await;
        (serving.console, serving.door) = (Some(console), Some(door));
        serving
    }

    /// Device times of all positions, from the files of a program that has ended or goes on beside.
    async fn track(&self) -> Vec<i64> {
        let store = open_store(&self.dir.0.join("data")).await;
        let now = Clock::real().now();
        let area = AreaId::new(AREA).expect("a code");
        let (from, to) = (now.plus_ms(-86_400_000), now.plus_ms(60_000));
        let track = store.track(&area, self.unit, from, to, 10_000).await.expect("a track");
        store.close().await;
        track.iter().map(|fix| fix.device_at.ms()).collect()
    }
}

fn siaga(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_siaga"));
    by_itself(&mut command, dir);
    command
}

/// In a directory and on ports of its own.
fn by_itself<'c>(command: &'c mut Command, dir: &Path) -> &'c mut Command {
    command.current_dir(dir).env("SIAGA_HTTP", "127.0.0.1:0").env("SIAGA_MQTT", "127.0.0.1:0")
}

/// Console and door, once the program has said them.
fn addresses(log: &Path) -> Option<(SocketAddr, SocketAddr)> {
    let said = std::fs::read_to_string(log).ok()?;
    let (_, after) = said.split_once("console http://")?;
    let (console, after) = after.split_once(", devices mqtt://")?;
    let (door, _) = after.split_once('\n')?;
    Some((console.parse().ok()?, door.trim().parse().ok()?))
}

/// The program; killed, as a cut of the power would, at the end.
struct Serving {
    child: Child,
    console: Option<SocketAddr>,
    door: Option<SocketAddr>,
}

impl Serving {
    fn kill(&mut self) {
        // It may have ended already; either way it is ours and is reaped here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn runs(&mut self) -> bool {
        self.child.try_wait().expect("asked").is_none()
    }

    /// From now on no file of the program grows or changes: `0`; or as it was before: `unlimited`.
    fn let_files_grow(&self, bytes: &str) {
        let process = self.child.id().to_string();
        let limit = format!("--fsize={bytes}:unlimited");
        let done = Command::new("prlimit").args(["--pid", &process, &limit]).status();
        assert!(done.expect("prlimit comes with every Linux").success());
    }

    async fn connected(&self, who: &Credentials) -> RawDevice {
        let mut device = RawDevice::at(self.door.expect("it serves")).await;
        device.say(&connect(&who.name, &who.secret)).await;
        assert_eq!(device.connack().await, Some(ConnectReturnCode::Success));
        device
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A phone says where it was.
async fn report(phone: &mut RawDevice, who: &Credentials, number: u16, start: i64) {
    let tst = start / 1_000 + i64::from(number);
    let location = json!({"_type": "location", "lat": -8.3, "lon": 113.7, "tst": tst});
    let topic = format!("owntracks/{}/phone", who.name);
    phone.say(&publish_as(number, &topic, &location.to_string())).await;
}

async fn health(operator: &Client) -> (u16, Value) {
    let answer = operator.get("/health").await.expect("answered");
    (answer.status.as_u16(), answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_acknowledged_health_says_why_and_room_is_all_that_it_takes() {
    const MESSAGES: u16 = 20;
    let office = Office::new("owntracks").await;
    let mut serving = office.serve().await;
    let console = serving.console.expect("it serves");
    let operator = Client::sign_in(console, "budi", &office.password).await.expect("signs in");
    let who = &office.device;
    let mut phone = serving.connected(who).await;
    let start = Clock::real().now().ms() / 1_000 * 1_000 - 60_000;
    report(&mut phone, who, 1, start).await;
    assert!(matches!(phone.hear().await, Some(Packet::PubAck(_))), "there is room");
    assert_eq!(health(&operator).await.0, 200);

    serving.let_files_grow("0");
    let call = json!({"id": uuid::Uuid::now_v7(), "channel": "phone"});
    for number in 2..=MESSAGES {
        report(&mut phone, who, number, start).await;
        assert_eq!(phone.hear_for(Duration::from_millis(50)).await, [], "not committed: {number}");
    }
    let refused = operator.post("/api/v1/calls", &call).await.expect("answered");
    assert!(refused.status.is_server_error(), "{}: {}", refused.status, refused.json());
    assert!(text(&refused.json(), "detail").len() > 20, "a sentence: {}", refused.json());
    let (status, said) = health(&operator).await;
    assert_eq!((status, text(&said, "status")), (503, "degraded".to_owned()));
    let trouble = text(&said, "trouble");
    assert!(trouble.starts_with("positions: ") || trouble.starts_with("log: "), "{trouble}");
    let units = operator.get("/api/v1/units").await.expect("answered");
    assert_eq!(units.status, 200, "what is known is still shown");
    assert_eq!(phone.hear_for(Duration::from_secs(2)).await, [], "and still nothing");
    assert!(serving.runs());

    serving.let_files_grow("unlimited");
    for number in 2..=MESSAGES {
        let Some(Packet::PubAck(ack)) = phone.hear().await else { panic!("a PUBACK") };
        assert_eq!(ack.pkid, number, "on the same connection, without being said again");
    }
    let taken = operator.post("/api/v1/calls", &call).await.expect("answered");
    assert_eq!(taken.status, 201, "{}", taken.json());
    eventually(|| async { (health(&operator).await.0 == 200).then_some(()) }).await;
    serving.kill();
    let expected: Vec<i64> = (1..=MESSAGES).map(|n| start + i64::from(n) * 1_000).collect();
    assert_eq!(office.track().await, expected, "each once");
}

/// Positions that the device has kept through hours without signal.
const KEPT: u64 = 4_000;
const IN_A_MESSAGE: usize = 10;
/// Messages that a device has on their way without a PUBACK.
const WINDOW: usize = 30;

/// A device as the protocol wants it: it keeps every position until our own acknowledgement covers it.
struct Draining {
    outbox: BTreeMap<u64, i64>,
    /// PUBACKs that are still to come, by packet, with the numbers of their positions.
    on_their_way: BTreeMap<u16, Vec<u64>>,
    /// What the server has acknowledged in either way, ever.
    acknowledged: BTreeMap<u64, i64>,
    kept: BTreeMap<u64, i64>,
}

impl Draining {
    fn new(now: i64) -> Self {
        let of = |seq: u64| {
            let behind = i64::try_from(KEPT - seq).expect("small");
            (seq, now - behind * 1_000)
        };
        let kept: BTreeMap<u64, i64> = (1..=KEPT).map(of).collect();
        let (outbox, on_their_way) = (kept.clone(), BTreeMap::new());
        Self { outbox, on_their_way, acknowledged: BTreeMap::new(), kept }
    }

    fn through(&self) -> u64 {
        self.outbox.keys().next().map_or(KEPT, |lowest| lowest - 1)
    }

    /// Drains until so many are acknowledged or the server is gone.
    async fn drain(&mut self, device: &mut RawDevice, who: &Credentials, enough: u64) {
        let (fix, ack) =
            (format!("siaga/v1/{}/fix", who.name), format!("siaga/v1/{}/ack", who.name));
        let mut subscribe = Subscribe::new(&ack, QoS::AtLeastOnce);
        subscribe.pkid = 1;
        device.say(&Packet::Subscribe(subscribe)).await;
        self.on_their_way.clear();
        let unsent: Vec<(u64, i64)> = self.outbox.iter().map(|(seq, t)| (*seq, *t)).collect();
        let mut unsent = unsent.chunks(IN_A_MESSAGE);
        let mut pkid = 1_u16;
        while self.through() < enough {
            while self.on_their_way.len() < WINDOW
                && let Some(some) = unsent.next()
            {
                pkid += 1;
                let said =
                    |(seq, t): &(u64, i64)| json!({"seq": seq, "t": t, "lat": -8.25, "lon": 113.6});
                let fixes: Vec<Value> = some.iter().map(said).collect();
                let base = self.through() + 1;
                let message = json!({"boot": "k3v9x1", "base": base, "fixes": fixes}).to_string();
                device.say(&publish_as(pkid, &fix, &message)).await;
                self.on_their_way.insert(pkid, some.iter().map(|(seq, _)| *seq).collect());
            }
            let heard = device.hear().await.expect("the connection stays");
            if let Packet::PubAck(ack) = &heard {
                for seq in self.on_their_way.remove(&ack.pkid).expect("answered once") {
                    self.acknowledged.insert(seq, self.kept[&seq]);
                }
            } else if let Packet::Publish(publish) = &heard
                && publish.topic == ack
            {
                let said: Value = serde_json::from_slice(&publish.payload).expect("JSON");
                let through = said["through"].as_u64().expect("a number");
                let left = self.outbox.split_off(&(through + 1));
                self.acknowledged.append(&mut std::mem::replace(&mut self.outbox, left));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_device_empties_its_outbox_the_program_has_all_that_it_acknowledged() {
    let office = Office::new("native").await;
    let mut device = Draining::new(Clock::real().now().ms());
    for enough in [KEPT / 8, KEPT / 2, KEPT * 3 / 4] {
        let mut serving = office.serve().await;
        let mut line = serving.connected(&office.device).await;
        let drained = device.drain(&mut line, &office.device, enough);
        timeout(SOON, drained).await.expect("drained in time");
        serving.kill();
        assert!(device.through() < KEPT, "killed in the middle");
        let stored = office.track().await;
        let missing = device.acknowledged.values().filter(|t| stored.binary_search(t).is_err());
        assert_eq!(
            missing.count(),
            0,
            "acknowledged and not stored, of {}",
            device.acknowledged.len()
        );
    }
    let serving = office.serve().await;
    let mut line = serving.connected(&office.device).await;
    let drained = device.drain(&mut line, &office.device, KEPT);
    timeout(SOON, drained).await.expect("drained in time");
    drop(serving);
    let all: Vec<i64> = device.kept.values().copied().collect();
    assert_eq!(office.track().await, all, "every position exactly once");
}
