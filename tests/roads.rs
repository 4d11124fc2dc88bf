//! Roads: small towns drawn by hand, and two real extracts beside a plain search of the test's own.

mod extracts;
mod keeping;
mod learning;
mod map;
mod routes;
mod scenery;
mod towns;
mod using;
mod valhalla;

use std::collections::BTreeMap;

use siaga::clock::Timestamp;
use siaga::dispatch::Dispatch;
use siaga::dispatch::command::{Command, NewCall};
use siaga::dispatch::event::{Category, Channel, IncidentPlace, PlaceBasis};
use siaga::ids::{AssignmentId, CallId, IncidentId, UnitId};
use siaga::place::Position;
use siaga::roads::Roads;
use siaga::roads::graph::{Builder, Graph, Segment, Turn};
use siaga::roads::kind::{Driving, Grade, Paces, RoadKind, Speeds};
use siaga::roads::search::{Enough, Start, Way};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_ms(1_795_395_600_000);

/// All of them, however far.
const ALL: Enough = Enough { met: usize::MAX, junctions: usize::MAX };

/// Ten millionths of a degree of a place in a town whose unit is about 100 m.
fn e7(east: f64, north: f64) -> (i32, i32) {
    let place = at(east, north);
    place.e7()
}

/// A place so many hundred metres east and north of a crossing in Jember.
fn at(east: f64, north: f64) -> Position {
    Position::new(-8.2 + north * 0.0009, 113.7 + east * 0.000_909).expect("a place")
}

/// A town of roads between numbered junctions.
#[derive(Default)]
struct Town {
    builder: Builder,
    places: Vec<(f64, f64)>,
}

impl Town {
    fn new(places: &[(f64, f64)]) -> Self {
        Self { places: places.to_vec(), ..Self::default() }
    }

    /// A straight road that may be driven as it is drawn, and back.
    fn road(&mut self, from: u32, to: u32, ways: [bool; 2]) -> u32 {
        self.of_class(RoadKind::Residential, from, to, ways)
    }

    /// The same of any class.
    fn of_class(&mut self, kind: RoadKind, from: u32, to: u32, ways: [bool; 2]) -> u32 {
        let place = |n: u32| {
            let (east, north) = self.places[usize::try_from(n).expect("small")];
            e7(east, north)
        };
        let points = [place(from), place(to)];
        let grade = Grade::new(kind, false, None);
        self.builder.segment(&Segment { from, to, points: &points, grade, ways, name: 0 })
    }

    fn both(&mut self, from: u32, to: u32) -> u32 {
        self.road(from, to, [true, true])
    }

    fn turn(&mut self, from: u32, via: u32, to: u32, only: bool) {
        self.builder.turn(Turn { from, via, to, only });
    }

    /// The same town as it is so far.
    fn again(&self) -> Self {
        Self { builder: self.builder.clone(), places: self.places.clone() }
    }

    fn roads(self) -> Roads {
        let junctions = u32::try_from(self.places.len()).expect("small");
        let graph = self.builder.finish(junctions, "a town".to_owned(), None);
        Roads::new(graph, &Speeds::default())
    }
}

fn standing(position: Position) -> Start {
    Start { position, heading_deg: None, delay_ms: 0 }
}

/// The way of one ambulance.
fn way(roads: &Roads, from: Position, to: Position) -> Option<Way> {
    roads.meet(to, &[standing(from)], ALL).ways[0]
}

/// Hundreds of metres of the way, to the nearest.
fn hundreds(roads: &Roads, from: Position, to: Position) -> Option<u32> {
    way(roads, from, to).map(|way| (way.metres + 50) / 100)
}

/// Orders a unit to an emergency at the crossing.
fn order_to_the_crossing(dispatch: &mut Dispatch, unit: &UnitId) -> AssignmentId {
    let incident = IncidentId::from_uuid(Uuid::from_u128(1));
    let call = NewCall {
        call: CallId::from_uuid(Uuid::from_u128(1)),
        incident,
        channel: Channel::Phone,
        received_at: NOW,
        category: Category::Accident,
        answers: BTreeMap::new(),
        priority: None,
        place: Some(IncidentPlace {
            position: at(0.0, 0.0),
            uncertainty_m: 50,
            basis: PlaceBasis::Point,
            village: None,
            village_basis: Default::default(),
        }),
        drill: false,
    };
    let order = AssignmentId::from_uuid(Uuid::from_u128(1));
    for command in [Command::TakeCall(call), Command::offer(order, incident, unit.clone())] {
        for event in dispatch.decide(NOW, &command).expect("not refused") {
            dispatch.apply(NOW, &event);
        }
    }
    order
}
