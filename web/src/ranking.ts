// The ranked units for one place or one incident. The list on the screen changes only when asked, never under a finger.
import { effect, signal } from "@preact/signals";
import { api, sentence } from "./api";
import type { Candidates, Facility, Place } from "./protocol";
import { rankedPlace, shownCandidates } from "./state";

export type RankingFor =
  | { kind: "place"; lat: number; lon: number }
  | { kind: "incident"; id: string }
  /** For an incident, but for the facility where the patient is fetched. */
  | { kind: "referral"; id: string; pick_up: string; to: string | null; lat: number; lon: number }
  /** For what another area asks of us. */
  | { kind: "aid"; id: string; lat: number; lon: number };

export interface Ranking {
  for: RankingFor;
  list: Candidates | null;
  loading: boolean;
  error: string | null;
  /** Local monotonic moment of the answer. */
  at: number;
}

export const ranking = signal<Ranking | null>(null);
export const rankingNotice = signal<string | null>(null);
/** Rises when the ranking list should take the focus. */
export const focusRanking = signal(0);

/** What the list that should take the focus once it is there is for, and where the focus was when that was wished. */
let wished: { id: string; from: Element | null } | null = null;

export function focusWhenRanked(id: string): void {
  wished = { id, from: document.activeElement };
}

/** Whoever has gone on to something else meanwhile keeps the focus there: a digit typed into a reason must not send a unit. */
function takesFocus(id: string): boolean {
  if (wished?.id !== id) return false;
  const { from } = wished;
  const at = document.activeElement;
  wished = null;
  return at === from || at === null || at === document.body || !from?.isConnected;
}

let running: AbortController | null = null;

async function rank(target: RankingFor, keep: boolean): Promise<void> {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const before = ranking.peek();
  ranking.value = { for: target, list: keep ? (before?.list ?? null) : null, loading: true, error: null, at: before?.at ?? 0 };
  try {
    const list = target.kind === "incident"
      ? await api.candidatesFor(target.id, mine.signal)
      : await api.candidatesAt(target.lat, target.lon, mine.signal);
    if (running !== mine) return;
    // The destination of a referral may have been changed meanwhile.
    ranking.value = { for: ranking.peek()?.for ?? target, list, loading: false, error: null, at: performance.now() };
    if (target.kind !== "place" && takesFocus(target.id)) focusRanking.value++;
  } catch (thrown) {
    if (running === mine && !mine.signal.aborted) {
      const list = keep ? (before?.list ?? null) : null;
      ranking.value = { for: ranking.peek()?.for ?? target, list, loading: false, error: sentence(thrown), at: performance.now() };
    }
  }
}

export function rankPlace(lat: number, lon: number): Promise<void> {
  rankingNotice.value = null;
  return rank({ kind: "place", lat, lon }, false);
}

/** `keep` leaves the list that is shown in place until the new one is here. */
export function rankIncident(id: string, keep = false): Promise<void> {
  if (!keep) rankingNotice.value = null;
  return rank({ kind: "incident", id }, keep);
}

export function rankReferral(id: string, { id: pick_up, lat, lon }: Facility, to: string | null): Promise<void> {
  rankingNotice.value = null;
  return rank({ kind: "referral", id, pick_up, to, lat, lon }, false);
}

export function rankAid(id: string, { lat, lon }: Place): Promise<void> {
  rankingNotice.value = null;
  return rank({ kind: "aid", id, lat, lon }, false);
}

export function rankAgain(): void {
  const current = ranking.peek();
  if (current) void rank(current.for, true);
}

export function endRanking(): void {
  running?.abort();
  running = null;
  ranking.value = null;
  rankingNotice.value = null;
}

effect(() => {
  shownCandidates.value = ranking.value?.list?.candidates ?? [];
  const target = ranking.value?.for;
  rankedPlace.value = target?.kind === "referral" || target?.kind === "aid" ? { lat: target.lat, lon: target.lon } : null;
});
