-- Recorded positions, one partition for each UTC day of receipt, made when its first position comes. A position that is
-- sent again on the same day collapses into the one that is there.
create table fix (
  area text not null,
  unit integer not null,
  -- UTC day of receipt, days since 1970-01-01
  day integer not null,
  device_at bigint not null,
  received_at bigint not null,
  -- ten-millionths of a degree
  lat integer not null,
  lon integer not null,
  -- tenths of km/h, degrees, decimetres, percent
  speed integer,
  heading integer,
  accuracy integer,
  battery integer,
  class integer not null,
  primary key (area, unit, day, device_at, lat, lon)
) partition by range (day);
