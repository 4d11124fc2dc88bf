//! Text messages of a crew: unit, status, place, in the words that people use (docs/protocol.md 1.6). Total: no text
//! panics.

use std::collections::BTreeMap;

use serde_json::Value;

use super::traccar::time_of;
use crate::clock::Timestamp;
use crate::dispatch::event::Step;
use crate::gazetteer::Regency;
use crate::place::{Bounds, Position};
use crate::places::pasted::{self, Pasted};

/// Characters of a text that are read: ten messages joined.
const TEXT_CHARS_MAX: usize = 1_600;
/// Fields of a gateway's request that are looked at.
const FIELDS_MAX: usize = 64;
/// Characters of the reason of a refusal.
const REASON_CHARS_MAX: usize = 200;

/// What a gateway hands on.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The sender's number as the gateway writes it.
    pub from: String,
    pub text: String,
    /// The gateway's own name for the message: said again, it is the same.
    pub id: Option<String>,
    /// When the gateway received it; none when it does not say so in a way that we read.
    pub at: Option<Timestamp>,
}

const FROM: [&str; 6] = ["from", "sender", "phonenumber", "number", "msisdn", "phone"];
const TEXT: [&str; 5] = ["text", "message", "msg", "body", "content"];
const ID: [&str; 5] = ["messageid", "message_id", "messagesid", "sms_id", "id"];
const AT: [&str; 4] = ["receivedat", "received_at", "timestamp", "date"];

/// Reads a gateway's request: a JSON object, flat or with everything in `payload`, or a form. Says in a sentence what
/// is missing.
pub fn decode(query: &str, body: &[u8]) -> Result<Message, String> {
    let mut fields = BTreeMap::new();
    let mut put = |name: &str, text: String| {
        if fields.len() < FIELDS_MAX {
            fields.insert(name.to_ascii_lowercase(), text);
        }
    };
    form_urlencoded::parse(query.as_bytes()).for_each(|(name, text)| put(&name, text.into_owned()));
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        let body: Value = serde_json::from_slice(body).map_err(|e| format!("not JSON: {e}"))?;
        let inner = body.get("payload").filter(|payload| payload.is_object()).unwrap_or(&body);
        for (name, value) in inner.as_object().into_iter().flatten() {
            match value {
                Value::String(text) => put(name, text.clone()),
                Value::Number(number) => put(name, number.to_string()),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {}
            }
        }
    } else {
        form_urlencoded::parse(body).for_each(|(name, text)| put(&name, text.into_owned()));
    }
    let one_of = |names: &[&str]| names.iter().find_map(|name| fields.get(*name)).cloned();
    Ok(Message {
        from: one_of(&FROM).ok_or("the sender's number is missing (from)")?,
        text: one_of(&TEXT).ok_or("the text is missing (text)")?,
        id: one_of(&ID),
        at: one_of(&AT).and_then(|text| time_of(&text).ok()),
    })
}

/// What a crew says in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The unit that it names, as it wrote it.
    pub unit: Option<String>,
    pub word: Option<Word>,
    pub place: Option<Place>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    Step(Step),
    Rejected {
        reason: String,
    },
    /// The crew asks to be called, or is in danger itself.
    Talk {
        sos: bool,
    },
    Help,
}

/// Where the crew says it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub position: Position,
    pub uncertainty_m: u32,
}

/// Why a text cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unclear {
    TooLong,
    /// Neither a word nor a place was found.
    Nothing,
    /// What stands where a place would is none, or two.
    Place(String),
}

/// The words of each step, the first one as it is taught; the digits are for telephones with keys.
const STEPS: [(Step, &[&str]); 8] = [
    (Step::Acknowledged, &["TERIMA", "SIAP", "OK", "1"]),
    (Step::EnRoute, &["BERANGKAT", "OTW", "JALAN", "2"]),
    (Step::OnScene, &["TIBA", "SAMPAI", "3"]),
    (Step::AtPatient, &["PASIEN", "4"]),
    (Step::Transporting, &["BAWA", "ANTAR", "5"]),
    (Step::AtDestination, &["RS", "6"]),
    (Step::HandedOver, &["SERAH", "7"]),
    (Step::Cleared, &["SELESAI", "8"]),
];
/// The word for a place alone, and small words that may stand before one.
const BEFORE_PLACE: [&str; 4] = ["POSISI", "DI", "DESA", "KE"];

/// Reads a text: an optional unit code, an optional word, an optional place. Upper and lower case are the same.
pub fn read(text: &str, regency: &Regency) -> Result<Said, Unclear> {
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Unclear::TooLong);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let (unit, words) = match words.split_first() {
        Some((first, rest)) if first.to_ascii_uppercase().starts_with("AMB-") => {
            (Some(first.to_ascii_uppercase()), rest)
        }
        _ => (None, words.as_slice()),
    };
    let (word, rest) = word_of(words);
    if let Some(Word::Rejected { .. } | Word::Help) = word {
        return Ok(Said { unit, word, place: None });
    }
    let names_place = rest.first().is_some_and(|first| is_before_place(first));
    let place = match place_of(rest, regency) {
        // No word that we know: the whole text is something else.
        Err(_) if word.is_none() && !names_place => return Err(Unclear::Nothing),
        place => place?,
    };
    if word.is_none() && place.is_none() {
        return Err(Unclear::Nothing);
    }
    Ok(Said { unit, word, place })
}

fn word_of<'w>(words: &'w [&'w str]) -> (Option<Word>, &'w [&'w str]) {
    let Some((first, rest)) = words.split_first() else { return (None, words) };
    let first = first.trim_end_matches(['.', ',', '!']).to_uppercase();
    // "TIBA RS" and "SAMPAI RS" are at the hospital, not at the scene.
    let at_hospital = rest.first().is_some_and(|next| next.eq_ignore_ascii_case("RS"));
    match first.as_str() {
        "TIBA" | "SAMPAI" | "DI" if at_hospital => {
            (Some(Word::Step(Step::AtDestination)), rest.get(1..).unwrap_or_default())
        }
        "TOLAK" => {
            let reason: String = rest.join(" ").chars().take(REASON_CHARS_MAX).collect();
            (Some(Word::Rejected { reason }), &[])
        }
        "SOS" | "DARURAT" | "BAHAYA" => (Some(Word::Talk { sos: true }), rest),
        "TELEPON" => (Some(Word::Talk { sos: false }), rest),
        "BANTUAN" | "?" => (Some(Word::Help), rest),
        _ => match STEPS.iter().find(|(_, names)| names.contains(&first.as_str())) {
            Some((step, _)) => (Some(Word::Step(*step)), rest),
            None => (None, words),
        },
    }
}

fn is_before_place(word: &str) -> bool {
    BEFORE_PLACE.contains(&word.to_uppercase().as_str())
}

/// The place in what is left: coordinates, a map link that holds them, or the one village of that name.
fn place_of(words: &[&str], regency: &Regency) -> Result<Option<Place>, Unclear> {
    let small = words.iter().take_while(|word| is_before_place(word)).count();
    let text = words.get(small..).unwrap_or_default().join(" ");
    if text.is_empty() {
        return Ok(None);
    }
    let unclear = || Unclear::Place(text.clone());
    let name = match pasted::read(&text, Bounds::INDONESIA) {
        Pasted::At { position, uncertainty_m, .. } => {
            return Ok(Some(Place { position, uncertainty_m }));
        }
        Pasted::Code(..) | Pasted::Nowhere(..) => return Err(unclear()),
        Pasted::Words(words) => words,
    };
    let same_name = |village: &str| village.eq_ignore_ascii_case(&name);
    let named: Vec<_> =
        regency.villages.iter().filter(|village| same_name(&village.name)).collect();
    if let [village] = named.as_slice() {
        return Ok(Some(Place {
            position: village.position,
            uncertainty_m: village.uncertainty_m,
        }));
    }
    let hits = regency.search(&name, 2);
    match hits.as_slice() {
        [hit] if named.is_empty() => {
            Ok(Some(Place { position: hit.position, uncertainty_m: hit.uncertainty_m }))
        }
        _ => Err(unclear()),
    }
}

/// The word that is taught for a step.
#[must_use]
pub fn taught(step: Step) -> &'static str {
    let names = STEPS.iter().find(|(known, _)| *known == step).map(|(_, names)| *names);
    names.and_then(|names| names.first().copied()).unwrap_or_default()
}

/// The words as a crew is told them, in one message of 160 characters.
pub const HELP: &str = "1 TERIMA 2 BERANGKAT 3 TIBA 4 PASIEN 5 BAWA 6 RS 7 SERAH 8 SELESAI. \
    TOLAK alasan. SOS. POSISI desa. Contoh: TIBA SEMPOLAN";

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static JEMBER: LazyLock<Regency> = LazyLock::new(|| Regency::load("35.09").expect("embedded"));

    fn said(text: &str) -> Result<Said, Unclear> {
        read(text, &JEMBER)
    }

    #[test]
    fn the_words_of_a_crew_are_understood_in_any_case_and_as_digits() {
        for (step, names) in STEPS {
            for name in names {
                for text in
                    [(*name).to_owned(), name.to_lowercase(), format!("AMB-SILO-03 {name}.")]
                {
                    let read = said(&text).expect("understood");
                    assert_eq!(read.word, Some(Word::Step(step)), "{text}");
                    assert_eq!(read.place, None, "{text}");
                }
            }
        }
        let words = [
            ("tiba rs", Word::Step(Step::AtDestination)),
            ("Sampai RS", Word::Step(Step::AtDestination)),
            ("tolak ban bocor", Word::Rejected { reason: "ban bocor".to_owned() }),
            ("SOS", Word::Talk { sos: true }),
            ("darurat!", Word::Talk { sos: true }),
            ("telepon", Word::Talk { sos: false }),
            ("bantuan", Word::Help),
        ];
        for (text, word) in words {
            assert_eq!(said(text).expect("understood").word, Some(word), "{text}");
        }
        assert_eq!(said("amb-silo-03 tiba").expect("read").unit.as_deref(), Some("AMB-SILO-03"));
    }

    #[test]
    fn a_place_is_a_village_or_coordinates_or_a_link_with_them() {
        let sempolan = said("TIBA Sempolan").expect("read").place.expect("a place");
        let village = JEMBER.villages.iter().find(|v| v.name.eq_ignore_ascii_case("sempolan"));
        assert_eq!(sempolan.position, village.expect("in Jember").position);
        assert!(sempolan.uncertainty_m > 500);
        for text in [
            "POSISI -8.2501, 113.8502",
            "3 -8.2501 113.8502",
            "tiba https://maps.google.com/?q=-8.2501,113.8502",
            "tiba https://www.google.com/maps/@-8.2501,113.8502,17z",
            "posisi geo:-8.2501,113.8502",
            "https://maps.google.com/maps?q=-8.2501%2C113.8502&z=17",
        ] {
            let place = said(text).expect(text).place.expect("a place");
            assert_eq!((place.position.lat(), place.position.lon()), (-8.2501, 113.8502), "{text}");
        }
        for text in ["tiba di antah berantah", "posisi 8,25 113,85", "tiba https://example.id/x"] {
            assert!(matches!(said(text), Err(Unclear::Place(_))), "{text}");
        }
        for text in ["", "   ", "AMB-SILO-03", "halo bos", "Anda menang undian!"] {
            assert_eq!(said(text), Err(Unclear::Nothing), "{text:?}");
        }
        assert_eq!(said(&"a ".repeat(2_000)), Err(Unclear::TooLong));
    }

    #[test]
    fn a_village_name_that_two_have_is_asked_about() {
        let mut names: Vec<_> = JEMBER.villages.iter().map(|v| v.name.to_uppercase()).collect();
        names.sort();
        let twice = names.windows(2).find(|pair| pair[0] == pair[1]).expect("Jember has some");
        let text = format!("POSISI {}", twice[0]);
        assert!(matches!(said(&text), Err(Unclear::Place(_))), "{text}");
    }

    #[test]
    fn gateways_say_it_in_several_forms() {
        let forms: [(&str, &str); 4] = [
            (
                "",
                r#"{"from":"+62812","text":"TIBA","id":"m1","received_at":"2026-11-23T01:00:00Z"}"#,
            ),
            (
                "",
                r#"{"event":"sms:received","id":"e9","payload":{"messageId":"m1","message":"TIBA",
                "phoneNumber":"+62812","simNumber":1,"receivedAt":"2026-11-23T08:00:00.000+07:00"}}"#,
            ),
            ("", "From=%2B62812&Body=TIBA&MessageSid=m1&timestamp=1795395600"),
            ("sender=%2B62812&message=TIBA&id=m1&date=1795395600000", ""),
        ];
        for (query, body) in forms {
            let message = decode(query, body.as_bytes()).expect(body);
            assert_eq!(
                (message.from.as_str(), message.text.as_str()),
                ("+62812", "TIBA"),
                "{body}"
            );
            assert_eq!(message.id.as_deref(), Some("m1"), "{body}");
            assert_eq!(message.at, Some(Timestamp::from_ms(1_795_395_600_000)), "{body}");
        }
        for body in
            ["", "{", "{}", r#"{"from":"+62812"}"#, r#"{"text":"TIBA"}"#, r#"{"from":[],"text":1}"#]
        {
            assert!(decode("", body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn the_help_fits_into_one_message() {
        assert!(HELP.len() <= 160, "{}", HELP.len());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_asked_about_and_never_a_panic(
            text in ".{0,160}",
            body in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = said(&text);
            let _ = decode(&text, &body);
        }
    }
}
