-- Recorded positions as they come in: what was committed together in one value, one partition for each UTC day of
-- receipt, made when its first position comes. A position for itself had a row of 180 bytes. Those that were not packed
-- yet go with their table: no version with it was ever released.
drop table fix;
create sequence batch_id;
create table batch (
  id bigint not null default nextval('batch_id'),
  area text not null,
  -- UTC day of receipt, days since 1970-01-01
  day integer not null,
  -- earliest and latest device time
  first_at bigint not null,
  last_at bigint not null,
  -- when the last of its positions came in
  received_at bigint not null,
  fixes integer not null,
  body bytea not null,
  primary key (day, id)
) partition by range (day);
alter table batch alter column body set storage external;
