// What needs an operator's action now: orders nobody has accepted, incidents that wait too long. One line a matter, most urgent first.
import type { Incident, Priority } from "./protocol";
import { isOpen, isWaiting } from "./words";

const ACKNOWLEDGE_ALARM_S: Record<Priority, number> = { P1: 60, P2: 120, P3: 300, P4: 600 };
const WAITING_ALARM_S: Record<Priority, number> = { P1: 60, P2: 180, P3: 900, P4: 1800 };

export interface Alarm {
  kind: "unacknowledged" | "waiting";
  incident: string;
  case_number: string;
  priority: Priority;
  unit: string | null;
  /** Server time at which the matter began. */
  since_ms: number;
}

export function alarms(incidents: Iterable<Incident>, nowMs: number): Alarm[] {
  const found: Alarm[] = [];
  for (const incident of incidents) {
    if (!isOpen(incident)) continue;
    const { id, case_number, priority } = incident;
    for (const assignment of incident.assignments) {
      const offered = assignment.times.offered;
      if (assignment.state !== "offered" || !offered) continue;
      const since_ms = Date.parse(offered);
      if (assignment.overdue === true || nowMs - since_ms >= ACKNOWLEDGE_ALARM_S[priority] * 1000) {
        found.push({ kind: "unacknowledged", incident: id, case_number, priority, unit: assignment.unit, since_ms });
      }
    }
    const since_ms = Date.parse(incident.received_at);
    if (isWaiting(incident) && nowMs - since_ms >= WAITING_ALARM_S[priority] * 1000) {
      found.push({ kind: "waiting", incident: id, case_number, priority, unit: null, since_ms });
    }
  }
  return found.sort((a, b) => a.priority.localeCompare(b.priority) || a.since_ms - b.since_ms);
}
