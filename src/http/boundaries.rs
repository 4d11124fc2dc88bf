//! The outlines of villages and districts for the maps.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Shared;

/// The outlines as TopoJSON with the objects `villages` and `districts`; each carries its code and name.
///
/// Simplified for maps. Empty (204) while no boundaries are imported.
#[utoipa::path(get, path = "/api/v1/boundaries", tag = "places",
    responses((status = 200, body = serde_json::Value), (status = 204), (status = 304)))]
pub async fn outlines(State(shared): State<Shared>, asked: HeaderMap) -> Response {
    let Some(known) = shared.boundaries.borrow().clone() else {
        return StatusCode::NO_CONTENT.into_response();
    };
    // Weak: it may come compressed.
    let tag = format!("W/\"{}\"", known.drawn.version);
    let theirs = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if theirs == Some(tag.as_str()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        known.drawn.json.clone().into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}
