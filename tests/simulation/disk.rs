//! The fake disk: the only thing that outlives the server. A log with its primary key and the unique index, stored
//! positions, and the tables that follow from the log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use siaga::chain::{Entry, Hash};
use siaga::clock::Timestamp;
use siaga::dispatch::Dispatch;
use siaga::dispatch::assignment::Assignment;
use siaga::dispatch::event::{Event, Priority, Step};
use siaga::dispatch::unit::Fix;
use siaga::ids::{AssignmentId, CommandId, IncidentId, UnitId};
use siaga::room::Room;

/// One row of the table of assignments, made from the log alone.
#[derive(Clone, Debug, PartialEq)]
pub struct AssignmentRow {
    pub incident: IncidentId,
    pub unit: UnitId,
    pub newest: Option<Step>,
    pub steps: BTreeSet<Step>,
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
    pub priority: Priority,
    pub placed: bool,
    pub ended: bool,
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
    pub open_incidents: BTreeSet<IncidentId>,
    pub open_assignments: BTreeSet<AssignmentId>,
    pub open_of_unit: BTreeMap<UnitId, BTreeSet<AssignmentId>>,
    pub off_duty: BTreeSet<UnitId>,
    /// Where a command's entries begin, and how many they are.
    commands: BTreeMap<CommandId, (usize, usize)>,
    pub tracks: BTreeSet<Track>,
    /// The newest believable position of each unit, as the tracks have it.
    pub last_fix: BTreeMap<u32, Fix>,
    /// The core fed with the log as it grows, and with nothing else.
    pub shadow: Dispatch,
    /// The unique index; without it a unit may be sent twice.
    pub index_on: bool,
    pub refused: u64,
}

impl Disk {
    pub fn new(room: &Arc<Room>) -> Self {
        Self {
            log: Vec::new(),
            assignments: BTreeMap::new(),
            incidents: BTreeMap::new(),
            open_incidents: BTreeSet::new(),
            open_assignments: BTreeSet::new(),
            open_of_unit: BTreeMap::new(),
            off_duty: BTreeSet::new(),
            commands: BTreeMap::new(),
            tracks: BTreeSet::new(),
            last_fix: BTreeMap::new(),
            shadow: Dispatch::new(room.policy(), room.cards(), Vec::new()),
            index_on: true,
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
        let written = Written {
            seq: entry.seq,
            hash: entry.hash,
            decided_at,
            assignment_before: assignment.and_then(|id| self.assignments.get(&id).cloned()),
            incident_before: incident.and_then(|id| self.incidents.get(&id).cloned()),
            command_before,
        };
        self.project(&entry.event);
        self.shadow.apply(entry.at, &entry.event);
        self.log.push(entry.clone());
        written
    }

    fn project(&mut self, event: &Event) {
        if let Event::CallTaken { incident, received_at, priority, place, .. } = event {
            let (placed, priority) = (place.is_some(), *priority);
            let row = IncidentRow { received_at: *received_at, priority, placed, ended: false };
            self.incidents.insert(*incident, row);
            self.open_incidents.insert(*incident);
        } else if let Event::IncidentPlaced { incident, .. } = event {
            self.incidents.entry(*incident).and_modify(|row| row.placed = true);
        } else if let Event::PriorityChanged { incident, priority, .. } = event {
            self.incidents.entry(*incident).and_modify(|row| row.priority = *priority);
        } else if let Event::IncidentEnded { incident, .. } = event {
            self.incidents.entry(*incident).and_modify(|row| row.ended = true);
            self.open_incidents.remove(incident);
        } else if let Event::UnitOffered { assignment, incident, unit, .. } = event {
            let row = AssignmentRow {
                incident: *incident,
                unit: unit.clone(),
                newest: None,
                steps: BTreeSet::new(),
                delivered: false,
                stood_down: false,
                rejected: false,
                cancelled: false,
                cleared: false,
            };
            self.assignments.insert(*assignment, row);
            self.open_assignments.insert(*assignment);
            self.open_of_unit.entry(unit.clone()).or_default().insert(*assignment);
        } else if let Event::DutyChanged { unit, on_duty, .. } = event {
            if *on_duty {
                self.off_duty.remove(unit);
            } else {
                self.off_duty.insert(unit.clone());
            }
        } else if let Some(id) = event.subjects().1 {
            self.project_assignment(id, event);
        }
    }

    fn project_assignment(&mut self, id: AssignmentId, event: &Event) {
        let Some(row) = self.assignments.get_mut(&id) else { return };
        if let Event::AssignmentAdvanced { status, .. } = event {
            row.newest = Some(*status);
            row.steps.insert(*status);
            row.cleared |= *status == Step::Cleared;
        }
        row.delivered |= matches!(event, Event::OrderDelivered { .. });
        row.stood_down |= matches!(event, Event::WithdrawalDelivered { .. });
        row.rejected |= matches!(event, Event::AssignmentRejected { .. });
        row.cancelled |= matches!(
            event,
            Event::AssignmentCancelled { .. }
                | Event::AssignmentDiverted { .. }
                | Event::OfferTimedOut { .. }
        );
        if !row.is_open() {
            self.open_assignments.remove(&id);
            self.open_of_unit.entry(row.unit.clone()).or_default().remove(&id);
        }
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
