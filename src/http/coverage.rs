//! Which villages nobody could reach within the target right now.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::error::Problem;
use super::gate::Speaks;
use crate::desk::{self, Papers};
use crate::dispatch::Dispatch;
use crate::dispatch::advice::Move;
use crate::dispatch::coverage::{Coverage, reached};
use crate::dispatch::event::{Priority, TravelBasis};
use crate::ids::UnitId;
use crate::place::Position;
use crate::roads::search::Start;
use crate::view::VillageView;

#[derive(Serialize, ToSchema)]
pub struct CoverageView {
    /// From the order to a unit at the village's centre, in seconds: the local target of P1.
    within_s: u32,
    /// Units that could be ordered out and are not doubtful.
    units: usize,
    /// What the travel times rest on.
    basis: TravelBasis,
    villages: usize,
    /// Share of the villages that at least one of them reaches; each village counts the same.
    covered_share: Option<f64>,
    uncovered: Vec<VillageView>,
    /// Where free units would stand by better than at their own posts; empty unless the area asks for it.
    move_up: Vec<MoveView>,
}

#[derive(Serialize, ToSchema)]
pub struct MoveView {
    #[schema(value_type = String)]
    unit: UnitId,
    /// The unit whose post it is, which nobody holds now.
    #[schema(value_type = String)]
    post_of: UnitId,
    /// Where it belongs.
    from: Option<VillageView>,
    to: Option<VillageView>,
    /// Villages that nobody could reach in time otherwise.
    gain_villages: usize,
}

/// Which villages no free unit could reach within the target of P1 now. Travel times are estimates.
#[utoipa::path(get, path = "/api/v1/coverage", tag = "units",
    responses((status = 200, body = CoverageView)))]
pub async fn now(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
) -> Result<Json<CoverageView>, Problem> {
    let now = shared.desk.now();
    let seen = move |dispatch: &Dispatch, papers: &Papers| {
        let village_of = |unit: &UnitId| {
            let index = dispatch.fleet().get(unit)?.card.index;
            papers.room.village(&papers.room.unit(index)?.village)
        };
        let view = |advice: Move| MoveView {
            from: village_of(&advice.unit),
            to: village_of(&advice.post_of),
            unit: advice.unit,
            post_of: advice.post_of,
            gain_villages: advice.villages,
        };
        let moves: Vec<MoveView> = dispatch.moves(now).into_iter().map(view).collect();
        (dispatch.free_journeys(now), moves)
    };
    let (journeys, move_up) =
        shared.desk.look(seen).await.map_err(|error| Problem::of_desk(&error, lang))?;
    let room = &shared.desk.room;
    let villages = &room.regency.villages;
    let policy = room.policy();
    let within_s = u32::try_from(policy.target_s(Priority::P1)).unwrap_or(u32::MAX);
    let places: Vec<Position> = villages.iter().map(|village| village.position).collect();
    let roads = shared.roads();
    let units = journeys.len();
    let basis = if roads.is_some() { TravelBasis::Road } else { TravelBasis::StraightLine };
    // A search over all that is within reach takes a moment.
    let covering = tokio::task::spawn_blocking(move || {
        let mut coverage = Coverage::new(places.iter().map(|_| 1.0));
        match roads {
            Some(roads) => {
                let starts: Vec<Start> = journeys.iter().map(|j| j.by_road()).collect();
                let first = roads.first_there(&starts, &places, within_s.saturating_mul(1_000));
                let there = first.iter().enumerate().filter(|(_, first)| first.is_some());
                coverage.add(&there.map(|(village, _)| village).collect::<Vec<_>>());
            }
            None => {
                for journey in &journeys {
                    let seconds = places.iter().map(|place| journey.seconds_to(*place, &policy));
                    coverage.add(&reached(seconds, within_s));
                }
            }
        }
        coverage
    });
    let coverage = covering.await.map_err(|error| {
        tracing::error!(%error, "coverage ended early");
        Problem::of_desk(&desk::Error::Bug, lang)
    })?;
    let uncovered = coverage.uncovered().filter_map(|node| {
        let village = villages.get(node)?;
        room.village(&village.code)
    });
    Ok(Json(CoverageView {
        within_s,
        units,
        basis,
        villages: villages.len(),
        covered_share: coverage.covered_share(),
        uncovered: uncovered.collect(),
        move_up,
    }))
}
