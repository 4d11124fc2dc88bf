//! What observed trips have taught of travel times.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use crate::roads::kind::RoadKind;
use crate::roads::learned::{BAND_HOURS, Cell};
use crate::room::Room;

#[derive(Serialize, ToSchema)]
pub struct TravelFactor {
    /// Kemendagri code.
    district: String,
    name: String,
    /// On the area's clock; until `to_hour`, itself no longer.
    from_hour: u8,
    to_hour: u8,
    /// Trips that were compared.
    n: usize,
    /// Median of observed to estimated.
    median: f64,
    /// By what estimates by road are multiplied, 0.5 to 2.
    factor: f64,
}

#[derive(Serialize, ToSchema)]
pub struct ClassFactor {
    class: RoadKind,
    /// Trips that drove on it.
    n: usize,
    /// Hours on it by the speed table, of all trips.
    hours: f64,
    /// By what the table's time on it is multiplied, 0.667 to 1.5.
    factor: f64,
}

#[derive(Serialize, ToSchema)]
pub struct TravelFactors {
    /// Whether estimates are corrected; false: switched off in the settings, or nothing is learned yet.
    learning: bool,
    classes: Vec<ClassFactor>,
    cells: Vec<TravelFactor>,
}

/// By what travel times by road are corrected, and from how many trips that is known.
#[utoipa::path(get, path = "/api/v1/travel-factors", tag = "places",
    responses((status = 200, body = TravelFactors)))]
pub async fn factors(State(shared): State<Shared>) -> Json<TravelFactors> {
    let room = &shared.desk.room;
    let learned = shared.learned.borrow().clone();
    let classes = learned.iter().flat_map(|learned| learned.classes());
    let classes = classes.map(|class| ClassFactor {
        class: class.kind,
        n: class.trips,
        hours: class.hours,
        factor: f64::from(class.permille) / 1_000.0,
    });
    let classes = classes.collect();
    let cells = learned.iter().flat_map(|learned| learned.cells());
    let cells = cells.map(|cell| factor(room, cell)).collect();
    Json(TravelFactors { learning: learned.is_some(), classes, cells })
}

fn factor(room: &Room, cell: &Cell) -> TravelFactor {
    let mut districts = room.regency.districts.iter();
    let named = districts.find(|district| district.code == cell.district);
    TravelFactor {
        district: cell.district.clone(),
        name: named.map_or_else(|| cell.district.clone(), |district| district.name.clone()),
        from_hour: cell.from_hour,
        to_hour: cell.from_hour + BAND_HOURS,
        n: cell.trips,
        median: cell.median,
        factor: f64::from(cell.permille) / 1_000.0,
    }
}
