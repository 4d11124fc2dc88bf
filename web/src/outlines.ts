// Outlines of villages and districts as the server draws them: TopoJSON, in which a line between two of them stands once.
import type { Outline, Outlines } from "./protocol";

type Place = [number, number];
export type OutlineKind = keyof Outlines["objects"];

/** Every line by its number, in degrees, longitude first. */
export function linesOf({ arcs, transform: { scale, translate } }: Outlines): Place[][] {
  return arcs.map((steps) => {
    let [x, y] = [0, 0];
    return steps.map(([dx, dy]): Place => {
      x += dx;
      y += dy;
      return [x * scale[0] + translate[0], y * scale[1] + translate[1]];
    });
  });
}

/** The rings of an outline; a line whose number is negative is followed backwards, and each begins where the one before ended. */
export function ringsOf(outline: Outline, lines: readonly Place[][]): Place[][] {
  return outline.arcs.flat().map((ring) =>
    ring.flatMap((number, n) => {
      const line = number < 0 ? [...(lines[~number] ?? [])].reverse() : (lines[number] ?? []);
      return n === 0 ? line : line.slice(1);
    }));
}

/** The lines between villages or districts, each once. */
export function bordersOf(outlines: Outlines, kind: OutlineKind): GeoJSON.MultiLineString {
  const lines = linesOf(outlines);
  const used = new Set(outlines.objects[kind].geometries.flatMap((outline) => outline.arcs.flat(2)).map((n) => (n < 0 ? ~n : n)));
  return { type: "MultiLineString", coordinates: [...used].sort((a, b) => a - b).flatMap((n) => (lines[n] ? [lines[n]] : [])) };
}
