// When a unit on its way is expected: the moment, and how far it still is; the server makes it anew as it drives.
import { distance, hourMinute } from "./format";
import { t } from "./i18n";
import type { Unit } from "./protocol";

const MINUTE_MS = 60_000;

/** Whole minutes until a moment, never below none. */
export function minutesUntil(at: string, now: number): number {
  return Math.max(0, Math.round((Date.parse(at) - now) / MINUTE_MS));
}

/** "tiba ±14:32, masih 5,2 km lewat jalan"; nothing for a unit that goes nowhere. */
export function arrivalText(unit: Pick<Unit, "arrival"> | undefined): string {
  const arrival = unit?.arrival;
  if (!arrival) return "";
  const text = t("arrival.at", { time: hourMinute(Date.parse(arrival.at)), distance: distance(arrival.distance_m) });
  return `${text} ${t(arrival.basis === "road" ? "route.road" : "route.straight_line")}`;
}
