//! The program: reads the command and hands it on.

use std::process::ExitCode;

use clap::Parser;
use siaga::cli::{self, Cli};

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli::start_log();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            cli::output::note(&format!("siaga: the runtime cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(cli::run(cli));
    // Devices and screens that are still connected do not hold the program up.
    runtime.shutdown_background();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::output::note(&format!("siaga: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
