//! Who is there first by road: one search outward from the place, against the direction of driving, until enough
//! ambulances have been met.

mod reach;
mod trail;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::{Mutex, PoisonError};

use super::graph::{Drive, Graph, NOWHERE, index};
use super::kind::Paces;
use super::snap::Spot;
use crate::place::Position;
pub use trail::{Part, Trail};

/// Between a road and a place beside it: 15 km/h, Siaga's own estimate for yards and paths.
const OFF_ROAD_MS_PER_M: f64 = 240.0;
/// To turn round on the road, for who drives away from the place: Siaga's own estimate.
const TURN_ROUND_MS: u32 = 20_000;
/// Room for searches that is kept between them.
const SPARE_MAX: usize = 4;
/// Starts whose place along the roads is kept: most ambulances stand, and to find it takes longer than to search.
const LYING_MAX: usize = 100_000;

/// From where an ambulance starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Start {
    pub position: Position,
    /// Where it is driving to, in degrees clockwise from north; none when it stands.
    pub heading_deg: Option<u16>,
    /// Until its wheels roll.
    pub delay_ms: u32,
}

/// When a search has found enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enough {
    /// So many ambulances of which nobody else can be sooner.
    pub met: usize,
    /// So many junctions looked at.
    pub junctions: usize,
}

/// A way by road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// On the road, without the delay of its start.
    pub ms: u32,
    pub metres: u32,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// By the numbers of the starts; not each is met.
    pub ways: Vec<Option<Way>>,
    /// Whoever was not met needs at least so long on the road; none: there is no road from them to the place.
    pub others_ms: Option<u32>,
    /// Junctions that were looked at.
    pub junctions: usize,
}

/// Room for one search, as large as the graph, made clean again by what it touched.
#[derive(Debug, Default)]
struct Room {
    reached: Vec<Reached>,
    touched: Vec<u32>,
    queue: Queue,
    /// Starts that wait at a junction.
    waiting: Vec<Waiting>,
    /// Junctions from which the road to the place is entered.
    gates: Vec<(u32, Leg)>,
    is_awaited: Vec<u64>,
}

/// How a junction is left towards the place.
#[derive(Clone, Copy, Debug)]
struct Reached {
    ms: u32,
    /// By which arc; [`NOWHERE`] where the road itself leads there.
    onward: u32,
}

const UNREACHED: Reached = Reached { ms: u32::MAX, onward: NOWHERE };

/// Junctions in the order of their times: each with its time in one number, which is compared faster than two.
#[derive(Debug, Default)]
struct Queue(BinaryHeap<Reverse<u64>>);

impl Queue {
    fn put(&mut self, ms: u32, junction: u32) {
        self.0.push(Reverse(u64::from(ms) << 32 | u64::from(junction)));
    }

    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "two halves")]
    fn take(&mut self) -> Option<(u32, u32)> {
        let Reverse(both) = self.0.pop()?;
        Some(((both >> 32) as u32, both as u32))
    }
}

/// Time and length of a way or of a part of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Leg {
    ms: u32,
    decimetres: u32,
}

/// An ambulance that comes to a junction after its first leg.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    junction: u32,
    start: u32,
    first: Leg,
}

/// What is known of an ambulance's way during a search.
#[derive(Clone, Copy, Debug)]
struct Known {
    ms: u32,
    /// Through which junction it leaves its road; none: the place is on that road.
    via: Option<u32>,
    first_dm: u32,
    /// It was counted as one that nobody else can be sooner than.
    counted: bool,
}

/// A start's place in ten millionths of a degree, latitude first, and its heading.
type Stand = (i32, i32, Option<u16>);

/// What searches leave for the next ones on the same graph.
#[derive(Debug, Default)]
pub struct Spare {
    rooms: Mutex<Vec<Room>>,
    /// Where starts lie along the roads.
    lying: Mutex<HashMap<Stand, Box<[Spot]>>>,
}

impl Spare {
    fn take(&self, graph: &Graph) -> Room {
        let mut room = lock(&self.rooms).pop().unwrap_or_default();
        if room.reached.len() != graph.junctions() {
            room = Room {
                reached: vec![UNREACHED; graph.junctions()],
                is_awaited: vec![0; graph.junctions().div_ceil(64)],
                ..Room::default()
            };
        }
        room
    }

    fn give(&self, mut room: Room) {
        room.clean();
        let mut rooms = lock(&self.rooms);
        if rooms.len() < SPARE_MAX {
            rooms.push(room);
        }
    }

    /// Where each start lies along the roads.
    fn lying(&self, graph: &Graph, starts: &[Start]) -> Vec<Box<[Spot]>> {
        let find = |start: &Start| match start.heading_deg {
            Some(heading_deg) => graph.spots_driving(start.position, heading_deg),
            None => graph.spots(start.position),
        };
        let mut lying = lock(&self.lying);
        if lying.len() > LYING_MAX {
            lying.clear();
        }
        let spots = |start: &Start| {
            let (lat, lon) = start.position.e7();
            let known = lying.entry((lat, lon, start.heading_deg));
            known.or_insert_with(|| find(start).into()).clone()
        };
        starts.iter().map(spots).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Room {
    fn clean(&mut self) {
        for junction in self.touched.drain(..) {
            self.reached[index(junction)] = UNREACHED;
        }
        for waiting in self.waiting.drain(..) {
            self.is_awaited[index(waiting.junction) / 64] = 0;
        }
        self.gates.clear();
        self.queue.0.clear();
    }

    fn reach(&mut self, junction: u32, ms: u32, onward: u32) {
        let known = &mut self.reached[index(junction)];
        if ms < known.ms {
            if known.ms == u32::MAX {
                self.touched.push(junction);
            }
            *known = Reached { ms, onward };
            self.queue.put(ms, junction);
        }
    }

    fn await_at(&mut self, waiting: Waiting) {
        self.is_awaited[index(waiting.junction) / 64] |= 1 << (waiting.junction % 64);
        self.waiting.push(waiting);
    }

    /// The starts that wait at a junction; they are sorted by it.
    fn waiting_at(&self, junction: u32) -> &[Waiting] {
        if self.is_awaited[index(junction) / 64] & 1 << (junction % 64) == 0 {
            return &[];
        }
        let from = self.waiting.partition_point(|waiting| waiting.junction < junction);
        let to = self.waiting.partition_point(|waiting| waiting.junction <= junction);
        &self.waiting[from..to]
    }

    /// The next junction in the order of its time; none when all are passed.
    fn next(&mut self) -> Option<(u32, u32)> {
        loop {
            let (ms, junction) = self.queue.take()?;
            if self.reached[index(junction)].ms == ms {
                return Some((ms, junction));
            }
        }
    }
}

/// Time and length of a part of a segment.
fn leg(graph: &Graph, paces: &Paces, segment: u32, part: f64) -> Leg {
    let Some(effort) = graph.efforts.get(index(segment)) else { return Leg::default() };
    let of = |whole: u32| rounded(f64::from(whole) * part.clamp(0.0, 1.0));
    let ms = of(paces.ms(effort.decimetres(), effort.grade()));
    Leg { ms, decimetres: of(effort.decimetres()) }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of a number that fits"
)]
fn rounded(number: f64) -> u32 {
    number.round() as u32
}

/// Between a place and the road.
fn beside(spot: &Spot) -> Leg {
    Leg { ms: rounded(spot.off_m * OFF_ROAD_MS_PER_M), decimetres: rounded(spot.off_m * 10.0) }
}

const fn both(one: Leg, other: Leg) -> Leg {
    Leg {
        ms: one.ms.saturating_add(other.ms),
        decimetres: one.decimetres.saturating_add(other.decimetres),
    }
}

/// An ambulance on its road.
struct Leaving<'a> {
    graph: &'a Graph,
    paces: &'a Paces,
    spot: Spot,
}

impl Leaving<'_> {
    /// A part of its road in one direction; none where nobody may drive so.
    fn along(&self, backward: bool, part: f64) -> Option<Leg> {
        let head = self.graph.head(Drive::new(self.spot.segment, backward));
        let against = self.spot.backward.is_some_and(|driven| driven != backward);
        let turn_ms = if against { TURN_ROUND_MS } else { 0 };
        let road = leg(self.graph, self.paces, self.spot.segment, part);
        let road = Leg { ms: road.ms.saturating_add(turn_ms), ..road };
        (head != NOWHERE).then(|| both(road, beside(&self.spot)))
    }

    /// The junctions to which its road leads, and whether against how it was drawn.
    fn exits(&self) -> impl Iterator<Item = (bool, u32, Leg)> {
        [(false, 1.0 - self.spot.along), (true, self.spot.along)].into_iter().filter_map(
            |(backward, left)| {
                let junction = self.graph.head(Drive::new(self.spot.segment, backward));
                Some((backward, junction, self.along(backward, left)?))
            },
        )
    }

    /// The way to a place on the same road without leaving it.
    fn straight_to(&self, place: &Spot) -> Option<Leg> {
        if place.segment != self.spot.segment {
            return None;
        }
        let ahead = place.along - self.spot.along;
        let there = [false, true]
            .into_iter()
            .filter(|backward| if *backward { ahead <= 0.0 } else { ahead >= 0.0 });
        let legs = there.filter_map(|backward| self.along(backward, ahead.abs()));
        legs.min_by_key(|leg| leg.ms).map(|road| both(road, beside(place)))
    }
}

/// The ambulances of one search.
struct Race<'a> {
    starts: &'a [Start],
    /// Where each lies along the roads.
    lying: Vec<Box<[Spot]>>,
    known: Vec<Known>,
    /// Those that were met, by when they would be there.
    order: BinaryHeap<Reverse<(u32, u32)>>,
    counted: usize,
}

impl<'a> Race<'a> {
    fn new(starts: &'a [Start], lying: Vec<Box<[Spot]>>) -> Self {
        let nothing = Known { ms: u32::MAX, via: None, first_dm: 0, counted: false };
        let known = vec![nothing; starts.len()];
        Self { starts, lying, known, order: BinaryHeap::new(), counted: 0 }
    }

    /// The way of a start; none when it was not met, or when it lies beyond what was looked at and may have a better
    /// way that was not seen.
    fn way(
        &self,
        graph: &Graph,
        room: &Room,
        start: usize,
        frontier_ms: Option<u32>,
    ) -> Option<Way> {
        let known = self.known.get(start)?;
        let is_sure =
            known.ms != u32::MAX && frontier_ms.is_none_or(|frontier| known.ms <= frontier);
        if !is_sure {
            return None;
        }
        let decimetres = known.first_dm.saturating_add(graph.length(room, known.via));
        Some(Way { ms: known.ms, metres: decimetres / 10 })
    }

    fn note(&mut self, start: u32, way: Leg, via: Option<u32>, first_dm: u32) {
        let known = &mut self.known[index(start)];
        if way.ms < known.ms {
            *known = Known { ms: way.ms, via, first_dm, ..*known };
            let delay_ms = self.starts[index(start)].delay_ms;
            self.order.push(Reverse((way.ms.saturating_add(delay_ms), start)));
        }
    }

    /// Counts those who are there before anybody can be that was not met yet.
    fn count_until(&mut self, ms: u32) -> usize {
        while let Some(Reverse((at_ms, start))) = self.order.peek().copied()
            && at_ms <= ms
        {
            self.order.pop();
            let known = &mut self.known[index(start)];
            if !std::mem::replace(&mut known.counted, true) {
                self.counted += 1;
            }
        }
        self.counted
    }
}

impl Graph {
    /// The ways of those ambulances that are soonest at a place.
    #[must_use]
    pub fn meet(
        &self,
        spare: &Spare,
        paces: &Paces,
        place: Position,
        starts: &[Start],
        enough: Enough,
    ) -> Met {
        let mut race = Race::new(starts, spare.lying(self, starts));
        let mut room = spare.take(self);
        let goals = self.spots(place);
        let (junctions, frontier_ms) = self.race(&mut room, paces, &goals, &mut race, enough);
        let way = |start| race.way(self, &room, start, frontier_ms);
        let ways = (0..starts.len()).map(way).collect();
        spare.give(room);
        Met { ways, others_ms: frontier_ms, junctions }
    }

    /// Searches until enough were met; answers how many junctions were looked at, and how far it had come when there
    /// were more.
    fn race(
        &self,
        room: &mut Room,
        paces: &Paces,
        goals: &[Spot],
        race: &mut Race<'_>,
        enough: Enough,
    ) -> (usize, Option<u32>) {
        self.line_up(room, paces, goals, race);
        for goal in goals {
            self.open_gates(room, paces, goal);
        }
        // Who was not met yet needs this beside the road.
        let delays = race.starts.iter().map(|start| start.delay_ms);
        let least_delay_ms = delays.min().unwrap_or_default();
        let mut junctions = 0;
        while let Some((ms, junction)) = room.next() {
            let unmet_ms = ms.saturating_add(least_delay_ms);
            if junctions == enough.junctions || race.count_until(unmet_ms) >= enough.met {
                return (junctions, Some(ms));
            }
            junctions += 1;
            for waiting in room.waiting_at(junction) {
                let way = both(waiting.first, Leg { ms, decimetres: 0 });
                race.note(waiting.start, way, Some(junction), waiting.first.decimetres);
            }
            for (number, arc) in self.arcs_to(junction) {
                let took = paces.ms(arc.effort.decimetres(), arc.effort.grade());
                room.reach(arc.tail, ms.saturating_add(took), number);
            }
        }
        (junctions, None)
    }

    /// Puts every ambulance where its road leads to.
    fn line_up(&self, room: &mut Room, paces: &Paces, goals: &[Spot], race: &mut Race<'_>) {
        let lying = std::mem::take(&mut race.lying);
        for (number, spots) in (0..).zip(&lying) {
            for spot in spots.iter().copied() {
                let leaving = Leaving { graph: self, paces, spot };
                for way in goals.iter().filter_map(|goal| leaving.straight_to(goal)) {
                    race.note(number, way, None, way.decimetres);
                }
                for (_, junction, first) in leaving.exits() {
                    room.await_at(Waiting { junction, start: number, first });
                }
            }
        }
        race.lying = lying;
        room.waiting.sort_unstable_by_key(|waiting| (waiting.junction, waiting.start));
    }

    /// Starts a search at a place: at the junctions from which the road to it is entered.
    fn open_gates(&self, room: &mut Room, paces: &Paces, goal: &Spot) {
        for backward in [false, true] {
            let drive = Drive::new(goal.segment, backward);
            let head = self.head(drive);
            let along = if backward { 1.0 - goal.along } else { goal.along };
            let last = both(leg(self, paces, goal.segment, along), beside(goal));
            if head == NOWHERE {
                continue;
            }
            for (_, arc) in self.arcs_to(head).filter(|(_, arc)| arc.drive == drive) {
                room.reach(arc.tail, last.ms, NOWHERE);
                room.gates.push((arc.tail, last));
            }
        }
    }

    /// Decimetres of the way that a search found from a junction on.
    fn length(&self, room: &Room, via: Option<u32>) -> u32 {
        let Some(mut junction) = via else { return 0 };
        let mut decimetres = 0_u32;
        while let Some(arc) = self.arcs.get(index(room.reached[index(junction)].onward)) {
            decimetres = decimetres.saturating_add(arc.effort.decimetres());
            junction = self.head(arc.drive);
        }
        let gates = room.gates.iter().filter(|(gate, _)| *gate == junction);
        let last = gates.map(|(_, last)| last).min_by_key(|last| last.ms);
        decimetres.saturating_add(last.map_or(0, |last| last.decimetres))
    }
}
