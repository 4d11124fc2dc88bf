// What the server says needs an operator now: its order on the screen, its words, and which sound it deserves. Pure.
import { shortUnit } from "./format";
import { hasWord, word } from "./i18n";
import type { Alarm } from "./protocol";
import { ALARM_LEVELS } from "./words";

/** Most urgent first; in one level those nobody has taken first, then the longest. */
export function inAlarmOrder(a: Alarm, b: Alarm): number {
  return (
    ALARM_LEVELS.indexOf(a.level) - ALARM_LEVELS.indexOf(b.level) ||
    Number(a.owner !== null) - Number(b.owner !== null) ||
    a.since.localeCompare(b.since) ||
    a.key.localeCompare(b.key)
  );
}

/** A kind that only a newer server knows is shown in its own letters, with its subject and its number. */
export function alarmText(alarm: Alarm): string {
  const unit = shortUnit(alarm.unit ?? "");
  const many = alarm.count > 1 || (alarm.unit === null && alarm.incident === null);
  if (many && hasWord("alarm_many", alarm.kind)) return word("alarm_many", alarm.kind, { n: alarm.count });
  const one = hasWord("alarm_kind", alarm.kind);
  const text = word("alarm_kind", alarm.kind, { unit, next: shortUnit(alarm.next ?? ""), device: alarm.device ?? "" }).trim();
  return [text, one ? "" : unit, alarm.count > 1 ? `${alarm.count}×` : ""].filter((part) => part !== "").join(" ");
}

/** The unit that one key orders out from the row, and whether it stands in for the unanswered offer. */
export function nextOf(alarm: Alarm): { unit: string; incident: string; instead_of: string | null } | null {
  if (alarm.next === null || alarm.incident === null) return null;
  if (alarm.kind === "unanswered") return { unit: alarm.next, incident: alarm.incident, instead_of: alarm.assignment };
  return alarm.kind === "better" ? { unit: alarm.next, incident: alarm.incident, instead_of: null } : null;
}

/** What keeps sounding; a crew in danger before a screen that is old, that before the rest. */
export type Sound = "sos" | "stale" | "critical" | null;

export function soundFor(alarms: readonly Alarm[], stale: boolean): Sound {
  const open = alarms.filter((alarm) => alarm.level === "critical" && alarm.owner === null);
  if (open.some((alarm) => alarm.kind === "sos")) return "sos";
  if (stale) return "stale";
  return open.length > 0 ? "critical" : null;
}

/** Alarms that sound once: high, of nobody, and not heard before. */
export function newlyHigh(alarms: readonly Alarm[], heard: ReadonlySet<string>): string[] {
  return alarms.filter((alarm) => alarm.level === "high" && alarm.owner === null && !heard.has(alarm.key)).map((alarm) => alarm.key);
}
