//! The second reading of what goes beyond one incident: who leads, T0 and queue, needs, units, facilities, alarms.

use std::collections::{BTreeMap, BTreeSet};

use siaga::chain::Entry;
use siaga::clock::Timestamp;
use siaga::dispatch::Dispatch;
use siaga::dispatch::board::Board;
use siaga::dispatch::event::{Admission, CrewRole, Event, Need, Priority};
use siaga::ids::{AssignmentId, Capability, IncidentId, UnitId};
use siaga::room::Room;

use super::model::{Course, Story};

/// An incident that leads, with its parts, as the log tells it.
#[derive(Debug, Default)]
struct Set {
    parts: BTreeSet<IncidentId>,
    /// Every call of every one of them.
    calls: Vec<Timestamp>,
    ended: bool,
    /// A unit is on it; one was there since it was last opened.
    open: bool,
    attended: bool,
    /// Units that are on it or were there, as often as they were.
    on_it: Vec<UnitId>,
    priority: Option<Priority>,
    needs: Vec<Need>,
}

pub fn about_sets(
    log: &[Entry],
    stories: &BTreeMap<IncidentId, Story<'_>>,
    forgotten: &BTreeSet<IncidentId>,
    dispatch: &Dispatch,
    room: &Room,
) -> Option<String> {
    let board = dispatch.board();
    let sets = sets(log, stories, forgotten);
    let limits = limits(log);
    let mut queue = Vec::new();
    for (id, set) in &sets {
        let Some(incident) = board.incident(*id) else { continue };
        let case = &incident.case_number;
        let parts: BTreeSet<IncidentId> = incident.merged.iter().copied().collect();
        if parts != set.parts {
            return Some(format!("{case} leads {parts:?}, in the log {:?}", set.parts));
        }
        let t0 = set.calls.iter().min().copied();
        if t0 != Some(board.received_at(incident)) {
            return Some(format!("{case}: T0 {t0:?} in the log"));
        }
        if set.attended != board.is_attended(incident) {
            return Some(format!("{case}: attended {} in the log", set.attended));
        }
        let missing = missing(set, &limits, room);
        let on_board = dispatch.missing_needs(incident);
        if missing != on_board {
            return Some(format!("{case} misses {on_board:?}, in the log {missing:?}"));
        }
        if !set.ended && !set.open && !set.attended {
            queue.push((set.priority, t0, *id));
        }
    }
    queue.sort();
    let queue: Vec<IncidentId> = queue.into_iter().map(|(_, _, id)| id).collect();
    let on_board: Vec<IncidentId> = board.queue().into_iter().map(|incident| incident.id).collect();
    (queue != on_board).then(|| format!("queue {on_board:?}, in the log {queue:?}"))
}

fn sets(
    log: &[Entry],
    stories: &BTreeMap<IncidentId, Story<'_>>,
    forgotten: &BTreeSet<IncidentId>,
) -> BTreeMap<IncidentId, Set> {
    let mut into: BTreeMap<IncidentId, IncidentId> = BTreeMap::new();
    // Orders that were out before their incident was opened again.
    let mut past: BTreeSet<AssignmentId> = BTreeSet::new();
    let mut orders: BTreeMap<IncidentId, Vec<(AssignmentId, UnitId)>> = BTreeMap::new();
    for entry in log {
        match &entry.event {
            Event::IncidentMerged { incident, into: lead } => drop(into.insert(*incident, *lead)),
            Event::IncidentSplit { incident } => drop(into.remove(incident)),
            Event::UnitOffered { incident, assignment, unit, .. } => {
                orders.entry(*incident).or_default().push((*assignment, unit.clone()));
            }
            Event::IncidentReopened { incident, .. } => {
                let all = orders.iter().filter(|(id, _)| {
                    *id == incident || into.get(id).is_some_and(|lead| lead == incident)
                });
                past.extend(all.flat_map(|(_, orders)| orders.iter().map(|(id, _)| *id)));
            }
            _ => {}
        }
    }
    let mut sets: BTreeMap<IncidentId, Set> = BTreeMap::new();
    for (id, story) in stories.iter().filter(|(id, _)| !forgotten.contains(id)) {
        let lead = into.get(id).copied().unwrap_or(*id);
        let set = sets.entry(lead).or_default();
        if lead == *id {
            tell_of_lead(story, set);
        } else {
            set.parts.insert(*id);
        }
        set.calls.extend(story.iter().filter_map(|entry| match &entry.event {
            Event::CallTaken { received_at, .. } | Event::CallAttached { received_at, .. } => {
                Some(*received_at)
            }
            _ => None,
        }));
        for (order, unit) in orders.get(id).into_iter().flatten() {
            let part = story.iter().copied().filter(|e| e.event.subjects().1 == Some(*order));
            let course = Course::of(&part.collect::<Story<'_>>());
            let arrived = course.has_arrived();
            set.open |= course.end.is_none();
            set.attended |= arrived && !past.contains(order);
            if course.end.is_none() || (arrived && !past.contains(order)) {
                set.on_it.push(unit.clone());
            }
        }
    }
    sets
}

fn tell_of_lead(story: &[&Entry], set: &mut Set) {
    for entry in story {
        match &entry.event {
            Event::CallTaken { priority, .. } | Event::PriorityChanged { priority, .. } => {
                set.priority = Some(*priority);
            }
            Event::NeedsChanged { needs, .. } => set.needs.clone_from(needs),
            Event::IncidentEnded { .. } => set.ended = true,
            Event::IncidentReopened { .. } => set.ended = false,
            _ => {}
        }
    }
}

fn limits(log: &[Entry]) -> BTreeMap<&UnitId, &Vec<Capability>> {
    let said = log.iter().filter_map(|entry| match &entry.event {
        Event::UnitLimited { unit, lacking, .. } => Some((unit, lacking)),
        _ => None,
    });
    said.collect()
}

/// What a set needs and nobody on it brings.
fn missing(set: &Set, limits: &BTreeMap<&UnitId, &Vec<Capability>>, room: &Room) -> Vec<Need> {
    let mut missing = Vec::new();
    for need in &set.needs {
        let brings = |unit: &&UnitId| {
            let able = room.units().iter().any(|listed| {
                listed.id == **unit
                    && listed.capabilities.iter().any(|word| word == need.capability.as_str())
            });
            able && limits.get(*unit).is_none_or(|lacking| !lacking.contains(&need.capability))
        };
        let brought = set.on_it.iter().filter(brings).count();
        let left = usize::from(need.count).saturating_sub(brought);
        if left > 0 {
            let count = u8::try_from(left).unwrap();
            missing.push(Need { capability: need.capability.clone(), count });
        }
    }
    missing
}

/// What the log says of one unit.
#[derive(Debug, Default, PartialEq)]
struct Word {
    out: Option<AssignmentId>,
    off_duty: Option<Option<String>>,
    crew: Vec<CrewRole>,
    lacking: Vec<Capability>,
    limit_reason: Option<String>,
    talk: Option<(Timestamp, bool)>,
}

pub fn about_units(log: &[Entry], board: &Board) -> Option<String> {
    let mut words: BTreeMap<UnitId, Word> = BTreeMap::new();
    let mut unit_of: BTreeMap<AssignmentId, UnitId> = BTreeMap::new();
    for entry in log {
        let (_, order) = entry.event.subjects();
        if let (Event::UnitOffered { unit, .. }, Some(order)) = (&entry.event, order) {
            unit_of.insert(order, unit.clone());
        }
        let of_order = order.and_then(|order| unit_of.get(&order));
        let Some(unit) = entry.event.unit().or(of_order) else { continue };
        let word = words.entry(unit.clone()).or_default();
        match &entry.event {
            Event::UnitOffered { assignment, .. } => word.out = Some(*assignment),
            Event::DutyChanged { on_duty, reason, .. } => {
                word.off_duty = (!on_duty).then(|| reason.clone());
            }
            Event::CrewChanged { crew, .. } => word.crew.clone_from(crew),
            Event::UnitLimited { lacking, reason, .. } => {
                word.lacking.clone_from(lacking);
                word.limit_reason.clone_from(reason);
            }
            Event::TalkRequested { sos, .. } => {
                let (since, danger) = word.talk.unwrap_or((entry.at, false));
                word.talk = Some((since, danger || *sos));
            }
            Event::TalkAnswered { .. } => word.talk = None,
            event => {
                let over = Course::of(&[entry]).end.is_some();
                if over && word.out == event.subjects().1 {
                    word.out = None;
                }
            }
        }
    }
    words.into_iter().find_map(|(unit, word)| {
        let remarks = board.remarks(&unit).cloned().unwrap_or_default();
        let on_board = Word {
            out: board.open_assignment_of(&unit).map(|assignment| assignment.id),
            off_duty: board.off_duty(&unit).cloned(),
            crew: remarks.crew,
            lacking: remarks.lacking,
            limit_reason: remarks.limit_reason,
            talk: remarks.talk,
        };
        (word != on_board).then(|| format!("{unit}: {on_board:?}, in the log {word:?}"))
    })
}

/// Facilities, and who has taken which alarm.
pub fn about_the_rest(log: &[Entry], board: &Board) -> Option<String> {
    let mut admissions: BTreeMap<&str, (Admission, Option<&str>)> = BTreeMap::new();
    let mut owners: BTreeMap<&str, (&str, Timestamp)> = BTreeMap::new();
    for entry in log {
        match &entry.event {
            Event::FacilityChanged { facility, admission, reason } => {
                admissions.insert(facility, (*admission, reason.as_deref()));
            }
            Event::AlarmTaken { alarm, owner } => drop(owners.insert(alarm, (owner, entry.at))),
            Event::AlarmOver { alarm } => drop(owners.remove(alarm.as_str())),
            _ => {}
        }
    }
    let closed = admissions.into_iter().find(|(id, said)| board.admission(id) != *said);
    if let Some((facility, said)) = closed {
        return Some(format!("{facility}: {:?}, in the log {said:?}", board.admission(facility)));
    }
    let taken: Vec<&str> = owners.keys().copied().collect();
    let on_board: Vec<&str> = board.owned_alarms().collect();
    if taken != on_board {
        return Some(format!("alarms taken {on_board:?}, in the log {taken:?}"));
    }
    let wrong = owners.into_iter().find(|(alarm, said)| board.alarm_owner(alarm) != Some(*said));
    wrong.map(|(alarm, said)| {
        format!("{alarm}: {:?}, in the log {said:?}", board.alarm_owner(alarm))
    })
}
