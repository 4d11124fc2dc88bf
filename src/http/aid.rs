//! Mutual aid for people at a desk: asking neighbours, withdrawing, confirming, refusing.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Shared;
use super::error::Problem;
use super::gate::{IdempotencyKey, Speaks, actor};
use super::incidents::{carry, incident_view};
use super::places::Body;
use crate::desk::Request;
use crate::dispatch::aid::AidCommand;
use crate::dispatch::command::{Command, Refusal};
use crate::ids::{AidId, AreaId, AssignmentId, CallId, IncidentId, UnitId};
use crate::neighbour::Neighbour;
use crate::sessions::Person;
use crate::store::Way;
use crate::view::{self, AidRequestView, IncidentView};
use crate::wording::Lang;

/// One neighbour's answer to who could come.
#[derive(Serialize, ToSchema)]
pub struct NeighbourView {
    area: String,
    name: String,
    reachable: bool,
    /// Why there is no answer.
    problem: Option<String>,
    #[schema(value_type = Vec<Object>)]
    candidates: Value,
}

#[derive(Serialize, ToSchema)]
pub struct NeighbourViews {
    neighbours: Vec<NeighbourView>,
}

/// Ask every neighbour for its best units for this incident. Nothing is stored.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/neighbours", tag = "aid",
    params(("id" = Uuid, Path)), responses((status = 200, body = NeighbourViews),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn neighbours(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Path(id): Path<Uuid>,
) -> Result<Json<NeighbourViews>, Problem> {
    let id = IncidentId::from_uuid(id);
    let question = shared.desk.look(move |dispatch, _| {
        let incident = dispatch.board().incident(id).ok_or(Refusal::UnknownIncident(id))?;
        let case_number = incident.case_number.clone();
        let place = incident.place.as_ref().ok_or(Refusal::PlaceUnknown { case_number })?;
        let (lat, lon) = (place.position.lat(), place.position.lon());
        Ok(json!({"lat": lat, "lon": lon, "needs": dispatch.missing_needs(incident)}))
    });
    let question = question.await.map_err(|error| Problem::of_desk(&error, lang))?;
    let question = question.map_err(|refusal| Problem::of_refusal(&refusal, lang))?;
    let ask = async |neighbour: &Neighbour| {
        let asked = shared.neighbours.ask(neighbour, "/api/v1/neighbour/candidates", &question);
        let (problem, candidates) = match asked.await {
            Ok(mut answer) => (None, answer["candidates"].take()),
            Err(trouble) => (Some(trouble.sentence()), json!([])),
        };
        NeighbourView {
            area: neighbour.area.to_string(),
            name: neighbour.name.clone(),
            reachable: problem.is_none(),
            problem,
            candidates,
        }
    };
    let all: Vec<Neighbour> = shared.neighbours.iter().cloned().collect();
    let neighbours = futures_util::future::join_all(all.iter().map(ask)).await;
    Ok(Json(NeighbourViews { neighbours }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskInput {
    /// Made by the client; the same id twice is the same request.
    id: Uuid,
    #[schema(value_type = String)]
    area: AreaId,
    #[schema(value_type = String)]
    unit: UnitId,
}

/// Ask a neighbour for a unit. The incident stays here until the neighbour confirms.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/aid", tag = "aid",
    params(("id" = Uuid, Path)), request_body = AskInput, responses(
        (status = 200, body = IncidentView), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn ask(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(input): Body<AskInput>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = IncidentId::from_uuid(id);
    let AskInput { id, area, unit } = input;
    if !shared.neighbours.knows(&area) {
        let unknown = Refusal::UnknownNeighbour(area.to_string());
        return Err(Problem::of_refusal(&unknown, lang));
    }
    let aid = AidId::from_uuid(id);
    let command = Command::Aid(AidCommand::Ask { aid, incident, area, unit });
    carry(&shared, &person, &key, Some(id), command, lang).await?;
    incident_view(&shared, &person, incident, lang).await.map(Json)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AidReasonInput {
    reason: String,
}

#[derive(Serialize, ToSchema)]
pub struct AidRequests {
    aid_requests: Vec<AidRequestView>,
}

async fn requests(
    shared: &Shared,
    person: &Person,
    lang: Lang,
) -> Result<Json<AidRequests>, Problem> {
    let looked = shared.desk.look(|dispatch, papers| view::aid_requests(dispatch, papers, true));
    let aid_requests = looked.await.map_err(|error| Problem::of_desk(&error, lang))?;
    let personal = aid_requests.iter().filter_map(AidRequestView::personal);
    shared.reads.note(person, Way::List, personal);
    Ok(Json(AidRequests { aid_requests }))
}

/// The requests of neighbours that wait for an answer.
#[utoipa::path(get, path = "/api/v1/aid", tag = "aid", responses((status = 200, body = AidRequests)))]
pub async fn list(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
) -> Result<Json<AidRequests>, Problem> {
    requests(&shared, &person, lang).await
}

/// Withdraw a request; refused once the neighbour's unit is at the scene.
#[utoipa::path(post, path = "/api/v1/aid/{id}/withdraw", tag = "aid", params(("id" = Uuid, Path)),
    request_body = AidReasonInput, responses((status = 200, body = IncidentView),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn withdraw(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(AidReasonInput { reason }): Body<AidReasonInput>,
) -> Result<Json<IncidentView>, Problem> {
    let aid = AidId::from_uuid(id);
    let command = Command::Aid(AidCommand::Withdraw { aid, reason });
    carry(&shared, &person, &key, None, command, lang).await?;
    let of = shared.desk.look(move |dispatch, _| dispatch.board().aid(aid).map(|a| a.incident));
    let of = of.await.map_err(|error| Problem::of_desk(&error, lang))?;
    let incident = of.ok_or_else(|| Problem::of_refusal(&Refusal::UnknownAid(aid), lang))?;
    incident_view(&shared, &person, incident, lang).await.map(Json)
}

/// Refuse a neighbour's request.
#[utoipa::path(post, path = "/api/v1/aid/{id}/refuse", tag = "aid", params(("id" = Uuid, Path)),
    request_body = AidReasonInput, responses((status = 200, body = AidRequests),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn refuse(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(AidReasonInput { reason }): Body<AidReasonInput>,
) -> Result<Json<AidRequests>, Problem> {
    let command = Command::Aid(AidCommand::Decline { aid: AidId::from_uuid(id), reason });
    carry(&shared, &person, &key, None, command, lang).await?;
    requests(&shared, &person, lang).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmInput {
    /// Made by the client, all three; the same assignment twice is the same answer.
    assignment: Uuid,
    incident: Uuid,
    call: Uuid,
    #[schema(value_type = String)]
    unit: UnitId,
}

/// Confirm a neighbour's request: an incident here, and its unit ordered out, in one.
#[utoipa::path(post, path = "/api/v1/aid/{id}/confirm", tag = "aid", params(("id" = Uuid, Path)),
    request_body = ConfirmInput, responses((status = 200, body = IncidentView),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn confirm(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(input): Body<ConfirmInput>,
) -> Result<Json<IncidentView>, Problem> {
    let aid = AidId::from_uuid(id);
    let incident = IncidentId::from_uuid(input.incident);
    let said = shared.desk.look(move |_, papers| {
        papers.private_of(aid.as_incident()).map(|file| file.details.clone())
    });
    let private = said.await.map_err(|error| Problem::of_desk(&error, lang))?;
    let command = AidCommand::Confirm {
        aid,
        assignment: AssignmentId::from_uuid(input.assignment),
        incident,
        call: CallId::from_uuid(input.call),
        unit: input.unit,
    };
    let request = Request {
        id: key.command(&person, Some(input.assignment)),
        actor: actor(&person),
        device_at: None,
        command: Command::Aid(command),
        private,
    };
    shared.desk.carry(request).await.map_err(|error| Problem::of_desk(&error, lang))?;
    incident_view(&shared, &person, incident, lang).await.map(Json)
}
