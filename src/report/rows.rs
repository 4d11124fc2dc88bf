//! The report's rows, one for each assignment, and their form as CSV.

use serde::Serialize;

use super::interval::{Interval, Measure};
use super::population::{Measured, MeasuredRow};
use super::statistics::seconds;
use crate::clock::Timestamp;
use crate::dispatch::event::{Category, Disposition, Priority};
use crate::gazetteer::Regency;

/// One assignment, or an incident that had none. What is in the figures is here, and nothing else.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    pub incident: String,
    pub case_number: String,
    /// T0.
    pub received_at: Timestamp,
    /// T0 on the clock of the area, `2026-11-23T08:02:03`.
    pub received_local: String,
    pub priority: &'static str,
    pub category: &'static str,
    /// The incident's village.
    pub village: Option<RowVillage>,
    pub unit: Option<String>,
    /// `cleared`, `rejected`, `cancelled`, or the last step while open.
    pub state: Option<String>,
    pub disposition: Option<&'static str>,
    /// Why the incident is not counted.
    pub excluded: Option<&'static str>,
    #[serde(flatten)]
    pub times: Times,
    /// Names of intervals that cannot be true.
    pub invalid: Vec<&'static str>,
}

/// A village as people read it: never without its district.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowVillage {
    /// Kemendagri code.
    pub code: String,
    pub name: String,
    pub district: String,
}

/// The intervals of a row in seconds; none where a step was skipped or the value cannot be true.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Times {
    pub total_response_s: Option<f64>,
    pub first_any_unit_s: Option<f64>,
    pub processing_s: Option<f64>,
    pub acknowledgement_s: Option<f64>,
    pub turnout_s: Option<f64>,
    pub travel_s: Option<f64>,
    pub patient_access_s: Option<f64>,
    pub unit_response_s: Option<f64>,
    pub on_scene_s: Option<f64>,
    pub transport_s: Option<f64>,
    pub handover_s: Option<f64>,
    pub turnaround_s: Option<f64>,
    pub task_s: Option<f64>,
    pub delay_2_s: Option<f64>,
}

impl Times {
    fn of(measures: &[Measure; Interval::ALL.len()]) -> Self {
        let of = |interval: Interval| match measures[interval as usize] {
            Measure::Took(ms) => Some(seconds(ms)),
            Measure::Absent | Measure::Invalid => None,
        };
        Self {
            total_response_s: of(Interval::TotalResponse),
            first_any_unit_s: of(Interval::FirstAnyUnit),
            processing_s: of(Interval::Processing),
            acknowledgement_s: of(Interval::Acknowledgement),
            turnout_s: of(Interval::Turnout),
            travel_s: of(Interval::Travel),
            patient_access_s: of(Interval::PatientAccess),
            unit_response_s: of(Interval::UnitResponse),
            on_scene_s: of(Interval::OnScene),
            transport_s: of(Interval::Transport),
            handover_s: of(Interval::Handover),
            turnaround_s: of(Interval::Turnaround),
            task_s: of(Interval::Task),
            delay_2_s: of(Interval::Delay2),
        }
    }

    /// In the order of `Interval::ALL`.
    #[must_use]
    pub const fn in_order(&self) -> [Option<f64>; Interval::ALL.len()] {
        [
            self.total_response_s,
            self.first_any_unit_s,
            self.processing_s,
            self.acknowledgement_s,
            self.turnout_s,
            self.travel_s,
            self.patient_access_s,
            self.unit_response_s,
            self.on_scene_s,
            self.transport_s,
            self.handover_s,
            self.turnaround_s,
            self.task_s,
            self.delay_2_s,
        ]
    }
}

/// The rows of one incident.
pub fn rows(one: &Measured<'_>, regency: &Regency) -> Vec<Row> {
    one.rows.iter().map(|row| row_of(one, row, regency)).collect()
}

fn row_of(one: &Measured<'_>, row: &MeasuredRow<'_>, regency: &Regency) -> Row {
    let incident = one.incident;
    let village = incident.village.as_deref().and_then(|code| regency.village(code));
    let measures = Interval::ALL.into_iter().zip(row.measures);
    let invalid = measures.filter(|(_, measure)| *measure == Measure::Invalid);
    Row {
        incident: incident.id.to_string(),
        case_number: incident.case_number.clone(),
        received_at: incident.received_at,
        received_local: format!("{:.0}", incident.received_at.civil_in(regency.timezone)),
        priority: priority_word(incident.priority),
        category: category_word(incident.category),
        village: village.map(|village| RowVillage {
            code: village.code.clone(),
            name: village.name.clone(),
            district: village.district.clone(),
        }),
        unit: row.unit().map(str::to_owned),
        state: row.assignment.map(|assignment| assignment.state.clone()),
        disposition: incident.disposition.map(disposition_word),
        excluded: one.exclusion.map(super::Exclusion::as_str),
        times: Times::of(&row.measures),
        invalid: invalid.map(|(interval, _)| interval.name()).collect(),
    }
}

/// The rows as CSV with a header (RFC 4180, lines end with CR LF).
///
/// A text that a spreadsheet could take for a formula has an apostrophe before it (OWASP, CSV
/// injection).
#[must_use]
pub fn to_csv(report: &super::Report) -> String {
    const TEXTS: [&str; 13] = [
        "incident",
        "case_number",
        "received_at",
        "received_local",
        "priority",
        "category",
        "village",
        "village_name",
        "district",
        "unit",
        "state",
        "disposition",
        "excluded",
    ];
    let mut header: Vec<String> = TEXTS.map(str::to_owned).to_vec();
    header.extend(Interval::ALL.map(|interval| format!("{}_s", interval.name())));
    header.push("invalid".to_owned());
    csv_of(&header, report.rows.iter().map(record))
}

/// Records below a header, each as long as it, as CSV.
pub fn csv_of(header: &[impl AsRef<[u8]>], records: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(header).expect("memory takes every record");
    for record in records {
        writer.write_record(record).expect("every record is as long as the header");
    }
    let bytes = writer.into_inner().expect("memory takes every record");
    String::from_utf8(bytes).expect("made of texts")
}

fn record(row: &Row) -> Vec<String> {
    let text = |text: &Option<String>| guarded(text.as_deref().unwrap_or_default());
    let of_village = |field: fn(&RowVillage) -> &String| {
        guarded(row.village.as_ref().map_or("", |village| field(village)))
    };
    let mut record = vec![
        guarded(&row.incident),
        guarded(&row.case_number),
        row.received_at.to_string(),
        row.received_local.clone(),
        row.priority.to_owned(),
        row.category.to_owned(),
        of_village(|village| &village.code),
        of_village(|village| &village.name),
        of_village(|village| &village.district),
        text(&row.unit),
        text(&row.state),
        row.disposition.unwrap_or_default().to_owned(),
        row.excluded.unwrap_or_default().to_owned(),
    ];
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    record.extend(row.times.in_order().map(number));
    record.push(row.invalid.join(" "));
    record
}

/// A text that no spreadsheet takes for a formula.
pub fn guarded(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

pub const fn priority_word(priority: Priority) -> &'static str {
    match priority {
        Priority::P1 => "P1",
        Priority::P2 => "P2",
        Priority::P3 => "P3",
        Priority::P4 => "P4",
    }
}

pub const fn category_word(category: Category) -> &'static str {
    match category {
        Category::Accident => "accident",
        Category::Internal => "internal",
        Category::Neuro => "neuro",
        Category::Cardiac => "cardiac",
        Category::Maternal => "maternal",
        Category::Neonatal => "neonatal",
        Category::Mental => "mental",
        Category::Trauma => "trauma",
        Category::Transfer => "transfer",
        Category::Other => "other",
    }
}

const fn disposition_word(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Transported => "transported",
        Disposition::TreatedOnScene => "treated_on_scene",
        Disposition::Completed => "completed",
        Disposition::Cancelled => "cancelled",
        Disposition::Prank => "prank",
        Disposition::Incomplete => "incomplete",
        Disposition::SolvedByPhone => "solved_by_phone",
        Disposition::HealthWorkerVisit => "health_worker_visit",
        Disposition::Transferred => "transferred",
        Disposition::NoPatientFound => "no_patient_found",
        Disposition::RefusedTransport => "refused_transport",
        Disposition::DiedOnScene => "died_on_scene",
    }
}
