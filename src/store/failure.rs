//! What an error of either database means to the house.

use std::borrow::Cow;

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;

use super::Error;
use crate::chain::Entry;
use crate::ids::AreaId;

/// SQLite's and PostgreSQL's codes for a disk without room.
const CODES_FULL: [&str; 2] = ["13", "53100"];
/// The index that allows a unit one open assignment: its name, and how SQLite speaks of it.
const UNIT_RULE: &str = "one_open_assignment";
const UNIT_RULE_COLUMNS: &str = "assignment.area, assignment.unit";

impl Error {
    /// Whether one command of a batch asked for what cannot be, so that the others can go on without it.
    #[must_use]
    pub const fn is_of_one_command(&self) -> bool {
        matches!(self, Self::UnitTaken { .. } | Self::Exists { .. })
    }
}

pub fn failure(doing: impl Into<Cow<'static, str>>, error: sqlx::Error) -> Error {
    let doing = doing.into();
    if is_full(&error) {
        return Error::Full { doing };
    }
    Error::Unavailable { doing, source: error.into() }
}

fn is_full(error: &sqlx::Error) -> bool {
    if let sqlx::Error::Io(fault) = error {
        return fault.kind() == std::io::ErrorKind::StorageFull;
    }
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| CODES_FULL.contains(&code.as_ref()))
}

/// A row that could not be added because its name is taken, or another failure.
pub fn taken(doing: &'static str, what: &'static str, name: &str, error: sqlx::Error) -> Error {
    if error.as_database_error().is_some_and(|fault| fault.is_unique_violation()) {
        return Error::Exists { what, name: name.to_owned() };
    }
    failure(doing, error)
}

/// Entries that could not be added: mostly because another writer has used their numbers.
pub fn not_added(
    doing: &'static str,
    area: &AreaId,
    first: Option<&Entry>,
    error: sqlx::Error,
) -> Error {
    if error.as_database_error().is_some_and(|fault| fault.is_unique_violation()) {
        let seq = first.map_or(0, |entry| entry.seq.saturating_sub(1));
        return Error::LogMovedOn { area: area.to_string(), seq };
    }
    failure(doing, error)
}

/// An assignment that could not be added: the unit has one already, or another failure.
pub fn not_assigned(
    doing: &'static str,
    unit: &str,
    assignment: &str,
    error: sqlx::Error,
) -> Error {
    let of_the_rule = |fault: &dyn DatabaseError| {
        fault.is_unique_violation()
            && (fault.constraint() == Some(UNIT_RULE)
                || fault.message().ends_with(UNIT_RULE_COLUMNS))
    };
    if error.as_database_error().is_some_and(of_the_rule) {
        return Error::UnitTaken { unit: unit.to_owned() };
    }
    taken(doing, "assignment", assignment, error)
}

pub fn not_migrated(error: MigrateError) -> Error {
    let doing = "bringing the store up to date";
    if let MigrateError::Execute(fault) | MigrateError::ExecuteMigration(fault, _) = error {
        return failure(doing, fault);
    }
    let newer = matches!(error, MigrateError::VersionMissing(_));
    let doing = if newer { "opening data of a newer Siaga than this one" } else { doing };
    Error::Unavailable { doing: doing.into(), source: error.into() }
}
