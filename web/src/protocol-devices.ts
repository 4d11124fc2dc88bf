// The shapes of devices as they cross the wire, word for word as in docs/protocol.md.

/** What an enrolled device speaks. */
export const DEVICE_KINDS = ["owntracks", "traccar", "native", "forwarded", "sms"] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];
export type Habit = "too_new" | "steady" | "some_gaps" | "dead_zones" | "no_place" | "asleep";

/** One device and how it reports; what is not known since the server started is null. */
export interface Device {
  device: string;
  unit: string;
  kind: DeviceKind;
  enrolled_at: string;
  revoked_at: string | null;
  connected: boolean;
  connections: number;
  takeovers: number;
  flapping: boolean;
  shown: boolean;
  since: string | null;
  heard_at: string | null;
  clock_behind_s: number | null;
  fixes: Record<string, number>;
  interval_s: number | null;
  covered_share: number | null;
  gaps: number | null;
  longest_gap_s: number | null;
  habit: Habit | null;
  advice: string | null;
}
export interface Remedies {
  source: string;
  note: string;
  vendors: { id: string; phones: string; page: string; steps: string[] }[];
}
export interface Devices { devices: Device[]; remedies: Remedies }

/** What somebody needs to set a device up; the secret is shown this once. */
export interface Enrolled {
  unit: string;
  kind: DeviceKind;
  client_id: string;
  username: string;
  secret: string | null;
  encryption_key: string | null;
  host: string;
  port: number;
  tls: boolean;
  web: string;
  topic: string;
  link: string | null;
  qr: string | null;
  old_until: string | null;
}
export interface DeviceCode { code: string; link: string; qr: string | null; expires_at: string }
export interface NewDevice { unit: string; kind: DeviceKind; encrypted?: boolean; address?: string }
