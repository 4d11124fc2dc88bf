//! `siaga bench`: measures this build on this machine. Starts a server, drives it with firmware-sim, prints figures
//! with their distribution. Never a test: machines differ and are busy.

mod backlog;
mod core;
#[cfg(feature = "bench-hierarchy")]
mod hierarchy;
mod ingest;
mod load;
mod mosquitto;
mod network;
mod places;
mod roads;
mod worker;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use firmware_sim::{Ambulance, Behaviour, Broker, FleetConfig, SimClock};
use hdrhistogram::Histogram;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::json;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;

use super::demo::enrol_all;
use super::output;
use crate::client::{Client, next_message};
use crate::clock::Clock;
use crate::config::Config;
use crate::gazetteer::{self, Regency};
use crate::ids::AreaId;
use crate::place::Position;
use crate::server::{Ports, Server};
use crate::setup;
use crate::store::{Role, Store};

const REGENCY: &str = "35.09";
/// Between two probes: varied, so that all phases of the frame interval are met.
const PROBE_EVERY_MS: u64 = 120;
const PROBE_VARIED_MS: u64 = 50;
/// A probe that has not come back by then is lost.
const PROBE_LOST: Duration = Duration::from_secs(5);
const CONNECTED_WITHIN: Duration = Duration::from_secs(60);

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    part: Option<Part>,
    /// Ambulances reporting once a second.
    #[arg(long, default_value_t = 248)]
    units: usize,
    /// Probes of each kind.
    #[arg(long, default_value_t = 200)]
    samples: u32,
    /// `sqlite:DIRECTORY` or `postgres://…`; a temporary SQLite store when missing.
    #[arg(long)]
    store: Option<String>,
    /// The core alone, without a server: ranking and deciding for 248 units and for 83,762.
    #[arg(long)]
    core: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Part {
    /// The nation's rate: 83,762 units, as many devices as the machine connects, 1,000 screens.
    Ingest(ingest::Args),
    /// Finding a place: milliseconds for each key pressed, over a regency with 20,000 landmarks.
    Places {
        /// How often each phrase is typed.
        #[arg(long, default_value_t = 10)]
        samples: u32,
    },
    /// Ranking by road: made-up networks as large as a regency and as Java, and an extract's import.
    Roads(roads::Args),
    /// What devices and screens do meanwhile, in a process of its own.
    #[command(hide = true)]
    Load,
    /// A subscriber of Mosquitto, in a process of its own.
    #[command(hide = true)]
    Subscriber,
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn stopwatch() -> Instant {
    Instant::now()
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    match args.part {
        Some(Part::Ingest(args)) => return Box::pin(ingest::run(args)).await,
        Some(Part::Places { samples }) => return places::run(samples),
        Some(Part::Roads(args)) => return roads::run(args).await,
        Some(Part::Load) => return load::run(),
        Some(Part::Subscriber) => return Box::pin(mosquitto::subscriber()).await,
        None => {}
    }
    if args.core {
        return core::run(args.samples);
    }
    let temporary = Temporary::new()?;
    let url = args.store.clone().unwrap_or_else(|| temporary.url("siaga"));
    run_on(&args, &url).await
}

/// A directory for the time of a measurement.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> anyhow::Result<Self> {
        let directory = std::env::temp_dir().join(format!("siaga-bench-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&directory)?;
        Ok(Self(directory))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A SQLite store in it.
    fn url(&self, name: &str) -> String {
        format!("sqlite:{}", self.file(name).display())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            output::note(&format!("{} could not be removed: {error}", self.0.display()));
        }
    }
}

async fn run_on(args: &Args, url: &str) -> anyhow::Result<()> {
    let begun = stopwatch();
    let clock = Clock::real();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let ports = Ports::take(any, any).await?;
    let store = Store::open(url).await?;
    // One more than asked: the probe is a device of its own.
    setup::area(&store, REGENCY, args.units + 1).await?;
    let area = AreaId::new(REGENCY).map_err(anyhow::Error::msg)?;
    let password = setup::person(&store, &area, "bench", Role::Operator, None, clock.now()).await?;
    let mut ambulances = enrol_all(&store, &area, clock.now()).await?;
    let probe = ambulances.pop().context("no units")?;
    let config = Config { area: REGENCY.to_owned(), http: any, mqtt: any, ..Config::default() };
    let server = Server::start(&config, ports, store, clock.clone()).await?;
    output::note(&format!("server ready after {} ms", begun.elapsed().as_millis()));
    let idle_kb = resident_kb();

    let (stop, stopped) = watch::channel(false);
    let units = ambulances.len();
    let fleet = tokio::spawn(firmware_sim::run(
        FleetConfig {
            brokers: vec![Broker { host: server.mqtt.ip().to_string(), port: server.mqtt.port() }],
            ambulances,
            seed: 1,
            clock: SimClock::new(clock.now().ms(), 1.0),
            behaviour: Behaviour { always_moving: true, ..Behaviour::default() },
        },
        stopped,
    ));
    wait_for_fleet(&server, units).await?;
    let stored_before = server.health.fixes_stored();
    let cpu_before = cpu_ms(std::process::id());
    let measured = stopwatch();

    let client = Client::sign_in(server.http, "bench", &password).await?;
    let positions = position_to_frame(&server, &client, &probe, "", args.samples).await?;
    let ranking = call_to_ranking(&client, args.samples).await?;

    let seconds = measured.elapsed().as_secs_f64();
    #[expect(clippy::as_conversions, reason = "counts of a bench are exact in f64")]
    let rate = (server.health.fixes_stored() - stored_before) as f64 / seconds;
    #[expect(clippy::as_conversions, reason = "counts of a bench are exact in f64")]
    let cpu = (cpu_ms(std::process::id()) - cpu_before) as f64 / 10.0 / seconds;
    output::result(&format!("units {units}, committed positions {rate:.0}/s"));
    output::result(&line("position in to frame out", &positions));
    output::result(&line("call saved to ranking received", &ranking));
    output::result(&format!("processor, server and fleet together: {cpu:.0} % of one core"));
    output::result(&format!(
        "memory: {:.0} MB with an empty room, {:.0} MB now (server and fleet together)",
        idle_kb / 1024.0,
        resident_kb() / 1024.0
    ));
    stop.send_replace(true);
    fleet.await.context("the fleet stopped badly")?;
    server.stop().await;
    Ok(())
}

async fn wait_for_fleet(server: &Server, units: usize) -> anyhow::Result<()> {
    let all = u64::try_from(units)?;
    let connected = async {
        while server.health.connections() < all {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(CONNECTED_WITHIN, connected).await.context("the fleet did not connect")?;
    // A few seconds of steady reporting before anything is measured.
    tokio::time::sleep(Duration::from_secs(3)).await;
    Ok(())
}

/// From a device's PUBLISH to the frame on an operator's socket, while the whole fleet reports.
async fn position_to_frame(
    server: &Server,
    client: &Client,
    probe: &Ambulance,
    query: &str,
    samples: u32,
) -> anyhow::Result<Histogram<u64>> {
    let mut options =
        MqttOptions::new(&probe.device, server.mqtt.ip().to_string(), server.mqtt.port());
    options.set_credentials(&probe.device, &probe.secret);
    options.set_keep_alive(Duration::from_secs(30));
    let (mqtt, mut events) = AsyncClient::new(options, 16);
    let polling = tokio::spawn(async move {
        while let Ok(event) = events.poll().await {
            if matches!(event, Event::Incoming(Packet::Disconnect)) {
                break;
            }
        }
    });
    let mut live = client.live(query).await?;
    let mut histogram = Histogram::new(3)?;
    let topic = format!("siaga/v1/{}/fix", probe.device);
    for sample in 1..=samples {
        let varied_ms = u64::from(sample) * 37 % PROBE_VARIED_MS;
        tokio::time::sleep(Duration::from_millis(PROBE_EVERY_MS + varied_ms)).await;
        // About a metre and a half a step: a slow, believable ambulance that is never twice at the same place.
        let lat = probe.post.lat + f64::from(sample) * 1.3e-5;
        let t = server.desk.now().ms();
        let fix = json!({"boot": "bench", "base": sample, "fixes":
            [{"seq": sample, "t": t, "lat": lat, "lon": probe.post.lon, "acc": 5.0}]});
        let sent = stopwatch();
        mqtt.publish(&topic, QoS::AtLeastOnce, false, fix.to_string()).await?;
        #[expect(clippy::as_conversions, reason = "latitudes in 10⁻⁷ degrees fit in i32")]
        let wanted = (lat * 1e7).round() as i32;
        let arrived = async {
            loop {
                if let Message::Binary(frame) = next_message(&mut live).await?
                    && has_latitude(&frame, wanted)
                {
                    return anyhow::Ok(());
                }
            }
        };
        tokio::time::timeout(PROBE_LOST, arrived).await.context("a probe was lost")??;
        histogram.record(u64::try_from(sent.elapsed().as_micros())?)?;
    }
    polling.abort();
    Ok(histogram)
}

fn has_latitude(frame: &[u8], lat_e7: i32) -> bool {
    let records = frame.get(16..).unwrap_or_default();
    records.chunks_exact(16).any(|record| record.get(8..12) == Some(&lat_e7.to_le_bytes()))
}

/// From sending a call to holding its ranked candidates: two requests, as the console makes them.
async fn call_to_ranking(client: &Client, samples: u32) -> anyhow::Result<Histogram<u64>> {
    let mut histogram = Histogram::new(3)?;
    for sample in 0..samples {
        let lat = -8.17 + f64::from(sample % 50) * 0.003;
        let call = json!({"channel": "phone", "place": {"lat": lat, "lon": 113.7}});
        let sent = stopwatch();
        let taken = client.post("/api/v1/calls", &call).await?;
        anyhow::ensure!(taken.status == 201, "a call was refused: {}", taken.json());
        let incident = taken.json();
        let incident = incident["incident_id"].as_str().context("no incident id")?;
        let ranked = client.get(&format!("/api/v1/incidents/{incident}/candidates")).await?;
        anyhow::ensure!(ranked.status == 200, "no ranking: {}", ranked.json());
        histogram.record(u64::try_from(sent.elapsed().as_micros())?)?;
        let close = json!({"disposition": "incomplete"});
        client.post(&format!("/api/v1/incidents/{incident}/close"), &close).await?;
    }
    Ok(histogram)
}

fn line(what: &str, histogram: &Histogram<u64>) -> String {
    #[expect(clippy::as_conversions, reason = "microseconds of a bench are exact in f64")]
    let ms = |micros: u64| micros as f64 / 1000.0;
    format!(
        "{what}: n {}, p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        histogram.len(),
        ms(histogram.value_at_quantile(0.5)),
        ms(histogram.value_at_quantile(0.9)),
        ms(histogram.value_at_quantile(0.99)),
        ms(histogram.max())
    )
}

/// Resident memory of this process, from the kernel; 0 where it does not say.
fn resident_kb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}

/// Processor time of a process in milliseconds, from the kernel (100 ticks a second); 0 where it does not say.
fn cpu_ms(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // After the name in parentheses: user and system ticks are the 12th and 13th field.
    let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u64>().ok());
    ticks.sum::<u64>() * 10
}

/// Files that this process may have open, connections included; few where the kernel does not say.
fn files_max() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(1_024)
}

/// The first villages of the nation in the order of their codes, each with its centre.
fn village_posts(count: usize) -> Vec<(String, Position)> {
    let regencies = gazetteer::regencies().into_iter();
    let loaded = regencies.filter_map(|regency| Regency::load(&regency.code).ok());
    let villages = loaded.flat_map(|regency| {
        let posts = regency.villages.iter().map(|village| (village.code.clone(), village.position));
        posts.collect::<Vec<_>>()
    });
    villages.take(count).collect()
}

/// Prints what became of the positions of a load.
fn say_answers(seen: &load::Seen) {
    let [p50, p99, longest] =
        seen.answer_us.map(|us| Duration::from_micros(us).as_secs_f64() * 1e3);
    let lost = seen.published - seen.acknowledged;
    output::result(&format!(
        "published {}, acknowledged {}, without an answer {lost}, held back {}, connections lost {}",
        seen.published, seen.acknowledged, seen.held_back, seen.lost_connections
    ));
    #[expect(clippy::as_conversions, reason = "counts of a bench are exact in f64")]
    let rate = seen.measured as f64 / seen.measured_s;
    output::result(&format!(
        "acknowledged {rate:.0} a second; from PUBLISH to PUBACK p50 {p50:.1} ms, p99 {p99:.1} ms, max {longest:.1} ms"
    ));
}
