// The classes of the map: five, with round limits that the figures of the period fill.

/** Below this many a 90th percentile colours nothing. */
export const HATCHED_N = 10;
/** Below this many its number is not shown. */
export const HIDDEN_N = 20;

/** From quick to slow: told apart also by those who see fewer colours, and in grey. */
export const CLASS_COLOURS = ["#fde725", "#5ec962", "#21918c", "#3b528b", "#440154"] as const;

const STEPS_S = [60, 120, 180, 300, 600, 900, 1800, 3600, 7200];

/** Seconds of one class, so that the longest falls into the fifth or before. */
export function classStep(p90s: readonly number[]): number {
  const most = Math.max(0, ...p90s);
  return STEPS_S.find((step) => most < step * CLASS_COLOURS.length) ?? 14_400;
}

/** The last class has no upper limit. */
export function classOf(p90_s: number, step: number): number {
  return Math.min(CLASS_COLOURS.length - 1, Math.floor(p90_s / step));
}
