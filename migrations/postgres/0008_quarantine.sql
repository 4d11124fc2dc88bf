-- Messages from a broker that would never become right, kept for whoever has to find their sender; the oldest go.
create table quarantine (
    id bigint generated always as identity primary key,
    area text not null,
    at bigint not null,
    topic text not null,
    size bigint not null,
    reason text not null,
    head bytea not null
);
create index quarantine_of_area on quarantine (area, id);
