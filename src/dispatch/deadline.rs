//! What falls due when time alone passes: unanswered offers, and incidents that no unit or again a unit is free for.

use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::assignment::{Assignment, AssignmentState};
use crate::dispatch::event::Event;
use crate::dispatch::incident::{Incident, IncidentState};
use crate::dispatch::policy::answer_within_ms;

impl Dispatch {
    /// The next moment at which a `Tick` will have something to say; none when only people or devices can
    /// change things.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.board().assignments().filter_map(|a| self.overdue_at(a)).min()
    }

    /// Everything that is due by `now`. Applying it makes it no longer due.
    pub(super) fn due(&self, now: Timestamp) -> Vec<Event> {
        let overdue = self.board().assignments().filter_map(|assignment| {
            let due = self.overdue_at(assignment).is_some_and(|at| at <= now);
            due.then_some(Event::OfferOverdue { assignment: assignment.id })
        });
        let waiting = self.board().open_incidents().filter_map(|i| self.waiting_change(i));
        overdue.chain(waiting).collect()
    }

    fn overdue_at(&self, assignment: &Assignment) -> Option<Timestamp> {
        if assignment.state != AssignmentState::Offered || assignment.overdue {
            return None;
        }
        let incident = self.board().incident(assignment.incident)?;
        Some(assignment.offered_at.plus_ms(answer_within_ms(incident.priority)))
    }

    fn waiting_change(&self, incident: &Incident) -> Option<Event> {
        match self.board().state_of(incident) {
            IncidentState::Pending if !self.has_free_unit(incident.id) => {
                Some(Event::IncidentHeld { incident: incident.id })
            }
            IncidentState::Held if self.has_free_unit(incident.id) => {
                Some(Event::IncidentReady { incident: incident.id })
            }
            IncidentState::New
            | IncidentState::Pending
            | IncidentState::Held
            | IncidentState::Assigned
            | IncidentState::Active
            | IncidentState::Closed
            | IncidentState::Cancelled => None,
        }
    }
}
