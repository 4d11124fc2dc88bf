//! `siaga init`: sets a regency up for real use.

use std::path::PathBuf;

use anyhow::{Context, bail};

use super::output;
use crate::clock::Clock;
use crate::config::Config;
use crate::gazetteer::Regency;
use crate::ids::AreaId;
use crate::setup;
use crate::store::{Role, Store};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Kemendagri code of the regency, for example 35.09.
    #[arg(long)]
    regency: String,
    /// Where to write the settings.
    #[arg(long, default_value = "siaga.toml")]
    config: PathBuf,
    /// Where the data goes: sqlite:DIRECTORY or postgres://…
    #[arg(long, default_value = "sqlite:data")]
    store: String,
    /// Also add demonstration facilities (made-up places, marked as demo).
    #[arg(long)]
    demo_facilities: bool,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let regency = Regency::load(&args.regency).map_err(|u| anyhow::Error::msg(u.to_string()))?;
    if args.config.exists() {
        bail!(
            "{} exists already; move it away or choose another with --config",
            args.config.display()
        );
    }
    let config = Config { area: regency.code.clone(), store: args.store, ..Config::default() };
    let store = Store::open(&config.store).await?;
    let regency = setup::area(&store, &regency.code, usize::MAX).await?;
    let area = AreaId::new(&regency.code).map_err(anyhow::Error::msg)?;
    if args.demo_facilities {
        setup::demo_facilities(&store, &area).await?;
    }
    let now = Clock::real().now();
    let password = setup::person(&store, &area, "admin", Role::Admin, None, now).await?;
    let units = store.units(&area).await?.len();
    store.close().await;
    std::fs::write(&args.config, config.as_file())
        .with_context(|| format!("{} cannot be written", args.config.display()))?;
    let file = args.config.display();
    output::note(&format!(
        "{} is set up with {units} ambulances, one for each village.",
        regency.name
    ));
    output::note(&format!("Settings: {file}"));
    output::note(&format!("Administrator: name admin, password {password} (shown this once)"));
    output::note(&format!(
        "Next: siaga user add --config {file} --name NAME --role operator\n      \
         siaga device add --config {file} --unit UNIT --kind owntracks\n      \
         siaga serve --config {file}"
    ));
    Ok(())
}
