//! The shipped cards beside the shipped questions, and card files spoiled one way each.

use serde_json::{Value, json};

use super::*;
use crate::dispatch::triage::CATEGORIES;

const QUESTIONS: &str = include_str!("../../data/triage/questions.json");
const SHIPPED: &str = include_str!("../../data/triage/guidance.json");

fn questions() -> QuestionSet {
    QuestionSet::parse(QUESTIONS).expect("the shipped questions are sound")
}

fn shipped() -> Guidance {
    Guidance::parse(SHIPPED, &questions()).expect("the shipped cards are sound")
}

fn spoiled(spoil: impl FnOnce(&mut Value)) -> Result<Guidance, ContentError> {
    let mut content: Value = serde_json::from_str(SHIPPED).expect("JSON");
    spoil(&mut content);
    Guidance::parse(&content.to_string(), &questions())
}

fn check_refused(spoil: impl FnOnce(&mut Value), expected: &ContentError) {
    assert_eq!(spoiled(spoil).expect_err("refused"), *expected);
}

fn ids(guidance: &Guidance, category: Category, rule: &str) -> Vec<String> {
    guidance.cards_for(category, rule).map(|card| card.id.clone()).collect()
}

#[test]
fn a_call_is_shown_the_cards_of_its_rule_and_category_in_the_order_of_the_file() {
    let guidance = shipped();
    let cases: &[(Category, &str, &[&str])] = &[
        (Category::Cardiac, "not_breathing", &["cpr", "choking"]),
        (Category::Other, "conscious_unknown", &["cpr", "recovery_position"]),
        (Category::Trauma, "heavy_bleeding", &["direct_pressure"]),
        (Category::Neuro, "fitting", &["fit"]),
        (Category::Maternal, "mother_bleeding", &["mother_bleeding"]),
        (Category::Maternal, "birth_now", &["birth", "newborn_breathing", "newborn_warm"]),
        (Category::Maternal, "cord_or_limb", &["cord_first"]),
        (Category::Neonatal, "newborn_not_breathing", &["newborn_breathing"]),
        (Category::Neonatal, "not_conscious", &["newborn_breathing"]),
        (Category::Neonatal, "default", &["newborn_warm"]),
        (Category::Accident, "drowning_electric", &["scene_safety", "cpr"]),
        (Category::Transfer, "default", &[]),
        (Category::Internal, "no_such_rule", &[]),
    ];
    for (category, rule, expected) in cases {
        assert_eq!(ids(&guidance, *category, rule), *expected, "{category:?} {rule}");
    }
}

#[test]
fn an_adults_resuscitation_is_never_shown_for_a_newborn() {
    let (guidance, set) = (shipped(), questions());
    for rule in set.rules_for(Category::Neonatal) {
        assert!(!ids(&guidance, Category::Neonatal, &rule.id).contains(&"cpr".to_owned()));
    }
}

#[test]
fn every_shipped_card_is_shown_for_some_call_and_none_is_approved() {
    let (guidance, set) = (shipped(), questions());
    assert_eq!(guidance.approved_by, None);
    assert!(guidance.note.id.contains("belum disahkan"));
    for card in &guidance.cards {
        assert!(!card.approved, "{}", card.id);
        let shown = |category: Category| {
            let rules = set.rules_for(category).map(|rule| rule.id.as_str());
            rules
                .chain([DEFAULT_RULE])
                .any(|rule| ids(&guidance, category, rule).contains(&card.id))
        };
        assert!(CATEGORIES.into_iter().any(shown), "{}", card.id);
    }
}

#[test]
fn the_chest_is_pressed_at_the_published_rate_and_depth_in_both_languages() {
    let guidance = shipped();
    let card = guidance.cards.iter().find(|card| card.id == "cpr").expect("the card");
    for number in ["100–120", "5–6 cm"] {
        let says = |step: &Words| step.id.contains(number) && step.en.contains(number);
        assert!(card.steps.iter().any(says), "{number}");
    }
}

#[test]
fn what_is_not_a_card_file_is_refused() {
    assert_eq!(Guidance::parse(" ", &questions()), Err(ContentError::Empty));
    for text in ["{}", "[]", "{", QUESTIONS] {
        let refusal = Guidance::parse(text, &questions()).expect_err("refused");
        assert!(matches!(refusal, ContentError::Unreadable(_)), "{refusal}");
    }
}

#[test]
fn a_card_for_an_unknown_rule_or_for_a_rule_of_other_categories_is_refused() {
    check_refused(
        |c| c["cards"][0]["rules"] = json!(["drowning"]),
        &ContentError::UnknownRule { card: "scene_safety".into(), rule: "drowning".into() },
    );
    check_refused(
        |c| c["cards"][1]["rules"] = json!(["newborn_blue"]),
        &ContentError::NeverShown { card: "cpr".into(), rule: "newborn_blue".into() },
    );
}

#[test]
fn a_card_is_not_approved_before_somebody_has_signed_the_file() {
    check_refused(
        |c| c["cards"][1]["approved"] = json!(true),
        &ContentError::ApprovedByNobody { card: "cpr".into() },
    );
    let signed = spoiled(|c| {
        c["cards"][1]["approved"] = json!(true);
        c["approved_by"] = json!("dr. Contoh, Dinkes");
    });
    assert!(signed.is_ok());
}

#[test]
fn a_card_with_a_missing_language_too_long_a_step_or_too_many_is_refused() {
    let at = || "card 'cpr'".to_owned();
    check_refused(
        |c| c["cards"][1]["steps"][0]["en"] = json!(""),
        &ContentError::TextMissing { at: at(), field: "en" },
    );
    check_refused(
        |c| c["cards"][1]["steps"][0]["id"] = json!("a".repeat(LINE_CHARS_MAX + 1)),
        &ContentError::TextTooLong { at: at(), field: "id", chars: 81, chars_max: LINE_CHARS_MAX },
    );
    check_refused(
        |c| c["cards"][1]["steps"] = json!(vec![json!({ "id": "Ya.", "en": "Yes." }); 11]),
        &ContentError::TooMany { what: "steps", count: 11, max: STEPS_MAX },
    );
    check_refused(
        |c| c["cards"][1]["steps"] = json!([]),
        &ContentError::NothingListed { at: at(), what: "steps" },
    );
    check_refused(
        |c| c["cards"][1]["id"] = json!("scene_safety"),
        &ContentError::DuplicateId { at: "card 'scene_safety'".into() },
    );
}
