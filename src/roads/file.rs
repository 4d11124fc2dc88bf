//! The graph's file: what the graph is of, and its arrays.

use std::io;
use std::path::Path;

use super::graph::{About, Arc, Drive, Effort, Graph, index, number};
use super::landmarks;
use super::scenery::Scenery;
pub use crate::sealed::Fault;
use crate::sealed::{self, Mark};

const MARK: Mark = *b"SIAGARD\x03";
const ABOUT_BYTES_MAX: u32 = 64 * 1024;

/// Writes a graph, all or nothing: a reader sees the old file or the new one.
pub fn write(graph: &Graph, path: &Path) -> io::Result<()> {
    sealed::write(path, MARK, |out| {
        out.bytes(&serde_json::to_vec(&graph.about)?)?;
        let arcs = graph.arcs.iter().flat_map(|arc| [arc.tail, arc.drive.0, arc.effort.0]);
        out.numbers(graph.arcs.len() * 3, arcs)?;
        out.numbers(graph.heads.len() * 2, graph.heads.iter().flatten().copied())?;
        out.numbers(graph.efforts.len(), graph.efforts.iter().map(|effort| effort.0))?;
        for array in [
            &graph.first_in,
            &graph.first_out,
            &graph.out,
            &graph.named,
            &graph.name_at,
            &graph.shape_at,
            &graph.cells,
            &graph.cell_at,
            &graph.in_cell,
            &graph.round,
        ] {
            out.numbers(array.len(), array.iter().copied())?;
        }
        for bytes in [&graph.cut_off, &graph.names, &graph.shapes] {
            out.bytes(bytes)?;
        }
        out.bytes(&landmarks::encode(&graph.landmarks))?;
        out.bytes(graph.scenery.encoded())
    })
}

/// Reads a graph that [`write`] wrote, and checks that its numbers fit together.
pub fn read(path: &Path) -> Result<Graph, Fault> {
    let mut file = sealed::open(path, MARK, "road graph")?;
    let about = serde_json::from_slice::<About>(&file.bytes(ABOUT_BYTES_MAX)?);
    let mut graph =
        Graph { about: about.map_err(|_| Fault::Damaged("its head"))?, ..Graph::default() };
    let arc =
        |three: &[u32]| Arc { tail: three[0], drive: Drive(three[1]), effort: Effort(three[2]) };
    graph.arcs = file.numbers()?.chunks_exact(3).map(arc).collect();
    graph.heads = file.numbers()?.chunks_exact(2).map(|two| [two[0], two[1]]).collect();
    graph.efforts = file.numbers()?.into_iter().map(Effort).collect();
    for array in [
        &mut graph.first_in,
        &mut graph.first_out,
        &mut graph.out,
        &mut graph.named,
        &mut graph.name_at,
        &mut graph.shape_at,
        &mut graph.cells,
        &mut graph.cell_at,
        &mut graph.in_cell,
        &mut graph.round,
    ] {
        *array = file.numbers()?;
    }
    for bytes in [&mut graph.cut_off, &mut graph.names, &mut graph.shapes] {
        *bytes = file.bytes(u32::MAX)?;
    }
    let section = landmarks::decode(&file.bytes(u32::MAX)?);
    graph.landmarks = section.ok_or(Fault::Damaged("its landmarks"))?;
    let scenery = file.bytes(u32::MAX)?;
    file.end()?;
    check(&graph)?;
    graph.scenery = Scenery::decode(scenery).ok_or(Fault::Damaged("its scenery"))?;
    Ok(graph)
}

/// Every number leads to something that is there: a search asks no more.
fn check(graph: &Graph) -> Result<(), Fault> {
    let (arcs, segments) = (graph.arcs.len(), graph.segments());
    let rises = |firsts: &[u32], to: usize| {
        firsts.is_sorted() && firsts.last().is_some_and(|last| index(*last) == to)
    };
    let below = |numbers: &[u32], count: usize| numbers.iter().all(|n| index(*n) < count);
    let junction = |n: u32| index(n) < graph.junctions();
    let heads = graph.heads.iter().flatten();
    let fits = graph.first_in.len() == graph.first_out.len()
        && rises(&graph.first_in, arcs)
        && rises(&graph.first_out, arcs)
        && graph.out.len() == arcs
        && below(&graph.out, arcs)
        && [graph.efforts.len(), graph.named.len(), graph.cut_off.len()] == [segments; 3]
        && graph.shape_at.len() == segments + 1
        && rises(&graph.shape_at, graph.shapes.len())
        && rises(&graph.name_at, graph.names.len())
        && below(&graph.named, graph.name_at.len().saturating_sub(1))
        && graph.cell_at.len() == graph.cells.len() + 1
        && rises(&graph.cell_at, graph.in_cell.len())
        && below(&graph.in_cell, segments)
        && below(&graph.round, segments)
        && graph.round.is_sorted()
        && heads.into_iter().all(|head| *head == super::graph::NOWHERE || junction(*head))
        && graph.arcs.iter().all(|arc| junction(arc.tail) && index(arc.drive.segment()) < segments);
    // Whoever follows a way from arc to arc comes to its end.
    let stands =
        |junction| graph.arcs_to(junction).all(|(_, arc)| graph.head(arc.drive) == junction);
    let fits = fits && (0..number(graph.junctions())).all(stands);
    if fits { Ok(()) } else { Err(Fault::Damaged("its numbers do not fit together")) }
}
