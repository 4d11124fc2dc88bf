//! The packer: every ten minutes puts recorded positions that came in a while ago into blocks of one unit, and days
//! later leaves out of them what nobody will ask for.
//!
//! Nothing is lost by it: a piece takes batches away and adds their blocks in one transaction, and who reads a track
//! sees the one or the other. It may be stopped at any moment and goes on with what is left.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::clock::{Clock, Timestamp};
use crate::ids::AreaId;
use crate::store::{self, PACK_FIXES, Pending, Store};
use crate::tracks::error_chain;

/// Time between two passes.
const PASS_EVERY: Duration = Duration::from_secs(60);
/// Positions stay in their batches for so long, so that most of what a device sends twice still meets its first.
pub const SETTLED_MS: i64 = 2 * 60 * 1000;
/// While a day goes on, batches are packed when the oldest came in so long ago, or when they are `PACK_FIXES`
/// positions: a block should be long, and whoever reads a track looks through all batches.
pub const PACK_AFTER_MS: i64 = 12 * 60 * 1000;
/// So many days before a day that is thinned begin the assignments that are looked at; positions that were taken
/// before are all kept.
const ASSIGNED_DAYS: i64 = 60;
/// Pieces of one day in one pass: more than a day has that was never packed.
const PIECES_MAX: u32 = 10_000;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What one pass has done, in positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Positions that are in blocks now.
    pub packed: u64,
    /// Left out of blocks because they are not kept for long.
    pub left_out: u64,
}

/// Packs the positions of one area.
#[derive(Debug)]
pub struct Packer {
    store: Store,
    area: AreaId,
    /// So many days after its end a day is thinned; 0: never.
    whole_days: u32,
    /// Days before yesterday of which nothing is left to pack, and those that are thinned.
    packed: BTreeSet<Date>,
    thinned: BTreeSet<Date>,
}

/// Packs at once and then every minute, for as long as the server runs.
pub async fn run(mut packer: Packer, clock: Clock) {
    loop {
        match packer.pass(clock.now()).await {
            Ok(Pass { packed: 0, left_out: 0 }) => {}
            Ok(Pass { packed, left_out }) => {
                tracing::debug!(area = %packer.area, packed, left_out, "positions are packed");
            }
            Err(error) => {
                let (area, error) = (&packer.area, error_chain(&error));
                tracing::error!(%area, error, "positions cannot be packed; they are kept as they are, tried again");
            }
        }
        tokio::time::sleep(clock.real_duration(PASS_EVERY)).await;
    }
}

impl Packer {
    /// Thins a day so many days after its end; 0: never.
    #[must_use]
    pub const fn new(store: Store, area: AreaId, whole_days: u32) -> Self {
        Self { store, area, whole_days, packed: BTreeSet::new(), thinned: BTreeSet::new() }
    }

    /// Packs and thins what is ready at that moment, the newest day first. A day that fails keeps no other from its
    /// turn; the first failure is answered.
    pub async fn pass(&mut self, now: Timestamp) -> Result<Pass, store::Error> {
        let days = self.store.track_days().await?;
        self.packed.retain(|day| days.contains(day));
        self.thinned.retain(|day| days.contains(day));
        let mut pass = Pass::default();
        let mut failed = None;
        for day in days.into_iter().rev() {
            if let Err(error) = self.pass_day(day, now, &mut pass).await {
                failed.get_or_insert(error);
            }
        }
        failed.map_or(Ok(pass), Err)
    }

    async fn pass_day(
        &mut self,
        day: Date,
        now: Timestamp,
        pass: &mut Pass,
    ) -> Result<(), store::Error> {
        let before = now.plus_ms(-SETTLED_MS);
        let end = Timestamp::midnight(day.saturating_add(1.day()));
        if !self.packed.contains(&day) {
            let over = end <= before;
            pass.packed += self.pack(day, now, over).await?;
            if over {
                self.store.give_back(day).await?;
            }
            if day < now.utc_date().saturating_sub(1.day()) {
                self.packed.insert(day);
            }
        }
        let due = end.plus_ms(i64::from(self.whole_days) * DAY_MS) <= before;
        if self.whole_days > 0 && due && !self.thinned.contains(&day) {
            pass.left_out += self.thin(day).await?;
            self.thinned.insert(day);
        }
        Ok(())
    }

    async fn thin(&self, day: Date) -> Result<u64, store::Error> {
        let units = self.store.unthinned(&self.area, day).await?;
        let mut left_out = 0;
        if !units.is_empty() {
            let since = Timestamp::midnight(day).plus_ms(-ASSIGNED_DAYS * DAY_MS);
            let Some(assigned) = self.store.assigned(&self.area, since).await? else {
                tracing::error!(area = %self.area, %day, "too many assignments; that day's positions are all kept");
                return Ok(0);
            };
            for unit in units {
                left_out += self.store.thin(&self.area, day, unit, &assigned).await?;
                tokio::task::yield_now().await;
            }
        }
        self.store.give_back_thinned(day).await?;
        Ok(left_out)
    }

    async fn pack(&self, day: Date, now: Timestamp, over: bool) -> Result<u64, store::Error> {
        let mut packed = 0;
        for _ in 0..PIECES_MAX {
            let before = now.plus_ms(-SETTLED_MS);
            let pending = self.store.pending(&self.area, day, before).await?;
            if !(over || is_due(&pending, now)) {
                break;
            }
            let done = self.store.pack(&self.area, day, before, piece(&pending)).await?;
            packed += done;
            if done == 0 {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(packed)
    }
}

/// Whether a day that goes on has enough for blocks.
fn is_due(pending: &Pending, now: Timestamp) -> bool {
    let many = u64::try_from(pending.fixes).is_ok_and(|fixes| fixes >= PACK_FIXES);
    let waited_ms = now.ms_since(Timestamp::from_ms(pending.oldest_at));
    pending.batches > 0 && (many || waited_ms >= PACK_AFTER_MS)
}

/// So many batches have about `PACK_FIXES` positions.
fn piece(pending: &Pending) -> i64 {
    let most = i64::try_from(PACK_FIXES).unwrap_or(i64::MAX);
    let each = (pending.fixes / pending.batches.max(1)).max(1);
    (most / each).max(1)
}
