//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use super::error::Problem;
use super::gate::{Speaks, token_of};
use super::places::Body;
use crate::sessions::{self, COOKIE, Person, SESSION_MS};
use crate::store::Role;

#[derive(Deserialize, ToSchema)]
pub struct SignIn {
    name: String,
    password: String,
}

#[derive(Serialize, ToSchema)]
pub struct Me {
    name: String,
    role: Role,
    /// Kemendagri codes of the areas that this person may see.
    areas: Vec<String>,
    /// For crew: their unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
}

fn me(person: Person) -> Json<Me> {
    Json(Me {
        name: person.name,
        role: person.role,
        areas: vec![person.area.to_string()],
        unit: person.unit.map(|unit| unit.to_string()),
    })
}

/// Sign in; the answer sets the session's cookie.
#[utoipa::path(
    post, path = "/api/v1/session", request_body = SignIn, tag = "session",
    responses((status = 200, body = Me), (status = 401, body = Problem))
)]
pub async fn sign_in(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Body(body): Body<SignIn>,
) -> Result<Response, Problem> {
    let signed_in = shared.sessions.sign_in(&body.name, &body.password).await;
    let (person, token) = signed_in.map_err(|error| match error {
        sessions::Error::WrongCredentials => {
            let detail = lang.pick("Nama atau kata sandi salah.", "Wrong name or password.");
            Problem::new(StatusCode::UNAUTHORIZED, "wrong_credentials", detail)
        }
        sessions::Error::Busy => {
            let detail = lang.pick(
                "Terlalu banyak yang masuk bersamaan. Coba lagi sebentar.",
                "Too many sign-ins at once. Try again in a moment.",
            );
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "busy", detail)
        }
        sessions::Error::Store(error) => Problem::of_store(&error, lang),
    })?;
    let seconds = SESSION_MS / 1000;
    let cookie = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}");
    Ok(with_cookie(me(person).into_response(), &cookie))
}

/// Who is signed in.
#[utoipa::path(
    get, path = "/api/v1/session", tag = "session",
    responses((status = 200, body = Me), (status = 401, body = Problem))
)]
pub async fn who(person: Person) -> Json<Me> {
    me(person)
}

/// Sign out: the session ends everywhere at once.
#[utoipa::path(
    delete, path = "/api/v1/session", tag = "session",
    responses((status = 204), (status = 401, body = Problem))
)]
pub async fn sign_out(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(token) = token_of(&headers) {
        let ended = shared.sessions.sign_out(token).await;
        ended.map_err(|error| Problem::of_store(&error, lang))?;
    }
    let cookie = format!("{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    Ok(with_cookie(StatusCode::NO_CONTENT.into_response(), &cookie))
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}
