// What the map shows besides units: incidents with their uncertainty, the place being typed, ranked candidates, labels.
import { age, eta, shortUnit } from "../format";
import type { Candidate, Incident, Point, Route, Unit, VillageName } from "../protocol";
import { fixAge_s, placeOf } from "../state";
import { SHAPE_COLOUR, isBusy, isOpen, isWaiting, shapeOf } from "../words";
import { PRIORITY_COLOUR } from "./images";
import { circle, collection, pointFeature } from "./style";

export interface DraftPlace { lat: number; lon: number; uncertainty_m: number | null }

export function incidentFeatures(incidents: Iterable<Incident>, selected: string | null, draft: DraftPlace | null) {
  const pins: GeoJSON.Feature[] = [];
  const circles: GeoJSON.Feature[] = [];
  const round = (lon: number, lat: number, radius: number | null, colour: string, chosen: boolean) => {
    if (radius === null || radius < 30) return;
    circles.push({ type: "Feature", geometry: circle(lon, lat, radius), properties: { colour, selected: chosen } });
  };
  for (const incident of incidents) {
    const { place } = incident;
    const chosen = incident.id === selected;
    if (!place || (!isOpen(incident) && !chosen)) continue;
    const waiting = isWaiting(incident);
    const rank = 4 - Number(incident.priority.slice(1));
    pins.push(
      pointFeature(place.lon, place.lat, {
        id: incident.id, icon: waiting ? `pin-${incident.priority}-waiting` : `pin-${incident.priority}`, selected: chosen,
        label: chosen ? incident.case_number : "", order: (chosen ? 100 : 0) + (waiting ? 10 : 0) + rank,
      }),
    );
    if (chosen || waiting) round(place.lon, place.lat, place.uncertainty_m, PRIORITY_COLOUR[incident.priority] ?? "#ffffff", chosen);
  }
  if (draft) {
    pins.push(pointFeature(draft.lon, draft.lat, { id: "", icon: "pin-draft", selected: true, label: "", order: 200 }));
    round(draft.lon, draft.lat, draft.uncertainty_m, "#ffffff", true);
  }
  return { pins: collection(pins), circles: collection(circles) };
}

export function candidateFeatures(
  candidates: readonly Candidate[], units: ReadonlyMap<string, Unit>, target: { lat: number; lon: number } | null,
) {
  const features: GeoJSON.Feature[] = [];
  for (const [n, candidate] of candidates.slice(0, 9).entries()) {
    const unit = units.get(candidate.unit);
    const place = unit && placeOf(unit);
    if (!place) continue;
    features.push(pointFeature(place.lon, place.lat, { rank: n + 1 }));
    if (target && n < 3) {
      features.push({
        type: "Feature",
        geometry: { type: "LineString", coordinates: [[place.lon, place.lat], [target.lon, target.lat]] },
        properties: { rank: n + 1 },
      });
    }
  }
  return collection(features);
}

/** The ways of units, each in the colour of what the unit does. */
export function routeFeatures(routes: ReadonlyMap<string, Route>, units: ReadonlyMap<string, Unit>) {
  const features = [...routes.values()].map((route): GeoJSON.Feature => {
    const unit = units.get(route.unit);
    return { type: "Feature", geometry: route.line, properties: { colour: SHAPE_COLOUR[shapeOf(unit?.state ?? "en_route")] } };
  });
  return collection(features);
}

/** Villages out of reach; the chosen one with its name at every zoom. */
export function uncoveredFeatures(villages: readonly VillageName[], places: ReadonlyMap<string, Point>, chosen: string | null) {
  const features = villages.flatMap(({ code, name }) => {
    const place = places.get(code);
    return place ? [pointFeature(place.lon, place.lat, { name: code === chosen ? name : "", chosen: code === chosen })] : [];
  });
  return collection(features);
}

/** Names for the units an operator looks for: busy, selected, ranked; stale ones carry their age. */
export function labelFeatures(
  units: Iterable<Unit>, selected: string | null, candidates: readonly Candidate[], stale: (unit: Unit) => boolean, nowMs: number, zoom: number,
) {
  const etas = new Map(candidates.map((candidate) => [candidate.unit, candidate.eta_s]));
  const features: GeoJSON.Feature[] = [];
  for (const unit of units) {
    const old = stale(unit);
    const busy = isBusy(unit);
    const chosen = unit.unit === selected || etas.has(unit.unit);
    if (!busy && !chosen && !(zoom >= 13) && !(old && zoom >= 9.8 && unit.state !== "off_duty")) continue;
    const place = placeOf(unit);
    if (!place) continue;
    const lines: string[] = [];
    if (busy || chosen || zoom >= 13 || old) lines.push(shortUnit(unit.unit));
    const eta_s = etas.get(unit.unit);
    if (eta_s !== undefined) lines.push(eta(eta_s));
    const seconds = fixAge_s(unit, nowMs);
    if (old && seconds !== null) lines.push(age(seconds));
    features.push(
      pointFeature(place.lon, place.lat, {
        label: lines.join(" "), colour: old ? "#c3ccd4" : SHAPE_COLOUR[shapeOf(unit.state)], order: chosen ? 0 : busy ? 1 : 2,
      }),
    );
  }
  return collection(features);
}
