// What the states mean to a screen: their order, their shape, their targets. No drawing here.
import type {
  Admission, Aid, AidState, AlarmKind, AlarmLevel, Assignment, AssignmentState, Category, Channel, Colour, CrewRole, Disposition, Ending, EntryKind,
  ExclusionCode, Incident, IncidentState, Mark, Priority, Step, TimeSource, Unit, UnitState,
} from "./protocol";

export const PRIORITIES: readonly Priority[] = ["P1", "P2", "P3", "P4"];
export const CATEGORIES: readonly Category[] = [
  "accident", "cardiac", "neuro", "maternal", "neonatal", "trauma", "internal", "mental", "transfer", "other",
];
export const CHANNELS: readonly Channel[] = ["phone", "whatsapp", "radio", "button", "ncc119", "walk_in", "other"];
/** How a person may end an incident, most usual first. */
export const ENDINGS: readonly Ending[] = [
  "completed", "solved_by_phone", "health_worker_visit", "cancelled", "transferred", "no_patient_found", "refused_transport", "died_on_scene",
  "prank", "incomplete",
];
export const DISPOSITIONS: readonly Disposition[] = [...ENDINGS, "transported", "treated_on_scene"];
export const INCIDENT_STATES: readonly IncidentState[] = ["new", "pending", "held", "assigned", "active", "closed", "cancelled", "merged"];
export const COLOURS: readonly Colour[] = ["red", "yellow", "green", "black"];
export const ADMISSIONS: readonly Admission[] = ["open", "limited", "closed"];
export const CREW_ROLES: readonly CrewRole[] = ["driver", "nurse", "midwife", "doctor"];
export const ALARM_LEVELS: readonly AlarmLevel[] = ["critical", "high", "low"];
export const ALARM_KINDS: readonly AlarmKind[] = [
  "sos", "unanswered", "waiting", "ageing", "silent", "still", "better", "talk", "long_on_scene", "long_at_destination", "missing", "network",
  "aid_asked", "aid_untold", "takeover",
];
export const AID_STATES: readonly AidState[] = ["asked", "confirmed", "refused", "withdrawn", "cleared"];
export const MARKS: readonly Mark[] = ["staged", "care_transferred", "home", "completed"];
export const TIME_SOURCES: readonly TimeSource[] = ["crew", "operator", "gps", "server"];
export const EXCLUSIONS: readonly ExclusionCode[] = ["busy", "divertible", "off_duty", "refused", "no_answer", "lacks", "beyond_reach"];
export const ENTRY_KINDS: readonly EntryKind[] = [
  "call_taken", "call_attached", "details_corrected", "note_added", "priority_changed", "needs_changed", "colour_noted", "incident_merged",
  "incident_split", "incident_reopened", "incident_ageing", "incident_placed", "incident_held", "incident_ready", "unit_offered",
  "offer_realerted", "offer_timed_out", "assignment_diverted", "step_seen", "step_undone", "time_marked", "time_corrected", "destination_set",
  "order_delivered", "offer_overdue", "withdrawal_delivered", "assignment_advanced", "assignment_rejected", "assignment_cancelled",
  "incident_ended", "duty_changed", "crew_changed", "unit_limited", "talk_requested", "talk_answered", "facility_changed", "alarm_taken",
  "alarm_over", "aid_asked", "aid_delivered", "aid_confirmed", "aid_refused", "aid_advanced", "aid_corrected", "aid_undone", "aid_withdrawn",
  "aid_withdrawal_delivered", "aid_received", "aid_accepted", "aid_declined", "aid_recalled", "aid_told", "aid_heard", "aid_kept", "aid_recalled_late",
];

/** The steps of an assignment in their order; a step may be skipped, never taken back. */
export const STEPS: readonly Step[] = [
  "offered", "acknowledged", "en_route", "on_scene", "at_patient", "transporting", "at_destination", "handed_over", "cleared",
];

export function stepsAfter(state: AssignmentState): readonly Step[] {
  const at = STEPS.indexOf(state as Step);
  return at < 0 ? [] : STEPS.slice(at + 1);
}

/** States in which an assignment is over. */
export const ENDED_STATES: readonly AssignmentState[] = ["cleared", "rejected", "cancelled", "timed_out", "diverted"];

export function isOpenAssignment(assignment: Assignment): boolean {
  return assignment.ended_at === null && !ENDED_STATES.includes(assignment.state);
}

/** A neighbour's unit that may still come, or is with us. */
export function isOpenAid(aid: Aid): boolean {
  return aid.state === "asked" || aid.state === "confirmed";
}

/** A step can be taken back for this long. */
export const UNDO_STEP_MS = 5 * 60 * 1000;

/** The step that can still be taken back: the one it stands at, while it is fresh. */
export function undoableStep(assignment: Assignment, nowMs: number): Step | null {
  const step = assignment.state as Step;
  const at = isOpenAssignment(assignment) && step !== "offered" ? assignment.times[step] : null;
  return at && nowMs - Date.parse(at) < UNDO_STEP_MS ? step : null;
}

export type Shape = "available" | "ordered" | "moving" | "scene" | "hospital" | "off";
export const SHAPES: readonly Shape[] = ["available", "ordered", "moving", "scene", "hospital", "off"];

const SHAPE_OF: Record<UnitState, Shape> = {
  off_duty: "off",
  available_at_post: "available",
  available_mobile: "available",
  offered: "ordered",
  acknowledged: "ordered",
  en_route: "moving",
  on_scene: "scene",
  at_patient: "scene",
  transporting: "hospital",
  at_destination: "hospital",
  handed_over: "hospital",
};
export function shapeOf(state: UnitState): Shape {
  return SHAPE_OF[state] ?? "off";
}

/** Okabe-Ito: told apart by people who see colours differently; the shape says the same again. */
export const SHAPE_COLOUR: Record<Shape, string> = {
  available: "#1fb88a",
  ordered: "#e69f00",
  moving: "#56b4e9",
  scene: "#f0743a",
  hospital: "#d98cba",
  off: "#8d99a3",
};

export function isFree(unit: Unit): boolean {
  return unit.state === "available_at_post" || unit.state === "available_mobile";
}
export function isBusy(unit: Unit): boolean {
  return !isFree(unit) && unit.state !== "off_duty";
}

export function isOpen(incident: Incident): boolean {
  return incident.state !== "closed" && incident.state !== "cancelled" && incident.state !== "merged";
}
export function isWaiting(incident: Incident): boolean {
  return incident.state === "new" || incident.state === "pending" || incident.state === "held";
}

/** Queue order: priority first, then the time of the call. */
export function inQueueOrder(a: Incident, b: Incident): number {
  return a.priority === b.priority ? a.received_at.localeCompare(b.received_at) : a.priority.localeCompare(b.priority);
}

/** The clock of an incident stops when the first unit is on scene, or when it ends. */
export function clockStoppedAt(incident: Incident): number | null {
  const arrivals = incident.assignments.map((assignment) => assignment.times.on_scene).filter((time) => time !== null && time !== undefined);
  if (arrivals.length > 0) return Math.min(...arrivals.map((time) => Date.parse(time)));
  return incident.ended_at === null ? null : Date.parse(incident.ended_at);
}

export type Urgency = "calm" | "half" | "over";
export function urgency(incident: Incident, elapsed_s: number): Urgency {
  if (elapsed_s > incident.target_s) return "over";
  return elapsed_s >= incident.target_s / 2 ? "half" : "calm";
}
