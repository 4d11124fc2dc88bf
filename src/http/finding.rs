//! Finding a place as one types or pastes: everything of the area by name, and what carries coordinates.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Shared;
use super::error::Problem;
use super::gate::Speaks;
use super::places::Asked;
use super::roles::sees_personal_data;
use crate::boundaries::{self, Boundaries};
use crate::desk::{self, Papers};
use crate::dispatch::Dispatch;
use crate::dispatch::event::VillageBasis;
use crate::gazetteer::LandmarkKind;
use crate::ids::IncidentId;
use crate::place::Position;
use crate::places::pasted::Nowhere;
use crate::places::plus_code::Wrong;
use crate::places::{self, Kind, Known, Place, Places, Said};
use crate::roads::Roads;
use crate::roads::in_use::InUse;
use crate::room::Room;
use crate::sessions::Person;
use crate::store::{Facility, Way};
use crate::view::VillageView;
use crate::wording::Lang;

const PLACES_DEFAULT: usize = 8;
const PLACES_MAX: usize = 50;
/// Letters from which on earlier incidents are looked through.
const SAID_CHARS_MIN: usize = 3;
/// Earlier incidents that are looked through, the newest first.
const SAID_MAX: usize = 200;

/// The search over everything, prepared once for the roads in use. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Finder {
    roads: InUse,
    prepared: Arc<Mutex<Option<Arc<Prepared>>>>,
}

#[derive(Debug)]
struct Prepared {
    places: Places,
    of: Option<Arc<Roads>>,
}

impl Finder {
    #[must_use]
    pub fn new(roads: InUse) -> Self {
        Self { roads, prepared: Arc::default() }
    }

    /// Everything that can be found now; prepared anew when there are other roads, which takes a moment.
    fn prepared(&self, room: &Room) -> Arc<Prepared> {
        let roads = self.roads.borrow().clone();
        // Whoever comes meanwhile waits for the same preparation.
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &Arc<Prepared>| match (&known.of, &roads) {
            (Some(known), Some(roads)) => Arc::ptr_eq(known, roads),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if let Some(known) = prepared.as_ref().filter(|known| same(known)) {
            return known.clone();
        }
        let facilities: Vec<Known> = room.facilities().map(known).collect();
        let regency = Arc::new(room.regency.clone());
        let places = Places::new(regency, &facilities, roads.clone());
        let new = Arc::new(Prepared { places, of: roads });
        *prepared = Some(new.clone());
        new
    }
}

fn known(facility: &Facility) -> Known {
    let kind = match facility.kind.as_str() {
        "hospital" => Some(LandmarkKind::Hospital),
        "puskesmas" => Some(LandmarkKind::HealthPost),
        _ => None,
    };
    Known { name: facility.name.clone(), kind, position: facility.position }
}

#[derive(Deserialize, IntoParams)]
pub struct SearchInput {
    /// What was said or pasted: letters of a name with its village and district, coordinates, a link of a map, a Plus
    /// Code, an AML message, `km 12 jalan raya …`.
    q: String,
    limit: Option<usize>,
    /// `lat,lon` of what is known already: of equals the closest comes first.
    near: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct PlaceHit {
    /// `village`, `district`, `landmark`, `facility`, `road`, `kilometre`, `coordinates`, `phone`, `plus_code` or
    /// `incident`.
    kind: &'static str,
    /// What a landmark is: `mosque`, `school`, `market`, …
    landmark: Option<&'static str>,
    /// Its own name, without village and district.
    name: String,
    label: String,
    /// The village itself, or the one after which the place is named.
    village: Option<VillageView>,
    /// `inside` the village, or only `nearest` to it.
    village_basis: VillageBasis,
    lat: f64,
    lon: f64,
    uncertainty_m: u32,
    /// The earlier incident whose caller said this.
    incident: Option<Uuid>,
}

/// Why something that was pasted is no place.
#[derive(Serialize, ToSchema)]
pub struct PlaceNote {
    /// `short_link`, `no_coordinates`, `bad_coordinates`, `abroad` or `bad_plus_code`.
    code: &'static str,
    /// What to do, in the language of the request.
    text: String,
}

#[derive(Serialize, ToSchema)]
pub struct PlaceHits {
    places: Vec<PlaceHit>,
    note: Option<PlaceNote>,
}

/// Places as one types or pastes.
#[utoipa::path(
    get, path = "/api/v1/places", params(SearchInput), tag = "places",
    responses((status = 200, body = PlaceHits), (status = 400, body = Problem))
)]
pub async fn search(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    Asked(input): Asked<SearchInput>,
) -> Result<Json<PlaceHits>, Problem> {
    let near = input.near.as_deref().map(|near| point(near, lang)).transpose()?;
    let limit = input.limit.unwrap_or(PLACES_DEFAULT).clamp(1, PLACES_MAX);
    let is_long = input.q.trim().chars().nth(SAID_CHARS_MIN - 1).is_some();
    let said = if is_long && sees_personal_data(person.role) {
        let said = shared.desk.look(said).await;
        said.map_err(|error| Problem::of_desk(&error, lang))?
    } else {
        Vec::new()
    };
    let (finder, room) = (shared.finder.clone(), shared.desk.room.clone());
    let outlines = shared.boundaries.borrow().clone();
    let searching = tokio::task::spawn_blocking(move || {
        let country = room.policy().country;
        let asked = places::Asked { q: &input.q, near, limit, said: &said, country };
        let found = finder.prepared(&room).places.find(&asked);
        let outlines = outlines.as_ref().map(|known| &known.boundaries);
        let hits = found.places.iter().map(|place| hit(&room, outlines, place));
        let hits: Vec<PlaceHit> = hits.collect();
        (hits, found.nowhere)
    });
    let found = searching.await.map_err(|error| {
        tracing::error!(%error, "a search for a place ended early");
        Problem::of_desk(&desk::Error::Bug, lang)
    });
    let (places, nowhere) = found?;
    let shown = places.iter().filter_map(|hit| hit.incident).map(IncidentId::from_uuid);
    shared.reads.note(&person, Way::List, shown);
    Ok(Json(PlaceHits { places, note: nowhere.map(|why| note(why, lang)) }))
}

/// What callers of incidents in view said of their places.
fn said(dispatch: &Dispatch, papers: &Papers) -> Vec<Said> {
    let mut incidents: Vec<_> = dispatch.board().incidents().collect();
    incidents.sort_by_key(|incident| std::cmp::Reverse(incident.created_at));
    let said = incidents.into_iter().filter_map(|incident| {
        let place = incident.place.as_ref()?;
        let text = papers.private_of(incident.id)?.details.landmark.clone()?;
        let (position, uncertainty_m) = (place.position, place.uncertainty_m);
        Some(Said { incident: incident.id, text, position, uncertainty_m })
    });
    said.take(SAID_MAX).collect()
}

fn hit(room: &Room, outlines: Option<&Boundaries>, place: &Place) -> PlaceHit {
    let (landmark, incident) = match place.kind {
        Kind::Landmark(kind) => (Some(kind.as_str()), None),
        Kind::Incident(id) => (None, Some(id.uuid())),
        Kind::Village
        | Kind::District
        | Kind::Facility
        | Kind::Road
        | Kind::Kilometre
        | Kind::Coordinates
        | Kind::Phone
        | Kind::PlusCode => (None, None),
    };
    let is_village = matches!(place.kind, Kind::Village | Kind::District);
    let (mut label, mut village) = (place.label.clone(), place.village.clone());
    let mut village_basis = if is_village { VillageBasis::Inside } else { VillageBasis::Nearest };
    let known = boundaries::village_of(&room.regency, outlines, place.position);
    if let Some((within, VillageBasis::Inside)) = known.filter(|_| !is_village) {
        let named = room.regency.village_label(&within.code).unwrap_or(&within.name);
        let (lat, lon) = (place.position.lat(), place.position.lon());
        label = match place.name.as_str() {
            "" => format!("{lat:.5}, {lon:.5} (di {named})"),
            name => format!("{name} (di {named})"),
        };
        (village, village_basis) = (Some(within.code.clone()), VillageBasis::Inside);
    }
    PlaceHit {
        kind: place.kind.as_str(),
        landmark,
        name: place.name.clone(),
        label,
        village: village.as_deref().and_then(|code| room.village(code)),
        village_basis,
        lat: place.position.lat(),
        lon: place.position.lon(),
        uncertainty_m: place.uncertainty_m,
        incident,
    }
}

/// `lat,lon`.
fn point(text: &str, lang: Lang) -> Result<Position, Problem> {
    let numbers = text.split_once(',').and_then(|(lat, lon)| {
        let number = |text: &str| text.trim().parse::<f64>().ok();
        Position::new(number(lat)?, number(lon)?).ok()
    });
    numbers.ok_or_else(|| {
        Problem::bad_request(lang.pick(
            "near: tulis lintang dan bujur dengan koma di antaranya, mis. -8.17,113.70.",
            "near: write latitude and longitude with a comma between, e.g. -8.17,113.70.",
        ))
    })
}

fn note(why: Nowhere, lang: Lang) -> PlaceNote {
    let (code, text) = match why {
        Nowhere::ShortLink => (
            "short_link",
            lang.pick(
                "Tautan pendek ini tidak memuat koordinat. Buka, lalu salin koordinat atau tautan panjangnya.",
                "This short link carries no coordinates. Open it, then copy the coordinates or the long link.",
            ),
        ),
        Nowhere::Link => (
            "no_coordinates",
            lang.pick(
                "Tautan ini tidak memuat koordinat. Minta penelepon membagikan lokasinya sebagai pin.",
                "This link carries no coordinates. Ask the caller to share the location as a pin.",
            ),
        ),
        Nowhere::Numbers => (
            "bad_coordinates",
            lang.pick(
                "Angka ini bukan koordinat yang pasti. Tulis dengan titik, mis. -8.25, 113.85.",
                "These numbers are not certainly coordinates. Write them with points, e.g. -8.25, 113.85.",
            ),
        ),
        Nowhere::Abroad => (
            "abroad",
            lang.pick(
                "Titik ini di luar negeri. Periksa lintang dan bujurnya.",
                "This point is outside the country. Check latitude and longitude.",
            ),
        ),
        Nowhere::Code(Wrong::Letter(letter)) => (
            "bad_plus_code",
            lang.pick(
                &format!("Huruf {letter} tidak ada dalam Plus Code. Minta penelepon membacanya lagi."),
                &format!("No Plus Code has the letter {letter}. Ask the caller to read it again."),
            ),
        ),
        Nowhere::Code(Wrong::Form) => (
            "bad_plus_code",
            lang.pick(
                "Plus Code ini belum lengkap, mis. RPH2+24 Jember.",
                "This Plus Code is not complete, e.g. RPH2+24 Jember.",
            ),
        ),
    };
    PlaceNote { code, text }
}
