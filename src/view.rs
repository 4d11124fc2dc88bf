//! What people see of the room: units, incidents, assignments, candidates and the timeline as JSON says them.
//!
//! One place for both HTTP and the live socket, so that a screen never sees two truths.

pub mod aid;
pub mod links;
mod timeline;
pub mod track;

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::dispatch::arrival::GoalKind;
use crate::dispatch::assignment::{Assignment, STEPS};
use crate::dispatch::command::Answer;
use crate::dispatch::event::{
    Category, Channel, Colour, Considered, CrewRole, Disposition, IncidentPlace, Mark, Need,
    PlaceBasis, Priority, Source, Step, TravelBasis, VillageBasis,
};
use crate::dispatch::fleet::Tracked;
use crate::dispatch::incident::Incident;
use crate::dispatch::unit::DeviceKind;
use crate::dispatch::{Dispatch, alarm};
use crate::ids::{Capability, UnitId};
use crate::place::Position;
use crate::private::{CaseFile, Note, Private};
use crate::room::Room;
pub use aid::{AidRequestView, AidView, AskedByView, aid_requests};
pub use links::CallerPositionView;
pub use timeline::{TimelineEntry, timeline_entry};

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
    pub village: Option<VillageView>,
    /// `inside` the village, or only `nearest` to it, to be shown as "near".
    pub village_basis: VillageBasis,
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

/// The device by which a unit is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShownByView {
    pub device: String,
    pub kind: DeviceKind,
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
    /// How far its device's clock is behind ours, in seconds, where it is wrong; negative: ahead.
    pub clock_behind_s: Option<i64>,
    /// Devices that speak for it since the program started.
    pub devices: usize,
    /// The device that `fix` comes from; null until one has reported since the program started.
    pub shown_by: Option<ShownByView>,
    pub incident: Option<String>,
    pub assignment: Option<String>,
    /// While it drives for somebody: when it is expected there.
    pub arrival: Option<ArrivalView>,
    pub duty_reason: Option<String>,
    /// Who is on board.
    pub crew: Vec<CrewRole>,
    /// What it cannot do for now.
    #[schema(value_type = Vec<String>)]
    pub lacking: Vec<Capability>,
    pub limit_reason: Option<String>,
    /// `talk` or `sos` while the crew wants to be called back.
    pub talk: Option<&'static str>,
}

/// When a unit is expected where it is going to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ArrivalView {
    pub to: GoalKind,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub distance_m: u32,
    pub basis: TravelBasis,
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
    /// Ts.
    #[schema(value_type = Option<String>)]
    pub staged: Option<Timestamp>,
    /// Tx.
    #[schema(value_type = Option<String>)]
    pub care_transferred: Option<Timestamp>,
    /// Th.
    #[schema(value_type = Option<String>)]
    pub home: Option<Timestamp>,
    /// Te.
    #[schema(value_type = Option<String>)]
    pub completed: Option<Timestamp>,
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
    /// Who says so, by the name of the time.
    pub sources: BTreeMap<&'static str, Source>,
    /// What the vehicle's movement showed, beside what was said.
    pub seen: BTreeMap<&'static str, String>,
    /// Steps whose time was corrected afterwards.
    pub corrected: Vec<&'static str>,
    /// The list as it stood when the unit was ordered out.
    pub considered: Vec<ConsideredView>,
    pub instead_of: Option<String>,
    /// A referral: where the patient is fetched.
    pub pick_up: Option<FacilityView>,
    pub realerted: bool,
    /// Nobody answered the offer in time.
    pub overdue: bool,
    #[schema(value_type = Option<String>)]
    pub ended_at: Option<Timestamp>,
    pub reason: Option<String>,
}

/// One line of the list that the operator was shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConsideredView {
    #[schema(value_type = String)]
    pub unit: UnitId,
    pub eta_s: u32,
    pub distance_m: u32,
    pub fix_age_s: Option<u32>,
    /// Why it was not to be had.
    pub excluded: Option<String>,
}

/// A remark on an incident.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoteView {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub author: String,
    pub text: String,
}

/// One row of the alarm bar.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AlarmView {
    pub key: String,
    pub kind: alarm::Kind,
    pub level: alarm::Level,
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    pub incident: Option<String>,
    pub case_number: Option<String>,
    pub priority: Option<Priority>,
    pub assignment: Option<String>,
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    /// The unit to ask next.
    #[schema(value_type = Option<String>)]
    pub next: Option<UnitId>,
    /// The device, where it is about one.
    pub device: Option<String>,
    /// How many subjects this row stands for.
    pub count: usize,
    /// Who has taken it.
    pub owner: Option<String>,
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
    pub original_priority: Priority,
    pub category: Category,
    pub channel: Channel,
    pub call_id: String,
    pub drill: bool,
    /// How many calls came about it, its parts included.
    pub calls: usize,
    /// Units that must come.
    pub needs: Vec<Need>,
    /// Of these, what no unit on it brings yet.
    pub missing: Vec<Need>,
    /// What the destination must be able to do.
    #[schema(value_type = Option<String>)]
    pub care: Option<Capability>,
    /// The crew's triage colour.
    pub colour: Option<Colour>,
    /// The incident that leads the two.
    pub merged_into: Option<String>,
    /// Case numbers of the incidents that are part of this one.
    pub merged: Vec<MergedView>,
    /// From the call to a unit at the scene, in seconds.
    pub target_s: i64,
    /// How often its unit was taken for something more urgent.
    pub bumps: u32,
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
    /// What the caller said to the questions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<BTreeMap<String, Answer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub further_callers: Option<Vec<CallerView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<Vec<NoteView>>,
    /// Where the caller's phone says that it is, by a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller_position: Option<CallerPositionView>,
    pub assignments: Vec<AssignmentView>,
    /// Units of neighbouring areas that were asked for.
    pub aid: Vec<AidView>,
    /// The neighbouring desk that asked for it.
    pub asked_by: Option<AskedByView>,
    pub disposition: Option<Disposition>,
    #[schema(value_type = Option<String>)]
    pub ended_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MergedView {
    pub id: String,
    pub case_number: String,
}

/// A unit as people see it.
#[must_use]
pub fn unit(dispatch: &Dispatch, room: &Room, tracked: &Tracked) -> UnitView {
    let card = &tracked.card;
    let roster = room.unit(card.index);
    let assignment = dispatch.board().open_assignment_of(&card.id);
    let remarks = dispatch.board().remarks(&card.id);
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
        clock_behind_s: tracked.clock_behind_ms.map(|ms| ms / 1000),
        devices: tracked.sources(),
        shown_by: tracked
            .shown()
            .map(|card| ShownByView { device: card.name.clone(), kind: card.kind }),
        incident: assignment
            .and_then(|a| dispatch.board().leading(a.incident))
            .map(|incident| incident.id.to_string()),
        assignment: assignment.map(|a| a.id.to_string()),
        arrival: dispatch.arrival(&card.id).map(|arrival| ArrivalView {
            to: arrival.to,
            at: arrival.at,
            distance_m: arrival.metres,
            basis: arrival.basis,
        }),
        duty_reason: dispatch.board().off_duty(&card.id).cloned().flatten(),
        crew: remarks.map(|r| r.crew.clone()).unwrap_or_default(),
        lacking: remarks.map(|r| r.lacking.clone()).unwrap_or_default(),
        limit_reason: remarks.and_then(|r| r.limit_reason.clone()),
        talk: remarks.and_then(|r| r.talk).map(|(_, sos)| if sos { "sos" } else { "talk" }),
    }
}

/// Every unit of the area; only those of some indices, in rising order, when they are given.
#[must_use]
pub fn units(dispatch: &Dispatch, room: &Room, within: Option<&[u32]>) -> Vec<UnitView> {
    let wanted = |index: u32| within.is_none_or(|units| units.binary_search(&index).is_ok());
    let units = dispatch.fleet().iter().filter(|tracked| wanted(tracked.card.index));
    units.map(|tracked| unit(dispatch, room, tracked)).collect()
}

/// An assignment as people see it.
#[must_use]
pub fn assignment(room: &Room, assignment: &Assignment) -> AssignmentView {
    let time = |step: Step| assignment.times.get(step);
    let mark = |mark: Mark| assignment.marks.get(&mark).map(|(at, _)| *at);
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
            staged: mark(Mark::Staged),
            care_transferred: mark(Mark::CareTransferred),
            home: mark(Mark::Home),
            completed: mark(Mark::Completed),
        },
        sources: sources(assignment),
        seen: seen(assignment),
        corrected: STEPS
            .into_iter()
            .filter(|step| assignment.corrected.get(*step).is_some())
            .map(Step::as_str)
            .collect(),
        considered: assignment.considered.iter().map(considered).collect(),
        instead_of: assignment.instead_of.map(|id| id.to_string()),
        pick_up: assignment.pick_up.as_deref().and_then(|id| room.facility_view(id)),
        realerted: assignment.realerted,
        overdue: assignment.overdue,
        ended_at: assignment.ended_at,
        reason: assignment.reason.clone(),
    }
}

/// Delivery is the device's own word, which no person says: it stands with the server.
fn sources(assignment: &Assignment) -> BTreeMap<&'static str, Source> {
    let steps = assignment.sources.iter().map(|(step, source)| (step.as_str(), *source));
    let marks = assignment.marks.iter().map(|(mark, (_, source))| (mark.as_str(), *source));
    let mut sources: BTreeMap<&'static str, Source> = steps.chain(marks).collect();
    sources.extend(assignment.delivered_at.map(|_| ("delivered", Source::Server)));
    sources.extend(assignment.offered_by.map(|source| ("offered", source)));
    sources
}

fn seen(assignment: &Assignment) -> BTreeMap<&'static str, String> {
    let seen = STEPS
        .into_iter()
        .filter_map(|step| assignment.seen.get(step).map(|at| (step.as_str(), at.to_string())));
    seen.collect()
}

fn considered(line: &Considered) -> ConsideredView {
    ConsideredView {
        unit: line.unit.clone(),
        eta_s: line.eta_s,
        distance_m: line.distance_m,
        fix_age_s: line.fix_age_s,
        excluded: line.excluded.clone(),
    }
}

/// Everything that asks for an operator now.
#[must_use]
pub fn alarms(dispatch: &Dispatch, now: Timestamp) -> Vec<AlarmView> {
    let view = |alarm: alarm::Alarm| {
        let incident = alarm.incident.and_then(|id| dispatch.board().incident(id));
        AlarmView {
            owner: dispatch.board().alarm_owner(&alarm.key).map(|(owner, _)| owner.to_owned()),
            key: alarm.key,
            kind: alarm.kind,
            level: alarm.level,
            since: alarm.since,
            incident: alarm.incident.map(|id| id.to_string()),
            case_number: incident.map(|i| i.case_number.clone()),
            priority: incident.map(|i| i.priority),
            assignment: alarm.assignment.map(|id| id.to_string()),
            unit: alarm.unit,
            next: alarm.next,
            device: alarm.device,
            count: alarm.count,
        }
    };
    dispatch.alarms(now).into_iter().map(view).collect()
}

/// An incident as people see it; personal data is filled in by `with_private`.
#[must_use]
pub fn incident(dispatch: &Dispatch, room: &Room, incident: &Incident) -> IncidentView {
    let board = dispatch.board();
    let merged: Vec<&Incident> =
        incident.merged.iter().filter_map(|id| board.incident(*id)).collect();
    IncidentView {
        id: incident.id.to_string(),
        case_number: incident.case_number.clone(),
        state: board.state_of(incident).as_str(),
        version: incident.version,
        priority: incident.priority,
        original_priority: incident.original_priority,
        category: incident.category,
        channel: incident.channel,
        call_id: incident.call.to_string(),
        drill: incident.drill,
        calls: 1
            + incident.further_calls.len()
            + merged.iter().map(|part| 1 + part.further_calls.len()).sum::<usize>(),
        needs: incident.needs.clone(),
        missing: dispatch.missing_needs(incident),
        care: incident.care.clone(),
        colour: incident.colour,
        merged_into: incident.merged_into.map(|id| id.to_string()),
        merged: merged.iter().map(|part| merged_view(part)).collect(),
        target_s: dispatch.policy().target_s(incident.priority),
        bumps: incident.bumps,
        received_at: board.received_at(incident),
        created_at: incident.created_at,
        redispatch: incident.redispatch,
        place: incident.place.as_ref().map(|place| place_view(room, place)),
        caller: None,
        complaint: None,
        landmark: None,
        answers: None,
        further_callers: None,
        notes: None,
        caller_position: None,
        assignments: board.assignments_of(incident).map(|a| assignment(room, a)).collect(),
        aid: aid::aids(dispatch, room, incident),
        asked_by: aid::asked_by(room, incident),
        disposition: incident.ending.as_ref().map(|ending| ending.disposition),
        ended_at: incident.ending.as_ref().map(|ending| ending.at),
    }
}

impl IncidentView {
    /// Adds what only operators and supervisors may see.
    #[must_use]
    pub fn with_private(mut self, file: Option<&CaseFile>) -> Self {
        let Some(file) = file else { return self };
        let caller = |said: &Private| CallerView {
            name: said.caller_name.clone(),
            phone: said.caller_phone.clone(),
        };
        self.caller = Some(caller(&file.details));
        self.complaint.clone_from(&file.details.complaint);
        self.landmark.clone_from(&file.details.landmark);
        self.answers = Some(file.details.answers.clone());
        self.further_callers = Some(file.further.iter().map(|(_, said)| caller(said)).collect());
        let note = |(at, note): &(Timestamp, Note)| NoteView {
            at: *at,
            author: note.author.clone(),
            text: note.text.clone(),
        };
        self.notes = Some(file.notes.iter().map(note).collect());
        let place = self.place.as_ref().and_then(|p| Position::new(p.lat, p.lon).ok());
        let offered = file.position.as_ref();
        self.caller_position = offered.map(|offered| CallerPositionView::of(offered, place));
        self
    }
}

fn merged_view(part: &Incident) -> MergedView {
    MergedView { id: part.id.to_string(), case_number: part.case_number.clone() }
}

fn place_view(room: &Room, place: &IncidentPlace) -> PlaceView {
    PlaceView {
        lat: place.position.lat(),
        lon: place.position.lon(),
        uncertainty_m: place.uncertainty_m,
        basis: place.basis,
        village: place.village.as_deref().and_then(|code| room.village(code)),
        village_basis: match place.basis {
            PlaceBasis::Village => VillageBasis::Inside,
            PlaceBasis::Point => place.village_basis,
        },
    }
}
