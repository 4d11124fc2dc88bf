//! The fake disk: the only thing that outlives the server. A log with its primary key and the unique index, stored
//! positions, and the tables that follow from the log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use siaga::chain::{Entry, Hash};
use siaga::clock::Timestamp;
use siaga::dispatch::Dispatch;
use siaga::dispatch::assignment::{Assignment, StepTimes};
use siaga::dispatch::event::{Event, Priority, Step};
use siaga::dispatch::policy::Policy;
use siaga::dispatch::unit::Fix;
use siaga::ids::{AssignmentId, CommandId, IncidentId, UnitId};
use siaga::room::Room;

use super::world::Mutation;

/// One row of the table of assignments, made from the log alone.
#[derive(Clone, Debug, PartialEq)]
pub struct AssignmentRow {
    pub incident: IncidentId,
    pub unit: UnitId,
    pub offered_at: Timestamp,
    pub instead_of: Option<AssignmentId>,
    pub pick_up: Option<String>,
    /// The step at which it stands, after everything that was taken back.
    pub newest: Option<Step>,
    /// Every step that was ever said, taken back or not.
    pub steps: BTreeSet<Step>,
    /// The times as they stand.
    pub times: BTreeMap<Step, Timestamp>,
    pub delivered: bool,
    pub stood_down: bool,
    pub rejected: bool,
    /// Taken back by the desk: cancelled, diverted or timed out.
    pub cancelled: bool,
    pub cleared: bool,
}

impl AssignmentRow {
    pub const fn is_open(&self) -> bool {
        !self.rejected && !self.cancelled && !self.cleared
    }
}

/// One row of the table of incidents, made from the log alone.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentRow {
    pub received_at: Timestamp,
    /// When each of its own calls came in, the first among them.
    pub calls: Vec<Timestamp>,
    pub priority: Priority,
    pub drill: bool,
    pub placed: bool,
    pub ended: bool,
    pub merged_into: Option<IncidentId>,
    pub assignments: Vec<AssignmentId>,
    /// The last entry about it or its orders, those apart that only say that it waits.
    pub touched: u64,
}

/// An entry that reached the disk, with what the tables said before it.
#[derive(Clone, Debug)]
pub struct Written {
    pub seq: u64,
    /// The hash as it was written.
    pub hash: Hash,
    /// The server's own time when the entry was decided.
    pub decided_at: Timestamp,
    pub assignment_before: Option<AssignmentRow>,
    pub incident_before: Option<IncidentRow>,
    /// The command's entries stand on an earlier page already.
    pub command_before: bool,
    /// The number of its page's first entry.
    pub page_from: u64,
    /// The times of the assignment that it names, before and after it, as the core has them.
    pub times: Option<(StepTimes, StepTimes)>,
}

impl Written {
    pub fn entry<'d>(&self, disk: &'d Disk) -> &'d Entry {
        disk.entry(self.seq).unwrap()
    }
}

/// Why the disk refused a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The primary key: another writer has used these numbers.
    MovedOn,
    /// The unique index on open assignments.
    UnitTaken,
}

/// One stored position: unit, device time, and place in ten-millionths of a degree.
pub type Track = (u32, i64, (i32, i32));

pub struct Disk {
    pub log: Vec<Entry>,
    pub assignments: BTreeMap<AssignmentId, AssignmentRow>,
    pub incidents: BTreeMap<IncidentId, IncidentRow>,
    /// Those that have not ended and are no part of another.
    pub open_incidents: BTreeSet<IncidentId>,
    pub ended_incidents: BTreeSet<IncidentId>,
    /// Parts, with the incident that leads.
    pub merged: BTreeMap<IncidentId, IncidentId>,
    pub open_assignments: BTreeSet<AssignmentId>,
    pub open_of_unit: BTreeMap<UnitId, BTreeSet<AssignmentId>>,
    pub off_duty: BTreeSet<UnitId>,
    /// Offers that were given up by the clock.
    pub timed_out: BTreeSet<AssignmentId>,
    /// Where a command's entries begin, and how many they are.
    commands: BTreeMap<CommandId, (usize, usize)>,
    pub tracks: BTreeSet<Track>,
    /// The newest believable position of each unit, as the tracks have it.
    pub last_fix: BTreeMap<u32, Fix>,
    /// The core fed with the log as it grows, and with nothing else.
    pub shadow: Dispatch,
    /// The unique index; without it a unit may be sent twice.
    pub index_on: bool,
    /// A fault that the copy has, and the log has not.
    pub mutation: Mutation,
    pub refused: u64,
}

impl Disk {
    pub fn new(room: &Arc<Room>, policy: Policy, mutation: Mutation) -> Self {
        Self {
            log: Vec::new(),
            assignments: BTreeMap::new(),
            incidents: BTreeMap::new(),
            open_incidents: BTreeSet::new(),
            ended_incidents: BTreeSet::new(),
            merged: BTreeMap::new(),
            open_assignments: BTreeSet::new(),
            open_of_unit: BTreeMap::new(),
            off_duty: BTreeSet::new(),
            timed_out: BTreeSet::new(),
            commands: BTreeMap::new(),
            tracks: BTreeSet::new(),
            last_fix: BTreeMap::new(),
            shadow: Dispatch::new(policy, room.cards(), room.facility_cards()),
            index_on: mutation != Mutation::BusyIgnoredWithoutIndex,
            mutation,
            refused: 0,
        }
    }

    pub fn head(&self) -> Option<&Entry> {
        self.log.last()
    }

    pub fn head_seq(&self) -> u64 {
        self.log.len() as u64
    }

    pub fn entry(&self, seq: u64) -> Option<&Entry> {
        self.log.get(usize::try_from(seq).unwrap().checked_sub(1)?)
    }

    pub fn command_entries(&self, command: CommandId) -> Vec<Entry> {
        let Some((from, count)) = self.commands.get(&command) else { return Vec::new() };
        self.log[*from..from + count].to_vec()
    }

    /// Writes a page whole or not at all.
    pub fn append(&mut self, page: &[Entry], at: Timestamp) -> Result<Vec<Written>, Conflict> {
        let conflict = self.conflict(page);
        if let Some(conflict) = conflict {
            self.refused += 1;
            return Err(conflict);
        }
        let first = self.log.len();
        Ok(page.iter().map(|entry| self.add(entry, at, first)).collect())
    }

    fn conflict(&self, page: &[Entry]) -> Option<Conflict> {
        if page.first().is_some_and(|entry| entry.seq != self.head_seq() + 1) {
            return Some(Conflict::MovedOn);
        }
        if !self.index_on {
            return None;
        }
        // The database checks each statement as it comes, so this page's own rows count too.
        let mut open: BTreeMap<UnitId, BTreeSet<AssignmentId>> = BTreeMap::new();
        for entry in page {
            let row_of = |id: &AssignmentId| self.assignments.get(id).map(|row| row.unit.clone());
            if let Event::UnitOffered { assignment, unit, .. } = &entry.event {
                let stored = || self.open_of_unit.get(unit).cloned().unwrap_or_default();
                let open = open.entry(unit.clone()).or_insert_with(stored);
                if !open.is_empty() {
                    return Some(Conflict::UnitTaken);
                }
                open.insert(*assignment);
            } else if let Some(ended) = ended_by(&entry.event) {
                if let Some(unit) = row_of(&ended) {
                    let stored = || self.open_of_unit.get(&unit).cloned().unwrap_or_default();
                    open.entry(unit.clone()).or_insert_with(stored).remove(&ended);
                }
                for open in open.values_mut() {
                    open.remove(&ended);
                }
            }
        }
        None
    }

    fn add(&mut self, entry: &Entry, decided_at: Timestamp, page_from: usize) -> Written {
        let (incident, assignment) = entry.event.subjects();
        let at = self.log.len();
        let command = self.commands.entry(entry.command).or_insert((at, 0));
        command.1 += 1;
        let command_before = command.0 < page_from;
        let times = |disk: &Self| Some(disk.shadow_assignment(assignment?)?.times);
        let times_before = times(self);
        let mut written = Written {
            seq: entry.seq,
            hash: entry.hash,
            decided_at,
            assignment_before: assignment.and_then(|id| self.assignments.get(&id).cloned()),
            incident_before: incident.and_then(|id| self.incidents.get(&id).cloned()),
            command_before,
            page_from: page_from as u64 + 1,
            times: None,
        };
        self.project(entry);
        if !self.is_missed(&entry.event) {
            self.shadow.apply(entry.at, &entry.event);
        }
        if let Some(also) = self.imagined(&entry.event) {
            self.shadow.apply(entry.at, &also);
        }
        written.times = times_before.zip(times(self));
        self.log.push(entry.clone());
        written
    }

    fn project(&mut self, entry: &Entry) {
        let (incident, assignment) = entry.event.subjects();
        if let Some(id) = incident {
            self.project_incident(id, entry);
        }
        if let Some(id) = assignment {
            self.project_assignment(id, entry);
        }
        let of_order = assignment.and_then(|id| Some(self.assignments.get(&id)?.incident));
        let waits =
            matches!(entry.event, Event::IncidentAgeing { .. } | Event::IncidentHeld { .. });
        for id in incident.into_iter().chain(of_order).filter(|_| !waits) {
            self.incidents.entry(id).and_modify(|row| row.touched = entry.seq);
        }
        if let Event::DutyChanged { unit, on_duty, .. } = &entry.event {
            if *on_duty {
                self.off_duty.remove(unit);
            } else {
                self.off_duty.insert(unit.clone());
            }
        }
    }

    fn project_incident(&mut self, id: IncidentId, entry: &Entry) {
        if let Event::CallTaken { received_at, priority, place, drill, .. } = &entry.event {
            let row = IncidentRow {
                received_at: *received_at,
                calls: vec![*received_at],
                priority: *priority,
                drill: *drill,
                placed: place.is_some(),
                ended: false,
                merged_into: None,
                assignments: Vec::new(),
                touched: entry.seq,
            };
            self.incidents.insert(id, row);
            self.open_incidents.insert(id);
            return;
        }
        let Some(row) = self.incidents.get_mut(&id) else { return };
        if let Event::IncidentPlaced { .. } = &entry.event {
            row.placed = true;
        } else if let Event::CallAttached { received_at, .. } = &entry.event {
            row.calls.push(*received_at);
        } else if let Event::PriorityChanged { priority, .. } = &entry.event {
            row.priority = *priority;
        } else if let Event::IncidentMerged { into, .. } = &entry.event {
            row.merged_into = Some(*into);
            self.merged.insert(id, *into);
            self.incidents.entry(*into).and_modify(|row| row.touched = entry.seq);
        } else if let Event::IncidentSplit { .. } = &entry.event {
            row.merged_into = None;
            if let Some(into) = self.merged.remove(&id) {
                self.incidents.entry(into).and_modify(|row| row.touched = entry.seq);
            }
        } else if let Event::IncidentEnded { .. } = &entry.event {
            row.ended = true;
            self.ended_incidents.insert(id);
        } else if let Event::IncidentReopened { .. } = &entry.event {
            row.ended = false;
            self.ended_incidents.remove(&id);
        }
        if self.ended_incidents.contains(&id) || self.merged.contains_key(&id) {
            self.open_incidents.remove(&id);
        } else {
            self.open_incidents.insert(id);
        }
    }

    fn project_assignment(&mut self, id: AssignmentId, entry: &Entry) {
        if let Event::UnitOffered { incident, unit, instead_of, pick_up, .. } = &entry.event {
            let row = AssignmentRow {
                incident: *incident,
                unit: unit.clone(),
                offered_at: entry.at,
                instead_of: *instead_of,
                pick_up: pick_up.clone(),
                newest: None,
                steps: BTreeSet::new(),
                times: BTreeMap::new(),
                delivered: false,
                stood_down: false,
                rejected: false,
                cancelled: false,
                cleared: false,
            };
            self.assignments.insert(id, row);
            self.open_assignments.insert(id);
            self.open_of_unit.entry(unit.clone()).or_default().insert(id);
            self.incidents.entry(*incident).and_modify(|row| row.assignments.push(id));
            return;
        }
        let event = &entry.event;
        let Some(row) = self.assignments.get_mut(&id) else { return };
        if let Event::AssignmentAdvanced { status, .. } = event {
            row.steps.insert(*status);
            row.times.entry(*status).or_insert(entry.at);
            row.cleared |= *status == Step::Cleared;
        } else if let Event::StepUndone { status, .. } = event {
            row.times.remove(status);
        } else if let Event::TimeCorrected { status, corrected_at, .. } = event {
            row.steps.insert(*status);
            row.times.insert(*status, *corrected_at);
        }
        row.newest = row.times.keys().next_back().copied();
        row.delivered |= matches!(event, Event::OrderDelivered { .. });
        row.stood_down |= matches!(event, Event::WithdrawalDelivered { .. });
        row.rejected |= matches!(event, Event::AssignmentRejected { .. });
        row.cancelled |= matches!(
            event,
            Event::AssignmentCancelled { .. }
                | Event::AssignmentDiverted { .. }
                | Event::OfferTimedOut { .. }
        );
        if let Event::OfferTimedOut { .. } = event {
            self.timed_out.insert(id);
        }
        if !row.is_open() {
            self.open_assignments.remove(&id);
            self.open_of_unit.entry(row.unit.clone()).or_default().remove(&id);
        }
    }

    /// The incident that leads: itself, unless it is part of another.
    pub fn lead(&self, id: IncidentId) -> IncidentId {
        self.merged.get(&id).copied().unwrap_or(id)
    }

    /// An incident that leads, with all that are part of it.
    pub fn set_of(&self, lead: IncidentId) -> impl Iterator<Item = &IncidentRow> {
        let parts = self.merged.iter().filter(move |(_, into)| **into == lead).map(|(id, _)| *id);
        std::iter::once(lead).chain(parts).filter_map(|id| self.incidents.get(&id))
    }

    /// The earliest call of a set.
    pub fn t0(&self, lead: IncidentId) -> Option<Timestamp> {
        self.set_of(lead).flat_map(|row| row.calls.iter().copied()).min()
    }

    /// Every order of a set, with its row.
    pub fn orders_of(
        &self,
        lead: IncidentId,
    ) -> impl Iterator<Item = (AssignmentId, &AssignmentRow)> {
        self.set_of(lead)
            .flat_map(|row| &row.assignments)
            .filter_map(|id| Some((*id, self.assignments.get(id)?)))
    }

    /// The first offer of the race that an offer belongs to.
    pub fn race(&self, offer: AssignmentId) -> AssignmentId {
        let mut first = offer;
        while let Some(older) = self.assignments.get(&first).and_then(|row| row.instead_of) {
            first = older;
        }
        first
    }

    /// A mutant copy overlooks a further call that moves T0.
    fn is_missed(&self, event: &Event) -> bool {
        let Event::CallAttached { incident, received_at, .. } = event else { return false };
        let known = self.shadow.board().incident(*incident);
        self.mutation == Mutation::FurtherCallMissed
            && known.is_some_and(|known| *received_at < self.shadow.board().received_at(known))
    }

    /// What a mutant copy takes to have happened besides.
    fn imagined(&self, event: &Event) -> Option<Event> {
        if self.mutation == Mutation::SplitLosesTime
            && let Event::IncidentSplit { incident } = event
        {
            let orders = self.incidents.get(incident)?.assignments.iter();
            let (assignment, status) =
                orders.rev().find_map(|id| Some((*id, self.assignments.get(id)?.newest?)))?;
            return Some(Event::StepUndone { assignment, status, back_to: None });
        }
        if self.mutation == Mutation::BumpedForgotten
            && let Event::AssignmentDiverted { assignment, .. } = event
        {
            let incident = self.lead(self.assignments.get(assignment)?.incident);
            if self.orders_of(incident).any(|(_, row)| row.is_open()) {
                return None;
            }
            let disposition = siaga::dispatch::event::Disposition::Incomplete;
            return Some(Event::IncidentEnded { incident, disposition, reason: None });
        }
        None
    }

    /// The core's own copy of an assignment, from the log alone.
    pub fn shadow_assignment(&self, id: AssignmentId) -> Option<&Assignment> {
        self.shadow.board().assignment(id)
    }
}

/// The assignment that an event ends. Kinds of events that are added later end none unless they say so here.
fn ended_by(event: &Event) -> Option<AssignmentId> {
    if let Event::AssignmentAdvanced { assignment, status: Step::Cleared, .. }
    | Event::AssignmentRejected { assignment, .. }
    | Event::AssignmentCancelled { assignment, .. }
    | Event::AssignmentDiverted { assignment, .. }
    | Event::OfferTimedOut { assignment } = event
    {
        return Some(*assignment);
    }
    None
}
