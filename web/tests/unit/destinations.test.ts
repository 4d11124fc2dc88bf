// Where a patient can go, which units are left out and why, and how long a step can be taken back.
import { describe, expect, it } from "vitest";
import { destinations, metresBetween } from "../../src/destinations";
import { countByReason, divertibleOf, inReasonOrder } from "../../src/exclusions";
import { atTimeOfDay } from "../../src/format";
import type { Assignment, Excluded, ExclusionCode, FacilityNow } from "../../src/protocol";
import { undoableStep } from "../../src/words";

const facility = (id: string, lat: number, part: Partial<FacilityNow> = {}): FacilityNow => ({
  id, name: id, kind: "hospital", lat, lon: 113.7, capabilities: ["emergency"], admission: "open", reason: null, ...part,
});
const here = { lat: -8.2, lon: 113.7 };

describe("destinations", () => {
  it("stand in the order in which the server would propose them", () => {
    const all = [
      facility("closed", -8.2, { admission: "closed", capabilities: ["ponek"] }),
      facility("no-care", -8.2),
      facility("limited", -8.21, { admission: "limited", capabilities: ["ponek"] }),
      facility("far", -8.4, { capabilities: ["ponek"] }),
      facility("near", -8.3, { capabilities: ["ponek"] }),
    ];
    expect(destinations(all, "ponek", here).map((each) => each.facility.id)).toEqual(["near", "far", "limited", "no-care", "closed"]);
    expect(destinations(all, null, here)[0]).toMatchObject({ lacksCare: false });
    expect(destinations(all, null, null).every((each) => each.metres === null)).toBe(true);
  });
  it("are measured as in the domain's own example", () => {
    expect(metresBetween({ lat: -8.1724, lon: 113.7003 }, { lat: -8.268, lon: 113.53 })).toBeCloseTo(21_546.773, 1);
  });
});

describe("units that are left out", () => {
  const excluded = (unit: string, code: ExclusionCode): Excluded => ({ unit, code, reason: "" });
  const all = [excluded("C", "busy"), excluded("B", "divertible"), excluded("A", "lacks"), excluded("E", "busy"), excluded("D", "no_answer")];
  it("are told with what can be acted on first", () => {
    expect(inReasonOrder(all).map((each) => each.unit)).toEqual(["B", "D", "A", "C", "E"]);
    expect(countByReason(all)).toEqual([["divertible", 1], ["no_answer", 1], ["lacks", 1], ["busy", 2]]);
  });
  it("can be taken from something less urgent when they are nearer than the best free unit, nearest first", () => {
    const some = ["far", "near", "nearest", "lost"].map((unit) => excluded(unit, "divertible"));
    const metres: Record<string, number | null> = { far: 9000, near: 800, nearest: 20, lost: null };
    const names = (best: number | null) => divertibleOf([...all, ...some], best, (unit) => metres[unit] ?? null).map((each) => each.unit);
    expect(names(1900)).toEqual(["nearest", "near"]);
    expect(names(null)).toEqual(["nearest", "near", "far"]);
    expect(names(10)).toEqual([]);
  });
});

describe("a step", () => {
  const taken = Date.parse("2026-11-23T01:00:00Z");
  const assignment = (state: string) => ({ state, ended_at: null, times: { on_scene: "2026-11-23T01:00:00Z", cleared: "2026-11-23T01:00:00Z" } }) as unknown as Assignment;
  it("can be taken back for five minutes while the assignment goes on", () => {
    expect(undoableStep(assignment("on_scene"), taken + 299_000)).toBe("on_scene");
    expect(undoableStep(assignment("on_scene"), taken + 300_000)).toBeNull();
    expect(undoableStep(assignment("offered"), taken)).toBeNull();
    expect(undoableStep(assignment("cleared"), taken)).toBeNull();
  });
  it("has its time corrected on the day on which it was, in the area's zone", () => {
    expect(atTimeOfDay(taken, "08:01:30")).toBe(Date.parse("2026-11-23T01:01:30Z"));
    expect(atTimeOfDay(taken, "8:05")).toBe(Date.parse("2026-11-23T01:05:00Z"));
    for (const text of ["", "25:00", "08:61", "pagi"]) expect(atTimeOfDay(taken, text)).toBeNull();
  });
});
