-- Who was shown personal data: the first time in each hour for each person, incident and way.
create table reads (
  area text not null,
  incident blob not null,
  person text not null,
  -- incident, list, live, number
  way text not null,
  -- hours since 1970
  hour integer not null,
  role text not null,
  at integer not null,
  primary key (area, incident, person, way, hour)
) without rowid;
create index reads_by_time on reads (area, at);

-- Personal data that is there still, by age.
create index private_kept on private (at, incident) where body <> '';
