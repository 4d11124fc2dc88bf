// The room's reducer: what a snapshot, a delta, a repeated and a missing number do.
import { describe, expect, it } from "vitest";
import type { AidRequest, Alarm, Delta, Incident, LiveEntry, Unit } from "../../src/protocol";
import { EMPTY_ROOM, takeDelta, takeSnapshot, type Room } from "../../src/room";

const unit = (code: string, state: Unit["state"] = "available_at_post") => ({ unit: code, index: 1, state }) as Unit;
const incident = (id: string, part: Partial<Incident> = {}) => ({ id, version: 1, state: "pending", ended_at: null, ...part }) as Incident;
const entry = (seq: number) => ({ seq, kind: "call_taken" }) as LiveEntry;
const AT = "2026-11-23T12:00:00.000Z";
const delta = (seq: number, part: Partial<Delta> = {}): Delta => ({ type: "delta", seq, server_time: AT, ...part });

const start: Room = takeSnapshot(EMPTY_ROOM, { type: "snapshot", seq: 41, units: [unit("A"), unit("B")], incidents: [incident("i")], alarms: [] });

describe("the room", () => {
  it("takes a snapshot as the whole picture", () => {
    expect(start.seq).toBe(41);
    expect([...start.units.keys()]).toEqual(["A", "B"]);
    const next = takeSnapshot(start, { type: "snapshot", seq: 3, units: [unit("C")], incidents: [], alarms: [] });
    expect([...next.units.keys()]).toEqual(["C"]);
    expect(next.incidents.size).toBe(0);
    expect(next.seq).toBe(3);
  });

  it("replaces what a delta names and leaves the rest as it is", () => {
    const { room, outcome } = takeDelta(start, delta(42, { units: [unit("B", "en_route")], incidents: [incident("j")], entries: [entry(42)] }));
    expect(outcome).toBe("applied");
    expect(room.seq).toBe(42);
    expect(room.units.get("B")?.state).toBe("en_route");
    expect(room.units.get("A")).toBe(start.units.get("A"));
    expect([...room.incidents.keys()]).toEqual(["i", "j"]);
    expect(room.log).toHaveLength(1);
  });

  it("keeps the alarms until a delta brings all of them anew", () => {
    const sos = { key: "sos/A" } as Alarm;
    const with_ = takeDelta(start, delta(42, { alarms: [sos] })).room;
    expect(with_.alarms).toEqual([sos]);
    expect(takeDelta(with_, delta(43)).room.alarms).toBe(with_.alarms);
    expect(takeDelta(with_, delta(43, { alarms: [] })).room.alarms).toEqual([]);
  });

  it("keeps what other areas ask until a delta brings all of it anew, and takes none from a server that knows no neighbours", () => {
    expect(start.aid_requests).toEqual([]);
    const asked = { id: "r" } as AidRequest;
    const whole = takeSnapshot(start, { type: "snapshot", seq: 50, units: [], incidents: [], alarms: [], aid_requests: [asked] });
    expect(whole.aid_requests).toEqual([asked]);
    const next = takeDelta(whole, delta(51)).room;
    expect(next.aid_requests).toBe(whole.aid_requests);
    expect(takeDelta(next, delta(52, { aid_requests: [] })).room.aid_requests).toEqual([]);
    expect(takeSnapshot(whole, { type: "snapshot", seq: 60, units: [], incidents: [], alarms: [] }).aid_requests).toEqual([]);
  });

  it("does not touch maps that a delta does not name", () => {
    const { room } = takeDelta(start, delta(42));
    expect(room.units).toBe(start.units);
    expect(room.incidents).toBe(start.incidents);
  });

  it("ignores a number it has already seen", () => {
    const { room, outcome } = takeDelta(start, delta(41, { units: [unit("A", "off_duty")] }));
    expect(outcome).toBe("duplicate");
    expect(room).toBe(start);
  });

  it("refuses a number that skips one, and any delta before the first snapshot", () => {
    expect(takeDelta(start, delta(43)).outcome).toBe("gap");
    expect(takeDelta(start, delta(43)).room).toBe(start);
    expect(takeDelta(EMPTY_ROOM, delta(0)).outcome).toBe("gap");
  });

  it("drops incidents that ended more than twelve hours ago, by the server's time", () => {
    const old = incident("old", { state: "closed", ended_at: "2026-11-22T23:59:59.000Z" });
    const recent = incident("recent", { state: "closed", ended_at: "2026-11-23T00:00:01.000Z" });
    const { room } = takeDelta(start, delta(42, { incidents: [old, recent], alarms: [] }));
    expect([...room.incidents.keys()]).toEqual(["i", "recent"]);
  });

  it("ends equal to a snapshot whatever repeats come between", () => {
    let seed = 7;
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const states: Unit["state"][] = ["available_at_post", "offered", "en_route", "off_duty"];
    const sent: Delta[] = [];
    const truth = new Map<string, Unit>();
    for (let seq = 1; seq <= 200; seq++) {
      const changed = unit(`U${Math.floor(random() * 9)}`, states[Math.floor(random() * 4)]!);
      truth.set(changed.unit, changed);
      sent.push(delta(seq, { units: [changed] }));
    }
    let room = takeSnapshot(EMPTY_ROOM, { type: "snapshot", seq: 0, units: [], incidents: [], alarms: [] });
    let next = 0;
    while (next < sent.length) {
      const back = random() < 0.3 ? Math.floor(random() * 5) : 0;
      const result = takeDelta(room, sent[Math.max(0, next - back)]!);
      expect(result.outcome).not.toBe("gap");
      room = result.room;
      next = room.seq;
    }
    expect([...room.units].sort()).toEqual([...truth].sort());
  });

  it("keeps the newest 500 lines of the log", () => {
    let room = start;
    for (let seq = 42; seq < 42 + 600; seq++) room = takeDelta(room, delta(seq, { entries: [entry(seq)] })).room;
    expect(room.log).toHaveLength(500);
    expect(room.log.at(-1)?.seq).toBe(641);
  });
});
