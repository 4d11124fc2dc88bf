// The times of one assignment: what was said, by whom, and what the vehicle's movement showed beside it. Pure.
import type { Assignment, AssignmentTimes, Mark, Step, TimeSource } from "./protocol";

/** In the order in which they come about. */
export const TIME_ORDER: readonly Exclude<keyof AssignmentTimes, "offered" | "delivered">[] = [
  "acknowledged", "en_route", "staged", "on_scene", "at_patient", "care_transferred", "transporting", "at_destination", "handed_over",
  "cleared", "home", "completed",
];

export interface TimeRow {
  name: (typeof TIME_ORDER)[number];
  said: string | null;
  source: TimeSource | null;
  seen: string | null;
  /** How much later than it was said the movement showed it; negative: earlier. */
  seen_later_s: number | null;
  corrected: boolean;
}

/** Whatever has a time. The acceptance stands among the ticks; here only when there is more to say of it. */
export function timeRows(assignment: Assignment): TimeRow[] {
  return TIME_ORDER.flatMap((name) => {
    const said = assignment.times[name] ?? null;
    const seen = assignment.seen[name as Step] ?? null;
    const corrected = assignment.corrected.includes(name as Step);
    const source = said === null ? null : (assignment.sources?.[name] ?? null);
    if (said === null && seen === null) return [];
    if (name === "acknowledged" && seen === null && !corrected) return [];
    const seen_later_s = said === null || seen === null ? null : Math.round((Date.parse(seen) - Date.parse(said)) / 1000);
    return [{ name, said, source, seen, seen_later_s, corrected }];
  });
}

export const isMark = (name: string): name is Mark => ["staged", "care_transferred", "home", "completed"].includes(name);

/** Moments that can be noted now; what only the movement showed may still be said. None where the server does not know them. */
export function marksFor(assignment: Assignment): Mark[] {
  const { times, state } = assignment;
  const fits: Record<Mark, boolean> = {
    staged: (state === "acknowledged" || state === "en_route") && times.on_scene === null,
    care_transferred: ["on_scene", "at_patient", "transporting", "at_destination"].includes(state),
    home: state === "cleared",
    completed: state === "cleared",
  };
  return (Object.keys(fits) as Mark[]).filter((mark) => fits[mark] && (times[mark] === null || (times[mark] && assignment.sources?.[mark] === "gps")));
}
