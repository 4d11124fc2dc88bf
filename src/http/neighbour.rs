//! What neighbouring servers ask and say: their secret is checked at the gate.

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use super::error::Problem;
use super::gate::{FromNeighbour, Speaks};
use super::places::Body;
use crate::desk::Request;
use crate::dispatch::aid::AidCommand;
use crate::dispatch::event::{Need, TravelBasis};
use crate::ids::AidId;
use crate::neighbour::{AidMessage, AnswerMessage, by_neighbour};
use crate::place::Position;
use crate::private::Private;
use crate::wording::Lang;

/// Units that a neighbour is told of.
const CANDIDATES_MAX: usize = 5;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    lat: f64,
    lon: f64,
    #[serde(default)]
    needs: Vec<Need>,
}

#[derive(Serialize, ToSchema)]
pub struct NeighbourCandidate {
    unit: String,
    name: String,
    eta_s: u32,
    distance_m: u32,
    basis: TravelBasis,
    fix_age_s: Option<i64>,
    capabilities: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct NeighbourCandidates {
    candidates: Vec<NeighbourCandidate>,
}

#[derive(Serialize, ToSchema)]
pub struct Understood {
    understood: bool,
}

/// A neighbour asks which units could be at a place first.
#[utoipa::path(post, path = "/api/v1/neighbour/candidates", tag = "neighbour", request_body = Question,
    responses((status = 200, body = NeighbourCandidates), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub async fn candidates(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Body(question): Body<Question>,
) -> Result<Json<NeighbourCandidates>, Problem> {
    let place = Position::new(question.lat, question.lon).map_err(Problem::bad_request)?;
    let (now, needs) = (shared.desk.now(), question.needs);
    let candidates = shared.desk.look(move |dispatch, papers| {
        let fits = |unit: &crate::ids::UnitId| {
            needs.is_empty() || needs.iter().any(|need| dispatch.can(unit, &need.capability))
        };
        let ranking = dispatch.rank(now, place, None);
        let best = ranking.candidates.into_iter().filter(|c| fits(&c.unit)).take(CANDIDATES_MAX);
        let view = best.map(|candidate| {
            let card = dispatch.fleet().get(&candidate.unit).map(|tracked| &tracked.card);
            let roster = card.and_then(|card| papers.room.unit(card.index));
            NeighbourCandidate {
                unit: candidate.unit.to_string(),
                name: roster.map(|unit| unit.name.clone()).unwrap_or_default(),
                eta_s: candidate.eta_s,
                distance_m: candidate.distance_m,
                basis: candidate.basis,
                fix_age_s: candidate.fix_age_s,
                capabilities: roster.map(|unit| unit.capabilities.clone()).unwrap_or_default(),
            }
        });
        view.collect()
    });
    let candidates = candidates.await.map_err(|error| Problem::of_desk(&error, lang))?;
    Ok(Json(NeighbourCandidates { candidates }))
}

/// A neighbour asks for a unit, or asks no more. Said again, it is the same.
#[utoipa::path(post, path = "/api/v1/neighbour/aid", tag = "neighbour", request_body = Object,
    responses((status = 200, body = Understood), (status = 400, body = Problem),
        (status = 401, body = Problem),
        (status = 409, body = Problem)))]
pub async fn receive(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Extension(FromNeighbour(area)): Extension<FromNeighbour>,
    Body(message): Body<AidMessage>,
) -> Result<Json<Understood>, Problem> {
    let AidMessage { id, mut request, withdrawn, complaint, landmark, phone } = message;
    request.check().map_err(Problem::bad_request)?;
    request.area = area.clone();
    let private = Private { caller_phone: phone, complaint, landmark, ..Private::default() };
    let command = AidCommand::Receive { aid: AidId::from_uuid(id), request, withdrawn };
    let request = Request { private: Some(private.tidied()), ..by_neighbour(&area, command) };
    understood(&shared, request, lang).await
}

/// A neighbour answers: confirmed, refused, or how its unit gets on. Said again, it is the same.
#[utoipa::path(post, path = "/api/v1/neighbour/answers", tag = "neighbour", request_body = Object,
    responses((status = 200, body = Understood), (status = 400, body = Problem),
        (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub async fn hear(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Extension(FromNeighbour(area)): Extension<FromNeighbour>,
    Body(AnswerMessage { id, answer }): Body<AnswerMessage>,
) -> Result<Json<Understood>, Problem> {
    let command = AidCommand::Hear { aid: AidId::from_uuid(id), area: area.clone(), answer };
    understood(&shared, by_neighbour(&area, command), lang).await
}

async fn understood(
    shared: &Shared,
    request: Request,
    lang: Lang,
) -> Result<Json<Understood>, Problem> {
    shared.desk.carry(request).await.map_err(|error| Problem::of_desk(&error, lang))?;
    Ok(Json(Understood { understood: true }))
}
