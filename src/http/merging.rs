//! One emergency reported more than once: what may be the same, merging, splitting; and reopening what was ended.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Shared;
use super::error::Problem;
use super::gate::{IdempotencyKey, Speaks};
use super::incidents::{carry, incident_view};
use super::places::Body;
use crate::clock::Timestamp;
use crate::desk::Papers;
use crate::dispatch::Dispatch;
use crate::dispatch::command::{Command, Refusal};
use crate::dispatch::event::{Category, Disposition};
use crate::dispatch::similar::{Report, Similar};
use crate::ids::IncidentId;
use crate::sessions::Person;
use crate::store::{EarlierCall, Way};
use crate::view::IncidentView;

/// Earlier calls of one number that are shown.
const EARLIER_MAX: u32 = 20;
/// The same number within this time is a strong hint at the same emergency.
const SAME_NUMBER_MS: i64 = 30 * 60 * 1000;

#[derive(Serialize, ToSchema)]
pub struct SimilarView {
    incident: String,
    case_number: String,
    apart_s: i64,
    /// None when only the village is known to be the same, or only the number.
    metres: Option<u32>,
    /// The same number called about it within 30 minutes.
    same_number: bool,
}

#[derive(Serialize, ToSchema)]
pub struct EarlierView {
    incident: String,
    case_number: String,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    category: Category,
    disposition: Option<Disposition>,
}

#[derive(Serialize, ToSchema)]
pub struct Similars {
    /// Open incidents that may be the same emergency. A person decides.
    similar: Vec<SimilarView>,
    /// What the same number called about before, newest first.
    earlier: Vec<EarlierView>,
    /// How many of these were pranks or came to nothing.
    false_calls: usize,
}

/// What may be the same emergency as this one, and what its caller called about before.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/similar", tag = "incidents",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = Similars), (status = 404, body = Problem)))]
pub async fn similar(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    Path(id): Path<Uuid>,
) -> Result<Json<Similars>, Problem> {
    let id = IncidentId::from_uuid(id);
    let seen = shared.desk.look(move |dispatch, papers| look_around(dispatch, papers, id)).await;
    let seen = seen.map_err(|error| Problem::of_desk(&error, lang))?;
    let Some(Around { named, phone, open, received_at }) = seen else {
        return Err(Problem::of_refusal(&Refusal::UnknownIncident(id), lang));
    };
    let mut earlier = match phone {
        Some(phone) => {
            let area = &shared.desk.room.area.id;
            let read = shared.store.earlier_calls(area, &phone, EARLIER_MAX + 1).await;
            read.map_err(|error| Problem::of_store(&error, lang))?
        }
        None => Vec::new(),
    };
    earlier.retain(|call| call.incident != id);
    shared.reads.note(&person, Way::Number, earlier.iter().map(|call| call.incident));
    let by_number = |call: &&EarlierCall| {
        let near = received_at.ms_since(call.received_at).abs() <= SAME_NUMBER_MS;
        near && open.contains(&call.incident)
    };
    let hinted: Vec<&EarlierCall> = earlier.iter().filter(by_number).collect();
    let mut similar: Vec<SimilarView> = named
        .into_iter()
        .map(|(similar, case_number)| SimilarView {
            incident: similar.incident.to_string(),
            case_number,
            apart_s: similar.apart_s,
            metres: similar.metres,
            same_number: hinted.iter().any(|call| call.incident == similar.incident),
        })
        .collect();
    for call in hinted {
        if similar.iter().all(|known| known.incident != call.incident.to_string()) {
            similar.push(SimilarView {
                incident: call.incident.to_string(),
                case_number: call.case_number.clone(),
                apart_s: received_at.ms_since(call.received_at).abs() / 1000,
                metres: None,
                same_number: true,
            });
        }
    }
    let came_to_nothing = |call: &&EarlierCall| {
        matches!(call.disposition, Some(Disposition::Prank | Disposition::NoPatientFound))
    };
    let false_calls = earlier.iter().filter(came_to_nothing).count();
    let earlier = earlier.into_iter().map(|call| EarlierView {
        incident: call.incident.to_string(),
        case_number: call.case_number,
        received_at: call.received_at,
        category: call.category,
        disposition: call.disposition,
    });
    Ok(Json(Similars { similar, earlier: earlier.collect(), false_calls }))
}

/// What the room knows around an incident.
struct Around {
    /// Incidents that may be the same, with their case numbers.
    named: Vec<(Similar, String)>,
    phone: Option<String>,
    /// The other open ones.
    open: Vec<IncidentId>,
    received_at: Timestamp,
}

fn look_around(dispatch: &Dispatch, papers: &Papers, id: IncidentId) -> Option<Around> {
    let board = dispatch.board();
    let incident = board.incident(id)?;
    let received_at = board.received_at(incident);
    let report = Report {
        received_at,
        category: incident.category,
        place: incident.place.clone(),
        incident: Some(id),
    };
    let named = dispatch.similar(&report).into_iter().filter_map(|similar| {
        let case_number = board.incident(similar.incident)?.case_number.clone();
        Some((similar, case_number))
    });
    Some(Around {
        named: named.collect(),
        phone: papers.private_of(id).and_then(|file| file.details.phone_key()),
        open: board.open_incidents().map(|i| i.id).filter(|open| *open != id).collect(),
        received_at,
    })
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeInput {
    /// The incident that leads.
    into: Uuid,
}

/// Say that this incident and another are one emergency. Nothing is lost: it can be split off again.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/merge", tag = "incidents",
    params(("id" = Uuid, Path)), request_body = MergeInput,
    responses((status = 200, body = IncidentView, description = "the incident that leads"),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub async fn merge(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(MergeInput { into }): Body<MergeInput>,
) -> Result<Json<IncidentView>, Problem> {
    let into = IncidentId::from_uuid(into);
    let command = Command::Merge { incident: IncidentId::from_uuid(id), into };
    carry(&shared, &person, &key, None, command, lang).await?;
    incident_view(&shared, &person, into, lang).await.map(Json)
}

/// Say that this incident is an emergency of its own after all.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/split", tag = "incidents",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = IncidentView), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub async fn split(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = IncidentId::from_uuid(id);
    carry(&shared, &person, &key, None, Command::Split { incident }, lang).await?;
    incident_view(&shared, &person, incident, lang).await.map(Json)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenInput {
    reason: String,
}

/// Open an ended incident again. Its old times stay; a new order has its own.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/reopen", tag = "incidents",
    params(("id" = Uuid, Path)), request_body = ReopenInput,
    responses((status = 200, body = IncidentView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn reopen(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    Body(ReopenInput { reason }): Body<ReopenInput>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = IncidentId::from_uuid(id);
    carry(&shared, &person, &key, None, Command::Reopen { incident, reason }, lang).await?;
    incident_view(&shared, &person, incident, lang).await.map(Json)
}
