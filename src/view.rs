//! What people see of the room: units, incidents, assignments, candidates and the timeline as JSON says them.
//!
//! One place for both HTTP and the live socket, so that a screen never sees two truths.

use serde::Serialize;
use utoipa::ToSchema;

use crate::chain::Entry;
use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::assignment::Assignment;
use crate::dispatch::event::{
    Category, Channel, Disposition, Event, IncidentPlace, PlaceBasis, Priority, Step, TravelBasis,
};
use crate::dispatch::fleet::Tracked;
use crate::dispatch::incident::Incident;
use crate::ids::UnitId;
use crate::private::Private;
use crate::room::Room;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VillageView {
    /// Kemendagri code, `35.09.30.2001`.
    pub code: String,
    pub name: String,
    pub district: String,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct LatLonView {
    pub lat: f64,
    pub lon: f64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlaceView {
    pub lat: f64,
    pub lon: f64,
    pub uncertainty_m: u32,
    pub basis: PlaceBasis,
    /// With `basis` `point`: the nearest village, to be shown as "near".
    pub village: Option<VillageView>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FacilityView {
    pub id: String,
    pub name: String,
    pub lat: f64,
    pub lon: f64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FixView {
    pub lat: f64,
    pub lon: f64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    pub heading_deg: Option<u16>,
    pub speed_kmh: Option<f32>,
    pub accuracy_m: Option<f32>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitView {
    #[schema(value_type = String)]
    pub unit: UnitId,
    pub index: u32,
    pub name: String,
    pub village: Option<VillageView>,
    pub capabilities: Vec<String>,
    pub post: LatLonView,
    pub state: &'static str,
    pub link: &'static str,
    pub fix: Option<FixView>,
    pub battery_pct: Option<u8>,
    pub incident: Option<String>,
    pub assignment: Option<String>,
    pub duty_reason: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct TimesView {
    #[schema(value_type = Option<String>)]
    pub offered: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    pub delivered: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    pub acknowledged: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    pub en_route: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    pub on_scene: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    pub at_patient: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    pub transporting: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    pub at_destination: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    pub handed_over: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    pub cleared: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AssignmentView {
    pub id: String,
    pub incident: String,
    #[schema(value_type = String)]
    pub unit: UnitId,
    pub state: &'static str,
    /// 0: the unit was not on the list when it was ordered out.
    pub rank: u32,
    pub eta_s: u32,
    pub distance_m: u32,
    pub basis: TravelBasis,
    pub facility: Option<FacilityView>,
    pub times: TimesView,
    /// Nobody answered the offer in time.
    pub overdue: bool,
    #[schema(value_type = Option<String>)]
    pub ended_at: Option<Timestamp>,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallerView {
    pub name: Option<String>,
    pub phone: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IncidentView {
    pub id: String,
    pub case_number: String,
    pub state: &'static str,
    pub version: u32,
    pub priority: Priority,
    pub category: Category,
    pub channel: Channel,
    pub call_id: String,
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub redispatch: bool,
    pub place: Option<PlaceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<CallerView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complaint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landmark: Option<String>,
    pub assignments: Vec<AssignmentView>,
    pub disposition: Option<Disposition>,
    #[schema(value_type = Option<String>)]
    pub ended_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    pub seq: u64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = Option<String>)]
    pub device_at: Option<Timestamp>,
    pub kind: &'static str,
    pub actor: String,
    /// `operator`, `crew`, `device` or `system`.
    pub source: String,
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    pub assignment: Option<String>,
    pub status: Option<&'static str>,
    pub disposition: Option<Disposition>,
    pub reason: Option<String>,
    pub incident: Option<String>,
    pub case_number: Option<String>,
}

/// A unit as people see it.
#[must_use]
pub fn unit(dispatch: &Dispatch, room: &Room, tracked: &Tracked) -> UnitView {
    let card = &tracked.card;
    let roster = room.unit(card.index);
    let assignment = dispatch.board().open_assignment_of(&card.id);
    UnitView {
        unit: card.id.clone(),
        index: card.index,
        name: roster.map_or_else(|| card.id.to_string(), |unit| unit.name.clone()),
        village: roster.and_then(|unit| room.village(&unit.village)),
        capabilities: roster.map(|unit| unit.capabilities.clone()).unwrap_or_default(),
        post: LatLonView { lat: card.post.lat(), lon: card.post.lon() },
        state: dispatch.unit_state(tracked).as_str(),
        link: tracked.link.as_str(),
        fix: tracked.live.map(|fix| FixView {
            lat: fix.position.lat(),
            lon: fix.position.lon(),
            at: fix.device_at,
            received_at: fix.received_at,
            heading_deg: fix.heading_deg,
            speed_kmh: fix.speed_kmh,
            accuracy_m: fix.accuracy_m,
        }),
        battery_pct: tracked.battery_pct,
        incident: assignment.map(|a| a.incident.to_string()),
        assignment: assignment.map(|a| a.id.to_string()),
        duty_reason: dispatch.board().off_duty(&card.id).cloned().flatten(),
    }
}

/// Every unit of the area.
#[must_use]
pub fn units(dispatch: &Dispatch, room: &Room) -> Vec<UnitView> {
    dispatch.fleet().iter().map(|tracked| unit(dispatch, room, tracked)).collect()
}

/// An assignment as people see it.
#[must_use]
pub fn assignment(room: &Room, assignment: &Assignment) -> AssignmentView {
    let time = |step: Step| assignment.times.get(step);
    AssignmentView {
        id: assignment.id.to_string(),
        incident: assignment.incident.to_string(),
        unit: assignment.unit.clone(),
        state: assignment.state.as_str(),
        rank: assignment.recommendation.rank,
        eta_s: assignment.recommendation.eta_s,
        distance_m: assignment.recommendation.distance_m,
        basis: assignment.recommendation.basis,
        facility: assignment.facility.as_deref().and_then(|id| room.facility_view(id)),
        times: TimesView {
            offered: Some(assignment.offered_at),
            delivered: assignment.delivered_at,
            acknowledged: time(Step::Acknowledged),
            en_route: time(Step::EnRoute),
            on_scene: time(Step::OnScene),
            at_patient: time(Step::AtPatient),
            transporting: time(Step::Transporting),
            at_destination: time(Step::AtDestination),
            handed_over: time(Step::HandedOver),
            cleared: time(Step::Cleared),
        },
        overdue: assignment.overdue,
        ended_at: assignment.ended_at,
        reason: assignment.reason.clone(),
    }
}

/// An incident as people see it; personal data is filled in by `with_private`.
#[must_use]
pub fn incident(dispatch: &Dispatch, room: &Room, incident: &Incident) -> IncidentView {
    let board = dispatch.board();
    IncidentView {
        id: incident.id.to_string(),
        case_number: incident.case_number.clone(),
        state: board.state_of(incident).as_str(),
        version: incident.version,
        priority: incident.priority,
        category: incident.category,
        channel: incident.channel,
        call_id: incident.call.to_string(),
        received_at: incident.received_at,
        created_at: incident.created_at,
        redispatch: incident.redispatch,
        place: incident.place.as_ref().map(|place| place_view(room, place)),
        caller: None,
        complaint: None,
        landmark: None,
        assignments: board.assignments_of(incident).map(|a| assignment(room, a)).collect(),
        disposition: incident.ending.as_ref().map(|ending| ending.disposition),
        ended_at: incident.ending.as_ref().map(|ending| ending.at),
    }
}

impl IncidentView {
    /// Adds what only operators and supervisors may see.
    #[must_use]
    pub fn with_private(mut self, private: Option<&Private>) -> Self {
        if let Some(private) = private {
            self.caller = Some(CallerView {
                name: private.caller_name.clone(),
                phone: private.caller_phone.clone(),
            });
            self.complaint.clone_from(&private.complaint);
            self.landmark.clone_from(&private.landmark);
        }
        self
    }
}

fn place_view(room: &Room, place: &IncidentPlace) -> PlaceView {
    PlaceView {
        lat: place.position.lat(),
        lon: place.position.lon(),
        uncertainty_m: place.uncertainty_m,
        basis: place.basis,
        village: place.village.as_deref().and_then(|code| room.village(code)),
    }
}

/// A log entry as a line of a timeline.
#[must_use]
pub fn timeline_entry(dispatch: &Dispatch, entry: &Entry) -> TimelineEntry {
    let board = dispatch.board();
    let mut line = TimelineEntry {
        seq: entry.seq,
        at: entry.at,
        device_at: entry.device_at,
        kind: entry.event.kind(),
        actor: entry.actor.clone(),
        source: entry.actor.split(':').next().unwrap_or_default().to_owned(),
        unit: None,
        assignment: None,
        status: None,
        disposition: None,
        reason: None,
        incident: None,
        case_number: None,
    };
    let (incident, assignment) = entry.event.subjects();
    if let Some(assignment) = assignment {
        line.assignment = Some(assignment.to_string());
        line.unit = board.assignment(assignment).map(|a| a.unit.clone());
    }
    let of_assignment = assignment.and_then(|id| board.assignment(id)).map(|a| a.incident);
    if let Some(incident) = incident.or(of_assignment) {
        line.incident = Some(incident.to_string());
        line.case_number = board.incident(incident).map(|i| i.case_number.clone());
    }
    match &entry.event {
        Event::UnitOffered { unit, .. } => line.unit = Some(unit.clone()),
        Event::AssignmentAdvanced { status, .. } => line.status = Some(status.as_str()),
        Event::AssignmentRejected { reason, .. } | Event::AssignmentCancelled { reason, .. } => {
            line.reason = Some(reason.clone());
        }
        Event::IncidentEnded { disposition, reason, .. } => {
            line.disposition = Some(*disposition);
            line.reason.clone_from(reason);
        }
        Event::DutyChanged { unit, on_duty, reason } => {
            line.unit = Some(unit.clone());
            line.status = Some(if *on_duty { "on_duty" } else { "off_duty" });
            line.reason.clone_from(reason);
        }
        Event::CallTaken { .. }
        | Event::IncidentPlaced { .. }
        | Event::IncidentHeld { .. }
        | Event::IncidentReady { .. }
        | Event::OrderDelivered { .. }
        | Event::OfferOverdue { .. }
        | Event::WithdrawalDelivered { .. } => {}
    }
    line
}
