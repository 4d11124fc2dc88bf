//! Links that an operator hands out, and the answer to the position that a caller gave by one.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Shared;
use super::error::Problem;
use super::gate::{IdempotencyKey, Speaks};
use super::incidents::incident_view;
use super::places::{Body, point};
use crate::clock::Timestamp;
use crate::desk::{Actor, Request};
use crate::dispatch::Dispatch;
use crate::dispatch::command::{Command, Refusal};
use crate::dispatch::incident::Incident;
use crate::ids::{AssignmentId, IncidentId};
use crate::links::{self, Letter};
use crate::private::PositionNews;
use crate::sessions::Person;
use crate::store::{CallerPosition, LinkSubject, Way};
use crate::tracks::error_chain;
use crate::view::IncidentView;
use crate::wording::Lang;

/// A link ready to be sent. It is shown this once; only its hash is kept.
#[derive(Serialize, ToSchema)]
pub struct LinkView {
    url: String,
    /// What to send, in Indonesian.
    text: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Opens WhatsApp with the text, to the caller's number where it is known.
    whatsapp: String,
    /// Opens the app for text messages.
    sms: String,
}

/// Make a one-time link by which the caller gives the place of their phone; it ends an earlier one.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/caller-link", tag = "links",
    params(("id" = Uuid, Path)),
    responses((status = 201, body = LinkView), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub async fn make_for_caller(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Json<LinkView>), Problem> {
    let id = IncidentId::from_uuid(id);
    let found = shared.desk.look(move |dispatch, papers| {
        open_incident(dispatch, id)?;
        Ok(papers.private_of(id).and_then(|file| file.details.caller_phone.clone()))
    });
    let phone = found.await.map_err(|error| Problem::of_desk(&error, lang))?;
    let phone = phone.map_err(|refusal| Problem::of_refusal(&refusal, lang))?;
    hand_out(&shared, &person, LinkSubject::Caller, id, phone, lang).await
}

/// Make a link by which a family sees how its ambulance comes nearer; it ends an earlier one of this order.
#[utoipa::path(post, path = "/api/v1/assignments/{id}/family-link", tag = "links",
    params(("id" = Uuid, Path)),
    responses((status = 201, body = LinkView), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub async fn make_for_family(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Json<LinkView>), Problem> {
    let id = AssignmentId::from_uuid(id);
    let found = shared.desk.look(move |dispatch, papers| {
        let board = dispatch.board();
        let assignment = board.assignment(id).ok_or(Refusal::UnknownAssignment(id))?;
        if !assignment.is_open() {
            return Err(Refusal::AssignmentEnded { state: assignment.state.as_str() });
        }
        if assignment.has_arrived() {
            return Err(Refusal::AlreadyArrived { unit: assignment.unit.clone() });
        }
        let incident = assignment.incident;
        let phone = papers.private_of(incident).and_then(|file| file.details.caller_phone.clone());
        Ok((incident, phone))
    });
    let found = found.await.map_err(|error| Problem::of_desk(&error, lang))?;
    let (incident, phone) = found.map_err(|refusal| Problem::of_refusal(&refusal, lang))?;
    hand_out(&shared, &person, LinkSubject::Family(id), incident, phone, lang).await
}

fn open_incident(dispatch: &Dispatch, id: IncidentId) -> Result<&Incident, Refusal> {
    let board = dispatch.board();
    let incident = board.incident(id).ok_or(Refusal::UnknownIncident(id))?;
    let case_number = || incident.case_number.clone();
    if let Some(leader) = incident.merged_into.and_then(|leader| board.incident(leader)) {
        let into = leader.case_number.clone();
        return Err(Refusal::Merged { case_number: case_number(), into });
    }
    if !incident.is_open() {
        return Err(Refusal::IncidentEnded { case_number: case_number() });
    }
    Ok(incident)
}

async fn hand_out(
    shared: &Shared,
    person: &Person,
    subject: LinkSubject,
    incident: IncidentId,
    phone: Option<String>,
    lang: Lang,
) -> Result<(StatusCode, Json<LinkView>), Problem> {
    let area = &shared.desk.room.area;
    let (link, token) = links::make(subject, incident, shared.desk.now());
    let saved = shared.store.save_link(&area.id, &link).await;
    saved.map_err(|error| Problem::of_store(&error, lang))?;
    let kind = link.kind();
    tracing::info!(%incident, ?kind, by = person.name, "a link was made");
    shared.reads.note(person, Way::Incident, phone.is_some().then_some(incident));
    let Letter { url, text, whatsapp, sms } =
        Letter::write(kind, &token, &shared.door.web, &area.name, phone.as_deref());
    let view = LinkView { url, text, expires_at: link.expires_at, whatsapp, sms };
    Ok((StatusCode::CREATED, Json(view)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenInput {
    /// Of the position that the person has seen.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
}

/// The position of that receipt, when it is still the newest one of the incident.
async fn seen(
    shared: &Shared,
    id: IncidentId,
    received_at: Timestamp,
    lang: Lang,
) -> Result<CallerPosition, Problem> {
    let found = shared.desk.look(move |dispatch, papers| {
        open_incident(dispatch, id)?;
        Ok(papers.private_of(id).and_then(|file| file.position))
    });
    let found = found.await.map_err(|error| Problem::of_desk(&error, lang))?;
    let newest = found.map_err(|refusal| Problem::of_refusal(&refusal, lang))?;
    let seen = newest.filter(|newest| newest.received_at == received_at);
    seen.ok_or_else(|| {
        let detail = lang.pick(
            "Lokasi ini sudah diganti yang lebih baru atau diabaikan. Lihat lagi, lalu tekan sekali lagi.",
            "This position was replaced by a newer one or dismissed. Look again, then press once more.",
        );
        Problem::new(StatusCode::CONFLICT, "position_changed", detail)
    })
}

/// Take the position that the caller gave for the incident's place. The log says that it came by the caller's link.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/caller-position/accept", tag = "links",
    params(("id" = Uuid, Path)), request_body = SeenInput,
    responses((status = 200, body = IncidentView), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub async fn accept(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(SeenInput { received_at }): Body<SeenInput>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = IncidentId::from_uuid(id);
    let offered = seen(&shared, incident, received_at, lang).await?;
    let place = point(&shared, offered.position, offered.accuracy_m);
    let request = Request {
        id: key.command(&person, None),
        // By whom it is known, and on whose word it is used.
        actor: Actor(format!("caller_link:{}", person.name)),
        device_at: None,
        command: Command::PlaceIncident { incident, place },
        private: None,
    };
    shared.desk.carry(request).await.map_err(|error| Problem::of_desk(&error, lang))?;
    let (area, at) = (&shared.desk.room.area.id, shared.desk.now());
    if let Err(error) = shared.store.accept_position(area, incident, received_at, at).await {
        // The place is corrected already; the caller is not told so, and the offer stays until it is dismissed.
        tracing::error!(error = error_chain(&error), "an accepted position stays offered");
    } else {
        shared.desk.note_position(incident, PositionNews::Accepted { received_at, at }).await;
    }
    incident_view(&shared, &person, incident, lang).await.map(Json)
}

/// Dismiss the position that the caller gave; the link by which it came ends.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/caller-position/dismiss", tag = "links",
    params(("id" = Uuid, Path)), request_body = SeenInput,
    responses((status = 200, body = IncidentView), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub async fn dismiss(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    Path(id): Path<Uuid>,
    Body(SeenInput { received_at }): Body<SeenInput>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = IncidentId::from_uuid(id);
    seen(&shared, incident, received_at, lang).await?;
    let (area, now) = (&shared.desk.room.area.id, shared.desk.now());
    let dismissed = shared.store.dismiss_position(area, incident, received_at, now).await;
    dismissed.map_err(|error| Problem::of_store(&error, lang))?;
    shared.desk.note_position(incident, PositionNews::Dismissed { received_at }).await;
    incident_view(&shared, &person, incident, lang).await.map(Json)
}
