-- Who and what there is: areas, ambulances, facilities, devices, people and their sessions.
-- Times are UTC milliseconds. Codes are Kemendagri's, never names.

-- A dispatch area, normally a regency.
create table area (
  id text primary key,
  name text not null,
  timezone text not null
);

-- An ambulance. The number names it in position frames and in tracks and never changes.
create table unit (
  area text not null references area (id),
  id text not null,
  number integer not null,
  name text not null,
  village text not null,
  lat real not null,
  lon real not null,
  -- words with a space between
  capabilities text not null,
  primary key (area, id),
  unique (area, number)
);

-- A place that receives patients.
create table facility (
  area text not null references area (id),
  id text not null,
  name text not null,
  kind text not null,
  lat real not null,
  lon real not null,
  capabilities text not null,
  demo integer not null,
  primary key (area, id)
);

-- A device that may speak for a unit. The secret itself is kept nowhere.
create table device (
  name text primary key,
  area text not null,
  unit text not null,
  kind text not null,
  secret_hash blob not null,
  enrolled_at integer not null,
  revoked_at integer,
  foreign key (area, unit) references unit (area, id)
);

-- A person who signs in.
create table person (
  name text primary key,
  area text not null references area (id),
  role text not null,
  unit text,
  password_hash text not null,
  created_at integer not null
);

-- A signed-in browser; ending the row ends the session.
create table session (
  token_hash blob primary key,
  person text not null references person (name),
  created_at integer not null,
  expires_at integer not null
);
