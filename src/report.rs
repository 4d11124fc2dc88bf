//! Response times of a period (pure): from time points to intervals, medians and shares, as docs/response-times.md
//! defines them. Never touches the desk.

mod interval;
pub mod stats;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clock::Timestamp;
use crate::dispatch::event::{Category, Disposition, Priority};
use crate::gazetteer::Regency;
use crate::store::{ReportAssignment, ReportIncident};
use interval::{INTERVALS, Interval, Sample};
use stats::{kaplan_meier_median, mean, nearest_rank, wilson_95};

/// By what the figures are sliced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Priority,
    Category,
    District,
    Village,
    Unit,
    /// Hour of the day of T0 in the regency's zone.
    Hour,
}

impl By {
    /// The slice of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "priority" => Self::Priority,
            "category" => Self::Category,
            "district" => Self::District,
            "village" => Self::Village,
            "unit" => Self::Unit,
            "hour" => Self::Hour,
            _ => return None,
        })
    }
}

/// Within how many seconds the first unit should arrive, by priority. Local targets: no national one is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub struct Targets {
    pub p1: u32,
    pub p2: u32,
    pub p3: u32,
    pub p4: u32,
}

impl Default for Targets {
    fn default() -> Self {
        Self { p1: 15 * 60, p2: 30 * 60, p3: 60 * 60, p4: 120 * 60 }
    }
}

impl Targets {
    const fn ms(self, priority: Priority) -> i64 {
        let seconds = match priority {
            Priority::P1 => self.p1,
            Priority::P2 => self.p2,
            Priority::P3 => self.p3,
            Priority::P4 => self.p4,
        };
        // Widening, which `i64::from` cannot do in a const function.
        #[expect(clippy::as_conversions, reason = "u32 always fits in i64")]
        let seconds = seconds as i64;
        seconds * 1000
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Options {
    /// First T0 that counts.
    pub from: Timestamp,
    /// First T0 that no longer counts.
    pub to: Timestamp,
    pub now: Timestamp,
    pub by: By,
    pub targets: Targets,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AreaLine {
    pub code: String,
    pub name: String,
    pub timezone: &'static str,
    pub zone_label: &'static str,
}

/// Incidents that do not count for the emergency figures, each under one reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Excluded {
    pub open: u32,
    pub cancelled: u32,
    pub prank: u32,
    pub incomplete: u32,
    pub solved_by_phone: u32,
    pub health_worker_visit: u32,
    pub transfer: u32,
    pub invalid: u32,
}

/// One interval's figures. Seconds; none where nothing was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    pub name: &'static str,
    /// The interval's start and stop.
    pub from: &'static str,
    pub to: &'static str,
    /// `incident` or `assignment`.
    pub unit_of_account: &'static str,
    pub n: usize,
    pub median_s: Option<f64>,
    pub p90_s: Option<f64>,
    pub mean_s: Option<f64>,
    /// Of those with a target (total response only).
    pub within_target: Option<usize>,
    pub target_share: Option<f64>,
    /// Wilson 95 %.
    pub target_ci: Option<[f64; 2]>,
    /// With cancelled and open incidents counted as censored (total response only).
    pub kaplan_meier_median_s: Option<f64>,
    /// Left out because negative, out of order or over 24 hours; never clamped.
    pub invalid: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slice {
    pub key: String,
    pub label: String,
    pub intervals: Vec<Figures>,
}

/// One assignment (or an incident without any) with its intervals in seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Row {
    pub incident: String,
    pub case_number: String,
    pub received_at: String,
    pub priority: String,
    pub category: String,
    pub village: String,
    pub district: String,
    pub unit: String,
    pub state: String,
    pub total_response_s: Option<f64>,
    pub processing_s: Option<f64>,
    pub acknowledgement_s: Option<f64>,
    pub turnout_s: Option<f64>,
    pub travel_s: Option<f64>,
    pub unit_response_s: Option<f64>,
    pub on_scene_s: Option<f64>,
    pub transport_s: Option<f64>,
    pub handover_s: Option<f64>,
    pub task_s: Option<f64>,
}

/// The figures of a period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub from: Timestamp,
    pub to: Timestamp,
    pub area: AreaLine,
    pub generated_at: Timestamp,
    pub targets_s: Targets,
    /// All that came in.
    pub incidents: usize,
    /// Those that count for the emergency figures.
    pub counted: usize,
    /// Counted ones at which a unit arrived.
    pub arrived: usize,
    pub excluded: Excluded,
    pub intervals: Vec<Figures>,
    pub slices: Vec<Slice>,
    pub rows: Vec<Row>,
}

/// Samples of one slice with what is needed for its figures.
#[derive(Default)]
struct Bag {
    samples: Vec<Sample>,
    /// Time waited so far by incidents that were cancelled before arrival or are still open, in ms.
    censored: Vec<i64>,
}

impl Report {
    /// Makes the figures of a period.
    #[must_use]
    pub fn compute(incidents: &[ReportIncident], regency: &Regency, options: &Options) -> Self {
        let mut excluded = Excluded::default();
        let mut all = Bag::default();
        let mut slices = BTreeMap::<String, (String, Bag)>::new();
        let mut rows = Vec::new();
        let (mut counted, mut arrived) = (0, 0);
        for incident in incidents {
            rows.extend(incident_rows(incident, regency));
            let key = |unit: &str| slice_key(incident, unit, regency, options.by);
            if let Some(ms) = waited_in_vain(incident, options.now) {
                all.censored.push(ms);
                let (key, label) = key("");
                slices.entry(key).or_insert_with(|| (label, Bag::default())).1.censored.push(ms);
            }
            if exclude(incident, &mut excluded) {
                continue;
            }
            counted += 1;
            let samples = interval::samples(incident);
            arrived +=
                usize::from(samples.iter().any(|(_, s)| s.interval == Interval::TotalResponse));
            for (unit, sample) in samples {
                let (key, label) = key(&unit);
                let slice = slices.entry(key).or_insert_with(|| (label, Bag::default()));
                slice.1.samples.push(sample.clone());
                all.samples.push(sample);
            }
        }
        // Without a unit nothing was measured for a unit.
        slices.retain(|key, _| !key.is_empty());
        let slice = |(key, (label, bag)): (String, (String, Bag))| Slice {
            key,
            label,
            intervals: figures(&bag, options.targets),
        };
        Self {
            from: options.from,
            to: options.to,
            area: AreaLine {
                code: regency.code.clone(),
                name: regency.name.clone(),
                timezone: regency.timezone,
                zone_label: regency.zone_label,
            },
            generated_at: options.now,
            targets_s: options.targets,
            incidents: incidents.len(),
            counted,
            arrived,
            excluded,
            intervals: figures(&all, options.targets),
            slices: slices.into_iter().map(slice).collect(),
            rows,
        }
    }
}

/// Whether an incident stays out of the emergency figures; counts it under its reason.
fn exclude(incident: &ReportIncident, excluded: &mut Excluded) -> bool {
    let reason = match incident.disposition {
        None => &mut excluded.open,
        Some(Disposition::Cancelled) => &mut excluded.cancelled,
        Some(Disposition::Prank) => &mut excluded.prank,
        Some(Disposition::Incomplete) => &mut excluded.incomplete,
        Some(Disposition::SolvedByPhone) => &mut excluded.solved_by_phone,
        Some(Disposition::HealthWorkerVisit) => &mut excluded.health_worker_visit,
        Some(Disposition::Transported | Disposition::TreatedOnScene | Disposition::Completed) => {
            if incident.category == Category::Transfer {
                &mut excluded.transfer
            } else if incident.assignments.iter().any(|a| !interval::is_ordered(incident, a)) {
                &mut excluded.invalid
            } else {
                return false;
            }
        }
    };
    *reason += 1;
    true
}

/// How long an emergency waited without an arrival, until it was cancelled or until now, in ms.
fn waited_in_vain(incident: &ReportIncident, now: Timestamp) -> Option<i64> {
    let emergency = incident.category != Category::Transfer
        && matches!(incident.disposition, None | Some(Disposition::Cancelled));
    let arrived = incident.assignments.iter().any(|a| a.on_scene.is_some());
    let until = incident.ended_at.unwrap_or(now);
    (emergency && !arrived).then(|| until.ms_since(incident.received_at)).filter(|ms| *ms >= 0)
}

/// Key and label of the slice in which a sample belongs.
fn slice_key(incident: &ReportIncident, unit: &str, regency: &Regency, by: By) -> (String, String) {
    let village = incident.village.as_deref().and_then(|code| regency.village(code));
    let unknown = || ("-".to_owned(), "tidak diketahui".to_owned());
    match by {
        By::Priority => same(format!("{:?}", incident.priority)),
        By::Category => same(word(&incident.category)),
        By::District => village
            .map_or_else(unknown, |v| (v.district_code.clone(), format!("Kec. {}", v.district))),
        By::Village => village
            .map_or_else(unknown, |v| (v.code.clone(), format!("{}, Kec. {}", v.name, v.district))),
        By::Unit => same(unit.to_owned()),
        By::Hour => {
            let hour = incident.received_at.civil_in(regency.timezone).hour();
            (format!("{hour:02}"), format!("{hour:02}:00–{hour:02}:59"))
        }
    }
}

fn same(text: String) -> (String, String) {
    (text.clone(), text)
}

fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn figures(bag: &Bag, targets: Targets) -> Vec<Figures> {
    INTERVALS.into_iter().map(|interval| figures_of(bag, interval, targets)).collect()
}

fn figures_of(bag: &Bag, interval: Interval, targets: Targets) -> Figures {
    let of_interval = || bag.samples.iter().filter(|sample| sample.interval == interval);
    let mut ms: Vec<i64> = of_interval().filter_map(Sample::valid_ms).collect();
    ms.sort_unstable();
    let invalid = of_interval().count() - ms.len();
    let has_target = interval == Interval::TotalResponse && !ms.is_empty();
    let within = has_target.then(|| {
        let in_time = |s: &&Sample| s.valid_ms().is_some_and(|ms| ms <= targets.ms(s.priority));
        of_interval().filter(in_time).count()
    });
    let censored = if interval == Interval::TotalResponse { bag.censored.as_slice() } else { &[] };
    let survival =
        (interval == Interval::TotalResponse).then(|| kaplan_meier_median(&ms, censored)).flatten();
    let (from, to) = interval.ends();
    Figures {
        name: interval.name(),
        from,
        to,
        unit_of_account: interval.unit_of_account(),
        n: ms.len(),
        median_s: nearest_rank(&ms, 50).map(seconds),
        p90_s: nearest_rank(&ms, 90).map(seconds),
        mean_s: mean(&ms).map(|ms| (ms / 1000.0 * 1000.0).round() / 1000.0),
        within_target: within,
        target_share: within.map(|within| stats::share(within, ms.len())),
        target_ci: within.map(|within| wilson_95(within, ms.len())),
        kaplan_meier_median_s: survival.map(seconds),
        invalid,
    }
}

#[expect(clippy::as_conversions, reason = "milliseconds of at most a day are exact in f64")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

fn incident_rows(incident: &ReportIncident, regency: &Regency) -> Vec<Row> {
    let village = incident.village.as_deref().and_then(|code| regency.village(code));
    let base = Row {
        incident: incident.id.to_string(),
        case_number: incident.case_number.clone(),
        received_at: incident.received_at.to_string(),
        priority: format!("{:?}", incident.priority),
        category: word(&incident.category),
        village: village.map(|v| v.name.clone()).unwrap_or_default(),
        district: village.map(|v| v.district.clone()).unwrap_or_default(),
        state: incident.disposition.map_or_else(|| "open".to_owned(), |d| word(&d)),
        ..Row::default()
    };
    if incident.assignments.is_empty() {
        return vec![base];
    }
    let row = |assignment: &ReportAssignment| assignment_row(incident, assignment, base.clone());
    incident.assignments.iter().map(row).collect()
}

fn assignment_row(incident: &ReportIncident, assignment: &ReportAssignment, base: Row) -> Row {
    let value = |interval: Interval| {
        let ms = interval.measure(incident, assignment)?;
        interval::is_plausible(ms).then(|| seconds(ms))
    };
    let is_first = interval::first_arrival(incident).is_some_and(|first| first.id == assignment.id);
    Row {
        unit: assignment.unit.clone(),
        state: assignment.state.clone(),
        total_response_s: is_first.then(|| value(Interval::TotalResponse)).flatten(),
        processing_s: value(Interval::Processing),
        acknowledgement_s: value(Interval::Acknowledgement),
        turnout_s: value(Interval::Turnout),
        travel_s: value(Interval::Travel),
        unit_response_s: value(Interval::UnitResponse),
        on_scene_s: value(Interval::OnScene),
        transport_s: value(Interval::Transport),
        handover_s: value(Interval::Handover),
        task_s: value(Interval::Task),
        ..base
    }
}

/// The rows as CSV with a header. A text that a spreadsheet would take for a formula is quoted with an apostrophe.
#[must_use]
pub fn to_csv(report: &Report) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in &report.rows {
        let mut row = row.clone();
        for text in [&mut row.case_number, &mut row.village, &mut row.district, &mut row.unit] {
            if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
                text.insert(0, '\'');
            }
        }
        writer.serialize(&row).expect("rows of text and numbers are always valid CSV");
    }
    if report.rows.is_empty() {
        return String::new();
    }
    let bytes = writer.into_inner().expect("writing to memory does not fail");
    String::from_utf8(bytes).expect("CSV of text is text")
}
