//! Ordering a unit out: offering, standing in for an unanswered offer, diverting, the destination, and what devices
//! confirm.

use crate::clock::Timestamp;
use crate::dispatch::assignment::AssignmentState;
use crate::dispatch::command::{Command, Refusal};
use crate::dispatch::event::{
    Admission, Considered, Event, Recommendation, Source, Step, TravelBasis,
};
use crate::dispatch::fleet::Tracked;
use crate::dispatch::incident::Incident;
use crate::dispatch::rank::{Exclusion, Ranking};
use crate::dispatch::{Dispatch, FacilityCard, travel};
use crate::ids::{AssignmentId, IncidentId, UnitId};
use crate::place::Position;

/// Facilities to which the way by road is looked for, the nearest by the straight line first: each is a search.
const BY_ROAD_MAX: usize = 4;
/// Lines of the list that are kept with the decision.
const CONSIDERED_MAX: usize = 8;

/// What an offer is made of beside its incident and unit.
#[derive(Clone, Copy)]
struct Terms<'a> {
    instead_of: Option<AssignmentId>,
    pick_up: Option<&'a str>,
    source: Source,
}

impl Dispatch {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only commands about orders come here")]
    pub(super) fn decide_of_order(
        &self,
        now: Timestamp,
        command: &Command,
    ) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::OfferUnit { assignment, incident, unit, instead_of, pick_up } => {
                let terms = Terms {
                    instead_of: *instead_of,
                    pick_up: pick_up.as_deref(),
                    source: Source::Operator,
                };
                self.decide_offer(now, *assignment, *incident, unit, terms)
            }
            Command::Divert { assignment, incident, unit } => {
                self.decide_divert(now, *assignment, *incident, unit)
            }
            Command::SetDestination { assignment, facility } => {
                self.decide_destination(*assignment, facility)
            }
            Command::ConfirmDelivery { assignment, revision, speaker } => {
                self.decide_delivery(*assignment, *revision, speaker)
            }
            Command::ConfirmWithdrawal { assignment, speaker } => {
                self.decide_withdrawal(*assignment, speaker)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn decide_offer(
        &self,
        now: Timestamp,
        id: AssignmentId,
        incident: IncidentId,
        unit: &UnitId,
        terms: Terms<'_>,
    ) -> Result<Vec<Event>, Refusal> {
        let incident = self.open_incident(incident)?;
        let tracked = self.known_unit(unit)?;
        if self.board().assignment(id).is_some() {
            return Err(Refusal::IdUsed(id.uuid()));
        }
        if let Some(busy) = self.board().open_assignment_of(unit) {
            let on = self.board().leading(busy.incident);
            return Err(Refusal::UnitBusy {
                unit: unit.clone(),
                case_number: self.case_of(busy),
                incident: on.map_or(busy.incident, |incident| incident.id),
            });
        }
        if let Some(reason) = self.board().off_duty(unit) {
            return Err(Refusal::UnitOffDuty { unit: unit.clone(), reason: reason.clone() });
        }
        let terms = self.still_unanswered(incident, terms)?;
        Ok(vec![self.offer(now, id, incident, tracked, terms)?])
    }

    /// An offer stands in for one of the same incident that nobody has answered; for one that was turned down meanwhile
    /// it needs not stand in any more, and one that was accepted needs nobody in its place.
    fn still_unanswered<'a>(
        &self,
        incident: &Incident,
        terms: Terms<'a>,
    ) -> Result<Terms<'a>, Refusal> {
        let Some(older) = terms.instead_of else { return Ok(terms) };
        let older = self.known_assignment(older, None)?;
        let of_another = self.board().leading(older.incident).map(|i| i.id) != Some(incident.id);
        if of_another {
            return Err(Refusal::UnknownAssignment(older.id));
        }
        match older.state {
            AssignmentState::Offered => Ok(terms),
            AssignmentState::At(_) if older.is_open() => {
                Err(Refusal::OfferAnswered { unit: older.unit.clone() })
            }
            AssignmentState::At(_)
            | AssignmentState::Rejected
            | AssignmentState::Cancelled
            | AssignmentState::TimedOut
            | AssignmentState::Diverted => Ok(Terms { instead_of: None, ..terms }),
        }
    }

    /// The offer itself, with the list as it stood.
    fn offer(
        &self,
        now: Timestamp,
        id: AssignmentId,
        incident: &Incident,
        tracked: &Tracked,
        terms: Terms<'_>,
    ) -> Result<Event, Refusal> {
        let place = match terms.pick_up {
            Some(facility) => self.known_facility(facility)?.position,
            None => match &incident.place {
                Some(place) => place.position,
                None => {
                    let case_number = incident.case_number.clone();
                    return Err(Refusal::PlaceUnknown { case_number });
                }
            },
        };
        let unit = &tracked.card.id;
        let ranking = self.rank(now, place, Some(incident.id));
        // An operator may order out a unit that refused before: people change their minds on the telephone.
        let unranked = || {
            let from = tracked.live.map_or(tracked.card.post, |fix| fix.position);
            let travel = travel::estimate(from, place, self.policy());
            Recommendation {
                rank: 0,
                eta_s: travel.seconds,
                distance_m: travel.metres,
                basis: TravelBasis::StraightLine,
                fix_age_s: None,
                by_table: None,
            }
        };
        let mut recommendation = ranking.recommendation_of(unit).unwrap_or_else(unranked);
        if recommendation.basis == TravelBasis::Road {
            recommendation.by_table = self.by_table(now, tracked, place);
        }
        Ok(Event::UnitOffered {
            assignment: id,
            incident: incident.id,
            unit: unit.clone(),
            considered: self.considered(place, &ranking, recommendation.eta_s),
            recommendation,
            facility: self.nearest_facility(place, incident, terms.pick_up),
            instead_of: terms.instead_of,
            pick_up: terms.pick_up.map(str::to_owned),
            source: Some(terms.source),
            abilities: Some(self.abilities(tracked)),
        })
    }

    /// The head of the list, and the units that would have been there before the chosen one had they been to be had.
    fn considered(&self, place: Position, ranking: &Ranking, chosen_s: u32) -> Vec<Considered> {
        let line = |candidate: &crate::dispatch::rank::Candidate| Considered {
            unit: candidate.unit.clone(),
            eta_s: candidate.eta_s,
            distance_m: candidate.distance_m,
            fix_age_s: candidate.fix_age_s.and_then(|age| u32::try_from(age).ok()),
            excluded: None,
        };
        let mut considered: Vec<Considered> =
            ranking.candidates.iter().take(CONSIDERED_MAX).map(line).collect();
        let was_near =
            |(_, why): &&(UnitId, Exclusion)| !matches!(why, Exclusion::BeyondReach { .. });
        let missed = ranking.excluded.iter().filter(was_near).filter_map(|(unit, why)| {
            let tracked = self.fleet().get(unit)?;
            let from = tracked.live.map_or(tracked.card.post, |fix| fix.position);
            let travel = travel::estimate(from, place, self.policy());
            (travel.seconds < chosen_s).then(|| Considered {
                unit: unit.clone(),
                eta_s: travel.seconds,
                distance_m: travel.metres,
                fix_age_s: None,
                excluded: Some(why.as_str().to_owned()),
            })
        });
        let mut missed: Vec<Considered> = missed.collect();
        missed.sort_by(|a, b| (a.eta_s, &a.unit).cmp(&(b.eta_s, &b.unit)));
        missed.truncate(CONSIDERED_MAX);
        considered.append(&mut missed);
        considered
    }

    /// The facility that takes patients and offers the care asked for, nearest by road; any one when none offers it.
    ///
    /// Open ones come before limited ones; a closed one is never proposed. A referral goes somewhere else.
    fn nearest_facility(
        &self,
        place: Position,
        incident: &Incident,
        pick_up: Option<&str>,
    ) -> Option<String> {
        let takes = |f: &&FacilityCard| {
            self.board().admission(&f.id).0 != Admission::Closed && pick_up != Some(f.id.as_str())
        };
        let lacks = |f: &FacilityCard| {
            incident.care.as_ref().is_some_and(|care| !f.capabilities.contains(care))
        };
        let grade =
            |f: &FacilityCard| (lacks(f), self.board().admission(&f.id).0 == Admission::Limited);
        let cost = |f: &FacilityCard| {
            (grade(f), travel::estimate(place, f.position, self.policy()).seconds)
        };
        let mut facilities: Vec<&FacilityCard> = self.facilities.iter().filter(takes).collect();
        facilities.sort_by(|a, b| (cost(a), &a.id).cmp(&(cost(b), &b.id)));
        // Of those that are as good, the roads decide; where none is known, the first of them stays it.
        let best = grade(facilities.first()?);
        let alike = facilities.iter().take_while(|f| grade(f) == best).take(BY_ROAD_MAX);
        let way = |f: &&&FacilityCard| self.drive_ms(place, f.position).unwrap_or(u32::MAX);
        alike.min_by_key(way).map(|f| f.id.clone())
    }

    /// A unit that could be taken from its incident for a more urgent one, or why it stays.
    pub(super) fn may_divert(
        &self,
        now: Timestamp,
        unit: &UnitId,
        to: &Incident,
    ) -> Result<AssignmentId, Refusal> {
        let Some(on) = self.board().open_assignment_of(unit) else {
            return Err(Refusal::NothingToDivert { unit: unit.clone() });
        };
        let case_number = self.case_of(on);
        let unit = unit.clone();
        let may_go = matches!(
            on.state,
            AssignmentState::Offered
                | AssignmentState::At(Step::Acknowledged)
                | AssignmentState::At(Step::EnRoute)
        );
        if !may_go || on.has_arrived() || on.pick_up.is_some() {
            return Err(Refusal::TooLateToDivert { unit, case_number, state: on.state.as_str() });
        }
        let Some(bumped) = self.board().leading(on.incident) else {
            return Err(Refusal::UnknownIncident(on.incident));
        };
        if to.priority >= bumped.priority || to.id == bumped.id {
            return Err(Refusal::NotMoreUrgent { unit, case_number });
        }
        let waited_s = now.ms_since(self.board().received_at(bumped)) / 1000;
        if waited_s > self.policy().target_s(bumped.priority) {
            return Err(Refusal::PastTarget { unit, case_number });
        }
        Ok(on.id)
    }

    fn decide_divert(
        &self,
        now: Timestamp,
        id: AssignmentId,
        incident: IncidentId,
        unit: &UnitId,
    ) -> Result<Vec<Event>, Refusal> {
        let to = self.open_incident(incident)?;
        let tracked = self.known_unit(unit)?;
        if self.board().assignment(id).is_some() {
            return Err(Refusal::IdUsed(id.uuid()));
        }
        let taken = self.may_divert(now, unit, to)?;
        let terms = Terms { instead_of: None, pick_up: None, source: Source::Operator };
        let offer = self.offer(now, id, to, tracked, terms)?;
        Ok(vec![Event::AssignmentDiverted { assignment: taken, to: incident }, offer])
    }

    /// The best unit for an incident beside those that are taken already, as an offer that the system makes by itself.
    ///
    /// A doubtful unit is never ordered out by the system: an order that nobody receives helps nobody.
    pub(super) fn automatic_offer(
        &self,
        now: Timestamp,
        incident: &Incident,
        instead_of: Option<AssignmentId>,
        taken: &std::collections::BTreeSet<UnitId>,
    ) -> Option<(UnitId, Event)> {
        // Who stands in for a referral fetches the patient where the other would have.
        let older = instead_of.and_then(|id| self.board().assignment(id));
        let pick_up = older.and_then(|older| older.pick_up.as_deref());
        let place = match pick_up {
            Some(facility) => self.known_facility(facility).ok()?.position,
            None => incident.place.as_ref()?.position,
        };
        let ranking = self.rank(now, place, Some(incident.id));
        let sure = ranking.candidates.iter().filter(|c| !c.is_doubtful());
        let best = sure.into_iter().find(|c| !taken.contains(&c.unit))?;
        let tracked = self.fleet().get(&best.unit)?;
        let id = automatic_id(incident, instead_of);
        let terms = Terms { instead_of, pick_up, source: Source::Server };
        let event = self.offer(now, id, incident, tracked, terms).ok()?;
        Some((best.unit.clone(), event))
    }

    fn decide_destination(&self, id: AssignmentId, facility: &str) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, None)?;
        if assignment.state.has_ended() {
            return Err(Refusal::AssignmentEnded { state: assignment.state.as_str() });
        }
        let card = self.known_facility(facility)?;
        if self.board().admission(&card.id).0 == Admission::Closed {
            return Err(Refusal::FacilityClosed(card.id.clone()));
        }
        if assignment.facility.as_deref() == Some(facility) {
            return Ok(Vec::new());
        }
        Ok(vec![Event::DestinationSet { assignment: id, facility: card.id.clone() }])
    }

    /// A confirmation counts for the revision that it names: a late one says nothing about what was changed since.
    fn decide_delivery(
        &self,
        id: AssignmentId,
        revision: u32,
        speaker: &UnitId,
    ) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, Some(speaker))?;
        let revision = revision.min(assignment.revision);
        let news = assignment.is_open() && assignment.told < revision;
        let delivered = Event::OrderDelivered { assignment: id, revision: Some(revision) };
        Ok(news.then_some(delivered).into_iter().collect())
    }

    fn decide_withdrawal(&self, id: AssignmentId, speaker: &UnitId) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, Some(speaker))?;
        let withdrawn = assignment.state.is_withdrawn();
        let news = withdrawn && !assignment.withdrawal_delivered;
        Ok(news.then_some(Event::WithdrawalDelivered { assignment: id }).into_iter().collect())
    }
}

/// An identity for an offer that the system makes: its incident's own, turned by how many it has had and by the offer
/// it stands in for, which is stood in for once.
///
/// The core has no randomness, and clients make theirs from it, so the two do not meet.
fn automatic_id(incident: &Incident, instead_of: Option<AssignmentId>) -> AssignmentId {
    let nth = u128::try_from(incident.assignments.len()).unwrap_or(u128::MAX).wrapping_add(1);
    let older = instead_of.map_or(0, |id| id.uuid().as_u128().rotate_left(64));
    let turned = incident.id.uuid().as_u128() ^ nth.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ older;
    AssignmentId::from_uuid(uuid::Uuid::from_u128(turned))
}
