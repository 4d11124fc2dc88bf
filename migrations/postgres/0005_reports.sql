-- What units must be able to do at an incident, as last said; words with a space between, empty: nothing special.
alter table incident add column needs text not null default '';
-- What the unit could do when it was ordered out, in the same form; null where it was not noted.
alter table assignment add column abilities text;

-- Orders by time, how they came to nothing, and who was on duty: what the reports ask for.
create index assignment_by_time on assignment (area, offered);
create index event_of_end on event (assignment, area)
where kind in ('assignment_rejected', 'assignment_cancelled', 'offer_timed_out', 'assignment_diverted');
create index event_of_duty on event (at, unit, area) where kind = 'duty_changed';
