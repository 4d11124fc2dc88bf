//! The program: devices from a file or made up, against any MQTT broker, until it is told to stop.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use firmware_sim::roster::{self, MadeUp};
use firmware_sim::trace::Trace;
use firmware_sim::trouble::Troubles;
use firmware_sim::{Ambulance, Behaviour, Broker, Counters, Fleet, FleetConfig, Place, SimClock};
use tokio::sync::watch;

const REPORT_EVERY: Duration = Duration::from_secs(10);

/// Ambulances with trackers, vehicles and crews, played over real MQTT.
#[derive(Debug, Parser)]
#[command(name = "firmware-sim", version)]
struct Arguments {
    /// Where the devices connect, for example mqtt://127.0.0.1:1883; several addresses of one server are taken in turn
    #[arg(long, required = true, value_delimiter = ',', value_name = "mqtt://HOST:PORT", value_parser = parse_broker)]
    broker: Vec<Broker>,
    /// Devices to play: CSV with the header unit,device,secret,lat,lon
    #[arg(long, value_name = "FILE", conflicts_with_all = ["units", "lat", "lon"])]
    devices: Option<PathBuf>,
    /// Number of made-up devices when there is no file
    #[arg(long, default_value_t = 10)]
    units: usize,
    /// Latitude around which made-up devices stand, in degrees
    #[arg(long, default_value_t = -8.1724, allow_negative_numbers = true)]
    lat: f64,
    /// Longitude around which made-up devices stand, in degrees
    #[arg(long, default_value_t = 113.7003, allow_negative_numbers = true)]
    lon: f64,
    /// Made-up devices are named PREFIX-0001, PREFIX-0002 and so on
    #[arg(long, value_name = "PREFIX", default_value = "sim")]
    user_prefix: String,
    /// Secret of every made-up device
    #[arg(long, env = "FIRMWARE_SIM_SECRET", default_value = "", hide_env_values = true)]
    secret: String,
    /// The same seed gives the same vehicles, crews and dead zones
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Simulated seconds in a real one, 0.01 to 1000
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Let links fail in some valleys
    #[arg(long)]
    dead_zones: bool,
    /// Every unit without an order drives round its post and reports once a second
    #[arg(long)]
    always_moving: bool,
    /// Keep each device's outbox in a file of this folder, so that a power cut loses nothing
    #[arg(long, value_name = "FOLDER")]
    outbox: Option<PathBuf>,
    /// Times in a simulated hour that each device loses its power for a while
    #[arg(long, value_name = "TIMES", default_value_t = 0.0)]
    power_cuts: f64,
    /// Chance of everything else that goes wrong, 0 to 1: spoilt positions, messages twice or out of turn, and the
    /// share of devices whose clock is 1,024 weeks behind
    #[arg(long, value_name = "CHANCE", default_value_t = 0.0)]
    troubles: f64,
    /// Every device reports this recorded drive, GPX or NMEA, from its own post
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// End after this many real seconds
    #[arg(long = "for", value_name = "SECONDS")]
    for_s: Option<u64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log();
    match play(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn play(arguments: Arguments) -> Result<()> {
    let ambulances = ambulances(&arguments)?;
    let speeds = firmware_sim::clock::SPEED_MIN..=firmware_sim::clock::SPEED_MAX;
    ensure!(speeds.contains(&arguments.speed), "--speed must be 0.01 to 1000");

    ensure!((0.0..=60.0).contains(&arguments.power_cuts), "--power-cuts must be 0 to 60");

    ensure!((0.0..=1.0).contains(&arguments.troubles), "--troubles must be 0 to 1");
    let trace = arguments.replay.as_deref().map(recorded).transpose()?;
    let brokers = arguments.broker;
    let devices = ambulances.len();
    tracing::info!(devices, seed = arguments.seed, ?brokers, "connecting");
    let behaviour = Behaviour {
        dead_zones: arguments.dead_zones,
        always_moving: arguments.always_moving,
        outboxes: arguments.outbox,
        power_cuts_per_hour: arguments.power_cuts,
        troubles: Troubles::all(arguments.troubles),
        trace: trace.map(Arc::new),
        ..Behaviour::default()
    };
    let clock = SimClock::from_now(arguments.speed);
    let seed = arguments.seed;
    let fleet = Fleet::new(FleetConfig { brokers, ambulances, seed, clock, behaviour });
    let counters = fleet.counters();
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(fleet.run(stopping));

    wait_for_end(arguments.for_s, &counters).await?;
    stop.send_replace(true);
    let summary = running.await.context("the fleet failed")?;
    tracing::info!(
        connections = summary.connections,
        reconnects = summary.reconnects,
        connections_refused = summary.connections_refused,
        published = summary.published,
        repeated = summary.repeated,
        acknowledged = summary.acknowledged,
        refused = summary.refused,
        orders = summary.orders,
        malformed = summary.malformed,
        dropped = summary.dropped,
        unacknowledged = summary.unacknowledged,
        "ended"
    );
    ensure!(
        summary.connections > 0,
        "no device was ever connected; is the server running at --broker?"
    );
    Ok(())
}

fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

async fn wait_for_end(for_s: Option<u64>, counters: &Counters) -> Result<()> {
    let limit = tokio::time::sleep(for_s.map_or(Duration::MAX, Duration::from_secs));
    let mut limit = std::pin::pin!(limit);
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            () = &mut limit => return Ok(()),
            heard = &mut interrupt => return heard.context("cannot listen for Ctrl-C"),
            () = tokio::time::sleep(REPORT_EVERY) => {
                let now = counters.snapshot();
                tracing::info!(
                    online = now.online,
                    published = now.published,
                    acknowledged = now.acknowledged,
                    orders = now.orders,
                    "running"
                );
            }
        }
    }
}

fn ambulances(arguments: &Arguments) -> Result<Vec<Ambulance>> {
    if let Some(path) = &arguments.devices {
        return from_file(path);
    }
    let Some(centre) = Place::checked(arguments.lat, arguments.lon) else {
        bail!("--lat {} --lon {} is no place on the globe", arguments.lat, arguments.lon);
    };
    let max = roster::AMBULANCES_MAX;
    ensure!((1..=max).contains(&arguments.units), "--units must be 1 to {max}");
    let prefix = arguments.user_prefix.clone();
    ensure!(roster::is_device_name(&prefix), "--user-prefix must be without '/', '+', '#', spaces");
    let secret = arguments.secret.clone();
    Ok(roster::make_up(&MadeUp { count: arguments.units, centre, prefix, secret }))
}

/// A recorded drive; a larger file than this is none.
const TRACE_BYTES_MAX: u64 = 64 * 1024 * 1024;

fn recorded(path: &Path) -> Result<Trace> {
    let name = path.display();
    let size = std::fs::metadata(path).with_context(|| format!("cannot open {name}"))?.len();
    ensure!(size <= TRACE_BYTES_MAX, "{name} has more than 64 MiB");
    let trace = Trace::read(&std::fs::read(path).with_context(|| format!("cannot read {name}"))?);
    let trace = trace.with_context(|| name.to_string())?;
    tracing::info!("replaying {name}: {trace}");
    Ok(trace)
}

fn from_file(path: &Path) -> Result<Vec<Ambulance>> {
    let name = path.display();
    let file = File::open(path)
        .with_context(|| format!("cannot open {name}; give --devices a file you may read"))?;
    roster::read(file).with_context(|| name.to_string())
}

fn parse_broker(text: &str) -> Result<Broker, String> {
    const EXPECTED: &str = "expected mqtt://HOST:PORT, for example mqtt://127.0.0.1:1883";
    let rest = match text.split_once("://") {
        Some(("mqtt" | "tcp", rest)) => rest,
        Some((scheme, _)) => return Err(format!("{scheme}:// is not spoken here; {EXPECTED}")),
        None => text,
    };
    let rest = rest.trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') || host.ends_with(']') => {
            let number: u16 =
                port.parse().map_err(|_| format!("{port:?} is no port; {EXPECTED}"))?;
            (host, number)
        }
        _ => (rest, 1883),
    };
    if host.is_empty() || port == 0 || host.contains(['/', '@', ' ']) {
        return Err(EXPECTED.to_owned());
    }
    Ok(Broker { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brokers_are_read_with_and_without_a_port() {
        let good = [
            ("mqtt://127.0.0.1:1884", "127.0.0.1", 1884),
            ("mqtt://broker.local", "broker.local", 1883),
            ("localhost:1883", "localhost", 1883),
            ("mqtt://[::1]:1883/", "[::1]", 1883),
        ];
        for (text, host, port) in good {
            let expected = Broker { host: host.to_owned(), port };
            assert_eq!(parse_broker(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn wrong_brokers_are_refused_with_an_example() {
        let bad = ["", "mqtt://", "mqtts://h:8883", "mqtt://h:0", "mqtt://h:70000", "h:x", "a@b:1"];
        for text in bad {
            assert!(parse_broker(text).unwrap_err().contains("mqtt://127.0.0.1:1883"), "{text}");
        }
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let error = from_file(Path::new("/nonexistent/devices.csv")).unwrap_err();
        assert!(format!("{error:#}").contains("/nonexistent/devices.csv"));
    }
}
