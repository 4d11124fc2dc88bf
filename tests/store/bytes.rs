//! What a recorded position takes on the disk, for a fleet that drives and stands as real ones do, and how long a batch
//! waits for the packer. Measured: `cargo test --test suite store::bytes -- --ignored --nocapture --test-threads 1`.

use std::time::Instant;

use firmware_sim::Place as Spot;
use firmware_sim::chance::Chance;
use firmware_sim::place::Offset;
use firmware_sim::receiver::Receiver;
use firmware_sim::vehicle::{Pace, Vehicle};
use siaga::dispatch::event::FixClass;
use siaga::packing::Packer;
use siaga::store::TrackFix;

use super::*;

/// Positions of each kind of fleet, about.
const FIXES: i64 = 200_000;
const UNITS: u32 = 20;
/// Positions that are committed together: a tenth of a second of a regency.
const BATCH: usize = 25;
/// Between two passes of the packer, as in a server.
const PASS_MS: i64 = 60_000;
/// From 2026-11-23T00:00:01Z, so that all of it is one day.
const BEGIN: i64 = MORNING - 3_600_000 + 1_000;

/// One ambulance that drives from place to place, or stands, and reports at an even pace.
struct Ambulance {
    index: u32,
    vehicle: Vehicle,
    receiver: Receiver,
    chance: Chance,
    drives: bool,
    every_ms: i64,
}

impl Ambulance {
    fn new(index: u32, drives: bool, every_ms: i64) -> Self {
        let name = format!("amb-{index}");
        let chance = |purpose: &str| Chance::new(11, &name, purpose);
        let away = Offset { east_m: 900.0 * f64::from(index), north_m: 400.0 * f64::from(index) };
        let post = Spot { lat: -8.25, lon: 113.75 }.offset_by(away);
        Self {
            index,
            vehicle: Vehicle::parked(post, chance("way")),
            receiver: Receiver::new(chance("receiver"), BEGIN),
            chance: chance("link"),
            drives,
            every_ms,
        }
    }

    fn report(&mut self, now: i64) -> TrackFix {
        let seconds = u32::try_from(self.every_ms / 1_000).expect("small");
        self.vehicle.advance(f64::from(seconds));
        if self.drives && self.vehicle.arrived() {
            let mut to = || self.chance.between(-9_000.0..9_000.0);
            let to = Offset { east_m: to(), north_m: to() };
            self.vehicle.drive_to(self.vehicle.truth().place.offset_by(to), Pace::Normal);
        }
        let reading = self.receiver.read(now, self.vehicle.truth());
        // A phone's timer is some milliseconds off, and the mobile network takes as long as it takes.
        let device_at = now + self.chance.between(0.0..30.0) as i64;
        let delay = self.chance.between(120.0..700.0) as i64;
        TrackFix {
            unit_index: self.index,
            device: self.index + 1,
            device_at: at(device_at),
            said_at: at(device_at),
            received_at: at(device_at + delay),
            position: Position::new(reading.place.lat, reading.place.lon).expect("a place"),
            speed_kmh: Some(reading.speed_kmh),
            heading_deg: Some(reading.heading_deg),
            accuracy_m: Some(reading.accuracy_m),
            battery_pct: Some(reading.battery_pct),
            class: FixClass::Live,
        }
    }
}

/// A day of a fleet, in the order of receipt, a part for each pass of the packer.
fn day_of(kinds: &[(bool, i64)]) -> Vec<(i64, Vec<TrackFix>)> {
    let share = FIXES / i64::try_from(kinds.len()).expect("small");
    let mut fleet: Vec<Ambulance> = Vec::new();
    for (number, (drives, every_ms)) in (0..).zip(kinds) {
        let ambulance = |n: u32| Ambulance::new(number * UNITS + n, *drives, *every_ms);
        fleet.extend((0..UNITS).map(ambulance));
    }
    let mut parts: std::collections::BTreeMap<i64, Vec<TrackFix>> = Default::default();
    for ambulance in &mut fleet {
        let reports = (share / i64::from(UNITS)).min(80_000_000 / ambulance.every_ms);
        for n in 0..reports {
            let now = BEGIN + n * ambulance.every_ms;
            let part = parts.entry((now - BEGIN) / PASS_MS).or_default();
            part.push(ambulance.report(now));
        }
    }
    let end = |part: i64| BEGIN + (part + 1) * PASS_MS;
    let mut parts: Vec<_> = parts.into_iter().map(|(part, fixes)| (end(part), fixes)).collect();
    for (_, fixes) in &mut parts {
        fixes.sort_by_key(|fix| fix.received_at);
    }
    parts
}

async fn written(place: &Place, fixes: &[TrackFix]) {
    for batch in fixes.chunks(BATCH) {
        place.store.append_tracks(&area(), batch).await.expect("written");
    }
}

#[expect(clippy::as_conversions, reason = "bytes and positions are few enough")]
fn each(bytes: i64, fixes: usize) -> f64 {
    bytes as f64 / fixes as f64
}

#[expect(clippy::print_stderr, reason = "a measurement is there to be read")]
async fn measure(
    database: &str,
    fleet: &str,
    kinds: &[(bool, i64)],
    batches: Place,
    blocks: Place,
) {
    let day = day_of(kinds);
    let all = day.iter().map(|(_, fixes)| fixes.len()).sum::<usize>();
    let mut packer = Packer::new(blocks.store.clone(), area(), 0);
    for (end, fixes) in &day {
        written(&batches, fixes).await;
        written(&blocks, fixes).await;
        packer.pass(at(*end)).await.expect("packed");
    }
    batches.store.close().await;
    packer.pass(at(BEGIN + 2 * DAY_MS)).await.expect("packed");
    blocks.store.close().await;
    let over = blocks.bytes_of_positions().await;
    eprintln!(
        "{database:10} {fleet:15} {all:7} positions: {:5.1} bytes each in batches, {:4.1} packed",
        each(batches.bytes_of_positions().await, all),
        each(over, all),
    );
    assert!(each(over, all) < 20.0, "the goal");
}

#[tokio::test]
#[ignore = "a measurement: prints figures, and takes minutes"]
async fn a_stored_position_takes_under_twenty_bytes() {
    let fleets: [(&str, &[(bool, i64)]); 5] = [
        ("driving, 1 s", &[(true, 1_000)]),
        ("standing, 1 s", &[(false, 1_000)]),
        ("driving, 10 s", &[(true, 10_000)]),
        ("standing, 10 s", &[(false, 10_000)]),
        ("all of these", &[(true, 1_000), (false, 1_000), (true, 10_000), (false, 10_000)]),
    ];
    for (fleet, kinds) in fleets {
        measure("SQLite", fleet, kinds, Place::sqlite().await, Place::sqlite().await).await;
        let mut two = Vec::new();
        for _ in 0..2 {
            let Some(url) = crate::postgres_server::fresh_database().await else { return };
            two.push(Place::at(url, None).await);
        }
        let (Some(batches), Some(blocks)) = (two.pop(), two.pop()) else { return };
        measure("PostgreSQL", fleet, kinds, batches, blocks).await;
    }
}

/// How long each of so many batches of 25 positions took, in milliseconds, sorted.
#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
async fn batches(place: &Place, from_second: i64) -> Vec<f64> {
    let mut waits = Vec::new();
    for second in from_second..from_second + 500 {
        let batch: Vec<TrackFix> = (0..25).map(|unit| positions::fix(unit, second)).collect();
        let begun = Instant::now();
        place.store.append_tracks(&area(), &batch).await.expect("written");
        waits.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    waits.sort_by(f64::total_cmp);
    waits
}

/// Packs a regency's ten minutes while batches come in for the same day.
#[expect(clippy::print_stderr, reason = "a measurement is there to be read")]
#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
async fn packed_beside_batches(database: &str, place: Place) {
    for unit in 0..250 {
        let fixes: Vec<TrackFix> = (0..600).map(|second| positions::fix(unit, second)).collect();
        written(&place, &fixes).await;
    }
    let alone = batches(&place, 1_000).await;
    let mut packer = Packer::new(place.store.clone(), area(), 0);
    let packing = async {
        let begun = Instant::now();
        let pass = packer.pass(at(MORNING + 900_000)).await.expect("packed");
        (pass.packed, begun.elapsed().as_secs_f64())
    };
    let both = futures_util::future::join(packing, batches(&place, 2_000));
    let ((packed, seconds), beside) = Box::pin(both).await;
    let of = |waits: &[f64]| {
        let at = |thousandth: usize| waits[(waits.len() - 1) * thousandth / 1_000];
        format!("p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms", at(500), at(990), at(1_000))
    };
    eprintln!(
        "{database:10} {packed} positions packed in {seconds:.1} s; a batch alone {}; beside it {}",
        of(&alone),
        of(&beside)
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: prints figures"]
async fn a_batch_is_stored_while_the_packer_works() {
    packed_beside_batches("SQLite", Place::sqlite().await).await;
    let Some(url) = crate::postgres_server::fresh_database().await else { return };
    packed_beside_batches("PostgreSQL", Place::at(url, None).await).await;
}
