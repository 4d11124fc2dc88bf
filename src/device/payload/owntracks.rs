//! OwnTracks: the location payload of the phone app (docs/protocol.md 1.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crypto_secretbox::XSalsa20Poly1305;
use crypto_secretbox::aead::{Aead as _, KeyInit as _};
use serde::Deserialize;

use super::native::{battery, device_time, heading, in_range};
use crate::clock::Timestamp;
use crate::dispatch::unit::{Fix, SourceId};
use crate::place::Position;
use crate::store::PayloadKey;

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

/// Messages in one array: as many as the largest body of a request may hold.
pub const MESSAGES_MAX: usize = 200;
/// An encrypted payload begins with its nonce.
const NONCE_BYTES: usize = 24;

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
    /// Of an encrypted message.
    data: Option<String>,
}

/// Reads what the app sends: a message, or an array of at most 200 of them, each judged alone; nothing is a sign of
/// life. Says in a sentence what is wrong with one, or with the whole.
///
/// A device with a key must encrypt its positions, so that nobody without the key makes one up.
pub fn decode(
    payload: &[u8],
    key: Option<&PayloadKey>,
    received_at: Timestamp,
) -> Result<Vec<Result<Message, String>>, String> {
    let Some(first) = payload.iter().find(|byte| !byte.is_ascii_whitespace()) else {
        return Ok(vec![Ok(Message::Alive)]);
    };
    let wrong = |e: serde_json::Error| format!("not an OwnTracks message: {e}");
    if *first != b'[' {
        let raw = serde_json::from_slice(payload).map_err(wrong)?;
        return Ok(vec![read(&raw, key, received_at)]);
    }
    let all: Vec<serde_json::Value> = serde_json::from_slice(payload).map_err(wrong)?;
    if all.len() > MESSAGES_MAX {
        return Err(format!(
            "{} messages in an array; at most {MESSAGES_MAX} are taken",
            all.len()
        ));
    }
    let each = |value| read(&serde_json::from_value(value).map_err(wrong)?, key, received_at);
    Ok(all.into_iter().map(each).collect())
}

fn read(raw: &Raw, key: Option<&PayloadKey>, received_at: Timestamp) -> Result<Message, String> {
    match (raw.kind.as_str(), key) {
        ("encrypted", Some(key)) => {
            message_of(&decrypt(raw.data.as_deref().unwrap_or_default(), key)?, received_at)
        }
        ("encrypted", None) => Err("an encrypted message of a device without a key".to_owned()),
        ("location", Some(_)) => Err("an open position of a device that encrypts".to_owned()),
        _ => message_of(raw, received_at),
    }
}

/// Opens `data`: base64 of a nonce and a libsodium secretbox (XSalsa20-Poly1305) with the message inside.
fn decrypt(data: &str, key: &PayloadKey) -> Result<Raw, String> {
    let bytes = BASE64.decode(data).map_err(|_| "data is not base64".to_owned())?;
    let (nonce, sealed) =
        bytes.split_first_chunk::<NONCE_BYTES>().ok_or("data is shorter than its nonce")?;
    let open = XSalsa20Poly1305::new(&key.0.into()).decrypt(nonce.into(), sealed);
    let open = open.map_err(|_| "data was not sealed with the device's key".to_owned())?;
    serde_json::from_slice(&open).map_err(|e| format!("not an OwnTracks message inside: {e}"))
}

fn message_of(raw: &Raw, received_at: Timestamp) -> Result<Message, String> {
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
