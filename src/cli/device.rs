//! `siaga device`: devices that speak for units.

use clap::{Subcommand, ValueEnum};

use super::{FromConfig, output};
use crate::client::Client;
use crate::clock::Clock;
use crate::config::Config;
use crate::device::enrolment::{self, Wish, is_behind_gateway};
use crate::http::devices::terminal_qr;
use crate::ids::{AreaId, UnitId};
use crate::secret;
use crate::store::quarantine::Quarantined;
use crate::store::{Device, DeviceKind, Store};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Enrol a device for a unit, or one for every unit with --all; secrets are shown once, as CSV.
    Add {
        #[command(flatten)]
        config: FromConfig,
        #[arg(long, required_unless_present = "all")]
        unit: Option<String>,
        #[arg(long, value_enum, default_value = "native")]
        kind: KindName,
        /// A device for every unit, for firmware-sim --devices.
        #[arg(long, conflicts_with = "unit")]
        all: bool,
        /// The app encrypts its payloads (OwnTracks).
        #[arg(long)]
        encrypted: bool,
        /// Of a device behind a gateway: its telephone number (sms), its uniqueId in Traccar (forwarded).
        #[arg(long, conflicts_with = "all")]
        address: Option<String>,
    },
    /// List the devices of a running server and how each reports, as CSV; SIAGA_PASSWORD is the password.
    List {
        /// Where the console of the server is.
        #[arg(long, default_value = "127.0.0.1:8080")]
        server: std::net::SocketAddr,
        /// An administrator, supervisor or operator.
        #[arg(long)]
        user: String,
    },
    /// List messages over a broker that would never become right, newest first, as CSV.
    Quarantine {
        #[command(flatten)]
        config: FromConfig,
    },
    /// Give a device a new secret; the one it has works until the new one is used, at most seven days.
    Rotate {
        #[command(flatten)]
        config: FromConfig,
        #[arg(long)]
        name: String,
    },
    /// Make a one-time code by which somebody at the device fetches its configuration; good for 24 hours.
    Code {
        #[command(flatten)]
        config: FromConfig,
        #[arg(long)]
        name: String,
    },
    /// End a device's right to connect.
    Revoke {
        #[command(flatten)]
        config: FromConfig,
        #[arg(long)]
        name: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindName {
    Native,
    Owntracks,
    Traccar,
    Forwarded,
    Sms,
}

impl From<KindName> for DeviceKind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Native => Self::Native,
            KindName::Owntracks => Self::Owntracks,
            KindName::Traccar => Self::Traccar,
            KindName::Forwarded => Self::Forwarded,
            KindName::Sms => Self::Sms,
        }
    }
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let now = Clock::real().now();
    match args.command {
        Command::Add { config, unit, kind, all: _, encrypted, address } => {
            let config = Config::read(&config.config).map_err(anyhow::Error::msg)?;
            let wish = |unit| Wish { unit, kind: kind.into(), encrypted, address: address.clone() };
            add(&config, unit.as_deref(), wish).await?;
        }
        Command::Rotate { config, name } => {
            let config = Config::read(&config.config).map_err(anyhow::Error::msg)?;
            rotate(&config, &name).await?;
        }
        Command::Code { config, name } => {
            let config = Config::read(&config.config).map_err(anyhow::Error::msg)?;
            let (store, _) = with_secret(&config, &name).await?;
            let code = enrolment::new_code();
            let hash = enrolment::code_hash(&code).expect("a code that was just made is one");
            let until = now.plus_ms(enrolment::CODE_GOOD_MS);
            let set = store.set_device_code(&name, &hash, until).await?;
            store.close().await;
            anyhow::ensure!(set, "{name} can no longer connect");
            let web = config.public_door(config.http, config.mqtt).web;
            output::result(&format!("{web}/pasang#{code}"));
            output::note(&format!("The code {code} is good until {until}, once."));
        }
        Command::List { server, user } => list(server, &user).await?,
        Command::Quarantine { config } => {
            let config = Config::read(&config.config).map_err(anyhow::Error::msg)?;
            let store = Store::open(&config.store).await?;
            let area = AreaId::new(&config.area).map_err(anyhow::Error::msg)?;
            let messages = store.quarantined(&area).await?;
            store.close().await;
            output::result("at,size,reason,topic,head");
            for message in messages {
                let Quarantined { at, topic, size, reason, head } = message;
                // In quotes and escaped: what a stranger wrote is shown on a terminal.
                let head = String::from_utf8_lossy(&head);
                output::result(&format!("{at},{size},{reason:?},{topic:?},{head:?}"));
            }
        }
        Command::Revoke { config, name } => {
            let config = Config::read(&config.config).map_err(anyhow::Error::msg)?;
            let store = Store::open(&config.store).await?;
            anyhow::ensure!(store.device(&name).await?.is_some(), "there is no device {name}");
            store.revoke_device(&name, now).await?;
            store.close().await;
            output::note(&format!("{name} can no longer connect"));
        }
    }
    Ok(())
}

/// Enrols a device for a unit, or one for each.
async fn add(
    config: &Config,
    unit: Option<&str>,
    wish: impl Fn(UnitId) -> Wish,
) -> anyhow::Result<()> {
    let now = Clock::real().now();
    let store = Store::open(&config.store).await?;
    let area = AreaId::new(&config.area).map_err(anyhow::Error::msg)?;
    let wanted = unit.map(UnitId::new).transpose().map_err(anyhow::Error::msg)?;
    let mut units = store.units(&area).await?;
    units.retain(|known| wanted.as_ref().is_none_or(|wanted| known.id == *wanted));
    anyhow::ensure!(!units.is_empty(), "there is no unit {} in {area}", unit.unwrap_or_default());
    let granted = units.iter().map(|unit| wish(unit.id.clone()).grant(area.clone(), now));
    let made: Vec<_> = granted.collect::<Result<_, _>>()?;
    let devices: Vec<_> = made.iter().map(|(device, _)| device.clone()).collect();
    store.add_devices(&devices).await?;
    store.close().await;
    output::note("Secrets are shown once:");
    output::result("unit,device,secret,lat,lon");
    for ((device, secret), unit) in made.iter().zip(&units) {
        let (lat, lon) = (unit.post.lat(), unit.post.lon());
        let secret = if is_behind_gateway(device.kind) { "" } else { secret };
        output::result(&format!("{},{},{secret},{lat},{lon}", unit.id, device.name));
    }
    if let [(device, secret)] = made.as_slice() {
        show(config, device, secret);
    }
    Ok(())
}

/// What is scanned or typed at one device.
fn show(config: &Config, device: &Device, secret: &str) {
    if let Some(key) = enrolment::key_text(device) {
        output::note(&format!("encryption key: {key}"));
    }
    let public = config.public_door(config.http, config.mqtt);
    output::note(&terminal_qr(device, secret, &public));
}

async fn rotate(config: &Config, name: &str) -> anyhow::Result<()> {
    let now = Clock::real().now();
    let (store, device) = with_secret(config, name).await?;
    let made = enrolment::new_secret();
    let until = now.plus_ms(enrolment::OLD_SECRET_GOOD_MS);
    let hash = secret::token_hash(&made);
    let changed = store.change_device_secret(name, &hash, now, until).await?;
    store.close().await;
    anyhow::ensure!(changed, "{name} can no longer connect");
    output::note(&format!("The old secret works until this one is used, at most until {until}:"));
    output::result("unit,device,secret");
    output::result(&format!("{},{name},{made}", device.unit));
    show(config, &device, &made);
    Ok(())
}

/// The store, and the device of that name when it has a secret.
async fn with_secret(config: &Config, name: &str) -> anyhow::Result<(Store, Device)> {
    let store = Store::open(&config.store).await?;
    let device = store.device(name).await?.filter(|device| device.area.as_str() == config.area);
    let device = device.ok_or_else(|| anyhow::anyhow!("there is no device {name}"))?;
    let kind = device.kind;
    anyhow::ensure!(!is_behind_gateway(kind), "{name} speaks through a gateway: it has no secret");
    Ok((store, device))
}

/// What `list` tells of each device, in this order.
const COLUMNS: [&str; 12] = [
    "unit",
    "device",
    "kind",
    "connected",
    "heard_at",
    "clock_behind_s",
    "interval_s",
    "covered_share",
    "gaps",
    "longest_gap_s",
    "habit",
    "flapping",
];

async fn list(server: std::net::SocketAddr, user: &str) -> anyhow::Result<()> {
    let password = std::env::var("SIAGA_PASSWORD");
    let password = password.map_err(|_| anyhow::anyhow!("put the password in SIAGA_PASSWORD"))?;
    let answer = Client::sign_in(server, user, &password).await?.get("/api/v1/devices").await?;
    let body = answer.json();
    let devices = body["devices"].as_array();
    let devices = devices.ok_or_else(|| anyhow::anyhow!("the server says: {body}"))?;
    output::result(&COLUMNS.join(","));
    for device in devices {
        let cell = |column: &&str| match (&device[*column], device[*column].as_str()) {
            (_, Some(text)) => text.to_owned(),
            (value, None) if value.is_null() => String::new(),
            (value, None) => value.to_string(),
        };
        output::result(&COLUMNS.iter().map(cell).collect::<Vec<_>>().join(","));
    }
    Ok(())
}
