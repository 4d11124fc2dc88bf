// The request made from a draft: only what was said goes out, unknown answers are said to be unknown.
import { describe, expect, it } from "vitest";
import { newId } from "../../src/api";
import { callOf, isTouched, newDraft } from "../../src/draft";

const village = { code: "35.09.29.2003", name: "Sempolan", district: "Silo" };

describe("a call's request", () => {
  it("leaves out what was not filled in", () => {
    const draft = newDraft();
    expect(callOf(draft)).toEqual({
      id: draft.id, channel: "phone", received_at: draft.received_at, category: "other", answers: { conscious: "unknown", breathing: "unknown" },
    });
    expect(isTouched(draft)).toBe(false);
  });
  it("names a village by its code and keeps the landmark with it", () => {
    const place = { kind: "village" as const, label: "Sempolan, Kec. Silo", village, lat: -8.2, lon: 113.8, uncertainty_m: 2100 };
    const draft = { ...newDraft(), place, landmark: " belakang masjid ", phone: "0812", category: "maternal" as const, answers: { conscious: "yes" as const, labour: "yes" as const }, drill: true, priority: "P2" as const };
    expect(callOf(draft)).toMatchObject({
      place: { village: "35.09.29.2003", landmark: "belakang masjid" }, caller: { phone: "0812" }, category: "maternal",
      answers: { conscious: "yes", breathing: "unknown", labour: "yes" }, priority: "P2", drill: true,
    });
    expect(isTouched(draft)).toBe(true);
  });
  it("sends a point as a point even when its nearest village is known", () => {
    const place = { kind: "coordinates" as const, label: "x", village, lat: -8.2, lon: 113.8, uncertainty_m: null };
    expect(callOf({ ...newDraft(), place }).place).toEqual({ lat: -8.2, lon: 113.8 });
  });
  it("has an id of version 7 that sorts by time", () => {
    const ids = [newId(), newId()];
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Math.abs(Number.parseInt(ids[0]!.replaceAll("-", "").slice(0, 12), 16) - Date.now())).toBeLessThan(1000);
  });
});
