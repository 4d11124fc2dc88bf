//! Bytes that no device should send, to the codec and over a socket to the front door.

use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::{Bytes, BytesMut};
use rumqttc::mqttbytes::v4::{ConnAck, Connect, ConnectReturnCode, Packet};
use siaga::device::door::PACKET_BYTES_MAX;
use siaga::device::enrolment::enrol;
use siaga::ids::AreaId;
use siaga::store::DeviceKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Mutator, corpus, on_every_input, shown};
use crate::house::{AREA, House, SOON, Tracker, eventually};

/// As the corpus has it.
const NAME: &str = "dev";
const MUTATIONS: usize = 400;
/// Names the threads of this test, whose panics are counted.
const THREADS: &str = "hostile-door";
static PANICS: AtomicUsize = AtomicUsize::new(0);

#[test]
fn any_bytes_are_no_packet_or_one_that_reads_the_same_when_it_is_written_again() {
    on_every_input("mqtt", 2_000, |bytes| {
        let mut incoming = BytesMut::from(bytes);
        let mut packets = 0;
        while let Ok(packet) = Packet::read(&mut incoming, PACKET_BYTES_MAX) {
            packets += 1;
            if !matches!(packet, Packet::Publish(_) | Packet::Subscribe(_) | Packet::PubAck(_)) {
                continue;
            }
            let mut written = BytesMut::new();
            packet.write(&mut written, PACKET_BYTES_MAX).expect("it was read");
            assert_eq!(Packet::read(&mut written, PACKET_BYTES_MAX).ok(), Some(packet));
        }
        packets > 0
    });
}

fn packet(packet: &Packet) -> Bytes {
    let mut bytes = BytesMut::new();
    packet.write(&mut bytes, PACKET_BYTES_MAX).expect("a packet");
    bytes.freeze()
}

/// Says something, signed in or not, and nothing more; true when the server then ends the connection.
async fn say(house: &House, secret: Option<&str>, bytes: &[u8]) -> bool {
    let talk = async {
        let mut stream = TcpStream::connect(house.server.mqtt).await.expect("connects");
        if let Some(secret) = secret {
            let mut connect = Connect::new(NAME);
            connect.set_login(NAME, secret);
            stream.write_all(&packet(&Packet::Connect(connect))).await.expect("said");
            let expected =
                packet(&Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, false)));
            let mut answer = vec![0; expected.len()];
            stream.read_exact(&mut answer).await.expect("an answer");
            assert_eq!(answer, expected);
        }
        // The server may have closed before it has read everything.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
    };
    tokio::time::timeout(SOON, talk).await.is_ok()
}

fn count_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |fault| {
        if std::thread::current().name() == Some(THREADS) {
            PANICS.fetch_add(1, Ordering::Relaxed);
        }
        usual(fault);
    }));
}

async fn the_door_survives() {
    let house = House::with_units(2).await;
    let area = AreaId::new(AREA).expect("a code");
    let now = house.server.desk.now();
    let (mut hostile, secret) = enrol(area, house.unit(0), DeviceKind::Native, now);
    hostile.name = NAME.to_owned();
    house.server.store.add_devices(&[hostile]).await.expect("enrolled");
    let good = house.enrol(1, DeviceKind::Native).await;
    let mut neighbour = Tracker::connect(&house.server, &good).await;
    let mut mutator = Mutator::new("mqtt");
    let mutations = (0..MUTATIONS).map(|_| mutator.next());
    let inputs = corpus("mqtt").into_iter().map(|input| input.bytes).chain(mutations);
    for (n, bytes) in inputs.enumerate() {
        let signed_in = (!n.is_multiple_of(4)).then_some(secret.as_str());
        assert!(say(&house, signed_in, &bytes).await, "kept open after {}", shown(&bytes));
        assert_eq!(PANICS.load(Ordering::Relaxed), 0, "a panic after {}", shown(&bytes));
    }
    eventually(|| async { (house.server.health.connections() == 1).then_some(()) }).await;
    let t = house.server.desk.now().ms();
    let fix = serde_json::json!({"seq": 1, "t": t, "lat": -8.25, "lon": 113.6});
    let fixes = serde_json::json!({"boot": "t1", "base": 1, "fixes": [fix]});
    neighbour.publish("fix", &fixes).await;
    assert_eq!(neighbour.message("ack").await["through"].as_u64(), Some(1));
}

#[test]
fn whatever_a_socket_says_its_connection_ends_nothing_panics_and_the_neighbour_is_heard() {
    count_panics();
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    let runtime = threads.worker_threads(2).thread_name(THREADS).enable_all().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(the_door_survives());
}
