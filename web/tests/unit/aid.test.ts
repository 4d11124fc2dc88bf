// Mutual aid: whose responsibility it is at each moment, in both languages, and which request an alarm is about.
import { afterEach, describe, expect, it } from "vitest";
import { aidTimes, dutyLines, inAidOrder, requestOf, responsibility, responsibilityAsked } from "../../src/aid";
import { language } from "../../src/i18n";
import type { Aid, AidRequest, AidState, Alarm } from "../../src/protocol";
import { AID_STATES, isOpenAid } from "../../src/words";

const aid = (state: AidState, part: Partial<Aid> = {}) =>
  ({ id: "a", area: "35.08", area_name: "Lumajang", unit: "AMB-KLAKAH-01", state, eta_s: 600, reason: null, times: { asked: "2026-11-23T01:00:00.000Z" }, ...part }) as Aid;
const request = (id: string, part: Partial<AidRequest> = {}) =>
  ({ id, area: "35.08", area_name: "Lumajang", case_number: "261123-014", priority: "P2", unit: "AMB-SILO-01", asked_at: "2026-11-23T01:00:00.000Z", ...part }) as AidRequest;
const alarm = (key: string, part: Partial<Alarm> = {}) =>
  ({ key, kind: "aid_asked", incident: null, case_number: null, unit: null, count: 1, ...part }) as Alarm;

afterEach(() => {
  language.value = "id";
});

describe("responsibility", () => {
  it("is said for every state, in both languages, naming our own area", () => {
    for (const each of ["id", "en"] as const) {
      language.value = each;
      for (const state of AID_STATES) {
        const text = responsibility(aid(state), "Jember");
        expect(text, state).toContain("Jember");
        expect(text, state).not.toMatch(/[{}]|undefined|NaN/);
      }
    }
  });
  it("stays here until the neighbour has confirmed", () => {
    expect(responsibility(aid("asked"), "Jember")).toBe("Tanggung jawab: Jember, sampai Lumajang mengonfirmasi KLAKAH-01.");
    expect(responsibility(aid("confirmed", { times: { answered: "2026-11-23T01:02:03.000Z" } }), "Jember")).toBe(
      "KLAKAH-01: tanggung jawab Lumajang sejak 08:02:03. Kejadian dan pelapor: tetap Jember.",
    );
    expect(responsibility(aid("refused"), "Jember")).toBe("Tanggung jawab: Jember.");
  });
  it("is ours for a state that only a newer server knows", () => {
    expect(responsibility(aid("handed_over" as AidState), "Jember")).toBe("Tanggung jawab: Jember.");
  });
  it("stands at the head once for each open aid, and once when none is open any more", () => {
    expect(dutyLines([], "Jember")).toEqual([]);
    expect(dutyLines([aid("refused"), aid("asked"), aid("confirmed")], "Jember").map((line) => line.state)).toEqual(["asked", "confirmed"]);
    expect(dutyLines([aid("refused"), aid("withdrawn")], "Jember")).toEqual([{ state: "withdrawn", text: "Tanggung jawab: Jember." }]);
  });
  it("is named on what we do for another area", () => {
    const text = responsibilityAsked({ area: "35.08", area_name: "Lumajang", case_number: "261123-009" }, "Jember");
    expect(text).toBe("Bantuan untuk Lumajang (261123-009). Unit: tanggung jawab Jember. Kejadian dan pelapor: Lumajang.");
  });
});

describe("an aid", () => {
  it("is open while it is asked for or confirmed", () => {
    expect(AID_STATES.filter((state) => isOpenAid(aid(state)))).toEqual(["asked", "confirmed"]);
  });
  it("shows the times that are known, in their order", () => {
    const times = { cleared: "c", asked: "a", on_scene: null, answered: "b" };
    expect(aidTimes(aid("cleared", { times })).map(({ name }) => name)).toEqual(["asked", "answered", "cleared"]);
  });
});

describe("what other areas ask", () => {
  it("stands by urgency, then by who has waited longest", () => {
    const rows = [request("a"), request("b", { asked_at: "2026-11-23T00:59:00.000Z" }), request("c", { priority: "P1" })];
    expect(rows.sort(inAidOrder).map(({ id }) => id)).toEqual(["c", "b", "a"]);
  });
  it("is found from its alarm by its id, its case or its unit, or because it is alone", () => {
    const two = [request("r1"), request("r2", { case_number: "261123-020", unit: "AMB-SILO-02" })];
    expect(requestOf(alarm("aid_asked/r2"), two)?.id).toBe("r2");
    expect(requestOf(alarm("x", { case_number: "261123-020" }), two)?.id).toBe("r2");
    expect(requestOf(alarm("x", { unit: "AMB-SILO-01" }), two)?.id).toBe("r1");
    expect(requestOf(alarm("x"), two)).toBeNull();
    expect(requestOf(alarm("x"), [two[0]!])?.id).toBe("r1");
    expect(requestOf(alarm("x"), [])).toBeNull();
    expect(requestOf(alarm("aid_asked/r2", { kind: "waiting" }), two)).toBeNull();
  });
});
