//! OwnTracks: the location payload of the phone app (docs/protocol.md 1.2).

use serde::Deserialize;

use super::native::{battery, device_time, heading, in_range};
use crate::clock::Timestamp;
use crate::dispatch::unit::{Fix, SourceId};
use crate::place::Position;

/// Whether a topic is one of the device's own.
#[must_use]
pub fn is_own_topic(topic: &str, device: &str) -> bool {
    let rest = topic.strip_prefix("owntracks/").and_then(|t| t.strip_prefix(device));
    rest.is_some_and(|rest| rest.starts_with('/') && rest.len() > 1)
}

/// What a message of the app means to us.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    Location(Fix),
    /// The phone is alive; nothing is said of where it is now.
    Alive,
    /// The phone's will: its connection to the broker has been lost.
    Gone,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "_type")]
    kind: String,
    lat: Option<f64>,
    lon: Option<f64>,
    tst: Option<i64>,
    acc: Option<f32>,
    vel: Option<f32>,
    cog: Option<f32>,
    batt: Option<f32>,
    /// What made the app report.
    t: Option<String>,
}

/// Reads a message of the app. Says in a sentence what is wrong.
pub fn decode(payload: &[u8], received_at: Timestamp) -> Result<Message, String> {
    if payload.is_empty() {
        return Ok(Message::Alive);
    }
    let raw: Raw =
        serde_json::from_slice(payload).map_err(|e| format!("not an OwnTracks message: {e}"))?;
    if raw.kind == "lwt" {
        return Ok(Message::Gone);
    }
    // A ping carries the time of now with the place of before: taking it would make an old place look fresh.
    if raw.kind != "location" || raw.t.as_deref() == Some("p") {
        return Ok(Message::Alive);
    }
    let (Some(lat), Some(lon), Some(tst)) = (raw.lat, raw.lon, raw.tst) else {
        return Err("a location needs lat, lon and tst".to_owned());
    };
    Ok(Message::Location(Fix {
        device_at: device_time(tst.saturating_mul(1000))?,
        received_at,
        position: Position::new(lat, lon)?,
        speed_kmh: in_range(raw.vel, 0.0, 500.0),
        heading_deg: heading(raw.cog),
        accuracy_m: in_range(raw.acc, 0.0, 1e6),
        battery_pct: battery(raw.batt),
        behind_ms: None,
        mocked: false,
        source: SourceId::default(),
    }))
}
