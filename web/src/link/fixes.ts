// Which positions of a phone are worth sending: the first, and those that are clearly better. Pure.

export interface Fix { lat: number; lon: number; accuracy_m: number }

/** So long a phone looks for its place after the button was pressed. */
export const SEARCH_MS = 60_000;
/** At most one position goes out in this time. */
export const SEND_EVERY_MS = 2_500;
/** At most so many go out for one press. */
export const SENDS_MAX = 15;
/** An operator is not shown a new circle for less than this. */
const BETTER_BY = 0.7;
/** A house; what is better than this changes nothing. */
export const ENOUGH_M = 15;
/** The server takes no worse one. */
export const ACCURACY_M_MAX = 10_000;

export function isWorthSending(fix: Fix, sent: Fix | null): boolean {
  const isOne = Number.isFinite(fix.lat) && Number.isFinite(fix.lon) && fix.accuracy_m >= 0 && fix.accuracy_m <= ACCURACY_M_MAX;
  return isOne && (sent === null || fix.accuracy_m <= sent.accuracy_m * BETTER_BY);
}

/** Seconds since a position was taken, by the phone's own clock, as far as it can be believed. */
export function age_s(taken_ms: number, now_ms: number): number {
  return Math.min(300, Math.max(0, (now_ms - taken_ms) / 1000)) || 0;
}
