//! A way by road as a line on the map and as what the driver has to do at each junction (pure).

use serde::Serialize;
use utoipa::ToSchema;

use super::Roads;
use super::graph::{Graph, index};
use super::search::{Part, Start, Trail, Way};
use crate::place::Position;

/// One way is looked for among so many junctions at most: a tenth of a second.
const JUNCTIONS_MAX: usize = 400_000;
/// The direction of a road at a junction is that of so much of it.
const BEARING_M: f64 = 20.0;
/// From this angle on a turn is one even where the road keeps its name.
const CLEAR_DEG: f64 = 30.0;
const SLIGHT_DEG: f64 = 20.0;
const TURN_DEG: f64 = 45.0;
const SHARP_DEG: f64 = 120.0;
const ROUND_DEG: f64 = 170.0;

/// What the driver does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Manoeuvre {
    Depart,
    /// Turn round where one is, and back.
    TurnRound,
    Straight,
    SlightLeft,
    Left,
    SharpLeft,
    SlightRight,
    Right,
    SharpRight,
    Roundabout,
    Arrive,
}

/// One line of the turn list.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    pub kind: Manoeuvre,
    /// With a roundabout: by which exit it is left, from 1.
    pub exit: Option<u32>,
    /// The road that follows; empty without a name.
    pub road: String,
    /// To the next line of the list.
    pub metres: u32,
    pub at: Position,
}

/// A way with its line and its turns.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    pub way: Way,
    /// From where the ambulance is on the road to where the place is on it.
    pub line: Vec<Position>,
    pub turns: Vec<Turn>,
}

impl Roads {
    /// How an ambulance drives to a place; none where no road leads there, or only after very many junctions.
    #[must_use]
    pub fn route(&self, start: Start, place: Position) -> Option<Route> {
        let trail = self.graph.trail(&self.spare, &self.urgent, place, start, JUNCTIONS_MAX)?;
        route(&self.graph, &trail)
    }
}

/// A driven part with its points in the order of driving.
struct Stretch<'a> {
    part: &'a Part,
    points: Vec<Position>,
    metres: f64,
    name: &'a str,
    round: bool,
}

fn route(graph: &Graph, trail: &Trail) -> Option<Route> {
    let stretch = |part| stretch(graph, part);
    let stretches: Vec<Stretch<'_>> = trail.parts.iter().filter_map(stretch).collect();
    let mut line: Vec<Position> = Vec::new();
    for point in stretches.iter().flat_map(|stretch| &stretch.points) {
        if line.last() != Some(point) {
            line.push(*point);
        }
    }
    // A line has two ends, also where there is nothing to drive.
    if line.len() == 1 {
        line.extend(line.first().copied());
    }
    let turns = turns(graph, trail.turns_round, &stretches)?;
    Some(Route { way: trail.way, line, turns })
}

fn stretch<'a>(graph: &'a Graph, part: &'a Part) -> Option<Stretch<'a>> {
    let segment = part.drive.segment();
    let shape = graph.shape(segment);
    let place = |(lat, lon): &(i32, i32)| Position::from_e7(*lat, *lon).ok();
    let whole: Vec<Position> = shape.iter().filter_map(place).collect();
    let (least, most) = (part.from.min(part.to), part.from.max(part.to));
    let mut points = cut(&whole, least, most);
    if part.drive.is_backward() {
        points.reverse();
    }
    let decimetres = graph.efforts.get(index(segment))?.decimetres();
    let metres = f64::from(decimetres) / 10.0 * (most - least);
    let name = graph.name(segment);
    (!points.is_empty()).then(|| Stretch {
        part,
        points,
        metres,
        name,
        round: graph.is_round(segment),
    })
}

/// The part of a line between two shares of its length.
fn cut(points: &[Position], from: f64, to: f64) -> Vec<Position> {
    let lengths: Vec<f64> = points.windows(2).map(|two| two[0].metres_to(two[1])).collect();
    let whole: f64 = lengths.iter().sum();
    let Some(first) = points.first().copied() else { return Vec::new() };
    if whole <= 0.0 {
        return vec![first];
    }
    let (start, end) = (from * whole, to * whole);
    let mut kept = Vec::new();
    let mut passed = 0.0;
    for (two, length) in points.windows(2).zip(lengths) {
        let (before, after) = (passed, passed + length);
        passed = after;
        if after < start || before > end {
            continue;
        }
        let at = |metres: f64| between(two[0], two[1], (metres - before) / length.max(1e-9));
        if kept.is_empty() {
            kept.push(if start > before { at(start) } else { two[0] });
        }
        kept.push(if end < after { at(end) } else { two[1] });
    }
    kept
}

fn between(one: Position, other: Position, share: f64) -> Position {
    let share = share.clamp(0.0, 1.0);
    let lat = one.lat() + (other.lat() - one.lat()) * share;
    let lon = one.lon() + (other.lon() - one.lon()) * share;
    Position::new(lat, lon).unwrap_or(one)
}

/// The turn list. A line of it stands where the road changes its name or its direction at a junction that leaves a
/// choice; a bend of the road is none.
fn turns(graph: &Graph, turns_round: bool, stretches: &[Stretch<'_>]) -> Option<Vec<Turn>> {
    let first = stretches.first()?;
    let kind = if turns_round { Manoeuvre::TurnRound } else { Manoeuvre::Depart };
    let mut turns = vec![Turn {
        kind,
        exit: None,
        road: first.name.to_owned(),
        metres: 0,
        at: *first.points.first()?,
    }];
    let mut metres = first.metres;
    for (n, two) in stretches.windows(2).enumerate() {
        let next = turn(graph, &two[0], &two[1], &stretches[n + 1..]);
        if let Some((kind, exit, road)) = next {
            close(&mut turns, &mut metres);
            let at = *two[1].points.first()?;
            turns.push(Turn { kind, exit, road: road.to_owned(), metres: 0, at });
        }
        metres += two[1].metres;
    }
    close(&mut turns, &mut metres);
    let last = stretches.last()?;
    let at = *last.points.last()?;
    turns.push(Turn {
        kind: Manoeuvre::Arrive,
        exit: None,
        road: last.name.to_owned(),
        metres: 0,
        at,
    });
    Some(turns)
}

/// The last line of the list ends here.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no way is longer than the earth"
)]
fn close(turns: &mut [Turn], metres: &mut f64) {
    if let Some(last) = turns.last_mut() {
        last.metres = metres.round() as u32;
    }
    *metres = 0.0;
}

/// What is to be done between two roads; none when there is nothing to say. `ahead` begins with the second.
fn turn<'a>(
    graph: &Graph,
    from: &Stretch<'a>,
    to: &Stretch<'a>,
    ahead: &[Stretch<'a>],
) -> Option<(Manoeuvre, Option<u32>, &'a str)> {
    if to.round && !from.round {
        let on_it = ahead.iter().take_while(|stretch| stretch.round);
        let exits = on_it.filter(|stretch| leaves_round(graph, stretch)).count();
        let after = ahead.iter().find(|stretch| !stretch.round);
        let name = after.map_or(to.name, |stretch| stretch.name);
        return Some((Manoeuvre::Roundabout, u32::try_from(exits).ok(), name));
    }
    if from.round {
        return None;
    }
    if from.part.drive.segment() == to.part.drive.segment() {
        return Some((Manoeuvre::TurnRound, None, to.name));
    }
    let turned_deg = bearing(to.points.iter()) - bearing(from.points.iter().rev()) - 180.0;
    let turned_deg = (turned_deg + 180.0).rem_euclid(360.0) - 180.0;
    let renamed = from.name != to.name;
    let clear = turned_deg.abs() >= CLEAR_DEG;
    (choices(graph, from) > 2 && (renamed || clear)).then_some((word(turned_deg), None, to.name))
}

/// How many roads meet where a stretch ends, its own included, as far as it may go on along them.
fn choices(graph: &Graph, from: &Stretch<'_>) -> usize {
    let out = graph.arcs_from(graph.head(from.part.drive));
    let mut roads: Vec<u32> = out.map(|(_, arc)| arc.drive.segment()).collect();
    roads.push(from.part.drive.segment());
    roads.sort_unstable();
    roads.dedup();
    roads.len()
}

/// Whether one may leave the roundabout where this stretch of it ends.
fn leaves_round(graph: &Graph, stretch: &Stretch<'_>) -> bool {
    let mut out = graph.arcs_from(graph.head(stretch.part.drive));
    out.any(|(_, arc)| !graph.is_round(arc.drive.segment()))
}

/// The direction of a line's first metres, in degrees clockwise from north.
fn bearing<'a>(mut points: impl Iterator<Item = &'a Position>) -> f64 {
    let Some(first) = points.next() else { return 0.0 };
    let mut aim = first;
    for point in points {
        aim = point;
        if first.metres_to(*point) >= BEARING_M {
            break;
        }
    }
    let north = aim.lat() - first.lat();
    let east = (aim.lon() - first.lon()) * first.lat().to_radians().cos();
    east.atan2(north).to_degrees()
}

fn word(turned_deg: f64) -> Manoeuvre {
    let right = turned_deg > 0.0;
    let either = |left, other| if right { other } else { left };
    match turned_deg.abs() {
        angle if angle < SLIGHT_DEG => Manoeuvre::Straight,
        angle if angle < TURN_DEG => either(Manoeuvre::SlightLeft, Manoeuvre::SlightRight),
        angle if angle < SHARP_DEG => either(Manoeuvre::Left, Manoeuvre::Right),
        angle if angle < ROUND_DEG => either(Manoeuvre::SharpLeft, Manoeuvre::SharpRight),
        _ => Manoeuvre::TurnRound,
    }
}
