-- What has happened. The log is the truth; incident and assignment are projections of it that feed the reports and let
-- the database itself forbid a unit on two incidents.

-- One entry of an area's log. Never changed, never deleted: the triggers below see to it.
create table event (
  area text not null references area (id),
  seq integer not null,
  at integer not null,
  device_at integer,
  actor text not null,
  command blob not null,
  kind text not null,
  incident blob,
  assignment blob,
  unit text,
  -- the event as JSON, to the byte as it was hashed
  body text not null,
  private_id blob,
  private_digest blob,
  prev_hash blob not null,
  hash blob not null,
  primary key (area, seq)
) without rowid;
create index event_by_incident on event (area, incident, seq);
create index event_by_command on event (area, command);

create trigger event_is_never_changed before update on event
begin select raise(abort, 'the log is append-only'); end;
create trigger event_is_never_deleted before delete on event
begin select raise(abort, 'the log is append-only'); end;

-- Personal data of a call, apart from the log, erasable: the chain covers its salted digest only.
create table private (
  id blob primary key,
  area text not null,
  incident blob not null,
  salt blob not null,
  body text not null,
  at integer not null
);
create index private_by_incident on private (area, incident);

-- One emergency, as the reports see it.
create table incident (
  area text not null,
  id blob not null,
  case_number text not null,
  received_at integer not null,
  created_at integer not null,
  priority text not null,
  category text not null,
  village text,
  disposition text,
  ended_at integer,
  primary key (area, id)
);
create index incident_by_time on incident (area, received_at);

-- One unit's response, with the server time of each step; a skipped step has none.
create table assignment (
  area text not null,
  id blob not null,
  incident blob not null,
  unit text not null,
  state text not null,
  offered integer not null,
  delivered integer,
  acknowledged integer,
  en_route integer,
  on_scene integer,
  at_patient integer,
  transporting integer,
  at_destination integer,
  handed_over integer,
  cleared integer,
  -- rejected or cancelled
  dropped integer,
  primary key (area, id),
  foreign key (area, incident) references incident (area, id)
);
create index assignment_by_incident on assignment (area, incident, offered);

-- The last word on safety: a unit has at most one open assignment.
create unique index one_open_assignment on assignment (area, unit)
where cleared is null and dropped is null;
