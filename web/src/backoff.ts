// How long to wait before connecting again: doubling from 0.5 to 8 seconds, with full jitter so that screens do not return together.

export const FIRST_MS = 500;
export const LONGEST_MS = 8000;

/** `attempt` counts from 0; `random` is in [0, 1). Half of the first step is the least, so that a refusing server is not hammered. */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.max(FIRST_MS / 2, Math.round(random * ceiling));
}
