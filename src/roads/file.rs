//! The graph's file: a head, what the graph is of, its arrays, and a checksum over all of it.
//!
//! It is read whole and checked before it is used: a file that is cut short or damaged is refused by name. It is not
//! mapped into memory, where a bad sector would end the program in the middle of a call.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use flate2::Crc;

use super::graph::{About, Arc, Drive, Effort, Graph, index, number};
use super::scenery::Scenery;

const MAGIC: [u8; 8] = *b"SIAGARD\x02";
const ABOUT_BYTES_MAX: u32 = 64 * 1024;
/// Most numbers of one array: sixteen times a graph of Java.
const NUMBERS_MAX: u32 = 1 << 30;
/// Numbers read at once.
const PIECE: usize = 64 * 1024;

/// Why a file is no graph.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("it is no road graph of this program, or of another version: import the extract again")]
    NoGraph,
    #[error("it is damaged ({0}): import the extract again")]
    Damaged(&'static str),
}

/// Writes a graph, all or nothing: a reader sees the old file or the new one.
pub fn write(graph: &Graph, path: &Path) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    let written = write_to(graph, beside).and_then(|()| std::fs::rename(beside, path));
    if written.is_err() {
        // What is left of it helps nobody; it may not even be there.
        let _ = std::fs::remove_file(beside);
    }
    written
}

fn write_to(graph: &Graph, path: &Path) -> io::Result<()> {
    let file = File::create(path)?;
    let mut out = Summed { inner: BufWriter::new(file), sum: Crc::new() };
    out.write_all(&MAGIC)?;
    let about = serde_json::to_vec(&graph.about)?;
    out.write_all(&number(about.len()).to_le_bytes())?;
    out.write_all(&about)?;
    let arcs = graph.arcs.iter().flat_map(|arc| [arc.tail, arc.drive.0, arc.effort.0]);
    put(&mut out, graph.arcs.len() * 3, arcs)?;
    put(&mut out, graph.heads.len() * 2, graph.heads.iter().flatten().copied())?;
    put(&mut out, graph.efforts.len(), graph.efforts.iter().map(|effort| effort.0))?;
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
        put(&mut out, array.len(), array.iter().copied())?;
    }
    let sections = [graph.scenery.encoded()];
    for bytes in [&graph.cut_off[..], &graph.names, &graph.shapes].into_iter().chain(sections) {
        out.write_all(&number(bytes.len()).to_le_bytes())?;
        out.write_all(bytes)?;
    }
    let sum = out.sum.sum();
    out.inner.write_all(&sum.to_le_bytes())?;
    let file = out.inner.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()
}

fn put(out: &mut impl Write, count: usize, numbers: impl Iterator<Item = u32>) -> io::Result<()> {
    out.write_all(&number(count).to_le_bytes())?;
    for number in numbers {
        out.write_all(&number.to_le_bytes())?;
    }
    Ok(())
}

/// Reads a graph that [`write`] wrote, and checks that its numbers fit together.
pub fn read(path: &Path) -> Result<Graph, Fault> {
    let file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut file = Summed { inner: file, sum: Crc::new() };
    let mut magic = [0; 8];
    let is_ours = file.read_exact(&mut magic).is_ok() && magic == MAGIC;
    if !is_ours {
        return Err(Fault::NoGraph);
    }
    let length = take_number(&mut file)?;
    if length > ABOUT_BYTES_MAX {
        return Err(Fault::Damaged("its head"));
    }
    let about = serde_json::from_slice::<About>(&take_bytes(&mut file, length)?);
    let mut graph =
        Graph { about: about.map_err(|_| Fault::Damaged("its head"))?, ..Graph::default() };
    let arc =
        |three: &[u32]| Arc { tail: three[0], drive: Drive(three[1]), effort: Effort(three[2]) };
    graph.arcs = take_numbers(&mut file)?.chunks_exact(3).map(arc).collect();
    graph.heads = take_numbers(&mut file)?.chunks_exact(2).map(|two| [two[0], two[1]]).collect();
    graph.efforts = take_numbers(&mut file)?.into_iter().map(Effort).collect();
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
        *array = take_numbers(&mut file)?;
    }
    for bytes in [&mut graph.cut_off, &mut graph.names, &mut graph.shapes] {
        let length = take_number(&mut file)?;
        *bytes = take_bytes(&mut file, length)?;
    }
    let scenery = section(&mut file)?;
    let sum = file.sum.sum();
    let mut said = [0; 4];
    file.inner.read_exact(&mut said).map_err(|_| Fault::Damaged("it is cut short"))?;
    if said != sum.to_le_bytes() || file.inner.read(&mut [0])? != 0 {
        return Err(Fault::Damaged("its checksum"));
    }
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
    if fits { Ok(()) } else { Err(Fault::Damaged("its numbers do not fit together")) }
}

/// What stands by itself at the end: its bytes, which their own module understands.
fn section(from: &mut impl Read) -> Result<Vec<u8>, Fault> {
    let length = take_number(from)?;
    take_bytes(from, length)
}

fn take_number(from: &mut impl Read) -> Result<u32, Fault> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes).map_err(|_| Fault::Damaged("it is cut short"))?;
    Ok(u32::from_le_bytes(bytes))
}

fn take_bytes(from: &mut impl Read, length: u32) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    from.take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() == index(length) { Ok(bytes) } else { Err(Fault::Damaged("it is cut short")) }
}

fn take_numbers(from: &mut impl Read) -> Result<Vec<u32>, Fault> {
    let count = take_number(from)?;
    if count > NUMBERS_MAX {
        return Err(Fault::Damaged("the length of an array"));
    }
    // As it comes in, so that a length that is a lie takes no memory.
    let mut numbers = Vec::new();
    let mut piece = vec![0; PIECE * 4];
    let mut left = index(count);
    while left > 0 {
        let bytes = &mut piece[..left.min(PIECE) * 4];
        from.read_exact(bytes).map_err(|_| Fault::Damaged("it is cut short"))?;
        let four = |four: &[u8]| u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        numbers.extend(bytes.chunks_exact(4).map(four));
        left -= left.min(PIECE);
    }
    Ok(numbers)
}

/// A stream whose bytes are summed as they pass.
struct Summed<T> {
    inner: T,
    sum: Crc,
}

impl<T: Write> Write for Summed<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Summed<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.sum.update(&bytes[..read]);
        Ok(read)
    }
}
