-- A secret that is replaced goes on working until the new one is used or its time is over.
alter table device add column old_secret_hash bytea;
alter table device add column old_until bigint;
-- The one-time code by which somebody at the device fetches a new secret.
alter table device add column code_hash bytea;
alter table device add column code_until bigint;
-- Of a device that encrypts its payloads. It is kept as it is, since it decrypts.
alter table device add column payload_key bytea;
-- What a gateway calls a device that it speaks for: a tracker's uniqueId, a telephone's number.
alter table device add column address text;

create unique index device_of_code on device (code_hash) where code_hash is not null;
create unique index device_at_address on device (area, kind, address) where address is not null and revoked_at is null;
