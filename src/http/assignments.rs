//! The steps of an assignment, from an operator or a crew.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Shared;
use super::error::Problem;
use super::gate::{IdempotencyKey, Speaks, actor};
use super::incidents::{assignment_view, carry};
use super::places::Body;
use crate::clock::Timestamp;
use crate::desk::Request;
use crate::dispatch::command::Command;
use crate::dispatch::event::{Mark, Step};
use crate::ids::{AssignmentId, UnitId};
use crate::sessions::Person;
use crate::store::Role;
use crate::view::AssignmentView;
use crate::wording::Lang;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusInput {
    /// A step, `rejected` or `cancelled`.
    status: String,
    /// When it happened by the crew's clock; response times use the server's.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// Needed with `rejected` and `cancelled`.
    reason: Option<String>,
}

/// A step of an assignment. The same step again is harmless; a step back is refused.
#[utoipa::path(post, path = "/api/v1/assignments/{id}/status", tag = "assignments",
    params(("id" = Uuid, Path)), request_body = StatusInput,
    responses((status = 200, body = AssignmentView), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub async fn set_status(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(input): Body<StatusInput>,
) -> Result<Json<AssignmentView>, Problem> {
    let assignment = AssignmentId::from_uuid(id);
    let request = Request {
        id: key.command(&person, None),
        actor: actor(&person),
        device_at: input.at,
        command: command(assignment, input, &person, lang)?,
        private: None,
    };
    shared.desk.carry(request).await.map_err(|error| Problem::of_desk(&error, lang))?;
    assignment_view(&shared.desk, assignment, lang).await.map(Json)
}

fn command(
    assignment: AssignmentId,
    input: StatusInput,
    person: &Person,
    lang: Lang,
) -> Result<Command, Problem> {
    let speaker = speaker(person, lang)?;
    let reason = input.reason.unwrap_or_default();
    match input.status.as_str() {
        "rejected" => Ok(Command::Reject { assignment, reason, speaker }),
        "cancelled" if speaker.is_none() => Ok(Command::Cancel { assignment, reason }),
        status => {
            let step = step_called(status, lang)?;
            Ok(Command::Advance { assignment, step, speaker })
        }
    }
}

/// The unit that a crew speaks for; none for an operator, who speaks for any.
pub(super) fn speaker(person: &Person, lang: Lang) -> Result<Option<UnitId>, Problem> {
    if person.role != Role::Crew {
        return Ok(None);
    }
    let unit = person.unit.clone().ok_or_else(|| {
        let detail = lang.pick(
            "Akun kru ini belum terhubung dengan unit. Hubungi admin.",
            "This crew account has no unit yet. Ask the administrator.",
        );
        Problem::new(axum::http::StatusCode::FORBIDDEN, "no_unit", detail)
    })?;
    Ok(Some(unit))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationInput {
    facility: String,
}

/// Choose the facility to which a unit takes the patient.
#[utoipa::path(post, path = "/api/v1/assignments/{id}/destination", tag = "assignments",
    params(("id" = Uuid, Path)), request_body = DestinationInput,
    responses((status = 200, body = AssignmentView), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub async fn set_destination(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(DestinationInput { facility }): Body<DestinationInput>,
) -> Result<Json<AssignmentView>, Problem> {
    let assignment = AssignmentId::from_uuid(id);
    let command = Command::SetDestination { assignment, facility };
    carry(&shared, &person, &key, None, command, lang).await?;
    assignment_view(&shared.desk, assignment, lang).await.map(Json)
}

/// Take back the step that was taken last, within five minutes.
#[utoipa::path(post, path = "/api/v1/assignments/{id}/undo", tag = "assignments",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = AssignmentView), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn undo(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
) -> Result<Json<AssignmentView>, Problem> {
    let assignment = AssignmentId::from_uuid(id);
    let command = Command::UndoStep { assignment, speaker: speaker(&person, lang)? };
    carry(&shared, &person, &key, None, command, lang).await?;
    assignment_view(&shared.desk, assignment, lang).await.map(Json)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkInput {
    mark: Mark,
}

/// Note a time beside the steps: staged, care transferred, home, completed. The same again is harmless.
#[utoipa::path(post, path = "/api/v1/assignments/{id}/mark", tag = "assignments",
    params(("id" = Uuid, Path)), request_body = MarkInput,
    responses((status = 200, body = AssignmentView), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn mark_time(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(MarkInput { mark }): Body<MarkInput>,
) -> Result<Json<AssignmentView>, Problem> {
    let assignment = AssignmentId::from_uuid(id);
    let command = Command::MarkTime { assignment, mark, speaker: speaker(&person, lang)? };
    carry(&shared, &person, &key, None, command, lang).await?;
    assignment_view(&shared.desk, assignment, lang).await.map(Json)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionInput {
    status: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    reason: String,
}

/// Correct the time of a step, with a reason. The old time stays in the log.
#[utoipa::path(post, path = "/api/v1/assignments/{id}/times", tag = "assignments",
    params(("id" = Uuid, Path)), request_body = CorrectionInput,
    responses((status = 200, body = AssignmentView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn correct_time(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(CorrectionInput { status, at, reason }): Body<CorrectionInput>,
) -> Result<Json<AssignmentView>, Problem> {
    let assignment = AssignmentId::from_uuid(id);
    let step = step_called(&status, lang)?;
    let command = Command::CorrectTime { assignment, step, at, reason };
    carry(&shared, &person, &key, None, command, lang).await?;
    assignment_view(&shared.desk, assignment, lang).await.map(Json)
}

fn step_called(status: &str, lang: Lang) -> Result<Step, Problem> {
    Step::parse(status).ok_or_else(|| {
        let shown: String = status.chars().take(40).collect();
        Problem::bad_request(lang.pick(
            &format!("Status '{shown}' tidak dikenal."),
            &format!("'{shown}' is not a status."),
        ))
    })
}
