// An open map takes over what the server draws now: in its time, and at once when tiles of the old map are refused.
import type { Map as MapLibre } from "maplibre-gl";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "../../src/api";
import { followBase } from "../../src/map/base";
import { DARK } from "../../src/map/look";
import type { MapData, MapTiles } from "../../src/protocol";

const tiles = (version: string): MapTiles =>
  ({ tiles: `/tiles/${version}/{z}/{x}/{y}`, zoom_min: 0, zoom_max: 14, layers: ["roads", "water"], attribution: "©" });
const data = (roads: MapTiles | null) => ({ districts: [], villages: [], roads } as unknown as MapData);

/** As much of a map as the ground needs. */
function paper() {
  const layers: { id: string }[] = [{ id: "land" }, { id: "coast" }];
  const sources = new Map<string, { tiles: string[] }>();
  const heard = new Map<string, (event: object) => void>();
  const map = {
    getStyle: () => ({ layers: [...layers] }),
    getSource: (id: string) => sources.get(id),
    addSource: (id: string, source: { tiles: string[] }) => sources.set(id, source),
    removeSource: (id: string) => sources.delete(id),
    addLayer: (layer: { id: string }, before: string) => layers.splice(layers.findIndex(({ id }) => id === before), 0, layer),
    removeLayer: (id: string) => layers.splice(layers.findIndex((layer) => layer.id === id), 1),
    on: (kind: string, hear: (event: object) => void) => heard.set(kind, hear),
    off: (kind: string) => heard.delete(kind),
  };
  return {
    map: map as unknown as MapLibre,
    ids: () => layers.map(({ id }) => id),
    address: () => sources.get("base")?.tiles[0],
    error: (event: object) => heard.get("error")?.(event),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("location", { origin: "http://here" });
  vi.stubGlobal("document", { visibilityState: "visible" });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

describe("the ground of an open map", () => {
  it("lies between land and coast, and is not there without roads", () => {
    const { map, ids, address } = paper();
    followBase(map, data(tiles("one")), DARK, false)();
    expect(ids()[0]).toBe("land");
    expect(ids().at(-1)).toBe("coast");
    expect(ids()).toContain("base-roads");
    expect(address()).toBe("http://here/tiles/one/{z}/{x}/{y}");
    const empty = paper();
    followBase(empty.map, data(null), DARK, false)();
    expect(empty.ids()).toEqual(["land", "coast"]);
  });
  it("is another one within five minutes after an import", async () => {
    const { map, ids, address } = paper();
    const asked = vi.spyOn(api, "map").mockResolvedValue(data(tiles("two")));
    const stop = followBase(map, data(tiles("one")), DARK, false);
    const before = ids();
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    expect(address()).toBe("http://here/tiles/two/{z}/{x}/{y}");
    expect(ids()).toEqual(before);
    asked.mockResolvedValue(data(null));
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    expect(ids()).toEqual(["land", "coast"]);
    stop();
    await vi.advanceTimersByTimeAsync(30 * 60_000);
    expect(asked).toHaveBeenCalledTimes(2);
  });
  it("asks at once when tiles are refused, but not again and again", async () => {
    const { map, address, error } = paper();
    const asked = vi.spyOn(api, "map").mockResolvedValue(data(tiles("two")));
    followBase(map, data(tiles("one")), DARK, false);
    error({ sourceId: "land", error: { status: 404 } });
    error({ sourceId: "base", error: { status: 503 } });
    expect(asked).not.toHaveBeenCalled();
    for (let n = 0; n < 20; n++) error({ sourceId: "base", error: { status: 404 } });
    await settled();
    expect(asked).toHaveBeenCalledTimes(1);
    expect(address()).toBe("http://here/tiles/two/{z}/{x}/{y}");
  });
  it("stays as it is while the server does not answer", async () => {
    const { map, address } = paper();
    vi.spyOn(api, "map").mockRejectedValue(new Error("away"));
    followBase(map, data(tiles("one")), DARK, false);
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    expect(address()).toBe("http://here/tiles/one/{z}/{x}/{y}");
  });
});
