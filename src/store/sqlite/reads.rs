//! The audit of reads, and what retention removes, in SQLite.

use uuid::Uuid;

use super::Sqlite;
use crate::clock::Timestamp;
use crate::ids::{AreaId, IncidentId};
use crate::store::failure::failure;
use crate::store::reads::{Read, ReadRow, ReadsAsked};
use crate::store::rows::word;
use crate::store::{Error, sql};

const WRITING: &str = "noting who read personal data";

const ADD_READ: &str = "insert into reads (area, incident, person, way, hour, role, at) \
    values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing";

impl Sqlite {
    pub async fn add_reads(&self, area: &AreaId, reads: &[Read]) -> Result<(), Error> {
        let tx = self.writer.begin_with("begin immediate").await;
        let mut tx = tx.map_err(|e| failure(WRITING, e))?;
        for read in reads {
            let add = sqlx::query(ADD_READ)
                .bind(area.as_str())
                .bind(read.incident.uuid())
                .bind(&read.person)
                .bind(word(&read.way))
                .bind(read.hour())
                .bind(word(&read.role))
                .bind(read.at.ms());
            add.execute(&mut *tx).await.map_err(|e| failure(WRITING, e))?;
        }
        tx.commit().await.map_err(|e| failure(WRITING, e))
    }

    pub async fn reads(
        &self,
        area: &AreaId,
        asked: &ReadsAsked,
        limit: u32,
    ) -> Result<Vec<(Read, String)>, Error> {
        let read = sqlx::query_as::<_, ReadRow>(sql::READS)
            .bind(area.as_str())
            .bind(asked.from.ms())
            .bind(asked.to.ms())
            .bind(asked.incident.map(|incident| incident.uuid()))
            .bind(asked.person.as_deref())
            .bind(i64::from(limit));
        let rows = read.fetch_all(&self.reader).await;
        let rows = rows.map_err(|e| failure("reading who read personal data", e))?;
        rows.into_iter().map(ReadRow::read).collect()
    }

    pub async fn drop_reads_before(
        &self,
        area: &AreaId,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, Error> {
        let drop = sqlx::query(sql::DROP_READS)
            .bind(area.as_str())
            .bind(before.ms())
            .bind(i64::from(limit));
        let dropped = drop.execute(&self.writer).await;
        Ok(dropped.map_err(|e| failure("removing old reads", e))?.rows_affected())
    }

    pub async fn private_ended_before(
        &self,
        area: &AreaId,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<IncidentId>, Error> {
        let read = sqlx::query_scalar::<_, Uuid>(sql::PRIVATE_ENDED)
            .bind(area.as_str())
            .bind(before.ms())
            .bind(i64::from(limit));
        let ids = read.fetch_all(&self.reader).await;
        let ids = ids.map_err(|e| failure("finding old personal data", e))?;
        Ok(ids.into_iter().map(IncidentId::from_uuid).collect())
    }
}
