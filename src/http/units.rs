//! Units: the roster with state and last position, recorded tracks, and duty.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Shared;
use super::error::Problem;
use super::gate::{IdempotencyKey, Speaks};
use super::incidents::carry;
use super::places::{Asked, Body};
use crate::clock::Timestamp;
use crate::dispatch::command::{Command, Refusal};
use crate::dispatch::event::CrewRole;
use crate::ids::{Capability, UnitId};
use crate::sessions::Person;
use crate::store::FixClass;
use crate::view::{self, UnitView};
use crate::wording::Lang;

/// Positions in one answer.
const TRACK_MAX: u32 = 10_000;
/// People on board of one unit.
const CREW_MAX: usize = 10;
/// Without `from`: the last two hours.
const TRACK_DEFAULT_MS: i64 = 2 * 60 * 60 * 1000;

#[derive(Serialize, ToSchema)]
pub struct Units {
    units: Vec<UnitView>,
}

/// Every unit with its state and last position.
#[utoipa::path(get, path = "/api/v1/units", tag = "units", responses((status = 200, body = Units)))]
pub async fn list(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
) -> Result<Json<Units>, Problem> {
    let units = shared.desk.look(|dispatch, papers| view::units(dispatch, &papers.room)).await;
    let units = units.map_err(|error| Problem::of_desk(&error, lang))?;
    Ok(Json(Units { units }))
}

#[derive(Deserialize, IntoParams)]
pub struct Period {
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
pub struct TrackPoint {
    #[schema(value_type = String, format = DateTime)]
    device_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    lat: f64,
    lon: f64,
    speed_kmh: Option<f32>,
    heading_deg: Option<u16>,
    accuracy_m: Option<f32>,
    battery_pct: Option<u8>,
    class: FixClass,
}

#[derive(Serialize, ToSchema)]
pub struct Track {
    unit: String,
    fixes: Vec<TrackPoint>,
    /// There are more; ask for a shorter period.
    truncated: bool,
}

/// The recorded positions of a unit, by the device's own time.
#[utoipa::path(get, path = "/api/v1/units/{unit}/track", tag = "units",
    params(("unit" = String, Path), Period),
    responses((status = 200, body = Track), (status = 400, body = Problem),
        (status = 404, body = Problem)))]
pub async fn track(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Path(unit): Path<String>,
    Asked(period): Asked<Period>,
) -> Result<Json<Track>, Problem> {
    let unit = unit_id(&unit, lang)?;
    let mut roster = shared.desk.room.units().iter();
    let found = roster.find(|u| u.id == unit).map(|u| u.index);
    let index =
        found.ok_or_else(|| Problem::of_refusal(&Refusal::UnknownUnit(unit.clone()), lang))?;
    let to = period.to.unwrap_or_else(|| shared.desk.now().plus_ms(1));
    let from = period.from.unwrap_or_else(|| to.plus_ms(-TRACK_DEFAULT_MS));
    if from > to {
        return Err(Problem::bad_request(format!("from {from} is later than to {to}")));
    }
    let area = &shared.desk.room.area.id;
    let fixes = shared.store.track(area, index, from, to, TRACK_MAX + 1).await;
    let mut fixes = fixes.map_err(|error| Problem::of_store(&error, lang))?;
    let most = usize::try_from(TRACK_MAX).unwrap_or(usize::MAX);
    let truncated = fixes.len() > most;
    fixes.truncate(most);
    let point = |fix: crate::store::TrackFix| TrackPoint {
        device_at: fix.device_at,
        received_at: fix.received_at,
        lat: fix.position.lat(),
        lon: fix.position.lon(),
        speed_kmh: fix.speed_kmh,
        heading_deg: fix.heading_deg,
        accuracy_m: fix.accuracy_m,
        battery_pct: fix.battery_pct,
        class: fix.class,
    };
    let fixes = fixes.into_iter().map(point).collect();
    Ok(Json(Track { unit: unit.to_string(), fixes, truncated }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DutyInput {
    on_duty: bool,
    /// Needed when going off duty.
    reason: Option<String>,
}

/// Take a unit off duty, or back on.
#[utoipa::path(post, path = "/api/v1/units/{unit}/duty", tag = "units",
    params(("unit" = String, Path)), request_body = DutyInput,
    responses((status = 200, body = UnitView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn set_duty(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(unit): Path<String>,
    Body(input): Body<DutyInput>,
) -> Result<Json<UnitView>, Problem> {
    let unit = unit_id(&unit, lang)?;
    let DutyInput { on_duty, reason } = input;
    let command = Command::SetDuty { unit: unit.clone(), on_duty, reason };
    carry(&shared, &person, &key, None, command, lang).await?;
    unit_view(&shared, unit, lang).await
}

async fn unit_view(shared: &Shared, unit: UnitId, lang: Lang) -> Result<Json<UnitView>, Problem> {
    let asked = unit.clone();
    let view = shared.desk.look(move |dispatch, papers| {
        dispatch.fleet().get(&asked).map(|t| view::unit(dispatch, &papers.room, t))
    });
    let view = view.await.map_err(|error| Problem::of_desk(&error, lang))?;
    view.map(Json).ok_or_else(|| Problem::of_refusal(&Refusal::UnknownUnit(unit), lang))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CrewInput {
    /// At most 10.
    crew: Vec<CrewRole>,
}

/// Say who is on board: roles, no names.
#[utoipa::path(post, path = "/api/v1/units/{unit}/crew", tag = "units",
    params(("unit" = String, Path)), request_body = CrewInput,
    responses((status = 200, body = UnitView), (status = 404, body = Problem)))]
pub async fn set_crew(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(unit): Path<String>,
    Body(CrewInput { mut crew }): Body<CrewInput>,
) -> Result<Json<UnitView>, Problem> {
    let unit = unit_id(&unit, lang)?;
    crew.truncate(CREW_MAX);
    let command = Command::SetCrew { unit: unit.clone(), crew };
    carry(&shared, &person, &key, None, command, lang).await?;
    unit_view(&shared, unit, lang).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitInput {
    /// What the unit cannot do for now; empty: fully fit again.
    #[schema(value_type = Vec<String>)]
    lacking: Vec<Capability>,
    /// Needed when something is lacking.
    reason: Option<String>,
}

/// Limit what a unit can do for now, or lift the limit.
#[utoipa::path(post, path = "/api/v1/units/{unit}/limit", tag = "units",
    params(("unit" = String, Path)), request_body = LimitInput,
    responses((status = 200, body = UnitView), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn set_limit(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(unit): Path<String>,
    Body(LimitInput { lacking, reason }): Body<LimitInput>,
) -> Result<Json<UnitView>, Problem> {
    let unit = unit_id(&unit, lang)?;
    let command = Command::LimitUnit { unit: unit.clone(), lacking, reason };
    carry(&shared, &person, &key, None, command, lang).await?;
    unit_view(&shared, unit, lang).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TalkInput {
    /// The crew is in danger itself.
    #[serde(default)]
    sos: bool,
}

/// Ask the centre to call back, or for help in danger. A crew asks for its own unit.
#[utoipa::path(post, path = "/api/v1/units/{unit}/talk", tag = "units",
    params(("unit" = String, Path)), request_body = TalkInput,
    responses((status = 200, body = UnitView), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub async fn request_talk(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(unit): Path<String>,
    Body(TalkInput { sos }): Body<TalkInput>,
) -> Result<Json<UnitView>, Problem> {
    let unit = unit_id(&unit, lang)?;
    if let Some(own) = super::assignments::speaker(&person, lang)?
        && own != unit
    {
        return Err(Problem::of_refusal(&Refusal::NotYours { owner: unit }, lang));
    }
    let command = Command::RequestTalk { unit: unit.clone(), sos };
    carry(&shared, &person, &key, None, command, lang).await?;
    unit_view(&shared, unit, lang).await
}

/// Say that a crew has been called back.
#[utoipa::path(post, path = "/api/v1/units/{unit}/talk/answer", tag = "units",
    params(("unit" = String, Path)),
    responses((status = 200, body = UnitView), (status = 404, body = Problem)))]
pub async fn answer_talk(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(unit): Path<String>,
) -> Result<Json<UnitView>, Problem> {
    let unit = unit_id(&unit, lang)?;
    carry(&shared, &person, &key, None, Command::AnswerTalk { unit: unit.clone() }, lang).await?;
    unit_view(&shared, unit, lang).await
}

fn unit_id(text: &str, lang: Lang) -> Result<UnitId, Problem> {
    UnitId::new(text).map_err(|_| Problem::not_found(lang))
}
