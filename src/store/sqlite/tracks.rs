//! Positions in SQLite: one file for each UTC day of receipt, so that a batch never delays a call
//! and old days go as files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::Date;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions};
use sqlx::{ConnectOptions, Connection, QueryBuilder, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, MutexGuard};

use super::{ACQUIRE_WITHIN, Sqlite, connected, pool};
use crate::clock::Timestamp;
use crate::ids::AreaId;
use crate::store::blocks::{BLOCKS_PIECE, BlockRow, Gathered};
use crate::store::failure::failure;
use crate::store::rows::{CLASS_LIVE, FixNumbers, LATE_DAYS, newest_of_each};
use crate::store::{Error, TrackFix};

const WRITING: &str = "writing positions";
const READING: &str = "reading positions";
/// Files open for writing at the same time: today's, and yesterday's around midnight.
const WRITERS_MAX: usize = 3;
/// Rows of one statement: 11 values each, below SQLite's limit of 32,766.
const ROWS_MAX: usize = 2_500;

/// Rows as they come in, and the blocks into which they are packed. A block lies in a table by the order of its coming,
/// for SQLite keeps long values badly in one without.
pub const SCHEMA: &str = "create table if not exists fix ( \
    area text not null, unit integer not null, device_at integer not null, \
    received_at integer not null, lat integer not null, lon integer not null, \
    speed integer, heading integer, accuracy integer, battery integer, class integer not null, \
    primary key (area, unit, device_at, lat, lon)) without rowid; \
    create table if not exists block ( \
    area text not null, unit integer not null, first_at integer not null, \
    last_at integer not null, live_at integer, fixes integer not null, thinned integer not null, \
    body blob not null) strict; \
    create index if not exists block_by_unit on block (area, unit, first_at)";

const TABLES: &str = "select count(*) from sqlite_schema where type = 'table' and name = $1";

const INSERT: &str = "insert into fix (area, unit, device_at, received_at, lat, lon, speed, \
    heading, accuracy, battery, class) ";

const TRACK: &str = "select unit, device_at, received_at, lat, lon, speed, heading, accuracy, \
    battery, class from fix where area = $1 and unit = $2 and device_at >= $3 \
    and device_at < $4 order by device_at, lat, lon limit $5";

/// Goes from unit to unit in the primary key and reads each unit's rows, of which the packer leaves few. SQLite never
/// reorders a cross join; left to itself it reads the whole day for each.
const LAST: &str = "with recursive known (unit) as ( \
    select min(unit) from fix where area = $1 union all \
    select (select min(unit) from fix where area = $1 and unit > known.unit) \
    from known where known.unit is not null) \
    select f.unit, f.device_at, f.received_at, f.lat, f.lon, f.speed, f.heading, f.accuracy, \
    f.battery, f.class from known cross join fix f on f.area = $1 and f.unit = known.unit \
    and (f.device_at, f.lat, f.lon) = (select device_at, lat, lon from fix where area = $1 \
    and unit = known.unit and class = $2 order by received_at desc, device_at desc limit 1)";

const BLOCKS: &str = "select unit, first_at, body from block where area = $1 and unit = $2 \
    and first_at < $4 and last_at >= $3 order by first_at limit $5 offset $6";

/// Beside a maximum, SQLite answers the other columns of the same row.
const LAST_BLOCKS: &str = "select b.unit, b.first_at, b.body from \
    (select rowid as newest, max(live_at) from block \
    where area = $1 and live_at is not null group by unit) as n \
    join block b on b.rowid = n.newest";

/// A file of positions: what is free in it can be given back piece by piece.
pub fn options(file: &Path) -> SqliteConnectOptions {
    super::options(file).auto_vacuum(SqliteAutoVacuum::Incremental)
}

pub async fn has_table(file: &mut SqliteConnection, name: &str) -> Result<bool, Error> {
    let tables = sqlx::query_scalar::<_, i64>(TABLES).bind(name).fetch_one(file).await;
    Ok(tables.map_err(|e| failure(READING, e))? > 0)
}

/// The files of the days.
#[derive(Debug)]
pub struct Tracks {
    directory: PathBuf,
    /// Locked while a batch is written, so no file is closed under it. Readers open their own.
    writers: Mutex<BTreeMap<Date, SqlitePool>>,
}

impl Tracks {
    pub const fn new(directory: PathBuf) -> Self {
        Self { directory, writers: Mutex::const_new(BTreeMap::new()) }
    }

    pub async fn close(&self) {
        let mut writers = self.writers.lock().await;
        while let Some((_, writer)) = writers.pop_first() {
            writer.close().await;
        }
    }

    /// Waits for the right to write in turn with the batches. SQLite's own lock knows no turns: whoever comes back for
    /// it quickly keeps it, and others wait for seconds.
    pub async fn turn(&self) -> MutexGuard<'_, BTreeMap<Date, SqlitePool>> {
        self.writers.lock().await
    }

    pub fn file(&self, day: Date, ending: &str) -> PathBuf {
        self.directory.join(format!("{day}.{ending}"))
    }

    /// The connection that writes a day's file, which is made when it is not there.
    async fn writer(
        &self,
        writers: &mut BTreeMap<Date, SqlitePool>,
        day: Date,
    ) -> Result<SqlitePool, Error> {
        if let Some(open) = writers.get(&day) {
            return Ok(open.clone());
        }
        let options = options(&self.file(day, "db"));
        let mut first = connected(&options).await.map_err(|e| failure(WRITING, e))?;
        sqlx::raw_sql(SCHEMA).execute(&mut first).await.map_err(|e| failure(WRITING, e))?;
        let opened = pool(options, 1).await.map_err(|e| failure(WRITING, e))?;
        first.close().await.map_err(|e| failure(WRITING, e))?;
        if writers.len() >= WRITERS_MAX
            && let Some((_, oldest)) = writers.pop_first()
        {
            oldest.close().await;
        }
        writers.insert(day, opened.clone());
        Ok(opened)
    }

    /// A connection that reads a day's file beside its writer; none while the day has no table.
    ///
    /// The file is there before its table: a kill between the two leaves a day without positions, which its writer
    /// finishes when it is next used.
    pub async fn reader(&self, day: Date) -> Result<Option<SqliteConnection>, Error> {
        let options = SqliteConnectOptions::new()
            .filename(self.file(day, "db"))
            .busy_timeout(ACQUIRE_WITHIN)
            .pragma("query_only", "on");
        let mut file = options.connect().await.map_err(|e| failure(READING, e))?;
        if !has_table(&mut file, "fix").await? {
            file.close().await.map_err(|e| failure(READING, e))?;
            return Ok(None);
        }
        Ok(Some(file))
    }

    /// The days that have a file, oldest first.
    pub fn stored(&self) -> Result<Vec<Date>, Error> {
        let entries = std::fs::read_dir(&self.directory)
            .map_err(|e| Error::Unavailable { doing: READING.into(), source: e.into() })?;
        let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let names = entries.filter_map(|entry| entry.ok().map(name));
        let days = names.filter_map(|name| name.strip_suffix(".db")?.parse().ok());
        let mut days: Vec<Date> = days.collect();
        days.sort_unstable();
        Ok(days)
    }
}

impl Sqlite {
    /// Writes positions; they are on the disk when this returns. One that is there already
    /// collapses into it.
    pub async fn append_tracks(&self, area: &AreaId, fixes: &[TrackFix]) -> Result<(), Error> {
        let mut by_day = BTreeMap::<Date, Vec<FixNumbers>>::new();
        for fix in fixes {
            by_day.entry(fix.received_at.utc_date()).or_default().push(FixNumbers::of(fix));
        }
        let mut writers = self.tracks.writers.lock().await;
        for (day, numbers) in by_day {
            let file = self.tracks.writer(&mut writers, day).await?;
            let tx = file.begin_with("begin immediate").await;
            let mut tx = tx.map_err(|e| failure(WRITING, e))?;
            for rows in numbers.chunks(ROWS_MAX) {
                let mut insert = QueryBuilder::new(INSERT);
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
                // Batches differ in length, so keeping the prepared statement would only fill the
                // cache.
                let insert = insert.build().persistent(rows.len() == ROWS_MAX);
                insert.execute(&mut *tx).await.map_err(|e| failure(WRITING, e))?;
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
        let mut found = Gathered::new(from, to, limit);
        for day in self.tracks.stored()?.into_iter().filter(|day| (first..=last).contains(day)) {
            let Some(mut file) = self.tracks.reader(day).await? else { continue };
            // Rows and blocks of one moment, whatever is packed meanwhile.
            let mut tx = file.begin().await.map_err(|e| failure(READING, e))?;
            let read = sqlx::query_as::<_, FixNumbers>(TRACK)
                .bind(area.as_str())
                .bind(i64::from(unit_index))
                .bind(from.ms())
                .bind(to.ms())
                .bind(i64::from(limit));
            found.add(read.fetch_all(&mut *tx).await.map_err(|e| failure(READING, e))?);
            let mut offset = 0;
            let mut more = has_table(&mut tx, "block").await?;
            while more {
                let read = sqlx::query_as::<_, BlockRow>(BLOCKS)
                    .bind(area.as_str())
                    .bind(i64::from(unit_index))
                    .bind(from.ms())
                    .bind(to.ms())
                    .bind(BLOCKS_PIECE)
                    .bind(offset);
                let blocks = read.fetch_all(&mut *tx).await.map_err(|e| failure(READING, e))?;
                more = found.add_blocks(&blocks)?;
                offset += BLOCKS_PIECE;
            }
            tx.commit().await.map_err(|e| failure(READING, e))?;
            file.close().await.map_err(|e| failure(READING, e))?;
        }
        found.finish()
    }

    /// The live position of each unit that came in last, in the last two stored days.
    pub async fn last_fixes(&self, area: &AreaId) -> Result<Vec<TrackFix>, Error> {
        let mut found = Vec::new();
        let mut days_read = 0;
        for day in self.tracks.stored()?.into_iter().rev() {
            if days_read == 2 {
                break;
            }
            let Some(mut file) = self.tracks.reader(day).await? else { continue };
            days_read += 1;
            let mut tx = file.begin().await.map_err(|e| failure(READING, e))?;
            let read = sqlx::query_as::<_, FixNumbers>(LAST).bind(area.as_str()).bind(CLASS_LIVE);
            let rows = read.fetch_all(&mut *tx).await.map_err(|e| failure(READING, e))?;
            let mut blocks = Vec::new();
            if has_table(&mut tx, "block").await? {
                let read = sqlx::query_as::<_, BlockRow>(LAST_BLOCKS).bind(area.as_str());
                blocks = read.fetch_all(&mut *tx).await.map_err(|e| failure(READING, e))?;
            }
            for fix in rows.into_iter().chain(blocks.iter().filter_map(BlockRow::newest_live)) {
                found.push(fix.read()?);
            }
            tx.commit().await.map_err(|e| failure(READING, e))?;
            file.close().await.map_err(|e| failure(READING, e))?;
        }
        Ok(newest_of_each(found))
    }

    /// Removes the days before a date, as whole files.
    pub async fn drop_tracks_before(&self, date: Date) -> Result<(), Error> {
        let mut writers = self.tracks.writers.lock().await;
        for day in self.tracks.stored()?.into_iter().filter(|day| *day < date) {
            if let Some(open) = writers.remove(&day) {
                open.close().await;
            }
            for ending in ["db", "db-wal", "db-shm"] {
                let removed = std::fs::remove_file(self.tracks.file(day, ending));
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
