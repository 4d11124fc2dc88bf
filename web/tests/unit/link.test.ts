// The page of a link: which positions go out, how the sketch is drawn, and that both languages say the same.
import { afterEach, describe, expect, it } from "vitest";
import { awaited, offeredIn } from "../../src/caller-link";
import { ACCURACY_M_MAX, age_s, isWorthSending } from "../../src/link/fixes";
import { HEIGHT, WIDTH, roundLength, sketch } from "../../src/link/sketch";
import { ageText, distanceText, en, id, languageOf, speak, t, type Key } from "../../src/link/texts";
import type { Incident } from "../../src/protocol";

const gaps = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();
afterEach(() => speak("id"));

describe("the words of a link's page", () => {
  it("are the same in both languages, with the same gaps", () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(id).sort());
    for (const key of Object.keys(id) as Key[]) {
      expect(gaps(en[key]), key).toEqual(gaps(id[key]));
      expect(en[key].trim(), key).not.toBe("");
    }
  });
  it("follow the browser, Indonesian for whoever does not ask for English", () => {
    expect(["en-GB", "en", "id-ID", "in", "jv", "ms", "", "eng"].map(languageOf)).toEqual(["en", "en", "id", "id", "id", "id", "id", "id"]);
    expect([distanceText(4230), distanceText(2000)]).toEqual(["4,2 km", "2 km"]);
    expect([distanceText(34_400), distanceText(87), ageText(8.9), ageText(200)]).toEqual(["34 km", "90 m", "8 detik", "3 menit"]);
    speak("en");
    expect([distanceText(4230), t("family.eta", { n: 12 })]).toEqual(["4.2 km", "in 12 minutes"]);
  });
});

describe("a position of the phone", () => {
  const fix = (accuracy_m: number, lat = -8.2) => ({ lat, lon: 113.7, accuracy_m });
  it("goes out when it is the first or clearly better", () => {
    expect(isWorthSending(fix(900), null)).toBe(true);
    expect(isWorthSending(fix(600), fix(900))).toBe(true);
    for (const accuracy of [650, 900, 2000]) expect(isWorthSending(fix(accuracy), fix(900))).toBe(false);
  });
  it("stays when it says nothing", () => {
    for (const bad of [fix(-1), fix(Number.NaN), fix(ACCURACY_M_MAX + 1), fix(5, Number.NaN), fix(5, Infinity)]) expect(isWorthSending(bad, null)).toBe(false);
  });
  it("has an age that the server believes, whatever the phone's clock says", () => {
    expect([age_s(1_000, 3_500), age_s(9_000, 1_000), age_s(0, 1e12), age_s(Number.NaN, 5)]).toEqual([2.5, 0, 300, 0]);
  });
});

describe("the sketch", () => {
  it("is north up, inside its frame, and to scale both ways", () => {
    for (const [east, north] of [[3000, 4000], [-9000, 10], [0, -70_000], [0, 0], [20, 30]] as const) {
      const { place, unit, bar_m, bar_px } = sketch(east, north);
      for (const [x, y] of [place, unit]) {
        expect(x).toBeGreaterThanOrEqual(40);
        expect(x).toBeLessThanOrEqual(WIDTH - 40);
        expect(y).toBeGreaterThanOrEqual(40);
        expect(y).toBeLessThanOrEqual(HEIGHT - 40);
      }
      const px_per_m = bar_px / bar_m;
      expect(unit[0] - place[0]).toBeCloseTo(east * px_per_m, 6);
      expect(place[1] - unit[1]).toBeCloseTo(north * px_per_m, 6);
      expect(bar_px).toBeLessThanOrEqual(90);
    }
    expect([1, 2.1, 4.9, 5, 99, 730].map(roundLength)).toEqual([1, 2, 2, 5, 50, 500]);
  });
});

describe("on the console", () => {
  const offered = { lat: -8, lon: 113, accuracy_m: 9, taken_at: "", received_at: "x", away_m: null, accepted: false };
  const incident = (part: object) => ({ state: "pending", ended_at: null, assignments: [], caller_position: offered, ...part }) as unknown as Incident;
  it("a position waits until it is accepted or the incident ends", () => {
    expect(offeredIn(incident({}))).toBe(offered);
    expect(offeredIn(incident({ caller_position: { ...offered, accepted: true } }))).toBeNull();
    expect(offeredIn(incident({ caller_position: undefined }))).toBeNull();
    expect(offeredIn(incident({ state: "closed", ended_at: "2026-11-23T01:00:00Z" }))).toBeNull();
  });
  it("a family waits for the first unit that is still on its way", () => {
    const order = (id: string, state: string, ended_at: string | null = null) => ({ id, state, ended_at });
    const orders = [order("a", "rejected", "x"), order("b", "on_scene"), order("c", "en_route"), order("d", "offered")];
    expect(awaited(incident({ assignments: orders }))?.id).toBe("c");
    expect(awaited(incident({ assignments: orders.slice(0, 2) }))).toBeNull();
  });
});
