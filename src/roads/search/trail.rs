//! By which roads one ambulance comes to a place: the same search, and then the way that it found.

use super::{Enough, Leaving, Race, Room, Spare, Start, Way, both, leg, rounded};
use crate::place::Position;
use crate::roads::graph::{Drive, Graph, NOWHERE, index};
use crate::roads::kind::Paces;
use crate::roads::search::beside;
use crate::roads::snap::Spot;

/// A road, or a part of one, that is driven.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    pub drive: Drive,
    /// Where it is entered and left, as parts of the segment's length from its first point: `from` is the larger one
    /// where it is driven against how it was drawn.
    pub from: f64,
    pub to: f64,
}

impl Part {
    fn new(segment: u32, backward: bool, from: f64, to: f64) -> Self {
        Self { drive: Drive::new(segment, backward), from, to }
    }

    /// The part of a whole road's time or length that is driven.
    #[must_use]
    pub fn share_of(&self, whole: u32) -> u32 {
        rounded(f64::from(whole) * (self.to - self.from).abs())
    }

    /// A whole road.
    const fn whole(drive: Drive) -> Self {
        let (from, to) = if drive.is_backward() { (1.0, 0.0) } else { (0.0, 1.0) };
        Self { drive, from, to }
    }
}

/// The roads of a way, in the order of driving.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail {
    pub way: Way,
    /// It drives away from the place and turns round first.
    pub turns_round: bool,
    pub parts: Vec<Part>,
}

impl Graph {
    /// The way of one ambulance to a place, after at most so many junctions.
    #[must_use]
    pub fn trail(
        &self,
        spare: &Spare,
        paces: &Paces,
        place: Position,
        start: Start,
        junctions: usize,
    ) -> Option<Trail> {
        let starts = [start];
        let mut race = Race::new(&starts, spare.lying(self, &starts));
        let mut room = spare.take(self);
        let goals = self.spots(place);
        let enough = Enough { met: 1, junctions };
        let (_, frontier_ms) = self.race(&mut room, paces, &goals, &mut race, enough);
        let way = race.way(self, &room, 0, frontier_ms);
        let trail = way.and_then(|way| self.driven(&room, paces, &goals, &race, way));
        spare.give(room);
        trail
    }

    fn driven(
        &self,
        room: &Room,
        paces: &Paces,
        goals: &[Spot],
        race: &Race<'_>,
        way: Way,
    ) -> Option<Trail> {
        let known = *race.known.first()?;
        for spot in race.lying.first()?.iter().copied() {
            let leaving = Leaving { graph: self, paces, spot };
            let turns_round = |backward: bool| spot.backward.is_some_and(|b| b != backward);
            let Some(via) = known.via else {
                // On its own road: towards the place, in the direction that may be driven.
                for goal in goals {
                    let Some(road) = leaving.straight_to(goal) else { continue };
                    if road.ms == known.ms {
                        let part = self.straight(&spot, goal)?;
                        let turns_round = turns_round(part.drive.is_backward());
                        return Some(Trail { way, turns_round, parts: vec![part] });
                    }
                }
                continue;
            };
            for (backward, junction, first) in leaving.exits() {
                let ms = first.ms.saturating_add(room.reached[index(junction)].ms);
                if junction != via || ms != known.ms || first.decimetres != known.first_dm {
                    continue;
                }
                let end = if backward { 0.0 } else { 1.0 };
                let mut parts = vec![Part::new(spot.segment, backward, spot.along, end)];
                let gate = self.onward(room, via, &mut parts);
                parts.push(self.last_part(paces, goals, gate)?);
                return Some(Trail { way, turns_round: turns_round(backward), parts });
            }
        }
        None
    }

    /// Along one road from a place on it to another.
    fn straight(&self, spot: &Spot, goal: &Spot) -> Option<Part> {
        let ahead = goal.along - spot.along;
        let may = |backward: bool| self.head(Drive::new(spot.segment, backward)) != NOWHERE;
        let forward = ahead > 0.0 || (ahead == 0.0 && spot.backward != Some(true) && may(false));
        may(!forward).then(|| Part::new(spot.segment, !forward, spot.along, goal.along))
    }

    /// The whole roads from a junction on; answers at which junction the road to the place begins.
    fn onward(&self, room: &Room, via: u32, parts: &mut Vec<Part>) -> u32 {
        let mut junction = via;
        while let Some(arc) = self.arcs.get(index(room.reached[index(junction)].onward)) {
            parts.push(Part::whole(arc.drive));
            junction = self.head(arc.drive);
        }
        junction
    }

    /// From a junction to the place, the soonest way.
    fn last_part(&self, paces: &Paces, goals: &[Spot], gate: u32) -> Option<Part> {
        let mut best: Option<(u32, Part)> = None;
        for goal in goals {
            for backward in [false, true] {
                let drive = Drive::new(goal.segment, backward);
                let head = self.head(drive);
                let leads =
                    |number| self.arcs_to(number).any(|(_, a)| a.drive == drive && a.tail == gate);
                if head == NOWHERE || !leads(head) {
                    continue;
                }
                let along = if backward { 1.0 - goal.along } else { goal.along };
                let last = both(leg(self, paces, goal.segment, along), beside(goal));
                if best.as_ref().is_none_or(|(ms, _)| last.ms < *ms) {
                    let from = if backward { 1.0 } else { 0.0 };
                    best = Some((last.ms, Part::new(goal.segment, backward, from, goal.along)));
                }
            }
        }
        best.map(|(_, part)| part)
    }
}
