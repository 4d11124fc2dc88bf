// States, clocks, waiting times: what the room makes of what it knows.
import { describe, expect, it } from "vitest";
import { FIRST_MS, LONGEST_MS, backoffMs } from "../../src/backoff";
import { ServerClock } from "../../src/clock";
import type { Assignment, Incident } from "../../src/protocol";
import { clockStoppedAt, inQueueOrder, stepsAfter, urgency } from "../../src/words";

const at = (minute: number) => new Date(Date.UTC(2026, 10, 23, 1, minute)).toISOString();
const assignment = (state: Assignment["state"], times: Partial<Assignment["times"]>) => ({ id: "a", unit: "AMB-SILO-03", state, times, ended_at: null }) as Assignment;
const incident = (part: Partial<Incident>) =>
  ({ id: "i", case_number: "261123-001", priority: "P1", state: "assigned", received_at: at(0), ended_at: null, target_s: 900, assignments: [], ...part }) as Incident;

describe("an incident's clock", () => {
  it("turns amber at half the target and red past it", () => {
    const p1 = incident({});
    expect([449, 450, 900, 901].map((seconds) => urgency(p1, seconds))).toEqual(["calm", "half", "half", "over"]);
    expect(urgency(incident({ target_s: 7200 }), 7201)).toBe("over");
  });
  it("stops at the first arrival, or at the end", () => {
    expect(clockStoppedAt(incident({}))).toBeNull();
    const both = [assignment("on_scene", { on_scene: at(9) }), assignment("on_scene", { on_scene: at(7) })];
    expect(clockStoppedAt(incident({ assignments: both }))).toBe(Date.parse(at(7)));
    expect(clockStoppedAt(incident({ ended_at: at(12) }))).toBe(Date.parse(at(12)));
  });
  it("orders the queue by priority, then by the time of the call", () => {
    const [a, b, c] = [incident({ id: "a", priority: "P2" }), incident({ id: "b", received_at: at(5) }), incident({ id: "c" })];
    expect([a, b, c].sort(inQueueOrder).map((each) => each.id)).toEqual(["c", "b", "a"]);
  });
});

describe("an assignment's steps", () => {
  it("go on from where it stands and never back", () => {
    expect(stepsAfter("on_scene")).toEqual(["at_patient", "transporting", "at_destination", "handed_over", "cleared"]);
    expect(stepsAfter("cleared")).toEqual([]);
    for (const state of ["rejected", "timed_out", "diverted"] as const) expect(stepsAfter(state)).toEqual([]);
  });
});

describe("waiting before connecting again", () => {
  it("doubles up to eight seconds and is spread over the whole span", () => {
    expect([0, 1, 2, 3, 4, 5, 50].map((attempt) => backoffMs(attempt, 0.999_999))).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
    expect(backoffMs(6, 0)).toBe(FIRST_MS / 2);
    expect(backoffMs(6, 0.5)).toBe(LONGEST_MS / 2);
  });
});

describe("the server's clock", () => {
  it("runs at the server's speed, whatever the PC's clock says", () => {
    const clock = new ServerClock();
    clock.setSpeed(10);
    clock.sample("2030-01-01T00:00:00.000Z", 5000);
    expect(clock.at(6000)).toBe(Date.parse("2030-01-01T00:00:10.000Z"));
  });
  it("is not set back much by one late message", () => {
    const clock = new ServerClock();
    clock.sample(100_000, 0);
    clock.sample(101_000, 1400);
    expect(clock.at(1400)).toBeGreaterThan(101_350);
    clock.sample(103_000, 2000);
    expect(clock.at(2000)).toBe(103_000);
  });
  it("believes a server that was set back", () => {
    const clock = new ServerClock();
    clock.sample(100_000, 0);
    clock.sample(90_000, 1000);
    expect(clock.at(1000)).toBe(90_000);
  });
});
