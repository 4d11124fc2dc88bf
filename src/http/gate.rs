//! The gate before every route: who is asking, may they, and does the request come from our own pages.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::Shared;
use super::error::Problem;
use super::roles::{self, Access};
use crate::desk::Actor;
use crate::ids::{AreaId, CommandId};
use crate::neighbour::AREA_HEADER;
use crate::sessions::{self, Person};
use crate::wording::Lang;

/// Most characters of an `Idempotency-Key`.
const KEY_CHARS_MAX: usize = 128;

/// The language of a request.
#[derive(Clone, Copy, Debug)]
pub struct Speaks(pub Lang);

impl<S: Sync> FromRequestParts<S> for Speaks {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(lang_of(&parts.headers)))
    }
}

impl<S: Sync> FromRequestParts<S> for Person {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let lang = lang_of(&parts.headers);
        parts.extensions.get::<Person>().cloned().ok_or_else(|| not_signed_in(lang))
    }
}

/// The request's own name, so that saying it twice is harmless: from `Idempotency-Key`, else from a client-made id.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(Option<String>);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let key = value.to_str().ok().filter(|key| {
            !key.is_empty()
                && key.len() <= KEY_CHARS_MAX
                && key.bytes().all(|b| b.is_ascii_graphic())
        });
        let key = key.ok_or_else(|| {
            let detail = format!("Idempotency-Key: 1 to {KEY_CHARS_MAX} visible ASCII characters");
            Problem::bad_request(detail)
        })?;
        Ok(Self(Some(format!("{} {}", parts.uri.path(), key))))
    }
}

impl IdempotencyKey {
    /// The command's id for this person and route.
    #[must_use]
    pub fn command(&self, person: &Person, made_by_client: Option<Uuid>) -> CommandId {
        let named = |text: &str| Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes());
        let id = match (&self.0, made_by_client) {
            (Some(key), _) => named(&format!("{} {key}", person.name)),
            (None, Some(id)) => named(&format!("id {id}")),
            (None, None) => Uuid::now_v7(),
        };
        CommandId::from_uuid(id)
    }
}

/// How the log names a person.
#[must_use]
pub fn actor(person: &Person) -> Actor {
    let source = if person.role == crate::store::Role::Crew { "crew" } else { "operator" };
    Actor(format!("{source}:{}", person.name))
}

pub fn lang_of(headers: &HeaderMap) -> Lang {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    header.map(Lang::of_header).unwrap_or_default()
}

/// The session's token that came with a request.
#[must_use]
pub fn token_of(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    sessions::token_in(cookies)
}

/// Lets a request through, or says why not.
pub async fn check(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let lang = lang_of(request.headers());
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let access = path.as_deref().and_then(|path| roles::access(request.method(), path));
    let Some(access) = access else {
        return Problem::not_found(lang).into_response();
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads && !is_from_our_pages(request.headers()) {
        let detail = lang.pick(
            "Permintaan ini datang dari halaman lain.",
            "This request comes from another site.",
        );
        return Problem::new(StatusCode::FORBIDDEN, "foreign_origin", detail).into_response();
    }
    if access == Access::Anyone {
        return next.run(request).await;
    }
    if access == Access::Neighbour
        && let Some(area) = neighbour_of(&shared, request.headers())
    {
        request.extensions_mut().insert(FromNeighbour(area));
        return next.run(request).await;
    }
    let token = token_of(request.headers()).map(str::to_owned);
    let person = match token {
        Some(token) => match shared.sessions.person(&token).await {
            Ok(person) => person,
            Err(error) => return Problem::of_store(&error, lang).into_response(),
        },
        None => None,
    };
    let Some(person) = person else { return not_signed_in(lang).into_response() };
    if !access.admits(person.role) {
        let detail =
            lang.pick("Peran Anda tidak boleh melakukan ini.", "Your role may not do this.");
        return Problem::new(StatusCode::FORBIDDEN, "forbidden", detail).into_response();
    }
    request.extensions_mut().insert(person);
    next.run(request).await
}

/// The neighbouring area whose server asks.
#[derive(Clone, Debug)]
pub struct FromNeighbour(pub AreaId);

fn neighbour_of(shared: &Shared, headers: &HeaderMap) -> Option<AreaId> {
    let area = headers.get(AREA_HEADER)?.to_str().ok()?;
    let bearer = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    shared.neighbours.recognise(area, bearer.strip_prefix("Bearer ")?)
}

fn is_from_our_pages(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    sessions::is_same_origin(text(header::ORIGIN), text(header::HOST))
}

fn not_signed_in(lang: Lang) -> Problem {
    let detail = lang.pick("Silakan masuk dahulu.", "Sign in first.");
    Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", detail)
}

/// Says in our own form what the router refuses in its own: an address whose id cannot be read.
pub async fn problems(request: Request, next: Next) -> Response {
    let lang = lang_of(request.headers());
    let response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let plain = kind.is_some_and(|kind| kind.starts_with("text/plain"));
    if response.status() != StatusCode::BAD_REQUEST || !plain {
        return response;
    }
    let detail = lang.pick(
        "Alamat permintaan ini tidak dapat dibaca: periksa id di dalamnya.",
        "The address of this request cannot be read: check the id in it.",
    );
    Problem::bad_request(detail).into_response()
}

/// Headers that every answer carries.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let fixed = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; connect-src 'self'; img-src 'self' data: blob:; \
             style-src 'self' 'unsafe-inline'; worker-src 'self'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let unless_said =
        [(header::REFERRER_POLICY, "same-origin"), (header::CACHE_CONTROL, "no-store")];
    for (name, value) in unless_said {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
