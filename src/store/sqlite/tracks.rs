//! Positions in SQLite: one file for each UTC day of receipt, so that a batch never delays a call
//! and old days go as files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::Date;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, MutexGuard};

use super::{ACQUIRE_WITHIN, Sqlite, connected, pool};
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
/// Files open for writing at the same time: today's, and yesterday's around midnight.
const WRITERS_MAX: usize = 3;

/// Batches as they come in, each one value, and the blocks into which they are packed. A batch goes to the end of its
/// table: as rows by unit, each position would have a page of 4 KiB written for it. A block lies in a table by the
/// order of its coming, for SQLite keeps long values badly in one without.
pub const SCHEMA: &str = "create table if not exists batch ( \
    id integer primary key, area text not null, first_at integer not null, \
    last_at integer not null, received_at integer not null, fixes integer not null, \
    body blob not null) strict; \
    create table if not exists block ( \
    area text not null, unit integer not null, first_at integer not null, \
    last_at integer not null, live_at integer, fixes integer not null, thinned integer not null, \
    body blob not null) strict; \
    create index if not exists block_by_unit on block (area, unit, first_at)";

const TABLES: &str = "select count(*) from sqlite_schema where type = 'table' and name = $1";

const INSERT: &str = "insert into batch (area, first_at, last_at, received_at, fixes, body) \
    values ($1, $2, $3, $4, $5, $6)";

const BATCHES: &str = "select id, body from batch where area = $1 and id > $2 \
    and last_at >= $3 and first_at < $4 order by id limit $5";

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
        if !has_table(&mut file, "batch").await? {
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

/// Batches after one, with positions of a span of device times.
async fn batches(
    file: &mut SqliteConnection,
    area: &AreaId,
    after: i64,
    from: i64,
    to: i64,
) -> Result<Vec<BatchRow>, Error> {
    let read = sqlx::query_as::<_, BatchRow>(BATCHES)
        .bind(area.as_str())
        .bind(after)
        .bind(from)
        .bind(to)
        .bind(BATCHES_PIECE);
    read.fetch_all(file).await.map_err(|e| failure(READING, e))
}

impl Sqlite {
    /// Writes positions; they are on the disk when this returns. One that is there already
    /// collapses into it when it is read.
    pub async fn append_tracks(&self, area: &AreaId, fixes: &[TrackFix]) -> Result<(), Error> {
        let mut by_day = BTreeMap::<Date, Vec<FixNumbers>>::new();
        for fix in fixes {
            by_day.entry(fix.received_at.utc_date()).or_default().push(FixNumbers::of(fix));
        }
        let mut writers = self.tracks.writers.lock().await;
        for (day, numbers) in by_day {
            let file = self.tracks.writer(&mut writers, day).await?;
            for some in numbers.chunks(BATCH_FIXES_MAX) {
                let batch = NewBatch::of(some);
                let insert = sqlx::query(INSERT)
                    .bind(area.as_str())
                    .bind(batch.first_at)
                    .bind(batch.last_at)
                    .bind(batch.received_at)
                    .bind(batch.fixes)
                    .bind(batch.body);
                insert.execute(&file).await.map_err(|e| failure(WRITING, e))?;
            }
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
        let unit = i32::try_from(unit_index).unwrap_or(i32::MAX);
        let mut found = Gathered::new(from, to, limit);
        for day in self.tracks.stored()?.into_iter().filter(|day| (first..=last).contains(day)) {
            let Some(mut file) = self.tracks.reader(day).await? else { continue };
            // Batches and blocks of one moment, whatever is packed meanwhile.
            let mut tx = file.begin().await.map_err(|e| failure(READING, e))?;
            let mut after = Some(0);
            while let Some(last) = after {
                let batches = batches(&mut tx, area, last, from.ms(), to.ms()).await?;
                after = found.add_batches(&batches, unit)?;
            }
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
            let mut newest = Newest::default();
            let mut after = Some(0);
            while let Some(last) = after {
                let batches = batches(&mut tx, area, last, i64::MIN, i64::MAX).await?;
                newest.add(&batches);
                after = batches.last().map(|batch| batch.id);
            }
            let mut blocks = Vec::new();
            if has_table(&mut tx, "block").await? {
                let read = sqlx::query_as::<_, BlockRow>(LAST_BLOCKS).bind(area.as_str());
                blocks = read.fetch_all(&mut *tx).await.map_err(|e| failure(READING, e))?;
            }
            for fix in newest.fixes().chain(blocks.iter().filter_map(BlockRow::newest_live)) {
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
