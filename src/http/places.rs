//! Places: as clients say them, on the map, and who can be there first.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Shared;
use super::error::Problem;
use super::gate::Speaks;
use super::tiles::RoadTiles;
use crate::boundaries;
use crate::dispatch::event::{IncidentPlace, PlaceBasis, TravelBasis, VillageBasis};
use crate::dispatch::rank::Ranking;
use crate::gazetteer;
use crate::place::Position;
use crate::room::Room;
use crate::wording::{self, Lang};

/// Circle around a point that somebody clicked or read out, when nothing better is said.
const POINT_UNCERTAINTY_M: u32 = 100;
const UNCERTAINTY_M_MAX: u32 = 50_000;
const CANDIDATES_DEFAULT: usize = 10;
const CANDIDATES_MAX: usize = 500;

/// A JSON body; anything that is not one is refused with a sentence.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(body_problem(&rejection)),
        }
    }
}

fn body_problem(rejection: &JsonRejection) -> Problem {
    let code = match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "not_json",
        _ => "bad_request",
    };
    Problem::new(rejection.status(), code, rejection.body_text())
}

/// A query string; anything that does not fit is refused with a sentence.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::bad_request(rejection.body_text())),
        }
    }
}

/// A place as a client says it: a point, or a village by its code.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceInput {
    lat: Option<f64>,
    lon: Option<f64>,
    uncertainty_m: Option<u32>,
    /// Kemendagri code, `35.09.30.2001`.
    village: Option<String>,
    /// Kept apart from the log.
    landmark: Option<String>,
}

impl PlaceInput {
    #[must_use]
    pub fn landmark(&self) -> Option<String> {
        self.landmark.clone()
    }

    /// The place of an incident, or what is wrong with it.
    pub fn resolve(self, shared: &Shared, lang: Lang) -> Result<IncidentPlace, Problem> {
        let room = &shared.desk.room;
        match (self.lat, self.lon, self.village) {
            (Some(lat), Some(lon), None) => {
                let position = Position::new(lat, lon).map_err(Problem::bad_request)?;
                if !room.policy().country.contains(position) {
                    let detail = lang.pick(
                        "Titik ini di luar negeri. Periksa lintang dan bujurnya.",
                        "This point is outside the country. Check latitude and longitude.",
                    );
                    return Err(place_problem(detail));
                }
                let asked = self.uncertainty_m.unwrap_or(POINT_UNCERTAINTY_M);
                Ok(point(shared, position, asked.min(UNCERTAINTY_M_MAX)))
            }
            (None, None, Some(code)) => {
                let village = room.regency.village(&code).ok_or_else(|| {
                    let area = &room.area.name;
                    place_problem(lang.pick(
                        &format!("Desa {code} tidak ada di {area}."),
                        &format!("There is no village {code} in {area}."),
                    ))
                })?;
                Ok(IncidentPlace {
                    position: village.position,
                    uncertainty_m: village.uncertainty_m,
                    basis: PlaceBasis::Village,
                    village: Some(village.code.clone()),
                    village_basis: VillageBasis::Inside,
                })
            }
            _ => Err(place_problem(lang.pick(
                "Lokasi: isi lat dan lon, atau kode desa, tidak keduanya.",
                "A place is either lat and lon, or a village's code, not both.",
            ))),
        }
    }
}

/// A point as the place of an incident.
pub fn point(shared: &Shared, position: Position, uncertainty_m: u32) -> IncidentPlace {
    let (village, village_basis) = village_of(shared, position).unzip();
    let (basis, village_basis) = (PlaceBasis::Point, village_basis.unwrap_or_default());
    IncidentPlace { position, uncertainty_m, basis, village, village_basis }
}

/// The code of the village of a point, and how it is known.
fn village_of(shared: &Shared, position: Position) -> Option<(String, VillageBasis)> {
    let known = shared.boundaries.borrow().clone();
    let boundaries = known.as_ref().map(|known| &known.boundaries);
    let (village, basis) = boundaries::village_of(&shared.desk.room.regency, boundaries, position)?;
    Some((village.code.clone(), basis))
}

fn place_problem(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_place", detail)
}

#[derive(Deserialize, IntoParams)]
pub struct CandidatesInput {
    lat: f64,
    lon: f64,
    limit: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub struct CandidateView {
    unit: String,
    rank: u32,
    eta_s: u32,
    distance_m: u32,
    basis: TravelBasis,
    fix_age_s: Option<i64>,
    uncertainty_s: i64,
    /// In words, in the language of the request.
    reasons: Vec<String>,
    reason_codes: Vec<&'static str>,
}

#[derive(Serialize, ToSchema)]
pub struct ExcludedView {
    unit: String,
    reason: String,
    code: &'static str,
}

#[derive(Serialize, ToSchema)]
pub struct Candidates {
    candidates: Vec<CandidateView>,
    excluded: Vec<ExcludedView>,
}

impl Candidates {
    /// A ranking in the words of a language; `limit` shortens the candidates, never the excluded.
    #[must_use]
    pub fn of(ranking: &Ranking, limit: Option<usize>, lang: Lang) -> Self {
        let limit = limit.unwrap_or(CANDIDATES_DEFAULT).clamp(1, CANDIDATES_MAX);
        let candidates = ranking.candidates.iter().take(limit).map(|candidate| {
            let worded = candidate.reasons.iter().map(|reason| wording::reason(reason, lang));
            let (reason_codes, reasons) = worded.unzip();
            CandidateView {
                unit: candidate.unit.to_string(),
                rank: candidate.rank,
                eta_s: candidate.eta_s,
                distance_m: candidate.distance_m,
                basis: candidate.basis,
                fix_age_s: candidate.fix_age_s,
                uncertainty_s: candidate.uncertainty_s,
                reasons,
                reason_codes,
            }
        });
        let excluded = ranking.excluded.iter().map(|(unit, why)| {
            let (code, reason) = wording::exclusion(why, lang);
            ExcludedView { unit: unit.to_string(), reason, code }
        });
        Self { candidates: candidates.collect(), excluded: excluded.collect() }
    }
}

/// Who can be at a place first, before there is a call.
#[utoipa::path(
    get, path = "/api/v1/candidates", params(CandidatesInput), tag = "places",
    responses((status = 200, body = Candidates), (status = 400, body = Problem))
)]
pub async fn candidates(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Asked(input): Asked<CandidatesInput>,
) -> Result<Json<Candidates>, Problem> {
    let place = Position::new(input.lat, input.lon).map_err(Problem::bad_request)?;
    let now = shared.desk.now();
    let ranking = shared.desk.look(move |dispatch, _| dispatch.rank(now, place, None)).await;
    let ranking = ranking.map_err(|error| Problem::of_desk(&error, lang))?;
    Ok(Json(Candidates::of(&ranking, input.limit, lang)))
}

#[derive(Serialize, ToSchema)]
pub struct AreaView {
    pub code: String,
    pub name: String,
    pub timezone: String,
    pub zone_label: String,
}

impl AreaView {
    #[must_use]
    pub fn of(room: &Room) -> Self {
        Self {
            code: room.area.id.to_string(),
            name: room.area.name.clone(),
            timezone: room.area.timezone.clone(),
            zone_label: room.regency.zone_label.to_string(),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct DistrictOnMap {
    code: String,
    name: String,
    lat: f64,
    lon: f64,
}

#[derive(Serialize, ToSchema)]
pub struct VillageOnMap {
    code: String,
    name: String,
    district: String,
    lat: f64,
    lon: f64,
}

#[derive(Serialize, ToSchema)]
pub struct FacilityOnMap {
    id: String,
    name: String,
    kind: String,
    lat: f64,
    lon: f64,
    demo: bool,
}

#[derive(Serialize, ToSchema)]
pub struct MapView {
    area: AreaView,
    /// West, south, east, north.
    bbox: [f64; 4],
    /// GeoJSON MultiPolygon.
    land: serde_json::Value,
    districts: Vec<DistrictOnMap>,
    villages: Vec<VillageOnMap>,
    facilities: Vec<FacilityOnMap>,
    /// Roads and what lies beside them as vector tiles (MVT); null while none are imported and no file is there.
    roads: Option<RoadTiles>,
}

/// What the map shows without any outside server: land, districts, villages and facilities.
#[utoipa::path(get, path = "/api/v1/map", tag = "places", responses((status = 200, body = MapView)))]
pub async fn map(State(shared): State<Shared>) -> Json<MapView> {
    let room = &shared.desk.room;
    let bbox = room.regency.bbox();
    let districts = room.regency.districts.iter().map(|district| DistrictOnMap {
        code: district.code.clone(),
        name: district.name.clone(),
        lat: district.position.lat(),
        lon: district.position.lon(),
    });
    let villages = room.regency.villages.iter().map(|village| VillageOnMap {
        code: village.code.clone(),
        name: village.name.clone(),
        district: village.district.clone(),
        lat: village.position.lat(),
        lon: village.position.lon(),
    });
    let facilities = room.facilities().map(|facility| FacilityOnMap {
        id: facility.id.clone(),
        name: facility.name.clone(),
        kind: facility.kind.clone(),
        lat: facility.position.lat(),
        lon: facility.position.lon(),
        demo: facility.demo,
    });
    Json(MapView {
        area: AreaView::of(room),
        bbox,
        land: gazetteer::land(bbox),
        districts: districts.collect(),
        villages: villages.collect(),
        facilities: facilities.collect(),
        roads: shared.tiles.source().await,
    })
}
