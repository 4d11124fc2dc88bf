// Outlines as the server draws them become rings and borders; the classes of the map are round and hold every figure.
import { describe, expect, it } from "vitest";
import { bordersOf, linesOf, ringsOf } from "../../src/outlines";
import { villageOf } from "../../src/place-name";
import type { Outlines } from "../../src/protocol";
import { CLASS_COLOURS, classOf, classStep } from "../../src/report/classes";

/** Two squares side by side; line 1 is between them. */
const two: Outlines = {
  transform: { scale: [0.5, 0.5], translate: [113, -8] },
  arcs: [[[2, 0], [-2, 0], [0, 2], [2, 0]], [[2, 0], [0, 2]], [[2, 0], [2, 0], [0, 2], [-2, 0]]],
  objects: {
    villages: {
      geometries: [
        { id: "35.09.01.2001", properties: { name: "Barat" }, arcs: [[[0, ~1]]] },
        { id: "35.09.01.2002", properties: { name: "Timur" }, arcs: [[[2, 1].map((n) => (n === 1 ? ~1 : n))]] },
      ],
    },
    districts: { geometries: [{ id: "35.09.01", properties: { name: "Kota" }, arcs: [[[0, ~2]]] }] },
  },
};

describe("outlines", () => {
  it("are degrees again, each ring closed and each line used from both sides", () => {
    const lines = linesOf(two);
    expect(lines[1]).toEqual([[114, -8], [114, -7]]);
    for (const kind of ["villages", "districts"] as const) {
      for (const outline of two.objects[kind].geometries) {
        const [ring] = ringsOf(outline, lines);
        expect(ring![0]).toEqual(ring!.at(-1));
        expect(ring!.length).toBeGreaterThanOrEqual(5);
      }
    }
  });
  it("have borders that are drawn once", () => {
    expect(bordersOf(two, "villages").coordinates.length).toBe(3);
    expect(bordersOf(two, "districts").coordinates.length).toBe(2);
  });
  it("that lead to nothing are passed over", () => {
    expect(ringsOf({ id: "x", properties: { name: "" }, arcs: [[[9]]] }, linesOf(two))).toEqual([[]]);
  });
});

describe("the classes of the map", () => {
  it("are round, and the longest figure falls into the last one or before", () => {
    for (const most of [1, 59, 299, 300, 301, 1499, 1500, 20_000, 90_000]) {
      const step = classStep([most, 30]);
      expect(step % 60).toBe(0);
      expect(classOf(most, step)).toBeLessThan(CLASS_COLOURS.length);
      expect(classOf(0, step)).toBe(0);
    }
    expect(classStep([])).toBe(60);
    expect([0, 299, 300, 1199, 1200, 9000].map((p90) => classOf(p90, 300))).toEqual([0, 0, 1, 3, 4, 4]);
  });
});

describe("a village", () => {
  it("is said by itself, in it or near it", () => {
    const village = { code: "35.09.01.2001", name: "Padomasan", district: "Jombang" };
    expect(villageOf({ basis: "village" }, village)).toBe("Padomasan, Kec. Jombang");
    expect(villageOf({ basis: "point", village_basis: "inside" }, village)).toBe("di Padomasan, Kec. Jombang");
    expect(villageOf({ basis: "point", village_basis: "nearest" }, village)).toBe("dekat Padomasan, Kec. Jombang");
    expect(villageOf({ basis: "point" }, village)).toBe("dekat Padomasan, Kec. Jombang");
  });
});
