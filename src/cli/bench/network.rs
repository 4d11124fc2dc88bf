//! A made-up road network of any size: a crooked grid with main roads, gaps, one-way streets and forbidden turns. It is
//! no map of anything, and as large as one.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::place::Position;
use crate::roads::graph::{Builder, Graph, Segment, Turn, index, number};
use crate::roads::kind::{Grade, RoadKind};

/// Between two junctions about 160 m, so that five million of them are as wide as Java.
const STEP_E7: i32 = 14_400;
/// The corner in the south-west.
const CORNER_E7: (i32, i32) = (-85_000_000, 1_100_000_000);
/// Every so many streets there is a main road, and among these every so many a trunk road.
const MAIN_EVERY: u32 = 8;
const TRUNK_EVERY: u32 = 40;
/// Of a hundred streets so many are not there, and of a hundred so many are one-way.
const GAPS_PERCENT: u32 = 20;
const ONE_WAY_PERCENT: u32 = 8;
/// Of a thousand junctions so many forbid a turn.
const TURNS_PER_MILLE: u32 = 10;
/// A place lies up to so far from the road, about 40 m.
const BESIDE_E7: i32 = 3_600;

/// The network of about so many junctions.
pub fn network(junctions: u32, seed: u64) -> Graph {
    let mut drawing = Drawing {
        side: junctions.isqrt(),
        chance: ChaCha8Rng::seed_from_u64(seed),
        places: Vec::new(),
        builder: Builder::default(),
    };
    for row in 0..drawing.side {
        for column in 0..drawing.side {
            let place = drawing.crooked(row, column);
            drawing.places.push(place);
        }
    }
    let mut below: Vec<Option<u32>> = vec![None; index(drawing.side)];
    for row in 0..drawing.side {
        let mut before = None;
        for column in 0..drawing.side {
            let here = row * drawing.side + column;
            let arrives = [before, below[index(column)]].into_iter().flatten().next();
            before =
                (column + 1 < drawing.side).then(|| drawing.street(here, here + 1, row)).flatten();
            let up = (row + 1 < drawing.side).then(|| here + drawing.side);
            below[index(column)] = up.and_then(|up| drawing.street(here, up, column));
            if let (Some(from), Some(to)) = (arrives, below[index(column)])
                && drawing.happens(TURNS_PER_MILLE, 1_000)
            {
                drawing.builder.turn(Turn { from, via: here, to, only: false });
            }
        }
    }
    let count = number(drawing.places.len());
    drawing.builder.finish(count, format!("made up, {count} junctions"), None)
}

struct Drawing {
    side: u32,
    chance: ChaCha8Rng,
    places: Vec<(i32, i32)>,
    builder: Builder,
}

impl Drawing {
    fn happens(&mut self, times: u32, of: u32) -> bool {
        self.chance.next_u32() % of < times
    }

    /// A number between minus and plus another.
    fn about(&mut self, most: i32) -> i32 {
        apart(&mut self.chance, most)
    }

    fn crooked(&mut self, row: u32, column: u32) -> (i32, i32) {
        let far = |steps: u32| i32::try_from(steps).unwrap_or(i32::MAX) * STEP_E7;
        let (up, right) = (self.about(STEP_E7 / 4), self.about(STEP_E7 / 4));
        (CORNER_E7.0 + far(row) + up, CORNER_E7.1 + far(column) + right)
    }

    /// A street in a row or column of the grid; none where there is a gap.
    fn street(&mut self, from: u32, to: u32, line: u32) -> Option<u32> {
        let kind = match line {
            _ if line.is_multiple_of(TRUNK_EVERY) => RoadKind::Trunk,
            _ if line.is_multiple_of(MAIN_EVERY) => RoadKind::Secondary,
            _ => RoadKind::Residential,
        };
        let is_main = kind != RoadKind::Residential;
        if !is_main && self.happens(GAPS_PERCENT, 100) {
            return None;
        }
        let is_one_way = !is_main && self.happens(ONE_WAY_PERCENT, 100);
        let ((lat, lon), end) = (self.places[index(from)], self.places[index(to)]);
        let bend = (
            lat + (end.0 - lat) / 2 + self.about(STEP_E7 / 10),
            lon + (end.1 - lon) / 2 + self.about(STEP_E7 / 10),
        );
        Some(self.builder.segment(&Segment {
            from,
            to,
            points: &[(lat, lon), bend, end],
            grade: Grade::new(kind, false, None),
            ways: [true, !is_one_way],
            name: 0,
        }))
    }
}

/// A place beside some road of a graph.
pub fn somewhere(graph: &Graph, chance: &mut ChaCha8Rng) -> Position {
    let shape = graph.shape(chance.next_u32() % graph.about.segments);
    let (lat, lon) = shape.get(shape.len() / 2).copied().unwrap_or(CORNER_E7);
    let place = (lat + apart(chance, BESIDE_E7), lon + apart(chance, BESIDE_E7));
    Position::from_e7(place.0, place.1).expect("far from the poles")
}

fn apart(chance: &mut ChaCha8Rng, most: i32) -> i32 {
    let any = i64::from(chance.next_u32()) % (2 * i64::from(most) + 1) - i64::from(most);
    i32::try_from(any).unwrap_or_default()
}
