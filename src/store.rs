//! What the rest of the house may ask of storage. Two databases, the same operations, one
//! conformance suite.
//!
//! The control plane (events, roster, sessions) is flushed to disk before a call returns. Positions
//! stand apart, one file or partition for each day, so that a batch of them never delays a call.

mod block;
mod blocks;
mod devices;
mod failure;
mod links;
pub mod postgres;
mod projection;
pub mod quarantine;
mod reads;
mod reports;
mod rows;
mod sql;
pub mod sqlite;
mod thin;
mod trips;
mod yardstick;

use std::borrow::Cow;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::chain::{Entry, Hash};
use crate::clock::Timestamp;
pub use crate::dispatch::event::FixClass;
pub use crate::dispatch::unit::DeviceKind;
use crate::ids::{AreaId, CommandId, IncidentId, UnitId};
use crate::place::Position;
pub use blocks::{PACK_FIXES, Pending};
pub use devices::{Device, PayloadKey};
pub use links::{CallerPosition, Link, LinkKind, LinkSubject};
pub use reads::{READS_BATCH_MAX, READS_PAGE_MAX, Read, ReadsAsked, Way};
pub use reports::{Dropped, DutyChange, ReportAssignment, ReportIncident, ReportOffer};
pub use thin::Assigned;
pub use yardstick::Yardstick;

/// Most positions in one batch; larger ones are split by the writer.
pub const TRACK_BATCH_MAX: usize = 5_000;
/// Most log entries read at once.
pub const ENTRIES_PAGE_MAX: u32 = 5_000;
/// Most commands remembered from the log.
const COMMANDS_MAX: i64 = 100_000;

/// Why storage could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database's last word: the unit has an open assignment already.
    #[error("unit {unit} already has an open assignment")]
    UnitTaken { unit: String },
    /// Another writer has added to this area's log; read it again and decide anew.
    #[error("the log of area {area} has moved on past entry {seq}")]
    LogMovedOn { area: String, seq: u64 },
    /// A name that must be unique is taken.
    #[error("{what} '{name}' exists already")]
    Exists { what: &'static str, name: String },
    /// The disk or the database has no room left; nothing was written.
    #[error(
        "no room left on the disk while {doing}: free some space, nothing already saved is lost"
    )]
    Full { doing: Cow<'static, str> },
    /// The database cannot be reached or failed.
    #[error("the database failed while {doing}")]
    Unavailable {
        doing: Cow<'static, str>,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The address names neither database.
    #[error("a store is sqlite:DIRECTORY or postgres://USER:PASSWORD@HOST/DATABASE")]
    UnknownStore,
    /// What is stored cannot be true.
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
}

/// A dispatch area, normally a regency.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// Kemendagri code, for example `35.09`.
    pub id: AreaId,
    pub name: String,
    /// IANA zone, for example `Asia/Jakarta`.
    pub timezone: String,
}

/// One ambulance on the roster.
#[derive(Clone, Debug, PartialEq)]
pub struct RosterUnit {
    pub id: UnitId,
    /// Stable number from 0 within the area; names the unit in position frames and in tracks.
    pub index: u32,
    pub name: String,
    /// Kemendagri code of the home village.
    pub village: String,
    pub post: Position,
    pub capabilities: Vec<String>,
}

/// A place that receives patients.
#[derive(Clone, Debug, PartialEq)]
pub struct Facility {
    pub id: String,
    pub name: String,
    /// `hospital` or `puskesmas`.
    pub kind: String,
    pub position: Position,
    pub capabilities: Vec<String>,
    /// Made up for a demonstration.
    pub demo: bool,
}

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Operator,
    Supervisor,
    Crew,
    Official,
    Admin,
}

/// A person who signs in.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    pub name: String,
    pub area: AreaId,
    pub role: Role,
    /// For crew: the unit they speak for.
    pub unit: Option<UnitId>,
    /// Argon2id, PHC string.
    pub password_hash: String,
    pub created_at: Timestamp,
}

/// A signed-in session; the token itself is only with the browser.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    pub token_hash: Hash,
    pub user: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Personal data of one call, kept apart from the log.
#[derive(Clone, Debug, PartialEq)]
pub struct PrivateRecord {
    pub id: Uuid,
    pub incident: IncidentId,
    pub salt: [u8; 16],
    /// JSON; erased by setting it empty, which the chain survives.
    pub body: String,
    /// The caller's number in one form, to be found again by; erased with the body.
    pub phone: Option<String>,
    pub at: Timestamp,
}

/// An incident about which the same number called before.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlierCall {
    pub incident: IncidentId,
    pub case_number: String,
    pub received_at: Timestamp,
    pub category: crate::dispatch::event::Category,
    pub disposition: Option<crate::dispatch::event::Disposition>,
}

/// One position as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackFix {
    /// The unit's index on the roster.
    pub unit_index: u32,
    /// The device's number; 0: not known, as of positions stored before devices had one.
    pub device: u32,
    /// When it was taken, by our clock where the device's is known to be wrong.
    pub device_at: Timestamp,
    /// When it was taken, by the device's own clock or its receiver's.
    pub said_at: Timestamp,
    pub received_at: Timestamp,
    pub position: Position,
    pub speed_kmh: Option<f32>,
    pub heading_deg: Option<u16>,
    pub accuracy_m: Option<f32>,
    pub battery_pct: Option<u8>,
    pub class: FixClass,
}

/// The database in use. Cheap to clone; all clones share the same connections.
#[derive(Clone, Debug)]
pub enum Store {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Store {
    /// Opens `sqlite:DIRECTORY` or `postgres://…` and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let directory = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
        if let Some(directory) = directory.filter(|directory| !directory.is_empty()) {
            return Ok(Self::Sqlite(sqlite::Sqlite::open(directory).await?));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(postgres::Postgres::open(url).await?));
        }
        Err(Error::UnknownStore)
    }

    /// Ends every connection, with everything written.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }

    /// Adds an area or corrects its name and zone.
    pub async fn save_area(&self, area: &Area) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.save_area(area).await,
            Self::Postgres(store) => store.save_area(area).await,
        }
    }

    /// Every area of this store.
    pub async fn areas(&self) -> Result<Vec<Area>, Error> {
        match self {
            Self::Sqlite(store) => store.areas().await,
            Self::Postgres(store) => store.areas().await,
        }
    }

    /// Adds units or corrects them; all or none.
    pub async fn save_units(&self, area: &AreaId, units: &[RosterUnit]) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.save_units(area, units).await,
            Self::Postgres(store) => store.save_units(area, units).await,
        }
    }

    /// The roster by index.
    pub async fn units(&self, area: &AreaId) -> Result<Vec<RosterUnit>, Error> {
        match self {
            Self::Sqlite(store) => store.units(area).await,
            Self::Postgres(store) => store.units(area).await,
        }
    }

    /// Adds facilities or corrects them; all or none.
    pub async fn save_facilities(
        &self,
        area: &AreaId,
        facilities: &[Facility],
    ) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.save_facilities(area, facilities).await,
            Self::Postgres(store) => store.save_facilities(area, facilities).await,
        }
    }

    /// The facilities by id.
    pub async fn facilities(&self, area: &AreaId) -> Result<Vec<Facility>, Error> {
        match self {
            Self::Sqlite(store) => store.facilities(area).await,
            Self::Postgres(store) => store.facilities(area).await,
        }
    }

    /// Adds a person; refuses a name that is taken.
    pub async fn add_user(&self, user: &User) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.add_user(user).await,
            Self::Postgres(store) => store.add_user(user).await,
        }
    }

    /// The person of that name.
    pub async fn user(&self, name: &str) -> Result<Option<User>, Error> {
        match self {
            Self::Sqlite(store) => store.user(name).await,
            Self::Postgres(store) => store.user(name).await,
        }
    }

    /// Every person of an area.
    pub async fn users(&self, area: &AreaId) -> Result<Vec<User>, Error> {
        match self {
            Self::Sqlite(store) => store.users(area).await,
            Self::Postgres(store) => store.users(area).await,
        }
    }

    /// Gives a person another password, which ends their sessions.
    pub async fn set_password(&self, name: &str, hash: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.set_password(name, hash).await,
            Self::Postgres(store) => store.set_password(name, hash).await,
        }
    }

    /// Keeps a session.
    pub async fn add_session(&self, session: &Session) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.add_session(session).await,
            Self::Postgres(store) => store.add_session(session).await,
        }
    }

    /// The session of that token and its person; none when it has ended or is too old.
    pub async fn session(
        &self,
        token_hash: &Hash,
        now: Timestamp,
    ) -> Result<Option<(Session, User)>, Error> {
        match self {
            Self::Sqlite(store) => store.session(token_hash, now).await,
            Self::Postgres(store) => store.session(token_hash, now).await,
        }
    }

    /// Ends a session.
    pub async fn end_session(&self, token_hash: &Hash) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.end_session(token_hash).await,
            Self::Postgres(store) => store.end_session(token_hash).await,
        }
    }

    /// Removes sessions that are too old.
    pub async fn prune_sessions(&self, now: Timestamp) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.prune_sessions(now).await,
            Self::Postgres(store) => store.prune_sessions(now).await,
        }
    }

    /// Writes entries of the log with their personal data, all or none; on the disk when it
    /// returns.
    ///
    /// Refuses a second open assignment of a unit, and entries whose numbers are taken.
    pub async fn append(
        &self,
        area: &AreaId,
        entries: &[Entry],
        records: &[PrivateRecord],
    ) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.append(area, entries, records).await,
            Self::Postgres(store) => store.append(area, entries, records).await,
        }
    }

    /// Entries after a number, oldest first, at most `ENTRIES_PAGE_MAX`.
    pub async fn entries(
        &self,
        area: &AreaId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Entry>, Error> {
        match self {
            Self::Sqlite(store) => store.entries(area, after_seq, limit).await,
            Self::Postgres(store) => store.entries(area, after_seq, limit).await,
        }
    }

    /// Number and hash of the last entry.
    pub async fn head(&self, area: &AreaId) -> Result<Option<(u64, Hash)>, Error> {
        match self {
            Self::Sqlite(store) => store.head(area).await,
            Self::Postgres(store) => store.head(area).await,
        }
    }

    /// Everything that happened to an incident and its assignments.
    pub async fn incident_entries(
        &self,
        area: &AreaId,
        incident: IncidentId,
    ) -> Result<Vec<Entry>, Error> {
        match self {
            Self::Sqlite(store) => store.incident_entries(area, incident).await,
            Self::Postgres(store) => store.incident_entries(area, incident).await,
        }
    }

    /// What came of a command.
    pub async fn command_entries(
        &self,
        area: &AreaId,
        command: CommandId,
    ) -> Result<Vec<Entry>, Error> {
        match self {
            Self::Sqlite(store) => store.command_entries(area, command).await,
            Self::Postgres(store) => store.command_entries(area, command).await,
        }
    }

    /// The commands that have entries since a time, oldest first.
    pub async fn commands_since(
        &self,
        area: &AreaId,
        since: Timestamp,
    ) -> Result<Vec<CommandId>, Error> {
        match self {
            Self::Sqlite(store) => store.commands_since(area, since).await,
            Self::Postgres(store) => store.commands_since(area, since).await,
        }
    }

    /// The personal data of incidents.
    pub async fn private_of(
        &self,
        area: &AreaId,
        incidents: &[IncidentId],
    ) -> Result<Vec<PrivateRecord>, Error> {
        match self {
            Self::Sqlite(store) => store.private_of(area, incidents).await,
            Self::Postgres(store) => store.private_of(area, incidents).await,
        }
    }

    /// The incidents about which a number called, newest first.
    pub async fn earlier_calls(
        &self,
        area: &AreaId,
        phone: &str,
        limit: u32,
    ) -> Result<Vec<EarlierCall>, Error> {
        match self {
            Self::Sqlite(store) => store.earlier_calls(area, phone, limit).await,
            Self::Postgres(store) => store.earlier_calls(area, phone, limit).await,
        }
    }

    /// Empties the personal data of an incident, its caller's position too; the log stays valid.
    pub async fn erase_private(&self, area: &AreaId, incident: IncidentId) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.erase_private(area, incident).await,
            Self::Postgres(store) => store.erase_private(area, incident).await,
        }
    }

    /// Writes positions; on the disk when it returns. One that is there already collapses into it.
    pub async fn append_tracks(&self, area: &AreaId, fixes: &[TrackFix]) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.append_tracks(area, fixes).await,
            Self::Postgres(store) => store.append_tracks(area, fixes).await,
        }
    }

    /// Positions of a unit by device time in `[from, to)`, oldest first.
    pub async fn track(
        &self,
        area: &AreaId,
        unit_index: u32,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<TrackFix>, Error> {
        match self {
            Self::Sqlite(store) => store.track(area, unit_index, from, to, limit).await,
            Self::Postgres(store) => store.track(area, unit_index, from, to, limit).await,
        }
    }

    /// The live position of each unit that came in last, in the last two stored days.
    pub async fn last_fixes(&self, area: &AreaId) -> Result<Vec<TrackFix>, Error> {
        match self {
            Self::Sqlite(store) => store.last_fixes(area).await,
            Self::Postgres(store) => store.last_fixes(area).await,
        }
    }

    /// Removes the positions of whole days before a date.
    pub async fn drop_tracks_before(&self, date: Date) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.drop_tracks_before(date).await,
            Self::Postgres(store) => store.drop_tracks_before(date).await,
        }
    }
}
