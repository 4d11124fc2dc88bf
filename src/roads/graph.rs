//! The road graph: junctions, the roads between them, and in which direction and after which turn each may be driven.
//!
//! A **segment** is the road between two junctions. It may be driven in one direction or both; driving it one way is an
//! **arc**. Where a turn is forbidden, the junction stands twice: whoever comes from the road that may not turn arrives
//! at a copy from which that turn is missing. So every search is a plain one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::kind::Grade;
use super::landmarks::Landmark;
use super::scenery::Scenery;
use super::shape;

/// No junction: the direction may not be driven.
pub const NOWHERE: u32 = u32::MAX;
/// Longest road of one segment, in decimetres: 1,677 km.
pub const DECIMETRES_MAX: u32 = (1 << 24) - 1;

/// What a graph is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Name of the extract's file.
    pub source: String,
    /// When its data were taken, in seconds since 1970.
    pub taken_at: Option<i64>,
    pub junctions: u32,
    pub segments: u32,
    pub arcs: u32,
    /// Kilometres of road, each once.
    pub kilometres: u32,
    /// West, south, east, north in ten millionths of a degree.
    pub bounds: [i32; 4],
}

/// One direction of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Drive(pub u32);

impl Drive {
    #[must_use]
    pub const fn new(segment: u32, backward: bool) -> Self {
        Self(if backward { segment << 1 | 1 } else { segment << 1 })
    }

    #[must_use]
    pub const fn segment(self) -> u32 {
        self.0 >> 1
    }

    #[must_use]
    pub const fn is_backward(self) -> bool {
        self.0 & 1 != 0
    }
}

/// An arc in 12 bytes; its head is the junction under which it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arc {
    pub tail: u32,
    pub drive: Drive,
    pub effort: Effort,
}

/// Length and grade of a road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort(pub u32);

impl Effort {
    #[must_use]
    pub fn new(decimetres: u32, grade: Grade) -> Self {
        Self(decimetres.min(DECIMETRES_MAX) << 8 | u32::from(grade.0))
    }

    #[must_use]
    pub const fn decimetres(self) -> u32 {
        self.0 >> 8
    }

    #[must_use]
    pub const fn grade(self) -> Grade {
        Grade(self.0.to_le_bytes()[0])
    }
}

/// The arrays of a graph, as they stand in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    pub about: About,
    /// The arcs that lead to junction `n` are `first_in[n]..first_in[n + 1]`.
    pub first_in: Vec<u32>,
    pub arcs: Vec<Arc>,
    /// The arcs that lead away from junction `n` are those that `out[first_out[n]..first_out[n + 1]]` number.
    pub first_out: Vec<u32>,
    pub out: Vec<u32>,
    /// Of each segment the junctions to which its two directions lead.
    pub heads: Vec<[u32; 2]>,
    pub efforts: Vec<Effort>,
    /// Of each segment 1 where it lies in a piece of road from which nobody gets far.
    pub cut_off: Vec<u8>,
    /// Of each segment the number of its name.
    pub named: Vec<u32>,
    /// Name `n` is `names[name_at[n]..name_at[n + 1]]`; the first is empty.
    pub name_at: Vec<u32>,
    pub names: Vec<u8>,
    /// The shape of segment `n` is `shapes[shape_at[n]..shape_at[n + 1]]`.
    pub shape_at: Vec<u32>,
    pub shapes: Vec<u8>,
    /// The segments that pass a cell of the grid, by the cells' numbers.
    pub cells: Vec<u32>,
    pub cell_at: Vec<u32>,
    pub in_cell: Vec<u32>,
    /// What is beside the roads and has a name, by name.
    pub landmarks: Vec<Landmark>,
    /// The segments that are part of a roundabout, in their order.
    pub round: Vec<u32>,
    pub scenery: Scenery,
}

impl Graph {
    /// The arcs that lead to a junction, with their numbers.
    pub fn arcs_to(&self, junction: u32) -> impl Iterator<Item = (u32, Arc)> {
        let (from, to) = span(&self.first_in, junction);
        let arcs = self.arcs.get(index(from)..index(to)).unwrap_or_default();
        (from..).zip(arcs.iter().copied())
    }

    /// The arcs that lead away from a junction, with their numbers.
    pub fn arcs_from(&self, junction: u32) -> impl Iterator<Item = (u32, Arc)> {
        let (from, to) = span(&self.first_out, junction);
        let numbers = self.out.get(index(from)..index(to)).unwrap_or_default();
        numbers.iter().filter_map(|arc| Some((*arc, *self.arcs.get(index(*arc))?)))
    }

    /// The junction to which an arc leads.
    #[must_use]
    pub fn head(&self, drive: Drive) -> u32 {
        let heads = self.heads.get(index(drive.segment()));
        heads.map_or(NOWHERE, |heads| heads[usize::from(drive.is_backward())])
    }

    #[must_use]
    pub fn junctions(&self) -> usize {
        self.first_in.len().saturating_sub(1)
    }

    #[must_use]
    pub fn segments(&self) -> usize {
        self.heads.len()
    }

    /// What the arrays take in which is searched, in bytes.
    #[must_use]
    pub fn bytes_of_search(&self) -> usize {
        let words = [
            self.first_in.len(),
            self.first_out.len(),
            self.out.len(),
            self.heads.len() * 2,
            self.efforts.len(),
            self.arcs.len() * 3,
        ];
        4 * words.iter().sum::<usize>() + self.cut_off.len()
    }

    /// What all the arrays take, with shapes, names and grid, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let words = [
            self.named.len(),
            self.name_at.len(),
            self.shape_at.len(),
            self.cells.len(),
            self.cell_at.len(),
            self.in_cell.len(),
            self.round.len(),
        ];
        let beside = self.names.len() + self.shapes.len();
        self.bytes_of_search() + 4 * words.iter().sum::<usize>() + beside
    }

    /// Whether a segment is part of a roundabout.
    #[must_use]
    pub fn is_round(&self, segment: u32) -> bool {
        self.round.binary_search(&segment).is_ok()
    }

    /// The name of the road that a segment is of; empty without one.
    #[must_use]
    pub fn name(&self, segment: u32) -> &str {
        self.name_numbered(self.named.get(index(segment)).copied().unwrap_or_default())
    }

    /// The name of that number; 0 is no name.
    #[must_use]
    pub fn name_numbered(&self, name: u32) -> &str {
        let (from, to) = span(&self.name_at, name);
        let bytes = self.names.get(index(from)..index(to)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The points of a segment in ten millionths of a degree, latitude first, in the direction in which it was drawn.
    #[must_use]
    pub fn shape(&self, segment: u32) -> Vec<(i32, i32)> {
        self.points(segment).collect()
    }

    /// The same, one after the other.
    pub fn points(&self, segment: u32) -> impl Iterator<Item = (i32, i32)> {
        let (from, to) = span(&self.shape_at, segment);
        shape::points(self.shapes.get(index(from)..index(to)).unwrap_or_default())
    }
}

/// A number of the file as an index.
#[must_use]
pub fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A count as a number of the file; a graph never has so many that this matters.
#[must_use]
pub fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn span(firsts: &[u32], n: u32) -> (u32, u32) {
    let at = |n: usize| firsts.get(n).copied().unwrap_or_default();
    (at(index(n)), at(index(n).saturating_add(1)).max(at(index(n))))
}

/// A road between two junctions, as the importer finds it.
#[derive(Clone, Debug)]
pub struct Segment<'a> {
    pub from: u32,
    pub to: u32,
    /// Ten millionths of a degree, latitude first; at least two points.
    pub points: &'a [(i32, i32)],
    pub grade: Grade,
    /// May be driven from `from` to `to`, and back.
    pub ways: [bool; 2],
    /// A number that [`Builder::name`] gave; 0: no name.
    pub name: u32,
}

/// A turn that may not be made, or the only one that may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    pub from: u32,
    pub via: u32,
    pub to: u32,
    pub only: bool,
}

/// Gathers segments and forbidden turns and makes the graph of them.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    /// Both junctions of each segment, as drawn.
    ends: Vec<[u32; 2]>,
    /// Of each junction its place along a line through the whole area.
    along: Vec<u64>,
    ways: Vec<[bool; 2]>,
    efforts: Vec<Effort>,
    named: Vec<u32>,
    names: Vec<u8>,
    name_at: Vec<u32>,
    known: BTreeMap<String, u32>,
    shapes: Vec<u8>,
    shape_at: Vec<u32>,
    cells: Vec<(u32, u32)>,
    bounds: Option<[i32; 4]>,
    decimetres: u64,
    turns: Vec<Turn>,
    round: Vec<u32>,
}

impl Builder {
    /// The number of a road's name.
    pub fn name(&mut self, name: &str) -> u32 {
        if name.is_empty() {
            return 0;
        }
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let next = number(self.known.len()) + 1;
        self.known.insert(name.to_owned(), next);
        self.names.extend(name.as_bytes());
        self.name_at.push(number(self.names.len()));
        next
    }

    /// Takes a segment; answers its number.
    pub fn segment(&mut self, segment: &Segment<'_>) -> u32 {
        let this = number(self.ends.len());
        let decimetres = shape::decimetres(segment.points);
        for (junction, point) in
            [(segment.from, segment.points.first()), (segment.to, segment.points.last())]
        {
            let least = index(junction) + 1;
            self.along.resize(self.along.len().max(least), u64::MAX);
            self.along[index(junction)] =
                point.map_or(u64::MAX, |point| shape::along_a_line(*point));
        }
        self.ends.push([segment.from, segment.to]);
        self.ways.push(segment.ways);
        self.efforts.push(Effort::new(decimetres, segment.grade));
        self.named.push(segment.name);
        self.shape_at.push(number(self.shapes.len()));
        shape::encode(segment.points, &mut self.shapes);
        self.cells.extend(shape::cells(segment.points).into_iter().map(|cell| (cell, this)));
        for (lat, lon) in segment.points {
            let [west, south, east, north] = self.bounds.unwrap_or([*lon, *lat, *lon, *lat]);
            self.bounds = Some([west.min(*lon), south.min(*lat), east.max(*lon), north.max(*lat)]);
        }
        self.decimetres += u64::from(decimetres);
        this
    }

    /// Takes a turn between segments that were taken.
    pub fn turn(&mut self, turn: Turn) {
        self.turns.push(turn);
    }

    /// Says that a segment is part of a roundabout; in the order in which they were taken.
    pub fn round(&mut self, segment: u32) {
        self.round.push(segment);
    }

    /// How many segments were taken.
    #[must_use]
    pub const fn segments(&self) -> usize {
        self.ends.len()
    }

    /// The graph of so many junctions.
    #[must_use]
    pub fn finish(mut self, junctions: u32, source: String, taken_at: Option<i64>) -> Graph {
        self.put_neighbours_together(junctions);
        let split = Split::new(&self, junctions);
        let mut arcs = split.arcs(&self);
        arcs.sort_unstable_by_key(|(head, arc)| (*head, arc.tail, arc.drive));
        let first_in = firsts(split.junctions, arcs.iter().map(|(head, _)| *head));
        let mut out: Vec<u32> = (0..number(arcs.len())).collect();
        out.sort_by_key(|arc| arcs[index(*arc)].1.tail);
        let first_out = firsts(split.junctions, out.iter().map(|arc| arcs[index(*arc)].1.tail));
        self.cells.sort_unstable();
        self.cells.dedup();
        let mut cells: Vec<u32> = self.cells.iter().map(|(cell, _)| *cell).collect();
        cells.dedup();
        let mut cell_at: Vec<u32> = Vec::with_capacity(cells.len() + 1);
        for (at, (cell, _)) in (0..).zip(&self.cells) {
            if cell_at.len() < cells.len() && cells[cell_at.len()] == *cell {
                cell_at.push(at);
            }
        }
        cell_at.push(number(self.cells.len()));
        self.shape_at.push(number(self.shapes.len()));
        let mut name_at = vec![0, 0];
        name_at.append(&mut self.name_at);
        let about = About {
            source,
            taken_at,
            junctions: split.junctions,
            segments: number(self.ends.len()),
            arcs: number(arcs.len()),
            kilometres: u32::try_from(self.decimetres / 10_000).unwrap_or(u32::MAX),
            bounds: self.bounds.unwrap_or_default(),
        };
        let mut graph = Graph {
            about,
            first_in,
            arcs: arcs.into_iter().map(|(_, arc)| arc).collect(),
            first_out,
            out,
            heads: split.heads,
            efforts: self.efforts,
            cut_off: Vec::new(),
            named: self.named,
            name_at,
            names: self.names,
            shape_at: self.shape_at,
            shapes: self.shapes,
            cells,
            cell_at,
            in_cell: self.cells.into_iter().map(|(_, segment)| segment).collect(),
            landmarks: Vec::new(),
            round: self.round,
            scenery: Scenery::default(),
        };
        graph.cut_off = super::pieces::cut_off(&graph);
        graph
    }
}

impl Builder {
    /// Numbers the junctions anew: those that lie together stand together in memory, where a search needs them at once.
    fn put_neighbours_together(&mut self, junctions: u32) {
        self.along.resize(index(junctions), u64::MAX);
        let mut order: Vec<u32> = (0..junctions).collect();
        order.sort_by_key(|junction| self.along[index(*junction)]);
        let mut new = vec![0; order.len()];
        for (number, junction) in (0..).zip(order) {
            new[index(junction)] = number;
        }
        let ends = self.ends.iter_mut().flatten();
        for junction in ends.chain(self.turns.iter_mut().map(|turn| &mut turn.via)) {
            *junction = new.get(index(*junction)).copied().unwrap_or(*junction);
        }
    }
}

/// The junctions with their copies.
struct Split {
    junctions: u32,
    /// Where each direction of each segment leads to.
    heads: Vec<[u32; 2]>,
    /// The copies of a junction and what may not be driven from each.
    copies: BTreeMap<u32, Vec<(u32, BTreeSet<Drive>)>>,
}

impl Split {
    fn new(builder: &Builder, junctions: u32) -> Self {
        let heads = builder.ends.iter().zip(&builder.ways).map(|([from, to], [there, back])| {
            [if *there { *to } else { NOWHERE }, if *back { *from } else { NOWHERE }]
        });
        let mut split = Self { junctions, heads: heads.collect(), copies: BTreeMap::new() };
        let mut leaving: BTreeMap<u32, Vec<Drive>> = BTreeMap::new();
        for via in builder.turns.iter().map(|turn| turn.via) {
            leaving.entry(via).or_default();
        }
        for (segment, ends) in (0..).zip(&builder.ends) {
            for backward in [false, true] {
                if let Some(drives) = leaving.get_mut(&ends[usize::from(backward)]) {
                    drives.push(Drive::new(segment, backward));
                }
            }
        }
        // All rules for who comes from one road to one junction make one copy.
        let mut forbidden: BTreeMap<Drive, BTreeSet<Drive>> = BTreeMap::new();
        for turn in &builder.turns {
            let Some(ends) = builder.ends.get(index(turn.from)) else { continue };
            let comes = |backward: bool| ends[usize::from(!backward)] == turn.via;
            for backward in [false, true].into_iter().filter(|backward| comes(*backward)) {
                let at = forbidden.entry(Drive::new(turn.from, backward)).or_default();
                let out = leaving.get(&turn.via).into_iter().flatten();
                at.extend(out.filter(|drive| (drive.segment() == turn.to) != turn.only));
            }
        }
        for (comes, forbidden) in forbidden {
            let head = &mut split.heads[index(comes.segment())][usize::from(comes.is_backward())];
            if *head == NOWHERE {
                continue;
            }
            let copy = split.junctions;
            split.junctions += 1;
            let via = std::mem::replace(head, copy);
            split.copies.entry(via).or_default().push((copy, forbidden));
        }
        split
    }

    /// Every arc with its head.
    fn arcs(&self, builder: &Builder) -> Vec<(u32, Arc)> {
        let mut arcs = Vec::with_capacity(builder.ends.len() * 2);
        for (segment, (ends, effort)) in (0..).zip(builder.ends.iter().zip(&builder.efforts)) {
            for backward in [false, true] {
                let drive = Drive::new(segment, backward);
                let head = self.heads[index(segment)][usize::from(backward)];
                if head == NOWHERE {
                    continue;
                }
                let tail = ends[usize::from(backward)];
                arcs.push((head, Arc { tail, drive, effort: *effort }));
                for (copy, forbidden) in self.copies.get(&tail).into_iter().flatten() {
                    if !forbidden.contains(&drive) {
                        arcs.push((head, Arc { tail: *copy, drive, effort: *effort }));
                    }
                }
            }
        }
        arcs
    }
}

/// Where each junction's numbers begin, of numbers in their order.
fn firsts(junctions: u32, of: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut firsts = vec![0; index(junctions) + 1];
    for junction in of {
        firsts[index(junction) + 1] += 1;
    }
    let mut sum = 0;
    for first in &mut firsts {
        sum += *first;
        *first = sum;
    }
    firsts
}
