//! The audit of reads, and what retention removes, in PostgreSQL.

use uuid::Uuid;

use super::Postgres;
use crate::clock::Timestamp;
use crate::ids::{AreaId, IncidentId};
use crate::store::failure::failure;
use crate::store::reads::{Read, ReadRow, ReadsAsked};
use crate::store::rows::word;
use crate::store::{Error, sql};

const WRITING: &str = "noting who read personal data";

/// One statement for a batch.
const ADD_READS: &str = "insert into reads (area, incident, person, way, hour, role, at) \
    select $1, r.incident, r.person, r.way, r.hour, r.role, r.at \
    from unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[]) \
    as r (incident, person, way, hour, role, at) on conflict do nothing";

impl Postgres {
    pub async fn add_reads(&self, area: &AreaId, reads: &[Read]) -> Result<(), Error> {
        fn column<U>(reads: &[Read], value: impl Fn(&Read) -> U) -> Vec<U> {
            reads.iter().map(value).collect()
        }
        let add = sqlx::query(ADD_READS)
            .bind(area.as_str())
            .bind(column(reads, |read| read.incident.uuid()))
            .bind(column(reads, |read| read.person.clone()))
            .bind(column(reads, |read| word(&read.way)))
            .bind(column(reads, Read::hour))
            .bind(column(reads, |read| word(&read.role)))
            .bind(column(reads, |read| read.at.ms()));
        add.execute(&self.pool).await.map_err(|e| failure(WRITING, e))?;
        Ok(())
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
        let rows = read.fetch_all(&self.pool).await;
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
        let dropped = drop.execute(&self.pool).await;
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
        let ids = read.fetch_all(&self.pool).await;
        let ids = ids.map_err(|e| failure("finding old personal data", e))?;
        Ok(ids.into_iter().map(IncidentId::from_uuid).collect())
    }
}
