// The map as a whole: it follows the signals, draws what they say, and turns clicks into choices. Loaded after the lists.
import { effect, untracked } from "@preact/signals";
import { AttributionControl, Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl, type GeoJSONSource } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { serverNow } from "../clock";
import { chosenVillage, coverage, coverageLayer, villagePlaces } from "../coverage";
import { language, t } from "../i18n";
import { positions } from "../positions";
import type { MapData, Outlines, Unit } from "../protocol";
import { draftPlace, isStale, lookAt, mapCentre, now, panel, placeOf, rankedPlace, room, selectedUnit, shownCandidates } from "../state";
import { routes } from "../routes";
import { followBase } from "./base";
import { addImages } from "./images";
import { candidateFeatures, incidentFeatures, labelFeatures, routeFeatures, uncoveredFeatures } from "./incidents-layer";
import { lookNow } from "./look";
import type { Renderer } from "./renderer";
import { mapStyle } from "./style";
import { UnitsLayer, type UnitLook } from "./units-layer";

setWorkerUrl(workerUrl);

const REACH_PX = 16;
/** From here on the map shows a part of the area, and its middle says something. */
const PART_ZOOM = 11;

export interface MapView {
  map: MapLibre;
  home(): void;
  project(unit: Unit): { x: number; y: number } | null;
  remove(): void;
}

export interface MapChoices {
  unit(unit: Unit): void;
  incident(id: string): void;
  place(lat: number, lon: number): void;
  ready(): void;
}

export function openMap(
  container: HTMLElement, data: MapData, outlines: Outlines | undefined, renderer: Renderer, calm: boolean, choices: MapChoices,
): MapView {
  const saving = renderer === "software" || calm;
  const look = lookNow();
  positions.glide = !saving;
  const map = new MapLibre({
    container,
    style: mapStyle(data, outlines, t("map.attribution"), look),
    bounds: data.bbox,
    fitBoundsOptions: { padding: 20 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 17,
    minZoom: 5,
    fadeDuration: saving ? 0 : 200,
    ...(saving ? { pixelRatio: 1 } : {}),
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new AttributionControl({ compact: true }), "bottom-right");
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  const [west, south, east, north] = data.bbox;
  const units = new UnitsLayer(positions, { lat: (south + north) / 2, lon: (west + east) / 2 });
  const stops: (() => void)[] = [];

  map.once("style.load", () => addImages(map));
  map.on("load", () => {
    // The panel may have been smaller when the map was made.
    map.resize();
    map.fitBounds(data.bbox, { padding: 20, animate: false });
    map.addLayer(units, "facilities");
    stops.push(...followSignals(map, units, saving), followBase(map, data, look, saving));
    choices.ready();
  });
  map.on("click", (event) => {
    if (panel.peek().kind === "call") return choices.place(event.lngLat.lat, event.lngLat.lng);
    const pin = map.getLayer("incidents") ? map.queryRenderedFeatures(event.point, { layers: ["incidents"] })[0] : undefined;
    if (pin?.properties["id"]) return choices.incident(String(pin.properties["id"]));
    const unit = units.pick(event.point.x, event.point.y, REACH_PX);
    if (unit) choices.unit(unit);
  });
  map.on("mousemove", (event) => {
    const hand = panel.peek().kind === "call" ? "crosshair" : units.pick(event.point.x, event.point.y, REACH_PX) ? "pointer" : "";
    map.getCanvas().style.cursor = hand;
  });
  const size = new ResizeObserver(() => map.resize());
  size.observe(container);

  return {
    map,
    home: () => map.fitBounds(data.bbox, { padding: 20, animate: !saving }),
    project(unit) {
      const place = placeOf(unit);
      return place ? map.project([place.lon, place.lat]) : null;
    },
    remove() {
      size.disconnect();
      for (const stop of stops) stop();
      map.remove();
    },
  };
}

function followSignals(map: MapLibre, layer: UnitsLayer, saving: boolean): (() => void)[] {
  const set = (name: string, data: GeoJSON.FeatureCollection) => {
    (map.getSource(name) as GeoJSONSource | undefined)?.setData(data);
  };
  const chosenIncident = () => (panel.value.kind === "incident" ? panel.value.id : null);

  // How each unit looks changes with its state, its age and what is selected; where it is, the layer reads by itself.
  const looks = effect(() => {
    const ranked = new Set(shownCandidates.value.map((candidate) => candidate.unit));
    const selected = selectedUnit.value;
    const at = now.value;
    const all: UnitLook[] = [];
    for (const unit of room.value.units.values()) {
      all.push({ unit, stale: isStale(unit, at), selected: unit.unit === selected, candidate: ranked.has(unit.unit) });
    }
    layer.setLooks(all);
    map.triggerRepaint();
  });
  const incidents = effect(() => {
    const asked = panel.value.kind === "aid" && rankedPlace.value ? { ...rankedPlace.value, uncertainty_m: null } : null;
    const { pins, circles } = incidentFeatures(room.value.incidents.values(), chosenIncident(), draftPlace.value ?? asked);
    set("incidents", pins);
    set("circles", circles);
  });
  const candidates = effect(() => {
    void now.value;
    const id = chosenIncident();
    const target = rankedPlace.value ?? draftPlace.value ?? (id === null ? null : (room.value.incidents.get(id)?.place ?? null));
    set("candidates", candidateFeatures(shownCandidates.value, untracked(() => room.value.units), target));
  });
  const ways = effect(() => {
    set("routes", routeFeatures(routes.value, untracked(() => room.value.units)));
  });
  const uncovered = effect(() => {
    const villages = coverageLayer.value ? (coverage.value?.uncovered ?? []) : [];
    set("uncovered", uncoveredFeatures(villages, villagePlaces.value, chosenVillage.value));
  });
  let labelled = "";
  const labels = () => {
    const at = serverNow();
    const features = labelFeatures(
      room.peek().units.values(), selectedUnit.peek(), shownCandidates.peek(), (unit) => isStale(unit, at), at, map.getZoom(),
    );
    // Placing text is the dearest part of the map, so it is done only when something moved or reads differently.
    const text = JSON.stringify(features);
    if (text !== labelled) {
      labelled = text;
      set("labels", features);
    }
  };
  const labelling = effect(() => {
    void now.value;
    void language.value;
    void selectedUnit.value;
    void shownCandidates.value;
    untracked(labels);
  });
  map.on("zoomend", labels);
  map.on("moveend", () => {
    const { lat, lng } = map.getCenter();
    mapCentre.value = map.getZoom() < PART_ZOOM ? null : { lat: Number(lat.toFixed(4)), lon: Number(lng.toFixed(4)) };
  });
  const looking = effect(() => {
    const wish = lookAt.value;
    if (!wish) return;
    const camera = { center: [wish.lon, wish.lat] as [number, number], zoom: Math.max(wish.zoom, untracked(() => map.getZoom())) };
    if (saving) map.jumpTo(camera);
    else map.easeTo({ ...camera, duration: 500 });
  });
  // With a graphics card new positions are drawn as they come; without one, once a second is what the machine can bear.
  let seen = -1;
  const repaint = setInterval(() => {
    if (document.visibilityState === "hidden" || positions.version === seen) return;
    seen = positions.version;
    map.triggerRepaint();
  }, saving ? 1000 : 100);
  return [looks, incidents, candidates, ways, uncovered, labelling, looking, () => clearInterval(repaint), () => map.off("zoomend", labels)];
}
