// Why units are not in the ranking: counted, ordered, and those that can be taken from something less urgent. Pure.
import type { Excluded, ExclusionCode } from "./protocol";

/** What an operator may act on first; that a unit is busy explains itself. */
const ORDER: readonly ExclusionCode[] = ["divertible", "no_answer", "refused", "lacks", "off_duty", "beyond_reach", "busy"];
const place = (code: ExclusionCode) => (ORDER.includes(code) ? ORDER.indexOf(code) : ORDER.length);
/** More than these are not offered at once. */
const DIVERTIBLE_MAX = 4;

export function inReasonOrder(excluded: readonly Excluded[]): Excluded[] {
  return [...excluded].sort((a, b) => place(a.code) - place(b.code) || a.unit.localeCompare(b.unit));
}

export function countByReason(excluded: readonly Excluded[]): [ExclusionCode, number][] {
  const counts = new Map<ExclusionCode, number>();
  for (const { code } of inReasonOrder(excluded)) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts];
}

export interface Divertible extends Excluded { metres: number }

/** Only those nearer than the best free unit: taking a unit from somebody else must win something. */
export function divertibleOf(
  excluded: readonly Excluded[], best_m: number | null, metresTo: (unit: string) => number | null,
): Divertible[] {
  return excluded
    .filter((each) => each.code === "divertible")
    .map((each) => ({ ...each, metres: metresTo(each.unit) ?? Number.POSITIVE_INFINITY }))
    .filter((each) => each.metres < (best_m ?? Number.POSITIVE_INFINITY))
    .sort((a, b) => a.metres - b.metres || a.unit.localeCompare(b.unit))
    .slice(0, DIVERTIBLE_MAX);
}
