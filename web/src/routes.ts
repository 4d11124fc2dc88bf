// The ways of the units of the incident on the screen: asked for again as they drive, for the map and the turn lists.
import { effect, signal } from "@preact/signals";
import { Problem, api } from "./api";
import type { Assignment, Route } from "./protocol";
import { mayDispatch, panel, room } from "./state";
import { isOpenAssignment } from "./words";

const EVERY_MS = 15_000;

/** By assignment. */
export const routes = signal<ReadonlyMap<string, Route>>(new Map());

/** Whether a unit is on its way, or is about to be. */
export function isDriving({ state }: Assignment): boolean {
  return state === "offered" || state === "acknowledged" || state === "en_route" || state === "transporting";
}

/** The assignments whose ways are wanted, with what they depend on. */
function wanted(): string[] {
  const id = panel.value.kind === "incident" ? panel.value.id : null;
  const incident = id === null ? undefined : room.value.incidents.get(id);
  if (!incident || !mayDispatch.value) return [];
  return incident.assignments
    .filter((assignment) => isOpenAssignment(assignment) && isDriving(assignment))
    .map(({ id, state, facility, pick_up }) => [id, state, facility?.id, pick_up?.id, incident.place?.lat, incident.place?.lon].join(" "));
}

async function load(ids: readonly string[], signal: AbortSignal): Promise<void> {
  const found = new Map<string, Route>();
  await Promise.all(ids.map(async (id) => {
    try {
      found.set(id, await api.route(id, signal));
    } catch (thrown) {
      // One that was known stays until the next answer, unless the unit is going nowhere any more.
      const known = routes.peek().get(id);
      if (known && !(thrown instanceof Problem && thrown.status === 409)) found.set(id, known);
    }
  }));
  if (!signal.aborted) routes.value = found;
}

export function startRoutes(): void {
  const asked = signal("");
  effect(() => {
    asked.value = wanted().join("\n");
  });
  effect(() => {
    const ids = asked.value === "" ? [] : asked.value.split("\n").map((line) => line.split(" ")[0]!);
    if (ids.length === 0) {
      if (routes.peek().size > 0) routes.value = new Map();
      return;
    }
    const stop = new AbortController();
    const whenLookedAt = () => {
      if (document.visibilityState !== "hidden") void load(ids, stop.signal);
    };
    whenLookedAt();
    const timer = setInterval(whenLookedAt, EVERY_MS);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  });
}
