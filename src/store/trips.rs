//! Trips to a scene with what was estimated of them, for learning travel times.

use sqlx::FromRow;

use super::{Error, Store};
use crate::clock::Timestamp;
use crate::dispatch::event::{Event, TravelBasis};
use crate::ids::AreaId;
use crate::roads::learned::Trip;

/// Newest trips that are read: two a day of every village ambulance of a regency, for three months.
pub(super) const TRIPS_MAX: i64 = 50_000;
/// Who left later than this after the order was estimated from somewhere else, or pressed late.
const LEFT_WITHIN_MS: i64 = 5 * 60 * 1000;

#[derive(FromRow)]
pub struct TripRow {
    village: String,
    offered: i64,
    en_route: i64,
    on_scene: i64,
    body: String,
}

impl TripRow {
    /// None of a trip that was not estimated by road, or whose times cannot be.
    fn read(self) -> Result<Option<Trip>, Error> {
        let event = serde_json::from_str(&self.body);
        let event = event.map_err(|fault| Error::Corrupt(fault.to_string()))?;
        let Event::UnitOffered { recommendation, .. } = event else {
            return Err(Error::Corrupt("an order's entry that is no order".to_owned()));
        };
        let by_road = recommendation.basis == TravelBasis::Road;
        let left_at_once = (0..=LEFT_WITHIN_MS).contains(&(self.en_route - self.offered));
        let observed_s = u32::try_from((self.on_scene - self.en_route) / 1_000).ok();
        let (Some(by_table), Some(observed_s), true, true) =
            (recommendation.by_table, observed_s, by_road, left_at_once)
        else {
            return Ok(None);
        };
        Ok(Some(Trip {
            district: self.village.get(..8).unwrap_or(&self.village).to_owned(),
            at: Timestamp::from_ms(self.en_route),
            observed_s,
            by_table,
            metres: recommendation.distance_m,
        }))
    }
}

/// The trips among the rows.
pub fn read(rows: Vec<TripRow>) -> Result<Vec<Trip>, Error> {
    rows.into_iter().filter_map(|row| row.read().transpose()).collect()
}

impl Store {
    /// Trips of orders that were given since then and estimated by road, the newest first.
    pub async fn trips(&self, area: &AreaId, since: Timestamp) -> Result<Vec<Trip>, Error> {
        match self {
            Self::Sqlite(store) => store.trips(area, since).await,
            Self::Postgres(store) => store.trips(area, since).await,
        }
    }
}
