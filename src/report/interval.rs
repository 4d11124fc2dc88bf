//! The intervals between time points: their names, where each starts and stops, and what makes one invalid (pure).
//!
//! Source: NEMSIS 3.5.1 eTimes for the time points and their order; names after NFPA and NAEMSP. See
//! docs/response-times.md.

use crate::clock::Timestamp;
use crate::dispatch::event::{Category, Priority};
use crate::store::{ReportAssignment, ReportIncident};

/// Longer than this is a forgotten button, not a response.
const INTERVAL_MS_MAX: i64 = 24 * 60 * 60 * 1000;

/// An interval that officials review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    TotalResponse,
    Processing,
    Acknowledgement,
    Turnout,
    Travel,
    PatientAccess,
    UnitResponse,
    OnScene,
    Transport,
    Handover,
    Turnaround,
    Task,
    Delay2,
}

/// All of them in the order in which they are shown.
pub const INTERVALS: [Interval; 13] = [
    Interval::TotalResponse,
    Interval::Processing,
    Interval::Acknowledgement,
    Interval::Turnout,
    Interval::Travel,
    Interval::PatientAccess,
    Interval::UnitResponse,
    Interval::OnScene,
    Interval::Transport,
    Interval::Handover,
    Interval::Turnaround,
    Interval::Task,
    Interval::Delay2,
];

impl Interval {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TotalResponse => "total_response",
            Self::Processing => "processing",
            Self::Acknowledgement => "acknowledgement",
            Self::Turnout => "turnout",
            Self::Travel => "travel",
            Self::PatientAccess => "patient_access",
            Self::UnitResponse => "unit_response",
            Self::OnScene => "on_scene",
            Self::Transport => "transport",
            Self::Handover => "handover",
            Self::Turnaround => "turnaround",
            Self::Task => "task",
            Self::Delay2 => "delay_2",
        }
    }

    /// The time points at which it starts and stops.
    #[must_use]
    pub const fn ends(self) -> (&'static str, &'static str) {
        match self {
            Self::TotalResponse => ("T0", "T6"),
            Self::Processing => ("T2", "T3"),
            Self::Acknowledgement => ("T3", "T4"),
            Self::Turnout => ("T3", "T5"),
            Self::Travel => ("T5", "T6"),
            Self::PatientAccess => ("T6", "T7"),
            Self::UnitResponse => ("T3", "T6"),
            Self::OnScene => ("T6", "T8"),
            Self::Transport => ("T8", "T9"),
            Self::Handover => ("T9", "T10"),
            Self::Turnaround => ("T9", "T11"),
            Self::Task => ("T3", "T11"),
            Self::Delay2 => ("T0", "T9"),
        }
    }

    #[must_use]
    pub const fn unit_of_account(self) -> &'static str {
        match self {
            Self::TotalResponse | Self::Processing | Self::Delay2 => "incident",
            Self::Acknowledgement
            | Self::Turnout
            | Self::Travel
            | Self::PatientAccess
            | Self::UnitResponse
            | Self::OnScene
            | Self::Transport
            | Self::Handover
            | Self::Turnaround
            | Self::Task => "assignment",
        }
    }

    /// Milliseconds from start to stop; none when either is missing. Nothing is invented for a skipped step.
    #[must_use]
    pub fn measure(self, incident: &ReportIncident, a: &ReportAssignment) -> Option<i64> {
        let (start, stop) = match self {
            Self::TotalResponse => (Some(incident.received_at), a.on_scene),
            Self::Processing => (Some(incident.created_at), Some(a.offered)),
            Self::Acknowledgement => (Some(a.offered), a.acknowledged),
            Self::Turnout => (Some(a.offered), a.en_route),
            Self::Travel => (a.en_route, a.on_scene),
            Self::PatientAccess => (a.on_scene, a.at_patient),
            Self::UnitResponse => (Some(a.offered), a.on_scene),
            Self::OnScene => (a.on_scene, a.transporting),
            Self::Transport => (a.transporting, a.at_destination),
            Self::Handover => (a.at_destination, a.handed_over),
            Self::Turnaround => (a.at_destination, a.cleared),
            Self::Task => (Some(a.offered), a.cleared),
            Self::Delay2 => (Some(incident.received_at), a.at_destination),
        };
        Some(stop?.ms_since(start?))
    }
}

/// Whether a measured interval can be one: not negative, not longer than a day.
#[must_use]
pub const fn is_plausible(ms: i64) -> bool {
    ms >= 0 && ms <= INTERVAL_MS_MAX
}

/// One measured interval.
#[derive(Clone, Debug)]
pub struct Sample {
    pub interval: Interval,
    pub ms: i64,
    pub priority: Priority,
}

impl Sample {
    /// The measured time; none when it cannot be one, which is counted and never clamped.
    #[must_use]
    pub fn valid_ms(&self) -> Option<i64> {
        is_plausible(self.ms).then_some(self.ms)
    }
}

/// The assignment whose unit was there first. Every unit is of one class for now, so the first is a capable one.
#[must_use]
pub fn first_arrival(incident: &ReportIncident) -> Option<&ReportAssignment> {
    let arrived = incident.assignments.iter().filter(|a| a.on_scene.is_some());
    arrived.min_by_key(|a| a.on_scene)
}

/// Every interval of an incident, each with the unit it belongs to. Those of the incident count once, for the first
/// unit; those of the assignments for each that reached their stop.
#[must_use]
pub fn samples(incident: &ReportIncident) -> Vec<(String, Sample)> {
    let mut samples = Vec::new();
    let mut take = |interval: Interval, assignment: &ReportAssignment| {
        if let Some(ms) = interval.measure(incident, assignment) {
            let sample = Sample { interval, ms, priority: incident.priority };
            samples.push((assignment.unit.clone(), sample));
        }
    };
    if let Some(first) = first_arrival(incident) {
        take(Interval::TotalResponse, first);
    }
    if let Some(first) = incident.assignments.iter().min_by_key(|a| a.offered) {
        take(Interval::Processing, first);
    }
    if matches!(incident.category, Category::Maternal | Category::Neonatal) {
        let delivered = incident.assignments.iter().filter(|a| a.at_destination.is_some());
        if let Some(first) = delivered.min_by_key(|a| a.at_destination) {
            take(Interval::Delay2, first);
        }
    }
    let of_assignments = INTERVALS.into_iter().filter(|i| i.unit_of_account() == "assignment");
    for interval in of_assignments {
        for assignment in &incident.assignments {
            take(interval, assignment);
        }
    }
    samples
}

/// Whether the time points that are there stand in the order that NEMSIS asks for.
#[must_use]
pub fn is_ordered(incident: &ReportIncident, a: &ReportAssignment) -> bool {
    let points = [
        Some(incident.received_at),
        Some(a.offered),
        a.en_route,
        a.on_scene,
        a.at_patient,
        a.transporting,
        a.at_destination,
        a.handed_over,
        a.cleared,
    ];
    let known: Vec<Timestamp> = points.into_iter().flatten().collect();
    known.is_sorted()
}
