//! Who was shown personal data: for the supervisor and the administrator.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Shared;
use super::error::Problem;
use super::gate::Speaks;
use super::places::Asked;
use super::reports::checked;
use crate::clock::Timestamp;
use crate::ids::IncidentId;
use crate::store::{READS_PAGE_MAX, ReadsAsked, Role, Way};

#[derive(Deserialize, IntoParams)]
pub struct Asking {
    incident: Option<Uuid>,
    /// The name with which somebody signs in.
    person: Option<String>,
    /// First moment that counts; 30 days before the last when missing.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// First moment that no longer counts; now when missing.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
pub struct ReadView {
    /// The first time in its hour.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    person: String,
    /// As it was then.
    role: Role,
    way: Way,
    incident: String,
    /// Empty when the incident is not known here.
    case_number: String,
}

#[derive(Serialize, ToSchema)]
pub struct ReadsView {
    /// Newest first, one for each person, incident, way and hour.
    reads: Vec<ReadView>,
    /// There are older ones that this answer has no room for: ask again up to the last one's time.
    more: bool,
}

/// Who was shown personal data of which incident, when and which way.
#[utoipa::path(get, path = "/api/v1/reads", tag = "reads", params(Asking),
    responses((status = 200, body = ReadsView), (status = 400, body = Problem)))]
pub async fn list(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Asked(asking): Asked<Asking>,
) -> Result<Json<ReadsView>, Problem> {
    let (from, to) = checked(asking.from, asking.to, shared.desk.now(), lang)?;
    let incident = asking.incident.map(IncidentId::from_uuid);
    let asked = ReadsAsked { incident, person: asking.person, from, to };
    let area = &shared.desk.room.area.id;
    let found = shared.store.reads(area, &asked, READS_PAGE_MAX + 1).await;
    let mut found = found.map_err(|error| Problem::of_store(&error, lang))?;
    let page = usize::try_from(READS_PAGE_MAX).unwrap_or(usize::MAX);
    let more = found.len() > page;
    found.truncate(page);
    let view = |(read, case_number): (crate::store::Read, String)| ReadView {
        at: read.at,
        person: read.person,
        role: read.role,
        way: read.way,
        incident: read.incident.to_string(),
        case_number,
    };
    Ok(Json(ReadsView { reads: found.into_iter().map(view).collect(), more }))
}
