//! Devices: who may speak for a unit, with which secret, and what the store does with them.

use std::collections::BTreeMap;
use std::fmt;

use super::{DeviceKind, Error, Store};
use crate::chain::Hash;
use crate::clock::Timestamp;
use crate::ids::{AreaId, UnitId};

/// A device that may speak for a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Its user name: the unit's code and random letters, at most 49 of `a-z`, `0-9`, `-`. Unique over all areas.
    pub name: String,
    /// Given by the store when it is enrolled, from 1, never again to another; 0 before.
    pub number: u32,
    pub area: AreaId,
    pub unit: UnitId,
    pub kind: DeviceKind,
    /// SHA-256 of the secret. Secrets are made by us with 160 bits, so a fast hash is enough.
    pub secret_hash: Hash,
    /// The secret before it: good until this time, or until the new one has been used.
    pub old_secret: Option<(Hash, Timestamp)>,
    /// Of a device that encrypts its payloads.
    pub payload_key: Option<PayloadKey>,
    /// What a gateway calls it: a tracker's `uniqueId`, a telephone's number. Unique within area and kind.
    pub address: Option<String>,
    pub enrolled_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

/// The key that decrypts a device's payloads: 32 letters, as the app has it. Its debug form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct PayloadKey(pub [u8; 32]);

impl fmt::Debug for PayloadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PayloadKey(…)")
    }
}

impl Store {
    /// Enrols devices, all or none; refuses a name that is taken, and an address that another device of its kind has.
    pub async fn add_devices(&self, devices: &[Device]) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.add_devices(devices).await,
            Self::Postgres(store) => store.add_devices(devices).await,
        }
    }

    /// The device of that name, revoked or not.
    pub async fn device(&self, name: &str) -> Result<Option<Device>, Error> {
        match self {
            Self::Sqlite(store) => store.device(name).await,
            Self::Postgres(store) => store.device(name).await,
        }
    }

    /// The device, not revoked, that a gateway calls so.
    pub async fn device_at(
        &self,
        area: &AreaId,
        kind: DeviceKind,
        address: &str,
    ) -> Result<Option<Device>, Error> {
        match self {
            Self::Sqlite(store) => store.device_at(area, kind, address).await,
            Self::Postgres(store) => store.device_at(area, kind, address).await,
        }
    }

    /// Every device of an area, revoked ones too.
    pub async fn devices(&self, area: &AreaId) -> Result<Vec<Device>, Error> {
        match self {
            Self::Sqlite(store) => store.devices(area).await,
            Self::Postgres(store) => store.devices(area).await,
        }
    }

    /// The names of all devices that a unit has had, by their numbers.
    pub async fn device_names(
        &self,
        area: &AreaId,
        unit: &UnitId,
    ) -> Result<BTreeMap<u32, String>, Error> {
        match self {
            Self::Sqlite(store) => store.device_names(area, unit).await,
            Self::Postgres(store) => store.device_names(area, unit).await,
        }
    }

    /// Gives a device a new secret and ends its one-time code; the secret that it has goes on working until
    /// `old_until`. Says whether there is such a device with the right to connect.
    pub async fn change_device_secret(
        &self,
        name: &str,
        hash: &Hash,
        now: Timestamp,
        old_until: Timestamp,
    ) -> Result<bool, Error> {
        match self {
            Self::Sqlite(store) => store.change_device_secret(name, hash, now, old_until).await,
            Self::Postgres(store) => store.change_device_secret(name, hash, now, old_until).await,
        }
    }

    /// The new secret, of this hash, has been used: the old one ends.
    pub async fn end_old_device_secret(&self, name: &str, hash: &Hash) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.end_old_device_secret(name, hash).await,
            Self::Postgres(store) => store.end_old_device_secret(name, hash).await,
        }
    }

    /// Gives a device a one-time code in place of an earlier one. Says whether there is such a device with the right to
    /// connect.
    pub async fn set_device_code(
        &self,
        name: &str,
        hash: &Hash,
        until: Timestamp,
    ) -> Result<bool, Error> {
        match self {
            Self::Sqlite(store) => store.set_device_code(name, hash, until).await,
            Self::Postgres(store) => store.set_device_code(name, hash, until).await,
        }
    }

    /// Uses a one-time code up: its device gets this new secret. None for a code that is wrong, used or too old.
    pub async fn redeem_device_code(
        &self,
        area: &AreaId,
        code: &Hash,
        now: Timestamp,
        secret: &Hash,
        old_until: Timestamp,
    ) -> Result<Option<Device>, Error> {
        match self {
            Self::Sqlite(store) => {
                store.redeem_device_code(area, code, now, secret, old_until).await
            }
            Self::Postgres(store) => {
                store.redeem_device_code(area, code, now, secret, old_until).await
            }
        }
    }

    /// Ends a device's right to connect; the first time stands.
    pub async fn revoke_device(&self, name: &str, at: Timestamp) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.revoke_device(name, at).await,
            Self::Postgres(store) => store.revoke_device(name, at).await,
        }
    }

    /// Ends the right of every device of an area to connect; the first time stands.
    pub async fn revoke_devices(&self, area: &AreaId, at: Timestamp) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.revoke_devices(area, at).await,
            Self::Postgres(store) => store.revoke_devices(area, at).await,
        }
    }

    /// Names of the devices of an area whose right ended at that time or later.
    pub async fn devices_revoked_since(
        &self,
        area: &AreaId,
        since: Timestamp,
    ) -> Result<Vec<String>, Error> {
        match self {
            Self::Sqlite(store) => store.devices_revoked_since(area, since).await,
            Self::Postgres(store) => store.devices_revoked_since(area, since).await,
        }
    }
}
