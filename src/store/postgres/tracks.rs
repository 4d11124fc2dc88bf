//! Positions in PostgreSQL: one partition for each UTC day of receipt, made when it is first
//! needed.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use sqlx::AssertSqlSafe;

use super::Postgres;
use crate::clock::Timestamp;
use crate::ids::AreaId;
use crate::store::blocks::{BLOCKS_PIECE, BlockRow, Gathered};
use crate::store::failure::failure;
use crate::store::rows::{CLASS_LIVE, FixNumbers, LATE_DAYS, newest_of_each};
use crate::store::{Error, TrackFix};

const WRITING: &str = "writing positions";
const READING: &str = "reading positions";
/// The days of partitions are counted from here.
const EPOCH: Date = date(1970, 1, 1);
/// Partitions looked at when the stored days are asked for.
const PARTITIONS_MAX: i64 = 10_000;
/// What the server says when another node made the same partition at the same moment.
const CODES_MADE_ALREADY: [&str; 2] = ["42P07", "23505"];

const INSERT: &str = "insert into fix (area, day, unit, device_at, received_at, lat, lon, speed, \
    heading, accuracy, battery, class) select $1, * from unnest($2::int[], $3::int[], \
    $4::bigint[], $5::bigint[], $6::int[], $7::int[], $8::int[], $9::int[], $10::int[], \
    $11::int[], $12::int[]) on conflict do nothing";

const TRACK: &str = "select unit, device_at, received_at, lat, lon, speed, heading, accuracy, \
    battery, class from fix where area = $1 and unit = $2 and day between $3 and $4 \
    and device_at >= $5 and device_at < $6 order by device_at, lat, lon, received_at limit $7";

const BLOCKS: &str = "select unit, first_at, body from block where area = $1 and unit = $2 \
    and day between $3 and $4 and first_at < $6 and last_at >= $5 \
    order by first_at limit $7 offset $8";

const LAST_BLOCKS: &str = "select distinct on (unit) unit, first_at, body from block \
    where area = $1 and day = $2 and live_at is not null order by unit, live_at desc";

/// Rows and blocks of one moment, whatever is packed meanwhile.
const ONE_MOMENT: &str = "begin isolation level repeatable read read only";

/// Goes from unit to unit in the primary key and reads each unit's rows, of which the packer leaves few.
const LAST: &str = "with recursive known (unit) as ( \
    select min(unit) from fix where area = $1 and day = $3 union all \
    select (select min(unit) from fix where area = $1 and day = $3 and unit > known.unit) \
    from known where known.unit is not null) \
    select f.* from known cross join lateral ( \
    select unit, device_at, received_at, lat, lon, speed, heading, accuracy, battery, class \
    from fix where area = $1 and day = $3 and unit = known.unit and class = $2 \
    order by received_at desc, device_at desc limit 1) f";

const PARTITIONS: &str = "select c.relname::text from pg_inherits i \
    join pg_class c on c.oid = i.inhrelid where i.inhparent = 'fix'::regclass limit $1";

pub fn day_number(day: Date) -> i32 {
    day.since((jiff::Unit::Day, EPOCH)).map_or(0, |span| span.get_days())
}

/// None beyond the calendar.
pub fn date_of(day: i32) -> Option<Date> {
    EPOCH.checked_add(i64::from(day).days()).ok()
}

impl Postgres {
    /// Writes positions; they are on the disk when this returns. One that is there already
    /// collapses into it.
    pub async fn append_tracks(&self, area: &AreaId, fixes: &[TrackFix]) -> Result<(), Error> {
        let days: Vec<i32> =
            fixes.iter().map(|fix| day_number(fix.received_at.utc_date())).collect();
        for day in days.iter().copied().collect::<BTreeSet<i32>>() {
            self.make_partition(day).await?;
        }
        let rows: Vec<FixNumbers> = fixes.iter().map(FixNumbers::of).collect();
        fn column<T>(rows: &[FixNumbers], value: impl Fn(&FixNumbers) -> T) -> Vec<T> {
            rows.iter().map(value).collect()
        }
        let insert = sqlx::query(INSERT)
            .bind(area.as_str())
            .bind(days)
            .bind(column(&rows, |fix| fix.unit))
            .bind(column(&rows, |fix| fix.device_at))
            .bind(column(&rows, |fix| fix.received_at))
            .bind(column(&rows, |fix| fix.lat))
            .bind(column(&rows, |fix| fix.lon))
            .bind(column(&rows, |fix| fix.speed))
            .bind(column(&rows, |fix| fix.heading))
            .bind(column(&rows, |fix| fix.accuracy))
            .bind(column(&rows, |fix| fix.battery))
            .bind(column(&rows, |fix| fix.class));
        insert.execute(&self.pool).await.map_err(|e| failure(WRITING, e))?;
        Ok(())
    }

    pub async fn make_partition(&self, day: i32) -> Result<(), Error> {
        if self.days.lock().unwrap_or_else(PoisonError::into_inner).contains(&day) {
            return Ok(());
        }
        for table in ["block", "fix"] {
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
        Ok(names.iter().filter_map(|name| name.strip_prefix("fix_")?.parse().ok()).collect())
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
        let last = day_number(to.utc_date()).saturating_add(LATE_DAYS);
        let mut found = Gathered::new(from, to, limit);
        let tx = self.pool.begin_with(ONE_MOMENT).await;
        let mut tx = tx.map_err(|e| failure(READING, e))?;
        let read = sqlx::query_as::<_, FixNumbers>(TRACK)
            .bind(area.as_str())
            .bind(unit)
            .bind(first)
            .bind(last)
            .bind(from.ms())
            .bind(to.ms())
            .bind(i64::from(limit));
        found.add(read.fetch_all(&mut *tx).await.map_err(|e| failure(READING, e))?);
        let mut offset = 0;
        let mut more = true;
        while more {
            let read = sqlx::query_as::<_, BlockRow>(BLOCKS)
                .bind(area.as_str())
                .bind(unit)
                .bind(first)
                .bind(last)
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
            let read = sqlx::query_as::<_, FixNumbers>(LAST);
            let read = read.bind(area.as_str()).bind(CLASS_LIVE).bind(day);
            let rows = read.fetch_all(&mut *tx).await.map_err(|e| failure(READING, e))?;
            let read = sqlx::query_as::<_, BlockRow>(LAST_BLOCKS).bind(area.as_str()).bind(day);
            let blocks = read.fetch_all(&mut *tx).await.map_err(|e| failure(READING, e))?;
            for fix in rows.into_iter().chain(blocks.iter().filter_map(BlockRow::newest_live)) {
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
            let drop =
                sqlx::query(AssertSqlSafe(format!("drop table if exists block_{day}, fix_{day}")));
            drop.execute(&self.pool).await.map_err(|e| failure("removing old positions", e))?;
        }
        Ok(())
    }
}
