//! `siaga demo`: the whole product on embedded defaults, with a fleet that speaks real MQTT and calls that arrive.

mod callers;
mod history;
mod on_roads;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use firmware_sim::{Ambulance, Behaviour, Broker, FleetConfig, SimClock};
use tokio::sync::watch;

use super::{output, until_the_end};
use crate::clock::{Clock, Timestamp};
use crate::config::{Boundaries, Config};
use crate::device;
use crate::gazetteer::Regency;
use crate::ids::AreaId;
use crate::secret;
use crate::server::{Ports, Server};
use crate::setup;
use crate::store::{DeviceKind, Role, RosterUnit, Store};

/// Jember in East Java: the first user.
const REGENCY: &str = "35.09";
/// The file with the demo's sign-ins, in its data directory.
const SIGN_INS: &str = "demo-sign-ins.json";
/// More than the demonstration has.
const FACILITIES_MAX: usize = 64;
/// Days of made-up past in the log, so that the report has something to show.
const HISTORY_DAYS: u32 = 30;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address and port of the console.
    #[arg(long, default_value = "127.0.0.1:8080")]
    http: SocketAddr,
    /// Address and port of the device door.
    #[arg(long, default_value = "127.0.0.1:1883")]
    mqtt: SocketAddr,
    /// Keep the store here; a second start goes on from it. A temporary one when missing.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Roads to drive on: an OpenStreetMap extract (FILE.osm.pbf) or what `siaga roads import` wrote. The villages
    /// stand along them, wherever in the world these are.
    #[arg(long)]
    roads: Option<PathBuf>,
    /// Regency by its Kemendagri code.
    #[arg(long, default_value = REGENCY)]
    regency: String,
    /// Ambulances that drive; all of the regency's when missing.
    #[arg(long)]
    units: Option<usize>,
    /// The same seed gives the same fleet, crews and callers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Simulated seconds in one real second.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Calls an hour; 0 leaves the calls to you.
    #[arg(long, default_value_t = 30.0)]
    calls: f64,
    /// Outlines of the regency, as 'siaga boundaries import' wrote them.
    #[arg(long)]
    boundaries: Option<PathBuf>,
}

/// A sign-in that the demo made.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct SignIn {
    role: String,
    name: String,
    password: String,
}

#[derive(serde::Serialize)]
struct Ready {
    http: String,
    mqtt: String,
    sign_ins: Vec<SignIn>,
}

const PEOPLE: [(&str, &str, Role); 5] = [
    ("operator", "operator", Role::Operator),
    ("supervisor", "supervisor", Role::Supervisor),
    ("official", "dinkes", Role::Official),
    ("admin", "admin", Role::Admin),
    ("crew", "kru", Role::Crew),
];

pub async fn run(args: Args) -> anyhow::Result<()> {
    anyhow::ensure!(
        args.speed.is_finite() && (0.1..=100.0).contains(&args.speed),
        "--speed {}: use 0.1 to 100",
        args.speed
    );
    anyhow::ensure!(
        args.calls.is_finite() && (0.0..=3600.0).contains(&args.calls),
        "--calls {}: use 0 to 3600 an hour",
        args.calls
    );
    let kept = args.data.clone();
    let made_up = std::env::temp_dir().join(format!("siaga-demo-{}", uuid::Uuid::now_v7()));
    let data = kept.clone().unwrap_or(made_up);
    let done = run_in(&args, &data).await;
    if kept.is_none()
        && let Err(error) = std::fs::remove_dir_all(&data)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        output::note(&format!("{} could not be removed: {error}", data.display()));
    }
    done
}

async fn run_in(args: &Args, data: &Path) -> anyhow::Result<()> {
    let ports = Ports::take(args.http, args.mqtt).await?;
    let store = Store::open(&format!("sqlite:{}", data.display())).await?;
    let units_max = args.units.unwrap_or(usize::MAX);
    let mut regency = Regency::load(&args.regency)?;
    let roads = match &args.roads {
        Some(file) => Some(on_roads::open(file, data).await?),
        None => None,
    };
    let moved = roads.as_ref().map(|roads| roads.places(regency.villages.len(), args.seed));
    if let Some(places) = &moved {
        regency.move_villages(places);
    }
    setup::area_of(&store, &regency, units_max).await?;
    let area = AreaId::new(&regency.code).map_err(anyhow::Error::msg)?;
    let clock = Clock::running_at(args.speed).not_before(setup::last_moment(&store, &area).await?);
    match &roads {
        Some(roads) => {
            let places = roads.places(FACILITIES_MAX, args.seed + 1);
            setup::demo_facilities_at(&store, &area, &places).await?;
        }
        None if regency.code == REGENCY => setup::demo_facilities(&store, &area).await?,
        None => {}
    }
    if store.head(&area).await?.is_none() {
        let room = setup::room(&store, &regency.code).await?;
        let room = match &moved {
            Some(places) => room.with_villages_at(places),
            None => room,
        };
        history::write(&store, &room, args.seed, HISTORY_DAYS, clock.now()).await?;
    }
    let sign_ins = sign_ins(&store, &area, data, clock.now()).await?;
    let ambulances = enrol_all(&store, &area, clock.now()).await?;
    let config = Config {
        area: regency.code.clone(),
        http: args.http,
        mqtt: args.mqtt,
        roads: roads.as_ref().map(|roads| roads.settings()).unwrap_or_default(),
        villages_at: moved,
        boundaries: Boundaries { file: args.boundaries.clone() },
        ..Config::default()
    };
    let mut server = Server::start(&config, ports, store, clock.clone()).await?;
    let (stop, stopped) = watch::channel(false);
    let fleet = tokio::spawn(firmware_sim::run(
        FleetConfig {
            brokers: vec![Broker { host: server.mqtt.ip().to_string(), port: server.mqtt.port() }],
            ambulances,
            seed: args.seed,
            clock: SimClock::new(clock.now().ms(), args.speed),
            behaviour: Behaviour {
                dead_zones: true,
                ways: roads.map(|roads| roads.ways()).unwrap_or_default(),
                ..Behaviour::default()
            },
        },
        stopped.clone(),
    ));
    let callers = tokio::spawn(callers::run(server.desk.clone(), args.seed, args.calls, stopped));
    say_ready(&server, sign_ins)?;
    until_the_end(&mut server).await?;
    output::note("stopping");
    stop.send_replace(true);
    callers.await.context("the callers stopped badly")?;
    fleet.await.context("the fleet stopped badly")?;
    server.stop().await;
    Ok(())
}

fn say_ready(server: &Server, sign_ins: Vec<SignIn>) -> anyhow::Result<()> {
    let ready = Ready {
        http: format!("http://{}", server.http),
        mqtt: format!("mqtt://{}", server.mqtt),
        sign_ins,
    };
    let area = &server.desk.room.area.name;
    let units = server.desk.room.units().len();
    output::note(&format!("Siaga demo: {area}, {units} ambulances, each a device speaking MQTT."));
    output::note(&format!("  Console   {}", ready.http));
    output::note(&format!("  Report    {}/laporan", ready.http));
    output::note(&format!("  Devices   {}/perangkat, heard at {}", ready.http, ready.mqtt));
    for sign_in in &ready.sign_ins {
        output::note(&format!("  {:<12}{:<12}{}", sign_in.role, sign_in.name, sign_in.password));
    }
    output::note("Open the console, sign in as operator, press F2 and take a call. Ctrl-C ends.");
    output::result(&serde_json::to_string(&ready)?);
    Ok(())
}

/// Gives each role a person. Their passwords stand beside the store, so that whoever is signed in when the demo is
/// started again still is.
async fn sign_ins(
    store: &Store,
    area: &AreaId,
    data: &Path,
    now: Timestamp,
) -> anyhow::Result<Vec<SignIn>> {
    let file = data.join(SIGN_INS);
    let kept = std::fs::read(&file).unwrap_or_default();
    let kept: Vec<SignIn> = serde_json::from_slice(&kept).unwrap_or_default();
    let first_unit = store.units(area).await?.first().map(|unit| unit.id.clone());
    let mut sign_ins = Vec::with_capacity(PEOPLE.len());
    for (word, name, role) in PEOPLE {
        let known = store.user(name).await?.filter(|known| known.area == *area);
        let kept = kept.iter().find(|kept| kept.name == name).zip(known);
        let kept = kept
            .filter(|(kept, user)| secret::verify_password(&kept.password, &user.password_hash));
        if let Some((kept, _)) = kept {
            sign_ins.push(kept.clone());
            continue;
        }
        let unit = first_unit.clone().filter(|_| role == Role::Crew);
        let password = setup::person(store, area, name, role, unit, now).await?;
        sign_ins.push(SignIn { role: word.to_owned(), name: name.to_owned(), password });
    }
    write_private(&file, &serde_json::to_vec(&sign_ins)?)
        .with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(sign_ins)
}

/// Writes a file that only its owner reads.
fn write_private(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(file)?, text)
}

/// Enrols a device for every unit; those of an earlier run lose their right, their secrets being kept nowhere.
pub(super) async fn enrol_all(
    store: &Store,
    area: &AreaId,
    now: Timestamp,
) -> anyhow::Result<Vec<Ambulance>> {
    store.revoke_devices(area, now).await?;
    let units = store.units(area).await?;
    enrol(store, area, &units.iter().collect::<Vec<_>>(), now).await
}

/// Gives units a device each.
pub(super) async fn enrol(
    store: &Store,
    area: &AreaId,
    units: &[&RosterUnit],
    now: Timestamp,
) -> anyhow::Result<Vec<Ambulance>> {
    let mut devices = Vec::with_capacity(units.len());
    let mut ambulances = Vec::with_capacity(units.len());
    for unit in units {
        let (device, secret) =
            device::enrolment::enrol(area.clone(), unit.id.clone(), DeviceKind::Native, now);
        ambulances.push(Ambulance {
            unit: unit.id.to_string(),
            device: device.name.clone(),
            secret,
            post: firmware_sim::Place { lat: unit.post.lat(), lon: unit.post.lon() },
        });
        devices.push(device);
    }
    store.add_devices(&devices).await?;
    Ok(ambulances)
}
