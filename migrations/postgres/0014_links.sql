-- Links for people without a sign-in, one of each kind for a subject: a new one takes the place of the one before. The
-- token that is in a link is kept nowhere.
create table link (
  area text not null,
  -- caller, family
  kind text not null,
  -- of a caller's link the incident, of a family's the assignment
  subject uuid not null,
  incident uuid not null,
  token_hash bytea not null,
  made_at bigint not null,
  expires_at bigint not null,
  -- how many positions have come by it
  positions bigint not null default 0,
  primary key (area, kind, subject)
);
create unique index link_by_token on link (token_hash);

-- Where a caller's phone said last that it is: offered, and in use only once somebody has accepted it. Personal data,
-- erased with the incident's.
create table caller_position (
  area text not null,
  incident uuid not null,
  -- of the link that it came by
  token_hash bytea not null,
  lat double precision not null,
  lon double precision not null,
  -- metres
  accuracy bigint not null,
  taken_at bigint not null,
  received_at bigint not null,
  accepted_at bigint,
  primary key (area, incident)
);
create index caller_position_by_time on caller_position (received_at, incident);
