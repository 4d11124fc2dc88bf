// Where a patient can be taken: the order in which facilities are offered, and what speaks against one. Pure.
import type { FacilityNow, Point } from "./protocol";

export interface Destination {
  facility: FacilityNow;
  /** As the crow flies; null when the place is not known. */
  metres: number | null;
  lacksCare: boolean;
}

const EARTH_M = 6_371_008.8;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

export function metresBetween(a: Point, b: Point): number {
  const dLat = radians(b.lat - a.lat);
  const dLon = radians(b.lon - a.lon);
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(h));
}

/** Those with the care that is needed first, limited ones after open ones, the near before the far, closed ones last. */
export function destinations(facilities: readonly FacilityNow[], care: string | null, from: Point | null): Destination[] {
  const cost = ({ facility, lacksCare, metres }: Destination) =>
    [Number(facility.admission === "closed"), Number(lacksCare), Number(facility.admission === "limited"), metres ?? 0] as const;
  return facilities
    .map((facility) => ({
      facility,
      metres: from === null ? null : metresBetween(from, facility),
      lacksCare: care !== null && !facility.capabilities.includes(care),
    }))
    .sort((a, b) => {
      const [left, right] = [cost(a), cost(b)];
      const first = left.findIndex((value, n) => value !== right[n]);
      return first < 0 ? a.facility.id.localeCompare(b.facility.id) : left[first]! - right[first]!;
    });
}
