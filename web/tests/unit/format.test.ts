// Numbers, ages and times as people read them, in both languages.
import { beforeEach, describe, expect, it } from "vitest";
import { age, clock, coordinates, distance, eta, isoDay, percent, running, setZone, shortUnit, startOfDay, wholeAge } from "../../src/format";
import { language } from "../../src/i18n";
import { bounds, fromAddress, isPeriod, lastDays, toAddress } from "../../src/report/period";

beforeEach(() => {
  language.value = "id";
  setZone("Asia/Jakarta", "WIB");
});

describe("format", () => {
  it.each([[0.34, "0,3 dtk"], [9.99, "9,9 dtk"], [45.6, "45 dtk"], [125, "2 mnt"], [3 * 3600 + 300, "3 j 5 mnt"], [4 * 86_400, "4 hari"], [-3, "0,0 dtk"]])(
    "writes an age of %d s as %s", (seconds, text) => expect(age(seconds)).toBe(text),
  );
  it("writes an age without tenths where they would flicker", () => expect(wholeAge(4.9)).toBe("4 dtk"));
  it.each([[52, "0:52"], [320, "5:20"], [3730, "1:02:10"], [-5, "0:00"]])("runs %d s as %s", (seconds, text) => expect(running(seconds)).toBe(text));
  it.each([[340, "340 m"], [2140, "2,1 km"], [120_000, "120 km"]])("writes %d m as %s", (metres, text) => expect(distance(metres)).toBe(text));
  it.each([[20, "<1 mnt"], [240, "4 mnt"], [271, "5 mnt"]])("writes an arrival in %d s as %s", (seconds, text) => expect(eta(seconds)).toBe(text));
  it("writes shares and places", () => {
    expect(percent(0.873, 1)).toBe("87,3%");
    expect(coordinates(-8.25, 113.85)).toBe("-8.25000, 113.85000");
    expect(shortUnit("AMB-SILO-03")).toBe("SILO-03");
  });
  it("follows the language", () => {
    language.value = "en";
    expect(age(0.34)).toBe("0.3 s");
    expect(distance(2140)).toBe("2.1 km");
  });
  it("shows the area's clock with colons in both languages", () => {
    const at = Date.parse("2026-11-23T01:02:03.456Z");
    expect(clock(at)).toBe("08:02:03");
    language.value = "en";
    expect(clock(at)).toBe("08:02:03");
    setZone("Asia/Jayapura", "WIT");
    expect(clock(at)).toBe("10:02:03");
  });
});

describe("a report's period", () => {
  it("begins and ends at local midnight", () => {
    expect(new Date(startOfDay("2026-11-23")).toISOString()).toBe("2026-11-22T17:00:00.000Z");
    expect(isoDay(Date.parse("2026-11-22T17:00:00Z"))).toBe("2026-11-23");
    expect(bounds({ first: "2026-11-01", last: "2026-11-30" })).toEqual({ from: "2026-10-31T17:00:00.000Z", to: "2026-11-30T17:00:00.000Z" });
  });
  it("is the last thirty days unless the address says otherwise", () => {
    const now = Date.parse("2026-11-23T01:00:00Z");
    expect(fromAddress("", now)).toEqual({ period: { first: "2026-10-25", last: "2026-11-23" }, by: "priority" });
    const asked = { first: "2026-01-01", last: "2026-01-31" };
    expect(fromAddress(toAddress(asked, "district"), now)).toEqual({ period: asked, by: "district" });
    expect(fromAddress("?from=2026-02-01&to=2026-01-01&by=nonsense", now)).toEqual({ period: lastDays(30, now), by: "priority" });
    expect(isPeriod({ first: "2026-1-1", last: "2026-01-31" })).toBe(false);
  });
});
