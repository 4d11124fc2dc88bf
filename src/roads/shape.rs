//! The shape of a road: its points as few bytes, its length, and the cells of the grid that it passes (pure).

use crate::place::Position;

/// A shape is kept to a hundred thousandth of a degree, about a metre.
const STEP_E7: i32 = 100;
/// Side of a cell of the grid: 0.004°, about 440 m; smaller, and their numbers would not fit into 32 bits.
pub const CELL_E7: i64 = 40_000;
/// Cells from west to east around the earth.
const CELLS_ACROSS: i64 = 360 * 10_000_000 / CELL_E7;
/// Points of one shape; more are damage.
const POINTS_MAX: usize = 100_000;

/// Appends points, latitude first, in ten millionths of a degree.
pub fn encode(points: &[(i32, i32)], out: &mut Vec<u8>) {
    let mut before = (0, 0);
    for (lat, lon) in points {
        let here = (round(*lat), round(*lon));
        put(out, here.0 - before.0);
        put(out, here.1 - before.1);
        before = here;
    }
}

/// The points again; what is damaged ends them.
pub fn points(mut bytes: &[u8]) -> impl Iterator<Item = (i32, i32)> {
    let mut here = (0_i32, 0_i32);
    let next = move || {
        let (lat, lon) = (take(&mut bytes)?, take(&mut bytes)?);
        here = (here.0.wrapping_add(lat), here.1.wrapping_add(lon));
        Some((here.0.saturating_mul(STEP_E7), here.1.saturating_mul(STEP_E7)))
    };
    std::iter::from_fn(next).take(POINTS_MAX)
}

fn round(e7: i32) -> i32 {
    let half = if e7 < 0 { -STEP_E7 / 2 } else { STEP_E7 / 2 };
    e7.saturating_add(half) / STEP_E7
}

/// Seven bits in each byte, the lowest first; small numbers of either sign are short.
fn put(out: &mut Vec<u8>, change: i32) {
    put_number(out, (change << 1 ^ change >> 31).cast_unsigned());
}

/// A number in as many bytes as it needs.
pub fn put_number(out: &mut Vec<u8>, mut left: u32) {
    while left >= 0x80 {
        let [low, ..] = left.to_le_bytes();
        out.push(low | 0x80);
        left >>= 7;
    }
    let [low, ..] = left.to_le_bytes();
    out.push(low);
}

fn take(bytes: &mut &[u8]) -> Option<i32> {
    let number = take_number(bytes)?;
    Some((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
}

/// The next number, taken from the front; none when it has no end.
pub fn take_number(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0_u32;
    for place in 0..5 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(byte & 0x7f).checked_shl(7 * place)?;
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// The length over the ground.
#[must_use]
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded and within the earth"
)]
pub fn decimetres(points: &[(i32, i32)]) -> u32 {
    let place = |(lat, lon): (i32, i32)| Position::from_e7(lat, lon).ok();
    let metres: f64 =
        points.windows(2).filter_map(|two| Some(place(two[0])?.metres_to(place(two[1])?))).sum();
    (metres * 10.0).round() as u32
}

/// The cell of a place: rows from the south pole, each from west to east.
#[must_use]
pub fn cell(lat: i64, lon: i64) -> u32 {
    let row = (lat + 900_000_000).div_euclid(CELL_E7);
    let column = (lon + 1_800_000_000).div_euclid(CELL_E7).rem_euclid(CELLS_ACROSS);
    u32::try_from(row * CELLS_ACROSS + column).unwrap_or(u32::MAX)
}

/// The cells of the ring at so many cells' distance around a place, each with its distance from the place to the north
/// and to the east, in ten millionths of a degree.
pub fn ring(lat: i32, lon: i32, reach: i64) -> impl Iterator<Item = (u32, i64, i64)> {
    let (lat, lon) = (i64::from(lat), i64::from(lon));
    let apart = |place: i64, cells: i64| {
        let within = place.rem_euclid(CELL_E7);
        match cells {
            0 => 0,
            1.. => cells * CELL_E7 - within,
            _ => within - (cells + 1) * CELL_E7,
        }
    };
    (-reach..=reach).flat_map(move |up| {
        let edge = up.abs() == reach;
        let step = if edge { 1 } else { usize::try_from(2 * reach).unwrap_or(1).max(1) };
        (-reach..=reach).step_by(step).map(move |right| {
            let cell = cell(lat + up * CELL_E7, lon + right * CELL_E7);
            (cell, apart(lat, up), apart(lon, right))
        })
    })
}

/// Every cell that a shape passes, once.
#[must_use]
pub fn cells(points: &[(i32, i32)]) -> Vec<u32> {
    let mut cells: Vec<u32> = Vec::new();
    for two in points.windows(2) {
        let [(lat, lon), (to_lat, to_lon)] =
            [two[0], two[1]].map(|(lat, lon)| (i64::from(lat), i64::from(lon)));
        let (down, across) = (to_lat - lat, to_lon - lon);
        // Points along the line, so close that none of its cells is missed by more than a corner.
        let steps = (down.abs().max(across.abs()) / (CELL_E7 / 4)).clamp(0, 100_000) + 1;
        for step in 0..=steps {
            cells.push(cell(lat + down * step / steps, lon + across * step / steps));
        }
    }
    cells.sort_unstable();
    cells.dedup();
    cells
}

/// Where a place comes on a line that winds through everything, so that what is near on it is near on the ground: the
/// bits of both coordinates in turn.
#[must_use]
pub fn along_a_line((lat, lon): (i32, i32)) -> u64 {
    let spread = |coordinate: i32| {
        let mut bits = u64::from(coordinate.cast_unsigned() ^ 1 << 31);
        for (by, mask) in [
            (16, 0x0000_ffff_0000_ffff),
            (8, 0x00ff_00ff_00ff_00ff),
            (4, 0x0f0f_0f0f_0f0f_0f0f),
            (2, 0x3333_3333_3333_3333),
            (1, 0x5555_5555_5555_5555),
        ] {
            bits = (bits | bits << by) & mask;
        }
        bits
    };
    spread(lat) << 1 | spread(lon)
}

/// A latitude in each row of cells that a rectangle touches.
pub fn rows(south: i64, north: i64) -> impl Iterator<Item = i64> {
    let row = |lat: i64| (lat + 900_000_000).div_euclid(CELL_E7);
    (row(south)..=row(north)).map(|row| row * CELL_E7 - 900_000_000)
}
