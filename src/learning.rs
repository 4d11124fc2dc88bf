//! Learning travel times: at the start and once a day from the trips of the last months.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::{Clock, Timestamp};
use crate::in_use::InUse;
use crate::roads::learned::Learned;
use crate::room::Room;
use crate::store::{self, Store};
use crate::tracks::error_chain;

/// Time between two lessons, and after one that failed.
const LEARN_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
const LEARN_AGAIN: Duration = Duration::from_secs(60 * 60);
/// Older trips were on other roads.
const LOOKED_BACK_MS: i64 = 180 * 24 * 60 * 60 * 1000;

/// Learns again and again, for as long as the server runs.
#[derive(Debug)]
pub struct Learner {
    store: Store,
    room: Arc<Room>,
    learned: watch::Sender<Option<Arc<Learned>>>,
}

impl Learner {
    #[must_use]
    pub fn new(store: Store, room: Arc<Room>) -> (Self, InUse<Learned>) {
        let (learned, in_use) = watch::channel(None);
        (Self { store, room, learned }, in_use)
    }

    pub async fn run(self, clock: Clock) {
        let area = &self.room.area.id;
        loop {
            let pause = match learn(&self.store, &self.room, clock.now()).await {
                Ok(learned) => {
                    let (cells, trips) = (learned.cells().count(), trips(&learned));
                    tracing::info!(%area, trips, cells, "travel times are learned");
                    self.learned.send_replace(Some(Arc::new(learned)));
                    LEARN_EVERY
                }
                Err(error) => {
                    let error = error_chain(&error);
                    tracing::error!(%area, error, "travel times cannot be learned; tried again in an hour");
                    LEARN_AGAIN
                }
            };
            tokio::time::sleep(clock.real_duration(pause)).await;
        }
    }
}

/// What the trips until now say.
pub async fn learn(store: &Store, room: &Room, now: Timestamp) -> Result<Learned, store::Error> {
    let trips = store.trips(&room.area.id, now.plus_ms(-LOOKED_BACK_MS)).await?;
    let villages = room.regency.villages.iter();
    let villages = villages.map(|v| (v.position, v.district_code.clone())).collect();
    Ok(Learned::of(&trips, villages, room.policy().utc_offset_s))
}

fn trips(learned: &Learned) -> usize {
    learned.cells().map(|cell| cell.trips).sum()
}
