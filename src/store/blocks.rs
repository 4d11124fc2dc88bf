//! Batches of positions become blocks, and both a track again: what is the same in both databases.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sqlx::FromRow;

use super::block::{self, BLOCK_FIXES_MAX};
use super::rows::{CLASS_LIVE, FixNumbers};
use super::thin::{Assigned, Span, thin};
use super::{Error, Store, TrackFix};
use crate::clock::Timestamp;
use crate::ids::AreaId;

/// Positions that are packed together, about: some hundred megabytes of memory at most.
pub const PACK_FIXES: u64 = 2_000_000;
/// Units looked at in one pass over a day: more than the nation has.
pub const UNITS_MAX: i64 = 100_000;
/// Blocks read at once.
pub const BLOCKS_PIECE: i64 = 20;
/// Batches read at once.
pub const BATCHES_PIECE: i64 = 500;
/// Assignments looked at when a day is thinned: years of the busiest regency.
pub const ASSIGNED_MAX: i64 = 200_000;
/// Positions that a track may hold beyond its limit before it is cut.
const BEYOND_MAX: usize = 10_000;

/// What of a day has settled and is not packed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Pending {
    pub batches: i64,
    pub fixes: i64,
    /// When the oldest batch came in; 0 without one.
    pub oldest_at: i64,
}

/// A batch as it is stored.
#[derive(FromRow)]
pub struct BatchRow {
    pub id: i64,
    body: Vec<u8>,
}

/// A batch that is to be stored.
pub struct NewBatch {
    /// The earliest and the latest device time in it.
    pub first_at: i64,
    pub last_at: i64,
    /// When the last of its positions came in.
    pub received_at: i64,
    pub fixes: i32,
    pub body: Vec<u8>,
}

impl NewBatch {
    /// Positions that came in together.
    pub fn of(fixes: &[FixNumbers]) -> Self {
        let device_at = || fixes.iter().map(|fix| fix.device_at);
        Self {
            first_at: device_at().min().unwrap_or(0),
            last_at: device_at().max().unwrap_or(0),
            received_at: fixes.iter().map(|fix| fix.received_at).max().unwrap_or(0),
            fixes: i32::try_from(fixes.len()).unwrap_or(i32::MAX),
            body: block::encode_batch(fixes),
        }
    }
}

impl BatchRow {
    /// The positions, or only those of one unit; damaged bytes are refused with the batch's number.
    pub fn fixes(&self, only: Option<i32>) -> Result<Vec<FixNumbers>, Error> {
        block::decode_batch(&self.body, only).map_err(|damage| {
            Error::Corrupt(format!("the batch of positions number {}: {damage}", self.id))
        })
    }
}

/// The live position of each unit that came in last in some batches; a damaged one is logged and has none.
#[derive(Default)]
pub struct Newest(BTreeMap<i32, FixNumbers>);

impl Newest {
    pub fn add(&mut self, batches: &[BatchRow]) {
        for batch in batches {
            let fixes = batch.fixes(None).unwrap_or_else(|error| {
                tracing::error!(%error, "last positions cannot be read");
                Vec::new()
            });
            for fix in fixes.into_iter().filter(|fix| fix.class == CLASS_LIVE) {
                let when = |fix: &FixNumbers| (fix.received_at, fix.device_at);
                if self.0.get(&fix.unit).is_none_or(|known| when(known) < when(&fix)) {
                    self.0.insert(fix.unit, fix);
                }
            }
        }
    }

    pub fn fixes(self) -> impl Iterator<Item = FixNumbers> {
        self.0.into_values()
    }
}

/// Batches as blocks of each unit.
pub struct Packed {
    pub blocks: Vec<(i32, Vec<NewBlock>)>,
    /// How many positions there were.
    pub fixes: u64,
}

/// Packs batches beside the tasks of the server: it takes as long as some hundred milliseconds.
pub async fn packed(batches: Vec<BatchRow>) -> Result<Packed, Error> {
    let packing = tokio::task::spawn_blocking(move || pack_batches(&batches)).await;
    packing.unwrap_or_else(|fault| {
        Err(Error::Unavailable { doing: "packing positions".into(), source: fault.into() })
    })
}

fn pack_batches(batches: &[BatchRow]) -> Result<Packed, Error> {
    let mut fixes = Vec::new();
    for batch in batches {
        fixes.append(&mut batch.fixes(None)?);
    }
    fixes.sort_unstable_by_key(|fix| fix.unit);
    let of_units = fixes.chunk_by(|a, b| a.unit == b.unit);
    let blocks = of_units.filter_map(|of_unit| {
        let unit = of_unit.first()?.unit;
        Some(blocks_of(of_unit.to_vec()).map(|blocks| (unit, blocks)))
    });
    let blocks = blocks.collect::<Result<_, Error>>()?;
    Ok(Packed { blocks, fixes: u64::try_from(fixes.len()).unwrap_or(u64::MAX) })
}

/// A block as it is stored.
#[derive(FromRow)]
pub struct BlockRow {
    unit: i32,
    pub first_at: i64,
    body: Vec<u8>,
}

/// A block that is to be stored.
pub struct NewBlock {
    /// Device times of its first and last position.
    pub first_at: i64,
    pub last_at: i64,
    /// When the last of its live positions came in.
    pub live_at: Option<i64>,
    pub fixes: i32,
    pub body: Vec<u8>,
}

impl BlockRow {
    /// The positions; damaged bytes are refused with the block's name.
    pub fn fixes(&self) -> Result<Vec<FixNumbers>, Error> {
        block::decode(self.unit, &self.body).map_err(|damage| {
            let (unit, from) = (self.unit, Timestamp::from_ms(self.first_at));
            Error::Corrupt(format!(
                "the block of positions of unit number {unit} from {from}: {damage}"
            ))
        })
    }

    /// The live position that came in last. A damaged block is logged and has none: it must not keep a server from
    /// starting.
    pub fn newest_live(&self) -> Option<FixNumbers> {
        match self.fixes() {
            Ok(fixes) => {
                let live = fixes.into_iter().filter(|fix| fix.class == CLASS_LIVE);
                live.max_by_key(|fix| (fix.received_at, fix.device_at))
            }
            Err(error) => {
                tracing::error!(%error, "a unit's last position cannot be read");
                None
            }
        }
    }
}

/// Orders positions of one unit by device time and leaves out those that are there twice; the first receipt stands.
///
/// The same is what a device said in the same words: what we understand of its clock may have changed between.
pub fn tidy(fixes: &mut Vec<FixNumbers>) {
    let same = |fix: &FixNumbers| (fix.device, fix.said_at, fix.lat, fix.lon);
    fixes.sort_by_key(|fix| (same(fix), fix.received_at));
    fixes.dedup_by_key(|fix| same(fix));
    fixes.sort_by_key(|fix| (fix.device_at, fix.device));
}

/// Positions of one unit as blocks of about the same length.
pub fn blocks_of(mut fixes: Vec<FixNumbers>) -> Result<Vec<NewBlock>, Error> {
    tidy(&mut fixes);
    let length = fixes.len().div_ceil(fixes.len().div_ceil(BLOCK_FIXES_MAX).max(1)).max(1);
    fixes.chunks(length).map(new_block).collect()
}

fn new_block(fixes: &[FixNumbers]) -> Result<NewBlock, Error> {
    let body = block::encode(fixes).map_err(|source| Error::Unavailable {
        doing: "packing positions".into(),
        source: source.into(),
    })?;
    let live = fixes.iter().filter(|fix| fix.class == CLASS_LIVE);
    Ok(NewBlock {
        first_at: fixes.first().map_or(0, |fix| fix.device_at),
        last_at: fixes.last().map_or(0, |fix| fix.device_at),
        live_at: live.map(|fix| fix.received_at).max(),
        fixes: i32::try_from(fixes.len()).unwrap_or(i32::MAX),
        body,
    })
}

/// The blocks of a unit's day with what is kept for long, and how many positions are left out.
pub fn thinned(blocks: &[BlockRow], assigned: &Assigned) -> Result<(Vec<NewBlock>, u64), Error> {
    let mut fixes = Vec::new();
    for block in blocks {
        fixes.append(&mut block.fixes()?);
    }
    let before = fixes.len();
    tidy(&mut fixes);
    thin(&mut fixes, assigned);
    let left_out = u64::try_from(before - fixes.len()).unwrap_or(0);
    Ok((blocks_of(fixes)?, left_out))
}

/// Says that a unit's day stays as it is, because it cannot be read.
pub fn not_thinned(unit: i32, error: &Error) {
    tracing::error!(unit, %error, "a unit's positions cannot be thinned; all of that day are kept");
}

/// The assignments since a time; none when there are more than can be looked at.
pub fn assigned(since: Timestamp, spans: Vec<Span>) -> Option<Assigned> {
    let whole = i64::try_from(spans.len()).is_ok_and(|found| found < ASSIGNED_MAX);
    whole.then(|| Assigned::new(since, spans))
}

/// The first positions of a track, gathered from batches and blocks in any order.
pub struct Gathered {
    from: i64,
    to: i64,
    limit: usize,
    fixes: Vec<FixNumbers>,
}

impl Gathered {
    /// Positions of one unit by device time in `[from, to)`, at most `limit`.
    pub fn new(from: Timestamp, to: Timestamp, limit: u32) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Self { from: from.ms(), to: to.ms(), limit, fixes: Vec::new() }
    }

    pub fn add(&mut self, fixes: Vec<FixNumbers>) {
        let asked = |fix: &FixNumbers| fix.device_at >= self.from && fix.device_at < self.to;
        self.fixes.extend(fixes.into_iter().filter(asked));
        if self.fixes.len() > self.limit.saturating_add(BEYOND_MAX) {
            self.cut();
        }
    }

    /// Adds batches; answers after which one to go on, none when that were all.
    pub fn add_batches(&mut self, batches: &[BatchRow], unit: i32) -> Result<Option<i64>, Error> {
        for batch in batches {
            self.add(batch.fixes(Some(unit))?);
        }
        let full = i64::try_from(batches.len()).is_ok_and(|read| read == BATCHES_PIECE);
        Ok(batches.last().map(|last| last.id).filter(|_| full))
    }

    /// Adds blocks in the order of their first position; answers whether later ones can still matter.
    pub fn add_blocks(&mut self, blocks: &[BlockRow]) -> Result<bool, Error> {
        for block in blocks {
            self.cut();
            let last = self.limit.checked_sub(1).and_then(|last| self.fixes.get(last));
            if self.limit == 0 || last.is_some_and(|last| last.device_at < block.first_at) {
                return Ok(false);
            }
            self.add(block.fixes()?);
        }
        Ok(i64::try_from(blocks.len()).is_ok_and(|read| read == BLOCKS_PIECE))
    }

    fn cut(&mut self) {
        if self.fixes.len() > self.limit {
            tidy(&mut self.fixes);
            self.fixes.truncate(self.limit);
        }
    }

    /// In their order, each once.
    pub fn finish(mut self) -> Result<Vec<TrackFix>, Error> {
        tidy(&mut self.fixes);
        self.fixes.truncate(self.limit);
        self.fixes.iter().map(FixNumbers::read).collect()
    }
}

impl Store {
    /// The UTC days of which positions are stored, oldest first.
    pub async fn track_days(&self) -> Result<Vec<Date>, Error> {
        match self {
            Self::Sqlite(store) => store.track_days(),
            Self::Postgres(store) => store.track_days().await,
        }
    }

    /// What of a day came in before a moment and is not packed yet.
    pub async fn pending(
        &self,
        area: &AreaId,
        day: Date,
        before: Timestamp,
    ) -> Result<Pending, Error> {
        match self {
            Self::Sqlite(store) => store.pending(area, day, before).await,
            Self::Postgres(store) => store.pending(area, day, before).await,
        }
    }

    /// Puts blocks in the place of so many batches that came in before a moment, all or none; answers how many
    /// positions.
    pub async fn pack(
        &self,
        area: &AreaId,
        day: Date,
        before: Timestamp,
        batches: i64,
    ) -> Result<u64, Error> {
        match self {
            Self::Sqlite(store) => store.pack(area, day, before, batches).await,
            Self::Postgres(store) => store.pack(area, day, before, batches).await,
        }
    }

    /// Gives the room that the batches of a day took back to the disk, once none of them is left.
    pub async fn give_back(&self, day: Date) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.give_back(day).await,
            Self::Postgres(store) => store.give_back(day).await,
        }
    }
    /// When the units of an area had assignments since a time; none when that cannot be said.
    pub async fn assigned(
        &self,
        area: &AreaId,
        since: Timestamp,
    ) -> Result<Option<Assigned>, Error> {
        match self {
            Self::Sqlite(store) => store.assigned(area, since).await,
            Self::Postgres(store) => store.assigned(area, since).await,
        }
    }

    /// The units with blocks of a day that were not thinned.
    pub async fn unthinned(&self, area: &AreaId, day: Date) -> Result<Vec<i32>, Error> {
        match self {
            Self::Sqlite(store) => store.unthinned(area, day).await,
            Self::Postgres(store) => store.unthinned(area, day).await,
        }
    }

    /// Leaves in a unit's blocks of a day what is kept for long, all or none; answers how many positions went. Blocks
    /// that cannot be read stay as they are, which is logged.
    pub async fn thin(
        &self,
        area: &AreaId,
        day: Date,
        unit: i32,
        assigned: &Assigned,
    ) -> Result<u64, Error> {
        match self {
            Self::Sqlite(store) => store.thin(area, day, unit, assigned).await,
            Self::Postgres(store) => store.thin(area, day, unit, assigned).await,
        }
    }

    /// Gives the room that the blocks of a day took before they were thinned back to the disk.
    pub async fn give_back_thinned(&self, day: Date) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.give_back(day).await,
            Self::Postgres(store) => store.give_back_thinned(day).await,
        }
    }
}
