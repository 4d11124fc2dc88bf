//! The shipped questions, judged by cases and by chance.

use super::*;
use Answer::{No, Unknown, Yes};
use Priority::{P1, P2, P3, P4};

pub(super) const SHIPPED: &str = include_str!("../../../data/triage/questions.json");
const ROUNDS: usize = 5_000;

type Given<'a> = &'a [(&'a str, Answer)];

fn shipped() -> QuestionSet {
    QuestionSet::parse(SHIPPED).expect("the shipped questions are sound")
}

pub(super) fn answers(set: &QuestionSet, given: &[(&str, Answer)]) -> Answers {
    let given = given.iter().map(|(id, answer)| ((*id).to_owned(), *answer)).collect();
    Answers::checked(given, set).expect("known questions")
}

fn own(text: &str) -> String {
    text.to_owned()
}

/// SplitMix64: the same seed gives the same cases on every machine.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    pub(super) fn category(&mut self) -> Category {
        CATEGORIES[self.below(CATEGORIES.len())]
    }

    /// Each question answered in one of three ways or left out.
    pub(super) fn answers(&mut self, set: &QuestionSet) -> BTreeMap<String, Answer> {
        let mut given = BTreeMap::new();
        for question in &set.questions {
            if let Some(answer) = [Yes, No, Unknown].get(self.below(4)) {
                given.insert(question.id.clone(), *answer);
            }
        }
        given
    }
}

pub(super) fn judged(
    set: &QuestionSet,
    category: Category,
    given: &BTreeMap<String, Answer>,
) -> Judgement {
    set.judge(category, &Answers::checked(given.clone(), set).expect("known questions"))
}

#[test]
fn the_first_rule_that_fits_decides_and_is_named() {
    let set = shipped();
    let well = [(CONSCIOUS, Yes), (BREATHING, Yes)];
    let cases: &[(Category, Given, Priority, &str)] = &[
        (Category::Other, &[(BREATHING, No)], P1, "not_breathing"),
        (Category::Other, &[(CONSCIOUS, No)], P1, "not_conscious"),
        (Category::Accident, &[("heavy_bleeding", Yes), ("walks", Yes)], P1, "heavy_bleeding"),
        (Category::Accident, &[], P2, "cannot_walk"),
        (Category::Accident, &[("walks", Yes)], P3, DEFAULT_RULE),
        (Category::Trauma, &[("walks", Yes), ("severe_pain", Yes)], P2, "severe_pain"),
        (Category::Neuro, &[("stroke", Yes)], P1, "stroke"),
        (Category::Neuro, &[("stroke", No)], P2, DEFAULT_RULE),
        (Category::Cardiac, &[("chest_pain", No)], P1, DEFAULT_RULE),
        (Category::Internal, &[("altered", Yes)], P2, "altered"),
        (Category::Mental, &[], P3, DEFAULT_RULE),
        (Category::Maternal, &[("mother_fit", Yes)], P1, "mother_fit"),
        (Category::Maternal, &[("labour", Yes)], P2, "labour"),
        (Category::Maternal, &[], P2, DEFAULT_RULE),
        (Category::Neonatal, &[], P1, "newborn_not_crying"),
        (Category::Neonatal, &[("newborn_crying", Yes)], P2, DEFAULT_RULE),
        (Category::Transfer, &[(CONSCIOUS, Unknown), (BREATHING, No)], P4, DEFAULT_RULE),
        (Category::Transfer, &[("urgent_transfer", Yes)], P2, "urgent_transfer"),
    ];
    for (category, more, priority, rule) in cases {
        let judgement = set.judge(*category, &answers(&set, &[&well, *more].concat()));
        let seen = (judgement.priority, judgement.rule.as_str());
        assert_eq!(seen, (*priority, *rule), "{category:?} {more:?}");
    }
}

#[test]
fn with_the_two_first_answers_alone_every_category_has_its_known_priority() {
    let set = shipped();
    let awake = answers(&set, &[(CONSCIOUS, Yes), (BREATHING, Yes)]);
    let expected = [P2, P3, P2, P1, P2, P1, P3, P2, P4, P3];
    assert_eq!(CATEGORIES.map(|category| set.judge(category, &awake).priority), expected);
}

#[test]
fn the_destination_must_offer_the_most_that_any_fitting_rule_asks() {
    let set = shipped();
    let (poned, ponek) = (Some(Care::Poned), Some(Care::Ponek));
    let cases: &[(Category, Given, Option<Care>)] = &[
        (Category::Maternal, &[("labour", Yes)], poned),
        (Category::Maternal, &[("birth_now", Yes)], poned),
        (Category::Maternal, &[("birth_now", Yes), ("labour_risk", Yes)], ponek),
        (Category::Maternal, &[("mother_bleeding", Yes)], ponek),
        (Category::Maternal, &[(CONSCIOUS, No)], ponek),
        (Category::Maternal, &[], None),
        (Category::Neonatal, &[("newborn_weak", Yes), ("newborn_crying", Yes)], poned),
        (Category::Neonatal, &[("newborn_blue", Yes)], ponek),
        (Category::Accident, &[("severe_trauma", Yes)], None),
    ];
    for (category, given, expected) in cases {
        let judgement = set.judge(*category, &answers(&set, given));
        assert_eq!(judgement.care, *expected, "{category:?} {given:?}");
    }
}

#[test]
fn an_answer_counts_only_where_its_question_is_asked() {
    let set = shipped();
    let given = answers(&set, &[(CONSCIOUS, Yes), (BREATHING, Yes), ("mother_bleeding", Yes)]);
    assert_eq!(set.judge(Category::Maternal, &given).priority, P1);
    assert_eq!(set.judge(Category::Internal, &given).rule, DEFAULT_RULE);
}

#[test]
fn nothing_known_is_the_first_priority_for_all_but_a_planned_transfer() {
    let set = shipped();
    let mut chance = Chance(19);
    for category in CATEGORIES.into_iter().filter(|category| *category != Category::Transfer) {
        assert_eq!(set.judge(category, &Answers::default()).priority, P1, "{category:?}");
        for _ in 0..ROUNDS / 10 {
            let mut given = chance.answers(&set);
            given.values_mut().for_each(|answer| *answer = Unknown);
            assert_eq!(judged(&set, category, &given).priority, P1, "{category:?} {given:?}");
        }
    }
    assert_eq!(set.judge(Category::Transfer, &Answers::default()).priority, P4);
}

#[test]
fn consciousness_or_breathing_not_answered_yes_is_p1_whatever_else_is_said() {
    let set = shipped();
    let mut chance = Chance(1);
    for _ in 0..ROUNDS {
        let (category, mut given) = (chance.category(), chance.answers(&set));
        if category == Category::Transfer {
            continue;
        }
        let vital = [CONSCIOUS, BREATHING][chance.below(2)];
        given.insert(own(vital), [No, Unknown][chance.below(2)]);
        assert_eq!(judged(&set, category, &given).priority, P1, "{category:?} {given:?}");
    }
}

#[test]
fn from_no_to_unknown_on_consciousness_or_breathing_never_lowers_the_urgency() {
    let set = shipped();
    let mut chance = Chance(2);
    for _ in 0..ROUNDS {
        let (category, mut given) = (chance.category(), chance.answers(&set));
        let vital = [CONSCIOUS, BREATHING][chance.below(2)];
        given.insert(own(vital), No);
        let before = judged(&set, category, &given).priority;
        given.insert(own(vital), Unknown);
        let after = judged(&set, category, &given).priority;
        assert!(after <= before, "{category:?} {given:?}: {before:?} became {after:?}");
    }
}

#[test]
fn one_more_danger_sign_never_lowers_the_urgency_or_asks_less_of_the_destination() {
    let set = shipped();
    let good_when_yes = [CONSCIOUS, BREATHING, "newborn_crying", "walks"];
    let mut chance = Chance(3);
    for _ in 0..ROUNDS {
        let (category, mut given) = (chance.category(), chance.answers(&set));
        let before = judged(&set, category, &given);
        let id = set.questions[chance.below(set.questions.len())].id.clone();
        let danger = if good_when_yes.contains(&id.as_str()) { No } else { Yes };
        given.insert(id, danger);
        let after = judged(&set, category, &given);
        assert!(after.priority <= before.priority, "{category:?} {given:?}");
        // An unknown breath or cry, once answered 'no', is judged by another rule; only signs add up.
        if danger == Yes {
            assert!(after.care >= before.care, "{category:?} {given:?}");
        }
    }
}

#[test]
fn every_shipped_rule_decides_for_some_answers() {
    let set = shipped();
    let good_when_yes = [CONSCIOUS, BREATHING, "newborn_crying", "walks"];
    for rule in &set.rules {
        let calm = set.questions.iter().map(|question| {
            let calm = if good_when_yes.contains(&question.id.as_str()) { Yes } else { No };
            (question.id.clone(), calm)
        });
        let mut given: BTreeMap<String, Answer> = calm.collect();
        given.insert(rule.when.question.clone(), rule.when.is[0]);
        let decides = |category: &Category| judged(&set, *category, &given).rule == rule.id;
        assert!(CATEGORIES.iter().any(decides), "{} never decides", rule.id);
    }
}

#[test]
fn the_shipped_file_says_that_nobody_has_approved_it() {
    let set = shipped();
    assert_eq!(set.approved_by, None);
    assert!(set.note.id.contains("belum disahkan dokter Dinkes"));
    assert!(set.note.en.contains("not yet approved"));
    let why = set.rule("labour").and_then(|rule| rule.remark.clone()).expect("a remark");
    assert!(why.en.contains("third class") && why.id.contains("kelas ketiga"));
}

#[test]
fn every_category_asks_the_two_first_questions_first() {
    let set = shipped();
    for category in CATEGORIES {
        let first: Vec<&str> =
            set.questions_for(category).take(2).map(|question| question.id.as_str()).collect();
        assert_eq!(first, [CONSCIOUS, BREATHING], "{category:?}");
    }
    assert_eq!(set.questions_for(Category::Transfer).count(), 3);
}

#[test]
fn the_list_of_categories_is_the_list_of_defaults() {
    let defaults = serde_json::to_value(shipped().defaults).expect("writes");
    let named: Vec<String> = CATEGORIES
        .map(|category| serde_json::to_value(category).expect("writes"))
        .map(|name| own(name.as_str().expect("a word")))
        .to_vec();
    let fields = defaults.as_object().expect("fields");
    assert_eq!(fields.len(), named.len());
    assert!(named.iter().all(|name| fields.contains_key(name)), "{named:?}");
}

#[test]
fn a_set_survives_being_written_and_read_again() {
    let text = serde_json::to_string(&shipped()).expect("writes");
    assert_eq!(QuestionSet::parse(&text).expect("reads"), shipped());
}

#[test]
fn an_answer_to_an_unknown_question_is_refused_by_name() {
    let set = shipped();
    for id in ["conscius", "", "Conscious", DEFAULT_RULE, "not_breathing"] {
        let given = BTreeMap::from([(own(CONSCIOUS), Yes), (own(id), Yes)]);
        let refusal = Answers::checked(given, &set).expect_err("refused");
        assert_eq!(
            refusal.to_string(),
            format!("there is no question '{id}' in siaga-sampel 2026.1")
        );
    }
}
