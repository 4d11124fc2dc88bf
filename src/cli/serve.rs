//! `siaga serve`: the server for real use.

use super::{FromConfig, asked_to_stop, output};
use crate::clock::Clock;
use crate::config::Config;
use crate::server::{Ports, Server};
use crate::store::Store;

pub async fn run(args: FromConfig) -> anyhow::Result<()> {
    let config = Config::read(&args.config).map_err(anyhow::Error::msg)?;
    let ports = Ports::take(config.http, config.mqtt).await?;
    let store = Store::open(&config.store).await?;
    let server = Server::start(&config, ports, store, Clock::real()).await?;
    output::note(&format!(
        "Siaga {} is serving {}: console http://{}, devices mqtt://{}",
        env!("CARGO_PKG_VERSION"),
        server.desk.room.area.name,
        server.http,
        server.mqtt
    ));
    asked_to_stop().await?;
    output::note("stopping");
    server.stop().await;
    Ok(())
}
