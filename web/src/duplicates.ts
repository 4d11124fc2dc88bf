// Two reports of one emergency: which of the two leads, and in which order likely ones are shown. Pure.
import type { Incident, SimilarIncident } from "./protocol";

/** The earlier call leads, so that the case number people already say on the radio stays. */
export function leaderOf(a: Incident, b: Incident): { leader: Incident; part: Incident } {
  const earlier = a.received_at.localeCompare(b.received_at) || a.case_number.localeCompare(b.case_number);
  return earlier <= 0 ? { leader: a, part: b } : { leader: b, part: a };
}

/** The same number speaks loudest, then nearness in time. */
export function likeliestFirst(similar: readonly SimilarIncident[]): SimilarIncident[] {
  return [...similar].sort((a, b) => Number(b.same_number) - Number(a.same_number) || a.apart_s - b.apart_s);
}
