//! How every device reports: connected or not, what became of its positions, its gaps and what they say.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::error::Problem;
use super::gate::Speaks;
use crate::asleep::{Asleep, Remedies};
use crate::clock::Timestamp;
use crate::device::Seen;
use crate::dispatch::event::FixClass;
use crate::dispatch::fleet::{Habit, Report};
use crate::ids::UnitId;
use crate::store::{Device, DeviceKind};
use crate::wording;

/// One device. What is not known since the server started is null.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeviceView {
    pub device: String,
    #[schema(value_type = String)]
    pub unit: UnitId,
    pub kind: DeviceKind,
    #[schema(value_type = String, format = DateTime)]
    pub enrolled_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    pub connected: bool,
    /// Connections since the server started, and how many of them took the place of another that was still there.
    pub connections: u64,
    pub takeovers: u64,
    /// Its connections take each other over again and again: two phones with one sign-in.
    pub flapping: bool,
    /// The unit is shown where this device says.
    pub shown: bool,
    /// First heard since the server started.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub heard_at: Option<Timestamp>,
    /// How far its clock is behind ours, in seconds; negative: ahead.
    pub clock_behind_s: Option<i64>,
    /// How many of its positions came to what, since `since`.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub fixes: BTreeMap<FixClass, u64>,
    /// The usual time from one position to the next, in seconds.
    pub interval_s: Option<f64>,
    /// Of the last 24 hours, or since `since`: share of the time that is in no gap, gaps, and the longest of them.
    pub covered_share: Option<f64>,
    pub gaps: Option<u32>,
    pub longest_gap_s: Option<i64>,
    pub habit: Option<Habit>,
    /// The habit as a sentence, with what to do.
    pub advice: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct DevicesView {
    devices: Vec<DeviceView>,
    /// What to do with phones that put the app to sleep.
    remedies: Remedies,
}

/// Every device of the area and how it reports.
#[utoipa::path(get, path = "/api/v1/devices", tag = "devices",
    responses((status = 200, body = DevicesView), (status = 503, body = Problem)))]
pub async fn list(
    State(shared): State<Shared>,
    Speaks(lang): Speaks,
) -> Result<Json<DevicesView>, Problem> {
    static ASLEEP: LazyLock<Asleep> = LazyLock::new(Asleep::shipped);
    let known = shared.store.devices(&shared.desk.room.area.id).await;
    let known = known.map_err(|error| Problem::of_store(&error, lang))?;
    let now = shared.desk.now();
    let reports = shared.desk.look(move |dispatch, _| {
        let reports = dispatch.fleet().iter().flat_map(|tracked| tracked.reports(now));
        let reports = reports.map(|report| (report.card.name.clone(), report));
        let flapping = dispatch.fleet().flapping(now).map(|(name, ..)| name.to_owned());
        (reports.collect::<BTreeMap<_, _>>(), flapping.collect::<Vec<_>>())
    });
    let (mut reports, flapping) = reports.await.map_err(|error| Problem::of_desk(&error, lang))?;
    let seen = shared.devices.seen();
    let view = |device: Device| {
        let report = reports.remove(&device.name);
        let seen = seen.get(&device.name).copied().unwrap_or_default();
        let flapping = flapping.contains(&device.name);
        let advice = report.as_ref().map(|report| {
            let is_phone = matches!(device.kind, DeviceKind::Owntracks | DeviceKind::Traccar);
            wording::habit(report.regularity.habit, is_phone, lang)
        });
        DeviceView { flapping, advice, ..view_of(device, seen, report) }
    };
    let devices = known.into_iter().map(view).collect();
    Ok(Json(DevicesView { devices, remedies: ASLEEP.remedies(lang) }))
}

fn view_of(device: Device, seen: Seen, report: Option<Report>) -> DeviceView {
    let habits = report.as_ref().map(|report| report.regularity);
    DeviceView {
        device: device.name,
        unit: device.unit,
        kind: device.kind,
        enrolled_at: device.enrolled_at,
        revoked_at: device.revoked_at,
        connected: seen.connected,
        connections: seen.connections,
        takeovers: seen.takeovers,
        flapping: false,
        shown: report.as_ref().is_some_and(|report| report.shown),
        since: habits.map(|habits| habits.since),
        heard_at: habits.map(|habits| habits.heard_at),
        clock_behind_s: report.as_ref().and_then(|r| r.clock_behind_ms).map(|ms| ms / 1_000),
        interval_s: habits.and_then(|habits| habits.interval_ms).map(seconds),
        covered_share: habits.map(|habits| habits.covered),
        gaps: habits.map(|habits| habits.gaps),
        longest_gap_s: habits.map(|habits| habits.longest_gap_minutes * 60),
        habit: habits.map(|habits| habits.habit),
        advice: None,
        fixes: report.map(|report| report.counts).unwrap_or_default(),
    }
}

#[expect(clippy::as_conversions, reason = "milliseconds of an interval are exact in f64")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}
