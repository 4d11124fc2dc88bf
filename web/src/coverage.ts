// Which villages no free unit could reach in time: asked for twice a minute while somebody looks, shown as a list and on the map.
import { effect, signal } from "@preact/signals";
import { api } from "./api";
import type { Coverage, Point, VillageName } from "./protocol";
import { hello, leftList, session, show } from "./state";

const EVERY_MS = 30_000;
/** A figure older than this is called old. */
export const OLD_MS = 90_000;

export const coverage = signal<Coverage | null>(null);
/** Local monotonic moment of the last answer. */
export const coverageAt = signal(Number.NEGATIVE_INFINITY);
/** Whether the map marks the villages. */
export const coverageLayer = signal(false);
/** The village chosen from the list. */
export const chosenVillage = signal<string | null>(null);
/** Where each village is; the map brings it. */
export const villagePlaces = signal<ReadonlyMap<string, Point>>(new Map());

/** The share for the eye: never "100 %" while a village is out of reach, never "0 %" while one is in reach. */
export function shownShare({ covered_share, uncovered }: Coverage): number | null {
  if (covered_share === null) return null;
  const whole = Math.round(covered_share * 100);
  if (whole === 100 && uncovered.length > 0) return 0.99;
  return whole === 0 && covered_share > 0 ? 0.01 : whole / 100;
}

/** By district and name, so that a person finds a village where it is looked for. */
export function byDistrict(villages: readonly VillageName[]): [string, VillageName[]][] {
  const groups = new Map<string, VillageName[]>();
  for (const village of [...villages].sort((a, b) => a.district.localeCompare(b.district) || a.name.localeCompare(b.name))) {
    const group = groups.get(village.district);
    if (group) group.push(village);
    else groups.set(village.district, [village]);
  }
  return [...groups];
}

async function load(): Promise<void> {
  try {
    coverage.value = await api.coverage();
    coverageAt.value = performance.now();
  } catch {
    // The last figure stays with its age; the next round asks again.
  }
}

export function startCoverage(): void {
  const whenLookedAt = () => {
    if (document.visibilityState !== "hidden") void load();
  };
  effect(() => {
    if (!hello.value || !session.value || session.value.role === "crew") return;
    whenLookedAt();
    const timer = setInterval(whenLookedAt, EVERY_MS);
    return () => clearInterval(timer);
  });
  document.addEventListener("visibilitychange", () => {
    if (hello.peek() && performance.now() - coverageAt.peek() > EVERY_MS) whenLookedAt();
  });
}

/** The layer on the map and the list beside it come and go together. */
export function toggleCoverage(): void {
  coverageLayer.value = !coverageLayer.peek();
  if (coverageLayer.peek()) leftList.value = "coverage";
  else if (leftList.peek() === "coverage") leftList.value = "units";
}

export function showVillage(code: string): void {
  chosenVillage.value = code;
  coverageLayer.value = true;
  const place = villagePlaces.peek().get(code);
  if (place) show(place.lat, place.lon, 11.5);
}
