//! Response times of a period: from time points to intervals, medians and shares (pure arithmetic).
//!
//! Every definition stands in `docs/response-times.md`. Nothing here asks the time or a database.

mod duty;
mod interval;
mod population;
mod refusals;
mod rows;
mod statistics;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clock::Timestamp;
use crate::dispatch::event::{Category, Priority};
use crate::dispatch::policy::Policy;
use crate::gazetteer::Regency;
use crate::store::ReportIncident;
pub use duty::{Absence, Duty, UnitHours};
pub use interval::Interval;
use interval::Measure;
pub use population::{Excluded, Exclusion};
use population::{Measured, measure};
pub use refusals::{Refusal, Refusals, Stage, UnitTotals};
pub use rows::{Row, to_csv};
use statistics::Sample;
pub use statistics::{nearest_rank, wilson_95};

/// What is asked of a report.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// First T0 that counts.
    pub from: Timestamp,
    /// First T0 that no longer counts.
    pub to: Timestamp,
    /// When the report is made; nothing may have happened later.
    pub now: Timestamp,
    pub by: By,
    pub targets: Targets,
}

/// By what the figures are sliced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Priority,
    Category,
    District,
    Village,
    Unit,
    /// Hour of the day at T0 in the area's zone.
    Hour,
}

impl By {
    /// Reads `priority`, `category`, `district`, `village`, `unit` or `hour`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "priority" => Some(Self::Priority),
            "category" => Some(Self::Category),
            "district" => Some(Self::District),
            "village" => Some(Self::Village),
            "unit" => Some(Self::Unit),
            "hour" => Some(Self::Hour),
            _ => None,
        }
    }
}

/// Local targets for the total response in seconds, by priority. No national Indonesian one is
/// claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Targets {
    #[serde(rename = "P1")]
    pub p1_s: u32,
    #[serde(rename = "P2")]
    pub p2_s: u32,
    #[serde(rename = "P3")]
    pub p3_s: u32,
    #[serde(rename = "P4")]
    pub p4_s: u32,
}

impl Default for Targets {
    /// Those by which an area dispatches that has set none of its own.
    fn default() -> Self {
        Self::of(&Policy::default())
    }
}

impl Targets {
    /// Those by which an area dispatches.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        let [p1_s, p2_s, p3_s, p4_s] =
            policy.targets_s.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX));
        Self { p1_s, p2_s, p3_s, p4_s }
    }

    /// The target of a priority in milliseconds.
    const fn ms(self, priority: Priority) -> i64 {
        let seconds = match priority {
            Priority::P1 => self.p1_s,
            Priority::P2 => self.p2_s,
            Priority::P3 => self.p3_s,
            Priority::P4 => self.p4_s,
        };
        seconds as i64 * 1000
    }
}

/// Whose figures these are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AreaLine {
    /// Kemendagri code.
    pub code: String,
    pub name: String,
    /// IANA zone, in which hours of the day are.
    pub timezone: &'static str,
    pub zone_label: &'static str,
}

impl AreaLine {
    #[must_use]
    pub fn of(regency: &Regency) -> Self {
        Self {
            code: regency.code.clone(),
            name: regency.name.clone(),
            timezone: regency.timezone,
            zone_label: regency.zone_label,
        }
    }
}

/// Response times of a period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub from: Timestamp,
    pub to: Timestamp,
    pub area: AreaLine,
    pub generated_at: Timestamp,
    pub by: By,
    pub targets_s: Targets,
    /// Whose targets these are: always `lokal`.
    pub targets_source: &'static str,
    /// Incidents of the period: `counted` and all `excluded`.
    pub incidents: u64,
    pub counted: u64,
    pub excluded: Excluded,
    pub intervals: Vec<Figures>,
    pub slices: Vec<Slice>,
    pub rows: Vec<Row>,
}

/// One interval's figures in seconds; none where nothing was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    pub name: &'static str,
    /// Starting time point, `T0`.
    pub from: &'static str,
    /// Ending time point, `T6`.
    pub to: &'static str,
    /// `incident` or `assignment`.
    pub unit_of_account: &'static str,
    pub n: u64,
    /// By nearest rank: always a value that was measured.
    pub median_s: Option<f64>,
    pub p90_s: Option<f64>,
    pub mean_s: Option<f64>,
    /// How many were not later than the target of their priority; none for intervals without a
    /// target.
    pub within_target: Option<u64>,
    pub target_share: Option<f64>,
    /// Wilson's 95 % interval around the share.
    pub target_ci: Option<[f64; 2]>,
    /// Median with those who waited in vain counted for as long as they waited; none for intervals
    /// without a target, and where fewer than half were ever reached.
    pub kaplan_meier_median_s: Option<f64>,
    /// Values that cannot be true, left out of all figures.
    pub invalid: u64,
}

/// The same figures for a part of the incidents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slice {
    pub key: String,
    pub label: String,
    pub incidents: u64,
    pub counted: u64,
    pub excluded: Excluded,
    pub intervals: Vec<Figures>,
}

/// Key and label of what has no village or unit.
const UNKNOWN: (&str, &str) = ("unknown", "Tidak diketahui");

impl Report {
    /// Computes the report of a period.
    ///
    /// Incidents with a T0 outside the period are passed over; `regency` gives villages their
    /// names.
    #[must_use]
    pub fn compute(incidents: &[ReportIncident], regency: &Regency, options: &Options) -> Self {
        let period = options.from..options.to;
        let of_period = incidents.iter().filter(|incident| period.contains(&incident.received_at));
        let measured: Vec<Measured<'_>> =
            of_period.map(|incident| measure(incident, options.now)).collect();
        let mut whole = Tally::default();
        let mut slices: BTreeMap<String, (String, Tally)> = BTreeMap::new();
        for one in &measured {
            whole.add_incident(one);
            let (key, label) = key_of(one, one.unit(), regency, options);
            let slice = slices.entry(key).or_insert_with(|| (label, Tally::default()));
            slice.1.add_incident(one);
            for row in &one.rows {
                let target_ms = options.targets.ms(one.incident.priority);
                whole.add_measures(&row.measures, target_ms);
                let (key, label) = key_of(one, row.unit(), regency, options);
                let slice = slices.entry(key).or_insert_with(|| (label, Tally::default()));
                slice.1.add_measures(&row.measures, target_ms);
            }
        }
        let rows = measured.iter().flat_map(|one| rows::rows(one, regency));
        Self {
            from: options.from,
            to: options.to,
            area: AreaLine::of(regency),
            generated_at: options.now,
            by: options.by,
            targets_s: options.targets,
            targets_source: "lokal",
            incidents: whole.incidents,
            counted: whole.incidents - whole.excluded.total(),
            excluded: whole.excluded,
            intervals: whole.figures(),
            slices: slices
                .into_iter()
                .map(|(key, (label, tally))| tally.slice(key, label))
                .collect(),
            rows: rows.collect(),
        }
    }
}

/// What is added up, for all incidents or for a slice of them.
#[derive(Debug, Default)]
struct Tally {
    incidents: u64,
    excluded: Excluded,
    samples: [Sample; Interval::ALL.len()],
}

impl Tally {
    fn add_incident(&mut self, one: &Measured<'_>) {
        self.incidents += 1;
        if let Some(reason) = one.exclusion {
            self.excluded.add(reason);
        }
        if let Some(ms) = one.waited_in_vain_ms {
            self.samples[Interval::TotalResponse as usize].add_waited_in_vain(ms);
        }
    }

    fn add_measures(&mut self, measures: &[Measure], target_ms: i64) {
        for (sample, measure) in self.samples.iter_mut().zip(measures) {
            sample.add(*measure, target_ms);
        }
    }

    fn figures(self) -> Vec<Figures> {
        let samples = Interval::ALL.into_iter().zip(self.samples);
        samples.map(|(interval, sample)| sample.figures(interval)).collect()
    }

    fn slice(self, key: String, label: String) -> Slice {
        let (incidents, excluded) = (self.incidents, self.excluded);
        let counted = incidents - excluded.total();
        Slice { key, label, incidents, counted, excluded, intervals: self.figures() }
    }
}

/// In which slice something belongs, and what people read there.
fn key_of(
    one: &Measured<'_>,
    unit: Option<&str>,
    regency: &Regency,
    options: &Options,
) -> (String, String) {
    let unknown = || (UNKNOWN.0.to_owned(), UNKNOWN.1.to_owned());
    let same = |key: &str| (key.to_owned(), key.to_owned());
    let village = one.incident.village.as_deref();
    match options.by {
        By::Priority => same(rows::priority_word(one.incident.priority)),
        By::Category => {
            let word = rows::category_word(one.incident.category);
            (word.to_owned(), category_label(one.incident.category).to_owned())
        }
        By::Unit => unit.map_or_else(unknown, same),
        By::Village => village.map_or_else(unknown, |code| {
            (code.to_owned(), regency.village_label(code).unwrap_or(code).to_owned())
        }),
        By::District => village.map_or_else(unknown, |code| {
            let district = code.get(..8).unwrap_or(code);
            let known = regency.districts.iter().find(|known| known.code == district);
            (district.to_owned(), known.map_or(district, |known| &known.name).to_owned())
        }),
        By::Hour => {
            let hour = one.incident.received_at.civil_in(regency.timezone).hour();
            (format!("{hour:02}"), format!("{hour:02}.00–{hour:02}.59"))
        }
    }
}

const fn category_label(category: Category) -> &'static str {
    match category {
        Category::Accident => "Kecelakaan",
        Category::Internal => "Penyakit dalam",
        Category::Neuro => "Saraf",
        Category::Cardiac => "Jantung",
        Category::Maternal => "Maternal (ibu)",
        Category::Neonatal => "Neonatal (bayi baru lahir)",
        Category::Mental => "Kejiwaan",
        Category::Trauma => "Trauma",
        Category::Transfer => "Rujukan antarfasilitas",
        Category::Other => "Lainnya",
    }
}
