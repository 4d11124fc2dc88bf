//! Blocks of positions in PostgreSQL, in the partition of their day.

use jiff::civil::Date;
use sqlx::{AssertSqlSafe, PgConnection};

use super::Postgres;
use super::tracks::{date_of, day_number};
use crate::clock::Timestamp;
use crate::ids::AreaId;
use crate::store::Error;
use crate::store::blocks::{
    ASSIGNED_MAX, BatchRow, BlockRow, NewBlock, Pending, UNITS_MAX, assigned, not_thinned, packed,
    thinned,
};
use crate::store::failure::failure;
use crate::store::sql;
use crate::store::thin::{Assigned, Span};

const PACKING: &str = "packing positions";

const PENDING: &str = "select count(*) as batches, coalesce(sum(fixes), 0)::bigint as fixes, \
    coalesce(min(received_at), 0) as oldest_at from batch \
    where area = $1 and day = $2 and received_at < $3";

/// What goes is what is packed: there is no moment between. Batches that another node packs are left to it.
const TAKE: &str = "delete from batch where day = $2 and id = any (array(select id from batch \
    where area = $1 and day = $2 and received_at < $3 order by id limit $4 \
    for update skip locked)) returning id, body";

const ADD: &str = "insert into block \
    (area, unit, day, first_at, last_at, live_at, fixes, thinned, body) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const THINNING: &str = "thinning positions";

const UNTHINNED: &str = "select distinct unit from block where area = $1 and day = $2 \
    and not thinned order by unit limit $3";

const TAKE_BLOCKS: &str = "delete from block where area = $1 and day = $2 and unit = $3 \
    returning unit, first_at, body";

const LEAVE: &str = "update block set thinned = true where area = $1 and day = $2 and unit = $3";

/// Rewriting a day's blocks may take longer than a request may.
const UNHURRIED: &str = "set statement_timeout = '10min'";
const HURRIED: &str = "reset statement_timeout";

impl Postgres {
    pub async fn track_days(&self) -> Result<Vec<Date>, Error> {
        Ok(self.stored_days().await?.into_iter().filter_map(date_of).collect())
    }

    pub async fn pending(
        &self,
        area: &AreaId,
        day: Date,
        before: Timestamp,
    ) -> Result<Pending, Error> {
        let pending = sqlx::query_as::<_, Pending>(PENDING)
            .bind(area.as_str())
            .bind(day_number(day))
            .bind(before.ms());
        pending.fetch_one(&self.pool).await.map_err(|e| failure(PACKING, e))
    }

    pub async fn pack(
        &self,
        area: &AreaId,
        day: Date,
        before: Timestamp,
        batches: i64,
    ) -> Result<u64, Error> {
        let day = day_number(day);
        self.make_partition(day).await?;
        let mut tx = self.pool.begin().await.map_err(|e| failure(PACKING, e))?;
        let take = sqlx::query_as::<_, BatchRow>(TAKE)
            .bind(area.as_str())
            .bind(day)
            .bind(before.ms())
            .bind(batches);
        let taken = take.fetch_all(&mut *tx).await.map_err(|e| failure(PACKING, e))?;
        let packed = packed(taken).await?;
        for (unit, blocks) in &packed.blocks {
            add(&mut tx, area, (day, *unit), blocks, false).await?;
        }
        tx.commit().await.map_err(|e| failure(PACKING, e))?;
        Ok(packed.fixes)
    }

    /// Empties the partition of the batches under a lock, so that one that comes in at this moment is waited for.
    pub async fn give_back(&self, day: Date) -> Result<(), Error> {
        let day = day_number(day);
        // Made of a number only, so nothing can be smuggled in.
        let used = format!("select pg_relation_size('batch_{day}') > 0");
        let used = sqlx::query_scalar::<_, bool>(AssertSqlSafe(used)).fetch_one(&self.pool).await;
        if !used.map_err(|e| failure(PACKING, e))? {
            return Ok(());
        }
        let mut tx = self.pool.begin().await.map_err(|e| failure(PACKING, e))?;
        let lock = format!("lock table batch_{day} in access exclusive mode");
        let locked = sqlx::query(AssertSqlSafe(lock)).execute(&mut *tx).await;
        locked.map_err(|e| failure(PACKING, e))?;
        let left = format!("select exists (select from batch_{day})");
        let left = sqlx::query_scalar::<_, bool>(AssertSqlSafe(left)).fetch_one(&mut *tx).await;
        if !left.map_err(|e| failure(PACKING, e))? {
            let empty = format!("truncate batch_{day}");
            let emptied = sqlx::query(AssertSqlSafe(empty)).execute(&mut *tx).await;
            emptied.map_err(|e| failure(PACKING, e))?;
        }
        tx.commit().await.map_err(|e| failure(PACKING, e))
    }

    pub async fn assigned(
        &self,
        area: &AreaId,
        since: Timestamp,
    ) -> Result<Option<Assigned>, Error> {
        let spans = sqlx::query_as::<_, Span>(sql::ASSIGNED);
        let spans = spans.bind(area.as_str()).bind(since.ms()).bind(ASSIGNED_MAX);
        let spans = spans.fetch_all(&self.pool).await.map_err(|e| failure(THINNING, e))?;
        Ok(assigned(since, spans))
    }

    pub async fn unthinned(&self, area: &AreaId, day: Date) -> Result<Vec<i32>, Error> {
        let units = sqlx::query_scalar::<_, i32>(UNTHINNED)
            .bind(area.as_str())
            .bind(day_number(day))
            .bind(UNITS_MAX);
        units.fetch_all(&self.pool).await.map_err(|e| failure(THINNING, e))
    }

    pub async fn thin(
        &self,
        area: &AreaId,
        day: Date,
        unit: i32,
        assigned: &Assigned,
    ) -> Result<u64, Error> {
        let day = day_number(day);
        let mut tx = self.pool.begin().await.map_err(|e| failure(THINNING, e))?;
        let take = sqlx::query_as::<_, BlockRow>(TAKE_BLOCKS);
        let take = take.bind(area.as_str()).bind(day).bind(unit);
        let blocks = take.fetch_all(&mut *tx).await.map_err(|e| failure(THINNING, e))?;
        match thinned(&blocks, assigned) {
            Ok((blocks, left_out)) => {
                add(&mut tx, area, (day, unit), &blocks, true).await?;
                tx.commit().await.map_err(|e| failure(THINNING, e))?;
                Ok(left_out)
            }
            Err(error) => {
                tx.rollback().await.map_err(|e| failure(THINNING, e))?;
                not_thinned(unit, &error);
                let leave = sqlx::query(LEAVE).bind(area.as_str()).bind(day).bind(unit);
                leave.execute(&self.pool).await.map_err(|e| failure(THINNING, e))?;
                Ok(0)
            }
        }
    }

    /// Rewrites a day's partition of blocks when more than half of it is free.
    pub async fn give_back_thinned(&self, day: Date) -> Result<(), Error> {
        let day = day_number(day);
        self.make_partition(day).await?;
        let mut apart = self.pool.acquire().await.map_err(|e| failure(THINNING, e))?;
        let free = format!(
            "select pg_table_size('block_{day}') > 65536 + 2 * \
            (select coalesce(sum(octet_length(body) + 100), 0) from block_{day})"
        );
        let free = sqlx::query_scalar::<_, bool>(AssertSqlSafe(free)).fetch_one(&mut *apart).await;
        if !free.map_err(|e| failure(THINNING, e))? {
            return Ok(());
        }
        let unhurried = sqlx::query(UNHURRIED).execute(&mut *apart).await;
        unhurried.map_err(|e| failure(THINNING, e))?;
        let rewrite = format!("vacuum full block_{day}");
        let rewritten = sqlx::query(AssertSqlSafe(rewrite)).execute(&mut *apart).await;
        let hurried = sqlx::query(HURRIED).execute(&mut *apart).await;
        rewritten.and(hurried).map(drop).map_err(|e| failure(THINNING, e))
    }
}

async fn add(
    tx: &mut PgConnection,
    area: &AreaId,
    (day, unit): (i32, i32),
    blocks: &[NewBlock],
    thinned: bool,
) -> Result<(), Error> {
    for block in blocks {
        let add = sqlx::query(ADD)
            .bind(area.as_str())
            .bind(unit)
            .bind(day)
            .bind(block.first_at)
            .bind(block.last_at)
            .bind(block.live_at)
            .bind(block.fixes)
            .bind(thinned)
            .bind(block.body.as_slice());
        add.execute(&mut *tx).await.map_err(|e| failure(PACKING, e))?;
    }
    Ok(())
}
