//! Recorded positions: gathers them into batches, commits, and only then lets the devices be answered.
//!
//! While the store cannot take them nothing is acknowledged and nothing is thrown away: the permits that each
//! position holds run out, the device door takes no more of them, and the devices keep what they have.

use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::health::Health;
use crate::ids::AreaId;
use crate::store::{Store, TRACK_BATCH_MAX, TrackFix};

/// Positions taken in and not yet committed, over all devices.
pub const IN_FLIGHT_MAX: usize = 50_000;
/// Messages waiting for the next batch; each holds at least one permit, so this is never the limit.
const QUEUE_MAX: usize = IN_FLIGHT_MAX;
/// Messages taken from the queue at once.
const PARCELS_AT_ONCE_MAX: usize = 1_024;
/// A batch waits so long for company: the device waits for its answer, so it is short.
const GATHER: Duration = Duration::from_millis(100);
/// How long a failing store is left alone before the same batch is tried again.
const RETRY_MIN: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(5);

/// The positions of one message, on their way to the store.
#[derive(Debug)]
pub struct Parcel {
    pub fixes: Vec<TrackFix>,
    /// Completed when the positions are durable.
    pub stored: oneshot::Sender<()>,
    /// Freed when the positions are durable.
    pub permit: OwnedSemaphorePermit,
}

/// Starts the writer of one area; it ends, with everything written, when all senders are gone.
pub fn start(
    area: AreaId,
    store: Store,
    health: Health,
) -> (mpsc::Sender<Parcel>, tokio::task::JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(QUEUE_MAX);
    let writer = tokio::spawn(run(area, store, health, receiver));
    (sender, writer)
}

async fn run(area: AreaId, store: Store, health: Health, mut parcels: mpsc::Receiver<Parcel>) {
    let mut batch: Vec<Parcel> = Vec::new();
    while parcels.recv_many(&mut batch, PARCELS_AT_ONCE_MAX).await > 0 {
        let gathered = tokio::time::sleep(GATHER);
        tokio::pin!(gathered);
        let mut fixes: usize = batch.iter().map(|parcel| parcel.fixes.len()).sum();
        while fixes < TRACK_BATCH_MAX {
            let before = batch.len();
            tokio::select! {
                () = &mut gathered => break,
                more = parcels.recv_many(&mut batch, PARCELS_AT_ONCE_MAX) => {
                    if more == 0 {
                        break;
                    }
                }
            }
            fixes += batch[before..].iter().map(|parcel| parcel.fixes.len()).sum::<usize>();
        }
        write(&area, &store, &health, &mut batch).await;
    }
}

/// Writes the batch, trying for as long as it takes, and completes its parcels.
async fn write(area: &AreaId, store: &Store, health: &Health, batch: &mut Vec<Parcel>) {
    let mut fixes: Vec<TrackFix> = Vec::new();
    for parcel in batch.iter_mut() {
        fixes.append(&mut parcel.fixes);
    }
    let mut pause = RETRY_MIN;
    for part in fixes.chunks(TRACK_BATCH_MAX) {
        while let Err(error) = store.append_tracks(area, part).await {
            if health.tracks_failed(&error) {
                tracing::error!(%area, error = error_chain(&error), "positions cannot be stored; devices keep theirs");
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(RETRY_MAX);
        }
        if health.tracks_stored(part.len()) {
            tracing::info!(%area, "positions are stored again");
        }
    }
    for parcel in batch.drain(..) {
        // A device that has gone meanwhile sends its positions again and they collapse into these.
        let _ = parcel.stored.send(());
        drop(parcel.permit);
    }
}

/// An error with its causes in one line, for the log.
#[must_use]
pub fn error_chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        line.push_str(": ");
        line.push_str(&inner.to_string());
        cause = inner.source();
    }
    line
}
