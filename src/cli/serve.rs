//! `siaga serve`: the server for real use.

use super::{FromConfig, output, until_the_end};
use crate::clock::Clock;
use crate::config::Config;
use crate::ids::AreaId;
use crate::server::{Ports, Server};
use crate::setup;
use crate::store::Store;

pub async fn run(args: FromConfig) -> anyhow::Result<()> {
    let config = Config::read(&args.config).map_err(anyhow::Error::msg)?;
    let ports = Ports::take(config.http, config.mqtt).await?;
    let store = Store::open(&config.store).await?;
    let area = AreaId::new(&config.area).map_err(anyhow::Error::msg)?;
    let last = setup::last_moment(&store, &area).await?;
    let clock = Clock::real();
    let behind_ms = last.ms_since(clock.now());
    if behind_ms > 0 {
        tracing::warn!(
            behind_ms,
            "the machine's clock is behind the last entry of the log: set it right; until it has caught up, \
             time runs slowly"
        );
    }
    let mut server = Server::start(&config, ports, store, clock.not_before(last)).await?;
    output::note(&format!(
        "Siaga {} is serving {}: console http://{}, devices mqtt://{}",
        env!("CARGO_PKG_VERSION"),
        server.desk.room.area.name,
        server.http,
        server.mqtt
    ));
    until_the_end(&mut server).await?;
    output::note("stopping");
    server.stop().await;
    Ok(())
}
