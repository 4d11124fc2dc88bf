//! What a call taker may tell a caller to do until the crew is there, card by card.
//!
//! A content file with a version, like the questions. It decides nothing.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::dispatch::event::Category;
use crate::dispatch::triage::{
    Checker, ContentError, DEFAULT_RULE, LINE_CHARS_MAX, QuestionSet, Words, at_most, head, read,
};

/// More cards than this are not found in time.
pub const CARDS_MAX: usize = 30;
/// More steps than this are not heard by a frightened caller.
pub const STEPS_MAX: usize = 10;

/// One card: what to do, step by step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    pub id: String,
    pub title: Words,
    /// None means every category that its rules are for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<Category>>,
    /// The rules (or `default`) by which the call was judged.
    pub rules: Vec<String>,
    /// Signed off by a doctor; until then the screen must say that it is not.
    pub approved: bool,
    pub steps: Vec<Words>,
}

impl Card {
    fn is_for(&self, category: Category) -> bool {
        self.categories.as_ref().is_none_or(|categories| categories.contains(&category))
    }
}

/// A version of the cards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guidance {
    pub id: String,
    pub version: String,
    /// None until a doctor of the health office has signed.
    pub approved_by: Option<String>,
    pub note: Words,
    /// In the order of showing.
    pub cards: Vec<Card>,
}

impl Guidance {
    /// The cards that come with the program: a sample until a doctor has signed them.
    #[must_use]
    pub fn shipped() -> Self {
        let text = include_str!("../data/triage/guidance.json");
        Self::parse(text, &QuestionSet::shipped()).expect("a test reads the shipped file")
    }

    /// Reads a content file and refuses one whose cards do not belong to the rules of `set`.
    pub fn parse(text: &str, set: &QuestionSet) -> Result<Self, ContentError> {
        let guidance: Self = read(text)?;
        head(&guidance.id, &guidance.version, guidance.approved_by.as_deref(), &guidance.note)?;
        at_most("cards", guidance.cards.len(), CARDS_MAX)?;
        let mut checker = Checker::new("card");
        for card in &guidance.cards {
            checker.id(&card.id)?;
            guidance.check_texts(card, &checker)?;
            check_rules(card, set)?;
        }
        Ok(guidance)
    }

    /// The cards for a call of this category judged by this rule (or `default`), in the order of showing.
    pub fn cards_for(&self, category: Category, rule: &str) -> impl Iterator<Item = &Card> {
        self.cards
            .iter()
            .filter(move |card| card.is_for(category) && card.rules.iter().any(|own| own == rule))
    }

    fn check_texts(&self, card: &Card, checker: &Checker) -> Result<(), ContentError> {
        checker.words(&card.id, &card.title, LINE_CHARS_MAX)?;
        checker.listed(&card.id, "categories", card.categories.as_ref())?;
        checker.listed(&card.id, "rules", Some(&card.rules))?;
        checker.listed(&card.id, "steps", Some(&card.steps))?;
        at_most("steps", card.steps.len(), STEPS_MAX)?;
        for step in &card.steps {
            checker.words(&card.id, step, LINE_CHARS_MAX)?;
        }
        if card.approved && self.approved_by.is_none() {
            return Err(ContentError::ApprovedByNobody { card: card.id.clone() });
        }
        Ok(())
    }
}

fn check_rules(card: &Card, set: &QuestionSet) -> Result<(), ContentError> {
    for rule in card.rules.iter().filter(|rule| *rule != DEFAULT_RULE) {
        let (card_id, rule_id) = (card.id.clone(), rule.clone());
        if set.rule(rule).is_none() {
            return Err(ContentError::UnknownRule { card: card_id, rule: rule_id });
        }
        let shared = |category: &Category| {
            card.is_for(*category) && set.rules_for(*category).any(|other| other.id == *rule)
        };
        if !crate::dispatch::triage::CATEGORIES.iter().any(shared) {
            return Err(ContentError::NeverShown { card: card_id, rule: rule_id });
        }
    }
    Ok(())
}
