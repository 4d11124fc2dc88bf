//! How an assigned unit drives to where it is going: a line for the map, a turn list for the crew.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Shared;
use super::assignments::speaker;
use super::error::Problem;
use super::gate::Speaks;
use crate::desk::Papers;
use crate::dispatch::Dispatch;
use crate::dispatch::assignment::{Assignment, AssignmentState};
use crate::dispatch::command::Refusal;
use crate::dispatch::event::{Step, TravelBasis};
use crate::dispatch::travel::{self, Travel};
use crate::ids::{AssignmentId, UnitId};
use crate::place::Position;
use crate::roads::route::{Manoeuvre, Route};
use crate::roads::search::Start;
use crate::sessions::Person;
use crate::wording::Lang;

/// Where a unit is going to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GoalKind {
    Incident,
    /// A referral: where the patient is fetched.
    PickUp,
    Destination,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GoalView {
    kind: GoalKind,
    /// The case number, or the facility's name.
    name: String,
    lat: f64,
    lon: f64,
}

/// GeoJSON.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineView {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Longitude first.
    coordinates: Vec<[f64; 2]>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TurnView {
    kind: Manoeuvre,
    /// With a roundabout: by which exit it is left, from 1.
    exit: Option<u32>,
    /// The road that follows; null without a name.
    road: Option<String>,
    /// To the next line of the list.
    metres: u32,
    lat: f64,
    lon: f64,
}

/// The way of a unit from where it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct RouteView {
    #[schema(value_type = String)]
    unit: UnitId,
    to: GoalView,
    line: LineView,
    metres: u32,
    /// On the road, with lights and sirens; without the time until its wheels roll.
    seconds: u32,
    basis: TravelBasis,
    /// Empty when no road is known.
    turns: Vec<TurnView>,
    /// Opens the place in the crew's own map app.
    geo: String,
}

/// What the desk knows of the journey.
struct Journey {
    unit: UnitId,
    start: Start,
    goal: Position,
    to: GoalView,
    straight: Travel,
}

/// The way of an assigned unit from where it is to where it is going: to the scene, from there on to the destination.
#[utoipa::path(get, path = "/api/v1/assignments/{id}/route", tag = "assignments",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = RouteView), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn route(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    Path(id): Path<Uuid>,
) -> Result<Json<RouteView>, Problem> {
    let speaker = speaker(&person, lang)?;
    let id = AssignmentId::from_uuid(id);
    let now = shared.desk.now();
    let looked = shared.desk.look(move |dispatch, papers| {
        let assignment = dispatch.board().assignment(id);
        let assignment = assignment.ok_or(Refusal::UnknownAssignment(id))?;
        if speaker.is_some_and(|unit| unit != assignment.unit) {
            return Err(Refusal::NotYours { owner: assignment.unit.clone() });
        }
        let tracked = dispatch.fleet().get(&assignment.unit);
        let start = tracked.map(|tracked| dispatch.start(now, tracked));
        Ok(start.and_then(|start| journey(dispatch, papers, assignment, start)))
    });
    let looked = looked.await.map_err(|error| Problem::of_desk(&error, lang))?;
    let journey = looked.map_err(|refusal| Problem::of_refusal(&refusal, lang))?;
    let journey = journey.ok_or_else(|| going_nowhere(lang))?;
    let roads = shared.tiles.roads.borrow().clone();
    let (start, goal) = (journey.start, journey.goal);
    let driving = shared.tiles.work_out(move || roads?.route(start, goal)).await;
    Ok(Json(journey.seen(driving.flatten())))
}

fn going_nowhere(lang: Lang) -> Problem {
    let detail = lang.pick(
        "Unit ini sedang tidak menuju ke mana pun: lokasi atau tujuan belum ditetapkan, atau sudah tiba.",
        "This unit is not going anywhere now: no place or destination is set, or it is there already.",
    );
    Problem::new(StatusCode::CONFLICT, "going_nowhere", detail)
}

fn journey(
    dispatch: &Dispatch,
    papers: &Papers,
    assignment: &Assignment,
    start: Start,
) -> Option<Journey> {
    let (goal, to) = goal(dispatch, papers, assignment)?;
    let straight = travel::estimate(start.position, goal, dispatch.policy());
    Some(Journey { unit: assignment.unit.clone(), start, goal, to, straight })
}

/// Where a unit is going to now.
fn goal(
    dispatch: &Dispatch,
    papers: &Papers,
    assignment: &Assignment,
) -> Option<(Position, GoalView)> {
    let facility = |kind: GoalKind, id: Option<&String>| {
        let facility = papers.room.facility_view(id?)?;
        let position = Position::new(facility.lat, facility.lon).ok()?;
        let (lat, lon) = (facility.lat, facility.lon);
        Some((position, GoalView { kind, name: facility.name, lat, lon }))
    };
    let to_scene = match assignment.state {
        AssignmentState::Offered => true,
        AssignmentState::At(step) => match step {
            Step::Acknowledged | Step::EnRoute => true,
            Step::OnScene | Step::AtPatient | Step::Transporting => false,
            Step::AtDestination | Step::HandedOver | Step::Cleared => return None,
        },
        AssignmentState::Rejected
        | AssignmentState::Cancelled
        | AssignmentState::TimedOut
        | AssignmentState::Diverted => return None,
    };
    if !to_scene {
        return facility(GoalKind::Destination, assignment.facility.as_ref());
    }
    if assignment.pick_up.is_some() {
        return facility(GoalKind::PickUp, assignment.pick_up.as_ref());
    }
    let incident = dispatch.board().leading(assignment.incident)?;
    let position = incident.place.as_ref()?.position;
    let (lat, lon) = (position.lat(), position.lon());
    let name = incident.case_number.clone();
    Some((position, GoalView { kind: GoalKind::Incident, name, lat, lon }))
}

/// Degrees to a tenth of a metre: more says nothing and doubles the answer.
fn brief(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

impl Journey {
    fn seen(self, route: Option<Route>) -> RouteView {
        let at = |position: &Position| [brief(position.lon()), brief(position.lat())];
        let label: String = form_urlencoded::byte_serialize(self.to.name.as_bytes()).collect();
        let (lat, lon) = (self.to.lat, self.to.lon);
        let geo = format!("geo:{lat:.6},{lon:.6}?q={lat:.6},{lon:.6}({label})");
        let (travel, line, turns) = match route {
            Some(route) => {
                let seconds = route.way.ms.div_ceil(1_000);
                let metres = route.way.metres;
                let travel = Travel { seconds, metres, basis: TravelBasis::Road };
                let turn = |turn: crate::roads::route::Turn| TurnView {
                    kind: turn.kind,
                    exit: turn.exit,
                    road: Some(turn.road).filter(|road| !road.is_empty()),
                    metres: turn.metres,
                    lat: brief(turn.at.lat()),
                    lon: brief(turn.at.lon()),
                };
                let line = route.line.iter().map(at).collect();
                (travel, line, route.turns.into_iter().map(turn).collect())
            }
            None => (self.straight, vec![at(&self.start.position), at(&self.goal)], Vec::new()),
        };
        RouteView {
            unit: self.unit,
            to: self.to,
            line: LineView { kind: "LineString", coordinates: line },
            metres: travel.metres,
            seconds: travel.seconds,
            basis: travel.basis,
            turns,
            geo,
        }
    }
}
