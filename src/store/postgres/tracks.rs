//! Positions in PostgreSQL: one partition for each UTC day of receipt, made when it is first
//! needed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use sqlx::{AssertSqlSafe, PgConnection};

use super::Postgres;
use crate::clock::Timestamp;
use crate::ids::AreaId;
use crate::store::block::BATCH_FIXES_MAX;
use crate::store::blocks::{
    BATCHES_PIECE, BLOCKS_PIECE, BatchRow, BlockRow, Gathered, NewBatch, Newest,
};
use crate::store::failure::failure;
use crate::store::rows::{FixNumbers, LATE_DAYS, newest_of_each};
use crate::store::{Error, TrackFix};

const WRITING: &str = "writing positions";
const READING: &str = "reading positions";
/// The days of partitions are counted from here.
const EPOCH: Date = date(1970, 1, 1);
/// Partitions looked at when the stored days are asked for.
const PARTITIONS_MAX: i64 = 10_000;
/// What the server says when another node made the same partition at the same moment.
const CODES_MADE_ALREADY: [&str; 2] = ["42P07", "23505"];

const INSERT: &str = "insert into batch \
    (area, day, first_at, last_at, received_at, fixes, body) values ($1, $2, $3, $4, $5, $6, $7)";

const BATCHES: &str = "select id, body from batch where area = $1 and day between $2 and $3 \
    and id > $4 and last_at >= $5 and first_at < $6 order by id limit $7";

const BLOCKS: &str = "select unit, first_at, body from block where area = $1 and unit = $2 \
    and day between $3 and $4 and first_at < $6 and last_at >= $5 \
    order by first_at limit $7 offset $8";

const LAST_BLOCKS: &str = "select distinct on (unit) unit, first_at, body from block \
    where area = $1 and day = $2 and live_at is not null order by unit, live_at desc";

/// Batches and blocks of one moment, whatever is packed meanwhile.
const ONE_MOMENT: &str = "begin isolation level repeatable read read only";

const PARTITIONS: &str = "select c.relname::text from pg_inherits i \
    join pg_class c on c.oid = i.inhrelid where i.inhparent = 'batch'::regclass limit $1";

pub fn day_number(day: Date) -> i32 {
    day.since((jiff::Unit::Day, EPOCH)).map_or(0, |span| span.get_days())
}

/// None beyond the calendar.
pub fn date_of(day: i32) -> Option<Date> {
    EPOCH.checked_add(i64::from(day).days()).ok()
}

/// Batches of some days after one, with positions of a span of device times.
async fn batches(
    tx: &mut PgConnection,
    area: &AreaId,
    (first_day, last_day): (i32, i32),
    after: i64,
    (from, to): (i64, i64),
) -> Result<Vec<BatchRow>, Error> {
    let read = sqlx::query_as::<_, BatchRow>(BATCHES)
        .bind(area.as_str())
        .bind(first_day)
        .bind(last_day)
        .bind(after)
        .bind(from)
        .bind(to)
        .bind(BATCHES_PIECE);
    read.fetch_all(tx).await.map_err(|e| failure(READING, e))
}

impl Postgres {
    /// Writes positions; they are on the disk when this returns. One that is there already
    /// collapses into it when it is read.
    pub async fn append_tracks(&self, area: &AreaId, fixes: &[TrackFix]) -> Result<(), Error> {
        let mut by_day = BTreeMap::<i32, Vec<FixNumbers>>::new();
        for fix in fixes {
            let day = day_number(fix.received_at.utc_date());
            by_day.entry(day).or_default().push(FixNumbers::of(fix));
        }
        for day in by_day.keys() {
            self.make_partition(*day).await?;
        }
        let mut tx = self.pool.begin().await.map_err(|e| failure(WRITING, e))?;
        for (day, numbers) in by_day {
            for some in numbers.chunks(BATCH_FIXES_MAX) {
                let batch = NewBatch::of(some);
                let insert = sqlx::query(INSERT)
                    .bind(area.as_str())
                    .bind(day)
                    .bind(batch.first_at)
                    .bind(batch.last_at)
                    .bind(batch.received_at)
                    .bind(batch.fixes)
                    .bind(batch.body);
                insert.execute(&mut *tx).await.map_err(|e| failure(WRITING, e))?;
            }
        }
        tx.commit().await.map_err(|e| failure(WRITING, e))
    }

    pub async fn make_partition(&self, day: i32) -> Result<(), Error> {
        if self.days.lock().unwrap_or_else(PoisonError::into_inner).contains(&day) {
            return Ok(());
        }
        for table in ["block", "batch"] {
            // Made of numbers only, so nothing can be smuggled in.
            let make = format!(
                "create table if not exists {table}_{day} partition of {table} for values from ({day}) to ({})",
                day.saturating_add(1)
            );
            if let Err(error) = sqlx::query(AssertSqlSafe(make)).execute(&self.pool).await {
                let code = error.as_database_error().and_then(|fault| fault.code());
                if !code.is_some_and(|code| CODES_MADE_ALREADY.contains(&code.as_ref())) {
                    return Err(failure("making a day's partition", error));
                }
            }
        }
        self.days.lock().unwrap_or_else(PoisonError::into_inner).insert(day);
        Ok(())
    }

    /// The days that have a partition, oldest first.
    pub async fn stored_days(&self) -> Result<BTreeSet<i32>, Error> {
        let names = sqlx::query_scalar::<_, String>(PARTITIONS).bind(PARTITIONS_MAX);
        let names = names.fetch_all(&self.pool).await.map_err(|e| failure(READING, e))?;
        Ok(names.iter().filter_map(|name| name.strip_prefix("batch_")?.parse().ok()).collect())
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
        let unit = i32::try_from(unit_index).unwrap_or(i32::MAX);
        let first = day_number(from.utc_date()).saturating_sub(1);
        let last_day = day_number(to.utc_date()).saturating_add(LATE_DAYS);
        let mut found = Gathered::new(from, to, limit);
        let tx = self.pool.begin_with(ONE_MOMENT).await;
        let mut tx = tx.map_err(|e| failure(READING, e))?;
        let mut after = Some(0);
        while let Some(last) = after {
            let read = batches(&mut tx, area, (first, last_day), last, (from.ms(), to.ms()));
            after = found.add_batches(&read.await?, unit)?;
        }
        let mut offset = 0;
        let mut more = true;
        while more {
            let read = sqlx::query_as::<_, BlockRow>(BLOCKS)
                .bind(area.as_str())
                .bind(unit)
                .bind(first)
                .bind(last_day)
                .bind(from.ms())
                .bind(to.ms())
                .bind(BLOCKS_PIECE)
                .bind(offset);
            let blocks = read.fetch_all(&mut *tx).await.map_err(|e| failure(READING, e))?;
            more = found.add_blocks(&blocks)?;
            offset += BLOCKS_PIECE;
        }
        tx.commit().await.map_err(|e| failure(READING, e))?;
        found.finish()
    }

    /// The live position of each unit that came in last, in the last two stored days.
    pub async fn last_fixes(&self, area: &AreaId) -> Result<Vec<TrackFix>, Error> {
        let mut found = Vec::new();
        for day in self.stored_days().await?.into_iter().rev().take(2) {
            let tx = self.pool.begin_with(ONE_MOMENT).await;
            let mut tx = tx.map_err(|e| failure(READING, e))?;
            let mut newest = Newest::default();
            let mut after = Some(0);
            while let Some(last) = after {
                let read = batches(&mut tx, area, (day, day), last, (i64::MIN, i64::MAX)).await?;
                newest.add(&read);
                after = read.last().map(|batch| batch.id);
            }
            let read = sqlx::query_as::<_, BlockRow>(LAST_BLOCKS).bind(area.as_str()).bind(day);
            let blocks = read.fetch_all(&mut *tx).await.map_err(|e| failure(READING, e))?;
            for fix in newest.fixes().chain(blocks.iter().filter_map(BlockRow::newest_live)) {
                found.push(fix.read()?);
            }
            tx.commit().await.map_err(|e| failure(READING, e))?;
        }
        Ok(newest_of_each(found))
    }

    /// Removes the days before a date, as whole partitions.
    pub async fn drop_tracks_before(&self, date: Date) -> Result<(), Error> {
        let before = day_number(date);
        for day in self.stored_days().await?.into_iter().take_while(|day| *day < before) {
            self.days.lock().unwrap_or_else(PoisonError::into_inner).remove(&day);
            let drop = sqlx::query(AssertSqlSafe(format!(
                "drop table if exists block_{day}, batch_{day}"
            )));
            drop.execute(&self.pool).await.map_err(|e| failure("removing old positions", e))?;
        }
        Ok(())
    }
}
