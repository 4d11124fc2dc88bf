//! `siaga device`: devices that speak for units.

use clap::{Subcommand, ValueEnum};

use super::{FromConfig, output};
use crate::client::Client;
use crate::clock::Clock;
use crate::config::Config;
use crate::device;
use crate::http::devices::terminal_qr;
use crate::ids::{AreaId, UnitId};
use crate::store::quarantine::Quarantined;
use crate::store::{DeviceKind, Store};

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
}

impl From<KindName> for DeviceKind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Native => Self::Native,
            KindName::Owntracks => Self::Owntracks,
            KindName::Traccar => Self::Traccar,
        }
    }
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let now = Clock::real().now();
    match args.command {
        Command::Add { config, unit, kind, all: _ } => {
            let config = Config::read(&config.config).map_err(anyhow::Error::msg)?;
            let store = Store::open(&config.store).await?;
            let area = AreaId::new(&config.area).map_err(anyhow::Error::msg)?;
            let wanted = unit.as_deref().map(UnitId::new).transpose();
            let wanted = wanted.map_err(anyhow::Error::msg)?;
            let mut units = store.units(&area).await?;
            units.retain(|u| wanted.as_ref().is_none_or(|wanted| u.id == *wanted));
            anyhow::ensure!(
                !units.is_empty(),
                "there is no unit {} in {area}",
                unit.unwrap_or_default()
            );
            let enrol = |id: UnitId| device::enrol(area.clone(), id, kind.into(), now);
            let made: Vec<_> = units.iter().map(|unit| enrol(unit.id.clone())).collect();
            let devices: Vec<_> = made.iter().map(|(device, _)| device.clone()).collect();
            store.add_devices(&devices).await?;
            store.close().await;
            output::note("Secrets are shown once:");
            output::result("unit,device,secret,lat,lon");
            for ((device, secret), unit) in made.iter().zip(&units) {
                let (lat, lon) = (unit.post.lat(), unit.post.lon());
                output::result(&format!("{},{},{secret},{lat},{lon}", unit.id, device.name));
            }
            if let [(device, secret)] = made.as_slice() {
                let public = config.public_door(config.http, config.mqtt);
                output::note(&terminal_qr(device, secret, &public));
            }
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
