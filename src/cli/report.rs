//! `siaga report`: response times of a period, as JSON or CSV.

use super::{FromConfig, output};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::report::{self, By, Options, Report, Targets};
use crate::setup;
use crate::store::Store;

/// Incidents in one report.
const INCIDENTS_MAX: u32 = 50_000;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: FromConfig,
    /// First T0 that counts, RFC 3339.
    #[arg(long)]
    from: String,
    /// First T0 that no longer counts, RFC 3339.
    #[arg(long)]
    to: String,
    /// priority, category, district, village, unit or hour.
    #[arg(long, default_value = "priority")]
    by: String,
    /// Rows as CSV instead of everything as JSON.
    #[arg(long)]
    csv: bool,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let config = Config::read(&args.config.config).map_err(anyhow::Error::msg)?;
    let time = |text: &str| Timestamp::parse(text).map_err(anyhow::Error::msg);
    let by = By::parse(&args.by).ok_or_else(|| {
        anyhow::anyhow!("--by {}: use priority, category, district, village, unit or hour", args.by)
    })?;
    let store = Store::open(&config.store).await?;
    let room = setup::room(&store, &config.area).await?.dispatching_by(config.dispatch);
    let options = Options {
        from: time(&args.from)?,
        to: time(&args.to)?,
        now: Clock::real().now(),
        by,
        targets: Targets::of(&room.policy()),
    };
    let (from, to) = (options.from, options.to);
    let incidents = store.report_incidents(&room.area.id, from, to, INCIDENTS_MAX).await?;
    let report = Report::compute(&incidents, &room.regency, &options);
    if args.csv {
        output::result(report::to_csv(&report).trim_end());
    } else {
        output::result(&serde_json::to_string_pretty(&report)?);
    }
    store.close().await;
    Ok(())
}
