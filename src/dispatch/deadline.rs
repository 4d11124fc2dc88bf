//! What falls due when time alone passes: unanswered offers, waiting and ageing incidents, steps that a vehicle's
//! movement shows, alarms that are over, and what the system does by itself where the area lets it.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::assignment::{Assignment, AssignmentState};
use crate::dispatch::event::{Event, Mark, Source, Step};
use crate::dispatch::incident::{Incident, IncidentState};
use crate::dispatch::unit::Fix;
use crate::ids::UnitId;

/// A unit that stands at its post later than this after clearing did not come home from that.
const HOME_WITHIN_MS: i64 = 3 * 60 * 60 * 1000;

/// Shares of the target, in percent, at which a waiting incident is pointed out.
pub const AGEING_PERCENTS: [u8; 2] = [50, 100];

impl Dispatch {
    /// The next moment at which a `Tick` will have something to say by the clock alone; none when only people or
    /// devices can change things.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let offers = self.board().assignments().filter_map(|a| self.next_of_offer(a));
        let ageing = self.board().queue().into_iter().filter_map(|i| self.ages(i).next());
        offers.chain(ageing.map(|(at, _)| at)).min()
    }

    /// Everything that is due by `now`. Applying it makes it no longer due.
    pub(super) fn due(&self, now: Timestamp) -> Vec<Event> {
        let mut events = Vec::new();
        let mut taken = BTreeSet::new();
        for assignment in self.board().assignments() {
            self.due_of_offer(now, assignment, &mut taken, &mut events);
            self.seen_of(assignment, &mut events);
        }
        events.extend(self.board().last_assignments().filter_map(|a| self.home_of(a)));
        for incident in self.board().open_incidents() {
            events.extend(self.waiting_change(now, incident));
            // The unit that was still coming was taken away, and the one that had come is done.
            if !self.board().is_served(incident) {
                events.extend(self.ending_of(incident));
            }
        }
        for incident in self.board().queue() {
            if let Some((_, percent)) = self.ages(incident).rfind(|(at, _)| *at <= now) {
                events.push(Event::IncidentAgeing { incident: incident.id, percent });
            }
        }
        if self.policy().dispatch_automatically {
            self.dispatch_what_is_missing(now, &mut taken, &mut events);
        }
        events.extend(self.alarms_over(now));
        events
    }

    /// A unit for each incident that waits for its first one or still lacks something that it needs, in the order in
    /// which the queue is served.
    fn dispatch_what_is_missing(
        &self,
        now: Timestamp,
        taken: &mut BTreeSet<UnitId>,
        events: &mut Vec<Event>,
    ) {
        let mut lacking = self.board().queue();
        let more = self.board().open_incidents().filter(|incident| {
            self.board().assignments_of(incident).any(Assignment::is_open)
                && !self.missing_needs(incident).is_empty()
        });
        lacking.extend(more);
        lacking.sort_by_key(|i| (i.priority, self.board().received_at(i), i.id));
        for incident in lacking {
            if let Some((unit, offer)) = self.automatic_offer(now, incident, None, taken) {
                taken.insert(unit);
                events.push(offer);
            }
        }
    }

    fn due_of_offer(
        &self,
        now: Timestamp,
        offer: &Assignment,
        taken: &mut BTreeSet<UnitId>,
        events: &mut Vec<Event>,
    ) {
        if offer.state != AssignmentState::Offered {
            return;
        }
        let Some(incident) = self.board().leading(offer.incident) else { return };
        let limits = self.policy().answer_limits(incident.priority);
        let waited_ms = now.ms_since(offer.offered_at);
        let assignment = offer.id;
        if waited_ms >= limits.realert_ms && !offer.realerted {
            events.push(Event::OfferRealerted { assignment });
        }
        if waited_ms >= limits.alarm_ms && !offer.overdue {
            events.push(Event::OfferOverdue { assignment });
        }
        // One who has refused, or was called back, stands in for nobody.
        let mut others = self.board().assignments_of(incident);
        let stood_in_for = others.any(|a| a.instead_of == Some(assignment) && a.is_open());
        if waited_ms >= limits.pass_on_ms
            && !stood_in_for
            && self.policy().pass_on_automatically
            && let Some((unit, event)) =
                self.automatic_offer(now, incident, Some(assignment), taken)
        {
            taken.insert(unit);
            events.push(event);
        }
        // Only when another has been asked: the last one asked is never given up by the clock.
        if waited_ms >= 2 * limits.pass_on_ms && stood_in_for {
            events.push(Event::OfferTimedOut { assignment });
        }
    }

    fn next_of_offer(&self, offer: &Assignment) -> Option<Timestamp> {
        if offer.state != AssignmentState::Offered {
            return None;
        }
        let incident = self.board().leading(offer.incident)?;
        let limits = self.policy().answer_limits(incident.priority);
        let wait_ms = if !offer.realerted {
            limits.realert_ms
        } else if !offer.overdue {
            limits.alarm_ms
        } else {
            return None;
        };
        Some(offer.offered_at.plus_ms(wait_ms))
    }

    /// When a waiting incident has used up each share of its target that nobody was told of, in their order.
    fn ages(&self, incident: &Incident) -> impl DoubleEndedIterator<Item = (Timestamp, u8)> {
        let target_ms = self.policy().target_s(incident.priority) * 1000;
        let since = self.board().received_at(incident);
        let told = incident.aged_percent;
        let left = AGEING_PERCENTS.into_iter().filter(move |percent| *percent > told);
        left.map(move |percent| (since.plus_ms(target_ms * i64::from(percent) / 100), percent))
    }

    fn waiting_change(&self, now: Timestamp, incident: &Incident) -> Option<Event> {
        match self.board().state_of(incident) {
            IncidentState::Pending if !self.has_free_unit(now, incident) => {
                Some(Event::IncidentHeld { incident: incident.id })
            }
            IncidentState::Held if self.has_free_unit(now, incident) => {
                Some(Event::IncidentReady { incident: incident.id })
            }
            IncidentState::New
            | IncidentState::Pending
            | IncidentState::Held
            | IncidentState::Assigned
            | IncidentState::Active
            | IncidentState::Closed
            | IncidentState::Cancelled
            | IncidentState::Merged => None,
        }
    }

    /// A unit that has cleared and stands at its post again, by a position newer than its last step.
    fn home_of(&self, assignment: &Assignment) -> Option<Event> {
        let ended_at = assignment.ended_at?;
        if !assignment.was_accepted() || assignment.marks.contains_key(&Mark::Home) {
            return None;
        }
        let tracked = self.fleet().get(&assignment.unit)?;
        let soon = |fix: &Fix| (1..=HOME_WITHIN_MS).contains(&fix.received_at.ms_since(ended_at));
        let fix = tracked.live.filter(soon)?;
        self.is_at_post(tracked).then_some(Event::TimeMarked {
            assignment: assignment.id,
            mark: Mark::Home,
            marked_at: fix.received_at,
            source: Source::Gps,
        })
    }

    /// The steps that a unit's movement shows and nobody has said or seen yet. They stand beside the crew's word.
    fn seen_of(&self, assignment: &Assignment, events: &mut Vec<Event>) {
        let AssignmentState::At(current) = assignment.state else { return };
        if assignment.state.has_ended() {
            return;
        }
        let Some(fix) = self.fleet().get(&assignment.unit).and_then(|tracked| tracked.live) else {
            return;
        };
        let said_at = assignment.times.get(current).unwrap_or(assignment.offered_at);
        let Some(speed) = fix.speed_kmh.filter(|_| fix.received_at >= said_at) else { return };
        let policy = self.policy();
        let stands = speed <= policy.standing_kmh;
        let drives = speed >= 3.0 * policy.standing_kmh;
        let incident = self.board().leading(assignment.incident);
        let scene = match &assignment.pick_up {
            Some(facility) => self.known_facility(facility).ok().map(|f| (f.position, 0.0)),
            None => incident
                .and_then(|i| i.place.as_ref())
                .map(|place| (place.position, f64::from(place.uncertainty_m))),
        };
        let goal = assignment.facility.as_deref().and_then(|id| self.known_facility(id).ok());
        let near = |to: crate::place::Position, blur_m: f64| {
            fix.position.metres_to(to) <= policy.arrived_m + blur_m
        };
        let at_scene = scene.is_some_and(|(place, blur_m)| near(place, blur_m));
        let at_goal = goal.is_some_and(|facility| near(facility.position, 0.0));
        let status = match current {
            Step::Acknowledged if drives => Step::EnRoute,
            Step::Acknowledged | Step::EnRoute if stands && at_scene => Step::OnScene,
            Step::OnScene | Step::AtPatient if drives && !at_scene => Step::Transporting,
            Step::OnScene | Step::AtPatient | Step::Transporting
                if stands && at_goal && !at_scene =>
            {
                Step::AtDestination
            }
            Step::Acknowledged
            | Step::EnRoute
            | Step::OnScene
            | Step::AtPatient
            | Step::Transporting
            | Step::AtDestination
            | Step::HandedOver
            | Step::Cleared => return,
        };
        if assignment.seen.get(status).is_none() {
            let seen_at = fix.received_at;
            events.push(Event::StepSeen { assignment: assignment.id, status, seen_at });
        }
    }
}
