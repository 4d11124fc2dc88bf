//! Units: the roster with state and last position, duty, crew, limits, wishes to talk.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use super::error::Problem;
use super::gate::{IdempotencyKey, Speaks};
use super::incidents::carry;
use super::places::Body;
use crate::dispatch::command::{Command, Refusal};
use crate::dispatch::event::CrewRole;
use crate::ids::{Capability, UnitId};
use crate::sessions::Person;
use crate::view::{self, UnitView};
use crate::wording::Lang;

/// People on board of one unit.
const CREW_MAX: usize = 10;
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
    let units =
        shared.desk.look(|dispatch, papers| view::units(dispatch, &papers.room, None)).await;
    let units = units.map_err(|error| Problem::of_desk(&error, lang))?;
    Ok(Json(Units { units }))
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

pub(super) fn unit_id(text: &str, lang: Lang) -> Result<UnitId, Problem> {
    UnitId::new(text).map_err(|_| Problem::not_found(lang))
}
