//! A store that stands still: nothing is acknowledged that is not committed, and nothing is lost afterwards.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rumqttc::QoS;
use rumqttc::mqttbytes::v4::{Packet, Subscribe};
use serde_json::{Value, json};
use siaga::client::Client;
use siaga::store::{DeviceKind, Role};
use sqlx::{Connection, PgConnection, SqliteConnection};
use tokio::time::{sleep, timeout};

use crate::door::{RawDevice, connect, publish_as};
use crate::house::{Credentials, House, SOON, eventually, text};
use crate::web;

/// Messages of each device while the store stands still: less than a connection's window of 64.
const MESSAGES: u16 = 20;
/// The number of the packet that carries the crew's answer.
const ANSWER: u16 = 500;

/// A lock on everything that the server writes, as a disk that hangs or a runaway query holds it.
enum Held {
    /// And what stands where the file of the next day would be, should it begin meanwhile.
    Sqlite(Vec<SqliteConnection>, PathBuf),
    Postgres(Box<PgConnection>),
}

impl Held {
    async fn take(house: &House) -> Self {
        if let Some(directory) = house.store_url().strip_prefix("sqlite:") {
            let now = house.server.desk.now();
            let (today, next) = (now.utc_date(), now.plus_ms(86_400_000).utc_date());
            let in_the_way = Path::new(directory).join(format!("tracks/{next}.db"));
            std::fs::create_dir(&in_the_way).expect("made");
            let mut held = Vec::new();
            for file in ["siaga.db".to_owned(), format!("tracks/{today}.db")] {
                let file = format!("sqlite:{directory}/{file}");
                let mut connection = SqliteConnection::connect(&file).await.expect("a file");
                sqlx::raw_sql("begin immediate").execute(&mut connection).await.expect("held");
                held.push(connection);
            }
            return Self::Sqlite(held, in_the_way);
        }
        let mut connection = PgConnection::connect(house.store_url()).await.expect("a database");
        let lock = "begin; lock table batch, event in access exclusive mode";
        sqlx::raw_sql(lock).execute(&mut connection).await.expect("held");
        Self::Postgres(Box::new(connection))
    }

    async fn let_go(self) {
        match self {
            Self::Sqlite(held, in_the_way) => {
                std::fs::remove_dir(in_the_way).expect("removed");
                for mut connection in held {
                    sqlx::raw_sql("rollback").execute(&mut connection).await.expect("let go");
                }
            }
            Self::Postgres(mut held) => {
                sqlx::raw_sql("rollback").execute(&mut *held).await.expect("let go");
            }
        }
    }
}

/// The two devices that report all the time: an ambulance's own, and a phone.
struct Scene {
    native: RawDevice,
    native_name: String,
    phone: RawDevice,
    phone_name: String,
    /// Device time of the first message, in whole seconds.
    start: i64,
    assignment: String,
}

impl Scene {
    async fn connected(house: &House, who: &Credentials) -> RawDevice {
        let mut device = RawDevice::at(house.server.mqtt).await;
        device.say(&connect(&who.name, &who.secret)).await;
        assert!(device.connack().await.is_some());
        device
    }

    async fn new(house: &House, operator: &Client) -> Self {
        let own = house.enrol(0, DeviceKind::Native).await;
        let phones = house.enrol(1, DeviceKind::Owntracks).await;
        let mut native = Self::connected(house, &own).await;
        let mut subscribe = Subscribe::new(format!("siaga/v1/{}/+", own.name), QoS::AtLeastOnce);
        subscribe.pkid = 3;
        native.say(&Packet::Subscribe(subscribe)).await;
        assert!(matches!(native.hear().await, Some(Packet::SubAck(_))));
        let phone = Self::connected(house, &phones).await;
        let incident = house.call_at(operator, 0).await;
        let assignment = house.order(operator, &incident, 0).await;
        let start = house.server.desk.now().ms() / 1_000 * 1_000 - 60_000;
        let mut scene = Self {
            native,
            native_name: own.name,
            phone,
            phone_name: phones.name,
            start,
            assignment,
        };
        scene.report(1).await;
        scene.until_acknowledged(1).await;
        assert!(matches!(scene.phone.hear().await, Some(Packet::PubAck(ack)) if ack.pkid == 1));
        scene
    }

    /// Both devices say where they are, for the so many-th time.
    async fn report(&mut self, number: u16) {
        let t = self.start + i64::from(number) * 1_000;
        let fix = json!({"seq": number, "t": t, "lat": -8.25, "lon": 113.6});
        let fixes = json!({"boot": "t1", "base": 1, "fixes": [fix]}).to_string();
        let topic = format!("siaga/v1/{}/fix", self.native_name);
        self.native.say(&publish_as(number, &topic, &fixes)).await;
        let location = json!({"_type": "location", "lat": -8.3, "lon": 113.7, "tst": t / 1_000});
        let topic = format!("owntracks/{}/phone", self.phone_name);
        self.phone.say(&publish_as(number, &topic, &location.to_string())).await;
    }

    /// The crew accepts the order; its number follows those of all positions.
    async fn accept(&mut self) {
        let status = json!({"boot": "t1", "base": 1, "seq": MESSAGES + 1, "t": self.start,
            "assignment": self.assignment, "status": "acknowledged"});
        let topic = format!("siaga/v1/{}/status", self.native_name);
        self.native.say(&publish_as(ANSWER, &topic, &status.to_string())).await;
    }

    /// Everybody reports while nothing is committed, so nobody may be told that it is.
    async fn go_on(&mut self, still: Duration) {
        self.accept().await;
        for number in 2..=MESSAGES {
            self.report(number).await;
            let pause = still / u32::from(2 * MESSAGES);
            let (native, phone) =
                (self.native.hear_for(pause).await, self.phone.hear_for(pause).await);
            assert_eq!(phone, [], "a phone is told nothing, message {number}");
            for packet in native {
                let through = acknowledged(&packet);
                assert!(through.is_none_or(|through| through < 2), "not committed: {through:?}");
                // Positions may get theirs (docs/protocol.md section 1); it is no acknowledgement of ours.
                let answer = matches!(&packet, Packet::PubAck(ack) if ack.pkid == ANSWER);
                assert!(!answer, "the crew's answer is not committed");
            }
        }
    }

    /// Waits for our own acknowledgement of everything through a number.
    async fn until_acknowledged(&mut self, through: u64) {
        loop {
            let packet = self.native.hear().await.expect("the connection stays");
            if acknowledged(&packet) == Some(through) {
                return;
            }
        }
    }
}

/// The number in our own acknowledgement.
fn acknowledged(packet: &Packet) -> Option<u64> {
    let Packet::Publish(publish) = packet else { return None };
    let payload: Value = serde_json::from_slice(&publish.payload).expect("JSON");
    publish.topic.ends_with("/ack").then(|| payload["through"].as_u64()).flatten()
}

async fn track(house: &House, unit: u32) -> Vec<i64> {
    let now = house.server.desk.now();
    let (from, to) = (now.plus_ms(-600_000), now.plus_ms(600_000));
    let area = &house.server.desk.room.area.id;
    let track = house.server.store.track(area, unit, from, to, 1_000).await.expect("a track");
    track.iter().map(|fix| fix.device_at.ms()).collect()
}

/// Devices and an operator go on while the store stands still for so long, and afterwards.
async fn nothing_is_lost(house: House, still: Duration) {
    let operator = house.sign_in(Role::Operator).await;
    let mut scene = Scene::new(&house, &operator).await;
    let call = json!({"id": uuid::Uuid::now_v7(), "channel": "phone"});
    let web = house.enrol(2, DeviceKind::Owntracks).await;
    let seen = json!({"_type": "location", "lat": -8.3, "lon": 113.7, "tst": scene.start / 1_000});
    let seen = seen.to_string();

    let held = Held::take(&house).await;
    let over = sleep(still);
    let asked = {
        let (operator, call) = (operator.clone(), call.clone());
        tokio::spawn(async move { operator.post("/api/v1/calls", &call).await })
    };
    let (answer, ()) = tokio::join!(web::owntracks(&house, &web, &seen), scene.go_on(still));
    assert_eq!(answer.0, 503, "a phone over HTTP keeps its position: {answer:?}");
    over.await;
    let premature = asked.is_finished();
    held.let_go().await;
    let answer = timeout(SOON, asked).await.expect("in time").expect("no fault");
    let taken = answer.is_ok_and(|answer| answer.status.is_success());
    assert!(!(premature && taken), "a call was confirmed and not committed");

    assert_eq!(web::owntracks(&house, &web, &seen).await.0, 200);
    assert_eq!(track(&house, 2).await, [scene.start], "once, though it was said twice");
    // What the phone said once is answered; the other device says again what we did not acknowledge.
    let mut unanswered: BTreeSet<u16> = (2..=MESSAGES).collect();
    while !unanswered.is_empty() {
        if let Some(Packet::PubAck(ack)) = scene.phone.hear().await {
            assert!(unanswered.remove(&ack.pkid), "answered once: {}", ack.pkid);
        }
    }
    for number in 2..=MESSAGES {
        scene.report(number).await;
    }
    scene.accept().await;
    scene.until_acknowledged(u64::from(MESSAGES) + 1).await;
    let again = operator.post("/api/v1/calls", &call).await.expect("answered");
    assert_eq!(again.status, 201, "{}", again.json());
    everything_is_there(&house, &operator, &scene, &text(&again.json(), "incident_id")).await;
}

async fn everything_is_there(house: &House, operator: &Client, scene: &Scene, incident: &str) {
    let expected: Vec<i64> =
        (1..=MESSAGES).map(|number| scene.start + i64::from(number) * 1_000).collect();
    eventually(|| async { (track(house, 1).await == expected).then_some(()) }).await;
    assert_eq!(track(house, 0).await, expected, "each position once");
    let incidents = operator.get("/api/v1/incidents").await.expect("answered").json();
    let incidents = incidents["incidents"].as_array().expect("incidents");
    assert_eq!(incidents.len(), 2, "each call once");
    assert!(incidents.iter().any(|seen| seen["id"] == incident));
    let ordered = incidents.iter().find_map(|seen| {
        seen["assignments"].as_array()?.iter().find(|order| order["id"] == *scene.assignment)
    });
    assert_eq!(ordered.map(|order| text(order, "state")), Some("acknowledged".to_owned()));
    eventually(|| async {
        let health = operator.get("/health").await.expect("answered");
        (health.json()["status"] == "ok").then_some(())
    })
    .await;
    let area = &house.server.desk.room.area.id;
    siaga::cli::verify_log(&house.server.store, area).await.expect("an unbroken log");
}

const SHORT: Duration = Duration::from_secs(8);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn while_sqlite_stands_still_nothing_is_acknowledged_and_nothing_is_lost_afterwards() {
    nothing_is_lost(House::with_units(3).await, SHORT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgresql_stands_still_nothing_is_acknowledged_and_nothing_is_lost_afterwards() {
    if let Some(house) = House::on_postgres(3).await {
        nothing_is_lost(house, SHORT).await;
    }
}

/// A minute is longer than every limit on the way: the store's own, a request's, and the client's.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute: cargo test --test suite -- --ignored stands_still_for_a_minute"]
async fn when_sqlite_stands_still_for_a_minute_nothing_is_lost() {
    nothing_is_lost(House::with_units(3).await, MINUTE).await;
}

/// The same of the other database.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute: cargo test --test suite -- --ignored stands_still_for_a_minute"]
async fn when_postgresql_stands_still_for_a_minute_nothing_is_lost() {
    if let Some(house) = House::on_postgres(3).await {
        nothing_is_lost(house, MINUTE).await;
    }
}
