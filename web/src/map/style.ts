// The map's own drawing of the area: sea, land, names, facilities. Letters are drawn in the browser; nothing is fetched.
// The ground between, from the server's tiles, is in base.ts.
import type { GeoJSONSourceSpecification, StyleSpecification } from "maplibre-gl";
import { bordersOf } from "../outlines";
import type { MapData, Outlines } from "../protocol";
import { FONT, type Look } from "./look";

type Features = GeoJSON.FeatureCollection;
export function collection(features: GeoJSON.Feature[]): Features {
  return { type: "FeatureCollection", features };
}
export function pointFeature(lon: number, lat: number, properties: Record<string, unknown>): GeoJSON.Feature {
  return { type: "Feature", geometry: { type: "Point", coordinates: [lon, lat] }, properties };
}
function source(data: GeoJSON.GeoJSON): GeoJSONSourceSpecification {
  return { type: "geojson", data };
}

export function mapStyle(map: MapData, outlines: Outlines | undefined, attribution: string, look: Look): StyleSpecification {
  const empty = collection([]);
  // Where no coast is known all is land.
  const isLand = "coordinates" in map.land && map.land.coordinates.length === 0;
  const borders = (kind: "villages" | "districts") => source(outlines ? { type: "Feature", geometry: bordersOf(outlines, kind), properties: {} } : empty);
  return {
    version: 8,
    sources: {
      land: { ...source({ type: "Feature", geometry: map.land, properties: {} }), attribution },
      districts: source(collection(map.districts.map((d) => pointFeature(d.lon, d.lat, { name: d.name })))),
      villages: source(collection(map.villages.map((v) => pointFeature(v.lon, v.lat, { name: v.name })))),
      "village-borders": borders("villages"),
      "district-borders": borders("districts"),
      facilities: source(collection(map.facilities.map((f) => pointFeature(f.lon, f.lat, { name: f.name })))),
      circles: source(empty),
      incidents: source(empty),
      candidates: source(empty),
      labels: source(empty),
      uncovered: source(empty),
      routes: source(empty),
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": isLand ? look.land : look.sea } },
      { id: "land", type: "fill", source: "land", paint: { "fill-color": look.land } },
      { id: "coast", type: "line", source: "land", paint: { "line-color": look.coast, "line-width": 1.2 } },
      {
        id: "village-borders", type: "line", source: "village-borders", minzoom: 9,
        paint: { "line-color": look.villageBorder, "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.5, 13, 1] },
      },
      {
        id: "district-borders", type: "line", source: "district-borders", minzoom: 7,
        paint: { "line-color": look.districtBorder, "line-width": ["interpolate", ["linear"], ["zoom"], 7, 0.6, 12, 1.6], "line-opacity": 0.8 },
      },
      {
        id: "village-dots", type: "circle", source: "villages", minzoom: 9.5,
        paint: { "circle-radius": 1.6, "circle-color": look.village, "circle-opacity": 0.7 },
      },
      {
        id: "uncovered", type: "symbol", source: "uncovered",
        layout: {
          "icon-image": ["case", ["get", "chosen"], "uncovered-chosen", "uncovered"], "icon-allow-overlap": true, "icon-ignore-placement": true,
          "icon-size": ["interpolate", ["linear"], ["zoom"], 8, 0.5, 10, 0.85, 13, 1.4],
          "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-anchor": "top", "text-offset": [0, 1.2], "text-optional": true,
        },
        paint: { "text-color": "#ffffff", "text-halo-color": look.halo, "text-halo-width": 1.4 },
      },
      {
        id: "village-names", type: "symbol", source: "villages", minzoom: 11,
        layout: {
          "text-field": ["get", "name"], "text-font": FONT, "text-size": 11, "text-anchor": "top", "text-offset": [0, 0.9], "text-padding": 3,
        },
        paint: { "text-color": look.village, "text-halo-color": look.halo, "text-halo-width": 1.2 },
      },
      {
        id: "district-names", type: "symbol", source: "districts", minzoom: 7.5,
        layout: {
          "text-field": ["get", "name"], "text-font": FONT, "text-letter-spacing": 0.08, "text-padding": 6,
          "text-size": ["interpolate", ["linear"], ["zoom"], 8, 10, 12, 15],
        },
        paint: { "text-color": look.district, "text-halo-color": look.halo, "text-halo-width": 1.4, "text-opacity": 0.85 },
      },
      {
        id: "circle-fill", type: "fill", source: "circles",
        paint: { "fill-color": ["get", "colour"], "fill-opacity": ["case", ["get", "selected"], 0.16, 0.07] },
      },
      {
        id: "circle-line", type: "line", source: "circles",
        paint: {
          "line-color": ["get", "colour"], "line-width": ["case", ["get", "selected"], 2, 1], "line-dasharray": [4, 3],
          "line-opacity": ["case", ["get", "selected"], 0.95, 0.5],
        },
      },
      {
        id: "route-edges", type: "line", source: "routes", layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": look.routeEdge, "line-width": 7, "line-opacity": 0.8 },
      },
      {
        id: "route-lines", type: "line", source: "routes", layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": ["get", "colour"], "line-width": 3.5 },
      },
      {
        id: "candidate-lines", type: "line", source: "candidates", filter: ["==", ["geometry-type"], "LineString"],
        layout: { "line-cap": "round" },
        paint: {
          "line-color": "#ffffff", "line-dasharray": [1, 2.5],
          "line-width": ["case", ["==", ["get", "rank"], 1], 2.4, 1.2],
          "line-opacity": ["case", ["==", ["get", "rank"], 1], 0.9, 0.4],
        },
      },
      {
        id: "facilities", type: "symbol", source: "facilities",
        layout: {
          "icon-image": "facility", "icon-allow-overlap": true, "text-field": ["step", ["zoom"], "", 10, ["get", "name"]], "text-font": FONT,
          "text-size": 11, "text-anchor": "top", "text-offset": [0, 1], "text-optional": true,
        },
        paint: { "text-color": look.facility, "text-halo-color": look.halo, "text-halo-width": 1.4 },
      },
      {
        id: "incidents", type: "symbol", source: "incidents",
        layout: {
          "icon-image": ["get", "icon"], "icon-allow-overlap": true, "icon-anchor": "bottom", "icon-size": ["case", ["get", "selected"], 1.25, 1],
          "symbol-sort-key": ["get", "order"], "text-field": ["get", "label"], "text-font": FONT, "text-size": 11, "text-anchor": "bottom",
          "text-offset": [0, -4.1], "text-optional": true,
        },
        paint: { "text-color": "#ffffff", "text-halo-color": "#000000", "text-halo-width": 1.4 },
      },
      {
        id: "unit-labels", type: "symbol", source: "labels",
        layout: {
          "text-field": ["get", "label"], "text-font": FONT, "text-size": 11, "text-anchor": "left", "text-offset": [1.1, 0], "text-max-width": 40,
          "symbol-sort-key": ["get", "order"], "text-padding": 1,
        },
        paint: { "text-color": look.unit ?? ["get", "colour"], "text-halo-color": look.halo, "text-halo-width": 1.5 },
      },
      {
        id: "candidate-ranks", type: "symbol", source: "candidates", filter: ["==", ["geometry-type"], "Point"],
        layout: {
          "icon-image": ["concat", "rank-", ["get", "rank"]], "icon-allow-overlap": true, "icon-offset": [0, -19],
          "symbol-sort-key": ["-", 100, ["get", "rank"]],
        },
      },
    ],
  };
}

/** A circle on the ground as a polygon; 64 corners look round at every zoom used here. */
export function circle(lon: number, lat: number, radius_m: number): GeoJSON.Polygon {
  const ring: [number, number][] = [];
  const dLat = radius_m / 111_195;
  const dLon = dLat / Math.cos((lat * Math.PI) / 180);
  for (let i = 0; i <= 64; i++) {
    const a = (i / 64) * 2 * Math.PI;
    ring.push([lon + dLon * Math.cos(a), lat + dLat * Math.sin(a)]);
  }
  return { type: "Polygon", coordinates: [ring] };
}
