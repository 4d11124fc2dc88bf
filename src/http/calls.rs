//! Taking a call.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Shared;
use super::error::Problem;
use super::gate::{IdempotencyKey, Speaks, actor};
use super::incidents::incident_view;
use super::places::{Body, PlaceInput};
use crate::clock::Timestamp;
use crate::desk::Request;
use crate::dispatch::command::{Answer, Command, NewCall};
use crate::dispatch::event::{Category, Channel, Event, Priority};
use crate::ids::{CallId, IncidentId};
use crate::private::Private;
use crate::sessions::Person;
use crate::view::IncidentView;

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    pub name: Option<String>,
    pub phone: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallInput {
    /// Made by the client; the same id twice is the same call.
    id: Option<Uuid>,
    incident_id: Option<Uuid>,
    channel: Channel,
    /// T0: ringing or message received; now when missing.
    #[schema(value_type = Option<String>, format = DateTime)]
    received_at: Option<Timestamp>,
    #[serde(default)]
    caller: Caller,
    place: Option<PlaceInput>,
    category: Option<Category>,
    /// What the caller said; kept apart from the log.
    complaint: Option<String>,
    /// What the caller said to the questions of the current set, by their id; not answered is unknown.
    #[serde(default)]
    answers: BTreeMap<String, Answer>,
    priority: Option<Priority>,
    /// An exercise: handled like any other and never part of the figures.
    #[serde(default)]
    drill: bool,
}

#[derive(Serialize, ToSchema)]
pub struct CallTaken {
    call_id: String,
    incident_id: String,
    case_number: String,
}

/// Take a call: a new incident.
#[utoipa::path(
    post, path = "/api/v1/calls", request_body = CallInput, tag = "calls",
    responses(
        (status = 201, body = CallTaken), (status = 400, body = Problem),
        (status = 422, body = Problem), (status = 503, body = Problem)
    )
)]
pub async fn take(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Body(input): Body<CallInput>,
) -> Result<(StatusCode, Json<CallTaken>), Problem> {
    let made_by_client = input.id;
    let landmark = input.place.as_ref().and_then(PlaceInput::landmark);
    let place = input.place.map(|place| place.resolve(&shared, lang)).transpose()?;
    let private = Private {
        caller_name: input.caller.name,
        caller_phone: input.caller.phone,
        complaint: input.complaint,
        landmark,
        answers: input.answers.clone(),
        ..Private::default()
    };
    let call = NewCall {
        call: CallId::from_uuid(made_by_client.unwrap_or_else(Uuid::now_v7)),
        incident: IncidentId::from_uuid(input.incident_id.unwrap_or_else(Uuid::now_v7)),
        channel: input.channel,
        received_at: input.received_at.unwrap_or_else(|| shared.desk.now()),
        category: input.category.unwrap_or(Category::Other),
        answers: input.answers,
        priority: input.priority,
        place,
        drill: input.drill,
    };
    let request = Request {
        id: key.command(&person, made_by_client),
        actor: actor(&person),
        device_at: None,
        command: Command::TakeCall(call),
        private: Some(private.tidied()),
    };
    let done = shared.desk.carry(request).await.map_err(|e| Problem::of_desk(&e, lang))?;
    let taken = done.entries.iter().find_map(|entry| {
        let Event::CallTaken { call, incident, case_number, .. } = &entry.event else {
            return None;
        };
        Some(CallTaken {
            call_id: call.to_string(),
            incident_id: incident.to_string(),
            case_number: case_number.clone(),
        })
    });
    let taken = taken.ok_or_else(|| {
        let detail = lang.pick(
            "Kunci permintaan ini sudah dipakai untuk hal lain.",
            "This request's key was used for something else.",
        );
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "key_reused", detail)
    })?;
    Ok((StatusCode::CREATED, Json(taken)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FurtherCallInput {
    /// Made by the client; the same id twice is the same call.
    id: Option<Uuid>,
    channel: Channel,
    /// Ringing or message received; now when missing.
    #[schema(value_type = Option<String>, format = DateTime)]
    received_at: Option<Timestamp>,
    #[serde(default)]
    caller: Caller,
    /// What this caller said; kept apart from the log.
    complaint: Option<String>,
}

/// One more call about an incident that is known. The earliest call of an incident is its T0.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/calls", request_body = FurtherCallInput, tag = "calls",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = IncidentView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)
    )
)]
pub async fn attach(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(input): Body<FurtherCallInput>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = IncidentId::from_uuid(id);
    let command = Command::AttachCall {
        incident,
        call: CallId::from_uuid(input.id.unwrap_or_else(Uuid::now_v7)),
        channel: input.channel,
        received_at: input.received_at.unwrap_or_else(|| shared.desk.now()),
    };
    let private = Private {
        caller_name: input.caller.name,
        caller_phone: input.caller.phone,
        complaint: input.complaint,
        further: true,
        ..Private::default()
    };
    let request = Request {
        id: key.command(&person, input.id),
        actor: actor(&person),
        device_at: None,
        command,
        private: Some(private.tidied()),
    };
    shared.desk.carry(request).await.map_err(|error| Problem::of_desk(&error, lang))?;
    incident_view(&shared, &person, incident, lang).await.map(Json)
}
