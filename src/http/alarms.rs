//! What asks for an operator now, and taking an alarm as one's own.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use super::error::Problem;
use super::gate::{IdempotencyKey, Speaks};
use super::incidents::carry;
use super::places::Body;
use crate::dispatch::command::Command;
use crate::sessions::Person;
use crate::view::{self, AlarmView};
use crate::wording::Lang;

#[derive(Serialize, ToSchema)]
pub struct Alarms {
    alarms: Vec<AlarmView>,
}

async fn now(shared: &Shared, lang: Lang) -> Result<Json<Alarms>, Problem> {
    let now = shared.desk.now();
    let alarms = shared.desk.look(move |dispatch, _| view::alarms(dispatch, now)).await;
    alarms.map(|alarms| Json(Alarms { alarms })).map_err(|error| Problem::of_desk(&error, lang))
}

/// Everything that asks for an operator now, most urgent first.
#[utoipa::path(get, path = "/api/v1/alarms", tag = "alarms", responses((status = 200, body = Alarms)))]
pub async fn list(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
) -> Result<Json<Alarms>, Problem> {
    now(&shared, lang).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeAlarmInput {
    key: String,
}

/// Take an alarm as one's own. It stays until what it is about is over.
#[utoipa::path(post, path = "/api/v1/alarms/take", tag = "alarms", request_body = TakeAlarmInput,
    responses((status = 200, body = Alarms), (status = 404, body = Problem)))]
pub async fn take(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Body(input): Body<TakeAlarmInput>,
) -> Result<Json<Alarms>, Problem> {
    let command = Command::TakeAlarm { alarm: input.key, owner: person.name.clone() };
    carry(&shared, &person, &key, None, command, lang).await?;
    now(&shared, lang).await
}
