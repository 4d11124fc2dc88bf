//! Personal data of a call: kept apart from the log, shown to operators only, erasable without breaking the chain.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::chain::{PrivateRef, private_digest};
use crate::clock::Timestamp;
use crate::dispatch::command::Answer;
use crate::ids::IncidentId;
use crate::store::{CallerPosition, PrivateRecord};

/// Most characters of each text.
pub const NAME_CHARS_MAX: usize = 120;
pub const PHONE_CHARS_MAX: usize = 40;
pub const TEXT_CHARS_MAX: usize = 1_000;

/// What a caller said of themselves and of the patient.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Private {
    pub caller_name: Option<String>,
    pub caller_phone: Option<String>,
    pub complaint: Option<String>,
    pub landmark: Option<String>,
    /// Answers to the questions of the question set, by their id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, Answer>,
    /// This is what somebody said in a further call, and leaves the first caller's words as they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub further: bool,
    /// This is a remark and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// A remark on an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub author: String,
    pub text: String,
}

/// All personal data of one incident, as its records say it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseFile {
    /// What is known now of caller and patient.
    pub details: Private,
    /// What further callers said.
    pub further: Vec<(Timestamp, Private)>,
    pub notes: Vec<(Timestamp, Note)>,
    /// Where the caller's phone says that it is.
    pub position: Option<CallerPosition>,
}

/// What became of a caller's position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PositionNews {
    Offered(CallerPosition),
    /// The one of that receipt was taken for the incident's place.
    Accepted {
        received_at: Timestamp,
        at: Timestamp,
    },
    /// The one of that receipt is not wanted.
    Dismissed {
        received_at: Timestamp,
    },
}

impl CaseFile {
    /// Takes in what became of the caller's position; says whether that is news. What is said of a position that is not
    /// the newest any more changes nothing.
    pub fn hear(&mut self, news: PositionNews) -> bool {
        let known = self.position;
        let is_newest = |received_at| known.is_some_and(|known| known.received_at == received_at);
        self.position = match news {
            PositionNews::Offered(offered) => match known {
                Some(known) if known.received_at > offered.received_at => Some(known),
                Some(_) | None => Some(offered),
            },
            PositionNews::Accepted { received_at, at } if is_newest(received_at) => {
                known.map(|known| CallerPosition { accepted_at: Some(at), ..known })
            }
            PositionNews::Dismissed { received_at } if is_newest(received_at) => None,
            PositionNews::Accepted { .. } | PositionNews::Dismissed { .. } => known,
        };
        self.position != known
    }

    /// Takes in one record; records come in the order in which they were written.
    pub fn add(&mut self, at: Timestamp, record: Private) {
        if let Some(note) = record.note {
            self.notes.push((at, note));
        } else if record.further {
            self.further.push((at, record));
        } else {
            self.details = record;
        }
    }
}

impl Private {
    /// Trims each text, cuts it to its limit and drops what is empty.
    #[must_use]
    pub fn tidied(self) -> Self {
        let tidy = |text: Option<String>, chars_max: usize| {
            let text: String = text?.trim().chars().take(chars_max).collect();
            (!text.is_empty()).then_some(text)
        };
        Self {
            caller_name: tidy(self.caller_name, NAME_CHARS_MAX),
            caller_phone: tidy(self.caller_phone, PHONE_CHARS_MAX),
            complaint: tidy(self.complaint, TEXT_CHARS_MAX),
            landmark: tidy(self.landmark, TEXT_CHARS_MAX),
            answers: self.answers,
            further: self.further,
            note: self.note.and_then(|note| {
                let text = tidy(Some(note.text), TEXT_CHARS_MAX)?;
                Some(Note { text, ..note })
            }),
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self { further: self.further, ..Self::default() }
    }

    /// The caller's number in one form, so that it is found again however it was typed: `628123456789`.
    #[must_use]
    pub fn phone_key(&self) -> Option<String> {
        phone_key(self.caller_phone.as_deref()?)
    }

    /// The record to store and the reference that the log carries.
    #[must_use]
    pub fn seal(&self, incident: IncidentId, at: Timestamp) -> (PrivateRecord, PrivateRef) {
        let body = serde_json::to_string(self).expect("texts are always valid JSON");
        let salt = crate::secret::random_bytes::<16>();
        let id = Uuid::now_v7();
        let digest = private_digest(&salt, &body);
        let phone = self.phone_key();
        (PrivateRecord { id, incident, salt, body, phone, at }, PrivateRef { id, digest })
    }

    /// What a stored record says; an erased one says nothing.
    #[must_use]
    pub fn open(record: &PrivateRecord) -> Self {
        serde_json::from_str(&record.body).unwrap_or_default()
    }
}

/// Fewest digits of a number that can be told from others.
const PHONE_DIGITS_MIN: usize = 5;

/// A number in one form: digits only, with Indonesia's 62 in place of a leading 0; none when too short to mean
/// anything.
#[must_use]
pub fn phone_key(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < PHONE_DIGITS_MIN {
        return None;
    }
    Some(digits.strip_prefix('0').map_or(digits.clone(), |national| format!("62{national}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_was_typed() {
        for typed in ["0812-3456-789", "+62 812 3456789", "62 8123456789", "(0812) 3456 789"] {
            assert_eq!(phone_key(typed).as_deref(), Some("628123456789"), "{typed}");
        }
        for bad in ["", "119", "tidak tahu"] {
            assert_eq!(phone_key(bad), None, "{bad}");
        }
    }
}
