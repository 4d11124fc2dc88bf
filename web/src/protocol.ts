// The shapes that cross the wire, word for word as in docs/protocol.md.

export type Role = "operator" | "supervisor" | "admin" | "official" | "crew" | string;
export type Priority = "P1" | "P2" | "P3" | "P4";
export type Answer = "yes" | "no" | "unknown";
export type Channel = "phone" | "whatsapp" | "radio" | "button" | "ncc119" | "walk_in" | "other";
export type Category =
  | "accident" | "internal" | "neuro" | "cardiac" | "maternal" | "neonatal" | "mental" | "trauma" | "transfer" | "other";
export type Disposition = "cancelled" | "prank" | "incomplete" | "solved_by_phone" | "health_worker_visit" | "completed";

export type IncidentState = "new" | "pending" | "held" | "assigned" | "active" | "closed" | "cancelled";
export type Step =
  | "offered" | "acknowledged" | "en_route" | "on_scene" | "at_patient" | "transporting" | "at_destination" | "handed_over" | "cleared";
export type AssignmentState = Step | "rejected" | "cancelled";
export type UnitState =
  | "off_duty" | "available_at_post" | "available_mobile" | "offered" | "acknowledged" | "en_route" | "on_scene" | "at_patient"
  | "transporting" | "at_destination" | "handed_over";
export type Link = "online" | "offline" | "never";

export interface VillageName { code: string; name: string; district: string }
export interface Point { lat: number; lon: number }

export interface Place extends Point {
  uncertainty_m: number | null;
  basis: "village" | "point";
  village: VillageName | null;
}

export interface Facility extends Point { id: string; name: string; kind?: string; demo?: boolean }

export type AssignmentTimes = { [time in "offered" | "delivered" | Exclude<Step, "offered">]: string | null };

export interface Assignment {
  id: string;
  incident: string;
  unit: string;
  state: AssignmentState;
  rank: number | null;
  eta_s: number | null;
  distance_m: number | null;
  basis: string | null;
  facility: Facility | null;
  times: AssignmentTimes;
  /** Nobody answered the offer in time. */
  overdue?: boolean;
  ended_at: string | null;
  reason: string | null;
}

export interface Incident {
  id: string;
  case_number: string;
  state: IncidentState;
  version: number;
  priority: Priority;
  category: Category;
  channel: Channel;
  call_id: string;
  received_at: string;
  created_at: string;
  redispatch: boolean;
  place: Place | null;
  caller?: { name?: string | null; phone?: string | null } | null;
  complaint?: string | null;
  landmark?: string | null;
  assignments: Assignment[];
  disposition: Disposition | null;
  ended_at: string | null;
  timeline?: TimelineEntry[];
}

export interface UnitFix extends Point {
  at: string;
  received_at: string;
  heading_deg: number | null;
  speed_kmh: number | null;
  accuracy_m: number | null;
}

export interface Unit {
  unit: string;
  index: number;
  name: string;
  village: VillageName | null;
  capabilities: string[];
  post: Point | null;
  state: UnitState;
  link: Link;
  fix: UnitFix | null;
  battery_pct: number | null;
  incident: string | null;
  assignment: string | null;
  duty_reason: string | null;
}

export interface Candidate {
  unit: string;
  rank: number;
  eta_s: number;
  distance_m: number;
  basis: string;
  fix_age_s: number | null;
  uncertainty_s: number | null;
  reasons: string[];
  reason_codes: string[];
}
export interface Excluded { unit: string; reason: string; code: string }
export interface Candidates { candidates: Candidate[]; excluded: Excluded[] }

export interface PlaceHit extends Point {
  kind: "village" | "coordinates" | "facility";
  label: string;
  village: VillageName | null;
  uncertainty_m: number | null;
}

export interface Area { code: string; name: string; timezone: string; zone_label: string }
export interface MapData {
  area: Area;
  bbox: [number, number, number, number];
  land: GeoJSON.Geometry;
  districts: { code: string; name: string; lat: number; lon: number }[];
  villages: { code: string; name: string; district: string; lat: number; lon: number }[];
  facilities: Facility[];
}

export type EntryKind =
  | "call_taken" | "incident_placed" | "incident_held" | "incident_ready" | "unit_offered" | "order_delivered" | "offer_overdue" | "withdrawal_delivered"
  | "assignment_advanced" | "assignment_rejected" | "assignment_cancelled" | "incident_ended" | "duty_changed";

export interface TimelineEntry {
  seq: number;
  at: string;
  device_at: string | null;
  kind: EntryKind;
  actor: string;
  source: string;
  unit: string | null;
  assignment: string | null;
  reason: string | null;
  status?: string | null;
  disposition?: string | null;
}
export interface LiveEntry extends TimelineEntry { incident: string | null; case_number: string | null }

export interface Session { name: string; role: Role; areas: string[] }

export interface Hello {
  type: "hello";
  protocol: number;
  build: string;
  epoch: string;
  seq: number;
  server_time: string;
  speed: number;
  resumed: boolean;
  me: Session;
  stale_after_s: number;
  area: Area;
}
export interface Snapshot { type: "snapshot"; seq: number; units: Unit[]; incidents: Incident[] }
export interface Delta {
  type: "delta";
  seq: number;
  server_time: string;
  units?: Unit[];
  incidents?: Incident[];
  entries?: LiveEntry[];
}
export interface Heartbeat { type: "heartbeat"; seq: number; server_time: string }
export type LiveMessage = Hello | Snapshot | Delta | Heartbeat;

export interface NewCall {
  id: string;
  channel: Channel;
  received_at?: string;
  caller?: { name?: string; phone?: string };
  place?: (Point & { uncertainty_m?: number; landmark?: string }) | { village: string; landmark?: string };
  category?: Category;
  complaint?: string;
  answers?: { conscious?: Answer; breathing?: Answer };
  priority?: Priority;
}
export interface CallTaken { call_id: string; incident_id: string; case_number: string }

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
  state: string;
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
