//! The file of boundaries: whose outlines they are, and their corners.

use std::io::{self, Read};
use std::path::Path;

use super::{About, Boundaries, Corner, index};
use crate::sealed::{self, Fault, Mark, Reader};

pub const MARK: Mark = *b"SIAGABD\x01";
const KIND: &str = "file of boundaries";
/// Names and codes of thousands of villages; the largest regency has some 850.
const ABOUT_BYTES_MAX: u32 = 1024 * 1024;

/// Writes boundaries, all or nothing: a reader sees the old file or the new one.
pub fn write(boundaries: &Boundaries, path: &Path) -> io::Result<()> {
    sealed::write(path, MARK, |out| {
        out.bytes(&serde_json::to_vec(&boundaries.about)?)?;
        for firsts in [&boundaries.polygons_at, &boundaries.rings_at, &boundaries.corners_at] {
            out.numbers(firsts.len(), firsts.iter().copied())?;
        }
        let corners = boundaries.corners.iter().flatten();
        out.numbers(boundaries.corners.len() * 2, corners.map(|e7| e7.cast_unsigned()))
    })
}

/// Reads boundaries that [`write`] wrote, and checks that its numbers fit together.
pub fn read(path: &Path) -> Result<Boundaries, Fault> {
    read_all(sealed::open(path, MARK, KIND)?)
}

/// Reads them from bytes.
pub fn read_bytes(bytes: &[u8]) -> Result<Boundaries, Fault> {
    read_all(Reader::new(bytes, MARK, KIND)?)
}

fn read_all(mut file: Reader<impl Read>) -> Result<Boundaries, Fault> {
    let about = serde_json::from_slice::<About>(&file.bytes(ABOUT_BYTES_MAX)?);
    let about = about.map_err(|_| Fault::Damaged("its head"))?;
    let [polygons_at, rings_at, corners_at] = [file.numbers()?, file.numbers()?, file.numbers()?];
    let corner = |two: &[u32]| -> Corner { [two[0].cast_signed(), two[1].cast_signed()] };
    let corners = file.numbers()?.chunks_exact(2).map(corner).collect();
    file.end()?;
    let boxes = Vec::new();
    let read = Boundaries { about, polygons_at, rings_at, corners_at, corners, boxes };
    check(&read)?;
    Ok(read.with_boxes())
}

/// Every number leads to something that is there, every corner is a place, and the codes are those of one area.
fn check(read: &Boundaries) -> Result<(), Fault> {
    let leads = |firsts: &[u32], owners: usize, to: usize| {
        firsts.len() == owners + 1
            && firsts.first() == Some(&0)
            && firsts.is_sorted()
            && firsts.last().is_some_and(|last| index(*last) == to)
    };
    let (outlines, rings) = (&read.about.outlines, read.rings_at.len().saturating_sub(1));
    let fits = leads(&read.polygons_at, outlines.len(), rings)
        && leads(&read.rings_at, rings, read.corners_at.len().saturating_sub(1))
        && leads(&read.corners_at, read.corners_at.len().saturating_sub(1), read.corners.len());
    let is_place =
        |[x, y]: &Corner| x.unsigned_abs() <= 1_800_000_000 && y.unsigned_abs() <= 900_000_000;
    let area = &read.about.area;
    let is_of_area = |code: &str| {
        code.strip_prefix(area.as_str()).is_some_and(|rest| {
            matches!(rest.len(), 3 | 8)
                && rest.char_indices().all(|(place, letter)| match place {
                    0 | 3 => letter == '.',
                    _ => letter.is_ascii_digit(),
                })
        })
    };
    if !fits {
        Err(Fault::Damaged("its numbers do not fit together"))
    } else if !read.corners.iter().all(is_place) {
        Err(Fault::Damaged("a corner is no place"))
    } else if !outlines.is_sorted_by(|a, b| a.code < b.code)
        || !outlines.iter().all(|outline| is_of_area(&outline.code))
    {
        Err(Fault::Damaged("its codes"))
    } else {
        Ok(())
    }
}
