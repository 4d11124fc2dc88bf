-- What has happened. The log is the truth; incident and assignment are projections of it that feed the reports and let
-- the database itself forbid a unit on two incidents.

-- One entry of an area's log. Never changed, never deleted: the triggers below see to it.
create table event (
  area text not null references area (id),
  seq bigint not null,
  at bigint not null,
  device_at bigint,
  actor text not null,
  command uuid not null,
  kind text not null,
  incident uuid,
  assignment uuid,
  unit text,
  -- the event as JSON, to the byte as it was hashed
  body text not null,
  private_id uuid,
  private_digest bytea,
  prev_hash bytea not null,
  hash bytea not null,
  primary key (area, seq)
);
create index event_by_incident on event (area, incident, seq);
create index event_by_command on event (area, command);

create function refuse_change() returns trigger language plpgsql as $$
begin raise exception 'the log is append-only'; end $$;
create trigger event_is_never_changed before update or delete on event
for each row execute function refuse_change();
create trigger event_is_never_emptied before truncate on event
for each statement execute function refuse_change();

-- Personal data of a call, apart from the log, erasable: the chain covers its salted digest only.
create table private (
  id uuid primary key,
  area text not null,
  incident uuid not null,
  salt bytea not null,
  body text not null,
  at bigint not null
);
create index private_by_incident on private (area, incident);

-- One emergency, as the reports see it.
create table incident (
  area text not null,
  id uuid not null,
  case_number text not null,
  received_at bigint not null,
  created_at bigint not null,
  priority text not null,
  category text not null,
  village text,
  disposition text,
  ended_at bigint,
  primary key (area, id)
);
create index incident_by_time on incident (area, received_at);

-- One unit's response, with the server time of each step; a skipped step has none.
create table assignment (
  area text not null,
  id uuid not null,
  incident uuid not null,
  unit text not null,
  state text not null,
  offered bigint not null,
  delivered bigint,
  acknowledged bigint,
  en_route bigint,
  on_scene bigint,
  at_patient bigint,
  transporting bigint,
  at_destination bigint,
  handed_over bigint,
  cleared bigint,
  -- rejected or cancelled
  dropped bigint,
  primary key (area, id),
  foreign key (area, incident) references incident (area, id)
);
create index assignment_by_incident on assignment (area, incident, offered);

-- The last word on safety: a unit has at most one open assignment.
create unique index one_open_assignment on assignment (area, unit)
where cleared is null and dropped is null;
