//! Positions in PostgreSQL: one partition for each UTC day of receipt, made when it is first needed.

use std::sync::PoisonError;

use jiff::civil::{Date, date};
use sqlx::AssertSqlSafe;

use super::{Postgres, failure};
use crate::clock::Timestamp;
use crate::ids::AreaId;
use crate::store::rows::{CLASS_LIVE, FixNumbers, FixRow};
use crate::store::{Error, TrackFix};

const WRITING: &str = "writing positions";
const READING: &str = "reading positions";
/// The days of partitions are counted from here.
const EPOCH: Date = date(1970, 1, 1);
/// A position may come in up to so many days after it was taken; a search by device time looks so far.
const LATE_DAYS: i32 = 7;
/// Partitions looked at when old days are dropped.
const PARTITIONS_MAX: i64 = 10_000;

fn day_number(day: Date) -> i32 {
    day.since((jiff::Unit::Day, EPOCH)).map_or(0, |span| span.get_days())
}

impl Postgres {
    /// Writes positions; they are on the disk when this returns. One that is there already collapses into it.
    pub async fn append_tracks(&self, area: &AreaId, fixes: &[TrackFix]) -> Result<(), Error> {
        let mut days = Vec::with_capacity(fixes.len());
        for fix in fixes {
            let day = day_number(fix.received_at.utc_date());
            self.make_partition(day).await?;
            days.push(day);
        }
        let rows: Vec<FixNumbers> = fixes.iter().map(FixNumbers::of).collect();
        fn column<T>(rows: &[FixNumbers], value: impl Fn(&FixNumbers) -> T) -> Vec<T> {
            rows.iter().map(value).collect()
        }
        let insert = sqlx::query(
            "insert into fix (area, day, unit, device_at, received_at, lat, lon, speed, heading, \
             accuracy, battery, class) select $1, * from unnest($2::int[], $3::int[], \
             $4::bigint[], $5::bigint[], $6::int[], $7::int[], $8::int[], $9::int[], $10::int[], \
             $11::int[], $12::int[]) on conflict do nothing",
        )
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

    async fn make_partition(&self, day: i32) -> Result<(), Error> {
        let known = |days: &mut std::collections::BTreeSet<i32>| days.contains(&day);
        if known(&mut self.days.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(());
        }
        // Made of numbers only, so nothing can be smuggled in.
        let make = format!(
            "create table if not exists fix_{day} partition of fix for values from ({day}) to ({})",
            day.saturating_add(1)
        );
        let made = sqlx::query(AssertSqlSafe(make)).execute(&self.pool).await;
        made.map_err(|e| failure("making a day's partition", e))?;
        self.days.lock().unwrap_or_else(PoisonError::into_inner).insert(day);
        Ok(())
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
        let read = sqlx::query_as::<_, FixRow>(
            "select unit, device_at, received_at, lat, lon, speed, heading, accuracy, battery, \
             class from fix where area = $1 and unit = $2 and day between $3 and $4 \
             and device_at >= $5 and device_at < $6 order by device_at limit $7",
        )
        .bind(area.as_str())
        .bind(i32::try_from(unit_index).unwrap_or(i32::MAX))
        .bind(day_number(from.utc_date()).saturating_sub(1))
        .bind(day_number(to.utc_date()).saturating_add(LATE_DAYS))
        .bind(from.ms())
        .bind(to.ms())
        .bind(i64::from(limit));
        let rows = read.fetch_all(&self.pool).await.map_err(|e| failure(READING, e))?;
        rows.into_iter().map(FixRow::read).collect()
    }

    /// The newest live position of each unit in the last two stored days.
    pub async fn last_fixes(&self, area: &AreaId) -> Result<Vec<TrackFix>, Error> {
        let read = sqlx::query_as::<_, FixRow>(
            "select distinct on (unit) unit, device_at, received_at, lat, lon, speed, heading, \
             accuracy, battery, class from fix where area = $1 and class = $2 \
             and day >= (select max(day) - 1 from fix where area = $1) \
             order by unit, device_at desc",
        )
        .bind(area.as_str())
        .bind(CLASS_LIVE);
        let rows = read.fetch_all(&self.pool).await.map_err(|e| failure(READING, e))?;
        rows.into_iter().map(FixRow::read).collect()
    }

    /// Removes the days before a date, as whole partitions.
    pub async fn drop_tracks_before(&self, date: Date) -> Result<(), Error> {
        let doing = "removing old positions";
        let partitions: Vec<String> = sqlx::query_scalar(
            "select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid \
             where i.inhparent = 'fix'::regclass limit $1",
        )
        .bind(PARTITIONS_MAX)
        .fetch_all(&self.pool)
        .await
        .map_err(|e| failure(doing, e))?;
        let before = day_number(date);
        for name in partitions {
            let day = name.strip_prefix("fix_").and_then(|day| day.parse::<i32>().ok());
            let Some(day) = day.filter(|day| *day < before) else { continue };
            self.days.lock().unwrap_or_else(PoisonError::into_inner).remove(&day);
            let drop = sqlx::query(AssertSqlSafe(format!("drop table fix_{day}")));
            drop.execute(&self.pool).await.map_err(|e| failure(doing, e))?;
        }
        Ok(())
    }
}
