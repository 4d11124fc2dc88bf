//! Enrolling devices: name and secret shown once, new secrets, one-time codes, and the end of a device's right.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use qrcode::QrCode;
use qrcode::render::{svg, unicode};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::Shared;
use super::error::Problem;
use super::gate::Speaks;
use super::places::Body;
use crate::clock::Timestamp;
use crate::config::PublicDoor;
use crate::device::enrolment::{self, Wish};
use crate::device::pace::Pace;
use crate::dispatch::command::Refusal;
use crate::ids::UnitId;
use crate::secret;
use crate::sessions::Person;
use crate::store::{Device, DeviceKind};
use crate::wording::Lang;

/// How often one-time codes may be tried, over the whole server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Guesses(Arc<Mutex<Pace>>);

impl Default for Guesses {
    fn default() -> Self {
        let pace = Pace::new(enrolment::GUESSES_MAX, enrolment::GUESSES_PER_SECOND);
        Self(Arc::new(Mutex::new(pace)))
    }
}

impl Guesses {
    #[expect(clippy::disallowed_methods, reason = "a shell that waits")]
    fn take(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now())
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolInput {
    #[schema(value_type = String)]
    unit: UnitId,
    kind: DeviceKind,
    /// The app encrypts its payloads; OwnTracks only.
    #[serde(default)]
    encrypted: bool,
    /// Of a device behind a gateway: its telephone number (`sms`), its uniqueId (`forwarded`).
    address: Option<String>,
}

/// What somebody needs to set a device up. The secret is shown this once; only its hash is kept.
#[derive(Serialize, ToSchema)]
pub struct Enrolled {
    #[schema(value_type = String)]
    unit: UnitId,
    kind: DeviceKind,
    client_id: String,
    username: String,
    /// None for a device that a gateway speaks for.
    secret: Option<String>,
    /// With which the app encrypts.
    encryption_key: Option<String>,
    /// Where the door is.
    host: String,
    port: u16,
    tls: bool,
    /// Where the console is, for devices that speak HTTP.
    web: String,
    /// Where the device publishes: a topic, or the path of a request.
    topic: String,
    /// Opened on the phone it configures the app.
    link: Option<String>,
    /// The link as SVG to be scanned.
    qr: Option<String>,
    /// A secret before this one works until then, or until this one is used.
    #[schema(value_type = Option<String>, format = DateTime)]
    old_until: Option<Timestamp>,
}

/// Enrol a device for a unit.
#[utoipa::path(post, path = "/api/v1/devices", tag = "devices", request_body = EnrolInput,
    responses((status = 201, body = Enrolled), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn enrol(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    Body(input): Body<EnrolInput>,
) -> Result<(StatusCode, Json<Enrolled>), Problem> {
    let EnrolInput { unit, kind, encrypted, address } = input;
    let room = &shared.desk.room;
    if !room.units().iter().any(|known| known.id == unit) {
        return Err(Problem::of_refusal(&Refusal::UnknownUnit(unit), lang));
    }
    let wish = Wish { unit, kind, encrypted, address };
    let granted = wish.grant(room.area.id.clone(), shared.desk.now());
    let (device, secret) = granted.map_err(|unfit| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unfit_device", unfit.sentence(lang))
    })?;
    let added = shared.store.add_devices(std::slice::from_ref(&device)).await;
    added.map_err(|error| Problem::of_store(&error, lang))?;
    tracing::info!(device = device.name, unit = %device.unit, by = person.name, "a device was enrolled");
    Ok((StatusCode::CREATED, Json(enrolled(&device, secret, &shared.door))))
}

/// Give a device a new secret. The one it has works on until the new one is used, at most for seven days.
#[utoipa::path(post, path = "/api/v1/devices/{device}/secret", tag = "devices",
    params(("device" = String, Path)),
    responses((status = 200, body = Enrolled), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn renew_secret(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    Path(name): Path<String>,
) -> Result<Json<Enrolled>, Problem> {
    let device = with_secret(&shared, &name, lang).await?;
    let now = shared.desk.now();
    let until = now.plus_ms(enrolment::OLD_SECRET_GOOD_MS);
    let made = enrolment::new_secret();
    let hash = secret::token_hash(&made);
    let changed = shared.store.change_device_secret(&device.name, &hash, now, until).await;
    if !changed.map_err(|error| Problem::of_store(&error, lang))? {
        return Err(unknown_device(lang));
    }
    tracing::info!(device = device.name, by = person.name, "a device was given a new secret");
    let device = Device { old_secret: Some((device.secret_hash, until)), ..device };
    Ok(Json(enrolled(&device, made, &shared.door)))
}

/// A one-time code by which somebody at the device fetches its configuration with a new secret.
#[derive(Serialize, ToSchema)]
pub struct Code {
    code: String,
    /// The page that takes it, with the code in it.
    link: String,
    /// The link as SVG.
    qr: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Make a one-time code for a device; it is good for 24 hours and ends an earlier one.
#[utoipa::path(post, path = "/api/v1/devices/{device}/code", tag = "devices",
    params(("device" = String, Path)),
    responses((status = 201, body = Code), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn make_code(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<Code>), Problem> {
    let device = with_secret(&shared, &name, lang).await?;
    let expires_at = shared.desk.now().plus_ms(enrolment::CODE_GOOD_MS);
    let code = enrolment::new_code();
    let hash = enrolment::code_hash(&code).expect("a code that was just made is one");
    let set = shared.store.set_device_code(&device.name, &hash, expires_at).await;
    if !set.map_err(|error| Problem::of_store(&error, lang))? {
        return Err(unknown_device(lang));
    }
    tracing::info!(device = device.name, by = person.name, "a one-time code was made");
    let link = format!("{}/pasang#{code}", shared.door.web);
    Ok((StatusCode::CREATED, Json(Code { qr: qr(&link), code, link, expires_at })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeInput {
    /// As it was said: with or without the hyphen, in any case.
    code: String,
}

/// Use a one-time code: its device gets a new secret, shown this once.
#[utoipa::path(post, path = "/api/v1/enrolment", tag = "devices", request_body = CodeInput,
    responses((status = 200, body = Enrolled), (status = 404, body = Problem),
        (status = 429, body = Problem)))]
pub async fn use_code(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Body(CodeInput { code }): Body<CodeInput>,
) -> Result<Json<Enrolled>, Problem> {
    if !shared.guesses.take() {
        let detail = lang.pick(
            "Terlalu banyak kode dicoba. Tunggu satu menit lalu coba lagi.",
            "Too many codes were tried. Wait a minute and try again.",
        );
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail));
    }
    let unknown = || {
        let detail = lang.pick(
            "Kode ini salah, sudah dipakai, atau lewat 24 jam. Minta kode baru kepada pusat.",
            "This code is wrong, used, or older than 24 hours. Ask the centre for a new one.",
        );
        Problem::new(StatusCode::NOT_FOUND, "unknown_code", detail)
    };
    let hash = enrolment::code_hash(&code).ok_or_else(unknown)?;
    let now = shared.desk.now();
    let until = now.plus_ms(enrolment::OLD_SECRET_GOOD_MS);
    let made = enrolment::new_secret();
    let area = &shared.desk.room.area.id;
    let secret_hash = secret::token_hash(&made);
    let device = shared.store.redeem_device_code(area, &hash, now, &secret_hash, until).await;
    let device = device.map_err(|error| Problem::of_store(&error, lang))?.ok_or_else(unknown)?;
    tracing::info!(device = device.name, "a one-time code was used");
    Ok(Json(enrolled(&device, made, &shared.door)))
}

/// End a device's right to connect; an open connection is closed within seconds.
#[utoipa::path(post, path = "/api/v1/devices/{device}/revoke", tag = "devices",
    params(("device" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn revoke(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    person: Person,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let device = known(&shared, &name, lang).await?;
    let revoked = shared.store.revoke_device(&device.name, shared.desk.now()).await;
    revoked.map_err(|error| Problem::of_store(&error, lang))?;
    tracing::info!(device = device.name, by = person.name, "a device's right to connect was ended");
    Ok(StatusCode::NO_CONTENT)
}

/// The device of that name in this area, revoked or not.
async fn known(shared: &Shared, name: &str, lang: Lang) -> Result<Device, Problem> {
    let device = shared.store.device(name).await;
    let device = device.map_err(|error| Problem::of_store(&error, lang))?;
    let ours = device.filter(|device| device.area == shared.desk.room.area.id);
    ours.ok_or_else(|| unknown_device(lang))
}

/// The device of that name when it may connect and has a secret.
async fn with_secret(shared: &Shared, name: &str, lang: Lang) -> Result<Device, Problem> {
    let device = known(shared, name, lang).await?;
    if device.revoked_at.is_some() {
        return Err(unknown_device(lang));
    }
    if enrolment::is_behind_gateway(device.kind) {
        let detail = lang.pick(
            "Perangkat ini berbicara lewat gerbang dan tidak memiliki rahasia sendiri.",
            "This device speaks through a gateway and has no secret of its own.",
        );
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unfit_device", detail));
    }
    Ok(device)
}

fn unknown_device(lang: Lang) -> Problem {
    let detail = lang.pick(
        "Tidak ada perangkat dengan nama itu yang boleh terhubung.",
        "There is no device of that name that may connect.",
    );
    Problem::new(StatusCode::NOT_FOUND, "unknown_device", detail)
}

/// What the person who enrols a device is shown.
#[must_use]
pub fn enrolled(device: &Device, secret: String, door: &PublicDoor) -> Enrolled {
    let PublicDoor { host, port, tls, web } = door.clone();
    let link = enrolment::link(device, &secret, door);
    Enrolled {
        unit: device.unit.clone(),
        kind: device.kind,
        client_id: device.name.clone(),
        username: device.name.clone(),
        encryption_key: enrolment::key_text(device),
        host,
        port,
        tls,
        web,
        topic: enrolment::topic(device, &secret),
        qr: link.as_deref().and_then(qr),
        link,
        secret: (!enrolment::is_behind_gateway(device.kind)).then_some(secret),
        old_until: device.old_secret.map(|(_, until)| until),
    }
}

fn qr(link: &str) -> Option<String> {
    let code = QrCode::new(link.as_bytes()).ok()?;
    Some(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
}

/// The QR code of a device for a terminal; empty for what a gateway speaks for.
#[must_use]
pub fn terminal_qr(device: &Device, secret: &str, door: &PublicDoor) -> String {
    let code = enrolment::link(device, secret, door).map(|link| QrCode::new(link.as_bytes()));
    let code = code.and_then(Result::ok);
    code.map(|code| code.render::<unicode::Dense1x2>().build()).unwrap_or_default()
}
