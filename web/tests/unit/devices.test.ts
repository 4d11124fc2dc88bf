// Which devices need care first, what is found and counted of them, and what is typed into an app.
import { describe, expect, it } from "vitest";
import { CARES, SILENT_MS, careOf, countsOf, rowsOf, valuesOf } from "../../src/devices/care";
import { devices as en } from "../../src/i18n/en-devices";
import { devices as id } from "../../src/i18n/id-devices";
import { DEVICE_KINDS, type Device, type Enrolled } from "../../src/protocol-devices";

const NOW = Date.parse("2026-11-23T01:00:00.000Z");
const ago = (ms: number) => new Date(NOW - ms).toISOString();

function device(unit: string, more: Partial<Device> = {}): Device {
  return {
    device: `${unit.toLowerCase()}-x`, unit, kind: "owntracks", enrolled_at: ago(86_400_000), revoked_at: null, connected: true, connections: 1,
    takeovers: 0, flapping: false, shown: true, since: ago(3_600_000), heard_at: ago(1_000), clock_behind_s: 0, fixes: { live: 3 }, interval_s: 1,
    covered_share: 1, gaps: 0, longest_gap_s: 0, habit: "steady", advice: null, ...more,
  };
}

describe("a device's care", () => {
  it("is what is most wrong with it", () => {
    const cases: [string, Partial<Device>][] = [
      ["revoked", { revoked_at: ago(5), flapping: true, habit: "asleep" }],
      ["flapping", { flapping: true, habit: "asleep" }],
      ["asleep", { habit: "asleep", connected: false }],
      ["no_place", { habit: "no_place" }],
      ["never", { connected: false, heard_at: null, habit: null }],
      ["silent", { connected: false, heard_at: ago(SILENT_MS + 1) }],
      ["fine", { connected: false, heard_at: ago(SILENT_MS) }],
      ["gaps", { habit: "dead_zones" }],
      ["gaps", { habit: "some_gaps" }],
      ["fine", { habit: "too_new" }],
    ];
    for (const [care, more] of cases) expect(careOf(device("AMB-A-01", more), NOW), JSON.stringify(more)).toBe(care);
  });
});

describe("the list of devices", () => {
  const all = [
    device("AMB-C-01"),
    device("AMB-B-01", { revoked_at: ago(1) }),
    device("AMB-A-01", { habit: "some_gaps" }),
    device("AMB-D-01", { habit: "asleep" }),
    device("AMB-A-02"),
  ];
  it("begins with those that need care and goes on by unit", () => {
    expect(rowsOf(all, "", true, NOW).map((row) => row.device.unit)).toEqual(["AMB-D-01", "AMB-A-01", "AMB-A-02", "AMB-C-01", "AMB-B-01"]);
  });
  it("leaves revoked ones out unless they are asked for, and finds by every word", () => {
    expect(rowsOf(all, "", false, NOW)).toHaveLength(4);
    expect(rowsOf(all, "amb-a OWNTRACKS", false, NOW).map((row) => row.device.unit)).toEqual(["AMB-A-01", "AMB-A-02"]);
    expect(rowsOf(all, "nobody", true, NOW)).toEqual([]);
  });
  it("is counted without the revoked ones", () => {
    expect(countsOf(all, NOW)).toEqual({ all: 4, connected: 4, care: 1, revoked: 1 });
    expect(countsOf([], NOW)).toEqual({ all: 0, connected: 0, care: 0, revoked: 0 });
  });
});

describe("the values for an app", () => {
  const made: Enrolled = {
    unit: "AMB-A-01", kind: "owntracks", client_id: "a", username: "a", secret: "s", encryption_key: null, host: "psc.example.id", port: 8883, tls: true,
    web: "https://psc.example.id", topic: "owntracks/a/phone", link: "owntracks:///config?inline=x", qr: "<svg/>", old_until: null,
  };
  it("are those that the app asks for", () => {
    expect(valuesOf(made).map(([field]) => field)).toEqual(["host", "port", "tls", "username", "secret"]);
    expect(valuesOf({ ...made, encryption_key: "k" }).at(-1)).toEqual(["encryption_key", "k"]);
    expect(valuesOf({ ...made, kind: "traccar", topic: "/osmand/s" })).toEqual([["url", "https://psc.example.id/osmand/s"], ["id", "a"]]);
    expect(valuesOf({ ...made, kind: "sms", secret: null, topic: "/sms/…" })).toEqual([["topic", "/sms/…"]]);
  });
});

describe("the words of devices", () => {
  it("are there for every care and kind in both languages", () => {
    for (const key of [...CARES.map((care) => `care.${care}`), ...DEVICE_KINDS.flatMap((kind) => [`device_kind.${kind}`, `devices.step.${kind}`])]) {
      expect(id).toHaveProperty([key]);
      expect(en).toHaveProperty([key]);
    }
  });
});
