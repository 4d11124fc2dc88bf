//! Siaga's own questions to a caller, and the dispatch priority that follows from the answers.
//!
//! The questions are a content file with a version, which a doctor signs off; here it is checked and judged by. No
//! field colours (`colour`), no words of the caller: an answer is yes, no or unknown.

mod check;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use crate::dispatch::{
    command::Answer,
    event::{Category, Priority},
};
use crate::ids::Capability;
pub use check::ContentError;
pub(crate) use check::{Checker, at_most, head, read};

/// Asked first of every caller; not-yes is P1 (domain rule 19).
pub const CONSCIOUS: &str = "conscious";
/// Asked second of every caller; not-yes is P1 (domain rule 19).
pub const BREATHING: &str = "breathing";
/// Stands for the category's default where a rule is named.
pub const DEFAULT_RULE: &str = "default";

/// A longer list than this cannot be asked while somebody waits.
pub const QUESTIONS_MAX: usize = 40;
/// Read from the top by a person who signs for every line of them.
pub const RULES_MAX: usize = 60;
/// Characters of a question: one breath of the call taker.
pub const QUESTION_CHARS_MAX: usize = 80;
/// Characters of a hint or a reason: one line of the form.
pub const LINE_CHARS_MAX: usize = 80;
/// Characters of a note or a remark: a short paragraph.
pub const NOTE_CHARS_MAX: usize = 300;

/// Every category; a test compares it with the fields of `Defaults`.
pub const CATEGORIES: [Category; 10] = [
    Category::Accident,
    Category::Internal,
    Category::Neuro,
    Category::Cardiac,
    Category::Maternal,
    Category::Neonatal,
    Category::Mental,
    Category::Trauma,
    Category::Transfer,
    Category::Other,
];

/// A text in both languages of the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub id: String,
    pub en: String,
}

/// What the destination must offer; the greater includes the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Care {
    /// Basic obstetric and neonatal emergency care: a puskesmas, day and night.
    Poned,
    /// Comprehensive care with surgery and blood: a hospital, day and night.
    Ponek,
}

impl Care {
    /// The word by which a facility says that it offers this.
    #[must_use]
    pub fn capability(self) -> Capability {
        let word = match self {
            Self::Poned => "poned",
            Self::Ponek => "ponek",
        };
        Capability::new(word).expect("both are words")
    }
}

/// One yes-or-no question, as the call taker speaks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub id: String,
    pub text: Words,
    /// How to take the answer; for the call taker's eyes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Words>,
    /// None means every category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<Category>>,
}

impl Question {
    #[must_use]
    pub fn is_for(&self, category: Category) -> bool {
        self.categories.as_ref().is_none_or(|categories| categories.contains(&category))
    }
}

/// A rule fits when its question has one of these answers; not answered is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    pub question: String,
    pub is: Vec<Answer>,
}

/// What one answer means for the dispatch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: String,
    pub priority: Priority,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub care: Option<Care>,
    /// None means every category that asks the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<Category>>,
    pub when: When,
    /// Why this priority; stands beside it on the screen.
    pub reason: Words,
    /// What whoever signs or changes the rule should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<Words>,
}

/// The priority of each category when no rule fits.
///
/// A field each, so that a category left out or given twice cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    pub accident: Priority,
    pub internal: Priority,
    pub neuro: Priority,
    pub cardiac: Priority,
    pub maternal: Priority,
    pub neonatal: Priority,
    pub mental: Priority,
    pub trauma: Priority,
    pub transfer: Priority,
    pub other: Priority,
}

impl Defaults {
    #[must_use]
    pub const fn of(&self, category: Category) -> Priority {
        match category {
            Category::Accident => self.accident,
            Category::Internal => self.internal,
            Category::Neuro => self.neuro,
            Category::Cardiac => self.cardiac,
            Category::Maternal => self.maternal,
            Category::Neonatal => self.neonatal,
            Category::Mental => self.mental,
            Category::Trauma => self.trauma,
            Category::Transfer => self.transfer,
            Category::Other => self.other,
        }
    }
}

/// A version of the question set, as signed off.
///
/// `parse` is the only way to one whose promises hold: P1 for unknown consciousness or breathing, rules in order of
/// urgency, none of them below the default of a category it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionSet {
    pub id: String,
    pub version: String,
    /// None until a doctor of the health office has signed.
    pub approved_by: Option<String>,
    pub note: Words,
    /// In the order of asking.
    pub questions: Vec<Question>,
    /// In the order of urgency; the first that fits decides.
    pub rules: Vec<Rule>,
    pub defaults: Defaults,
}

/// What the answers mean for the dispatch, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    pub priority: Priority,
    /// The rule that decided, or `default`.
    pub rule: String,
    /// The most that any fitting rule asks of the destination.
    pub care: Option<Care>,
}

/// An answer to a question that is not in the set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no question '{question}' in {set} {version}")]
pub struct UnknownQuestion {
    pub question: String,
    pub set: String,
    pub version: String,
}

/// What a caller has answered so far, every question being one of the set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Answers(BTreeMap<String, Answer>);

impl Answers {
    /// Refuses an answer to a question that `set` does not have.
    pub fn checked(
        given: BTreeMap<String, Answer>,
        set: &QuestionSet,
    ) -> Result<Self, UnknownQuestion> {
        match given.keys().find(|id| set.question(id).is_none()) {
            None => Ok(Self(given)),
            Some(id) => Err(UnknownQuestion {
                question: id.clone(),
                set: set.id.clone(),
                version: set.version.clone(),
            }),
        }
    }

    /// Not answered is unknown.
    #[must_use]
    pub fn get(&self, question: &str) -> Answer {
        self.0.get(question).copied().unwrap_or_default()
    }

    #[must_use]
    pub const fn as_map(&self) -> &BTreeMap<String, Answer> {
        &self.0
    }
}

impl QuestionSet {
    /// Reads a content file and refuses one that could mislead a call taker or lower an unknown.
    pub fn parse(text: &str) -> Result<Self, ContentError> {
        let set: Self = read(text)?;
        check::question_set(&set)?;
        Ok(set)
    }

    /// The set that comes with the program: a sample until a doctor has signed it.
    #[must_use]
    pub fn shipped() -> Arc<Self> {
        static SHIPPED: LazyLock<Arc<QuestionSet>> = LazyLock::new(|| {
            let text = include_str!("../../data/triage/questions.json");
            Arc::new(QuestionSet::parse(text).expect("a test reads the shipped file"))
        });
        SHIPPED.clone()
    }

    /// Identity and version, as the log names them: `siaga-sampel/2026.1`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.id, self.version)
    }

    #[must_use]
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }

    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The questions of a category, in the order of asking.
    pub fn questions_for(&self, category: Category) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(move |question| question.is_for(category))
    }

    /// The rules of a category, in the order of urgency: what is not asked there does not count there.
    pub fn rules_for(&self, category: Category) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| {
            let named = rule.categories.as_ref().is_none_or(|named| named.contains(&category));
            named && self.question(&rule.when.question).is_some_and(|asked| asked.is_for(category))
        })
    }

    /// The priority to propose; may be asked again after every answer.
    #[must_use]
    pub fn judge(&self, category: Category, answers: &Answers) -> Judgement {
        let fitting = || {
            self.rules_for(category)
                .filter(|rule| rule.when.is.contains(&answers.get(&rule.when.question)))
        };
        let care = fitting().filter_map(|rule| rule.care).max();
        match fitting().next() {
            Some(rule) => Judgement { priority: rule.priority, rule: rule.id.clone(), care },
            None => Judgement {
                priority: self.defaults.of(category),
                rule: DEFAULT_RULE.to_owned(),
                care,
            },
        }
    }
}
