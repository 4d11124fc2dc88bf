//! The browser's pages, embedded at build time and served compressed as the build made them.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::error::Problem;
use super::gate::Speaks;

#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Built;

/// Encodings that the build made beside each text, best first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The operators' console.
pub async fn console(headers: HeaderMap) -> Response {
    page("index.html", &headers)
}

/// The officials' page.
pub async fn report(headers: HeaderMap) -> Response {
    page("laporan.html", &headers)
}

/// The page of devices: how each reports, and enrolling them.
pub async fn devices(headers: HeaderMap) -> Response {
    page("perangkat.html", &headers)
}

/// The page on which somebody at a phone uses a one-time code.
pub async fn install(headers: HeaderMap) -> Response {
    page("pasang.html", &headers)
}

/// The page of a link: a caller gives a position at `/l`, a family sees its ambulance at `/i`. Nothing of it is kept or
/// passed on.
pub async fn link(headers: HeaderMap) -> Response {
    let mut response = page("tautan.html", &headers);
    let to_nobody = HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(header::REFERRER_POLICY, to_nobody);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A script, style or picture; its name carries its content, so it may be kept for ever.
pub async fn asset(Path(path): Path<String>, Speaks(lang): Speaks, headers: HeaderMap) -> Response {
    match file(&format!("assets/{path}"), &headers) {
        Some(mut response) => {
            let value = HeaderValue::from_static("public, max-age=31536000, immutable");
            response.headers_mut().insert(header::CACHE_CONTROL, value);
            response
        }
        None => Problem::not_found(lang).into_response(),
    }
}

/// The answer to every path that nobody knows.
pub async fn not_found(Speaks(lang): Speaks) -> Problem {
    Problem::not_found(lang)
}

fn page(name: &str, headers: &HeaderMap) -> Response {
    let Some(mut response) = file(name, headers) else {
        let detail = "this program was built without its pages".to_owned();
        return Problem::new(StatusCode::NOT_FOUND, "no_pages", detail).into_response();
    };
    let value = HeaderValue::from_static("no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}

fn file(name: &str, asked: &HeaderMap) -> Option<Response> {
    let plain = Built::get(name)?;
    let tag: String = plain.metadata.sha256_hash().iter().map(|b| format!("{b:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let text = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(header::IF_NONE_MATCH) == Some(tag.as_str()) {
        return Some(StatusCode::NOT_MODIFIED.into_response());
    }
    let (encoding, content) = encoded(name, text(header::ACCEPT_ENCODING).unwrap_or_default())
        .map_or((None, plain), |(encoding, file)| (Some(encoding), file));
    let mut response = content.data.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind_of(name)));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

fn encoded(name: &str, accepted: &str) -> Option<(&'static str, EmbeddedFile)> {
    let mut made = ENCODINGS.into_iter().filter_map(|(encoding, ending)| {
        let wanted =
            accepted.split(',').any(|part| part.trim().split(';').next() == Some(encoding));
        let file = wanted.then(|| Built::get(&format!("{name}{ending}"))).flatten()?;
        Some((encoding, file))
    });
    made.next()
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
