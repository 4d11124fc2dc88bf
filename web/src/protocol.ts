// The shapes of the room and of calls as they cross the wire, word for word as in docs/protocol.md.
import type { DeviceKind } from "./protocol-devices";

export type Role = "operator" | "supervisor" | "admin" | "official" | "crew" | string;
export type Priority = "P1" | "P2" | "P3" | "P4";
export type Answer = "yes" | "no" | "unknown";
/** Answers by the question's id; not answered is unknown. */
export type Answers = { [question: string]: Answer };
export type Channel = "phone" | "whatsapp" | "radio" | "button" | "ncc119" | "walk_in" | "neighbour" | "other";
export type Category =
  | "accident" | "internal" | "neuro" | "cardiac" | "maternal" | "neonatal" | "mental" | "trauma" | "transfer" | "other";
/** How a person may end an incident. */
export type Ending =
  | "completed" | "cancelled" | "prank" | "incomplete" | "solved_by_phone" | "health_worker_visit" | "transferred"
  | "no_patient_found" | "refused_transport" | "died_on_scene";
/** How an incident ended; the first two follow from what the units did. */
export type Disposition = "transported" | "treated_on_scene" | Ending;

export type IncidentState = "new" | "pending" | "held" | "assigned" | "active" | "closed" | "cancelled" | "merged";
export type Step =
  | "offered" | "acknowledged" | "en_route" | "on_scene" | "at_patient" | "transporting" | "at_destination" | "handed_over" | "cleared";
export type AssignmentState = Step | "rejected" | "cancelled" | "timed_out" | "diverted";
/** The crew's triage colour; never a dispatch priority. */
export type Colour = "red" | "yellow" | "green" | "black";
export type Admission = "open" | "limited" | "closed";
export type CrewRole = "driver" | "nurse" | "midwife" | "doctor";
export interface Need { capability: string; count: number }
export type UnitState =
  | "off_duty" | "available_at_post" | "available_mobile" | "offered" | "acknowledged" | "en_route" | "on_scene" | "at_patient"
  | "transporting" | "at_destination" | "handed_over";
export type Link = "online" | "offline" | "never";

export interface VillageName { code: string; name: string; district: string }
export interface Point { lat: number; lon: number }
export type VillageBasis = "inside" | "nearest";

export interface Place extends Point {
  uncertainty_m: number | null;
  basis: "village" | "point";
  village: VillageName | null;
  /** Whether the point lies within the village or is only near it; missing from an older server. */
  village_basis?: VillageBasis;
}

export interface Facility extends Point { id: string; name: string; kind?: string; demo?: boolean }
export interface FacilityNow extends Facility {
  kind: string;
  capabilities: string[];
  admission: Admission;
  reason: string | null;
}

/** Moments that are noted beside the steps: at the staging area, care handed to another team, back at the post, all work done. */
export type Mark = "staged" | "care_transferred" | "home" | "completed";
/** A server from before the marks leaves them out. */
export type AssignmentTimes = { [time in "offered" | "delivered" | Exclude<Step, "offered">]: string | null } & { [mark in Mark]?: string | null };
/** Who said a time: the crew's press, an operator, the vehicle's movement, the server itself. */
export type TimeSource = "crew" | "operator" | "gps" | "server";

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
  /** Missing where the server does not say it. */
  sources?: { [time in keyof AssignmentTimes]?: TimeSource };
  /** What the vehicle's movement showed, beside what was said. */
  seen: { [step in Step]?: string };
  /** Steps whose time was corrected afterwards. */
  corrected: Step[];
  /** The list as it stood when the unit was ordered out. */
  considered: Considered[];
  instead_of: string | null;
  /** A referral: where the patient is fetched. */
  pick_up: Facility | null;
  realerted: boolean;
  /** Nobody answered the offer in time. */
  overdue?: boolean;
  ended_at: string | null;
  reason: string | null;
}

export interface Considered {
  unit: string;
  eta_s: number;
  distance_m: number;
  fix_age_s: number | null;
  /** Why it was not to be had. */
  excluded: string | null;
}

export type AidState = "asked" | "confirmed" | "refused" | "withdrawn" | "cleared";
/** A unit of another area that was asked for. */
export interface Aid {
  id: string;
  area: string;
  area_name: string;
  unit: string;
  state: AidState;
  eta_s: number | null;
  reason: string | null;
  times: { [time in "asked" | "delivered" | "answered" | Step]?: string | null };
}
/** The incident of another area for which ours was opened. */
export interface AskedBy { area: string; area_name: string; case_number: string }
/** What another area asks of us and nobody has answered. */
export interface AidRequest {
  id: string;
  area: string;
  area_name: string;
  case_number: string;
  priority: Priority;
  category: Category;
  drill: boolean;
  place: Place | null;
  unit: string;
  asked_at: string;
  complaint?: string | null;
  landmark?: string | null;
  phone?: string | null;
}
export interface NeighbourCandidate {
  unit: string;
  name: string;
  eta_s: number;
  distance_m: number;
  basis: string;
  fix_age_s: number | null;
  capabilities: string[];
}
/** Another area, and who of it could come; `problem` says why it cannot be asked. */
export interface Neighbour { area: string; name: string; reachable: boolean; problem: string | null; candidates: NeighbourCandidate[] }

export interface Caller { name?: string | null; phone?: string | null }
/** In use only once somebody has accepted it; `received_at` names it. */
export interface CallerPosition extends Point {
  accuracy_m: number;
  taken_at: string;
  received_at: string;
  away_m: number | null;
  accepted: boolean;
}
/** A link ready to be sent, to a caller or to a family. */
export interface MadeLink { url: string; text: string; expires_at: string; whatsapp: string; sms: string }
export interface Note { at: string; author: string; text: string }

export interface Incident {
  id: string;
  case_number: string;
  state: IncidentState;
  version: number;
  priority: Priority;
  original_priority: Priority;
  category: Category;
  channel: Channel;
  call_id: string;
  /** An exercise. */
  drill: boolean;
  /** How many calls came about it, its parts included. */
  calls: number;
  needs: Need[];
  missing: Need[];
  /** What the destination must be able to do. */
  care: string | null;
  colour: Colour | null;
  merged_into: string | null;
  merged: { id: string; case_number: string }[];
  target_s: number;
  /** How often its unit was taken for something more urgent. */
  bumps: number;
  received_at: string;
  created_at: string;
  redispatch: boolean;
  place: Place | null;
  caller?: Caller | null;
  complaint?: string | null;
  landmark?: string | null;
  answers?: Answers | null;
  further_callers?: Caller[] | null;
  notes?: Note[] | null;
  /** Where the caller's phone says that it is, by a link; missing where nobody said or may see it. */
  caller_position?: CallerPosition | null;
  assignments: Assignment[];
  /** Units of other areas; missing where the server knows no neighbours. */
  aid?: Aid[];
  asked_by?: AskedBy | null;
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

/** When a unit is expected where it is going to. */
export interface Arrival {
  to: "incident" | "pick_up" | "destination";
  at: string;
  distance_m: number;
  basis: "straight_line" | "road";
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
  /** The device that `fix` comes from; missing from an older server. */
  shown_by?: { device: string; kind: DeviceKind } | null;
  battery_pct: number | null;
  incident: string | null;
  assignment: string | null;
  /** While it drives for somebody; missing from an older server. */
  arrival?: Arrival | null;
  duty_reason: string | null;
  crew: CrewRole[];
  /** What it cannot do for now. */
  lacking: string[];
  limit_reason: string | null;
  talk: "talk" | "sos" | null;
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
export type ExclusionCode = "busy" | "divertible" | "off_duty" | "refused" | "no_answer" | "lacks" | "beyond_reach";
export interface Excluded { unit: string; reason: string; code: ExclusionCode }
export interface Candidates { candidates: Candidate[]; excluded: Excluded[] }

/** A unit that would be of more use elsewhere until the next call. */
export interface MoveUp {
  unit: string;
  /** The unit whose post it is, which nobody holds now. */
  post_of: string;
  /** Where it belongs. */
  from: VillageName | null;
  to: VillageName | null;
  /** Villages that nobody could reach in time otherwise. */
  gain_villages: number;
}
/** Which villages no free unit could reach in time now; every travel time is an estimate. */
export interface Coverage {
  within_s: number;
  units: number;
  villages: number;
  /** Each village counts the same; null without villages. */
  covered_share: number | null;
  uncovered: VillageName[];
  /** Empty, or missing, unless the server is asked to propose. */
  move_up?: MoveUp[];
}

export type LandmarkKind =
  | "mosque" | "church" | "temple" | "school" | "market" | "bridge" | "hospital" | "clinic" | "health_post" | "pharmacy" | "office" | "police"
  | "fuel" | "station" | "shop" | "food" | "hotel" | "bank" | "hamlet" | "junction" | "cemetery" | "works" | "ground" | "nature";

export interface PlaceHit extends Point {
  kind: "village" | "district" | "landmark" | "facility" | "road" | "kilometre" | "coordinates" | "phone" | "plus_code" | "incident";
  /** What a landmark is. */
  landmark?: LandmarkKind | null;
  /** Its own name, without village and district. */
  name?: string;
  label: string;
  village: VillageName | null;
  village_basis?: VillageBasis;
  uncertainty_m: number | null;
  /** The earlier incident whose caller said this. */
  incident?: string | null;
}

export interface PlaceHits {
  places: PlaceHit[];
  /** Why something that was pasted is no place. */
  note: { code: string; text: string } | null;
}

export interface Area { code: string; name: string; timezone: string; zone_label: string }
export interface MapData {
  area: Area;
  bbox: [number, number, number, number];
  land: GeoJSON.Geometry;
  districts: { code: string; name: string; lat: number; lon: number }[];
  villages: { code: string; name: string; district: string; lat: number; lon: number }[];
  facilities: Facility[];
  /** Missing from an older server, null where it has none. */
  roads?: MapTiles | null;
}
/** Where the ground of the map comes from. */
export interface MapTiles {
  tiles: string;
  zoom_min: number;
  zoom_max: number;
  layers: string[];
  attribution: string;
}

export type Manoeuvre =
  | "depart" | "turn_round" | "straight" | "slight_left" | "left" | "sharp_left" | "slight_right" | "right" | "sharp_right" | "roundabout"
  | "arrive";
export interface RouteTurn extends Point { kind: Manoeuvre; exit: number | null; road: string | null; metres: number }
/** How an assigned unit drives to where it is going. */
export interface Route {
  unit: string;
  to: Point & { kind: "incident" | "pick_up" | "destination"; name: string };
  line: GeoJSON.LineString;
  metres: number;
  seconds: number;
  basis: "road" | "straight_line";
  turns: RouteTurn[];
  geo: string;
}

/** An outline: of each polygon its rings, of each ring the numbers of its lines. */
export interface Outline { id: string; properties: { name: string }; arcs: number[][][] }
/** The outlines of villages and districts, simplified, as TopoJSON. */
export interface Outlines {
  transform: { scale: [number, number]; translate: [number, number] };
  arcs: [number, number][][];
  objects: { villages: { geometries: Outline[] }; districts: { geometries: Outline[] } };
}

export type AlarmKind =
  | "sos" | "unanswered" | "waiting" | "ageing" | "silent" | "still" | "better" | "talk" | "long_on_scene"
  | "long_at_destination" | "missing" | "network" | "aid_asked" | "aid_untold" | "takeover";
export type AlarmLevel = "critical" | "high" | "low";
export interface Alarm {
  key: string;
  kind: AlarmKind;
  level: AlarmLevel;
  since: string;
  incident: string | null;
  case_number: string | null;
  priority: Priority | null;
  assignment: string | null;
  unit: string | null;
  /** The unit to ask next. */
  next: string | null;
  /** How many subjects this row stands for. */
  count: number;
  /** The device, where it is about one; missing from an older server. */
  device?: string | null;
  owner: string | null;
}

export interface SimilarIncident {
  incident: string;
  case_number: string;
  apart_s: number;
  metres: number | null;
  same_number: boolean;
}
export interface EarlierCall {
  incident: string;
  case_number: string;
  received_at: string;
  category: Category;
  disposition: Disposition | null;
}
export interface Similars { similar: SimilarIncident[]; earlier: EarlierCall[]; false_calls: number }

export interface Words { id: string; en: string }
export interface Question { id: string; text: Words; hint?: Words; categories?: Category[] }
export interface Rule {
  id: string;
  priority: Priority;
  care?: string;
  categories?: Category[];
  when: { question: string; is: Answer[] };
  reason: Words;
}
export interface QuestionSet {
  id: string;
  version: string;
  approved_by: string | null;
  note: Words;
  /** In the order of asking. */
  questions: Question[];
  /** In the order of urgency; the first that fits decides. */
  rules: Rule[];
  defaults: Record<Category, Priority>;
}
export interface GuidanceCard {
  id: string;
  title: Words;
  categories?: Category[];
  rules: string[];
  approved: boolean;
  steps: Words[];
}
export interface Guidance {
  id: string;
  version: string;
  approved_by: string | null;
  note: Words;
  cards: GuidanceCard[];
}
export interface Triage { questions: QuestionSet; guidance: Guidance }

export type EntryKind =
  | "call_taken" | "call_attached" | "details_corrected" | "note_added" | "priority_changed" | "needs_changed" | "colour_noted"
  | "incident_merged" | "incident_split" | "incident_reopened" | "incident_ageing" | "incident_placed" | "incident_held"
  | "incident_ready" | "unit_offered" | "offer_realerted" | "offer_timed_out" | "assignment_diverted" | "step_seen"
  | "step_undone" | "time_marked" | "time_corrected" | "destination_set" | "order_delivered" | "offer_overdue" | "withdrawal_delivered"
  | "assignment_advanced" | "assignment_rejected" | "assignment_cancelled" | "incident_ended" | "duty_changed"
  | "crew_changed" | "unit_limited" | "talk_requested" | "talk_answered" | "facility_changed" | "alarm_taken" | "alarm_over"
  | "aid_asked" | "aid_delivered" | "aid_confirmed" | "aid_refused" | "aid_advanced" | "aid_corrected" | "aid_undone" | "aid_withdrawn"
  | "aid_withdrawal_delivered" | "aid_received" | "aid_accepted" | "aid_declined" | "aid_recalled" | "aid_told" | "aid_heard" | "aid_kept"
  | "aid_recalled_late";

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
  priority?: Priority | null;
  /** With a merge or a diversion: the other incident's case number. */
  other_case?: string | null;
  /** With a seen or corrected step: when it was. */
  step_at?: string | null;
  /** With mutual aid: the other area. */
  area?: string | null;
  /** With ageing: the share of the target. */
  percent?: number | null;
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
  /** P1 to P4, from the call to a unit at the scene. */
  targets_s: [number, number, number, number];
  area: Area;
}
export interface Snapshot {
  type: "snapshot";
  seq: number;
  units: Unit[];
  incidents: Incident[];
  alarms: Alarm[];
  /** Missing where the server knows no neighbours. */
  aid_requests?: AidRequest[];
}
export interface Delta {
  type: "delta";
  seq: number;
  server_time: string;
  units?: Unit[];
  incidents?: Incident[];
  entries?: LiveEntry[];
  /** All of them, when any has changed. */
  alarms?: Alarm[];
  /** All of them, when any has changed. */
  aid_requests?: AidRequest[];
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
  answers?: Answers;
  priority?: Priority;
  drill?: boolean;
}
export interface CallTaken { call_id: string; incident_id: string; case_number: string }
