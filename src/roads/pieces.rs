//! Pieces of road from which nobody gets far: a yard behind a gate, a mapper's mistake. An island is none of these.

use super::graph::{Graph, NOWHERE, index, number};

/// A piece that hangs together with nothing is a place of its own from so many junctions on; below it is a scrap.
const ISLAND_JUNCTIONS_MIN: u32 = 30;

/// Of each segment whether it is cut off: a piece of strongly connected road is kept when it is the largest of all
/// that hangs together with it, and that is no scrap.
#[must_use]
pub fn cut_off(graph: &Graph) -> Vec<u8> {
    let strong = strong_pieces(graph);
    let loose = loose_pieces(graph);
    let sizes = |pieces: &[u32]| {
        let mut sizes = vec![0_u32; graph.junctions()];
        for piece in pieces {
            sizes[index(*piece)] += 1;
        }
        sizes
    };
    let (strong_sizes, loose_sizes) = (sizes(&strong), sizes(&loose));
    // The largest strong piece of each loose one.
    let mut largest = vec![NOWHERE; graph.junctions()];
    for (piece, within) in strong.iter().zip(&loose) {
        let best = &mut largest[index(*within)];
        let size = |piece: u32| strong_sizes[index(piece)];
        if *best == NOWHERE || (size(*piece), *best) > (size(*best), *piece) {
            *best = *piece;
        }
    }
    let most = loose_sizes.iter().copied().max().unwrap_or_default();
    let kept = |junction: u32| {
        let within = loose[index(junction)];
        let size = loose_sizes[index(within)];
        largest[index(within)] == strong[index(junction)]
            && (size >= ISLAND_JUNCTIONS_MIN || size == most)
    };
    let of_segment = |heads: &[u32; 2]| {
        let reached = heads.iter().filter(|head| **head != NOWHERE);
        u8::from(!reached.into_iter().all(|head| kept(*head)))
    };
    graph.heads.iter().map(of_segment).collect()
}

/// Of each junction the first junction that hangs together with it, whatever the direction.
fn loose_pieces(graph: &Graph) -> Vec<u32> {
    let mut above: Vec<u32> = (0..number(graph.junctions())).collect();
    fn top(above: &mut [u32], mut junction: u32) -> u32 {
        while above[index(junction)] != junction {
            above[index(junction)] = above[index(above[index(junction)])];
            junction = above[index(junction)];
        }
        junction
    }
    for head in 0..number(graph.junctions()) {
        for (_, arc) in graph.arcs_to(head) {
            let (one, other) = (top(&mut above, head), top(&mut above, arc.tail));
            above[index(one.max(other))] = one.min(other);
        }
    }
    (0..number(graph.junctions())).map(|junction| top(&mut above, junction)).collect()
}

/// Of each junction a number that it shares with those from which and to which it can be driven (Kosaraju's way: once
/// along the arcs to find an order, once against them in that order).
fn strong_pieces(graph: &Graph) -> Vec<u32> {
    let mut order = Vec::with_capacity(graph.junctions());
    let mut seen = vec![false; graph.junctions()];
    for start in 0..number(graph.junctions()) {
        if std::mem::replace(&mut seen[index(start)], true) {
            continue;
        }
        let mut trail = vec![(start, graph.arcs_from(start))];
        while let Some((junction, arcs)) = trail.last_mut() {
            let next = arcs.map(|(_, arc)| graph.head(arc.drive));
            let next = next.into_iter().find(|head| !seen[index(*head)]);
            match next {
                Some(head) => {
                    seen[index(head)] = true;
                    trail.push((head, graph.arcs_from(head)));
                }
                None => {
                    order.push(*junction);
                    trail.pop();
                }
            }
        }
    }
    let mut piece = vec![NOWHERE; graph.junctions()];
    for start in order.into_iter().rev() {
        if piece[index(start)] != NOWHERE {
            continue;
        }
        piece[index(start)] = start;
        let mut waiting = vec![start];
        while let Some(junction) = waiting.pop() {
            for (_, arc) in graph.arcs_to(junction) {
                let of_tail = &mut piece[index(arc.tail)];
                if *of_tail == NOWHERE {
                    *of_tail = start;
                    waiting.push(arc.tail);
                }
            }
        }
    }
    piece
}
