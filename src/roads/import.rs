//! From an OpenStreetMap extract to a road graph: which ways an ambulance may drive, and what was left out and why.
//!
//! The file is read twice: for the ways and the forbidden turns, then for the places of the nodes on them; in between
//! once more where areas of the scenery are made of several ways.

mod scenery;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::graph::{Builder, DECIMETRES_MAX, Graph, Segment, Turn, number};
use super::kind::{Grade, RoadKind};
use super::landmarks::Collector;
use super::pbf::{self, Element, Member, Tags};
use super::shape;

/// Most nodes on the roads of one extract: all of Indonesia has a third of it.
const NODES_MAX: usize = 400_000_000;
/// Points of one segment; longer roads are divided.
const POINTS_MAX: usize = 5_000;
/// Between two nodes of a road: 419 km, which no ferry sails. What is further apart is a mistake in the extract.
const LEG_DECIMETRES_MAX: u32 = DECIMETRES_MAX / 4;

/// Why an extract cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("{0}")]
    Open(std::io::Error),
    #[error(transparent)]
    Extract(#[from] pbf::Fault),
    #[error("it has no road that an ambulance may drive")]
    NoRoad,
    #[error("it has more than {NODES_MAX} nodes on roads: take a smaller extract")]
    TooLarge,
}

/// Why something was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dropped {
    /// A path, steps, a cycleway: too narrow.
    NotForCars,
    /// Not built yet, or no more.
    NotThere,
    /// Closed to motor vehicles, and not open to emergency vehicles.
    Closed,
    /// Fewer than two nodes whose places are known.
    WithoutPlace,
    /// A node off the earth.
    OffTheEarth,
    /// A forbidden turn over a road in between, by the hour, or of roads that were left out.
    TurnNotUnderstood,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Ways of OpenStreetMap that became roads.
    pub ways: u64,
    pub turns: u64,
    /// Things beside the roads that the map draws.
    pub scenery: u64,
    pub dropped: BTreeMap<Dropped, u64>,
}

impl Summary {
    fn drop(&mut self, why: Dropped) {
        *self.dropped.entry(why).or_default() += 1;
    }
}

/// A way that may be driven.
struct Road {
    id: i64,
    refs: Vec<i64>,
    grade: Grade,
    ways: [bool; 2],
    name: u32,
    round: bool,
}

/// A restriction as it stands in the extract.
struct Rule {
    from: Vec<i64>,
    via: i64,
    to: Vec<i64>,
    only: bool,
}

/// Imports an extract; `progress` is told how much of the work is done, 0 to 1.
pub fn import(path: &Path, mut progress: impl FnMut(f64)) -> Result<(Graph, Summary), Fault> {
    let open = || File::open(path).map_err(Fault::Open);
    let bytes = open()?.metadata().map_err(Fault::Open)?.len().max(1);
    #[expect(clippy::as_conversions, reason = "a share")]
    let share = |read: u64| read.min(bytes) as f64 / bytes as f64;
    let (mut gathered, mut landmarks) = (Gathered::default(), Collector::default());
    let mut beside = scenery::Gatherer::default();
    let taken_at = pbf::read(
        &mut BufReader::new(open()?),
        |read| progress(share(read) * 0.3),
        |element| {
            landmarks.take(&element);
            beside.take(&element);
            gathered.take(element);
        },
    )?;
    if gathered.roads.is_empty() {
        return Err(Fault::NoRoad);
    }
    if beside.lacks_ways() {
        pbf::read(
            &mut BufReader::new(open()?),
            |read| progress(0.3 + share(read) * 0.3),
            |element| beside.take_edge(&element),
        )?;
    }
    let mut nodes = Nodes::of(&gathered.roads)?;
    beside.ask_for_nodes();
    pbf::read(
        &mut BufReader::new(open()?),
        |read| progress(0.6 + share(read) * 0.3),
        |element| {
            landmarks.place(&element);
            beside.take_node(&element);
            nodes.take(element, &mut gathered.summary);
        },
    )?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let (mut graph, mut summary) = gathered.build(&nodes, name.unwrap_or_default(), taken_at);
    drop(nodes);
    graph.landmarks = landmarks.finish();
    graph.scenery = beside.finish();
    summary.scenery = u64::try_from(graph.scenery.things().len()).unwrap_or(u64::MAX);
    progress(1.0);
    if graph.segments() == 0 { Err(Fault::NoRoad) } else { Ok((graph, summary)) }
}

#[derive(Default)]
struct Gathered {
    roads: Vec<Road>,
    rules: Vec<Rule>,
    builder: Builder,
    summary: Summary,
}

impl Gathered {
    fn take(&mut self, element: Element<'_>) {
        match element {
            Element::Node { .. } => {}
            Element::Way { id, refs, tags } => match drivable(tags) {
                Some(Ok((grade, ways))) => {
                    let name = self.builder.name(name_of(tags));
                    let round = is_round(tags);
                    self.roads.push(Road { id, refs: refs.to_vec(), grade, ways, name, round });
                }
                Some(Err(why)) => self.summary.drop(why),
                None => {}
            },
            Element::Relation { members, tags } => {
                if tags.get("type") == Some("restriction") {
                    match rule(members, tags) {
                        Some(Some(rule)) => self.rules.push(rule),
                        Some(None) => self.summary.drop(Dropped::TurnNotUnderstood),
                        None => {}
                    }
                }
            }
        }
    }

    fn build(mut self, nodes: &Nodes, source: String, taken_at: Option<i64>) -> (Graph, Summary) {
        let mut junctions = Junctions::default();
        // The segments of each way that a rule names, with their ends.
        let mut of_rules: HashMap<i64, Vec<(u32, [i64; 2])>> = HashMap::new();
        for rule in &self.rules {
            for way in rule.from.iter().chain(&rule.to) {
                of_rules.entry(*way).or_default();
            }
        }
        for road in &self.roads {
            let segments = nodes.divide(road);
            if segments.is_empty() {
                self.summary.drop(Dropped::WithoutPlace);
                continue;
            }
            self.summary.ways += 1;
            for (ends, points) in segments {
                let taken = self.builder.segment(&Segment {
                    from: junctions.number(ends[0]),
                    to: junctions.number(ends[1]),
                    points: &points,
                    grade: road.grade,
                    ways: road.ways,
                    name: road.name,
                });
                if road.round {
                    self.builder.round(taken);
                }
                if let Some(of_way) = of_rules.get_mut(&road.id) {
                    of_way.push((taken, ends));
                }
            }
        }
        for rule in &self.rules {
            let turns = turns(rule, &of_rules, &junctions);
            if turns.is_empty() {
                self.summary.drop(Dropped::TurnNotUnderstood);
            }
            for turn in turns {
                self.builder.turn(turn);
                self.summary.turns += 1;
            }
        }
        (self.builder.finish(junctions.count(), source, taken_at), self.summary)
    }
}

/// The turns that a rule is about: at its node each road that it names has one segment, or two where it passes.
fn turns(
    rule: &Rule,
    of_rules: &HashMap<i64, Vec<(u32, [i64; 2])>>,
    junctions: &Junctions,
) -> Vec<Turn> {
    let at_node = |ways: &[i64]| -> Vec<u32> {
        let segments = ways.iter().filter_map(|way| of_rules.get(way)).flatten();
        let touching = segments.filter(|(_, ends)| ends.contains(&rule.via));
        touching.map(|(segment, _)| *segment).collect()
    };
    let Some(via) = junctions.known(rule.via) else { return Vec::new() };
    let (from, to) = (at_node(&rule.from), at_node(&rule.to));
    // A way that passes the node leaves open from which side: such a rule would forbid too much.
    if from.len() != rule.from.len() || to.len() != rule.to.len() || (rule.only && to.len() != 1) {
        return Vec::new();
    }
    let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to)));
    pairs.map(|(from, to)| Turn { from, via, to, only: rule.only }).collect()
}

/// Numbers for the nodes at which segments end.
#[derive(Default)]
struct Junctions(HashMap<i64, u32>);

impl Junctions {
    fn number(&mut self, node: i64) -> u32 {
        let next = self.count();
        *self.0.entry(node).or_insert(next)
    }

    fn known(&self, node: i64) -> Option<u32> {
        self.0.get(&node).copied()
    }

    fn count(&self) -> u32 {
        number(self.0.len())
    }
}

/// A part of a road between two junctions: their nodes, and its points.
type Part = ([i64; 2], Vec<(i32, i32)>);

/// The nodes on the roads, by their ids.
struct Nodes {
    ids: Vec<i64>,
    /// Ten millionths of a degree, latitude first; none until the file has told it.
    places: Vec<Option<(i32, i32)>>,
    /// A road ends there or another one passes; or it is barred.
    marks: Vec<u8>,
}

const JUNCTION: u8 = 1;
const BARRED: u8 = 2;

impl Nodes {
    fn of(roads: &[Road]) -> Result<Self, Fault> {
        let mut ids: Vec<i64> = Vec::new();
        for road in roads {
            ids.extend(&road.refs);
            // An end counts twice, and so does a node that is passed twice.
            ids.extend(road.refs.first().into_iter().chain(road.refs.last()));
            if ids.len() > NODES_MAX {
                return Err(Fault::TooLarge);
            }
        }
        ids.sort_unstable();
        let (mut once, mut marks): (Vec<i64>, Vec<u8>) = (Vec::new(), Vec::new());
        for same in ids.chunk_by(|a, b| a == b) {
            once.push(same[0]);
            marks.push(if same.len() > 1 { JUNCTION } else { 0 });
        }
        Ok(Self { places: vec![None; once.len()], ids: once, marks })
    }

    fn take(&mut self, element: Element<'_>, summary: &mut Summary) {
        let Element::Node { id, at, tags } = element else { return };
        let Ok(node) = self.ids.binary_search(&id) else { return };
        if at.is_none() {
            summary.drop(Dropped::OffTheEarth);
        }
        self.places[node] = at;
        if !tags.is_empty() && is_barred(tags) {
            self.marks[node] |= BARRED;
        }
    }

    /// A road from junction to junction. Where it is barred, and where a node's place is not known, it is interrupted.
    fn divide(&self, road: &Road) -> Vec<Part> {
        let mut segments = Vec::new();
        let mut from: Option<i64> = None;
        let mut points: Vec<(i32, i32)> = Vec::new();
        for id in &road.refs {
            let node = self.ids.binary_search(id).ok();
            let place = node.and_then(|node| self.places[node]);
            let marks = node.map_or(0, |node| self.marks[node]);
            let Some(place) = place else {
                (from, points) = (None, Vec::new());
                continue;
            };
            let leg = points.last().map_or(0, |last| shape::decimetres(&[*last, place]));
            let Some(start) = from.filter(|_| leg <= LEG_DECIMETRES_MAX) else {
                (from, points) = (Some(*id), vec![place]);
                continue;
            };
            points.push(place);
            if marks & (JUNCTION | BARRED) != 0 || points.len() >= POINTS_MAX {
                segments.push(([start, *id], std::mem::take(&mut points)));
                // Behind a bar the same node is another junction, to which nothing leads.
                from = Some(if marks & BARRED == 0 { *id } else { -1 - id.saturating_abs() });
                points.push(place);
            }
        }
        if let Some(start) = from
            && points.len() > 1
            && let Some(last) = road.refs.last()
        {
            segments.push(([start, *last], points));
        }
        segments
    }
}

/// Whether a node bars the way for an ambulance. A gate is opened for it.
fn is_barred(tags: Tags<'_>) -> bool {
    let solid = ["block", "bollard", "debris", "jersey_barrier", "log", "stile", "kissing_gate"];
    let bars = tags.get("barrier").is_some_and(|barrier| solid.contains(&barrier));
    bars && !is_open_to_emergencies(tags)
        && !["motor_vehicle", "vehicle", "access"].iter().any(|key| tags.get(key) == Some("yes"))
}

fn is_open_to_emergencies(tags: Tags<'_>) -> bool {
    matches!(tags.get("emergency"), Some("yes" | "designated" | "official" | "permissive"))
}

fn name_of<'a>(tags: Tags<'a>) -> &'a str {
    tags.get("name").or(tags.get("ref")).unwrap_or_default()
}

/// What a way is to an ambulance: none when it is no road at all.
fn drivable(tags: Tags<'_>) -> Option<Result<(Grade, [bool; 2]), Dropped>> {
    let kind = match tags.get("highway") {
        Some(highway) => match kind_of(highway, tags) {
            Ok(kind) => kind,
            Err(why) => return Some(Err(why)),
        },
        None if tags.get("route") == Some("ferry") => RoadKind::Ferry,
        None => return None,
    };
    let closed = |key: &str| matches!(tags.get(key), Some("no"));
    // The nearest rule counts: what is said of motor vehicles before what is said of all.
    let said = ["motorcar", "motor_vehicle", "vehicle", "access"];
    let said = said.iter().find(|key| tags.get(key).is_some());
    let is_closed = said.is_some_and(|key| closed(key)) && !is_open_to_emergencies(tags);
    if is_closed || closed("emergency") || tags.get("area") == Some("yes") {
        return Some(Err(Dropped::Closed));
    }
    Some(Ok((Grade::new(kind, is_unpaved(kind, tags), limit_kmh(tags)), directions(tags))))
}

fn kind_of(highway: &str, tags: Tags<'_>) -> Result<RoadKind, Dropped> {
    let kind = match highway {
        "motorway" => RoadKind::Motorway,
        "trunk" => RoadKind::Trunk,
        "primary" => RoadKind::Primary,
        "secondary" => RoadKind::Secondary,
        "tertiary" => RoadKind::Tertiary,
        "unclassified" | "road" => RoadKind::Unclassified,
        "residential" => RoadKind::Residential,
        "living_street" => RoadKind::LivingStreet,
        "service" => RoadKind::Service,
        "motorway_link" | "trunk_link" | "primary_link" | "secondary_link" | "tertiary_link" => {
            RoadKind::Link
        }
        "track" => RoadKind::Track,
        "pedestrian" => RoadKind::Pedestrian,
        "construction" | "proposed" | "planned" | "razed" | "abandoned" => {
            return Err(Dropped::NotThere);
        }
        _ if is_open_to_emergencies(tags) => RoadKind::Pedestrian,
        _ => return Err(Dropped::NotForCars),
    };
    Ok(kind)
}

fn is_unpaved(kind: RoadKind, tags: Tags<'_>) -> bool {
    let loose = ["unpaved", "gravel", "dirt", "earth", "ground", "sand", "mud", "grass", "clay"];
    match tags.get("surface") {
        Some(surface) => loose.contains(&surface) || surface.ends_with("gravel"),
        None => {
            let track = tags.get("tracktype");
            track.is_some_and(|grade| grade != "grade1")
                || (kind == RoadKind::Track && track.is_none())
        }
    }
}

fn limit_kmh(tags: Tags<'_>) -> Option<u16> {
    let said = tags.get("maxspeed")?;
    match said.strip_suffix(" mph") {
        Some(miles) => miles.parse::<u16>().ok().map(|miles| miles.saturating_mul(8) / 5),
        None => said.parse().ok(),
    }
}

fn is_round(tags: Tags<'_>) -> bool {
    matches!(tags.get("junction"), Some("roundabout" | "circular"))
}

/// Whether a way may be driven as it was drawn, and back.
fn directions(tags: Tags<'_>) -> [bool; 2] {
    let one_way = ["oneway:emergency", "oneway"].iter().find_map(|key| tags.get(key));
    match one_way {
        Some("yes" | "true" | "1") => [true, false],
        Some("-1" | "reverse") => [false, true],
        Some(_) => [true, true],
        None if is_round(tags) || tags.get("highway") == Some("motorway") => [true, false],
        None => [true, true],
    }
}

/// A restriction: none when it does not concern an ambulance, `Some(None)` when it is not understood.
fn rule(members: &[(Member, &str)], tags: Tags<'_>) -> Option<Option<Rule>> {
    let excepted =
        tags.get("except").is_some_and(|who| who.split(';').any(|who| who == "emergency"));
    let said = ["restriction:motorcar", "restriction"].iter().find_map(|key| tags.get(key));
    if excepted {
        return None;
    }
    // An older way to say at which hours the whole rule holds.
    let is_by_hour = ["hour_on", "day_on"].iter().any(|key| tags.get(key).is_some());
    let also_by_hour = tags.iter().any(|(key, _)| key.ends_with(":conditional"));
    let Some(said) = said.filter(|_| !is_by_hour) else {
        return (is_by_hour || also_by_hour).then_some(None);
    };
    let of_role = |role: &'static str| members.iter().filter(move |(_, known)| *known == role);
    let ways = |role: &'static str| -> Vec<i64> {
        let ways = of_role(role).filter_map(|(member, _)| match member {
            Member::Way(id) => Some(*id),
            Member::Node(_) | Member::Relation(_) => None,
        });
        ways.collect()
    };
    let via: Vec<Member> = of_role("via").map(|(member, _)| *member).collect();
    let (from, to) = (ways("from"), ways("to"));
    let only = said.starts_with("only_");
    match via[..] {
        [Member::Node(via)]
            if !from.is_empty() && !to.is_empty() && (only || said.starts_with("no_")) =>
        {
            Some(Some(Rule { from, via, to, only }))
        }
        _ => Some(None),
    }
}
