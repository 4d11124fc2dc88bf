//! The binary position frame: a header of 16 bytes and 16 bytes for each unit, little endian (docs/protocol.md 3).

use bytes::{BufMut, Bytes, BytesMut};

use crate::clock::Timestamp;
use crate::place::Position;

const VERSION: u8 = 1;
const KIND_POSITIONS: u8 = 1;
const HEADER_BYTES: usize = 16;
const RECORD_BYTES: usize = 16;
const BATTERY_UNKNOWN: u8 = 255;

/// Where a unit is, as screens draw it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    pub position: Position,
    pub heading_deg: Option<u16>,
    pub battery_pct: Option<u8>,
    /// When the device measured it.
    pub at: Timestamp,
}

/// Encodes the marks of units, each with its index, as seen at `now`.
#[must_use]
pub fn encode(now: Timestamp, marks: impl Iterator<Item = (u32, Mark)>) -> Bytes {
    let mut bytes = BytesMut::with_capacity(HEADER_BYTES + 256 * RECORD_BYTES);
    bytes.put_u8(VERSION);
    bytes.put_u8(KIND_POSITIONS);
    bytes.put_u16_le(0);
    bytes.put_u32_le(0);
    bytes.put_i64_le(now.ms());
    let mut count: u32 = 0;
    for (index, mark) in marks {
        put_record(&mut bytes, now, index, &mark);
        count += 1;
    }
    if let Some(slot) = bytes.get_mut(4..8) {
        slot.copy_from_slice(&count.to_le_bytes());
    }
    bytes.freeze()
}

fn put_record(bytes: &mut BytesMut, now: Timestamp, index: u32, mark: &Mark) {
    let (lat_e7, lon_e7) = mark.position.e7();
    let turn = u32::from(mark.heading_deg.unwrap_or(0)) * 256 / 360;
    let age_ds = now.ms_since(mark.at).max(0) / 100;
    bytes.put_u32_le(index);
    bytes.put_i32_le(lon_e7);
    bytes.put_i32_le(lat_e7);
    bytes.put_u8(u8::try_from(turn % 256).unwrap_or(0));
    bytes.put_u8(mark.battery_pct.unwrap_or(BATTERY_UNKNOWN));
    bytes.put_u16_le(u16::try_from(age_ds).unwrap_or(u16::MAX));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_the_bytes_that_the_protocol_says() {
        let now = Timestamp::from_ms(1_763_859_723_456);
        let position = Position::new(-8.25, 113.85).expect("valid");
        let mark =
            Mark { position, heading_deg: Some(180), battery_pct: None, at: now.plus_ms(-1_250) };
        let frame = encode(now, [(17, mark)].into_iter());
        let mut expected = vec![1, 1, 0, 0, 1, 0, 0, 0];
        expected.extend(1_763_859_723_456_i64.to_le_bytes());
        expected.extend(17_u32.to_le_bytes());
        expected.extend(1_138_500_000_i32.to_le_bytes());
        expected.extend((-82_500_000_i32).to_le_bytes());
        expected.extend([128, 255, 12, 0]);
        assert_eq!(frame.as_ref(), expected.as_slice());
    }

    #[test]
    fn an_age_beyond_what_fits_is_the_greatest_one() {
        let now = Timestamp::from_ms(1_763_859_723_456);
        let position = Position::new(-8.25, 113.85).expect("valid");
        let day = 24 * 60 * 60 * 1000;
        for (at, age) in [(now.plus_ms(-day), [255, 255]), (now.plus_ms(5_000), [0, 0])] {
            let mark = Mark { position, heading_deg: Some(359), battery_pct: Some(87), at };
            let frame = encode(now, [(0, mark)].into_iter());
            assert_eq!(frame[28..30], [255, 87]);
            assert_eq!(frame[30..32], age);
        }
    }
}
