//! Five thousand devices that come back at the same moment, as after a restart or a cut of the power.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rumqttc::mqttbytes::v4::{ConnectReturnCode, Packet};
use serde_json::json;
use siaga::client::Client;
use siaga::device::enrolment;
use siaga::ids::AreaId;
use siaga::store::{DeviceKind, Role};
use tokio::sync::Barrier;

use crate::door::{RawDevice, connect, publish};
use crate::house::{AREA, Credentials, House, Tracker};

const DEVICES: usize = 5_000;
const UNITS: usize = 100;
/// Each connection is two files here, one at each end, and other tests run at the same time.
const FILES_MIN: u64 = 2 * 5_000 + 2_000;
/// A device is let in by its so many-th try at the latest.
const TRIES_MAX: usize = 6;
/// One try: longer than the door lets a device wait for its turn.
const TRY_WITHIN: Duration = Duration::from_secs(22);
/// The whole storm, on a busy machine.
const OVER_WITHIN: Duration = Duration::from_secs(60);
/// Anything that a person asks for, and each position of a device that was there before.
const ANSWERED_WITHIN_MS: i64 = 3_000;

fn files_max() -> u64 {
    let limits = std::fs::read_to_string("/proc/self/limits").expect("Linux");
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()).expect("a limit");
    soft.parse().unwrap_or(u64::MAX)
}

/// What a storm's device has to say: who it is and where, at a moment that no other device of its unit names.
struct Returning {
    door: SocketAddr,
    who: Credentials,
    t: i64,
}

impl Returning {
    /// Connects and reports its position; the connection when both were answered.
    async fn attempt(&self) -> Option<RawDevice> {
        let mut device = RawDevice::at(self.door).await;
        device.say(&connect(&self.who.name, &self.who.secret)).await;
        if device.connack().await != Some(ConnectReturnCode::Success) {
            return None;
        }
        let fix = json!({"seq": 1, "t": self.t, "lat": -8.25, "lon": 113.6});
        let payload = json!({"boot": "t1", "base": 1, "fixes": [fix]}).to_string();
        device.say(&publish(&format!("siaga/v1/{}/fix", self.who.name), &payload)).await;
        matches!(device.hear().await, Some(Packet::PubAck(_))).then_some(device)
    }

    /// Comes back, trying as often as a device may have to; none when that was not enough.
    async fn come_back(self, number: usize) -> Option<RawDevice> {
        for tries in 1..=TRIES_MAX {
            let attempt = tokio::time::timeout(TRY_WITHIN, self.attempt()).await;
            if let Ok(Some(device)) = attempt {
                return Some(device);
            }
            let pause = u64::try_from(number % 97 * 10 + tries * 200).expect("small");
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        None
    }
}

async fn enrol_all(house: &House) -> Vec<Credentials> {
    let area = AreaId::new(AREA).expect("a code");
    let now = house.server.desk.now();
    let enrol =
        |n: usize| enrolment::enrol(area.clone(), house.unit(n % UNITS), DeviceKind::Native, now);
    let (devices, secrets): (Vec<_>, Vec<_>) = (0..DEVICES).map(enrol).unzip();
    house.server.store.add_devices(&devices).await.expect("enrolled");
    let who = |(device, secret): (siaga::store::Device, String)| Credentials {
        name: device.name,
        secret,
    };
    devices.into_iter().zip(secrets).map(who).collect()
}

/// Takes calls and orders units out until told to stop; how many, and the longest wait for an answer.
async fn dispatch(house: &House, operator: &Client, over: &AtomicBool) -> (usize, i64) {
    let (mut orders, mut longest, now) = (0, 0, || house.server.desk.now());
    while !over.load(Ordering::Relaxed) && orders < UNITS {
        let began = now();
        let incident = house.call_at(operator, orders).await;
        longest = longest.max(now().ms_since(began));
        let began = now();
        house.order(operator, &incident, orders).await;
        longest = longest.max(now().ms_since(began));
        orders += 1;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    (orders, longest)
}

/// Reports positions until told to stop; how many, and the longest wait for a PUBACK.
async fn drive(house: &House, device: &mut Tracker, over: &AtomicBool) -> (u64, i64) {
    let (mut seq, mut longest, now) = (0, 0, || house.server.desk.now());
    while !over.load(Ordering::Relaxed) {
        seq += 1;
        let began = now();
        let fix =
            json!({"seq": seq, "t": house.server.desk.now().ms(), "lat": -8.25, "lon": 113.6});
        device.publish("fix", &json!({"boot": "t1", "base": 1, "fixes": [fix]})).await;
        device.until(|packet| matches!(packet, Packet::PubAck(_))).await;
        longest = longest.max(now().ms_since(began));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    (seq, longest)
}

async fn stored(house: &House, unit: usize) -> usize {
    let now = house.server.desk.now();
    let (from, to) = (now.plus_ms(-600_000), now.plus_ms(600_000));
    let (area, unit) = (&house.server.desk.room.area.id, u32::try_from(unit).expect("small"));
    house.server.store.track(area, unit, from, to, 10_000).await.expect("a track").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_devices_come_back_at_once_and_neither_the_desk_nor_a_driver_waits_for_them()
{
    let files = files_max();
    assert!(
        files >= FILES_MIN,
        "this test opens {FILES_MIN} files and may {files}: ulimit -n 20000"
    );
    let house = House::with_units(UNITS + 1).await;
    let devices = enrol_all(&house).await;
    let driver = house.enrol(UNITS, DeviceKind::Native).await;
    let house = house.crash_and_restart().await;
    let operator = house.sign_in(Role::Operator).await;
    let mut driver = Tracker::connect(&house.server, &driver).await;

    let (begin, over) = (Arc::new(Barrier::new(DEVICES + 1)), AtomicBool::new(false));
    let (door, now) = (house.server.mqtt, house.server.desk.now().ms());
    let storm: Vec<_> = devices
        .into_iter()
        .enumerate()
        .map(|(number, who)| {
            let t = now - i64::try_from(number / UNITS).expect("small") * 1_000;
            let (begin, returning) = (begin.clone(), Returning { door, who, t });
            tokio::spawn(async move {
                begin.wait().await;
                returning.come_back(number).await
            })
        })
        .collect();
    let all_back = async {
        begin.wait().await;
        let back = futures_util::future::join_all(storm);
        let back =
            tokio::time::timeout(OVER_WITHIN, back).await.expect("the storm is over in time");
        over.store(true, Ordering::Relaxed);
        back.into_iter().filter_map(|device| device.expect("no fault")).collect::<Vec<_>>()
    };
    let (let_in, (orders, longest_answer), (positions, longest_puback)) = tokio::join!(
        all_back,
        dispatch(&house, &operator, &over),
        drive(&house, &mut driver, &over)
    );
    assert_eq!(let_in.len(), DEVICES, "within {TRIES_MAX} tries");
    let connected = u64::try_from(DEVICES + 1).expect("small");
    assert_eq!(house.server.health.connections(), connected, "everybody, at the same time");
    assert!(
        orders > 0 && longest_answer < ANSWERED_WITHIN_MS,
        "{orders} orders, {longest_answer} ms"
    );
    assert!(
        positions > 0 && longest_puback < ANSWERED_WITHIN_MS,
        "{positions} positions, {longest_puback} ms"
    );
    for unit in 0..UNITS {
        assert_eq!(stored(&house, unit).await, DEVICES / UNITS, "each position once, unit {unit}");
    }
    assert_eq!(u64::try_from(stored(&house, UNITS).await), Ok(positions), "and the driver's");
}
