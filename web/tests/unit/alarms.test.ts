// Alarms from the server: their order, their words, the unit that one key asks, the sound they deserve.
import { describe, expect, it } from "vitest";
import { alarmText, inAlarmOrder, newlyHigh, nextOf, soundFor } from "../../src/alarms";
import type { Alarm } from "../../src/protocol";
import { ALARM_KINDS } from "../../src/words";

const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 1, 0, second)).toISOString();
const alarm = (key: string, part: Partial<Alarm> = {}): Alarm => ({
  key, kind: "waiting", level: "high", since: at(0), incident: "i", case_number: "261123-001", priority: "P2", assignment: null, unit: null,
  next: null, count: 1, owner: null, ...part,
});

describe("the alarm bar", () => {
  it("puts the most urgent first, then what nobody has taken, then the longest", () => {
    const rows = [
      alarm("low", { level: "low" }),
      alarm("young", { since: at(30) }),
      alarm("taken", { level: "critical", owner: "siti" }),
      alarm("old"),
      alarm("open", { level: "critical", since: at(50) }),
    ];
    expect(rows.sort(inAlarmOrder).map((each) => each.key)).toEqual(["open", "taken", "old", "young", "low"]);
  });
  it("has words for every kind, alone and many together", () => {
    for (const kind of ALARM_KINDS) {
      const text = alarmText(alarm("a", { kind, unit: "AMB-SILO-01", next: "AMB-MAYANG-02" }));
      expect(text, kind).not.toMatch(/[{_]|undefined/);
    }
    expect(alarmText(alarm("u", { kind: "unanswered", unit: "AMB-SILO-01" }))).toBe("SILO-01 belum konfirmasi");
    expect(alarmText(alarm("m", { kind: "missing", incident: null, count: 37 }))).toBe("37 unit siaga tanpa kabar");
    expect(alarmText(alarm("n", { kind: "network", incident: null, count: 120 }))).toContain("120");
  });
  it("shows a kind that only a newer server knows in its own letters, with its subject and its number", () => {
    const newer = (part: Partial<Alarm>) => alarmText(alarm("n", { kind: "fuel_low" as Alarm["kind"], ...part }));
    expect(newer({ unit: "AMB-SILO-01" })).toBe("fuel low SILO-01");
    expect(newer({ incident: null })).toBe("fuel low");
    expect(newer({ incident: null, count: 4 })).toBe("fuel low 4×");
  });
  it("says what a neighbour asks, and that a neighbour cannot be told", () => {
    expect(alarmText(alarm("a", { kind: "aid_asked", incident: null }))).toBe("Wilayah lain minta bantuan");
    expect(alarmText(alarm("a", { kind: "aid_asked", unit: "AMB-SILO-01" }))).toBe("Wilayah lain minta bantuan SILO-01");
    expect(alarmText(alarm("a", { kind: "aid_untold", incident: null, count: 2 }))).toBe("Wilayah tetangga belum dapat diberi tahu 2×");
  });
  it("passes an unanswered offer on, and orders a better unit beside the one that is sent", () => {
    const offer = { unit: "AMB-SILO-01", assignment: "a1", next: "AMB-SILO-02" };
    expect(nextOf(alarm("u", { kind: "unanswered", ...offer }))).toEqual({ unit: "AMB-SILO-02", incident: "i", instead_of: "a1" });
    expect(nextOf(alarm("b", { kind: "better", ...offer }))).toEqual({ unit: "AMB-SILO-02", incident: "i", instead_of: null });
    expect(nextOf(alarm("n", { kind: "unanswered", ...offer, next: null }))).toBeNull();
    expect(nextOf(alarm("w"))).toBeNull();
  });
});

describe("the sound", () => {
  const sos = alarm("sos", { kind: "sos", level: "critical" });
  const waiting = alarm("w", { level: "critical" });
  it("goes on for a crew in danger, an old screen, and any critical alarm of nobody", () => {
    expect(soundFor([waiting, sos], true)).toBe("sos");
    expect(soundFor([waiting], true)).toBe("stale");
    expect(soundFor([waiting], false)).toBe("critical");
    expect(soundFor([], false)).toBeNull();
  });
  it("ends when somebody has taken it, and is not made for less", () => {
    expect(soundFor([{ ...sos, owner: "siti" }, { ...waiting, owner: "budi" }, alarm("h"), alarm("l", { level: "low" })], false)).toBeNull();
  });
  it("is heard once for a new high alarm", () => {
    expect(newlyHigh([alarm("h"), alarm("l", { level: "low" }), alarm("t", { owner: "siti" })], new Set())).toEqual(["h"]);
    expect(newlyHigh([alarm("h")], new Set(["h"]))).toEqual([]);
  });
});
