//! Who is counted: which incidents are left out and why, and which assignment an incident's figures
//! stand with.

use serde::Serialize;

use super::interval::{Interval, Measure, Points};
use crate::clock::Timestamp;
use crate::dispatch::event::{Category, Disposition};
use crate::store::{ReportAssignment, ReportIncident};

/// Why an incident is not in the headline figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// Not over yet (berjalan).
    Open,
    /// Cancelled before a unit arrived that could do what was needed.
    Cancelled,
    Prank,
    Incomplete,
    SolvedByPhone,
    HealthWorkerVisit,
    /// A transfer between facilities.
    Transfer,
    /// Given to another service, which took it.
    Transferred,
    /// An exercise.
    Drill,
    /// Units came, and none of them could do what the incident needed.
    Unmet,
    /// A neighbouring area asked for it and counts it.
    Neighbour,
    /// The total response cannot be true, or nobody recorded an arrival.
    Invalid,
}

impl Exclusion {
    /// The word for it in rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Cancelled => "cancelled",
            Self::Prank => "prank",
            Self::Incomplete => "incomplete",
            Self::SolvedByPhone => "solved_by_phone",
            Self::HealthWorkerVisit => "health_worker_visit",
            Self::Transfer => "transfer",
            Self::Transferred => "transferred",
            Self::Drill => "drill",
            Self::Unmet => "unmet",
            Self::Neighbour => "neighbour",
            Self::Invalid => "invalid",
        }
    }

    /// Whether steps that were reached are still measured.
    const fn keeps_steps(self) -> bool {
        match self {
            Self::Cancelled | Self::Unmet | Self::Invalid | Self::Neighbour => true,
            Self::Open
            | Self::Prank
            | Self::Incomplete
            | Self::SolvedByPhone
            | Self::HealthWorkerVisit
            | Self::Transfer
            | Self::Transferred
            | Self::Drill => false,
        }
    }
}

/// How many incidents were left out, by reason; each incident under one reason only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Excluded {
    pub open: u64,
    pub cancelled: u64,
    pub prank: u64,
    pub incomplete: u64,
    pub solved_by_phone: u64,
    pub health_worker_visit: u64,
    pub transfer: u64,
    pub transferred: u64,
    pub drill: u64,
    pub unmet: u64,
    pub neighbour: u64,
    pub invalid: u64,
}

impl Excluded {
    pub(super) const fn add(&mut self, reason: Exclusion) {
        let count = match reason {
            Exclusion::Open => &mut self.open,
            Exclusion::Cancelled => &mut self.cancelled,
            Exclusion::Prank => &mut self.prank,
            Exclusion::Incomplete => &mut self.incomplete,
            Exclusion::SolvedByPhone => &mut self.solved_by_phone,
            Exclusion::HealthWorkerVisit => &mut self.health_worker_visit,
            Exclusion::Transfer => &mut self.transfer,
            Exclusion::Transferred => &mut self.transferred,
            Exclusion::Drill => &mut self.drill,
            Exclusion::Unmet => &mut self.unmet,
            Exclusion::Neighbour => &mut self.neighbour,
            Exclusion::Invalid => &mut self.invalid,
        };
        *count += 1;
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.open
            + self.cancelled
            + self.prank
            + self.incomplete
            + self.solved_by_phone
            + self.health_worker_visit
            + self.transfer
            + self.transferred
            + self.drill
            + self.unmet
            + self.neighbour
            + self.invalid
    }
}

/// One incident with everything that was measured of it.
#[derive(Debug)]
pub struct Measured<'a> {
    pub incident: &'a ReportIncident,
    pub exclusion: Option<Exclusion>,
    /// One for each assignment; one without an assignment where there was none.
    pub rows: Vec<MeasuredRow<'a>>,
    /// Milliseconds from T0 for which an emergency waited without the arrival of a unit that could do what it needed,
    /// until it ended or until now.
    pub waited_in_vain_ms: Option<i64>,
    /// Place in `rows` of the assignment that stands for the incident.
    headline: usize,
}

#[derive(Debug)]
pub struct MeasuredRow<'a> {
    pub assignment: Option<&'a ReportAssignment>,
    /// In the order of `Interval::ALL`.
    pub measures: [Measure; Interval::ALL.len()],
}

impl Measured<'_> {
    /// The unit that stands for the incident: the first on scene that could do what was needed, else the first on
    /// scene, else the last that was asked.
    pub fn unit(&self) -> Option<&str> {
        self.rows.get(self.headline).and_then(MeasuredRow::unit)
    }
}

impl MeasuredRow<'_> {
    pub fn unit(&self) -> Option<&str> {
        self.assignment.map(|assignment| assignment.unit.as_str())
    }
}

/// Measures one incident.
pub fn measure(incident: &ReportIncident, now: Timestamp) -> Measured<'_> {
    let own = &incident.assignments;
    let first_any = earliest(own, |a| a.on_scene.filter(|_| !a.referral));
    let first_capable =
        earliest(own, |a| a.on_scene.filter(|_| !a.referral && is_capable(incident, a)));
    let first_at_facility = earliest(own, |assignment| assignment.at_destination);
    let headline = first_capable.or(first_any).unwrap_or(own.len().saturating_sub(1));
    let ruled_out = ruled_out(incident, first_capable.is_some());
    let is_measured = ruled_out.is_none_or(Exclusion::keeps_steps);
    let is_for_delay = is_of_mother_or_newborn(incident.category);
    let stands_with = |interval: Interval, place: usize| {
        !interval.is_of_incident()
            || (interval == Interval::TotalResponse && first_capable == Some(place))
            || (interval == Interval::FirstAnyUnit && first_any == Some(place))
            || (interval == Interval::Processing && place == 0)
            || (interval == Interval::Delay2 && is_for_delay && first_at_facility == Some(place))
    };
    let mut rows: Vec<MeasuredRow<'_>> = Vec::with_capacity(own.len().max(1));
    for (place, assignment) in own.iter().enumerate() {
        let points = Points::new(incident, assignment, now);
        let measures = Interval::ALL.map(|interval| {
            let is_here = is_measured && stands_with(interval, place);
            if is_here { points.measure(interval) } else { Measure::Absent }
        });
        rows.push(MeasuredRow { assignment: Some(assignment), measures });
    }
    if rows.is_empty() {
        rows.push(MeasuredRow {
            assignment: None,
            measures: [Measure::Absent; Interval::ALL.len()],
        });
    }
    let mut exclusion = ruled_out;
    if ruled_out.is_none() && first_any.is_some() && first_capable.is_none() {
        exclusion = Some(Exclusion::Unmet);
    } else if ruled_out.is_none() {
        let response = &mut rows[headline].measures[Interval::TotalResponse as usize];
        // An emergency that was neither cancelled nor ruled out must have an arrival.
        if !matches!(response, Measure::Took(_)) {
            *response = Measure::Invalid;
            exclusion = Some(Exclusion::Invalid);
        }
    }
    let never_reached =
        matches!(exclusion, Some(Exclusion::Open | Exclusion::Cancelled | Exclusion::Unmet));
    let until = incident.ended_at.unwrap_or(now);
    let waited_in_vain_ms = (never_reached && first_capable.is_none())
        .then(|| until.ms_since(incident.received_at))
        .filter(|ms| *ms >= 0);
    Measured { incident, exclusion, rows, waited_in_vain_ms, headline }
}

/// The reason why an incident is no emergency response whatever its times are.
fn ruled_out(incident: &ReportIncident, has_arrival: bool) -> Option<Exclusion> {
    if incident.drill {
        return Some(Exclusion::Drill);
    }
    if incident.neighbour {
        return Some(Exclusion::Neighbour);
    }
    if incident.category == Category::Transfer {
        return Some(Exclusion::Transfer);
    }
    match incident.disposition {
        None => Some(Exclusion::Open),
        Some(Disposition::Prank) => Some(Exclusion::Prank),
        Some(Disposition::Incomplete) => Some(Exclusion::Incomplete),
        Some(Disposition::SolvedByPhone) => Some(Exclusion::SolvedByPhone),
        Some(Disposition::HealthWorkerVisit) => Some(Exclusion::HealthWorkerVisit),
        Some(Disposition::Transferred) => Some(Exclusion::Transferred),
        Some(Disposition::Cancelled) if !has_arrival => Some(Exclusion::Cancelled),
        Some(
            Disposition::Cancelled
            | Disposition::Transported
            | Disposition::TreatedOnScene
            | Disposition::NoPatientFound
            | Disposition::RefusedTransport
            | Disposition::DiedOnScene
            | Disposition::Completed,
        ) => None,
    }
}

const fn is_of_mother_or_newborn(category: Category) -> bool {
    matches!(category, Category::Maternal | Category::Neonatal)
}

/// Whether the unit brought at least one of the things that the incident needs, as they were last said.
///
/// Where nothing special is needed any unit will do; so will one of which it was not noted what it could do.
fn is_capable(incident: &ReportIncident, assignment: &ReportAssignment) -> bool {
    let Some(abilities) = &assignment.abilities else { return true };
    incident.needs.is_empty() || incident.needs.iter().any(|need| abilities.contains(need))
}

/// The place of the assignment that reached a step first; of two at once the one asked first.
fn earliest(
    assignments: &[ReportAssignment],
    step: impl Fn(&ReportAssignment) -> Option<Timestamp>,
) -> Option<usize> {
    let reached = assignments.iter().enumerate();
    let reached = reached.filter_map(|(place, assignment)| Some((step(assignment)?, place)));
    reached.min().map(|(_, place)| place)
}
