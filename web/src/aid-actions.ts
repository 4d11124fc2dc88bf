// Mutual aid between areas: asking a neighbour for a unit, taking that back, and answering what a neighbour asks of us.
import { signal } from "@preact/signals";
import { Problem, api, newId, sentence } from "./api";
import { attempt } from "./attempt";
import { shortUnit } from "./format";
import { t } from "./i18n";
import type { Aid, AidRequest, Neighbour } from "./protocol";
import { endRanking, focusRanking, focusWhenRanked, rankAgain, rankAid, ranking, rankingNotice } from "./ranking";
import { panel, room, say, show } from "./state";

/** The request whose answer is on its way; a second press changes nothing. */
export const answering = signal<string | null>(null);

export function askNeighbour(incident: string, neighbour: Neighbour, unit: string): Promise<boolean> {
  return attempt(api.askAid(incident, neighbour.area, unit, newId()), t("aid.asked_done", { unit: shortUnit(unit), area: neighbour.name }));
}

export function withdrawAid(aid: Aid, reason: string): Promise<boolean> {
  return attempt(api.withdrawAid(aid.id, reason), t("aid.withdrawn_done", { unit: shortUnit(aid.unit), area: aid.area_name }));
}

/** Shows what a neighbour asks, with our units ranked for its place; the list takes the focus when it is there. */
export function openAid(request: AidRequest): void {
  const current = ranking.peek()?.for;
  const same = current?.kind === "aid" && current.id === request.id;
  panel.value = { kind: "aid", id: request.id };
  if (request.place === null) return endRanking();
  show(request.place.lat, request.place.lon, 11);
  if (same) {
    focusRanking.value++;
    return;
  }
  focusWhenRanked(request.id);
  void rankAid(request.id, request.place);
}

/** From here on the unit is ours to lead: an incident of our own is opened for it. */
export async function confirmAid(id: string, unit: string): Promise<boolean> {
  if (answering.peek() !== null) return false;
  answering.value = id;
  rankingNotice.value = null;
  const made = { assignment: newId(), incident: newId(), call: newId(), unit };
  const asked = room.peek().aid_requests.find((each) => each.id === id);
  try {
    await api.confirmAid(id, made);
    endRanking();
    panel.value = { kind: "incident", id: made.incident };
    say("info", t("aid.confirmed_done", { unit: shortUnit(unit), area: asked?.area_name ?? "" }));
    return true;
  } catch (thrown) {
    rankingNotice.value = sentence(thrown);
    say("error", sentence(thrown));
    if (thrown instanceof Problem && thrown.status === 409) rankAgain();
    return false;
  } finally {
    answering.value = null;
  }
}

export async function refuseAid(request: AidRequest, reason: string): Promise<boolean> {
  const done = await attempt(api.refuseAid(request.id, reason), t("aid.refused_done", { area: request.area_name }));
  if (done && panel.peek().kind === "aid") {
    endRanking();
    panel.value = { kind: "none" };
  }
  return done;
}
