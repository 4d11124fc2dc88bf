//! Units off duty in a period: from when to when, why, and for how many hours (pure).

use std::collections::BTreeMap;

use serde::Serialize;

use super::AreaLine;
use super::rows::{csv_of, guarded};
use super::statistics::seconds;
use crate::clock::Timestamp;
use crate::store::DutyChange;

/// Units off duty in a period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Duty {
    pub from: Timestamp,
    pub to: Timestamp,
    pub area: AreaLine,
    pub generated_at: Timestamp,
    /// By unit, and oldest first.
    pub absences: Vec<Absence>,
    /// Every unit that was off duty in the period, by its code.
    pub units: Vec<UnitHours>,
}

/// One time for which a unit was off duty, whole, though it may begin before the period or end after it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Absence {
    pub unit: String,
    pub from: Timestamp,
    /// None: off duty still, or beyond the end of the period.
    pub to: Option<Timestamp>,
    /// As said when it went off duty.
    pub reason: Option<String>,
    /// The part that lies within the period and is over.
    pub hours: f64,
}

/// How long a unit was off duty in the period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitHours {
    pub unit: String,
    pub hours: f64,
}

impl Duty {
    /// Who was off duty in `[from, to)`; `changes` are in the order of the log, with each unit's last before `from`.
    ///
    /// A unit of which nothing is said is on duty.
    #[must_use]
    pub fn compute(
        changes: &[DutyChange],
        area: AreaLine,
        (from, to): (Timestamp, Timestamp),
        now: Timestamp,
    ) -> Self {
        let mut by_unit = BTreeMap::<&str, Vec<Absence>>::new();
        for change in changes.iter().filter(|change| change.at < to) {
            let absences = by_unit.entry(&change.unit).or_default();
            let open = absences.last_mut().filter(|absence| absence.to.is_none());
            match (open, change.on_duty) {
                (Some(open), true) => open.to = Some(change.at),
                // Said again with another reason: the first time stands.
                (Some(_), false) | (None, true) => {}
                (None, false) => absences.push(Absence {
                    unit: change.unit.clone(),
                    from: change.at,
                    to: None,
                    reason: change.reason.clone(),
                    hours: 0.0,
                }),
            }
        }
        let mut all = Vec::new();
        let mut units = Vec::new();
        for (unit, mut absences) in by_unit {
            for absence in &mut absences {
                let until = absence.to.unwrap_or(now).min(to).min(now);
                let within_ms = until.ms_since(absence.from.max(from)).max(0);
                absence.hours = seconds(within_ms) / 3600.0;
            }
            absences.retain(|absence| absence.to.is_none_or(|to| to > from));
            if !absences.is_empty() {
                let hours = absences.iter().map(|absence| absence.hours).sum();
                units.push(UnitHours { unit: unit.to_owned(), hours });
            }
            all.append(&mut absences);
        }
        Self { from, to, area, generated_at: now, absences: all, units }
    }

    /// The absences as CSV with a header.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let record = |absence: &Absence| {
            vec![
                guarded(&absence.unit),
                absence.from.to_string(),
                absence.to.map(|to| to.to_string()).unwrap_or_default(),
                guarded(absence.reason.as_deref().unwrap_or_default()),
                absence.hours.to_string(),
            ]
        };
        csv_of(&["unit", "from", "to", "reason", "hours"], self.absences.iter().map(record))
    }
}
