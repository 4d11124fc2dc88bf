// Which devices need somebody's care, in which order they are shown, and what is counted of them.
import type { Device, Enrolled } from "../protocol-devices";

/** A device that says nothing for so long is silent even though a phone at rest reports seldom. */
export const SILENT_MS = 60 * 60_000;

export const CARES = ["flapping", "asleep", "no_place", "silent", "never", "gaps", "fine", "revoked"] as const;
export type Care = (typeof CARES)[number];

const NEEDED = new Set<Care>(["flapping", "asleep", "no_place", "silent", "never"]);

/** What is most wrong with a device. */
export function careOf(device: Device, nowMs: number): Care {
  if (device.revoked_at !== null) return "revoked";
  if (device.flapping) return "flapping";
  if (device.habit === "asleep") return "asleep";
  if (device.habit === "no_place") return "no_place";
  if (!device.connected) {
    if (device.heard_at === null) return "never";
    if (nowMs - Date.parse(device.heard_at) > SILENT_MS) return "silent";
  }
  return device.habit === "some_gaps" || device.habit === "dead_zones" ? "gaps" : "fine";
}

export function needsCare(care: Care): boolean {
  return NEEDED.has(care);
}

export interface Row { device: Device; care: Care }

/** The devices to show, those that need care first, then by unit and name. */
export function rowsOf(devices: readonly Device[], query: string, withRevoked: boolean, nowMs: number): Row[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return devices
    .map((device) => ({ device, care: careOf(device, nowMs) }))
    .filter(({ device, care }) => {
      const text = `${device.unit} ${device.device} ${device.kind}`.toLowerCase();
      return (withRevoked || care !== "revoked") && words.every((word) => text.includes(word));
    })
    .sort((a, b) =>
      CARES.indexOf(a.care) - CARES.indexOf(b.care)
      || a.device.unit.localeCompare(b.device.unit)
      || a.device.device.localeCompare(b.device.device));
}

export interface Counts { all: number; connected: number; care: number; revoked: number }

export function countsOf(devices: readonly Device[], nowMs: number): Counts {
  const counts = { all: 0, connected: 0, care: 0, revoked: 0 };
  for (const device of devices) {
    const care = careOf(device, nowMs);
    if (care === "revoked") {
      counts.revoked += 1;
      continue;
    }
    counts.all += 1;
    if (device.connected) counts.connected += 1;
    if (needsCare(care)) counts.care += 1;
  }
  return counts;
}

/** What is typed into an app, in the order of its settings. */
export function valuesOf(made: Enrolled): [field: string, value: string][] {
  if (made.secret === null) return [["topic", made.topic]];
  if (made.kind === "traccar") return [["url", `${made.web}${made.topic}`], ["id", made.username]];
  const values: [string, string][] = [
    ["host", made.host], ["port", String(made.port)], ["tls", made.tls ? "yes" : "no"], ["username", made.username], ["secret", made.secret],
  ];
  if (made.encryption_key !== null) values.push(["encryption_key", made.encryption_key]);
  if (made.kind === "native") values.push(["topic", made.topic]);
  return values;
}
