//! The way in over an MQTT broker, with a real Mosquitto: what it kept is stored, what is poison blinds nobody.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rumqttc::{AsyncClient, Event, LastWill, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use siaga::config::Broker;
use siaga::ids::AreaId;
use siaga::store::{Area, Device, DeviceKind, Role};

use crate::door::{live_lat, positions_cannot_be_stored};
use crate::house::{AREA, Credentials, House, TempDir, Tracker, eventually, text};
use crate::tls::Authority;

const PROGRAM: &str = "/usr/sbin/mosquitto";
const PASSWORD: &str = "tiga-ekor";

/// A Mosquitto of this test alone, on a port of its own.
struct Mosquitto {
    port: u16,
    tls_port: u16,
    dir: TempDir,
    keeps: bool,
    child: Child,
}

impl Mosquitto {
    /// Starts one; none when Mosquitto is left out on purpose. `keeps`: what it holds outlives it.
    async fn start(keeps: bool) -> Option<Self> {
        if std::env::var("SIAGA_TEST_SKIP_MOSQUITTO").is_ok_and(|skip| skip == "1") {
            return None;
        }
        assert!(
            Path::new(PROGRAM).exists(),
            "{PROGRAM} is missing: run ./test once, or set SIAGA_TEST_SKIP_MOSQUITTO=1"
        );
        let dir = TempDir::new();
        let free = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let [port, tls_port] =
            free.map(|listener| listener.local_addr().expect("an address").port());
        set_password(&dir.0, PASSWORD);
        let authority = Authority::new();
        let paper = authority.sign("127.0.0.1");
        for (name, text) in [
            ("server.pem", &paper.certificate),
            ("server.key", &paper.key),
            ("authority.pem", &authority.pem),
            ("stranger.pem", &Authority::new().pem),
        ] {
            std::fs::write(dir.0.join(name), text).expect("the directory is writable");
        }
        let child = spawn(&dir.0, port, tls_port, keeps);
        let broker = Self { port, tls_port, dir, keeps, child };
        broker.answers().await;
        Some(broker)
    }

    async fn answers(&self) {
        let port = self.port;
        eventually(|| async move {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok().map(drop)
        })
        .await;
    }

    /// Ends it as a machine that is shut down does.
    fn stop(&mut self) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().expect("told");
        assert!(told.success());
        self.child.wait().expect("ended");
    }

    async fn start_again(&mut self) {
        self.child = spawn(&self.dir.0, self.port, self.tls_port, self.keeps);
        self.answers().await;
    }

    fn settings(&self) -> Broker {
        Broker {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            client_id: "siaga-35.09".to_owned(),
            user: "siaga".to_owned(),
            password: PASSWORD.to_owned(),
            tls: false,
            certificate: None,
        }
    }

    /// The same over TLS, believing that certificate.
    fn settings_over_tls(&self, certificate: &str) -> Broker {
        let certificate = self.dir.0.join(certificate);
        let port = self.tls_port;
        Broker { port, tls: true, certificate: Some(certificate), ..self.settings() }
    }

    /// A device on the broker that has subscribed, with its will.
    async fn device(&self, name: &str) -> Tracker {
        let mut options = MqttOptions::new(name, "127.0.0.1", self.port);
        options.set_credentials("siaga", PASSWORD);
        options.set_max_packet_size(1 << 20, 1 << 20);
        options.set_keep_alive(Duration::from_secs(30));
        let link = format!("siaga/v1/{name}/link");
        options.set_last_will(LastWill::new(link, "offline", QoS::AtLeastOnce, false));
        let (client, events) = AsyncClient::new(options, 512);
        let mut device = Tracker { name: name.to_owned(), client, events };
        for channel in ["ack", "order"] {
            let topic = format!("siaga/v1/{name}/{channel}");
            device.client.subscribe(topic, QoS::AtLeastOnce).await.expect("queued");
            device.until(|packet| matches!(packet, Packet::SubAck(_))).await;
        }
        device
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn set_password(dir: &Path, password: &str) {
    let file = dir.join("passwords");
    let made = Command::new("mosquitto_passwd")
        .args(["-b", "-c"])
        .arg(&file)
        .args(["siaga", password])
        .stderr(Stdio::null())
        .status();
    assert!(made.expect("mosquitto_passwd comes with Mosquitto").success());
}

fn spawn(dir: &Path, port: u16, tls_port: u16, keeps: bool) -> Child {
    let place = dir.display();
    let config = format!(
        "listener {port} 127.0.0.1\nlistener {tls_port} 127.0.0.1\ncertfile {place}/server.pem\n\
         keyfile {place}/server.key\nuser root\nset_tcp_nodelay true\nallow_anonymous false\n\
         password_file {place}/passwords\npersistence {keeps}\npersistence_location {place}/\n\
         max_inflight_messages 1000\nmax_queued_messages 100000\nlog_type none\n"
    );
    let file = dir.join("mosquitto.conf");
    std::fs::write(&file, config).expect("written");
    let mut command = Command::new(PROGRAM);
    command.arg("-c").arg(file).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("Mosquitto starts")
}

fn fix(seq: u64, t: i64, lat: f64) -> Value {
    json!({"boot": "t1", "base": 1, "fixes": [{"seq": seq, "t": t, "lat": lat, "lon": 113.6,
        "acc": 5.0, "spd": 40.0, "hdg": 90, "bat": 77}]})
}

/// Publishes numbered positions a second apart, ending now; answers when the broker has them.
async fn publish_fixes(device: &mut Tracker, seqs: std::ops::RangeInclusive<u64>, now_ms: i64) {
    let mut missing = 0;
    let last = *seqs.end();
    for seq in seqs {
        let behind = i64::try_from(last - seq).expect("small") * 1_000;
        device.publish("fix", &fix(seq, now_ms - behind, -8.25)).await;
        missing += 1;
    }
    while missing > 0 {
        device.until(|packet| matches!(packet, Packet::PubAck(_))).await;
        missing -= 1;
    }
}

async fn stored(house: &House, unit: u32) -> usize {
    let now = house.server.desk.now();
    let (from, to) = (now.plus_ms(-600_000), now.plus_ms(600_000));
    let area = &house.server.desk.room.area.id;
    house.server.store.track(area, unit, from, to, 1_000).await.expect("a track").len()
}

async fn until_stored(house: &House, unit: u32, wanted: usize) {
    eventually(|| async { (stored(house, unit).await == wanted).then_some(()) }).await;
}

/// Waits for our own acknowledgement of everything through a number.
async fn until_acknowledged(device: &mut Tracker, through: u64) {
    while device.message("ack").await["through"].as_u64() < Some(through) {}
}

/// Takes away what `positions_cannot_be_stored` has put in the way.
fn positions_can_be_stored(dir: &Path) {
    for day in std::fs::read_dir(dir.join("tracks")).expect("read").flatten() {
        if day.path().is_dir() {
            std::fs::remove_dir(day.path()).expect("removed");
        }
    }
}

async fn link(house: &House, unit: usize) -> &'static str {
    let unit = house.unit(unit);
    let look = house
        .server
        .desk
        .look(move |dispatch, _| dispatch.fleet().get(&unit).map(|tracked| tracked.link.as_str()));
    look.await.expect("a desk").expect("a unit")
}

fn metric(house: &House, name: &str) -> u64 {
    let text = house.server.health.metrics(0);
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_over_a_broker_moves_the_marker_and_the_will_takes_the_unit_offline() {
    let Some(broker) = Mosquitto::start(false).await else { return };
    let house = House::behind(broker.settings(), 2).await;
    let Credentials { name, .. } = house.enrol(0, DeviceKind::Native).await;
    let mut device = broker.device(&name).await;
    assert_eq!(link(&house, 0).await, "never");
    let now = house.server.desk.now().ms();
    publish_fixes(&mut device, 1..=1, now).await;
    let ack = device.message("ack").await;
    assert_eq!((text(&ack, "boot"), ack["through"].as_u64()), ("t1".to_owned(), Some(1)));
    assert_eq!(stored(&house, 0).await, 1, "acknowledged means stored");
    assert_eq!(live_lat(&house, 0).await, Some(-8.25));
    assert_eq!((link(&house, 0).await, house.server.health.connections()), ("online", 1));
    drop(device);
    eventually(|| async { (link(&house, 0).await == "offline").then_some(()) }).await;
    assert_eq!(house.server.health.connections(), 0);
    let mut again = broker.device(&name).await;
    let client = &again.client;
    let topic = format!("siaga/v1/{name}/link");
    client.publish(topic, QoS::AtLeastOnce, false, "online").await.expect("queued");
    again.until(|packet| matches!(packet, Packet::PubAck(_))).await;
    eventually(|| async { (link(&house, 0).await == "online").then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_over_a_broker_is_heard_and_what_the_broker_retained_is_no_sign_of_life() {
    let Some(broker) = Mosquitto::start(false).await else { return };
    let seconds = siaga::clock::Clock::real().now().ms() / 1_000;
    let location = |lat: f64, tst: i64| {
        json!({"_type": "location", "lat": lat, "lon": 113.6, "tst": tst}).to_string()
    };
    let mut house = House::behind(broker.settings(), 2).await;
    let Credentials { name, .. } = house.enrol(1, DeviceKind::Owntracks).await;
    let topic = format!("owntracks/{name}/phone");
    let mut phone = broker.device("any-phone").await;
    let old = location(-8.21, seconds - 30);
    phone.client.publish(&topic, QoS::AtLeastOnce, true, old).await.expect("queued");
    phone.until(|packet| matches!(packet, Packet::PubAck(_))).await;
    eventually(|| async { (link(&house, 1).await == "online").then_some(()) }).await;
    until_stored(&house, 1, 1).await;
    // The broker hears of it a moment later; what it does not hear of it says again, as news.
    tokio::time::sleep(Duration::from_millis(500)).await;
    house = house.crash_and_restart().await;
    let other = house.enrol(0, DeviceKind::Native).await;
    let mut device = broker.device(&other.name).await;
    publish_fixes(&mut device, 1..=1, seconds * 1_000).await;
    until_acknowledged(&mut device, 1).await;
    assert_eq!(link(&house, 1).await, "never", "the broker said it again, the phone did not");
    let new = location(-8.22, seconds);
    phone.client.publish(&topic, QoS::AtLeastOnce, true, new).await.expect("queued");
    phone.until(|packet| matches!(packet, Packet::PubAck(_))).await;
    eventually(|| async { (live_lat(&house, 1).await == Some(-8.22)).then_some(()) }).await;
    assert_eq!(link(&house, 1).await, "online");
    let will = json!({"_type": "lwt", "tst": seconds}).to_string();
    phone.client.publish(&topic, QoS::AtLeastOnce, false, will).await.expect("queued");
    phone.until(|packet| matches!(packet, Packet::PubAck(_))).await;
    eventually(|| async { (link(&house, 1).await == "offline").then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_down_over_the_broker_and_its_answer_comes_up() {
    let Some(broker) = Mosquitto::start(false).await else { return };
    let house = House::behind(broker.settings(), 2).await;
    let operator = house.sign_in(Role::Operator).await;
    let Credentials { name, .. } = house.enrol(0, DeviceKind::Native).await;
    let mut device = broker.device(&name).await;
    let now = house.server.desk.now().ms();
    publish_fixes(&mut device, 1..=1, now).await;
    until_acknowledged(&mut device, 1).await;
    let incident = house.call_at(&operator, 0).await;
    let assignment = house.order(&operator, &incident, 0).await;
    let order = device.message("order").await;
    assert_eq!(text(&order, "assignment"), assignment);
    device.say(2, &assignment, "received", now).await;
    until_acknowledged(&mut device, 2).await;
    let path = format!("/api/v1/incidents/{incident}");
    let seen = operator.get(&path).await.expect("answered").json();
    assert!(seen["assignments"][0]["times"]["delivered"].is_string(), "{seen}");
    let none = "0198f7a0-0000-7000-8000-000000000000";
    device.say(3, none, "acknowledged", now).await;
    let ack = device.message("ack").await;
    assert_eq!((ack["through"].as_u64(), &ack["refused"][0]["seq"]), (Some(3), &json!(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_is_put_aside_once_and_none_of_the_good_messages_is_lost() {
    let Some(broker) = Mosquitto::start(false).await else { return };
    let house = House::behind(broker.settings(), 3).await;
    let bad = house.enrol(0, DeviceKind::Native).await;
    let good = house.enrol(1, DeviceKind::Native).await;
    let mut poisoner = broker.device(&bad.name).await;
    let mut device = broker.device(&good.name).await;
    let own = |channel: &str| format!("siaga/v1/{}/{channel}", bad.name);
    let poison = [
        (own("fix"), 12 * 1024),
        (own("fix"), 300_000),
        (own("status"), 20_000),
        (own("link"), 3),
        (format!("owntracks/{}/phone", bad.name), 30),
        ("owntracks/nobody".to_owned(), 31),
        (own("fix"), 600_000),
    ];
    let now = house.server.desk.now().ms();
    for (topic, size) in &poison {
        let payload = "x".repeat(*size);
        poisoner.client.publish(topic, QoS::AtLeastOnce, false, payload).await.expect("queued");
        poisoner.until(|packet| matches!(packet, Packet::PubAck(_))).await;
    }
    publish_fixes(&mut device, 1..=20, now).await;
    until_acknowledged(&mut device, 20).await;
    assert_eq!(stored(&house, 1).await, 20, "0 of 20 lost");
    let area = AreaId::new(AREA).expect("a code");
    let house = house.crash_and_restart().await;
    publish_fixes(&mut device, 21..=21, now + 1_000).await;
    until_stored(&house, 1, 21).await;
    let kept = house.server.store.quarantined(&area).await.expect("read");
    let mut sizes: Vec<i64> = kept.iter().rev().map(|message| message.size).collect();
    // What was answered in the moment in which the connection ended comes a second time.
    sizes.dedup();
    assert_eq!(sizes, [12_288, 300_000, 20_000, 3, 30, 31, 600_000]);
    assert!(kept.len() <= 2 * sizes.len(), "{kept:?}");
    assert!(kept.iter().all(|message| message.head.len() <= 512 && !message.reason.is_empty()));
    assert_eq!(metric(&house, "siaga_device_quarantined_total"), 0, "none came again");
    assert_eq!(house.server.health.trouble(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_counted_and_acknowledged_and_disturb_nobody() {
    let Some(broker) = Mosquitto::start(false).await else { return };
    let house = House::behind(broker.settings(), 3).await;
    let good = house.enrol(0, DeviceKind::Native).await;
    let revoked = house.enrol(1, DeviceKind::Native).await;
    let now = house.server.desk.now();
    house.server.store.revoke_device(&revoked.name, now).await.expect("revoked");
    let elsewhere = AreaId::new("35.10").expect("a code");
    let store = &house.server.store;
    let area = Area {
        id: elsewhere.clone(),
        name: "Banyuwangi".to_owned(),
        timezone: "Asia/Jakarta".to_owned(),
    };
    store.save_area(&area).await.expect("saved");
    let mut units = store.units(&AreaId::new(AREA).expect("a code")).await.expect("read");
    units.truncate(1);
    store.save_units(&elsewhere, &units).await.expect("saved");
    let (foreign, _) =
        siaga::device::enrolment::enrol(elsewhere, units[0].id.clone(), DeviceKind::Native, now);
    let add: [Device; 1] = [foreign.clone()];
    store.add_devices(&add).await.expect("enrolled");
    for name in ["amb-none", revoked.name.as_str(), foreign.name.as_str()] {
        let mut stranger = broker.device(name).await;
        publish_fixes(&mut stranger, 1..=5, now.ms()).await;
    }
    let mut device = broker.device(&good.name).await;
    publish_fixes(&mut device, 1..=1, now.ms()).await;
    until_acknowledged(&mut device, 1).await;
    // Five positions and a will each.
    assert_eq!(metric(&house, "siaga_device_unknown_total"), 18);
    assert_eq!((stored(&house, 0).await, stored(&house, 1).await), (1, 0));
    assert_eq!(live_lat(&house, 1).await, None);
    let house = house.crash_and_restart().await;
    publish_fixes(&mut device, 2..=2, now.ms() + 1_000).await;
    until_stored(&house, 0, 2).await;
    assert_eq!(metric(&house, "siaga_device_unknown_total"), 0, "they were acknowledged");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_refuses_nothing_is_acknowledged_and_afterwards_everything_is_stored() {
    let Some(broker) = Mosquitto::start(false).await else { return };
    let house = House::behind(broker.settings(), 2).await;
    let Credentials { name, .. } = house.enrol(0, DeviceKind::Native).await;
    positions_cannot_be_stored(&house);
    let mut device = broker.device(&name).await;
    let now = house.server.desk.now().ms();
    publish_fixes(&mut device, 1..=30, now).await;
    eventually(|| async { house.server.health.trouble() }).await;
    let ack = tokio::time::timeout(Duration::from_secs(2), device.message("ack")).await;
    assert!(ack.is_err(), "no word to the device: {ack:?}");
    // Had the broker been told, it would not say it again to the next server.
    let house = house.crash_and_repair(positions_can_be_stored).await;
    until_acknowledged(&mut device, 30).await;
    assert_eq!(stored(&house, 0).await, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_takes_positions_again_gets_all_of_them_without_a_restart() {
    let Some(broker) = Mosquitto::start(false).await else { return };
    let house = House::behind(broker.settings(), 2).await;
    let Credentials { name, .. } = house.enrol(0, DeviceKind::Native).await;
    positions_cannot_be_stored(&house);
    let mut device = broker.device(&name).await;
    let now = house.server.desk.now().ms();
    publish_fixes(&mut device, 1..=30, now).await;
    eventually(|| async { house.server.health.trouble() }).await;
    positions_can_be_stored(&house.dir.0);
    until_acknowledged(&mut device, 30).await;
    assert_eq!(stored(&house, 0).await, 30);
    assert_eq!(house.server.health.trouble(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_the_middle_loses_nothing_that_the_broker_took() {
    let Some(broker) = Mosquitto::start(false).await else { return };
    let mut house = House::behind(broker.settings(), 2).await;
    let Credentials { name, .. } = house.enrol(0, DeviceKind::Native).await;
    let mut device = broker.device(&name).await;
    let now = house.server.desk.now().ms() - 200_000;
    for (from, to) in [(1, 40), (41, 80), (81, 120)] {
        publish_fixes(&mut device, from..=to, now + i64::try_from(to).expect("small") * 1_000)
            .await;
        house = house.crash_and_restart().await;
    }
    until_stored(&house, 0, 120).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_keeps_what_it_holds_hands_it_over_after_its_restart() {
    let Some(mut broker) = Mosquitto::start(true).await else { return };
    let house = House::behind(broker.settings(), 2).await;
    let Credentials { name, .. } = house.enrol(0, DeviceKind::Native).await;
    let mut device = broker.device(&name).await;
    let now = house.server.desk.now().ms();
    positions_cannot_be_stored(&house);
    publish_fixes(&mut device, 1..=25, now).await;
    eventually(|| async { house.server.health.trouble() }).await;
    drop(device);
    broker.stop();
    let house = house.crash_and_repair(positions_can_be_stored).await;
    broker.start_again().await;
    until_stored(&house, 0, 25).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_forgets_costs_nothing_that_was_acknowledged_and_repeats_are_harmless() {
    let Some(mut broker) = Mosquitto::start(false).await else { return };
    let house = House::behind(broker.settings(), 2).await;
    let Credentials { name, .. } = house.enrol(0, DeviceKind::Native).await;
    let mut device = broker.device(&name).await;
    let now = house.server.desk.now().ms();
    publish_fixes(&mut device, 1..=25, now).await;
    until_acknowledged(&mut device, 10).await;
    broker.stop();
    assert!(stored(&house, 0).await >= 10, "acknowledged means stored");
    eventually(|| async { house.server.health.trouble() }).await;
    broker.start_again().await;
    // The device keeps what it was not told about, and more: it says everything again.
    eventually(|| async { house.server.health.trouble().is_none().then_some(()) }).await;
    let mut device = broker.device(&name).await;
    publish_fixes(&mut device, 1..=25, now).await;
    until_acknowledged(&mut device, 25).await;
    assert_eq!(stored(&house, 0).await, 25);
    assert_eq!(link(&house, 0).await, "online");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_broker_password_is_said_in_health_and_tried_again() {
    let Some(mut broker) = Mosquitto::start(false).await else { return };
    broker.stop();
    set_password(&broker.dir.0, "another");
    broker.start_again().await;
    let house = House::behind(broker.settings(), 2).await;
    let trouble = eventually(|| async { house.server.health.trouble() }).await;
    assert!(trouble.contains("user or password"), "{trouble}");
    assert!(trouble.contains(&broker.port.to_string()) && !trouble.contains(PASSWORD), "{trouble}");
    broker.stop();
    set_password(&broker.dir.0, PASSWORD);
    broker.start_again().await;
    eventually(|| async { house.server.health.trouble().is_none().then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_at_the_front_door_keeps_its_place_whatever_comes_over_the_broker() {
    let Some(broker) = Mosquitto::start(false).await else { return };
    let house = House::behind(broker.settings(), 2).await;
    let credentials = house.enrol(0, DeviceKind::Native).await;
    let mut direct = Tracker::connect(&house.server, &credentials).await;
    let mut behind = broker.device(&credentials.name).await;
    let now = house.server.desk.now().ms();
    publish_fixes(&mut behind, 1..=3, now).await;
    until_acknowledged(&mut behind, 3).await;
    drop(behind);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(link(&house, 0).await, "online", "the will of the other says nothing of this one");
    direct.publish("fix", &fix(4, now + 1_000, -8.26)).await;
    until_acknowledged(&mut direct, 4).await;
    while let Ok(Ok(Event::Incoming(packet))) =
        tokio::time::timeout(Duration::from_millis(100), direct.events.poll()).await
    {
        assert!(!matches!(packet, Packet::Disconnect), "not sent away");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_is_reached_over_tls_when_it_is_the_one_that_it_should_be() {
    let Some(broker) = Mosquitto::start(false).await else { return };
    let house = House::behind(broker.settings_over_tls("authority.pem"), 1).await;
    let credentials = house.enrol(0, DeviceKind::Native).await;
    let mut device = broker.device(&credentials.name).await;
    publish_fixes(&mut device, 1..=1, house.server.desk.now().ms()).await;
    until_acknowledged(&mut device, 1).await;
    assert_eq!(stored(&house, 0).await, 1);

    let house = House::behind(broker.settings_over_tls("stranger.pem"), 1).await;
    let trouble = eventually(|| async { house.server.health.trouble() }).await;
    assert!(trouble.to_lowercase().contains("certificate"), "{trouble}");
}
