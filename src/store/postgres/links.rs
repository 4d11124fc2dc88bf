//! Links for people without a sign-in, and callers' positions, in PostgreSQL.

use super::Postgres;
use crate::chain::Hash;
use crate::clock::Timestamp;
use crate::ids::{AreaId, IncidentId};
use crate::store::failure::failure;
use crate::store::links::{CallerPositionRow, LinkRow};
use crate::store::rows::word;
use crate::store::{CallerPosition, Error, Link, sql};

const MAKING: &str = "making a link";
const OFFERING: &str = "keeping a caller's position";
const ANSWERING: &str = "answering a caller's position";

impl Postgres {
    pub async fn save_link(&self, area: &AreaId, link: &Link) -> Result<(), Error> {
        let mut tx = self.pool.begin().await.map_err(|e| failure(MAKING, e))?;
        let prune = sqlx::query(sql::PRUNE_LINKS).bind(link.made_at.ms());
        prune.execute(&mut *tx).await.map_err(|e| failure(MAKING, e))?;
        let save = sqlx::query(sql::SAVE_LINK)
            .bind(area.as_str())
            .bind(word(&link.kind()))
            .bind(link.subject_id())
            .bind(link.incident.uuid())
            .bind(link.token_hash.as_slice())
            .bind(link.made_at.ms())
            .bind(link.expires_at.ms());
        save.execute(&mut *tx).await.map_err(|e| failure(MAKING, e))?;
        tx.commit().await.map_err(|e| failure(MAKING, e))
    }

    pub async fn link(
        &self,
        area: &AreaId,
        token_hash: &Hash,
        now: Timestamp,
    ) -> Result<Option<Link>, Error> {
        let read = sqlx::query_as::<_, LinkRow>(sql::LINK);
        let read = read.bind(area.as_str()).bind(token_hash.as_slice()).bind(now.ms());
        let row = read.fetch_optional(&self.pool).await;
        let row = row.map_err(|e| failure("reading a link", e))?;
        Ok(row.map(|row| row.read(token_hash)).transpose()?.flatten())
    }

    pub async fn offer_position(
        &self,
        area: &AreaId,
        token_hash: &Hash,
        incident: IncidentId,
        offered: &CallerPosition,
        limit: u32,
    ) -> Result<bool, Error> {
        let mut tx = self.pool.begin().await.map_err(|e| failure(OFFERING, e))?;
        let count = sqlx::query(sql::COUNT_POSITION)
            .bind(area.as_str())
            .bind(token_hash.as_slice())
            .bind(offered.received_at.ms())
            .bind(i64::from(limit));
        let counted = count.execute(&mut *tx).await.map_err(|e| failure(OFFERING, e))?;
        if counted.rows_affected() == 0 {
            return Ok(false);
        }
        let offer = sqlx::query(sql::OFFER_POSITION)
            .bind(area.as_str())
            .bind(incident.uuid())
            .bind(token_hash.as_slice())
            .bind(offered.position.lat())
            .bind(offered.position.lon())
            .bind(i64::from(offered.accuracy_m))
            .bind(offered.taken_at.ms())
            .bind(offered.received_at.ms());
        offer.execute(&mut *tx).await.map_err(|e| failure(OFFERING, e))?;
        tx.commit().await.map_err(|e| failure(OFFERING, e))?;
        Ok(true)
    }

    pub async fn accept_position(
        &self,
        area: &AreaId,
        incident: IncidentId,
        received_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let accept = sqlx::query(sql::ACCEPT_POSITION)
            .bind(area.as_str())
            .bind(incident.uuid())
            .bind(received_at.ms())
            .bind(now.ms());
        let accepted = accept.execute(&self.pool).await;
        Ok(accepted.map_err(|e| failure(ANSWERING, e))?.rows_affected() > 0)
    }

    pub async fn dismiss_position(
        &self,
        area: &AreaId,
        incident: IncidentId,
        received_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut tx = self.pool.begin().await.map_err(|e| failure(ANSWERING, e))?;
        let end = sqlx::query(sql::END_LINK)
            .bind(area.as_str())
            .bind(incident.uuid())
            .bind(received_at.ms())
            .bind(now.ms());
        end.execute(&mut *tx).await.map_err(|e| failure(ANSWERING, e))?;
        let dismiss = sqlx::query(sql::DISMISS_POSITION)
            .bind(area.as_str())
            .bind(incident.uuid())
            .bind(received_at.ms());
        let dismissed = dismiss.execute(&mut *tx).await.map_err(|e| failure(ANSWERING, e))?;
        tx.commit().await.map_err(|e| failure(ANSWERING, e))?;
        Ok(dismissed.rows_affected() > 0)
    }

    pub async fn caller_positions(
        &self,
        area: &AreaId,
    ) -> Result<Vec<(IncidentId, CallerPosition)>, Error> {
        let read = sqlx::query_as::<_, CallerPositionRow>(sql::CALLER_POSITIONS);
        let rows = read.bind(area.as_str()).fetch_all(&self.pool).await;
        let rows = rows.map_err(|e| failure("reading callers' positions", e))?;
        rows.into_iter().map(CallerPositionRow::read).collect()
    }
}
