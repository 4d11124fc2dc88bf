//! What is known of an incident, corrected as it becomes known: details, place, notes, priority, needs, triage colour.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Shared;
use super::calls::Caller;
use super::error::Problem;
use super::gate::{IdempotencyKey, Speaks, actor};
use super::incidents::incident_view;
use super::places::{Body, PlaceInput};
use crate::desk::Request;
use crate::dispatch::command::{Answer, Command, Refusal};
use crate::dispatch::event::{Category, Colour, Need, Priority};
use crate::ids::{IncidentId, NoteId};
use crate::private::{Note, Private};
use crate::sessions::Person;
use crate::view::IncidentView;
use crate::wording::Lang;

/// Carries out a command about an incident, with the personal data that belongs to it, and answers with the incident.
async fn change(
    (shared, person, key, lang): (&Shared, &Person, &IdempotencyKey, Lang),
    incident: IncidentId,
    command: Command,
    private: Option<Private>,
) -> Result<Json<IncidentView>, Problem> {
    let request = Request {
        id: key.command(person, None),
        actor: actor(person),
        device_at: None,
        command,
        private: private.map(Private::tidied),
    };
    shared.desk.carry(request).await.map_err(|error| Problem::of_desk(&error, lang))?;
    incident_view(shared, person, incident, lang).await.map(Json)
}

/// What is written of caller and patient now, and the kind of emergency.
async fn known(
    shared: &Shared,
    id: IncidentId,
    lang: Lang,
) -> Result<(Category, Private), Problem> {
    let known = shared.desk.look(move |dispatch, papers| {
        let category = dispatch.board().incident(id)?.category;
        let details = papers.private_of(id).map(|file| file.details.clone());
        Some((category, details.unwrap_or_default()))
    });
    let known = known.await.map_err(|error| Problem::of_desk(&error, lang))?;
    known.ok_or_else(|| Problem::of_refusal(&Refusal::UnknownIncident(id), lang))
}

/// Say where an incident is, or correct it. The crew that is on its way is told.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/place", tag = "incidents",
    params(("id" = Uuid, Path)), request_body = PlaceInput,
    responses((status = 200, body = IncidentView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn set_place(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(input): Body<PlaceInput>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = IncidentId::from_uuid(id);
    let landmark = input.landmark();
    let place = input.resolve(&shared, lang)?;
    let private = match landmark {
        Some(landmark) => {
            let (_, details) = known(&shared, incident, lang).await?;
            Some(Private { landmark: Some(landmark), ..details })
        }
        None => None,
    };
    let command = Command::PlaceIncident { incident, place };
    change((&shared, &person, &key, lang), incident, command, private).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DetailsInput {
    category: Option<Category>,
    caller: Option<Caller>,
    complaint: Option<String>,
    landmark: Option<String>,
    /// In place of all earlier answers.
    answers: Option<BTreeMap<String, Answer>>,
}

/// Correct the kind of emergency, the answers, or what the caller said. What is left out stays as it is.
///
/// Answers may raise the priority by themselves; they never lower it.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/details", tag = "incidents",
    params(("id" = Uuid, Path)), request_body = DetailsInput,
    responses((status = 200, body = IncidentView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn set_details(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(input): Body<DetailsInput>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = IncidentId::from_uuid(id);
    let (category, before) = known(&shared, incident, lang).await?;
    let caller = input.caller.unwrap_or_default();
    let answers = input.answers.unwrap_or_else(|| before.answers.clone());
    let private = Private {
        caller_name: caller.name.or(before.caller_name),
        caller_phone: caller.phone.or(before.caller_phone),
        complaint: input.complaint.or(before.complaint),
        landmark: input.landmark.or(before.landmark),
        answers: answers.clone(),
        further: false,
        note: None,
    };
    let category = input.category.unwrap_or(category);
    let command = Command::CorrectDetails { incident, category, answers };
    change((&shared, &person, &key, lang), incident, command, Some(private)).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteInput {
    /// 1 to 1,000 characters; kept apart from the log.
    text: String,
}

/// Write a remark. It stays with its author and time; it can be written on an ended incident too.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/notes", tag = "incidents",
    params(("id" = Uuid, Path)), request_body = NoteInput,
    responses((status = 200, body = IncidentView), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn add_note(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(input): Body<NoteInput>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = IncidentId::from_uuid(id);
    let note = Note { author: person.name.clone(), text: input.text };
    let private = Private { note: Some(note), ..Private::default() }.tidied();
    if private.note.is_none() {
        return Err(Problem::bad_request(lang.pick("Catatan kosong.", "The note is empty.")));
    }
    let command = Command::AddNote { incident, note: NoteId::from_uuid(Uuid::now_v7()) };
    change((&shared, &person, &key, lang), incident, command, Some(private)).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorityInput {
    priority: Priority,
    /// Needed when it becomes less urgent.
    reason: Option<String>,
}

/// Make an incident more urgent, or less with a reason.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/priority", tag = "incidents",
    params(("id" = Uuid, Path)), request_body = PriorityInput,
    responses((status = 200, body = IncidentView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn set_priority(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(PriorityInput { priority, reason }): Body<PriorityInput>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = IncidentId::from_uuid(id);
    let command = Command::ChangePriority { incident, priority, reason };
    change((&shared, &person, &key, lang), incident, command, None).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedsInput {
    /// At most 10 kinds, 1 to 20 units of each; empty: one unit of any kind.
    needs: Vec<Need>,
}

/// Say which units an incident needs.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/needs", tag = "incidents",
    params(("id" = Uuid, Path)), request_body = NeedsInput,
    responses((status = 200, body = IncidentView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn set_needs(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(NeedsInput { needs }): Body<NeedsInput>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = IncidentId::from_uuid(id);
    let command = Command::ChangeNeeds { incident, needs };
    change((&shared, &person, &key, lang), incident, command, None).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ColourInput {
    colour: Colour,
}

/// Note the crew's triage colour. It never changes the dispatch priority.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/colour", tag = "incidents",
    params(("id" = Uuid, Path)), request_body = ColourInput,
    responses((status = 200, body = IncidentView), (status = 404, body = Problem)))]
pub async fn set_colour(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(ColourInput { colour }): Body<ColourInput>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = IncidentId::from_uuid(id);
    let command = Command::NoteColour { incident, colour };
    change((&shared, &person, &key, lang), incident, command, None).await
}
