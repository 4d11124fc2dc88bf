//! Enrolling a device: its name and secret, shown once, and a QR code for a phone.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use qrcode::QrCode;
use qrcode::render::{svg, unicode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use super::error::Problem;
use super::gate::Speaks;
use super::places::Body;
use crate::config::PublicDoor;
use crate::device;
use crate::dispatch::command::Refusal;
use crate::ids::UnitId;
use crate::store::{Device, DeviceKind};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolInput {
    #[schema(value_type = String)]
    unit: UnitId,
    kind: DeviceKind,
}

#[derive(Serialize, ToSchema)]
pub struct Enrolled {
    client_id: String,
    username: String,
    /// Shown this once; only its hash is kept.
    secret: String,
    /// Where the device publishes.
    topic: String,
    /// SVG to be scanned by the phone app.
    qr: String,
}

/// Enrol a device for a unit.
#[utoipa::path(post, path = "/api/v1/devices", tag = "devices", request_body = EnrolInput,
    responses((status = 201, body = Enrolled), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn enrol(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Body(input): Body<EnrolInput>,
) -> Result<(StatusCode, Json<Enrolled>), Problem> {
    let room = &shared.desk.room;
    if !room.units().iter().any(|unit| unit.id == input.unit) {
        return Err(Problem::of_refusal(&Refusal::UnknownUnit(input.unit), lang));
    }
    let now = shared.desk.now();
    let (device, secret) = device::enrol(room.area.id.clone(), input.unit, input.kind, now);
    let added = shared.store.add_devices(std::slice::from_ref(&device)).await;
    added.map_err(|error| Problem::of_store(&error, lang))?;
    tracing::info!(device = device.name, unit = %device.unit, "a device was enrolled");
    Ok((StatusCode::CREATED, Json(enrolled(&device, secret, &shared.door))))
}

/// What the person who enrols a device is shown.
#[must_use]
pub fn enrolled(device: &Device, secret: String, door: &PublicDoor) -> Enrolled {
    let topic = match device.kind {
        DeviceKind::Native => format!("siaga/v1/{}/fix", device.name),
        DeviceKind::Owntracks => format!("owntracks/{}/phone", device.name),
        DeviceKind::Traccar => format!("/osmand/{secret}"),
    };
    let link = link(device, &secret, door);
    let qr = QrCode::new(link.as_bytes())
        .map(|code| code.render::<svg::Color<'_>>().min_dimensions(240, 240).build());
    Enrolled {
        client_id: device.name.clone(),
        username: device.name.clone(),
        secret,
        topic,
        qr: qr.unwrap_or_default(),
    }
}

/// The QR code of a device for a terminal.
#[must_use]
pub fn terminal_qr(device: &Device, secret: &str, door: &PublicDoor) -> String {
    let code = QrCode::new(link(device, secret, door).as_bytes());
    code.map(|code| code.render::<unicode::Dense1x2>().build()).unwrap_or_default()
}

/// What the QR code says: for OwnTracks and Traccar Client their own configuration links, else address and credentials
/// in one line.
fn link(device: &Device, secret: &str, door: &PublicDoor) -> String {
    let PublicDoor { host, port, tls, web } = door;
    match device.kind {
        DeviceKind::Owntracks => {
            let configuration = serde_json::json!({
                "_type": "configuration", "mode": 0, "host": host,
                "port": port, "auth": true, "tls": tls,
                "username": device.name, "password": secret, "deviceId": "phone",
                "clientId": device.name, "tid": "am", "monitoring": 2, "locatorInterval": 10, "keepalive": 30,
                "pubQos": 1, "pubRetain": false, "cmd": false, "mqttProtocolLevel": 4,
            });
            let inline = BASE64.encode(configuration.to_string());
            format!("owntracks:///config?inline={inline}")
        }
        // Its defaults, a position in five minutes and 75 m, are too coarse.
        DeviceKind::Traccar => format!(
            "{web}/osmand/{secret}?id={}&accuracy=highest&buffer=true&wakelock=true",
            device.name
        ),
        DeviceKind::Native => {
            let scheme = if *tls { "siagas" } else { "siaga" };
            format!("{scheme}://{}:{secret}@{host}:{port}", device.name)
        }
    }
}
