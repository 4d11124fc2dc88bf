//! What a device's record asks of the desk, and what the device is told of a refusal (pure).

use uuid::Uuid;

use super::payload::native::{Refused, Said, Status, StatusRecord};
use crate::desk::{Actor, Request};
use crate::dispatch::command::{Command, Refusal};
use crate::ids::{AssignmentId, CommandId, UnitId};
use crate::wording::{self, Lang};

/// Stands where a crew gave no reason.
pub const NO_REASON: &str = "tanpa alasan";

/// The request that a status record of a device makes.
///
/// The same record said again is the same command, after a restart too.
#[must_use]
pub fn request_of(
    device: &str,
    unit: &UnitId,
    boot: &str,
    seq: u64,
    record: &StatusRecord,
) -> Request {
    let speaker = unit.clone();
    let command = match &record.said {
        Said::Talk { sos } => Command::RequestTalk { unit: speaker, sos: *sos },
        Said::OfOrder(assignment, status) => command_of(*assignment, status, speaker),
    };
    let said = format!("{device}/{boot}/{seq}");
    Request {
        id: CommandId::from_uuid(Uuid::new_v5(&Uuid::NAMESPACE_OID, said.as_bytes())),
        actor: Actor(format!("device:{device}")),
        device_at: Some(record.device_at),
        command,
        private: None,
    }
}

fn command_of(assignment: AssignmentId, status: &Status, speaker: UnitId) -> Command {
    match status {
        Status::Received { revision } => {
            Command::ConfirmDelivery { assignment, revision: *revision, speaker }
        }
        Status::StoodDown => Command::ConfirmWithdrawal { assignment, speaker },
        Status::Mark(mark) => Command::MarkTime { assignment, mark: *mark, speaker: Some(speaker) },
        Status::Step(step) => Command::Advance { assignment, step: *step, speaker: Some(speaker) },
        Status::Rejected { reason } => {
            let reason = if reason.trim().is_empty() { NO_REASON } else { reason };
            Command::Reject { assignment, reason: reason.to_owned(), speaker: Some(speaker) }
        }
    }
}

/// A refusal in the words that a crew reads.
#[must_use]
pub fn refused(seq: u64, refusal: &Refusal) -> Refused {
    let detail = wording::refusal(refusal, Lang::Id);
    Refused { seq, code: refusal.code(), detail }
}
