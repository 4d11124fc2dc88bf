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
use crate::clock::Timestamp;
use crate::desk::Papers;
use crate::dispatch::Dispatch;
use crate::dispatch::arrival::GoalKind;
use crate::dispatch::assignment::Assignment;
use crate::dispatch::command::Refusal;
use crate::dispatch::event::TravelBasis;
use crate::dispatch::travel::{self, Travel};
use crate::ids::{AssignmentId, UnitId};
use crate::place::Position;
use crate::roads::route::{Manoeuvre, Route};
use crate::roads::search::Start;
use crate::sessions::Person;
use crate::wording::Lang;

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
    /// By how much observed trips correct the time by road.
    permille: u32,
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
        Ok(start.and_then(|start| journey(dispatch, papers, now, assignment, start)))
    });
    let looked = looked.await.map_err(|error| Problem::of_desk(&error, lang))?;
    let journey = looked.map_err(|refusal| Problem::of_refusal(&refusal, lang))?;
    let journey = journey.ok_or_else(|| going_nowhere(lang))?;
    let roads = shared.roads();
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
    now: Timestamp,
    assignment: &Assignment,
    start: Start,
) -> Option<Journey> {
    let (kind, goal) = dispatch.goal(assignment)?;
    let name = name_of(dispatch, papers, assignment, kind)?;
    let to = GoalView { kind, name, lat: goal.lat(), lon: goal.lon() };
    let straight = travel::estimate(start.position, goal, dispatch.policy());
    let permille = dispatch.permille(now, goal);
    Some(Journey { unit: assignment.unit.clone(), start, goal, to, straight, permille })
}

/// What people call it.
fn name_of(
    dispatch: &Dispatch,
    papers: &Papers,
    assignment: &Assignment,
    kind: GoalKind,
) -> Option<String> {
    let facility = match kind {
        GoalKind::Incident => {
            let incident = dispatch.board().leading(assignment.incident)?;
            return Some(incident.case_number.clone());
        }
        GoalKind::PickUp => assignment.pick_up.as_ref(),
        GoalKind::Destination => assignment.facility.as_ref(),
    };
    Some(papers.room.facility_view(facility?)?.name)
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
                let travel = Travel::by_road(route.way, self.permille);
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
