//! Retention: once a day what is older than the area keeps is removed, in bounded pieces; the log and its chain stay.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Timestamp};
use crate::ids::AreaId;
use crate::store::{self, Store};
use crate::tracks::error_chain;

/// Time between two sweeps, and after one that failed.
const SWEEP_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
const SWEEP_AGAIN: Duration = Duration::from_secs(60 * 60);
/// Incidents erased, and reads removed, between two looks at what is left.
const INCIDENTS_PIECE: u32 = 100;
const READS_PIECE: u32 = 1_000;
/// Pieces of one sweep; the next one goes on with the rest.
const PIECES_MAX: u32 = 1_000;
/// Fewest and most days that may be asked for, beside 0 for ever: an incident of this week is still worked on.
pub const DAYS_MIN: u32 = 7;
pub const DAYS_MAX: u32 = 36_500;
/// What a device kept while it was offline comes in within a day mostly.
pub const WHOLE_DAYS_MIN: u32 = 1;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How many days something is kept; 0: for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Callers, complaints, landmarks, notes and answers, from the end of the incident.
    pub personal_data_days: u32,
    /// Recorded positions, from their receipt.
    pub positions_days: u32,
    /// So many days after its day, of the positions of a unit without an assignment some are kept only.
    pub positions_whole_days: u32,
    /// The audit of reads.
    pub reads_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            personal_data_days: 365,
            positions_days: 90,
            positions_whole_days: 2,
            reads_days: 730,
        }
    }
}

impl Retention {
    /// The section of the settings file.
    #[must_use]
    pub fn as_section(&self) -> String {
        format!(
            "# How many days something is kept; 0: for ever.\n[retention]\n\
             # Callers, complaints, landmarks, notes and answers, from the end of the incident.\n\
             personal_data_days = {}\n\
             # Recorded positions.\npositions_days = {}\n\
             # Every position of units without an assignment; after that one in 5 minutes, moving one in 10 seconds.\n\
             positions_whole_days = {}\n\
             # Who was shown personal data.\nreads_days = {}\n",
            self.personal_data_days,
            self.positions_days,
            self.positions_whole_days,
            self.reads_days
        )
    }

    /// Says which setting is out of range and what to do.
    pub fn check(&self) -> Result<(), String> {
        for (name, days, least) in [
            ("personal_data_days", self.personal_data_days, DAYS_MIN),
            ("positions_days", self.positions_days, DAYS_MIN),
            ("positions_whole_days", self.positions_whole_days, WHOLE_DAYS_MIN),
            ("reads_days", self.reads_days, DAYS_MIN),
        ] {
            if days != 0 && !(least..=DAYS_MAX).contains(&days) {
                return Err(format!(
                    "'retention.{name}' is {days}: set {least} to {DAYS_MAX} days, or 0 to keep for ever"
                ));
            }
        }
        Ok(())
    }
}

/// What one sweep has removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Incidents whose personal data was erased.
    pub incidents: u64,
    /// Lines of the audit of reads.
    pub reads: u64,
}

/// Sweeps at once and then every day, for as long as the server runs.
pub async fn run(store: Store, area: AreaId, keep: Retention, clock: Clock) {
    loop {
        let pause = match sweep(&store, &area, keep, clock.now()).await {
            Ok(Swept { incidents, reads }) => {
                tracing::info!(%area, incidents, reads, "old data is removed");
                SWEEP_EVERY
            }
            Err(error) => {
                let error = error_chain(&error);
                tracing::error!(%area, error, "old data cannot be removed; tried again in an hour");
                SWEEP_AGAIN
            }
        };
        tokio::time::sleep(clock.real_duration(pause)).await;
    }
}

/// Removes what was older than it is kept at that moment.
pub async fn sweep(
    store: &Store,
    area: &AreaId,
    keep: Retention,
    now: Timestamp,
) -> Result<Swept, store::Error> {
    let before = |days: u32| (days > 0).then(|| now.plus_ms(-i64::from(days) * DAY_MS));
    let mut swept = Swept::default();
    if let Some(before) = before(keep.personal_data_days) {
        for _ in 0..PIECES_MAX {
            let old = store.private_ended_before(area, before, INCIDENTS_PIECE).await?;
            for incident in &old {
                store.erase_private(area, *incident).await?;
                swept.incidents += 1;
            }
            if old.is_empty() {
                break;
            }
        }
    }
    if let Some(before) = before(keep.positions_days) {
        store.drop_tracks_before(before.utc_date()).await?;
    }
    if let Some(before) = before(keep.reads_days) {
        for _ in 0..PIECES_MAX {
            let dropped = store.drop_reads_before(area, before, READS_PIECE).await?;
            swept.reads += dropped;
            if dropped < u64::from(READS_PIECE) {
                break;
            }
        }
    }
    Ok(swept)
}
