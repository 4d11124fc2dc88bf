//! Rows as both databases give them, and how they become the store's types.

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Area, Device, DeviceKind, EarlierCall, Error, Facility, FixClass, PayloadKey, PrivateRecord,
    Role, RosterUnit, Session, TrackFix, User,
};
use crate::chain::{Entry, Hash, PrivateRef};
use crate::clock::Timestamp;
use crate::ids::{AreaId, Code, CommandId, IncidentId, UnitId};
use crate::place::Position;

#[derive(FromRow)]
pub struct AreaRow {
    id: String,
    name: String,
    timezone: String,
}

#[derive(FromRow)]
pub struct UnitRow {
    id: String,
    number: i64,
    name: String,
    village: String,
    lat: f64,
    lon: f64,
    capabilities: String,
}

#[derive(FromRow)]
pub struct FacilityRow {
    id: String,
    name: String,
    kind: String,
    lat: f64,
    lon: f64,
    capabilities: String,
    demo: bool,
}

#[derive(FromRow)]
pub struct DeviceRow {
    name: String,
    number: i64,
    area: String,
    unit: String,
    kind: String,
    secret_hash: Vec<u8>,
    enrolled_at: i64,
    revoked_at: Option<i64>,
    old_secret_hash: Option<Vec<u8>>,
    old_until: Option<i64>,
    payload_key: Option<Vec<u8>>,
    address: Option<String>,
}

#[derive(FromRow)]
pub struct UserRow {
    name: String,
    area: String,
    role: String,
    unit: Option<String>,
    password_hash: String,
    created_at: i64,
}

#[derive(FromRow)]
pub struct SessionRow {
    token_hash: Vec<u8>,
    pub person: String,
    created_at: i64,
    expires_at: i64,
}

#[derive(FromRow)]
pub struct EntryRow {
    seq: i64,
    at: i64,
    device_at: Option<i64>,
    actor: String,
    command: Uuid,
    body: String,
    private_id: Option<Uuid>,
    private_digest: Option<Vec<u8>>,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
}

#[derive(FromRow)]
pub struct HeadRow {
    seq: i64,
    hash: Vec<u8>,
}

#[derive(FromRow)]
pub struct PrivateRow {
    id: Uuid,
    incident: Uuid,
    salt: Vec<u8>,
    body: String,
    phone: Option<String>,
    at: i64,
}

#[derive(FromRow)]
pub struct EarlierCallRow {
    id: Uuid,
    case_number: String,
    received_at: i64,
    category: String,
    disposition: Option<String>,
}

pub fn hash(bytes: &[u8]) -> Result<Hash, Error> {
    bytes.try_into().map_err(|_| Error::Corrupt(format!("a hash of {} bytes", bytes.len())))
}

fn code(text: &str) -> Result<Code, Error> {
    Code::new(text).map_err(Error::Corrupt)
}

pub fn position(lat: f64, lon: f64) -> Result<Position, Error> {
    Position::new(lat, lon).map_err(Error::Corrupt)
}

pub fn device_number(number: i64) -> Result<u32, Error> {
    u32::try_from(number).map_err(|_| Error::Corrupt(format!("device number {number}")))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The word under which one of our enums is stored: the one that JSON says.
pub fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

/// The enum that a stored word says.
pub fn from_word<T: serde::de::DeserializeOwned>(word: &str) -> Result<T, Error> {
    let value = serde_json::Value::String(word.to_owned());
    serde_json::from_value(value).map_err(|_| Error::Corrupt(format!("unknown word '{word}'")))
}

impl AreaRow {
    pub fn read(self) -> Result<Area, Error> {
        Ok(Area { id: code(&self.id)?, name: self.name, timezone: self.timezone })
    }
}

impl UnitRow {
    pub fn read(self) -> Result<RosterUnit, Error> {
        Ok(RosterUnit {
            id: code(&self.id)?,
            index: u32::try_from(self.number)
                .map_err(|_| Error::Corrupt(format!("unit number {}", self.number)))?,
            name: self.name,
            village: self.village,
            post: position(self.lat, self.lon)?,
            capabilities: words(&self.capabilities),
        })
    }
}

impl FacilityRow {
    pub fn read(self) -> Result<Facility, Error> {
        Ok(Facility {
            id: self.id,
            name: self.name,
            kind: self.kind,
            position: position(self.lat, self.lon)?,
            capabilities: words(&self.capabilities),
            demo: self.demo,
        })
    }
}

impl DeviceRow {
    pub fn read(self) -> Result<Device, Error> {
        let old_hash = self.old_secret_hash.as_deref().map(hash);
        Ok(Device {
            name: self.name,
            number: device_number(self.number)?,
            area: code(&self.area)?,
            unit: code(&self.unit)?,
            kind: from_word::<DeviceKind>(&self.kind)?,
            secret_hash: hash(&self.secret_hash)?,
            old_secret: old_hash.transpose()?.zip(self.old_until.map(Timestamp::from_ms)),
            payload_key: self.payload_key.as_deref().map(hash).transpose()?.map(PayloadKey),
            address: self.address,
            enrolled_at: Timestamp::from_ms(self.enrolled_at),
            revoked_at: self.revoked_at.map(Timestamp::from_ms),
        })
    }
}

impl UserRow {
    pub fn read(self) -> Result<User, Error> {
        let area: AreaId = code(&self.area)?;
        let unit: Option<UnitId> = self.unit.as_deref().map(code).transpose()?;
        Ok(User {
            name: self.name,
            area,
            role: from_word::<Role>(&self.role)?,
            unit,
            password_hash: self.password_hash,
            created_at: Timestamp::from_ms(self.created_at),
        })
    }
}

impl SessionRow {
    pub fn read(self) -> Result<Session, Error> {
        Ok(Session {
            token_hash: hash(&self.token_hash)?,
            user: self.person,
            created_at: Timestamp::from_ms(self.created_at),
            expires_at: Timestamp::from_ms(self.expires_at),
        })
    }
}

impl EntryRow {
    pub fn read(self) -> Result<Entry, Error> {
        let event = serde_json::from_str(&self.body)
            .map_err(|fault| Error::Corrupt(format!("entry {}: {fault}", self.seq)))?;
        let private = match (self.private_id, self.private_digest) {
            (Some(id), Some(digest)) => Some(PrivateRef { id, digest: hash(&digest)? }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(Error::Corrupt(format!("entry {}: half a reference", self.seq)));
            }
        };
        Ok(Entry {
            seq: seq(self.seq)?,
            at: Timestamp::from_ms(self.at),
            device_at: self.device_at.map(Timestamp::from_ms),
            actor: self.actor,
            command: CommandId::from_uuid(self.command),
            event,
            body: self.body,
            private,
            prev_hash: hash(&self.prev_hash)?,
            hash: hash(&self.hash)?,
        })
    }
}

fn seq(number: i64) -> Result<u64, Error> {
    u64::try_from(number).map_err(|_| Error::Corrupt(format!("entry number {number}")))
}

impl HeadRow {
    pub fn read(self) -> Result<(u64, Hash), Error> {
        Ok((seq(self.seq)?, hash(&self.hash)?))
    }
}

impl EarlierCallRow {
    pub fn read(self) -> Result<EarlierCall, Error> {
        Ok(EarlierCall {
            incident: IncidentId::from_uuid(self.id),
            case_number: self.case_number,
            received_at: Timestamp::from_ms(self.received_at),
            category: from_word(&self.category)?,
            disposition: self.disposition.as_deref().map(from_word).transpose()?,
        })
    }
}

impl PrivateRow {
    pub fn read(self) -> Result<PrivateRecord, Error> {
        let salt = self.salt.as_slice().try_into();
        Ok(PrivateRecord {
            id: self.id,
            incident: IncidentId::from_uuid(self.incident),
            salt: salt.map_err(|_| Error::Corrupt("a salt of another length".to_owned()))?,
            body: self.body,
            phone: self.phone,
            at: Timestamp::from_ms(self.at),
        })
    }
}

/// A position in whole numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixNumbers {
    pub unit: i32,
    pub device: i32,
    pub device_at: i64,
    pub said_at: i64,
    pub received_at: i64,
    pub lat: i32,
    pub lon: i32,
    /// Tenths of km/h.
    pub speed: Option<i32>,
    pub heading: Option<i32>,
    /// Decimetres.
    pub accuracy: Option<i32>,
    pub battery: Option<i32>,
    pub class: i32,
}

const CLASSES: [FixClass; 11] = [
    FixClass::Live,
    FixClass::Late,
    FixClass::Duplicate,
    FixClass::Future,
    FixClass::NullIsland,
    FixClass::OutsideCountry,
    FixClass::PoorAccuracy,
    FixClass::Jump,
    FixClass::WrongClock,
    FixClass::Beside,
    FixClass::Mocked,
];

/// Number of the class `live` in a row.
pub const CLASS_LIVE: i32 = 0;

#[expect(clippy::as_conversions, reason = "speeds and accuracies are checked at the door")]
fn tenths(value: Option<f32>) -> Option<i32> {
    value.map(|value| (value * 10.0).round() as i32)
}

#[expect(clippy::as_conversions, reason = "whole tenths of a speed or accuracy are exact in f32")]
fn from_tenths(value: Option<i32>) -> Option<f32> {
    value.map(|value| value as f32 / 10.0)
}

impl FixNumbers {
    pub fn of(fix: &TrackFix) -> Self {
        let (lat, lon) = fix.position.e7();
        let class = (0..).zip(CLASSES).find(|(_, class)| *class == fix.class);
        Self {
            unit: i32::try_from(fix.unit_index).unwrap_or(i32::MAX),
            device: i32::try_from(fix.device).unwrap_or_default(),
            device_at: fix.device_at.ms(),
            said_at: fix.said_at.ms(),
            received_at: fix.received_at.ms(),
            lat,
            lon,
            speed: tenths(fix.speed_kmh),
            heading: fix.heading_deg.map(i32::from),
            accuracy: tenths(fix.accuracy_m),
            battery: fix.battery_pct.map(i32::from),
            class: class.map_or(CLASS_LIVE, |(number, _)| number),
        }
    }
}

impl FixNumbers {
    pub fn class_is(&self, class: FixClass) -> bool {
        usize::try_from(self.class).ok().and_then(|number| CLASSES.get(number)) == Some(&class)
    }

    pub fn read(&self) -> Result<TrackFix, Error> {
        let class = usize::try_from(self.class).ok().and_then(|class| CLASSES.get(class));
        Ok(TrackFix {
            unit_index: u32::try_from(self.unit)
                .map_err(|_| Error::Corrupt(format!("unit number {}", self.unit)))?,
            device: device_number(self.device.into())?,
            device_at: Timestamp::from_ms(self.device_at),
            said_at: Timestamp::from_ms(self.said_at),
            received_at: Timestamp::from_ms(self.received_at),
            position: Position::from_e7(self.lat, self.lon).map_err(Error::Corrupt)?,
            speed_kmh: from_tenths(self.speed),
            heading_deg: self.heading.and_then(|heading| u16::try_from(heading).ok()),
            accuracy_m: from_tenths(self.accuracy),
            battery_pct: self.battery.and_then(|battery| u8::try_from(battery).ok()),
            class: *class.ok_or_else(|| Error::Corrupt(format!("fix class {}", self.class)))?,
        })
    }
}

/// A position may come in up to so many days after it was taken; a search by device time looks so
/// far.
pub const LATE_DAYS: i32 = 7;

/// The position of each unit that came in last, by the unit's index; of those that came in together the newest.
pub fn newest_of_each(mut fixes: Vec<TrackFix>) -> Vec<TrackFix> {
    let newest_first = |fix: &TrackFix| std::cmp::Reverse((fix.received_at, fix.device_at));
    fixes.sort_by_key(|fix| (fix.unit_index, newest_first(fix)));
    fixes.dedup_by_key(|fix| fix.unit_index);
    fixes
}
