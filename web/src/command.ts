// The command line: text to a command, a short name to the one unit or incident it means. Pure; carrying it out is elsewhere.
import type { Ending, Incident, Priority, Unit } from "./protocol";

export type Command =
  | { verb: "assign"; incident: string; unit: string }
  | { verb: "status"; unit: string; status: string; reason?: string }
  | { verb: "close"; incident: string; disposition: Ending; reason?: string }
  | { verb: "divert"; incident: string; unit: string }
  | { verb: "note"; incident: string; text: string }
  | { verb: "priority"; incident: string; priority: Priority; reason?: string }
  | { verb: "merge"; incident: string; into: string }
  | { verb: "split"; incident: string }
  | { verb: "refer"; incident: string }
  | { verb: "caller_link"; incident: string }
  | { verb: "family_link"; incident: string }
  | { verb: "accept_position"; incident: string }
  | { verb: "find"; text: string }
  | { verb: "open"; incident: string }
  | { verb: "help" };

export type CommandError =
  | { error: "unknown"; text: string }
  | { error: "missing"; usage: string }
  | { error: "no_status"; text: string }
  | { error: "no_disposition"; text: string }
  | { error: "no_priority"; text: string };

const VERBS: Record<string, Command["verb"]> = {
  d: "assign", tugaskan: "assign", assign: "assign",
  s: "status", status: "status",
  c: "close", akhiri: "close", close: "close",
  alih: "divert", alihkan: "divert", divert: "divert",
  n: "note", catat: "note", note: "note",
  p: "priority", prioritas: "priority", priority: "priority",
  g: "merge", gabung: "merge", gabungkan: "merge", merge: "merge",
  pisah: "split", pisahkan: "split", split: "split",
  rujuk: "refer", refer: "refer",
  tautan: "caller_link", link: "caller_link",
  keluarga: "family_link", family: "family_link",
  ambil: "accept_position", accept: "accept_position",
  cari: "find", find: "find", "/": "find",
  i: "open", buka: "open", open: "open",
  "?": "help", help: "help", bantuan: "help",
};

const STATUSES: Record<string, string> = {
  acknowledged: "acknowledged", ack: "acknowledged", terima: "acknowledged", diterima: "acknowledged",
  en_route: "en_route", berangkat: "en_route", jalan: "en_route", menuju: "en_route",
  on_scene: "on_scene", tiba: "on_scene", lokasi: "on_scene",
  at_patient: "at_patient", pasien: "at_patient", bersama: "at_patient",
  transporting: "transporting", bawa: "transporting", membawa: "transporting",
  at_destination: "at_destination", faskes: "at_destination", rs: "at_destination",
  handed_over: "handed_over", serah: "handed_over", terimakan: "handed_over",
  cleared: "cleared", selesai: "cleared", kembali: "cleared", siap: "cleared",
  rejected: "rejected", tolak: "rejected", menolak: "rejected",
  cancelled: "cancelled", batal: "cancelled", tarik: "cancelled",
};

const DISPOSITION_WORDS: Record<string, Ending> = {
  completed: "completed", selesai: "completed",
  cancelled: "cancelled", batal: "cancelled",
  prank: "prank", iseng: "prank",
  incomplete: "incomplete", lengkap: "incomplete", tidak_lengkap: "incomplete",
  solved_by_phone: "solved_by_phone", telepon: "solved_by_phone", phone: "solved_by_phone",
  transferred: "transferred", serahkan: "transferred", diserahkan: "transferred",
  no_patient_found: "no_patient_found", nihil: "no_patient_found", tak_ditemukan: "no_patient_found",
  refused_transport: "refused_transport", menolak: "refused_transport", tolak: "refused_transport",
  died_on_scene: "died_on_scene", meninggal: "died_on_scene",
  health_worker_visit: "health_worker_visit", nakes: "health_worker_visit", kunjungan: "health_worker_visit",
};

export function parseCommand(line: string): Command | CommandError {
  const words = line.trim().split(/\s+/).filter((word) => word !== "");
  const first = (words[0] ?? "").toLowerCase();
  const verb = Object.hasOwn(VERBS, first) ? VERBS[first] : undefined;
  const [, a, b] = words;
  const rest = words.slice(3).join(" ");
  switch (verb) {
    case undefined:
      return { error: "unknown", text: first };
    case "assign":
      return a && b ? { verb, incident: a, unit: b } : { error: "missing", usage: "d 007 silo-03" };
    case "status": {
      if (!a || !b) return { error: "missing", usage: "s silo-03 tiba" };
      const status = lookUp(STATUSES, b);
      if (!status) return { error: "no_status", text: b };
      return rest ? { verb, unit: a, status, reason: rest } : { verb, unit: a, status };
    }
    case "close": {
      if (!a || !b) return { error: "missing", usage: "c 007 selesai" };
      const disposition = lookUp(DISPOSITION_WORDS, b);
      if (!disposition) return { error: "no_disposition", text: b };
      return rest ? { verb, incident: a, disposition, reason: rest } : { verb, incident: a, disposition };
    }
    case "divert":
      return a && b ? { verb, incident: a, unit: b } : { error: "missing", usage: "alih 007 silo-03" };
    case "note":
      return a && b ? { verb, incident: a, text: words.slice(2).join(" ") } : { error: "missing", usage: "n 007 …" };
    case "priority": {
      if (!a || !b) return { error: "missing", usage: "p 007 p2 …" };
      const priority = /^p?[1-4]$/i.test(b) ? (`P${b.at(-1)}` as Priority) : undefined;
      if (!priority) return { error: "no_priority", text: b };
      return rest ? { verb, incident: a, priority, reason: rest } : { verb, incident: a, priority };
    }
    case "merge":
      return a && b ? { verb, incident: a, into: b } : { error: "missing", usage: "g 008 007" };
    case "split":
      return a ? { verb, incident: a } : { error: "missing", usage: "pisah 008" };
    case "refer":
      return a ? { verb, incident: a } : { error: "missing", usage: "rujuk 007" };
    case "caller_link":
      return a ? { verb, incident: a } : { error: "missing", usage: "tautan 007" };
    case "family_link":
      return a ? { verb, incident: a } : { error: "missing", usage: "keluarga 007" };
    case "accept_position":
      return a ? { verb, incident: a } : { error: "missing", usage: "ambil 007" };
    case "find":
      return a ? { verb, text: words.slice(1).join(" ") } : { error: "missing", usage: "cari silo" };
    case "open":
      return a ? { verb, incident: a } : { error: "missing", usage: "i 007" };
    case "help":
      return { verb };
  }
}

function lookUp<T>(table: Record<string, T>, word: string): T | undefined {
  const key = word.toLowerCase().replaceAll("-", "_");
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

export type Match<T> = { found: T } | { none: true } | { many: T[] };

function one<T>(items: T[]): Match<T> {
  if (items.length === 1) return { found: items[0]! };
  return items.length === 0 ? { none: true } : { many: items };
}

const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/** "silo-03", "silo03", "amb-silo-03": the whole code wins over an ending, an ending over a part. */
export function matchUnit(text: string, units: Iterable<Unit>): Match<Unit> {
  const wanted = plain(text);
  if (wanted === "") return { none: true };
  const all = [...units];
  for (const fits of [
    (code: string) => code === wanted || code === `amb${wanted}`,
    (code: string) => code.endsWith(wanted),
    (code: string) => code.includes(wanted),
  ]) {
    const found = all.filter((unit) => fits(plain(unit.unit)));
    if (found.length > 0) return one(found);
  }
  return { none: true };
}

/** "7", "007" or the whole "261123-007"; numbers start again each day, so the last one is taken among the given incidents. */
export function matchIncident(text: string, incidents: Iterable<Incident>): Match<Incident> {
  const all = [...incidents];
  const whole = all.filter((incident) => incident.case_number.toLowerCase() === text.toLowerCase());
  if (whole.length > 0) return one(whole);
  if (!/^\d+$/.test(text)) return { none: true };
  const wanted = Number(text);
  return one(all.filter((incident) => Number(incident.case_number.split("-").at(-1)) === wanted));
}
