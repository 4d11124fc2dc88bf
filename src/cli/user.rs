//! `siaga user`: people who sign in.

use clap::{Subcommand, ValueEnum};

use super::{FromConfig, output};
use crate::clock::Clock;
use crate::config::Config;
use crate::ids::{AreaId, UnitId};
use crate::setup;
use crate::store::{Role, Store};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a person, or give them a new password (which ends their sessions).
    Add {
        #[command(flatten)]
        config: FromConfig,
        #[arg(long)]
        name: String,
        #[arg(long, value_enum)]
        role: RoleName,
        /// For crew: the unit they speak for.
        #[arg(long)]
        unit: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    Operator,
    Supervisor,
    Crew,
    Official,
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Operator => Self::Operator,
            RoleName::Supervisor => Self::Supervisor,
            RoleName::Crew => Self::Crew,
            RoleName::Official => Self::Official,
            RoleName::Admin => Self::Admin,
        }
    }
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let Command::Add { config, name, role, unit } = args.command;
    let config = Config::read(&config.config).map_err(anyhow::Error::msg)?;
    let store = Store::open(&config.store).await?;
    let area = AreaId::new(&config.area).map_err(anyhow::Error::msg)?;
    let unit = unit.map(|unit| UnitId::new(&unit)).transpose().map_err(anyhow::Error::msg)?;
    if matches!(role, RoleName::Crew) {
        let units = store.units(&area).await?;
        let known = unit.as_ref().is_some_and(|unit| units.iter().any(|u| u.id == *unit));
        anyhow::ensure!(
            known,
            "--role crew needs --unit with a unit of this area, for example {}",
            units.first().map_or("AMB-…", |u| u.id.as_str())
        );
    }
    let now = Clock::real().now();
    let password = setup::person(&store, &area, &name, role.into(), unit, now).await?;
    store.close().await;
    output::note("This password is shown once:");
    output::result(&password);
    Ok(())
}
