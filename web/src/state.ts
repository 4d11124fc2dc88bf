// The signals every part of the console reads, and the wiring from the socket to them.
import { computed, effect, signal } from "@preact/signals";
import { api, whenSignedOut } from "./api";
import { serverClock, serverNow } from "./clock";
import { setZone } from "./format";
import { Live, STALE_MS, type LiveState } from "./live";
import { decodeFrame, positions } from "./positions";
import type { Candidate, Hello, Incident, Session, Unit } from "./protocol";
import { EMPTY_ROOM, takeDelta, takeSnapshot, type Room } from "./room";
import { isFree, isOpen } from "./words";

/** undefined: not asked yet; null: nobody is signed in. */
export const session = signal<Session | null | undefined>(undefined);
export const sessionExpired = signal(false);
export const room = signal<Room>(EMPTY_ROOM);
export const hello = signal<Hello | null>(null);
export const liveState = signal<LiveState>("connecting");
/** Server time in milliseconds, once a second: what running clocks read. */
export const now = signal(serverNow());
/** Real seconds since the server was last heard, four times a second. */
export const silence_s = signal(0);
export const stale = computed(() => silence_s.value * 1000 > STALE_MS);
export const newVersion = signal(false);

export type Panel = { kind: "none" } | { kind: "call" } | { kind: "incident"; id: string } | { kind: "aid"; id: string };
export const panel = signal<Panel>({ kind: "none" });
export const selectedUnit = signal<string | null>(null);
/** Which units the list shows, by what they do and by what is typed. */
export type UnitFilter = "all" | "free" | "busy" | "stale" | "off";
export const unitQuery = signal("");
/** What the lower left shows. */
export type LeftList = "units" | "facilities" | "coverage";
export const leftList = signal<LeftList>("units");
export const unitFilter = signal<UnitFilter>("all");
/** Units ranked on the screen at this moment, best first; the map marks them. */
export const shownCandidates = signal<readonly Candidate[]>([]);
/** The place they are ranked for, where it is not the incident's own. */
export const rankedPlace = signal<{ lat: number; lon: number } | null>(null);
/** The place of the call being typed, for the map. */
export const draftPlace = signal<{ lat: number; lon: number; uncertainty_m: number | null } | null>(null);
/** What the map should bring into view; the number makes the same place twice a new wish. */
export const lookAt = signal<{ lat: number; lon: number; zoom: number; wish: number } | null>(null);
/** The middle of the map while it shows a part of the area; null while it shows all of it. */
export const mapCentre = signal<{ lat: number; lon: number } | null>(null);
export const keySheet = signal(false);

export interface Notice { kind: "info" | "error"; text: string; wish: number }
export const notice = signal<Notice | null>(null);
let wishes = 0;
export function say(kind: Notice["kind"], text: string): void {
  notice.value = { kind, text, wish: ++wishes };
}
export function show(lat: number, lon: number, zoom = 12.5): void {
  lookAt.value = { lat, lon, zoom, wish: ++wishes };
}

export const openIncidents = computed<Incident[]>(() => [...room.value.incidents.values()].filter(isOpen));
export const unitList = computed<Unit[]>(() => [...room.value.units.values()].sort((a, b) => a.unit.localeCompare(b.unit)));
export const freeCount = computed(() => unitList.value.filter(isFree).length);
export const mayDispatch = computed(() => session.value?.role === "operator" || session.value?.role === "supervisor");
/** Devices are an administrator's; a supervisor looks at them when a unit is silent. */
export const mayManage = computed(() => session.value?.role === "admin" || session.value?.role === "supervisor");
export const mayReport = computed(() => ["supervisor", "admin", "official"].includes(session.value?.role ?? ""));

/** Seconds since the unit's newest fix, by the server's clock; null while no position is known. */
export function fixAge_s(unit: Unit, nowMs: number): number | null {
  if (positions.known(unit.index)) return Math.max(0, (nowMs - positions.fixAt[unit.index]!) / 1000);
  return unit.fix ? Math.max(0, (nowMs - Date.parse(unit.fix.at)) / 1000) : null;
}
export function isStale(unit: Unit, nowMs: number): boolean {
  const age = fixAge_s(unit, nowMs);
  return age === null || unit.link !== "online" || age > (hello.value?.stale_after_s ?? 60);
}
export function placeOf(unit: Unit): { lat: number; lon: number } | null {
  if (positions.known(unit.index)) return { lat: positions.lat[unit.index]!, lon: positions.lon[unit.index]! };
  return unit.fix ?? unit.post;
}

let behind = 0;
export const live = new Live({
  hello(message) {
    const previous = hello.peek();
    serverClock.setSpeed(message.speed);
    serverClock.sample(message.server_time, performance.now());
    if (previous && previous.epoch !== message.epoch) positions.clear();
    if (previous && previous.build !== message.build) newVersion.value = true;
    setZone(message.area.timezone, message.area.zone_label);
    hello.value = message;
    now.value = serverNow();
  },
  snapshot(message) {
    behind = 0;
    room.value = takeSnapshot(room.peek(), message);
    seed(message.units);
  },
  delta(message) {
    serverClock.sample(message.server_time, performance.now());
    const { room: next, outcome } = takeDelta(room.peek(), message);
    if (outcome === "gap") return false;
    room.value = next;
    return true;
  },
  heartbeat(message) {
    serverClock.sample(message.server_time, performance.now());
    // One heartbeat may overtake a delta; two in a row without progress mean that a delta was lost.
    behind = message.seq > room.peek().seq ? behind + 1 : 0;
    return behind < 3;
  },
  positions(frame) {
    const decoded = decodeFrame(frame);
    if (!decoded) return;
    const at = performance.now();
    for (const record of decoded.records) positions.take(record, at, Math.max(1, serverClock.speed));
  },
  state(next) {
    liveState.value = next;
  },
  refused() {
    api.session().catch(() => undefined);
  },
});

/** A frame's age ends at 109 minutes; the snapshot knows the exact time of an older fix. */
function seed(units: Unit[]): void {
  const at = performance.now();
  for (const unit of units) {
    if (!unit.fix || positions.known(unit.index)) continue;
    positions.take(
      {
        index: unit.index, lat: unit.fix.lat, lon: unit.fix.lon, heading_deg: unit.fix.heading_deg ?? 0,
        battery_pct: unit.battery_pct, fix_at_ms: Date.parse(unit.fix.at), saturated: false,
      },
      at,
    );
  }
}

export async function whoAmI(): Promise<void> {
  try {
    session.value = await api.session();
  } catch {
    session.value ??= null;
  }
}

whenSignedOut(() => {
  if (session.peek()) sessionExpired.value = true;
  session.value = null;
});

/** Starts the clocks and keeps the socket open for as long as somebody is signed in. */
export function startLive(): void {
  setInterval(() => {
    now.value = serverNow();
  }, 1000);
  setInterval(() => {
    silence_s.value = live.silence_s();
  }, 250);
  effect(() => {
    if (session.value && session.value.role !== "crew") live.start();
    else live.stop();
  });
}

export async function signOut(): Promise<void> {
  try {
    await api.signOut();
  } catch {
    // The cookie may already be gone; the screen must close in any case.
  }
  sessionExpired.value = false;
  room.value = EMPTY_ROOM;
  hello.value = null;
  panel.value = { kind: "none" };
  positions.clear();
  session.value = null;
}
