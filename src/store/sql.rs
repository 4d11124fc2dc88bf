//! The statements that read the same in both databases.

use crate::dispatch::event::Step;

pub const SAVE_AREA: &str = "insert into area (id, name, timezone) values ($1, $2, $3) \
    on conflict (id) do update set name = excluded.name, timezone = excluded.timezone";
pub const AREAS: &str = "select id, name, timezone from area order by id limit 1000";
pub const SAVE_UNIT: &str = "insert into unit \
    (area, id, number, name, village, lat, lon, capabilities) \
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (area, id) do update set \
    name = excluded.name, village = excluded.village, lat = excluded.lat, lon = excluded.lon, \
    capabilities = excluded.capabilities";
pub const UNITS: &str = "select id, number, name, village, lat, lon, capabilities from unit \
    where area = $1 order by number limit 100000";
pub const SAVE_FACILITY: &str = "insert into facility \
    (area, id, name, kind, lat, lon, capabilities, demo) \
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (area, id) do update set \
    name = excluded.name, kind = excluded.kind, lat = excluded.lat, lon = excluded.lon, \
    capabilities = excluded.capabilities, demo = excluded.demo";
pub const FACILITIES: &str = "select id, name, kind, lat, lon, capabilities, demo from facility \
    where area = $1 order by id limit 10000";
pub const ADD_DEVICE: &str = "insert into device \
    (name, area, unit, kind, secret_hash, enrolled_at, revoked_at, \
     old_secret_hash, old_until, payload_key, address) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
/// PostgreSQL counts devices itself.
pub const NUMBER_DEVICE: &str = "update device set \
    number = (select coalesce(max(number), 0) + 1 from device) where name = $1";
pub const DEVICE: &str = "select name, number, area, unit, kind, secret_hash, enrolled_at, revoked_at, \
     old_secret_hash, old_until, payload_key, address \
    from device where name = $1";
pub const DEVICE_AT: &str = "select name, number, area, unit, kind, secret_hash, enrolled_at, revoked_at, \
     old_secret_hash, old_until, payload_key, address \
    from device where area = $1 and kind = $2 and address = $3 and revoked_at is null";
pub const DEVICES: &str = "select name, number, area, unit, kind, secret_hash, enrolled_at, revoked_at, \
     old_secret_hash, old_until, payload_key, address \
    from device where area = $1 order by name limit 1000000";
pub const DEVICE_NAMES: &str = "select number, name from device where area = $1 and unit = $2 \
    order by number limit 10000";
/// While a replaced secret still works, it is the one that the device has: one made after it and never used goes.
pub const CHANGE_DEVICE_SECRET: &str = "update device set \
    old_secret_hash = case when old_until > $3 then old_secret_hash else secret_hash end, \
    old_until = $4, secret_hash = $2, code_hash = null, code_until = null \
    where name = $1 and revoked_at is null";
pub const END_OLD_DEVICE_SECRET: &str = "update device set \
    old_secret_hash = null, old_until = null where name = $1 and secret_hash = $2";
pub const SET_DEVICE_CODE: &str = "update device set code_hash = $2, code_until = $3 \
    where name = $1 and revoked_at is null";
pub const REDEEM_DEVICE_CODE: &str = "update device set \
    old_secret_hash = case when old_until > $3 then old_secret_hash else secret_hash end, \
    old_until = $5, secret_hash = $4, code_hash = null, code_until = null \
    where area = $1 and code_hash = $2 and code_until > $3 and revoked_at is null \
    returning name, number, area, unit, kind, secret_hash, enrolled_at, revoked_at, \
     old_secret_hash, old_until, payload_key, address";
pub const REVOKE_DEVICE: &str =
    "update device set revoked_at = $2 where name = $1 and revoked_at is null";
pub const REVOKE_DEVICES: &str =
    "update device set revoked_at = $2 where area = $1 and revoked_at is null";
pub const REVOKED_SINCE: &str = "select name from device where area = $1 and revoked_at >= $2 \
    order by revoked_at desc limit 100000";
pub const ADD_USER: &str = "insert into person \
    (name, area, role, unit, password_hash, created_at) values ($1, $2, $3, $4, $5, $6)";
pub const USER: &str = "select name, area, role, unit, password_hash, created_at \
    from person where name = $1";
pub const USERS: &str = "select name, area, role, unit, password_hash, created_at \
    from person where area = $1 order by name limit 10000";
pub const SET_PASSWORD: &str = "update person set password_hash = $2 where name = $1";
pub const END_SESSIONS_OF: &str = "delete from session where person = $1";
pub const ADD_SESSION: &str = "insert into session \
    (token_hash, person, created_at, expires_at) values ($1, $2, $3, $4)";
pub const SESSION: &str = "select token_hash, person, created_at, expires_at from session \
    where token_hash = $1 and expires_at > $2";
pub const END_SESSION: &str = "delete from session where token_hash = $1";
pub const PRUNE_SESSIONS: &str = "delete from session where expires_at <= $1";

pub const SAVE_LINK: &str = "insert into link \
    (area, kind, subject, incident, token_hash, made_at, expires_at) \
    values ($1, $2, $3, $4, $5, $6, $7) on conflict (area, kind, subject) do update set \
    incident = excluded.incident, token_hash = excluded.token_hash, made_at = excluded.made_at, \
    expires_at = excluded.expires_at, positions = 0";
pub const PRUNE_LINKS: &str = "delete from link where expires_at <= $1";
pub const LINK: &str = "select kind, subject, incident, token_hash, made_at, expires_at from link \
    where area = $1 and token_hash = $2 and expires_at > $3";
/// Ends the link by which a position came.
pub const END_LINK: &str = "update link set expires_at = $4 where expires_at > $4 and token_hash = \
    (select token_hash from caller_position where area = $1 and incident = $2 and received_at = $3)";
pub const COUNT_POSITION: &str = "update link set positions = positions + 1 \
    where area = $1 and token_hash = $2 and kind = 'caller' and expires_at > $3 and positions < $4";
pub const OFFER_POSITION: &str = "insert into caller_position \
    (area, incident, token_hash, lat, lon, accuracy, taken_at, received_at) \
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (area, incident) do update set \
    token_hash = excluded.token_hash, lat = excluded.lat, lon = excluded.lon, accuracy = excluded.accuracy, \
    taken_at = excluded.taken_at, received_at = excluded.received_at, accepted_at = null";
pub const ACCEPT_POSITION: &str = "update caller_position set accepted_at = $4 \
    where area = $1 and incident = $2 and received_at = $3";
pub const DISMISS_POSITION: &str = "delete from caller_position \
    where area = $1 and incident = $2 and received_at = $3";
pub const CALLER_POSITIONS: &str = "select incident, lat, lon, accuracy, taken_at, received_at, \
    accepted_at from caller_position where area = $1 order by received_at limit 100000";
pub const ERASE_POSITION: &str = "delete from caller_position where area = $1 and incident = $2";

pub const ADD_PRIVATE: &str = "insert into private (id, area, incident, salt, body, at, phone) \
    values ($1, $2, $3, $4, $5, $6, $7)";
pub const EARLIER_CALLS: &str = "select i.id, i.case_number, i.received_at, i.category, \
    i.disposition from incident i where i.area = $1 and i.id in \
    (select p.incident from private p where p.area = $1 and p.phone = $2) \
    order by i.received_at desc, i.id limit $3";
pub const ADD_INCIDENT: &str = "insert into incident \
    (area, id, case_number, received_at, created_at, priority, category, village, drill, neighbour) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
pub const ATTACH_CALL: &str = "update incident \
    set received_at = $3 where area = $1 and id = $2 and received_at > $3";
pub const SET_PRIORITY: &str = "update incident set priority = $3 where area = $1 and id = $2";
pub const SET_CATEGORY: &str = "update incident set category = $3 where area = $1 and id = $2";
pub const SET_NEEDS: &str = "update incident set needs = $3 where area = $1 and id = $2";
pub const MERGE_INCIDENT: &str = "update incident set merged_into = $3 where area = $1 and id = $2";
pub const REOPEN_INCIDENT: &str =
    "update incident set disposition = null, ended_at = null where area = $1 and id = $2";
pub const PLACE_INCIDENT: &str = "update incident set village = $3 where area = $1 and id = $2";
pub const END_INCIDENT: &str =
    "update incident set disposition = $3, ended_at = $4 where area = $1 and id = $2";
pub const ADD_ASSIGNMENT: &str = "insert into assignment \
    (area, id, incident, unit, state, offered, referral, abilities) \
    values ($1, $2, $3, $4, 'offered', $5, $6, $7)";
/// Confirmed again: the unit may be another, and nothing of it has been dropped.
pub const ADD_AID: &str = "insert into assignment \
    (area, id, incident, unit, state, offered, referral) \
    values ($1, $2, $3, $4, 'offered', $5, 0) \
    on conflict (area, id) do update set unit = excluded.unit, state = 'offered', dropped = null";
pub const DELIVER_ASSIGNMENT: &str = "update assignment \
    set delivered = coalesce(delivered, $3) where area = $1 and id = $2";
pub const DROP_ASSIGNMENT: &str =
    "update assignment set state = $3, dropped = $4 where area = $1 and id = $2";

/// The statement of a kind for the column of a step.
macro_rules! by_step {
    ($step:expr, $statement:ident) => {
        match $step {
            Step::Acknowledged => $statement!("acknowledged"),
            Step::EnRoute => $statement!("en_route"),
            Step::OnScene => $statement!("on_scene"),
            Step::AtPatient => $statement!("at_patient"),
            Step::Transporting => $statement!("transporting"),
            Step::AtDestination => $statement!("at_destination"),
            Step::HandedOver => $statement!("handed_over"),
            Step::Cleared => $statement!("cleared"),
        }
    };
}

macro_rules! take_step {
    ($column:literal) => {
        concat!(
            "update assignment set state = '",
            $column,
            "', ",
            $column,
            " = coalesce(",
            $column,
            ", $3) where area = $1 and id = $2"
        )
    };
}

macro_rules! undo_step {
    ($column:literal) => {
        concat!(
            "update assignment set state = $3, ",
            $column,
            " = null where area = $1 and id = $2"
        )
    };
}

macro_rules! correct_step {
    ($column:literal) => {
        concat!("update assignment set ", $column, " = $3 where area = $1 and id = $2")
    };
}

/// Notes a step; the first time stands.
pub const fn take_step(step: Step) -> &'static str {
    by_step!(step, take_step)
}

/// Takes a step back.
pub const fn undo_step(step: Step) -> &'static str {
    by_step!(step, undo_step)
}

/// Puts another time in place of a step's.
pub const fn correct_step(step: Step) -> &'static str {
    by_step!(step, correct_step)
}

pub const ENTRIES: &str = "select seq, at, device_at, actor, command, body, private_id, \
    private_digest, prev_hash, hash from event where area = $1 and seq > $2 order by seq limit $3";
pub const HEAD: &str = "select seq, hash from event where area = $1 order by seq desc limit 1";
pub const INCIDENT_ENTRIES: &str = "select seq, at, device_at, actor, command, body, private_id, \
    private_digest, prev_hash, hash from event where area = $1 and incident = $2 \
    order by seq limit $3";
pub const COMMAND_ENTRIES: &str = "select seq, at, device_at, actor, command, body, private_id, \
    private_digest, prev_hash, hash from event where area = $1 and command = $2 \
    order by seq limit $3";
pub const COMMANDS_SINCE: &str = "select command from event where area = $1 and at >= $2 \
    group by command order by min(seq) limit $3";
pub const PRIVATE_OF: &str = "select id, incident, salt, body, phone, at from private \
    where area = $1 and incident = $2 order by at, id limit 1000";
pub const ERASE_PRIVATE: &str =
    "update private set body = '', salt = $3, phone = null where area = $1 and incident = $2";

/// An incident with all that are part of it is one; its T0 is the earliest of them. An incident leads for a week at
/// most before its parts are known, so later ones need not be looked at.
pub const REPORT_INCIDENTS: &str = "select * from (select i.id, i.case_number, \
    case when m.first_at < i.received_at then m.first_at else i.received_at end as received_at, \
    i.created_at, i.priority, i.category, i.village, i.disposition, i.ended_at, i.drill, \
    i.neighbour, i.needs \
    from incident i left join (select p.merged_into, min(p.received_at) as first_at \
        from incident p where p.area = $1 and p.merged_into is not null group by p.merged_into) \
        as m on m.merged_into = i.id \
    where i.area = $1 and i.merged_into is null \
    and i.received_at >= $2 and i.received_at - 604800000 < $3) as led \
    where received_at >= $2 and received_at < $3 order by received_at, id limit $4";
pub const REPORT_ASSIGNMENTS: &str = "select a.id, coalesce(i.merged_into, i.id) as incident, \
    a.unit, a.state, a.offered, \
    a.delivered, a.acknowledged, a.en_route, a.on_scene, a.at_patient, a.transporting, \
    a.at_destination, a.handed_over, a.cleared, a.dropped, a.referral, \
    a.abilities from assignment a \
    join incident i on i.area = a.area and i.id = a.incident \
    join incident l on l.area = a.area and l.id = coalesce(i.merged_into, i.id) \
    where a.area = $1 and l.received_at >= $2 and l.received_at - 604800000 < $3 \
    order by a.offered, a.id limit $4";

// SQLite keeps no statistics of its own and would rather read a whole log in its order than look into a small index:
// `area || ''` tells it that the area is no way to find these rows.
pub const REPORT_OFFERS: &str = "select a.unit, i.case_number, a.state, a.offered, \
    coalesce(a.acknowledged, a.en_route, a.on_scene, a.at_patient, a.transporting, \
        a.at_destination, a.handed_over, a.cleared) as accepted, \
    coalesce(a.en_route, a.on_scene, a.at_patient, a.transporting, a.at_destination, \
        a.handed_over, a.cleared) as rolling, a.dropped, e.actor, e.body from assignment a \
    join incident i on i.area = a.area and i.id = a.incident \
    left join event e on e.assignment = a.id and e.area || '' = a.area \
        and e.kind in ('assignment_rejected', 'assignment_cancelled', 'offer_timed_out', \
        'assignment_diverted') \
    where a.area = $1 and a.offered >= $2 and a.offered < $3 and i.drill = 0 \
    order by a.offered, a.id limit $4";
/// Trips to a scene whose times nobody touched, to a place that nobody moved after the order.
pub const TRIPS: &str = "select i.village, a.offered, a.en_route, a.on_scene, e.body \
    from assignment a \
    join incident i on i.area = a.area and i.id = a.incident \
    join event e on e.area = a.area and e.incident = a.incident and e.assignment = a.id \
        and e.kind = 'unit_offered' \
    where a.area = $1 and a.offered >= $2 and a.en_route is not null and a.on_scene is not null \
    and a.referral = 0 and i.drill = 0 and i.village is not null \
    and not exists (select 1 from event c where c.area = a.area and c.incident = a.incident \
        and c.assignment = a.id and c.kind in ('time_corrected', 'step_undone')) \
    and not exists (select 1 from event p where p.area = a.area and p.incident = a.incident \
        and p.kind = 'incident_placed' and p.at > a.offered) \
    order by a.offered desc, a.id limit $3";
/// The second part: how each unit stood when the period began.
pub const REPORT_DUTY: &str = "select at, body from (\
    select e.seq, e.at, e.body from event e where e.kind = 'duty_changed' \
        and e.area || '' = $1 and e.at >= $2 and e.at < $3 \
    union all select e.seq, e.at, e.body from event e where e.area = $1 and e.seq in \
        (select max(b.seq) from event b where b.kind = 'duty_changed' \
        and b.area || '' = $1 and b.at < $2 group by b.unit)) as known order by seq limit $4";
pub const READS: &str = "select r.incident, r.person, r.role, r.way, r.at, i.case_number \
    from reads r left join incident i on i.area = r.area and i.id = r.incident \
    where r.area = $1 and r.at >= $2 and r.at < $3 and ($4 is null or r.incident = $4) \
    and ($5 is null or r.person = $5) \
    order by r.at desc, r.incident, r.person, r.way limit $6";
pub const DROP_READS: &str = "delete from reads where (area, incident, person, way, hour) in \
    (select area, incident, person, way, hour from reads where area = $1 and at < $2 limit $3)";
/// What a neighbour's caller said stands under a request's id, which is no incident's, and counts from its receipt.
pub const PRIVATE_ENDED: &str = "select distinct p.incident from (\
    select incident from private where body <> '' and at < $2 and area || '' = $1 \
    union all select incident from caller_position where received_at < $2 and area || '' = $1) p \
    left join incident i on i.area = $1 and i.id = p.incident \
    left join incident l on l.area = i.area and l.id = i.merged_into \
    where (i.id is null or (coalesce(l.ended_at, i.ended_at) < $2 \
    and (i.merged_into is null or l.ended_at is not null))) order by p.incident limit $3";
pub const ASSIGNED: &str = "select u.number, a.offered, coalesce(a.cleared, a.dropped) as ended \
    from assignment a join unit u on u.area = a.area and u.id = a.unit \
    where a.area = $1 and coalesce(a.cleared, a.dropped, $2) >= $2 limit $3";
