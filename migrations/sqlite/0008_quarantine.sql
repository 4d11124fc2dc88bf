-- Messages from a broker that would never become right, kept for whoever has to find their sender; the oldest go.
create table quarantine (
    id integer primary key,
    area text not null,
    at integer not null,
    topic text not null,
    size integer not null,
    reason text not null,
    head blob not null
);
create index quarantine_of_area on quarantine (area, id);
