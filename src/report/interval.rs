//! The intervals, the time points they run between, and when a value cannot be true.

use crate::clock::Timestamp;
use crate::store::{ReportAssignment, ReportIncident};

/// Longer than this is a forgotten button, not a response.
const LONGEST_MS: i64 = 24 * 60 * 60 * 1000;

/// A moment of an incident (T0, T2) or of one unit's response (from T3 on).
///
/// Names and meanings follow NEMSIS 3.5.1, eTimes.01 to eTimes.13. T1, the call answered, is not
/// recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    T0,
    T2,
    T3,
    T4,
    T5,
    T6,
    T7,
    T8,
    T9,
    T10,
    T11,
}

impl Point {
    const ALL: [Self; 11] = [
        Self::T0,
        Self::T2,
        Self::T3,
        Self::T4,
        Self::T5,
        Self::T6,
        Self::T7,
        Self::T8,
        Self::T9,
        Self::T10,
        Self::T11,
    ];

    /// `T0` to `T11`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::T0 => "T0",
            Self::T2 => "T2",
            Self::T3 => "T3",
            Self::T4 => "T4",
            Self::T5 => "T5",
            Self::T6 => "T6",
            Self::T7 => "T7",
            Self::T8 => "T8",
            Self::T9 => "T9",
            Self::T10 => "T10",
            Self::T11 => "T11",
        }
    }

    const fn of(self, incident: &ReportIncident, own: &ReportAssignment) -> Option<Timestamp> {
        match self {
            Self::T0 => Some(incident.received_at),
            Self::T2 => Some(incident.created_at),
            Self::T3 => Some(own.offered),
            Self::T4 => own.acknowledged,
            Self::T5 => own.en_route,
            Self::T6 => own.on_scene,
            Self::T7 => own.at_patient,
            Self::T8 => own.transporting,
            Self::T9 => own.at_destination,
            Self::T10 => own.handed_over,
            Self::T11 => own.cleared,
        }
    }

    /// Those that may not be later than this one, where both are known.
    ///
    /// NEMSIS 3.5.1 rules nemSch_e017 to e056, and T2 not before T0, T4 not before T3.
    const fn not_before(self) -> &'static [Self] {
        use Point::{T0, T2, T3, T4, T5, T6, T7, T8, T9, T10};
        match self {
            T0 => &[],
            T2 | T3 => &[T0],
            T4 | T5 | T7 => &[T3],
            T6 => &[T3, T5],
            T8 => &[T3, T5, T6, T7],
            T9 => &[T3, T5, T6, T7, T8],
            T10 => &[T3, T5, T6, T7, T8, T9],
            Self::T11 => &[T3, T4, T5, T6, T7, T8, T9, T10],
        }
    }
}

/// A stretch of time between two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// To the first unit that can do what the incident needs.
    TotalResponse,
    /// To the first unit of any kind.
    FirstAnyUnit,
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
    /// To a facility, for mothers and newborns: the second of the three delays (Thaddeus and Maine,
    /// 1994).
    Delay2,
}

impl Interval {
    /// In the order of the report.
    pub const ALL: [Self; 14] = [
        Self::TotalResponse,
        Self::FirstAnyUnit,
        Self::Processing,
        Self::Acknowledgement,
        Self::Turnout,
        Self::Travel,
        Self::PatientAccess,
        Self::UnitResponse,
        Self::OnScene,
        Self::Transport,
        Self::Handover,
        Self::Turnaround,
        Self::Task,
        Self::Delay2,
    ];

    /// Its name in the report; a row has it with `_s` after it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TotalResponse => "total_response",
            Self::FirstAnyUnit => "first_any_unit",
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

    /// Where it starts and stops.
    pub const fn ends(self) -> (Point, Point) {
        match self {
            Self::TotalResponse | Self::FirstAnyUnit => (Point::T0, Point::T6),
            Self::Processing => (Point::T2, Point::T3),
            Self::Acknowledgement => (Point::T3, Point::T4),
            Self::Turnout => (Point::T3, Point::T5),
            Self::Travel => (Point::T5, Point::T6),
            Self::PatientAccess => (Point::T6, Point::T7),
            Self::UnitResponse => (Point::T3, Point::T6),
            Self::OnScene => (Point::T6, Point::T8),
            Self::Transport => (Point::T8, Point::T9),
            Self::Handover => (Point::T9, Point::T10),
            Self::Turnaround => (Point::T9, Point::T11),
            Self::Task => (Point::T3, Point::T11),
            Self::Delay2 => (Point::T0, Point::T9),
        }
    }

    /// Whether there is one value for an incident, or one for each assignment.
    #[must_use]
    pub const fn unit_of_account(self) -> &'static str {
        if self.is_of_incident() { "incident" } else { "assignment" }
    }

    pub const fn is_of_incident(self) -> bool {
        matches!(self, Self::TotalResponse | Self::FirstAnyUnit | Self::Processing | Self::Delay2)
    }

    /// Only the headline has a target.
    pub const fn has_target(self) -> bool {
        matches!(self, Self::TotalResponse)
    }
}

/// What one interval came to for one assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// It does not apply, or a step was skipped.
    Absent,
    /// It cannot be true: counted, never mended.
    Invalid,
    /// Milliseconds, 0 to 24 hours.
    Took(i64),
}

/// The time points of one assignment, each with whether it can be true.
#[derive(Debug)]
pub struct Points {
    known: [Option<Timestamp>; Point::ALL.len()],
    is_doubtful: [bool; Point::ALL.len()],
}

impl Points {
    /// Points in the wrong order are doubtful both, for nobody can say which is wrong; so is the
    /// future.
    pub fn new(incident: &ReportIncident, assignment: &ReportAssignment, now: Timestamp) -> Self {
        let known = Point::ALL.map(|point| point.of(incident, assignment));
        let mut is_doubtful = known.map(|at| at.is_some_and(|at| at > now));
        for later in Point::ALL {
            for earlier in later.not_before() {
                let (from, to) = (known[*earlier as usize], known[later as usize]);
                if from.zip(to).is_some_and(|(from, to)| from > to) {
                    is_doubtful[*earlier as usize] = true;
                    is_doubtful[later as usize] = true;
                }
            }
        }
        Self { known, is_doubtful }
    }

    /// An interval of this assignment.
    pub fn measure(&self, interval: Interval) -> Measure {
        let (from, to) = interval.ends();
        let ends = self.known[from as usize].zip(self.known[to as usize]);
        let Some((start, stop)) = ends else { return Measure::Absent };
        let took_ms = stop.ms_since(start);
        let is_doubtful = self.is_doubtful[from as usize] || self.is_doubtful[to as usize];
        if is_doubtful || !(0..=LONGEST_MS).contains(&took_ms) {
            return Measure::Invalid;
        }
        Measure::Took(took_ms)
    }
}
