//! Links for people without a sign-in, and the positions that callers give by them: what the store does with both.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use super::rows::{from_word, hash, position};
use super::{Error, Store};
use crate::chain::Hash;
use crate::clock::Timestamp;
use crate::ids::{AreaId, AssignmentId, IncidentId};
use crate::place::Position;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// The caller gives the place of their phone.
    Caller,
    /// A family sees how its ambulance comes nearer.
    Family,
}

/// What a link is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkSubject {
    Caller,
    Family(AssignmentId),
}

/// A link that was handed out; the token itself is only in the link.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub subject: LinkSubject,
    pub incident: IncidentId,
    pub token_hash: Hash,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Link {
    #[must_use]
    pub const fn kind(&self) -> LinkKind {
        match self.subject {
            LinkSubject::Caller => LinkKind::Caller,
            LinkSubject::Family(_) => LinkKind::Family,
        }
    }

    /// Of which there is one link of this kind at most.
    pub(super) const fn subject_id(&self) -> Uuid {
        match self.subject {
            LinkSubject::Caller => self.incident.uuid(),
            LinkSubject::Family(assignment) => assignment.uuid(),
        }
    }
}

/// Where a caller's phone says that it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CallerPosition {
    pub position: Position,
    /// The circle within which the phone believes to be.
    pub accuracy_m: u32,
    pub taken_at: Timestamp,
    /// Names it among those of its incident.
    pub received_at: Timestamp,
    /// When somebody took it for the incident's place.
    pub accepted_at: Option<Timestamp>,
}

impl Store {
    /// Keeps a link in place of the one of its kind and subject before it, and forgets those that are over.
    pub async fn save_link(&self, area: &AreaId, link: &Link) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.save_link(area, link).await,
            Self::Postgres(store) => store.save_link(area, link).await,
        }
    }

    /// The link of that token; none when it is over, was replaced, or is another area's.
    pub async fn link(
        &self,
        area: &AreaId,
        token_hash: &Hash,
        now: Timestamp,
    ) -> Result<Option<Link>, Error> {
        match self {
            Self::Sqlite(store) => store.link(area, token_hash, now).await,
            Self::Postgres(store) => store.link(area, token_hash, now).await,
        }
    }

    /// Keeps a position that came by a caller's link in place of the one before, which counts against the link's
    /// `limit`. Says whether the link still took it.
    pub async fn offer_position(
        &self,
        area: &AreaId,
        token_hash: &Hash,
        incident: IncidentId,
        offered: &CallerPosition,
        limit: u32,
    ) -> Result<bool, Error> {
        match self {
            Self::Sqlite(store) => {
                store.offer_position(area, token_hash, incident, offered, limit).await
            }
            Self::Postgres(store) => {
                store.offer_position(area, token_hash, incident, offered, limit).await
            }
        }
    }

    /// Notes that the position of that receipt was accepted; says whether it is there still.
    pub async fn accept_position(
        &self,
        area: &AreaId,
        incident: IncidentId,
        received_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        match self {
            Self::Sqlite(store) => store.accept_position(area, incident, received_at, now).await,
            Self::Postgres(store) => store.accept_position(area, incident, received_at, now).await,
        }
    }

    /// Removes the position of that receipt and ends the caller's link; says whether it was there still.
    pub async fn dismiss_position(
        &self,
        area: &AreaId,
        incident: IncidentId,
        received_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        match self {
            Self::Sqlite(store) => store.dismiss_position(area, incident, received_at, now).await,
            Self::Postgres(store) => store.dismiss_position(area, incident, received_at, now).await,
        }
    }

    /// Every caller's position of an area that is not erased.
    pub async fn caller_positions(
        &self,
        area: &AreaId,
    ) -> Result<Vec<(IncidentId, CallerPosition)>, Error> {
        match self {
            Self::Sqlite(store) => store.caller_positions(area).await,
            Self::Postgres(store) => store.caller_positions(area).await,
        }
    }
}

#[derive(FromRow)]
pub struct LinkRow {
    kind: String,
    subject: Uuid,
    incident: Uuid,
    token_hash: Vec<u8>,
    made_at: i64,
    expires_at: i64,
}

impl LinkRow {
    /// The link, when its hash is the one asked for; compared once more here, in a time that tells nothing.
    pub fn read(self, asked: &Hash) -> Result<Option<Link>, Error> {
        let token_hash = hash(&self.token_hash)?;
        let subject = match from_word(&self.kind)? {
            LinkKind::Caller => LinkSubject::Caller,
            LinkKind::Family => LinkSubject::Family(AssignmentId::from_uuid(self.subject)),
        };
        let link = Link {
            subject,
            incident: IncidentId::from_uuid(self.incident),
            token_hash,
            made_at: Timestamp::from_ms(self.made_at),
            expires_at: Timestamp::from_ms(self.expires_at),
        };
        Ok(crate::secret::same_hash(&token_hash, asked).then_some(link))
    }
}

#[derive(FromRow)]
pub struct CallerPositionRow {
    incident: Uuid,
    lat: f64,
    lon: f64,
    accuracy: i64,
    taken_at: i64,
    received_at: i64,
    accepted_at: Option<i64>,
}

impl CallerPositionRow {
    pub fn read(self) -> Result<(IncidentId, CallerPosition), Error> {
        let accuracy_m = u32::try_from(self.accuracy)
            .map_err(|_| Error::Corrupt(format!("an accuracy of {} m", self.accuracy)))?;
        let offered = CallerPosition {
            position: position(self.lat, self.lon)?,
            accuracy_m,
            taken_at: Timestamp::from_ms(self.taken_at),
            received_at: Timestamp::from_ms(self.received_at),
            accepted_at: self.accepted_at.map(Timestamp::from_ms),
        };
        Ok((IncidentId::from_uuid(self.incident), offered))
    }
}
