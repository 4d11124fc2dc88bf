//! A device that comes back after eight hours without a connection, while the others go on: how soon its newest
//! position is on a screen, how long the rest takes, and whether each is in the store once.

use std::time::{Duration, Instant};

use anyhow::Context;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::ingest::Probe;
use super::{has_latitude, stopwatch};
use crate::cli::output;
use crate::client::{Client, next_message};
use crate::clock::Timestamp;
use crate::ids::AreaId;
use crate::server::Server;

/// Eight hours, a position each second.
pub(super) const FIXES: u32 = 28_800;
const FIXES_A_MESSAGE: u32 = 100;
/// Messages without a PUBACK.
const WINDOW: u16 = 64;
const DONE_WITHIN: Duration = Duration::from_secs(120);

/// Has the devices come back one after the other and prints what became of each.
pub(super) async fn run(
    server: &Server,
    client: &Client,
    area: &AreaId,
    returning: &[Probe],
) -> anyhow::Result<()> {
    for (number, probe) in (1_u32..).zip(returning) {
        let back = tokio::time::timeout(DONE_WITHIN, come_back(server, client, probe)).await;
        let Back { from, newest, all } = back.context("a backlog was not taken")??;
        let to = server.desk.now().plus_ms(1);
        let stored = server.store.track(area, probe.number, from, to, FIXES + 1).await?;
        output::result(&format!(
            "backlog {number}: newest on the screen after {:.0} ms, {FIXES} positions acknowledged after {:.1} s, \
             {} in the store",
            newest.as_secs_f64() * 1e3,
            all.as_secs_f64(),
            stored.len()
        ));
    }
    Ok(())
}

/// How a device came back.
struct Back {
    from: Timestamp,
    newest: Duration,
    all: Duration,
}

async fn come_back(server: &Server, client: &Client, probe: &Probe) -> anyhow::Result<Back> {
    let mut live = client.live(&format!("?within={}", probe.village)).await?;
    let device = &probe.ambulance;
    let host = server.mqtt.ip().to_string();
    let mut options = MqttOptions::new(&device.device, host, server.mqtt.port());
    options.set_credentials(&device.device, &device.secret);
    options.set_keep_alive(Duration::from_secs(30));
    options.set_inflight(WINDOW);
    let messages = FIXES / FIXES_A_MESSAGE;
    let (mqtt, events) = AsyncClient::new(options, usize::try_from(messages)? + 1);
    let now = server.desk.now();
    let from = now.plus_ms(-i64::from(FIXES) * 1_000);
    let lat = |seq: u32| device.post.lat + f64::from(seq) * 1.0e-6;
    let topic = format!("siaga/v1/{}/fix", device.device);
    let began = stopwatch();
    // The newest goes first, in its own lane.
    let lanes = std::iter::once(FIXES..=FIXES).chain((0..messages).map(|message| {
        let first = message * FIXES_A_MESSAGE + 1;
        first..=(first + FIXES_A_MESSAGE - 1).min(FIXES - 1)
    }));
    for lane in lanes {
        let fix = |seq: u32| {
            let t = from.plus_ms(i64::from(seq) * 1_000).ms();
            json!({"seq": seq, "t": t, "lat": lat(seq), "lon": device.post.lon, "acc": 5.0})
        };
        let fixes: Vec<_> = lane.map(fix).collect();
        let payload = json!({"boot": "back1", "base": 1, "now": now.ms(), "fixes": fixes});
        mqtt.publish(&topic, QoS::AtLeastOnce, false, payload.to_string()).await?;
    }
    #[expect(clippy::as_conversions, reason = "latitudes in 10⁻⁷ degrees fit in i32")]
    let wanted = (lat(FIXES) * 1e7).round() as i32;
    let shown = async {
        loop {
            if let Message::Binary(frame) = next_message(&mut live).await?
                && has_latitude(&frame, wanted)
            {
                return anyhow::Ok(began.elapsed());
            }
        }
    };
    let (newest, all) = tokio::try_join!(shown, acknowledged(events, messages + 1, began))?;
    Ok(Back { from, newest, all })
}

/// Waits for so many PUBACKs.
async fn acknowledged(
    mut events: EventLoop,
    messages: u32,
    began: Instant,
) -> anyhow::Result<Duration> {
    let mut left = messages;
    while left > 0 {
        if let Event::Incoming(Packet::PubAck(_)) = events.poll().await? {
            left -= 1;
        }
    }
    Ok(began.elapsed())
}
