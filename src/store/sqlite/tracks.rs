//! Positions in SQLite: one file for each UTC day of receipt, so that a batch never delays a call and old days go as files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::ToSpan;
use jiff::civil::Date;
use sqlx::{QueryBuilder, SqlitePool};

use super::{Sqlite, failure, options, pool};
use crate::clock::Timestamp;
use crate::ids::AreaId;
use crate::store::rows::{CLASS_LIVE, FixNumbers, FixRow};
use crate::store::{Error, TrackFix};

const WRITING: &str = "writing positions";
const READING: &str = "reading positions";
/// Files open at the same time: today's, and what is being read.
const OPEN_MAX: usize = 3;
/// Rows of one statement: 11 values each, below SQLite's limit of 32,766.
const ROWS_MAX: usize = 2_500;
/// A position may come in up to so many days after it was taken; a search by device time looks so far.
const LATE_DAYS: i32 = 7;

const SCHEMA: &str = "create table if not exists fix ( \
    area text not null, unit integer not null, device_at integer not null, \
    received_at integer not null, lat integer not null, lon integer not null, \
    speed integer, heading integer, accuracy integer, battery integer, class integer not null, \
    primary key (area, unit, device_at, lat, lon)) without rowid";

/// The files of the days.
#[derive(Debug)]
pub struct Days {
    directory: PathBuf,
    open: BTreeMap<Date, SqlitePool>,
}

impl Days {
    pub const fn new(directory: PathBuf) -> Self {
        Self { directory, open: BTreeMap::new() }
    }

    pub async fn close(&mut self) {
        while let Some((_, pool)) = self.open.pop_first() {
            pool.close().await;
        }
    }

    /// Opens a day's file; `make` it when it is not there, else answer none.
    async fn day(&mut self, day: Date, make: bool) -> Result<Option<SqlitePool>, Error> {
        if let Some(open) = self.open.get(&day) {
            return Ok(Some(open.clone()));
        }
        let file = self.directory.join(format!("{day}.db"));
        if !make && !file.exists() {
            return Ok(None);
        }
        let opened = pool(options(&file).create_if_missing(true), 1).await;
        let opened = opened.map_err(|e| failure(WRITING, e))?;
        sqlx::query(SCHEMA).execute(&opened).await.map_err(|e| failure(WRITING, e))?;
        if self.open.len() >= OPEN_MAX
            && let Some((_, oldest)) = self.open.pop_first()
        {
            oldest.close().await;
        }
        self.open.insert(day, opened.clone());
        Ok(Some(opened))
    }

    /// The days that have a file, oldest first.
    fn stored(&self) -> Result<Vec<Date>, Error> {
        let entries = std::fs::read_dir(&self.directory);
        let entries =
            entries.map_err(|e| Error::Unavailable { doing: READING.into(), source: e.into() })?;
        let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let names = entries.filter_map(|entry| entry.ok().map(name));
        let days = names.filter_map(|name| name.strip_suffix(".db")?.parse().ok());
        let mut days: Vec<Date> = days.collect();
        days.sort_unstable();
        Ok(days)
    }
}

impl Sqlite {
    /// Writes positions; they are on the disk when this returns. One that is there already collapses into it.
    pub async fn append_tracks(&self, area: &AreaId, fixes: &[TrackFix]) -> Result<(), Error> {
        let mut by_day = BTreeMap::<Date, Vec<FixNumbers>>::new();
        for fix in fixes {
            by_day.entry(fix.received_at.utc_date()).or_default().push(FixNumbers::of(fix));
        }
        for (day, numbers) in by_day {
            let file = self.days.lock().await.day(day, true).await?;
            let Some(file) = file else { continue };
            let tx = file.begin_with("begin immediate").await;
            let mut tx = tx.map_err(|e| failure(WRITING, e))?;
            for rows in numbers.chunks(ROWS_MAX) {
                let mut insert = QueryBuilder::new(
                    "insert into fix (area, unit, device_at, received_at, lat, lon, speed, \
                     heading, accuracy, battery, class) ",
                );
                insert.push_values(rows, |mut row, fix| {
                    row.push_bind(area.as_str())
                        .push_bind(fix.unit)
                        .push_bind(fix.device_at)
                        .push_bind(fix.received_at)
                        .push_bind(fix.lat)
                        .push_bind(fix.lon)
                        .push_bind(fix.speed)
                        .push_bind(fix.heading)
                        .push_bind(fix.accuracy)
                        .push_bind(fix.battery)
                        .push_bind(fix.class);
                });
                insert.push(" on conflict do nothing");
                insert.build().execute(&mut *tx).await.map_err(|e| failure(WRITING, e))?;
            }
            tx.commit().await.map_err(|e| failure(WRITING, e))?;
        }
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
        let first = from.utc_date().saturating_sub(1.day());
        let last = to.utc_date().saturating_add(LATE_DAYS.days());
        let mut found = Vec::new();
        let stored = self.days.lock().await.stored()?;
        for day in stored.into_iter().filter(|day| (first..=last).contains(day)) {
            let Some(file) = self.days.lock().await.day(day, false).await? else { continue };
            let read = sqlx::query_as::<_, FixRow>(
                "select unit, device_at, received_at, lat, lon, speed, heading, accuracy, \
                 battery, class from fix where area = $1 and unit = $2 and device_at >= $3 \
                 and device_at < $4 order by device_at limit $5",
            )
            .bind(area.as_str())
            .bind(i64::from(unit_index))
            .bind(from.ms())
            .bind(to.ms())
            .bind(i64::from(limit));
            let rows = read.fetch_all(&file).await.map_err(|e| failure(READING, e))?;
            for row in rows {
                found.push(row.read()?);
            }
        }
        found.sort_by_key(|fix| fix.device_at);
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    /// The newest live position of each unit in the last two stored days.
    pub async fn last_fixes(&self, area: &AreaId) -> Result<Vec<TrackFix>, Error> {
        let stored = self.days.lock().await.stored()?;
        let mut newest = BTreeMap::<u32, TrackFix>::new();
        for day in stored.into_iter().rev().take(2) {
            let Some(file) = self.days.lock().await.day(day, false).await? else { continue };
            // With max(), SQLite takes the other columns from the row that has the greatest value.
            let read = sqlx::query_as::<_, FixRow>(
                "select unit, max(device_at) as device_at, received_at, lat, lon, speed, heading, \
                 accuracy, battery, class from fix where area = $1 and class = $2 group by unit",
            )
            .bind(area.as_str())
            .bind(CLASS_LIVE);
            for row in read.fetch_all(&file).await.map_err(|e| failure(READING, e))? {
                let fix = row.read()?;
                newest.entry(fix.unit_index).or_insert(fix);
            }
        }
        Ok(newest.into_values().collect())
    }

    /// Removes the days before a date, as whole files.
    pub async fn drop_tracks_before(&self, date: Date) -> Result<(), Error> {
        let mut days = self.days.lock().await;
        for day in days.stored()?.into_iter().filter(|day| *day < date) {
            if let Some(open) = days.open.remove(&day) {
                open.close().await;
            }
            for ending in ["db", "db-wal", "db-shm"] {
                let removed = std::fs::remove_file(days.directory.join(format!("{day}.{ending}")));
                if let Err(source) = removed
                    && source.kind() != std::io::ErrorKind::NotFound
                {
                    let doing = "removing old positions".into();
                    return Err(Error::Unavailable { doing, source: source.into() });
                }
            }
        }
        Ok(())
    }
}
