//! Who can be there first: every unit of the area, either with its place in the order or with the reason why not.
//!
//! Cost = remaining mobilisation + travel time. Units that cannot be reached or were not heard of lately stand
//! after those that can, never silently before them. Ties are broken by the unit's code, so the same state always
//! gives the same list.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::assignment::{Assignment, AssignmentState};
use crate::dispatch::event::{Need, Recommendation, Step, TravelBasis};
use crate::dispatch::fleet::Tracked;
use crate::dispatch::incident::Incident;
use crate::dispatch::policy::Policy;
use crate::dispatch::travel::{self, Travel};
use crate::dispatch::unit::Link;
use crate::ids::{Capability, IncidentId, UnitId};
use crate::place::Position;
use crate::roads::search;

/// Uncertainty never grows past this; beyond it a position says nothing more.
const UNCERTAINTY_S_MAX: i64 = 1_800;

/// Why a unit stands where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Something it can do when fully manned it cannot do now, though this incident does not need it.
    Limited {
        lacking: Capability,
    },
    /// Nearly as soon as the first, and its absence leaves the area better covered.
    KeepsCover,
}

/// Why a unit is not in the order at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exclusion {
    Busy {
        case_number: String,
        /// It is on its way to something less urgent and may be taken for this, and would be there in so long.
        divertible_in_s: Option<u32>,
    },
    OffDuty {
        reason: Option<String>,
    },
    /// Refused this incident already.
    Refused {
        reason: Option<String>,
    },
    /// Was asked for this incident and never answered.
    NoAnswer,
    /// Cannot do what the incident needs.
    Lacks {
        capability: Capability,
    },
    /// Further away than any unit is sent: on the road for so long at least.
    BeyondReach {
        eta_s: u32,
    },
}

impl Exclusion {
    /// A stable word for the log.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "busy",
            Self::OffDuty { .. } => "off_duty",
            Self::Refused { .. } => "refused",
            Self::NoAnswer => "no_answer",
            Self::Lacks { .. } => "lacks",
            Self::BeyondReach { .. } => "beyond_reach",
        }
    }
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

/// Where a unit would start from, and how long its crew needs before the wheels roll.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Start {
    from: Position,
    mobilisation_s: u32,
}

impl Start {
    /// Mobilisation and travel to a place.
    #[must_use]
    pub fn seconds_to(&self, place: Position, policy: &Policy) -> u32 {
        self.mobilisation_s.saturating_add(travel::estimate(self.from, place, policy).seconds)
    }

    /// The same for a search by road.
    #[must_use]
    pub const fn by_road(&self) -> search::Start {
        let delay_ms = self.mobilisation_s.saturating_mul(1_000);
        search::Start { position: self.from, heading_deg: None, delay_ms }
    }
}

impl Candidate {
    /// Whether it stands after all units that can be reached and were heard of lately.
    #[must_use]
    pub const fn is_doubtful(&self) -> bool {
        self.doubtful
    }
}

impl Ranking {
    /// What the ranking says of one unit, for the log; the table's own time is for the order to add.
    #[must_use]
    pub fn recommendation_of(&self, unit: &UnitId) -> Option<Recommendation> {
        let candidate = self.candidates.iter().find(|c| c.unit == *unit)?;
        Some(Recommendation {
            rank: candidate.rank,
            eta_s: candidate.eta_s,
            distance_m: candidate.distance_m,
            basis: candidate.basis,
            fix_age_s: candidate.fix_age_s.and_then(|age| u32::try_from(age).ok()),
            by_table: None,
        })
    }
}

impl Dispatch {
    /// Ranks every unit for a place; `incident` leaves out the units that have refused it.
    #[must_use]
    pub fn rank(&self, now: Timestamp, place: Position, incident: Option<IncidentId>) -> Ranking {
        let mut ranking = Ranking::default();
        let for_incident = incident.and_then(|id| self.board().leading(id));
        let missing = for_incident.map(|i| self.missing_needs(i)).unwrap_or_default();
        let mut units: Vec<&Tracked> = Vec::new();
        for tracked in self.fleet().iter() {
            match self.exclusion_of(now, &tracked.card.id, for_incident, &missing) {
                Some(why) => ranking.excluded.push((tracked.card.id.clone(), why)),
                None => units.push(tracked),
            }
        }
        let free = units.len();
        let diverted = |(unit, why): &(UnitId, Exclusion)| {
            let may = matches!(why, Exclusion::Busy { divertible_in_s: Some(_), .. });
            self.fleet().get(unit).filter(|_| may)
        };
        units.extend(ranking.excluded.iter().filter_map(diverted));
        let journeys = self.journeys(now, place, &units);
        let mut all = units.into_iter().zip(journeys);
        for (tracked, travel) in all.by_ref().take(free) {
            match self.beyond_reach(now, tracked, travel) {
                Some(eta_s) => {
                    let unit = tracked.card.id.clone();
                    ranking.excluded.push((unit, Exclusion::BeyondReach { eta_s }));
                }
                None => ranking.candidates.push(self.candidate(now, tracked, travel)),
            }
        }
        let etas = all.map(|(tracked, travel)| {
            let eta_s = self.mobilisation_s(now, tracked).saturating_add(travel.seconds);
            (&tracked.card.id, eta_s)
        });
        let etas: BTreeMap<&UnitId, u32> = etas.collect();
        for (unit, why) in &mut ranking.excluded {
            if let Exclusion::Busy { divertible_in_s: Some(in_s), .. } = why {
                *in_s = etas.get(unit).copied().unwrap_or(*in_s);
            }
        }
        ranking
            .candidates
            .sort_by(|a, b| (a.doubtful, a.eta_s, &a.unit).cmp(&(b.doubtful, b.eta_s, &b.unit)));
        if let Some(incident) = for_incident {
            self.prefer_cover(incident.priority, &mut ranking.candidates);
        }
        for (rank, candidate) in (1..).zip(&mut ranking.candidates) {
            candidate.rank = rank;
        }
        assert_eq!(ranking.candidates.len() + ranking.excluded.len(), self.fleet().len());
        ranking
    }

    /// Whether any unit could be ordered out to an incident now: whether a ranking for it would have a candidate.
    #[must_use]
    pub fn has_free_unit(&self, now: Timestamp, incident: &Incident) -> bool {
        let missing = self.missing_needs(incident);
        let place = incident.place.as_ref().map(|place| place.position);
        self.fleet().iter().any(|tracked| {
            let why_not = self.exclusion_of(now, &tracked.card.id, Some(incident), &missing);
            let is_near =
                |place| self.beyond_reach(now, tracked, self.journey(tracked, place)).is_none();
            why_not.is_none() && place.is_none_or(is_near)
        })
    }

    /// In how long a unit would be there that is too far away to be sent.
    fn beyond_reach(&self, now: Timestamp, tracked: &Tracked, travel: Travel) -> Option<u32> {
        let reach_s_max = self.policy().reach_s_max;
        // Most units of a nation are, and whether their crews are at their posts changes nothing then.
        if travel.seconds > reach_s_max {
            return Some(travel.seconds);
        }
        let eta_s = travel.seconds.saturating_add(self.mobilisation_s(now, tracked));
        (eta_s > reach_s_max).then_some(eta_s)
    }

    /// What an incident needs and no unit on it brings yet, each as often as it is missing.
    #[must_use]
    pub fn missing_needs(&self, incident: &Incident) -> Vec<Need> {
        let on_it: Vec<&UnitId> = self
            .board()
            .assignments_of(incident)
            .filter(|a| a.is_open() || (a.has_arrived() && !a.past))
            .map(|a| &a.unit)
            .collect();
        let missing = incident.needs.iter().filter_map(|need| {
            let brings = |unit: &&&UnitId| self.can(unit, &need.capability);
            let brought = u8::try_from(on_it.iter().filter(brings).count()).unwrap_or(u8::MAX);
            let count = need.count.saturating_sub(brought);
            (count > 0).then(|| Need { capability: need.capability.clone(), count })
        });
        missing.collect()
    }

    /// What a unit can do now: the roster without what it lacks for the time being.
    pub(super) fn abilities(&self, tracked: &Tracked) -> Vec<Capability> {
        let able = tracked.card.capabilities.iter();
        able.filter(|able| self.can(&tracked.card.id, able)).cloned().collect()
    }

    /// Whether a unit can do something now: by the roster, and not limited meanwhile.
    #[must_use]
    pub fn can(&self, unit: &UnitId, capability: &Capability) -> bool {
        let able = self.fleet().get(unit).is_some_and(|t| t.card.capabilities.contains(capability));
        let lacks = self.board().remarks(unit).is_some_and(|r| r.lacking.contains(capability));
        able && !lacks
    }

    /// Why a unit cannot be ordered out, to this incident or at all.
    ///
    /// A unit fits when it brings at least one of the things that are still `missing`, or when nothing is.
    fn exclusion_of(
        &self,
        now: Timestamp,
        unit: &UnitId,
        incident: Option<&Incident>,
        missing: &[Need],
    ) -> Option<Exclusion> {
        let board = self.board();
        if let Some(assignment) = board.open_assignment_of(unit) {
            let case_number = self.case_of(assignment);
            let to = incident.filter(|to| self.may_divert(now, unit, to).is_ok());
            let divertible_in_s = to.and_then(|to| {
                let (place, unit) = (to.place.as_ref()?.position, self.fleet().get(unit)?);
                let seconds = self.journey(unit, place).seconds;
                Some(self.mobilisation_s(now, unit).saturating_add(seconds))
            });
            return Some(Exclusion::Busy { case_number, divertible_in_s });
        }
        if let Some(reason) = board.off_duty(unit) {
            return Some(Exclusion::OffDuty { reason: reason.clone() });
        }
        let incident = incident?;
        if let Some(need) = missing.first()
            && !missing.iter().any(|need| self.can(unit, &need.capability))
        {
            return Some(Exclusion::Lacks { capability: need.capability.clone() });
        }
        // The last word counts: a unit that was asked again and is asked no more stands as it answered then.
        let last = self.last_word(incident, unit)?;
        match last.state {
            AssignmentState::Rejected => Some(Exclusion::Refused { reason: last.reason.clone() }),
            AssignmentState::TimedOut => Some(Exclusion::NoAnswer),
            AssignmentState::Offered
            | AssignmentState::At(_)
            | AssignmentState::Cancelled
            | AssignmentState::Diverted => None,
        }
    }

    /// A unit's last assignment to an incident or to one that is part of it: in one incident the one that was offered
    /// last, among several the latest of these by its time.
    fn last_word(&self, incident: &Incident, unit: &UnitId) -> Option<&Assignment> {
        let parts = incident.merged.iter().filter_map(|id| self.board().incident(*id));
        let last_in = |part: &Incident| {
            let mut all =
                part.assignments.iter().rev().filter_map(|id| self.board().assignment(*id));
            all.find(|assignment| assignment.unit == *unit)
        };
        let lasts = std::iter::once(incident).chain(parts).filter_map(last_in);
        lasts.max_by_key(|assignment| (assignment.offered_at, assignment.id))
    }

    fn candidate(&self, now: Timestamp, tracked: &Tracked, travel: Travel) -> Candidate {
        let policy = self.policy();
        let mut reasons = Vec::with_capacity(3);
        let mobilisation_s = self.mobilisation_s(now, tracked);
        reasons.push(if self.is_at_post(tracked) {
            Reason::AtPost { mobilisation_s }
        } else {
            Reason::Mobile
        });

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
        if let Some(lacking) = self.lacking_of(&tracked.card.id) {
            reasons.push(Reason::Limited { lacking });
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

    /// From where each unit that is free and not doubtful would start, so that others can work out whom it reaches.
    #[must_use]
    pub fn free_journeys(&self, now: Timestamp) -> Vec<Start> {
        let start = |tracked: &Tracked| Start {
            from: tracked.live.map_or(tracked.card.post, |fix| fix.position),
            mobilisation_s: self.mobilisation_s(now, tracked),
        };
        self.free_units(now).map(start).collect()
    }

    /// Units that could be ordered out and are not doubtful.
    pub(super) fn free_units(&self, now: Timestamp) -> impl Iterator<Item = &Tracked> {
        let sure = self.fleet().iter().filter(move |tracked| {
            let age_s = tracked.live.map(|fix| fix.age_s(now));
            let fresh = age_s.is_some_and(|age_s| age_s <= self.policy().stale_after_s);
            fresh && tracked.link == Link::Online
        });
        sure.filter(move |t| self.exclusion_of(now, &t.card.id, None, &[]).is_none())
    }

    /// The same by the straight line, for whole areas at once.
    pub(super) fn journey(&self, tracked: &Tracked, place: Position) -> Travel {
        let from = tracked.live.map_or(tracked.card.post, |fix| fix.position);
        travel::estimate(from, place, self.policy())
    }

    /// Until its wheels roll: a crew that stands by at its post has to board first, and one that was ordered out
    /// already has so much of it behind it.
    pub(super) fn mobilisation_s(&self, now: Timestamp, tracked: &Tracked) -> u32 {
        if !self.is_at_post(tracked) {
            return 0;
        }
        let whole_s = self.policy().mobilisation_s;
        match self.board().open_assignment_of(&tracked.card.id) {
            None => whole_s,
            Some(on)
                if matches!(
                    on.state,
                    AssignmentState::Offered | AssignmentState::At(Step::Acknowledged)
                ) =>
            {
                let gone_s = now.ms_since(on.offered_at) / 1000;
                whole_s.saturating_sub(u32::try_from(gone_s).unwrap_or(0))
            }
            Some(_) => 0,
        }
    }

    fn lacking_of(&self, unit: &UnitId) -> Option<Capability> {
        self.board().remarks(unit).and_then(|remarks| remarks.lacking.first().cloned())
    }

    /// A unit that would be at the scene clearly before one that is on its way; only ever proposed.
    ///
    /// Asked once the order is out and until the unit has arrived.
    #[must_use]
    pub fn better_unit(&self, now: Timestamp, on: &Assignment) -> Option<Candidate> {
        if !on.is_open() || on.has_arrived() || on.pick_up.is_some() {
            return None;
        }
        let incident = self.board().leading(on.incident)?;
        let place = incident.place.as_ref()?.position;
        let left_s = self.journey_left(now, &on.unit, place)?.seconds;
        let ranking = self.rank(now, place, Some(incident.id));
        let best = ranking.candidates.into_iter().find(|c| !c.doubtful)?;
        (best.eta_s.saturating_add(self.policy().better_by_s) <= left_s).then_some(best)
    }
}
