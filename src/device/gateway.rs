//! Gateways, which speak for several devices: a Traccar server that forwards positions, and one that hands text
//! messages on. Answered when what they bring is committed (docs/protocol.md 1.5 and 1.6).
//!
//! What no repetition would make right is answered as done, because a gateway sends again what it is refused.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use uuid::Uuid;

use super::enrolment;
use super::pace::Pace;
use super::payload::sms::{self, Place, Said, Unclear, Word};
use super::payload::traccar;
use super::record;
use super::web::{Web, later, read, slower, too_large};
use crate::clock::Timestamp;
use crate::config::Gateway;
use crate::desk::{Actor, Error, Request};
use crate::dispatch::command::Command;
use crate::dispatch::unit::{Fix, SourceId};
use crate::health::DoorCount;
use crate::ids::CommandId;
use crate::secret;
use crate::store::{Device, DeviceKind};
use crate::wording::{self, Lang};

/// Requests of all gateways that are taken at once after a pause, and each second: a Traccar server forwards each
/// position of each tracker on its own.
const BURST_MAX: u32 = 2_000;
const PER_SECOND_MAX: u32 = 1_000;

/// The gateways that the settings name.
#[derive(Clone)]
pub struct Gateways {
    web: Web,
    settings: Gateway,
    pace: Arc<Mutex<Pace>>,
}

impl Gateways {
    #[must_use]
    pub fn new(web: Web, settings: Gateway) -> Self {
        let pace = Arc::new(Mutex::new(Pace::new(BURST_MAX, PER_SECOND_MAX)));
        Self { web, settings, pace }
    }

    /// Lets a gateway in that knows its secret, or says why not.
    #[expect(clippy::disallowed_methods, reason = "a shell that waits")]
    fn admit(&self, presented: &str, secret: &str) -> Result<(), Response> {
        let hash = secret::token_hash;
        if secret.is_empty() || !secret::same_hash(&hash(presented), &hash(secret)) {
            self.web.count(DoorCount::Refused);
            tracing::warn!("a gateway with a wrong secret, or one that the settings do not name");
            return Err(
                (StatusCode::UNAUTHORIZED, "the secret of the gateway is wrong").into_response()
            );
        }
        let has_turn =
            self.pace.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now());
        if has_turn { Ok(()) } else { Err(slower()) }
    }

    /// The device that a gateway calls so; none is counted and logged, and the gateway is told that all is well.
    async fn device(&self, kind: DeviceKind, address: &str) -> Result<Option<Device>, Response> {
        let device = self.web.device_at(kind, address).await?;
        if device.is_none() {
            self.web.count(DoorCount::Refused);
            tracing::warn!(address, ?kind, "a gateway speaks for a device that nobody enrolled");
        }
        Ok(device)
    }
}

/// `POST /traccar/SECRET`: a position that a Traccar server forwards.
pub(super) async fn hear_traccar(
    State(gateways): State<Gateways>,
    Path(secret): Path<String>,
    request: axum::extract::Request,
) -> Response {
    let heard = async {
        gateways.admit(&secret, &gateways.settings.traccar)?;
        let body = read(request.into_body()).await.map_err(|()| too_large())?;
        let web = &gateways.web;
        let message = match traccar::decode_forwarded(&body, web.now()) {
            Ok(message) => message,
            Err(fault) => {
                web.count(DoorCount::BadPacket);
                tracing::warn!(fault, "what a Traccar server forwards cannot be read");
                return Ok(());
            }
        };
        let Some(device) = gateways.device(DeviceKind::Forwarded, &message.id).await? else {
            return Ok(());
        };
        let fixes = web.readable(&device, message.fixes);
        web.take(&device, fixes).await
    };
    heard.await.map_or_else(|answer| answer, |()| StatusCode::OK.into_response())
}

/// `POST /sms/SECRET`: a text message; the answer is what the crew shall read.
pub(super) async fn hear_sms(
    State(gateways): State<Gateways>,
    Path(secret): Path<String>,
    request: axum::extract::Request,
) -> Response {
    let heard = async {
        gateways.admit(&secret, &gateways.settings.sms)?;
        let (parts, body) = request.into_parts();
        let body = read(body).await.map_err(|()| too_large())?;
        let message = match sms::decode(parts.uri.query().unwrap_or_default(), &body) {
            Ok(message) => message,
            Err(fault) => {
                gateways.web.count(DoorCount::BadPacket);
                return Err((StatusCode::BAD_REQUEST, fault).into_response());
            }
        };
        // A stranger is not answered: whoever pays for messages is not to be drained by them.
        let Some(number) = enrolment::number(&message.from) else { return Ok(String::new()) };
        let Some(device) = gateways.device(DeviceKind::Sms, &number).await? else {
            return Ok(String::new());
        };
        gateways.web.note_heard(&device).await?;
        obey(&gateways.web, &device, &message).await
    };
    let text = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    heard.await.map_or_else(|answer| answer, |reply: String| (text, reply).into_response())
}

/// Carries out what a text says; answers what its sender is told.
async fn obey(web: &Web, device: &Device, message: &sms::Message) -> Result<String, Response> {
    let unit = &device.unit;
    let said = match sms::read(&message.text, web.regency()) {
        Ok(said) => said,
        Err(Unclear::Place(text)) => {
            return Ok(format!(
                "{unit}: tempat \"{text}\" tidak dikenal atau ada dua. Tulis desa atau koordinat."
            ));
        }
        Err(Unclear::Nothing | Unclear::TooLong) => {
            return Ok(format!("{unit}: tidak dimengerti. {}", sms::HELP));
        }
    };
    let Said { unit: named, word, place } = said;
    if let Some(named) = named.filter(|named| named != unit.as_str()) {
        return Ok(format!("Nomor ini untuk {unit}, bukan {named}. Tidak ada yang dicatat."));
    }
    if let Some(place) = place {
        web.take(device, vec![fix_of(place, message, web.now())]).await?;
    }
    let noted = match word {
        None => format!("{unit}: posisi dicatat."),
        Some(word) => format!("{unit}: {}", carry(web, device, message, &word).await?),
    };
    Ok(noted)
}

/// As precise as the place is; a text is sent by a person who stands there.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "at most some tens of kilometres"
)]
fn fix_of(place: Place, message: &sms::Message, now: Timestamp) -> Fix {
    Fix {
        device_at: message.at.unwrap_or(now),
        received_at: now,
        position: place.position,
        speed_kmh: None,
        heading_deg: None,
        accuracy_m: Some(place.uncertainty_m as f32),
        battery_pct: None,
        behind_ms: None,
        mocked: false,
        source: SourceId::default(),
    }
}

/// Has the desk decide what a word asks for; answers what the crew reads of it.
async fn carry(
    web: &Web,
    device: &Device,
    message: &sms::Message,
    word: &Word,
) -> Result<String, Response> {
    let unit = device.unit.clone();
    let speaker = Some(unit.clone());
    let open = web.open_assignment(&unit).await?;
    let (command, done) = match (word, open) {
        (Word::Help, _) => return Ok(sms::HELP.to_owned()),
        (Word::Step(_) | Word::Rejected { .. }, None) => {
            return Ok("tidak ada tugas yang terbuka; status tidak dicatat.".to_owned());
        }
        (Word::Step(step), Some(assignment)) => {
            let advance = Command::Advance { assignment, step: *step, speaker };
            (advance, sms::taught(*step))
        }
        (Word::Rejected { reason }, Some(assignment)) => {
            let reason = if reason.is_empty() { record::NO_REASON } else { reason };
            let reject = Command::Reject { assignment, reason: reason.to_owned(), speaker };
            (reject, "TOLAK")
        }
        (Word::Talk { sos }, _) => {
            let talk = Command::RequestTalk { unit, sos: *sos };
            (talk, if *sos { "SOS" } else { "TELEPON" })
        }
    };
    // The same message said again is the same command; one without a name of its own is always new.
    let id = message.id.as_ref().map_or_else(Uuid::now_v7, |id| {
        Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{}/sms/{id}", device.name).as_bytes())
    });
    let request = Request {
        id: CommandId::from_uuid(id),
        actor: Actor(format!("device:{}", device.name)),
        device_at: message.at,
        command,
        private: None,
    };
    match web.carry(request).await {
        Ok(()) => Ok(format!("{done} dicatat.")),
        Err(Error::Refused(refusal)) => Ok(wording::refusal(&refusal, Lang::Id)),
        Err(_) => Err(later()),
    }
}
