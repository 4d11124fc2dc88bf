-- What units must be able to do at an incident, as last said; words with a space between, empty: nothing special.
alter table incident add column needs text not null default '';
-- What the unit could do when it was ordered out, in the same form; null where it was not noted.
alter table assignment add column abilities text;

-- Offers by time, and who was on duty: the reports ask for both.
create index assignment_by_time on assignment (area, offered);
create index event_of_duty on event (area, unit, seq) where kind = 'duty_changed';
