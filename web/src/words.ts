// What the states mean to a screen: their order, their shape, their targets. No drawing here.
import type { Assignment, AssignmentState, Category, Channel, Disposition, Incident, Priority, Step, Unit, UnitState } from "./protocol";

export const PRIORITIES: readonly Priority[] = ["P1", "P2", "P3", "P4"];
/** Local targets in minutes from the call to the first unit on scene. */
export const TARGET_MIN: Record<Priority, number> = { P1: 15, P2: 30, P3: 60, P4: 120 };

export const CATEGORIES: readonly Category[] = [
  "accident", "cardiac", "neuro", "maternal", "neonatal", "trauma", "internal", "mental", "transfer", "other",
];
export const CHANNELS: readonly Channel[] = ["phone", "whatsapp", "radio", "button", "ncc119", "walk_in", "other"];
export const DISPOSITIONS: readonly Disposition[] = [
  "completed", "solved_by_phone", "health_worker_visit", "cancelled", "prank", "incomplete",
];

/** The steps of an assignment in their order; a step may be skipped, never taken back. */
export const STEPS: readonly Step[] = [
  "offered", "acknowledged", "en_route", "on_scene", "at_patient", "transporting", "at_destination", "handed_over", "cleared",
];

export function stepsAfter(state: AssignmentState): readonly Step[] {
  const at = STEPS.indexOf(state as Step);
  return at < 0 ? [] : STEPS.slice(at + 1);
}

export function isOpenAssignment(assignment: Assignment): boolean {
  return assignment.ended_at === null && assignment.state !== "cleared" && assignment.state !== "rejected" && assignment.state !== "cancelled";
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
  return incident.state !== "closed" && incident.state !== "cancelled";
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
  const target_s = (TARGET_MIN[incident.priority] ?? 120) * 60;
  if (elapsed_s > target_s) return "over";
  return elapsed_s >= target_s / 2 ? "half" : "calm";
}

/** How long an order may stay without a person's answer before it is an alarm, seconds. */
export const ACKNOWLEDGE_ALARM_S: Record<Priority, number> = { P1: 60, P2: 120, P3: 300, P4: 600 };
/** How long an incident may wait for a unit before it is an alarm, seconds. */
export const WAITING_ALARM_S: Record<Priority, number> = { P1: 60, P2: 180, P3: 900, P4: 1800 };
