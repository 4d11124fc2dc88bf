//! Every decoder against its corpus (tests/corpus) and mutations of it: never a panic, and whatever is understood is
//! within its stated ranges.

mod boundaries;
mod door;
mod maps;
mod pasted;
mod payloads;
mod roads;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A corpus is more than a gesture.
const FILES_MIN: usize = 12;
/// No mutation grows beyond this; the largest packet is 16 KiB and the largest body 64 KiB.
const BYTES_MAX: usize = 70_000;
/// What a number or word may be replaced by.
const WILD: [&[u8]; 21] = [
    b"0",
    b"-0",
    b"-1",
    b"256",
    b"65536",
    b"4294967296",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"18446744073709551616",
    b"1e308",
    b"-1e309",
    b"1e-400",
    b"0.0000000000000000000000000000000001",
    b"NaN",
    b"null",
    b"true",
    b"\"\"",
    b"[]",
    b"{}",
    b"\\ud800",
    b"\xf0\x9f\x9a\x91",
];

/// One input of a corpus.
pub struct Input {
    /// Of the file.
    pub name: String,
    pub bytes: Vec<u8>,
}

impl Input {
    /// What the file's name says must come of it; none when it may be either.
    fn must_be_read(&self) -> Option<bool> {
        let word = self.name.split('-').next().unwrap_or_default();
        match word {
            "read" => Some(true),
            "refused" => Some(false),
            "seen" => None,
            _ => panic!("{}: a name begins with read-, refused- or seen-", self.name),
        }
    }

    /// Holds what has come of it against its name.
    pub fn expect(&self, was_read: bool) {
        if let Some(must) = self.must_be_read() {
            assert_eq!(was_read, must, "whether {} was understood", self.name);
        }
    }
}

/// Every file of a decoder's folder, by name.
pub fn corpus(decoder: &str) -> Vec<Input> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(decoder);
    let files = std::fs::read_dir(&folder).expect("a folder of tests/corpus");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("readable").path()).collect();
    files.sort();
    assert!(files.len() >= FILES_MIN, "{} inputs in {}", files.len(), folder.display());
    let input = |file: &PathBuf| Input {
        name: file.file_name().expect("a name").to_string_lossy().into_owned(),
        bytes: std::fs::read(file).expect("readable"),
    };
    files.iter().map(input).collect()
}

/// Makes inputs out of those of a corpus, the same ones each time.
pub struct Mutator {
    chance: ChaCha8Rng,
    corpus: Vec<Input>,
}

impl Mutator {
    pub fn new(decoder: &str) -> Self {
        let seed =
            decoder.bytes().fold(119, |seed: u64, byte| seed * 31 % 1_000_003 + u64::from(byte));
        Self { chance: ChaCha8Rng::seed_from_u64(seed), corpus: corpus(decoder) }
    }

    /// A whole number below another, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).expect("small");
        usize::try_from(self.chance.next_u64() % end).expect("small")
    }

    fn any(&mut self) -> Vec<u8> {
        let one = self.below(self.corpus.len());
        self.corpus[one].bytes.clone()
    }

    /// An input that somebody, or a bad line, made of a good one.
    pub fn next(&mut self) -> Vec<u8> {
        let mut bytes = self.any();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes);
        }
        bytes.truncate(BYTES_MAX);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let (from, to) = (self.below(bytes.len() + 1), self.below(bytes.len() + 1));
        let (from, to) = (from.min(to), from.max(to));
        match self.below(9) {
            0 | 1 if !bytes.is_empty() => {
                let (at, bit) = (self.below(bytes.len()), self.below(8));
                bytes[at] ^= 1 << bit;
            }
            2 => bytes.truncate(from),
            3 => drop(bytes.drain(from..to.min(from + 40))),
            4 => {
                let again = bytes[from..to].repeat(1 + self.below(3));
                bytes.splice(to..to, again);
            }
            5 => {
                let other = self.any();
                let cut = self.below(other.len() + 1);
                bytes.splice(from..to, other[cut..].iter().copied());
            }
            6 => {
                let wild = WILD[self.below(WILD.len())];
                bytes.splice(from..from, wild.iter().copied());
            }
            _ => self.grow_a_number(bytes),
        }
    }

    /// Puts something wild where the digits of a number were.
    fn grow_a_number(&mut self, bytes: &mut Vec<u8>) {
        let start = self.below(bytes.len() + 1);
        let Some(first) = bytes[start..].iter().position(u8::is_ascii_digit) else { return };
        let first = start + first;
        let digits = bytes[first..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if self.below(4) == 0 {
            let more = vec![b'9'; self.below(400)];
            bytes.splice(first..first, more);
        } else {
            let wild = WILD[self.below(WILD.len())];
            bytes.splice(first..first + digits, wild.iter().copied());
        }
    }
}

/// Gives a decoder every file of its corpus, and so many mutations. `understands` checks the ranges of what it reads
/// and says whether it was read at all.
pub fn on_every_input(decoder: &str, mutations: usize, understands: impl Fn(&[u8]) -> bool) {
    let outcome = |bytes: &[u8]| {
        let read = catch_unwind(AssertUnwindSafe(|| understands(bytes)));
        read.unwrap_or_else(|_| panic!("{decoder}, see above; the input: {}", shown(bytes)))
    };
    for input in corpus(decoder) {
        input.expect(outcome(&input.bytes));
    }
    let mut mutator = Mutator::new(decoder);
    let understood = (0..mutations).filter(|_| outcome(&mutator.next())).count();
    // Otherwise the mutations would test the first check alone.
    assert!(understood * 100 >= mutations, "only {understood} of {mutations} were understood");
}

/// Bytes as they can be written into a Rust program, or with `printf` into a file.
pub fn shown(bytes: &[u8]) -> String {
    format!("b\"{}\"", bytes.escape_ascii())
}
