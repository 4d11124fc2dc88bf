// What mutual aid means to a screen: who answers for what at each moment, which request an alarm is about. Pure.
import { t } from "./i18n";
import { clock, shortUnit } from "./format";
import type { Aid, AidRequest, Alarm, AskedBy } from "./protocol";
import { isOpenAid } from "./words";

/** Whose responsibility it is, in one sentence; `here` is our own area's name. */
export function responsibility(aid: Aid, here: string): string {
  const values = { here, area: aid.area_name, unit: shortUnit(aid.unit) };
  switch (aid.state) {
    case "asked": return t("aid.duty_asked", values);
    case "confirmed": return t("aid.duty_confirmed", { ...values, time: aid.times.answered ? clock(Date.parse(aid.times.answered)) : "–" });
    case "refused":
    case "withdrawn": return t("aid.duty_ours", values);
    case "cleared": return t("aid.duty_cleared", values);
    // A newer server may know more: until it is known better, the incident is ours.
    default: return t("aid.duty_ours", values);
  }
}

/** What stands at the head of an incident for which a neighbour was asked; nothing where none was. */
export function dutyLines(aids: readonly Aid[], here: string): { state: Aid["state"]; text: string }[] {
  const open = aids.filter(isOpenAid).map((aid) => ({ state: aid.state, text: responsibility(aid, here) }));
  const last = aids.at(-1);
  return open.length > 0 || !last ? open : [{ state: last.state, text: responsibility(last, here) }];
}

export function responsibilityAsked(by: AskedBy, here: string): string {
  return t("aid.duty_answered", { here, area: by.area_name, case: by.case_number });
}

const TIMES: readonly (keyof Aid["times"])[] = [
  "asked", "delivered", "answered", "acknowledged", "en_route", "on_scene", "at_patient", "transporting", "at_destination", "handed_over", "cleared",
];

/** The times that are known, in their order. */
export function aidTimes(aid: Aid): { name: keyof Aid["times"]; at: string }[] {
  return TIMES.flatMap((name) => {
    const at = aid.times[name];
    return at ? [{ name, at }] : [];
  });
}

/** The most urgent first, then the longest waiting. */
export function inAidOrder(a: AidRequest, b: AidRequest): number {
  return a.priority.localeCompare(b.priority) || a.asked_at.localeCompare(b.asked_at);
}

/** The request an alarm is about: named in its key, else by its case or unit, else the only one there is. */
export function requestOf(alarm: Alarm, requests: readonly AidRequest[]): AidRequest | null {
  if (alarm.kind !== "aid_asked") return null;
  const named = requests.find((each) => alarm.key.includes(each.id));
  if (named) return named;
  const fits = requests.filter((each) => each.case_number === alarm.case_number || each.unit === alarm.unit);
  return fits[0] ?? (requests.length === 1 ? requests[0]! : null);
}
