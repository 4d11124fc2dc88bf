//! Devices over HTTP: OwnTracks in its HTTP mode, and Traccar Client. The same meaning as at the front door: answered
//! when the positions are committed, and not before (docs/protocol.md 1.4).
//!
//! What a known device says and nobody can read is answered as done, because these apps send again, for ever and
//! before anything newer, whatever they are refused.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http_body_util::{BodyExt, Limited};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, timeout};

use super::gateway::{self, Gateways};
use super::hearing::{self, Heard};
use super::pace::Pace;
use super::payload::traccar;
use super::{Devices, Registration};
use crate::clock::Timestamp;
use crate::config::Gateway;
use crate::desk;
use crate::dispatch::unit::Fix;
use crate::gazetteer::Regency;
use crate::health::DoorCount;
use crate::ids::{AssignmentId, UnitId};
use crate::store::{Device, DeviceKind};

/// Largest body of a request.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// From the request to its answer; the app sends again.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// A phone at rest reports every half an hour or so; one that says nothing for so long is offline.
pub const QUIET_MAX: Duration = Duration::from_secs(60 * 60);
/// Who has fallen silent is looked for so often.
const LOOK: Duration = Duration::from_secs(30);

/// Devices whose right to speak is looked up at the same time; the others wait for as long as for an answer.
const LOOKUPS_MAX: usize = 64;

/// A device that has been heard.
struct Speaker {
    heard_at: Instant,
    /// None while the same device is connected at the front door.
    registration: Option<Registration>,
    pace: Pace,
}

/// The devices that speak over HTTP. Cheap to clone.
#[derive(Clone)]
pub struct Web {
    devices: Devices,
    speakers: Arc<Mutex<BTreeMap<String, Speaker>>>,
    /// Turns to ask the store who somebody is.
    lookups: Arc<Semaphore>,
}

/// The routes for devices and gateways.
pub fn router(web: Web, gateways: Gateway) -> Router {
    let gateways = Router::new()
        .route("/traccar/{secret}", post(gateway::hear_traccar))
        .route("/sms/{secret}", any(gateway::hear_sms))
        .with_state(Gateways::new(web.clone(), gateways));
    Router::new()
        .route("/owntracks", post(hear_owntracks))
        .route("/osmand/{secret}", any(hear_osmand))
        .with_state(web)
        .merge(gateways)
        .layer(DefaultBodyLimit::disable())
}

async fn hear_owntracks(State(web): State<Web>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some((name, secret)) = login(&parts.headers) else { return not_known() };
    let device = match web.device(&name, &secret, DeviceKind::Owntracks).await {
        Ok(device) => device,
        Err(answer) => return answer,
    };
    let Ok(body) = read(body).await else { return too_large() };
    let fixes = match hearing::hear_owntracks(&device, &body, web.devices.desk.now()) {
        Heard::Fixes(fixes, _) => fixes,
        Heard::Garbage(fault) => web.garbage(&device, &fault),
        // Also of an empty body, which the app sends now and then.
        Heard::Nothing(_) | Heard::Gone | Heard::Step(_) => Vec::new(),
    };
    // The app expects a list of what it should do.
    let done = [(header::CONTENT_TYPE, "application/json")];
    web.take(&device, fixes).await.map_or_else(|status| status, |()| (done, "[]").into_response())
}

async fn hear_osmand(
    State(web): State<Web>,
    Path(secret): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = read(body).await else { return too_large() };
    let query = parts.uri.query().unwrap_or_default();
    let message = match traccar::decode(query, &body, web.devices.desk.now()) {
        Ok(message) => message,
        Err(fault) => {
            web.devices.health.count(DoorCount::BadPacket);
            return (StatusCode::BAD_REQUEST, fault).into_response();
        }
    };
    let device = match web.device(&message.id, &secret, DeviceKind::Traccar).await {
        Ok(device) => device,
        Err(answer) => return answer,
    };
    let fixes = web.readable(&device, message.fixes);
    web.take(&device, fixes).await.map_or_else(|status| status, |()| StatusCode::OK.into_response())
}

/// Name and password of the request.
fn login(headers: &HeaderMap) -> Option<(String, String)> {
    let basic = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(BASE64.decode(basic.trim()).ok()?).ok()?;
    let (name, secret) = pair.split_once(':')?;
    Some((name.to_owned(), secret.to_owned()))
}

pub(super) async fn read(body: axum::body::Body) -> Result<bytes::Bytes, ()> {
    let whole = timeout(ANSWER_WITHIN, Limited::new(body, BODY_BYTES_MAX).collect()).await;
    whole.ok().and_then(Result::ok).map(http_body_util::Collected::to_bytes).ok_or(())
}

fn not_known() -> Response {
    let asks = [(header::WWW_AUTHENTICATE, "Basic realm=\"siaga\"")];
    (StatusCode::UNAUTHORIZED, asks, "device name or secret is wrong").into_response()
}

pub(super) fn too_large() -> Response {
    (StatusCode::PAYLOAD_TOO_LARGE, "at most 64 KiB are read within 10 s").into_response()
}

pub(super) fn later() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "positions cannot be stored now: send them again")
        .into_response()
}

pub(super) fn slower() -> Response {
    let wait = [(header::RETRY_AFTER, "1")];
    (StatusCode::TOO_MANY_REQUESTS, wait, "too many requests: send the rest later").into_response()
}

impl Web {
    #[must_use]
    pub fn new(devices: Devices) -> Self {
        let lookups = Arc::new(Semaphore::new(LOOKUPS_MAX));
        Self { devices, speakers: Arc::default(), lookups }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.devices.desk.now()
    }

    pub(super) fn regency(&self) -> &Regency {
        &self.devices.desk.room.regency
    }

    pub(super) fn count(&self, what: DoorCount) {
        self.devices.health.count(what);
    }

    /// The device of this area that a gateway calls so.
    pub(super) async fn device_at(
        &self,
        kind: DeviceKind,
        address: &str,
    ) -> Result<Option<Device>, Response> {
        let Ok(Ok(_turn)) = timeout(ANSWER_WITHIN, self.lookups.acquire()).await else {
            return Err(later());
        };
        let area = &self.devices.desk.room.area.id;
        self.devices.store.device_at(area, kind, address).await.map_err(|error| {
            tracing::error!(%error, "devices cannot be checked");
            later()
        })
    }

    /// What the unit has been ordered to do and has not finished.
    pub(super) async fn open_assignment(
        &self,
        unit: &UnitId,
    ) -> Result<Option<AssignmentId>, Response> {
        let unit = unit.clone();
        let open = self.devices.desk.look(move |dispatch, _| {
            dispatch.board().open_assignment_of(&unit).map(|assignment| assignment.id)
        });
        open.await.map_err(|_| later())
    }

    pub(super) async fn carry(&self, request: desk::Request) -> Result<(), desk::Error> {
        self.devices.desk.carry(request).await.map(drop)
    }

    /// The positions of a message that can be read; the others are noted.
    pub(super) fn readable(&self, device: &Device, judged: Vec<Result<Fix, String>>) -> Vec<Fix> {
        let mut fixes = Vec::with_capacity(judged.len());
        for fix in judged {
            match fix {
                Ok(fix) => fixes.push(fix),
                Err(fault) => fixes.extend(self.garbage(device, &fault)),
            }
        }
        fixes
    }

    /// The device of that name, secret and kind, or what it is answered.
    async fn device(&self, name: &str, secret: &str, kind: DeviceKind) -> Result<Device, Response> {
        let Ok(Ok(_turn)) = timeout(ANSWER_WITHIN, self.lookups.acquire()).await else {
            return Err(later());
        };
        match self.devices.authenticate(name, secret).await {
            Ok(Some(device)) if device.kind == kind => Ok(device),
            Ok(_) => {
                self.devices.health.count(DoorCount::Refused);
                tracing::warn!(device = name, "wrong device name, secret or kind over HTTP");
                Err(not_known())
            }
            Err(error) => {
                tracing::error!(%error, "devices cannot be checked");
                Err(later())
            }
        }
    }

    /// Notes what cannot be read; there is no position in it.
    fn garbage(&self, device: &Device, fault: &str) -> Vec<Fix> {
        self.devices.health.count(DoorCount::BadPacket);
        tracing::warn!(device = device.name, fault, "a message that cannot be read was dropped");
        Vec::new()
    }

    /// Hands positions in and waits until they are durable.
    pub(super) async fn take(&self, device: &Device, mut fixes: Vec<Fix>) -> Result<(), Response> {
        self.note_heard(device).await?;
        if fixes.is_empty() {
            return Ok(());
        }
        let known = self.devices.familiar(&device.name);
        let source = self.devices.source_of(device, &known);
        fixes.iter_mut().for_each(|fix| fix.source = source);
        // What an app sends together is in the order in which it was taken, but nobody promises that.
        fixes.sort_by_key(|fix| fix.device_at);
        let stored = async {
            let desk = &self.devices.desk;
            let permit = desk.permit_for(fixes.len()).await.ok()?;
            desk.report(device.unit.clone(), fixes, permit).ok()?.await.ok()
        };
        match timeout(ANSWER_WITHIN, stored).await {
            Ok(Some(())) => Ok(()),
            Ok(None) | Err(_) => Err(later()),
        }
    }

    /// Notes that a device is there, or turns it away when it speaks too fast.
    pub(super) async fn note_heard(&self, device: &Device) -> Result<(), Response> {
        let is_new = {
            let mut speakers = self.speakers.lock().unwrap_or_else(PoisonError::into_inner);
            let speaker = speakers.entry(device.name.clone());
            let now = moment();
            let speaker = speaker.or_insert_with(|| Speaker {
                heard_at: now,
                registration: None,
                pace: Pace::of_device(),
            });
            speaker.heard_at = now;
            if !speaker.pace.take(now) {
                return Err(slower());
            }
            if speaker.registration.is_none() {
                // Nobody speaks to a phone.
                speaker.registration = self.devices.register_behind(device, mpsc::channel(1).0);
            }
            speaker.registration.as_ref().is_some_and(|r| r.leave.borrow().is_none())
        };
        if is_new {
            self.devices.desk.link(device.unit.clone(), true).await;
        }
        Ok(())
    }

    /// Lets go of those that have fallen silent, for as long as it runs.
    pub async fn watch(self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let mut speakers = self.speakers.lock().unwrap_or_else(PoisonError::into_inner);
            speakers.retain(|_, speaker| {
                let told =
                    speaker.registration.as_ref().is_some_and(|r| r.leave.borrow().is_some());
                !told && speaker.heard_at.elapsed() <= QUIET_MAX
            });
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a shell that waits")]
fn moment() -> Instant {
    Instant::now()
}
