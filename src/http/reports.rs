//! Response times, refusals and duty of a period. Reads the store, never the desk: a report delays no dispatch.

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
use crate::report::{self, AreaLine, Duty, Refusals, Report};
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
    let name = HeaderValue::from_static("attachment; filename=\"waktu-tanggap.csv\"");
    Ok(csv(report::to_csv(&report), name))
}

#[derive(Deserialize, IntoParams)]
pub struct Period {
    /// Where the period begins; 30 days before its end when missing.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Where it ends, itself no longer part of it; now when missing.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
}

/// Orders that units refused or never answered and those that were taken back, with the totals of each unit.
#[utoipa::path(get, path = "/api/v1/reports/refusals", tag = "reports", params(Period),
    responses((status = 200, body = serde_json::Value), (status = 400, body = Problem)))]
pub async fn refusals(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Asked(period): Asked<Period>,
) -> Result<Json<Refusals>, Problem> {
    refusals_of(&shared, period, lang).await.map(Json)
}

/// The same orders as CSV.
#[utoipa::path(get, path = "/api/v1/reports/refusals.csv", tag = "reports", params(Period),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 400, body = Problem)))]
pub async fn refusals_csv(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Asked(period): Asked<Period>,
) -> Result<Response, Problem> {
    let refusals = refusals_of(&shared, period, lang).await?;
    let name = HeaderValue::from_static("attachment; filename=\"penolakan-pembatalan.csv\"");
    Ok(csv(refusals.to_csv(), name))
}

/// Units off duty, from when to when and why.
#[utoipa::path(get, path = "/api/v1/reports/duty", tag = "reports", params(Period),
    responses((status = 200, body = serde_json::Value), (status = 400, body = Problem)))]
pub async fn duty(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Asked(period): Asked<Period>,
) -> Result<Json<Duty>, Problem> {
    duty_of(&shared, period, lang).await.map(Json)
}

/// The same as CSV.
#[utoipa::path(get, path = "/api/v1/reports/duty.csv", tag = "reports", params(Period),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 400, body = Problem)))]
pub async fn duty_csv(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Asked(period): Asked<Period>,
) -> Result<Response, Problem> {
    let duty = duty_of(&shared, period, lang).await?;
    let name = HeaderValue::from_static("attachment; filename=\"ambulans-tidak-siap.csv\"");
    Ok(csv(duty.to_csv(), name))
}

fn csv(text: String, name: HeaderValue) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CONTENT_DISPOSITION, name);
    response
}

async fn refusals_of(shared: &Shared, period: Period, lang: Lang) -> Result<Refusals, Problem> {
    let now = shared.desk.now();
    let (from, to) = checked(period.from, period.to, now, lang)?;
    let room = &shared.desk.room;
    let offers = shared.store.report_offers(&room.area.id, from, to).await;
    let offers = offers.map_err(|error| Problem::of_store(&error, lang))?;
    Ok(Refusals::compute(&offers, AreaLine::of(&room.regency), (from, to), now))
}

async fn duty_of(shared: &Shared, period: Period, lang: Lang) -> Result<Duty, Problem> {
    let now = shared.desk.now();
    let (from, to) = checked(period.from, period.to, now, lang)?;
    let room = &shared.desk.room;
    let changes = shared.store.report_duty(&room.area.id, from, to).await;
    let changes = changes.map_err(|error| Problem::of_store(&error, lang))?;
    Ok(Duty::compute(&changes, AreaLine::of(&room.regency), (from, to), now))
}

/// The period that is asked for, or why it is none.
pub(super) fn checked(
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    now: Timestamp,
    lang: Lang,
) -> Result<(Timestamp, Timestamp), Problem> {
    let to = to.unwrap_or(now);
    let from = from.unwrap_or_else(|| to.plus_ms(-PERIOD_DEFAULT_MS));
    if from >= to || to.ms_since(from) > PERIOD_MAX_MS {
        let detail = match lang {
            Lang::Id => format!(
                "from {from} sampai to {to}: masa laporan lebih dari nol dan paling lama 400 hari"
            ),
            Lang::En => {
                format!("from {from} to {to}: a period is more than nothing and at most 400 days")
            }
        };
        return Err(Problem::bad_request(detail));
    }
    Ok((from, to))
}

async fn report(shared: &Shared, asking: Asking, lang: Lang) -> Result<Report, Problem> {
    let now = shared.desk.now();
    let (from, to) = checked(asking.from, asking.to, now, lang)?;
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
    let options =
        report::Options { from, to, now, by, targets: report::Targets::of(&room.policy()) };
    Ok(Report::compute(&incidents, &room.regency, &options))
}
