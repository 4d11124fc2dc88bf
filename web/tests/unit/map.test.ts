// The ground of the map for our own tiles and for those of others, and ways in words.
import { describe, expect, it } from "vitest";
import { turnText } from "../../src/console/assignment-route";
import { setLanguage } from "../../src/i18n";
import { baseLayers } from "../../src/map/base";
import { routeFeatures } from "../../src/map/incidents-layer";
import { DARK, LIGHT, type Look } from "../../src/map/look";
import type { MapTiles, Route, RouteTurn } from "../../src/protocol";

const tiles = (layers: string[]): MapTiles => ({ tiles: "/tiles/1/{z}/{x}/{y}", zoom_min: 0, zoom_max: 14, layers, attribution: "©" });
const OURS = tiles(["roads", "waterways", "water", "places", "rails", "land"]);
const drawn = (of: MapTiles, saving = false) =>
  baseLayers(of, DARK, saving, ["sukorejo"]).map((layer) => `${layer.id} ${(layer as { "source-layer": string })["source-layer"]}`);

describe("the ground of the map", () => {
  it("draws every layer of our own tiles, water and woods below the roads", () => {
    const layers = drawn(OURS);
    expect(layers).toEqual([
      "base-land land", "base-water water", "base-waterways waterways", "base-rails rails", "base-tracks roads", "base-casing roads",
      "base-roads roads", "base-water-names waterways", "base-road-names roads", "base-hamlets places", "base-places places",
    ]);
  });
  it("draws less without a graphics card", () => {
    expect(drawn(OURS, true)).not.toContain("base-casing roads");
  });
  it("finds roads and water in the tiles of others, and draws what it does not know not at all", () => {
    const others = drawn(tiles(["transportation", "transportation_name", "water", "waterway", "landuse", "place", "poi", "aeroway"]));
    expect(others).toContain("base-roads transportation");
    expect(others).toContain("base-road-names transportation_name");
    expect(others).toContain("base-waterways waterway");
    expect(others.some((layer) => layer.includes("poi"))).toBe(false);
    expect(drawn(tiles([]))).toEqual([]);
  });
});

/** Contrast of two colours after WCAG 2. */
function contrast(a: string, b: string): number {
  const light = (colour: string) => {
    const [r, g, blue] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * blue!;
  };
  const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
  return (x! + 0.05) / (y! + 0.05);
}

describe("the two looks", () => {
  const texts = (look: Look) => [look.village, look.district, look.roadName, look.riverName, look.facility];
  it("keep every text readable on its edge and on the ground", () => {
    for (const look of [DARK, LIGHT]) {
      for (const text of texts(look)) {
        expect(contrast(text, look.halo), text).toBeGreaterThanOrEqual(4.5);
        expect(contrast(text, look.land), text).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});

describe("a way", () => {
  const turn = (kind: RouteTurn["kind"], road: string | null, exit: number | null = null): RouteTurn =>
    ({ kind, road, exit, metres: 0, lat: 0, lon: 0 });
  it("is said in both languages, with the road that follows where it has a name", () => {
    setLanguageHere("id");
    expect(turnText(turn("left", "Jalan Kenanga"))).toBe("Belok kiri ke Jalan Kenanga");
    expect(turnText(turn("depart", "Jalan Raya"))).toBe("Berangkat lewat Jalan Raya");
    expect(turnText(turn("right", null))).toBe("Belok kanan");
    setLanguageHere("en");
    expect(turnText(turn("roundabout", "Jalan Raya", 2))).toBe("Roundabout, exit 2 onto Jalan Raya");
    expect(turnText(turn("arrive", "Jalan Raya"))).toBe("Arrive");
    setLanguageHere("id");
  });
  it("is drawn as the server says it", () => {
    const line: GeoJSON.LineString = { type: "LineString", coordinates: [[113.7, -8.1], [113.8, -8.2]] };
    const route = { unit: "AMB-1", line } as Route;
    const { features } = routeFeatures(new Map([["a", route]]), new Map());
    expect(features.map((feature) => feature.geometry)).toEqual([line]);
  });
});

/** There is no page here that could have a language. */
function setLanguageHere(language: "id" | "en"): void {
  const before = globalThis.document;
  Object.assign(globalThis, { document: { documentElement: {} } });
  setLanguage(language);
  Object.assign(globalThis, { document: before });
}
