//! The journal of one device on its disk: appended to, read back after a power cut, made short now and then.
//!
//! A line is its length, a checksum and its content. What a power cut left half written at the end is cut off when
//! the file is opened again; nothing before it is lost. Statuses, orders and reserved numbers are on the disk before
//! anything is sent that follows from them; positions at most `POSITIONS_LATE_MAX_MS` later, which spares the flash of
//! a tracker some thirty thousand writes a day.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::device::journal::Entry;

/// So long a position may stand in the file and not yet on the disk.
pub const POSITIONS_LATE_MAX_MS: i64 = 10_000;
/// A file smaller than this is never made shorter.
const BYTES_KEPT_MIN: u64 = 256 * 1024;
/// Times the file may be as long as when it was last made short.
const GROWTH_MAX: u64 = 2;
/// Bytes of one line; a status with its reason has a few hundred.
const LINE_BYTES_MAX: usize = 4 * 1024;
const HEAD_BYTES: usize = 8;

/// The open file.
#[derive(Debug)]
pub struct Outbox {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_when_short: u64,
    unsynced_since_ms: Option<i64>,
}

impl Outbox {
    /// Opens a device's file, or begins one; answers what stands in it. A torn end is cut off.
    pub fn open(path: &Path) -> io::Result<(Outbox, Vec<Entry>)> {
        // What was being made short when the power went.
        let _ = fs::remove_file(beside(path));
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let content = fs::read(path)?;
        let (entries, good) = read(&content);
        if good < content.len() {
            tracing::warn!(file = %path.display(), lost = content.len() - good, "a torn end was cut off");
            file.set_len(good as u64)?;
            file.sync_all()?;
        }
        file.seek(SeekFrom::End(0))?;
        let bytes = good as u64;
        let outbox = Outbox {
            path: path.to_owned(),
            file,
            bytes,
            bytes_when_short: bytes.max(BYTES_KEPT_MIN),
            unsynced_since_ms: None,
        };
        Ok((outbox, entries))
    }

    /// Writes lines down; when one is urgent, or a position has waited long enough, they are on the disk afterwards.
    pub fn append(&mut self, entries: &[Entry], now_ms: i64) -> io::Result<()> {
        let lines = written(entries)?;
        if !lines.is_empty() {
            self.file.write_all(&lines)?;
            self.bytes += lines.len() as u64;
            self.unsynced_since_ms.get_or_insert(now_ms);
        }
        let late = self.unsynced_since_ms.is_some_and(|since_ms| {
            now_ms.saturating_sub(since_ms) >= POSITIONS_LATE_MAX_MS || now_ms < since_ms
        });
        if late || entries.iter().any(Entry::is_urgent) {
            self.file.sync_data()?;
            self.unsynced_since_ms = None;
        }
        Ok(())
    }

    /// Whether most of the file is of what is done with.
    pub fn is_long(&self) -> bool {
        self.bytes >= self.bytes_when_short.saturating_mul(GROWTH_MAX)
    }

    /// Puts a shorter journal in the place of the file: whole, or not at all.
    pub fn shorten(&mut self, snapshot: &[Entry]) -> io::Result<()> {
        let lines = written(snapshot)?;
        let new = beside(&self.path);
        let mut file = File::create(&new)?;
        file.write_all(&lines)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        if let Some(folder) = self.path.parent() {
            File::open(folder)?.sync_all()?;
        }
        self.file = OpenOptions::new().append(true).open(&self.path)?;
        self.bytes = lines.len() as u64;
        self.bytes_when_short = self.bytes.max(BYTES_KEPT_MIN);
        self.unsynced_since_ms = None;
        Ok(())
    }
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("new")
}

fn written(entries: &[Entry]) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for entry in entries {
        let content = serde_json::to_vec(entry)?;
        let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
        lines.extend(length.to_le_bytes());
        lines.extend(crc32fast::hash(&content).to_le_bytes());
        lines.extend(content);
    }
    Ok(lines)
}

/// The lines up to the first that is not whole, and how many bytes they take.
fn read(content: &[u8]) -> (Vec<Entry>, usize) {
    let (mut entries, mut good) = (Vec::new(), 0);
    while let Some((entry, length)) = line(content.get(good..).unwrap_or_default()) {
        entries.push(entry);
        good += length;
    }
    (entries, good)
}

fn line(rest: &[u8]) -> Option<(Entry, usize)> {
    let number = |from: usize| {
        let bytes: [u8; 4] = rest.get(from..from + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(bytes))
    };
    let length = usize::try_from(number(0)?).ok().filter(|length| *length <= LINE_BYTES_MAX)?;
    let content = rest.get(HEAD_BYTES..HEAD_BYTES + length)?;
    if crc32fast::hash(content) != number(4)? {
        return None;
    }
    Some((serde_json::from_slice(content).ok()?, HEAD_BYTES + length))
}

#[cfg(test)]
mod tests;
