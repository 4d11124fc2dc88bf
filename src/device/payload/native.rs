//! Siaga's own device format (docs/protocol.md 1.1): positions and steps up, acknowledgements and orders down.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::desk::order::{OrderContent, OrderNote};
use crate::dispatch::event::{Category, Mark, Priority, Step};
use crate::dispatch::unit::{Fix, SourceId};
use crate::ids::AssignmentId;
use crate::place::Position;

/// Positions in one message.
pub const FIXES_MAX: usize = 100;
const BOOT_CHARS_MAX: usize = 32;
/// A number a device can count to in any life of its own; beyond it the message is garbage.
const SEQ_MAX: u64 = 1 << 48;
/// Refused records in one acknowledgement; with their sentences they stay below the largest packet.
pub const REFUSED_MAX: usize = 64;
const DETAIL_CHARS_MAX: usize = 120;
const UNREADABLE: &str = "something in it is missing or of the wrong kind";

/// What a device may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Fix,
    Status,
}

/// The channel of a device's own topic; none for any other topic.
#[must_use]
pub fn channel_of(topic: &str, device: &str) -> Option<Channel> {
    match own_suffix(topic, device)? {
        "fix" => Some(Channel::Fix),
        "status" => Some(Channel::Status),
        _ => None,
    }
}

/// The topic on which a device behind a broker says `online`, and its will `offline`.
#[must_use]
pub fn is_link_topic(topic: &str, device: &str) -> bool {
    own_suffix(topic, device) == Some("link")
}

/// Whether a device may subscribe to a filter: the topics that are spoken to it, and no pattern wider than itself.
#[must_use]
pub fn may_subscribe(filter: &str, device: &str) -> bool {
    matches!(own_suffix(filter, device), Some("ack" | "order" | "+" | "#"))
}

fn own_suffix<'t>(topic: &'t str, device: &str) -> Option<&'t str> {
    topic.strip_prefix("siaga/v1/")?.strip_prefix(device)?.strip_prefix('/')
}

#[must_use]
pub fn ack_topic(device: &str) -> String {
    format!("siaga/v1/{device}/ack")
}

#[must_use]
pub fn order_topic(device: &str) -> String {
    format!("siaga/v1/{device}/order")
}

/// What a device said in one record; or, when that cannot be, why not in a sentence. A record has its number
/// either way, so that the device is told to let go of it.
pub type Judged<T> = (u64, Result<T, String>);

/// Numbered records of one boot.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbered<T> {
    pub boot: String,
    /// Lowest number that the device still keeps.
    pub base: u64,
    pub records: T,
}

/// What a crew's device says beside positions.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusRecord {
    pub device_at: Timestamp,
    pub said: Said,
}

/// A step of an order, or what needs none.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    OfOrder(AssignmentId, Status),
    /// The crew asks to be called back or, with `sos`, is in danger itself.
    Talk {
        sos: bool,
    },
}

/// What a device can say of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Received {
        revision: u32,
    },
    /// The device knows that the order was withdrawn.
    StoodDown,
    Step(Step),
    Mark(Mark),
    Rejected {
        reason: String,
    },
}

#[derive(Deserialize)]
struct RawFixes<F> {
    boot: String,
    #[serde(default)]
    base: u64,
    /// Device time at which the message was made: by it we know how far the clock is off, however old the fixes are.
    now: Option<i64>,
    fixes: Vec<F>,
}

impl RawFixes<RawFix> {
    /// Nearly every message is readable throughout; looking at each fix in two ways takes twice as long.
    fn read(payload: &[u8]) -> Result<Self, String> {
        if let Ok(raw) = serde_json::from_slice::<RawFixes<ReadableFix>>(payload) {
            let RawFixes { boot, base, now, fixes } = raw;
            return Ok(Self {
                boot,
                base,
                now,
                fixes: fixes.into_iter().map(RawFix::Readable).collect(),
            });
        }
        serde_json::from_slice(payload).map_err(|e| format!("not a fix message: {e}"))
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawFix {
    Readable(ReadableFix),
    /// Something in it is missing or of another kind.
    Unreadable {
        seq: u64,
    },
}

#[derive(Deserialize)]
struct ReadableFix {
    seq: u64,
    t: i64,
    lat: f64,
    lon: f64,
    acc: Option<f32>,
    spd: Option<f32>,
    hdg: Option<f32>,
    bat: Option<f32>,
    #[serde(default)]
    mock: bool,
}

/// Reads positions; each with its number, each judged alone. Says in a sentence when the message as a whole is wrong.
pub fn decode_fixes(
    payload: &[u8],
    received_at: Timestamp,
) -> Result<Numbered<Vec<Judged<Fix>>>, String> {
    let raw = RawFixes::read(payload)?;
    check_boot(&raw.boot)?;
    if raw.fixes.is_empty() || raw.fixes.len() > FIXES_MAX {
        return Err(format!("{} fixes in a message; 1 to {FIXES_MAX} are taken", raw.fixes.len()));
    }
    let sent_at = raw.now.map(device_time).transpose()?;
    let behind_ms = sent_at.map(|sent_at| received_at.ms_since(sent_at));
    let mut records = Vec::with_capacity(raw.fixes.len());
    for raw in raw.fixes {
        let (seq, fix) = match raw {
            RawFix::Readable(raw) => (raw.seq, fix_of(&raw, received_at, behind_ms)),
            RawFix::Unreadable { seq } => (seq, Err(UNREADABLE.to_owned())),
        };
        check_seq(seq)?;
        records.push((seq, fix));
    }
    Ok(Numbered { boot: raw.boot, base: raw.base.min(SEQ_MAX), records })
}

fn fix_of(
    raw: &ReadableFix,
    received_at: Timestamp,
    behind_ms: Option<i64>,
) -> Result<Fix, String> {
    Ok(Fix {
        device_at: device_time(raw.t)?,
        received_at,
        position: Position::new(raw.lat, raw.lon)?,
        speed_kmh: in_range(raw.spd, 0.0, 500.0),
        heading_deg: heading(raw.hdg),
        accuracy_m: in_range(raw.acc, 0.0, 1e6),
        battery_pct: battery(raw.bat),
        behind_ms,
        mocked: raw.mock,
        source: SourceId::default(),
    })
}

#[derive(Deserialize)]
struct RawStatus {
    t: i64,
    assignment: Option<AssignmentId>,
    status: String,
    reason: Option<String>,
    revision: Option<u32>,
}

/// What every status message has, whatever else is wrong with it.
#[derive(Deserialize)]
struct RawNumber {
    boot: String,
    #[serde(default)]
    base: u64,
    seq: u64,
}

/// Reads a step. Says in a sentence when not even its number can be read.
pub fn decode_status(payload: &[u8]) -> Result<Numbered<Judged<StatusRecord>>, String> {
    let raw: RawNumber =
        serde_json::from_slice(payload).map_err(|e| format!("not a status message: {e}"))?;
    check_boot(&raw.boot)?;
    check_seq(raw.seq)?;
    let record = serde_json::from_slice(payload).map_err(|_| UNREADABLE.to_owned());
    let record = record.and_then(status_of);
    Ok(Numbered { boot: raw.boot, base: raw.base.min(SEQ_MAX), records: (raw.seq, record) })
}

fn status_of(raw: RawStatus) -> Result<StatusRecord, String> {
    let device_at = device_time(raw.t)?;
    let status = match raw.status.as_str() {
        word @ ("sos" | "talk") => {
            return Ok(StatusRecord { device_at, said: Said::Talk { sos: word == "sos" } });
        }
        "received" => Status::Received {
            revision: raw.revision.ok_or("'received' without the order's revision")?,
        },
        "stood_down" => Status::StoodDown,
        "rejected" => Status::Rejected { reason: raw.reason.unwrap_or_default() },
        word => {
            let step = Step::parse(word).map(Status::Step);
            step.or_else(|| Mark::parse(word).map(Status::Mark)).ok_or_else(|| {
                // A control character takes six bytes in JSON: 64 such words would be longer than a packet.
                let shown: String = word.chars().filter(|c| !c.is_control()).take(40).collect();
                format!("'{shown}' is not a status")
            })?
        }
    };
    let assignment = raw.assignment.ok_or_else(|| UNREADABLE.to_owned())?;
    Ok(StatusRecord { device_at, said: Said::OfOrder(assignment, status) })
}

/// A record that was refused, with the reason that the crew sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    pub seq: u64,
    pub code: &'static str,
    pub detail: String,
}

impl Refused {
    /// A record whose content cannot be true.
    #[must_use]
    pub fn unbelievable(seq: u64, why: &str) -> Self {
        let detail = why.chars().take(DETAIL_CHARS_MAX).collect();
        Self { seq, code: "unbelievable", detail }
    }
}

#[derive(Serialize)]
struct RawAck<'a> {
    boot: &'a str,
    through: u64,
    #[serde(skip_serializing_if = "<[Refused]>::is_empty")]
    refused: &'a [Refused],
}

/// Writes an acknowledgement: everything through this number is committed or refused.
#[must_use]
pub fn encode_ack(boot: &str, through: u64, refused: &[Refused]) -> Bytes {
    let raw = RawAck { boot, through, refused };
    Bytes::from(serde_json::to_vec(&raw).expect("an acknowledgement is always valid JSON"))
}

#[derive(Serialize)]
struct RawOrder<'a> {
    assignment: AssignmentId,
    revision: u32,
    state: &'static str,
    case_number: &'a str,
    priority: Priority,
    category: Category,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<RawPlace<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facility: Option<RawFacility<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    sent_at: Timestamp,
}

#[derive(Serialize)]
struct RawPlace<'a> {
    lat: f64,
    lon: f64,
    uncertainty_m: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    village: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    district: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    landmark: Option<&'a str>,
}

#[derive(Serialize)]
struct RawFacility<'a> {
    name: &'a str,
    lat: f64,
    lon: f64,
}

/// Writes an order.
#[must_use]
pub fn encode_order(note: &OrderNote) -> Bytes {
    let mut raw = RawOrder {
        assignment: note.assignment,
        revision: note.revision,
        state: "offered",
        case_number: &note.case_number,
        priority: note.priority,
        category: note.category,
        place: None,
        facility: None,
        reason: None,
        sent_at: note.sent_at,
    };
    match &note.content {
        OrderContent::Offered { place, facility } => {
            raw.place = Some(RawPlace {
                lat: place.position.lat(),
                lon: place.position.lon(),
                uncertainty_m: place.uncertainty_m,
                village: place.village.as_deref(),
                district: place.district.as_deref(),
                landmark: place.landmark.as_deref(),
            });
            raw.facility = facility.as_ref().map(|(name, position)| RawFacility {
                name,
                lat: position.lat(),
                lon: position.lon(),
            });
        }
        OrderContent::Withdrawn { reason } => {
            raw.state = "withdrawn";
            raw.reason = reason.as_deref();
        }
    }
    Bytes::from(serde_json::to_vec(&raw).expect("an order is always valid JSON"))
}

fn check_boot(boot: &str) -> Result<(), String> {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    if boot.is_empty() || boot.len() > BOOT_CHARS_MAX || !boot.bytes().all(good) {
        return Err(format!("boot must be 1 to {BOOT_CHARS_MAX} of 0-9 and a-z"));
    }
    Ok(())
}

fn check_seq(seq: u64) -> Result<(), String> {
    if seq == 0 || seq > SEQ_MAX {
        return Err(format!("seq {seq} is not between 1 and {SEQ_MAX}"));
    }
    Ok(())
}

/// A device's time; a clock outside 1970 to 2100 is refused, anything else is judged later.
pub(super) fn device_time(ms: i64) -> Result<Timestamp, String> {
    let at = Timestamp::from_ms(ms);
    if at < Timestamp::MIN || at > Timestamp::MAX {
        return Err(format!("time {ms} is outside the years 1970 to 2100"));
    }
    Ok(at)
}

/// A number within its range; anything else counts as not said.
pub(super) fn in_range(value: Option<f32>, min: f32, max: f32) -> Option<f32> {
    value.filter(|v| v.is_finite() && (min..=max).contains(v))
}

#[expect(clippy::as_conversions, reason = "checked to lie in 0 to 360")]
pub(super) fn heading(degrees: Option<f32>) -> Option<u16> {
    in_range(degrees, 0.0, 360.0).map(|d| d.round() as u16 % 360)
}

#[expect(clippy::as_conversions, reason = "checked to lie in 0 to 100")]
pub(super) fn battery(percent: Option<f32>) -> Option<u8> {
    in_range(percent, 0.0, 100.0).map(|p| p.round() as u8)
}
