//! What a content file must keep before it may be shown to a call taker, and the ways in which it fails.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::{
    BREATHING, CATEGORIES, CONSCIOUS, DEFAULT_RULE, LINE_CHARS_MAX, NOTE_CHARS_MAX,
    QUESTION_CHARS_MAX, QUESTIONS_MAX, QuestionSet, RULES_MAX, Rule, Words,
};
use crate::dispatch::{
    command::Answer,
    event::{Category, Priority},
};

/// More than ten times the shipped file; a longer one was not written by hand.
const FILE_BYTES_MAX: usize = 256 * 1024;
/// Characters of an id, a version or a signature.
const NAME_CHARS_MAX: usize = 80;
const ANSWERS: [Answer; 3] = [Answer::Yes, Answer::No, Answer::Unknown];

/// Why a content file is not used; names the place, for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    #[error("the file is empty")]
    Empty,
    #[error("the file has {bytes} bytes; at most {bytes_max} are read")]
    TooLarge { bytes: usize, bytes_max: usize },
    /// Not JSON, a missing or mistyped field, an unknown category, priority, answer or care.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    #[error("{at}: the text is missing ({field})")]
    TextMissing { at: String, field: &'static str },
    #[error("{at}: the text has {chars} characters ({field}); at most {chars_max} fit")]
    TextTooLong { at: String, field: &'static str, chars: usize, chars_max: usize },
    #[error("{count} {what}; at most {max} are allowed")]
    TooMany { what: &'static str, count: usize, max: usize },
    #[error("{at}: an id has only a-z, 0-9 and _, and is not 'default'")]
    BadId { at: String },
    #[error("{at}: the id is used twice")]
    DuplicateId { at: String },
    #[error("{at}: the list of {what} is empty")]
    NothingListed { at: String, what: &'static str },
    #[error("the first two questions must be 'conscious' and 'breathing', for every category")]
    FirstQuestions,
    #[error("rule '{rule}': there is no question '{question}'")]
    UnknownQuestion { rule: String, question: String },
    #[error("rule '{rule}' is more urgent than '{above}' above it; the first that fits decides")]
    OutOfOrder { rule: String, above: String },
    #[error("rule '{rule}' would lower a {category:?} call below the default of its category")]
    BelowDefault { rule: String, category: Category },
    #[error("rule '{rule}' can never decide: the rules above it take every case")]
    NeverDecides { rule: String },
    #[error("a {category:?} call with '{question}' = {answer:?} must be P1 by a rule")]
    VitalNotP1 { question: &'static str, category: Category, answer: Answer },
    #[error("card '{card}': there is no rule '{rule}'")]
    UnknownRule { card: String, rule: String },
    #[error("card '{card}' can never be shown for rule '{rule}': they share no category")]
    NeverShown { card: String, rule: String },
    #[error("card '{card}' is approved, but nobody has signed the file")]
    ApprovedByNobody { card: String },
}

/// Reads one content file into its type.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, ContentError> {
    if text.trim().is_empty() {
        return Err(ContentError::Empty);
    }
    if text.len() > FILE_BYTES_MAX {
        return Err(ContentError::TooLarge { bytes: text.len(), bytes_max: FILE_BYTES_MAX });
    }
    serde_json::from_str(text).map_err(|error| ContentError::Unreadable(error.to_string()))
}

/// Checks the small things of one list: its ids and texts.
pub(crate) struct Checker {
    what: &'static str,
    seen: BTreeSet<String>,
}

impl Checker {
    pub(crate) const fn new(what: &'static str) -> Self {
        Self { what, seen: BTreeSet::new() }
    }

    pub(crate) fn at(&self, id: &str) -> String {
        format!("{} '{id}'", self.what)
    }

    pub(crate) fn id(&mut self, id: &str) -> Result<(), ContentError> {
        let plain = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if id.is_empty() || id.len() > NAME_CHARS_MAX || !plain || id == DEFAULT_RULE {
            return Err(ContentError::BadId { at: self.at(id) });
        }
        if !self.seen.insert(id.to_owned()) {
            return Err(ContentError::DuplicateId { at: self.at(id) });
        }
        Ok(())
    }

    pub(crate) fn words(
        &self,
        id: &str,
        words: &Words,
        chars_max: usize,
    ) -> Result<(), ContentError> {
        text(self.at(id), "id", &words.id, chars_max)?;
        text(self.at(id), "en", &words.en, chars_max)
    }

    pub(crate) fn listed<T>(
        &self,
        id: &str,
        what: &'static str,
        list: Option<&Vec<T>>,
    ) -> Result<(), ContentError> {
        if list.is_some_and(Vec::is_empty) {
            return Err(ContentError::NothingListed { at: self.at(id), what });
        }
        Ok(())
    }
}

fn text(at: String, field: &'static str, text: &str, chars_max: usize) -> Result<(), ContentError> {
    let chars = text.chars().count();
    if text.trim().is_empty() {
        return Err(ContentError::TextMissing { at, field });
    }
    if chars > chars_max {
        return Err(ContentError::TextTooLong { at, field, chars, chars_max });
    }
    Ok(())
}

pub(crate) const fn at_most(
    what: &'static str,
    count: usize,
    max: usize,
) -> Result<(), ContentError> {
    if count > max { Err(ContentError::TooMany { what, count, max }) } else { Ok(()) }
}

/// The head that every content file has: who it is, which version, who signed.
pub(crate) fn head(
    id: &str,
    version: &str,
    approved_by: Option<&str>,
    note: &Words,
) -> Result<(), ContentError> {
    let at = || "the file".to_owned();
    text(at(), "id", id, NAME_CHARS_MAX)?;
    text(at(), "version", version, NAME_CHARS_MAX)?;
    if let Some(name) = approved_by {
        text(at(), "approved_by", name, NAME_CHARS_MAX)?;
    }
    text(at(), "note.id", &note.id, NOTE_CHARS_MAX)?;
    text(at(), "note.en", &note.en, NOTE_CHARS_MAX)
}

pub(super) fn question_set(set: &QuestionSet) -> Result<(), ContentError> {
    head(&set.id, &set.version, set.approved_by.as_deref(), &set.note)?;
    questions(set)?;
    rules(set)?;
    order_of_urgency(set)?;
    vital_unknowns(set)?;
    defaults(set)?;
    set.rules.iter().try_for_each(|rule| decides_somewhere(set, rule))
}

fn questions(set: &QuestionSet) -> Result<(), ContentError> {
    at_most("questions", set.questions.len(), QUESTIONS_MAX)?;
    let mut checker = Checker::new("question");
    for question in &set.questions {
        let id = &question.id;
        checker.id(id)?;
        checker.words(id, &question.text, QUESTION_CHARS_MAX)?;
        if let Some(hint) = &question.hint {
            checker.words(id, hint, LINE_CHARS_MAX)?;
        }
        checker.listed(id, "categories", question.categories.as_ref())?;
    }
    let first: Vec<&str> = set
        .questions
        .iter()
        .take(2)
        .filter(|question| question.categories.is_none())
        .map(|question| question.id.as_str())
        .collect();
    if first == [CONSCIOUS, BREATHING] { Ok(()) } else { Err(ContentError::FirstQuestions) }
}

fn rules(set: &QuestionSet) -> Result<(), ContentError> {
    at_most("rules", set.rules.len(), RULES_MAX)?;
    let mut checker = Checker::new("rule");
    for rule in &set.rules {
        let id = &rule.id;
        checker.id(id)?;
        checker.words(id, &rule.reason, LINE_CHARS_MAX)?;
        if let Some(remark) = &rule.remark {
            checker.words(id, remark, NOTE_CHARS_MAX)?;
        }
        checker.listed(id, "answers", Some(&rule.when.is))?;
        checker.listed(id, "categories", rule.categories.as_ref())?;
        if set.question(&rule.when.question).is_none() {
            let question = rule.when.question.clone();
            return Err(ContentError::UnknownQuestion { rule: id.clone(), question });
        }
    }
    Ok(())
}

/// With the rules in order of urgency the first that fits is the most urgent that fits.
fn order_of_urgency(set: &QuestionSet) -> Result<(), ContentError> {
    for (above, rule) in set.rules.iter().zip(set.rules.iter().skip(1)) {
        if rule.priority < above.priority {
            let (rule, above) = (rule.id.clone(), above.id.clone());
            return Err(ContentError::OutOfOrder { rule, above });
        }
    }
    Ok(())
}

/// With no rule below a default, one more danger sign never lowers a call.
fn defaults(set: &QuestionSet) -> Result<(), ContentError> {
    for category in CATEGORIES {
        let default = set.defaults.of(category);
        if let Some(rule) = set.rules_for(category).find(|rule| rule.priority > default) {
            return Err(ContentError::BelowDefault { rule: rule.id.clone(), category });
        }
    }
    Ok(())
}

/// Domain rule 19. A planned transfer is exempt: its patient is known and watched over.
fn vital_unknowns(set: &QuestionSet) -> Result<(), ContentError> {
    for category in CATEGORIES.into_iter().filter(|category| *category != Category::Transfer) {
        for question in [CONSCIOUS, BREATHING] {
            for answer in [Answer::No, Answer::Unknown] {
                let first = |rule: &&Rule| takes(rule, question, answer);
                let priority = set.rules_for(category).find(first).map(|rule| rule.priority);
                if priority != Some(Priority::P1) {
                    return Err(ContentError::VitalNotP1 { question, category, answer });
                }
            }
        }
    }
    Ok(())
}

fn takes(rule: &Rule, question: &str, answer: Answer) -> bool {
    rule.when.question == question && rule.when.is.contains(&answer)
}

/// A rule decides in a category when every question can be answered so that no rule above it fits.
fn decides_somewhere(set: &QuestionSet, rule: &Rule) -> Result<(), ContentError> {
    let decides_in = |category: Category| {
        let above: Vec<&Rule> =
            set.rules_for(category).take_while(|other| other.id != rule.id).collect();
        let free = |question: &str, answer| !above.iter().any(|it| takes(it, question, answer));
        let asked_here = set.rules_for(category).any(|other| other.id == rule.id);
        asked_here
            && rule.when.is.iter().any(|answer| free(&rule.when.question, *answer))
            && above
                .iter()
                .all(|other| ANSWERS.iter().any(|answer| free(&other.when.question, *answer)))
    };
    if CATEGORIES.into_iter().any(decides_in) {
        return Ok(());
    }
    Err(ContentError::NeverDecides { rule: rule.id.clone() })
}
