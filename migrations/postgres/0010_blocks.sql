-- Positions of one unit in blocks: many of them in one value, deflated. The program reads and writes what is in them.
create table block (
  area text not null,
  unit integer not null,
  -- UTC day of receipt, days since 1970-01-01
  day integer not null,
  -- device times of the first and last position
  first_at bigint not null,
  last_at bigint not null,
  -- when the last of its live positions came in
  live_at bigint,
  fixes integer not null,
  -- only what is kept for long is left in it
  thinned boolean not null,
  body bytea not null
) partition by range (day);
-- Deflated already.
alter table block alter column body set storage external;
create index block_by_unit on block (area, unit, first_at);
