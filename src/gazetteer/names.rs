//! All words of many names, each once, and how a typed word agrees with them.

use std::collections::BTreeMap;

use super::letters;

/// From so many letters on one typing error is forgiven, and two.
pub const ONE_EDIT_LETTERS: usize = 4;
const TWO_EDITS_LETTERS: usize = 8;
/// From so many letters on a word may match in the middle of another.
const INSIDE_LETTERS: usize = 3;
/// Words of one name; what comes after is no name any more.
const NAME_WORDS_MAX: usize = 8;

/// Short forms of words in names and questions, and the word that they stand for.
const SHORT: [(&str, &str); 31] = [
    ("mesjid", "masjid"),
    ("msjd", "masjid"),
    ("ps", "pasar"),
    ("psr", "pasar"),
    ("pkm", "puskesmas"),
    ("jmb", "jembatan"),
    ("jbt", "jembatan"),
    ("krg", "karang"),
    ("sbr", "sumber"),
    ("tj", "tanjung"),
    ("tg", "tanjung"),
    ("gn", "gunung"),
    ("gng", "gunung"),
    ("kp", "kampung"),
    ("kmp", "kampung"),
    ("pom", "spbu"),
    ("ponpes", "pesantren"),
    ("pontren", "pesantren"),
    ("pp", "pesantren"),
    ("sdn", "sd"),
    ("smpn", "smp"),
    ("sltp", "smp"),
    ("sman", "sma"),
    ("smun", "sma"),
    ("smu", "sma"),
    ("smkn", "smk"),
    ("stm", "smk"),
    ("mtsn", "mts"),
    ("blk", "belakang"),
    ("dpn", "depan"),
    ("dkt", "dekat"),
];

/// A word as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    letters: u64,
}

impl Word {
    /// Of a word as it was written.
    pub fn new(written: &str) -> Self {
        let long = SHORT.iter().find(|(short, _)| *short == written).map(|(_, long)| *long);
        Self::heard(letters::sound(long.unwrap_or(written)))
    }

    fn heard(text: String) -> Self {
        Self { letters: letters::letters(&text), text }
    }

    /// Several as one: `tanggul kulon` is written `Tanggulkulon` as often.
    pub fn joined(words: &[Word]) -> Self {
        Self::heard(words.iter().map(|word| word.text.as_str()).collect())
    }

    fn edits(&self, typed: &Word, max: usize) -> Option<usize> {
        // Each letter that the name does not have at all costs an edit of its own.
        let foreign = usize::try_from((typed.letters & !self.letters).count_ones()).ok()?;
        if max == 0 || foreign > max {
            return None;
        }
        letters::edits_to_start(&typed.text, &self.text, max)
    }

    fn fit(&self, typed: &Word) -> Option<Fit> {
        let text = typed.text.as_str();
        if typed.letters & !self.letters == 0 {
            if self.text == text {
                return Some(Fit::Whole);
            }
            if self.text.starts_with(text) {
                return Some(Fit::Start);
            }
            if text.len() >= INSIDE_LETTERS && self.text.contains(text) {
                return Some(Fit::Inside);
            }
        }
        match self.edits(typed, edits_max(text))? {
            0 | 1 => Some(Fit::OneEdit),
            _ => Some(Fit::TwoEdits),
        }
    }
}

fn edits_max(text: &str) -> usize {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    usize::from(text.len() >= ONE_EDIT_LETTERS) + usize::from(text.len() >= TWO_EDITS_LETTERS)
}

/// How a typed word agrees with another, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    Whole,
    Start,
    Inside,
    OneEdit,
    TwoEdits,
}

/// How a typed word agrees with a name, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameFit {
    Whole,
    WholeWord,
    Start,
    WordStart,
    Inside,
    OneEdit,
    TwoEdits,
}

/// A name as numbers of words.
#[derive(Clone, Debug, Default)]
pub struct Name {
    words: Vec<u32>,
    /// The whole name as one word, then, of a longer name, each two neighbours.
    joined: Vec<u32>,
}

/// The words of many names, each once.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    words: Vec<Word>,
    known: BTreeMap<String, u32>,
}

/// How one typed word agrees with every word of a lexicon.
#[derive(Clone, Debug)]
pub struct Fits(Vec<Option<Fit>>);

impl Lexicon {
    pub fn name(&mut self, name: &str) -> Name {
        let mut words: Vec<Word> =
            letters::words(name).iter().map(|word| Word::new(word)).collect();
        words.truncate(NAME_WORDS_MAX);
        let mut joined = vec![self.number(Word::joined(&words))];
        if words.len() > 2 {
            joined.extend(words.windows(2).map(|two| self.number(Word::joined(two))));
        }
        Name { words: words.into_iter().map(|word| self.number(word)).collect(), joined }
    }

    fn number(&mut self, word: Word) -> u32 {
        if let Some(known) = self.known.get(&word.text) {
            return *known;
        }
        let next = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.known.insert(word.text.clone(), next);
        self.words.push(word);
        next
    }

    pub fn fits(&self, typed: &Word) -> Fits {
        Fits(self.words.iter().map(|word| word.fit(typed)).collect())
    }
}

impl Fits {
    fn of(&self, word: u32) -> Option<Fit> {
        usize::try_from(word).ok().and_then(|word| self.0.get(word).copied()).flatten()
    }

    /// How the word agrees with a name; the best of its words counts.
    pub fn name(&self, name: &Name) -> Option<NameFit> {
        let words = name.words.iter().filter_map(|word| self.of(*word)).map(|fit| match fit {
            Fit::Whole => NameFit::WholeWord,
            Fit::Start => NameFit::WordStart,
            Fit::Inside => NameFit::Inside,
            Fit::OneEdit => NameFit::OneEdit,
            Fit::TwoEdits => NameFit::TwoEdits,
        });
        let joined = name.joined.iter().enumerate().filter_map(|(place, word)| {
            let whole = place == 0;
            Some(match self.of(*word)? {
                Fit::Whole if whole => NameFit::Whole,
                Fit::Whole => NameFit::WholeWord,
                Fit::Start if whole => NameFit::Start,
                Fit::Start => NameFit::WordStart,
                Fit::Inside => NameFit::Inside,
                Fit::OneEdit => NameFit::OneEdit,
                Fit::TwoEdits => NameFit::TwoEdits,
            })
        });
        words.chain(joined).min()
    }
}
