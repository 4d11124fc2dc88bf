//! Incidents: the list, one with its timeline, its place, its candidates, ordering a unit out, and closing.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Shared;
use super::error::Problem;
use super::gate::{IdempotencyKey, Speaks, actor};
use super::places::{Asked, Body, Candidates};
use super::roles::sees_personal_data;
use crate::desk::{Desk, Request};
use crate::dispatch::command::{Command, Refusal};
use crate::dispatch::event::{Disposition, Event};
use crate::ids::{AssignmentId, IncidentId, UnitId};
use crate::reads;
use crate::sessions::Person;
use crate::store::Way;
use crate::view::{self, AssignmentView, IncidentView, TimelineEntry};
use crate::wording::Lang;

#[derive(Serialize, ToSchema)]
pub struct Incidents {
    incidents: Vec<IncidentView>,
}

#[derive(Serialize, ToSchema)]
pub struct IncidentWithTimeline {
    #[serde(flatten)]
    incident: IncidentView,
    timeline: Vec<TimelineEntry>,
}

/// Open incidents, and those that ended in the last 12 hours.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents",
    responses((status = 200, body = Incidents)))]
pub async fn list(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
) -> Result<Json<Incidents>, Problem> {
    let full = sees_personal_data(person.role);
    let seen = shared.desk.look(move |dispatch, papers| reads::incidents(dispatch, papers, full));
    let (incidents, personal) = seen.await.map_err(|error| Problem::of_desk(&error, lang))?;
    shared.reads.note(&person, Way::List, personal);
    Ok(Json(Incidents { incidents }))
}

/// One incident with everything that happened to it.
#[utoipa::path(get, path = "/api/v1/incidents/{id}", tag = "incidents",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = IncidentWithTimeline), (status = 404, body = Problem)))]
pub async fn one(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    Path(id): Path<Uuid>,
) -> Result<Json<IncidentWithTimeline>, Problem> {
    let id = IncidentId::from_uuid(id);
    let incident = incident_view(&shared, &person, id, lang).await?;
    let area = &shared.desk.room.area.id;
    let entries = shared.store.incident_entries(area, id).await;
    let entries = entries.map_err(|error| Problem::of_store(&error, lang))?;
    let timeline = shared.desk.look(move |dispatch, _| {
        entries.iter().map(|entry| view::timeline_entry(dispatch, entry)).collect()
    });
    let timeline = timeline.await.map_err(|error| Problem::of_desk(&error, lang))?;
    Ok(Json(IncidentWithTimeline { incident, timeline }))
}

/// An incident as this person may see it; it is noted that personal data was shown.
pub(super) async fn incident_view(
    shared: &Shared,
    person: &Person,
    id: IncidentId,
    lang: Lang,
) -> Result<IncidentView, Problem> {
    let full = sees_personal_data(person.role);
    let found = shared.desk.look(move |dispatch, papers| {
        let incident = dispatch.board().incident(id)?;
        Some(reads::incident(dispatch, papers, incident, full))
    });
    let found = found.await.map_err(|error| Problem::of_desk(&error, lang))?;
    let unknown = || Problem::of_refusal(&Refusal::UnknownIncident(id), lang);
    let (view, is_personal) = found.ok_or_else(unknown)?;
    shared.reads.note(person, Way::Incident, is_personal.then_some(id));
    Ok(view)
}

#[derive(Deserialize, IntoParams)]
pub struct Limit {
    limit: Option<usize>,
}

/// Who can be there first: every unit ranked or excluded, with the reason.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/candidates", tag = "incidents",
    params(("id" = Uuid, Path), Limit),
    responses((status = 200, body = Candidates), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub async fn candidates(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Path(id): Path<Uuid>,
    Asked(Limit { limit }): Asked<Limit>,
) -> Result<Json<Candidates>, Problem> {
    let id = IncidentId::from_uuid(id);
    let now = shared.desk.now();
    let ranking = shared.desk.look(move |dispatch, _| {
        let incident = dispatch.board().incident(id).ok_or(Refusal::UnknownIncident(id))?;
        let place = incident
            .place
            .as_ref()
            .ok_or_else(|| Refusal::PlaceUnknown { case_number: incident.case_number.clone() })?;
        Ok(dispatch.rank(now, place.position, Some(id)))
    });
    let ranking = ranking.await.map_err(|error| Problem::of_desk(&error, lang))?;
    let ranking = ranking.map_err(|refusal| Problem::of_refusal(&refusal, lang))?;
    Ok(Json(Candidates::of(&ranking, limit, lang)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignInput {
    #[schema(value_type = String)]
    unit: UnitId,
    /// Made by the client; the same id twice is the same order.
    id: Option<Uuid>,
    /// The unanswered offer that this one stands in for: whoever accepts first has it.
    instead_of: Option<Uuid>,
    /// A referral: fetch the patient at this facility.
    pick_up: Option<String>,
    /// The unit is on its way to something less urgent: take it from there.
    #[serde(default)]
    divert: bool,
}

/// Order a unit out.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/assignments", tag = "incidents",
    params(("id" = Uuid, Path)), request_body = AssignInput,
    responses((status = 201, body = AssignmentView), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "unit_busy names who has it")))]
pub async fn assign(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(input): Body<AssignInput>,
) -> Result<(StatusCode, Json<AssignmentView>), Problem> {
    let assignment = AssignmentId::from_uuid(input.id.unwrap_or_else(Uuid::now_v7));
    let incident = IncidentId::from_uuid(id);
    let AssignInput { unit, id: made_by_client, instead_of, pick_up, divert } = input;
    let command = if divert {
        Command::Divert { assignment, incident, unit }
    } else {
        let instead_of = instead_of.map(AssignmentId::from_uuid);
        Command::OfferUnit { assignment, incident, unit, instead_of, pick_up }
    };
    let done = carry(&shared, &person, &key, made_by_client, command, lang).await?;
    let offered = done.entries.iter().find_map(|entry| {
        if let Event::UnitOffered { assignment, .. } = entry.event {
            Some(assignment)
        } else {
            None
        }
    });
    let view = assignment_view(&shared.desk, offered.unwrap_or(assignment), lang).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// An assignment as people see it.
pub(super) async fn assignment_view(
    desk: &Desk,
    id: AssignmentId,
    lang: Lang,
) -> Result<AssignmentView, Problem> {
    let found = desk.look(move |dispatch, papers| {
        dispatch.board().assignment(id).map(|a| view::assignment(&papers.room, a))
    });
    let found = found.await.map_err(|error| Problem::of_desk(&error, lang))?;
    found.ok_or_else(|| Problem::of_refusal(&Refusal::UnknownAssignment(id), lang))
}

/// How a person may end an incident; the others follow from what the units did.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndingInput {
    Completed,
    Cancelled,
    Prank,
    Incomplete,
    SolvedByPhone,
    HealthWorkerVisit,
    Transferred,
    NoPatientFound,
    RefusedTransport,
    DiedOnScene,
}

impl From<EndingInput> for Disposition {
    fn from(input: EndingInput) -> Self {
        match input {
            EndingInput::Completed => Self::Completed,
            EndingInput::Cancelled => Self::Cancelled,
            EndingInput::Prank => Self::Prank,
            EndingInput::Incomplete => Self::Incomplete,
            EndingInput::SolvedByPhone => Self::SolvedByPhone,
            EndingInput::HealthWorkerVisit => Self::HealthWorkerVisit,
            EndingInput::Transferred => Self::Transferred,
            EndingInput::NoPatientFound => Self::NoPatientFound,
            EndingInput::RefusedTransport => Self::RefusedTransport,
            EndingInput::DiedOnScene => Self::DiedOnScene,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseInput {
    disposition: EndingInput,
    /// Needed with `cancelled`.
    reason: Option<String>,
}

/// Close or cancel an incident.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/close", tag = "incidents",
    params(("id" = Uuid, Path)), request_body = CloseInput,
    responses((status = 200, body = IncidentView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn close(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(input): Body<CloseInput>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = IncidentId::from_uuid(id);
    let CloseInput { disposition, reason } = input;
    let disposition = disposition.into();
    let command = Command::EndIncident { incident, disposition, reason };
    carry(&shared, &person, &key, None, command, lang).await?;
    incident_view(&shared, &person, incident, lang).await.map(Json)
}

/// Carries out a person's command.
pub(super) async fn carry(
    shared: &Shared,
    person: &Person,
    key: &IdempotencyKey,
    made_by_client: Option<Uuid>,
    command: Command,
    lang: Lang,
) -> Result<crate::desk::Done, Problem> {
    let request = Request {
        id: key.command(person, made_by_client),
        actor: actor(person),
        device_at: None,
        command,
        private: None,
    };
    shared.desk.carry(request).await.map_err(|error| Problem::of_desk(&error, lang))
}
