//! Personal data of a call: kept apart from the log, shown to operators only, erasable without breaking the chain.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::chain::{PrivateRef, private_digest};
use crate::clock::Timestamp;
use crate::ids::IncidentId;
use crate::store::PrivateRecord;

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
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The record to store and the reference that the log carries.
    #[must_use]
    pub fn seal(&self, incident: IncidentId, at: Timestamp) -> (PrivateRecord, PrivateRef) {
        let body = serde_json::to_string(self).expect("texts are always valid JSON");
        let salt = crate::secret::random_bytes::<16>();
        let id = Uuid::now_v7();
        let digest = private_digest(&salt, &body);
        (PrivateRecord { id, incident, salt, body, at }, PrivateRef { id, digest })
    }

    /// What a stored record says; an erased one says nothing.
    #[must_use]
    pub fn open(record: &PrivateRecord) -> Self {
        serde_json::from_str(&record.body).unwrap_or_default()
    }
}
