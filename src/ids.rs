//! Identities: each kind of thing has its own type, so that one is never taken for another.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A UUID that belongs to one kind of thing `T`; made by whoever first says the thing.
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

#[derive(Debug)]
pub enum CallKind {}
#[derive(Debug)]
pub enum IncidentKind {}
#[derive(Debug)]
pub enum AssignmentKind {}
#[derive(Debug)]
pub enum CommandKind {}
#[derive(Debug)]
pub enum NoteKind {}
#[derive(Debug)]
pub enum AidKind {}

/// One emergency call or message.
pub type CallId = Id<CallKind>;
/// One emergency (kejadian).
pub type IncidentId = Id<IncidentKind>;
/// One unit's response to one incident (penugasan).
pub type AssignmentId = Id<AssignmentKind>;
/// One request to change the room; the same id twice is the same request.
pub type CommandId = Id<CommandKind>;

/// One remark on an incident; its text stands apart from the log.
pub type NoteId = Id<NoteKind>;
/// One request to a neighbouring area for a unit (bantuan antarwilayah); the same at both desks.
pub type AidId = Id<AidKind>;

impl AidId {
    /// Under which a received aid keeps what the caller said, until it is an incident here.
    #[must_use]
    pub const fn as_incident(self) -> IncidentId {
        IncidentId::from_uuid(self.uuid())
    }
}

impl<T> Id<T> {
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}
impl<T> FromStr for Id<T> {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::from_str(text).map(Self::from_uuid)
    }
}

/// A short code that people say aloud: 1 to 40 of `A-Z`, `0-9`, `-` and `.`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(Arc<str>);

/// The code of an ambulance, for example `AMB-SILO-03`.
pub type UnitId = Code;
/// The Kemendagri code of a dispatch area, normally a regency: `35.09`.
pub type AreaId = Code;

impl Code {
    pub const LENGTH_MAX: usize = 40;

    /// Refuses an empty or long text and any other character, naming the text.
    pub fn new(text: &str) -> Result<Self, String> {
        let allowed =
            |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-' || c == '.';
        if text.is_empty() || text.len() > Self::LENGTH_MAX || !text.chars().all(allowed) {
            let shown: String = text.chars().take(Self::LENGTH_MAX).collect();
            return Err(format!(
                "'{shown}' is not a code: use 1 to {} of A-Z, 0-9, '-' and '.'",
                Self::LENGTH_MAX
            ));
        }
        Ok(Self(text.into()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// What a unit or a facility can do, as one word: 1 to 24 of `a-z`, `0-9` and `_`, such as `maternal` or `ponek`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capability(Arc<str>);

impl Capability {
    pub const LENGTH_MAX: usize = 24;

    /// Refuses an empty or long word and any other character, naming the word.
    pub fn new(text: &str) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if text.is_empty() || text.len() > Self::LENGTH_MAX || !text.chars().all(allowed) {
            let shown: String = text.chars().take(Self::LENGTH_MAX).collect();
            return Err(format!(
                "'{shown}' is not a capability: use 1 to {} of a-z, 0-9 and '_'",
                Self::LENGTH_MAX
            ));
        }
        Ok(Self(text.into()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Serialize for Capability {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Capability {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_takes_what_people_say_aloud_and_nothing_else() {
        for good in ["AMB-SILO-03", "35.09", "A"] {
            assert_eq!(Code::new(good).map(|c| c.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "amb-1", "AMB SILO", "AMB/+/1", "AMB-#", "É", &"A".repeat(41)] {
            assert!(Code::new(bad).is_err(), "{bad}");
        }
    }
}
