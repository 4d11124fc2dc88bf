//! The packer: once a minute puts recorded positions that came in a while ago into blocks, a sixth of their size.
//!
//! Nothing is lost by it: a piece takes rows away and adds their blocks in one transaction, and who reads a track sees
//! the one or the other. It may be stopped at any moment and goes on with what is left.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::clock::{Clock, Timestamp};
use crate::ids::AreaId;
use crate::store::{self, PACK_PIECE_FIXES, Packable, Store};
use crate::tracks::error_chain;

/// Time between two passes.
const PASS_EVERY: Duration = Duration::from_secs(60);
/// Positions stay rows for so long, so that most of what a device sends twice still meets its first.
pub const SETTLED_MS: i64 = 2 * 60 * 1000;
/// So many rows of a unit make a block while their day goes on; when it is over, whatever is left.
pub const BLOCK_FIXES_MIN: u32 = 500;
/// Looks at one day in one pass: as many as a unit has pieces in a day that was never packed, and more.
const LOOKS_MAX: u32 = 1_000;

/// Packs the positions of one area.
#[derive(Debug)]
pub struct Packer {
    store: Store,
    area: AreaId,
    /// Days before yesterday of which nothing is left to pack.
    done: BTreeSet<Date>,
}

/// Packs at once and then every minute, for as long as the server runs.
pub async fn run(mut packer: Packer, clock: Clock) {
    loop {
        match packer.pass(clock.now()).await {
            Ok(0) => {}
            Ok(fixes) => tracing::debug!(area = %packer.area, fixes, "positions are packed"),
            Err(error) => {
                let (area, error) = (&packer.area, error_chain(&error));
                tracing::error!(%area, error, "positions cannot be packed; they are kept as they are, tried again");
            }
        }
        tokio::time::sleep(clock.real_duration(PASS_EVERY)).await;
    }
}

impl Packer {
    #[must_use]
    pub const fn new(store: Store, area: AreaId) -> Self {
        Self { store, area, done: BTreeSet::new() }
    }

    /// Packs what is ready at that moment; answers how many positions.
    pub async fn pass(&mut self, now: Timestamp) -> Result<u64, store::Error> {
        let before = now.plus_ms(-SETTLED_MS);
        let yesterday = now.utc_date().saturating_sub(1.day());
        let days = self.store.track_days().await?;
        self.done.retain(|day| days.contains(day));
        let mut packed = 0;
        for day in days {
            if self.done.contains(&day) {
                continue;
            }
            let over = Timestamp::midnight(day.saturating_add(1.day())) <= before;
            packed += self.pack(day, before, if over { 1 } else { BLOCK_FIXES_MIN }).await?;
            if over {
                self.store.give_back(day).await?;
            }
            if day < yesterday {
                self.done.insert(day);
            }
        }
        Ok(packed)
    }

    async fn pack(&self, day: Date, before: Timestamp, least: u32) -> Result<u64, store::Error> {
        let mut packed = 0;
        for _ in 0..LOOKS_MAX {
            let ready = self.store.packable(&self.area, day, before, least).await?;
            let mut done = 0;
            for piece in pieces(&ready) {
                done += self.store.pack(&self.area, day, before, &piece).await?;
                // Whoever else waits for the database comes in between.
                tokio::task::yield_now().await;
            }
            packed += done;
            let whole = ready.iter().all(|unit| unit.fixes <= i64::from(PACK_PIECE_FIXES));
            if whole || done == 0 {
                break;
            }
        }
        Ok(packed)
    }
}

/// Units together as long as they have fewer positions than one piece takes.
fn pieces(ready: &[Packable]) -> Vec<Vec<i32>> {
    let mut pieces: Vec<Vec<i32>> = Vec::new();
    let mut room = 0;
    for unit in ready {
        match pieces.last_mut() {
            Some(piece) if unit.fixes <= room => piece.push(unit.unit),
            Some(_) | None => {
                pieces.push(vec![unit.unit]);
                room = i64::from(PACK_PIECE_FIXES);
            }
        }
        room -= unit.fixes;
    }
    pieces
}
