//! Blocks of positions in SQLite, in the file of their day.

use jiff::civil::Date;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::Sqlite;
use super::tracks::{SCHEMA, has_table, options};
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
/// Free pages given back at once, of 4 KiB each.
const PAGES_PIECE: &str = "pragma incremental_vacuum(1000)";
/// Pieces of free pages: more than any day has.
const PIECES_MAX: u32 = 100_000;

const PENDING: &str = "select count(*) as batches, coalesce(sum(fixes), 0) as fixes, \
    coalesce(min(received_at), 0) as oldest_at from batch where area = $1 and received_at < $2";

const SETTLED: &str = "select id, body from batch where area = $1 and received_at < $2 \
    order by id limit $3";

/// Nobody else takes batches away, so these are the ones that were read.
const TAKE: &str =
    "delete from batch where area = $1 and received_at < $2 and id between $3 and $4";

const ADD: &str = "insert into block (area, unit, first_at, last_at, live_at, fixes, thinned, body) \
    values ($1, $2, $3, $4, $5, $6, $7, $8)";

const THINNING: &str = "thinning positions";

const UNTHINNED: &str = "select distinct unit from block where area = $1 and thinned = 0 \
    order by unit limit $2";

const TAKE_BLOCKS: &str =
    "delete from block where area = $1 and unit = $2 returning unit, first_at, body";

const LEAVE: &str = "update block set thinned = 1 where area = $1 and unit = $2";

impl Sqlite {
    pub fn track_days(&self) -> Result<Vec<Date>, Error> {
        self.tracks.stored()
    }

    /// A connection of its own: the batches keep theirs, and the day may be long over.
    async fn packer(&self, day: Date) -> Result<Option<SqliteConnection>, Error> {
        let file = options(&self.tracks.file(day, "db")).connect().await;
        let mut file = file.map_err(|e| failure(PACKING, e))?;
        if !has_table(&mut file, "batch").await? {
            file.close().await.map_err(|e| failure(PACKING, e))?;
            return Ok(None);
        }
        if !has_table(&mut file, "block").await? {
            sqlx::raw_sql(SCHEMA).execute(&mut file).await.map_err(|e| failure(PACKING, e))?;
        }
        Ok(Some(file))
    }

    pub async fn pending(
        &self,
        area: &AreaId,
        day: Date,
        before: Timestamp,
    ) -> Result<Pending, Error> {
        let nothing = Pending { batches: 0, fixes: 0, oldest_at: 0 };
        let Some(mut file) = self.tracks.reader(day).await? else { return Ok(nothing) };
        let pending = sqlx::query_as::<_, Pending>(PENDING).bind(area.as_str()).bind(before.ms());
        let pending = pending.fetch_one(&mut file).await.map_err(|e| failure(PACKING, e))?;
        file.close().await.map_err(|e| failure(PACKING, e))?;
        Ok(pending)
    }

    /// Reads and packs beside the batches that come in, and has them wait only while the blocks are written.
    pub async fn pack(
        &self,
        area: &AreaId,
        day: Date,
        before: Timestamp,
        batches: i64,
    ) -> Result<u64, Error> {
        let Some(mut file) = self.packer(day).await? else { return Ok(0) };
        let settled = sqlx::query_as::<_, BatchRow>(SETTLED)
            .bind(area.as_str())
            .bind(before.ms())
            .bind(batches);
        let settled = settled.fetch_all(&mut file).await.map_err(|e| failure(PACKING, e))?;
        let ids = settled.first().zip(settled.last()).map(|(first, last)| (first.id, last.id));
        let (Some((first, last)), found) = (ids, settled.len()) else { return Ok(0) };
        let packed = packed(settled).await?;
        let turn = self.tracks.turn().await;
        let tx = file.begin_with("begin immediate").await;
        let mut tx = tx.map_err(|e| failure(PACKING, e))?;
        let take = sqlx::query(TAKE).bind(area.as_str()).bind(before.ms()).bind(first).bind(last);
        let taken = take.execute(&mut *tx).await.map_err(|e| failure(PACKING, e))?;
        if usize::try_from(taken.rows_affected()).ok() != Some(found) {
            // Another program packs the same file: its blocks stand, and these are dropped with the transaction.
            return Ok(0);
        }
        for (unit, blocks) in &packed.blocks {
            add(&mut tx, area, *unit, blocks, false).await?;
        }
        tx.commit().await.map_err(|e| failure(PACKING, e))?;
        drop(turn);
        file.close().await.map_err(|e| failure(PACKING, e))?;
        Ok(packed.fixes)
    }

    /// A file made before there were blocks keeps its free pages until it is dropped.
    pub async fn give_back(&self, day: Date) -> Result<(), Error> {
        let Some(mut file) = self.packer(day).await? else { return Ok(()) };
        let mut left = i64::MAX;
        for _ in 0..PIECES_MAX {
            let free = sqlx::query_scalar::<_, i64>("pragma freelist_count");
            let free = free.fetch_one(&mut file).await.map_err(|e| failure(PACKING, e))?;
            if free == 0 || free >= left {
                break;
            }
            left = free;
            let piece = sqlx::query(PAGES_PIECE).execute(&mut file).await;
            piece.map_err(|e| failure(PACKING, e))?;
        }
        let emptied = sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut file).await;
        emptied.map_err(|e| failure(PACKING, e))?;
        file.close().await.map_err(|e| failure(PACKING, e))
    }

    pub async fn assigned(
        &self,
        area: &AreaId,
        since: Timestamp,
    ) -> Result<Option<Assigned>, Error> {
        let spans = sqlx::query_as::<_, Span>(sql::ASSIGNED);
        let spans = spans.bind(area.as_str()).bind(since.ms()).bind(ASSIGNED_MAX);
        let spans = spans.fetch_all(&self.reader).await.map_err(|e| failure(THINNING, e))?;
        Ok(assigned(since, spans))
    }

    pub async fn unthinned(&self, area: &AreaId, day: Date) -> Result<Vec<i32>, Error> {
        let Some(mut file) = self.packer(day).await? else { return Ok(Vec::new()) };
        let units = sqlx::query_scalar::<_, i32>(UNTHINNED).bind(area.as_str()).bind(UNITS_MAX);
        let units = units.fetch_all(&mut file).await.map_err(|e| failure(THINNING, e))?;
        file.close().await.map_err(|e| failure(THINNING, e))?;
        Ok(units)
    }

    pub async fn thin(
        &self,
        area: &AreaId,
        day: Date,
        unit: i32,
        assigned: &Assigned,
    ) -> Result<u64, Error> {
        let Some(mut file) = self.packer(day).await? else { return Ok(0) };
        let tx = file.begin_with("begin immediate").await;
        let mut tx = tx.map_err(|e| failure(THINNING, e))?;
        let take = sqlx::query_as::<_, BlockRow>(TAKE_BLOCKS).bind(area.as_str()).bind(unit);
        let blocks = take.fetch_all(&mut *tx).await.map_err(|e| failure(THINNING, e))?;
        let left_out = match thinned(&blocks, assigned) {
            Ok((blocks, left_out)) => {
                add(&mut tx, area, unit, &blocks, true).await?;
                tx.commit().await.map_err(|e| failure(THINNING, e))?;
                left_out
            }
            Err(error) => {
                tx.rollback().await.map_err(|e| failure(THINNING, e))?;
                not_thinned(unit, &error);
                let leave = sqlx::query(LEAVE).bind(area.as_str()).bind(unit);
                leave.execute(&mut file).await.map_err(|e| failure(THINNING, e))?;
                0
            }
        };
        file.close().await.map_err(|e| failure(THINNING, e))?;
        Ok(left_out)
    }
}

async fn add(
    tx: &mut SqliteConnection,
    area: &AreaId,
    unit: i32,
    blocks: &[NewBlock],
    thinned: bool,
) -> Result<(), Error> {
    for block in blocks {
        let add = sqlx::query(ADD)
            .bind(area.as_str())
            .bind(unit)
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
