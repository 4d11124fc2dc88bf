// The caller's page: says what it is for, asks for the position with one button, sends the better ones for a minute, and says when
// an operator has taken it.
import { Refused, ask, button, callAgain, el } from "./dom";
import { ENOUGH_M, SEARCH_MS, SENDS_MAX, SEND_EVERY_MS, age_s, isWorthSending, type Fix } from "./fixes";
import { t, type Key } from "./texts";

interface Told { centre: string; expires_at: string; given: boolean; accepted: boolean }

const PATH = "/api/v1/caller-position";
const POLL_MS = 5_000;
const POLL_MS_MAX = 60_000;

type State =
  | { at: "asking" } | { at: "ready" } | { at: "searching" } | { at: "given" } | { at: "accepted" }
  | { at: "stuck"; why: Key } | { at: "refused"; sentence: string } | { at: "insecure" } | { at: "over"; sentence: string };

let state: State = { at: "asking" };
let told: Told | null = null;
let sent: Fix | null = null;
let redraw: () => void = () => {};
/** Of the search that is under way; one that was ended does nothing any more. */
let search = 0;

function go(next: State): void {
  state = next;
  redraw();
}

/** A sentence of the server ends the search, and the link where it says so; anything else may pass. */
function refused(thrown: unknown): boolean {
  if (!(thrown instanceof Refused)) return false;
  search++;
  go({ at: thrown.over ? "over" : "refused", sentence: thrown.message });
  return true;
}

export function startCaller(draw: () => void): void {
  redraw = draw;
  void open(POLL_MS);
}

async function open(wait_ms: number): Promise<void> {
  try {
    told = await ask<Told>(PATH);
    const may = window.isSecureContext && "geolocation" in navigator;
    go(told.accepted ? { at: "accepted" } : { at: may ? "ready" : "insecure" });
  } catch (thrown) {
    if (refused(thrown)) return;
    go({ at: "stuck", why: "offline" });
    setTimeout(() => void open(Math.min(POLL_MS_MAX, wait_ms * 2)), wait_ms);
  }
}

function give(): void {
  const mine = ++search;
  const began = Date.now();
  let best: { fix: Fix; taken_ms: number } | null = null;
  let count = 0;
  let last_ms = -Infinity;
  let busy = false;
  sent = null;
  go({ at: "searching" });
  const watch = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      const fix = { lat: coords.latitude, lon: coords.longitude, accuracy_m: coords.accuracy };
      if (isWorthSending(fix, best && best.fix)) best = { fix, taken_ms: timestamp };
      void step();
    },
    (error) => {
      // Out of reach for now is no answer; the search goes on until its time is over.
      if (error.code === error.PERMISSION_DENIED) stop("caller.denied");
    },
    { enableHighAccuracy: true, maximumAge: 0, timeout: SEARCH_MS },
  );
  const timer = setInterval(() => void step(), 500);
  function stop(why?: Key): void {
    clearInterval(timer);
    navigator.geolocation.clearWatch(watch);
    if (mine !== search) return;
    if (why) go({ at: "stuck", why });
    else if (sent) settle(mine);
    else go({ at: "stuck", why: "caller.none" });
  }
  async function step(): Promise<void> {
    if (mine !== search) return stop();
    const now = Date.now();
    if (best && !busy && count < SENDS_MAX && now - last_ms >= SEND_EVERY_MS && isWorthSending(best.fix, sent)) {
      const { fix, taken_ms } = best;
      busy = true;
      count++;
      last_ms = now;
      try {
        told = await ask<Told>(PATH, { ...fix, age_s: age_s(taken_ms, now) });
        sent = fix;
        redraw();
      } catch (thrown) {
        if (refused(thrown)) return stop();
      } finally {
        busy = false;
      }
    }
    if (!busy && (Date.now() - began >= SEARCH_MS || (sent && sent.accuracy_m <= ENOUGH_M))) stop();
  }
}

/** The search is over: waits until an operator has taken the position. */
function settle(mine: number): void {
  go({ at: "given" });
  let wait_ms = POLL_MS;
  async function look(): Promise<void> {
    if (mine !== search) return;
    try {
      told = await ask<Told>(PATH);
      if (mine !== search) return;
      if (told.accepted) return go({ at: "accepted" });
      wait_ms = POLL_MS;
    } catch (thrown) {
      if (refused(thrown)) return;
      wait_ms = Math.min(POLL_MS_MAX, wait_ms * 2);
    }
    setTimeout(() => void look(), wait_ms);
  }
  setTimeout(() => void look(), POLL_MS);
}

const metres = () => ({ n: sent ? Math.max(1, Math.round(sent.accuracy_m)) : 0 });

export function callerPage(): (HTMLElement | null)[] {
  const intro = [el("p", {}, t("caller.what", { centre: told ? told.centre : "" })), el("p", {}, t("caller.how"))];
  const press = () => button("caller.button", give, "big");
  const words = (text: string, kind = "bad") => el("p", { role: "status", class: `said ${kind}`, "data-at": state.at }, text);
  const said = (key: Key, kind = "") => words(t(key, metres()), kind);
  switch (state.at) {
    case "asking": return [said("wait")];
    case "ready": return [...intro, press(), el("p", { class: "dim" }, t("caller.allow"))];
    case "searching": return [...intro, said(sent ? "caller.sending" : "caller.searching", "busy")];
    case "given": return [said("caller.given", "good"), button("caller.again", give)];
    case "accepted": return [said("caller.accepted", "good"), button("caller.again", give)];
    case "stuck": return [said(state.why, "bad"), state.why === "offline" ? null : press(), callAgain("caller.by_voice")];
    case "refused": return [words(state.sentence), press(), callAgain("caller.by_voice")];
    case "insecure": return [said("caller.insecure", "bad"), callAgain("caller.by_voice")];
    case "over": return [words(state.sentence), callAgain("caller.by_voice")];
  }
}
