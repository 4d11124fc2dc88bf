//! Content files spoiled one way each, and by chance: what is accepted keeps its promises.

use serde_json::{Value, json};

use super::*;
use crate::dispatch::triage::tests::{Chance, SHIPPED, answers, judged};
use Answer::{No, Unknown, Yes};

/// Spoiled files; each is parsed and, if accepted, judged a few times.
const ROUNDS: usize = 1_000;

fn spoiled(spoil: impl FnOnce(&mut Value)) -> Result<QuestionSet, ContentError> {
    let mut content: Value = serde_json::from_str(SHIPPED).expect("JSON");
    spoil(&mut content);
    QuestionSet::parse(&content.to_string())
}

fn check_refused(spoil: impl FnOnce(&mut Value), expected: &ContentError) {
    assert_eq!(spoiled(spoil).expect_err("refused"), *expected);
}

fn check_unreadable(spoil: impl FnOnce(&mut Value), names: &str) {
    let refusal = spoiled(spoil).expect_err("refused");
    assert!(matches!(refusal, ContentError::Unreadable(_)), "{refusal}");
    assert!(refusal.to_string().contains(names), "{refusal}");
}

/// The place of a rule in the shipped file.
fn rule_at(content: &Value, id: &str) -> usize {
    let rules = content["rules"].as_array().expect("rules");
    rules.iter().position(|rule| rule["id"] == id).expect("the rule")
}

fn own(text: &str) -> String {
    text.to_owned()
}

#[test]
fn a_regency_may_put_labour_third_by_content_alone() {
    let set = spoiled(|content| {
        let at = rule_at(content, "labour");
        let rules = content["rules"].as_array_mut().expect("rules");
        let mut labour = rules.remove(at);
        labour["priority"] = json!("P3");
        rules.push(labour);
        content["defaults"]["maternal"] = json!("P3");
    })
    .expect("accepted");
    let given = answers(&set, &[(CONSCIOUS, Yes), (BREATHING, Yes), ("labour", Yes)]);
    assert_eq!(set.judge(Category::Maternal, &given).priority, Priority::P3);
}

#[test]
fn what_is_not_a_question_file_is_refused() {
    for text in ["", " \n\t "] {
        assert_eq!(QuestionSet::parse(text), Err(ContentError::Empty));
    }
    for text in ["{", "[]", "null", "{}", "\u{feff}{}", &SHIPPED[..SHIPPED.len() / 2]] {
        let refusal = QuestionSet::parse(text).expect_err("refused");
        assert!(matches!(refusal, ContentError::Unreadable(_)), "{refusal}");
    }
    let large = " ".repeat(300_000) + SHIPPED;
    let refusal = QuestionSet::parse(&large).expect_err("refused");
    assert!(matches!(refusal, ContentError::TooLarge { .. }), "{refusal}");
}

#[test]
fn a_mistyped_word_is_refused_and_named() {
    check_unreadable(|c| c["rules"][0]["categories"] = json!(["newborn"]), "newborn");
    check_unreadable(|c| c["rules"][0]["when"]["is"] = json!(["maybe"]), "maybe");
    check_unreadable(|c| c["rules"][0]["priority"] = json!("P5"), "P5");
    check_unreadable(|c| c["rules"][0]["priority"] = json!("hitam"), "hitam");
    check_unreadable(|c| c["rules"][0]["care"] = json!("icu"), "icu");
    check_unreadable(|c| c["rules"][0]["catgories"] = json!(["maternal"]), "catgories");
    check_unreadable(|c| c["questions"][0]["text"]["jv"] = json!("Eling?"), "jv");
    check_unreadable(|c| c["defaults"]["martian"] = json!("P1"), "martian");
    check_unreadable(|c| c["version"] = json!(2026), "2026");
}

#[test]
fn a_category_without_a_default_or_with_two_is_refused() {
    for category in CATEGORIES {
        let name = serde_json::to_value(category).expect("writes");
        let name = name.as_str().expect("a word");
        let remove = |c: &mut Value| {
            c["defaults"].as_object_mut().expect("fields").remove(name);
        };
        check_unreadable(remove, name);
    }
    let twice = SHIPPED.replace(r#""other": "P3""#, r#""other": "P3", "maternal": "P4""#);
    let refusal = QuestionSet::parse(&twice).expect_err("refused");
    assert!(refusal.to_string().contains("duplicate field `maternal`"), "{refusal}");
}

#[test]
fn an_id_used_twice_or_unfit_is_refused() {
    check_refused(
        |c| c["questions"][4]["id"] = json!("stroke"),
        &ContentError::DuplicateId { at: own("question 'stroke'") },
    );
    check_refused(
        |c| c["rules"][1]["id"] = json!("newborn_not_breathing"),
        &ContentError::DuplicateId { at: own("rule 'newborn_not_breathing'") },
    );
    for id in ["", "Not Breathing", "sesak-napas", DEFAULT_RULE] {
        let at = format!("rule '{id}'");
        check_refused(|c| c["rules"][1]["id"] = json!(id), &ContentError::BadId { at });
    }
}

#[test]
fn a_rule_of_an_unknown_question_is_refused() {
    check_refused(
        |c| c["rules"][1]["when"]["question"] = json!("breething"),
        &ContentError::UnknownQuestion { rule: own("not_breathing"), question: own("breething") },
    );
}

#[test]
fn a_missing_language_is_refused() {
    check_unreadable(
        |c| c["questions"][0]["text"] = json!({ "id": "Apakah dia sadar?" }),
        "missing field `en`",
    );
    check_refused(
        |c| c["questions"][0]["text"]["en"] = json!("  "),
        &ContentError::TextMissing { at: own("question 'conscious'"), field: "en" },
    );
    check_refused(
        |c| c["rules"][1]["reason"]["id"] = json!(""),
        &ContentError::TextMissing { at: own("rule 'not_breathing'"), field: "id" },
    );
    check_refused(
        |c| c["note"]["id"] = json!(""),
        &ContentError::TextMissing { at: own("the file"), field: "note.id" },
    );
    check_refused(
        |c| c["approved_by"] = json!(" "),
        &ContentError::TextMissing { at: own("the file"), field: "approved_by" },
    );
    check_refused(
        |c| c["version"] = json!(""),
        &ContentError::TextMissing { at: own("the file"), field: "version" },
    );
}

#[test]
fn a_text_may_be_as_long_as_the_limit_and_no_longer() {
    // Characters, not bytes: 'é' is two bytes.
    assert!(spoiled(|c| c["questions"][0]["text"]["id"] = json!("é".repeat(80))).is_ok());
    check_refused(
        |c| c["questions"][0]["text"]["id"] = json!("é".repeat(81)),
        &ContentError::TextTooLong {
            at: own("question 'conscious'"),
            field: "id",
            chars: 81,
            chars_max: QUESTION_CHARS_MAX,
        },
    );
}

#[test]
fn too_many_questions_or_rules_are_refused() {
    let grow = |list: &'static str, count: usize| {
        move |c: &mut Value| {
            let list = c[list].as_array_mut().expect("a list");
            let last = list[list.len() - 1].clone();
            list.resize(count, last);
        }
    };
    check_refused(
        grow("questions", QUESTIONS_MAX + 1),
        &ContentError::TooMany { what: "questions", count: 41, max: QUESTIONS_MAX },
    );
    check_refused(
        grow("rules", RULES_MAX + 1),
        &ContentError::TooMany { what: "rules", count: 61, max: RULES_MAX },
    );
}

#[test]
fn an_empty_list_is_refused_because_it_would_mean_never() {
    let listed = |at: &str, what| ContentError::NothingListed { at: own(at), what };
    check_refused(
        |c| c["questions"][1]["categories"] = json!([]),
        &listed("question 'breathing'", "categories"),
    );
    check_refused(
        |c| c["rules"][1]["when"]["is"] = json!([]),
        &listed("rule 'not_breathing'", "answers"),
    );
    check_refused(|c| c["questions"] = json!([]), &ContentError::FirstQuestions);
}

#[test]
fn consciousness_and_breathing_must_be_asked_first_of_everybody() {
    let swap = |c: &mut Value| c["questions"].as_array_mut().expect("a list").swap(1, 2);
    check_refused(swap, &ContentError::FirstQuestions);
    let narrow = |c: &mut Value| c["questions"][0]["categories"] = json!(["accident"]);
    check_refused(narrow, &ContentError::FirstQuestions);
}

#[test]
fn no_file_may_lower_an_unknown_breath() {
    let vital =
        |question, category, answer| ContentError::VitalNotP1 { question, category, answer };
    let drop = |id: &'static str| {
        move |c: &mut Value| {
            let at = rule_at(c, id);
            c["rules"].as_array_mut().expect("rules").remove(at);
        }
    };
    check_refused(drop("breathing_unknown"), &vital(BREATHING, Category::Accident, Unknown));
    check_refused(drop("mother_not_conscious"), &vital(CONSCIOUS, Category::Maternal, No));
    check_refused(
        |c| {
            let at = rule_at(c, "conscious_unknown");
            c["rules"][at]["priority"] = json!("P2");
        },
        &vital(CONSCIOUS, Category::Accident, Unknown),
    );
    check_refused(|c| c["rules"] = json!([]), &vital(CONSCIOUS, Category::Accident, No));
}

#[test]
fn a_rule_out_of_the_order_of_urgency_is_refused() {
    check_refused(
        |c| c["rules"][0]["priority"] = json!("P2"),
        &ContentError::OutOfOrder {
            rule: own("not_breathing"),
            above: own("newborn_not_breathing"),
        },
    );
}

#[test]
fn a_danger_sign_below_the_default_of_its_category_is_refused() {
    check_refused(
        |c| c["defaults"]["internal"] = json!("P1"),
        &ContentError::BelowDefault { rule: own("altered"), category: Category::Internal },
    );
}

#[test]
fn a_rule_that_can_never_decide_is_refused() {
    let never = |rule: &str| ContentError::NeverDecides { rule: own(rule) };
    // Behind a rule that takes the same answer.
    check_refused(
        |c| c["rules"][10]["when"]["question"] = json!("severe_trauma"),
        &never("drowning_electric"),
    );
    // For a category that does not ask.
    check_refused(
        |c| {
            let at = rule_at(c, "urgent_transfer");
            c["rules"][at]["categories"] = json!(["maternal"]);
        },
        &never("urgent_transfer"),
    );
    // Behind a rule that takes every answer.
    check_refused(
        |c| {
            let at = rule_at(c, "newborn_not_crying");
            c["rules"][at]["when"]["is"] = json!(["yes", "no", "unknown"]);
        },
        &never("newborn_weak"),
    );
}

/// Changes one thing that a person editing the file could change.
fn change(content: &mut Value, chance: &mut Chance) {
    let priority = json!(["P1", "P2", "P3", "P4"][chance.below(4)]);
    let categories = json!([chance.category(), chance.category(), chance.category()]);
    let rules = content["rules"].as_array_mut().expect("rules");
    let (one, other) = (chance.below(rules.len()), chance.below(rules.len()));
    match chance.below(7) {
        0 => rules[one]["priority"] = priority,
        1 => rules[one]["categories"] = categories,
        2 => rules[one]["when"]["is"] = json!([ANSWERS[chance.below(3)]]),
        3 => rules.swap(one, other),
        4 => drop(rules.remove(one)),
        5 => content["questions"][2 + one % 20]["categories"] = categories,
        _ => {
            let fields = content["defaults"].as_object_mut().expect("fields");
            let at = one % fields.len();
            *fields.values_mut().nth(at).expect("a default") = priority;
        }
    }
}

#[test]
fn whatever_is_changed_in_the_file_an_accepted_one_never_lowers_an_unknown_or_a_danger() {
    let mut chance = Chance(4);
    let mut accepted = 0;
    for _ in 0..ROUNDS {
        let times = 1 + chance.below(4);
        let Ok(set) = spoiled(|c| (0..times).for_each(|_| change(c, &mut chance))) else {
            continue;
        };
        accepted += 1;
        for _ in 0..10 {
            let (category, mut given) = (chance.category(), chance.answers(&set));
            let judgement = judged(&set, category, &given);
            assert!(judgement.priority <= set.defaults.of(category), "{category:?} {given:?}");
            given.insert(
                own([CONSCIOUS, BREATHING][chance.below(2)]),
                [No, Unknown][chance.below(2)],
            );
            let priority = judged(&set, category, &given).priority;
            assert!(category == Category::Transfer || priority == Priority::P1, "{given:?}");
        }
    }
    assert!((ROUNDS / 10..ROUNDS).contains(&accepted), "{accepted} accepted: proves little");
}
