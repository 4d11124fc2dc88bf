//! One unit's response as it goes on: its steps, undoing and correcting them, refusing and withdrawing.

use crate::clock::Timestamp;
use crate::dispatch::aid::Aid;
use crate::dispatch::assignment::{Assignment, AssignmentState};
use crate::dispatch::command::{Command, Refusal};
use crate::dispatch::event::{Disposition, Event, Mark, Source, Step};
use crate::dispatch::incident::Incident;
use crate::dispatch::{Dispatch, checked_reason};
use crate::ids::{AssignmentId, UnitId};

/// Offers of one race at most; each waits its time out before the next is made.
const RACE_MAX: usize = 100;
/// What the losers of a race for an order are told.
pub const OFFER_WITHDRAWN: &str = "unit lain lebih dulu menerima";

impl Dispatch {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only commands about a response come here")]
    pub(super) fn decide_of_response(
        &self,
        now: Timestamp,
        command: &Command,
    ) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Advance { assignment, step, speaker } => {
                self.decide_advance(*assignment, *step, speaker.as_ref())
            }
            Command::UndoStep { assignment, speaker } => {
                self.decide_undo(now, *assignment, speaker.as_ref())
            }
            Command::CorrectTime { assignment, step, at, reason } => {
                self.decide_correction(now, *assignment, *step, *at, reason)
            }
            Command::MarkTime { assignment, mark, speaker } => {
                self.decide_mark(now, *assignment, *mark, speaker.as_ref())
            }
            Command::Reject { assignment, reason, speaker } => {
                self.decide_reject(*assignment, reason, speaker.as_ref())
            }
            Command::Cancel { assignment, reason } => self.decide_cancel(*assignment, reason),
            _ => Ok(Vec::new()),
        }
    }

    fn decide_advance(
        &self,
        id: AssignmentId,
        step: Step,
        speaker: Option<&UnitId>,
    ) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, speaker)?;
        let state = assignment.state;
        if state == AssignmentState::At(step) || assignment.times.get(step).is_some() {
            return Ok(Vec::new());
        }
        if state.has_ended() {
            return Err(Refusal::AssignmentEnded { state: state.as_str() });
        }
        if let AssignmentState::At(current) = state
            && step < current
        {
            return Err(Refusal::StepBack { state: state.as_str(), asked: step.as_str() });
        }
        let mut events = Vec::with_capacity(3);
        // A step taken on the device proves that the order is there, whatever was lost on the way. Of what was changed
        // since, it proves nothing: that takes the device's own word.
        if speaker.is_some() && assignment.delivered_at.is_none() {
            events.push(Event::OrderDelivered { assignment: id, revision: Some(1) });
        }
        let source = Some(source_of(speaker));
        events.push(Event::AssignmentAdvanced { assignment: id, status: step, source });
        if state == AssignmentState::Offered {
            events.extend(self.losers_to(assignment));
        }
        if step == Step::Cleared {
            events.extend(self.ending_after(assignment));
        }
        Ok(events)
    }

    /// The other offers of a race that this acceptance has won: whoever accepts first has the order.
    fn losers_to<'a>(&'a self, winner: &'a Assignment) -> impl Iterator<Item = Event> + 'a {
        // The others may have been made since its incident became part of another.
        let incident = self.board().leading(winner.incident);
        let offers = incident.into_iter().flat_map(|i| self.board().assignments_of(i));
        let root = self.race_of(winner);
        let lost = offers.filter(move |a| {
            a.id != winner.id && a.state == AssignmentState::Offered && self.race_of(a) == root
        });
        lost.map(|a| Event::AssignmentCancelled {
            assignment: a.id,
            reason: OFFER_WITHDRAWN.to_owned(),
        })
    }

    /// The first offer of the race that an offer belongs to; itself when it stands in for none.
    fn race_of(&self, offer: &Assignment) -> AssignmentId {
        let mut first = offer;
        // An offer stands in for an older one, so this ends; the bound is for a log that says otherwise.
        for _ in 0..RACE_MAX {
            match first.instead_of.and_then(|id| self.board().assignment(id)) {
                Some(older) => first = older,
                None => break,
            }
        }
        first.id
    }

    fn decide_undo(
        &self,
        now: Timestamp,
        id: AssignmentId,
        speaker: Option<&UnitId>,
    ) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, speaker)?;
        if assignment.state.has_ended() {
            return Err(Refusal::UndoEnded);
        }
        let AssignmentState::At(status) = assignment.state else {
            return Err(Refusal::NothingToUndo);
        };
        let taken_at = assignment.times.get(status).unwrap_or(assignment.offered_at);
        if now.ms_since(taken_at) > self.policy().undo_within_ms {
            return Err(Refusal::UndoTooLate { minutes: self.policy().undo_within_ms / 60_000 });
        }
        let mut before = assignment.times;
        before.correct(status, None);
        Ok(vec![Event::StepUndone { assignment: id, status, back_to: before.last() }])
    }

    /// A wrong time is replaced, with a reason; whether the order of steps still holds is for the report to say.
    fn decide_correction(
        &self,
        now: Timestamp,
        id: AssignmentId,
        step: Step,
        at: Timestamp,
        reason: &str,
    ) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, None)?;
        if at > now {
            return Err(Refusal::StepInFuture);
        }
        if at < assignment.offered_at {
            return Err(Refusal::StepBeforeOrder);
        }
        let reason = checked_reason(reason).ok_or(Refusal::ReasonMissing)?;
        if assignment.times.get(step) == Some(at) {
            return Ok(Vec::new());
        }
        if assignment.times.last().is_none_or(|last| step > last) {
            let state = assignment.state.as_str();
            return Err(Refusal::StepNotTaken { state, asked: step.as_str() });
        }
        Ok(vec![Event::TimeCorrected { assignment: id, status: step, corrected_at: at, reason }])
    }

    /// A mark changes nothing but its own time; the first word of a person stands.
    fn decide_mark(
        &self,
        now: Timestamp,
        id: AssignmentId,
        mark: Mark,
        speaker: Option<&UnitId>,
    ) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, speaker)?;
        let said = assignment.marks.get(&mark).is_some_and(|(_, source)| *source != Source::Gps);
        if said {
            return Ok(Vec::new());
        }
        let fits = match mark {
            Mark::Staged => assignment.is_accepted() && !assignment.has_arrived(),
            Mark::CareTransferred => assignment.has_arrived(),
            Mark::Home | Mark::Completed => {
                assignment.state.has_ended() && assignment.was_accepted()
            }
        };
        if !fits {
            let (state, mark) = (assignment.state.as_str(), mark.as_str());
            return Err(Refusal::MarkOutOfPlace { state, mark });
        }
        let source = source_of(speaker);
        Ok(vec![Event::TimeMarked { assignment: id, mark, marked_at: now, source }])
    }

    /// The end of an incident whose last unit is clearing; none while another is at work or nobody ever arrived.
    fn ending_after(&self, clearing: &Assignment) -> Option<Event> {
        let incident = self.board().leading(clearing.incident)?;
        let mut all = self.board().assignments_of(incident);
        let others_at_work = all.any(|a| a.id != clearing.id && a.is_open())
            || self.board().aids_of(incident).any(Aid::is_under_way);
        (!others_at_work).then(|| self.ending_of(incident)).flatten()
    }

    /// How an incident ends that was attended to and that no unit is on any more; none when nobody ever arrived.
    pub(super) fn ending_of(&self, incident: &Incident) -> Option<Event> {
        if !incident.is_open() || !self.board().is_attended(incident) {
            return None;
        }
        let reached =
            |step: Step| self.board().assignments_of(incident).any(|a| a.times.get(step).is_some());
        let by_neighbour = |step: &Step| {
            self.board().aids_of(incident).any(|aid| aid.answer.steps.contains_key(step))
        };
        let carried = [Step::Transporting, Step::AtDestination]
            .iter()
            .any(|step| reached(*step) || by_neighbour(step));
        let disposition =
            if carried { Disposition::Transported } else { Disposition::TreatedOnScene };
        Some(Event::IncidentEnded { incident: incident.id, disposition, reason: None })
    }

    fn decide_reject(
        &self,
        id: AssignmentId,
        reason: &str,
        speaker: Option<&UnitId>,
    ) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, speaker)?;
        if assignment.state == AssignmentState::Rejected {
            return Ok(Vec::new());
        }
        let reason = self.may_drop(assignment, reason)?;
        Ok(vec![Event::AssignmentRejected { assignment: id, reason }])
    }

    fn decide_cancel(&self, id: AssignmentId, reason: &str) -> Result<Vec<Event>, Refusal> {
        let assignment = self.known_assignment(id, None)?;
        if assignment.state == AssignmentState::Cancelled {
            return Ok(Vec::new());
        }
        let reason = self.may_drop(assignment, reason)?;
        Ok(vec![Event::AssignmentCancelled { assignment: id, reason }])
    }

    /// Whether a unit may still drop an assignment: never after it has arrived, because a patient may be on board.
    fn may_drop(&self, assignment: &Assignment, reason: &str) -> Result<String, Refusal> {
        if assignment.state.has_ended() {
            return Err(Refusal::AssignmentEnded { state: assignment.state.as_str() });
        }
        if assignment.has_arrived() {
            return Err(Refusal::AlreadyArrived { unit: assignment.unit.clone() });
        }
        checked_reason(reason).ok_or(Refusal::ReasonMissing)
    }
}

const fn source_of(speaker: Option<&UnitId>) -> Source {
    if speaker.is_some() { Source::Crew } else { Source::Operator }
}
