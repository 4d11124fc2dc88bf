// When a unit on its way is expected, in words.
import { describe, expect, it } from "vitest";
import { arrivalText, minutesUntil } from "../../src/arrival";
import { setZone } from "../../src/format";

describe("an expected arrival", () => {
  it("is said as a time of the area's clock, with the way that is left and what it rests on", () => {
    setZone("Asia/Jakarta", "WIB");
    const arrival = { to: "incident", at: "2026-11-29T07:32:10Z", distance_m: 5200, basis: "road" } as const;
    expect(arrivalText({ arrival })).toContain("14:32");
    expect(arrivalText({ arrival })).toContain("5,2 km");
    expect(arrivalText({ arrival })).not.toBe(arrivalText({ arrival: { ...arrival, basis: "straight_line" } }));
  });
  it("is nothing for a unit that goes nowhere", () => {
    expect(arrivalText({ arrival: null })).toBe("");
    expect(arrivalText(undefined)).toBe("");
  });
  it("is never in the past", () => {
    const at = "2026-11-29T07:32:10Z";
    expect(minutesUntil(at, Date.parse(at) - 150_000)).toBe(3);
    expect(minutesUntil(at, Date.parse(at) + 600_000)).toBe(0);
  });
});
