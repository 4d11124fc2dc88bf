//! Devices, their secrets and one-time codes in PostgreSQL.

use std::collections::BTreeMap;

use super::Postgres;
use crate::chain::Hash;
use crate::clock::Timestamp;
use crate::ids::{AreaId, UnitId};
use crate::store::failure::{failure, taken};
use crate::store::rows::{DeviceRow, device_number, word};
use crate::store::{Device, DeviceKind, Error, sql};

impl Postgres {
    pub async fn add_devices(&self, devices: &[Device]) -> Result<(), Error> {
        let doing = "enrolling devices";
        let mut tx = self.pool.begin().await.map_err(|e| failure(doing, e))?;
        for device in devices {
            let (old_hash, old_until) = device.old_secret.unzip();
            let add = sqlx::query(sql::ADD_DEVICE)
                .bind(&device.name)
                .bind(device.area.as_str())
                .bind(device.unit.as_str())
                .bind(word(&device.kind))
                .bind(device.secret_hash.as_slice())
                .bind(device.enrolled_at.ms())
                .bind(device.revoked_at.map(Timestamp::ms))
                .bind(old_hash.as_ref().map(Hash::as_slice))
                .bind(old_until.map(Timestamp::ms))
                .bind(device.payload_key.as_ref().map(|key| key.0.as_slice()))
                .bind(&device.address);
            let added = add.execute(&mut *tx).await;
            let known_as = device.address.as_ref().unwrap_or(&device.name);
            added.map_err(|e| taken(doing, "device", known_as, e))?;
        }
        tx.commit().await.map_err(|e| failure(doing, e))
    }

    pub async fn device(&self, name: &str) -> Result<Option<Device>, Error> {
        let read = sqlx::query_as::<_, DeviceRow>(sql::DEVICE).bind(name);
        let row = read.fetch_optional(&self.pool).await;
        row.map_err(|e| failure("reading a device", e))?.map(DeviceRow::read).transpose()
    }

    pub async fn device_at(
        &self,
        area: &AreaId,
        kind: DeviceKind,
        address: &str,
    ) -> Result<Option<Device>, Error> {
        let read = sqlx::query_as::<_, DeviceRow>(sql::DEVICE_AT);
        let read = read.bind(area.as_str()).bind(word(&kind)).bind(address);
        let row = read.fetch_optional(&self.pool).await;
        row.map_err(|e| failure("reading a device", e))?.map(DeviceRow::read).transpose()
    }

    pub async fn devices(&self, area: &AreaId) -> Result<Vec<Device>, Error> {
        let read = sqlx::query_as::<_, DeviceRow>(sql::DEVICES).bind(area.as_str());
        let rows = read.fetch_all(&self.pool).await;
        let rows = rows.map_err(|e| failure("reading the devices", e))?;
        rows.into_iter().map(DeviceRow::read).collect()
    }

    pub async fn device_names(
        &self,
        area: &AreaId,
        unit: &UnitId,
    ) -> Result<BTreeMap<u32, String>, Error> {
        let read = sqlx::query_as::<_, (i64, String)>(sql::DEVICE_NAMES);
        let read = read.bind(area.as_str()).bind(unit.as_str());
        let rows = read.fetch_all(&self.pool).await;
        let rows = rows.map_err(|e| failure("reading the devices of a unit", e))?;
        rows.into_iter().map(|(number, name)| Ok((device_number(number)?, name))).collect()
    }

    pub async fn change_device_secret(
        &self,
        name: &str,
        hash: &Hash,
        now: Timestamp,
        old_until: Timestamp,
    ) -> Result<bool, Error> {
        let change = sqlx::query(sql::CHANGE_DEVICE_SECRET);
        let change = change.bind(name).bind(hash.as_slice()).bind(now.ms()).bind(old_until.ms());
        let changed = change.execute(&self.pool).await;
        Ok(changed.map_err(|e| failure("changing a device's secret", e))?.rows_affected() > 0)
    }

    pub async fn end_old_device_secret(&self, name: &str, hash: &Hash) -> Result<(), Error> {
        let end = sqlx::query(sql::END_OLD_DEVICE_SECRET).bind(name).bind(hash.as_slice());
        end.execute(&self.pool).await.map_err(|e| failure("ending a device's old secret", e))?;
        Ok(())
    }

    pub async fn set_device_code(
        &self,
        name: &str,
        hash: &Hash,
        until: Timestamp,
    ) -> Result<bool, Error> {
        let set = sqlx::query(sql::SET_DEVICE_CODE);
        let set = set.bind(name).bind(hash.as_slice()).bind(until.ms()).execute(&self.pool).await;
        Ok(set.map_err(|e| failure("making a device's code", e))?.rows_affected() > 0)
    }

    pub async fn redeem_device_code(
        &self,
        area: &AreaId,
        code: &Hash,
        now: Timestamp,
        secret: &Hash,
        old_until: Timestamp,
    ) -> Result<Option<Device>, Error> {
        let redeem = sqlx::query_as::<_, DeviceRow>(sql::REDEEM_DEVICE_CODE)
            .bind(area.as_str())
            .bind(code.as_slice())
            .bind(now.ms())
            .bind(secret.as_slice())
            .bind(old_until.ms());
        let row = redeem.fetch_optional(&self.pool).await;
        row.map_err(|e| failure("using a device's code", e))?.map(DeviceRow::read).transpose()
    }

    pub async fn revoke_device(&self, name: &str, at: Timestamp) -> Result<(), Error> {
        let revoke = sqlx::query(sql::REVOKE_DEVICE).bind(name).bind(at.ms());
        revoke.execute(&self.pool).await.map_err(|e| failure("revoking a device", e))?;
        Ok(())
    }

    pub async fn revoke_devices(&self, area: &AreaId, at: Timestamp) -> Result<(), Error> {
        let revoke = sqlx::query(sql::REVOKE_DEVICES).bind(area.as_str()).bind(at.ms());
        revoke.execute(&self.pool).await.map_err(|e| failure("revoking devices", e))?;
        Ok(())
    }

    pub async fn devices_revoked_since(
        &self,
        area: &AreaId,
        since: Timestamp,
    ) -> Result<Vec<String>, Error> {
        let read = sqlx::query_scalar(sql::REVOKED_SINCE).bind(area.as_str()).bind(since.ms());
        read.fetch_all(&self.pool).await.map_err(|e| failure("reading revoked devices", e))
    }
}
