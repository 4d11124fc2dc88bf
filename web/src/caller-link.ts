// Links for people without a sign-in: a caller gives a position, which only an operator makes the incident's place; a family watches.
import { signal } from "@preact/signals";
import { api, sentence } from "./api";
import { attempt } from "./attempt";
import { shortUnit } from "./format";
import { t } from "./i18n";
import type { Assignment, CallerPosition, Incident, MadeLink } from "./protocol";
import { mayDispatch, panel, room, say, show } from "./state";
import { isOpen, isOpenAssignment } from "./words";

/** The link that was made last on this screen; it is shown this once. */
export const madeLink = signal<{ incident: string; kind: "caller" | "family"; unit: string | null; made: MadeLink } | null>(null);

/** A position that waits for an answer. */
export function offeredIn(incident: Incident): CallerPosition | null {
  const offered = incident.caller_position;
  return isOpen(incident) && offered && !offered.accepted ? offered : null;
}

const ARRIVED = ["on_scene", "at_patient", "transporting", "at_destination", "handed_over"];

/** The order whose unit a family waits for: the first that is still on its way. */
export function awaited(incident: Incident): Assignment | null {
  return incident.assignments.find((each) => isOpenAssignment(each) && !ARRIVED.includes(each.state)) ?? null;
}

export function forOpenIncident(action: (incident: Incident) => Promise<boolean>): void {
  const current = panel.peek();
  const incident = current.kind === "incident" ? room.peek().incidents.get(current.id) : undefined;
  if (!incident) say("info", t("link.no_incident"));
  else if (mayDispatch.peek()) void action(incident);
}

async function make(incident: Incident, kind: "caller" | "family", unit: string | null, request: Promise<MadeLink>): Promise<boolean> {
  try {
    madeLink.value = { incident: incident.id, kind, unit, made: await request };
    return true;
  } catch (thrown) {
    say("error", sentence(thrown));
    return false;
  }
}

export const askCaller = (incident: Incident) => make(incident, "caller", null, api.callerLink(incident.id));

export async function tellFamily(incident: Incident, assignment = awaited(incident)): Promise<boolean> {
  if (!assignment) {
    say("info", t("link.no_unit"));
    return false;
  }
  return make(incident, "family", shortUnit(assignment.unit), api.familyLink(assignment.id));
}

export async function acceptPosition(incident: Incident): Promise<boolean> {
  const offered = offeredIn(incident);
  if (!offered) {
    say("info", t("offer.none"));
    return false;
  }
  const done = await attempt(api.answerPosition(incident.id, "accept", offered.received_at), t("offer.accepted", { case: incident.case_number }));
  if (done) show(offered.lat, offered.lon, 13);
  return done;
}

export function dismissPosition(incident: Incident, offered: CallerPosition): Promise<boolean> {
  return attempt(api.answerPosition(incident.id, "dismiss", offered.received_at), t("offer.dismissed"));
}
