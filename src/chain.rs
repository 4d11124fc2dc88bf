//! The log's entries and the chain of hashes through them (pure).
//!
//! Each entry's hash covers the hash before it, so that a changed, removed or reordered entry is found by
//! anyone who recomputes the chain. Personal data is covered by a salted digest only, so it can be erased
//! without breaking the chain.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::dispatch::event::Event;
use crate::ids::CommandId;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The hash before the first entry of an area.
pub const GENESIS: Hash = [0; 32];

/// Where an entry's personal data stands, and the salted digest that covers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivateRef {
    pub id: Uuid,
    pub digest: Hash,
}

/// One entry of an area's log: what happened, when, who said so, and its place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Number in the area's log, from 1 without a gap.
    pub seq: u64,
    /// Server time.
    pub at: Timestamp,
    /// The device's own time, where a device said it.
    pub device_at: Option<Timestamp>,
    /// Who: `operator:budi`, `device:amb-silo-03-k7q2`, `system`.
    pub actor: String,
    /// The request that caused it; several entries may share one.
    pub command: CommandId,
    pub event: Event,
    /// The event exactly as stored (JSON); what the hash covers.
    pub body: String,
    pub private: Option<PrivateRef>,
    pub prev_hash: Hash,
    pub hash: Hash,
}

/// What is known of an entry before it has its place in the chain.
#[derive(Clone, Debug)]
pub struct Draft {
    pub at: Timestamp,
    pub device_at: Option<Timestamp>,
    pub actor: String,
    pub command: CommandId,
    pub event: Event,
    pub private: Option<PrivateRef>,
}

impl Entry {
    /// Gives a draft its number and seals it to the entry before.
    #[must_use]
    pub fn seal(draft: Draft, seq: u64, prev_hash: Hash) -> Self {
        let body = serde_json::to_string(&draft.event).expect("an event is always valid JSON");
        let mut entry = Self {
            seq,
            at: draft.at,
            device_at: draft.device_at,
            actor: draft.actor,
            command: draft.command,
            event: draft.event,
            body,
            private: draft.private,
            prev_hash,
            hash: GENESIS,
        };
        entry.hash = entry.computed_hash();
        entry
    }

    /// The hash that this entry's content should have.
    #[must_use]
    pub fn computed_hash(&self) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(self.prev_hash);
        hasher.update(self.seq.to_be_bytes());
        hasher.update(self.at.ms().to_be_bytes());
        hasher.update(self.device_at.map_or(i64::MIN, Timestamp::ms).to_be_bytes());
        // Lengths first, so that no two different entries give the same bytes.
        for text in [&self.actor, &self.body] {
            hasher.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.update(self.command.uuid().as_bytes());
        match &self.private {
            Some(private) => {
                hasher.update([1]);
                hasher.update(private.id.as_bytes());
                hasher.update(private.digest);
            }
            None => hasher.update([0]),
        }
        hasher.finalize().into()
    }

    /// Whether this entry follows `prev` (`None`: is the first) and is unchanged; else a sentence that names it.
    pub fn verify(&self, prev: Option<&Entry>) -> Result<(), String> {
        let expected_seq = prev.map_or(1, |p| p.seq + 1);
        if self.seq != expected_seq {
            return Err(format!(
                "entry {} stands where entry {expected_seq} should be: entries are missing or out of order",
                self.seq
            ));
        }
        if self.prev_hash != prev.map_or(GENESIS, |p| p.hash) {
            return Err(format!("entry {} does not follow the entry before it", self.seq));
        }
        if self.hash != self.computed_hash() {
            return Err(format!("entry {} was changed after it was written", self.seq));
        }
        Ok(())
    }
}

/// The digest that covers personal data in the chain.
#[must_use]
pub fn private_digest(salt: &[u8; 16], body: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(body.as_bytes());
    hasher.finalize().into()
}
