//! The audit of reads and what retention removes: who was shown personal data, and what is old enough to go.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use super::rows::from_word;
use super::{Error, Role, Store};
use crate::clock::Timestamp;
use crate::ids::{AreaId, IncidentId};

/// Most reads that are written at once.
pub const READS_BATCH_MAX: usize = 500;
/// Most reads in one answer.
pub const READS_PAGE_MAX: u32 = 1_000;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// On which way personal data was shown.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// One incident, asked for or answered after a change of it.
    Incident,
    /// The list of incidents.
    List,
    /// A live screen.
    Live,
    /// Found again by the caller's number.
    Number,
}

/// A person was shown personal data of an incident.
///
/// At most one is kept for each person, incident, way and hour: the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    pub incident: IncidentId,
    pub person: String,
    pub role: Role,
    pub way: Way,
    pub at: Timestamp,
}

impl Read {
    /// Hours since 1970.
    #[must_use]
    pub const fn hour(&self) -> i64 {
        self.at.ms().div_euclid(HOUR_MS)
    }
}

/// Which reads are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadsAsked {
    pub incident: Option<IncidentId>,
    pub person: Option<String>,
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Store {
    /// Notes reads, at most `READS_BATCH_MAX`; one that is there already stays as it is.
    pub async fn add_reads(&self, area: &AreaId, reads: &[Read]) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.add_reads(area, reads).await,
            Self::Postgres(store) => store.add_reads(area, reads).await,
        }
    }

    /// Reads in `[from, to)` with the incident's case number, newest first, at most `limit`.
    pub async fn reads(
        &self,
        area: &AreaId,
        asked: &ReadsAsked,
        limit: u32,
    ) -> Result<Vec<(Read, String)>, Error> {
        match self {
            Self::Sqlite(store) => store.reads(area, asked, limit).await,
            Self::Postgres(store) => store.reads(area, asked, limit).await,
        }
    }

    /// Removes so many of the reads before a time; answers how many there were.
    pub async fn drop_reads_before(
        &self,
        area: &AreaId,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, Error> {
        match self {
            Self::Sqlite(store) => store.drop_reads_before(area, before, limit).await,
            Self::Postgres(store) => store.drop_reads_before(area, before, limit).await,
        }
    }

    /// Incidents that ended before a time and still have personal data, at most `limit`. A part of another incident
    /// ends with it.
    pub async fn private_ended_before(
        &self,
        area: &AreaId,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<IncidentId>, Error> {
        match self {
            Self::Sqlite(store) => store.private_ended_before(area, before, limit).await,
            Self::Postgres(store) => store.private_ended_before(area, before, limit).await,
        }
    }
}

#[derive(FromRow)]
pub struct ReadRow {
    incident: Uuid,
    person: String,
    role: String,
    way: String,
    at: i64,
    case_number: Option<String>,
}

impl ReadRow {
    pub fn read(self) -> Result<(Read, String), Error> {
        let read = Read {
            incident: IncidentId::from_uuid(self.incident),
            person: self.person,
            role: from_word(&self.role)?,
            way: from_word(&self.way)?,
            at: Timestamp::from_ms(self.at),
        };
        Ok((read, self.case_number.unwrap_or_default()))
    }
}
