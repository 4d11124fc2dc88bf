//! A second, deliberately naive reading of the log: folds over all of it, made anew each time, compared with the board.
//!
//! It shares no code with `dispatch/board.rs`. An event that changes what is compared here must be told to both.

use std::collections::{BTreeMap, BTreeSet};

use siaga::chain::Entry;
use siaga::clock::Timestamp;
use siaga::dispatch::Dispatch;
use siaga::dispatch::assignment::{Assignment, STEPS};
use siaga::dispatch::board::{Board, ENDED_KEPT_MS};
use siaga::dispatch::event::{Disposition, Event, Mark, Source, Step};
use siaga::dispatch::incident::Incident;
use siaga::ids::{AssignmentId, IncidentId};
use siaga::room::Room;

use super::model_sets;

/// The entries of one incident, its assignments' and the merges into it among them.
pub type Story<'l> = Vec<&'l Entry>;

/// What the log and the board disagree about, in a sentence.
pub fn disagreement(log: &[Entry], dispatch: &Dispatch, room: &Room) -> Option<String> {
    let board = dispatch.board();
    let stories = stories(log);
    let forgotten = forgotten(log);
    for (id, story) in &stories {
        let Some(incident) = board.incident(*id) else {
            if forgotten.contains(id) {
                continue;
            }
            return Some(format!("{id} is not on the board"));
        };
        if forgotten.contains(id) {
            return Some(format!("{} is still on the board", incident.case_number));
        }
        let wrong = about_incident(story, incident)
            .or_else(|| about_its_course(*id, story, incident))
            .or_else(|| about_orders(story, incident, board));
        if let Some(wrong) = wrong {
            return Some(format!("{}: {wrong}", incident.case_number));
        }
    }
    if let Some(stranger) = board.incidents().find(|i| !stories.contains_key(&i.id)) {
        return Some(format!("{} is on the board and not in the log", stranger.case_number));
    }
    model_sets::about_sets(log, &stories, &forgotten, dispatch, room)
        .or_else(|| model_sets::about_units(log, board))
        .or_else(|| model_sets::about_the_rest(log, board))
}

fn stories(log: &[Entry]) -> BTreeMap<IncidentId, Story<'_>> {
    let mut incident_of: BTreeMap<AssignmentId, IncidentId> = BTreeMap::new();
    let mut stories: BTreeMap<IncidentId, Story<'_>> = BTreeMap::new();
    for entry in log {
        let (incident, assignment) = entry.event.subjects();
        if let (Some(incident), Some(assignment)) = (incident, assignment) {
            incident_of.insert(assignment, incident);
        }
        let known = assignment.and_then(|id| incident_of.get(&id).copied());
        if let Some(incident) = incident.or(known) {
            stories.entry(incident).or_default().push(entry);
        }
        if let Event::IncidentMerged { into, .. } = &entry.event {
            stories.entry(*into).or_default().push(entry);
        }
    }
    stories
}

/// What has left the view: with the end of any incident, everything that had ended twelve hours before, and its parts.
fn forgotten(log: &[Entry]) -> BTreeSet<IncidentId> {
    let mut forgotten = BTreeSet::new();
    let mut ended: BTreeMap<IncidentId, Timestamp> = BTreeMap::new();
    let mut into: BTreeMap<IncidentId, IncidentId> = BTreeMap::new();
    for entry in log {
        match &entry.event {
            Event::IncidentMerged { incident, into: lead } => drop(into.insert(*incident, *lead)),
            Event::IncidentSplit { incident } => drop(into.remove(incident)),
            Event::IncidentReopened { incident, .. } => drop(ended.remove(incident)),
            Event::IncidentEnded { incident, .. } => {
                ended.insert(*incident, entry.at);
                let before = entry.at.plus_ms(-ENDED_KEPT_MS);
                let old: BTreeSet<IncidentId> =
                    ended.iter().filter(|(_, at)| **at < before).map(|(id, _)| *id).collect();
                ended.retain(|id, _| !old.contains(id));
                forgotten.extend(into.iter().filter(|(_, l)| old.contains(l)).map(|(id, _)| *id));
                forgotten.extend(old);
            }
            _ => {}
        }
    }
    forgotten
}

/// What was last said, by those entries of a story that say anything about it.
fn last<'l, T>(story: &[&'l Entry], said: impl Fn(&'l Event) -> Option<T>) -> Option<T> {
    story.iter().rev().find_map(|entry| said(&entry.event))
}

fn about_incident(story: &[&Entry], incident: &Incident) -> Option<String> {
    let Event::CallTaken {
        received_at, case_number, priority, category, place, drill, care, ..
    } = &story.first()?.event
    else {
        return Some("does not begin with a call".to_owned());
    };
    let as_called = (received_at, case_number, priority, drill)
        == (
            &incident.received_at,
            &incident.case_number,
            &incident.original_priority,
            &incident.drill,
        );
    if !as_called || story.first().map(|e| e.at) != Some(incident.created_at) {
        return Some("is not as the call said".to_owned());
    }
    let own = |of: &IncidentId| *of == incident.id;
    let now = last(story, |event| match event {
        Event::PriorityChanged { priority, .. } => Some(priority),
        _ => None,
    });
    let known = last(story, |event| match event {
        Event::DetailsCorrected { category, care, .. } => Some((category, care)),
        _ => None,
    });
    let at = last(story, |event| match event {
        Event::IncidentPlaced { place, .. } => Some(place),
        _ => None,
    });
    let needs = last(story, |event| match event {
        Event::NeedsChanged { needs, .. } => Some(needs.clone()),
        _ => None,
    });
    let colour = last(story, |event| match event {
        Event::ColourNoted { colour, .. } => Some(*colour),
        _ => None,
    });
    let into = last(story, |event| match event {
        Event::IncidentMerged { incident, into } if own(incident) => Some(Some(*into)),
        Event::IncidentSplit { .. } => Some(None),
        _ => None,
    });
    let in_log = (
        now.unwrap_or(priority),
        known.unwrap_or((category, care)),
        at.or(place.as_ref()),
        needs.unwrap_or_default(),
        colour,
        into.flatten(),
    );
    let on_board = (
        &incident.priority,
        (&incident.category, &incident.care),
        incident.place.as_ref(),
        incident.needs.clone(),
        incident.colour,
        incident.merged_into,
    );
    (in_log != on_board).then(|| format!("is {on_board:?}, in the log {in_log:?}"))
}

/// What came of it: further calls, whether it is held, has aged, was bumped, has ended.
fn about_its_course(id: IncidentId, story: &[&Entry], incident: &Incident) -> Option<String> {
    let mut calls = Vec::new();
    let mut held = false;
    let mut aged = 0;
    let mut bumps = 0;
    let mut ended: Option<(Timestamp, Disposition)> = None;
    for entry in story {
        match &entry.event {
            Event::CallAttached { call, received_at, .. } => calls.push((*call, *received_at)),
            Event::IncidentHeld { .. } => held = true,
            Event::IncidentReady { .. } | Event::UnitOffered { .. } => held = false,
            Event::IncidentMerged { into, .. } if *into == id => held = false,
            Event::IncidentAgeing { percent, .. } => aged = *percent,
            Event::PriorityChanged { .. } => aged = 0,
            Event::AssignmentDiverted { .. } => bumps += 1,
            Event::IncidentEnded { disposition, .. } => ended = Some((entry.at, *disposition)),
            Event::IncidentReopened { .. } => ended = None,
            _ => {}
        }
    }
    let ending = incident.ending.as_ref().map(|ending| (ending.at, ending.disposition));
    let in_log = (&calls, held, aged, bumps, ended);
    let on_board =
        (&incident.further_calls, incident.held, incident.aged_percent, incident.bumps, ending);
    (in_log != on_board).then(|| format!("went {on_board:?}, in the log {in_log:?}"))
}

fn about_orders(story: &[&Entry], incident: &Incident, board: &Board) -> Option<String> {
    let offers = story.iter().filter(|e| matches!(e.event, Event::UnitOffered { .. }));
    let ids: Vec<AssignmentId> = offers.filter_map(|e| e.event.subjects().1).collect();
    if ids != incident.assignments {
        return Some(format!("orders {:?}, in the log {ids:?}", incident.assignments));
    }
    let mut dropped_before_arrival = false;
    for id in ids {
        let Some(assignment) = board.assignment(id) else { return Some(format!("{id} is gone")) };
        let part = story.iter().copied().filter(|entry| entry.event.subjects().1 == Some(id));
        let course = Course::of(&part.collect::<Story<'_>>());
        dropped_before_arrival |= course.dropped;
        if let Some(wrong) = course.differs_from(assignment) {
            return Some(wrong);
        }
    }
    (dropped_before_arrival != incident.redispatch)
        .then(|| format!("to be ordered again: {dropped_before_arrival} in the log"))
}

/// The course of one order as the log tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    offered_at: Option<Timestamp>,
    pub times: BTreeMap<Step, Timestamp>,
    corrected: BTreeMap<Step, Timestamp>,
    seen: BTreeMap<Step, Timestamp>,
    delivered_at: Option<Timestamp>,
    stood_down: bool,
    realerted: bool,
    overdue: bool,
    marks: BTreeMap<Mark, (Timestamp, Source)>,
    facility: Option<String>,
    pick_up: Option<String>,
    instead_of: Option<AssignmentId>,
    /// How and when it ended.
    pub end: Option<(&'static str, Timestamp)>,
    /// It ended before it had arrived.
    dropped: bool,
}

impl Course {
    pub fn of(part: &[&Entry]) -> Self {
        let mut course = Self::default();
        part.iter().for_each(|entry| course.go_on(entry));
        course
    }

    fn go_on(&mut self, entry: &Entry) {
        let at = entry.at;
        match &entry.event {
            Event::UnitOffered { facility, pick_up, instead_of, .. } => {
                self.offered_at = Some(at);
                self.facility.clone_from(facility);
                self.pick_up.clone_from(pick_up);
                self.instead_of = *instead_of;
            }
            Event::OrderDelivered { .. } => drop(self.delivered_at.get_or_insert(at)),
            Event::WithdrawalDelivered { .. } => self.stood_down = true,
            Event::OfferRealerted { .. } => self.realerted = true,
            Event::OfferOverdue { .. } => self.overdue = true,
            Event::DestinationSet { facility, .. } => self.facility = Some(facility.clone()),
            Event::StepSeen { status, seen_at, .. } => {
                self.seen.entry(*status).or_insert(*seen_at);
            }
            Event::StepUndone { status, .. } => drop(self.times.remove(status)),
            Event::TimeCorrected { status, corrected_at, .. } => {
                self.times.insert(*status, *corrected_at);
                self.corrected.insert(*status, at);
            }
            Event::TimeMarked { mark, marked_at, source, .. } => {
                self.marks.insert(*mark, (*marked_at, *source));
            }
            Event::AssignmentAdvanced { status, .. } => {
                self.times.entry(*status).or_insert(at);
                self.overdue = false;
                if *status == Step::Cleared {
                    self.over("cleared", at);
                }
            }
            Event::AssignmentRejected { .. } => self.over("rejected", at),
            Event::AssignmentCancelled { .. } => self.over("cancelled", at),
            Event::AssignmentDiverted { .. } => self.over("diverted", at),
            Event::OfferTimedOut { .. } => self.over("timed_out", at),
            _ => {}
        }
    }

    fn over(&mut self, how: &'static str, at: Timestamp) {
        self.dropped = !self.has_arrived();
        self.overdue = false;
        self.end = Some((how, at));
    }

    /// Whether the unit was at the scene, by any later step too.
    pub fn has_arrived(&self) -> bool {
        STEPS[2..7].iter().any(|step| self.times.contains_key(step))
    }

    /// Where it stands: as it ended, or at the furthest step that was not taken back.
    fn state(&self) -> &'static str {
        let furthest = self.times.keys().next_back();
        self.end.map_or(furthest.map_or("offered", |step| step.as_str()), |(how, _)| how)
    }

    fn differs_from(&self, order: &Assignment) -> Option<String> {
        let table = |of: &BTreeMap<Step, Timestamp>| STEPS.map(|step| of.get(&step).copied());
        let times = (table(&self.times), table(&self.corrected), table(&self.seen));
        let on_board = (
            STEPS.map(|step| order.times.get(step)),
            STEPS.map(|step| order.corrected.get(step)),
            STEPS.map(|step| order.seen.get(step)),
        );
        if times != on_board {
            return Some(format!("times {on_board:?}, in the log {times:?}"));
        }
        let in_log = (
            (self.offered_at, self.delivered_at, self.end.map(|(_, at)| at)),
            (self.stood_down, self.realerted, self.overdue),
            (self.facility.as_ref(), self.pick_up.as_ref(), self.instead_of),
            (self.state(), self.end.is_none(), &self.marks),
        );
        let on_board = (
            (Some(order.offered_at), order.delivered_at, order.ended_at),
            (order.withdrawal_delivered, order.realerted, order.overdue),
            (order.facility.as_ref(), order.pick_up.as_ref(), order.instead_of),
            (order.state.as_str(), order.is_open(), &order.marks),
        );
        (in_log != on_board).then(|| format!("order {on_board:?}, in the log {in_log:?}"))
    }
}
