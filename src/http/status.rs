//! How the program is, for the person who looks after it and for machines that watch it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;

#[derive(Serialize, ToSchema)]
pub struct HealthView {
    /// `ok` or `degraded`.
    status: &'static str,
    version: &'static str,
    /// What is wrong, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
    device_connections: u64,
    /// Messages over a broker that were put aside since the start; `siaga device quarantine` lists them.
    quarantined: u64,
    /// Connections that took the place of another of the same device, since the start.
    takeovers: u64,
    /// Devices whose connections take each other over again and again now; the alarms name them.
    flapping_devices: u64,
    viewers: usize,
}

/// Whether everything works: 200, or 503 with what does not.
#[utoipa::path(get, path = "/health", tag = "status",
    responses((status = 200, body = HealthView), (status = 503, body = HealthView)))]
pub async fn health(State(shared): State<Shared>) -> (StatusCode, Json<HealthView>) {
    let trouble = shared.health.trouble();
    let (status, word) = match trouble {
        None => (StatusCode::OK, "ok"),
        Some(_) => (StatusCode::SERVICE_UNAVAILABLE, "degraded"),
    };
    let view = HealthView {
        status: word,
        version: env!("CARGO_PKG_VERSION"),
        trouble,
        quarantined: shared.health.quarantined(),
        device_connections: shared.health.connections(),
        takeovers: shared.health.takeovers(),
        flapping_devices: shared.health.flapping(),
        viewers: shared.desk.hub.viewers(),
    };
    (status, Json(view))
}

/// Counters in the format that Prometheus reads.
#[utoipa::path(get, path = "/metrics", tag = "status",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn metrics(State(shared): State<Shared>) -> Response {
    let mut response = shared.health.metrics(shared.desk.hub.viewers()).into_response();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
