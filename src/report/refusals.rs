//! Orders that came to nothing: who refused, who never answered, what was taken back, at which stage and why (pure).

use std::collections::BTreeMap;

use serde::Serialize;

use super::AreaLine;
use super::rows::{csv_of, guarded};
use super::statistics::seconds;
use crate::clock::Timestamp;
use crate::store::{Dropped, ReportOffer};

/// Refusals and cancellations of a period; nothing in it is about a patient or a caller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refusals {
    /// First order that counts.
    pub from: Timestamp,
    /// First order that no longer counts.
    pub to: Timestamp,
    pub area: AreaLine,
    pub generated_at: Timestamp,
    /// Orders of the period that came to nothing, oldest first.
    pub refusals: Vec<Refusal>,
    /// Every unit that was asked in the period, by its code.
    pub units: Vec<UnitTotals>,
}

/// One order that came to nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refusal {
    pub unit: String,
    pub case_number: String,
    pub offered_at: Timestamp,
    pub at: Timestamp,
    /// From the order to its end.
    pub after_s: f64,
    /// `rejected`, `timed_out`, `cancelled` or `diverted`.
    pub outcome: String,
    pub stage: Stage,
    pub reason: Option<String>,
    /// In what role: `operator`, `crew`, `device` or `system`.
    pub by: String,
}

/// How far an order had come when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    BeforeAnswer,
    /// The crew had said that it comes.
    BeforeRolling,
    OnTheWay,
}

impl Stage {
    const fn as_str(self) -> &'static str {
        match self {
            Self::BeforeAnswer => "before_answer",
            Self::BeforeRolling => "before_rolling",
            Self::OnTheWay => "on_the_way",
        }
    }

    const fn of(offer: &ReportOffer) -> Self {
        match (offer.accepted, offer.rolling) {
            (_, Some(_)) => Self::OnTheWay,
            (Some(_), None) => Self::BeforeRolling,
            (None, None) => Self::BeforeAnswer,
        }
    }
}

/// What became of the orders to one unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UnitTotals {
    pub unit: String,
    pub offers: u64,
    /// The crew said or showed that it comes; some of these were taken back later.
    pub accepted: u64,
    pub rejected: u64,
    pub timed_out: u64,
    pub cancelled: u64,
    pub diverted: u64,
    /// Rejected or never answered, of all orders to the unit.
    pub refused_share: f64,
}

impl UnitTotals {
    fn add(&mut self, offer: &ReportOffer) {
        self.offers += 1;
        self.accepted += u64::from(offer.accepted.is_some());
        match offer.dropped.as_ref().map(|dropped| dropped.outcome.as_str()) {
            Some("rejected") => self.rejected += 1,
            Some("timed_out") => self.timed_out += 1,
            Some("cancelled") => self.cancelled += 1,
            Some("diverted") => self.diverted += 1,
            Some(_) | None => {}
        }
        self.refused_share = (self.rejected + self.timed_out) as f64 / self.offers as f64;
    }
}

impl Refusals {
    /// What became of the orders of a period, `[from, to)` by when they were given.
    #[must_use]
    pub fn compute(
        offers: &[ReportOffer],
        area: AreaLine,
        (from, to): (Timestamp, Timestamp),
        now: Timestamp,
    ) -> Self {
        let mut units = BTreeMap::<&str, UnitTotals>::new();
        let mut refusals = Vec::new();
        for offer in offers.iter().filter(|offer| (from..to).contains(&offer.offered)) {
            let totals = units.entry(&offer.unit).or_insert_with(|| UnitTotals {
                unit: offer.unit.clone(),
                ..UnitTotals::default()
            });
            totals.add(offer);
            refusals.extend(offer.dropped.as_ref().map(|dropped| refusal(offer, dropped)));
        }
        let units = units.into_values().collect();
        Self { from, to, area, generated_at: now, refusals, units }
    }

    /// The refusals as CSV with a header.
    #[must_use]
    pub fn to_csv(&self) -> String {
        const HEADER: [&str; 9] = [
            "unit",
            "case_number",
            "offered_at",
            "at",
            "after_s",
            "outcome",
            "stage",
            "reason",
            "by",
        ];
        let record = |refusal: &Refusal| {
            vec![
                guarded(&refusal.unit),
                guarded(&refusal.case_number),
                refusal.offered_at.to_string(),
                refusal.at.to_string(),
                refusal.after_s.to_string(),
                refusal.outcome.clone(),
                refusal.stage.as_str().to_owned(),
                guarded(refusal.reason.as_deref().unwrap_or_default()),
                guarded(&refusal.by),
            ]
        };
        csv_of(&HEADER, self.refusals.iter().map(record))
    }
}

fn refusal(offer: &ReportOffer, dropped: &Dropped) -> Refusal {
    Refusal {
        unit: offer.unit.clone(),
        case_number: offer.case_number.clone(),
        offered_at: offer.offered,
        at: dropped.at,
        after_s: seconds(dropped.at.ms_since(offer.offered)),
        outcome: dropped.outcome.clone(),
        stage: Stage::of(offer),
        reason: dropped.reason.clone(),
        by: dropped.by.clone(),
    }
}
