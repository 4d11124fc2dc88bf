//! Many positions as a few bytes (pure): a batch of all units as they come in, and a block of one unit, the form in
//! which recorded tracks are kept for long.
//!
//! Both are a version, a checksum and columns: in each column what differs from the position before, as whole
//! numbers of as many bytes as they need. A block's columns are deflated; a batch has one more, the units, and lives
//! for minutes.

use std::io::{self, Read, Write};

use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::rows::FixNumbers;

/// Most positions in one block.
pub const BLOCK_FIXES_MAX: usize = 1_000;
/// As positions are written now: with their devices and with what these said of the time.
const VERSION: u8 = 3;
const BATCH_VERSION: u8 = 4;
/// As they were written before, without both.
const PLAIN_VERSION: u8 = 1;
const PLAIN_BATCH_VERSION: u8 = 2;
/// Most positions in one batch.
pub const BATCH_FIXES_MAX: usize = 100_000;
/// Version and checksum.
const HEAD_BYTES: usize = 5;
/// Most bytes of one number.
const NUMBER_BYTES_MAX: usize = 10;
const COLUMNS: usize = 11;
/// Most bytes of the columns; what claims to be longer is damaged.
const COLUMNS_BYTES_MAX: usize = NUMBER_BYTES_MAX * (1 + COLUMNS * BLOCK_FIXES_MAX);

/// Why bytes are not a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("it is cut short")]
    Short,
    #[error("it is of version {0}, which this program does not know")]
    Version(u8),
    #[error("its bytes cannot be inflated")]
    Inflate,
    #[error("its checksum is another")]
    Checksum,
    #[error("it says that it holds {0} positions")]
    Count(u64),
    #[error("a number in it is out of range")]
    Range,
    #[error("it is longer than its positions")]
    Long,
}

/// Positions of one unit, in their order, as a block. The unit itself is not in it.
///
/// At most `BLOCK_FIXES_MAX`; more are a fault of the caller.
pub fn encode(fixes: &[FixNumbers]) -> Result<Vec<u8>, io::Error> {
    assert!(fixes.len() <= BLOCK_FIXES_MAX, "{} positions in one block", fixes.len());
    let mut columns = Vec::new();
    put(&mut columns, u64::try_from(fixes.len()).unwrap_or(u64::MAX));
    put_columns(&mut columns, fixes);
    let mut block = vec![VERSION];
    block.extend(checksum(&columns));
    let mut deflated = DeflateEncoder::new(block, Compression::default());
    deflated.write_all(&columns)?;
    deflated.finish()
}

/// Positions of any units, in their order, as a batch.
///
/// At most `BATCH_FIXES_MAX`; more are a fault of the caller.
pub fn encode_batch(fixes: &[FixNumbers]) -> Vec<u8> {
    assert!(fixes.len() <= BATCH_FIXES_MAX, "{} positions in one batch", fixes.len());
    let mut columns = Vec::with_capacity(HEAD_BYTES + 24 * fixes.len());
    put(&mut columns, u64::try_from(fixes.len()).unwrap_or(u64::MAX));
    put_changes(&mut columns, fixes, |fix| i64::from(fix.unit));
    put_columns(&mut columns, fixes);
    let mut batch = vec![BATCH_VERSION];
    batch.extend(checksum(&columns));
    batch.extend(columns);
    batch
}

fn put_columns(columns: &mut Vec<u8>, fixes: &[FixNumbers]) {
    // Most devices report at an even pace, so it is the change of the pace that is told.
    let mut before = 0_i64;
    put_changes(columns, fixes, |fix| {
        let pace = fix.device_at.wrapping_sub(before);
        before = fix.device_at;
        pace
    });
    put_changes(columns, fixes, |fix| fix.received_at.wrapping_sub(fix.device_at));
    put_changes(columns, fixes, |fix| i64::from(fix.lat));
    put_changes(columns, fixes, |fix| i64::from(fix.lon));
    put_options(columns, fixes, |fix| fix.speed);
    put_options(columns, fixes, |fix| fix.heading);
    put_options(columns, fixes, |fix| fix.accuracy);
    put_options(columns, fixes, |fix| fix.battery);
    put_changes(columns, fixes, |fix| i64::from(fix.class));
    // Devices are mostly enrolled in the order of their units.
    put_changes(columns, fixes, |fix| i64::from(fix.device) - i64::from(fix.unit));
    put_changes(columns, fixes, |fix| fix.said_at.wrapping_sub(fix.device_at));
}

/// The positions of a block, in the order in which they were put into it.
pub fn decode(unit: i32, block: &[u8]) -> Result<Vec<FixNumbers>, Damage> {
    let (&version, rest) = block.split_first().ok_or(Damage::Short)?;
    let named = is_named(version, VERSION, PLAIN_VERSION)?;
    let (sum, deflated) = rest.split_at_checked(HEAD_BYTES - 1).ok_or(Damage::Short)?;
    let most = u64::try_from(COLUMNS_BYTES_MAX).unwrap_or(u64::MAX);
    let mut columns = Vec::new();
    let inflated = DeflateDecoder::new(deflated).take(most).read_to_end(&mut columns);
    inflated.map_err(|_| Damage::Inflate)?;
    if checksum(&columns) != sum {
        return Err(Damage::Checksum);
    }
    let mut columns = Columns(&columns);
    let said = columns.number()?;
    let count = usize::try_from(said).ok().filter(|count| *count <= BLOCK_FIXES_MAX);
    let count = count.ok_or(Damage::Count(said))?;
    columns.fixes(count, named, |_| Ok(unit))
}

/// The positions of a batch, in the order in which they were put into it; only those of one unit when it is given.
pub fn decode_batch(batch: &[u8], only: Option<i32>) -> Result<Vec<FixNumbers>, Damage> {
    let (&version, rest) = batch.split_first().ok_or(Damage::Short)?;
    let named = is_named(version, BATCH_VERSION, PLAIN_BATCH_VERSION)?;
    let (sum, columns) = rest.split_at_checked(HEAD_BYTES - 1).ok_or(Damage::Short)?;
    if checksum(columns) != sum {
        return Err(Damage::Checksum);
    }
    let mut columns = Columns(columns);
    let said = columns.number()?;
    let count = usize::try_from(said).ok().filter(|count| *count <= BATCH_FIXES_MAX);
    let units = columns.changes(count.ok_or(Damage::Count(said))?)?;
    if only.is_some_and(|only| !units.contains(&i64::from(only))) {
        return Ok(Vec::new());
    }
    let mut fixes = columns.fixes(units.len(), named, |n| small(units[n]))?;
    if let Some(only) = only {
        fixes.retain(|fix| fix.unit == only);
    }
    Ok(fixes)
}

/// Whether the positions come with their devices.
const fn is_named(version: u8, named: u8, plain: u8) -> Result<bool, Damage> {
    match version {
        _ if version == named => Ok(true),
        _ if version == plain => Ok(false),
        _ => Err(Damage::Version(version)),
    }
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let mut sum = Crc::new();
    sum.update(bytes);
    sum.sum().to_le_bytes()
}

fn small(value: i64) -> Result<i32, Damage> {
    i32::try_from(value).map_err(|_| Damage::Range)
}

/// Seven bits in each byte, the lowest first; all but the last have the highest bit set.
fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        let [low, ..] = number.to_le_bytes();
        out.push(low | 0x80);
        number >>= 7;
    }
    let [low, ..] = number.to_le_bytes();
    out.push(low);
}

/// Small numbers of either sign as small ones without: 0, -1, 1, -2, …
const fn unsigned(change: i64) -> u64 {
    (change.cast_unsigned() << 1) ^ (change >> 63).cast_unsigned()
}

const fn signed(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

fn put_changes(out: &mut Vec<u8>, fixes: &[FixNumbers], mut value: impl FnMut(&FixNumbers) -> i64) {
    let mut before = 0_i64;
    for fix in fixes {
        let value = value(fix);
        put(out, unsigned(value.wrapping_sub(before)));
        before = value;
    }
}

/// 0 is nothing; everything else is one more than the change since the last value.
fn put_options(
    out: &mut Vec<u8>,
    fixes: &[FixNumbers],
    value: impl Fn(&FixNumbers) -> Option<i32>,
) {
    let mut before = 0_i64;
    for fix in fixes {
        let value = value(fix).map(i64::from);
        put(out, value.map_or(0, |value| unsigned(value - before) + 1));
        before = value.unwrap_or(before);
    }
}

/// What is left to read of the columns.
struct Columns<'a>(&'a [u8]);

impl Columns<'_> {
    fn number(&mut self) -> Result<u64, Damage> {
        let mut number = 0_u64;
        for place in 0..NUMBER_BYTES_MAX {
            let (&byte, rest) = self.0.split_first().ok_or(Damage::Short)?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7f);
            let shift = 7 * u32::try_from(place).unwrap_or(u32::MAX);
            if shift == 63 && bits > 1 {
                return Err(Damage::Range);
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damage::Range)
    }

    fn changes(&mut self, count: usize) -> Result<Vec<i64>, Damage> {
        let mut before = 0_i64;
        let mut value = || {
            before = before.wrapping_add(signed(self.number()?));
            Ok(before)
        };
        (0..count).map(|_| value()).collect()
    }

    fn options(&mut self, count: usize) -> Result<Vec<Option<i32>>, Damage> {
        let mut before = 0_i64;
        let mut value = || {
            let Some(change) = self.number()?.checked_sub(1) else { return Ok(None) };
            before = before.wrapping_add(signed(change));
            small(before).map(Some)
        };
        (0..count).map(|_| value()).collect()
    }

    /// All columns but that of the units, to the end; without names the last two are not there.
    fn fixes(
        &mut self,
        count: usize,
        named: bool,
        unit: impl Fn(usize) -> Result<i32, Damage>,
    ) -> Result<Vec<FixNumbers>, Damage> {
        let mut device_at = self.changes(count)?;
        let mut before = 0_i64;
        for at in &mut device_at {
            *at = at.wrapping_add(before);
            before = *at;
        }
        let delay = self.changes(count)?;
        let (lat, lon) = (self.changes(count)?, self.changes(count)?);
        let (speed, heading) = (self.options(count)?, self.options(count)?);
        let (accuracy, battery) = (self.options(count)?, self.options(count)?);
        let class = self.changes(count)?;
        let mut more = || if named { self.changes(count) } else { Ok(Vec::new()) };
        let (device, said) = (more()?, more()?);
        if !self.0.is_empty() {
            return Err(Damage::Long);
        }
        let fix = |n: usize| {
            let unit = unit(n)?;
            let device = device.get(n).map(|beside| small(beside.wrapping_add(i64::from(unit))));
            let said = said.get(n).copied().unwrap_or_default();
            Ok(FixNumbers {
                unit,
                device: device.transpose()?.unwrap_or_default(),
                device_at: device_at[n],
                said_at: said.wrapping_add(device_at[n]),
                received_at: delay[n].wrapping_add(device_at[n]),
                lat: small(lat[n])?,
                lon: small(lon[n])?,
                speed: speed[n],
                heading: heading[n],
                accuracy: accuracy[n],
                battery: battery[n],
                class: small(class[n])?,
            })
        };
        (0..count).map(fix).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_fix() -> impl Strategy<Value = FixNumbers> {
        let option = || proptest::option::of(any::<i32>());
        let times = prop_oneof![any::<(i64, i64, i64)>(), (0..9_i64, 0..9_i64, 0..9_i64)];
        let rest = (option(), option(), option(), option(), any::<i32>(), any::<i32>());
        (times, any::<i32>(), any::<i32>(), rest).prop_map(|(times, lat, lon, rest)| FixNumbers {
            unit: 7,
            device: rest.5,
            device_at: times.0,
            said_at: times.2,
            received_at: times.1,
            lat,
            lon,
            speed: rest.0,
            heading: rest.1,
            accuracy: rest.2,
            battery: rest.3,
            class: rest.4,
        })
    }

    fn drive(count: i32) -> Vec<FixNumbers> {
        let fix = |n: i32| FixNumbers {
            unit: 7,
            device: 9,
            device_at: 1_795_395_600_000 + 1_000 * i64::from(n),
            said_at: 1_795_395_600_000 + 1_000 * i64::from(n),
            received_at: 1_795_395_600_300 + 1_003 * i64::from(n),
            lat: -82_000_000 + 900 * n,
            lon: 1_137_000_000 - 300 * n,
            speed: (n % 5 != 0).then_some(400 + n % 7),
            heading: Some(n % 360),
            accuracy: Some(85),
            battery: Some(90 - n / 100),
            class: 0,
        };
        (0..count).map(fix).collect()
    }

    proptest! {
        #[test]
        fn any_positions_come_out_as_they_went_in(
            fixes in proptest::collection::vec(any_fix(), 0..40),
        ) {
            let block = encode(&fixes).expect("a block");
            prop_assert_eq!(decode(7, &block), Ok(fixes));
        }

        #[test]
        fn any_batch_comes_out_as_it_went_in_whole_or_of_one_unit(
            fixes in proptest::collection::vec((any_fix(), 0..4_i32), 0..40),
        ) {
            let of = |(fix, unit): &(FixNumbers, i32)| FixNumbers { unit: *unit, ..fix.clone() };
            let fixes: Vec<FixNumbers> = fixes.iter().map(of).collect();
            let batch = encode_batch(&fixes);
            prop_assert_eq!(decode_batch(&batch, None), Ok(fixes.clone()));
            let one: Vec<FixNumbers> = fixes.into_iter().filter(|fix| fix.unit == 2).collect();
            prop_assert_eq!(decode_batch(&batch, Some(2)), Ok(one));
        }

        #[test]
        fn any_bytes_are_refused_or_read_and_never_a_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            honest_sum in any::<bool>(),
        ) {
            let mut block = vec![VERSION];
            let mut deflated = DeflateEncoder::new(Vec::new(), Compression::fast());
            if honest_sum {
                block.extend(checksum(&bytes));
                deflated.write_all(&bytes).expect("deflated");
                block.extend(deflated.finish().expect("deflated"));
            } else {
                block.extend(&bytes);
            }
            let _ = decode(7, &block);
            let _ = decode(7, &bytes);
            let mut batch = vec![BATCH_VERSION];
            batch.extend(checksum(&bytes));
            batch.extend(&bytes);
            let _ = decode_batch(&batch, None);
            let _ = decode_batch(&bytes, Some(7));
        }
    }

    /// A block of columns that may be anything.
    fn block_of(version: u8, columns: &[u8]) -> Vec<u8> {
        let mut block = vec![version];
        block.extend(checksum(columns));
        let mut deflated = DeflateEncoder::new(block, Compression::fast());
        deflated.write_all(columns).expect("deflated");
        deflated.finish().expect("deflated")
    }

    #[test]
    fn positions_that_were_stored_before_devices_had_numbers_are_read_as_of_none() {
        let columns = include_bytes!("../../tests/corpus/track-block/read-drive");
        let mut fixes = decode(7, &block_of(PLAIN_VERSION, columns)).expect("read");
        let columns = include_bytes!("../../tests/corpus/track-batch/read-drive");
        let batch = [&[PLAIN_BATCH_VERSION], &checksum(columns)[..], columns].concat();
        fixes.extend(decode_batch(&batch, None).expect("read"));
        assert!(fixes.len() > 10);
        assert!(fixes.iter().all(|fix| fix.device == 0 && fix.said_at == fix.device_at));
    }

    #[test]
    fn a_full_block_of_a_steady_drive_takes_few_bytes() {
        let fixes = drive(1_000);
        let block = encode(&fixes).expect("a block");
        assert!(block.len() < 1_000, "{} bytes", block.len());
        assert_eq!(decode(7, &block), Ok(fixes));
    }

    #[test]
    fn a_block_that_is_cut_short_anywhere_is_refused_or_says_the_same() {
        let fixes = drive(50);
        let block = encode(&fixes).expect("a block");
        for length in 0..block.len() {
            // The last bits may only say that nothing follows.
            match decode(7, &block[..length]) {
                Ok(read) => assert_eq!((read, length + 1), (fixes.clone(), block.len())),
                Err(damage) => assert!(!damage.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn a_block_with_any_bit_turned_is_refused_or_says_the_same() {
        let fixes = drive(50);
        let block = encode(&fixes).expect("a block");
        for bit in 0..block.len() * 8 {
            let mut damaged = block.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            // A bit behind the last one that means something may be turned without harm.
            if let Ok(read) = decode(7, &damaged) {
                assert_eq!(read, fixes, "bit {bit}");
            }
        }
    }

    #[test]
    fn a_batch_that_is_cut_short_or_has_any_bit_turned_is_refused() {
        let batch = encode_batch(&drive(50));
        assert!(batch.len() < 50 * 20, "{} bytes", batch.len());
        for length in 0..batch.len() {
            assert!(decode_batch(&batch[..length], None).is_err(), "{length} bytes");
        }
        for bit in 0..batch.len() * 8 {
            let mut damaged = batch.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(decode_batch(&damaged, None).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn what_cannot_be_a_block_is_refused_with_its_reason() {
        let of = |columns: &[u8]| decode(7, &block_of(VERSION, columns));
        assert_eq!(decode(7, &[]), Err(Damage::Short));
        assert_eq!(decode(7, &[VERSION, 0, 0, 0]), Err(Damage::Short));
        assert_eq!(decode(7, &[2, 0, 0, 0, 0, 0]), Err(Damage::Version(2)));
        assert_eq!(of(&[]), Err(Damage::Short));
        assert_eq!(of(&[0]), Ok(Vec::new()));
        assert_eq!(of(&[0, 0]), Err(Damage::Long));
        assert_eq!(of(&[0xe9, 0x07]), Err(Damage::Count(1_001)));
        assert_eq!(of(&[1, 0, 0, 0]), Err(Damage::Short));
        assert_eq!(of(&[0xff; 11]), Err(Damage::Range));
        // A latitude that is no 32 bits wide.
        let mut wide = vec![1, 0, 0];
        put(&mut wide, unsigned(i64::from(i32::MAX) + 1));
        wide.extend([0; 8]);
        assert_eq!(of(&wide), Err(Damage::Range));
    }

    #[test]
    fn a_block_that_inflates_without_end_is_refused() {
        let mut deflated = DeflateEncoder::new(vec![VERSION, 0, 0, 0, 0], Compression::fast());
        deflated.write_all(&vec![0; 50_000_000]).expect("deflated");
        let bomb = deflated.finish().expect("deflated");
        assert_eq!(decode(7, &bomb), Err(Damage::Checksum));
    }
}
