// The facilities with what they offer and whether they take patients; asked for again whenever somebody has changed one.
import { effect, signal } from "@preact/signals";
import { api } from "./api";
import type { FacilityNow } from "./protocol";
import { hello, room, session } from "./state";

export const facilities = signal<readonly FacilityNow[]>([]);

async function load(): Promise<void> {
  try {
    facilities.value = (await api.facilities()).facilities;
  } catch {
    // The last known list stays; the next change or a new connection asks again.
  }
}

export function startFacilities(): void {
  let last = -1;
  effect(() => {
    void hello.value;
    if (session.value && session.value.role !== "crew") void load();
  });
  effect(() => {
    const changed = room.value.log.findLast((entry) => entry.kind === "facility_changed")?.seq ?? -1;
    if (changed > last) void load();
    last = Math.max(last, changed);
  });
}
