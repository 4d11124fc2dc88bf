//! `siaga bench ingest`: the nation's rate. A server with a unit for every village of Indonesia in this process,
//! devices and screens in another, and, when asked, the same load through Mosquitto in the same run.

use std::net::SocketAddr;

use anyhow::Context;
use firmware_sim::Ambulance;

use super::load::{Driver, Orders, Phase, Seen, Watching};
use super::worker::Worker;
use super::{backlog, cpu_ms, mosquitto, position_to_frame, resident_kb, village_posts};
use crate::cli::demo::enrol;
use crate::cli::output;
use crate::client::Client;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::device::door::CONNECTED_MAX;
use crate::ids::{AreaId, UnitId};
use crate::server::{Ports, Server};
use crate::setup;
use crate::store::{Area, Role, RosterUnit, Store};

const AREA: &str = "35.09";
/// Files that the process needs for other things than connections.
const FILES_RESERVED: usize = 500;
/// Enrolled at once.
const ENROLLED_AT_ONCE: usize = 5_000;
/// Probes from a position to the frame, each second of the measurement.
const PROBES_PER_SECOND: u64 = 4;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Devices; no more than the machine's limit of open files allows connect, at the same total rate.
    #[arg(long, default_value_t = 83_762)]
    devices: usize,
    /// Positions in a second, of all devices together; as many as devices when missing.
    #[arg(long)]
    per_second: Option<f64>,
    /// How long it is measured, in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Before that, how long it only runs.
    #[arg(long, default_value_t = 10)]
    warm_up: u64,
    /// Screens that watch a regency each.
    #[arg(long, default_value_t = 1_000)]
    screens: usize,
    /// Then the same once more while so many devices, one after the other, come back after eight hours.
    #[arg(long, default_value_t = 0)]
    returning: usize,
    /// Then the same load through Mosquitto, to a subscriber that commits to a store of the same kind.
    #[arg(long)]
    mosquitto: bool,
    /// `postgres://…`; a temporary SQLite store when missing.
    #[arg(long)]
    store: Option<String>,
}

/// A load as both sides get it.
pub(super) struct Plan {
    pub area: AreaId,
    pub ambulances: Vec<Ambulance>,
    /// The unit's number of each ambulance.
    pub numbers: Vec<u32>,
    pub per_second: f64,
    pub warm_up_s: u64,
    pub measured_s: u64,
}

impl Plan {
    pub(super) fn orders(&self, mqtt: SocketAddr, watching: Option<Watching>) -> Orders {
        let driver = |a: &Ambulance| Driver {
            name: a.device.clone(),
            secret: a.secret.clone(),
            lat: a.post.lat,
            lon: a.post.lon,
        };
        Orders {
            mqtt,
            devices: self.ambulances.iter().map(driver).collect(),
            per_second: self.per_second,
            warm_up_s: self.warm_up_s,
            measured_s: self.measured_s,
            watching,
        }
    }
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let temporary = super::Temporary::new()?;
    let url = args.store.clone().unwrap_or_else(|| temporary.url("siaga"));
    let (plan, alone) = siaga(&args, &url, 0).await?;
    let ours = alone.each_us;
    if args.returning > 0 {
        let url = args.store.clone().unwrap_or_else(|| temporary.url("returning"));
        let (_, beside) = siaga(&args, &url, args.returning).await?;
        output::result(&format!(
            "others' p99 while devices came back, by that without: PUBLISH to PUBACK {:.2}, position to frame {:.2}",
            beside.answer_p99_us / alone.answer_p99_us,
            beside.frame_p99_us / alone.frame_p99_us
        ));
    }
    if args.mosquitto {
        let theirs = mosquitto::run(&plan, &temporary).await?;
        output::result(&format!(
            "processor time for a committed position: Siaga {ours:.1} µs, \
             Mosquitto and its subscriber {theirs:.1} µs; \
             ours is {:.2} of theirs",
            ours / theirs
        ));
    }
    Ok(())
}

/// What is compared between two measurements, in microseconds.
struct Figures {
    /// Processor time for a stored position.
    each_us: f64,
    answer_p99_us: f64,
    frame_p99_us: f64,
}

/// Measures our own door, while so many devices come back.
async fn siaga(args: &Args, url: &str, returning: usize) -> anyhow::Result<(Plan, Figures)> {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let clock = Clock::real();
    let ports = Ports::take(any, any).await?;
    let store = Store::open(url).await?;
    let Nation { plan, probe, returning, regencies } =
        nation(args, returning, &store, clock.now()).await?;
    let password =
        setup::person(&store, &plan.area, "bench", Role::Official, None, clock.now()).await?;
    let config = Config { area: AREA.to_owned(), http: any, mqtt: any, ..Config::default() };
    let server = Server::start(&config, ports, store.clone(), clock.clone()).await?;
    let watching = Watching {
        http: server.http,
        name: "bench".to_owned(),
        password: password.clone(),
        screens: args.screens,
        regencies,
    };
    let begun = clock.now();
    let mut load = Worker::start("load", &plan.orders(server.mqtt, Some(watching))).await?;
    load.reaches(&Phase::Connected).await?;
    output::note(&format!(
        "{} devices and {} screens connected; memory {:.0} MB",
        plan.ambulances.len(),
        args.screens,
        resident_kb() / 1024.0
    ));
    load.go().await?;
    load.reaches(&Phase::Measuring).await?;
    let before = Usage::of(&server);
    let client = Client::sign_in(server.http, "bench", &password).await?;
    let samples = u32::try_from(args.seconds * PROBES_PER_SECOND)?;
    let query = format!("?within={}", village_of(&probe.village));
    let frames = position_to_frame(&server, &client, &probe.ambulance, &query, samples);
    let measured = async {
        load.reaches(&Phase::Measured).await?;
        anyhow::Ok(Usage::of(&server))
    };
    let back = backlog::run(&server, &client, &plan.area, &returning);
    let (frames, measured, back) = tokio::join!(frames, measured, back);
    back?;
    let after = measured?;
    let seen = load.seen().await?;
    output::result(&format!(
        "{} devices, {} screens, {:.0} positions a second wanted, {:.0} s measured",
        seen.connected, seen.screens, plan.per_second, seen.measured_s
    ));
    super::say_answers(&seen);
    let frames = frames?;
    output::result(&super::line("position in to frame out", &frames));
    let each_us = after.say_since(&before, &seen);
    count_tracks(&store, &plan, begun, clock.now(), &seen.of_first).await?;
    server.stop().await;
    #[expect(clippy::as_conversions, reason = "microseconds of a bench are exact in f64")]
    let figures = Figures {
        each_us,
        answer_p99_us: seen.answer_us[1] as f64,
        frame_p99_us: frames.value_at_quantile(0.99) as f64,
    };
    Ok((plan, figures))
}

/// What the server has used and done so far.
struct Usage {
    cpu_ms: u64,
    stored: u64,
    memory_kb: f64,
}

impl Usage {
    fn of(server: &Server) -> Self {
        Self {
            cpu_ms: cpu_ms(std::process::id()),
            stored: server.health.fixes_stored(),
            memory_kb: resident_kb(),
        }
    }

    /// Prints what was used since, and answers the processor time for a stored position in microseconds.
    #[expect(clippy::as_conversions, reason = "counts of a bench are exact in f64")]
    fn say_since(&self, before: &Self, seen: &Seen) -> f64 {
        let cpu = (self.cpu_ms - before.cpu_ms) as f64;
        let stored = (self.stored - before.stored) as f64;
        let each_us = cpu * 1000.0 / stored;
        output::result(&format!(
            "server: {:.0} % of one core (the load: {:.0} %), {:.0} positions stored a second, {each_us:.1} µs each, \
             memory {:.0} MB",
            cpu / 10.0 / seen.measured_s,
            seen.cpu_ms as f64 / 10.0 / seen.measured_s,
            stored / seen.measured_s,
            self.memory_kb / 1024.0
        ));
        each_us
    }
}

/// Looks into the store for every acknowledged position of the first devices.
async fn count_tracks(
    store: &Store,
    plan: &Plan,
    from: Timestamp,
    to: Timestamp,
    acknowledged: &[u64],
) -> anyhow::Result<()> {
    let (mut found, mut wanted) = (0_u64, 0);
    for (number, acknowledged) in plan.numbers.iter().zip(acknowledged) {
        let limit = u32::try_from(acknowledged + 1)?;
        let track = store.track(&plan.area, *number, from, to.plus_ms(1), limit).await?;
        found += u64::try_from(track.len())?;
        wanted += acknowledged;
    }
    output::result(&format!(
        "of {} devices {wanted} positions were acknowledged and {found} are in the store",
        acknowledged.len()
    ));
    Ok(())
}

/// A device beside the load.
pub(super) struct Probe {
    pub ambulance: Ambulance,
    /// Its unit's number.
    pub number: u32,
    pub village: String,
}

/// The room of a measurement and who takes part in it.
struct Nation {
    plan: Plan,
    /// The device that is timed to the screen.
    probe: Probe,
    /// Devices that come back after eight hours.
    returning: Vec<Probe>,
    regencies: Vec<String>,
}

/// The code of a village's regency.
fn village_of(village: &str) -> &str {
    village.get(..5).unwrap_or(village)
}

/// A room with a unit in every village of the nation, of which as many have a device as may connect.
async fn nation(
    args: &Args,
    returning: usize,
    store: &Store,
    now: Timestamp,
) -> anyhow::Result<Nation> {
    let area = AreaId::new(AREA).map_err(anyhow::Error::msg)?;
    let posts = village_posts(args.devices.max(returning + 2));
    let unit = |(index, (village, post)): (u32, &(String, crate::place::Position))| {
        let id = UnitId::new(&format!("AMB-{index}")).ok()?;
        let (name, capabilities) = (format!("Ambulans {index}"), vec!["transport".to_owned()]);
        Some(RosterUnit { id, index, name, village: village.clone(), post: *post, capabilities })
    };
    let units: Vec<RosterUnit> = (0_u32..).zip(&posts).filter_map(unit).collect();
    let named = Area {
        id: area.clone(),
        name: "Indonesia".to_owned(),
        timezone: "Asia/Jakarta".to_owned(),
    };
    store.save_area(&named).await?;
    store.save_units(&area, &units).await?;
    let files = super::files_max().saturating_sub(FILES_RESERVED + args.screens);
    let (rest, beside) = units.split_at(units.len() - 1 - returning);
    let connecting = rest.len().min(files).min(CONNECTED_MAX - 1 - returning);
    let step = rest.len().checked_div(connecting).context("no connection can be opened")?;
    let chosen: Vec<&RosterUnit> = rest.iter().step_by(step).take(connecting).collect();
    let mut ambulances = Vec::with_capacity(chosen.len());
    let all: Vec<&RosterUnit> = chosen.iter().copied().chain(beside).collect();
    for some in all.chunks(ENROLLED_AT_ONCE) {
        ambulances.extend(enrol(store, &area, some, now).await?);
    }
    let probe = |(ambulance, unit): (Ambulance, &RosterUnit)| Probe {
        ambulance,
        number: unit.index,
        village: unit.village.clone(),
    };
    let beside = ambulances.split_off(connecting).into_iter().zip(beside).map(probe);
    let mut returning: Vec<Probe> = beside.collect();
    let probe = returning.pop().context("no probe")?;
    let mut regencies: Vec<String> =
        chosen.iter().map(|unit| village_of(&unit.village).to_owned()).collect();
    regencies.dedup();
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a count of units")]
    let per_second = args.per_second.unwrap_or(args.devices as f64);
    let plan = Plan {
        area,
        ambulances,
        numbers: chosen.iter().map(|unit| unit.index).collect(),
        per_second,
        warm_up_s: args.warm_up,
        measured_s: args.seconds,
    };
    Ok(Nation { plan, probe, returning, regencies })
}
