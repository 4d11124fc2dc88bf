//! The device door: what a device may say, how it is answered, and what a wrong one cannot disturb.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{
    Connect, ConnectReturnCode, Packet, Publish, Subscribe, SubscribeReasonCode,
};
use serde_json::json;
use siaga::clock::Timestamp;
use siaga::device::door::{self, Places};
use siaga::device::{self, Devices};
use siaga::dispatch::fleet::FLAPS_MIN;
use siaga::ids::{AreaId, UnitId};
use siaga::store::{DeviceKind, Role};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::house::{Credentials, House, SOON, Tracker, any_port, eventually, text};

/// A socket for saying things that no client library would.
pub struct RawDevice {
    stream: TcpStream,
    incoming: BytesMut,
}

impl RawDevice {
    async fn open(house: &House) -> Self {
        Self::at(house.server.mqtt).await
    }

    pub async fn at(door: SocketAddr) -> Self {
        let stream = TcpStream::connect(door).await.expect("connects");
        Self { stream, incoming: BytesMut::new() }
    }

    async fn connected(house: &House, credentials: &Credentials) -> Self {
        let mut device = Self::open(house).await;
        device.say(&connect(&credentials.name, &credentials.secret)).await;
        assert_eq!(device.connack().await, Some(ConnectReturnCode::Success));
        device
    }

    pub async fn say(&mut self, packet: &Packet) {
        let mut bytes = BytesMut::new();
        packet.write(&mut bytes, usize::MAX).expect("a packet");
        self.say_bytes(&bytes).await;
    }

    async fn say_bytes(&mut self, bytes: &[u8]) {
        // The server may have closed meanwhile; what it says is read below.
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next packet, or none when the server closes.
    pub async fn hear(&mut self) -> Option<Packet> {
        let heard = async {
            loop {
                if let Ok(packet) = Packet::read(&mut self.incoming, usize::MAX) {
                    return Some(packet);
                }
                match self.stream.read_buf(&mut self.incoming).await {
                    Ok(0) | Err(_) => return None,
                    Ok(_) => {}
                }
            }
        };
        tokio::time::timeout(SOON, heard).await.expect("an answer or an end in time")
    }

    /// Every packet within a time; the connection stays.
    pub async fn hear_for(&mut self, time: Duration) -> Vec<Packet> {
        let over = tokio::time::sleep(time);
        tokio::pin!(over);
        let mut heard = Vec::new();
        loop {
            tokio::select! {
                () = &mut over => return heard,
                packet = self.hear() => heard.push(packet.expect("the connection stays")),
            }
        }
    }

    /// The next packet that is no PUBACK.
    async fn hear_beside_pubacks(&mut self) -> Option<Packet> {
        loop {
            match self.hear().await {
                Some(Packet::PubAck(_)) => {}
                other => return other,
            }
        }
    }

    pub async fn connack(&mut self) -> Option<ConnectReturnCode> {
        match self.hear().await {
            Some(Packet::ConnAck(ack)) => Some(ack.code),
            _ => None,
        }
    }

    async fn is_closed(&mut self) -> bool {
        while let Some(packet) = self.hear().await {
            assert!(!matches!(packet, Packet::PubAck(_)), "nothing was to be acknowledged");
        }
        true
    }
}

pub fn connect(name: &str, secret: &str) -> Packet {
    let mut connect = Connect::new(name);
    connect.set_login(name, secret);
    connect.keep_alive = 30;
    Packet::Connect(connect)
}

pub fn publish(topic: &str, payload: &str) -> Packet {
    publish_as(7, topic, payload)
}

pub fn publish_as(pkid: u16, topic: &str, payload: &str) -> Packet {
    let mut publish = Publish::new(topic, QoS::AtLeastOnce, payload);
    publish.pkid = pkid;
    Packet::Publish(publish)
}

fn fix(seq: u64, t: i64, lat: f64) -> serde_json::Value {
    json!({"boot": "t1", "base": 1, "fixes": [{"seq": seq, "t": t, "lat": lat, "lon": 113.6,
        "acc": 5.0, "spd": 40.0, "hdg": 90, "bat": 77}]})
}

pub async fn live_lat(house: &House, unit: usize) -> Option<f64> {
    let unit = house.unit(unit);
    let look = house.server.desk.look(move |dispatch, _| dispatch.fleet().get(&unit).cloned());
    let tracked = look.await.expect("a desk").expect("a unit");
    tracked.live.map(|fix| fix.position.lat())
}

#[test]
fn thousands_of_devices_of_one_unit_have_thousands_of_names() {
    let area = AreaId::new("35.09").expect("a code");
    let unit = UnitId::new("AMB-SILO-03").expect("a code");
    let now = Timestamp::from_ms(0);
    let name =
        |_| device::enrolment::enrol(area.clone(), unit.clone(), DeviceKind::Native, now).0.name;
    let names: BTreeSet<String> = (0..5_000).map(name).collect();
    assert_eq!(names.len(), 5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_is_acknowledged_only_when_it_stands_in_the_store() {
    let house = House::with_units(2).await;
    let credentials = house.enrol(0, DeviceKind::Native).await;
    let mut device = Tracker::connect(&house.server, &credentials).await;
    let now = house.server.desk.now();
    device.publish("fix", &fix(1, now.ms(), -8.25)).await;
    device.until(|packet| matches!(packet, Packet::PubAck(_))).await;
    let area = &house.server.desk.room.area.id;
    let (from, to) = (now.plus_ms(-60_000), now.plus_ms(60_000));
    let track = house.server.store.track(area, 0, from, to, 10).await.expect("a track");
    assert_eq!(track.len(), 1, "acknowledged means stored");
    assert_eq!(track[0].battery_pct, Some(77));
    let ack = device.message("ack").await;
    assert_eq!((text(&ack, "boot"), ack["through"].as_u64()), ("t1".to_owned(), Some(1)));
    assert_eq!(live_lat(&house, 0).await, Some(-8.25));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_true_is_refused_and_holds_nothing_else_back() {
    let house = House::with_units(1).await;
    let credentials = house.enrol(0, DeviceKind::Native).await;
    let mut device = Tracker::connect(&house.server, &credentials).await;
    let t = house.server.desk.now().ms();
    let fixes = json!([
        {"seq": 1, "t": t - 3_000, "lat": -8.25, "lon": 113.6},
        {"seq": 2, "t": t - 2_000, "lat": 99.0, "lon": 113.6},
        {"seq": 3, "t": -1, "lat": -8.25, "lon": 113.6},
        {"seq": 4, "t": t - 1_000, "lat": null, "lon": "x"},
        {"seq": 5, "t": t, "lat": -8.2501, "lon": 113.6},
    ]);
    device.publish("fix", &json!({"boot": "t1", "base": 1, "fixes": fixes})).await;
    let ack = device.message("ack").await;
    assert_eq!(ack["through"].as_u64(), Some(5), "{ack}");
    let refused = ack["refused"].as_array().expect("refused");
    let seqs: Vec<u64> = refused.iter().filter_map(|record| record["seq"].as_u64()).collect();
    assert_eq!(seqs, [2, 3, 4]);
    assert!(refused.iter().all(|record| record["code"] == "unbelievable"), "{ack}");
    assert!(text(&refused[0], "detail").contains("99"), "{ack}");
    assert_eq!(live_lat(&house, 0).await, Some(-8.2501));
    let bad = json!([{"seq": 6, "t": t, "lat": 0, "lon": 181}]);
    device.publish("fix", &json!({"boot": "t1", "base": 1, "fixes": bad})).await;
    let ack = device.message("ack").await;
    assert_eq!((ack["through"].as_u64(), &ack["refused"][0]["seq"]), (Some(6), &json!(6)));
    let none = "0198f7a0-0000-7000-8000-000000000000";
    device.say(7, none, "flying", t).await;
    let ack = device.message("ack").await;
    assert_eq!((ack["through"].as_u64(), &ack["refused"][0]["seq"]), (Some(7), &json!(7)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_whose_right_has_ended_loses_its_connection() {
    let house = House::with_units(2).await;
    let lost = house.enrol(0, DeviceKind::Native).await;
    let kept = house.enrol(1, DeviceKind::Native).await;
    let mut thief = RawDevice::connected(&house, &lost).await;
    let mut neighbour = RawDevice::connected(&house, &kept).await;
    let now = house.server.desk.now();
    house.server.store.revoke_device(&lost.name, now).await.expect("revoked");
    assert!(thief.is_closed().await);
    neighbour.say(&Packet::PingReq).await;
    assert_eq!(neighbour.hear().await, Some(Packet::PingResp));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_door_says_so_to_some_and_closes_at_once_for_the_rest() {
    let house = House::with_units(2).await;
    let (one, other) =
        (house.enrol(0, DeviceKind::Native).await, house.enrol(1, DeviceKind::Native).await);
    let listener = TcpListener::bind(any_port()).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = &house.server;
    let devices = Devices::new(server.store.clone(), server.desk.clone(), server.health.clone());
    tokio::spawn(door::serve(listener, devices, Places::new(1, 1), None));
    let mut inside = RawDevice::at(address).await;
    inside.say(&connect(&one.name, &one.secret)).await;
    assert_eq!(inside.connack().await, Some(ConnectReturnCode::Success));
    let mut waiting = RawDevice::at(address).await;
    let mut beyond = RawDevice::at(address).await;
    let closed = tokio::time::timeout(Duration::from_secs(5), beyond.is_closed()).await;
    assert!(closed.expect("at once, not after the time for a CONNECT"));
    waiting.say(&connect(&other.name, &other.secret)).await;
    assert_eq!(waiting.connack().await, Some(ConnectReturnCode::ServiceUnavailable));
    inside.say(&Packet::PingReq).await;
    assert_eq!(inside.hear().await, Some(Packet::PingResp));
}

/// Makes the store refuse positions, and nothing else: where the files of these days belong stands something else.
pub fn positions_cannot_be_stored(house: &House) {
    for day in [0, 1] {
        let day = house.server.desk.now().plus_ms(day * 86_400_000).utc_date();
        let file = house.dir.0.join("tracks").join(format!("{day}.db"));
        std::fs::create_dir_all(file).expect("made");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_positions_cannot_be_stored_crews_are_told_and_answer() {
    let house = House::with_units(9).await;
    let operator = house.sign_in(Role::Operator).await;
    let incident = house.call_at(&operator, 0).await;
    positions_cannot_be_stored(&house);
    let now = house.server.desk.now().ms();
    let many: Vec<_> = (1..=100)
        .map(|seq| json!({"seq": seq, "t": now - 1_000 + seq, "lat": -8.25, "lon": 113.6}))
        .collect();
    let many = json!({"boot": "t1", "base": 1, "fixes": many}).to_string();
    // More than one device may have unanswered, and together more than the server takes in.
    let crowd = (0..9).map(|unit| {
        let (house, many) = (&house, &many);
        async move {
            let credentials = house.enrol(unit, DeviceKind::Native).await;
            let mut device = RawDevice::connected(house, &credentials).await;
            let topic = format!("siaga/v1/{}/fix", credentials.name);
            for _ in 0..70 {
                device.say(&publish(&topic, many)).await;
            }
            device.say(&Packet::PingReq).await;
            assert_eq!(device.hear_beside_pubacks().await, Some(Packet::PingResp), "{unit}");
            (device, credentials)
        }
    });
    let mut devices = futures_util::future::join_all(crowd).await;
    let (device, credentials) = &mut devices[0];
    let mut subscribe =
        Subscribe::new(format!("siaga/v1/{}/+", credentials.name), QoS::AtLeastOnce);
    subscribe.pkid = 3;
    device.say(&Packet::Subscribe(subscribe)).await;
    let granted = device.hear_beside_pubacks().await;
    assert!(matches!(granted, Some(Packet::SubAck(_))), "{granted:?}");
    let assignment = house.order(&operator, &incident, 0).await;
    let Some(Packet::Publish(order)) = device.hear_beside_pubacks().await else { panic!("none") };
    assert!(order.topic.ends_with("/order"), "{}", order.topic);
    let status = json!({"boot": "t1", "base": 1, "seq": 101, "t": now,
        "assignment": assignment, "status": "acknowledged"});
    let topic = format!("siaga/v1/{}/status", credentials.name);
    device.say(&publish(&topic, &status.to_string())).await;
    let path = format!("/api/v1/incidents/{incident}");
    eventually(|| async {
        let seen = operator.get(&path).await.expect("answered").json();
        (seen["assignments"][0]["state"] == "acknowledged").then_some(())
    })
    .await;
    loop {
        let Some(Packet::Publish(message)) = device.hear_beside_pubacks().await else { panic!() };
        if message.topic.ends_with("/ack") {
            let ack: serde_json::Value = serde_json::from_slice(&message.payload).expect("JSON");
            assert_eq!(ack["through"].as_u64(), Some(0), "no position counts as stored");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owntracks_phone_works_and_its_ping_never_makes_an_old_place_look_new() {
    let house = House::with_units(1).await;
    let phone = house.enrol(0, DeviceKind::Owntracks).await;
    let mut device = RawDevice::connected(&house, &phone).await;
    let topic = format!("owntracks/{}/phone", phone.name);
    let tst = house.server.desk.now().ms() / 1000 - 5;
    let location = json!({"_type": "location", "lat": -8.21, "lon": 113.6, "tst": tst, "batt": 55});
    device.say(&publish(&topic, &location.to_string())).await;
    assert!(matches!(device.hear().await, Some(Packet::PubAck(_))));
    assert_eq!(live_lat(&house, 0).await, Some(-8.21));
    let ping = json!({"_type": "location", "t": "p", "lat": -8.3, "lon": 113.6, "tst": tst + 4});
    for (what, payload) in [
        ("a ping", ping.to_string()),
        ("a will", json!({"_type": "lwt", "tst": tst}).to_string()),
        ("an empty message", String::new()),
        ("a location without a place", json!({"_type": "location", "tst": tst}).to_string()),
    ] {
        device.say(&publish(&topic, &payload)).await;
        assert!(matches!(device.hear().await, Some(Packet::PubAck(_))), "{what} is acknowledged");
        assert_eq!(live_lat(&house, 0).await, Some(-8.21), "{what} moves nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_an_unknown_device_and_no_login_are_turned_away() {
    let house = House::with_units(1).await;
    let good = house.enrol(0, DeviceKind::Native).await;
    let nobody = Packet::Connect(Connect::new("nobody"));
    for attempt in [connect(&good.name, "wrong"), connect("amb-none", &good.secret), nobody] {
        let mut device = RawDevice::open(&house).await;
        device.say(&attempt).await;
        assert_eq!(device.connack().await, Some(ConnectReturnCode::BadUserNamePassword));
        assert!(device.is_closed().await);
    }
    let now = house.server.desk.now();
    house.server.store.revoke_device(&good.name, now).await.expect("revoked");
    let mut device = RawDevice::open(&house).await;
    device.say(&connect(&good.name, &good.secret)).await;
    assert_eq!(device.connack().await, Some(ConnectReturnCode::BadUserNamePassword));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_can_publish_only_under_its_own_identity() {
    let house = House::with_units(2).await;
    let one = house.enrol(0, DeviceKind::Native).await;
    let other = house.enrol(1, DeviceKind::Native).await;
    let now = house.server.desk.now().ms();
    let payload = fix(1, now, -8.25).to_string();
    let other_topic = format!("siaga/v1/{}/fix", other.name);
    let longer = format!("siaga/v1/{}x/fix", one.name);
    let own_down = format!("siaga/v1/{}/order", one.name);
    let owntracks = format!("owntracks/{}/phone", one.name);
    for topic in [&other_topic, &longer, &own_down, &owntracks, "siaga/v1/+/fix", "$SYS/x", ""] {
        let mut device = RawDevice::connected(&house, &one).await;
        device.say(&publish(topic, &payload)).await;
        assert!(device.is_closed().await, "{topic}");
    }
    assert_eq!(live_lat(&house, 1).await, None);
    let mut with_will = Connect::new(&one.name);
    with_will.set_login(&one.name, &one.secret);
    with_will.last_will =
        Some(rumqttc::mqttbytes::v4::LastWill::new(&other_topic, "x", QoS::AtMostOnce, false));
    let mut device = RawDevice::open(&house).await;
    device.say(&Packet::Connect(with_will)).await;
    assert_eq!(device.connack().await, Some(ConnectReturnCode::NotAuthorized));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_may_listen_to_its_own_topics_only() {
    let house = House::with_units(2).await;
    let one = house.enrol(0, DeviceKind::Native).await;
    let other = house.enrol(1, DeviceKind::Native).await;
    let mut device = RawDevice::connected(&house, &one).await;
    let own = format!("siaga/v1/{}/order", one.name);
    let mut subscribe = Subscribe::new(&own, QoS::ExactlyOnce);
    subscribe.pkid = 3;
    let foreign =
        [format!("siaga/v1/{}/order", other.name), "#".to_owned(), "siaga/v1/+/order".to_owned()];
    for filter in foreign {
        subscribe.add(filter, QoS::AtMostOnce);
    }
    device.say(&Packet::Subscribe(subscribe)).await;
    let Some(Packet::SubAck(ack)) = device.hear().await else { panic!("a SUBACK") };
    let failure = SubscribeReasonCode::Failure;
    let granted = SubscribeReasonCode::Success(QoS::AtLeastOnce);
    assert_eq!(ack.return_codes, [granted, failure, failure, failure]);
    device.say(&Packet::PingReq).await;
    assert_eq!(device.hear().await, Some(Packet::PingResp), "the connection stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_closes_or_is_dropped_and_nobody_else_notices() {
    let house = House::with_units(2).await;
    let good = house.enrol(0, DeviceKind::Native).await;
    let bad = house.enrol(1, DeviceKind::Native).await;
    let mut neighbour = RawDevice::connected(&house, &good).await;
    let mut browser = RawDevice::open(&house).await;
    browser.say_bytes(b"GET / HTTP/1.1\r\n\r\n").await;
    assert!(browser.is_closed().await, "no MQTT at all");
    let bytes: [(&str, Vec<u8>); 5] = [
        ("a length of 256 MB", vec![0x30, 0xff, 0xff, 0xff, 0x7f]),
        ("a length without end", vec![0x30, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("a topic longer than its packet", vec![0x30, 0x04, 0xff, 0xff, 0x61, 0x62]),
        ("a topic that is no text", vec![0x30, 0x04, 0x00, 0x02, 0xc3, 0x28]),
        ("a packet of type 0", vec![0x00, 0x00]),
    ];
    for (what, bytes) in bytes {
        let mut device = RawDevice::open(&house).await;
        device.say_bytes(&bytes).await;
        assert!(device.is_closed().await, "{what}, before CONNECT");
        let mut device = RawDevice::connected(&house, &bad).await;
        device.say_bytes(&bytes).await;
        assert!(device.is_closed().await, "{what}, after CONNECT");
    }
    let too_large = "x".repeat(20_000);
    let topic = format!("siaga/v1/{}/fix", bad.name);
    let mut device = RawDevice::connected(&house, &bad).await;
    device.say(&publish(&topic, &too_large)).await;
    assert!(device.is_closed().await, "20 kB");
    let mut device = RawDevice::connected(&house, &bad).await;
    for payload in ["", "{", "[]", "{\"boot\":\"A\",\"fixes\":[]}", "\u{0}", &"[".repeat(5_000)] {
        device.say(&publish(&topic, payload)).await;
        let answer = device.hear().await;
        assert!(matches!(answer, Some(Packet::PubAck(_))), "{payload:.20} must not come again");
    }
    neighbour.say(&Packet::PingReq).await;
    assert_eq!(neighbour.hear().await, Some(Packet::PingResp));
    let now = house.server.desk.now().ms();
    let own = format!("siaga/v1/{}/fix", good.name);
    neighbour.say(&publish(&own, &fix(1, now, -8.25).to_string())).await;
    assert!(matches!(neighbour.hear().await, Some(Packet::PubAck(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_device_name_has_one_connection_and_the_unit_is_offline_when_it_ends() {
    let house = House::with_units(1).await;
    let credentials = house.enrol(0, DeviceKind::Native).await;
    let link = || async {
        let unit = house.unit(0);
        let look = house.server.desk.look(move |dispatch, _| {
            dispatch.fleet().get(&unit).map(|tracked| tracked.link.as_str())
        });
        look.await.expect("a desk")
    };
    assert_eq!(link().await, Some("never"));
    let mut first = RawDevice::connected(&house, &credentials).await;
    let second = RawDevice::connected(&house, &credentials).await;
    assert!(first.is_closed().await, "the second takes over");
    assert_eq!(link().await, Some("online"), "a takeover is not an outage");
    drop(second);
    eventually(|| async { (link().await == Some("offline")).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_phones_with_one_sign_in_are_an_alarm_that_names_the_device_and_are_counted() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let credentials = house.enrol(0, DeviceKind::Owntracks).await;
    let mut there = RawDevice::connected(&house, &credentials).await;
    for _ in 0..FLAPS_MIN {
        let other = RawDevice::connected(&house, &credentials).await;
        assert!(there.is_closed().await, "the other one takes over");
        there = other;
    }
    let alarm = eventually(|| async {
        let listed = operator.get("/api/v1/alarms").await.expect("an answer").json();
        let alarms = listed["alarms"].as_array().expect("alarms").clone();
        alarms.into_iter().find(|alarm| alarm["kind"] == "takeover")
    });
    let alarm = alarm.await;
    assert_eq!(alarm["device"], credentials.name.as_str(), "{alarm}");
    assert_eq!((&alarm["level"], &alarm["unit"]), (&json!("high"), &json!(house.unit(0))));
    let health = operator.get("/health").await.expect("an answer").json();
    assert_eq!((&health["takeovers"], &health["flapping_devices"]), (&json!(5), &json!(1)));
    let metrics = operator.get("/metrics").await.expect("an answer");
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(metrics.contains("siaga_device_flapping 1\n"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_reaches_the_device_until_it_says_so_and_a_late_answer_is_refused_visibly() {
    let house = House::with_units(2).await;
    let operator = house.sign_in(Role::Operator).await;
    let credentials = house.enrol(0, DeviceKind::Native).await;
    let incident = house.call_at(&operator, 0).await;
    let assignment = house.order(&operator, &incident, 0).await;
    let now = house.server.desk.now().ms();

    // The device comes later than the order: it is told when it listens.
    let mut device = Tracker::connect(&house.server, &credentials).await;
    let order = device.message("order").await;
    assert_eq!(
        (text(&order, "assignment"), text(&order, "state")),
        (assignment.clone(), "offered".to_owned())
    );
    assert!(order["place"]["lat"].is_f64());
    let repeated = device.message("order").await;
    assert_eq!(text(&repeated, "assignment"), assignment, "repeated until confirmed");
    device.say(1, &assignment, "received", now).await;
    let ack = device.message("ack").await;
    assert_eq!((ack["through"].as_u64(), ack.get("refused")), (Some(1), None));

    let path = format!("/api/v1/assignments/{assignment}/status");
    let cancel = json!({"status": "cancelled", "reason": "salah alamat"});
    let cancelled = operator.post(&path, &cancel).await.expect("answered");
    assert_eq!(cancelled.status, 200, "{}", cancelled.json());
    let withdrawn = device.message("order").await;
    assert_eq!(
        (text(&withdrawn, "state"), text(&withdrawn, "reason")),
        ("withdrawn".to_owned(), "salah alamat".to_owned())
    );
    device.say(2, &assignment, "acknowledged", now).await;
    let ack = device.message("ack").await;
    assert_eq!(ack["through"].as_u64(), Some(2));
    assert_eq!(ack["refused"][0]["code"], "assignment_ended");
    assert!(text(&ack["refused"][0], "detail").contains("dibatalkan"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crew_in_danger_is_heard_without_an_order_and_confirmed_when_it_is_stored() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let credentials = house.enrol(0, DeviceKind::Native).await;
    let mut device = Tracker::connect(&house.server, &credentials).await;
    let now = house.server.desk.now().ms();
    let say = |seq: u64, status: &str| json!({"boot": "t1", "base": 1, "seq": seq, "t": now, "status": status});
    let talks = async || {
        let alarms = operator.get("/api/v1/alarms").await.expect("answered").json();
        let alarms = alarms["alarms"].as_array().expect("alarms").clone();
        alarms.iter().map(|alarm| text(alarm, "kind")).collect::<Vec<_>>()
    };
    device.publish("status", &say(1, "talk")).await;
    assert_eq!(device.message("ack").await["through"], 1);
    assert_eq!(talks().await, ["talk"], "asked to be called");
    for _ in 0..2 {
        device.publish("status", &say(2, "sos")).await;
        let ack = device.message("ack").await;
        assert_eq!(
            (&ack["through"], ack.get("refused")),
            (&json!(2), None),
            "said again it is the same"
        );
        assert_eq!(talks().await, ["sos"]);
    }
    let answered =
        operator.post(&format!("/api/v1/units/{}/talk/answer", house.unit(0)), &json!({})).await;
    assert_eq!(answered.expect("answered").status, 200);
    device.publish("status", &say(2, "sos")).await;
    device.message("ack").await;
    assert!(talks().await.is_empty(), "the same record does not raise it again");
    for (seq, status) in [(3, "en_route"), (4, "SOS"), (5, "")] {
        device.publish("status", &say(seq, status)).await;
        let ack = device.message("ack").await;
        assert_eq!(ack["refused"][0]["code"], "unbelievable", "{status}");
    }
    device.publish("status", &say(6, "sos")).await;
    device.message("ack").await;
    assert_eq!(talks().await, ["sos"], "a new record is a new call for help");
}
