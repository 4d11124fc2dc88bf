// The ground under everything: water, woods, roads and their names, from the server's vector tiles. Calm in both looks, so
// that units and incidents stay the loudest thing. A new import is taken over while the map is open.
import type { ExpressionSpecification, FilterSpecification, LayerSpecification, Map as MapLibre } from "maplibre-gl";
import { api } from "../api";
import type { MapData, MapTiles } from "../protocol";
import { FONT, type Look } from "./look";

const SOURCE = "base";
/** Everything of the ground is drawn below this layer. */
const BELOW = "coast";
/** How often the server is asked whether there is another map. */
const ASK_EVERY_MS = 5 * 60_000;
/** After tiles of an older map were refused, at most this often. */
const ASK_AGAIN_MS = 10_000;

/** Names of layers in tiles of ours and of others (OpenMapTiles, Protomaps, Shortbread). */
const LAYERS = {
  roads: ["roads", "transportation", "streets"],
  names: ["roads", "transportation_name", "street_labels"],
  water: ["water", "ocean", "water_polygons"],
  waterways: ["waterways", "waterway", "water_lines"],
  land: ["land", "landuse", "landcover"],
  rails: ["rails"],
  places: ["places", "place", "place_labels"],
};

const KIND: ExpressionSpecification = ["to-string", ["coalesce", ["get", "kind_detail"], ["get", "class"], ["get", "kind"], ""]];
/** The steps in which roads are drawn, with the words that tiles have for them. */
const STEPS = {
  main: ["main", "motorway", "trunk", "highway"],
  primary: ["primary", "major_road"],
  secondary: ["secondary"],
  tertiary: ["tertiary", "medium_road"],
  street: ["street", "residential", "unclassified", "living_street", "minor", "minor_road"],
  lane: ["lane", "service", "pedestrian"],
};
type Step = keyof typeof STEPS;
const RAIL = ["rail", "light_rail", "subway", "transit"];
const THIN = ["track", "ferry", "path"];

const isIn = (words: string[]): FilterSpecification => ["in", KIND, ["literal", words]] as unknown as FilterSpecification;
function byStep<T>(values: Record<Step, T>, other: T): ExpressionSpecification {
  const arms = (Object.keys(STEPS) as Step[]).flatMap((step) => [STEPS[step], values[step]]);
  return ["match", KIND, ...arms, other] as unknown as ExpressionSpecification;
}
function width(extra: number): ExpressionSpecification {
  const at = (main: number, primary: number, secondary: number, tertiary: number, street: number, lane: number) =>
    byStep({ main: main + extra, primary: primary + extra, secondary: secondary + extra, tertiary: tertiary + extra, street: street + extra, lane: lane + extra }, 0);
  return [
    "interpolate", ["exponential", 1.5], ["zoom"],
    7, at(1, 0.8, 0.5, 0.3, 0.2, 0.1), 10, at(2, 1.6, 1.2, 0.8, 0.5, 0.3), 13, at(4, 3.4, 2.8, 2.2, 1.4, 0.8), 17, at(16, 14, 12, 11, 9, 5),
  ];
}

/** The layers of a map, lowest first; `known` are names that the map writes already. */
export function baseLayers(tiles: MapTiles, look: Look, saving: boolean, known: string[]): LayerSpecification[] {
  const here = (names: string[]) => names.find((name) => tiles.layers.includes(name));
  const layers: LayerSpecification[] = [];
  const add = (names: string[], id: string, layer: (source: { source: string; "source-layer": string }) => object) => {
    const name = here(names);
    if (name) layers.push({ id: `${SOURCE}-${id}`, ...layer({ source: SOURCE, "source-layer": name }) } as LayerSpecification);
  };
  const fill = ["wood", "forest", "park", "grass", "nature_reserve", "cemetery"];
  const built = ["built", "residential", "commercial", "industrial", "retail"];
  add(LAYERS.land, "land", (on) => ({
    ...on, type: "fill", filter: isIn([...fill, ...built]),
    paint: { "fill-color": ["match", KIND, built, look.built, look.wood], "fill-antialias": false },
  }));
  add(LAYERS.water, "water", (on) => ({
    ...on, type: "fill", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": look.water, "fill-antialias": !saving },
  }));
  add(LAYERS.waterways, "waterways", (on) => ({
    ...on, type: "line",
    paint: {
      "line-color": ["match", KIND, "coast", look.coast, look.river],
      "line-width": ["interpolate", ["linear"], ["zoom"], 8, ["match", KIND, ["river", "coast"], 0.8, 0.3], 15, ["match", KIND, ["river", "coast"], 3, 1.4]],
    },
  }));
  add(LAYERS.rails, "rails", (on) => ({ ...on, type: "line", paint: { "line-color": look.rail, "line-width": 1.2, "line-dasharray": [5, 2] } }));
  if (!here(LAYERS.rails)) {
    add(LAYERS.roads, "rails", (on) => ({ ...on, type: "line", filter: isIn(RAIL), paint: { "line-color": look.rail, "line-width": 1.2 } }));
  }
  add(LAYERS.roads, "tracks", (on) => ({
    ...on, type: "line", minzoom: 12, filter: isIn(THIN),
    paint: { "line-color": look.lane, "line-width": 1, "line-dasharray": [3, 2] },
  }));
  const rank = byStep({ main: 5, primary: 4, secondary: 3, tertiary: 2, street: 1, lane: 0 }, 0);
  const round = { "line-cap": "round", "line-join": "round", "line-sort-key": rank };
  const roads = isIn(Object.values(STEPS).flat());
  // Without a graphics card every line costs; the edges are the first to go.
  if (!saving) {
    add(LAYERS.roads, "casing", (on) => ({
      ...on, type: "line", minzoom: 12, filter: roads, layout: round, paint: { "line-color": look.casing, "line-width": width(1.6) },
    }));
  }
  add(LAYERS.roads, "roads", (on) => ({
    ...on, type: "line", filter: roads, layout: round, paint: { "line-color": byStep(look.roads, look.lane), "line-width": width(0) },
  }));
  const along = { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-padding": 8, "text-max-angle": 35 };
  add(LAYERS.waterways, "water-names", (on) => ({
    ...on, type: "symbol", minzoom: 12, layout: { ...along, "text-size": 11, "symbol-spacing": 500 },
    paint: { "text-color": look.riverName, "text-halo-color": look.halo, "text-halo-width": 1 },
  }));
  add(LAYERS.names, "road-names", (on) => ({
    ...on, type: "symbol", minzoom: saving ? 14 : 13, filter: ["has", "name"], layout: { ...along, "text-size": 11, "symbol-spacing": 350 },
    paint: { "text-color": look.roadName, "text-halo-color": look.halo, "text-halo-width": 1.2 },
  }));
  const small = ["hamlet", "neighbourhood", "quarter", "isolated_dwelling"];
  const isNew: ExpressionSpecification = ["!", ["in", ["downcase", ["to-string", ["get", "name"]]], ["literal", known]]];
  for (const [id, minzoom, kinds] of [["hamlets", 13, small], ["places", 9, ["town", "city", "village", "suburb", "locality"]]] as const) {
    add(LAYERS.places, id, (on) => ({
      ...on, type: "symbol", minzoom, filter: ["all", ["in", KIND, ["literal", kinds]], isNew],
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": id === "places" ? 12 : 11, "text-padding": 4 },
      paint: { "text-color": look.village, "text-halo-color": look.halo, "text-halo-width": 1.2 },
    }));
  }
  return layers;
}

function draw(map: MapLibre, tiles: MapTiles | null, look: Look, saving: boolean, known: string[]): void {
  for (const { id } of map.getStyle().layers) if (id.startsWith(`${SOURCE}-`)) map.removeLayer(id);
  if (map.getSource(SOURCE)) map.removeSource(SOURCE);
  if (!tiles) return;
  map.addSource(SOURCE, {
    type: "vector", tiles: [location.origin + tiles.tiles], minzoom: tiles.zoom_min, maxzoom: tiles.zoom_max, attribution: tiles.attribution,
  });
  for (const layer of baseLayers(tiles, look, saving, known)) map.addLayer(layer, BELOW);
}

/** Draws the ground and keeps it the server's newest; answers how to stop. */
export function followBase(map: MapLibre, data: MapData, look: Look, saving: boolean): () => void {
  const known = [...data.villages, ...data.districts].map(({ name }) => name.toLowerCase());
  let drawn = JSON.stringify(data.roads ?? null);
  let askedAt = Number.NEGATIVE_INFINITY;
  draw(map, data.roads ?? null, look, saving, known);
  const ask = async () => {
    askedAt = performance.now();
    const tiles = (await api.map().catch(() => null))?.roads;
    // Not answered: the same map as before.
    if (tiles === undefined || JSON.stringify(tiles) === drawn || stopped) return;
    drawn = JSON.stringify(tiles);
    draw(map, tiles, look, saving, known);
  };
  let stopped = false;
  const timer = setInterval(() => {
    if (document.visibilityState !== "hidden") void ask();
  }, ASK_EVERY_MS);
  // Tiles of a map that is no more are refused: there is another one.
  const refused = (event: object) => {
    const { sourceId, error } = event as { sourceId?: string; error?: { status?: number } };
    if (sourceId === SOURCE && error?.status === 404 && performance.now() - askedAt > ASK_AGAIN_MS) void ask();
  };
  map.on("error", refused);
  return () => {
    stopped = true;
    clearInterval(timer);
    map.off("error", refused);
  };
}
