//! Setting an area up: its villages' ambulances from the gazetteer, its facilities and its people.

use crate::clock::Timestamp;
use crate::gazetteer::{self, Regency};
use crate::ids::{AreaId, UnitId};
use crate::place::Position;
use crate::room::Room;
use crate::secret;
use crate::store::{self, Area, Facility, Role, RosterUnit, Store, User};

/// Facilities of the demonstration, with invented coordinates.
const DEMO_FACILITIES: &str = include_str!("../data/facilities_demo.csv");

/// Why an area could not be set up or opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Unknown(String),
    #[error("area {0} is not set up in this store: run 'siaga init --regency {0}' first")]
    NotSetUp(String),
    #[error(
        "'{name}' exists already as {had}, not as {asked}: choose another name, or ask for what they are"
    )]
    AnotherPerson { name: String, had: String, asked: String },
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Sets an area up with one ambulance for each of its villages, or the first `units_max` of them.
///
/// Doing it again changes nothing that people have entered since.
pub async fn area(store: &Store, code: &str, units_max: usize) -> Result<Regency, Error> {
    let regency = Regency::load(code).map_err(|unknown| Error::Unknown(unknown.to_string()))?;
    area_of(store, &regency, units_max).await?;
    Ok(regency)
}

/// The same of a regency whose villages may have been moved.
pub async fn area_of(store: &Store, regency: &Regency, units_max: usize) -> Result<(), Error> {
    let id = AreaId::new(&regency.code).map_err(Error::Unknown)?;
    let area =
        Area { id: id.clone(), name: regency.name.clone(), timezone: regency.timezone.to_owned() };
    store.save_area(&area).await?;
    if store.units(&id).await?.is_empty() {
        let codes = gazetteer::unit_codes(regency);
        let units =
            (0_u32..).zip(codes).take(units_max).map(|(index, (unit, village))| RosterUnit {
                id: unit,
                index,
                name: format!("Ambulans {}", village.name),
                village: village.code.clone(),
                post: village.position,
                capabilities: vec!["transport".to_owned()],
            });
        store.save_units(&id, &units.collect::<Vec<_>>()).await?;
    }
    Ok(())
}

/// Gives an area the facilities of the demonstration.
pub async fn demo_facilities(store: &Store, area: &AreaId) -> Result<(), Error> {
    demo_facilities_at(store, area, &[]).await
}

/// The same at other places, as far as there are any.
pub async fn demo_facilities_at(
    store: &Store,
    area: &AreaId,
    places: &[Position],
) -> Result<(), Error> {
    let mut rows = csv::Reader::from_reader(DEMO_FACILITIES.as_bytes());
    let mut facilities = Vec::new();
    let mut places = places.iter();
    for row in rows.deserialize() {
        let row: FacilityRow = row.map_err(|error| Error::Unknown(error.to_string()))?;
        let own = Position::new(row.lat, row.lon).map_err(Error::Unknown)?;
        facilities.push(Facility {
            position: places.next().copied().unwrap_or(own),
            id: row.id,
            name: row.name,
            kind: row.kind,
            capabilities: row.capabilities.split(';').map(str::to_owned).collect(),
            demo: true,
        });
    }
    Ok(store.save_facilities(area, &facilities).await?)
}

#[derive(serde::Deserialize)]
struct FacilityRow {
    id: String,
    name: String,
    kind: String,
    lat: f64,
    lon: f64,
    capabilities: String,
}

/// Reads an area's names from the store and the gazetteer.
pub async fn room(store: &Store, code: &str) -> Result<Room, Error> {
    let areas = store.areas().await?;
    let area = areas.into_iter().find(|area| area.id.as_str() == code);
    let area = area.ok_or_else(|| Error::NotSetUp(code.to_owned()))?;
    let regency = Regency::load(code).map_err(|unknown| Error::Unknown(unknown.to_string()))?;
    let units = store.units(&area.id).await?;
    let facilities = store.facilities(&area.id).await?;
    Ok(Room::new(area, regency, units, facilities))
}

/// The latest moment that the store knows of.
pub async fn last_moment(store: &Store, area: &AreaId) -> Result<Timestamp, Error> {
    let mut last = Timestamp::MIN;
    if let Some((seq, _)) = store.head(area).await? {
        let entries = store.entries(area, seq - 1, 1).await?;
        last = entries.first().map_or(last, |entry| entry.at);
    }
    let fixes = store.last_fixes(area).await?;
    Ok(fixes.iter().map(|fix| fix.received_at).fold(last, Timestamp::max))
}

/// Adds a person, or gives them a new password when they exist; answers the password, which is kept nowhere.
///
/// Refuses a name that somebody has in another role, unit or area: their rights do not change in passing.
pub async fn person(
    store: &Store,
    area: &AreaId,
    name: &str,
    role: Role,
    unit: Option<UnitId>,
    now: Timestamp,
) -> Result<String, Error> {
    let password = secret::random_text(12);
    let password_hash = secret::hash_password(&password).map_err(Error::Unknown)?;
    if let Some(known) = store.user(name).await? {
        let (had, asked) = (
            as_words(&known.area, known.role, known.unit.as_ref()),
            as_words(area, role, unit.as_ref()),
        );
        if had != asked {
            return Err(Error::AnotherPerson { name: name.to_owned(), had, asked });
        }
        store.set_password(name, &password_hash).await?;
        return Ok(password);
    }
    let user = User {
        name: name.to_owned(),
        area: area.clone(),
        role,
        unit,
        password_hash,
        created_at: now,
    };
    store.add_user(&user).await?;
    Ok(password)
}

/// What a person is, in words that can be compared and read.
fn as_words(area: &AreaId, role: Role, unit: Option<&UnitId>) -> String {
    let role = format!("{role:?}").to_lowercase();
    let unit = unit.map(|unit| format!(" of {unit}")).unwrap_or_default();
    format!("{role}{unit} in {area}")
}
