//! The commands, one file each.

pub mod bench;
mod boundaries;
pub mod demo;
mod device;
mod init;
pub mod output;
mod report;
pub mod roads;
mod serve;
mod user;
mod verify;

pub use verify::check as verify_log;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::server::Server;

/// Emergency dispatch and live tracking of village ambulances.
#[derive(Debug, Parser)]
#[command(name = "siaga", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole product with a simulated fleet, on a temporary store.
    Demo(demo::Args),
    /// Set up a regency: settings, roster, and an administrator.
    Init(init::Args),
    /// Run the server.
    Serve(FromConfig),
    /// People who sign in.
    User(user::Args),
    /// Devices that speak for units.
    Device(device::Args),
    /// Check the chain of the event log.
    Verify(FromConfig),
    /// Response times of a period.
    Report(report::Args),
    /// Roads from OpenStreetMap.
    Roads(roads::Args),
    /// Outlines of villages and districts from GeoJSON.
    Boundaries(boundaries::Args),
    /// Measure this build on this machine.
    Bench(bench::Args),
}

/// A command that needs the settings.
#[derive(Clone, Debug, clap::Args)]
pub struct FromConfig {
    /// The settings that 'siaga init' wrote.
    #[arg(long, default_value = "siaga.toml")]
    config: PathBuf,
}

/// Starts the log on stderr; `SIAGA_LOG` says what is worth a line.
fn start_log() {
    let asked =
        std::env::var("SIAGA_LOG").unwrap_or_else(|_| "siaga=info,firmware_sim=warn".to_owned());
    let filter = tracing_subscriber::EnvFilter::new(asked);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A line that a full disk has no room for is lost; complaining about it on stderr would end the program.
    let log = log.log_internal_errors(false);
    if let Err(error) = log.try_init() {
        output::note(&format!("siaga: the log cannot start: {error}"));
    }
}

/// Reads the command line and carries the command out.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::note(&format!("siaga: the runtime cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(run(cli));
    // Devices and screens that are still connected do not hold the program up.
    runtime.shutdown_background();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(&format!("siaga: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Demo(args) => Box::pin(demo::run(args)).await,
        Command::Init(args) => init::run(args).await,
        Command::Serve(args) => Box::pin(serve::run(args)).await,
        Command::User(args) => user::run(args).await,
        Command::Device(args) => device::run(args).await,
        Command::Verify(args) => verify::run(args).await,
        Command::Report(args) => report::run(args).await,
        Command::Roads(args) => roads::run(args).await,
        Command::Boundaries(args) => boundaries::run(args).await,
        Command::Bench(args) => Box::pin(bench::run(args)).await,
    }
}

/// Waits until the server should end; an error when a part of it has failed, so that a supervisor starts it again.
async fn until_the_end(server: &mut Server) -> anyhow::Result<()> {
    tokio::select! {
        asked = asked_to_stop() => asked,
        part = server.fault() => anyhow::bail!("{part} has failed, see the log; start the program again"),
    }
}

/// Waits for Ctrl-C or the service manager's request to end.
async fn asked_to_stop() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
