// Requests to the server: JSON both ways, an Idempotency-Key on every change, refusals as Problem with a sentence to show.
import type {
  Admission, Alarm, Answers, Assignment, CallTaken, Candidates, Category, Channel, Colour, Coverage, CrewRole, Ending, FacilityNow, Incident,
  MadeLink, MapData, Mark, Need, Neighbour, NewCall, Outlines, PlaceHits, Point, Priority, Route, Session, Similars, Step, Triage, Unit,
} from "./protocol";
import type { Refusals, Report, ReportBy, TravelFactors } from "./protocol-report";
import type { DeviceCode, Devices, Enrolled, NewDevice } from "./protocol-devices";
import { language, t } from "./i18n";

/** Long enough for a bad line, short enough that an operator does not wait on a dead one. */
const TIMEOUT_MS = 10_000;

export interface ProblemBody {
  title?: string;
  status?: number;
  code?: string;
  detail?: string;
  unit?: string;
  case_number?: string;
  incident?: string;
}

/** The server said no, or could not be reached (`status` 0). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly body: ProblemBody;
  constructor(status: number, body: ProblemBody) {
    super(body.detail ?? body.title ?? t("error.status", { status }));
    this.status = status;
    this.code = body.code ?? "unknown";
    this.body = body;
  }
}

/** What a person should read about something that was thrown. */
export function sentence(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

let onSignedOut: () => void = () => {};
/** Called whenever an answer shows that the session is over. */
export function whenSignedOut(call: () => void): void {
  onSignedOut = call;
}

async function request<T>(
  method: string, path: string, body?: unknown, key?: string, signal?: AbortSignal, cache: RequestCache = "no-store",
): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json", "accept-language": language.peek() };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (key !== undefined) headers["idempotency-key"] = key;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      cache,
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    throw new Problem(0, { code: "unreachable", detail: t("error.unreachable") });
  }
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  const answer = parsed(text);
  if (!response.ok) {
    const problem = new Problem(response.status, (answer ?? {}) as ProblemBody);
    if (response.status === 401 && problem.code !== "wrong_credentials") onSignedOut();
    throw problem;
  }
  return answer as T;
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A version 7 UUID; crypto.randomUUID is missing on plain http addresses, getRandomValues is not. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 255;
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** What may be corrected of an incident; what is left out stays as it is. */
export interface Details {
  category?: Category;
  caller?: { name?: string; phone?: string };
  complaint?: string;
  landmark?: string;
  /** In place of all earlier answers. */
  answers?: Answers;
}

/** One more call about an incident that is known. */
export interface FurtherCall {
  id: string;
  channel: Channel;
  caller?: { name?: string; phone?: string };
  complaint?: string;
}

const segment = encodeURIComponent;

export const api = {
  devices: () => request<Devices>("GET", "/api/v1/devices"),
  addDevice: (device: NewDevice) => request<Enrolled>("POST", "/api/v1/devices", device),
  renewSecret: (device: string) => request<Enrolled>("POST", `/api/v1/devices/${segment(device)}/secret`, {}),
  makeCode: (device: string) => request<DeviceCode>("POST", `/api/v1/devices/${segment(device)}/code`, {}),
  revokeDevice: (device: string) => request<void>("POST", `/api/v1/devices/${segment(device)}/revoke`, {}),
  useCode: (code: string) => request<Enrolled>("POST", "/api/v1/enrolment", { code }),
  session: () => request<Session>("GET", "/api/v1/session"),
  signIn: (name: string, password: string) => request<Session>("POST", "/api/v1/session", { name, password }),
  signOut: () => request<void>("DELETE", "/api/v1/session"),
  units: () => request<{ units: Unit[] }>("GET", "/api/v1/units"),
  map: () => request<MapData>("GET", "/api/v1/map"),
  /** `near` is what is known already: of equals the closest comes first. */
  places: (q: string, near: Point | null = null, signal?: AbortSignal) =>
    request<PlaceHits>(
      "GET", `/api/v1/places?q=${segment(q)}&limit=8${near ? `&near=${near.lat},${near.lon}` : ""}`, undefined, undefined, signal,
    ),
  /** Kept by the browser, which asks each time whether they are still the same; undefined where none are imported. */
  outlines: () => request<Outlines | undefined>("GET", "/api/v1/boundaries", undefined, undefined, undefined, "no-cache"),
  takeCall: (call: NewCall) => request<CallTaken>("POST", "/api/v1/calls", call, call.id),
  incident: (id: string, signal?: AbortSignal) =>
    request<Incident>("GET", `/api/v1/incidents/${segment(id)}`, undefined, undefined, signal),
  place: (id: string, place: { lat: number; lon: number; uncertainty_m?: number } | { village: string }) =>
    request<Incident>("POST", `/api/v1/incidents/${segment(id)}/place`, place, newId()),
  furtherCall: (id: string, call: FurtherCall) => request<Incident>("POST", `/api/v1/incidents/${segment(id)}/calls`, call, call.id),
  note: (id: string, text: string) => request<Incident>("POST", `/api/v1/incidents/${segment(id)}/notes`, { text }, newId()),
  priority: (id: string, priority: Priority, reason?: string) =>
    request<Incident>("POST", `/api/v1/incidents/${segment(id)}/priority`, reason ? { priority, reason } : { priority }, newId()),
  needs: (id: string, needs: Need[]) => request<Incident>("POST", `/api/v1/incidents/${segment(id)}/needs`, { needs }, newId()),
  colour: (id: string, colour: Colour) => request<Incident>("POST", `/api/v1/incidents/${segment(id)}/colour`, { colour }, newId()),
  similar: (id: string, signal?: AbortSignal) =>
    request<Similars>("GET", `/api/v1/incidents/${segment(id)}/similar`, undefined, undefined, signal),
  merge: (id: string, into: string) => request<Incident>("POST", `/api/v1/incidents/${segment(id)}/merge`, { into }, newId()),
  split: (id: string) => request<Incident>("POST", `/api/v1/incidents/${segment(id)}/split`, {}, newId()),
  reopen: (id: string, reason: string) => request<Incident>("POST", `/api/v1/incidents/${segment(id)}/reopen`, { reason }, newId()),
  destination: (assignment: string, facility: string) =>
    request<Assignment>("POST", `/api/v1/assignments/${segment(assignment)}/destination`, { facility }, newId()),
  route: (assignment: string, signal?: AbortSignal) =>
    request<Route>("GET", `/api/v1/assignments/${segment(assignment)}/route`, undefined, undefined, signal),
  undoStep: (assignment: string) => request<Assignment>("POST", `/api/v1/assignments/${segment(assignment)}/undo`, {}, newId()),
  correctTime: (assignment: string, status: Step, at: string, reason: string) =>
    request<Assignment>("POST", `/api/v1/assignments/${segment(assignment)}/times`, { status, at, reason }, newId()),
  mark: (assignment: string, mark: Mark) =>
    request<Assignment>("POST", `/api/v1/assignments/${segment(assignment)}/mark`, { mark }, newId()),
  coverage: () => request<Coverage>("GET", "/api/v1/coverage"),
  neighbours: (incident: string, signal?: AbortSignal) =>
    request<{ neighbours: Neighbour[] }>("GET", `/api/v1/incidents/${segment(incident)}/neighbours`, undefined, undefined, signal),
  askAid: (incident: string, area: string, unit: string, id: string) =>
    request<Incident>("POST", `/api/v1/incidents/${segment(incident)}/aid`, { id, area, unit }, id),
  withdrawAid: (aid: string, reason: string) => request<unknown>("POST", `/api/v1/aid/${segment(aid)}/withdraw`, { reason }, newId()),
  /** The ids of what a confirmation makes here are said by the client, so that saying it twice is harmless. */
  confirmAid: (aid: string, made: { assignment: string; incident: string; call: string; unit: string }) =>
    request<unknown>("POST", `/api/v1/aid/${segment(aid)}/confirm`, made, made.assignment),
  refuseAid: (aid: string, reason: string) => request<unknown>("POST", `/api/v1/aid/${segment(aid)}/refuse`, { reason }, newId()),
  facilities: () => request<{ facilities: FacilityNow[] }>("GET", "/api/v1/facilities"),
  admission: (facility: string, admission: Admission, reason?: string) =>
    request<{ facilities: FacilityNow[] }>(
      "POST", `/api/v1/facilities/${segment(facility)}/admission`, reason ? { admission, reason } : { admission }, newId(),
    ),
  crew: (unit: string, crew: CrewRole[]) => request<Unit>("POST", `/api/v1/units/${segment(unit)}/crew`, { crew }, newId()),
  limit: (unit: string, lacking: string[], reason?: string) =>
    request<Unit>("POST", `/api/v1/units/${segment(unit)}/limit`, reason ? { lacking, reason } : { lacking }, newId()),
  answerTalk: (unit: string) => request<Unit>("POST", `/api/v1/units/${segment(unit)}/talk/answer`, {}, newId()),
  details: (id: string, details: Details) =>
    request<Incident>("POST", `/api/v1/incidents/${segment(id)}/details`, details, newId()),
  candidatesAt: (lat: number, lon: number, signal?: AbortSignal) =>
    request<Candidates>("GET", `/api/v1/candidates?lat=${lat}&lon=${lon}&limit=9`, undefined, undefined, signal),
  candidatesFor: (incident: string, signal?: AbortSignal) =>
    request<Candidates>("GET", `/api/v1/incidents/${segment(incident)}/candidates?limit=9`, undefined, undefined, signal),
  assign: (incident: string, unit: string, id: string, terms: { instead_of?: string; divert?: true; pick_up?: string } = {}) =>
    request<Assignment>("POST", `/api/v1/incidents/${segment(incident)}/assignments`, { unit, id, ...terms }, id),
  callerLink: (incident: string) => request<MadeLink>("POST", `/api/v1/incidents/${segment(incident)}/caller-link`, {}),
  familyLink: (assignment: string) => request<MadeLink>("POST", `/api/v1/assignments/${segment(assignment)}/family-link`, {}),
  answerPosition: (incident: string, how: "accept" | "dismiss", received_at: string) =>
    request<Incident>("POST", `/api/v1/incidents/${segment(incident)}/caller-position/${how}`, { received_at }, newId()),
  questions: () => request<Triage>("GET", "/api/v1/questions"),
  takeAlarm: (key: string) => request<{ alarms: Alarm[] }>("POST", "/api/v1/alarms/take", { key }, newId()),
  setStatus: (assignment: string, status: string, reason?: string) =>
    request<Assignment>("POST", `/api/v1/assignments/${segment(assignment)}/status`, reason ? { status, reason } : { status }, newId()),
  close: (incident: string, disposition: Ending, reason?: string) =>
    request<Incident>(
      "POST", `/api/v1/incidents/${segment(incident)}/close`, reason ? { disposition, reason } : { disposition }, newId(),
    ),
  setDuty: (unit: string, on_duty: boolean, reason?: string) =>
    request<Unit>("POST", `/api/v1/units/${segment(unit)}/duty`, reason ? { on_duty, reason } : { on_duty }, newId()),
  report: (from: string, to: string, by: ReportBy) =>
    request<Report>("GET", `/api/v1/reports/response-times?from=${segment(from)}&to=${segment(to)}&by=${by}`),
  refusals: (from: string, to: string) => request<Refusals>("GET", `/api/v1/reports/refusals?from=${segment(from)}&to=${segment(to)}`),
  refusalsCsvAddress: (from: string, to: string) => `/api/v1/reports/refusals.csv?from=${segment(from)}&to=${segment(to)}`,
  travelFactors: () => request<TravelFactors>("GET", "/api/v1/travel-factors"),
  reportCsvAddress: (from: string, to: string, by: ReportBy) =>
    `/api/v1/reports/response-times.csv?from=${segment(from)}&to=${segment(to)}&by=${by}`,
};
