//! What a contraction hierarchy costs for the same question: one query for each free unit, and the network prepared
//! before that, again after each change of a speed.

use fast_paths::{FastGraph, InputGraph, PathCalculator};

use crate::place::Position;
use crate::roads::graph::{Graph, NOWHERE, index, number};
use crate::roads::kind::{Driving, Paces, Speeds};

pub struct Hierarchy {
    prepared: FastGraph,
    calculator: PathCalculator,
}

impl Hierarchy {
    pub fn prepare(graph: &Graph) -> Self {
        let paces = Paces::new(&Speeds::default(), Driving::Urgent);
        let mut input = InputGraph::new();
        for head in 0..number(graph.junctions()) {
            for (_, arc) in graph.arcs_to(head) {
                let ms = paces.ms(arc.effort.decimetres(), arc.effort.grade()).max(1);
                input.add_edge(index(arc.tail), index(head), index(ms));
            }
        }
        input.freeze();
        let prepared = fast_paths::prepare(&input);
        Self { calculator: fast_paths::create_calculator(&prepared), prepared }
    }

    /// The times of the soonest units, each at a junction, to a junction.
    pub fn soonest(&mut self, units: &[usize], place: usize, count: usize) -> Vec<usize> {
        let way = |unit: &usize| self.calculator.calc_path(&self.prepared, *unit, place);
        let mut times: Vec<usize> = units.iter().filter_map(way).map(|p| p.get_weight()).collect();
        times.sort_unstable();
        times.truncate(count);
        times
    }
}

/// The junction to which the road at a place leads.
pub fn junction(graph: &Graph, place: Position) -> Option<usize> {
    let spots = graph.spots(place);
    let heads = graph.heads.get(index(spots.first()?.segment))?;
    heads.iter().find(|head| **head != NOWHERE).map(|head| index(*head))
}
