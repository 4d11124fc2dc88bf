// What an operator does with an alarm: take it, open what it is about, ask the next unit.
import { openIncident } from "./actions";
import { requestOf } from "./aid";
import { openAid } from "./aid-actions";
import { alarmText, nextOf } from "./alarms";
import { api, newId } from "./api";
import { attempt } from "./attempt";
import { shortUnit } from "./format";
import { t } from "./i18n";
import type { Alarm } from "./protocol";
import { leftList, placeOf, room, selectedUnit, show, unitFilter } from "./state";

export function takeAlarm(alarm: Alarm): Promise<boolean> {
  return attempt(api.takeAlarm(alarm.key), t("alarm.taken", { what: alarmText(alarm) }));
}

/** The incident, or the unit on the map; many units: the list of those that are silent. */
export function openSubject(alarm: Alarm): void {
  const asked = requestOf(alarm, room.peek().aid_requests);
  if (asked) return openAid(asked);
  if (alarm.incident !== null) return openIncident(alarm.incident);
  const unit = alarm.unit === null ? undefined : room.peek().units.get(alarm.unit);
  if (!unit) {
    leftList.value = "units";
    unitFilter.value = "stale";
    return;
  }
  selectedUnit.value = unit.unit;
  const place = placeOf(unit);
  if (place) show(place.lat, place.lon);
}

/** Orders out the next unit; for an unanswered offer whoever accepts first has it. */
export async function askNext(alarm: Alarm): Promise<boolean> {
  const next = nextOf(alarm);
  if (!next) return false;
  const terms = next.instead_of === null ? {} : { instead_of: next.instead_of };
  const done = await attempt(
    api.assign(next.incident, next.unit, newId(), terms),
    t("alarm.asked", { unit: shortUnit(next.unit), case: alarm.case_number ?? "" }),
  );
  if (done) openIncident(next.incident);
  return done;
}
