-- 1: a neighbouring area asked for it, and its desk counts it
alter table incident add column neighbour integer not null default 0;
