// What the timeline says of each kind of event: never a raw word, always the other case, the time or the share it carries.
import { describe, expect, it } from "vitest";
import { entryText } from "../../src/entry-text";
import type { EntryKind, TimelineEntry } from "../../src/protocol";
import { ENTRY_KINDS } from "../../src/words";

const entry = (kind: EntryKind, part: Partial<TimelineEntry> = {}) => ({ kind, unit: null, ...part }) as TimelineEntry;

describe("a line of the timeline", () => {
  it("is never the server's own word", () => {
    for (const kind of ENTRY_KINDS) {
      expect(entryText(entry(kind, { unit: "AMB-SILO-01" })), kind).not.toMatch(/_|undefined|null|\{/);
      expect(entryText(entry(kind)), kind).not.toBe("");
    }
  });
  it.each<[TimelineEntry, string]>([
    [entry("priority_changed", { priority: "P2" }), "Prioritas menjadi P2"],
    [entry("incident_merged", { other_case: "261123-002" }), "Digabung ke 261123-002 sebagai laporan ganda"],
    [entry("assignment_diverted", { unit: "AMB-SILO-01", other_case: "261123-002" }), "SILO-01 dialihkan ke 261123-002"],
    [entry("incident_ageing", { percent: 50 }), "50% target lewat, belum ada unit yang menuju"],
    [entry("step_seen", { unit: "AMB-SILO-01", status: "on_scene", step_at: "2026-11-23T01:02:03Z" }), "Terlihat dari GPS · SILO-01: Tiba di lokasi 08:02:03"],
    [entry("talk_requested", { unit: "AMB-SILO-01", status: "sos" }), "SILO-01: SOS"],
  ])("%#", (line, text) => expect(entryText(line)).toBe(text));
});
