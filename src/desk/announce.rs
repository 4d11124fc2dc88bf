//! Telling the screens what a commit changed.

use std::collections::BTreeSet;

use super::keeper::{Aside, Keeper};
use crate::chain::Entry;
use crate::clock::Timestamp;
use crate::dispatch::event::Event;
use crate::ids::{IncidentId, UnitId};
use crate::live::Change;
use crate::view;

impl Keeper {
    /// What to tell every screen of committed entries and of what changed beside them, and the alarms when they are
    /// not as before; none when nothing changed.
    #[must_use]
    pub fn change(&mut self, now: Timestamp, entries: &[Entry], aside: Aside) -> Option<Change> {
        let alarms = view::alarms(self.dispatch(), now);
        let alarms = (alarms != self.alarms).then_some(alarms);
        if entries.is_empty() && aside.is_empty() && alarms.is_none() {
            return None;
        }
        if let Some(alarms) = &alarms {
            self.alarms.clone_from(alarms);
        }
        let has_aid = entries.iter().any(|entry| matches!(entry.event, Event::Aid(_)));
        let (mut incidents, mut units) = self.touched(entries);
        incidents.extend(aside.incidents);
        units.extend(aside.units);
        let (dispatch, papers) = (self.dispatch(), self.papers());
        let (board, fleet, room) = (dispatch.board(), dispatch.fleet(), &papers.room);
        let incidents = incidents.into_iter().filter_map(|id| board.incident(id)).map(|incident| {
            let view = view::incident(dispatch, room, incident);
            (view, papers.private_of(incident.id).cloned())
        });
        let units = units.iter().filter_map(|unit| fleet.get(unit));
        Some(Change {
            at: now,
            incidents: incidents.collect(),
            units: units.map(|tracked| view::unit(dispatch, room, tracked)).collect(),
            alarms,
            aid_requests: has_aid
                .then(|| [false, true].map(|full| view::aid_requests(dispatch, papers, full))),
            entries: entries.iter().map(|e| view::timeline_entry(dispatch, e)).collect(),
        })
    }

    fn touched(&self, entries: &[Entry]) -> (BTreeSet<IncidentId>, BTreeSet<UnitId>) {
        let board = self.dispatch().board();
        let mut incidents = BTreeSet::new();
        let mut units = BTreeSet::new();
        for entry in entries {
            let (incident, assignment) = entry.event.subjects();
            incidents.extend(incident);
            units.extend(entry.event.unit().cloned());
            if let Some(assignment) = assignment.and_then(|id| board.assignment(id)) {
                incidents.insert(assignment.incident);
                units.insert(assignment.unit.clone());
            }
            // Merging and splitting change the one that leads, and what its units are said to be on.
            if let Event::IncidentMerged { into: other, .. }
            | Event::AssignmentDiverted { to: other, .. } = &entry.event
            {
                incidents.insert(*other);
            }
        }
        let leading: Vec<IncidentId> = incidents
            .iter()
            .filter_map(|id| board.incident(*id).and_then(|incident| incident.merged_into))
            .collect();
        incidents.extend(leading);
        for incident in incidents.iter().filter_map(|id| board.incident(*id)) {
            let open = board.assignments_of(incident).filter(|a| a.is_open());
            units.extend(open.map(|a| a.unit.clone()));
        }
        (incidents, units)
    }
}
