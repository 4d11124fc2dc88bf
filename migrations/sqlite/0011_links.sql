-- Links for people without a sign-in, one of each kind for a subject: a new one takes the place of the one before. The
-- token that is in a link is kept nowhere.
create table link (
  area text not null,
  -- caller, family
  kind text not null,
  -- of a caller's link the incident, of a family's the assignment
  subject blob not null,
  incident blob not null,
  token_hash blob not null,
  made_at integer not null,
  expires_at integer not null,
  -- how many positions have come by it
  positions integer not null default 0,
  primary key (area, kind, subject)
) without rowid;
create unique index link_by_token on link (token_hash);

-- Where a caller's phone said last that it is: offered, and in use only once somebody has accepted it. Personal data,
-- erased with the incident's.
create table caller_position (
  area text not null,
  incident blob not null,
  -- of the link that it came by
  token_hash blob not null,
  lat real not null,
  lon real not null,
  -- metres
  accuracy integer not null,
  taken_at integer not null,
  received_at integer not null,
  accepted_at integer,
  primary key (area, incident)
) without rowid;
create index caller_position_by_time on caller_position (received_at, incident);
