//! What people see of mutual aid between areas.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{PlaceView, place_view};
use crate::clock::Timestamp;
use crate::desk::Papers;
use crate::dispatch::Dispatch;
use crate::dispatch::aid::{Aid, AidState};
use crate::dispatch::event::{Category, Priority, Step};
use crate::dispatch::incident::Incident;
use crate::ids::{AreaId, IncidentId, UnitId};
use crate::room::Room;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AidTimes {
    #[schema(value_type = String, format = DateTime)]
    pub asked: Timestamp,
    #[schema(value_type = Option<String>)]
    pub delivered: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    pub answered: Option<Timestamp>,
    /// The steps of its unit that have a time.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub steps: BTreeMap<Step, Timestamp>,
}

/// A neighbour's unit that was asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AidView {
    pub id: String,
    #[schema(value_type = String)]
    pub area: AreaId,
    pub area_name: String,
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    pub state: AidState,
    pub eta_s: Option<u32>,
    pub reason: Option<String>,
    pub times: AidTimes,
}

/// The neighbouring desk that asked for an incident's unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AskedByView {
    #[schema(value_type = String)]
    pub area: AreaId,
    pub area_name: String,
    pub case_number: String,
}

/// A neighbour's request that waits for an answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AidRequestView {
    pub id: String,
    #[schema(value_type = String)]
    pub area: AreaId,
    pub area_name: String,
    pub case_number: String,
    pub priority: Priority,
    pub category: Category,
    pub drill: bool,
    pub place: PlaceView,
    /// The unit that the asking desk would like.
    #[schema(value_type = String)]
    pub unit: UnitId,
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complaint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landmark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl AidRequestView {
    /// Under which id its personal data is kept; none when there is none in it.
    #[must_use]
    pub fn personal(&self) -> Option<IncidentId> {
        let said = [&self.complaint, &self.landmark, &self.phone];
        said.iter().any(|said| said.is_some()).then(|| self.id.parse().ok()).flatten()
    }
}

/// The aids that were asked for an incident.
#[must_use]
pub fn aids(dispatch: &Dispatch, room: &Room, incident: &Incident) -> Vec<AidView> {
    let view = |aid: &Aid| AidView {
        id: aid.id.to_string(),
        area: aid.area.clone(),
        area_name: room.neighbour_name(&aid.area),
        unit: aid.answer.unit.clone(),
        state: aid.answer.state,
        eta_s: aid.answer.eta_s,
        reason: aid.answer.reason.clone(),
        times: AidTimes {
            asked: aid.asked_at,
            delivered: aid.delivered_at,
            answered: aid.answered_at,
            steps: aid.answer.steps.clone(),
        },
    };
    dispatch.board().aids_of(incident).map(view).collect()
}

/// Who asked for an incident's unit.
#[must_use]
pub fn asked_by(room: &Room, incident: &Incident) -> Option<AskedByView> {
    let (area, case_number) = incident.asked_by.clone()?;
    let area_name = room.neighbour_name(&area);
    Some(AskedByView { area, area_name, case_number })
}

/// Every request of a neighbour that waits for an answer; `full` with what the caller said.
#[must_use]
pub fn aid_requests(dispatch: &Dispatch, papers: &Papers, full: bool) -> Vec<AidRequestView> {
    let waiting = dispatch.board().aids_asked().filter(|asked| asked.is_waiting());
    let view = |asked: &crate::dispatch::aid::AidAsked| {
        let request = &asked.request;
        let file = papers.private_of(asked.id.as_incident()).filter(|_| full);
        let said = file.map(|file| file.details.clone()).unwrap_or_default();
        AidRequestView {
            id: asked.id.to_string(),
            area: request.area.clone(),
            area_name: papers.room.neighbour_name(&request.area),
            case_number: request.case_number.clone(),
            priority: request.priority,
            category: request.category,
            drill: request.drill,
            place: place_view(&papers.room, &request.place),
            unit: request.unit.clone(),
            asked_at: asked.received_at,
            complaint: said.complaint,
            landmark: said.landmark,
            phone: said.caller_phone,
        }
    };
    waiting.map(view).collect()
}
