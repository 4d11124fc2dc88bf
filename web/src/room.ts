// What the control room knows: units and incidents, changed only by snapshots and numbered deltas. Positions are not here.
import type { AidRequest, Alarm, Delta, Incident, LiveEntry, Snapshot, Unit } from "./protocol";

export const KEEP_ENDED_MS = 12 * 3600 * 1000;
/** Lines kept for the log; older ones are in each incident's own timeline. */
const LOG_LENGTH = 500;

export interface Room {
  /** Number of the last applied snapshot or delta; -1 before the first. */
  readonly seq: number;
  readonly units: ReadonlyMap<string, Unit>;
  readonly incidents: ReadonlyMap<string, Incident>;
  /** What asks for an operator, as the server says. */
  readonly alarms: readonly Alarm[];
  /** What other areas ask of this one. */
  readonly aid_requests: readonly AidRequest[];
  readonly log: readonly LiveEntry[];
}

export const EMPTY_ROOM: Room = { seq: -1, units: new Map(), incidents: new Map(), alarms: [], aid_requests: [], log: [] };

export type Outcome = "applied" | "duplicate" | "gap";

/** Takes a whole new picture; the log survives, because what happened stays true. */
export function takeSnapshot(room: Room, snapshot: Snapshot): Room {
  return {
    seq: snapshot.seq,
    units: new Map(snapshot.units.map((unit) => [unit.unit, unit])),
    incidents: new Map(snapshot.incidents.map((incident) => [incident.id, incident])),
    alarms: snapshot.alarms,
    aid_requests: snapshot.aid_requests ?? [],
    log: room.log,
  };
}

/** Takes one delta. A number already seen changes nothing; a number skipped means that the picture must be asked for again. */
export function takeDelta(room: Room, delta: Delta): { room: Room; outcome: Outcome } {
  if (delta.seq <= room.seq) return { room, outcome: "duplicate" };
  if (room.seq < 0 || delta.seq !== room.seq + 1) return { room, outcome: "gap" };
  const units = replaced(room.units, delta.units ?? [], (unit) => unit.unit);
  const incidents = replaced(room.incidents, delta.incidents ?? [], (incident) => incident.id);
  const entries = delta.entries ?? [];
  const log = entries.length === 0 ? room.log : [...room.log, ...entries].slice(-LOG_LENGTH);
  return {
    room: {
      seq: delta.seq, units, incidents: withoutOld(incidents, Date.parse(delta.server_time)), alarms: delta.alarms ?? room.alarms,
      aid_requests: delta.aid_requests ?? room.aid_requests, log,
    },
    outcome: "applied",
  };
}

function replaced<T>(old: ReadonlyMap<string, T>, changed: readonly T[], key: (item: T) => string): ReadonlyMap<string, T> {
  if (changed.length === 0) return old;
  const next = new Map(old);
  for (const item of changed) next.set(key(item), item);
  return next;
}

function withoutOld(incidents: ReadonlyMap<string, Incident>, nowMs: number): ReadonlyMap<string, Incident> {
  const gone = [...incidents.values()].filter(
    (incident) => incident.ended_at !== null && nowMs - Date.parse(incident.ended_at) > KEEP_ENDED_MS,
  );
  if (gone.length === 0) return incidents;
  const next = new Map(incidents);
  for (const incident of gone) next.delete(incident.id);
  return next;
}
