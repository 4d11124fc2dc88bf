// The call being typed. It lives in sessionStorage, so that a reload or a lost session does not lose a word of it.
import { effect, signal } from "@preact/signals";
import { newId } from "./api";
import { serverNow } from "./clock";
import type { Answers, Category, Channel, NewCall, PlaceHit, Priority } from "./protocol";
import { draftPlace } from "./state";

const STORED = "siaga.call";
/** The server takes calls that came in at most a day ago; an older draft is nobody's call any more. */
const OLDEST_MS = 24 * 3600 * 1000;

export interface Draft {
  id: string;
  /** T0: the moment the form was opened, by the server's clock. */
  received_at: string;
  channel: Channel;
  place: PlaceHit | null;
  query: string;
  landmark: string;
  phone: string;
  name: string;
  category: Category | null;
  complaint: string;
  answers: Answers;
  /** Chosen by the call taker; null leaves it to the answers. */
  priority: Priority | null;
  /** An exercise: handled like any other and never part of the figures. */
  drill: boolean;
}

export function newDraft(): Draft {
  return {
    id: newId(), received_at: new Date(serverNow()).toISOString(), channel: "phone", place: null, query: "", landmark: "", phone: "", name: "",
    category: null, complaint: "", answers: {}, priority: null, drill: false,
  };
}

/** Whether somebody has typed anything worth keeping. */
export function isTouched(draft: Draft): boolean {
  return draft.place !== null || draft.category !== null || Object.keys(draft.answers).length > 0 || [draft.query, draft.landmark, draft.phone, draft.name, draft.complaint].some((text) => text !== "");
}

export const draft = signal<Draft | null>(restored());

function restored(): Draft | null {
  try {
    const text = sessionStorage.getItem(STORED);
    if (!text) return null;
    const kept = { ...newDraft(), ...(JSON.parse(text) as Partial<Draft>) };
    return Math.abs(Date.now() - Date.parse(kept.received_at)) < OLDEST_MS ? kept : null;
  } catch {
    return null;
  }
}

effect(() => {
  const kept = draft.value;
  try {
    if (kept) sessionStorage.setItem(STORED, JSON.stringify(kept));
    else sessionStorage.removeItem(STORED);
  } catch {
    // Storage may be full or forbidden: the draft then lives as long as the page.
  }
});
effect(() => {
  const place = draft.value?.place;
  draftPlace.value = place ? { lat: place.lat, lon: place.lon, uncertainty_m: place.uncertainty_m } : null;
});

export function change(part: Partial<Draft>): void {
  const current = draft.peek();
  if (current) draft.value = { ...current, ...part };
}

/** The request for a draft; empty fields are left out. */
export function callOf(from: Draft): NewCall {
  const caller = { ...(from.name.trim() ? { name: from.name.trim() } : {}), ...(from.phone.trim() ? { phone: from.phone.trim() } : {}) };
  const landmark = from.landmark.trim() ? { landmark: from.landmark.trim() } : {};
  const { place } = from;
  return {
    id: from.id,
    channel: from.channel,
    received_at: from.received_at,
    ...(Object.keys(caller).length > 0 ? { caller } : {}),
    ...(place
      ? {
          place: place.kind === "village" && place.village
            ? { village: place.village.code, ...landmark }
            : { lat: place.lat, lon: place.lon, ...(place.uncertainty_m !== null ? { uncertainty_m: place.uncertainty_m } : {}), ...landmark },
        }
      : {}),
    category: from.category ?? "other",
    ...(from.complaint.trim() ? { complaint: from.complaint.trim() } : {}),
    answers: { conscious: "unknown", breathing: "unknown", ...from.answers },
    ...(from.priority ? { priority: from.priority } : {}),
    ...(from.drill ? { drill: true } : {}),
  };
}
