//! Ambulances of firmware-sim whose devices lose their power, against the real server: what they kept arrives.

use std::time::Duration;

use firmware_sim::device::journal::Entry;
use firmware_sim::device::{Device, Limits};
use firmware_sim::outbox::Outbox;
use firmware_sim::trouble::Troubles;
use firmware_sim::{Ambulance, Behaviour, Broker, FleetConfig, Place, SimClock, Summary};
use siaga::dispatch::fleet::Tracked;
use siaga::store::DeviceKind;
use tokio::sync::watch;

use crate::house::{Credentials, House, TempDir};

/// Devices play this much faster than the server's clock: what they say of the time is corrected by their `now`.
const SPEED: f64 = 30.0;

async fn play(house: &House, devices: &[Credentials], behaviour: Behaviour, run_s: u64) -> Summary {
    let ambulance = |(index, device): (usize, &Credentials)| {
        let unit = &house.server.desk.room.units()[index];
        Ambulance {
            unit: unit.id.to_string(),
            device: device.name.clone(),
            secret: device.secret.clone(),
            post: Place { lat: unit.post.lat(), lon: unit.post.lon() },
        }
    };
    let config = FleetConfig {
        brokers: vec![Broker {
            host: house.server.mqtt.ip().to_string(),
            port: house.server.mqtt.port(),
        }],
        ambulances: devices.iter().enumerate().map(ambulance).collect(),
        seed: 11,
        clock: SimClock::from_now(SPEED),
        behaviour,
    };
    let (stop, stopped) = watch::channel(false);
    let fleet = tokio::spawn(firmware_sim::run(config, stopped));
    tokio::time::sleep(Duration::from_secs(run_s)).await;
    stop.send_replace(true);
    fleet.await.expect("the fleet ends")
}

/// The numbers of the records that stand in a device's file.
fn kept(dir: &TempDir, device: &Credentials) -> Vec<u64> {
    let file = dir.0.join(format!("{}.outbox", device.name));
    let (_, entries) = Outbox::open(&file).expect("a file");
    let device = Device::restored(entries, "x".to_owned(), Limits::default());
    let number = |entry| match entry {
        Entry::Fix(fix) => Some(fix.seq),
        Entry::Step(step) => Some(step.seq),
        Entry::Boot { .. }
        | Entry::Reserved { .. }
        | Entry::Done { .. }
        | Entry::Dropped { .. }
        | Entry::Order(_) => None,
    };
    device.snapshot().into_iter().filter_map(number).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_that_lose_their_power_deliver_what_they_kept() {
    let house = House::with_units(3).await;
    let mut devices = Vec::new();
    for unit in 0..3 {
        devices.push(house.enrol(unit, DeviceKind::Native).await);
    }
    let dir = TempDir::new();
    let behaviour = Behaviour {
        always_moving: true,
        dead_zones: true,
        outboxes: Some(dir.0.clone()),
        ..Behaviour::default()
    };
    let cut = Behaviour { power_cuts_per_hour: 60.0, ..behaviour.clone() };
    let first = play(&house, &devices, cut, 8).await;
    assert!(first.reconnects > 0, "nobody lost its power: {first:?}");
    assert!(first.acknowledged > 100, "{first:?}");
    // The server goes as well, in the middle.
    let house = house.crash_and_restart().await;
    let before: Vec<Vec<u64>> = devices.iter().map(|device| kept(&dir, device)).collect();
    assert!(before.iter().flatten().count() > 0, "there was nothing to deliver");
    let second = play(&house, &devices, Behaviour { dead_zones: false, ..behaviour }, 3).await;
    assert_eq!(second.dropped, 0, "{second:?}");
    for (device, before) in devices.iter().zip(before) {
        let still = kept(&dir, device);
        let lost: Vec<_> = before.iter().filter(|seq| still.contains(seq)).collect();
        assert!(lost.is_empty(), "{}: {lost:?} were not delivered", device.name);
        assert!(still.len() < 60, "but for the last moments: {still:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spoilt_positions_doubles_disorder_and_clocks_of_2007_move_no_marker_to_a_wrong_place() {
    let house = House::with_units(6).await;
    let mut devices = Vec::new();
    for unit in 0..6 {
        devices.push(house.enrol(unit, DeviceKind::Native).await);
    }
    let troubles = Troubles { rolled_over: 0.5, ..Troubles::all(0.15) };
    let behaviour = Behaviour { always_moving: true, troubles, ..Behaviour::default() };
    let said = play(&house, &devices, behaviour, 5).await;
    assert!(said.acknowledged > 300, "{said:?}");
    assert_eq!((said.malformed, said.dropped, said.refused), (0, 0, 0), "{said:?}");
    let now = house.server.desk.now();
    let look = house.server.desk.look(|dispatch, _| {
        let live = |tracked: &Tracked| tracked.live.map(|fix| (tracked.card.post, fix));
        dispatch.fleet().iter().map(live).collect::<Vec<_>>()
    });
    for (index, seen) in look.await.expect("a desk").into_iter().enumerate() {
        let (post, fix) = seen.expect("a marker");
        let metres = post.metres_to(fix.position);
        assert!(metres < 30_000.0, "unit {index} is {metres} m from its post");
        assert!(now.ms_since(fix.device_at).abs() < 20_000, "unit {index}: {}", fix.device_at);
    }
}
