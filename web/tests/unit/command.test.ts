// The command line: what is understood, what is refused, and which unit or incident a short name means.
import { describe, expect, it } from "vitest";
import { matchIncident, matchUnit, parseCommand } from "../../src/command";
import type { Incident, Unit } from "../../src/protocol";

describe("a command", () => {
  it.each([
    ["d 007 silo-03", { verb: "assign", incident: "007", unit: "silo-03" }],
    ["  D   7   SILO03 ", { verb: "assign", incident: "7", unit: "SILO03" }],
    ["s silo-03 on_scene", { verb: "status", unit: "silo-03", status: "on_scene" }],
    ["s silo-03 tiba", { verb: "status", unit: "silo-03", status: "on_scene" }],
    ["s silo-03 en-route", { verb: "status", unit: "silo-03", status: "en_route" }],
    ["s silo-03 tolak ban bocor", { verb: "status", unit: "silo-03", status: "rejected", reason: "ban bocor" }],
    ["c 007 prank", { verb: "close", incident: "007", disposition: "prank" }],
    ["c 007 iseng anak-anak", { verb: "close", incident: "007", disposition: "prank", reason: "anak-anak" }],
    ["c 007 selesai", { verb: "close", incident: "007", disposition: "completed" }],
    ["cari silo", { verb: "find", text: "silo" }],
    ["cari kec silo", { verb: "find", text: "kec silo" }],
    ["i 007", { verb: "open", incident: "007" }],
    ["?", { verb: "help" }],
    ["", { error: "unknown", text: "" }],
    ["x 1", { error: "unknown", text: "x" }],
    ["constructor 1", { error: "unknown", text: "constructor" }],
    ["d 007", { error: "missing", usage: "d 007 silo-03" }],
    ["s silo-03", { error: "missing", usage: "s silo-03 tiba" }],
    ["s silo-03 terbang", { error: "no_status", text: "terbang" }],
    ["s silo-03 toString", { error: "no_status", text: "toString" }],
    ["c 007 lupa", { error: "no_disposition", text: "lupa" }],
    ["c 007 meninggal", { verb: "close", incident: "007", disposition: "died_on_scene" }],
    ["alih 007 silo-03", { verb: "divert", incident: "007", unit: "silo-03" }],
    ["n 007 keluarga di jalan raya", { verb: "note", incident: "007", text: "keluarga di jalan raya" }],
    ["p 007 p1", { verb: "priority", incident: "007", priority: "P1" }],
    ["p 007 3 pelapor salah dengar", { verb: "priority", incident: "007", priority: "P3", reason: "pelapor salah dengar" }],
    ["g 008 007", { verb: "merge", incident: "008", into: "007" }],
    ["pisah 008", { verb: "split", incident: "008" }],
    ["p 007 p5", { error: "no_priority", text: "p5" }],
    ["p 007", { error: "missing", usage: "p 007 p2 …" }],
    ["n 007", { error: "missing", usage: "n 007 …" }],
    ["g 008", { error: "missing", usage: "g 008 007" }],
    ["alih 007", { error: "missing", usage: "alih 007 silo-03" }],
    ["rujuk 007", { verb: "refer", incident: "007" }],
    ["tautan 007", { verb: "caller_link", incident: "007" }],
    ["family 7", { verb: "family_link", incident: "7" }],
    ["ambil 007", { verb: "accept_position", incident: "007" }],
    ["ambil", { error: "missing", usage: "ambil 007" }],
    ["tautan", { error: "missing", usage: "tautan 007" }],
    ["keluarga", { error: "missing", usage: "keluarga 007" }],
    ["rujuk", { error: "missing", usage: "rujuk 007" }],
    ["pisah", { error: "missing", usage: "pisah 008" }],
    ["cari", { error: "missing", usage: "cari silo" }],
  ])("%j", (line, expected) => expect(parseCommand(line)).toEqual(expected));
});

const unit = (code: string) => ({ unit: code }) as Unit;
const units = ["AMB-SILO-03", "AMB-SILO-13", "AMB-SILO-01", "AMB-MAYANG-03"].map(unit);

describe("a unit's short name", () => {
  it.each(["silo-03", "SILO03", "amb-silo-03", "AMB-SILO-03"])("%s is AMB-SILO-03", (text) => {
    expect(matchUnit(text, units)).toEqual({ found: unit("AMB-SILO-03") });
  });
  it("is refused when several units end with it", () => expect(matchUnit("03", units)).toMatchObject({ many: [unit("AMB-SILO-03"), unit("AMB-MAYANG-03")] }));
  it("is refused when it names several or none", () => {
    expect(matchUnit("silo", units)).toHaveProperty("many");
    expect(matchUnit("puger", units)).toEqual({ none: true });
    expect(matchUnit("--", units)).toEqual({ none: true });
  });
});

const incident = (case_number: string) => ({ case_number }) as Incident;

describe("an incident's short number", () => {
  const incidents = ["261122-007", "261123-007", "261123-012"].map(incident);
  it("is its last number, with or without zeros", () => {
    expect(matchIncident("12", incidents)).toEqual({ found: incident("261123-012") });
    expect(matchIncident("012", incidents)).toEqual({ found: incident("261123-012") });
  });
  it("is refused when two days have it, and the whole number is taken", () => {
    expect(matchIncident("7", incidents)).toHaveProperty("many");
    expect(matchIncident("261122-007", incidents)).toEqual({ found: incident("261122-007") });
  });
  it("is refused when nothing has it", () => {
    expect(matchIncident("99", incidents)).toEqual({ none: true });
    expect(matchIncident("abc", incidents)).toEqual({ none: true });
  });
});
