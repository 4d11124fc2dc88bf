// Two points, north up, with a scale: how a family sees where its ambulance is. Pure.

export const WIDTH = 320;
export const HEIGHT = 220;
const MARGIN = 44;
/** What is nearer than this is not drawn larger. */
const SPAN_M_MIN = 100;
const BAR_PX_MAX = 90;

export interface Sketch { place: [number, number]; unit: [number, number]; bar_m: number; bar_px: number }

export function sketch(east_m: number, north_m: number): Sketch {
  const span = (metres: number) => Math.max(SPAN_M_MIN, Math.abs(metres));
  const px_per_m = Math.min((WIDTH - 2 * MARGIN) / span(east_m), (HEIGHT - 2 * MARGIN) / span(north_m));
  const half = [(east_m / 2) * px_per_m, (north_m / 2) * px_per_m] as const;
  const bar_m = roundLength(BAR_PX_MAX / px_per_m);
  return {
    place: [WIDTH / 2 - half[0], HEIGHT / 2 + half[1]], unit: [WIDTH / 2 + half[0], HEIGHT / 2 - half[1]],
    bar_m, bar_px: bar_m * px_per_m,
  };
}

/** The largest of 1, 2, 5, 10, 20 … that is not longer. */
export function roundLength(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return power * (most / power >= 5 ? 5 : most / power >= 2 ? 2 : 1);
}
