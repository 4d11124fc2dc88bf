//! Recorded tracks: where a unit was, as JSON a page at a time, or as a file for other programs.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Shared;
use super::error::Problem;
use super::gate::Speaks;
use super::places::Asked;
use super::units::unit_id;
use crate::clock::Timestamp;
use crate::dispatch::command::Refusal;
use crate::ids::UnitId;
use crate::store::{FixClass, TrackFix};
use crate::view::track::{geojson, gpx};
use crate::wording::Lang;

/// Positions in one answer, and in one file: a day of one a second and some more.
const PAGE_FIXES_MAX: usize = 10_000;
const FILE_FIXES_MAX: usize = 100_000;
/// Without `from`: the last two hours.
const SPAN_DEFAULT_MS: i64 = 2 * 60 * 60 * 1000;
const SPAN_DAYS_MAX: i64 = 31;
const SPAN_MAX_MS: i64 = SPAN_DAYS_MAX * 24 * 60 * 60 * 1000;

/// How a track is answered.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    #[default]
    Json,
    Geojson,
    Gpx,
}

#[derive(Deserialize, IntoParams)]
pub struct Asking {
    /// First device time that counts; two hours before the end when missing.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// First device time that no longer counts; now when missing. At most 31 days after `from`.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    /// `json` (every position with its class, in pages), `geojson` or `gpx` (files of the believed ones).
    #[param(inline)]
    format: Option<Format>,
    /// Only what this device said, by its name; with it, files also hold what was put aside for another device's
    /// position.
    device: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct TrackPoint {
    /// The device's name; missing in positions from before devices were told apart.
    device: Option<String>,
    /// When it was taken, by our clock where the device's is known to be wrong.
    #[schema(value_type = String, format = DateTime)]
    device_at: Timestamp,
    /// When it was taken, by the device's own clock or its receiver's.
    #[schema(value_type = String, format = DateTime)]
    said_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    lat: f64,
    lon: f64,
    speed_kmh: Option<f32>,
    heading_deg: Option<u16>,
    accuracy_m: Option<f32>,
    battery_pct: Option<u8>,
    class: FixClass,
}

#[derive(Serialize, ToSchema)]
pub struct Track {
    unit: String,
    /// By device time, at most 10,000; of one device perhaps fewer than are left.
    fixes: Vec<TrackPoint>,
    /// There are more: ask again with `next` as `from`.
    truncated: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    next: Option<Timestamp>,
}

impl TrackPoint {
    fn of(fix: TrackFix, names: &BTreeMap<u32, String>) -> Self {
        Self {
            device: names.get(&fix.device).cloned(),
            device_at: fix.device_at,
            said_at: fix.said_at,
            received_at: fix.received_at,
            lat: fix.position.lat(),
            lon: fix.position.lon(),
            speed_kmh: fix.speed_kmh,
            heading_deg: fix.heading_deg,
            accuracy_m: fix.accuracy_m,
            battery_pct: fix.battery_pct,
            class: fix.class,
        }
    }
}

/// The recorded positions of a unit, by the device's own time.
#[utoipa::path(get, path = "/api/v1/units/{unit}/track", tag = "units",
    params(("unit" = String, Path), Asking),
    responses(
        (status = 200, content(
            (Track = "application/json"),
            (serde_json::Value = "application/geo+json"),
            (String = "application/gpx+xml"),
        )),
        (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn track(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
    Path(unit): Path<String>,
    Asked(asking): Asked<Asking>,
) -> Result<Response, Problem> {
    let unit = unit_id(&unit, lang)?;
    let mut roster = shared.desk.room.units().iter();
    let found = roster.find(|u| u.id == unit).map(|u| u.index);
    let index =
        found.ok_or_else(|| Problem::of_refusal(&Refusal::UnknownUnit(unit.clone()), lang))?;
    let to = asking.to.unwrap_or_else(|| shared.desk.now().plus_ms(1));
    let from = asking.from.unwrap_or_else(|| to.plus_ms(-SPAN_DEFAULT_MS));
    if from > to || to.ms_since(from) > SPAN_MAX_MS {
        return Err(Problem::bad_request(no_span(from, to, lang)));
    }
    let format = asking.format.unwrap_or_default();
    let most = match format {
        Format::Json => PAGE_FIXES_MAX,
        Format::Geojson | Format::Gpx => FILE_FIXES_MAX,
    };
    let area = &shared.desk.room.area.id;
    // One more tells whether there are more.
    let limit = u32::try_from(most + 1).unwrap_or(u32::MAX);
    let of_store = |error| Problem::of_store(&error, lang);
    let fixes = shared.store.track(area, index, from, to, limit).await.map_err(of_store)?;
    let names = shared.store.device_names(area, &unit).await.map_err(of_store)?;
    let only = asking.device.map(|name| number_of(&names, &name, lang)).transpose()?;
    let is_asked = |fix: &TrackFix| only.is_none_or(|only| fix.device == only);
    match format {
        Format::Json => {
            let (fixes, next) = page(fixes, most);
            let fixes = fixes.into_iter().filter(is_asked);
            let fixes = fixes.map(|fix| TrackPoint::of(fix, &names)).collect();
            let track = Track { unit: unit.to_string(), fixes, truncated: next.is_some(), next };
            Ok(Json(track).into_response())
        }
        Format::Geojson | Format::Gpx => {
            if let Some(beyond) = fixes.get(most) {
                return Err(too_long(beyond.device_at, lang));
            }
            let fixes: Vec<TrackFix> = fixes.into_iter().filter(is_asked).collect();
            let of_one = only.is_some();
            let (text, kind, ending) = match format {
                Format::Gpx => (gpx(&unit, &fixes, of_one), "application/gpx+xml", "gpx"),
                Format::Json | Format::Geojson => {
                    (geojson(&unit, &fixes, of_one).to_string(), "application/geo+json", "geojson")
                }
            };
            Ok(file(text, kind, &file_name(&unit, from, ending)))
        }
    }
}

fn number_of(names: &BTreeMap<u32, String>, name: &str, lang: Lang) -> Result<u32, Problem> {
    let found = names.iter().find(|(_, known)| *known == name).map(|(number, _)| *number);
    found.ok_or_else(|| {
        let detail = lang.pick(
            "Unit ini tidak memiliki perangkat dengan nama itu.",
            "This unit has no device of that name.",
        );
        Problem::new(StatusCode::NOT_FOUND, "unknown_device", detail)
    })
}

/// The first positions and the time from which to ask for the rest. Those of one moment stay together, unless they are
/// more than a page: then the page is all that is shown of that moment.
fn page(mut fixes: Vec<TrackFix>, most: usize) -> (Vec<TrackFix>, Option<Timestamp>) {
    let Some(next) = fixes.get(most).map(|beyond| beyond.device_at) else { return (fixes, None) };
    let before = fixes.partition_point(|fix| fix.device_at < next);
    if before == 0 {
        fixes.truncate(most);
        return (fixes, Some(next.plus_ms(1)));
    }
    fixes.truncate(before);
    (fixes, Some(next))
}

fn no_span(from: Timestamp, to: Timestamp, lang: Lang) -> String {
    let (id, en) = (
        format!("lintasan paling lama {SPAN_DAYS_MAX} hari, dan from tidak sesudah to"),
        format!("a track spans at most {SPAN_DAYS_MAX} days, and from is no later than to"),
    );
    lang.pick(&format!("from {from} sampai to {to}: {id}"), &format!("from {from} to {to}: {en}"))
}

fn too_long(until: Timestamp, lang: Lang) -> Problem {
    let (id, en) = (
        format!("Satu berkas memuat yang sebelum {until}; minta rentang yang lebih pendek."),
        format!("One file holds those before {until}; ask for a shorter period."),
    );
    let detail = lang.pick(
        &format!("Lebih dari {FILE_FIXES_MAX} posisi. {id}"),
        &format!("More than {FILE_FIXES_MAX} positions. {en}"),
    );
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "track_too_long", detail)
}

fn file_name(unit: &UnitId, from: Timestamp, ending: &str) -> String {
    format!("lintasan-{unit}-{}.{ending}", from.utc_date())
}

fn file(text: String, kind: &'static str, name: &str) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    headers.insert(
        header::CONTENT_DISPOSITION,
        name.unwrap_or_else(|_| HeaderValue::from_static("attachment")),
    );
    response
}
