//! The device's half of the wire format: fixes and statuses out, acknowledgements and orders in.
//!
//! Decoding is total: any bytes give a meaning or `Malformed`, never a panic. Members this version
//! does not know are ignored, so that the server can say more without a change to devices.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::place::Place;

/// Largest MQTT packet of the contract, in bytes.
pub const PACKET_BYTES_MAX: usize = 16 * 1024;
/// Most fixes in one message (contract).
pub const FIXES_PER_MESSAGE_MAX: usize = 100;
/// Longest reason of a refusal, in characters (contract).
pub const REASON_CHARS_MAX: usize = 200;

/// One position, numbered within its boot; `at_ms` is device time in UTC epoch milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    pub seq: u64,
    pub at_ms: i64,
    pub place: Place,
    pub accuracy_m: f32,
    pub speed_kmh: f32,
    pub heading_deg: u16,
    pub battery_pct: u8,
}

/// A step of an order, in the order in which steps follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Received,
    Acknowledged,
    EnRoute,
    OnScene,
    AtPatient,
    Transporting,
    AtDestination,
    HandedOver,
    Cleared,
    Rejected,
    /// The device knows that the order was withdrawn.
    StoodDown,
}

/// One step of one assignment, numbered within its boot; `at_ms` as in `Fix`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub seq: u64,
    pub at_ms: i64,
    pub assignment: Uuid,
    pub status: Status,
    /// With `received`: the revision of the order.
    pub revision: Option<u32>,
    pub reason: Option<String>,
}

/// Which start of the device a message belongs to, and the lowest number it still keeps.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    pub boot: &'a str,
    pub base: u64,
    /// Device time at which the message is made.
    pub now_ms: i64,
}

/// Siaga's own acknowledgement: every record up to `through` is committed or listed as refused.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Ack {
    pub boot: String,
    pub through: u64,
    #[serde(default)]
    pub refused: Vec<Refused>,
}

/// A record Siaga did not take; `code` is for programs, `detail` for people.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Refused {
    pub seq: u64,
    #[serde(default)]
    pub code: String,
    #[serde(default)]
    pub detail: String,
}

/// What the unit should do now.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub assignment: Uuid,
    /// Which wording of the order this is, from 1; a higher one is the newer.
    pub revision: u32,
    pub demand: Demand,
}

/// Do this, or stop doing it.
#[derive(Debug, Clone, PartialEq)]
pub enum Demand {
    Offered(Offer),
    Withdrawn { reason: String },
}

/// An emergency as the crew is told it; nothing in it names a caller or a patient.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub case_number: String,
    pub priority: String,
    pub scene: Place,
    pub facility: Option<Place>,
}

impl Offer {
    /// Lights and siren: everything but P3 and P4, so that an unknown word errs towards haste.
    pub fn urgent(&self) -> bool {
        !matches!(self.priority.as_str(), "P3" | "P4")
    }
}

/// Bytes that are not what their topic promises.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    #[error("{bytes} bytes, more than the {PACKET_BYTES_MAX} of the contract")]
    TooLong { bytes: usize },
    #[error("not the JSON of the contract: {0}")]
    Json(#[from] serde_json::Error),
    #[error("an offered order without a place on the globe")]
    NoPlace,
}

/// Encodes 1 to 100 fixes, oldest first; positions to about 10 cm, metres and km/h to a tenth.
pub fn encode_fixes(origin: Origin<'_>, fixes: &[Fix]) -> Vec<u8> {
    assert!(!fixes.is_empty(), "a fix message carries at least one fix");
    assert!(fixes.len() <= FIXES_PER_MESSAGE_MAX, "at most 100 fixes a message");
    let message = FixMessage {
        boot: origin.boot,
        base: origin.base,
        now: origin.now_ms,
        fixes: fixes.iter().map(FixBody::from).collect(),
    };
    serde_json::to_vec(&message).expect("numbers and strings always have a JSON form")
}

/// Encodes one step; a reason longer than the contract allows is cut.
pub fn encode_step(origin: Origin<'_>, step: &Step) -> Vec<u8> {
    let cut = |reason: &String| reason.chars().take(REASON_CHARS_MAX).collect();
    let message = StepMessage {
        boot: origin.boot,
        base: origin.base,
        seq: step.seq,
        t: step.at_ms,
        assignment: step.assignment,
        status: step.status,
        revision: step.revision,
        reason: step.reason.as_ref().map(cut),
    };
    serde_json::to_vec(&message).expect("numbers and strings always have a JSON form")
}

/// Reads an acknowledgement.
pub fn decode_ack(bytes: &[u8]) -> Result<Ack, Malformed> {
    check_length(bytes)?;
    Ok(serde_json::from_slice(bytes)?)
}

/// Reads an order.
pub fn decode_order(bytes: &[u8]) -> Result<Order, Malformed> {
    check_length(bytes)?;
    let body: OrderBody = serde_json::from_slice(bytes)?;
    let demand = match body.state {
        OrderState::Offered => Demand::Offered(Offer {
            case_number: body.case_number.unwrap_or_default(),
            priority: body.priority.unwrap_or_default(),
            scene: body.place.and_then(PointBody::checked).ok_or(Malformed::NoPlace)?,
            facility: body.facility.and_then(PointBody::checked),
        }),
        OrderState::Withdrawn => Demand::Withdrawn { reason: body.reason.unwrap_or_default() },
    };
    Ok(Order { assignment: body.assignment, revision: body.revision.unwrap_or(1), demand })
}

fn check_length(bytes: &[u8]) -> Result<(), Malformed> {
    if bytes.len() > PACKET_BYTES_MAX {
        return Err(Malformed::TooLong { bytes: bytes.len() });
    }
    Ok(())
}

#[derive(Serialize)]
struct FixMessage<'a> {
    boot: &'a str,
    base: u64,
    now: i64,
    fixes: Vec<FixBody>,
}

#[derive(Serialize)]
struct FixBody {
    seq: u64,
    t: i64,
    lat: f64,
    lon: f64,
    acc: f32,
    spd: f32,
    hdg: u16,
    bat: u8,
}

impl From<&Fix> for FixBody {
    fn from(fix: &Fix) -> FixBody {
        FixBody {
            seq: fix.seq,
            t: fix.at_ms,
            lat: (fix.place.lat * 1e6).round() / 1e6,
            lon: (fix.place.lon * 1e6).round() / 1e6,
            acc: (fix.accuracy_m * 10.0).round() / 10.0,
            spd: (fix.speed_kmh * 10.0).round() / 10.0,
            hdg: fix.heading_deg,
            bat: fix.battery_pct,
        }
    }
}

#[derive(Serialize)]
struct StepMessage<'a> {
    boot: &'a str,
    base: u64,
    seq: u64,
    t: i64,
    assignment: Uuid,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum OrderState {
    Offered,
    Withdrawn,
}

#[derive(Deserialize)]
struct OrderBody {
    assignment: Uuid,
    revision: Option<u32>,
    state: OrderState,
    case_number: Option<String>,
    priority: Option<String>,
    place: Option<PointBody>,
    facility: Option<PointBody>,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct PointBody {
    lat: f64,
    lon: f64,
}

impl PointBody {
    fn checked(self) -> Option<Place> {
        Place::checked(self.lat, self.lon)
    }
}

#[cfg(test)]
mod tests;
