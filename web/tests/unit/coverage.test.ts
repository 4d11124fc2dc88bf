// Coverage: the figure for the eye, the order of the list.
import { describe, expect, it } from "vitest";
import { byDistrict, shownShare } from "../../src/coverage";
import type { Coverage, VillageName } from "../../src/protocol";

const village = (name: string, district: string): VillageName => ({ code: `${district}/${name}`, name, district });
const coverage = (covered_share: number | null, uncovered: VillageName[] = []): Coverage => ({ within_s: 900, units: 3, villages: 248, covered_share, uncovered });

describe("the share of villages in reach", () => {
  it("is a whole percentage", () => {
    expect(shownShare(coverage(0.919, [village("A", "Silo")]))).toBe(0.92);
    expect(shownShare(coverage(1))).toBe(1);
    expect(shownShare(coverage(0, [village("A", "Silo")]))).toBe(0);
  });
  it("is never rounded up to all, nor down to none", () => {
    expect(shownShare(coverage(0.998, [village("A", "Silo")]))).toBe(0.99);
    expect(shownShare(coverage(0.002, [village("A", "Silo")]))).toBe(0.01);
  });
  it("is not there without villages", () => {
    expect(shownShare(coverage(null))).toBeNull();
  });
});

describe("the villages out of reach", () => {
  it("stand by district and name", () => {
    const groups = byDistrict([village("Sabrang", "Ambulu"), village("Pace", "Silo"), village("Pontang", "Ambulu")]);
    expect(groups.map(([district, each]) => [district, each.map(({ name }) => name)])).toEqual([["Ambulu", ["Pontang", "Sabrang"]], ["Silo", ["Pace"]]]);
    expect(byDistrict([])).toEqual([]);
  });
});
