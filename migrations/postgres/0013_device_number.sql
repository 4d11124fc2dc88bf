-- By which positions name their device: shorter than a name, and never given to another.
alter table device add column number bigint not null generated always as identity;

create unique index device_by_number on device (number);
