//! What the reports may ask of storage: incidents with their time points, offers that came to nothing, duty.

use sqlx::FromRow;
use uuid::Uuid;

use super::rows::from_word;
use super::{Error, Store};
use crate::clock::Timestamp;
use crate::dispatch::event::{Category, Disposition, Event, Priority};
use crate::ids::{AreaId, AssignmentId, IncidentId};

/// Most assignments in one report.
pub(super) const ASSIGNMENTS_MAX: i64 = 500_000;
/// Most changes of duty in one report: two a day of every village ambulance of a regency, for a year.
pub(super) const DUTY_CHANGES_MAX: i64 = 200_000;

/// One incident as the reports see it, with its assignments' time points.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportIncident {
    pub id: IncidentId,
    pub case_number: String,
    pub received_at: Timestamp,
    pub created_at: Timestamp,
    pub priority: Priority,
    pub category: Category,
    /// Kemendagri code of the village of the incident (or the nearest).
    pub village: Option<String>,
    pub disposition: Option<Disposition>,
    pub ended_at: Option<Timestamp>,
    /// An exercise: shown, and never part of the figures.
    pub drill: bool,
    /// A neighbouring area asked for it: its desk counts it.
    pub neighbour: bool,
    /// What units must be able to do, as last said; empty: nothing special.
    pub needs: Vec<String>,
    /// In the order in which they were offered.
    pub assignments: Vec<ReportAssignment>,
}

/// One assignment's time points (server time); a step that was skipped has none.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ReportAssignment {
    pub id: Option<AssignmentId>,
    pub unit: String,
    pub offered: Timestamp,
    pub delivered: Option<Timestamp>,
    pub acknowledged: Option<Timestamp>,
    pub en_route: Option<Timestamp>,
    pub on_scene: Option<Timestamp>,
    pub at_patient: Option<Timestamp>,
    pub transporting: Option<Timestamp>,
    pub at_destination: Option<Timestamp>,
    pub handed_over: Option<Timestamp>,
    pub cleared: Option<Timestamp>,
    /// When it ended otherwise: rejected or cancelled.
    pub ended_at: Option<Timestamp>,
    /// How it ended, or the last step while open.
    pub state: String,
    /// The patient was fetched at a facility to be carried on: no response to an emergency.
    pub referral: bool,
    /// What the unit could do when it was ordered out; none: not noted.
    pub abilities: Option<Vec<String>>,
}

/// One order to a unit and what came of it, without anything about the patient. Exercises are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportOffer {
    pub unit: String,
    pub case_number: String,
    pub offered: Timestamp,
    /// The first sign that the crew comes: its answer, or any later step.
    pub accepted: Option<Timestamp>,
    /// The first sign that the vehicle was on its way, or any later step.
    pub rolling: Option<Timestamp>,
    /// How it came to nothing; none: it was carried out, or still is.
    pub dropped: Option<Dropped>,
}

/// How an order came to nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropped {
    pub at: Timestamp,
    /// `rejected`, `timed_out`, `cancelled` or `diverted`.
    pub outcome: String,
    pub reason: Option<String>,
    /// In what role, never who: `operator`, `crew`, `device` or `system`.
    pub by: String,
}

/// A unit went off duty or came back.
#[derive(Clone, Debug, PartialEq)]
pub struct DutyChange {
    pub unit: String,
    pub at: Timestamp,
    pub on_duty: bool,
    pub reason: Option<String>,
}

impl Store {
    /// Incidents by T0 in `[from, to)` with their assignments, oldest first.
    pub async fn report_incidents(
        &self,
        area: &AreaId,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<ReportIncident>, Error> {
        match self {
            Self::Sqlite(store) => store.report_incidents(area, from, to, limit).await,
            Self::Postgres(store) => store.report_incidents(area, from, to, limit).await,
        }
    }

    /// Orders by the time they were given in `[from, to)`, oldest first.
    pub async fn report_offers(
        &self,
        area: &AreaId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ReportOffer>, Error> {
        match self {
            Self::Sqlite(store) => store.report_offers(area, from, to).await,
            Self::Postgres(store) => store.report_offers(area, from, to).await,
        }
    }

    /// Changes of duty in `[from, to)` and each unit's last one before, in the order of the log.
    pub async fn report_duty(
        &self,
        area: &AreaId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<DutyChange>, Error> {
        match self {
            Self::Sqlite(store) => store.report_duty(area, from, to).await,
            Self::Postgres(store) => store.report_duty(area, from, to).await,
        }
    }
}

#[derive(FromRow)]
pub struct IncidentRow {
    id: Uuid,
    case_number: String,
    received_at: i64,
    created_at: i64,
    priority: String,
    category: String,
    village: Option<String>,
    disposition: Option<String>,
    ended_at: Option<i64>,
    drill: i32,
    neighbour: i32,
    needs: String,
}

#[derive(FromRow)]
pub struct AssignmentRow {
    id: Uuid,
    incident: Uuid,
    unit: String,
    state: String,
    offered: i64,
    delivered: Option<i64>,
    acknowledged: Option<i64>,
    en_route: Option<i64>,
    on_scene: Option<i64>,
    at_patient: Option<i64>,
    transporting: Option<i64>,
    at_destination: Option<i64>,
    handed_over: Option<i64>,
    cleared: Option<i64>,
    dropped: Option<i64>,
    referral: i32,
    abilities: Option<String>,
}

#[derive(FromRow)]
pub struct OfferRow {
    unit: String,
    case_number: String,
    state: String,
    offered: i64,
    accepted: Option<i64>,
    rolling: Option<i64>,
    dropped: Option<i64>,
    actor: Option<String>,
    body: Option<String>,
}

#[derive(FromRow)]
pub struct DutyRow {
    at: i64,
    body: String,
}

fn time(ms: Option<i64>) -> Option<Timestamp> {
    ms.map(Timestamp::from_ms)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn event(body: &str) -> Result<Event, Error> {
    serde_json::from_str(body).map_err(|fault| Error::Corrupt(fault.to_string()))
}

impl AssignmentRow {
    fn read(self) -> ReportAssignment {
        ReportAssignment {
            id: Some(AssignmentId::from_uuid(self.id)),
            unit: self.unit,
            offered: Timestamp::from_ms(self.offered),
            delivered: time(self.delivered),
            acknowledged: time(self.acknowledged),
            en_route: time(self.en_route),
            on_scene: time(self.on_scene),
            at_patient: time(self.at_patient),
            transporting: time(self.transporting),
            at_destination: time(self.at_destination),
            handed_over: time(self.handed_over),
            cleared: time(self.cleared),
            ended_at: time(self.dropped),
            state: self.state,
            referral: self.referral != 0,
            abilities: self.abilities.as_deref().map(words),
        }
    }
}

impl OfferRow {
    pub fn read(self) -> Result<ReportOffer, Error> {
        let dropped = match (self.dropped, self.body) {
            (Some(at), Some(body)) => Some(Dropped {
                at: Timestamp::from_ms(at),
                outcome: self.state,
                reason: reason(event(&body)?),
                by: role_of(&self.actor.unwrap_or_default()),
            }),
            (Some(_), None) => {
                let unit = &self.unit;
                return Err(Error::Corrupt(format!(
                    "an order to {unit} ended and the log knows nothing of it"
                )));
            }
            (None, _) => None,
        };
        Ok(ReportOffer {
            unit: self.unit,
            case_number: self.case_number,
            offered: Timestamp::from_ms(self.offered),
            accepted: time(self.accepted),
            rolling: time(self.rolling),
            dropped,
        })
    }
}

/// The role in `role:name`.
fn role_of(actor: &str) -> String {
    actor.split(':').next().unwrap_or_default().to_owned()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others end no order, or say no reason")]
fn reason(event: Event) -> Option<String> {
    match event {
        Event::AssignmentRejected { reason, .. } | Event::AssignmentCancelled { reason, .. } => {
            Some(reason)
        }
        _ => None,
    }
}

impl DutyRow {
    pub fn read(self) -> Result<DutyChange, Error> {
        let Event::DutyChanged { unit, on_duty, reason } = event(&self.body)? else {
            return Err(Error::Corrupt("an entry about duty that says something else".to_owned()));
        };
        let at = Timestamp::from_ms(self.at);
        Ok(DutyChange { unit: unit.to_string(), at, on_duty, reason })
    }
}

/// Incidents with their assignments, each list in its own order.
pub fn joined(
    incidents: Vec<IncidentRow>,
    assignments: Vec<AssignmentRow>,
) -> Result<Vec<ReportIncident>, Error> {
    let mut by_incident = std::collections::BTreeMap::<Uuid, Vec<ReportAssignment>>::new();
    for row in assignments {
        by_incident.entry(row.incident).or_default().push(row.read());
    }
    let read = |row: IncidentRow| {
        Ok(ReportIncident {
            id: IncidentId::from_uuid(row.id),
            case_number: row.case_number,
            received_at: Timestamp::from_ms(row.received_at),
            created_at: Timestamp::from_ms(row.created_at),
            priority: from_word(&row.priority)?,
            category: from_word(&row.category)?,
            village: row.village,
            disposition: row.disposition.as_deref().map(from_word).transpose()?,
            ended_at: time(row.ended_at),
            drill: row.drill != 0,
            neighbour: row.neighbour != 0,
            needs: words(&row.needs),
            assignments: by_incident.remove(&row.id).unwrap_or_default(),
        })
    };
    incidents.into_iter().map(read).collect()
}
