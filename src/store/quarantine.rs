//! Messages from a broker that would never become right, kept for whoever has to find their sender.

use super::{Error, Store};
use crate::clock::Timestamp;
use crate::ids::AreaId;

/// Messages of an area that are kept; the oldest make room.
pub const QUARANTINED_MAX: i64 = 500;
/// Letters of a topic or a reason that are kept.
const TEXT_CHARS_MAX: usize = 200;
/// Bytes of a payload that are kept.
const HEAD_BYTES_MAX: usize = 512;

pub(super) const ADD: &str = "insert into quarantine (area, at, topic, size, reason, head) \
    values ($1, $2, $3, $4, $5, $6)";
pub(super) const MAKE_ROOM: &str = "delete from quarantine where area = $1 and id <= \
    (select id from quarantine where area = $1 order by id desc limit 1 offset $2)";
pub(super) const LIST: &str = "select at, topic, size, reason, head from quarantine \
    where area = $1 order by id desc limit $2";

/// A message that was acknowledged and not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    pub at: Timestamp,
    /// Its beginning, when it is very long.
    pub topic: String,
    /// Of the payload, in bytes.
    pub size: i64,
    /// A sentence for the person who looks after the devices.
    pub reason: String,
    /// The beginning of the payload.
    pub head: Vec<u8>,
}

/// A row of the table.
pub(super) type Row = (i64, String, i64, String, Vec<u8>);

impl Quarantined {
    #[must_use]
    pub fn new(at: Timestamp, topic: &str, payload: &[u8], reason: String) -> Self {
        // No database takes a NUL into its text.
        let cut = |text: &str| text.chars().filter(|c| *c != '\0').take(TEXT_CHARS_MAX).collect();
        Self {
            at,
            topic: cut(topic),
            size: i64::try_from(payload.len()).unwrap_or(i64::MAX),
            reason: cut(&reason),
            head: payload.iter().take(HEAD_BYTES_MAX).copied().collect(),
        }
    }

    pub(super) fn read((at, topic, size, reason, head): Row) -> Self {
        Self { at: Timestamp::from_ms(at), topic, size, reason, head }
    }
}

impl Store {
    /// Keeps a message; beyond the limit the oldest ones go.
    pub async fn quarantine(&self, area: &AreaId, message: &Quarantined) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.quarantine(area, message).await,
            Self::Postgres(store) => store.quarantine(area, message).await,
        }
    }

    /// The messages that are kept, newest first.
    pub async fn quarantined(&self, area: &AreaId) -> Result<Vec<Quarantined>, Error> {
        match self {
            Self::Sqlite(store) => store.quarantined(area).await,
            Self::Postgres(store) => store.quarantined(area).await,
        }
    }
}
