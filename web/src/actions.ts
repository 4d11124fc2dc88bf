// What an operator does: take a call, assign, withdraw, set a step, end. The server decides; the screen says what it said.
import { signal } from "@preact/signals";
import { Problem, api, newId, sentence } from "./api";
import { change, draft, callOf, isTouched, newDraft } from "./draft";
import { shortUnit } from "./format";
import { t, word } from "./i18n";
import { PressCount } from "./keys";
import type { Ending, Incident, PlaceHit } from "./protocol";
import { endRanking, focusRanking, focusWhenRanked, rankAgain, rankIncident, rankPlace, ranking, rankingNotice } from "./ranking";
import { attempt } from "./attempt";
import { confirmAid } from "./aid-actions";
import { mayDispatch, panel, room, say, selectedUnit, show } from "./state";

export const UNDO_MS = 5000;
export const presses = new PressCount();

export interface Assigned {
  assignment: string;
  unit: string;
  incident: string;
  case_number: string;
  /** Local monotonic moment until which U withdraws it. */
  until: number;
  /** Key presses since F2; null when the call was not begun with F2. */
  presses: number | null;
}
export const assigned = signal<Assigned | null>(null);
export const assigning = signal<string | null>(null);
export const saving = signal(false);
export const formError = signal<string | null>(null);
/** Enter was pressed before the places were found: the first one will be taken when it is known. */
export const placePending = signal(false);
let saveWhenPlaced = false;

/** Rises when the place field should take the focus. */
export const focusPlace = signal(0);

/** A digit pressed while the call is still being saved: the unit that stood there then. */
let wanted: string | null = null;

export function openCall(): void {
  if (!mayDispatch.peek()) return;
  const kept = draft.peek();
  if (!kept || !isTouched(kept)) draft.value = newDraft();
  else if (panel.peek().kind !== "call" && kept.place) void rankPlace(kept.place.lat, kept.place.lon);
  if (panel.peek().kind !== "call" && !(kept && isTouched(kept))) endRanking();
  formError.value = null;
  panel.value = { kind: "call" };
  focusPlace.value++;
}

export function discardCall(): void {
  draft.value = null;
  formError.value = null;
  endRanking();
  panel.value = { kind: "none" };
}

export function choosePlace(hit: PlaceHit): void {
  change({ place: hit, query: hit.label });
  formError.value = null;
  placePending.value = false;
  show(hit.lat, hit.lon, 11.5);
  void rankPlace(hit.lat, hit.lon);
  if (saveWhenPlaced) void saveCall();
  saveWhenPlaced = false;
}

/** Nothing was found for what was typed: back to the place, whatever the operator has gone on to. */
export function placeMissing(): void {
  placePending.value = false;
  saveWhenPlaced = false;
  formError.value = t("call.place_none");
  focusPlace.value++;
}

/** The form is complete: the call goes out now, or as soon as its place is known. */
export function finishCall(): void {
  if (draft.peek()?.place) void saveCall();
  else if (placePending.peek()) saveWhenPlaced = true;
  else placeMissing();
}

export function clearPlace(): void {
  placePending.value = false;
  saveWhenPlaced = false;
  change({ place: null, query: "" });
  endRanking();
}

export async function chooseOnMap(lat: number, lon: number): Promise<void> {
  const round = (value: number) => Math.round(value * 1e6) / 1e6;
  const picked: PlaceHit = { kind: "coordinates", name: t("place.picked"), label: t("place.picked"), village: null, lat: round(lat), lon: round(lon), uncertainty_m: 100 };
  if (!draft.peek()) draft.value = newDraft();
  change({ place: picked, query: picked.label });
  formError.value = null;
  void rankPlace(picked.lat, picked.lon);
  try {
    const named = (await api.places(`${picked.lat}, ${picked.lon}`)).places.find((place) => place.kind === "coordinates");
    if (named && draft.peek()?.place === picked) change({ place: { ...named, lat: picked.lat, lon: picked.lon }, query: named.label });
  } catch {
    // The name of the nearest village is a courtesy; the point itself is enough.
  }
}

export async function saveCall(): Promise<void> {
  const current = draft.peek();
  if (!current || saving.peek()) return;
  saving.value = true;
  formError.value = null;
  wanted = null;
  if (current.place) focusRanking.value++;
  try {
    const taken = await api.takeCall(callOf(current));
    draft.value = null;
    panel.value = { kind: "incident", id: taken.incident_id };
    if (!current.place) {
      endRanking();
      return;
    }
    const early = wanted as string | null;
    await (early === null ? rankIncident(taken.incident_id, true) : assign(taken.incident_id, early));
    if (early === null) {
      focusRanking.value++;
      const meanwhile = wanted as string | null;
      if (meanwhile !== null) await assign(taken.incident_id, meanwhile);
    }
  } catch (thrown) {
    formError.value = sentence(thrown);
  } finally {
    saving.value = false;
    wanted = null;
  }
}

/** Assigns the unit at a place of the ranking (0 is the first), for the incident the ranking is for. */
export function assignRanked(position: number): void {
  const current = ranking.peek();
  const candidate = current?.list?.candidates[position];
  if (!current || !candidate) return;
  if (saving.peek()) {
    wanted = candidate.unit;
    assigning.value = candidate.unit;
    return;
  }
  const target = current.for;
  if (target.kind === "incident") void assign(target.id, candidate.unit);
  else if (target.kind === "referral") void assign(target.id, candidate.unit, { pick_up: target.pick_up }, target.to);
  else if (target.kind === "aid") void confirmAid(target.id, candidate.unit);
}

/** `to` is the facility to which the patient goes, where the operator has chosen one. */
export async function assign(
  incident: string, unit: string, terms: { divert?: true; pick_up?: string } = {}, to: string | null = null,
): Promise<boolean> {
  if (assigning.peek() === unit && !saving.peek()) return false;
  assigning.value = unit;
  rankingNotice.value = null;
  try {
    const made = await api.assign(incident, unit, newId(), terms);
    const case_number = room.peek().incidents.get(incident)?.case_number ?? "";
    assigned.value = { assignment: made.id, unit, incident, case_number, until: performance.now() + UNDO_MS, presses: presses.finish() };
    endRanking();
    panel.value = { kind: "incident", id: incident };
    if (to !== null && made.facility?.id !== to) await attempt(api.destination(made.id, to));
    return true;
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.status === 409) {
      rankingNotice.value = thrown.body.case_number
        ? t("ranking.taken", { unit: thrown.body.unit ?? unit, case: thrown.body.case_number })
        : thrown.message;
      if (ranking.peek()) rankAgain();
      else say("error", rankingNotice.value);
      focusRanking.value++;
    } else {
      rankingNotice.value = sentence(thrown);
      say("error", sentence(thrown));
    }
    return false;
  } finally {
    assigning.value = null;
  }
}

export async function undo(): Promise<void> {
  const last = assigned.peek();
  if (!last || performance.now() > last.until) return;
  assigned.value = null;
  if (await setStatus(last.assignment, "cancelled", t("undo.reason"))) {
    say("info", t("assigned.undone", { unit: shortUnit(last.unit) }));
    openIncident(last.incident, true);
  }
}

export async function setStatus(assignment: string, status: string, reason?: string): Promise<boolean> {
  try {
    await api.setStatus(assignment, status, reason);
    return true;
  } catch (thrown) {
    say("error", sentence(thrown));
    return false;
  }
}

export async function closeIncident(incident: Incident, disposition: Ending, reason?: string): Promise<boolean> {
  try {
    await api.close(incident.id, disposition, reason);
    say("info", t("command.closed", { case: incident.case_number, disposition: word("disposition", disposition) }));
    return true;
  } catch (thrown) {
    say("error", sentence(thrown));
    return false;
  }
}

/** Opens an incident; the incident's view ranks units for it by itself when it is waiting for one. */
export function openIncident(id: string, focus = false): void {
  const incident = room.peek().incidents.get(id);
  const current = ranking.peek()?.for;
  if (!(current?.kind === "incident" && current.id === id)) endRanking();
  panel.value = { kind: "incident", id };
  if (incident?.place) show(incident.place.lat, incident.place.lon, 11);
  if (focus) focusWhenRanked(id);
}

export function closePanel(): void {
  const kept = draft.peek();
  if (panel.peek().kind === "call" && kept && !isTouched(kept)) draft.value = null;
  endRanking();
  panel.value = { kind: "none" };
  selectedUnit.value = null;
}

