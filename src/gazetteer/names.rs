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

    fn fit(&self, typed: &Word, edits_max: u32) -> Option<Fit> {
        // Each letter that the name does not have at all costs an edit of its own.
        let foreign = (typed.letters & !self.letters).count_ones();
        if foreign > edits_max {
            return None;
        }
        let text = typed.text.as_str();
        if foreign == 0 {
            if let Some(rest) = self.text.strip_prefix(text) {
                return Some(if rest.is_empty() { Fit::Whole } else { Fit::Start });
            }
            if text.len() >= INSIDE_LETTERS && self.text.contains(text) {
                return Some(Fit::Inside);
            }
        }
        match edits_max {
            0 => None,
            max => match letters::edits_to_start(text, &self.text, index(max))? {
                0 | 1 => Some(Fit::OneEdit),
                _ => Some(Fit::TwoEdits),
            },
        }
    }
}

fn edits_max(text: &str) -> u32 {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    u32::from(text.len() >= ONE_EDIT_LETTERS) + u32::from(text.len() >= TWO_EDITS_LETTERS)
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
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
        let edits_max = edits_max(&typed.text);
        Fits(self.words.iter().map(|word| word.fit(typed, edits_max)).collect())
    }

    /// Of each word whether some of these agrees with it.
    pub fn touched<'a>(&self, by: impl Iterator<Item = &'a Fits>) -> Touched {
        let mut touched = vec![false; self.words.len()];
        for Fits(fits) in by {
            for (touched, fit) in touched.iter_mut().zip(fits) {
                *touched |= fit.is_some();
            }
        }
        Touched(touched)
    }
}

/// The words of a lexicon with which some typed word agrees.
#[derive(Clone, Debug)]
pub struct Touched(Vec<bool>);

impl Touched {
    /// Whether some word of a name is among them: a quick reason to pass a name over.
    pub fn name(&self, name: &Name) -> bool {
        let mut words = name.words.iter().chain(&name.joined);
        words.any(|word| self.0.get(index(*word)).is_some_and(|touched| *touched))
    }
}

impl Fits {
    fn of(&self, word: u32) -> Option<Fit> {
        self.0.get(index(word)).copied().flatten()
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
