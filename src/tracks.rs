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
/// Parcels waiting for the next batch; each holds at least one permit, so this is never the limit.
const QUEUE_MAX: usize = IN_FLIGHT_MAX;
/// A batch waits so long for company: the device waits for its answer, so it is short.
const GATHER: Duration = Duration::from_millis(100);
/// How long a failing store is left alone before the same batch is tried again.
const RETRY_MIN: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(5);

/// Positions on their way to the store, of one message or of many.
#[derive(Debug, Default)]
pub struct Parcel {
    pub fixes: Vec<TrackFix>,
    /// Completed when the positions are durable: one for each message.
    pub stored: Vec<oneshot::Sender<()>>,
    /// Freed when the positions are durable.
    pub permit: Option<OwnedSemaphorePermit>,
}

impl Parcel {
    /// Puts another one in.
    pub fn add(&mut self, other: Self) {
        self.fixes.extend(other.fixes);
        self.stored.extend(other.stored);
        self.hold(other.permit);
    }

    /// Holds a permit too, of the same desk.
    pub fn hold(&mut self, permit: Option<OwnedSemaphorePermit>) {
        match (&mut self.permit, permit) {
            (Some(held), Some(permit)) => held.merge(permit),
            (held, permit) => *held = held.take().or(permit),
        }
    }
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
    while let Some(mut batch) = parcels.recv().await {
        let gathered = tokio::time::sleep(GATHER);
        tokio::pin!(gathered);
        while batch.fixes.len() < TRACK_BATCH_MAX {
            tokio::select! {
                () = &mut gathered => break,
                next = parcels.recv() => match next {
                    Some(parcel) => batch.add(parcel),
                    None => break,
                },
            }
        }
        write(&area, &store, &health, batch).await;
    }
}

/// Writes a batch, trying for as long as it takes, and tells whoever waits for it.
async fn write(area: &AreaId, store: &Store, health: &Health, batch: Parcel) {
    let mut pause = RETRY_MIN;
    for part in batch.fixes.chunks(TRACK_BATCH_MAX) {
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
    for stored in batch.stored {
        // A device that has gone meanwhile sends its positions again and they collapse into these.
        let _ = stored.send(());
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
