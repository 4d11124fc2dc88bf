//! The words of a question about a place, by what they are good for.

use super::landmark::{LandmarkKind, kinds_of};
use super::letters;
use super::names::Word;

/// Beyond this many characters or words a question only costs time.
const QUERY_CHARS_MAX: usize = 100;
const QUERY_WORDS_MAX: usize = 8;

/// Words that say where somebody is beside a place, and how many metres that may add.
const BESIDE: [(&[&str], u32); 3] = [
    (&["belakang", "depan", "samping", "sebelah", "seberang", "pojok", "mburi", "ngarep"], 150),
    (&["dekat", "deket", "sekitar", "daerah", "kawasan", "seputaran"], 500),
    (
        &["utara", "selatan", "timur", "barat", "lor", "kidul", "wetan", "kulon", "atas", "bawah"],
        500,
    ),
];

/// Words that frightened people say around a place and that are no part of it.
const AROUND: [&str; 33] = [
    "di", "ke", "dari", "yang", "itu", "ini", "pas", "persis", "situ", "sini", "sana", "tolong",
    "mas", "mbak", "pak", "bu", "saya", "kami", "ada", "rumah", "rumahnya", "lokasi", "posisi",
    "alamat", "negeri", "arah", "menuju", "jurusan", "masuk", "kota", "kampung", "dukuh", "raya",
];

/// What a word before a name says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    District,
    Hamlet,
}

/// A word that a place should have.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub word: Word,
    /// The kinds of landmarks that it means, if it means one.
    pub kinds: &'static [LandmarkKind],
    /// It says where beside a place, unless it is part of the name, and may add so many metres: it is not missed.
    pub beside_m: Option<u32>,
}

impl Wanted {
    fn new(word: Word) -> Self {
        Self { kinds: kinds_of(&word.text), word, beside_m: None }
    }
}

/// The words of a question.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// A place that has them all comes before any that has not.
    pub wanted: Vec<Wanted>,
    /// Names of streets: a road should have them; to others they help, and are not missed.
    pub street: Vec<Word>,
    /// Numbers and words around a name: they help, and are not missed.
    pub extra: Vec<Word>,
    /// A street was asked for.
    pub is_street: bool,
    /// Said before the first name.
    pub level: Option<Level>,
}

impl Question {
    pub fn read(q: &str) -> Self {
        let q: String = q.chars().take(QUERY_CHARS_MAX).collect();
        let mut question = Self::default();
        for piece in q.split([',', ';']) {
            let (mut in_street, mut in_rt) = (false, false);
            for word in letters::words(piece) {
                in_rt = question.take(&word, &mut in_street, in_rt);
            }
        }
        let names_nothing =
            |wanted: &[Wanted]| wanted.iter().all(|wanted| wanted.beside_m.is_some());
        if names_nothing(&question.wanted) {
            let street = std::mem::take(&mut question.street);
            question.wanted.extend(street.into_iter().map(Wanted::new));
        }
        if names_nothing(&question.wanted) {
            let extra = std::mem::take(&mut question.extra);
            question.wanted.iter_mut().for_each(|wanted| wanted.beside_m = None);
            question.wanted.extend(extra.into_iter().map(Wanted::new));
        }
        if question.wanted.is_empty() {
            // Only words like "desa": letters of a name after all, perhaps not typed to its end.
            let words = letters::words(&q);
            question.wanted = words.iter().map(|word| Wanted::new(Word::new(word))).collect();
        }
        question.wanted.truncate(QUERY_WORDS_MAX);
        question.street.truncate(QUERY_WORDS_MAX);
        question.extra.truncate(QUERY_WORDS_MAX);
        question
    }

    /// Takes the next word; answers whether numbers that follow are those of a neighbourhood (RT, RW), which name
    /// nothing that is on a map.
    fn take(&mut self, written: &str, in_street: &mut bool, in_rt: bool) -> bool {
        let is_number = written.starts_with(|c: char| c.is_ascii_digit());
        match written {
            "rt" | "rw" => return true,
            _ if in_rt && is_number => return true,
            "jl" | "jln" | "jalan" | "gang" | "gg" | "lorong" => {
                (*in_street, self.is_street) = (true, true);
            }
            "desa" | "ds" | "kel" | "kelurahan" | "kab" | "kabupaten" => *in_street = false,
            "kec" | "kecamatan" | "distrik" => {
                *in_street = false;
                self.said(Level::District);
            }
            "dusun" | "dsn" | "dukuhan" => {
                *in_street = false;
                self.said(Level::Hamlet);
            }
            "no" | "nomor" | "km" => {}
            _ => self.take_name(Word::new(written), written, is_number, in_street),
        }
        false
    }

    fn take_name(&mut self, word: Word, written: &str, is_number: bool, in_street: &mut bool) {
        let beside = BESIDE.iter().find(|(words, _)| {
            words.iter().any(|known| letters::sound(known) == word.text || *known == written)
        });
        let wanted = Wanted { beside_m: beside.map(|(_, metres)| *metres), ..Wanted::new(word) };
        if is_number || AROUND.contains(&written) {
            self.extra.push(wanted.word);
        } else if *in_street && wanted.beside_m.is_none() && wanted.kinds.is_empty() {
            self.street.push(wanted.word);
        } else {
            *in_street = false;
            self.wanted.push(wanted);
        }
    }

    fn said(&mut self, level: Level) {
        if self.wanted.iter().all(|wanted| wanted.beside_m.is_some()) {
            self.level = Some(level);
        }
    }

    /// Each two neighbours as one word, and all of them.
    pub fn joins(&self) -> Vec<(std::ops::Range<usize>, Word)> {
        let words: Vec<Word> = self.wanted.iter().map(|wanted| wanted.word.clone()).collect();
        let count = words.len();
        let mut joins = Vec::new();
        for (first, two) in words.windows(2).enumerate() {
            joins.push((first..first + 2, Word::joined(two)));
        }
        if count > 2 {
            joins.push((0..count, Word::joined(&words)));
        }
        joins
    }
}
