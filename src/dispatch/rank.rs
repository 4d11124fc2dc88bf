//! Who can be there first: every unit of the area, either with its place in the order or with the reason why not.
//!
//! Cost = remaining mobilisation + travel time. Units that cannot be reached or were not heard of lately stand
//! after those that can, never silently before them. Ties are broken by the unit's code, so the same state always
//! gives the same list.

use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::assignment::AssignmentState;
use crate::dispatch::event::{Recommendation, TravelBasis};
use crate::dispatch::fleet::Tracked;
use crate::dispatch::travel;
use crate::dispatch::unit::Link;
use crate::ids::{IncidentId, UnitId};
use crate::place::Position;

/// Uncertainty never grows past this; beyond it a position says nothing more.
const UNCERTAINTY_S_MAX: i64 = 1_800;

/// Why a unit stands where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Stands by at its post; the crew needs so long to get rolling.
    AtPost {
        mobilisation_s: u32,
    },
    /// Already on the road.
    Mobile,
    /// Position so many seconds old.
    Fresh {
        age_s: i64,
    },
    Stale {
        age_s: i64,
    },
    /// No position is known: its post stands in.
    AssumedAtPost,
    /// Its device is not connected: the order will not arrive by itself, telephone the crew.
    Unreachable,
    BatteryLow {
        percent: u8,
    },
}

/// Why a unit is not in the order at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exclusion {
    Busy {
        case_number: String,
    },
    OffDuty {
        reason: Option<String>,
    },
    /// Refused this incident already.
    Refused {
        reason: Option<String>,
    },
}

/// A unit that can be ordered out.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub unit: UnitId,
    /// From 1.
    pub rank: u32,
    /// Mobilisation and travel.
    pub eta_s: u32,
    pub distance_m: u32,
    pub basis: TravelBasis,
    /// None when its post stands in for a position.
    pub fix_age_s: Option<i64>,
    /// How far the estimate may be off on either side; grows with the age of the position.
    pub uncertainty_s: i64,
    pub reasons: Vec<Reason>,
    /// Stands after all units that can be reached and were heard of lately.
    doubtful: bool,
}

/// Every unit of the area, once.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Ranking {
    pub candidates: Vec<Candidate>,
    pub excluded: Vec<(UnitId, Exclusion)>,
}

impl Ranking {
    /// What the ranking says of one unit, for the log.
    #[must_use]
    pub fn recommendation_of(&self, unit: &UnitId) -> Option<Recommendation> {
        let candidate = self.candidates.iter().find(|c| c.unit == *unit)?;
        Some(Recommendation {
            rank: candidate.rank,
            eta_s: candidate.eta_s,
            distance_m: candidate.distance_m,
            basis: candidate.basis,
            fix_age_s: candidate.fix_age_s.and_then(|age| u32::try_from(age).ok()),
        })
    }
}

impl Dispatch {
    /// Ranks every unit for a place; `incident` leaves out the units that have refused it.
    #[must_use]
    pub fn rank(&self, now: Timestamp, place: Position, incident: Option<IncidentId>) -> Ranking {
        let mut ranking = Ranking::default();
        for tracked in self.fleet().iter() {
            match self.exclusion_of(&tracked.card.id, incident) {
                Some(why) => ranking.excluded.push((tracked.card.id.clone(), why)),
                None => ranking.candidates.push(self.candidate(now, tracked, place)),
            }
        }
        ranking
            .candidates
            .sort_by(|a, b| (a.doubtful, a.eta_s, &a.unit).cmp(&(b.doubtful, b.eta_s, &b.unit)));
        for (rank, candidate) in (1..).zip(&mut ranking.candidates) {
            candidate.rank = rank;
        }
        assert_eq!(ranking.candidates.len() + ranking.excluded.len(), self.fleet().len());
        ranking
    }

    /// Whether any unit could be ordered out to an incident now.
    #[must_use]
    pub fn has_free_unit(&self, incident: IncidentId) -> bool {
        self.fleet().iter().any(|t| self.exclusion_of(&t.card.id, Some(incident)).is_none())
    }

    /// Why a unit cannot be ordered out, to this incident or at all.
    #[must_use]
    pub fn exclusion_of(&self, unit: &UnitId, incident: Option<IncidentId>) -> Option<Exclusion> {
        let board = self.board();
        if let Some(assignment) = board.open_assignment_of(unit) {
            let on = board.incident(assignment.incident);
            let case_number = on.map(|i| i.case_number.clone()).unwrap_or_default();
            return Some(Exclusion::Busy { case_number });
        }
        if let Some(reason) = board.off_duty(unit) {
            return Some(Exclusion::OffDuty { reason: reason.clone() });
        }
        let incident = board.incident(incident?)?;
        board
            .assignments_of(incident)
            .find(|a| a.unit == *unit && a.state == AssignmentState::Rejected)
            .map(|a| Exclusion::Refused { reason: a.reason.clone() })
    }

    fn candidate(&self, now: Timestamp, tracked: &Tracked, place: Position) -> Candidate {
        let policy = self.policy();
        let mut reasons = Vec::with_capacity(3);
        let at_post = self.is_at_post(tracked);
        let from = tracked.live.map_or(tracked.card.post, |fix| fix.position);
        let travel = travel::estimate(from, place, policy);
        let mobilisation_s = if at_post { policy.mobilisation_s } else { 0 };
        reasons.push(if at_post { Reason::AtPost { mobilisation_s } } else { Reason::Mobile });

        let fix_age_s = tracked.live.map(|fix| fix.age_s(now));
        let stale = fix_age_s.is_none_or(|age| age > policy.stale_after_s);
        reasons.push(match fix_age_s {
            None => Reason::AssumedAtPost,
            Some(age_s) if stale => Reason::Stale { age_s },
            Some(age_s) => Reason::Fresh { age_s },
        });
        let unreachable = tracked.link != Link::Online;
        if unreachable {
            reasons.push(Reason::Unreachable);
        }
        if let Some(percent) = tracked.battery_pct.filter(|p| *p <= policy.battery_low_pct) {
            reasons.push(Reason::BatteryLow { percent });
        }
        // A unit can have driven away for as long as we have not heard of it.
        let unheard_s = fix_age_s.unwrap_or(UNCERTAINTY_S_MAX).min(UNCERTAINTY_S_MAX);
        Candidate {
            unit: tracked.card.id.clone(),
            rank: 0,
            eta_s: mobilisation_s.saturating_add(travel.seconds),
            distance_m: travel.metres,
            basis: travel.basis,
            fix_age_s,
            uncertainty_s: i64::from(travel.seconds / 5) + unheard_s,
            reasons,
            doubtful: stale || unreachable,
        }
    }
}
