// Taking a patient from one facility to another: where the patient is, where to, and the units that are near the first.
import { destinations, metresBetween } from "./destinations";
import { facilities } from "./facilities";
import type { FacilityNow, Incident, Point } from "./protocol";
import { endRanking, focusRanking, rankIncident, rankReferral, ranking } from "./ranking";
import { show } from "./state";
import { isWaiting } from "./words";

/** An incident within this distance of a facility is taken to be there. */
const AT_FACILITY_M = 300;

export function facilityAt(place: Point | null, all: readonly FacilityNow[]): FacilityNow | null {
  if (place === null) return null;
  const near = all.map((facility) => ({ facility, metres: metresBetween(place, facility) })).sort((a, b) => a.metres - b.metres)[0];
  return near !== undefined && near.metres <= AT_FACILITY_M ? near.facility : null;
}

/** Where the patient is, as far as is known: at the facility of the call, else where a unit has brought him, else the nearest one. */
export function pickUpOf(incident: Incident, all: readonly FacilityNow[]): FacilityNow | null {
  const brought = incident.assignments.findLast((each) => each.times.at_destination !== null)?.facility?.id;
  const there = facilityAt(incident.place, all) ?? all.find((facility) => facility.id === brought);
  return there ?? destinations(all, null, incident.place)[0]?.facility ?? null;
}

/** The best place to go from there: never the same house, never a closed one. */
export function referTo(from: FacilityNow, care: string | null, all: readonly FacilityNow[]): FacilityNow | null {
  const others = destinations(all.filter((facility) => facility.id !== from.id), care, from);
  return others.find(({ facility }) => facility.admission !== "closed")?.facility ?? null;
}

/** Opens the form with what is likeliest, and ranks the units for it; `to` of before stays while it is another house. */
export function refer(incident: Incident, from?: FacilityNow, to?: string | null): void {
  const pickUp = from ?? pickUpOf(incident, facilities.peek());
  if (!pickUp) return;
  const kept = to !== undefined && to !== pickUp.id ? to : (referTo(pickUp, incident.care, facilities.peek())?.id ?? null);
  show(pickUp.lat, pickUp.lon, 11);
  void rankReferral(incident.id, pickUp, kept);
}

/** Another destination changes nothing of who is near. */
export function referElsewhere(to: string): void {
  const current = ranking.peek();
  if (current?.for.kind === "referral") ranking.value = { ...current, for: { ...current.for, to } };
}

export function endReferral(incident: Incident): void {
  if (isWaiting(incident) && incident.place !== null) void rankIncident(incident.id);
  else endRanking();
}

export function toUnits(): void {
  focusRanking.value++;
}
