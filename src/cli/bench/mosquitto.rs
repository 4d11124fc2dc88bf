//! The same load through Mosquitto: a broker of the machine's, and a subscriber on `rumqttc` that commits to a store of
//! the same kind and acknowledges after that. No ranking, no screens and no numbers of records are kept here.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, Publish, QoS};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::sync::mpsc;

use super::ingest::Plan;
use super::load::{Phase, say};
use super::worker::Worker;
use super::{Temporary, cpu_ms};
use crate::cli::output;
use crate::clock::Clock;
use crate::device::payload::native;
use crate::dispatch::unit::Fix;
use crate::ids::AreaId;
use crate::store::{FixClass, Store, TRACK_BATCH_MAX, TrackFix};

/// As the writer of positions gathers them.
const GATHER: Duration = Duration::from_millis(100);
/// Messages of the broker without acknowledgement.
const WINDOW: u16 = 20_000;
const READY_WITHIN: Duration = Duration::from_secs(20);

/// What the subscriber shall do.
#[derive(Debug, Serialize, Deserialize)]
struct Orders {
    port: u16,
    store: String,
    area: String,
    /// Each device with its unit's number.
    units: Vec<(String, u32)>,
}

/// Runs the load; answers the processor time for a position in microseconds, of the broker and the subscriber.
pub(super) async fn run(plan: &Plan, temporary: &Temporary) -> anyhow::Result<f64> {
    let port = free_port().await?;
    let config = temporary.file("mosquitto.conf");
    let text = format!(
        "listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages {WINDOW}\n\
         max_queued_messages 0\nset_tcp_nodelay true\nlog_dest none\n"
    );
    std::fs::write(&config, text)?;
    let program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "mosquitto"]
        .into_iter()
        .find(|path| !path.contains('/') || std::path::Path::new(path).exists())
        .context("no Mosquitto")?;
    let broker = Command::new(program)
        .arg("-c")
        .arg(&config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("Mosquitto cannot be started; it is Debian's package 'mosquitto'")?;
    let broker_id = broker.id().context("Mosquitto has ended")?;
    answers(port).await?;
    let names = plan.ambulances.iter().map(|ambulance| ambulance.device.clone());
    let orders = Orders {
        port,
        store: temporary.url("mosquitto"),
        area: plan.area.to_string(),
        units: names.zip(plan.numbers.iter().copied()).collect(),
    };
    let mut subscriber = Worker::start("subscriber", &orders).await?;
    subscriber.reaches(&Phase::Connected).await?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut load = Worker::start("load", &plan.orders(address, None)).await?;
    load.reaches(&Phase::Connected).await?;
    load.go().await?;
    load.reaches(&Phase::Measuring).await?;
    let subscriber_id = subscriber.id()?;
    let before = (cpu_ms(broker_id), cpu_ms(subscriber_id), subscriber.count().await?);
    load.reaches(&Phase::Measured).await?;
    let after = (cpu_ms(broker_id), cpu_ms(subscriber_id), subscriber.count().await?);
    let seen = load.seen().await?;
    let cpu = (after.0 - before.0, after.1 - before.1);
    let committed = after.2 - before.2;
    output::result(&format!(
        "Mosquitto: {} devices, {:.0} positions a second wanted",
        seen.connected, plan.per_second
    ));
    super::say_answers(&seen);
    #[expect(clippy::as_conversions, reason = "counts of a bench are exact in f64")]
    let each = |ms: u64| ms as f64 * 1000.0 / committed as f64;
    #[expect(clippy::as_conversions, reason = "counts of a bench are exact in f64")]
    let rate = committed as f64 / seen.measured_s;
    output::result(&format!(
        "Mosquitto {:.1} µs and its subscriber {:.1} µs for each position, {rate:.0} committed a second",
        each(cpu.0),
        each(cpu.1)
    ));
    Ok(each(cpu.0 + cpu.1))
}

async fn free_port() -> anyhow::Result<u16> {
    let taken = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    Ok(taken.local_addr()?.port())
}

async fn answers(port: u16) -> anyhow::Result<()> {
    let connected = async {
        while tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(READY_WITHIN, connected).await.context("Mosquitto does not answer")
}

/// The subscriber, in a process of its own: its orders are a line of its input, and for each further line it says how
/// many positions it has committed.
pub(super) async fn subscriber() -> anyhow::Result<()> {
    let mut input = BufReader::new(tokio::io::stdin()).lines();
    let orders = input.next_line().await?.context("no orders")?;
    let orders: Orders = serde_json::from_str(&orders)?;
    let mut options = MqttOptions::new("bench-subscriber", "127.0.0.1", orders.port);
    options.set_clean_session(true).set_manual_acks(true).set_inflight(WINDOW);
    let (client, mut events) = AsyncClient::new(options, usize::from(WINDOW));
    client.subscribe("siaga/v1/+/fix", QoS::AtLeastOnce).await?;
    let (messages, messages_in) = mpsc::channel(usize::from(WINDOW));
    let committed = Arc::new(AtomicU64::new(0));
    let writer = tokio::spawn(write(orders, client, messages_in, committed.clone()));
    let polling = tokio::spawn(async move {
        loop {
            match events.poll().await? {
                Event::Incoming(Packet::SubAck(_)) => say(&Phase::Connected)?,
                Event::Incoming(Packet::Publish(publish)) => messages.send(publish).await?,
                Event::Incoming(_) | Event::Outgoing(_) => {}
            }
        }
        #[expect(unreachable_code, reason = "names the type of what ends the loop")]
        anyhow::Ok(())
    });
    while input.next_line().await?.is_some() {
        say(&committed.load(Ordering::Relaxed))?;
        anyhow::ensure!(!polling.is_finished() && !writer.is_finished(), "the subscriber failed");
    }
    Ok(())
}

/// Gathers positions, commits them, and only then has the broker told so.
async fn write(
    orders: Orders,
    client: AsyncClient,
    mut messages: mpsc::Receiver<Publish>,
    committed: Arc<AtomicU64>,
) -> anyhow::Result<()> {
    let store = Store::open(&orders.store).await?;
    let area = AreaId::new(&orders.area).map_err(anyhow::Error::msg)?;
    let units: BTreeMap<String, u32> = orders.units.into_iter().collect();
    let clock = Clock::real();
    let mut batch = Vec::new();
    while let Some(first) = messages.recv().await {
        batch.push(first);
        tokio::time::sleep(GATHER).await;
        while batch.len() < TRACK_BATCH_MAX
            && let Ok(next) = messages.try_recv()
        {
            batch.push(next);
        }
        let mut fixes = Vec::with_capacity(batch.len());
        for publish in &batch {
            let device = publish.topic.split('/').nth(2).context("a topic of another kind")?;
            let unit_index = *units.get(device).context("an unknown device")?;
            let message = native::decode_fixes(&publish.payload, clock.now());
            let message = message.map_err(anyhow::Error::msg)?;
            for (_, fix) in message.records {
                fixes.push(track_fix(unit_index, &fix.map_err(anyhow::Error::msg)?));
            }
        }
        store.append_tracks(&area, &fixes).await?;
        committed.fetch_add(u64::try_from(fixes.len())?, Ordering::Relaxed);
        for publish in batch.drain(..) {
            client.ack(&publish).await?;
        }
    }
    Ok(())
}

fn track_fix(unit_index: u32, fix: &Fix) -> TrackFix {
    TrackFix {
        unit_index,
        device: fix.source.0,
        device_at: fix.device_at,
        said_at: fix.device_at,
        received_at: fix.received_at,
        position: fix.position,
        speed_kmh: fix.speed_kmh,
        heading_deg: fix.heading_deg,
        accuracy_m: fix.accuracy_m,
        battery_pct: fix.battery_pct,
        class: FixClass::Live,
    }
}
