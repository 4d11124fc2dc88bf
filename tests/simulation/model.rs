//! A second, deliberately naive reading of the log: folds over all of it, made anew each time, compared with the board.
//!
//! It shares no code with `dispatch/board.rs`. An event that changes what is compared here must be told to both.

use std::collections::{BTreeMap, BTreeSet};

use siaga::chain::Entry;
use siaga::clock::Timestamp;
use siaga::dispatch::assignment::{Assignment, STEPS};
use siaga::dispatch::board::{Board, ENDED_KEPT_MS};
use siaga::dispatch::event::{Disposition, Event, Step};
use siaga::dispatch::incident::Incident;
use siaga::ids::{AssignmentId, IncidentId, UnitId};

/// What the log and the board disagree about, in a sentence.
pub fn disagreement(log: &[Entry], board: &Board) -> Option<String> {
    let stories = stories(log);
    let forgotten_before = log.iter().filter(|e| matches!(e.event, Event::IncidentEnded { .. }));
    let forgotten_before = forgotten_before.map(|e| e.at.plus_ms(-ENDED_KEPT_MS)).max();
    for (id, story) in &stories {
        let found = board.incident(*id);
        let Some(incident) = found else {
            let old = ending(story).is_some_and(|(at, _)| Some(at) < forgotten_before);
            if old {
                continue;
            }
            return Some(format!("{id} is not on the board"));
        };
        let wrong =
            about_incident(story, incident).or_else(|| about_orders(story, incident, board));
        if let Some(wrong) = wrong {
            return Some(format!("{}: {wrong}", incident.case_number));
        }
    }
    if let Some(stranger) = board.incidents().find(|i| !stories.contains_key(&i.id)) {
        return Some(format!("{} is on the board and not in the log", stranger.case_number));
    }
    about_units(log, board)
}

/// The entries of each incident, its assignments' among them.
fn stories(log: &[Entry]) -> BTreeMap<IncidentId, Vec<&Entry>> {
    let mut incident_of: BTreeMap<AssignmentId, IncidentId> = BTreeMap::new();
    let mut stories: BTreeMap<IncidentId, Vec<&Entry>> = BTreeMap::new();
    for entry in log {
        let (incident, assignment) = entry.event.subjects();
        if let (Some(incident), Some(assignment)) = (incident, assignment) {
            incident_of.insert(assignment, incident);
        }
        let known = assignment.and_then(|id| incident_of.get(&id).copied());
        if let Some(incident) = incident.or(known) {
            stories.entry(incident).or_default().push(entry);
        }
    }
    stories
}

fn ending(story: &[&Entry]) -> Option<(Timestamp, Disposition)> {
    story.iter().rev().find_map(|entry| match &entry.event {
        Event::IncidentEnded { disposition, .. } => Some((entry.at, *disposition)),
        _ => None,
    })
}

fn about_incident(story: &[&Entry], incident: &Incident) -> Option<String> {
    let Event::CallTaken { received_at, case_number, priority, category, place, .. } =
        &story.first()?.event
    else {
        return Some("does not begin with a call".to_owned());
    };
    let now = story.iter().fold(priority, |now, entry| match &entry.event {
        Event::PriorityChanged { priority, .. } => priority,
        _ => now,
    });
    let as_called = (received_at, case_number, priority, category)
        == (
            &incident.received_at,
            &incident.case_number,
            &incident.original_priority,
            &incident.category,
        );
    if *now != incident.priority {
        return Some(format!("is {:?}, in the log {now:?}", incident.priority));
    }
    if !as_called || story.first().map(|e| e.at) != Some(incident.created_at) {
        return Some("is not as the call said".to_owned());
    }
    let place = story.iter().fold(place.as_ref(), |place, entry| match &entry.event {
        Event::IncidentPlaced { place, .. } => Some(place),
        _ => place,
    });
    if place != incident.place.as_ref() {
        return Some("is elsewhere".to_owned());
    }
    let held = story.iter().fold(false, |held, entry| match &entry.event {
        Event::IncidentHeld { .. } => true,
        Event::IncidentReady { .. } | Event::UnitOffered { .. } => false,
        _ => held,
    });
    if held != incident.held {
        return Some(format!("held: {held} in the log"));
    }
    let ended = incident.ending.as_ref().map(|ending| (ending.at, ending.disposition));
    (ending(story) != ended).then(|| format!("ended {ended:?}, in the log {:?}", ending(story)))
}

fn about_orders(story: &[&Entry], incident: &Incident, board: &Board) -> Option<String> {
    let offers: Vec<&Entry> =
        story.iter().copied().filter(|e| matches!(e.event, Event::UnitOffered { .. })).collect();
    let ids: Vec<AssignmentId> = offers.iter().filter_map(|e| e.event.subjects().1).collect();
    if ids != incident.assignments {
        return Some(format!("orders {:?}, in the log {ids:?}", incident.assignments));
    }
    let mut dropped_before_arrival = false;
    for (offer, id) in offers.iter().zip(ids) {
        let Some(assignment) = board.assignment(id) else { return Some(format!("{id} is gone")) };
        let part = story.iter().copied().filter(|entry| entry.event.subjects().1 == Some(id));
        let part: Vec<&Entry> = part.collect();
        let times = STEPS.map(|step| first_time(&part, step));
        let arrived = times[2..7].iter().any(Option::is_some);
        let over = part.iter().any(|e| is_end(&e.event));
        dropped_before_arrival |= over && !arrived;
        if let Some(wrong) = about_order(&part, offer.at, assignment, times, over) {
            return Some(wrong);
        }
    }
    (dropped_before_arrival != incident.redispatch)
        .then(|| format!("to be ordered again: {dropped_before_arrival} in the log"))
}

fn about_order(
    part: &[&Entry],
    offered_at: Timestamp,
    assignment: &Assignment,
    times: [Option<Timestamp>; 8],
    over: bool,
) -> Option<String> {
    if STEPS.map(|step| assignment.times.get(step)) != times {
        return Some(format!("times {:?}, in the log {times:?}", assignment.times));
    }
    let told = part.iter().find(|e| matches!(e.event, Event::OrderDelivered { .. }));
    let stood_down = part.iter().any(|e| matches!(e.event, Event::WithdrawalDelivered { .. }));
    let last = part.iter().rev().find_map(|entry| match &entry.event {
        Event::AssignmentAdvanced { status, .. } => Some(status.as_str()),
        Event::AssignmentRejected { .. } => Some("rejected"),
        Event::AssignmentCancelled { .. } => Some("cancelled"),
        Event::AssignmentDiverted { .. } => Some("diverted"),
        Event::OfferTimedOut { .. } => Some("timed_out"),
        _ => None,
    });
    let in_log = (
        offered_at,
        told.map(|entry| entry.at),
        stood_down,
        last.unwrap_or("offered"),
        !over,
        part.iter().find(|e| is_end(&e.event)).map(|e| e.at),
    );
    let on_board = (
        assignment.offered_at,
        assignment.delivered_at,
        assignment.withdrawal_delivered,
        assignment.state.as_str(),
        assignment.is_open(),
        assignment.ended_at,
    );
    (in_log != on_board).then(|| format!("order {on_board:?}, in the log {in_log:?}"))
}

fn first_time(part: &[&Entry], step: Step) -> Option<Timestamp> {
    let taken = |entry: &&&Entry| matches!(entry.event, Event::AssignmentAdvanced { status, .. } if status == step);
    part.iter().find(taken).map(|entry| entry.at)
}

const fn is_end(event: &Event) -> bool {
    matches!(
        event,
        Event::AssignmentAdvanced { status: Step::Cleared, .. }
            | Event::AssignmentRejected { .. }
            | Event::AssignmentCancelled { .. }
            | Event::AssignmentDiverted { .. }
            | Event::OfferTimedOut { .. }
    )
}

/// Who is out and who is off duty.
fn about_units(log: &[Entry], board: &Board) -> Option<String> {
    let ended: BTreeSet<AssignmentId> =
        log.iter().filter(|e| is_end(&e.event)).filter_map(|e| e.event.subjects().1).collect();
    let mut out: BTreeMap<&UnitId, AssignmentId> = BTreeMap::new();
    let mut off: BTreeMap<&UnitId, bool> = BTreeMap::new();
    let mut units: BTreeSet<&UnitId> = BTreeSet::new();
    for entry in log {
        if let Event::UnitOffered { unit, assignment, .. } = &entry.event {
            units.insert(unit);
            if !ended.contains(assignment) {
                out.insert(unit, *assignment);
            }
        } else if let Event::DutyChanged { unit, on_duty, .. } = &entry.event {
            units.insert(unit);
            off.insert(unit, !on_duty);
        }
    }
    units.into_iter().find_map(|unit| {
        let on_board = board.open_assignment_of(unit).map(|assignment| assignment.id);
        let off_duty = board.off_duty(unit).is_some();
        let agrees = on_board == out.get(unit).copied()
            && off_duty == off.get(unit).copied().unwrap_or(false);
        (!agrees).then(|| format!("{unit}: out {on_board:?}, off duty {off_duty}"))
    })
}
