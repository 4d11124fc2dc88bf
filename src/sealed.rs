//! Files of our own that a server takes into use while it runs: written whole or not at all, and checked when read.
//!
//! A kind's mark, its parts, and a checksum over all of it. They are not mapped into memory, where a bad sector would
//! end the program in the middle of a call.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use flate2::Crc;

/// The first bytes of a file: its kind and version.
pub type Mark = [u8; 8];

/// Most numbers of one array: sixteen times a road graph of Java.
const NUMBERS_MAX: u32 = 1 << 30;
/// Numbers read at once.
const PIECE: usize = 64 * 1024;

/// Why a file is not one of ours.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("it is no {0} of this program, or of another version: import it again")]
    Foreign(&'static str),
    #[error("it is damaged ({0}): import it again")]
    Damaged(&'static str),
    #[error("{0}")]
    Unfit(String),
}

/// Writes a file, all or nothing: a reader sees the old one or the new one.
pub fn write(
    path: &Path,
    mark: Mark,
    parts: impl FnOnce(&mut Writer) -> io::Result<()>,
) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    let written = write_to(beside, mark, parts).and_then(|()| std::fs::rename(beside, path));
    if written.is_err() {
        // What is left of it helps nobody; it may not even be there.
        let _ = std::fs::remove_file(beside);
    }
    written
}

fn write_to(
    path: &Path,
    mark: Mark,
    parts: impl FnOnce(&mut Writer) -> io::Result<()>,
) -> io::Result<()> {
    let inner = BufWriter::new(File::create(path)?);
    let mut out = Writer { inner, sum: Crc::new() };
    out.raw(&mark)?;
    parts(&mut out)?;
    let sum = out.sum.sum();
    out.inner.write_all(&sum.to_le_bytes())?;
    let file = out.inner.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()
}

/// Where the parts of a file go; its bytes are summed as they pass.
#[derive(Debug)]
pub struct Writer {
    inner: BufWriter<File>,
    sum: Crc,
}

impl Writer {
    fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.update(bytes);
        self.inner.write_all(bytes)
    }

    /// Bytes, their length before them.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.raw(&length(bytes.len())?.to_le_bytes())?;
        self.raw(bytes)
    }

    /// Numbers, their count before them.
    pub fn numbers(&mut self, count: usize, numbers: impl Iterator<Item = u32>) -> io::Result<()> {
        self.raw(&length(count)?.to_le_bytes())?;
        for number in numbers {
            self.raw(&number.to_le_bytes())?;
        }
        Ok(())
    }
}

fn length(count: usize) -> io::Result<u32> {
    u32::try_from(count).map_err(|_| io::Error::other("more than fits in one file"))
}

/// The parts of a file as they were written.
#[derive(Debug)]
pub struct Reader<R> {
    inner: R,
    sum: Crc,
}

/// Opens a file of this kind.
pub fn open(path: &Path, mark: Mark, kind: &'static str) -> Result<Reader<impl Read>, Fault> {
    Reader::new(BufReader::with_capacity(1 << 20, File::open(path)?), mark, kind)
}

impl<R: Read> Reader<R> {
    /// Begins to read; `kind` is what a file with this mark is called.
    pub fn new(inner: R, mark: Mark, kind: &'static str) -> Result<Self, Fault> {
        let mut reader = Self { inner, sum: Crc::new() };
        let mut said = [0; 8];
        let is_ours = reader.inner.read_exact(&mut said).is_ok() && said == mark;
        reader.sum.update(&said);
        if is_ours { Ok(reader) } else { Err(Fault::Foreign(kind)) }
    }

    fn number(&mut self) -> Result<u32, Fault> {
        let mut bytes = [0; 4];
        self.inner.read_exact(&mut bytes).map_err(|_| Fault::Damaged("it is cut short"))?;
        self.sum.update(&bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    /// Bytes, of which there may be so many.
    pub fn bytes(&mut self, bytes_max: u32) -> Result<Vec<u8>, Fault> {
        let length = self.number()?;
        if length > bytes_max {
            return Err(Fault::Damaged("the length of a part"));
        }
        let mut bytes = Vec::new();
        self.inner.by_ref().take(u64::from(length)).read_to_end(&mut bytes)?;
        self.sum.update(&bytes);
        let whole = u32::try_from(bytes.len()) == Ok(length);
        if whole { Ok(bytes) } else { Err(Fault::Damaged("it is cut short")) }
    }

    /// Numbers.
    pub fn numbers(&mut self) -> Result<Vec<u32>, Fault> {
        let count = self.number()?;
        if count > NUMBERS_MAX {
            return Err(Fault::Damaged("the length of an array"));
        }
        // As it comes in, so that a length that is a lie takes no memory.
        let mut numbers = Vec::new();
        let mut piece = vec![0; PIECE * 4];
        let mut left = usize::try_from(count).unwrap_or(usize::MAX);
        while left > 0 {
            let bytes = &mut piece[..left.min(PIECE) * 4];
            self.inner.read_exact(bytes).map_err(|_| Fault::Damaged("it is cut short"))?;
            self.sum.update(bytes);
            let four = |four: &[u8]| u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
            numbers.extend(bytes.chunks_exact(4).map(four));
            left -= left.min(PIECE);
        }
        Ok(numbers)
    }

    /// The end: the checksum, and nothing after it.
    pub fn end(mut self) -> Result<(), Fault> {
        let sum = self.sum.sum();
        let mut said = [0; 4];
        self.inner.read_exact(&mut said).map_err(|_| Fault::Damaged("it is cut short"))?;
        let is_whole = said == sum.to_le_bytes() && self.inner.read(&mut [0])? == 0;
        if is_whole { Ok(()) } else { Err(Fault::Damaged("its checksum")) }
    }
}
