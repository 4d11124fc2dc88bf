//! A map in one file: PMTiles version 3, with vector tiles (github.com/protomaps/PMTiles, spec/v3).
//!
//! Only what is asked for is read, and never more than a named limit: a damaged file costs a tile and no memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use flate2::read::GzDecoder;

use super::square::Square;

pub const HEADER_BYTES: usize = 127;
/// Largest directory and largest description, inflated.
const DIRECTORY_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Largest tile, as it is stored; usual ones stay below a tenth of it.
const TILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Directories within directories; the format advises two.
const DEPTH_MAX: usize = 4;
/// Layers and letters that are taken from the description.
const LAYERS_MAX: usize = 64;
const TEXT_CHARS_MAX: usize = 300;

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("it is no PMTiles file of version 3")]
    NoArchive,
    #[error("it has no vector tiles: take a file made of vector tiles (MVT)")]
    NotVector,
    #[error("it is packed in a way that is not known: take one packed with gzip, or not at all")]
    Packing,
    #[error("it is damaged ({0}): fetch it again")]
    Damaged(&'static str),
}

/// How bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    None,
    Gzip,
}

/// The beginning of a file: where everything is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub root: Span,
    pub about: Span,
    pub leaves: Span,
    pub tiles: Span,
    /// Of directories and description.
    pub inside: Packing,
    pub of_tiles: Packing,
    pub zoom_min: u8,
    pub zoom_max: u8,
}

/// So many bytes from an offset on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub at: u64,
    pub bytes: u64,
}

impl Header {
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() < HEADER_BYTES || !bytes.starts_with(b"PMTiles\x03") {
            return Err(Fault::NoArchive);
        }
        let word = |at: usize| {
            let mut eight = [0; 8];
            eight.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(eight)
        };
        let span = |at: usize| Span { at: word(at), bytes: word(at + 8) };
        let packing = |code: u8| match code {
            1 => Ok(Packing::None),
            2 => Ok(Packing::Gzip),
            _ => Err(Fault::Packing),
        };
        if bytes[99] != 1 {
            return Err(Fault::NotVector);
        }
        let (zoom_min, zoom_max) = (bytes[100], bytes[101]);
        if zoom_min > zoom_max || zoom_max > 22 {
            return Err(Fault::Damaged("its zooms"));
        }
        Ok(Self {
            root: span(8),
            about: span(24),
            leaves: span(40),
            tiles: span(56),
            inside: packing(bytes[97])?,
            of_tiles: packing(bytes[98])?,
            zoom_min,
            zoom_max,
        })
    }
}

/// A line of a directory: tiles that are the same, or, with a run of 0, another directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub first: u64,
    pub run: u64,
    pub span: Span,
}

/// The lines of a directory; none when it is damaged.
#[must_use]
pub fn directory(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    let count = usize::try_from(take(&mut bytes)?).ok()?;
    // Four numbers of a byte at least for each line.
    if count > bytes.len() / 4 {
        return None;
    }
    let span = Span { at: 0, bytes: 0 };
    let mut entries = vec![Entry { first: 0, run: 0, span }; count];
    let mut first = 0_u64;
    for entry in &mut entries {
        first = first.checked_add(take(&mut bytes)?)?;
        entry.first = first;
    }
    for entry in &mut entries {
        entry.run = take(&mut bytes)?;
    }
    for entry in &mut entries {
        entry.span.bytes = take(&mut bytes)?;
    }
    let mut end = 0_u64;
    for entry in &mut entries {
        entry.span.at = match take(&mut bytes)? {
            // Right behind the one before.
            0 => end,
            at => at - 1,
        };
        end = entry.span.at.checked_add(entry.span.bytes)?;
    }
    bytes.is_empty().then_some(entries)
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for place in 0..10 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let low = u64::from(byte & 0x7f);
        if place == 9 && low > 1 {
            return None;
        }
        number |= low << (7 * place);
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// The line that covers a tile.
fn line_of(entries: &[Entry], tile: u64) -> Option<Entry> {
    let after = entries.partition_point(|entry| entry.first <= tile);
    let entry = *entries.get(after.checked_sub(1)?)?;
    (entry.run == 0 || tile - entry.first < entry.run).then_some(entry)
}

/// The number of a square: zoom after zoom, within each along Hilbert's curve.
#[must_use]
pub fn tile_number(square: Square) -> u64 {
    let (mut x, mut y) = (u64::from(square.x()), u64::from(square.y()));
    let mut number = ((1_u64 << (2 * square.zoom())) - 1) / 3;
    for level in (0..square.zoom()).rev() {
        let half = 1_u64 << level;
        let (right, down) = (x & half != 0, y & half != 0);
        let quarter = match (right, down) {
            (false, false) => 0,
            (false, true) => 1,
            (true, true) => 2,
            (true, false) => 3,
        };
        number += half * half * quarter;
        (x, y) = (x & (half - 1), y & (half - 1));
        if !down {
            if right {
                (x, y) = (half - 1 - x, half - 1 - y);
            }
            (x, y) = (y, x);
        }
    }
    number
}

/// A file in use.
#[derive(Debug)]
pub struct Archive {
    file: Mutex<File>,
    header: Header,
    root: Vec<Entry>,
    /// The names of its layers.
    pub layers: Vec<String>,
    /// Whom its data is owed to, as plain text.
    pub attribution: String,
}

impl Archive {
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let mut file = File::open(path)?;
        let mut head = Vec::new();
        file.by_ref().take(u64::try_from(HEADER_BYTES).unwrap_or(0)).read_to_end(&mut head)?;
        let header = Header::read(&head)?;
        let mut archive = Self {
            file: Mutex::new(file),
            header,
            root: Vec::new(),
            layers: Vec::new(),
            attribution: String::new(),
        };
        archive.root = archive.directory_at(header.root)?;
        let about = archive.inflated(header.about)?;
        let about: serde_json::Value =
            serde_json::from_slice(&about).map_err(|_| Fault::Damaged("its description"))?;
        let layers = about["vector_layers"].as_array().map(Vec::as_slice).unwrap_or_default();
        let names = layers.iter().filter_map(|layer| layer["id"].as_str()).map(plain);
        archive.layers = names.take(LAYERS_MAX).collect();
        archive.attribution = plain(about["attribution"].as_str().unwrap_or_default());
        Ok(archive)
    }

    #[must_use]
    pub const fn zooms(&self) -> (u8, u8) {
        (self.header.zoom_min, self.header.zoom_max)
    }

    /// How its tiles are packed.
    #[must_use]
    pub const fn packing(&self) -> Packing {
        self.header.of_tiles
    }

    /// A tile as it is stored; none where it has none.
    pub fn tile(&self, square: Square) -> Result<Option<Vec<u8>>, Fault> {
        let number = tile_number(square);
        let mut line = line_of(&self.root, number);
        for _ in 0..DEPTH_MAX {
            match line {
                None => return Ok(None),
                Some(Entry { run: 0, span, .. }) => {
                    let leaf = within(self.header.leaves, span)?;
                    line = line_of(&self.directory_at(leaf)?, number);
                }
                Some(Entry { span, .. }) => {
                    return self.bytes(within(self.header.tiles, span)?, TILE_BYTES_MAX).map(Some);
                }
            }
        }
        Err(Fault::Damaged("its directories"))
    }

    fn directory_at(&self, span: Span) -> Result<Vec<Entry>, Fault> {
        directory(&self.inflated(span)?).ok_or(Fault::Damaged("a directory"))
    }

    fn inflated(&self, span: Span) -> Result<Vec<u8>, Fault> {
        let bytes = self.bytes(span, DIRECTORY_BYTES_MAX)?;
        match self.header.inside {
            Packing::None => Ok(bytes),
            Packing::Gzip => {
                unpacked(&bytes, DIRECTORY_BYTES_MAX).ok_or(Fault::Damaged("a packed part"))
            }
        }
    }

    fn bytes(&self, span: Span, most: u64) -> Result<Vec<u8>, Fault> {
        if span.bytes > most {
            return Err(Fault::Damaged("the length of a part"));
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(span.at))?;
        let mut bytes = Vec::new();
        let read = file.by_ref().take(span.bytes).read_to_end(&mut bytes)?;
        let whole = u64::try_from(read).is_ok_and(|read| read == span.bytes);
        if whole { Ok(bytes) } else { Err(Fault::Damaged("it is cut short")) }
    }
}

/// A span within another one.
fn within(outer: Span, inner: Span) -> Result<Span, Fault> {
    let end = inner.at.checked_add(inner.bytes);
    let fits = end.is_some_and(|end| end <= outer.bytes);
    let at = outer.at.checked_add(inner.at).filter(|_| fits);
    at.map(|at| Span { at, bytes: inner.bytes }).ok_or(Fault::Damaged("where a part is"))
}

/// What gzip packed, up to so many bytes; none when it is damaged or more.
#[must_use]
pub fn unpacked(bytes: &[u8], most: u64) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    GzDecoder::new(bytes).take(most + 1).read_to_end(&mut whole).ok()?;
    u64::try_from(whole.len()).is_ok_and(|length| length <= most).then_some(whole)
}

/// Text without anything that a page could take for its own.
fn plain(text: &str) -> String {
    let mut within = false;
    let mut kept = String::new();
    for letter in text.chars() {
        match letter {
            '<' => within = true,
            '>' => within = false,
            '&' | '"' | '\'' => {}
            _ if within || letter.is_control() => {}
            _ => kept.push(letter),
        }
    }
    kept.trim().chars().take(TEXT_CHARS_MAX).collect()
}
