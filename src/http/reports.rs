//! Response-time figures. Reads the store, never the desk: a slow report cannot delay a dispatch.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Shared;
use super::error::Problem;
use super::gate::Speaks;
use super::places::Asked;
use crate::clock::Timestamp;
use crate::report::{self, Report};
use crate::wording::Lang;

/// Incidents in one report: more than a year of the busiest regency.
const INCIDENTS_MAX: u32 = 50_000;
/// Without `from`: the last 30 days.
const PERIOD_DEFAULT_MS: i64 = 30 * 24 * 60 * 60 * 1000;
const PERIOD_MAX_MS: i64 = 400 * 24 * 60 * 60 * 1000;

#[derive(Deserialize, IntoParams)]
pub struct Asking {
    /// First T0 that counts.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// First T0 that no longer counts.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    /// `priority`, `category`, `district`, `village`, `unit` or `hour`.
    by: Option<String>,
}

/// Response times of a period.
#[utoipa::path(get, path = "/api/v1/reports/response-times", tag = "reports", params(Asking),
    responses((status = 200, body = serde_json::Value), (status = 400, body = Problem)))]
pub async fn response_times(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Asked(asking): Asked<Asking>,
) -> Result<Json<Report>, Problem> {
    report(&shared, asking, lang).await.map(Json)
}

/// The rows of the report as CSV.
#[utoipa::path(get, path = "/api/v1/reports/response-times.csv", tag = "reports", params(Asking),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 400, body = Problem)))]
pub async fn response_times_csv(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Asked(asking): Asked<Asking>,
) -> Result<Response, Problem> {
    let report = report(&shared, asking, lang).await?;
    let mut response = report::to_csv(&report).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let name = HeaderValue::from_static("attachment; filename=\"waktu-tanggap.csv\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

async fn report(shared: &Shared, asking: Asking, lang: Lang) -> Result<Report, Problem> {
    let now = shared.desk.now();
    let to = asking.to.unwrap_or(now);
    let from = asking.from.unwrap_or_else(|| to.plus_ms(-PERIOD_DEFAULT_MS));
    if from >= to || to.ms_since(from) > PERIOD_MAX_MS {
        let detail =
            format!("from {from} to {to}: a period is more than nothing and at most 400 days");
        return Err(Problem::bad_request(detail));
    }
    let by = match asking.by.as_deref() {
        None => report::By::Priority,
        Some(by) => report::By::parse(by).ok_or_else(|| {
            let shown: String = by.chars().take(40).collect();
            Problem::bad_request(format!(
                "by '{shown}': use priority, category, district, village, unit or hour"
            ))
        })?,
    };
    let room = &shared.desk.room;
    let incidents = shared.store.report_incidents(&room.area.id, from, to, INCIDENTS_MAX).await;
    let incidents = incidents.map_err(|error| Problem::of_store(&error, lang))?;
    let options = report::Options { from, to, now, by, targets: report::Targets::default() };
    Ok(Report::compute(&incidents, &room.regency, &options))
}
