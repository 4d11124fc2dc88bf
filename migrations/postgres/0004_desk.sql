-- One emergency may have been reported more than once: a link to the incident that leads, never a move.
alter table incident add column merged_into uuid;
-- 1: an exercise, which no figure counts
alter table incident add column drill integer not null default 0;
create index incident_parts on incident (area, merged_into);

-- 1: the patient was fetched at a facility to be carried on; no response to an emergency
alter table assignment add column referral integer not null default 0;

-- The caller's number in one form, so that earlier calls are found; erased with the rest.
alter table private add column phone text;
create index private_by_phone on private (area, phone);
