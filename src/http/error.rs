//! The single table from a refusal or failure to a status and a sentence (RFC 9457).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::desk;
use crate::dispatch::command::Refusal;
use crate::store;
use crate::tracks::error_chain;
use crate::wording::{self, Lang};

/// What went wrong, for a person and for a program.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub title: &'static str,
    pub status: u16,
    /// A stable word for programs.
    pub code: &'static str,
    /// What happened and what to do, in the language of the request.
    pub detail: String,
    /// With `unit_busy`: who has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
}

impl Problem {
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: String) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail,
            unit: None,
            case_number: None,
            incident: None,
        }
    }

    /// The request itself is wrong: names the field and says what is taken.
    #[must_use]
    pub fn bad_request(detail: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    #[must_use]
    pub fn not_found(lang: Lang) -> Self {
        let detail = lang.pick("Tidak ditemukan.", "Not found.");
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    #[must_use]
    pub fn of_refusal(refusal: &Refusal, lang: Lang) -> Self {
        let status = match refusal {
            Refusal::UnknownIncident(_)
            | Refusal::UnknownAssignment(_)
            | Refusal::UnknownUnit(_)
            | Refusal::UnknownFacility(_)
            | Refusal::UnknownAlarm(_)
            | Refusal::UnknownAid(_)
            | Refusal::UnknownNeighbour(_) => StatusCode::NOT_FOUND,
            Refusal::NotYours { .. } => StatusCode::FORBIDDEN,
            Refusal::CallInFuture
            | Refusal::CallTooOld
            | Refusal::ReasonMissing
            | Refusal::UnknownQuestion(_)
            | Refusal::DowngradeUnexplained
            | Refusal::MergedIntoItself
            | Refusal::StepInFuture
            | Refusal::StepBeforeOrder
            | Refusal::TooManyNeeds => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::IncidentEnded { .. }
            | Refusal::PlaceUnknown { .. }
            | Refusal::UnitBusy { .. }
            | Refusal::UnitOffDuty { .. }
            | Refusal::AssignmentEnded { .. }
            | Refusal::StepBack { .. }
            | Refusal::AlreadyArrived { .. }
            | Refusal::UnitAtWork { .. }
            | Refusal::IdUsed(_)
            | Refusal::Merged { .. }
            | Refusal::NotMerged { .. }
            | Refusal::DrillAndReal
            | Refusal::StillOpen { .. }
            | Refusal::MarkOutOfPlace { .. }
            | Refusal::OfferAnswered { .. }
            | Refusal::TooLateToDivert { .. }
            | Refusal::NotMoreUrgent { .. }
            | Refusal::PastTarget { .. }
            | Refusal::NothingToDivert { .. }
            | Refusal::FacilityClosed(_)
            | Refusal::NothingToUndo
            | Refusal::UndoTooLate { .. }
            | Refusal::UndoEnded
            | Refusal::StepNotTaken { .. }
            | Refusal::AidOver { .. }
            | Refusal::AidArrived { .. } => StatusCode::CONFLICT,
        };
        let mut problem = Self::new(status, refusal.code(), wording::refusal(refusal, lang));
        if let Refusal::UnitBusy { unit, case_number, incident } = refusal {
            problem.unit = Some(unit.to_string());
            problem.case_number = Some(case_number.clone());
            problem.incident = Some(incident.to_string());
        }
        problem
    }

    #[must_use]
    pub fn of_desk(error: &desk::Error, lang: Lang) -> Self {
        match error {
            desk::Error::Refused(refusal) => Self::of_refusal(refusal, lang),
            desk::Error::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                lang.pick(
                    "Server sedang penuh. Coba lagi sebentar.",
                    "The server is overloaded. Try again in a moment.",
                ),
            ),
            desk::Error::Store(_) => Self::storage(lang),
            desk::Error::Stopped => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "stopping",
                lang.pick("Server sedang berhenti.", "The server is stopping."),
            ),
            desk::Error::Bug => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "fault",
                lang.pick(
                    "Terjadi kesalahan program; tidak ada yang berubah. Laporkan kepada pengelola.",
                    "The program met a fault; nothing was changed. Tell the administrator.",
                ),
            ),
        }
    }

    /// Logs a storage failure once and says what it means to the person who asked.
    #[must_use]
    pub fn of_store(error: &store::Error, lang: Lang) -> Self {
        if let store::Error::Exists { what, name } = error {
            let detail = format!("{what} '{name}' exists already");
            return Self::new(StatusCode::CONFLICT, "exists", detail);
        }
        tracing::error!(error = error_chain(error), "a request failed in the store");
        Self::storage(lang)
    }

    fn storage(lang: Lang) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "storage",
            lang.pick(
                "Penyimpanan gagal; tidak ada yang berubah. Catat di kertas dan hubungi pengelola.",
                "Storage failed; nothing was changed. Write it on paper and call the administrator.",
            ),
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}
