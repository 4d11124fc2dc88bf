// Taking a unit off duty and back, with the reason the office will ask for.
import { api, sentence } from "../api";
import type { Unit } from "../protocol";
import { say } from "../state";

export async function setDuty(unit: Unit, on: boolean, reason = ""): Promise<void> {
  try {
    await api.setDuty(unit.unit, on, reason.trim() || undefined);
  } catch (thrown) {
    say("error", sentence(thrown));
  }
}
