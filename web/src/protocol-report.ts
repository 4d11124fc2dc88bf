// The shapes of the reports as they cross the wire, word for word as in docs/protocol.md.
import type { Area, AssignmentState, Category, Disposition, Priority, VillageName } from "./protocol";

export type ReportBy = "priority" | "category" | "district" | "village" | "unit" | "hour";
export interface Interval {
  name: string;
  from: string;
  to: string;
  unit_of_account: string;
  n: number;
  median_s: number | null;
  p90_s: number | null;
  mean_s: number | null;
  within_target: number | null;
  target_share: number | null;
  target_ci: [number, number] | null;
  invalid: number;
}
export interface ReportRow {
  incident: string;
  case_number: string;
  received_at: string;
  priority: Priority;
  category: Category;
  village: string | VillageName | null;
  unit: string | null;
  /** Of the assignment that counts; null while there is none. */
  state: AssignmentState | null;
  disposition: Disposition | null;
  total_response_s: number | null;
  processing_s: number | null;
  acknowledgement_s: number | null;
  turnout_s: number | null;
  travel_s: number | null;
  unit_response_s: number | null;
  on_scene_s: number | null;
  transport_s: number | null;
  handover_s: number | null;
  task_s: number | null;
}
export interface Report {
  from: string;
  to: string;
  area: Area | string;
  generated_at: string;
  targets_s: Record<string, number>;
  incidents: number;
  counted: number;
  excluded: Record<string, number>;
  intervals: Interval[];
  slices: { key: string; label: string; intervals: Interval[] }[];
  rows: ReportRow[];
}

/** How an order came to nothing. */
export type Outcome = "rejected" | "timed_out" | "cancelled" | "diverted";
/** How far an order had come when it ended. */
export type Stage = "before_answer" | "before_rolling" | "on_the_way";
export interface Refusal {
  unit: string;
  case_number: string;
  offered_at: string;
  at: string;
  /** From the order to its end. */
  after_s: number;
  outcome: Outcome;
  stage: Stage;
  reason: string | null;
  /** In what role. */
  by: string;
}
export type UnitTotals = { unit: string; offers: number; accepted: number; refused_share: number } & { [outcome in Outcome]: number };
export interface Refusals { from: string; to: string; generated_at: string; refusals: Refusal[]; units: UnitTotals[] }

/** By what travel times by road are corrected, and from how many trips that is known. */
export interface TravelFactors {
  learning: boolean;
  classes: readonly { class: string; n: number; hours: number; factor: number }[];
  cells: readonly { district: string; name: string; from_hour: number; to_hour: number; n: number; median: number; factor: number }[];
}
