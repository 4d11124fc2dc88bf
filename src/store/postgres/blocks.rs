//! Blocks of positions in PostgreSQL, in the partition of their day.

use jiff::civil::Date;
use sqlx::{AssertSqlSafe, PgConnection};

use super::Postgres;
use super::tracks::{date_of, day_number};
use crate::clock::Timestamp;
use crate::ids::AreaId;
use crate::store::Error;
use crate::store::blocks::{NewBlock, PACK_PIECE_FIXES, Packable, UNITS_MAX, blocks_of};
use crate::store::failure::failure;
use crate::store::rows::FixNumbers;

const PACKING: &str = "packing positions";

const PACKABLE: &str = "select unit, count(*) as fixes from fix where area = $1 and day = $2 \
    and received_at < $3 group by unit having count(*) >= $4 order by unit limit $5";

/// What goes is what is packed: there is no moment between. Rows that another node packs are left to it.
const TAKE: &str = "with taken as materialized (select device_at, lat, lon from fix \
    where area = $1 and day = $2 and unit = $3 and received_at < $4 \
    order by device_at, lat, lon limit $5 for update skip locked) \
    delete from fix using taken where fix.area = $1 and fix.day = $2 and fix.unit = $3 \
    and fix.device_at = taken.device_at and fix.lat = taken.lat and fix.lon = taken.lon \
    returning fix.unit, fix.device_at, fix.received_at, fix.lat, fix.lon, fix.speed, \
    fix.heading, fix.accuracy, fix.battery, fix.class";

const ADD: &str = "insert into block \
    (area, unit, day, first_at, last_at, live_at, fixes, thinned, body) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

impl Postgres {
    pub async fn track_days(&self) -> Result<Vec<Date>, Error> {
        Ok(self.stored_days().await?.into_iter().filter_map(date_of).collect())
    }

    pub async fn packable(
        &self,
        area: &AreaId,
        day: Date,
        before: Timestamp,
        least: u32,
    ) -> Result<Vec<Packable>, Error> {
        let ready = sqlx::query_as::<_, Packable>(PACKABLE)
            .bind(area.as_str())
            .bind(day_number(day))
            .bind(before.ms())
            .bind(i64::from(least))
            .bind(UNITS_MAX);
        ready.fetch_all(&self.pool).await.map_err(|e| failure(PACKING, e))
    }

    pub async fn pack(
        &self,
        area: &AreaId,
        day: Date,
        before: Timestamp,
        units: &[i32],
    ) -> Result<u64, Error> {
        let day = day_number(day);
        self.make_partition(day).await?;
        let mut tx = self.pool.begin().await.map_err(|e| failure(PACKING, e))?;
        let mut packed = 0;
        for unit in units {
            let take = sqlx::query_as::<_, FixNumbers>(TAKE)
                .bind(area.as_str())
                .bind(day)
                .bind(unit)
                .bind(before.ms())
                .bind(i64::from(PACK_PIECE_FIXES));
            let fixes = take.fetch_all(&mut *tx).await.map_err(|e| failure(PACKING, e))?;
            packed += u64::try_from(fixes.len()).unwrap_or(0);
            add(&mut tx, area, (day, *unit), &blocks_of(fixes)?, false).await?;
        }
        tx.commit().await.map_err(|e| failure(PACKING, e))?;
        Ok(packed)
    }

    /// Empties the partition of the rows under a lock, so that a row that comes in at this moment is waited for.
    pub async fn give_back(&self, day: Date) -> Result<(), Error> {
        let day = day_number(day);
        // Made of a number only, so nothing can be smuggled in.
        let used = format!("select pg_relation_size('fix_{day}') > 0");
        let used = sqlx::query_scalar::<_, bool>(AssertSqlSafe(used)).fetch_one(&self.pool).await;
        if !used.map_err(|e| failure(PACKING, e))? {
            return Ok(());
        }
        let mut tx = self.pool.begin().await.map_err(|e| failure(PACKING, e))?;
        let lock = format!("lock table fix_{day} in access exclusive mode");
        let locked = sqlx::query(AssertSqlSafe(lock)).execute(&mut *tx).await;
        locked.map_err(|e| failure(PACKING, e))?;
        let left = format!("select exists (select from fix_{day})");
        let left = sqlx::query_scalar::<_, bool>(AssertSqlSafe(left)).fetch_one(&mut *tx).await;
        if !left.map_err(|e| failure(PACKING, e))? {
            let empty = format!("truncate fix_{day}");
            let emptied = sqlx::query(AssertSqlSafe(empty)).execute(&mut *tx).await;
            emptied.map_err(|e| failure(PACKING, e))?;
        }
        tx.commit().await.map_err(|e| failure(PACKING, e))
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
