//! The fleet over a real socket: a tiny endpoint in the test plays the server with rumqttc's codec.

use std::time::Duration;

use bytes::BytesMut;
use firmware_sim::{
    Ambulance, Behaviour, Broker, Counters, Fleet, FleetConfig, Place, SimClock, Summary,
};
use rumqttc::mqttbytes::Error as CodecError;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{
    ConnAck, Connect, ConnectReturnCode, Packet, PubAck, Publish, SubAck, SubscribeReasonCode,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const PACKET_BYTES_MAX: usize = 16 * 1024;
/// Far above what any step takes; only a hanging test reaches it.
const PATIENCE: Duration = Duration::from_secs(30);
const ASSIGNMENT: &str = "0198c5a4-7c51-7b9e-8f00-000000000001";
const POST: Place = Place { lat: -8.25, lon: 113.85 };

struct Peer {
    stream: TcpStream,
    buffer: BytesMut,
}

impl Peer {
    async fn accept(listener: &TcpListener) -> (Peer, Connect) {
        let accepted = timeout(PATIENCE, listener.accept()).await.expect("a device connects");
        let stream = accepted.expect("the listener is open").0;
        let mut peer = Peer { stream, buffer: BytesMut::new() };
        let Some(Packet::Connect(connect)) = peer.read().await else {
            panic!("a CONNECT comes first");
        };
        (peer, connect)
    }

    /// Accepts a device and its subscription.
    async fn welcome(listener: &TcpListener) -> Peer {
        let (mut peer, _) = Peer::accept(listener).await;
        peer.write(Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, false))).await;
        let Some(Packet::Subscribe(subscribe)) = peer.read().await else {
            panic!("a SUBSCRIBE follows every CONNACK");
        };
        let topics: Vec<&str> = subscribe.filters.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(topics, ["siaga/v1/amb-1/order", "siaga/v1/amb-1/ack"]);
        let granted = subscribe.filters.iter().map(|f| SubscribeReasonCode::Success(f.qos));
        let answer = SubAck::new(subscribe.pkid, granted.collect());
        peer.write(Packet::SubAck(answer)).await;
        peer
    }

    async fn read(&mut self) -> Option<Packet> {
        loop {
            match Packet::read(&mut self.buffer, PACKET_BYTES_MAX) {
                Ok(packet) => return Some(packet),
                Err(CodecError::InsufficientBytes(_)) => {}
                Err(error) => panic!("the device sent what is no MQTT: {error}"),
            }
            let read = timeout(PATIENCE, self.stream.read_buf(&mut self.buffer)).await;
            if read.expect("the device says something").unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    async fn write(&mut self, packet: Packet) {
        let mut bytes = BytesMut::new();
        packet.write(&mut bytes, PACKET_BYTES_MAX).expect("a packet of ours fits");
        self.stream.write_all(&bytes).await.expect("the device listens");
    }

    /// The next record message, answered with PUBACK; packets that carry none are passed over.
    async fn message(&mut self) -> (String, Value) {
        loop {
            let packet = self.read().await.expect("the device stays connected");
            if let Packet::Publish(publish) = packet {
                assert_eq!(publish.qos, QoS::AtLeastOnce);
                self.write(Packet::PubAck(PubAck::new(publish.pkid))).await;
                let body = serde_json::from_slice(&publish.payload).expect("devices speak JSON");
                return (publish.topic, body);
            }
        }
    }

    /// The next status, with everything on the way acknowledged.
    async fn status(&mut self) -> String {
        loop {
            let (topic, body) = self.message().await;
            self.acknowledge(&body).await;
            if topic == "siaga/v1/amb-1/status" {
                return body["status"].as_str().expect("a status").to_owned();
            }
        }
    }

    async fn acknowledge(&mut self, body: &Value) {
        let last = body["fixes"].as_array().and_then(|fixes| fixes.last()).unwrap_or(body);
        let ack = json!({"boot": body["boot"], "through": last["seq"]});
        self.tell("ack", ack.to_string().as_bytes()).await;
    }

    async fn tell(&mut self, name: &str, payload: &[u8]) {
        let topic = format!("siaga/v1/amb-1/{name}");
        self.write(Packet::Publish(Publish::new(topic, QoS::AtMostOnce, payload))).await;
    }
}

struct Running {
    task: JoinHandle<Summary>,
    stop: watch::Sender<bool>,
    counters: std::sync::Arc<Counters>,
}

impl Running {
    async fn stop(self) -> Summary {
        self.stop.send_replace(true);
        timeout(PATIENCE, self.task).await.expect("the fleet ends").expect("no task panics")
    }
}

async fn start(speed: f64) -> (TcpListener, Running) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback is there");
    let port = listener.local_addr().expect("a bound listener has an address").port();
    let ambulance = Ambulance {
        unit: "AMB-1".to_owned(),
        device: "amb-1".to_owned(),
        secret: "rahasia".to_owned(),
        post: POST,
    };
    let fleet = Fleet::new(FleetConfig {
        brokers: vec![Broker { host: "127.0.0.1".to_owned(), port }],
        ambulances: vec![ambulance],
        seed: 1,
        clock: SimClock::new(1_795_395_600_000, speed),
        behaviour: Behaviour { forgetful: 0.0, refusing: 0.0, ..Behaviour::default() },
    });
    let counters = fleet.counters();
    let (stop, stopping) = watch::channel(false);
    let task = tokio::spawn(fleet.run(stopping));
    (listener, Running { task, stop, counters })
}

#[tokio::test]
async fn a_device_introduces_itself_as_the_contract_says() {
    let (listener, running) = start(1.0).await;
    let (peer, connect) = Peer::accept(&listener).await;
    let login = connect.login.expect("a device has credentials");
    assert_eq!((login.username.as_str(), login.password.as_str()), ("amb-1", "rahasia"));
    assert_eq!((connect.clean_session, connect.keep_alive), (true, 30));
    assert_eq!(connect.last_will.expect("a device has a will").topic, "siaga/v1/amb-1/status");
    drop(peer);
    running.stop().await;
}

#[tokio::test]
async fn an_order_is_carried_out_step_by_step() {
    let (listener, running) = start(200.0).await;
    let mut peer = Peer::welcome(&listener).await;
    let order = json!({
        "assignment": ASSIGNMENT, "state": "offered", "case_number": "261123-007",
        "priority": "P1", "place": {"lat": -8.26, "lon": 113.86},
    });
    peer.tell("order", order.to_string().as_bytes()).await;
    let mut statuses = Vec::new();
    while statuses.last().is_none_or(|last| last != "cleared") {
        statuses.push(peer.status().await);
    }
    let expected = ["received", "acknowledged", "en_route", "on_scene", "at_patient", "cleared"];
    assert_eq!(statuses, expected);

    running.stop.send_replace(true);
    while let Some(packet) = peer.read().await {
        if packet == Packet::Disconnect {
            let summary = running.stop().await;
            assert_eq!((summary.online, summary.connections, summary.orders), (0, 1, 1));
            assert!(summary.published >= summary.acknowledged);
            assert!(summary.acknowledged > 100, "{summary:?}");
            return;
        }
    }
    panic!("a device that stops says DISCONNECT");
}

#[tokio::test]
async fn what_was_not_acknowledged_comes_again_after_a_lost_connection() {
    let (listener, running) = start(1.0).await;
    let mut peer = Peer::welcome(&listener).await;
    let (_, lost) = peer.message().await;
    drop(peer);
    let mut peer = Peer::welcome(&listener).await;
    let (topic, again) = peer.message().await;
    assert_eq!(topic, "siaga/v1/amb-1/fix");
    assert_eq!(again["fixes"][0], lost["fixes"][0], "a PUBACK alone settles nothing");
    peer.acknowledge(&again).await;
    let reader = tokio::spawn(async move { while peer.read().await.is_some() {} });
    let summary = running.stop().await;
    assert_eq!((summary.connections, summary.reconnects), (2, 1));
    assert!(summary.repeated >= 1);
    assert_eq!(summary.unacknowledged, 0, "a stopping device waits for its acknowledgement");
    reader.await.expect("the reader ends with the connection");
}

#[tokio::test]
async fn nonsense_from_the_server_is_counted_and_harmless() {
    let (listener, running) = start(200.0).await;
    let mut peer = Peer::welcome(&listener).await;
    let nonsense: [&[u8]; 4] = [b"", b"\xff\xfe", b"{\"boot\":1}", &[b'['; 9_000]];
    for payload in nonsense {
        peer.tell("ack", payload).await;
        peer.tell("order", payload).await;
    }
    peer.tell("elsewhere", b"{}").await;
    let withdrawn = json!({"assignment": ASSIGNMENT, "state": "withdrawn"});
    peer.tell("order", withdrawn.to_string().as_bytes()).await;
    assert_eq!(peer.status().await, "stood_down");
    assert_eq!(running.counters.snapshot().malformed, 9);
    assert_eq!(running.counters.snapshot().connections, 1);
    drop(peer);
    running.stop().await;
}

#[tokio::test]
async fn a_refused_device_tries_again_and_never_counts_as_connected() {
    let (listener, running) = start(1.0).await;
    for _ in 0..3 {
        let (mut peer, _) = Peer::accept(&listener).await;
        let code = ConnectReturnCode::BadUserNamePassword;
        peer.write(Packet::ConnAck(ConnAck::new(code, false))).await;
        assert_eq!(peer.read().await, None);
    }
    let summary = running.stop().await;
    assert_eq!((summary.connections, summary.published), (0, 0));
    assert!(summary.connections_refused >= 2);
    assert!(summary.unacknowledged >= 1, "the positions taken meanwhile are kept");
}

#[tokio::test]
async fn a_fleet_without_a_server_still_stops_at_once() {
    let (listener, running) = start(1.0).await;
    drop(listener);
    assert_eq!(running.stop().await.connections, 0);
}
