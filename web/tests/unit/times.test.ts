// The times of an assignment: said, by whom, and seen; and which moments can be noted beside the steps.
import { describe, expect, it } from "vitest";
import type { Assignment, AssignmentState, AssignmentTimes } from "../../src/protocol";
import { marksFor, timeRows } from "../../src/times";

const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 1, 0, second)).toISOString();
const NONE: AssignmentTimes = {
  offered: at(0), delivered: null, acknowledged: null, en_route: null, on_scene: null, at_patient: null, transporting: null, at_destination: null,
  handed_over: null, cleared: null,
};
const MARKS = { staged: null, care_transferred: null, home: null, completed: null };
const assignment = (state: AssignmentState, times: Partial<AssignmentTimes>, part: Partial<Assignment> = {}) =>
  ({ id: "a", unit: "AMB-SILO-03", state, times: { ...NONE, ...times }, seen: {}, corrected: [], ...part }) as Assignment;

describe("the rows of times", () => {
  it("stand in the order of the work, marks among the steps", () => {
    const rows = timeRows(assignment("cleared", { en_route: at(10), staged: at(20), on_scene: at(30), cleared: at(50), home: at(60), completed: at(70) }));
    expect(rows.map((row) => row.name)).toEqual(["en_route", "staged", "on_scene", "cleared", "home", "completed"]);
  });
  it("say who said a time, where the server says it", () => {
    const times = { en_route: at(10), on_scene: at(30) };
    const rows = timeRows(assignment("on_scene", times, { sources: { en_route: "crew", on_scene: "operator" } }));
    expect(rows.map((row) => row.source)).toEqual(["crew", "operator"]);
    expect(timeRows(assignment("on_scene", times)).map((row) => row.source)).toEqual([null, null]);
  });
  it("put the seen time beside the press, with the difference", () => {
    const [row] = timeRows(assignment("on_scene", { on_scene: at(42) }, { seen: { on_scene: at(0) } }));
    expect(row).toMatchObject({ said: at(42), seen: at(0), seen_later_s: -42 });
    const [only] = timeRows(assignment("en_route", {}, { seen: { on_scene: at(9) } }));
    expect(only).toMatchObject({ name: "on_scene", said: null, seen: at(9), seen_later_s: null, source: null });
  });
  it("leave the acceptance to the ticks unless there is more to say of it", () => {
    const times = { acknowledged: at(5) };
    expect(timeRows(assignment("acknowledged", times))).toEqual([]);
    expect(timeRows(assignment("acknowledged", times, { sources: { acknowledged: "crew" } }))).toEqual([]);
    expect(timeRows(assignment("acknowledged", times, { corrected: ["acknowledged"] }))[0]).toMatchObject({ corrected: true });
  });
});

describe("moments that can be noted", () => {
  it("follow where the unit is", () => {
    expect(marksFor(assignment("en_route", MARKS))).toEqual(["staged"]);
    expect(marksFor(assignment("on_scene", { ...MARKS, on_scene: at(9) }))).toEqual(["care_transferred"]);
    expect(marksFor(assignment("cleared", MARKS))).toEqual(["home", "completed"]);
    expect(marksFor(assignment("cancelled", MARKS))).toEqual([]);
  });
  it("are noted once", () => {
    expect(marksFor(assignment("cleared", { ...MARKS, home: at(9) }, { sources: { home: "crew" } }))).toEqual(["completed"]);
  });
  it("may still be said when only the movement showed them", () => {
    expect(marksFor(assignment("cleared", { ...MARKS, home: at(9) }, { sources: { home: "gps" } }))).toEqual(["home", "completed"]);
  });
  it("are not offered where the server does not know them", () => {
    expect(marksFor(assignment("cleared", {}))).toEqual([]);
  });
});
