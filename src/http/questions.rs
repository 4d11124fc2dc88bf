//! The questions to a caller and the cards with first aid to read out.

use std::sync::LazyLock;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::Shared;
use crate::dispatch::triage::QuestionSet;
use crate::guidance::Guidance;

#[derive(Serialize)]
pub struct Questions {
    questions: QuestionSet,
    guidance: Guidance,
}

/// The question set in force, with its rules, and the guidance cards. Both say whether a doctor has approved them.
#[utoipa::path(get, path = "/api/v1/questions", tag = "calls",
    responses((status = 200, description = "question set and guidance cards, as the content files have them")))]
pub async fn all(State(shared): State<Shared>) -> Json<Questions> {
    static GUIDANCE: LazyLock<Guidance> = LazyLock::new(Guidance::shipped);
    let questions = shared.desk.room.policy().questions.as_ref().clone();
    Json(Questions { questions, guidance: GUIDANCE.clone() })
}
