// The family's page: how far the ambulance is, honestly, until it has arrived.
import { Refused, ask, callAgain, el } from "./dom";
import { HEIGHT, WIDTH, sketch } from "./sketch";
import { ageText, distanceText, t, type Key } from "./texts";

interface At { east_m: number; north_m: number; distance_m: number; age_s: number }
interface Approach { status: "assigned" | "en_route" | "arrived" | "call_centre"; eta_s: number | null; basis: string | null; at: At | null }

const PATH = "/api/v1/approach";
const POLL_MS = 7_000;
const POLL_MS_MAX = 60_000;
/** A position that is older says little of where the ambulance is. */
const OLD_S = 60;

let seen: Approach | null = null;
let seen_ms = 0;
let offline = false;
let ended: string | null = null;
let redraw: () => void = () => {};

export function startFamily(draw: () => void): void {
  redraw = draw;
  void look(POLL_MS);
  // Ages grow between two answers.
  setInterval(() => seen && seen.at && !ended && redraw(), 1_000);
}

async function look(wait_ms: number): Promise<void> {
  let next_ms = POLL_MS;
  try {
    seen = await ask<Approach>(PATH);
    seen_ms = Date.now();
    offline = false;
  } catch (thrown) {
    if (thrown instanceof Refused) {
      ended = thrown.message;
      seen = null;
    } else {
      offline = true;
      next_ms = Math.min(POLL_MS_MAX, wait_ms * 2);
    }
  }
  redraw();
  if (ended || (seen && (seen.status === "arrived" || seen.status === "call_centre"))) return;
  setTimeout(() => void look(next_ms), next_ms);
}

function drawing(at: At): HTMLElement {
  const { place, unit, bar_m, bar_px } = sketch(at.east_m, at.north_m);
  const label = (x: number, y: number, text: string) => `<text x="${x.toFixed(0)}" y="${(y < 40 ? y + 24 : y - 14).toFixed(0)}" text-anchor="middle">${text}</text>`;
  const [left, bottom] = [12, HEIGHT - 12];
  const box = el("div", { class: "sketch", role: "img", "aria-label": t("family.sketch", { distance: distanceText(at.distance_m) }) });
  // Numbers and our own words only.
  box.innerHTML = `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
    <path class="way" d="M${unit[0]} ${unit[1]}L${place[0]} ${place[1]}"/>
    <circle class="place" cx="${place[0]}" cy="${place[1]}" r="8"/>${label(place[0], place[1], t("family.you"))}
    <g class="unit"><rect x="${unit[0] - 8}" y="${unit[1] - 8}" width="16" height="16" rx="3"/><path d="M${unit[0] - 4} ${unit[1]}h8M${unit[0]} ${unit[1] - 4}v8"/></g>${label(unit[0], unit[1], t("family.unit"))}
    <path class="bar" d="M${left} ${bottom - 5}v5h${bar_px}v-5"/><text x="${left + 4}" y="${bottom - 8}">${distanceText(bar_m)}</text>
    <path class="bar" d="M${WIDTH - 16} 34V12l-5 8m5-8l5 8"/><text x="${WIDTH - 16}" y="48" text-anchor="middle">${t("family.north")}</text>
  </svg>`;
  return box;
}

export function familyPage(): HTMLElement[] {
  if (ended) return [el("p", { role: "status", class: "said bad", "data-at": "over" }, ended), callAgain(null)];
  if (!seen) return [el("p", { role: "status", class: "said" }, t(offline ? "offline" : "wait"))];
  const headline = el("p", { role: "status", class: `said ${seen.status === "call_centre" ? "bad" : "good"}`, "data-at": seen.status }, t(`family.${seen.status}` as Key));
  if (seen.status === "call_centre") return [headline, callAgain("family.call_how")];
  if (seen.status === "arrived") return [headline, el("p", {}, t("family.over"))];
  const parts: HTMLElement[] = [headline];
  if (seen.eta_s !== null) {
    const minutes = Math.round(seen.eta_s / 60);
    const text = minutes < 1 ? t("family.eta_soon") : t("family.eta", { n: minutes });
    parts.push(el("p", { class: "eta" }, el("b", {}, text), ` (${t(seen.basis === "road" ? "family.by_road" : "family.guess")})`));
  }
  if (seen.at) {
    const age_s = seen.at.age_s + (Date.now() - seen_ms) / 1000;
    const old = age_s > OLD_S;
    parts.push(
      drawing(seen.at), el("p", {}, t("family.distance", { distance: distanceText(seen.at.distance_m) })),
      el("p", { class: old ? "warn" : "dim" }, t(old ? "family.old" : "family.age", { age: ageText(age_s) })),
    );
  } else parts.push(el("p", { class: "dim" }, t("family.unseen")));
  if (offline) parts.push(el("p", { class: "warn" }, t("offline")));
  parts.push(el("p", {}, t("family.stay")));
  return parts;
}
