//! Facilities that receive patients: what they offer and whether they take anybody now.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use super::error::Problem;
use super::gate::{IdempotencyKey, Speaks};
use super::incidents::carry;
use super::places::Body;
use crate::dispatch::command::Command;
use crate::dispatch::event::Admission;
use crate::sessions::Person;
use crate::wording::Lang;

#[derive(Serialize, ToSchema)]
pub struct FacilityNow {
    id: String,
    name: String,
    kind: String,
    lat: f64,
    lon: f64,
    capabilities: Vec<String>,
    demo: bool,
    admission: Admission,
    reason: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Facilities {
    facilities: Vec<FacilityNow>,
}

async fn now(shared: &Shared, lang: Lang) -> Result<Json<Facilities>, Problem> {
    let facilities = shared.desk.look(|dispatch, papers| {
        let view = |facility: &crate::store::Facility| {
            let (admission, reason) = dispatch.board().admission(&facility.id);
            FacilityNow {
                id: facility.id.clone(),
                name: facility.name.clone(),
                kind: facility.kind.clone(),
                lat: facility.position.lat(),
                lon: facility.position.lon(),
                capabilities: facility.capabilities.clone(),
                demo: facility.demo,
                admission,
                reason: reason.map(str::to_owned),
            }
        };
        papers.room.facilities().map(view).collect()
    });
    let facilities = facilities.await.map_err(|error| Problem::of_desk(&error, lang))?;
    Ok(Json(Facilities { facilities }))
}

/// Every facility with what it offers and whether it takes patients.
#[utoipa::path(get, path = "/api/v1/facilities", tag = "facilities",
    responses((status = 200, body = Facilities)))]
pub async fn list(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
) -> Result<Json<Facilities>, Problem> {
    now(&shared, lang).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdmissionInput {
    admission: Admission,
    reason: Option<String>,
}

/// Say whether a facility takes patients. A closed one is never proposed; a limited one after the open ones.
#[utoipa::path(post, path = "/api/v1/facilities/{id}/admission", tag = "facilities",
    params(("id" = String, Path)), request_body = AdmissionInput,
    responses((status = 200, body = Facilities), (status = 404, body = Problem)))]
pub async fn set_admission(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    key: IdempotencyKey,
    Path(facility): Path<String>,
    Body(AdmissionInput { admission, reason }): Body<AdmissionInput>,
) -> Result<Json<Facilities>, Problem> {
    let command = Command::SetAdmission { facility, admission, reason };
    carry(&shared, &person, &key, None, command, lang).await?;
    now(&shared, lang).await
}
