//! Gathers the scenery of an extract: what its ways, relations and nodes are on a map, and from which nodes they are
//! made. Edges of an area that stand in several ways are put together.

use std::collections::HashMap;

use super::super::pbf::{Element, Member, Tags};
use super::super::scenery::{Form, Kind, PARTS_MAX, Points, Scenery};

/// Most nodes of the scenery of one extract; what comes after them is left out.
const NODES_MAX: usize = 200_000_000;

/// A way that is a thing by itself.
struct Way {
    kind: Kind,
    name: String,
    refs: Vec<i64>,
}

/// An area of several ways.
struct Area {
    kind: Kind,
    name: String,
    outer: Vec<i64>,
    inner: Vec<i64>,
}

/// What was found so far. The extract is shown to it first without its nodes, then, where [`Self::lacks_ways`], its
/// ways again, and last its nodes.
#[derive(Default)]
pub struct Gatherer {
    ways: Vec<Way>,
    areas: Vec<Area>,
    /// The nodes of the ways that areas are made of; empty until they are found.
    edges: HashMap<i64, Vec<i64>>,
    scenery: Scenery,
    count: usize,
    ids: Vec<i64>,
    places: Vec<Option<(i32, i32)>>,
}

impl Gatherer {
    /// Takes what an element is by its tags.
    pub fn take(&mut self, element: &Element<'_>) {
        match element {
            Element::Node { .. } => {}
            Element::Way { refs, tags, .. } => {
                let closed = refs.len() > 3 && refs.first() == refs.last();
                let kind = kind_of(*tags);
                let kind = kind.filter(|kind| kind.form() == Form::Line || closed);
                if let Some(kind) = kind
                    && self.count + refs.len() <= NODES_MAX
                {
                    self.count += refs.len();
                    self.ways.push(Way { kind, name: name_of(*tags), refs: refs.to_vec() });
                }
            }
            Element::Relation { members, tags } => {
                let kind = kind_of(*tags).filter(|kind| kind.form() == Form::Area);
                let Some(kind) = kind.filter(|_| tags.get("type") == Some("multipolygon")) else {
                    return;
                };
                let ways = |of_role: fn(&str) -> bool| -> Vec<i64> {
                    let ways = members.iter().filter(|(_, role)| of_role(role));
                    let id = |(member, _): &(Member, &str)| match member {
                        Member::Way(id) => Some(*id),
                        Member::Node(_) | Member::Relation(_) => None,
                    };
                    ways.filter_map(id).collect()
                };
                let (outer, inner) = (ways(|role| role != "inner"), ways(|role| role == "inner"));
                if outer.len() + inner.len() > PARTS_MAX {
                    return;
                }
                for way in outer.iter().chain(&inner) {
                    self.edges.entry(*way).or_default();
                }
                self.areas.push(Area { kind, name: name_of(*tags), outer, inner });
            }
        }
    }

    /// Whether ways have to be shown again, since areas name them.
    pub fn lacks_ways(&self) -> bool {
        !self.edges.is_empty()
    }

    /// Takes the ways that areas are made of.
    pub fn take_edge(&mut self, element: &Element<'_>) {
        if let Element::Way { id, refs, .. } = element
            && let Some(edge) = self.edges.get_mut(id)
            && self.count + refs.len() <= NODES_MAX
        {
            self.count += refs.len();
            *edge = refs.to_vec();
        }
    }

    /// From here on nodes are shown.
    pub fn ask_for_nodes(&mut self) {
        let refs = self.ways.iter().map(|way| &way.refs).chain(self.edges.values());
        self.ids = refs.flatten().copied().collect();
        self.ids.sort_unstable();
        self.ids.dedup();
        self.places = vec![None; self.ids.len()];
    }

    pub fn take_node(&mut self, element: &Element<'_>) {
        let Element::Node { id, at: Some(at), tags } = element else { return };
        if let Ok(node) = self.ids.binary_search(id) {
            self.places[node] = Some(*at);
        }
        if let Some(kind) = tags.get("place").and_then(place_kind) {
            let name = name_of(*tags);
            if !name.is_empty() {
                self.scenery.take(kind, &name, &[vec![*at]]);
            }
        }
    }

    /// All of it, the largest kinds first.
    pub fn finish(mut self) -> Scenery {
        let mut scenery = std::mem::take(&mut self.scenery);
        for way in &self.ways {
            scenery.take(way.kind, &way.name, &[self.points(&way.refs)]);
        }
        for area in &self.areas {
            let holes: Vec<Points> =
                self.rings(&area.inner).iter().map(|ring| self.points(ring)).collect();
            for ring in self.rings(&area.outer) {
                let edge = self.points(&ring);
                let inside = |hole: &&Points| hole.first().is_some_and(|at| encloses(&edge, *at));
                let holes: Vec<Points> = holes.iter().filter(inside).cloned().collect();
                scenery.take(area.kind, &area.name, &[vec![edge], holes].concat());
            }
        }
        scenery
    }

    /// The places of nodes; one whose place is not known is left out.
    fn points(&self, refs: &[i64]) -> Points {
        let place = |id: &i64| self.places[self.ids.binary_search(id).ok()?];
        refs.iter().filter_map(place).collect()
    }

    /// Ways put together end to end until each comes back to where it began; what does not is left out.
    fn rings(&self, ways: &[i64]) -> Vec<Vec<i64>> {
        let edges = ways.iter().filter_map(|way| self.edges.get(way));
        let mut open: Vec<Vec<i64>> = edges.filter(|refs| refs.len() > 1).cloned().collect();
        let mut rings = Vec::new();
        while let Some(mut ring) = open.pop() {
            while ring.first() != ring.last() {
                let end = ring.last().copied();
                let touches =
                    |refs: &Vec<i64>| refs.first().copied() == end || refs.last().copied() == end;
                let Some(next) = open.iter().position(touches) else { break };
                let mut next = open.swap_remove(next);
                if next.first().copied() != end {
                    next.reverse();
                }
                ring.extend(&next[1..]);
            }
            if ring.len() > 3 && ring.first() == ring.last() {
                rings.push(ring);
            }
        }
        rings
    }
}

/// Whether a place lies within a ring: a line from it to the east crosses the ring an odd number of times.
fn encloses(ring: &[(i32, i32)], (lat, lon): (i32, i32)) -> bool {
    let wide = |n: i32| i128::from(n);
    let crosses = |two: &&[(i32, i32)]| {
        let ((lat_a, lon_a), (lat_b, lon_b)) = (two[0], two[1]);
        if (lat_a > lat) == (lat_b > lat) {
            return false;
        }
        let left = (wide(lon) - wide(lon_a)) * (wide(lat_b) - wide(lat_a));
        let right = (wide(lon_b) - wide(lon_a)) * (wide(lat) - wide(lat_a));
        if lat_b > lat_a { left < right } else { left > right }
    };
    ring.windows(2).filter(crosses).count() % 2 == 1
}

fn name_of(tags: Tags<'_>) -> String {
    tags.get("name").unwrap_or_default().to_owned()
}

fn place_kind(place: &str) -> Option<Kind> {
    match place {
        "city" | "town" => Some(Kind::Town),
        "village" | "suburb" => Some(Kind::Village),
        "hamlet" | "quarter" | "neighbourhood" | "isolated_dwelling" => Some(Kind::Hamlet),
        _ => None,
    }
}

/// What a way or an area is on the map.
fn kind_of(tags: Tags<'_>) -> Option<Kind> {
    let buried = tags.get("tunnel").is_some_and(|tunnel| tunnel != "no");
    if tags.get("highway").is_some() || buried {
        return None;
    }
    let natural = match tags.get("natural") {
        Some("water") => Some(Kind::Lake),
        Some("coastline") => Some(Kind::Coast),
        Some("wood") => Some(Kind::Wood),
        _ => None,
    };
    let water = || match tags.get("waterway") {
        Some("river" | "canal") => Some(Kind::River),
        Some("stream" | "drain" | "ditch") => Some(Kind::Stream),
        Some("riverbank" | "dock") => Some(Kind::Lake),
        _ => None,
    };
    let used = || match tags.get("landuse") {
        Some("reservoir" | "basin") => Some(Kind::Lake),
        Some("forest") => Some(Kind::Wood),
        Some("residential" | "commercial" | "industrial" | "retail") => Some(Kind::Built),
        Some("recreation_ground" | "village_green" | "cemetery") => Some(Kind::Park),
        _ => None,
    };
    let other = || match (tags.get("leisure"), tags.get("railway")) {
        (Some("park" | "garden" | "golf_course"), _) => Some(Kind::Park),
        (_, Some("rail" | "light_rail" | "narrow_gauge" | "subway")) => Some(Kind::Rail),
        _ => None,
    };
    natural.or_else(water).or_else(used).or_else(other)
}
