// How numbers, ages, distances and times are written, in the chosen language and the area's time zone.
import { language, locale, t } from "./i18n";

/** The area's zone; every page sets it from the server, Jember's is the start. */
let zone = "Asia/Jakarta";
let zoneLabel = "WIB";

export function setZone(timezone: string, label: string): void {
  zone = timezone;
  zoneLabel = label;
  made.clear();
}
export function zoneName(): string {
  return zoneLabel;
}
export function timeZone(): string {
  return zone;
}

const made = new Map<string, Intl.DateTimeFormat>();
function dates(kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language.value}/${kind}`;
  let format = made.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale(), { timeZone: zone, hourCycle: "h23", ...options });
    made.set(key, format);
  }
  return format;
}

/** Indonesian writes 16.42.07; a control room's clock is read as 16:42:07 in both languages. */
function colons(text: string): string {
  return text.replace(/(\d)\.(?=\d)/g, "$1:");
}

export function clock(ms: number): string {
  return colons(dates("clock", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ms));
}
export function hourMinute(ms: number): string {
  return colons(dates("hm", { hour: "2-digit", minute: "2-digit" }).format(ms));
}
export function day(ms: number): string {
  return dates("day", { day: "numeric", month: "short", year: "numeric" }).format(ms);
}
export function dayAndTime(ms: number): string {
  return `${dates("short", { day: "2-digit", month: "short" }).format(ms)} ${hourMinute(ms)}`;
}

export function number(value: number, digits = 0): string {
  return value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
export function percent(share: number, digits = 0): string {
  return `${number(share * 100, digits)}%`;
}

/** An age in words: "0,3 dtk", "45 dtk", "12 mnt", "3 j 5 mnt". */
export function age(seconds: number): string {
  const s = Math.max(0, seconds);
  if (s < 10) return t("age.ms", { n: number(Math.floor(s * 10) / 10, 1) });
  if (s < 100) return t("age.s", { n: Math.floor(s) });
  if (s < 3600) return t("age.min", { n: Math.floor(s / 60) });
  if (s < 2 * 86_400) return t("age.h", { h: Math.floor(s / 3600), m: Math.floor((s % 3600) / 60) });
  return t("age.d", { n: Math.floor(s / 86_400) });
}

/** The same without tenths, for places where a tenth would only flicker. */
export function wholeAge(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  return s < 10 ? t("age.s", { n: s }) : age(s);
}

/** A running clock: "0:52", "5:20", "1:02:10". */
export function running(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600);
  const m = Math.floor((s % 3600) / 60);
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

export function distance(metres: number): string {
  if (metres < 950) return t("distance.m", { n: Math.round(metres / 10) * 10 });
  return t("distance.km", { n: number(metres / 1000, metres < 99_500 ? 1 : 0) });
}

export function eta(seconds: number): string {
  if (seconds < 60) return t("eta.under_minute");
  return t("eta.min", { n: Math.round(seconds / 60) });
}

export function coordinates(lat: number, lon: number): string {
  return `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
}

/** "AMB-SILO-03" is written "SILO-03" where room is short. */
export function shortUnit(unit: string): string {
  return unit.replace(/^AMB-/, "");
}

/** Midnight at the start of a local calendar day ("2026-11-23") as UTC milliseconds, in the area's zone. */
export function startOfDay(isoDay: string): number {
  const utc = Date.parse(`${isoDay}T00:00:00Z`);
  return utc - zoneOffsetMs(utc);
}
export function isoDay(ms: number): string {
  return new Date(ms + zoneOffsetMs(ms)).toISOString().slice(0, 10);
}
function zoneOffsetMs(ms: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(ms);
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")) - Math.floor(ms / 1000) * 1000;
}

/** "08:31:07" on the local day of `ms`, as UTC milliseconds; null when it is not a time of day. */
export function atTimeOfDay(ms: number, text: string): number | null {
  const parts = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (!parts) return null;
  const [h, m, s] = [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? 0)];
  return h > 23 || m > 59 || s > 59 ? null : startOfDay(isoDay(ms)) + ((h * 60 + m) * 60 + s) * 1000;
}
